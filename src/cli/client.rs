//! The one way of all commands to the data: HTTP to the process that owns the folder, or the same requests answered
//! in this process where nobody does.
//!
//! An owner may go away at any time. The next request then finds the next owner, or becomes it: imports and jobs are
//! durable, so the work goes on where it was.

use super::error::{Exit, Failure};
use super::owner::{Duties, Holder, Owner, OwnerRecord, holder, still_taken};
use crate::config::{Config, escaped, shown};
use crate::http;
use anyhow::Context as _;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a folder may be held by a process that does not answer, as one that is opening or closing it does.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the indexes may stand still while a command waits for them.
const STANDSTILL: Duration = Duration::from_secs(30);

/// How long `stats` and `doctor`, which say how far the indexes are, wait for those of a folder just opened.
const OPENING: Duration = Duration::from_secs(10);

/// How often one request is tried when its owner goes away before it can have taken it, or when it may be sent twice.
const TRIES: u32 = 6;

/// What a command wants of the folder, should it have to open it itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// Answers only; jobs stay where they are, and a folder that is not there is not made.
    Read,
    /// Jobs are worked on until the command ends.
    Work,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: Method,
    /// Below `/api/v1`, with a leading slash.
    path: String,
    query: Vec<(String, String)>,
    body: Payload,
    /// Whether it may be sent again where nobody knows whether it arrived.
    repeatable: bool,
    /// What the server knows it by when it is sent again.
    key: Option<String>,
}

#[derive(Clone, Debug)]
enum Payload {
    None,
    Json(Value),
    File(PathBuf),
}

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        // What reads, and what says how a thing is to be, says the same twice. A deletion does not: the second finds nothing,
        // or the next thing of that name.
        let repeatable = matches!(method, Method::GET | Method::PUT);
        Self { method, path: path.into(), query: Vec::new(), body: Payload::None, repeatable, key: None }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// For a request that does the same whether it arrives once or twice: it keeps nothing, or only what is missing.
    #[must_use]
    pub(super) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// For a request that the server takes once, however often it arrives.
    #[must_use]
    pub(super) fn keyed(mut self) -> Self {
        self.key = Some(uuid::Uuid::now_v7().to_string());
        self.repeatable()
    }

    #[must_use]
    pub(super) fn query<K: Into<String>, V: Into<String>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        self.query.extend(pairs.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// A JSON body.
    #[must_use]
    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Payload::Json(body);
        self
    }

    /// The contents of a file, streamed.
    #[must_use]
    pub(super) fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.body = Payload::File(path.into());
        self
    }

    async fn build(&self, http: &reqwest::Client, base: &str, token: &str) -> anyhow::Result<reqwest::Request> {
        let mut url = reqwest::Url::parse(&format!("{base}/api/v1{}", self.path)).context("bad address")?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let request = http.request(self.method.clone(), url).bearer_auth(token);
        let request = self.key.iter().fold(request, |request, key| request.header("idempotency-key", key));
        let request = match &self.body {
            Payload::None => request,
            Payload::Json(body) => request.header(header::CONTENT_TYPE, "application/json").body(body.to_string()),
            Payload::File(path) => {
                let file =
                    tokio::fs::File::open(path).await.with_context(|| format!("cannot read {}", escaped(path)))?;
                let stream = tokio_util::io::ReaderStream::with_capacity(file, 256 * 1024);
                request
                    .header(header::CONTENT_TYPE, "application/octet-stream")
                    .body(reqwest::Body::wrap_stream(stream))
            }
        };
        Ok(request.build()?)
    }
}

/// A way to the data.
enum Link {
    Own(Owner),
    Remote(OwnerRecord),
}

/// A request without an answer.
struct Lost {
    reason: String,
    /// True where it was sent, wholly or in part, and was not refused.
    may_have_arrived: bool,
}

/// A request that broke off and must not be sent twice.
fn broken_off(reason: &str) -> Failure {
    Failure::unavailable(
        format!(
            "the server on this data folder broke the connection ({reason}); whether it did what was asked is not known"
        ),
        "look first (soundings jobs list, soundings stats), and ask again if it was not done",
    )
}

/// See the module.
pub(super) struct Client {
    config: Config,
    command: &'static str,
    purpose: Purpose,
    http: reqwest::Client,
    link: Mutex<Option<Arc<Link>>>,
}

