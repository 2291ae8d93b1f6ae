//! A server and other commands on the same folder.

use super::{Home, REVIEWS, number};
use serde_json::Value;
use std::fmt::Write;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ANY_PORT: &str = "--listen 127.0.0.1:0";

#[test]
fn commands_work_through_a_running_server() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    let server = home.serve(&format!("serve {ANY_PORT}"));
    assert!(server.url.starts_with("http://127.0.0.1:") && !server.url.ends_with(":0"), "{}", server.url);
    assert_eq!(server.get("/api/v1/health/live").unwrap().0, 200);

    let answer = home.run("import reviews.csv --json").ends_with(0).json();
    assert_eq!(number(&answer["import"], "inserted"), 5);
    let (status, body) = server.get("/api/v1/metrics/summary").unwrap();
    assert_eq!(status, 200);
    let summary: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(summary["data"]["items"], 5);
    home.run("search refund").ends_with(0);
    home.run("search zyzzyva --mode text").ends_with(1);
    home.run("delete --rating-max 1 --yes").ends_with(0);
    home.run("doctor").ends_with(0);

    let second = home.run(&format!("serve {ANY_PORT}")).ends_with(4);
    assert!(second.err.contains(&server.url), "{}", second.err);

    #[cfg(unix)]
    {
        let begun = Instant::now();
        server.signal(rustix::process::Signal::TERM);
        let (code, log) = server.wait();
        assert_eq!(code, Some(0), "{log}");
        assert!(begun.elapsed() < Duration::from_secs(10), "the server took {:?} to end", begun.elapsed());
    }
    assert!(!home.data().join("owner.json").exists());
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 4);
}

#[test]
fn a_token_guards_the_api_but_not_the_own_commands() {
    let home = Home::new();
    let server = home.serve(&format!("serve {ANY_PORT} --headless --token open-sesame"));
    assert_eq!(server.get("/api/v1/items").unwrap().0, 401);
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 0);
}

#[test]
fn the_demo_imports_the_bundled_samples() {
    let home = Home::new();
    let server = home.serve(&format!("demo {ANY_PORT} --no-open"));
    let begun = Instant::now();
    loop {
        let (_, body) = server.get("/api/v1/imports").unwrap();
        let imports: Value = serde_json::from_str(&body).unwrap();
        if imports["metadata"]["total"] == 3 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{body}");
    }
    // Pressed again while the first is at work, and once more when one of them was taken back.
    let imports = || -> Vec<Value> {
        let (_, body) = server.get("/api/v1/imports").unwrap();
        serde_json::from_value(serde_json::from_str::<Value>(&body).unwrap()["data"].take()).unwrap()
    };
    let again = home.run("demo --no-open").ends_with(0);
    assert!(again.err.contains("already") && again.out.trim() == server.url, "{again:?}");
    let before = imports();
    assert_eq!(before.len(), 3, "{before:?}");
    let undone = before[0]["id"].as_str().unwrap();
    home.run(&format!("imports undo {undone}")).ends_with(0);
    let third = home.run("demo --no-open").ends_with(0);
    assert!(third.err.contains("were added"), "{third:?}");
    let after = imports();
    assert_eq!((after.len(), &after[0]["file"]), (4, &before[0]["file"]), "{after:?}");
}

/// Somebody who holds the folder and answers an export with two rows and a broken connection. It goes on answering what
/// else it is asked, or is gone as well.
fn broken_server(home: &Home, stays: bool) -> std::fs::File {
    std::fs::create_dir_all(home.data()).unwrap();
    // Something must be there to read.
    std::fs::write(home.data().join("soundings.db"), "").unwrap();
    let lock = std::fs::File::create(home.data().join("soundings.lock")).unwrap();
    lock.lock().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let record = serde_json::json!({"pid": std::process::id(), "url": url, "token": "t", "command": "serve"});
    std::fs::write(home.data().join("owner.json"), record.to_string()).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4096];
            let n = std::io::Read::read(&mut stream, &mut asked).unwrap();
            let mut say = |text: &str| std::io::Write::write_all(&mut stream, text.as_bytes()).unwrap();
            if String::from_utf8_lossy(&asked[..n]).contains("/export") {
                let rows = "id,text\r\n1,good\r\n2,bad\r\n3,ha";
                say("HTTP/1.1 200 OK\r\nx-request-id: r-17\r\ntransfer-encoding: chunked\r\n\r\n");
                say(&format!("{:x}\r\n{rows}\r\n", rows.len()));
                if !stays {
                    return;
                }
            } else {
                say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            }
        }
    });
    lock
}

#[test]
fn an_export_that_breaks_off_says_how_far_it_came() {
    for (stays, code) in [(true, 3), (false, 4)] {
        let home = Home::new();
        let _lock = broken_server(&home, stays);
        let outcome = home.run("export -o all.csv").ends_with(code);
        assert!(outcome.err.contains("all.csv was not written") && outcome.err.contains("2 items"), "{outcome:?}");
        assert!(outcome.err.contains("fix: "), "{outcome:?}");
        assert_eq!(outcome.err.contains("r-17"), stays, "{outcome:?}");
        let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["data"], "no part of a file is left");
    }
    let home = Home::new();
    let _lock = broken_server(&home, true);
    let outcome = home.run("export").ends_with(3);
    assert!(outcome.out.starts_with("id,text") && outcome.err.contains("2 items"), "{outcome:?}");
}

