//! `chatwarden package`: the zip that Lambda takes, without a Rust toolchain.
//!
//! A handler and a policy that was written after it was built, or the policy alone as a
//! layer. The same files make the same bytes: no times, users or hosts are in them, so a
//! deployment that changes nothing can be seen to change nothing.

use std::fmt;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatwarden_engine::layout::{MAGIC, VERSION};
use memchr::memmem;
use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::command::Output;
use crate::command::invoke::handler_beside_us;
use crate::exit::Exit;
use crate::file;
use crate::policy_file::{FILE_NAME, Loaded};
use crate::render;
use crate::streams::Streams;

/// Where cargo-lambda leaves what it builds.
const BUILT_BY_CARGO_LAMBDA: &str = "target/lambda/chatwarden-handler/bootstrap";

/// What the zip's files are called, and so where Lambda puts them. Source: Lambda
/// Developer Guide, "Building a custom runtime"; `load.rs` of the handler.
const BOOTSTRAP: &str = "bootstrap";
const POLICY: &str = "policy.cwp";

/// The newest version 2 of glibc that Lambda's `provided.al2023` has.
const GLIBC: u32 = 34;

/// What a zip begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// Pack handler and policy into the zip that Lambda takes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden package                              what cargo lambda built, and policy.toml
  chatwarden package --bootstrap bootstrap --policy kids.toml -o kids.zip
  chatwarden package --no-policy                  the handler with the policy it was built with
  chatwarden package --layer                      policy.toml alone, for /opt/policy.cwp

The handler follows the file named by CHATWARDEN_POLICY_FILE, else policy.cwp of its own
zip, else that of a layer, else the policy it was built with: for a layer to count, pack
the handler with --no-policy.

The same files make the same zip, byte for byte, on every machine.")]
pub(crate) struct Args {
    /// Handler to pack [default: target/lambda/chatwarden-handler/bootstrap, else
    /// chatwarden-handler beside this program]
    #[arg(long, value_name = "FILE", conflicts_with = "layer")]
    bootstrap: Option<PathBuf>,
    /// Policy to pack, a text (.toml) or compiled (.cwp) [default: policy.toml]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Pack the handler alone
    #[arg(long, conflicts_with_all = ["policy", "layer"])]
    no_policy: bool,
    /// Pack the policy alone, as a layer
    #[arg(long)]
    layer: bool,
    /// File to write [default: handler.zip, or layer.zip]
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
    bytes: usize,
    /// Null for a layer, which is for any.
    architecture: Option<Architecture>,
    /// The policy's hash; null where none was packed.
    policy: Option<&'a str>,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { bootstrap, policy, no_policy, layer, to, output } = args;
    let to = to.unwrap_or_else(|| PathBuf::from(if layer { "layer.zip" } else { "handler.zip" }));
    file::refuse_to_destroy(&to, ZIP, "zip")?;
    let handler = if layer { None } else { Some(Handler::read(bootstrap)?) };
    let policy = if no_policy { None } else { Some(policy_to_pack(policy, layer)?) };
    let hash = policy.as_ref().map(|policy| policy.policy()).transpose()?;
    let hash = hash.map(|policy| policy.hash().to_string());

    let handler_file = handler.as_ref().map(|handler| (BOOTSTRAP, 0o755, handler.bytes.as_slice()));
    let policy_file = policy.as_ref().map(|policy| (POLICY, 0o644, policy.bytes()));
    let zip =
        pack(handler_file.into_iter().chain(policy_file)).context("could not make the zip")?;
    file::write_whole(&to, &zip)?;

    let architecture = handler.as_ref().map(|handler| handler.architecture);
    let (shown, bytes) = (to.display().to_string(), zip.len());
    match output {
        Output::Text => {
            let size = render::size(bytes);
            let architecture = architecture.map_or(String::new(), |a| format!(", {a}"));
            let policy = hash.map_or(", no policy".to_owned(), |hash| format!(", policy {hash}"));
            writeln!(streams.out, "wrote {shown}: {size}{architecture}{policy}")?;
        }
        Output::Json => {
            let policy = hash.as_deref();
            let written = Written { file: &shown, bytes, architecture, policy };
            render::json_line(&written, streams)?;
        }
    }
    if let Some(handler) = &handler {
        handler.warn(streams)?;
    }
    tell_next(&shown, architecture, streams)
}

