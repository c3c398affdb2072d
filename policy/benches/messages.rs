//! How many messages a second are reviewed on one thread, by kind of message, and how that
//! compares with the profanity filter `rustrict` on the same messages in the same run:
//!
//! ```text
//! cargo bench -p chatwarden-policy --bench messages [-- PART-OF-A-KIND…]
//! ```
//!
//! A message goes the handler's whole way: event read, reviewed by `policy.toml`, answer
//! written. For the peer the same event is read and the same kind of answer written, with its
//! `censor_and_analyze` in between. Both are timed in turns, so that a busy machine slows both;
//! a rate is the median of the rounds, a ratio the median of the rounds' ratios.
//!
//! Ordinary messages are made of the lines below, and of terms of the packs where one is
//! wanted. Hostile ones are 500 code points of one thing; where that thing is a term or a
//! letter, all are tried and the slowest is taken. What is found is not compared here: the
//! example `mutations` does that.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for a person, of messages that are known"
)]

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::{ReviewRequest, ReviewResponse};
use chatwarden_engine::review::Scratch;
use chatwarden_policy::{Source, compile, parse};
use rustrict::Censor;

use chat::{CHAT, KOREAN, LINKS, event};
use terms::{joined, leet, longest, terms};

#[path = "corpus/chat.rs"]
mod chat;
#[path = "corpus/terms.rs"]
mod terms;

/// Times each side is measured for a kind of message.
const ROUNDS: usize = 15;
/// How long one measurement takes, at least.
const ROUND: Duration = Duration::from_millis(20);

/// Messages of one kind.
struct Kind {
    name: &'static str,
    contents: Vec<String>,
}

/// What both sides are given: a policy, memory to review with, a place for answers.
struct Sides<'p> {
    policy: &'p CompiledPolicy<'p>,
    scratch: Scratch,
    answer: Vec<u8>,
}

impl Sides<'_> {
    fn ours(&mut self, event: &[u8]) {
        let request = ReviewRequest::from_json(event).unwrap();
        let review = self.policy.review(&request, &mut self.scratch);
        self.write(&review.answer(request));
    }

    fn peers(&mut self, event: &[u8]) {
        let request = ReviewRequest::from_json(event).unwrap();
        let (censored, found) = Censor::from_str(&request.content).censor_and_analyze();
        black_box(found);
        self.write(&ReviewResponse::allow(Cow::Owned(censored), request.attributes));
    }

    fn write(&mut self, response: &ReviewResponse<'_>) {
        self.answer.clear();
        response.write_json(&mut self.answer);
        black_box(&self.answer);
    }
}

fn main() {
    // cargo itself adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let text = include_str!("../../policy.toml").to_owned();
    let policy = parse(&Source { name: "policy.toml".to_owned(), text }).unwrap();
    let compiled = compile(&policy).unwrap();
    println!("{}", machine());
    println!("policy.toml, {} terms; one thread\n", compiled.terms);
    compiled
        .with_policy(|policy| {
            let answer = Vec::new();
            let mut sides = Sides { policy, scratch: Scratch::default(), answer };
            println!("| message | a second | each | rustrict, a second | times as fast |");
            println!("| --- | ---: | ---: | ---: | ---: |");
            for (name, make) in KINDS {
                if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
                    measure(&Kind { name, contents: make(&mut sides) }, &mut sides);
                }
            }
        })
        .unwrap();
}

/// Times both sides in turns, and prints a row.
fn measure(kind: &Kind, sides: &mut Sides<'_>) {
    let events: Vec<Vec<u8>> = kind.contents.iter().map(|content| event(content)).collect();
    let (mut ours, mut peers, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let our_seconds = seconds_each(&events, |event| sides.ours(event));
        let peers_seconds = seconds_each(&events, |event| sides.peers(event));
        ours.push(our_seconds);
        peers.push(peers_seconds);
        ratios.push(peers_seconds / our_seconds);
    }
    let (ours, peers) = (median(ours), median(peers));
    println!(
        "| {} | {} | {:.1} µs | {} | {} |",
        kind.name,
        figure(1.0 / ours),
        ours * 1e6,
        figure(1.0 / peers),
        figure(median(ratios)),
    );
}

