//! `chatwarden review` on many lines: order, line ends, threads, time.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// `chatwarden review` with the policy of the conversations.
fn review(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatwarden"));
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cli/review.in/policy.toml");
    command.args(["review", "--policy", policy]).args(args);
    command.env_remove("EVAL_TIMING").env_remove("EVAL_FLUSH");
    command
}

/// A file of one test's own.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

fn request(content: &str) -> String {
    serde_json::json!({ "Content": content }).to_string()
}

/// The `Content` of each answer.
fn contents(output: &Output) -> Vec<String> {
    let answers = String::from_utf8(output.stdout.clone()).unwrap();
    answers
        .lines()
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            answer["Content"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn answers_keep_the_order_of_requests_on_any_number_of_threads() {
    // Some 6 MB, so that there are more batches than threads; lines of many lengths.
    let messages: Vec<String> =
        (0..30_000).map(|i| format!("message {i} {}", "la ".repeat(i % 120))).collect();
    let requests: Vec<String> = messages.iter().map(|message| request(message)).collect();
    let path = file("order.jsonl", requests.join("\n").as_bytes());
    for threads in ["1", "2", "5"] {
        let output = review(&["--threads", threads]).arg(&path).output().unwrap();
        assert!(output.status.success(), "{threads} threads");
        assert!(contents(&output) == messages, "{threads} threads");
    }
}

#[test]
fn a_bad_line_is_told_by_its_number_in_its_file_and_the_rest_goes_on() {
    let mut lines = vec![request("good evening"); 40_000];
    lines[12_345] = "{".to_owned();
    lines[39_999] = r#"{"Content":5}"#.to_owned();
    let first = file("bad-first.jsonl", format!("{}\n", request("hello")).as_bytes());
    let second = file("bad-second.jsonl", lines.join("\n").as_bytes());
    for threads in ["1", "3"] {
        let output = review(&["--threads", threads]).args([&first, &second]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let contents = contents(&output);
        assert_eq!(contents.len(), 40_001);
        assert_eq!((&*contents[0], &*contents[12_346], &*contents[40_000]), ("hello", "?", "?"));
        let told = String::from_utf8(output.stderr).unwrap();
        let told: Vec<&str> = told.lines().collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("bad-second.jsonl:12346:1: the request is not JSON"), "{told:?}");
        assert!(told[1].contains("bad-second.jsonl:40000:"), "{told:?}");
        assert_eq!(told[2], "error: no review request in 2 of 40,001 lines");
    }
}

#[test]
fn a_line_may_be_longer_than_what_is_read_at_once() {
    let long = format!(r#"{{"Content":"long","Unknown":"{}"}}"#, "la ".repeat(600_000));
    let lines = [request("first"), long, request("last")];
    let path = file("long.jsonl", lines.join("\n").as_bytes());
    for threads in ["1", "2"] {
        let output = review(&["--threads", threads]).arg(&path).output().unwrap();
        assert!(output.status.success());
        assert!(contents(&output) == ["first", "long", "last"]);
    }
}

#[test]
fn the_content_of_a_request_that_is_none_goes_back_where_it_can_be_had() {
    let path = file("content.jsonl", br#"{"Content":"good evening","Sender":"me"}"#);
    let output = review(&[]).arg(path).output().unwrap();
    assert_eq!(contents(&output), ["good evening"]);
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.contains("DENY") && answer.contains("Please keep it friendly."), "{answer}");
}

#[test]
fn line_ends_may_be_of_any_make_and_no_line_is_no_answer() {
    for (input, expected) in [
        ("", vec![]),
        ("a", vec!["a"]),
        ("a\n", vec!["a"]),
        ("a\r\nb\r\n", vec!["a", "b"]),
        ("a\n\nb", vec!["a", "?", "b"]),
    ] {
        let path = file("ends.txt", input.as_bytes());
        let output = review(&["--text", "--output", "json"]).arg(path).output().unwrap();
        let code = if expected.contains(&"?") { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{input:?}");
        assert_eq!(contents(&output), expected, "{input:?}");
    }
}

#[test]
fn the_time_spent_is_written_where_it_is_asked_for() {
    let timing = file("timing.json", b"");
    let path = file("timed.jsonl", format!("{}\n", request("heck")).repeat(50).as_bytes());
    for threads in ["1", "2"] {
        let output = review(&["--threads", threads])
            .arg(&path)
            .env("EVAL_TIMING", &timing)
            .output()
            .unwrap();
        assert!(output.status.success());
        let timing: serde_json::Value =
            serde_json::from_slice(&fs::read(&timing).unwrap()).unwrap();
        assert_eq!(timing["messages"], 50);
        let seconds = timing["seconds"].as_f64().unwrap();
        assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");
    }
}

#[test]
fn a_partner_that_waits_for_each_answer_gets_it() {
    for flush in ["1", ""] {
        let mut child = review(&[])
            .env("EVAL_FLUSH", flush)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut requests = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        for (asked, expected) in [("good evening", "good evening"), ("oh heck", "oh ****")] {
            writeln!(requests, "{}", request(asked)).unwrap();
            let mut answer = String::new();
            answers.read_line(&mut answer).unwrap();
            assert!(answer.contains(&format!("\"Content\":\"{expected}\"")), "{answer}");
        }
        drop(requests);
        assert!(child.wait().unwrap().success());
    }
}