/// Loads the policy that is to be packed. None is chosen unasked: one in the zip comes
/// before the one that the handler was built with.
fn policy_to_pack(named: Option<PathBuf>, layer: bool) -> anyhow::Result<Loaded> {
    match named {
        Some(path) => Loaded::from_file(&path),
        None if Path::new(FILE_NAME).exists() => Loaded::from_file(Path::new(FILE_NAME)),
        None if layer => bail!("there is no `{FILE_NAME}` here; name a policy with `--policy`"),
        None => bail!(
            "there is no `{FILE_NAME}` here; name a policy with `--policy`, or pack the handler \
             alone with `--no-policy`"
        ),
    }
}

/// Says which command puts the zip to use.
fn tell_next(
    zip: &str,
    architecture: Option<Architecture>,
    streams: &mut Streams,
) -> anyhow::Result<Exit> {
    let next = match architecture {
        Some(architecture) => format!(
            "aws lambda update-function-code --function-name chatwarden \
             --architectures {architecture} --zip-file fileb://{zip}"
        ),
        None => format!(
            "aws lambda publish-layer-version --layer-name chatwarden-policy --zip-file fileb://{zip}"
        ),
    };
    writeln!(streams.talk, "next: {next}")?;
    Ok(Exit::Success)
}

/// Finds the handler that is packed where none is named.
fn handler_that_was_built() -> anyhow::Result<PathBuf> {
    let beside = handler_beside_us()?;
    let places = [PathBuf::from(BUILT_BY_CARGO_LAMBDA), beside.clone()];
    places.into_iter().find(|path| path.is_file()).with_context(|| {
        format!(
            "there is no `{BUILT_BY_CARGO_LAMBDA}`, and no `{}`; name a handler with `--bootstrap`",
            beside.display()
        )
    })
}

/// Packs files (name, permissions, content) in this order.
fn pack<'a>(
    files: impl Iterator<Item = (&'static str, u32, &'a [u8])>,
) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // All that would otherwise depend on this machine or this moment.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .system(System::Unix);
    for (name, permissions, content) in files {
        zip.start_file(name, options.unix_permissions(permissions))?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What a function runs on, in Lambda's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Architecture {
    Arm64,
    #[serde(rename = "x86_64")]
    X86,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm64 => "arm64",
            Self::X86 => "x86_64",
        })
    }
}

impl Architecture {
    /// What an ELF program of 64 bits runs on; none if it is no such program, or for
    /// neither. Source: System V ABI, "ELF header".
    fn of_program(bytes: &[u8]) -> Option<Self> {
        let (magic_class_and_order, rest) = bytes.split_first_chunk::<6>()?;
        let machine = rest.get(12..14)?;
        match (magic_class_and_order, machine) {
            (b"\x7fELF\x02\x01", [0x3e, 0]) => Some(Self::X86),
            (b"\x7fELF\x02\x01", [0xb7, 0]) => Some(Self::Arm64),
            _ => None,
        }
    }
}

/// A program that Lambda will start.
struct Handler {
    path: PathBuf,
    bytes: Vec<u8>,
    architecture: Architecture,
}

impl Handler {
    /// Reads the handler that is meant.
    fn read(named: Option<PathBuf>) -> anyhow::Result<Self> {
        let path = named.map_or_else(handler_that_was_built, Ok)?;
        let bytes = file::read(&path)?;
        let Some(architecture) = Architecture::of_program(&bytes) else {
            bail!("`{}` is no Linux program (ELF) for arm64 or x86_64", path.display());
        };
        if !is_whole(&bytes) {
            bail!("`{}` is cut off: its last part is missing; build it anew", path.display());
        }
        if !carries_policy(&bytes) {
            bail!(
                "`{}` carries no policy of format {VERSION}: it is no chatwarden handler, or one \
                 of another version; build it with `cargo lambda build --release --arm64 \
                 --package chatwarden-handler`",
                path.display()
            );
        }
        Ok(Self { path, bytes, architecture })
    }