impl Client {
    /// Finds the owner of the folder, or becomes it.
    pub(super) async fn connect(config: &Config, command: &'static str, purpose: Purpose) -> anyhow::Result<Arc<Self>> {
        let folder = &config.data_dir.value;
        if purpose == Purpose::Read && !folder.exists() {
            // Most likely mistyped: zeros from a folder made for the purpose would be a wrong answer.
            let failure = Failure::new(Exit::Usage, "no_data_dir", format!("there is no folder {}", shown(folder)));
            let fix =
                "name the data folder with --data-dir, or begin one with: soundings import FILE (or soundings demo)";
            return Err(failure.fix(fix).into());
        }
        let client = Self::new(config, command, purpose, None)?;
        client.link().await?;
        Ok(Arc::new(client))
    }

    /// The client of a folder that this process holds already.
    pub(super) fn of(config: &Config, command: &'static str, owner: Owner) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self::new(config, command, Purpose::Work, Some(Arc::new(Link::Own(owner))))?))
    }

    fn new(config: &Config, command: &'static str, purpose: Purpose, link: Option<Arc<Link>>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { config: config.clone(), command, purpose, http, link: Mutex::new(link) })
    }

    /// Gives the folder back, where this process holds it.
    pub(super) async fn close(&self) {
        if let Some(link) = self.link.lock().await.take()
            && let Link::Own(owner) = &*link
        {
            owner.close().await;
        }
    }

    /// True where jobs go on only as long as this process does.
    pub(super) async fn is_own(&self) -> bool {
        matches!(self.link.lock().await.as_deref(), Some(Link::Own(_)))
    }

    /// True while whoever answered last is still there.
    pub(super) async fn is_there(&self) -> bool {
        let link = self.link.lock().await.clone();
        match link.as_deref() {
            Some(Link::Own(_)) => true,
            Some(Link::Remote(record)) => self.answers(record).await,
            None => false,
        }
    }

