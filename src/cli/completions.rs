//! `soundings completions`: tab completion for the shell.

use super::context::Context;
use super::error::Exit;
use super::terminal;
use clap::{Args, Command};
use clap_complete::Shell;

/// Print a script that completes commands and flags in your shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings completions bash > ~/.local/share/bash-completion/completions/soundings
  soundings completions zsh > ~/.zfunc/_soundings
  soundings completions fish > ~/.config/fish/completions/soundings.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[allow(clippy::needless_pass_by_value, reason = "every command is called in the same way")]
pub(super) fn run(_context: &Context, args: CompletionsArgs) -> impl Future<Output = anyhow::Result<Exit>> {
    std::future::ready(write(&args, &mut super::command_line()))
}

/// The same for the command line as it is.
pub(super) fn write(args: &CompletionsArgs, command: &mut Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "soundings", &mut script);
    terminal::out_bytes(&script)?;
    Ok(Exit::Ok)
}
