//! `launchd completions`: for the shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CommandResult, Exit, Session};

const EXAMPLES: &str = "\
Examples:
  launchd completions bash > ~/.local/share/bash-completion/completions/launchd
  launchd completions zsh  > \"${fpath[1]}/_launchd\"
  launchd completions fish > ~/.config/fish/completions/launchd.fish";

/// Print the completions of a shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, session: &Session<'_>) -> CommandResult {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "launchd", &mut text);
    session.out.print(&String::from_utf8_lossy(&text));
    Ok(Exit::Done)
}
