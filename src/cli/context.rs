//! What every command is given: settings, the way to the data, the wish to stop.

use super::client::{Client, Purpose};
use super::error::Exit;
use super::terminal::Terminal;
use crate::config::Config;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// One run of one command.
pub(super) struct Context {
    /// The command's name, for the messages of others who meet it on the same folder.
    pub(super) command: &'static str,
    pub(super) config: Config,
    pub(super) json: bool,
    pub(super) stop: Stop,
    pub(super) terminal: Terminal,
    client: OnceCell<Arc<Client>>,
}

impl Context {
    pub(super) fn new(command: &'static str, config: Config, json: bool, stop: Stop) -> Self {
        let terminal = Terminal::detect(config.no_color);
        Self { command, config, json, stop, terminal, client: OnceCell::new() }
    }

    /// The way to the data; opened once, by the first call.
    pub(super) async fn client(&self, purpose: Purpose) -> anyhow::Result<Arc<Client>> {
        self.client.get_or_try_init(|| Client::connect(&self.config, self.command, purpose)).await.cloned()
    }

    /// Hands over a client that is connected already.
    pub(super) fn adopt(&self, client: Arc<Client>) {
        // Set already only where a command asked for the data before, and then the first one stays.
        let _ = self.client.set(client);
    }

    /// Gives the data folder back, where this process holds it.
    pub(super) async fn close(&self) {
        if let Some(client) = self.client.get() {
            client.close().await;
        }
    }

    /// Runs a command that may be dropped at any await; Ctrl-C drops it.
    pub(super) async fn unless_stopped(
        &self,
        command: impl Future<Output = anyhow::Result<Exit>>,
    ) -> anyhow::Result<Exit> {
        tokio::select! {
            result = command => result,
            () = self.stop.asked() => Ok(Exit::Interrupted),
        }
    }
}

/// The wish of the user or the system to stop: the first signal asks, the second forces.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    asked: CancellationToken,
    forced: CancellationToken,
}

impl Stop {
    /// Listens for Ctrl-C and, where they exist, for SIGTERM and SIGHUP; not for a SIGHUP that is ignored, because `nohup`
    /// must keep its meaning.
    pub(super) fn listen() -> std::io::Result<Self> {
        let stop = Self { asked: CancellationToken::new(), forced: CancellationToken::new() };
        let mut signals = Signals::install()?;
        let told = stop.clone();
        tokio::spawn(async move {
            signals.next().await;
            told.asked.cancel();
            signals.next().await;
            told.forced.cancel();
        });
        Ok(stop)
    }

    /// Resolves at the first signal.
    pub(super) async fn asked(&self) {
        self.asked.cancelled().await;
    }

    /// Resolves at the second signal.
    pub(super) async fn forced(&self) {
        self.forced.cancelled().await;
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn install() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = if hangup_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())?, hangup })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether this process was started with SIGHUP ignored, as `nohup` does. Where the system does not say, it counts as ignored.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    /// SIGHUP is the first signal.
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & HANGUP != 0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn install() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
