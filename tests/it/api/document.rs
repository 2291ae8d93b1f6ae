//! The document lists every route, every route answers, and there is no other.

use super::fixture::{Server, request};
use serde_json::Value;
use soundings::http::{listed, openapi};

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

fn document() -> Value {
    serde_json::from_str(&openapi().to_json().unwrap()).unwrap()
}

/// (method, path, operation) of every operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|m| item.get(**m).is_some()) {
            found.push(((*method).to_owned(), path.clone(), item[*method].clone()));
        }
    }
    found
}

#[test]
fn the_document_describes_the_list_of_routes_and_nothing_else() {
    let mut described: Vec<String> = operations(&document()).iter().map(|(m, p, _)| format!("{m} {p}")).collect();
    let mut routes: Vec<String> = listed().iter().map(|r| format!("{} {}", r.method.to_lowercase(), r.path)).collect();
    described.sort();
    routes.sort();
    assert_eq!(described, routes);
    assert!(routes.len() >= 56, "routes have gone");
}

#[test]
fn the_document_is_whole() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(document["components"]["securitySchemes"]["bearer"].is_object());
    let tags: Vec<&str> = document["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name} has no summary");
        assert!(
            operation["tags"].as_array().is_some_and(|t| t.iter().all(|t| tags.contains(&t.as_str().unwrap()))),
            "{name}"
        );
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{name} {status}");
            if status.parse::<u16>().unwrap() >= 400 && status != "503" {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ErrorEnvelope", "{name} {status}");
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].as_str().is_some_and(|d| !d.is_empty()), "{name} {parameter}");
            assert!(parameter["schema"].is_object(), "{name} {parameter}");
        }
    }
    assert_references(&document, &document);
}

/// JSON has one kind of number: a field that is added reads its whole numbers as the others do (`wire::whole`).
#[test]
fn whole_numbers_of_bodies_are_known() {
    let document = document();
    let mut found = Vec::new();
    for (_, _, operation) in operations(&document) {
        let Some(reference) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() else {
            continue;
        };
        for (name, schema) in document.pointer(&format!("{}/properties", &reference[1..])).unwrap().as_object().unwrap()
        {
            if schema["type"].to_string().contains("integer") {
                found.push(name.clone());
            }
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found, ["header", "skip", "version"]);
}

/// The roles of columns stand in a pattern as well.
#[test]
fn the_pattern_of_mappings_has_every_role() {
    let document = document();
    let parameters = document["paths"]["/api/v1/imports"]["post"]["parameters"].as_array().unwrap();
    let map = parameters.iter().find(|parameter| parameter["name"] == "map").unwrap();
    let roles: Vec<&str> = document["components"]["schemas"]["ColumnRole"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r.as_str().unwrap())
        .collect();
    let words = format!("({})", roles.join("|"));
    assert_eq!(map["schema"]["pattern"].as_str().unwrap().matches(&words).count(), 2, "{map}");
}

/// Every `$ref` leads somewhere.
fn assert_references(document: &Value, at: &Value) {
    match at {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                assert!(document.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
            }
            map.values().for_each(|value| assert_references(document, value));
        }
        Value::Array(list) => list.iter().for_each(|value| assert_references(document, value)),
        _ => {}
    }
}

#[test]
fn the_filter_is_the_same_everywhere() {
    let names = |operation: &Value| -> Vec<String> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    };
    let filter: Vec<&str> = soundings::domain::Filter::parameter_names().collect();
    let with_filter = [
        "/items",
        "/search",
        "/sentiment/distribution",
        "/sentiment/aggregate",
        "/emotions/distribution",
        "/facets",
        "/metrics/summary",
        "/export",
        "/models/compare",
    ];
    let document = document();
    for path in with_filter {
        let listed = names(&document["paths"][format!("/api/v1{path}")]["get"]);
        assert!(filter.iter().all(|name| listed.iter().any(|l| l == name)), "{path}: {listed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_and_no_other_exists() {
    let server = Server::still().await;
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            let real = path.replace("{id}", "018f0000-0000-7000-8000-000000000000").replace("{name}", "nobody");
            let sent = request(&method.to_uppercase(), &real, &[("content-type", "application/json")], "{}");
            if path.ends_with("/events") && *method == "get" {
                // Its body never ends.
                let response = tower::ServiceExt::oneshot(server.router.clone(), sent).await.unwrap();
                assert_eq!(response.status(), 200);
                continue;
            }
            let answer = server.send(sent).await;
            let name = format!("{method} {path} -> {} {}", answer.status, String::from_utf8_lossy(&answer.body));
            if item.get(*method).is_some() {
                assert_ne!(answer.status, 405, "{name}");
                assert!(answer.status.as_u16() < 500, "{name:.300}");
                assert!(!answer.json()["error"]["message"].to_string().contains("no such route"), "{name}");
            } else {
                assert_eq!(answer.status, 405, "{name}");
                assert!(!answer.header("allow").is_empty(), "{name}");
                assert_eq!(answer.error_code(), "method_not_allowed");
            }
        }
    }
    for path in ["/api", "/api/v1", "/api/v1/nothing", "/nothing", "/api/v2/items"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (404, "not_found"), "{path}");
    }
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_its_files() {
    let server = Server::still().await;
    let docs = server.get("/api/docs").await;
    assert_eq!((docs.status.as_u16(), docs.header("content-type")), (200, "text/html; charset=utf-8"));
    let html = String::from_utf8(docs.body.to_vec()).unwrap();
    assert!(!html.contains("{{digest}}"), "{html}");
    let script = html.split('"').find(|part| part.ends_with("docs.js")).unwrap();
    let file = server.get(script).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(file.header("cache-control").contains("immutable"));
    let unchanged = server.send(request("GET", "/api/docs", &[("if-none-match", docs.header("etag"))], "")).await;
    assert_eq!(unchanged.status, 304);
    let served = server.get("/api/openapi.json").await;
    assert_eq!(served.json(), document());
    for path in ["/", "/explore", "/import", "/jobs", "/try"] {
        let page = server.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
    }
    server.close().await;
}
