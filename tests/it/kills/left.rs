//! What a kill can leave between two transactions, or a commit of the full-text index half way, set up by hand: how soon
//! a start is over it.
//!
//! Kills find most of these as well, now and then. Here each is met every time, also those that only a clock which was
//! wrong, or many failures before the kill, lead to.

use super::blow::Struck;
use super::content::{content, difference};
use super::server::{SERVE, Server};
use super::stage::{copy, run, table};
use super::{Blow, Place};
use crate::seeded::Seeded;
use rusqlite::Connection;
use serde_json::Value;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How much longer than an undisturbed folder one may take until it is quiet. A back-off or a lease would take longer.
const SOON: Duration = Duration::from_secs(5);

/// The job that reads what waits.
const READING: &str = "WHERE kind = 'analyze'";

/// A folder in which everything is read, one in which nothing is, and what the first one contains.
struct Folders {
    dir: tempfile::TempDir,
    expected: Value,
}

impl Folders {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let reviews = dir.path().join("reviews.csv");
        fs::write(&reviews, table("r", 60, "")).unwrap();
        let words = ["import", reviews.to_str().unwrap(), "--collection", "Acme"];
        run(&dir.path().join("read"), &words);
        run(&dir.path().join("unread"), &[&words[..], &["--detach"]].concat());
        let server = Server::start(&dir.path().join("read"), &dir.path().join("log")).unwrap();
        server.http.wait_until_quiet().unwrap();
        let expected = content(&server.http).unwrap();
        server.stop().unwrap();
        Self { dir, expected }
    }

    fn copy_of(&self, name: &str) -> PathBuf {
        let to = self.dir.path().join("data");
        let _ = fs::remove_dir_all(&to);
        copy(&self.dir.path().join(name), &to);
        to
    }

    /// Starts a server on a copy that is left as nobody disturbed it, and on one that `leave` has seen, which may not take
    /// much longer.
    fn check(&self, start: &str, what: &str, leave: &dyn Fn(&Path)) {
        let undisturbed = self.quiet_after(&self.copy_of(start), "nothing");
        let dir = self.copy_of(start);
        leave(&dir);
        let took = self.quiet_after(&dir, what);
        assert!(took < 2 * undisturbed + SOON, "{what}: {} ms, not {}", took.as_millis(), undisturbed.as_millis());
    }

    /// Starts a server on what is left; how long it takes until it is quiet and has what an undisturbed folder has.
    fn quiet_after(&self, dir: &Path, what: &str) -> Duration {
        let log = self.dir.path().join("log");
        let server = Server::start(dir, &log).unwrap();
        let begun = Instant::now();
        server.http.wait_until_quiet().unwrap_or_else(|stuck| panic!("{what}: {stuck}"));
        let took = begun.elapsed();
        let found = content(&server.http).unwrap();
        server.stop().unwrap();
        for part in ["items", "figures", "words", "meaning"] {
            assert_eq!(difference(&self.expected[part], &found[part]), None, "{what}: {part}");
        }
        eprintln!("{what}: quiet after {} ms", took.as_millis());
        took
    }
}

/// `:now` is the present moment.
fn execute(dir: &Path, sql: &str) {
    let conn = Connection::open(dir.join("soundings.db")).unwrap();
    conn.execute_batch(&sql.replace(":now", "(strftime('%s', 'now') * 1000)")).unwrap();
}

