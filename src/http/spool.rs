//! Uploads: bytes to a spool file, counted, whole or not at all.
//!
//! A multipart body that ends before its closing boundary and a raw body that is shorter than it said are errors, never
//! short files. A file that nobody took over is removed when its [`Spooled`] is dropped, whichever way the request ends.

use super::error::ApiError;
use super::extract::{is_json, media_type, unsupported};
use super::params::invalid;
use super::wire;
use crate::app::App;
use crate::domain::{ItemKind, Mapping, ReadOptions, Scope, Uid, WorkspaceId};
use crate::ingest::{Plan, Sniffed};
use crate::text::hex;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use parking_lot::{Mutex, MutexGuard};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio_stream::{Stream, StreamExt};

/// A body that stands still for so long has been given up.
const STALL: Duration = Duration::from_mins(1);
/// Bytes of one form field that is not the file.
const FIELD_BYTES: usize = 64 << 10;

/// A whole file in the spool folder; removed on drop unless it is kept.
#[derive(Debug)]
pub(crate) struct Spooled {
    path: PathBuf,
    pub(crate) bytes: u64,
    /// SHA-256 of its contents, in hex.
    pub(crate) digest: String,
    kept: bool,
    seen: Option<Box<Seen>>,
}

/// A look at a file: what it was called, what was said about it, and how it is to be read.
#[derive(Debug)]
struct Seen {
    file_name: String,
    options: ReadOptions,
    plan: Plan,
}

impl Spooled {
    /// Remembers a look at it, so that its import need not look again.
    pub(crate) fn saw(&mut self, file_name: &str, options: &ReadOptions, sniffed: &Sniffed) {
        let (file_name, options, plan) = (file_name.to_owned(), options.clone(), Plan::of(sniffed.clone()));
        self.seen = Some(Box::new(Seen { file_name, options, plan }));
    }

    /// How it is to be read, where it was looked at under that name and with those options.
    pub(crate) fn plan(&self, file_name: &str, options: &ReadOptions) -> Option<Plan> {
        let seen = self.seen.as_ref()?;
        (seen.file_name == file_name && seen.options == *options).then(|| seen.plan.clone())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Somebody else owns the file now.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "a spool file is left behind");
        }
    }
}

/// What came with a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) file_name: Option<String>,
    pub(crate) collection: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) kind: Option<ItemKind>,
    pub(crate) mapping: Mapping,
    pub(crate) options: ReadOptions,
}

impl Wishes {
    /// What tells two wishes apart, in words.
    pub(crate) fn words(&self) -> Vec<String> {
        let Self { file_name, collection, source, kind, mapping, options } = self;
        let said = [file_name.as_deref(), collection.as_deref(), source.as_deref(), kind.map(ItemKind::as_str)];
        let said = said.map(|word| word.map_or_else(|| "-".to_owned(), |word| format!("={word}")));
        let roles = mapping.0.iter().flat_map(|(role, column)| [role.as_str().to_owned(), column.clone()]);
        said.into_iter().chain([wire::read_words(options)]).chain(roles).collect()
    }

    /// Takes one form field; false where there is no field of that name.
    fn set(&mut self, name: &str, text: &str) -> Result<bool, ApiError> {
        let filled = Some(text.to_owned()).filter(|t| !t.trim().is_empty());
        match name {
            "collection" => self.collection = filled,
            "source" => self.source = filled,
            "filename" => self.file_name = filled,
            "kind" => self.kind = filled.map(|t| wire::kind(&t)).transpose().map_err(bad_word)?,
            "map" => self.mapping = wire::mapping_text(text).map_err(bad_word)?,
            _ => return wire::set_read_option(&mut self.options, name, text).map_err(bad_word),
        }
        Ok(true)
    }
}

/// A word of a form or body that means nothing.
pub(crate) fn bad_word((name, value, allowed): wire::BadWord) -> ApiError {
    invalid(name, &value, &allowed)
}

