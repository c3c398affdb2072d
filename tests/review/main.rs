//! The whole way of a message: policy text, compiled, reviewed, answered. Terms are mild
//! ones and the nonsense of the `test` pack.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests: clippy knows the tests only"
)]

mod damaged;
mod disguises;
mod glue;
mod japanese;
mod korean;
mod masks;
mod mutations;
mod naive;
mod properties;
mod romance;
mod rules;
mod strict;

use std::borrow::Cow;
use std::path::Path;

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::{Attributes, ReviewRequest, Sender};
use chatwarden_engine::layout::ALIGNMENT;
use chatwarden_engine::review::{Review, Scratch, Verdict};
use chatwarden_policy::{Compiled, Source, compile, parse};
use proptest::test_runner::Config;

/// A compiled policy, and how long a message may become by it.
pub(crate) struct Loaded {
    pub(crate) policy: CompiledPolicy<'static>,
    max_content: usize,
}

/// What the compiler makes of a policy text.
pub(crate) fn compiled(name: &str, text: &str) -> Compiled {
    let source = Source { name: name.to_owned(), text: text.to_owned() };
    let policy = parse(&source).unwrap_or_else(|faults| {
        panic!("{}", chatwarden_policy::error::render(&source, &faults, false))
    });
    compile(&policy).unwrap()
}

/// A copy of the bytes that lies as a compiled policy must, for as long as the tests run.
pub(crate) fn aligned(bytes: &[u8]) -> &'static [u8] {
    let place = Box::leak(vec![0; bytes.len() + ALIGNMENT].into_boxed_slice());
    let offset = place.as_ptr().align_offset(ALIGNMENT);
    let place = &mut place[offset..][..bytes.len()];
    place.copy_from_slice(bytes);
    place
}

/// The policy of this text.
pub(crate) fn policy_of(text: &str) -> Loaded {
    loaded("policy.toml", text)
}

/// A policy of `tests/policies`.
pub(crate) fn policy(name: &str) -> Loaded {
    loaded(name, &policy_text(name))
}

pub(crate) fn policy_text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/policies").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn loaded(name: &str, text: &str) -> Loaded {
    let limit = text.lines().find_map(|line| line.strip_prefix("max_content = "));
    let max_content = limit.map_or(0, |limit| limit.parse().unwrap());
    let policy = CompiledPolicy::checked(aligned(&compiled(name, text).bytes)).unwrap();
    Loaded { policy, max_content }
}

/// A policy of one rule that masks these terms, with these lines more.
pub(crate) fn masking(terms: &[&str], more: &str) -> Loaded {
    policy_of(&format!("[[rule]]\nid = 'one'\nterms = {terms:?}\naction = 'mask'\n{more}\n"))
}

/// A message, and what may decide about it beside its content.
#[derive(Clone, Copy, Default)]
pub(crate) struct Message<'a> {
    pub(crate) content: &'a str,
    pub(crate) room: &'a str,
    pub(crate) attributes: &'a [(&'a str, &'a str)],
    pub(crate) sender: &'a [(&'a str, &'a str)],
}

impl<'a> Message<'a> {
    pub(crate) fn request(self) -> ReviewRequest<'a> {
        let map = |pairs: &[(&'a str, &'a str)]| -> Attributes<'a> {
            pairs.iter().map(|&(k, v)| (Cow::Borrowed(k), Cow::Borrowed(v))).collect()
        };
        ReviewRequest {
            content: Cow::Borrowed(self.content),
            message_id: Cow::Borrowed("AbCdEf012345"),
            room_arn: Cow::Borrowed(self.room),
            attributes: map(self.attributes),
            sender: Sender { attributes: map(self.sender), ..Sender::default() },
        }
    }
}

/// How many tags the answer to a message has no room for.
pub(crate) fn tags_left_out(loaded: &Loaded, message: Message<'_>) -> usize {
    let request = message.request();
    let review = loaded.policy.review(&request, &mut Scratch::default());
    review.answer_and_left_out(request).1
}

/// Reviews and answers, and holds the answer to the contract. Here and above alone is
/// the engine's API known.
pub(crate) fn answer<'p>(loaded: &'p Loaded, message: Message<'_>) -> (Review<'p>, strict::Valid) {
    let request = message.request();
    let review = loaded.policy.review(&request, &mut Scratch::default());
    for found in &review.matches {
        assert!(message.content.get(found.span.clone()).is_some_and(|text| !text.is_empty()));
    }
    let mut json = Vec::new();
    review.clone().answer(request).write_json(&mut json);
    let most = message.content.chars().count().max(loaded.max_content);
    let valid = strict::read(&json, message.content, most)
        .unwrap_or_else(|fault| panic!("{fault}: {:?}", message.content));
    match &review.verdict {
        Verdict::Allow => assert!(valid.is_allowed && valid.content == message.content),
        Verdict::Rewrite(text) => {
            assert!(valid.is_allowed && valid.content == text.as_str());
            assert!(valid.content != message.content && !valid.content.trim().is_empty());
        }
        Verdict::Deny(denial) => {
            assert!(!valid.is_allowed);
            assert_eq!(valid.attributes.as_ref().unwrap()["Reason"], denial.reason.as_str());
        }
    }
    (review, valid)
}

/// What becomes of a message: `allow`, `rewrite: …` or `deny: reason`.
pub(crate) fn outcome(loaded: &Loaded, message: Message<'_>) -> String {
    let (review, valid) = answer(loaded, message);
    match review.verdict {
        Verdict::Allow => "allow".to_owned(),
        Verdict::Rewrite(_) => format!("rewrite: {}", valid.content),
        Verdict::Deny(denial) => format!("deny: {}", denial.reason.as_str()),
    }
}

/// What becomes of a message with this content.
pub(crate) fn verdict(loaded: &Loaded, content: &str) -> String {
    outcome(loaded, Message { content, ..Message::default() })
}

/// Runs a table of (name, content, expected verdict), and reports every row that fails.
#[track_caller]
pub(crate) fn table<S: AsRef<str>>(loaded: &Loaded, rows: &[(S, S, S)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(name, content, expected)| {
            let (name, content) = (name.as_ref(), content.as_ref());
            let found = verdict(loaded, content);
            (found != expected.as_ref()).then(|| {
                format!("{name}: {content:?}\n  is `{found}`, not `{}`", expected.as_ref())
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// This many cases; more of them with the variable `CASES_TIMES`.
pub(crate) fn cases(cases: u32) -> Config {
    let times: u32 = std::env::var("CASES_TIMES").map_or(1, |times| times.parse().unwrap());
    Config {
        cases: cases * times,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..Config::default()
    }
}
