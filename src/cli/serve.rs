//! `soundings serve`: the dashboard, the API and the jobs, until it is told to stop.

use super::client::{Client, is_taken};
use super::context::Context;
use super::error::{Exit, Failure};
use super::models::{default_model, set_challenger};
use super::owner::{Duties, Holder, Owner, OwnerRecord, holder};
use super::setting_flags::ServerFlags;
use super::terminal;
use crate::config::{Config, shown};
use clap::Args;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How long a server waits for a short command to give the folder back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serve the dashboard and the API, and work on jobs, until Ctrl-C
///
/// The address is the first line on standard output; everything else goes to standard error.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings serve                          http://127.0.0.1:8080
  soundings serve --listen 127.0.0.1:0     a free port, told on the first line
  soundings serve --headless               API and jobs without the page
  soundings serve --challenger mine --share 0.1
  soundings serve --listen 0.0.0.0:8080 --token-file ~/.soundings-token")]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) server: ServerFlags,
    /// API and jobs, without the web page
    #[arg(long)]
    headless: bool,
    /// Let this model read a share of the new items beside the default one, from now on
    #[arg(long, value_name = "MODEL")]
    challenger: Option<String>,
    /// Part of the new items that the challenger reads, above 0 and at most 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, requires = "challenger")]
    share: f64,
}

pub(super) async fn run(context: &Context, args: ServeArgs) -> anyhow::Result<Exit> {
    let duties = Duties { command: context.command, run_jobs: true, page: !args.headless };
    let Some((owner, url)) = start(context, duties).await? else { return Ok(Exit::Interrupted) };
    let client = Client::of(&context.config, context.command, owner)?;
    context.adopt(client.clone());
    if let Some(name) = &args.challenger {
        challenge(&client, name, args.share).await?;
    }
    terminal::out(&url)?;
    terminal::flush()?;
    let what = if args.headless { "API" } else { "dashboard and API" };
    terminal::note(&format!("{what} on {}; Ctrl-C stops", shown(&context.config.data_dir.value)));
    context.stop.asked().await;
    Ok(Exit::Ok)
}

/// Sets the challenger. One that has become the default since the command was written down is no reason not to serve.
async fn challenge(client: &Client, name: &str, share: f64) -> anyhow::Result<()> {
    match set_challenger(client, name, share).await {
        Err(_) if default_model(client).await? == name => {
            let name = terminal::plain(name);
            terminal::note(&format!("warning: {name} is the default model by now and challenges nobody"));
            Ok(())
        }
        set => set.map(drop),
    }
}

/// Takes address and folder. `None` where the user stopped it in the meantime.
pub(super) async fn start(context: &Context, duties: Duties) -> anyhow::Result<Option<(Owner, String)>> {
    let config = &context.config;
    config.check_listen()?;
    if let Some(server) = running_server(config) {
        return Err(already_served(config, &server).into());
    }
    let begun = Instant::now();
    loop {
        let listener = bind(config.listen.value).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let holder = match Box::pin(Owner::start(config, Some(listener), duties)).await {
            Ok(owner) => return Ok(Some((owner, url))),
            Err(error) if is_taken(&error) => match holder(&config.data_dir.value) {
                Holder::Nobody => continue,
                Holder::Somebody(record) => record,
            },
            Err(error) => return Err(error),
        };
        let server = holder.as_ref().filter(|record| is_server(record));
        if server.is_some() || begun.elapsed() > PATIENCE {
            return Err(match &holder {
                Some(record) => already_served(config, record),
                None => super::owner::still_taken(&config.data_dir.value, None),
            }
            .into());
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
            () = context.stop.asked() => return Ok(None),
        }
    }
}

/// A server that already runs on this folder.
pub(super) fn running_server(config: &Config) -> Option<OwnerRecord> {
    match holder(&config.data_dir.value) {
        Holder::Somebody(Some(record)) if is_server(&record) => Some(record),
        _ => None,
    }
}

fn is_server(record: &OwnerRecord) -> bool {
    matches!(record.command.as_str(), "serve" | "demo")
}

fn already_served(config: &Config, record: &OwnerRecord) -> Failure {
    let folder = shown(&config.data_dir.value);
    let OwnerRecord { pid, url, command, .. } = record;
    if is_server(record) {
        return Failure::new(
            Exit::Unavailable,
            "folder_in_use",
            format!("soundings is already running on {folder}: {url} (process {pid})"),
        )
        .fix(format!("open {url}, or end process {pid} first, or use another folder with --data-dir"));
    }
    Failure::new(
        Exit::Unavailable,
        "folder_in_use",
        format!("the data folder {folder} is held by process {pid} (soundings {command})"),
    )
    .fix("wait until that command has ended; it works on the jobs of this folder meanwhile")
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let failure = |exit, code, message: String, fix: &str| Failure::new(exit, code, message).fix(fix);
        match error.kind() {
            ErrorKind::AddrInUse => failure(
                Exit::Unavailable,
                "port_taken",
                format!("port {} on {} is taken by another program", address.port(), address.ip()),
                "choose another with --listen ADDR:PORT; port 0 picks a free one",
            ),
            ErrorKind::PermissionDenied => failure(
                Exit::Usage,
                "port_denied",
                format!("this user may not listen on {address}"),
                "choose a port of 1024 or more with --listen ADDR:PORT",
            ),
            ErrorKind::AddrNotAvailable => failure(
                Exit::Usage,
                "address_unknown",
                format!("this machine has no address {}", address.ip()),
                "use 127.0.0.1 for this machine only, or 0.0.0.0 (with a token) for all its addresses",
            ),
            _ => failure(
                Exit::Unavailable,
                "listen",
                format!("cannot listen on {address}: {error}"),
                "choose another address with --listen ADDR:PORT",
            ),
        }
        .into()
    })
}
