//! Cached reads and entity tags.
//!
//! A pure data read is a function of the data's revision, its URL, and the day: what lies after tomorrow is not "the newest"
//! (`columns::stretch`), until tomorrow comes. All together are the key of the cache and the
//! entity tag, so a cached answer is never stale (a new revision is a new key), never computed twice (equal requests at
//! the same time wait for the first), and an unchanged one costs neither a query nor a body (304).
//! The revision is read *before* the handler runs: an answer may be newer than its key, never older.
//!
//! Jobs and imports move with progress that is held in memory; their tag is the hash of the answer itself.

use super::error::ApiError;
use super::seal::Seal;
use crate::app::App;
use crate::domain::Caller;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, OriginalUri, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moka::policy::EvictionPolicy;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Bytes of bodies that are kept.
const CAPACITY: u64 = 48 << 20;
/// Larger bodies are not kept.
const LARGEST: usize = 4 << 20;

/// A whole answer in memory.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Bytes,
    error: Option<ApiError>,
}

impl Snapshot {
    async fn of(response: Response) -> Self {
        let (mut parts, body) = response.into_parts();
        let error = parts.extensions.remove::<ApiError>();
        match to_bytes(body, usize::MAX).await {
            Ok(body) => {
                Self { status: parts.status, content_type: parts.headers.remove(header::CONTENT_TYPE), body, error }
            }
            Err(error) => {
                let error = ApiError::internal(&format!("an answer broke off: {error}"));
                Self { status: error.status, content_type: None, body: Bytes::new(), error: Some(error) }
            }
        }
    }

    fn is_ok(&self) -> bool {
        self.status == StatusCode::OK
    }

    fn respond(&self) -> Response {
        if let Some(error) = &self.error {
            return error.clone().into_response();
        }
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        if let Some(value) = &self.content_type {
            response.headers_mut().insert(header::CONTENT_TYPE, value.clone());
        }
        response
    }
}

/// An answer that is being made.
type Cell = Arc<OnceCell<Arc<Snapshot>>>;

/// Answers by key, bounded by bytes, and those being made.
pub(crate) struct ResponseCache {
    done: moka::sync::Cache<Arc<str>, Arc<Snapshot>>,
    running: Mutex<HashMap<Arc<str>, Cell>>,
}

impl Default for ResponseCache {
    fn default() -> Self {
        let weigh = |key: &Arc<str>, value: &Arc<Snapshot>| {
            u32::try_from(key.len() + value.body.len() + 256).unwrap_or(u32::MAX)
        };
        // Not TinyLFU: it would keep popular answers of old revisions, which nobody will ask for again.
        let done = moka::sync::Cache::builder()
            .weigher(weigh)
            .max_capacity(CAPACITY)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(Duration::from_mins(10))
            .build();
        Self { done, running: Mutex::default() }
    }
}

impl ResponseCache {
    /// The answer under `key`: kept, or being made by somebody else, or made by `run`.
    ///
    /// Where the maker goes away in the middle (its client hung up), the next one that waits makes it.
    async fn get_or_run(&self, key: String, run: impl Future<Output = Snapshot>) -> Arc<Snapshot> {
        let key: Arc<str> = key.into();
        if let Some(hit) = self.done.get(&key) {
            metrics::counter!("soundings_http_cache_total", "outcome" => "hit").increment(1);
            return hit;
        }
        let seat = Seat::take(self, key.clone());
        // The maker may have finished between the look and the seat; it keeps the answer before it leaves.
        if let Some(hit) = self.done.get(&key) {
            return hit;
        }
        let make = || async {
            metrics::counter!("soundings_http_cache_total", "outcome" => "miss").increment(1);
            let snapshot = Arc::new(run.await);
            if snapshot.is_ok() && snapshot.body.len() <= LARGEST {
                self.done.insert(key, snapshot.clone());
            }
            snapshot
        };
        seat.cell.get_or_init(make).await.clone()
    }
}

/// A place among those who wait for one answer; the last one to leave clears the table.
struct Seat<'a> {
    cache: &'a ResponseCache,
    key: Arc<str>,
    cell: Cell,
}

impl<'a> Seat<'a> {
    fn take(cache: &'a ResponseCache, key: Arc<str>) -> Self {
        let mut running = cache.running.lock();
        let cell = running.entry(key.clone()).or_default().clone();
        Self { cache, key, cell }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut running = self.cache.running.lock();
        // The table's own and this one: nobody else waits.
        if Arc::strong_count(&self.cell) == 2 {
            running.remove(&self.key);
        }
    }
}

/// What the layers below work with.
#[derive(Clone)]
pub(crate) struct Answers {
    app: App,
    seal: Seal,
    kept: Arc<ResponseCache>,
}

impl Answers {
    pub(crate) fn new(app: App, seal: Seal) -> Self {
        Self { app, seal, kept: Arc::default() }
    }
}

