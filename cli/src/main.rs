//! `chatwarden`: what an operator of Amazon IVS Chat rooms holds in the hand.
//!
//! Arguments in, a command run, an exit code out. What a command does stands in its
//! file under `command/`; what stdout, stderr and colour are for, in `streams.rs` and
//! `render.rs`.

mod aws;
mod change;
mod command;
mod exit;
mod file;
mod policy_file;
mod recording;
mod render;
mod rooms;
mod streams;

use std::process::ExitCode;

use clap::Parser;

use crate::command::Command;
use crate::exit::Exit;
use crate::streams::Streams;

/// Message review for Amazon IVS Chat: write a policy, see what it catches, put it in rooms
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
A first quarter of an hour:
  chatwarden init                         write a starter policy.toml
  chatwarden explain 'what a ch4tw@rdenm4sk'      see what it makes of a message, and why
  chatwarden check                        see every fault of a policy that you edited
  chatwarden review --text chat.log       try it on what people wrote

Then in rooms:
  chatwarden rooms                        who reviews which room
  chatwarden attach 'stream-*' --handler chatwarden --fallback deny
  chatwarden doctor chatwarden            find what makes reviews fail

A command that follows a policy takes the file named by --policy, else ./policy.toml,
else the one that chatwarden was built with.

stdout holds the answer, stderr everything else. Colour is for terminals; NO_COLOR=1
turns it off.

Exit codes:
  0  done
  1  done, and the answer is no: a policy has faults, a line was no review request
  2  could not be done
  3  done in part: some of the rooms";

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut streams = Streams::of_process();
    let ended = command::run(cli.command, &mut streams)
        .and_then(|exit| Ok(streams.out.flush().map(|()| exit)?));
    let exit = match ended {
        Ok(exit) => exit,
        Err(error) if streams::is_reader_gone(&error) => Exit::Success,
        Err(error) => {
            render::error(&error, &mut streams);
            Exit::Failed
        }
    };
    exit.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