/// Receives the file of a request: a multipart form, or the raw body where the query names a file.
pub(crate) async fn receive(uploads: &Uploads, request: Request, query: Wishes) -> Result<(Spooled, Wishes), ApiError> {
    let said: Option<u64> =
        request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if said.is_some_and(|bytes| bytes > uploads.most_bytes.saturating_add(FIELD_BYTES as u64)) {
        return Err(too_large(uploads.most_bytes));
    }
    if media_type(&request) == "multipart/form-data" {
        return receive_form(uploads, request, query).await;
    }
    if query.file_name.is_none() {
        return Err(if is_json(&request) || matches!(media_type(&request).as_str(), "" | "application/octet-stream") {
            ApiError::input("missing_parameter", "a raw body needs its name: add `?filename=reviews.csv`")
                .with("parameter", "filename")
        } else {
            unsupported("multipart/form-data, or a raw body with ?filename=")
        });
    }
    let body = request.into_body().into_data_stream();
    let spooled = write(uploads, body, |_| broke_off()).await?;
    if said.is_some_and(|bytes| bytes != spooled.bytes) {
        return Err(broke_off().with("received", spooled.bytes).with("expected", said));
    }
    Ok((spooled, query))
}

async fn receive_form(uploads: &Uploads, request: Request, mut wishes: Wishes) -> Result<(Spooled, Wishes), ApiError> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|rejection| ApiError::input("invalid_upload", format!("the form cannot be read: {rejection}")))?;
    let mut file = None;
    // Every arm matters: an `Err` here is a form that broke off, and what came before it is not an upload.
    while let Some(mut field) = within(form.next_field()).await?.map_err(|e| form_error(&e))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file.is_some() {
                return Err(ApiError::input("invalid_upload", "the form has two files; send one at a time"));
            }
            if wishes.file_name.is_none() {
                wishes.file_name = field.file_name().map(base_name).filter(|n| !n.is_empty());
            }
            file = Some(write(uploads, &mut field, |error| form_error(&error)).await?);
        } else {
            let text = short_text(&mut field).await?;
            if !wishes.set(&name, &text)? {
                let options = wire::READ_OPTIONS.map(|(name, ..)| name).join(", ");
                let message = format!(
                    "the form has no field `{name}`; it has file, collection, source, kind, map, filename, {options}"
                );
                return Err(ApiError::input("invalid_upload", message).with("field", name));
            }
        }
    }
    let file = file.ok_or_else(|| ApiError::input("invalid_upload", "the form has no field `file`"))?;
    Ok((file, wishes))
}

/// The name without folders; some browsers send a path.
fn base_name(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned()
}

async fn short_text(field: &mut Field<'_>) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = within(field.chunk()).await?.map_err(|e| form_error(&e))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD_BYTES {
            return Err(ApiError::input("invalid_upload", "a field of the form is longer than 64 KB"));
        }
    }
    String::from_utf8(bytes).map_err(|_| ApiError::input("invalid_upload", "a field of the form is not UTF-8"))
}

/// Writes a stream of bytes to a new spool file.
async fn write<S, E>(uploads: &Uploads, mut chunks: S, wrong: impl Fn(E) -> ApiError) -> Result<Spooled, ApiError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let (path, file) = uploads.app.imports().spool_file().await?;
    let mut spooled = Spooled { path, bytes: 0, digest: String::new(), kept: false, seen: None };
    let mut hash = Sha256::new();
    let mut file = tokio::io::BufWriter::with_capacity(256 << 10, tokio::fs::File::from_std(file));
    while let Some(chunk) = within(chunks.next()).await? {
        let chunk = chunk.map_err(&wrong)?;
        spooled.bytes += chunk.len() as u64;
        if spooled.bytes > uploads.most_bytes {
            return Err(too_large(uploads.most_bytes));
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(|e| disk(&e))?;
    }
    file.flush().await.map_err(|e| disk(&e))?;
    // Before an import promises anything about it.
    file.get_ref().sync_all().await.map_err(|e| disk(&e))?;
    spooled.digest = hex(&hash.finalize());
    Ok(spooled)
}

/// Waits for the next piece of a body, but not for ever.
async fn within<T>(piece: impl Future<Output = T>) -> Result<T, ApiError> {
    let stalled = || {
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", "the upload stood still for a minute; send it again")
    };
    tokio::time::timeout(STALL, piece).await.map_err(|_| stalled())
}

fn form_error(error: &MultipartError) -> ApiError {
    let text = error.body_text();
    let text = text.to_ascii_lowercase();
    if text.contains("incomplete") || text.contains("stream") {
        broke_off()
    } else {
        ApiError::input("invalid_upload", format!("the form cannot be read: {text}"))
    }
}

fn broke_off() -> ApiError {
    ApiError::input("upload_incomplete", "the upload broke off before its end; nothing was kept, send it again")
}

fn too_large(limit: u64) -> ApiError {
    let message =
        format!("the file is larger than the limit of {limit} bytes; split it, or raise the limit of the server");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).with("limit_bytes", limit)
}