#[test]
fn whatever_a_kill_left_in_the_database_is_over_soon() {
    let folders = Folders::new();
    let check = |start: &str, what: &str, sql: &str| folders.check(start, what, &|dir| execute(dir, sql));
    let reading = |set: &str| format!("UPDATE job SET {set} {READING}");
    let running = "state = 2, attempt = 1, claim = 1, boot = randomblob(16), lease_until = :now + 3600000";
    check("unread", "it runs, on a lease of an hour", &reading(running));
    check("unread", "it runs, and was rescued as often as is borne", &reading(&format!("{running}, rescues = 24")));
    check("unread", "it runs, and is to be cancelled", &reading(&format!("{running}, cancel_requested = 1")));
    check("unread", "it failed nine times", &reading("state = 3, attempt = 9, run_at = :now + 256000"));
    check("unread", "the clock was a day ahead", &reading("run_at = :now + 86400000"));
    check("unread", "it was given up", &reading("state = 5, attempt = 10, finished_at = :now"));
    check("unread", "no job", &format!("DELETE FROM job {READING}"));
    check("read", "read by all, and waiting", "UPDATE item SET pending = 1");
    let insert = |kind: &str, payload: &str, set: &str| {
        format!(
            "INSERT INTO job (uid, workspace, kind, state, priority, max_attempts, created_at, run_at, title, payload)
               VALUES (randomblob(16), 1, '{kind}', 0, 1, 5, :now, :now, 'left', '{payload}');
             UPDATE job SET {set} WHERE title = 'left'"
        )
    };
    check("read", "a reindex runs", &insert("reindex", "", running));
    check(
        "read",
        "a reindex failed four times",
        &insert("reindex", "", "state = 3, attempt = 4, run_at = :now + 10000"),
    );
    check(
        "read",
        "a reindex waits by a clock that was a day ahead",
        &insert("reindex", "", "run_at = :now + 86400000"),
    );
    let gone = r#"{"import":"01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11"}"#;
    check("read", "an import runs whose collection is gone", &insert("import", gone, running));
    check("read", "an import is taken back whose collection is gone", &insert("undo_import", gone, running));
    check("read", "a promotion runs of a model that is gone", &insert("promote", "99", running));
}

#[test]
fn whatever_a_kill_left_in_the_full_text_index_is_over_soon() {
    let folders = Folders::new();
    let check = |what: &str, leave: &dyn Fn(&Path)| folders.check("read", what, &|dir| leave(&dir.join("fulltext")));
    let part = |index: &Path| {
        let mut names = fs::read_dir(index).unwrap().map(|entry| entry.unwrap().path());
        names.find(|path| path.extension().is_some_and(|end| end == "term")).unwrap()
    };
    let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).unwrap();
    check("its list of commits is empty", &|index| write(&index.join("meta.json"), b""));
    check("its list of commits is gone", &|index| fs::remove_file(index.join("meta.json")).unwrap());
    check("its list of files is empty", &|index| write(&index.join(".managed.json"), b""));
    check("its list of files is gone", &|index| fs::remove_file(index.join(".managed.json")).unwrap());
    check("a part is gone", &|index| fs::remove_file(part(index)).unwrap());
    check("a part is cut", &|index| fs::File::options().write(true).open(part(index)).unwrap().set_len(9).unwrap());
    check("parts of no commit", &|index| {
        write(&index.join("0123456789abcdef0123456789abcdef.idx"), b"half");
        write(&index.join(".tmpAbC123"), b"half");
        // As the next deletion from this part would be named.
        for opstamp in 0..200 {
            write(&part(index).with_extension(format!("{opstamp}.del")), b"half");
        }
    });
    check("all of it is gone", &|index| fs::remove_dir_all(index).unwrap());
}

#[test]
fn starts_that_are_killed_in_a_row_hold_nothing_up() {
    let folders = Folders::new();
    let place = Place { dir: folders.dir.path().to_owned() };
    let random = RefCell::new(Seeded(7));
    for commands in [["jobs", "run"].as_slice(), SERVE.as_slice()] {
        folders.check("unread", "ten starts", &|dir| {
            for _ in 0..10 {
                let moment = Blow::Moment(Duration::from_millis(random.borrow_mut().below(300)));
                Struck::start(moment, dir, commands, &place.log(), &place.fifo()).end();
            }
        });
        let dir = folders.dir.path().join("data");
        assert_eq!(tries(&dir), Vec::<(String, u32)>::new());
    }
}

/// Jobs that count more than one try.
pub(super) fn tries(dir: &Path) -> Vec<(String, u32)> {
    let conn = Connection::open(dir.join("soundings.db")).unwrap();
    let mut find = conn.prepare("SELECT kind, attempt FROM job WHERE attempt > 1").unwrap();
    let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
