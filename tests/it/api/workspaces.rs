//! A second workspace sees nothing of the first: every route is asked as a caller of the second, with what the first has.
//!
//! What it is told must be what an empty folder tells, so each answer is compared with that of a server on one.

use super::events::Listener;
use super::fixture::{Answer, REVIEWS, Server, request};
use serde_json::{Value, json};
use soundings::domain::{Caller, ImportState, Principal, Right, Rights, Scope};
use soundings::http::{HttpOptions, Key, Listed, listed, router};
use std::collections::BTreeSet;
use std::time::Duration;

const NEVER: &str = "018f0000-0000-7000-8000-000000000000";
/// Shown by callers of the second workspace; who shows nothing is in the first.
const SECOND: (&str, &str) = ("authorization", "Bearer second");

/// A server with two workspaces.
async fn two(run_jobs: bool) -> (Server, Scope) {
    let mut server =
        Server::with(run_jobs, HttpOptions { local_token: "local".into(), ..HttpOptions::default() }).await;
    let second = server.app.create_workspace("second".to_owned()).await.unwrap();
    let caller = Caller::new(Principal::Token, second.workspace, Rights::MEMBER);
    let options = HttpOptions {
        local_token: "local".into(),
        keys: vec![Key { secret: "second".into(), caller }],
        ..HttpOptions::default()
    };
    server.router = router(server.app.clone(), options);
    (server, second)
}

/// Every id that the first workspace has, from all its lists.
async fn ids_of_the_first(server: &Server) -> Vec<String> {
    let mut ids = Vec::new();
    for path in ["items", "imports", "jobs", "collections", "corrections"] {
        let json = server.get(&format!("/api/v1/{path}")).await.json();
        let rows = json["data"].as_array().unwrap();
        assert!(!rows.is_empty(), "the first workspace has no {path}");
        ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
    }
    ids
}

/// Waits until no job is left to run.
async fn quiet(server: &Server) {
    let waiting = async || loop {
        let jobs = server.get("/api/v1/jobs?state=queued,running,retrying").await.json();
        if jobs["metadata"]["total"] == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    tokio::time::timeout(Duration::from_mins(2), waiting()).await.expect("a job runs for two minutes");
}

/// An answer without what differs between any two answers, and with `id` hidden.
fn told(answer: &Answer, id: &str) -> (u16, String) {
    fn blank(value: &mut Value) {
        // Of the process and its moment, not of anybody's data: ARCHITECTURE.md, "Whose is what".
        const OF_THE_PROCESS: [&str; 10] = [
            "request_id",
            "revision",
            "created_at",
            "uptime_s",
            "free_bytes",
            "bytes",
            "fulltext_lag",
            "vector_lag",
            "index_lag",
            "took_ms",
        ];
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    if OF_THE_PROCESS.contains(&key.as_str()) {
                        *value = Value::Null;
                    } else {
                        blank(value);
                    }
                }
            }
            Value::Array(list) => list.iter_mut().for_each(blank),
            _ => {}
        }
    }
    let mut json = answer.json();
    let text = if json.is_null() {
        String::from_utf8_lossy(&answer.body).into_owned()
    } else {
        blank(&mut json);
        json.to_string()
    };
    (answer.status.as_u16(), text.replace(id, "ID"))
}

