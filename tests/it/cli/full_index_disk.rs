//! A disk that is full under the full-text folder alone: said once, with the fix, wherever a person looks, and over by itself
//! when there is room.

use super::Home;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server whose full-text folder is a small disk of its own, made and resized inside a user namespace so that no rights are
/// needed. It ends when `stop` appears.
const STEPS: &str = r#"
set -e
# The index is there before the disk is: one that is made would first remove the folder, which a disk's cannot be.
"$0" import first.csv --collection Acme --data-dir data > first.out 2>&1
cp -a data/fulltext index
mount -t tmpfs -o size=2m tmpfs data/fulltext
cp -a index/. data/fulltext/
"$0" serve --listen 127.0.0.1:0 --data-dir data > serve.out 2> serve.err &
pid=$!
while [ ! -e grow ]; do sleep 0.1; done
mount -o remount,size=200m data/fulltext
while [ ! -e stop ]; do sleep 0.1; done
kill $pid
wait $pid
"#;

/// The script; it ends with the test whatever becomes of it.
struct Script<'h>(&'h Path, Child);

impl Drop for Script<'_> {
    fn drop(&mut self) {
        let _ = std::fs::write(self.0.join("grow"), "");
        let _ = std::fs::write(self.0.join("stop"), "");
        let _ = self.1.wait();
    }
}

#[test]
fn a_full_disk_under_the_index_is_said_once_and_heals() {
    if !super::can_fill_a_disk() {
        return;
    }
    let home = Home::new();
    let mut csv = String::from("id,review\n");
    let mut state = 1_u64;
    for i in 0..4_000 {
        write!(csv, "r{i},Die Lieferung kam leider viel zu spät an").unwrap();
        for _ in 0..100 {
            // Words that come once: they cost the most room.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            write!(csv, " w{:x}", state >> 32).unwrap();
        }
        csv.push('\n');
    }
    home.file("reviews.csv", csv);
    home.file("first.csv", "id,review\nf1,Das ist die erste Zeile und sie bleibt hier.\n");
    let args = ["--user", "--map-root-user", "--mount", "sh", "-c", STEPS, env!("CARGO_BIN_EXE_soundings")];
    let mut command = Command::new("unshare");
    command.args(args).current_dir(home.path()).env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::null());
    let script = Script(home.path(), command.spawn().unwrap());
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap_or_default();
    let until = |what: &str, limit: u64, is_so: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(limit);
        while !is_so() {
            assert!(Instant::now() < end, "{what} never came; the log:\n{}", read("serve.err"));
            std::thread::park_timeout(Duration::from_millis(100));
        }
    };
    until("an address", 60, &|| read("serve.out").starts_with("http://"));
    let url = read("serve.out").trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let health = || {
        let mut stream = TcpStream::connect(&url).unwrap();
        write!(stream, "GET /api/v1/health HTTP/1.1\r\nHost: {url}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str::<Value>(body).unwrap()["data"].clone()
    };
    home.run("import reviews.csv --collection Acme --detach").ends_with(0);
    let says_full = || health()["reasons"].to_string().contains("the disk that holds the full-text index");
    until("a full disk", 120, &says_full);
    // Long enough for some more tries.
    std::thread::park_timeout(Duration::from_secs(8));
    let reasons = health()["reasons"].to_string();
    assert!(reasons.contains("free some space") && reasons.contains("goes on by itself"), "{reasons}");
    let log = read("serve.err");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("could not be brought up to date")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("is full") && lines[0].contains("fix="), "{}", lines[0]);
    std::fs::write(home.path().join("grow"), "").unwrap();
    until("an index that goes on", 120, &|| health()["indexes"]["fulltext_lag"] == 0);
    assert!(!says_full(), "{}", health());
    assert!(read("serve.err").contains("the index goes on"), "{}", read("serve.err"));
    drop(script);
}
