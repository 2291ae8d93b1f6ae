//! Models of other people: added, compared, chosen, challenging, removed, and a reading that outlives a restart.

use super::fixture::{Answer, REVIEWS, Server, request};
use crate::folders::whole;
use serde_json::{Value, json};
use soundings::app::{App, AppOptions};
use soundings::http::{HttpOptions, router};
use std::path::Path;
use std::time::Duration;

const JSON: (&str, &str) = ("content-type", "application/json");
const BUNDLED: &str = "soundings-reader-1";

impl Server {
    async fn put_json(&self, path: &str, body: &Value) -> Answer {
        self.send(request("PUT", path, &[JSON], &body.to_string())).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(request("DELETE", path, &[], "")).await
    }

    async fn add(&self, dir: &Path, name: &str) -> Value {
        let answer = self.post_json("/api/v1/models", &json!({"path": dir, "name": name})).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        assert_eq!(answer.header("location"), format!("/api/v1/models/{name}"));
        answer.json()["data"].clone()
    }

    async fn model(&self, name: &str) -> Value {
        self.get(&format!("/api/v1/models/{name}")).await.json()["data"].clone()
    }

    async fn summary(&self) -> Value {
        self.get("/api/v1/metrics/summary").await.json()["data"].clone()
    }

    /// Waits until the job is over; gives its state.
    async fn over(&self, job: &Value) -> String {
        let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
        let over = async {
            loop {
                let json = self.get(&path).await.json();
                let state = json["data"]["state"].as_str().unwrap().to_owned();
                if ["succeeded", "dead", "cancelled"].contains(&state.as_str()) {
                    return state;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), over).await.expect("the job is not over after two minutes")
    }

    /// Waits until the default model has read everything.
    async fn all_read(&self) {
        let read = async {
            while self.summary().await["pending"] != 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), read).await.expect("something is still unread");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_reads_beside_the_bundled_one_and_in_its_place() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let folder = whole("distilbert");
    let added = server.add(folder.path(), "sst").await;
    assert_eq!((&added["kind"], &added["default"], &added["items"]), (&json!("folder"), &json!(false), &json!(0)));
    assert_eq!(added["reads"], json!({"sentiment": ["negative", "positive"], "emotion": []}));
    assert_eq!(added["labels"][0], json!({"label": "NEGATIVE", "means": "sentiment:negative"}));
    let listed = server.get("/api/v1/models").await.json();
    let names: Vec<&str> = listed["data"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(names, [BUNDLED, "sst"]);
    let bundled = server.model(BUNDLED).await;
    assert_eq!((&bundled["default"], &bundled["items"]), (&json!(true), &json!(3)));
    assert!(bundled["card"].as_str().unwrap().starts_with('#'), "{bundled}");
    assert_eq!(server.model("sst").await["card"], Value::Null);

    // It reads what a filter selects, once.
    let asked = server.send(request("POST", "/api/v1/models/sst/analyze?author=Ann&author=Bob", &[], "")).await;
    assert_eq!(asked.status, 202, "{}", asked.json());
    assert_eq!(server.over(&asked.json()["data"]).await, "succeeded");
    assert_eq!(server.model("sst").await["items"], 2);
    let item = server.get("/api/v1/items?author=Ann").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let detail = server.get(&format!("/api/v1/items/{item}")).await.json()["data"].clone();
    assert_eq!(detail["model"], BUNDLED);
    assert_eq!(detail["analyses"].as_array().unwrap().len(), 2);
    let own = &detail["analyses"][1];
    assert_eq!(
        (&own["model"], &own["emotion"], &own["sentiment"]["scores"]["neutral"]),
        (&json!("sst"), &Value::Null, &json!(0.0))
    );

    let path = format!("/api/v1/models/compare?a={BUNDLED}&b=sst");
    let compared = server.get(&path).await;
    let json = compared.json()["data"].clone();
    assert_eq!((&json["n"], &json["emotion"], &json["sentiment"]["n"]), (&json!(2), &Value::Null, &json!(2)));
    assert_eq!(json["sentiment"]["labels"], json!(["negative", "neutral", "positive"]));
    let cells: u64 = json["sentiment"]["table"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| r.as_array().unwrap())
        .map(|c| c.as_u64().unwrap())
        .sum();
    assert_eq!(cells, 2);
    let differences: Vec<f64> =
        json["items"].as_array().unwrap().iter().map(|i| i["difference"].as_f64().unwrap()).collect();
    assert!(differences.len() == 2 && differences.is_sorted_by(|a, b| a >= b), "{differences:?}");
    assert!(json["items"][0]["b"]["sentiment"]["label"].is_string() && json["items"][0]["text"].is_string());
    assert_eq!((json["record"].as_array().unwrap().len(), &json["record"][0]["n"]), (1, &json!(2)));
    let again = server.send(request("GET", &path, &[("if-none-match", compared.header("etag"))], "")).await;
    assert_eq!(again.status, 304);
    let narrow = server.get(&format!("{path}&author=Ann&limit=1")).await.json();
    assert_eq!((&narrow["data"]["n"], narrow["data"]["items"].as_array().unwrap().len()), (&json!(1), 1));
    let corrected =
        server.put_json(&format!("/api/v1/items/{item}/correction"), &json!({"sentiment": "neutral"})).await;
    assert_eq!(corrected.status, 200, "{}", corrected.json());
    let judged = server.get(&path).await.json()["data"]["sentiment"]["corrected"].clone();
    assert_eq!((&judged["n"], &judged["b"]), (&json!(1), &json!(0.0)), "it cannot say neutral");

    // Now its labels count; what it has not read is read by a job. Vectors are the bundled model's still.
    let chosen = server.put_json("/api/v1/models/default", &json!({"name": "sst"})).await;
    assert_eq!((chosen.status.as_u16(), &chosen.json()["data"]["default"]), (200, &json!(true)), "{}", chosen.json());
    server.all_read().await;
    assert_eq!(server.summary().await["model"], "sst");
    assert_eq!(server.get("/api/v1/emotions/distribution").await.json()["metadata"]["total"], 0);
    assert_eq!(
        server.get(&format!("/api/v1/emotions/distribution?model={BUNDLED}")).await.json()["metadata"]["total"],
        3
    );
    assert_eq!(server.get(&format!("/api/v1/items/{item}/similar")).await.json()["data"].as_array().unwrap().len(), 2);
    server.import("more.csv", "id,text\n9,I am very happy with all of it\n").await;
    assert_eq!(server.model("sst").await["items"], 4);
    assert_eq!(server.model(BUNDLED).await["items"], 4, "the bundled model reads everything");
    assert_eq!(server.delete("/api/v1/models/sst").await.error_code(), "wrong_state");
    assert_eq!(server.delete(&format!("/api/v1/models/{BUNDLED}")).await.error_code(), "wrong_state");

    let back = server.put_json("/api/v1/models/default", &json!({"name": BUNDLED})).await;
    assert_eq!(back.status, 200);
    assert_eq!(server.summary().await["pending"], 0, "its readings were kept");
    let removed = server.delete("/api/v1/models/sst").await;
    assert_eq!(removed.json()["data"], json!({"name": "sst", "removed": true}));
    assert_eq!(server.get("/api/v1/models/sst").await.status, 404);
    assert_eq!(server.get("/api/v1/items?model=sst").await.error_code(), "unknown_model");
    let detail = server.get(&format!("/api/v1/items/{item}")).await.json();
    assert_eq!(detail["data"]["analyses"].as_array().unwrap().len(), 1);
    assert_eq!(server.add(folder.path(), "sst").await["items"], 0, "it comes back without its readings");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_labels_are_one_step_and_take_the_readings_along() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let folder = whole("roberta");
    server.add(folder.path(), "feelings").await;
    server.put_json("/api/v1/models/challenger", &json!({"name": "feelings", "share": 1.0})).await;
    let read = async || {
        let asked = server.send(request("POST", "/api/v1/models/feelings/analyze", &[], "")).await;
        assert_eq!(server.over(&asked.json()["data"]).await, "succeeded");
        server.model("feelings").await["items"].clone()
    };
    assert_eq!(read().await, 3);
    let path = "/api/v1/models/feelings/labels";
    let said = async |feelings: &str| {
        let found = server.get(&format!("/api/v1/items?model=feelings&emotion={feelings}")).await.json();
        found["metadata"]["total"].as_u64().unwrap()
    };
    let means = |model: &Value, label: &str| {
        let labels = model["labels"].as_array().unwrap();
        labels.iter().find(|l| l["label"] == label).unwrap()["means"].clone()
    };
    let angry = said("anger").await;
    assert!(angry > 0, "the folder finds anger in these texts");

    // What they mean already is no change.
    let same = server.put_json(path, &json!({"labels": {"anger": "emotion:anger"}})).await;
    assert_eq!((same.status.as_u16(), &same.json()["data"]["items"]), (200, &json!(3)), "{}", same.json());

    // Refusals leave everything as it was.
    let refused = async |body: Value, status: u16, code: &str| {
        let answer = server.put_json(path, &body).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (status, code), "{}", answer.json());
        let model = server.model("feelings").await;
        assert_eq!((&model["items"], means(&model, "anger")), (&json!(3), json!("emotion:anger")));
    };
    refused(json!({"labels": {"anger": "fury"}}), 400, "bad_label").await;
    refused(json!({"labels": {"fury": "emotion:anger"}}), 400, "model_unusable").await;
    refused(json!({"label": {}}), 400, "invalid_json").await;
    let only_joy = ["anger", "disgust", "fear", "neutral", "sadness", "surprise"].map(|l| (l.to_owned(), Value::Null));
    refused(json!({"labels": Value::Object(only_joy.into_iter().collect())}), 400, "model_unusable").await;

    // Other labels: no reading of before is left, the challenge goes on, and it reads again under the new ones.
    let changed = server.put_json(path, &json!({"labels": {"anger": "emotion:joy", "joy": null}})).await;
    let model = changed.json()["data"].clone();
    assert_eq!((changed.status.as_u16(), &model["items"]), (200, &json!(0)), "{model}");
    assert_eq!((means(&model, "anger"), means(&model, "joy")), (json!("emotion:joy"), Value::Null));
    assert_eq!((&model["challenger"], said("joy").await), (&json!({"share": 1.0}), 0));
    assert_eq!(read().await, 3);
    assert_eq!((said("anger").await, said("joy").await), (0, angry));
    let listed = server.get("/api/v1/models").await.json();
    assert_eq!(listed["metadata"]["total"], 2, "it took its own place");
    server.import("new.csv", "id,text\n9,I am very happy with all of it\n").await;
    assert_eq!(server.model("feelings").await["items"], 4, "the challenger reads along");

    let code = async |name: &str| {
        let path = format!("/api/v1/models/{name}/labels");
        server.put_json(&path, &json!({"labels": {"joy": "emotion:anger"}})).await.error_code()
    };
    assert_eq!((code(BUNDLED).await, code("nobody").await), ("wrong_state".to_owned(), "not_found".to_owned()));
    server.put_json("/api/v1/models/default", &json!({"name": "feelings"})).await;
    assert_eq!(code("feelings").await, "wrong_state", "its labels count");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_model_is_refused() {
    let server = Server::still().await;
    let check = async |body: Value, status: u16, code: &str, words: &str| {
        let answer = server.post_json("/api/v1/models", &body).await;
        let json = answer.json();
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (status, code), "{json}");
        assert!(json["error"]["message"].as_str().unwrap().contains(words), "{json}");
    };
    let folder = whole("roberta");
    let path = folder.path();
    check(json!({"path": "models/x"}), 400, "relative_path", "absolute").await;
    check(json!({"path": "/no/such/folder"}), 400, "model_unusable", "no such folder").await;
    check(json!({"path": path, "labels": {"joy": "happy"}}), 400, "bad_label", "emotion:joy").await;
    check(json!({"path": path, "labels": {"pride": "emotion:joy"}}), 400, "model_unusable", "no label `pride`").await;
    check(json!({"path": path, "name": "default"}), 400, "bad_name", "another name").await;
    check(json!({"path": path, "name": BUNDLED}), 409, "name_taken", "another name").await;
    check(json!({"path": path, "nam": "x"}), 400, "invalid_json", "`nam`").await;
    let codes = async |answer: Answer| (answer.status.as_u16(), answer.error_code());
    let put = async |path: &str, body: Value| codes(server.put_json(path, &body).await).await;
    assert_eq!(put("/api/v1/models/default", json!({"name": "nobody"})).await, (404, "not_found".to_owned()));
    assert_eq!(
        put("/api/v1/models/challenger", json!({"name": BUNDLED, "share": 0.1})).await,
        (409, "wrong_state".to_owned())
    );
    assert_eq!(
        put("/api/v1/models/challenger", json!({"name": BUNDLED, "share": 1.5})).await,
        (400, "bad_share".to_owned())
    );
    let compare = codes(server.get("/api/v1/models/compare?a=x").await).await;
    assert_eq!(compare, (400, "missing_parameter".to_owned()));
    let compare = codes(server.get(&format!("/api/v1/models/compare?a={BUNDLED}&b=nobody")).await).await;
    assert_eq!(compare, (400, "unknown_model".to_owned()));

    // A folder that vanishes is a clear error and no crash.
    server.add(path, "feelings").await;
    std::fs::remove_file(path.join("model.safetensors")).unwrap();
    server.app.shutdown().await;
    let server = reopened(server).await;
    let refused = server.put_json("/api/v1/models/default", &json!({"name": "feelings"})).await;
    assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (409, "model_unavailable"));
    let shown = server.model("feelings").await;
    assert!(shown["error"].as_str().unwrap().contains("model.safetensors"), "{shown}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_that_cannot_be_loaded_is_named_and_comes_back_with_its_files() {
    let server = Server::start().await;
    let folder = whole("roberta");
    server.add(folder.path(), "feelings").await;
    assert_eq!(server.put_json("/api/v1/models/default", &json!({"name": "feelings"})).await.status, 200);
    let (weights, kept) = (folder.path().join("model.safetensors"), folder.path().join("kept"));
    server.app.shutdown().await;
    std::fs::rename(&weights, &kept).unwrap();
    let server = reopened(server).await;
    let rows = numbered(500);
    // Not `import`, which waits until the default model has read it.
    let path = "/api/v1/imports?filename=new.csv";
    let begun = server.send(request("POST", path, &[], &format!("id,text\n{rows}"))).await;
    assert_eq!(begun.status, 202, "{}", begun.json());
    let read = async {
        while server.model(BUNDLED).await["items"] != 500 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), read).await.expect("the bundled model reads what comes in");
    let health = server.get("/api/v1/health").await.json();
    let reasons = health["data"]["reasons"].as_array().unwrap().iter().filter(|r| r.to_string().contains("feelings"));
    assert_eq!(reasons.count(), 1, "{health}");
    assert!(health["data"]["reasons"].to_string().contains("model.safetensors"), "{health}");
    let text = json!({"texts": ["number 7 is a good one"], "model": "feelings"});
    let refused = server.post_json("/api/v1/analyze", &text).await;
    assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (409, "model_unavailable"));
    std::fs::rename(&kept, &weights).unwrap();
    assert_eq!(server.post_json("/api/v1/analyze", &text).await.status, 200, "not refused because it was a moment ago");
    assert_eq!(server.get("/api/v1/health").await.json()["data"]["reasons"], json!([]));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenger_reads_its_share_of_the_new_items_only() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let folder = whole("roberta");
    server.add(folder.path(), "feelings").await;
    let set = server.put_json("/api/v1/models/challenger", &json!({"name": "feelings", "share": 0.5})).await;
    assert_eq!((set.status.as_u16(), &set.json()["data"]["challenger"]), (200, &json!({"share": 0.5})));
    let rows = numbered(60);
    server.import("new.csv", &format!("id,text\n{rows}")).await;
    let read = server.model("feelings").await["items"].as_u64().unwrap();
    assert!((12..=48).contains(&read), "{read} of 60");
    let compared = server.get(&format!("/api/v1/models/compare?a={BUNDLED}&b=feelings")).await.json();
    assert_eq!((&compared["data"]["n"], &compared["data"]["sentiment"]), (&json!(read), &Value::Null));
    assert_eq!(compared["data"]["record"][0]["n"], json!(read), "the record is of emotions then");
    assert_eq!(server.delete("/api/v1/models/challenger").await.json()["data"], json!({"challenger": null}));
    server.import("newer.csv", "id,text\nx,one more good one\n").await;
    assert_eq!(server.model("feelings").await["items"].as_u64().unwrap(), read);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_goes_on_behind_a_restart() {
    let server = Server::start().await;
    let rows = numbered(400);
    server.import("new.csv", &format!("id,text\n{rows}")).await;
    let folder = whole("bert");
    server.add(folder.path(), "stars").await;
    let job = server.send(request("POST", "/api/v1/models/stars/analyze", &[], "")).await.json()["data"].clone();
    // In the middle of it, on most machines; a job that is faster than that is done, and stays done.
    while server.model("stars").await["items"] == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.app.shutdown().await;
    let server = reopened(server).await;
    assert_eq!(server.over(&job).await, "succeeded");
    assert_eq!(server.model("stars").await["items"], 400);
    let steps = server.get(&format!("/api/v1/jobs/{}", job["id"].as_str().unwrap())).await.json();
    let last = steps["data"]["progress"]["steps"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["done"], &last["total"]), (&json!(400), &json!(400)), "{steps}");
    server.close().await;
}

/// The same folder as the next process sees it; jobs run.
async fn reopened(server: Server) -> Server {
    let Server { dir, app, router: old } = server;
    // The index is free when nobody holds the old application any more.
    drop((app, old));
    let options = HttpOptions { local_token: "local".into(), ..HttpOptions::default() };
    let data_dir = dir.path().join("data");
    let app = AppOptions { data_dir, threads: 1, run_jobs: true, max_upload_bytes: options.max_upload_bytes };
    let app = App::open(app).await.unwrap();
    Server { router: router(app.clone(), options), app, dir }
}

/// Rows of a table of identifiers and texts, all different.
fn numbered(n: usize) -> String {
    let rows: Vec<String> = (0..n).map(|i| format!("n{i},number {i} is a good one\n")).collect();
    rows.concat()
}
