//! An application on a folder of its own, and a client without a socket.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use soundings::app::{App, AppOptions};
use soundings::domain::{Clock, SystemClock};
use soundings::http::{HttpOptions, router};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

/// Three reviews in English; the second row of the file is a quoted one with a line break.
pub(crate) const REVIEWS: &str = "id,text,rating,author,date\n\
    1,I love this app and use it every day,5,Ann,2024-05-01\n\
    2,\"It crashes\nall the time, awful\",1,Bob,2024-05-02\n\
    3,The update made everything slow and I am angry,2,\"Smith, Jo\",2024-06-03\n";

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; null where it is not.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// Asserts the one error shape and gives its code.
    pub(crate) fn error_code(&self) -> String {
        let json = self.json();
        let error = &json["error"];
        assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{json}");
        assert!(error["details"].is_object(), "{json}");
        assert_eq!(error["request_id"], self.header("x-request-id"), "{json}");
        error["code"].as_str().unwrap().to_owned()
    }
}

/// A refusal that a route gives stands in the document.
fn assert_documented(method: &str, path: &str, status: u16) {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(&soundings::http::openapi().to_json().unwrap()).unwrap());
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(part, given)| part == given || part.starts_with('{'))
    };
    let route = paths.get(path).or_else(|| paths.iter().find(|(template, _)| fits(template)).map(|(_, route)| route));
    if let Some(operation) = route.and_then(|route| route.get(method))
        && status >= 400
    {
        assert!(
            operation["responses"].get(status.to_string()).is_some(),
            "{method} {path}: {status} is not documented"
        );
    }
}

/// One server of one test. `close` it, so that nothing is left behind.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) dir: TempDir,
}

impl Server {
    /// Jobs run.
    pub(crate) async fn start() -> Self {
        Self::with(true, HttpOptions { local_token: "local".into(), ..HttpOptions::default() }).await
    }

    /// Jobs wait: nothing happens beside the requests.
    pub(crate) async fn still() -> Self {
        Self::with(false, HttpOptions { local_token: "local".into(), ..HttpOptions::default() }).await
    }

    pub(crate) async fn with(run_jobs: bool, options: HttpOptions) -> Self {
        Self::on(tempfile::tempdir().unwrap(), run_jobs, options, Arc::new(SystemClock)).await
    }

    /// Jobs run, and it is whatever time that clock says.
    pub(crate) async fn by(clock: Arc<dyn Clock>) -> Self {
        let options = HttpOptions { local_token: "local".into(), ..HttpOptions::default() };
        Self::on(tempfile::tempdir().unwrap(), true, options, clock).await
    }

    /// A new process, so to speak, on the folder of one that was shut down. Jobs run.
    pub(crate) async fn again(self) -> Self {
        let Self { app, router, dir } = self;
        drop((app, router));
        let options = HttpOptions { local_token: "local".into(), ..HttpOptions::default() };
        Self::on(dir, true, options, Arc::new(SystemClock)).await
    }

    async fn on(dir: TempDir, run_jobs: bool, options: HttpOptions, clock: Arc<dyn Clock>) -> Self {
        let app_options = AppOptions {
            data_dir: dir.path().join("data"),
            threads: 1,
            run_jobs,
            max_upload_bytes: options.max_upload_bytes,
        };
        let app = App::open_with(app_options, clock).await.unwrap();
        Self { router: router(app.clone(), options), app, dir }
    }

    pub(crate) async fn close(self) {
        self.app.shutdown().await;
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().as_str().to_lowercase(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_documented(&method, &path, response.status().as_u16());
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.map(|b| b.to_bytes()).unwrap_or_default();
        Answer { status, headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, &[], "")).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(request("POST", path, &[("content-type", "application/json")], &body.to_string())).await
    }

    /// Imports a file and waits until all of it can be found.
    pub(crate) async fn import(&self, name: &str, text: &str) -> Value {
        let path = format!("/api/v1/imports?filename={name}&collection=Acme&source=shop");
        let answer = self.send(request("POST", &path, &[], text)).await;
        assert_eq!(answer.status, 202, "{}", answer.json());
        let path = format!("/api/v1/imports/{}", answer.json()["data"]["id"].as_str().unwrap());
        let ready = async {
            loop {
                let json = self.get(&path).await.json();
                if json["data"]["searchable"] == true {
                    return json["data"].clone();
                }
                assert_ne!(json["data"]["state"], "failed", "{json}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), ready)
            .await
            .expect("the import is not searchable after two minutes")
    }

    /// Files in the spool folder.
    pub(crate) fn spooled(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("data/spool")).map_or(0, Iterator::count)
    }
}

/// A request with headers and a body.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    let builder = headers.iter().fold(builder, |b, (name, value)| b.header(*name, *value));
    builder.body(Body::from(body.to_owned())).unwrap()
}
