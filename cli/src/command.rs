//! The verbs: one file each, `Args` and `run`.

mod attach;
mod check;
mod compile;
mod completions;
mod create;
mod detach;
mod dev;
mod doctor;
mod explain;
mod init;
mod invoke;
mod package;
mod replay;
mod review;
mod rooms;

use std::future::Future;

use anyhow::Context;

use crate::exit::Exit;
use crate::streams::Streams;

/// What chatwarden can be asked to do. The first line of each `Args` is its help.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Check(check::Args),
    Compile(compile::Args),
    Explain(explain::Args),
    Review(review::Args),
    Replay(replay::Args),
    Invoke(invoke::Args),
    Package(package::Args),
    Rooms(rooms::Args),
    Attach(attach::Args),
    Detach(detach::Args),
    Create(create::Args),
    Doctor(doctor::Args),
    Dev(dev::Args),
    Completions(completions::Args),
}

/// Runs one command.
pub(crate) fn run(command: Command, streams: &mut Streams) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => init::run(args, streams),
        Command::Check(args) => check::run(args, streams),
        Command::Compile(args) => compile::run(args, streams),
        Command::Explain(args) => explain::run(args, streams),
        Command::Review(args) => review::run(args, streams),
        Command::Replay(args) => replay::run(args, streams),
        Command::Invoke(args) => invoke::run(args, streams),
        Command::Package(args) => package::run(args, streams),
        Command::Rooms(args) => rooms::run(args, streams),
        Command::Attach(args) => attach::run(args, streams),
        Command::Detach(args) => detach::run(args, streams),
        Command::Create(args) => create::run(args, streams),
        Command::Doctor(args) => doctor::run(args, streams),
        Command::Dev(args) => dev::run(args, streams),
        Command::Completions(args) => completions::run(args, streams),
    }
}

/// How a command writes its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// For programs: one JSON object per line
    Json,
}

/// Runs what waits for a network, on this thread.
fn wait_for(work: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("could not start waiting for the network")?
        .block_on(work)
}
