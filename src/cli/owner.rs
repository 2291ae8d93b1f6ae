//! Owning a data folder: one process at a time, and how the others find it.
//!
//! The owner holds `soundings.lock` (taken by `App::open`) and writes `owner.json` with its address and a token that
//! only this user can read. The file is only ever removed under the lock, so a command that finds the folder locked
//! never meets the address of an earlier owner, whose port may belong to another program by now.

use super::error::{Exit, Failure};
use crate::app::{App, AppOptions};
use crate::config::{Config, shown};
use crate::http::{self, HttpOptions};
use crate::text::hex;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;

const LOCK: &str = "soundings.lock";
const RECORD: &str = "owner.json";
/// The record before it has its name. Always the same, so that what a killed process left is swept away, or written over.
const NEW_RECORD: &str = "owner.json.new";

/// How long closing the folder may take.
const LONGEST_CLOSE: Duration = Duration::from_millis(750);
/// How long open connections may take to end after everything else has.
const LAST_WORDS: Duration = Duration::from_millis(700);

/// What `owner.json` says.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct OwnerRecord {
    /// Process number, for messages.
    pub(super) pid: u32,
    /// Where it answers, on loopback.
    pub(super) url: String,
    /// What it wants to see.
    pub(super) token: String,
    /// The command it runs, for messages.
    #[serde(default)]
    pub(super) command: String,
}

/// What the owner of a folder does with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Duties {
    /// The command, for messages of others.
    pub(super) command: &'static str,
    /// Jobs are worked on.
    pub(super) run_jobs: bool,
    /// The web page is served, not only the API.
    pub(super) page: bool,
}

/// Answers a request in this process, as the server would.
type Answer = Box<dyn Fn(reqwest::Request) -> BoxFuture<'static, reqwest::Result<reqwest::Response>> + Send + Sync>;

/// This process, as the owner of a data folder.
pub(super) struct Owner {
    pub(super) app: App,
    pub(super) token: String,
    answer: Answer,
    server: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    data_dir: std::path::PathBuf,
}

impl Owner {
    /// Opens the folder and serves it on `listener`; on a free loopback port where none is given.
    pub(super) async fn start(config: &Config, listener: Option<TcpListener>, duties: Duties) -> anyhow::Result<Self> {
        super::process::keep_files_private();
        let data_dir = config.data_dir.value.clone();
        let public = listener.is_some();
        let app = App::open(AppOptions {
            data_dir: data_dir.clone(),
            threads: config.threads.value,
            run_jobs: duties.run_jobs,
            max_upload_bytes: config.max_upload_bytes.value,
        })
        .await
        .map_err(Failure::from)?;
        match Self::serve(config, app.clone(), listener, duties, public).await {
            Ok(owner) => Ok(owner),
            Err(error) => {
                app.shutdown().await;
                Err(error)
            }
        }
    }

    async fn serve(
        config: &Config,
        app: App,
        listener: Option<TcpListener>,
        duties: Duties,
        public: bool,
    ) -> anyhow::Result<Self> {
        let token = random_token()?;
        let listener = match listener {
            Some(listener) => listener,
            None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
        };
        let address = listener.local_addr()?;
        // A short command opens its port for the commands of the same user only.
        let (asked_of_callers, of_readers) = if public {
            (config.token.value.clone(), config.read_token.value.clone())
        } else {
            (Some(token.clone()), None)
        };
        let options = HttpOptions {
            token: asked_of_callers,
            read_token: of_readers,
            local_token: token.clone(),
            page: duties.page,
            trusted_proxies: config.trusted_proxies.value.clone(),
            listen_host: config.listen.value.ip().to_string(),
            max_upload_bytes: config.max_upload_bytes.value,
            ..HttpOptions::default()
        };
        let router = http::router(app.clone(), options.clone());
        let answer: Answer = Box::new(move |request| {
            let router = router.clone();
            Box::pin(async move {
                let request = axum::http::Request::<reqwest::Body>::try_from(request)?;
                let Ok(response) = router.oneshot(request).await;
                Ok(response.map(|body| reqwest::Body::wrap_stream(body.into_data_stream())).into())
            })
        });
        let program = app.clone();
        let server = tokio::spawn(async move {
            if let Err(error) = http::serve(program, listener, options).await {
                tracing::error!(%error, "the server has stopped");
            }
        });
        let data_dir = config.data_dir.value.clone();
        let record = OwnerRecord {
            pid: std::process::id(),
            url: format!("http://{}", reachable(address)),
            token: token.clone(),
            command: duties.command.to_owned(),
        };
        if let Err(error) = write_record(&data_dir, &record) {
            // Only further commands on this folder need the record; what was asked for works without them (an export
            // from a full disk, above all).
            tracing::warn!(%error, "other commands cannot find this process: its address could not be written to the data folder");
        }
        Ok(Self { app, token, answer, server: Some(server).into(), data_dir })
    }

    /// Answers a request without a socket.
    pub(super) async fn answer(&self, request: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        (self.answer)(request).await
    }

