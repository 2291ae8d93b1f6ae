//! Uploads: whole or not at all.

use super::fixture::{REVIEWS, Server, request};
use axum::body::{Body, Bytes};
use axum::http::Request;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;

const FORM: &str = "multipart/form-data; boundary=B";

fn file_part(text: &str) -> String {
    format!("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"reviews.csv\"\r\n\r\n{text}\r\n")
}

fn field_part(name: &str, value: &str) -> String {
    format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

/// In pieces of seven bytes, as a slow network brings it.
fn streamed(path: &str, content_type: &str, body: &str) -> Request<Body> {
    let pieces: Vec<_> = body.as_bytes().chunks(7).map(|c| Ok::<_, Infallible>(Bytes::copy_from_slice(c))).collect();
    let mut sent = request("POST", path, &[("content-type", content_type)], "");
    *sent.body_mut() = Body::from_stream(tokio_stream::iter(pieces));
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_breaks_off_is_an_error() {
    let server = Server::still().await;
    let whole = format!("{}{}--B--\r\n", file_part(REVIEWS), field_part("collection", "Acme"));
    let check = async |body: &str, status: u16, code: &str| {
        let answer = server.send(streamed("/api/v1/imports", FORM, body)).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (status, code), "{body:?}");
        assert_eq!(server.spooled(), 0, "{body:?}");
        assert_eq!(server.get("/api/v1/imports").await.json()["metadata"]["total"], 0, "{body:?}");
    };
    // Wherever it breaks off: in the file, between the parts, in a field, before the closing boundary.
    let closing = whole.find("--B--").unwrap();
    for end in (0..closing + 4).step_by(13).chain([file_part(REVIEWS).len(), closing, closing + 3]) {
        check(&whole[..end], 400, "upload_incomplete").await;
    }
    check(&format!("{}--B--\r\n", field_part("collection", "Acme")), 400, "invalid_upload").await;
    check(&format!("{0}{0}--B--\r\n", file_part(REVIEWS)), 400, "invalid_upload").await;
    check(&format!("{}{}--B--\r\n", file_part(REVIEWS), field_part("colection", "x")), 400, "invalid_upload").await;
    let answer = server.send(streamed("/api/v1/imports", FORM, &whole)).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    let json = answer.json();
    assert_eq!(
        (&json["data"]["import"]["file"], &json["data"]["import"]["collection"]),
        (&json!("reviews.csv"), &json!("Acme"))
    );
    assert_eq!(json["data"]["import"]["bytes"], REVIEWS.len());
    assert_eq!(json["data"]["job"]["kind"], "import");
    assert!(answer.header("location").ends_with(json["data"]["id"].as_str().unwrap()));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_body_must_be_as_long_as_it_said() {
    let server = Server::still().await;
    let length = (REVIEWS.len() + 10).to_string();
    let mut sent = streamed("/api/v1/imports?filename=reviews.csv", "text/csv", REVIEWS);
    sent.headers_mut().insert("content-length", length.parse().unwrap());
    let answer = server.send(sent).await;
    assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (400, "upload_incomplete"));
    assert_eq!(server.spooled(), 0);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_can_be_started_and_a_wrong_mapping_mended() {
    let server = Server::still().await;
    let seen = server.send(request("POST", "/api/v1/imports/preview?filename=reviews.csv", &[], REVIEWS)).await.json();
    let preview = &seen["data"];
    assert_eq!(
        (&preview["format"], &preview["encoding"], &preview["delimiter"]),
        (&json!("csv"), &json!("UTF-8"), &json!(","))
    );
    assert_eq!(preview["columns"][1]["role"], "text", "{preview}");
    assert_eq!(preview["rows"].as_array().unwrap().len(), 3);
    assert_eq!(server.get("/api/v1/imports").await.json()["metadata"]["total"], 0, "a preview stores nothing");
    let upload = preview["upload"].as_str().unwrap();
    let wrong =
        server.post_json("/api/v1/imports", &json!({"upload": upload, "map": {"text": "no such column"}})).await;
    assert_eq!(wrong.status, 400, "{}", wrong.json());
    let role = server.post_json("/api/v1/imports", &json!({"upload": upload, "map": {"body": "text"}})).await;
    assert_eq!(role.error_code(), "invalid_parameter");
    let right = server
        .post_json("/api/v1/imports", &json!({"upload": upload, "collection": "Acme", "map": {"text": "text"}}))
        .await;
    assert_eq!(right.status, 202, "{}", right.json());
    let again = server.post_json("/api/v1/imports", &json!({"upload": upload})).await;
    assert_eq!(again.error_code(), "already_started");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_a_query_and_a_body_say_the_same_about_a_file() {
    let server = Server::still().await;
    let expected = json!({"header": 1, "skip": null, "sheet": [], "scale": "1-10", "dates": "day-first",
        "time_zone": "Europe/Berlin", "language": "de", "split": false, "fold": true});
    let said = [
        ("header", "1"),
        ("scale", "1-10"),
        ("dates", "day-first"),
        ("time_zone", "Europe/Berlin"),
        ("language", "de"),
        ("fold", "true"),
    ];
    let query = said.map(|(name, value)| format!("&{name}={value}")).concat();
    let path = format!("/api/v1/imports?filename=reviews.csv{query}");
    let by_query = server.send(request("POST", &path, &[], REVIEWS)).await.json();
    assert_eq!(by_query["data"]["import"]["options"], expected, "{by_query}");

    let fields = said.map(|(name, value)| field_part(name, value)).concat();
    let form = format!("{fields}{}--B--\r\n", file_part(REVIEWS));
    let by_form = server.send(streamed("/api/v1/imports", FORM, &form)).await.json();
    assert_eq!(by_form["data"]["import"]["options"], expected, "{by_form}");

    let seen = server.send(request("POST", &path.replace("imports?", "imports/preview?"), &[], REVIEWS)).await.json();
    let mut body = expected.clone();
    body["upload"] = seen["data"]["upload"].clone();
    let by_json = server.post_json("/api/v1/imports", &body).await.json();
    assert_eq!(by_json["data"]["import"]["options"], expected, "{by_json}");
    for wrong in ["scale=five", "dates=us", "header=x", "time_zone=Mars", "language=german", "fold=perhaps"] {
        let path = format!("/api/v1/imports?filename=reviews.csv&{wrong}");
        let answer = server.send(request("POST", &path, &[], REVIEWS)).await;
        assert_eq!(answer.error_code(), "invalid_parameter", "{wrong}");
    }
    server.close().await;
}

/// The folder was removed under the program: nothing may be answered with success that is gone with the process.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_once_the_folder_is_gone() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    std::fs::remove_dir_all(server.dir.path().join("data")).unwrap();
    let upload = server.send(request("POST", "/api/v1/imports?filename=b.csv&collection=Acme", &[], REVIEWS)).await;
    assert_eq!((upload.status.as_u16(), upload.error_code().as_str()), (503, "database_gone"));
    let collection = server.post_json("/api/v1/collections", &json!({ "name": "New" })).await;
    assert_eq!((collection.status.as_u16(), collection.error_code().as_str()), (503, "database_gone"));
    let health = server.get("/api/v1/health").await.json();
    assert_eq!(health["data"]["status"], "degraded", "{health}");
    assert!(health.to_string().contains("was removed or replaced"), "{health}");
    assert!(!server.dir.path().join("data").exists(), "nor does half a folder come back");
    server.close().await;
}

/// What was taken back does not come back by running its job again.
#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_an_import_that_was_taken_back_is_not_run_again() {
    let server = Server::start().await;
    // So many rows that it is still being read when it is taken back.
    let row = "The update made everything slow,2,Jo,2024-06-03\n";
    let text = format!("text,rating,author,date\n{}", row.repeat(20_000));
    let answer = server.send(request("POST", "/api/v1/imports?filename=a.csv&collection=Acme", &[], &text)).await;
    let import = answer.json()["data"].clone();
    let (id, job) = (import["id"].as_str().unwrap(), import["job"]["id"].as_str().unwrap());
    server.send(request("DELETE", &format!("/api/v1/imports/{id}"), &[], "")).await;
    let over = async {
        while server.get(&format!("/api/v1/jobs/{job}")).await.json()["data"]["state"] != "cancelled"
            || server.get(&format!("/api/v1/imports/{id}")).await.json()["data"]["state"] != "undone"
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), over).await.expect("it is never over");
    let again = server.send(request("POST", &format!("/api/v1/jobs/{job}/retry"), &[], "")).await;
    assert_eq!((again.status.as_u16(), again.error_code().as_str()), (409, "wrong_state"));
    assert_eq!(server.get("/api/v1/items").await.json()["metadata"]["total"], 0);
    // The file goes once nothing needs it, which is a moment after the import says so.
    let spool = server.dir.path().join("data/spool");
    let gone = async {
        while std::fs::read_dir(&spool).unwrap().next().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the upload stays");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_again_is_one_import() {
    let server = Server::still().await;
    let path = "/api/v1/imports?filename=reviews.csv&collection=Acme";
    let send = async |server: &Server, key: &str, body: &str| {
        let answer = server.send(request("POST", path, &[("idempotency-key", key)], body)).await;
        assert_eq!(answer.status, 202, "{}", answer.json());
        answer.json()["data"]["id"].as_str().unwrap().to_owned()
    };
    let first = send(&server, "k-1", REVIEWS).await;
    assert_eq!(send(&server, "k-1", REVIEWS).await, first);
    assert_eq!(server.spooled(), 1, "the second file is not kept");
    assert_ne!(send(&server, "k-2", REVIEWS).await, first);
    for bad in ["", "with space", &"k".repeat(201)] {
        let answer = server.send(request("POST", path, &[("idempotency-key", bad)], REVIEWS)).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (400, "invalid_header"), "{bad:?}");
    }
    // Whoever owns the folder next knows it as well.
    server.app.shutdown().await;
    let server = server.again().await;
    assert_eq!(send(&server, "k-1", REVIEWS).await, first);
    assert_eq!(server.get("/api/v1/imports").await.json()["metadata"]["total"], 2);
    server.close().await;
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn a_previewed_upload_that_is_started_again_is_one_import() {
    let server = Server::still().await;
    let preview = async |server: &Server| {
        let path = "/api/v1/imports/preview?filename=reviews.csv";
        let seen = server.send(request("POST", path, &[], REVIEWS)).await.json();
        seen["data"]["upload"].as_str().unwrap().to_owned()
    };
    let upload = preview(&server).await;
    let body = json!({"upload": upload, "collection": "Acme"}).to_string();
    let start =
        |key: &'static str, body: &str| request("POST", "/api/v1/imports", &[JSON, ("idempotency-key", key)], body);
    // Twice at once: the second waits for what the first becomes.
    let (one, two) = tokio::join!(server.send(start("k-1", &body)), server.send(start("k-1", &body)));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (202, 202), "{} {}", one.json(), two.json());
    let id = one.json()["data"]["id"].clone();
    assert_eq!(two.json()["data"]["id"], id);
    assert_eq!(server.spooled(), 1);
    // Without its key it is another request.
    let other = server.post_json("/api/v1/imports", &json!({"upload": upload, "collection": "Acme"})).await;
    assert_eq!((other.status.as_u16(), &other.json()["error"]["details"]["import"]), (409, &id));
    // The same key with something else: refused, and the upload stays.
    let second = json!({"upload": preview(&server).await, "collection": "Acme"}).to_string();
    let refused = server.send(start("k-1", &second)).await;
    assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (409, "key_reused"));
    assert_eq!(server.send(start("k-2", &second)).await.status, 202);
    // The next process has no uploads, but knows the key.
    server.app.shutdown().await;
    let server = server.again().await;
    assert_eq!(server.send(start("k-1", &body)).await.json()["data"]["id"], id);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_of_one_request_and_of_what_is_still_there() {
    let server = Server::still().await;
    let path = "/api/v1/imports?filename=reviews.csv&collection=Acme";
    let send =
        async |path: &str, body: &str| server.send(request("POST", path, &[("idempotency-key", "k-1")], body)).await;
    let first = send(path, REVIEWS).await.json()["data"]["id"].clone();
    for (path, body) in [(path, "text\nAnother file\n"), (&*path.replace("Acme", "Other"), REVIEWS)] {
        let refused = send(path, body).await;
        assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (409, "key_reused"), "{path}");
    }
    assert_eq!(server.spooled(), 1, "what was refused is not kept");
    let form = |text: &str| {
        let mut sent = streamed("/api/v1/imports", FORM, &format!("{}--B--\r\n", file_part(text)));
        sent.headers_mut().insert("idempotency-key", "k-2".parse().unwrap());
        sent
    };
    let by_form = server.send(form(REVIEWS)).await.json()["data"]["id"].clone();
    assert_eq!(server.send(form(REVIEWS)).await.json()["data"]["id"], by_form);
    assert_eq!(server.send(form("text\nAnother file\n")).await.error_code(), "key_reused");
    // What it became was deleted: the request asks for it anew.
    let collections = server.get("/api/v1/collections").await.json();
    let acme = collections["data"].as_array().unwrap().iter().find(|c| c["name"] == "Acme").unwrap()["id"].clone();
    let gone =
        server.send(request("DELETE", &format!("/api/v1/collections/{}", acme.as_str().unwrap()), &[], "")).await;
    assert!(gone.status.is_success(), "{}", gone.json());
    let again = send(path, REVIEWS).await;
    assert_eq!(again.status, 202, "{}", again.json());
    assert_ne!(again.json()["data"]["id"], first);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_asked_for_again_is_one_job() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let models = server.get("/api/v1/models").await.json();
    let analyze = format!("/api/v1/models/{}/analyze", models["data"][0]["name"].as_str().unwrap());
    for path in ["/api/v1/reindex", &analyze] {
        let ask = async |key: &str| {
            let key = format!("{key}{path}");
            let answer = server.send(request("POST", path, &[("idempotency-key", &key)], "")).await;
            assert_eq!(answer.status, 202, "{}", answer.json());
            answer.json()["data"]["id"].as_str().unwrap().to_owned()
        };
        let first = ask("k-1").await;
        let over = async {
            while server.get(&format!("/api/v1/jobs/{first}")).await.json()["data"]["state"] != "succeeded" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), over).await.expect("it is never over");
        assert_eq!(ask("k-1").await, first, "{path}");
        assert_ne!(ask("k-2").await, first, "{path}");
    }
    let elsewhere =
        server.send(request("POST", "/api/v1/reindex", &[("idempotency-key", &format!("k-1{analyze}"))], "")).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.error_code().as_str()), (409, "key_reused"));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_with_its_collection() {
    // Nobody works on the import: it waits, with its upload.
    let server = Server::still().await;
    let started =
        server.send(request("POST", "/api/v1/imports?filename=reviews.csv&collection=Acme", &[], REVIEWS)).await;
    let job = started.json()["data"]["job"]["id"].as_str().unwrap().to_owned();
    assert_eq!(server.spooled(), 1);
    let collections = server.get("/api/v1/collections").await.json();
    let id = collections["data"][0]["id"].as_str().unwrap();
    let gone = server.send(request("DELETE", &format!("/api/v1/collections/{id}"), &[], "")).await;
    assert!(gone.status.is_success(), "{}", gone.json());
    assert_eq!(server.spooled(), 0);
    assert_eq!(server.get(&format!("/api/v1/jobs/{job}")).await.json()["data"]["state"], "cancelled");
    server.close().await;
}
