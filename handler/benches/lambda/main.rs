//! What the handler costs as a Lambda function, beside one that does nothing: `echo`, a bare
//! lambda_runtime in the folder beside this one.
//!
//! ```text
//! cargo bench -p chatwarden-handler --bench lambda [-- [--again] [--long]]
//! cargo bench -p chatwarden-handler --bench lambda -- --functions [--again]
//! cargo bench -p chatwarden-handler --bench lambda -- --instructions BINARY…
//! ```
//!
//! Builds both as they are deployed (minutes, the first time), the handler with three policies
//! in it: `policy.toml`, one with every pack, one of 100,000 terms and 50 regular expressions. Then
//! it runs them as fresh processes, in turns, against the emulator's Runtime API, and prints a
//! table. Of what was measured more than once it says the least, the median and the most; the
//! ratio is the median of the rounds' ratios, so that what slows the machine for a while slows
//! both sides of it. On a busy machine the ratio of the least values is the better witness.
//!
//! `--again` measures what the last run built, and builds nothing. `--long` goes on to a million messages, for the memory they leave behind: five minutes.
//! `--functions` measures the starts of the functions for each chat, side by side.
//! `--instructions` builds nothing and counts the instructions of the binaries it is given.
//!
//! Linux only. Instructions are counted if valgrind is there; the share of a processor is
//! limited if the cgroup (version 1) can be written, which takes root.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement for a person: what fails ends it"
)]

use std::fs;
use std::path::PathBuf;

use chatwarden_emulator::Config;

use binaries::Binaries;
use chat::{CHAT, KOREAN, LINKS, event};
use process::{Environment, Usage};
use table::{Row, Target, Unit, print_head, quantile, seconds};

mod binaries;
#[path = "../../../policy/benches/corpus/chat.rs"]
mod chat;
mod functions;
mod instructions;
#[path = "../../../policy/benches/corpus/large.rs"]
mod large;
mod process;
mod quota;
mod table;

/// Fresh processes of each binary.
const STARTS: usize = 40;
/// Rounds of messages to a running process, and messages in each.
const ROUNDS: usize = 10;
const MESSAGES: usize = 1_000;
/// Messages after which `--long` looks at the memory again.
const LONG: usize = 1_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // cargo itself adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["--instructions", binaries @ ..] = args.as_slice() {
        return instructions::print(binaries).await;
    }
    if let ["--functions", again @ ..] = args.as_slice() {
        return functions::print(&binaries::functions(again == ["--again"])).await;
    }
    let unknown = args.iter().find(|arg| !["--again", "--long"].contains(arg));
    assert_eq!(unknown, None, "unknown argument");
    let binaries = if args.contains(&"--again") { Binaries::built() } else { Binaries::build() };
    measure(&binaries, args.contains(&"--long")).await;
}

async fn measure(binaries: &Binaries, long: bool) {
    println!("{}", machine());
    println!("Least / median / most of {STARTS} starts, {ROUNDS} rounds of {MESSAGES} messages.\n");
    print_head();
    starts(binaries).await;
    messages(binaries, long).await;
    size(binaries);
    quota::print(binaries).await;
    instructions::print_rows(binaries).await;
    println!("\nload average at the end: {}", load());
}

/// The events of the messages that are sent, over and over: chat, of which one in twenty is
/// masked, and so logged.
pub(crate) fn events() -> Vec<Vec<u8>> {
    let masked = ["that was a chatwardenmask", "방금 챗워든가림 봤어?"];
    let lines = CHAT.iter().chain(KOREAN).chain(LINKS).copied();
    lines.chain(masked).map(event).collect()
}

/// What a process has used when it waits for its first event, and after its answer.
struct Start {
    init: Usage,
    answered: Usage,
}

impl Start {
    async fn of(config: &Config, event: &[u8]) -> Self {
        let mut environment = Environment::of(config).await;
        let init = environment.settled().await;
        environment.invoke(event).await;
        let answered = environment.settled().await;
        environment.stop().await;
        Self { init, answered }
    }

    fn cpu(&self) -> f64 {
        seconds(self.answered.cpu)
    }

    fn first_invocation(&self) -> f64 {
        seconds(self.answered.cpu - self.init.cpu)
    }

    fn page_faults(&self) -> f64 {
        self.answered.page_faults as f64
    }
}