/// The queries that a route is asked with: none, and those that name something of the first workspace.
fn queries(path: &str, ids: &[String]) -> Vec<String> {
    let filtered = ["/items", "/search", "/facets", "/export", "/summary", "/distribution", "/aggregate"];
    if path.ends_with("/compare") {
        return vec!["?a=MODEL&b=MODEL".to_owned()];
    }
    if !filtered.iter().any(|end| path.ends_with(end)) {
        return vec![String::new()];
    }
    let named = ids.iter().flat_map(|id| [format!("?import={id}"), format!("?collection={id}")]);
    let words = ["", "?q=crashes", "?q=crahses&mode=text", "?q=slow+update&mode=semantic", "?collection=Acme"];
    words.map(str::to_owned).into_iter().chain(named).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_workspace_sees_nothing_of_the_first() {
    let (server, _) = two(true).await;
    let empty = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let item = server.get("/api/v1/items").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({"sentiment": "neutral"}).to_string();
    let json_headers = [("content-type", "application/json")];
    let path = format!("/api/v1/items/{item}/correction");
    assert_eq!(server.send(request("PUT", &path, &json_headers, &body)).await.status, 200);
    let ids = ids_of_the_first(&server).await;
    let model = server.get("/api/v1/models").await.json()["data"][0]["name"].as_str().unwrap().to_owned();

    for Listed { method, path, right, .. } in listed() {
        if method != "GET" || !matches!(right, Right::Read) || path.ends_with("/events") {
            continue;
        }
        let some: Vec<&str> =
            if path.contains("{id}") { ids.iter().map(String::as_str).collect() } else { vec![NEVER] };
        for id in some {
            for query in queries(&path, &ids) {
                let real = format!("{path}{query}").replace("{id}", id).replace("{name}", &model);
                let real = real.replace("MODEL", &model);
                let second = server.send(request("GET", &real, &[SECOND], "")).await;
                let nobody = empty.send(request("GET", &real.replace(id, NEVER), &[], "")).await;
                assert_eq!(told(&second, id), told(&nobody, NEVER), "GET {real}");
                if path.contains("{id}") {
                    assert_eq!(second.status, 404, "GET {real}");
                }
            }
        }
    }
    server.close().await;
    empty.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_workspace_changes_nothing_of_the_first() {
    let (server, _) = two(true).await;
    server.import("reviews.csv", REVIEWS).await;
    let item = server.get("/api/v1/items").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let json_headers = [("content-type", "application/json")];
    let path = format!("/api/v1/items/{item}/correction");
    let body = json!({"sentiment": "neutral"}).to_string();
    assert_eq!(server.send(request("PUT", &path, &json_headers, &body)).await.status, 200);
    let sent = server.send(request("POST", "/api/v1/imports/preview?filename=more.csv", &[], REVIEWS)).await;
    let upload = sent.json()["data"]["upload"].as_str().unwrap().to_owned();
    quiet(&server).await;
    let ids = ids_of_the_first(&server).await;
    let snapshot = async || {
        let mut all = Vec::new();
        for path in ["items", "imports", "jobs", "collections", "corrections", "facets", "metrics/summary", "tune"] {
            all.push((path, told(&server.get(&format!("/api/v1/{path}")).await, NEVER)));
        }
        all
    };
    let before = snapshot().await;
    let headers = [SECOND, ("content-type", "application/json")];
    for Listed { method, path, right, .. } in listed().into_iter().filter(|route| route.method != "GET") {
        let body = match path.rsplit('/').next() {
            Some("correction") => json!({"sentiment": "positive"}),
            _ if method == "PATCH" => json!({"name": "mine now"}),
            _ => json!({}),
        };
        let ask = async |id: &str| {
            let real = path.replace("{id}", id).replace("{name}", "nobody");
            server.send(request(&method, &real, &headers, &body.to_string())).await
        };
        if right == Right::Administer {
            let refused = ask(NEVER).await;
            assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (403, "forbidden"), "{method} {path}");
        } else if path.contains("{id}") {
            for id in &ids {
                let (second, never) = (ask(id).await, ask(NEVER).await);
                assert_eq!(told(&second, id), told(&never, NEVER), "{method} {path}");
                assert_eq!(second.status, 404, "{method} {path}");
            }
        }
    }
    let all = server.send(request("POST", "/api/v1/items/delete?all=true", &[SECOND], "")).await;
    assert_eq!((all.status.as_u16(), &all.json()["data"]["deleted"]), (200, &json!(0)));
    for path in ["imports", "imports/preview"] {
        let ask = async |upload: &str| {
            let body = json!({"upload": upload}).to_string();
            server.send(request("POST", &format!("/api/v1/{path}"), &headers, &body)).await
        };
        let (second, never) = (ask(&upload).await, ask(NEVER).await);
        assert_eq!((second.status.as_u16(), second.error_code().as_str()), (404, "unknown_upload"));
        assert_eq!(told(&second, &upload), told(&never, NEVER));
    }
    assert_eq!(snapshot().await, before);
    let own = server.post_json("/api/v1/imports", &json!({"upload": upload})).await;
    assert_eq!(own.status, 202, "the first workspace's upload is still there: {}", own.json());
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_the_first_do_not_reach_the_second() {
    let (server, second) = two(true).await;
    let mut live = Listener::open(&server, &[SECOND]).await;
    server.import("reviews.csv", REVIEWS).await;
    let theirs: BTreeSet<String> = ids_in(&server, &[]).await;
    let sent = server.send(request("POST", "/api/v1/imports?filename=own.csv", &[SECOND], "text\nFine and quick\n"));
    let own = sent.await.json()["data"]["id"].as_str().unwrap().to_owned();
    let resumed = [SECOND, ("last-event-id", "0-0")];
    let is_read = async || loop {
        let view = server.app.imports().get_import(second, own.parse().unwrap()).await.unwrap();
        if view.state == ImportState::Done && view.searchable {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    tokio::time::timeout(Duration::from_mins(2), is_read()).await.expect("the second workspace is not read");
    for listener in [&mut live, &mut Listener::open(&server, &resumed).await] {
        // Jobs and items that are told before the second workspace's own item has been.
        loop {
            let (_, name, data) = listener.next().await.unwrap();
            let id = data["id"].as_str().unwrap_or_default();
            assert!(!theirs.contains(id), "{name} of the first workspace: {data}");
            if name == "metrics" {
                assert!(data["total"].as_u64().unwrap_or_default() <= 1, "{data}");
            }
            if name == "item" {
                break;
            }
        }
    }
    server.close().await;
}

async fn ids_in(server: &Server, headers: &[(&str, &str)]) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for path in ["items", "imports", "jobs"] {
        let json = server.send(request("GET", &format!("/api/v1/{path}"), headers, "")).await.json();
        ids.extend(json["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_in_the_first_that_wakes_the_second() {
    let (server, _) = two(false).await;
    let mut live = Listener::open(&server, &[SECOND]).await;
    let name = json!({"name": "Mine"});
    assert_eq!(server.post_json("/api/v1/collections", &name).await.status, 201);
    let quiet = tokio::time::timeout(Duration::from_millis(1_500), live.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    let headers = [SECOND, ("content-type", "application/json")];
    // The same name is free there.
    assert_eq!(server.send(request("POST", "/api/v1/collections", &headers, &name.to_string())).await.status, 201);
    let (_, event, _) = live.next().await.unwrap();
    assert!(matches!(event.as_str(), "corpus" | "metrics"), "{event}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_workspace_goes_on_after_a_restart() {
    let (server, second) = two(false).await;
    let path = "/api/v1/imports?filename=own.csv";
    let sent = server.send(request("POST", path, &[SECOND], "text\nFine and quick\n")).await;
    let own = sent.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(server.spooled(), 1);
    server.app.shutdown().await;
    let server = server.again().await;
    let is_read = async || loop {
        let view = server.app.imports().get_import(second, own.parse().unwrap()).await.unwrap();
        if view.state == ImportState::Done && view.searchable {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    tokio::time::timeout(Duration::from_mins(2), is_read()).await.expect("its upload was swept away");
    assert_eq!(server.get("/api/v1/items").await.json()["metadata"]["total"], 0);
    server.close().await;
}

/// What cannot be read in one workspace is that one's trouble.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_of_the_second_holds_up_no_event_of_the_first() {
    let (server, second) = two(false).await;
    let (mut first, mut other) = (Listener::open(&server, &[]).await, Listener::open(&server, &[SECOND]).await);
    let database = rusqlite::Connection::open(server.dir.path().join("data/soundings.db")).unwrap();
    let spoil = format!(
        "CREATE TRIGGER spoil AFTER INSERT ON job_event
         WHEN (SELECT workspace FROM job WHERE id = NEW.job) = {}
         BEGIN UPDATE job SET state = 99 WHERE id = NEW.job; END",
        second.workspace.0
    );
    database.execute_batch(&spoil).unwrap();
    let path = "/api/v1/imports?filename=own.csv";
    let refused = server.send(request("POST", path, &[SECOND], "text\nFine and quick\n")).await;
    assert_eq!(refused.status, 500, "{}", refused.json());
    // Its job cannot be told of: it is told to ask.
    assert_eq!(other.next().await.unwrap().1, "corpus");
    // In the first, everything is told once.
    let job =
        server.send(request("POST", path, &[], "text\nFine and slow\n")).await.json()["data"]["job"]["id"].clone();
    // Until it has been quiet for a while.
    let jobs = async |first: &mut Listener| {
        let mut jobs = Vec::new();
        while let Ok(Some((_, name, data))) = tokio::time::timeout(Duration::from_millis(1_500), first.next()).await {
            jobs.extend((name == "job").then(|| data["id"].clone()));
        }
        jobs
    };
    assert_eq!(jobs(&mut first).await, [job]);
    assert_eq!(server.post_json("/api/v1/collections", &json!({"name": "Mine"})).await.status, 201);
    assert_eq!(jobs(&mut first).await.len(), 0, "what was told is told again");
    server.close().await;
}
