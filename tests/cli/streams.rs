//! What goes where, and what happens when nobody reads it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

fn chatwarden(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatwarden"));
    command.args(args);
    command
}

/// A command that follows a policy: that of the conversations.
fn with_policy(args: &[&str]) -> Command {
    let mut command = chatwarden(args);
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cli/explain.in/policy.toml");
    command.args(["--policy", policy]);
    command
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    for threads in ["1", "2"] {
        let mut child = with_policy(&["review", "--text", "--threads", threads, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            // Far more than the pipes hold; ends when the other side does.
            for _ in 0..100_000 {
                if input.write_all(&b"good evening\n".repeat(100)).is_err() {
                    break;
                }
            }
        });
        let mut first = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut first).unwrap();
        assert_eq!(first, "allow    good evening\n");
        drop(output);
        let ended = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert_eq!(ended.status.code(), Some(0));
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = chatwarden(&["completions", shell]).output().unwrap();
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("explain"), "{shell}");
    }
}

#[test]
fn explain_reads_messages_from_stdin() {
    let mut child = with_policy(&["explain", "--output", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"good evening\r\n\ngood night").unwrap();
    let output = child.wait_with_output().unwrap();
    let messages: Vec<serde_json::Value> = output
        .stdout
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["message"], "good evening");
    assert_eq!(messages[1]["message"], "good night");
}

#[test]
fn colour_is_for_terminals() {
    let output = with_policy(&["explain", "good evening"]).output().unwrap();
    assert!(output.status.success());
    assert!(!output.stdout.contains(&0x1b));
}
