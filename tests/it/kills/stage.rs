//! The folders that rounds begin with: made once, undisturbed, and copied.

use super::server::{Server, soundings};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Rows of the first file, and of the second.
const ROWS: (usize, usize) = (80, 40);
/// Corrections, a few more than tuning needs.
const CORRECTIONS: usize = 26;
/// Rows of the large file: more than one batch of an undo, which takes 5,000, and several of all else, which take 2,000.
const MANY: usize = 5_200;
/// Those that a later file says other things about.
const RERATED: usize = 2_600;
/// Parts of the full-text index, one fewer than it puts together.
const PARTS: usize = 7;

/// Starting folders, files to import, and identifiers in them.
pub(super) struct Stage {
    dir: PathBuf,
    /// A table of reviews, which `stored` has.
    pub(super) reviews: PathBuf,
    /// The same, some with other words, and new ones.
    pub(super) revised: PathBuf,
    /// A workbook.
    pub(super) workbook: PathBuf,
    /// The second of two collections, and the import that brought it.
    pub(super) collection: String,
    pub(super) import: String,
    /// An item of the first collection that no deletion of a scene selects.
    pub(super) item: String,
    /// The tuned model of `tuned`.
    pub(super) model: String,
    /// A table of many short reviews, which `many` has, beside all that `tuned` has.
    pub(super) many_reviews: PathBuf,
    /// Its collection and its import, and the import that changed the ratings of half of them.
    pub(super) many: String,
    pub(super) many_import: String,
    pub(super) rerated_import: String,
}

