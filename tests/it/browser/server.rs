//! The real binary on a folder of its own, and its API as the second opinion on what the page shows.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server with nothing in it; it ends with this value.
pub(super) struct Server {
    child: Child,
    url: String,
    home: TempDir,
    client: reqwest::Client,
}

/// What opens a guarded server: everything, and looking alone.
pub(super) const TOKEN: &str = "for everything";
pub(super) const READ_TOKEN: &str = "for looking";

impl Server {
    /// One that asks nobody who they are.
    pub(super) fn start() -> Self {
        Self::with(&[], None)
    }

    /// One that wants a token; what is asked of it here brings the one for everything.
    pub(super) fn guarded() -> Self {
        Self::with(&["--token", TOKEN, "--read-token", READ_TOKEN], Some(TOKEN))
    }

    fn with(flags: &[&str], token: Option<&str>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_soundings"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(home.path().join("data")).args(flags);
        for name in ["DATA_DIR", "LISTEN", "TOKEN", "READ_TOKEN", "THREADS", "MAX_UPLOAD_BYTES", "LOG"] {
            command.env_remove(format!("SOUNDINGS_{name}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.next().filter(|line| line.starts_with("http://")).expect("the server names its address first");
        std::thread::spawn(move || lines.for_each(drop));
        let bearer = token.map(|token| (AUTHORIZATION, format!("Bearer {token}").parse().unwrap()));
        let client = reqwest::Client::builder().default_headers(bearer.into_iter().collect()).build().unwrap();
        Self { child, url, home, client }
    }

    /// The address of a page.
    pub(super) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    /// What `GET /api/v1…` answers.
    pub(super) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, String::new()).await
    }

    /// What a request with a body answers: JSON, or a file.
    pub(super) async fn ask(&self, method: Method, path: &str, body: String) -> Value {
        let json = if body.starts_with('{') { "application/json" } else { "text/csv" };
        let request = self.client.request(method, self.page(&format!("/api/v1{path}")));
        let answer = request.header(CONTENT_TYPE, json).body(body).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// The body of a file, as it is downloaded.
    pub(super) async fn download(&self, path: &str) -> String {
        self.client.get(self.page(&format!("/api/v1{path}"))).send().await.unwrap().text().await.unwrap()
    }

    /// Writes a file beside the server's data.
    pub(super) fn file(&self, name: &str, contents: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// Ends it in order, as Ctrl-C does, while the page's event stream is still open.
    pub(super) async fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "the server ended with {status}");
                return;
            }
            assert!(Instant::now() < end, "the server does not end while a page is open");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address part of a path as a file field wants it.
pub(super) fn path_text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}
