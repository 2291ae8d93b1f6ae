//! `soundings demo`: the bundled real reviews, read and shown.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::Exit;
use super::jobs;
use super::owner::Duties;
use super::progress::Meter;
use super::serve::{running_server, start};
use super::setting_flags::ServerFlags;
use super::terminal::{self, counted};
use crate::http::wire::Summary;
use clap::Args;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Import the bundled real reviews and comments, read them, and show the dashboard
///
/// The address is the first line on standard output. Running it again imports nothing: the dashboard is shown.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings demo                            http://127.0.0.1:8080
  soundings demo --listen 127.0.0.1:0       a free port, told on the first line
  soundings demo --data-dir /tmp/try        leaves your own data alone")]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) server: ServerFlags,
    /// Open the browser even where this does not look like a desktop
    #[arg(long, conflicts_with = "no_open")]
    open: bool,
    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
}

pub(super) async fn run(context: &Context, args: DemoArgs) -> anyhow::Result<Exit> {
    if let Some(server) = running_server(&context.config) {
        let client = context.client(Purpose::Work).await?;
        let started = add_samples(&client).await?;
        terminal::out(&server.url)?;
        show(context, &args, &server.url);
        terminal::note(if started {
            "a server is already running on this folder: the samples were added there"
        } else {
            "a server is already running on this folder, and the samples are in it already"
        });
        return Ok(Exit::Ok);
    }
    let duties = Duties { command: context.command, run_jobs: true, page: true };
    let Some((owner, url)) = start(context, duties).await? else { return Ok(Exit::Interrupted) };
    let client = Client::of(&context.config, context.command, owner)?;
    context.adopt(client.clone());
    terminal::out(&url)?;
    terminal::flush()?;
    let started = add_samples(&client).await?;
    show(context, &args, &url);
    terminal::note(if started {
        "importing real reviews and comments; watch them being read in the browser. Ctrl-C stops."
    } else {
        "the samples are here already: nothing is imported again. Ctrl-C stops."
    });
    tokio::select! {
        result = watch(context, &client) => result?,
        () = context.stop.asked() => return Ok(Exit::Ok),
    }
    context.stop.asked().await;
    Ok(Exit::Ok)
}

/// Imports the samples; false where all of them are there already.
async fn add_samples(client: &Client) -> anyhow::Result<bool> {
    Ok(client.send(Call::post("/demo").repeatable()).await?.status() == reqwest::StatusCode::ACCEPTED)
}

/// Opens the dashboard, where somebody can see it.
fn show(context: &Context, args: &DemoArgs, url: &str) {
    let wanted = args.open || (!args.no_open && context.terminal.interactive && context.config.has_desktop);
    if wanted && !open_browser(url) {
        terminal::note(&format!("no browser could be opened; go to {url}"));
    }
}

/// Shows how far the reading is, until everything is read.
async fn watch(context: &Context, client: &Client) -> anyhow::Result<()> {
    let mut meter = Meter::new(context);
    loop {
        let active = jobs::any_active(client).await?;
        let summary: Summary = read(&client.data(Call::get("/metrics/summary")).await?)?;
        meter.set(
            "reading",
            summary.totals.items - summary.totals.pending.min(summary.totals.items),
            Some(summary.totals.items),
        );
        if !active && summary.totals.pending == 0 && summary.totals.items > 0 {
            drop(meter);
            terminal::note(&format!(
                "{} read. The dashboard stays until Ctrl-C.",
                counted(summary.totals.items, "item")
            ));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
}

/// True where a program was found that opens addresses. Nobody waits for it.
fn open_browser(url: &str) -> bool {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(target_os = "windows") {
        ("explorer", &[])
    } else {
        ("xdg-open", &[])
    };
    Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}
