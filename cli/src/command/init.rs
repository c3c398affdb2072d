//! `chatwarden init`: a starter policy to edit.
//!
//! What it writes is the repository's own policy.toml, the very text that the handler
//! is built with, so that the first policy an operator reads is one that is in use.

use std::path::PathBuf;

use anyhow::bail;

use crate::exit::Exit;
use crate::file;
use crate::policy_file::{BUILT_IN, FILE_NAME};
use crate::streams::Streams;

/// Write a starter policy to edit
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden init                      write ./policy.toml
  chatwarden init rooms/kids.toml      write it elsewhere
  chatwarden init --force              begin again")]
pub(crate) struct Args {
    /// File to write, or the folder to write a policy.toml in
    #[arg(default_value = FILE_NAME)]
    path: PathBuf,
    /// Overwrite the file if it is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { mut path, force } = args;
    if path.is_dir() {
        path.push(FILE_NAME);
    }
    let shown = path.display();
    if !force && path.symlink_metadata().is_ok() {
        bail!("`{shown}` is there already; to overwrite it, add `--force`");
    }
    file::write_whole(&path, BUILT_IN.as_bytes())?;
    writeln!(streams.out, "wrote {shown}")?;
    writeln!(streams.talk, "edit it, then: chatwarden check {shown}")?;
    Ok(Exit::Success)
}
