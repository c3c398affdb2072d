//! Compiled policies with bytes changed: told where the checksum is asked for, and never
//! a panic, nor a review without end, where it is not.

use std::sync::LazyLock;
use std::time::Duration;

use chatwarden_engine::compiled::{CompiledPolicy, LoadError};
use chatwarden_engine::layout::{
    ALIGNMENT, HASH_AT, HEADER_BYTES, OUTPUT_BYTES, REST_BYTES, Section, output,
};
use chatwarden_engine::review::Scratch;
use proptest::prelude::*;

use crate::{Message, aligned, cases, compiled};

/// A little of everything a compiled policy holds, but for regular expressions.
const SMALL: &str = "
language_attribute = 'lang'
reason = { default = 'No.', ko = '안 됨.' }
[[profile]]
id = 'kids'
rooms = 'arn:aws:ivschat:*:*:room/kids*'
senders = { role = ['viewer'] }
[[rule]]
id = 'a'
terms = ['heck', 'darn*', '*gosh*', '챗워든']
except = ['goshawk', 'heck of a']
action = 'mask'
[[rule]]
id = 'b'
terms = ['fudge', 'heck']
action = 'deny'
profiles = 'kids'
[[rule]]
id = 'c'
links = { allow = ['example.org'] }
contact = ['email', 'phone']
shape = { max_repeats = 5, max_length = 400 }
action = 'tag'
attribute = { key = 'k', value = 'v' }
[[rule]]
id = 'd'
shape = { max_repeats = 5 }
action = 'collapse'
run = 2
";

/// The same with a regular expression.
const WITH_REGEX: &str = "
[[rule]]
id = 'a'
regex = ['\\bcode-\\d+\\b', 'zzz+']
terms = 'heck'
action = 'mask'
";

static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| compiled("small.toml", SMALL).bytes);
static REGEX_BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| compiled("regex.toml", WITH_REGEX).bytes);

/// Bytes that lie as they must, given back afterwards.
struct Place {
    bytes: Vec<u8>,
    from: usize,
}

impl Place {
    fn new(bytes: &[u8]) -> Self {
        let mut place = vec![0; bytes.len() + ALIGNMENT];
        let from = place.as_ptr().align_offset(ALIGNMENT);
        place[from..from + bytes.len()].copy_from_slice(bytes);
        place.truncate(from + bytes.len());
        Self { bytes: place, from }
    }
    fn bytes(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

/// Reviews what touches everything. A review of this takes microseconds when all is well.
fn use_it(bytes: &[u8]) {
    let Ok(policy) = CompiledPolicy::embedded(bytes) else { return };
    let mut scratch = Scratch::default();
    let long = "heck darned ogoshes 챗워든 h e c k goshawk ".repeat(10);
    for content in [
        "what the heck, darning goshawk fudge 챗워든",
        "heck of a h3ck h.e.c.k code-1234 code-1 https://evil.example a@b.com 010-1234-5678",
        "aaaaaaaaaaaaaa\u{301}\u{301}가나다🔥",
        &long,
    ] {
        for room in ["arn:aws:ivschat:us-west-2:123456789012:room/kids1", "x"] {
            let sender = &[("role", "viewer"), ("lang", "ko-KR")];
            let message = Message { content, room, sender, ..Message::default() };
            let review = policy.review(&message.request(), &mut scratch);
            let _explained = policy.explain(&message.request(), &mut scratch);
            let mut json = Vec::new();
            review.answer(message.request()).write_json(&mut json);
        }
    }
    let _all = (policy.hash(), policy.on_fault(), policy.default_reason(), policy.rules().count());
    let _debug = format!("{policy:?}");
}

fn damaged(good: &[u8], damage: &[(prop::sample::Index, u8)], from: usize) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (at, flip) in damage {
        let at = from + at.index(bytes.len() - from);
        bytes[at] ^= flip;
    }
    bytes
}

fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..6)
}

#[test]
fn what_is_no_compiled_policy_is_refused() {
    let good = aligned(&BYTES);
    assert!(CompiledPolicy::checked(good).is_ok() && CompiledPolicy::embedded(good).is_ok());
    for (name, bytes, expected) in [
        ("nothing", vec![], LoadError::NotAPolicy),
        ("text", b"[[rule]]\nid = 'a'".to_vec(), LoadError::NotAPolicy),
        ("magic alone", good[..8].to_vec(), LoadError::Truncated),
        ("half a header", good[..HASH_AT + 3].to_vec(), LoadError::Truncated),
        ("a header", good[..HEADER_BYTES].to_vec(), LoadError::Truncated),
        ("cut", good[..good.len() - 1].to_vec(), LoadError::Truncated),
        ("longer", [good, b"x"].concat(), LoadError::Truncated),
    ] {
        let bytes = aligned(&bytes);
        assert_eq!(CompiledPolicy::embedded(bytes).unwrap_err(), expected, "{name}");
        assert_eq!(CompiledPolicy::checked(bytes).unwrap_err(), expected, "{name}");
    }
    let mut other = good.to_vec();
    other[8] = 99;
    let found = CompiledPolicy::checked(aligned(&other)).unwrap_err();
    assert_eq!(found, LoadError::OtherVersion { found: 99 });
    let shifted = aligned(&[b"x", good].concat());
    assert_eq!(CompiledPolicy::embedded(&shifted[1..]).unwrap_err(), LoadError::Misaligned);
}

