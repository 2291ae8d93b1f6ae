//! Who may do what: every route of the list, asked without a token, with a wrong one, with the one for reading and with the
//! one for everything.

use super::fixture::{Server, request};
use soundings::domain::Right;
use soundings::http::{HttpOptions, Listed, listed, openapi};
use tower::ServiceExt;

/// What a route answers to one caller, as far as rights go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// Whatever comes of it, the guard has let it in.
    In,
    /// 401: who is it?
    Unknown,
    /// 403: it is known who, and they may not.
    Forbidden,
}

/// The matrix: route by caller.
fn expected(right: Right, caller: &str) -> Verdict {
    match (caller, right) {
        (_, Right::Open) | ("all", _) | ("look", Right::Read | Right::Monitor) => Verdict::In,
        ("look", _) => Verdict::Forbidden,
        _ => Verdict::Unknown,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_asks_for_its_right() {
    let options = HttpOptions {
        token: Some("all".into()),
        read_token: Some("look".into()),
        local_token: "local".into(),
        ..HttpOptions::default()
    };
    let server = Server::with(false, options).await;
    let routes = listed();
    for Listed { method, path, right, .. } in &routes {
        for caller in ["", "wrong", "look", "all"] {
            let real = path.replace("{id}", "018f0000-0000-7000-8000-000000000000").replace("{name}", "nobody");
            let bearer = format!("Bearer {caller}");
            let mut headers = vec![("content-type", "application/json")];
            headers.extend((!caller.is_empty()).then_some(("authorization", bearer.as_str())));
            let name = format!("{method} {path} as `{caller}`");
            // The answer is not read: the stream of events has no end.
            let answer = server.router.clone().oneshot(request(method, &real, &headers, "{}")).await.unwrap();
            let verdict = match answer.status().as_u16() {
                401 => Verdict::Unknown,
                403 => Verdict::Forbidden,
                _ => Verdict::In,
            };
            assert_eq!(verdict, expected(*right, caller), "{name}");
            if verdict == Verdict::Forbidden {
                let refused = server.send(request(method, &real, &headers, "{}")).await;
                assert_eq!(refused.error_code(), "forbidden", "{name}");
                assert_eq!(refused.json()["error"]["details"]["right"], right.as_str(), "{name}");
            }
        }
    }
    assert!(routes.iter().filter(|route| route.right == Right::Write).count() > 10);
    assert!(routes.iter().filter(|route| route.right == Right::Administer).count() > 5);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_nobodys() {
    let options = HttpOptions { token: Some("all".into()), local_token: "local".into(), ..HttpOptions::default() };
    let server = Server::with(false, options).await;
    let check = async |method: &str, path: &str, status: u16| {
        assert_eq!(server.send(request(method, path, &[], "")).await.status, status, "{method} {path}");
    };
    check("GET", "/api/v1/nothing", 404).await;
    // Of a route that is there nothing is told without a token, not even its methods.
    check("PATCH", "/api/v1/items", 401).await;
    check("HEAD", "/api/v1/items", 401).await;
    check("PATCH", "/", 405).await;
    server.close().await;
}

#[test]
fn the_description_names_the_right_of_every_route() {
    let document: serde_json::Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
    for Listed { method, path, right, .. } in listed() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let security = operation["security"].as_array();
        match right {
            Right::Open => assert!(security.is_none(), "{method} {path}"),
            right => assert_eq!(security.unwrap()[1]["bearer"][0], right.as_str(), "{method} {path}"),
        }
    }
}
