//! What ARCHITECTURE.md says under "How to add …": each thing is named in one place outside its own file.

use soundings::config::{Form, SETTINGS};
use soundings::http::listed;
use soundings::work::KINDS;
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

/// Files below a folder with their text, tests and comments left out.
fn code(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending)
                && !path.file_name().unwrap().to_string_lossy().contains("test")
            {
                let text = fs::read_to_string(&path).unwrap();
                let own = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                let lines = own.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((path, lines.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} under {folder}");
    found
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(part) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

#[test]
fn a_route_is_named_in_one_list() {
    let list = read("src/http/routes/list.rs");
    let files = code("src/http", "rs");
    let handlers: Vec<(&str, &str)> = list
        .lines()
        .filter(|line| line.trim_end().ends_with(';') && line.matches(',').count() == 3)
        .filter_map(|line| line.trim().split(',').next()?.split_once("::"))
        .collect();
    assert_eq!(handlers.len(), listed().len(), "a line of the list was not found");
    for (file, handler) in handlers {
        let own = format!("routes/{file}.rs");
        let others: Vec<_> = files
            .iter()
            .filter(|(path, _)| !path.ends_with(&own) && !path.ends_with("routes/list.rs"))
            .filter(|(_, text)| has_word(text, &format!("{file}::{handler}")))
            .map(|(path, _)| path)
            .collect();
        assert!(others.is_empty(), "{file}::{handler} is named in {others:?} too");
        let own = files.iter().find(|(path, _)| path.ends_with(&own)).unwrap();
        assert!(has_word(&own.1, handler), "{file}::{handler} is in no file of that name");
    }
    // Nobody else puts something into the router but the page and its files.
    for (path, text) in &files {
        let routes = text.matches(".route(").count() + text.matches(".nest(").count();
        let allowed = usize::from(path.ends_with("routes/mod.rs"));
        assert!(routes <= allowed, "{} adds a route beside the list", path.display());
    }
}

fn output(arguments: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_soundings"));
    command.args(arguments).env("SOUNDINGS_DATA_DIR", data.path());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn a_setting_is_declared_in_one_table() {
    let help = output(&["serve", "--help"]);
    let readme = read("README.md");
    let rows: BTreeSet<&str> = readme.lines().filter(|line| line.starts_with("| `--")).collect();
    let mut expected = BTreeSet::new();
    for declared in SETTINGS {
        let none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        let key = |name: &str| if declared.is_in_file() { format!("`{name}`") } else { "–".to_owned() };
        let row = |flag: &str, variable: &str, name: &str, default: String| {
            format!("| `{flag}` | `{variable}` | {} | {default} |", key(name))
        };
        expected.insert(row(&declared.flag(), &declared.variable(), declared.name, none(declared.default)));
        if declared.form == Form::Secret {
            let (flag, variable) = (format!("{}-file", declared.flag()), format!("{}_FILE", declared.variable()));
            expected.insert(row(&flag, &variable, &declared.file_key(), none("")));
        }
        for word in [declared.flag(), declared.variable()] {
            assert!(help.contains(&word), "`serve --help` does not name {word}");
        }
    }
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(rows, expected, "the table of settings in README.md");
    let doctor: serde_json::Value = serde_json::from_str(&output(&["doctor", "--json"])).unwrap();
    let shown: Vec<&str> = doctor["settings"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(shown, SETTINGS.iter().map(|declared| declared.name).collect::<Vec<_>>());
}

#[test]
fn a_command_is_a_line_of_one_table() {
    let table = read("src/cli/mod.rs");
    let rows = table.split("\ncommands! {").nth(1).unwrap().split("\n}").next().unwrap();
    let commands: Vec<&str> = rows.lines().filter_map(|row| row.split(": ").nth(1)?.split("::").next()).collect();
    let help = output(&["--help"]);
    let listed: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert_eq!(listed, commands);
    for command in commands {
        assert!(root().join(format!("src/cli/{command}.rs")).exists(), "{command} has no file of its own");
    }
}

#[test]
fn a_page_is_an_entry_of_one_manifest() {
    let manifest = read("assets/js/pages/manifest.js");
    let scripts = code("assets/js", "js");
    for entry in fs::read_dir(root().join("assets/js/pages")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        // What is shown where no page is.
        if name == "manifest.js" || name == "missing.js" {
            continue;
        }
        assert_eq!(manifest.matches(&format!("from './{name}'")).count(), 1, "{name} is not in the manifest");
        let path = format!("pages/{name}'");
        let others: Vec<_> = scripts.iter().filter(|(_, text)| text.contains(&path)).map(|(file, _)| file).collect();
        assert!(others.is_empty(), "{name} is named in {others:?} too");
    }
}

#[test]
fn a_kind_of_job_is_registered_once() {
    let files = code("src/work", "rs");
    for kind in KINDS {
        let registered = format!("name: \"{}\",", kind.name);
        let homes: Vec<_> = files.iter().filter(|(_, text)| text.contains(&registered)).map(|(path, _)| path).collect();
        assert_eq!(homes.len(), 1, "{} is registered in {homes:?}", kind.name);
    }
    let files = code("src", "rs");
    let below: Vec<_> =
        files.iter().filter(|(_, text)| text.contains("queue.register(")).map(|(path, _)| path).collect();
    assert_eq!(below.len(), 1, "kinds are registered one by one in {below:?}");
}