/// The owner is killed in the middle of an import that another process waits for: the waiting one takes over.
#[test]
#[cfg(unix)]
fn a_killed_server_loses_nothing_of_an_import() {
    let home = Home::new();
    let mut csv = String::from("id,text\n");
    for n in 0..1500 {
        let mood = if n % 2 == 0 { "happy" } else { "angry" };
        writeln!(csv, "{n},\"This is review number {n} and I am {mood} with it.\"").unwrap();
    }
    home.file("many.csv", csv);
    let server = home.serve(&format!("serve {ANY_PORT}"));
    let waiting =
        home.command(["import", "many.csv", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    // As soon as something is read the import is certainly under way.
    while let Ok((_, body)) = server.get("/api/v1/metrics/summary") {
        let summary: Value = serde_json::from_str(&body).unwrap_or_default();
        if summary["data"]["analyzed"].as_u64().unwrap_or_default() > 0 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{body}");
    }
    server.signal(rustix::process::Signal::KILL);
    drop(server);
    let output = waiting.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let import = &answer["import"];
    let counted = number(import, "inserted") + number(import, "updated") + number(import, "unchanged");
    assert_eq!((number(import, "rows"), counted), (1500, 1500), "{answer}");
    let stats = home.run("stats --json").ends_with(0).json();
    assert_eq!(["items", "analyzed", "pending"].map(|name| number(&stats, name)), [1500, 1500, 0]);
}

/// Somebody who holds the folder, reads every request but that for its health, and hangs up. Counts them by their first line.
fn mute_server(home: &Home) -> (std::fs::File, Arc<Mutex<Vec<String>>>) {
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("soundings.db"), "").unwrap();
    let lock = std::fs::File::create(home.data().join("soundings.lock")).unwrap();
    lock.lock().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let record = serde_json::json!({"pid": std::process::id(), "url": url, "token": "t", "command": "serve"});
    std::fs::write(home.data().join("owner.json"), record.to_string()).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            let n = std::io::Read::read(&mut stream, &mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..n]).to_lowercase();
            if request.contains("/health/live") {
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
                continue;
            }
            let first = request.lines().next().unwrap_or_default();
            let key = request.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap_or_default();
            heard.lock().unwrap().push(format!("{first} {key}"));
        }
    });
    (lock, asked)
}

/// A request that may have arrived is sent again only where that does no harm.
#[test]
fn what_may_have_been_done_is_not_asked_for_twice() {
    let check = |line: &str, expected: usize, says: &str| {
        let home = Home::new();
        home.file("reviews.csv", REVIEWS);
        let (_lock, asked) = mute_server(&home);
        let outcome = home.run(line).ends_with(4);
        assert!(outcome.err.contains(says), "{line}: {outcome:?}");
        let asked = asked.lock().unwrap().clone();
        assert_eq!(asked.len(), expected, "{line}: {asked:?}");
        asked
    };
    check("tune --rollback", 1, "not known");
    check("imports undo 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11", 1, "not known");
    check("stats", 6, "breaks the connection");
    // The server knows each of them by the same key.
    let asked = check("import reviews.csv", 6, "breaks the connection");
    let key = asked[0].rsplit(' ').next().unwrap();
    assert!(key.len() == 36 && asked.iter().all(|line| line.ends_with(key)), "{asked:?}");
    for line in ["reindex", "tune", "models analyze some-model"] {
        let asked = check(line, 6, "breaks the connection");
        let key = asked[0].rsplit(' ').next().unwrap();
        assert!(key.len() == 36 && asked.iter().all(|line| line.ends_with(key)), "{asked:?}");
    }
}

/// Somebody who holds the folder, refuses the first request with `code`, and is gone.
fn leaving_server(home: &Home, code: &'static str) {
    std::fs::create_dir_all(home.data()).unwrap();
    std::fs::write(home.data().join("soundings.db"), "").unwrap();
    let lock = std::fs::File::create(home.data().join("soundings.lock")).unwrap();
    lock.lock().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let record = serde_json::json!({"pid": std::process::id(), "url": url, "token": "t", "command": "serve"});
    let record_file = home.data().join("owner.json");
    std::fs::write(&record_file, record.to_string()).unwrap();
    std::thread::spawn(move || {
        let mut lock = Some(lock);
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            let n = std::io::Read::read(&mut stream, &mut request).unwrap_or_default();
            let is_live = String::from_utf8_lossy(&request[..n]).contains("/health/live");
            let (status, body) = if is_live {
                ("200 OK", "{}".to_owned())
            } else {
                let error = serde_json::json!({"code": code, "message": "leaving", "details": {}, "request_id": "r"});
                ("503 Service Unavailable", serde_json::json!({ "error": error }).to_string())
            };
            if !is_live {
                std::fs::remove_file(&record_file).unwrap();
                drop(lock.take());
            }
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
            if !is_live {
                return;
            }
        }
    });
}

/// What an owner refused unread is asked of the next one, whatever it is; what may have been begun is not.
#[test]
fn what_was_refused_unread_is_asked_of_the_next_owner() {
    let check = |code: &'static str, exit: i32, says: &str| {
        let home = Home::new();
        leaving_server(&home, code);
        let outcome = home.run("tune --rollback").ends_with(exit);
        assert!(outcome.err.contains(says), "{code}: {outcome:?}");
    };
    check("shutting_down", 2, "no other model counted before");
    check("stopping", 4, "leaving");
    check("closing", 4, "leaving");
}
