//! `chatwarden package` with programs and policies that a conversation cannot hold. That
//! what it packs runs is tried in `.ci/checks`, with the real handler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chatwarden_engine::layout::{MAGIC, VERSION};

const X86: u8 = 0x3e;
const ARM64: u8 = 0xb7;

/// A new folder with a policy in it.
fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("chatwarden-package-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("policy.toml"),
        "[[rule]]\nid = 'a'\nterms = ['heck']\naction = 'mask'\n",
    )
    .unwrap();
    folder
}

/// As much of a handler as is looked at: an ELF header, and a policy's beginning.
fn program(machine: u8, version: u32, rest: &str) -> Vec<u8> {
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 9], &[3, 0, machine, 0], &[0; 44]].concat();
    [elf.as_slice(), &MAGIC, &version.to_le_bytes(), rest.as_bytes()].concat()
}

fn package(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatwarden"));
    command.arg("package").args(args).current_dir(folder).output().unwrap()
}

/// What it says of a run that is done, and on stderr.
fn done(folder: &Path, args: &[&str]) -> (String, String) {
    let output = package(folder, args);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{args:?}: {stderr}");
    (stdout, stderr)
}

/// What it says of a run that is not.
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = package(folder, args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert_eq!(output.stdout, b"");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn handler_and_policy_are_packed_the_same_every_time() {
    let here = folder("same");
    fs::write(here.join("bootstrap"), program(ARM64, VERSION, "GLIBC_2.30")).unwrap();
    let (said, next) = done(&here, &["--bootstrap", "bootstrap"]);
    assert!(said.starts_with("wrote handler.zip: ") && said.contains(", arm64, policy "), "{said}");
    assert!(next.contains("update-function-code") && next.contains("arm64"), "{next}");
    assert!(!next.contains("warning"), "{next}");

    // From another folder, with files of another time and other permissions.
    let there = folder("same-again");
    fs::write(there.join("anything"), program(ARM64, VERSION, "GLIBC_2.30")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_chatwarden"))
        .args(["compile", "-o", "x.cwp"])
        .current_dir(&there)
        .output()
        .unwrap();
    let args = ["--bootstrap", "anything", "--policy", "x.cwp", "-o", "again.zip"];
    let (again, _) = done(&there, &args);
    assert_eq!(again.replace("again.zip", "handler.zip"), said);
    let zips =
        [here.join("handler.zip"), there.join("again.zip")].map(|zip| fs::read(zip).unwrap());
    assert!(zips[0] == zips[1]);
    // And over itself.
    done(&there, &args);
    assert!(zips[0] == fs::read(there.join("again.zip")).unwrap());
}

#[test]
fn what_is_packed_is_told_to_scripts() {
    let here = folder("json");
    fs::write(here.join("bootstrap"), program(X86, VERSION, "")).unwrap();
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&done(&here, &[args, &["--output", "json"]].concat()).0).unwrap()
    };
    let both = json(&["--bootstrap", "bootstrap"]);
    assert_eq!(both["file"], "handler.zip");
    assert_eq!(both["architecture"], "x86_64");
    assert_eq!(both["bytes"], fs::metadata(here.join("handler.zip")).unwrap().len());
    let alone = json(&["--bootstrap", "bootstrap", "--no-policy", "-o", "alone.zip"]);
    assert_eq!(alone["policy"], serde_json::Value::Null);
    let layer = json(&["--layer"]);
    assert_eq!(layer["file"], "layer.zip");
    assert_eq!(layer["architecture"], serde_json::Value::Null);
    assert_eq!(layer["policy"], both["policy"]);
}

#[test]
fn what_would_not_start_is_refused_or_warned_of() {
    let here = folder("refused");
    let write = |name: &str, content: &[u8]| fs::write(here.join(name), content).unwrap();
    write("script", b"#!/bin/sh\n");
    write("other", &program(X86, VERSION, "")[..64]);
    write("older", &program(X86, VERSION - 1, ""));
    write("newer-glibc", &program(X86, VERSION, "GLIBC_2.2.5\0GLIBC_2.39\0"));
    write("older.cwp", &[MAGIC.as_slice(), &(VERSION - 1).to_le_bytes(), &[0; 100]].concat());
    write("no.cwp", b"something else");
    for (args, expected) in [
        (&["--bootstrap", "script"][..], "`script` is no Linux program (ELF) for arm64 or x86_64"),
        (&["--bootstrap", "other"], "`other` carries no policy of format"),
        (&["--bootstrap", "older"], "`older` carries no policy of format"),
        (&["--bootstrap", "missing"], "there is no file `missing`"),
        (&["--layer", "--policy", "older.cwp"], "compile it again"),
        (&["--layer", "--policy", "no.cwp"], "not a compiled policy"),
        (&["--layer", "-o", "policy.toml"], "`policy.toml` is there and holds no zip"),
        (&["--layer", "-o", "."], "`.` is no ordinary file"),
    ] {
        let said = refused(&here, args);
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    let (_, said) = done(&here, &["--bootstrap", "newer-glibc", "-o", "newer.zip"]);
    assert!(said.contains("warning: `newer-glibc` needs glibc 2.39"), "{said}");
    let left: Vec<_> = fs::read_dir(&here).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".tmp")), "{left:?}");
    assert!(!here.join("handler.zip").exists() && !here.join("layer.zip").exists(), "{left:?}");
}