/// Every byte that is not reserved is either checked or hashed.
#[test]
fn every_changed_byte_is_told() {
    for at in 0..BYTES.len() {
        // Eight bytes of the header are reserved, four of its length are always zero.
        if (20..HASH_AT).contains(&at) {
            continue;
        }
        let mut bytes = BYTES.clone();
        bytes[at] ^= 0x10;
        assert!(CompiledPolicy::checked(Place::new(&bytes).bytes()).is_err(), "byte {at}");
    }
}

/// Does this end, and without a panic? Far more time than a sound policy takes.
fn ends_soon(uses: impl FnOnce() + Send + 'static) -> bool {
    let (done, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        uses();
        done.send(()).unwrap();
    });
    waits.recv_timeout(Duration::from_secs(20)).is_ok()
}

/// A damaged table of states must not send a scan round and round.
#[test]
fn a_review_by_overwritten_bytes_ends_soon() {
    assert!(ends_soon(|| {
        for fill in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
            for from in (HEADER_BYTES..BYTES.len()).step_by(1997) {
                let mut bytes = BYTES.clone();
                let to = (from + 1997).min(bytes.len());
                bytes[from..to].fill(fill);
                use_it(Place::new(&bytes).bytes());
            }
        }
    }));
}

/// Where a section lies and how long it is.
fn place_of(section: Section) -> std::ops::Range<usize> {
    let at = HASH_AT + 16 + 8 * section as usize;
    let number = |at: usize| u32::from_le_bytes(BYTES[at..at + 4].try_into().unwrap()) as usize;
    number(at)..number(at) + number(at + 4)
}

/// Outputs that follow themselves: the same pattern is found again and again.
#[test]
fn a_review_by_outputs_that_loop_ends_soon() {
    assert!(ends_soon(|| {
        let mut bytes = BYTES.clone();
        for (number, output) in
            bytes[place_of(Section::Outputs)].chunks_mut(OUTPUT_BYTES).enumerate()
        {
            output.copy_from_slice(&(number as u32 | output::GO_ON).to_le_bytes());
        }
        use_it(Place::new(&bytes).bytes());
    }));
}

/// States whose failure is themselves, or the last one.
#[test]
fn a_review_by_failures_that_loop_ends_soon() {
    assert!(ends_soon(|| {
        let states = place_of(Section::Rests);
        let count = states.len() / REST_BYTES;
        for failure in [0, 1, count - 1] {
            let mut bytes = BYTES.clone();
            for state in bytes[states.clone()].chunks_mut(REST_BYTES) {
                state[..3].copy_from_slice(&(failure as u32).to_le_bytes()[..3]);
            }
            use_it(Place::new(&bytes).bytes());
        }
    }));
}

/// The expression's own way forward, with the way back of another.
#[test]
fn a_regex_with_the_wrong_reverse_table_never_panics() {
    let mut bytes = REGEX_BYTES.clone();
    let at = HASH_AT + 16 + 8 * Section::Regexes as usize;
    let index = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // Of each: rule, forward offset and length, reverse offset and length.
    let of_second = bytes[index + 20 + 12..index + 40].to_vec();
    bytes[index + 12..index + 20].copy_from_slice(&of_second);
    use_it(Place::new(&bytes).bytes());
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn changed_bytes_are_told_by_the_checksum(damage in damage()) {
        let bytes = damaged(&BYTES, &damage, HASH_AT);
        prop_assume!(bytes != *BYTES);
        let place = Place::new(&bytes);
        prop_assert_eq!(CompiledPolicy::checked(place.bytes()).unwrap_err(), LoadError::Damaged);
    }

    #[test]
    fn a_review_by_damaged_bytes_never_panics(damage in damage()) {
        use_it(Place::new(&damaged(&BYTES, &damage, HEADER_BYTES)).bytes());
    }

    /// Most bytes are of the automaton; settings deserve their share.
    #[test]
    fn a_review_by_damaged_settings_never_panics(damage in damage()) {
        let mut bytes = BYTES.clone();
        let end = (HEADER_BYTES + 600).min(bytes.len());
        let head = damaged(&bytes[..end], &damage, HEADER_BYTES);
        bytes[..end].copy_from_slice(&head);
        use_it(Place::new(&bytes).bytes());
    }

    #[test]
    fn a_review_by_damaged_regexes_never_panics(damage in damage()) {
        let from = REGEX_BYTES.len() * 3 / 4;
        use_it(Place::new(&damaged(&REGEX_BYTES, &damage, from)).bytes());
    }
}
