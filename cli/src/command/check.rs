//! `chatwarden check`: every fault of a policy or a lexicon, in one run.
//!
//! A file is checked all the way to its compiled form, so that what passes here also
//! passes the handler's build. Faults are the answer that was asked for: they go to
//! stdout. Only here is a policy's own vocabulary looked up in a list of common words, which
//! takes longer than all the rest.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chatwarden_policy::error::{Level, location};
use chatwarden_policy::lexicon::parse_lexicon;
use chatwarden_policy::{Compiled, PolicyError, Source};
use serde::Serialize;

use crate::command::Output;
use crate::exit::Exit;
use crate::policy_file::{self, FILE_NAME};
use crate::render;
use crate::streams::{Streams, is_reader_gone};

/// Find the faults of policies and lexicons
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  chatwarden check                          check ./policy.toml
  chatwarden check rooms/*.toml             check several; all their faults are shown
  chatwarden check policy/lexicons/en.txt   check a lexicon
  chatwarden check --output json            one JSON object per fault, for an editor

A policy's own terms are looked up in a list of common English words: a term that is found in
some of them is warned of. There is no such list for other languages.

Exit codes: 0 no faults, 1 faults, 2 a file could not be read. Warnings are no faults, unless
`--deny-warnings` says so.")]
pub(crate) struct Args {
    /// Policies (.toml) and lexicons (.txt) to check [default: policy.toml]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to say what is wrong
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Exit with 1 if there are warnings
    #[arg(long)]
    deny_warnings: bool,
}

/// A fault as `--output json` prints it.
#[derive(Serialize)]
struct Fault<'a> {
    file: &'a str,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
    level: &'static str,
    /// Does not change between versions; `message` and `help` may.
    kind: &'static str,
    message: String,
    help: Cow<'static, str>,
}

pub(crate) fn run(args: Args, streams: &mut Streams) -> anyhow::Result<Exit> {
    let Args { mut files, output, deny_warnings } = args;
    if files.is_empty() {
        files.push(PathBuf::from(FILE_NAME));
    }
    let mut exit = Exit::Success;
    for path in files {
        // A file that can't be checked does not hide the faults of the others.
        match check(&path, output, streams) {
            Ok(None) => {}
            Ok(Some(Level::Warning)) if !deny_warnings => {}
            Ok(Some(_)) if exit == Exit::Failed => {}
            Ok(Some(_)) => exit = Exit::No,
            Err(error) if is_reader_gone(&error) => return Err(error),
            Err(error) => {
                render::error(&error, streams);
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

/// Checks one file and tells what there is to tell. The level of the worst of it.
fn check(path: &Path, output: Output, streams: &mut Streams) -> anyhow::Result<Option<Level>> {
    let source = policy_file::read(path)?;
    let is_lexicon = path.extension().is_some_and(|extension| extension == "txt");
    let (summary, faults) =
        if is_lexicon { check_lexicon(&source) } else { check_policy(&source)? };
    let text = output == Output::Text;
    if text && !faults.is_empty() {
        let shown = chatwarden_policy::error::render(&source, &faults, streams.out_colour);
        writeln!(streams.out, "{}\n", shown.trim_end())?;
    }
    if !text {
        for fault in &faults {
            render::json_line(&Fault::new(&source, fault), streams)?;
        }
    }
    let of_level = |level| faults.iter().filter(|fault| fault.level() == level).count();
    let warnings = match of_level(Level::Warning) {
        0 => String::new(),
        warnings => format!(", {}", render::count(warnings, "warning")),
    };
    if text {
        let verdict = match &summary {
            Some(summary) => format!("no faults{warnings}; {summary}"),
            None => format!("{}{warnings}", render::count(of_level(Level::Error), "fault")),
        };
        writeln!(streams.out, "{}: {verdict}", source.name)?;
    }
    Ok(match summary {
        None => Some(Level::Error),
        Some(_) if !faults.is_empty() => Some(Level::Warning),
        Some(_) => None,
    })
}

/// What a policy without faults holds, in words, and what there is to tell about it.
fn check_policy(source: &Source) -> anyhow::Result<(Option<String>, Vec<PolicyError>)> {
    let (policy, mut faults) = chatwarden_policy::check(source);
    let Some(policy) = policy else { return Ok((None, faults)) };
    faults.extend(chatwarden_policy::lint(source, &policy));
    faults.sort_by_key(|fault| fault.at.start);
    let Compiled { bytes, rules, terms, exceptions, patterns, .. } =
        chatwarden_policy::compile(&policy)
            .with_context(|| format!("could not compile `{}`", source.name))?;
    let summary = format!(
        "{}, {}, {}, {}; {} compiled",
        render::count(rules, "rule"),
        render::count(terms, "term"),
        render::count(exceptions, "exception"),
        render::count(patterns, "pattern"),
        render::size(bytes.len()),
    );
    Ok((Some(summary), faults))
}

/// What a lexicon without faults holds, in words, and what there is to tell about it.
fn check_lexicon(source: &Source) -> (Option<String>, Vec<PolicyError>) {
    match parse_lexicon(source) {
        Ok(lexicon) => (Some(render::count(lexicon.terms.len(), "term")), Vec::new()),
        Err(faults) => (None, faults),
    }
}

impl<'a> Fault<'a> {
    fn new(source: &'a Source, fault: &PolicyError) -> Self {
        let (line, column) = location(source, &fault.at);
        Self {
            file: &source.name,
            line,
            column,
            level: match fault.level() {
                Level::Error => "error",
                Level::Warning => "warning",
            },
            kind: fault.kind.code(),
            message: fault.to_string(),
            help: fault.kind.help(),
        }
    }
}
