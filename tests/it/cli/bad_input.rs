//! Whatever is wrong is named, with the fix, and ends with the right code.

use super::{Home, REVIEWS, number};
use std::net::TcpListener;

#[test]
fn files_that_are_no_reviews() {
    let home = Home::new();
    home.file("empty.csv", "");
    home.file("header.csv", "id,text,date\n");
    home.file("numbers.csv", "a,b\n1,2\n3,4\n5,6\n");
    home.file("binary.csv", [0_u8, 1, 2, 0xff, 0xfe, 0, 0, 7].repeat(200));
    home.file("zip.csv", [b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), &[7; 400]].concat());
    home.file("prose.json", "{\"text\": ");
    let check = |file: &str, parts: &[&str]| {
        let outcome = home.run(&format!("import {file}")).ends_with(2);
        assert!(outcome.err.contains("error: "), "{file}: {}", outcome.err);
        for part in parts {
            assert!(outcome.err.to_lowercase().contains(part), "{file} lacks {part}: {}", outcome.err);
        }
        assert_eq!(outcome.out, "", "{file}");
    };
    check("empty.csv", &["empty"]);
    check("header.csv", &["row"]);
    check("numbers.csv", &["text"]);
    check("binary.csv", &["binary.csv"]);
    check("zip.csv", &["zip"]);
    check("prose.json", &["json"]);
    check("missing.csv", &["missing.csv", "fix:"]);
    check(".", &["folder", "fix:"]);

    let error = home.run("import empty.csv --json").ends_with(2).json_error();
    assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
    let stats = home.run("stats --json").ends_with(0).json();
    assert_eq!(stats["items"], 0);
}

#[test]
fn dates_that_nobody_can_read_are_told() {
    let home = Home::new();
    home.file("dates.csv", "text,date\nI like it,sometime soonish\nI do not,when the moon was full\n");
    let told = home.run("import dates.csv").ends_with(0);
    assert!(told.err.contains("have none") && told.err.contains("--map date=COLUMN"), "{}", told.err);
    // A date costs the date, not the review, also where the column was named by hand.
    let named = home.run("import dates.csv --map date=date --collection named").ends_with(0);
    assert!(named.err.contains("could not be read as dates"), "{}", named.err);
    home.file("dated.csv", "text,date\nI like it,2026-01-02\nI do not,2026-01-03\n");
    let quiet = home.run("import dated.csv").ends_with(0);
    assert!(!quiet.err.contains("have none") && quiet.err.contains("date=date"), "{}", quiet.err);
}

#[test]
fn command_lines_that_make_no_sense() {
    let home = Home::new();
    let check = |line: &str, parts: &[&str]| {
        let outcome = home.run(line).ends_with(2);
        for part in parts {
            assert!(outcome.err.contains(part), "{line} lacks {part}: {}", outcome.err);
        }
        assert_eq!(outcome.out, "", "{line}");
    };
    check("", &["Usage"]);
    check("improt x.csv", &["improt", "import"]);
    check("search", &["QUERY"]);
    check("stats --sentiment angry", &["angry", "negative"]);
    check("items --limit many", &["many"]);
    check("import x.csv --map nonsense", &["nonsense", "fix:"]);
    check("import x.csv --collection=", &["--collection", "value"]);
    check("import x.csv --map text=user,author=user", &["`user`", "text", "author", "fix:"]);
    check("serve --listen 8080", &["8080", "fix:"]);
    check("serve --listen 0.0.0.0:0", &["token", "fix:"]);
    check("demo --listen 0.0.0.0:0", &["token", "fix:"]);
    check("serve --listen 203.0.113.7:80 --token secret", &["203.0.113.7", "fix:"]);
    check("stats --log shouting=very", &["shouting"]);
    check("completions klingon", &["klingon", "bash"]);
    assert!(!home.data().exists(), "a wrong command line made a data folder");

    let error = home.run("improt --json").ends_with(2).json_error();
    assert_eq!(error["code"], "usage");
    assert!(home.run("--help").ends_with(0).out.contains("Examples:"));
    assert!(home.run("--version").ends_with(0).out.starts_with("soundings "));
    assert!(home.run("completions bash").ends_with(0).out.contains("soundings"));
}

