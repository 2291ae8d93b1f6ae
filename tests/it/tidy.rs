//! The house rules that a compiler does not hold: layers, homes of the engine crates, size of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

/// Layer of every module; a module uses only modules of a lower layer.
const LAYERS: &[(&str, u8)] = &[
    ("domain", 0),
    ("disk", 0),
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

/// A path as it is written, name by name: `["crate", "domain", "Item"]`.
type Path_ = Vec<String>;

/// Every path that begins with `crate`, `super` or `self`, wherever it stands, with groups taken apart however deeply they are
/// nested: `use crate::{a, b::{c, d}}` is three paths.
fn paths(code: &str) -> Vec<Path_> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((begin, root)) =
        ["crate::", "super::", "self::"].iter().filter_map(|root| Some((at + code[at..].find(root)?, *root))).min()
    {
        let before = code[..begin].chars().next_back();
        if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '$') {
            expand(&mut code[begin..].chars().peekable(), &[], &mut found);
            // Further roots of the same path (`super::super::x`) are part of it; those inside a group cannot be.
            at = begin + root.len();
            while let Some(more) = ["super::", "self::"].iter().find(|more| code[at..].starts_with(**more)) {
                at += more.len();
            }
        } else {
            at = begin + root.len();
        }
    }
    found
}

/// One path, or a group of them, behind what stands before the group.
fn expand(text: &mut Peekable<Chars<'_>>, before: &[String], found: &mut Vec<Path_>) {
    let mut path = before.to_vec();
    loop {
        while text.next_if(|c| c.is_whitespace()).is_some() {}
        if text.next_if_eq(&'{').is_some() {
            loop {
                while text.next_if(|c| c.is_whitespace() || *c == ',').is_some() {}
                if text.next_if_eq(&'}').is_some() || text.peek().is_none() {
                    return;
                }
                expand(text, &path, found);
                // `as` and the new name, or whatever ends this member.
                while text.next_if(|c| !matches!(c, ',' | '}')).is_some() {}
            }
        }
        let mut name = String::new();
        while let Some(c) = text.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '*')) {
            name.push(c);
        }
        if name.is_empty() {
            break;
        }
        path.push(name);
        if text.next_if_eq(&':').is_none() || text.next_if_eq(&':').is_none() {
            break;
        }
    }
    found.push(path);
}

/// Modules of the crate that a file uses.
fn used_modules(code: &str) -> Vec<String> {
    paths(code).into_iter().filter(|path| path[0] == "crate").filter_map(|path| path.into_iter().nth(1)).collect()
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

/// The source tree: every module by its path below `crate`, with its code outside of tests.
struct Tree(BTreeMap<Path_, String>);

impl Tree {
    fn read() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut all = BTreeMap::new();
        for (path, _, code) in files() {
            let inside = path.strip_prefix(&src).unwrap().with_extension("");
            let mut names: Path_ = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
            if names.last().is_some_and(|name| name == "mod") {
                names.pop();
            }
            all.insert(names, code);
        }
        Self::of(all)
    }

    /// Modules that are there for tests only are left out, and so is what a file says for its own tests.
    fn of(mut all: BTreeMap<Path_, String>) -> Self {
        let for_tests = |code: &str, name: &str| {
            let declared =
                |line: &str| line.trim_end_matches(';').ends_with(&format!("mod {name}")) && line.ends_with(';');
            let lines: Vec<&str> = code.lines().map(str::trim).collect();
            lines.iter().enumerate().any(|(at, line)| {
                declared(line)
                    && lines[..at].iter().rev().take_while(|l| l.starts_with('#')).any(|l| *l == "#[cfg(test)]")
            })
        };
        // A test file may lie beside the file that declares it (`#[path]`).
        let declared_as_path: BTreeSet<String> = all
            .values()
            .flat_map(|code| code.lines().filter_map(|l| l.trim().strip_prefix("#[path = \"")?.strip_suffix(".rs\"]")))
            .map(str::to_owned)
            .collect();
        let tests: Vec<Path_> = all
            .keys()
            .filter(|names| {
                let Some((name, parent)) = names.split_last() else { return false };
                declared_as_path.contains(name) || all.get(parent).is_some_and(|code| for_tests(code, name))
            })
            .cloned()
            .collect();
        all.retain(|names, _| !tests.iter().any(|test| names.starts_with(test)));
        for code in all.values_mut() {
            if let Some(at) = code.find("#[cfg(test)]\nmod tests") {
                code.truncate(at);
            }
        }
        Self(all)
    }

    /// The module that a path names something of, followed through `use` of the modules on its way.
    fn module_of(&self, from: &[String], path: &[String]) -> Option<Path_> {
        let mut rest = path;
        let mut at: Path_ = match path.first()?.as_str() {
            "crate" => Path_::new(),
            _ => from.to_vec(),
        };
        while let Some((name, behind)) = rest.split_first()
            && matches!(name.as_str(), "crate" | "self" | "super")
        {
            if name == "super" {
                at.pop();
            }
            rest = behind;
        }
        for name in rest {
            let child = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                at = child;
            } else if let Some(home) = self.handed_on(&at, name) {
                return Some(home);
            } else {
                break;
            }
        }
        Some(at).filter(|at| !at.is_empty())
    }

    /// The child from which a module hands a name on.
    fn handed_on(&self, module: &[String], name: &str) -> Option<Path_> {
        let code = self.0.get(module)?;
        for line in code.split(';') {
            let Some((_, used)) = line.split_once("use ") else { continue };
            let mut found = Vec::new();
            expand(&mut used.chars().peekable(), &[], &mut found);
            for path in found {
                let child = [module, &path[..1.min(path.len())]].concat();
                if path.len() > 1 && path.last().is_some_and(|last| last == name) && self.0.contains_key(&child) {
                    return Some(child);
                }
            }
        }
        None
    }

    /// Among the children of each module, who uses whom.
    fn uses(&self) -> BTreeMap<Path_, BTreeMap<String, BTreeSet<String>>> {
        let mut all: BTreeMap<Path_, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (from, code) in &self.0 {
            for path in paths(code) {
                let Some(to) = self.module_of(from, &path) else { continue };
                let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if common > 0
                    && let (Some(user), Some(used)) = (from.get(common), to.get(common))
                {
                    let of_parent = all.entry(from[..common].to_vec()).or_default();
                    of_parent.entry(user.clone()).or_default().insert(used.clone());
                }
            }
        }
        all
    }

    /// Every circle: children of one module that use each other, directly or by way of others.
    fn circles(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        for (parent, uses) in self.uses() {
            let reached = |from: &String| {
                let mut seen = BTreeSet::new();
                let mut next: Vec<&String> = uses.get(from).into_iter().flatten().collect();
                while let Some(name) = next.pop() {
                    if seen.insert(name) {
                        next.extend(uses.get(name).into_iter().flatten());
                    }
                }
                seen
            };
            for name in uses.keys() {
                let circle: Vec<&str> = reached(name)
                    .into_iter()
                    .filter(|other| reached(other).contains(name))
                    .map(String::as_str)
                    .collect();
                if !circle.is_empty() {
                    found.insert(format!("{}: {}", parent.join("::"), circle.join(", ")));
                }
            }
        }
        found.into_iter().collect()
    }
}

