//! The command line: what was typed, which command it means, and how the process ends.
//!
//! One file per command. Commands know routes and shapes of the HTTP interface, never the store or an index: they
//! reach the data through `client`, whether or not a server is running on the folder.

#![allow(clippy::doc_markdown, reason = "doc comments of arguments are help text, where a backtick is a backtick")]

mod analyze;
mod analyze_input;
mod bench;
mod chosen;
mod client;
mod completions;
mod context;
mod delete;
mod demo;
mod doctor;
mod error;
mod eval;
mod eval_input;
mod eval_scores;
mod export;
mod filter_flags;
mod import;
mod import_preview;
mod imports;
mod input;
mod items;
mod jobs;
mod map_flag;
mod memory;
mod models;
mod owner;
mod process;
mod progress;
mod read_flags;
mod reindex;
mod search;
mod serve;
mod setting_flags;
mod spool;
mod stats;
mod target;
mod terminal;
mod tune;

use crate::config::{Config, Flags, ProcessEnvironment};
use crate::ingest;
use clap::{Args, CommandFactory, Parser, Subcommand};
use context::{Context, Stop};
use error::{Exit, Failure};
use setting_flags::{EverywhereFlags, ServerFlags};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// What people say about you, read on your own machine.
///
/// Soundings stores reviews, posts and comments, reads each one with a bundled local model (sentiment and emotion),
/// and shows the result in the browser and in the terminal. Nothing leaves the machine.
#[derive(Parser, Debug)]
#[command(name = "soundings", version, arg_required_else_help = true, propagate_version = true, max_term_width = 100)]
#[command(after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  soundings demo                                  real reviews, read and shown
  soundings import reviews.csv --collection Acme  your own file
  soundings search refund --sentiment negative    find by words and by meaning
  soundings stats --json                          figures for scripts
  echo 'Great app!' | soundings analyze           a filter; nothing is stored
  soundings serve                                 http://127.0.0.1:8080

Exit codes: 0 ok, 1 nothing found, 2 usage or input, 3 damaged data, 4 unavailable.";

// Flags that every command takes. (No doc comment: clap would show it as the description of the program.)
#[derive(Args, Debug)]
struct Common {
    #[command(flatten)]
    settings: EverywhereFlags,
    /// Answer in JSON, errors too
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
}

macro_rules! commands {
    ($($name:ident: $file:ident::$args:ident, $ending:ident, $place:ident, $log:literal;)+) => {
        #[derive(Subcommand, Debug)]
        enum Command {
            $($name($file::$args),)+
        }

        impl Command {
            /// As it is typed, and as the processes of the same folder call it.
            fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($file),)+
                }
            }

            /// The log filter where nothing else is said.
            fn default_log(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $log,)+
                }
            }

            /// Where and how to listen, of the commands that do.
            fn server(&self) -> Option<&ServerFlags> {
                match self {
                    $(Self::$name(args) => commands!(@$place args),)+
                }
            }

            async fn run(self, context: &Context) -> anyhow::Result<Exit> {
                match self {
                    $(Self::$name(args) => commands!(@$ending context, args, $file),)+
                }
            }
        }
    };
    (@listens $args:ident) => { Some(&$args.server) };
    (@asks $args:ident) => {{
        let _ = $args;
        None
    }};
    (@orderly $context:ident, $args:ident, $file:ident) => { $file::run($context, $args).await };
    (@dropped $context:ident, $args:ident, $file:ident) => {
        $context.unless_stopped($file::run($context, $args)).await
    };
    // Answered before there was a context.
    (@before $context:ident, $args:ident, $file:ident) => {{
        let _ = $args;
        Ok(Exit::Ok)
    }};
}

// Every command: its file, whether it ends orderly by itself when it is asked to or may be dropped at any await (or is answered
// before there are settings), whether it listens or only asks, and what it logs.
commands! {
    Serve: serve::ServeArgs, orderly, listens, "info";
    Demo: demo::DemoArgs, orderly, listens, "warn";
    Import: import::ImportArgs, orderly, asks, "warn";
    Imports: imports::ImportsArgs, dropped, asks, "warn";
    Analyze: analyze::AnalyzeArgs, orderly, asks, "warn";
    Search: search::SearchArgs, dropped, asks, "warn";
    Stats: stats::StatsArgs, dropped, asks, "warn";
    Items: items::ItemsArgs, dropped, asks, "warn";
    Models: models::ModelsArgs, dropped, asks, "warn";
    Jobs: jobs::JobsArgs, dropped, asks, "warn";
    Export: export::ExportArgs, dropped, asks, "warn";
    Delete: delete::DeleteArgs, dropped, asks, "warn";
    Tune: tune::TuneArgs, dropped, asks, "warn";
    Reindex: reindex::ReindexArgs, dropped, asks, "warn";
    Doctor: doctor::DoctorArgs, dropped, asks, "warn";
    Eval: eval::EvalArgs, orderly, asks, "warn";
    Bench: bench::BenchArgs, dropped, asks, "warn";
    Completions: completions::CompletionsArgs, before, asks, "warn";
}