    /// Ends streams and jobs, gives the folder back. Under a second.
    pub(super) async fn close(&self) {
        // First, so that nobody is sent to a server that is about to end.
        let _ = std::fs::remove_file(self.data_dir.join(RECORD));
        // A starved machine or a slow disk must not hold whoever waits for the end: the process may end at any moment, and
        // the next start finds everything that was committed.
        if tokio::time::timeout(LONGEST_CLOSE, self.app.shutdown()).await.is_err() {
            tracing::warn!("the folder could not be closed in order in time; the next start takes a little longer");
        }
        let server = self.server.lock().await.take();
        if let Some(mut server) = server
            && tokio::time::timeout(LAST_WORDS, &mut server).await.is_err()
        {
            server.abort();
        }
    }
}

/// The owner that holds the folder now.
pub(super) enum Holder {
    /// Nobody; whatever an earlier owner left is swept away.
    Nobody,
    /// Somebody, who may not have written the record yet.
    Somebody(Option<OwnerRecord>),
}

/// Looks who holds the folder.
pub(super) fn holder(data_dir: &Path) -> Holder {
    let Ok(lock) = File::options().read(true).write(true).open(data_dir.join(LOCK)) else {
        // No folder, no lock or no right to it: opening it will say which.
        return Holder::Nobody;
    };
    match lock.try_lock() {
        Ok(()) => {
            for left in [RECORD, NEW_RECORD] {
                let _ = std::fs::remove_file(data_dir.join(left));
            }
            Holder::Nobody
        }
        Err(TryLockError::WouldBlock) => Holder::Somebody(read_record(data_dir)),
        Err(TryLockError::Error(_)) => Holder::Nobody,
    }
}

/// Holds a folder that nobody holds, without opening it; `None` where there is none to hold.
pub(super) fn hold(data_dir: &Path) -> Option<File> {
    super::process::keep_files_private();
    let lock = File::options().create(true).truncate(false).write(true).open(data_dir.join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

fn read_record(data_dir: &Path) -> Option<OwnerRecord> {
    serde_json::from_slice(&std::fs::read(data_dir.join(RECORD)).ok()?).ok()
}

/// Written whole or not at all, readable by this user only.
fn write_record(data_dir: &Path, record: &OwnerRecord) -> anyhow::Result<()> {
    let new = data_dir.join(NEW_RECORD);
    // An earlier one may be somebody else's to read.
    let _ = std::fs::remove_file(&new);
    let written = write_private(&new, record).and_then(|()| Ok(std::fs::rename(&new, data_dir.join(RECORD))?));
    if written.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    written
}

fn write_private(path: &Path, record: &OwnerRecord) -> anyhow::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    serde_json::to_writer(&mut file, record)?;
    Ok(file.flush()?)
}

/// The address under which the same machine reaches it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn random_token() -> anyhow::Result<String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Exit::Unavailable, "random", format!("no random numbers: {error}")))?;
    Ok(hex(&random))
}

/// Nobody gave the folder free in time.
pub(super) fn still_taken(data_dir: &Path, record: Option<&OwnerRecord>) -> Failure {
    let folder = shown(data_dir);
    let Some(OwnerRecord { pid, command, .. }) = record else {
        return Failure::unavailable(
            format!("the data folder {folder} is held by another process that does not say where it answers"),
            "wait until it ends, or end it (look for `soundings` in the list of processes)",
        );
    };
    Failure::unavailable(
        format!("the data folder {folder} is held by process {pid} (soundings {command}), which does not answer"),
        format!("wait until process {pid} ends, or end it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> OwnerRecord {
        OwnerRecord { pid: 1, url: "http://127.0.0.1:1".into(), token: "t".into(), command: "serve".into() }
    }

    #[test]
    fn a_stale_record_is_swept_and_a_live_one_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let lock = File::create(dir.path().join(LOCK)).unwrap();
        write_record(dir.path(), &record()).unwrap();
        let unfinished = dir.path().join(NEW_RECORD);
        std::fs::write(&unfinished, "{").unwrap();
        lock.lock().unwrap();
        assert!(matches!(holder(dir.path()), Holder::Somebody(Some(found)) if found == record()));
        lock.unlock().unwrap();
        assert!(matches!(holder(dir.path()), Holder::Nobody));
        assert!(!dir.path().join(RECORD).exists() && !unfinished.exists());
    }

    #[test]
    #[cfg(unix)]
    fn the_record_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        write_record(dir.path(), &record()).unwrap();
        let mode = std::fs::metadata(dir.path().join(RECORD)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_address_for_everybody_is_reached_on_loopback() {
        let check = |address: &str, expected: &str| {
            assert_eq!(reachable(address.parse().unwrap()).to_string(), expected);
        };
        check("0.0.0.0:80", "127.0.0.1:80");
        check("[::]:80", "[::1]:80");
        check("192.168.1.2:80", "192.168.1.2:80");
    }
}