#[test]
fn settings_that_cannot_be_used_are_named_with_their_place() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    let check = |file: &str, parts: &[&str]| {
        home.file("data/soundings.toml", file);
        let outcome = home.run("stats").ends_with(2);
        for part in parts {
            assert!(outcome.err.contains(part), "{file} lacks {part}: {}", outcome.err);
        }
    };
    check("lissten = \"127.0.0.1:0\"", &["soundings.toml", "lissten", "did you mean `listen`"]);
    check("threads = \"many\"", &["soundings.toml", "many"]);
    check("listen = ", &["soundings.toml", "line 1"]);
}

#[test]
fn folders_and_ports_that_cannot_be_had() {
    let home = Home::new();
    let file = home.file("a-file", "not a folder");
    let outcome = home.run_args(["stats", "--data-dir", file.to_str().unwrap()]).ends_with(4);
    assert!(outcome.err.contains("a-file"), "{}", outcome.err);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let outcome = home.run(&format!("serve --listen 127.0.0.1:{port}")).ends_with(4);
    assert!(outcome.err.contains(&port.to_string()) && outcome.err.contains("--listen"), "{}", outcome.err);
    assert_eq!(outcome.out, "");
}

#[test]
fn a_damaged_database_ends_with_three() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    home.file("data/soundings.db", "this is not a database, whatever its name says. ".repeat(200));
    for line in ["stats", "doctor", "import x.csv --dry-run"] {
        let code = if line.starts_with("import") { 2 } else { 3 };
        home.run(line).ends_with(code);
    }
    let error = home.run("stats --json").ends_with(3).json_error();
    assert!(error["message"].as_str().unwrap().contains("soundings.db"), "{error}");
}

#[test]
fn a_database_that_lost_everything_is_not_taken_for_a_new_one() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv").ends_with(0);
    let database = home.data().join("soundings.db");
    let kept = std::fs::read(&database).unwrap();
    let items = || number(&home.run("stats --json").ends_with(0).json(), "items");
    let refused = |parts: &[&str]| {
        for line in ["stats", "doctor", "import reviews.csv", "serve --listen 127.0.0.1:0"] {
            let outcome = home.run(line).ends_with(3);
            let said = outcome.out + &outcome.err;
            for part in parts {
                assert!(said.contains(part), "{line} lacks {part}: {said}");
            }
        }
    };
    std::fs::write(&database, "").unwrap();
    refused(&["soundings.db", "empty"]);
    std::fs::remove_file(&database).unwrap();
    refused(&["soundings.db", "missing", "fulltext", "fix:"]);
    assert!(!database.exists());
    std::fs::write(&database, &kept).unwrap();
    assert_eq!(items(), 5);
    std::fs::remove_dir_all(home.data().join("fulltext")).unwrap();
    assert_eq!(items(), 5);
    std::fs::remove_file(&database).unwrap();
    std::fs::remove_dir_all(home.data().join("fulltext")).unwrap();
    assert_eq!(items(), 0, "nothing is left that knows of items");
}

#[test]
fn an_export_of_damaged_rows_ends_with_three() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv").ends_with(0);
    let database = home.data().join("soundings.db");
    let page: i64 = {
        let conn = rusqlite::Connection::open(&database).unwrap();
        let find =
            "SELECT (rootpage - 1) * (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?1";
        conn.query_row(find, ["collection"], |row| row.get(0)).unwrap()
    };
    let mut bytes = std::fs::read(&database).unwrap();
    let page = usize::try_from(page).unwrap();
    bytes[page..page + 512].fill(0x55);
    std::fs::write(&database, bytes).unwrap();
    for line in ["export", "export -o all.csv --format jsonl"] {
        let outcome = home.run(line).ends_with(3);
        assert!(outcome.err.contains("soundings.db"), "{line}: {}", outcome.err);
        assert_eq!(outcome.out, "", "{line}");
    }
    assert!(!home.path().join("all.csv").exists());
}

#[test]
fn a_folder_that_is_not_there_is_not_made_by_reading() {
    let home = Home::new();
    for line in ["stats", "search app", "items", "export", "jobs", "imports", "delete --all --yes"] {
        let outcome = home.run(&format!("{line} --data-dir nowhere")).ends_with(2);
        assert!(outcome.err.contains("nowhere") && outcome.err.contains("--data-dir"), "{line}: {}", outcome.err);
    }
    assert_eq!(home.run("stats --json").ends_with(2).json_error()["code"], "no_data_dir");
    assert!(!home.path().join("nowhere").exists() && !home.data().exists());
}
