//! The house rules that a compiler does not hold: layers, homes of the engine crates, size of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Layer of every module; a module uses only modules of a lower layer.
const LAYERS: &[(&str, u8)] = &[
    ("domain", 0),
    ("text", 1),
    ("ingest", 2),
    ("stats", 1),
    ("store", 2),
    ("columns", 2),
    ("fulltext", 2),
    ("vectors", 2),
    ("model", 2),
    ("queue", 3),
    ("work", 4),
    ("query", 4),
    ("app", 5),
    ("http", 6),
    ("config", 7),
    ("cli", 8),
];

/// Outside crates that may be used in one place only.
const HOMES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("tantivy", &["fulltext"]),
    ("hnsw_rs", &["vectors"]),
    ("anndists", &["vectors"]),
    ("candle_core", &["model"]),
    ("candle_nn", &["model"]),
    ("candle_transformers", &["model"]),
    ("tokenizers", &["model"]),
    ("safetensors", &["model"]),
    ("csv", &["ingest", "query", "cli", "http"]),
    ("calamine", &["ingest"]),
    ("encoding_rs", &["ingest"]),
    ("chardetng", &["ingest"]),
    ("whatlang", &["text"]),
    ("htmlize", &["text"]),
    ("axum", &["http", "cli"]),
    ("utoipa", &["http"]),
    ("rust_embed", &["http"]),
    ("clap", &["cli", "config"]),
    ("indicatif", &["cli"]),
    ("anyhow", &["cli"]),
    ("reqwest", &["cli"]),
    ("toml", &["config"]),
];

/// Lines of a source file at the most.
const LONGEST_FILE: usize = 600;

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its module ("store") and its text without comments.
fn files() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    assert!(found.len() > 30, "the sources were not found under {}", src.display());
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap();
            let module = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            (path, module, code)
        })
        .collect()
}

/// Names that follow `crate::`, also inside `use crate::{a, b::c}`.
fn used_modules(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => name.clear(),
                    ':' | ' ' | '\n' if depth == 0 && !name.is_empty() => used.push(std::mem::take(&mut name)),
                    ':' | ' ' | '\n' => {}
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
        } else {
            used.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    used
}

#[test]
fn modules_use_only_lower_layers() {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, module, code) in files() {
        let Some(own) = layers.get(module.as_str()) else {
            assert!(module == "lib" || module == "main", "{} belongs to no layer: name it in LAYERS", path.display());
            continue;
        };
        for used in used_modules(&code) {
            if used == module {
                continue;
            }
            match layers.get(used.as_str()) {
                Some(layer) if layer < own => {}
                Some(_) => wrong.push(format!("{}: `{module}` uses `{used}`", path.display())),
                None => {}
            }
        }
    }
    assert!(wrong.is_empty(), "upward or sideways uses:\n{}", wrong.join("\n"));
}

#[test]
fn engine_crates_stay_at_home() {
    let mut wrong = Vec::new();
    for (path, module, code) in files() {
        for (name, homes) in HOMES {
            let used = code.lines().any(|line| {
                line.match_indices(&format!("{name}::")).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
                })
            });
            if used && !homes.contains(&module.as_str()) {
                wrong.push(format!("{}: `{name}` belongs in {}", path.display(), homes.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "crates used outside their home:\n{}", wrong.join("\n"));
}

#[test]
fn files_have_one_subject() {
    let mut wrong = Vec::new();
    for (path, _, _) in files() {
        let text = fs::read_to_string(&path).unwrap();
        if text.lines().count() > LONGEST_FILE {
            wrong.push(format!("{}: {} lines, at most {LONGEST_FILE}", path.display(), text.lines().count()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not open by saying what it is (`//!`)", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_layer_reader_sees_every_form() {
    fn check(code: &str, expected: &[&str]) {
        assert_eq!(used_modules(code), expected, "{code}");
    }
    check("use crate::domain::Item;", &["domain"]);
    check("let x = crate::store::open();", &["store"]);
    check("use crate::{domain::{A, B}, text::c};", &["domain", "text"]);
    check("nothing here", &[]);
}