/// Fresh processes, to their first answer.
async fn starts(binaries: &Binaries) {
    let event = event(CHAT.first().unwrap());
    let Binaries { echo, handler, every_pack, large } = binaries;
    let mut of: [Vec<Start>; 4] = Default::default();
    for _ in 0..STARTS {
        for (starts, binary) in of.iter_mut().zip([echo, handler, every_pack, large]) {
            starts.push(Start::of(&Config::new(binary), &event).await);
        }
    }
    let [echo, handler, every_pack, large] = of;
    let row = |measure: &str, unit, of: fn(&Start) -> f64, ours: &[Start], target| {
        let echo = echo.iter().map(of).collect();
        Row { measure, unit, echo, ours: ours.iter().map(of).collect(), target }.print();
    };
    for (policy, ours, to_answer, first) in [
        ("policy.toml", &handler, 1.1, 1.5),
        ("every pack", &every_pack, 1.1, 1.5),
        ("100,000 terms, 50 regexes", &large, 1.4, 1.5),
    ] {
        let measure = format!("CPU from exec to the first answer, {policy}");
        row(&measure, Unit::Milliseconds, Start::cpu, ours, Target::Ratio(to_answer));
        let measure = format!("CPU of the first invocation alone, {policy}");
        row(&measure, Unit::Microseconds, Start::first_invocation, ours, Target::Ratio(first));
    }
    let measure = "page faults from exec to the first answer, policy.toml";
    row(measure, Unit::Number, Start::page_faults, &handler, Target::None);
}

/// What one process used for messages, round by round.
#[derive(Default)]
struct Warm {
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
    switches: Vec<f64>,
}

impl Warm {
    async fn round(&mut self, environment: &mut Environment, events: &[Vec<u8>]) {
        let before = environment.settled().await;
        let mut times = Vec::with_capacity(MESSAGES);
        for event in events.iter().cycle().take(MESSAGES) {
            times.push(seconds(environment.invoke(event).await));
        }
        let after = environment.settled().await;
        self.p50.push(quantile(&mut times, 0.5));
        self.p99.push(quantile(&mut times, 0.99));
        self.cpu.push(seconds(after.cpu - before.cpu) / MESSAGES as f64);
        self.switches.push((after.switches - before.switches) as f64 / MESSAGES as f64);
    }
}

/// Two running processes, and message after message.
async fn messages(binaries: &Binaries, long: bool) {
    let events = events();
    let mut environments =
        [Environment::start(&binaries.echo).await, Environment::start(&binaries.handler).await];
    let mut warm = [Warm::default(), Warm::default()];
    for _ in 0..ROUNDS {
        for (warm, environment) in warm.iter_mut().zip(&mut environments) {
            warm.round(environment, &events).await;
        }
    }
    let [echo, ours] = warm;
    let row = |measure, unit, of: fn(&Warm) -> &Vec<f64>, most| {
        let (echo, ours) = (of(&echo).clone(), of(&ours).clone());
        Row { measure, unit, echo, ours, target: Target::Ratio(most) }.print();
    };
    row("warm, p50", Unit::Microseconds, |warm| &warm.p50, 1.15);
    row("warm, p99", Unit::Microseconds, |warm| &warm.p99, 1.15);
    row("warm, CPU per review", Unit::Microseconds, |warm| &warm.cpu, 1.15);
    row("context switches per review", Unit::Number, |warm| &warm.switches, 1.1);
    memory(&environments, "10,000").await;
    let [echo, ours] = [&environments[0], &environments[1]].map(|of| of.settled());
    let (echo, ours) = (echo.await.threads as f64, ours.await.threads as f64);
    let (echo, ours, target) = (vec![echo], vec![ours], Target::AtMost(1.0));
    Row { measure: "threads", unit: Unit::Number, echo, ours, target }.print();
    if long {
        for environment in &mut environments {
            for event in events.iter().cycle().take(LONG - ROUNDS * MESSAGES) {
                environment.invoke(event).await;
            }
        }
        memory(&environments, "1,000,000").await;
    }
    for environment in environments {
        environment.stop().await;
    }
}

async fn memory([echo, ours]: &[Environment; 2], messages: &str) {
    let measure = format!("peak memory after {messages} messages");
    let echo = vec![echo.settled().await.peak_memory as f64];
    let ours = vec![ours.settled().await.peak_memory as f64];
    let target = Target::Ratio(1.7);
    Row { measure: &measure, unit: Unit::Megabytes, echo, ours, target }.print();
}

fn size(binaries: &Binaries) {
    let size = |path: &PathBuf| vec![fs::metadata(path).unwrap().len() as f64];
    for (measure, ours, target) in [
        ("size of the binary, policy.toml", &binaries.handler, Target::AtMost(3e6)),
        ("size of the binary, every pack", &binaries.every_pack, Target::None),
        ("size of the binary, 100,000 terms, 50 regexes", &binaries.large, Target::None),
    ] {
        let (echo, ours) = (size(&binaries.echo), size(ours));
        Row { measure, unit: Unit::Megabytes, echo, ours, target }.print();
    }
}

/// The machine, and how busy it is.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |text| text.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = load();
    format!("{model}, {cores} cores, Linux {}, load average {load}", kernel.trim())
}

/// Processes that wanted to run, on average over 1, 5 and 15 minutes.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().take(3).collect::<Vec<_>>().join(", ")
}
