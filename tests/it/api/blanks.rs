//! A blank value is an error wherever it narrows: an unset variable must not widen anything.

use super::fixture::{REVIEWS, Server, request};
use serde_json::{Value, json};
use soundings::domain::Filter;

/// Routes that take the filter.
const READS: &[&str] = &[
    "items?",
    "search?",
    "export?",
    "facets?",
    "metrics/summary?",
    "sentiment/distribution?",
    "sentiment/aggregate?",
    "emotions/distribution?",
    "models/compare?a=x&b=y&",
];
const WRITES: &[&str] = &["items/delete?", "items/delete?all=true&", "models/soundings-reader-1/analyze?"];

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_filter_is_refused_on_every_route() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let mut queries: Vec<(String, &str)> = Filter::parameter_names()
        .flat_map(|name| [(format!("{name}="), name), (format!("{name}=%20"), name)])
        .collect();
    queries.push(("collection=&collection=Acme".to_owned(), "collection"));
    queries.push(("collection=&sentiment=negative".to_owned(), "collection"));
    queries.push(("sentiment=negative&author=%20".to_owned(), "author"));
    queries.push(("sentiment=negative,,positive".to_owned(), "sentiment"));
    let routes = READS.iter().map(|path| ("GET", path)).chain(WRITES.iter().map(|path| ("POST", path)));
    for (method, route) in routes {
        for (query, name) in &queries {
            let path = format!("/api/v1/{route}{query}");
            let answer = server.send(request(method, &path, &[], "")).await;
            assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (400, "invalid_parameter"), "{path}");
            let error = &answer.json()["error"];
            assert_eq!(error["details"]["parameter"], **name, "{path}");
            assert!(error["message"].as_str().unwrap().contains("leave"), "{path}: {error}");
        }
    }
    assert_eq!(server.get("/api/v1/items").await.json()["metadata"]["total"], 3, "nothing was deleted");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_repeats_its_scope() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let delete = async |query: &str| {
        let answer = server.send(request("POST", &format!("/api/v1/items/delete?{query}"), &[], "")).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["data"].clone()
    };
    let first = delete("collection=Acme&author=Ann&author=Nobody").await;
    assert_eq!(first, json!({"deleted": 1, "scope": {"author": ["Ann", "Nobody"], "collection": ["Acme"]}}));
    assert_eq!(delete("all=true").await, json!({"deleted": 2, "scope": {}}));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_and_a_deleted_collection_repeat_theirs() {
    let server = Server::start().await;
    let first = server.import("reviews.csv", REVIEWS).await;
    // Another number of stars is an update; the other two rows are as they were.
    let again = server.import("reviews.csv", &REVIEWS.replace("awful\",1,", "awful\",2,")).await;
    let id = |import: &Value| import["id"].as_str().unwrap().to_owned();
    let delete = async |path: String| {
        let answer = server.send(request("DELETE", &format!("/api/v1/{path}"), &[], "")).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["data"].clone()
    };
    let collection = server.get("/api/v1/collections").await.json()["data"][0].clone();
    let effects = |data: &Value| json!([data["deleted"], data["restored"], data["scope"]]);
    let scope = |id: &str| json!({"collection": [collection["name"]], "import": [id]});
    let undone = delete(format!("imports/{}", id(&again))).await;
    assert_eq!(effects(&undone), json!([0, 1, scope(&id(&again))]), "{undone}");
    let twice = delete(format!("imports/{}", id(&again))).await;
    assert_eq!(effects(&twice), json!([0, 0, scope(&id(&again))]), "{twice}");
    let gone = delete(format!("collections/{}", id(&collection))).await;
    assert_eq!(gone, json!({"id": collection["id"], "deleted": 3, "scope": {"collection": [collection["name"]]}}));
    let third = server.import("reviews.csv", REVIEWS).await;
    let undone = delete(format!("imports/{}", id(&third))).await;
    assert_eq!(effects(&undone), json!([3, 0, scope(&id(&third))]), "{undone} {first}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_wish_about_a_file_is_refused() {
    let server = Server::still().await;
    let names = ["filename", "collection", "source", "kind", "map", "header", "skip", "sheet", "scale", "dates"];
    for name in names.iter().chain(&["time_zone", "language", "split", "fold"]) {
        for route in ["imports", "imports/preview"] {
            let path = format!("/api/v1/{route}?{name}=%20");
            let answer = server.send(request("POST", &path, &[], "text\nhello\n")).await;
            assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (400, "invalid_parameter"), "{path}");
        }
    }
    for (name, value) in [("file", ""), ("collection", " "), ("source", ""), ("kind", ""), ("scale", ""), ("dates", "")]
    {
        for route in ["imports", "imports/preview"] {
            let answer = server.post_json(&format!("/api/v1/{route}"), &json!({"upload": "x", name: value})).await;
            assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (400, "invalid_parameter"), "{name}");
        }
    }
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_of_jobs_are_known() {
    let server = Server::still().await;
    for kind in ["import", "undo_import", "analyze", "reanalyze", "tune", "promote", "reindex", "import,tune"] {
        assert_eq!(server.get(&format!("/api/v1/jobs?kind={kind}")).await.status, 200, "{kind}");
    }
    for (query, said) in [("kind=nonsense", "undo_import"), ("kind=", "blank"), ("kind=import,", "blank")] {
        let answer = server.get(&format!("/api/v1/jobs?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (400, "invalid_parameter"), "{query}");
        let json = answer.json();
        assert!(json["error"]["message"].as_str().unwrap().contains(said), "{query}: {json}");
    }
    server.close().await;
}

#[test]
fn the_document_says_what_can_be_said() {
    let text = soundings::http::openapi().to_json().unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let parameter = |path: &str, name: &str| {
        let all = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        all.iter().find(|p| p["name"] == name).unwrap().clone()
    };
    for name in ["a", "b"] {
        assert_eq!(parameter("/api/v1/models/compare", name)["required"], true);
    }
    assert_eq!(parameter("/api/v1/items", "q")["schema"]["pattern"], r"\S");
    assert_eq!(parameter("/api/v1/items/{id}", "id")["schema"]["format"], "uuid");
    assert_eq!(
        parameter("/api/v1/items", "language")["schema"]["items"]["pattern"],
        "^ *[A-Za-z]{2,3} *(, *[A-Za-z]{2,3} *)*$"
    );
    assert_eq!(parameter("/api/v1/jobs", "kind")["schema"]["items"]["enum"].as_array().unwrap().len(), 7);
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else { continue };
            let has = |status: &str| operation["responses"].get(status).is_some();
            assert_eq!(has("507"), method != "get", "{method} {path}");
            assert_eq!(has("408"), operation.get("requestBody").is_some(), "{method} {path}");
        }
    }
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["NewChallenger"]["properties"]["share"]["maximum"], 1);
    assert_eq!(schemas["CollectionName"]["properties"]["name"]["maxLength"], 200);
    assert_eq!(schemas["AnalyzeRequest"]["properties"]["texts"]["maxItems"], 256);
    assert_eq!(schemas["Sentiment"]["enum"], json!(["negative", "neutral", "positive"]));
    assert_eq!(schemas["AnalysisState"]["enum"].as_array().unwrap().len(), 5);
    assert_eq!(schemas["ColumnsByRole"]["additionalProperties"], false);
    assert_eq!(schemas["MeaningByLabel"]["additionalProperties"]["enum"].as_array().unwrap().len(), 11);
    for closed in ["StartUpload", "UploadForm", "CorrectionBody", "NewModel", "NewChallenger", "CollectionName"] {
        assert_eq!(schemas[closed]["additionalProperties"], false, "{closed}");
    }
}
