//! Instructions, as valgrind's callgrind counts them: they do not depend on the machine's mood.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binaries::{Binaries, folder};
use crate::process::Environment;
use crate::table::{Row, Target, Unit};

/// Messages after the first one.
const MESSAGES: usize = 1_000;

/// Instructions of one binary.
struct Instructions {
    /// From exec to the first answer, and the end of the process.
    start: f64,
    /// Of the thousand messages after that.
    messages: f64,
}

impl Instructions {
    async fn of(binary: &Path) -> Self {
        let start = count(binary, 1).await;
        Self { start, messages: count(binary, 1 + MESSAGES).await - start }
    }
}

/// Prints what each binary takes, one line each, for programs.
pub(crate) async fn print(binaries: &[&str]) {
    for binary in binaries {
        let Instructions { start, messages } = Instructions::of(Path::new(binary)).await;
        println!("{start} to the first answer, {messages} for {MESSAGES} messages: {binary}");
    }
}

pub(crate) async fn print_rows(binaries: &Binaries) {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("| instructions: skipped, no valgrind | | | | | | |");
        return;
    }
    let echo = Instructions::of(&binaries.echo).await;
    let ours = Instructions::of(&binaries.handler).await;
    let row = |measure, echo, ours| {
        let (unit, target) = (Unit::Millions, Target::None);
        Row { measure, unit, echo: vec![echo], ours: vec![ours], target }.print();
    };
    row("instructions from exec to the first answer", echo.start, ours.start);
    row("instructions of 1,000 messages", echo.messages, ours.messages);
}

/// The instructions of a process that answers so many messages.
async fn count(binary: &Path, messages: usize) -> f64 {
    let report = folder().join("callgrind.out");
    drop(fs::remove_file(&report));
    let mut environment = Environment::start(&counted(binary, &report)).await;
    for event in crate::events().iter().cycle().take(messages) {
        environment.invoke(event).await;
    }
    environment.terminate().await;
    let report = fs::read_to_string(&report).expect("callgrind writes it when the process ends");
    let total = report.lines().find_map(|line| line.strip_prefix("totals: "));
    total.expect("callgrind ends its report with the total").trim().parse().unwrap()
}

/// A program that runs `binary` under callgrind.
fn counted(binary: &Path, report: &Path) -> PathBuf {
    let script = folder().join("counted");
    let binary = std::path::absolute(binary).unwrap();
    let text = format!(
        "#!/bin/sh\nexec valgrind --quiet --tool=callgrind --callgrind-out-file='{}' '{}'\n",
        report.display(),
        binary.display(),
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}