fn disk(error: &std::io::Error) -> ApiError {
    tracing::error!(%error, "an upload could not be written");
    if error.kind() == std::io::ErrorKind::StorageFull {
        let message = "the disk is full; nothing was kept, make room and send it again";
        return ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", message);
    }
    let message = "the upload could not be written to the data folder; the log says why";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "disk", message)
}

/// Where uploads come in: files that were previewed and wait for a start, and the last of those that were started.
pub(crate) struct Uploads {
    app: App,
    /// Bytes of a file at the most.
    most_bytes: u64,
    previews: Previews,
}

impl Uploads {
    pub(crate) fn new(app: App, most_bytes: u64) -> Self {
        Self { app, most_bytes, previews: Previews::default() }
    }

    /// Those of this caller's workspace; of another one they answer as if they had never been.
    pub(crate) fn of(&self, scope: Scope) -> PreviewsOf<'_> {
        PreviewsOf { previews: &self.previews, workspace: scope.workspace }
    }
}

#[derive(Debug, Default)]
struct Previews {
    all: Mutex<Remembered>,
    /// Told when a taken upload has become an import, or is back.
    settled: Notify,
}

/// What one workspace has previewed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreviewsOf<'a> {
    previews: &'a Previews,
    workspace: WorkspaceId,
}

#[derive(Debug, Default)]
struct Remembered {
    waiting: VecDeque<Upload>,
    /// Ids of uploads with what they became; `None` while it is not known yet.
    started: VecDeque<(WorkspaceId, String, Option<Uid>)>,
}

#[derive(Debug)]
struct Upload {
    workspace: WorkspaceId,
    id: String,
    file_name: String,
    spooled: Spooled,
    since: Instant,
}

/// Why an upload is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Missing {
    /// Never there, or no longer.
    Gone,
    /// It became this import, or is about to become one.
    Started(Option<Uid>),
}

/// Previews that a workspace keeps at a time; its oldest goes. As many ids of started ones are remembered.
const MOST: usize = 32;
/// How long a preview is kept.
const KEPT: Duration = Duration::from_hours(1);

impl<'a> PreviewsOf<'a> {
    /// Keeps a file until it is started, an hour has passed, or too many others came.
    pub(crate) fn put(self, id: String, file_name: String, spooled: Spooled) {
        let workspace = self.workspace;
        let mut all = self.lock();
        all.waiting.retain(|upload| upload.since.elapsed() < KEPT);
        all.started.retain(|(of, started, _)| (*of, started) != (workspace, &id));
        let oldest = all.waiting.iter().position(|upload| upload.workspace == workspace);
        if let Some(oldest) = oldest.filter(|_| all.waiting.iter().filter(|u| u.workspace == workspace).count() >= MOST)
        {
            all.waiting.remove(oldest);
        }
        all.waiting.push_back(Upload { workspace, id, file_name, spooled, since: Instant::now() });
        self.previews.settled.notify_waiters();
    }

    /// Name, place and bytes of a file that stays where it is.
    pub(crate) fn look(self, id: &str) -> Result<(String, PathBuf, u64), Missing> {
        let mut all = self.lock();
        let at = all.find(self.workspace, id)?;
        let upload = all.waiting.get_mut(at).ok_or(Missing::Gone)?;
        upload.since = Instant::now();
        Ok((upload.file_name.clone(), upload.spooled.path().to_owned(), upload.spooled.bytes))
    }

    /// Remembers a look at a file that stays where it is.
    pub(crate) fn saw(self, id: &str, file_name: &str, options: &ReadOptions, sniffed: &Sniffed) {
        let mut all = self.lock();
        let own = |upload: &&mut Upload| upload.workspace == self.workspace && upload.id == id;
        if let Some(upload) = all.waiting.iter_mut().find(own) {
            upload.spooled.saw(file_name, options, sniffed);
        }
    }

    /// Takes a file and its name out, to start it.
    pub(crate) fn take(self, id: &str) -> Result<(String, Spooled), Missing> {
        let mut all = self.lock();
        let at = all.find(self.workspace, id)?;
        let upload = all.waiting.remove(at).ok_or(Missing::Gone)?;
        let oldest = all.started.iter().position(|(of, ..)| *of == self.workspace);
        if let Some(oldest) =
            oldest.filter(|_| all.started.iter().filter(|(of, ..)| *of == self.workspace).count() >= MOST)
        {
            all.started.remove(oldest);
        }
        all.started.push_back((self.workspace, upload.id, None));
        Ok((upload.file_name, upload.spooled))
    }

