//! What the documents must name: every subcommand, setting and error code.

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

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The first string literal behind each `marker`.
fn literals_behind(code: &str, marker: &str) -> Vec<String> {
    code.match_indices(marker)
        .filter_map(|(at, _)| {
            let rest = &code[at + marker.len()..];
            let statement = &rest[..rest.find(';').unwrap_or(rest.len()).min(300)];
            statement.split('"').nth(1).map(str::to_owned)
        })
        .collect()
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Codes of the error enums (`fn code`) and of errors made in place (`AppError::new(kind, code, …)`).
fn codes() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut codes = BTreeSet::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for body in code.split("fn code(&self) -> &'static str {").skip(1) {
            let body = &body[..body.find("\n    }").unwrap_or(body.len())];
            codes.extend(body.split('"').skip(1).step_by(2).filter(|l| is_code(l)).map(str::to_owned));
        }
        for marker in ["AppError::new(", "ApiError::new(", "ApiError::input("] {
            codes.extend(literals_behind(code, marker).into_iter().filter(|l| is_code(l)));
        }
    }
    codes
}

#[test]
fn every_error_code_is_documented() {
    let documented = read("docs/errors.md");
    let codes = codes();
    assert!(codes.len() > 40, "only {} codes were found", codes.len());
    let missing: Vec<_> = codes.iter().filter(|code| !documented.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/errors.md does not name {missing:?}");
}

#[test]
fn every_subcommand_is_in_the_readme() {
    let readme = read("README.md");
    let output = Command::new(env!("CARGO_BIN_EXE_soundings")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let commands: Vec<_> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help" && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    assert!(commands.len() >= 13, "{commands:?}");
    let missing: Vec<_> = commands
        .iter()
        .filter(|c| !readme.contains(&format!("`{c}")) && !readme.contains(&format!("· `{c}`")))
        .collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}

/// Rows of the tables between `<!-- name -->` and `<!-- /name -->` of the model's card.
fn rows_of(card: &str, name: &str) -> Vec<String> {
    let (_, rest) = card.split_once(&format!("<!-- {name} -->")).unwrap();
    let (section, _) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
    section.lines().filter(|line| line.starts_with("| ") && !line.contains("accuracy")).map(str::to_owned).collect()
}

#[test]
fn the_card_has_the_scores_of_every_set() {
    let card = read("models/README.md");
    let rows = rows_of(&card, "evaluation");
    assert_eq!(rows.iter().filter(|row| row.contains("**all together**")).count(), 4, "two answers of two halves");
    assert!(rows.len() >= 30, "{} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let scores: Vec<f64> = cells[3..].iter().map(|cell| cell.parse().unwrap()).collect();
        assert!(scores.len() == 4 && scores.iter().all(|score| *score > 0.0 && *score <= 1.0), "{row}");
        let (all, ece) = (cells[0].contains("all together"), scores[3]);
        assert!(!all || ece < 0.05, "the answers are calibrated: {row}");
    }
    assert!(rows_of(&card, "windows").len() >= 4);
}

#[test]
fn every_limit_is_that_of_the_code() {
    let page = read("docs/limits.md");
    let mut n = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains(".rs` `")) {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let parts: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        let [file, name, value] = parts[..] else { panic!("no constant in {row}") };
        let source = read(&format!("src/{file}"));
        let said = source.lines().any(|line| {
            let line = line.trim();
            line.contains(&format!("const {name}: ")) && line.ends_with(&format!(" = {value};"))
                || line == format!("{name}: {value},")
        });
        assert!(said, "src/{file} does not say {name} = {value}, as docs/limits.md does");
        n += 1;
    }
    assert!(n > 20, "only {n} limits were found");
}
