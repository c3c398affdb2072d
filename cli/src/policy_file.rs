//! Which policy a command follows, and how it comes into memory.
//!
//! `--policy`, else `./policy.toml`, else the one that chatwarden was built with. A
//! policy text, the built-in one too, is compiled when the command starts, so that there
//! is one way from text to verdict for all of them; it takes a fraction of a second. Who
//! counts milliseconds compiles first and names the `.cwp`, which is there at once.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::layout::ALIGNMENT;

use crate::file;
use chatwarden_policy::{Compiled, PolicyError, Source};

/// The policy that is looked for where a command is run, and that `init` writes.
pub(crate) const FILE_NAME: &str = "policy.toml";

/// What `init` writes, and what is followed where there is no other policy.
pub(crate) const BUILT_IN: &str = include_str!("../../policy.toml");

/// What [`BUILT_IN`] is called where a file would be named.
const BUILT_IN_NAME: &str = "the built-in policy";

/// For commands that follow a policy.
#[derive(Debug, clap::Args)]
pub(crate) struct PolicyArg {
    /// Policy to follow: a policy text (.toml), or what `compile` wrote (.cwp)
    ///
    /// Without it, `policy.toml` in the current folder is followed; if there is none,
    /// the policy that chatwarden was built with.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// A compiled policy in memory.
pub(crate) struct Loaded {
    /// The file's name as the operator wrote it.
    name: String,
    /// The compiled policy from `start` on, which is where its alignment puts it.
    bytes: Vec<u8>,
    start: usize,
}

impl PolicyArg {
    /// Loads the policy that is meant.
    pub(crate) fn load(&self) -> anyhow::Result<Loaded> {
        match &self.policy {
            Some(path) => Loaded::from_file(path),
            None if Path::new(FILE_NAME).exists() => Loaded::compile(read(Path::new(FILE_NAME))?),
            None => Loaded::compile(built_in()),
        }
    }
}

impl Loaded {
    /// Loads a policy text, which is compiled, or a compiled policy.
    pub(crate) fn from_file(path: &Path) -> anyhow::Result<Self> {
        if is_compiled(path) {
            return Ok(Self::new(path.display().to_string(), &file::read(path)?));
        }
        Self::compile(read(path)?)
    }

    fn compile(source: Source) -> anyhow::Result<Self> {
        let name = source.name.clone();
        Ok(Self::new(name, &compile(source)?.bytes))
    }

    /// Takes the bytes of a compiled policy; `name` is for errors.
    pub(crate) fn new(name: String, policy: &[u8]) -> Self {
        // The tables of a compiled policy are read where they lie.
        let mut bytes: Vec<u8> = Vec::with_capacity(policy.len() + ALIGNMENT);
        let start = bytes.as_ptr().align_offset(ALIGNMENT);
        bytes.resize(start, 0);
        bytes.extend_from_slice(policy);
        Self { name, bytes, start }
    }

    /// What it is called, as the operator wrote it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The compiled policy as it stands in a file.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The policy, checked: about 0.1 ms per MB.
    pub(crate) fn policy(&self) -> anyhow::Result<CompiledPolicy<'_>> {
        CompiledPolicy::checked(self.bytes())
            .with_context(|| format!("could not load the policy `{}`", self.name))
    }
}

/// The policy that chatwarden was built with.
pub(crate) fn built_in() -> Source {
    Source { name: BUILT_IN_NAME.to_owned(), text: BUILT_IN.to_owned() }
}

/// Is it what `compile` writes? Goes by the name.
fn is_compiled(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "cwp")
}

/// Reads a policy or lexicon text.
pub(crate) fn read(path: &Path) -> anyhow::Result<Source> {
    if is_compiled(path) {
        bail!("`{}` is a compiled policy; name the text it was compiled from", path.display());
    }
    if path == Path::new(FILE_NAME) && !path.exists() {
        bail!("there is no `{FILE_NAME}` here; name a file, or write one with `chatwarden init`");
    }
    let bytes = file::read(path)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name: path.display().to_string(), text }),
        Err(error) => {
            let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            let line = 1 + good.filter(|byte| **byte == b'\n').count();
            bail!("line {line} of `{}` is not UTF-8; save the file as UTF-8", path.display())
        }
    }
}

/// Compiles a policy text.
///
/// # Errors
/// [`Faulty`], when the text is no good policy.
pub(crate) fn compile(source: Source) -> anyhow::Result<Compiled> {
    match chatwarden_policy::parse(&source) {
        Ok(policy) => chatwarden_policy::compile(&policy)
            .with_context(|| format!("could not compile `{}`", source.name)),
        Err(faults) => bail!(Faulty { source, faults }),
    }
}

/// A policy text with faults, where a command needed a good one.
#[derive(Debug)]
pub(crate) struct Faulty {
    /// The text.
    pub(crate) source: Source,
    /// All that is wrong with it.
    pub(crate) faults: Vec<PolicyError>,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = crate::render::count(self.faults.len(), "fault");
        write!(f, "the policy `{}` has {faults}", self.source.name)
    }
}

impl std::error::Error for Faulty {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_lies_aligned_in_memory() {
        for length in 0..40 {
            let policy: Vec<u8> = (0..length).collect();
            let loaded = Loaded::new(String::new(), &policy);
            let bytes = &loaded.bytes[loaded.start..];
            assert_eq!(bytes, policy);
            assert!(bytes.is_empty() || bytes.as_ptr().addr().is_multiple_of(16));
        }
    }
}
