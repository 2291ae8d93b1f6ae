//! `soundings completions`: tab completion for the shell.

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

/// Writes the script for a command line.
pub(super) fn write(args: &CompletionsArgs, command: &mut Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "soundings", &mut script);
    terminal::out_bytes(&script)?;
    Ok(Exit::Ok)
}
