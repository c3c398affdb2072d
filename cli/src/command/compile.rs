//! `chatwarden compile`: a policy text into the bytes that the handler reads in place.
//!
//! For a policy that changes without a build of the handler: the file goes into a
//! layer, or is named by `CHATWARDEN_POLICY_FILE`.

use std::path::PathBuf;

use chatwarden_engine::layout::MAGIC;
use chatwarden_policy::Compiled;
use serde::Serialize;

use crate::command::Output;
use crate::exit::Exit;
use crate::file;
use crate::policy_file::{self, FILE_NAME, Loaded};
use crate::render;
use crate::streams::Streams;

/// Compile a policy for the handler to load
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden compile                              policy.toml -> policy.cwp
  chatwarden compile kids.toml -o layer/policy.cwp
  chatwarden compile --output json | jq -r .hash  the name that denials are logged with

The handler loads the file named by CHATWARDEN_POLICY_FILE, else policy.cwp beside
itself, else /opt/policy.cwp (a layer), else the policy it was built with.")]
pub(crate) struct Args {
    /// Policy to compile
    #[arg(default_value = FILE_NAME)]
    policy: PathBuf,
    /// File to write [default: the policy's name, ending in .cwp]
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    to: Option<PathBuf>,
    /// How to say what was written
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// What `--output json` prints.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a str,
    hash: &'a str,
    bytes: usize,
    rules: usize,
    terms: usize,
    exceptions: usize,
    patterns: usize,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { policy, to, output } = args;
    let to = to.unwrap_or_else(|| policy.with_extension("cwp"));
    file::refuse_to_destroy(&to, &MAGIC, "compiled policy")?;
    let compiled = policy_file::compile(policy_file::read(&policy)?)?;
    let loaded = Loaded::new(to.display().to_string(), &compiled.bytes);
    let hash = loaded.policy()?.hash().to_string();
    let Compiled { bytes, rules, terms, exceptions, patterns, .. } = compiled;
    file::write_whole(&to, &bytes)?;
    let (file, bytes) = (to.display().to_string(), bytes.len());
    match output {
        Output::Text => {
            let size = render::size(bytes);
            writeln!(streams.out, "wrote {file}: {size}, policy {hash}")?;
        }
        Output::Json => {
            let written =
                Written { file: &file, hash: &hash, bytes, rules, terms, exceptions, patterns };
            render::json_line(&written, streams)?;
        }
    }
    Ok(Exit::Success)
}
