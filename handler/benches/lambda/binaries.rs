//! The programs that are measured, built as they are deployed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::large::large_policy;

/// Terms and regular expressions of the large policy.
const LARGE: (usize, usize) = (100_000, 50);

/// The package, and its binary.
const HANDLER: &str = "chatwarden-handler";

/// The functions for each chat: packages, and their binaries.
pub(crate) const FUNCTIONS: [&str; 3] = [HANDLER, "chatwarden-gateway", "chatwarden-chime"];

/// The floor, and the handler with three policies in it.
pub(crate) struct Binaries {
    pub(crate) echo: PathBuf,
    pub(crate) handler: PathBuf,
    pub(crate) every_pack: PathBuf,
    pub(crate) large: PathBuf,
}

impl Binaries {
    /// Where they stand once they are built. A folder each: the handler looks for a policy
    /// file beside itself.
    pub(crate) fn built() -> Self {
        let place = |name, binary| folder().join(name).join(binary);
        Self {
            echo: place("echo", "echo"),
            handler: place("policy", HANDLER),
            every_pack: place("every-pack", HANDLER),
            large: place("large", HANDLER),
        }
    }

    /// Builds all of them, in a target folder of its own: in the one of this bench, the
    /// handler would be linked with what the bench asks of its libraries.
    pub(crate) fn build() -> Self {
        let binaries = Self::built();
        let large = folder().join("large.toml");
        fs::write(&large, large_policy(LARGE.0, LARGE.1)).unwrap();
        build(&["--manifest-path", "handler/benches/echo/Cargo.toml"], "", &binaries.echo);
        for (policy, binary) in [
            ("policy.toml", &binaries.handler),
            ("policy/every-pack.toml", &binaries.every_pack),
            (large.to_str().unwrap(), &binaries.large),
        ] {
            build(&["--package", HANDLER, "--bin", HANDLER], policy, binary);
        }
        binaries
    }
}

/// The [`FUNCTIONS`], built as they are deployed, each by itself.
pub(crate) fn functions(again: bool) -> [PathBuf; 3] {
    FUNCTIONS.map(|name| {
        let binary = folder().join("policy").join(name);
        if !again {
            build(&["--package", name, "--bin", name], "policy.toml", &binary);
        }
        binary
    })
}

/// A folder for what is made here.
pub(crate) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lambda");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs cargo, and puts the binary aside.
fn build(options: &[&str], policy: &str, binary: &Path) {
    let target = folder().join("target");
    let status = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["build", "--quiet", "--release", "--locked"])
        .args(options)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env("CARGO_TARGET_DIR", &target)
        // What cargo-lambda adds to the release profile.
        .env("CARGO_PROFILE_RELEASE_LTO", "thin")
        .env("CHATWARDEN_POLICY", policy)
        .status();
    assert!(status.unwrap().success(), "could not build {}", binary.display());
    fs::create_dir_all(binary.parent().unwrap()).unwrap();
    fs::copy(target.join("release").join(binary.file_name().unwrap()), binary).unwrap();
}