    /// Waits until the indexes that this process has just opened contain everything, for those who tell how far they are;
    /// whoever asks for words is not answered before.
    pub(super) async fn catch_up(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.is_own().await && begun.elapsed() < OPENING {
            let health = self.data(Call::get("/health")).await?;
            if ["fulltext_lag", "vector_lag"].iter().all(|name| health["indexes"][*name].as_u64() == Some(0)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Sends a request; an answer that is not a success is a [`Failure`].
    pub(super) async fn send(&self, call: Call) -> anyhow::Result<Response> {
        let mut lost = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
            let link = self.link().await?;
            match self.send_when_ready(&link, &call).await? {
                Ok(response) => return Ok(response),
                Err(Lost { reason, may_have_arrived }) => {
                    tracing::info!(%reason, "the owner of the data folder went away");
                    self.forget(&link).await;
                    if may_have_arrived && !call.repeatable {
                        return Err(broken_off(&reason).into());
                    }
                    lost = Some(reason);
                }
            }
        }
        let reason = lost.map(|error| format!(": {error}")).unwrap_or_default();
        Err(Failure::unavailable(
            format!("the server on this data folder breaks the connection{reason}"),
            "look at its log, and try again",
        )
        .into())
    }

    /// The answer's `data` and `metadata`.
    pub(super) async fn value(&self, call: Call) -> anyhow::Result<Value> {
        let body = self.send(call).await?.bytes().await.context("the answer broke off")?;
        serde_json::from_slice(&body).context("the answer is not JSON")
    }

    /// The answer's `data`.
    pub(super) async fn data(&self, call: Call) -> anyhow::Result<Value> {
        Ok(self.value(call).await?["data"].take())
    }

    /// Up to `limit` rows of a list, page by page, and the metadata of the last page.
    pub(super) async fn list(&self, call: Call, limit: u64) -> anyhow::Result<Value> {
        const PAGE: u64 = 100;
        let mut rows: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let left = limit.saturating_sub(rows.len() as u64).min(PAGE);
            let page = call.clone().query([("limit", left.to_string())]).query(cursor.map(|c| ("cursor", c)));
            let mut answer = self.value(page).await?;
            let got = answer["data"].as_array().map_or(0, Vec::len);
            if let Value::Array(page) = answer["data"].take() {
                rows.extend(page);
            }
            cursor = answer["metadata"]["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() || got == 0 || rows.len() as u64 >= limit {
                answer["data"] = Value::Array(rows);
                return Ok(answer);
            }
        }
    }

    /// As [`Client::send_over`]; asked again for as long as the indexes that it needs get further.
    async fn send_when_ready(&self, link: &Link, call: &Call) -> anyhow::Result<Result<Response, Lost>> {
        let mut last = (String::new(), Instant::now());
        loop {
            let error = match self.send_over(link, call).await {
                Err(error) => error,
                answered => return answered,
            };
            match error.downcast_ref::<Failure>().filter(|failure| failure.code == "index_loading") {
                Some(failure) if failure.message != last.0 => last = (failure.message.clone(), Instant::now()),
                Some(_) if last.1.elapsed() < STANDSTILL => {}
                _ => return Err(error),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// `Ok(Err(_))` means that the owner is gone; [`Lost`] says whether the request may be with it.
    async fn send_over(&self, link: &Link, call: &Call) -> anyhow::Result<Result<Response, Lost>> {
        let (response, remote) = match link {
            Link::Own(owner) => {
                let request = call.build(&self.http, "http://127.0.0.1", &owner.token).await?;
                (owner.answer(request).await?, false)
            }
            Link::Remote(record) => {
                let request = call.build(&self.http, &record.url, &record.token).await?;
                match self.http.execute(request).await {
                    Ok(response) => (response, true),
                    Err(error) => {
                        return Ok(Err(Lost { reason: innermost(&error), may_have_arrived: !error.is_connect() }));
                    }
                }
            }
        };
        if response.status().is_success() {
            return Ok(Ok(response));
        }
        let status = response.status();
        let body = response.bytes().await.unwrap_or_default();
        let failure = Failure::from_reply(status.as_u16(), &body);
        let leaving = status == StatusCode::SERVICE_UNAVAILABLE && failure.code == http::REFUSED_UNREAD;
        // A token that is not taken: the record is that of an owner who has just gone.
        if remote && (leaving || status == StatusCode::UNAUTHORIZED) {
            return Ok(Err(Lost { reason: failure.message, may_have_arrived: false }));
        }
        Err(failure.into())
    }

    async fn link(&self) -> anyhow::Result<Arc<Link>> {
        let mut slot = self.link.lock().await;
        if let Some(link) = &*slot {
            return Ok(link.clone());
        }
        let link = Arc::new(self.acquire().await?);
        *slot = Some(link.clone());
        Ok(link)
    }

    /// Drops a link that failed, unless somebody has replaced it already.
    async fn forget(&self, failed: &Arc<Link>) {
        let mut slot = self.link.lock().await;
        if slot.as_ref().is_some_and(|link| Arc::ptr_eq(link, failed)) {
            *slot = None;
        }
    }

    async fn acquire(&self) -> anyhow::Result<Link> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            let record = match holder(&self.config.data_dir.value) {
                Holder::Nobody => match Box::pin(Owner::start(&self.config, None, self.duties())).await {
                    Ok(owner) => return Ok(Link::Own(owner)),
                    Err(error) if is_taken(&error) => None,
                    Err(error) => return Err(error),
                },
                Holder::Somebody(record) => record,
            };
            if let Some(record) = &record
                && self.answers(record).await
            {
                return Ok(Link::Remote(record.clone()));
            }
            if begun.elapsed() > PATIENCE {
                return Err(still_taken(&self.config.data_dir.value, record.as_ref()).into());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    fn duties(&self) -> Duties {
        Duties { command: self.command, run_jobs: self.purpose == Purpose::Work, page: false }
    }

    async fn answers(&self, record: &OwnerRecord) -> bool {
        let ask = self.http.get(format!("{}/api/v1/health/live", record.url)).bearer_auth(&record.token);
        match ask.timeout(Duration::from_secs(5)).send().await {
            Ok(response) => response.status().is_success(),
            Err(_) => false,
        }
    }
}

/// The rows of an answer in the shape that they were written in. What a newer server says beside that is left out.
pub(super) fn read<T: serde::de::DeserializeOwned>(value: &Value) -> anyhow::Result<T> {
    T::deserialize(value).map_err(|error| {
        anyhow::anyhow!("the answer has another shape than expected ({error}): is the server of another version?")
    })
}

/// True where another process took the folder in the meantime.
pub(super) fn is_taken(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.code == "folder_in_use")
}

/// `reqwest` wraps the reason several times; the innermost is the one to show.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Checks that a list answer has rows, for commands that end with 1 where it has none.
pub(super) fn exit_for(rows: &Value) -> Exit {
    if rows.as_array().is_some_and(|rows| !rows.is_empty()) { Exit::Ok } else { Exit::NothingFound }
}
