//! Compiles the policy that the handler carries: `policy.toml` at the workspace's
//! root, or the file that `CHATWARDEN_POLICY` names (a relative path starts at the
//! root as well, for cargo runs this in `handler/`).
//!
//! A faulty policy fails the build, with the same words as `chatwarden check`.
#![expect(clippy::print_stderr, reason = "cargo shows what a failed build script says there")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use chatwarden_policy::{Source, compile, error::render, parse};

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let folder = |name| variable(name).map(PathBuf::from).ok_or(format!("cargo sets no {name}"));
    let root = folder("CARGO_MANIFEST_DIR")?.join("..");
    let name = variable("CHATWARDEN_POLICY").unwrap_or("policy.toml".into());
    let path = root.join(&name);

    println!("cargo::rerun-if-env-changed=CHATWARDEN_POLICY");
    println!("cargo::rerun-if-changed={}", path.display());
    println!("cargo::rerun-if-changed={}", root.join("policy/lexicons").display());

    let source = Source { name: Path::new(&name).display().to_string(), text: read(&path)? };
    let policy = parse(&source).map_err(|faults| render(&source, &faults, false))?;
    let compiled = compile(&policy).map_err(|e| format!("error: {}: {e}", source.name))?;
    let out = folder("OUT_DIR")?.join("policy.cwp");
    fs::write(&out, compiled.bytes).map_err(|e| format!("could not write `{}`: {e}", out.display()))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| {
        format!(
            "error: could not read the policy `{}`: {e}; write one with `chatwarden init`, \
             or name another with the variable CHATWARDEN_POLICY",
            path.display()
        )
    })
}
