//! What holds for any message, by any policy: text of everything that is hard about text.

use std::sync::LazyLock;

use chatwarden_engine::contract::Attributes;
use chatwarden_engine::review::{Review, Scratch, Verdict};
use proptest::prelude::*;

use crate::{Loaded, Message, answer, cases, policy};

pub(crate) const POLICIES: [&str; 6] =
    ["mild.toml", "standing.toml", "whole.toml", "replace.toml", "test-pack.toml", "circles.toml"];

static LOADED: LazyLock<Vec<Loaded>> = LazyLock::new(|| POLICIES.map(policy).into());
pub(crate) static MILD: LazyLock<Loaded> = LazyLock::new(|| policy("mild.toml"));

/// Pieces of text: what terms are made of, and what makes text hard to read.
const PIECES: &[&str] = &[
    // Words and parts of terms.
    "heck",
    "darn",
    "gosh",
    "he",
    "ck",
    "h",
    "e",
    "c",
    "k",
    "d4rn",
    "h3ck",
    "H",
    "E",
    "C",
    "K",
    "fudge",
    "goshawk",
    "darning",
    "check",
    "what the ",
    "blazes",
    "chatwardenmask",
    "chatwardendeny",
    "챗워든가림",
    // Leet and other ASCII.
    "0",
    "1",
    "3",
    "4",
    "5",
    "6",
    "7",
    "9",
    "@",
    "$",
    "!",
    "|",
    "+",
    "(",
    ")",
    "<",
    ">",
    "#",
    "*",
    "_",
    "-",
    ".",
    "~",
    "'",
    "%",
    "?",
    ",",
    ":",
    "/",
    "\\",
    "\"",
    "&",
    "=",
    "[",
    "]",
    "{",
    "}",
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n",
    "\0",
    "\u{1b}",
    "\u{7f}",
    "https://",
    "www.",
    ".com",
    "example.org",
    "a@b.co",
    "code-1234",
    "RFC 1",
    "010-1234-5678",
    "4111 1111 1111 1111",
    // Hangul in all forms.
    "챗",
    "워",
    "든",
    "가",
    "림",
    "아",
    "이",
    "시",
    "까",
    "낀",
    "ㅊ",
    "ㅐ",
    "ㅅ",
    "ㅇ",
    "ㅝ",
    "ㅋㅋ",
    "ㅠ",
    "ㅆ",
    "ㄳ",
    "\u{110e}",
    "\u{1162}",
    "\u{11ba}",
    "\u{110b}",
    "\u{1175}",
    "\u{11b7}",
    "\u{1100}",
    "\u{1161}",
    "\u{1113}",
    "\u{a960}",
    "\u{d7b0}",
    "\u{d7cb}",
    "\u{115f}",
    "\u{1160}",
    "ﾺ",
    "ￂ",
    "ﾵ",
    "\u{ffa0}",
    "\u{3164}",
    "㉮",
    "㈀",
    "㈎",
    "\u{302e}",
    // Marks, invisible characters, directions.
    "\u{301}",
    "\u{316}",
    "\u{334}",
    "\u{489}",
    "\u{35c}",
    "\u{20dd}",
    "\u{903}",
    "\u{94d}",
    "\u{3099}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{2060}",
    "\u{ad}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{34f}",
    "\u{202e}",
    "\u{202c}",
    "\u{2067}",
    "\u{2069}",
    "\u{200f}",
    "\u{180e}",
    "\u{e0061}",
    "\u{e007f}",
    "\u{e0100}",
    // Styled and look-alike letters, other scripts.
    "ｈ",
    "𝐞",
    "ⓒ",
    "🅺",
    "🄷",
    "ʜ",
    "ᵉ",
    "æ",
    "ß",
    "İ",
    "ı",
    "ŉ",
    "ﬀ",
    "ﬃ",
    "㏂",
    "№",
    "℡",
    "ĳ",
    "Ǆ",
    "½",
    "²",
    "е",
    "с",
    "к",
    "ж",
    "Ω",
    "κ",
    "η",
    "ա",
    "Ꮋ",
    "ש",
    "ل",
    "ﷺ",
    "अ",
    "ก",
    "あ",
    "ア",
    "ｱ",
    "ﾞ",
    "漢",
    "𠮷",
    // Emoji, alone and joined; flags; unassigned, private and last code points.
    "🔥",
    "👍🏽",
    "👨\u{200d}👩\u{200d}👧",
    "❤\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "🇰",
    "🇷",
    "🏴",
    "🏽",
    "\u{378}",
    "\u{e000}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{2028}",
    "\u{3000}",
    "\u{a0}",
    "\u{85}",
];

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
}

fn review<'p>(loaded: &'p Loaded, content: &str, scratch: &mut Scratch) -> Review<'p> {
    let message = Message { content, ..Message::default() };
    loaded.policy.review(&message.request(), scratch)
}

fn same(a: &Review<'_>, b: &Review<'_>) -> bool {
    a.verdict == b.verdict && a.matches == b.matches && a.tags == b.tags
}