impl Stage {
    /// Makes everything below `dir`.
    pub(super) fn new(dir: &Path) -> Self {
        let file = |name: &str, text: &[u8]| {
            let path = dir.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let reviews = file("reviews.csv", table("r", ROWS.0, "").as_bytes());
        let revised = file("revised.csv", table("r", ROWS.0 + 20, " since the update").as_bytes());
        let workbook = file("report.xlsx", include_bytes!("../../data/shapes/report_layout.xlsx"));
        let (stored, behind) = (dir.join("stored"), dir.join("behind"));
        fs::create_dir(dir.join("empty")).unwrap();
        run(&dir.join("unread"), &["import", reviews.to_str().unwrap(), "--collection", "Acme", "--detach"]);

        run(&stored, &["import", reviews.to_str().unwrap(), "--collection", "Acme"]);
        copy(&stored, &behind);
        let log = dir.join("stage.log");
        let server = Server::start(&stored, &log).unwrap();
        let http = &server.http;
        let put = |method: &str, path: &str, media: &str, body: &str| -> Value {
            let (status, answer) = http.send(method, path, media, body.as_bytes()).unwrap();
            assert!(status < 300, "{method} {path}: {status} {answer}");
            serde_json::from_str(&answer).unwrap()
        };
        let rivals = table("v", ROWS.1, " with the rival");
        put("POST", "/imports?filename=rivals.csv&collection=Rivals", "application/octet-stream", &rivals);
        http.wait_until_quiet().unwrap();
        let items = http.get("/items?collection=Acme&limit=100").unwrap();
        let items = items["data"].as_array().unwrap();
        for (at, item) in items.iter().take(CORRECTIONS).enumerate() {
            let label = ["negative", "neutral", "positive"][at % 3];
            let path = format!("/items/{}/correction", item["id"].as_str().unwrap());
            put("PUT", &path, "application/json", &format!(r#"{{"sentiment":"{label}"}}"#));
        }
        let kept = items.iter().find(|item| item["text"].as_str().unwrap().contains("okay")).unwrap();
        let item = kept["id"].as_str().unwrap().to_owned();
        let id = |path: &str, name: &str, value: &str| {
            let answer = http.get(path).unwrap();
            let row = answer["data"].as_array().unwrap().iter().find(|row| row[name] == value).unwrap().clone();
            row["id"].as_str().unwrap().to_owned()
        };
        let collection = id("/collections", "name", "Rivals");
        let import = id("/imports", "collection", "Rivals");
        http.wait_until_quiet().unwrap();
        server.stop().unwrap();
        // The index of before, and none at all, beside the database of now.
        fs::copy(stored.join("soundings.db"), behind.join("soundings.db")).unwrap();
        copy(&stored, &dir.join("unindexed"));
        fs::remove_dir_all(dir.join("unindexed/fulltext")).unwrap();

        let tuned = dir.join("tuned");
        copy(&stored, &tuned);
        let told = run(&tuned, &["tune", "--json"]);
        let model: Value = serde_json::from_str(&told).unwrap();
        let model = model["name"].as_str().unwrap().to_owned();
        let (many, promoted, pieces) = (dir.join("many"), dir.join("promoted"), dir.join("pieces"));
        copy(&tuned, &many);
        copy(&tuned, &promoted);
        copy(&stored, &pieces);
        let (many_reviews, rerated) = (many_rows(MANY, 0), many_rows(RERATED, 1));
        let ids = std::thread::scope(|scope| {
            let ids = scope.spawn(|| put_many(&many, [&many_reviews, &rerated], &log));
            run(&promoted, &["tune", "--promote", &model]);
            put_pieces(&pieces, &log);
            ids.join().unwrap()
        });
        let many_reviews = file("many.csv", many_reviews.as_bytes());
        let [many, many_import, rerated_import] = ids;
        Self {
            dir: dir.to_owned(),
            reviews,
            revised,
            workbook,
            collection,
            import,
            item,
            model,
            many_reviews,
            many,
            many_import,
            rerated_import,
        }
    }

    /// Puts a copy of a starting folder at `to`.
    pub(super) fn put(&self, start: &str, to: &Path) {
        copy(&self.dir.join(start), to);
    }
}

/// Reviews as a table: some without a date that can be read, some that say the same by the same author.
pub(super) fn table(prefix: &str, rows: usize, more: &str) -> String {
    let openings =
        ["I love this app", "Terrible, it crashes again", "It is okay", "Support never answered", "What a surprise"];
    let mut csv = String::from("id,date,stars,review,author\n");
    for i in 0..rows {
        let (opening, author) = (openings[i % openings.len()], i % 13);
        if i % 40 == 7 {
            writeln!(csv, "{prefix}{i},the day after,3,{opening} on a date that nobody can read,a{author}").unwrap();
            continue;
        }
        let date = format!("2026-0{}-1{}", 1 + i % 9, i % 10);
        let also = if i % 4 == 1 { more } else { "" };
        writeln!(csv, "{prefix}{i},{date},{},\"{opening}{also} number {i}, and more words.\",a{author}", 1 + i % 5)
            .unwrap();
    }
    csv
}

/// Many short reviews of few different words, which are read quickly; `shift` turns the ratings.
fn many_rows(rows: usize, shift: usize) -> String {
    let mut csv = String::from("id,stars,review\n");
    for i in 0..rows {
        writeln!(csv, "m{i},{},It broke on day {}", 1 + (i + shift) % 5, i % 23).unwrap();
    }
    csv
}

/// Imports many reviews and then other ratings of them; the collection, and both imports.
fn put_many(dir: &Path, [reviews, rerated]: [&str; 2], log: &Path) -> [String; 3] {
    let server = Server::start(dir, log).unwrap();
    for (file, rows) in [("many.csv", reviews), ("rerated.csv", rerated)] {
        let path = format!("/imports?filename={file}&collection=Many");
        let sent = server.http.send("POST", &path, "application/octet-stream", rows.as_bytes()).unwrap();
        assert!(sent.0 < 300, "{sent:?}");
        server.http.wait_until_quiet().unwrap();
    }
    let id = |path: &str, name: &str, value: &str| {
        let answer = server.http.get(path).unwrap();
        let row = answer["data"].as_array().unwrap().iter().find(|row| row[name] == value).unwrap().clone();
        row["id"].as_str().unwrap().to_owned()
    };
    let ids =
        [id("/collections", "name", "Many"), id("/imports", "file", "many.csv"), id("/imports", "file", "rerated.csv")];
    server.stop().unwrap();
    ids
}

/// A small file, the `nth` of several.
pub(super) fn piece(nth: usize) -> String {
    format!("id,review\np{nth}a,Support for piece {nth} was kind\np{nth}b,Piece {nth} broke\n")
}

/// Imports one small file after the other, until the next one lets the full-text index put its parts together.
fn put_pieces(dir: &Path, log: &Path) {
    let n_parts = || {
        let meta: Value = serde_json::from_slice(&fs::read(dir.join("fulltext/meta.json")).unwrap()).unwrap();
        meta["segments"].as_array().unwrap().len()
    };
    let server = Server::start(dir, log).unwrap();
    for nth in (0..2 * PARTS).take_while(|_| n_parts() < PARTS) {
        let path = format!("/imports?filename=piece{nth}.csv&collection=Pieces");
        let sent = server.http.send("POST", &path, "application/octet-stream", piece(nth).as_bytes()).unwrap();
        assert!(sent.0 < 300, "{sent:?}");
        server.http.wait_until_quiet().unwrap();
    }
    server.stop().unwrap();
    assert_eq!(n_parts(), PARTS);
}

/// Runs a command to its end; what it says.
pub(super) fn run(dir: &Path, args: &[&str]) -> String {
    let output = soundings(dir).args(args).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Copies a folder with everything in it.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