impl Command {
    /// The flags that settings are made of.
    fn flags(&self, common: &Common) -> Flags {
        let mut flags = common.settings.0.clone();
        if let Some(server) = self.server() {
            flags.extend(&server.0);
        }
        flags
    }
}

/// What may be typed.
fn command_line() -> clap::Command {
    Cli::command()
}

/// Runs one command line and says how the process ends. Never ends the process itself.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    memory::settle();
    let arguments: Vec<OsString> = arguments.collect();
    if let [_, first, path, sheets @ ..] = arguments.as_slice()
        && first == ingest::READ_WORKBOOK
    {
        return read_workbook(Path::new(path), sheets).into();
    }
    if let Some(program) = this_program() {
        ingest::isolate(program);
    }
    let json = arguments.iter().any(|argument| argument == "--json");
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => {
            // Understood, and of a command that takes it.
            if cli.command.server().is_some_and(ServerFlags::has_secret) {
                process::hide_secrets(&arguments);
            }
            match execute(cli) {
                Ok(exit) => exit.into(),
                Err(error) => error::report(&error, json).into(),
            }
        }
        Err(usage) => report_usage(&usage, json).into(),
    }
}

/// What this program is started with for each workbook, by itself alone: reads it to standard output, within limits.
fn read_workbook(path: &Path, sheets: &[OsString]) -> Exit {
    let names: Vec<String> = sheets.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    // Nobody listens any more where it cannot be written.
    if ingest::serve_workbook(path, &names, &mut out).is_ok() { Exit::Ok } else { Exit::Unavailable }
}

/// The file of this program. On Linux by a name that stays right when an update replaces the file.
fn this_program() -> Option<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() { Some(own.to_owned()) } else { std::env::current_exe().ok() }
}

/// Help and version go to standard output and are a success; everything else is a usage error.
fn report_usage(usage: &clap::Error, json: bool) -> Exit {
    if !usage.use_stderr() {
        // A closed pipe is the reader's business.
        let _ = usage.print();
        return Exit::Ok;
    }
    if json {
        let text = usage.to_string();
        // The first paragraph: clap names the missing arguments on lines of their own.
        let paragraph: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let message = paragraph.join(" ").trim_start_matches("error: ").to_owned();
        return error::report(&Failure::new(Exit::Usage, "usage", message).fix("see `soundings --help`").into(), true);
    }
    let _ = usage.print();
    Exit::Usage
}

fn execute(cli: Cli) -> anyhow::Result<Exit> {
    let Cli { common, command } = cli;
    if let Command::Completions(args) = &command {
        // Needs no settings: they may be what is to be put right.
        return completions::write(args, &mut command_line());
    }
    let config = Config::resolve(&command.flags(&common), &ProcessEnvironment)?;
    start_log(config.log.value.as_deref().unwrap_or(command.default_log()), config.no_color)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let stop = Stop::listen()?;
        let context = Context::new(command.name(), config, common.json, stop.clone());
        tokio::select! {
            result = Box::pin(dispatch(&context, command)) => result,
            // The second Ctrl-C: leave everything as it is; what was committed is safe, the rest is redone.
            () = stop.forced() => Ok(Exit::Interrupted),
        }
    });
    // Threads that still wait for input must not hold the process.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

async fn dispatch(context: &Context, command: Command) -> anyhow::Result<Exit> {
    let result = Box::pin(command.run(context)).await;
    context.close().await;
    result
}

/// Logs go to standard error only: standard output belongs to the answer.
fn start_log(level: &str, no_color: bool) -> anyhow::Result<()> {
    // A plain word is the level of our own modules; the libraries below speak one step less.
    let directives = match level {
        plain @ ("off" | "error" | "warn") => plain.to_owned(),
        "info" => "warn,soundings=info".to_owned(),
        plain @ ("debug" | "trace") => format!("info,soundings={plain}"),
        filter => filter.to_owned(),
    };
    let filter = tracing_subscriber::EnvFilter::try_new(&directives).map_err(|error| {
        Failure::new(Exit::Usage, "log", format!("`{level}` is not a log level: {error}"))
            .fix("use error, warn, info, debug, trace, or a filter such as soundings::queue=debug")
    })?;
    let ansi = !no_color && std::io::IsTerminal::is_terminal(&std::io::stderr());
    // Set already: a test runs several command lines in one process.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).try_init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_by_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.clone().render_long_help().to_string();
            assert!(help.contains("Examples:"), "`{}` has no examples in its help", command.get_name());
            assert!(help.contains(&format!("soundings {}", command.get_name())), "{}", command.get_name());
        }
    }
}