proptest! {
    #![proptest_config(cases(400))]

    /// The helper holds every answer to the contract, and every span to the text.
    #[test]
    fn any_message_gets_a_valid_answer(content in nasty(), role in "(viewer|admin|)", room in "(kids1|lobby-1|x)") {
        let room = format!("arn:aws:ivschat:us-west-2:123456789012:room/{room}");
        let attributes = [("a", &content[..]), ("mood", "x")];
        let sender = [("role", &role[..]), ("lang", "pt-BR"), ("age", "new")];
        for loaded in LOADED.iter() {
            let message = Message { content: &content, room: &room, attributes: &attributes, sender: &sender };
            let (review, valid) = answer(loaded, message);
            prop_assert!(review.matches.is_sorted_by_key(|m| (m.rule_index, m.span.start, m.span.end)));
            for found in &review.matches {
                prop_assert_eq!(loaded.policy.rules().nth(found.rule_index), Some(found.rule));
            }
            let enforced = review.matches.iter().any(|m| !m.shadow);
            prop_assert!(enforced || review.verdict == Verdict::Allow);
            if valid.is_allowed && review.tags.is_empty() {
                let sent: Attributes<'_> = message.request().attributes;
                let fits = chatwarden_engine::contract::attributes_len(&sent) <= 1000;
                prop_assert_eq!(valid.attributes.is_some(), fits, "echoed while they fit");
            }
        }
    }

    #[test]
    fn reviews_depend_on_the_message_alone(contents in proptest::collection::vec(nasty(), 1..4)) {
        for loaded in LOADED.iter() {
            let mut reused = Scratch::default();
            for content in contents.iter().chain(contents.iter().rev()) {
                let fresh = review(loaded, content, &mut Scratch::default());
                prop_assert!(same(&fresh, &review(loaded, content, &mut reused)), "{:?}", content);
            }
        }
    }

    #[test]
    fn an_explanation_tells_of_the_same_review(content in nasty()) {
        let message = Message { content: &content, ..Message::default() };
        for loaded in LOADED.iter() {
            let mut scratch = Scratch::default();
            let explained = loaded.policy.explain(&message.request(), &mut scratch);
            let reviewed = review(loaded, &content, &mut scratch);
            prop_assert!(same(&explained.review, &reviewed), "{:?}", content);
            for found in &reviewed.matches {
                let told = explained.findings.iter().any(|finding| {
                    finding.rule == found.rule && finding.span == found.span
                        && finding.spared_by.is_none() && finding.applies && finding.shadow == found.shadow
                });
                prop_assert!(told, "{:?} is not explained in {:?}", found, &content);
            }
            for finding in &explained.findings {
                prop_assert!(content.get(finding.span.clone()).is_some_and(|text| !text.is_empty()));
                let acted = reviewed.matches.iter()
                    .any(|m| m.rule_index == finding.rule_index && m.span == finding.span);
                let held_back = finding.spared_by.is_some() || !finding.applies;
                prop_assert!(acted || held_back, "{:?} in {:?}", finding, &content);
            }
        }
    }

    /// No neighbour hides a term that stands between two spaces as it is written.
    #[test]
    fn a_plain_term_between_spaces_is_found(before in nasty(), after in nasty()) {
        for term in ["heck", "darn", "twit", "boo", "nincompoop", "frelling"] {
            let content = format!("{before} {term} {after}");
            let start = before.len() + 1;
            let reviewed = review(&MILD, &content, &mut Scratch::default());
            let found = reviewed.matches.iter()
                .any(|m| m.span.start <= start && start + term.len() <= m.span.end);
            prop_assert!(found, "{:?}: {:?}", &content, reviewed.matches);
        }
    }

    /// The same of Korean, whose letters are found inside of characters.
    #[test]
    fn a_plain_korean_term_between_spaces_is_found(before in nasty(), after in nasty()) {
        let content = format!("{before} 챗워든가림 {after}");
        let start = before.len() + 1;
        let reviewed = review(&LOADED[4], &content, &mut Scratch::default());
        let found = reviewed.matches.iter()
            .any(|m| m.span.start <= start && start + "챗워든가림".len() <= m.span.end);
        prop_assert!(found, "{:?}: {:?}", &content, reviewed.matches);
    }

    #[test]
    fn folding_twice_changes_nothing(
        content in "([ -~]|[À-ʯ]|[ａ-ｚＡ-Ｚ０-９]|[𝐀-𝚣]|[ⓐ-ⓩ🄰-🅉]|[\u{300}-\u{36f}\u{200b}-\u{200f}]){0,40}"
    ) {
        let fold = |content: &str| {
            let message = Message { content, ..Message::default() };
            MILD.policy.explain(&message.request(), &mut Scratch::default()).folded.replace(' ', "")
        };
        let once = fold(&content);
        prop_assert_eq!(&fold(&once), &once);
    }

    /// A rewrite by a mask leaves what was not matched as it was.
    #[test]
    fn what_is_not_matched_is_untouched(content in nasty()) {
        for loaded in [&LOADED[0], &LOADED[1]] {
            let (review, valid) = answer(loaded, Message { content: &content, ..Message::default() });
            let mut spans: Vec<_> = review.matches.iter().map(|m| m.span.clone()).collect();
            spans.sort_by_key(|span| span.start);
            let mut rest = &valid.content[..];
            let mut done = 0;
            for span in spans {
                if span.start >= done {
                    let kept = rest.strip_prefix(&content[done..span.start]);
                    prop_assert!(kept.is_some(), "{:?}: {:?}", &content, &valid.content);
                    rest = kept.unwrap().trim_start_matches('*');
                    done = span.end;
                    // Stars that stand behind the match in the message are its own.
                    let stars = content[done..].len() - content[done..].trim_start_matches('*').len();
                    done += stars;
                }
                done = done.max(span.end);
            }
            prop_assert_eq!(rest, &content[done..], "{:?}: {:?}", &content, &valid.content);
        }
    }
}