/// Layer of the pure data reads.
pub(crate) async fn by_data_revision(
    Extension(answers): Extension<Answers>,
    Extension(caller): Extension<Caller>,
    mut request: Request,
    next: Next,
) -> Response {
    if !reads(&mut request) {
        return next.run(request).await;
    }
    let any = names_any(request.headers());
    let key = key_of(&request, caller, answers.app.data_revision(), answers.app.today());
    let tag = answers.seal.entity_tag(key.as_bytes());
    if is_known(request.headers(), &tag) {
        return not_modified(&tag);
    }
    let snapshot = answers.kept.get_or_run(key, async { Snapshot::of(next.run(request).await).await }).await;
    if any && snapshot.is_ok() {
        return not_modified(&tag);
    }
    tagged(&snapshot, &tag)
}

/// Layer of the reads that move without the data.
pub(crate) async fn by_content(Extension(answers): Extension<Answers>, mut request: Request, next: Next) -> Response {
    if !reads(&mut request) {
        return next.run(request).await;
    }
    let known = request.headers().clone();
    let snapshot = Snapshot::of(next.run(request).await).await;
    let tag = answers.seal.entity_tag(&snapshot.body);
    if snapshot.is_ok() && (names_any(&known) || is_known(&known, &tag)) {
        return not_modified(&tag);
    }
    tagged(&snapshot, &tag)
}

/// Workspace, revision, day and URL as the client wrote it.
fn key_of(request: &Request, caller: Caller, revision: u64, day: i64) -> String {
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    format!("{} {revision} {day} {}", caller.scope.workspace.0, uri.path_and_query().map_or("/", |p| p.as_str()))
}

/// True for GET and HEAD. A HEAD goes on as the GET that it asks about, so that both have the same tag, status and
/// length; the router, which knows what was asked, leaves the body out.
fn reads(request: &mut Request) -> bool {
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    request.method() == Method::GET
}

/// `If-None-Match: *`: whatever there is, if there is something (RFC 9110, 13.1.2).
fn names_any(headers: &HeaderMap) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|value| value.as_bytes().trim_ascii() == b"*")
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|value| lists(value, tag))
}

/// Weak comparison (RFC 9110, 8.8.3.2) with each tag of a list.
fn lists(value: &HeaderValue, tag: &str) -> bool {
    let strip = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    value.to_str().is_ok_and(|list| list.split(',').any(|one| strip(one) == strip(tag)))
}

fn tagged(snapshot: &Snapshot, tag: &str) -> Response {
    let mut response = snapshot.respond();
    if snapshot.is_ok() {
        mark(response.headers_mut(), tag);
    }
    response
}

fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    mark(response.headers_mut(), tag);
    response
}

/// "Keep it, but ask before you use it."
pub(crate) fn mark(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn snapshot(status: StatusCode) -> Snapshot {
        Snapshot { status, content_type: None, body: Bytes::from_static(b"{}"), error: None }
    }

    #[test]
    fn tags_compare_weakly() {
        let check = |header: &'static str, expected| {
            assert_eq!(lists(&HeaderValue::from_static(header), "W/\"ab\""), expected, "{header}");
        };
        check("W/\"ab\"", true);
        check("\"ab\"", true);
        check("\"x\", W/\"ab\"", true);
        check("\"abc\"", false);
        check("*", false);
        check("", false);
    }

    #[tokio::test]
    async fn equal_requests_are_computed_once() {
        let (cache, runs) = (ResponseCache::default(), AtomicUsize::new(0));
        let ask = |key: &str, status| {
            let (cache, runs) = (&cache, &runs);
            cache.get_or_run(key.to_owned(), async move {
                runs.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                snapshot(status)
            })
        };
        tokio::join!(ask("a", StatusCode::OK), ask("a", StatusCode::OK), ask("a", StatusCode::OK));
        ask("a", StatusCode::OK).await;
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        ask("b", StatusCode::OK).await;
        assert_eq!(runs.load(Ordering::Relaxed), 2);
        // An error is shared by those who waited for it, and not kept.
        tokio::join!(ask("c", StatusCode::NOT_FOUND), ask("c", StatusCode::NOT_FOUND));
        ask("c", StatusCode::NOT_FOUND).await;
        assert_eq!(runs.load(Ordering::Relaxed), 4);
        assert!(cache.running.lock().is_empty());
    }

    #[tokio::test]
    async fn the_next_one_takes_over_from_a_maker_that_left() {
        let cache = ResponseCache::default();
        let gone = tokio::time::timeout(
            Duration::from_millis(1),
            cache.get_or_run("a".into(), async { std::future::pending::<Snapshot>().await }),
        );
        let waits = cache.get_or_run("a".into(), async { snapshot(StatusCode::OK) });
        let (gone, answer) = tokio::join!(gone, waits);
        assert!(gone.is_err());
        assert!(answer.is_ok());
        assert!(cache.running.lock().is_empty());
    }
}