/// Seconds that one event takes.
fn seconds_each(events: &[Vec<u8>], mut handle: impl FnMut(&[u8])) -> f64 {
    let start = Instant::now();
    let mut handled = 0usize;
    while start.elapsed() < ROUND {
        events.iter().for_each(|event| handle(event));
        handled += events.len();
    }
    start.elapsed().as_secs_f64() / handled as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// `12,300`: to three digits.
fn grouped(rate: f64) -> String {
    let unit = 10f64.powf(rate.log10().floor() - 2.0).max(1.0);
    let digits = ((rate / unit).round() * unit).to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `0.9`, `28`, `5,710`.
fn figure(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { grouped(value) }
}

/// The machine in a line.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model =
        model.map_or("unknown processor", |model| model.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

type Make = fn(&mut Sides<'_>) -> Vec<String>;

/// Kinds of messages by name, ordinary ones first.
const KINDS: &[(&str, Make)] = &[
    ("plain chat", |_| lines(CHAT)),
    ("chat with profanity", |_| with_terms("en", |_, term| term.to_owned())),
    ("chat with profanity in disguise", |_| with_terms("en", disguised)),
    ("Korean chat", |_| lines(KOREAN)),
    ("Korean chat with profanity", |_| with_terms("ko", |_, term| term.to_owned())),
    ("links", |_| lines(LINKS)),
    ("500 characters of plain chat", |_| vec![longest(&CHAT.join(" "), " ")]),
    ("500 × one term", |sides| worst(sides, terms("en").map(|term| longest(&term, " ")))),
    ("500 × one term, glued", |sides| worst(sides, terms("en").map(|term| longest(&term, "")))),
    ("500 × one letter", |sides| {
        worst(sides, ('!'..='~').map(|letter| longest(&letter.to_string(), "")))
    }),
    ("500 × two letters in turn", |sides| {
        let pairs = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
        worst(sides, pairs.map(|pair| longest(&pair, "")))
    }),
    ("500 × a spaced term", |sides| {
        worst(sides, terms("en").map(|term| longest(&joined(&term, " "), " ")))
    }),
    ("500 × a term with letters hidden", |sides| {
        let hidden = |term: String| [1, 2].map(|letters| longest(&starred(&term, letters), ""));
        worst(sides, terms("en").flat_map(hidden))
    }),
    ("500 × digits that are letters", |sides| {
        worst(sides, terms("en").map(|term| longest(&leet(&term), "")))
    }),
    ("500 × letters under floods of marks", |sides| {
        let flooded = terms("en").map(|term| longest(&joined(&term, FLOOD), FLOOD));
        worst(sides, flooded)
    }),
    ("500 × letters and zero-width spaces", |sides| {
        worst(sides, terms("en").map(|term| longest(&joined(&term, "\u{200b}"), "\u{200b}")))
    }),
    ("500 × one Korean term", |sides| worst(sides, terms("ko").map(|term| longest(&term, "")))),
    ("500 × jamo of a Korean term", |sides| {
        use unicode_normalization::UnicodeNormalization as _;
        worst(sides, terms("ko").map(|term| longest(&term.nfkd().collect::<String>(), "")))
    }),
    ("500 × symbols", |_| vec![longest("@$!|(+*#<_.-~^%&/", "")]),
];

/// Combining marks, eight of them: what the default policy still lets through.
const FLOOD: &str = "\u{301}\u{316}\u{334}\u{338}\u{35c}\u{363}\u{30a}\u{324}";

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// Lines of chat, each with a term in it; the terms are some of all over the pack.
fn with_terms(pack: &str, write: fn(usize, &str) -> String) -> Vec<String> {
    let terms: Vec<String> = terms(pack).collect();
    let carriers = if pack == "ko" { KOREAN } else { CHAT };
    let chosen = terms.iter().step_by(terms.len().div_ceil(100)).enumerate();
    chosen
        .zip(carriers.iter().cycle())
        .map(|((i, term), carrier)| {
            let (before, after) = carrier.split_once(' ').unwrap_or((carrier, ""));
            format!("{before} {} {after}", write(i, term))
        })
        .collect()
}

/// A term in one of the usual disguises, in turn.
fn disguised(turn: usize, term: &str) -> String {
    match turn % 6 {
        0 => leet(term),
        1 => joined(term, " "),
        2 => joined(term, "."),
        3 => term.chars().map(full_width).collect(),
        4 => joined(term, "\u{200b}"),
        _ => term.chars().map(|c| c.to_string().repeat(3)).collect(),
    }
}

/// A term with so many letters after its first one hidden.
fn starred(term: &str, letters: usize) -> String {
    let hidden = 1..=letters;
    term.chars().enumerate().map(|(i, c)| if hidden.contains(&i) { '*' } else { c }).collect()
}

fn full_width(c: char) -> char {
    if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }
}

/// The message that we take longest for.
fn worst(sides: &mut Sides<'_>, contents: impl Iterator<Item = String>) -> Vec<String> {
    let mut timed: Vec<(Duration, String)> =
        contents.map(|content| (Duration::ZERO, content)).collect();
    // Once over all of them, then more thoroughly over the slowest.
    for (runs, left) in [(3, 20), (30, 1)] {
        for (time, content) in &mut timed {
            let event = event(content);
            let once = |_| {
                let start = Instant::now();
                sides.ours(&event);
                start.elapsed()
            };
            *time = (0..runs).map(once).min().unwrap_or_default();
        }
        timed.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        timed.truncate(left);
    }
    timed.into_iter().map(|(_, content)| content).collect()
}
