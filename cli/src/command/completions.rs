//! `chatwarden completions`: what a shell needs to complete our commands.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Cli;
use crate::exit::Exit;
use crate::streams::Streams;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden completions bash > ~/.local/share/bash-completion/completions/chatwarden
  chatwarden completions zsh > ~/.zfunc/_chatwarden
  chatwarden completions fish > ~/.config/fish/completions/chatwarden.fish")]
pub(crate) struct Args {
    /// Shell that is to complete
    shell: Shell,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    // Into memory first: the generator panics where it can't write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chatwarden", &mut script);
    streams.out.write_all(&script)?;
    Ok(Exit::Success)
}
