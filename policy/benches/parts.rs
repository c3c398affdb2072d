//! What the parts of a review cost, in time and in allocations, and what they depend on:
//!
//! ```text
//! cargo bench -p chatwarden-policy --bench parts [-- PART-OF-A-NAME]
//! ```
//!
//! `whole` is the handler's whole way with one message; `read`, `review` and `answer` are its
//! three parts. What a review does for every message, folding it and walking the automaton, is
//! `fold_and_scan`: a review by a policy of one term that nobody writes. The rest of `review`
//! verifies what the automaton found, looks for links, numbers and shapes, and decides.
//! `aho_corasick` (the same terms in the message as it was written, no disguise, no verdict) is
//! the limit; `rustrict` is the peer.
//!
//! Each call is one message of its kind, the next one every time. Counting allocations is in
//! the times: a nanosecond or two for each.
#![expect(clippy::unwrap_used, reason = "a measurement for a person, of messages that are known")]

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::{ReviewRequest, ReviewResponse};
use chatwarden_engine::layout::ALIGNMENT;
use chatwarden_engine::review::Scratch;
use chatwarden_policy::{Source, compile, parse};
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use rustrict::Censor;

use chat::{CHAT, KOREAN, LINKS, event};
use large::large_policy;
use terms::{joined, leet, longest, terms};

#[path = "corpus/chat.rs"]
mod chat;
#[path = "corpus/large.rs"]
mod large;
#[path = "corpus/terms.rs"]
mod terms;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Kinds of messages.
#[derive(Debug, Clone, Copy)]
enum Kind {
    English,
    Korean,
    /// Links, allowed and others.
    Links,
    /// Harmless English, with digits for letters.
    Leet,
    /// English that gets masked.
    Masked,
    /// 500 characters: a term over and over, in one of three ways.
    Hostile,
}

const KINDS: [Kind; 6] =
    [Kind::English, Kind::Korean, Kind::Links, Kind::Leet, Kind::Masked, Kind::Hostile];

impl Kind {
    fn contents(self) -> Vec<String> {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        match self {
            Self::English => lines(CHAT),
            Self::Korean => lines(KOREAN),
            Self::Links => lines(LINKS),
            Self::Leet => CHAT.iter().map(|line| leet(line)).collect(),
            Self::Masked => CHAT.iter().map(|line| format!("{line} chatwardenmask")).collect(),
            Self::Hostile => {
                let forms: [fn(&str) -> String; 3] = [
                    |term| longest(term, ""),
                    |term| longest(&leet(term), " "),
                    |term| longest(&joined(term, " "), " "),
                ];
                let terms = terms("en").chain(terms("ko"));
                terms.zip(forms.iter().cycle()).map(|(term, form)| form(&term)).collect()
            }
        }
    }

    fn events(self) -> Vec<Vec<u8>> {
        self.contents().iter().map(|content| event(content)).collect()
    }
}

type Policy = &'static CompiledPolicy<'static>;

static DEFAULT: LazyLock<Policy> = LazyLock::new(|| load(include_str!("../../policy.toml")));
static EVERY_PACK: LazyLock<Policy> = LazyLock::new(|| load(include_str!("../every-pack.toml")));
static ONE_TERM: LazyLock<Policy> =
    LazyLock::new(|| load("rule = [{ id = \"one\", terms = [\"zzqzzq\"], action = \"deny\" }]"));

/// A policy that stays in memory.
fn load(text: &str) -> Policy {
    Box::leak(Box::new(CompiledPolicy::embedded(compiled(text)).unwrap()))
}

/// The bytes of a compiled policy, which stay in memory.
fn compiled(text: &str) -> &'static [u8] {
    let source = Source { name: "policy.toml".to_owned(), text: text.to_owned() };
    let bytes = compile(&parse(&source).unwrap()).unwrap().bytes;
    let memory = vec![0; bytes.len() + ALIGNMENT].leak();
    let start = memory.as_ptr().align_offset(ALIGNMENT);
    let aligned = memory.get_mut(start..).unwrap().get_mut(..bytes.len()).unwrap();
    aligned.copy_from_slice(&bytes);
    aligned
}

#[divan::bench(args = KINDS)]
fn whole(bencher: Bencher, kind: Kind) {
    let events = kind.events();
    let (mut events, mut scratch) = (events.iter().cycle(), Scratch::default());
    let mut answer = Vec::new();
    bencher.with_inputs(|| events.next().unwrap()).bench_local_values(|event| {
        let request = ReviewRequest::from_json(event).unwrap();
        let review = DEFAULT.review(&request, &mut scratch);
        answer.clear();
        review.answer(request).write_json(&mut answer);
        black_box(&answer);
    });
}