    /// Remembers what a taken upload became.
    pub(crate) fn became(self, id: &str, import: Uid) {
        let mut all = self.lock();
        let known = all.started.iter_mut().find(|(of, started, _)| *of == self.workspace && started == id);
        if let Some((_, _, known)) = known {
            *known = Some(import);
        }
        self.previews.settled.notify_waiters();
    }

    /// Forgets a taken upload whose start came to no end.
    pub(crate) fn lost(self, id: &str) {
        self.lock().started.retain(|(of, started, _)| *of != self.workspace || started != id);
        self.previews.settled.notify_waiters();
    }

    /// Resolves when any upload that was taken has become an import, or is back. Make it before looking: what is told in
    /// between is not missed.
    pub(crate) fn settled(self) -> Notified<'a> {
        self.previews.settled.notified()
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.previews.all.lock()
    }
}

impl Remembered {
    fn find(&self, workspace: WorkspaceId, id: &str) -> Result<usize, Missing> {
        let there = |upload: &Upload| upload.workspace == workspace && upload.id == id && upload.since.elapsed() < KEPT;
        self.waiting.iter().position(there).ok_or_else(|| {
            let started = self.started.iter().find(|(of, started, _)| *of == workspace && started == id);
            started.map_or(Missing::Gone, |(_, _, import)| Missing::Started(*import))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spooled(dir: &tempfile::TempDir, name: &str) -> Spooled {
        let path = dir.path().join(name);
        std::fs::write(&path, "text\nhello\n").unwrap();
        Spooled { path, bytes: 11, digest: String::new(), kept: false, seen: None }
    }

    #[test]
    fn files_that_nobody_took_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        drop(spooled(&dir, "a"));
        spooled(&dir, "b").keep();
        let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn previews_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let previews = Previews::default();
        let of = |workspace| PreviewsOf { previews: &previews, workspace: WorkspaceId(workspace) };
        let uploads = of(1);
        of(2).put("other".to_owned(), "other.csv".to_owned(), spooled(&dir, "other"));
        for n in 0..40 {
            uploads.put(n.to_string(), format!("{n}.csv"), spooled(&dir, &n.to_string()));
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), MOST + 1, "and that of another workspace");
        assert!(of(2).look("other").is_ok());
        assert_eq!(uploads.look("other").unwrap_err(), Missing::Gone, "it is another workspace's");
        assert_eq!(uploads.take("0").unwrap_err(), Missing::Gone);
        let (name, file) = uploads.take("39").unwrap();
        assert_eq!(name, "39.csv");
        assert!(file.path().exists());
        assert_eq!(uploads.take("39").unwrap_err(), Missing::Started(None));
        let import: Uid = "01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11".parse().unwrap();
        uploads.became("39", import);
        assert_eq!(uploads.look("39").unwrap_err(), Missing::Started(Some(import)));
        uploads.put("39".to_owned(), name, file);
        assert!(uploads.look("39").is_ok(), "a start that was refused leaves the upload for another try");
    }

    #[test]
    fn a_look_is_remembered_for_its_own_workspace() {
        let dir = tempfile::tempdir().unwrap();
        let previews = Previews::default();
        let of = |workspace| PreviewsOf { previews: &previews, workspace: WorkspaceId(workspace) };
        let options = ReadOptions::default();
        let check = |workspace: i64, name: &str, expected: bool| {
            let file = spooled(&dir, name);
            let sniffed = crate::ingest::sniff(file.path(), "a.csv", &options).unwrap();
            of(1).put(name.to_owned(), "a.csv".to_owned(), file);
            of(workspace).saw(name, "a.csv", &options, &sniffed);
            let (_, file) = of(1).take(name).unwrap();
            assert_eq!(file.plan("a.csv", &options).is_some(), expected, "{name}");
            let other = ReadOptions { skip: 1, ..ReadOptions::default() };
            assert!(file.plan("b.csv", &options).is_none() && file.plan("a.csv", &other).is_none());
        };
        check(1, "own", true);
        check(2, "another's", false);
    }

    #[test]
    fn names_lose_their_folders() {
        let check = |name, expected: &str| assert_eq!(base_name(name), expected);
        check("a.csv", "a.csv");
        check("C:\\data\\a.csv", "a.csv");
        check("../../etc/passwd", "passwd");
    }
}
