//! Whose is what: everything that is kept is a workspace's, or shared for a stated reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Name → whether it is a workspace's, of the table in ARCHITECTURE.md.
fn table() -> BTreeMap<String, bool> {
    let page = read("ARCHITECTURE.md");
    let section = page.split("## Whose is what").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut found = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [names, whose, why] = cells[..] else { panic!("not three cells: {row}") };
        assert!(matches!(whose, "workspace" | "shared") && !why.is_empty(), "{row}");
        for name in names.split('`').skip(1).step_by(2) {
            assert!(found.insert(name.to_owned(), whose == "workspace").is_none(), "`{name}` is there twice");
        }
    }
    found
}

/// The fields of `struct Inner` in a file.
fn fields(path: &str) -> Vec<String> {
    let code = read(path);
    let body = code.split("struct Inner {").nth(1).unwrap().split("\n}").next().unwrap();
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with("//") && line.contains(": "));
    lines.map(|line| line.trim_start_matches("pub(crate) ").split(':').next().unwrap().to_owned()).collect()
}

/// Every table of the database with its declaration.
fn tables() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let mut sql: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    sql.sort();
    let all: String = sql.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let declared = all.split("CREATE TABLE ").skip(1).map(|rest| {
        let (name, body) = rest.split_once('(').unwrap();
        (name.trim().to_owned(), body.split(") STRICT").next().unwrap().to_owned())
    });
    declared.collect()
}

#[test]
fn everything_that_is_kept_is_somebodys() {
    let table = table();
    let (tables, app, http) = (tables(), fields("src/app/mod.rs"), fields("src/http/state.rs"));
    assert!(tables.len() >= 18 && app.len() >= 15 && http.len() >= 6, "{tables:?} {app:?} {http:?}");
    let there: BTreeSet<&String> = tables.keys().chain(&app).chain(&http).collect();
    let missing: Vec<_> = there.iter().filter(|name| !table.contains_key(**name)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md, \"Whose is what\", does not say whose {missing:?} is");
    let gone: Vec<_> = table.keys().filter(|name| !there.contains(name)).collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md, \"Whose is what\", names {gone:?}, which is nowhere");
    for (name, declared) in &tables {
        let by_row = ["workspace", "import", "item", "collection", "job"].map(|of| format!("REFERENCES {of} (id)"));
        // The note of an import's rows names its import.
        let leads = by_row.iter().any(|reference| declared.contains(reference.as_str()));
        assert!(!table[name] || leads, "`{name}` is said to be a workspace's, and nothing in it leads to one");
    }
}

#[test]
fn nothing_but_the_opening_of_a_folder_takes_the_first_workspace_for_granted() {
    let mut wrong = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_test = name.contains("test") || name == "fixture.rs";
            let text = fs::read_to_string(&path).unwrap_or_default();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            if !is_test && code.contains("Scope::DEFAULT") && !path.ends_with("app/open.rs") {
                wrong.push(path);
            }
        }
    }
    assert!(wrong.is_empty(), "the first workspace is taken for granted in {wrong:?}");
}