#[divan::bench(args = KINDS)]
fn read(bencher: Bencher, kind: Kind) {
    let events = kind.events();
    let mut events = events.iter().cycle();
    let bencher = bencher.with_inputs(|| events.next().unwrap());
    bencher.bench_local_values(|event| ReviewRequest::from_json(event));
}

#[divan::bench(args = KINDS)]
fn review(bencher: Bencher, kind: Kind) {
    review_by(*DEFAULT, bencher, kind);
}

#[divan::bench(args = KINDS)]
fn review_by_every_pack(bencher: Bencher, kind: Kind) {
    review_by(*EVERY_PACK, bencher, kind);
}

#[divan::bench(args = KINDS)]
fn fold_and_scan(bencher: Bencher, kind: Kind) {
    review_by(*ONE_TERM, bencher, kind);
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn review_by_terms(bencher: Bencher, terms: usize) {
    review_by(load(&large_policy(terms, 0)), bencher, Kind::English);
}

fn review_by(policy: Policy, bencher: Bencher, kind: Kind) {
    let events = kind.events();
    let (mut events, mut scratch) = (events.iter().cycle(), Scratch::default());
    bencher
        .with_inputs(|| ReviewRequest::from_json(events.next().unwrap()).unwrap())
        .bench_local_refs(|request| policy.review(request, &mut scratch));
}

#[divan::bench(args = KINDS)]
fn answer(bencher: Bencher, kind: Kind) {
    let events = kind.events();
    let (mut events, mut scratch) = (events.iter().cycle(), Scratch::default());
    let mut answer = Vec::new();
    let reviewed = || {
        let request = ReviewRequest::from_json(events.next().unwrap()).unwrap();
        (DEFAULT.review(&request, &mut scratch), request)
    };
    bencher.with_inputs(reviewed).bench_local_values(|(review, request)| {
        answer.clear();
        review.answer(request).write_json(&mut answer);
        black_box(&answer);
    });
}

#[divan::bench(args = KINDS)]
fn aho_corasick(bencher: Bencher, kind: Kind) {
    let terms = terms("en").chain(terms("ko"));
    let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(terms).unwrap();
    let contents = kind.contents();
    let mut contents = contents.iter().cycle();
    bencher
        .with_inputs(|| contents.next().unwrap())
        .bench_local_values(|content| automaton.find_overlapping_iter(content).count());
}

#[divan::bench(args = KINDS)]
fn rustrict(bencher: Bencher, kind: Kind) {
    let events = kind.events();
    let mut events = events.iter().cycle();
    let mut answer = Vec::new();
    bencher.with_inputs(|| events.next().unwrap()).bench_local_values(|event| {
        let request = ReviewRequest::from_json(event).unwrap();
        let (censored, found) = Censor::from_str(&request.content).censor_and_analyze();
        black_box(found);
        answer.clear();
        ReviewResponse::allow(Cow::Owned(censored), request.attributes).write_json(&mut answer);
        black_box(&answer);
    });
}

/// The same work on every thread: where it takes as long on two as on one, two do twice as much.
#[divan::bench(threads = [1, 2, 4])]
fn threads(bencher: Bencher) {
    let events = Kind::English.events();
    let policy = *DEFAULT;
    bencher.counter(ItemsCount::new(events.len())).bench(|| {
        let mut scratch = Scratch::default();
        for event in &events {
            let request = ReviewRequest::from_json(event).unwrap();
            black_box(policy.review(&request, &mut scratch));
        }
    });
}

#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 5, sample_size = 1)]
fn parse_and_compile(bencher: Bencher, terms: usize) {
    let text = large_policy(terms, 50);
    let source = Source { name: "large.toml".to_owned(), text };
    bencher.bench_local(|| compile(&parse(&source).unwrap()).unwrap());
}

/// What the handler does with the policy that it was built with.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn load_embedded(bencher: Bencher, terms: usize) {
    let bytes = compiled(&large_policy(terms, 50));
    bencher.bench_local(|| CompiledPolicy::embedded(black_box(bytes)));
}

/// What it does with a policy file, once that is in memory: every byte goes into the checksum.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn load_file(bencher: Bencher, terms: usize) {
    let bytes = compiled(&large_policy(terms, 50));
    bencher.bench_local(|| CompiledPolicy::checked(black_box(bytes)));
}
