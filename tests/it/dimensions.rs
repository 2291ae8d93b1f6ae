//! "How to add a filter dimension" (ARCHITECTURE.md), walked: every dimension of the table is on every surface, and one
//! that is nothing special is named in as many places as the section says.

use crate::api::fixture::{Server, request};
use serde_json::{Value, json};
use soundings::domain::{Dimension, Filter, Side};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Files below a folder, without vendored ones.
fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("vendor") {
            files(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// The files below `dir` that say `word` outside of comments and tests.
fn files_that_say(dir: &str, words: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    files(&root().join(dir), &mut all);
    let says = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
        let line_says =
            |line: &str| !line.trim_start().starts_with("//") && words.iter().any(|word| line.contains(word));
        code.lines().any(line_says)
    };
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    let mut found: Vec<String> =
        all.iter().filter(|path| !name(path).contains("_test") && says(path)).map(name).collect();
    found.sort();
    found
}

/// Place 1, the table; place 2, where the values come from; place 3, the words of the page. The other dimensions are told
/// apart by what the table says of them, so `tag` stands for any.
#[test]
fn a_dimension_is_named_in_three_places() {
    let table = read("src/domain/dimension.rs");
    assert!(table.contains("    Tag = Declared {"));
    assert_eq!(
        files_that_say("src", &["Dimension::Tag", "\"tag\""]),
        [
            "src/columns/values.rs",
            "src/domain/dimension.rs",
            "src/store/tags.rs", // a column of a file that is called so
        ]
    );
    assert_eq!(files_that_say("assets/js", &["'tag'"]), ["assets/js/dimensions.js"]);
}

#[test]
fn the_page_knows_every_dimension() {
    let script = read("assets/js/dimensions.js");
    let entries: Vec<&str> = script.lines().filter(|line| line.starts_with("  { name: '")).collect();
    assert_eq!(entries.len(), Dimension::ALL.len(), "one line per dimension");
    // The order is that of the written form of a filter.
    for (dimension, line) in Dimension::ALL.iter().zip(&entries) {
        let declared = dimension.declared();
        let params: Vec<String> = declared.parameters.iter().map(|p| format!("'{}'", p.name)).collect();
        let list = declared.parameters.iter().any(|p| p.side == Side::AnyOf);
        let entry = format!("  {{ name: '{}', params: [{}], list: {list}, title: '", declared.name, params.join(", "));
        assert!(
            line.starts_with(&entry),
            "assets/js/dimensions.js should have a line that begins with\n{entry}\nwhere it has\n{line}"
        );
    }
}

#[test]
fn every_dimension_is_documented() {
    let page = read("docs/filters.md");
    for dimension in Dimension::ALL {
        let declared = dimension.declared();
        let row = page.lines().find(|line| line.starts_with(&format!("| {} |", declared.name)));
        let row = row.unwrap_or_else(|| panic!("docs/filters.md has no row for {}", declared.name));
        for parameter in declared.parameters {
            assert!(row.contains(&format!("`{}`", parameter.name)), "{row}");
            assert!(row.contains(&format!("`--{}`", parameter.flag)), "{row}");
        }
        for word in declared.typed {
            assert!(row.contains(&format!("`{word}:")), "{word}: {row}");
        }
    }
    let readme = read("README.md");
    for name in Filter::parameter_names() {
        assert!(readme.contains(&format!("`{name}`")), "README.md does not name the parameter {name}");
    }
}

#[test]
fn every_parameter_is_a_flag() {
    for command in ["items", "export", "stats", "delete", "search"] {
        let output = Command::new(env!("CARGO_BIN_EXE_soundings")).args([command, "--help"]).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        for (_, parameter) in Dimension::parameters() {
            assert!(help.contains(&format!("--{} ", parameter.flag)), "{command}: {}\n{help}", parameter.flag);
        }
    }
}

const TAGGED: &str = "id,text,date,tags\n\
    1,The parcel was late and nobody answered.,2024-05-01,\"late, support\"\n\
    2,\"Great phone, I love it.\",2024-05-02,vip\n\
    3,I want my money back now.,2062-01-01,\"support; refund\"\n\
    4,Delivery took three weeks.,2024-05-03,late\n";

/// A text with several values of a dimension is found by any of them and counted once under each, on every surface.
#[tokio::test(flavor = "multi_thread")]
async fn tags_of_a_file_are_a_dimension() {
    let server = Server::start().await;
    server.import("tickets.csv", TAGGED).await;
    let facets = server.get("/api/v1/facets").await.json();
    let expected = json!([
        {"label": "late", "count": 2, "share": null}, {"label": "support", "count": 2, "share": null},
        {"label": "refund", "count": 1, "share": null}, {"label": "vip", "count": 1, "share": null},
    ]);
    assert_eq!(facets["data"]["tag"], expected);
    let names: Vec<&String> = facets["data"].as_object().unwrap().keys().collect();
    assert!(names.iter().copied().eq(Dimension::faceted().map(Dimension::name)), "{names:?}");
    let total = async |query: &str| server.get(&format!("/api/v1/{query}")).await.json()["metadata"]["total"].clone();
    assert_eq!(total("items?tag=late&tag=support").await, 3);
    assert_eq!(total("items?tag=late&from=2024-05-02").await, 1);
    assert_eq!(total("search?q=tag:LATE&mode=text").await, 2);
    assert_eq!(total("items?tag=nobody").await, 0);
    let deleted = server.send(request("POST", "/api/v1/items/delete?tag=vip", &[], "")).await.json();
    assert_eq!(deleted["data"], json!({"deleted": 1, "scope": {"tag": ["vip"]}}));

    // And the slip into 2062 is neither the newest 30 days nor the chart.
    let summary = server.get("/api/v1/metrics/summary").await.json()["data"].clone();
    assert_eq!(summary["span"]["to"], "2062-01-01T00:00:00Z");
    let stretch = json!({"from": "2024-05-01T00:00:00Z", "to": "2024-05-03T00:00:00Z", "before": 0, "after": 1});
    assert_eq!(summary["stretch"], stretch);
    assert_eq!((&summary["items"], &summary["window"]["current"]["items"]), (&json!(3), &json!(2)));
    let days = server.get("/api/v1/sentiment/aggregate").await.json();
    assert_eq!(days["data"].as_array().unwrap().len(), 2);
    let about = json!({
        "total": 3, "undated": 0, "period": "day", "time_zone": "UTC", "pooled": 1, "before": 0, "after": 1,
        "shown": {"from": "2024-05-01T00:00:00Z", "to": "2024-05-04T00:00:00Z"},
    });
    assert_eq!(days["metadata"], about);
    let later = server.get("/api/v1/sentiment/aggregate?period=hour&from=2024-05-01&to=2100-01-01").await.json();
    assert_eq!((&later["metadata"]["period"], &later["metadata"]["after"]), (&json!("month"), &json!(0)));
    server.close().await;
}

/// The description names every facet, and every parameter on every route that takes the filter.
#[test]
fn every_dimension_is_in_the_description() {
    let document: Value = serde_json::from_str(&soundings::http::openapi().to_json().unwrap()).unwrap();
    let facets = document["components"]["schemas"]["Facets"]["properties"].as_object().unwrap();
    let described: BTreeSet<&str> = facets.keys().map(String::as_str).collect();
    assert_eq!(described, Dimension::faceted().map(Dimension::name).collect());
    let mut n = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let names: Vec<&str> =
                operation["parameters"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str()).collect();
            if names.contains(&"sentiment") {
                n += 1;
                let missing: Vec<&str> = Filter::parameter_names().filter(|name| !names.contains(name)).collect();
                assert!(missing.is_empty(), "{method} {path} lacks {missing:?}");
            }
        }
    }
    assert!(n >= 11, "{n} routes take the filter");
}