    /// Warns of what would keep it from starting.
    fn warn(&self, streams: &mut Streams) -> anyhow::Result<()> {
        let needed = glibc_needed(&self.bytes);
        if needed > GLIBC {
            writeln!(
                streams.talk,
                "warning: `{}` needs glibc 2.{needed}, and Lambda's provided.al2023 has \
                 2.{GLIBC}: it would not start; build it with cargo lambda",
                self.path.display()
            )?;
        }
        Ok(())
    }
}

/// Does an ELF program hold the table of its sections, which linkers put last? Source:
/// System V ABI, "ELF header".
fn is_whole(program: &[u8]) -> bool {
    let bytes = |at: usize| program.get(at..).unwrap_or_default();
    let small = |at| bytes(at).first_chunk().map_or(0, |&n| u64::from(u16::from_le_bytes(n)));
    let table = bytes(0x28).first_chunk().map_or(0, |&n| u64::from_le_bytes(n));
    let (size, count) = (small(0x3A), small(0x3C));
    table.checked_add(size * count).is_some_and(|end| end <= program.len() as u64)
}

/// Is there a compiled policy in it that this version can read? Every handler carries one,
/// and reads no other format than that one's.
fn carries_policy(program: &[u8]) -> bool {
    memmem::find(program, &[MAGIC.as_slice(), &VERSION.to_le_bytes()].concat()).is_some()
}

/// The newest version 2 of glibc that a program names: 0, if it names none.
fn glibc_needed(program: &[u8]) -> u32 {
    const NAME: &[u8] = b"GLIBC_2.";
    let after = |at| program.get(at + NAME.len()..).unwrap_or_default();
    let minor = |text: &[u8]| {
        let digits = text.iter().take(3).take_while(|b| b.is_ascii_digit());
        digits.fold(0, |minor, digit| minor * 10 + u32::from(digit - b'0'))
    };
    memmem::find_iter(program, NAME).map(|at| minor(after(at))).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use zip::ZipArchive;

    #[test]
    fn a_program_says_what_it_runs_on() {
        let program = |machine| [b"\x7fELF\x02\x01".as_slice(), &[0; 12], machine].concat();
        for (bytes, expected) in [
            (program(&[0x3e, 0]), Some(Architecture::X86)),
            (program(&[0xb7, 0]), Some(Architecture::Arm64)),
            (program(&[0x28, 0]), None),
            ([b"\x7fELF\x01\x01".as_slice(), &[0; 12], &[0x3e, 0]].concat(), None),
            (b"\x7fELF\x02\x01".to_vec(), None),
            (b"#!/bin/sh\nexec something".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(Architecture::of_program(&bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_program_that_is_cut_off_is_told() {
        let mut program = [0; 0x40 + 2 * 0x40];
        program[0x28] = 0x40;
        program[0x3A] = 0x40;
        program[0x3C] = 2;
        assert!(is_whole(&program));
        assert!(!is_whole(&program[..program.len() - 1]));
        program[0x2F] = 0xFF;
        assert!(!is_whole(&program));
    }

    #[test]
    fn the_newest_glibc_counts() {
        assert_eq!(glibc_needed(b"..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.17\0GLIBC_PRIVATE"), 34);
        assert_eq!(glibc_needed(b"GLIBC_2."), 0);
        assert_eq!(glibc_needed(b""), 0);
    }

    #[test]
    fn a_zip_holds_content_and_permissions_and_no_time() {
        let long = b"heck ".repeat(100_000);
        let files = [(BOOTSTRAP, 0o755, long.as_slice()), (POLICY, 0o644, b"x".as_slice())];
        let zip = pack(files.into_iter()).unwrap();
        assert_eq!(zip, pack(files.into_iter()).unwrap());
        assert!(zip.starts_with(ZIP) && zip.len() < long.len() / 100, "{}", zip.len());
        let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
        for (i, (name, permissions, content)) in files.into_iter().enumerate() {
            let mut file = zip.by_index(i).unwrap();
            assert_eq!(file.name().unwrap(), name);
            assert_eq!(file.unix_mode(), Some(0o100_000 | permissions), "{name}");
            assert_eq!(file.last_modified().unwrap().to_string(), "1980-01-01 00:00:00");
            assert_eq!(file.extra_data().unwrap_or_default(), b"");
            let mut read = Vec::new();
            file.read_to_end(&mut read).unwrap();
            assert!(read == content, "{name}");
        }
    }
}