/// Circles that somebody is at work on: a line goes with its circle, and none is added.
const BEING_BROKEN: &[&str] = &["http: cache, events, spool, state"];

#[test]
fn files_of_a_module_do_not_use_each_other_in_a_circle() {
    let circles: Vec<String> =
        Tree::read().circles().into_iter().filter(|c| !BEING_BROKEN.contains(&c.as_str())).collect();
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

#[test]
fn the_circle_finder_sees_every_form() {
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let split = |name: &str| name.split('/').map(str::to_owned).collect();
        let tree = Tree::of(files.iter().map(|(name, code)| (split(name), (*code).to_owned())).collect());
        assert_eq!(tree.circles(), expected, "{files:?}");
    }
    check(&[("m", ""), ("m/a", "use super::b::B;"), ("m/b", "use super::c::C;"), ("m/c", "")], &[]);
    check(&[("m", ""), ("m/a", "use super::b::B;"), ("m/b", "let x = crate::m::a::f();")], &["m: a, b"]);
    check(
        &[
            ("m", ""),
            ("m/a", "use super::{b::B, d};"),
            ("m/b", "use crate::{m::{c, d}};"),
            ("m/c", "super::a::f()"),
            ("m/d", ""),
        ],
        &["m: a, b, c"],
    );
    // Handed on by the module that they are in.
    let handed_on = ("m", "mod a;\nmod b;\npub use a::{A, f};\npub use b::B;");
    check(&[handed_on, ("m/a", "use super::B;"), ("m/b", "use crate::m::A;")], &["m: a, b"]);
    check(&[handed_on, ("m/a", "use super::Own;"), ("m/b", "use crate::m::A;")], &[]);
    // A folder counts as one; inside it the same holds.
    check(&[("m", ""), ("m/a", ""), ("m/a/x", "use crate::m::b::B;"), ("m/b", "use super::a::A;")], &["m: a, b"]);
    check(&[("m", ""), ("m/a", ""), ("m/a/x", "use super::y::Y;"), ("m/a/y", "use super::x::X;")], &["m::a: x, y"]);
    // Tests may use whatever they like.
    let tested = "use super::b::B;\n#[cfg(test)]\nmod tests {\n    use super::super::c::C;\n}";
    check(&[("m", ""), ("m/a", tested), ("m/b", ""), ("m/c", "use super::a::A;")], &[]);
    check(&[("m", "#[cfg(test)]\nmod a;"), ("m/a", "use super::b::B;"), ("m/b", "use super::a::f;")], &[]);
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
    check("use crate::{domain::{A, B}, text::c};", &["domain", "domain", "text"]);
    check("use crate::{domain, store::{self, Store}};", &["domain", "store", "store"]);
    check("use crate::{\n    domain::{a::{B, C}, D as E},\n    text,\n};", &["domain", "domain", "domain", "text"]);
    check("pub(crate) use crate::query; f(crate::text::x)", &["query", "text"]);
    check("my_crate::domain::x $crate::y self::z", &[]);
    check("nothing here", &[]);
}
