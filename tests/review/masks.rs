//! What a mask covers: the matched letters, one mask for each character that a reader
//! sees, and nothing else.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{Message, answer, cases, masking, policy, verdict};

/// Grapheme clusters of a text, without those that nobody sees: Unicode counts a
/// zero-width space or a soft hyphen as a character of its own.
fn clusters(text: &str) -> usize {
    let is_unseen = |c: char| {
        matches!(c, '\u{200b}' | '\u{ad}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
    };
    text.chars().filter(|&c| !is_unseen(c)).collect::<String>().graphemes(true).count()
}

/// The content with every matched span masked cluster by cluster, as Unicode cuts them.
fn by_clusters(content: &str, spans: &[std::ops::Range<usize>]) -> String {
    let mut expected = String::new();
    let mut done = 0;
    for span in spans {
        expected.push_str(&content[done..span.start]);
        expected.push_str(&"*".repeat(clusters(&content[span.clone()])));
        done = span.end;
    }
    expected.push_str(&content[done..]);
    expected
}

#[test]
fn one_mask_stands_for_one_grapheme_cluster() {
    let policy = masking(&["heck", "가림"], "");
    let mut wrong = Vec::new();
    for content in [
        "heck",
        "ｈｅｃｋ",
        "he\u{301}ck",
        "h\u{301}\u{316}\u{334}e\u{489}ck\u{301}",
        "h\u{200b}e\u{200b}ck",
        "h\u{200c}e\u{200c}ck",
        "h\u{ad}eck",
        "h\u{2060}eck",
        "h\u{fe0f}eck",
        "h\u{20dd}e\u{20dd}c\u{20dd}k",
        "h e c k",
        "h👍🏽e👍🏽c👍🏽k",
        "h👨\u{200d}👩\u{200d}👧e👨\u{200d}👩\u{200d}👧c👨\u{200d}👩\u{200d}👧k",
        "h❤\u{fe0f}e❤\u{fe0f}c❤\u{fe0f}k",
        "🄷🄴🄲🄺",
        "가림",
        "\u{1100}\u{1161}\u{1105}\u{1175}\u{11b7}",
        "ㄱㅏㄹㅣㅁ",
        "가\u{336}림\u{336}",
        "가\u{200b}림",
    ] {
        let expected = format!("rewrite: oh {} then", "*".repeat(clusters(content)));
        let found = verdict(&policy, &format!("oh {content} then"));
        if found != expected {
            wrong.push(format!("{content:?}: {found} not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A joiner joins emoji; between letters it joins nothing.
#[test]
fn joiners_between_letters_join_no_masks() {
    let policy = masking(&["heck", "가림"], "");
    for (content, expected) in
        [("h\u{200d}eck", "****"), ("h\u{200d}e\u{200d}c\u{200d}k", "****"), ("가\u{200d}림", "**")]
    {
        assert_eq!(content.graphemes(true).count(), expected.len());
        assert_eq!(verdict(&policy, content), format!("rewrite: {expected}"), "{content:?}");
    }
}

/// A line break of two characters is one to a reader.
#[test]
fn a_line_break_takes_one_mask() {
    let policy = masking(&["heck"], "");
    assert_eq!(verdict(&policy, "h\r\ne\r\nc\r\nk"), "rewrite: *******");
}

/// Two flags' worth of regional letters: four letters to the fold, two flags to Unicode.
#[test]
fn regional_letters_in_a_row_are_masked() {
    let policy = masking(&["heck"], "");
    let found = verdict(&policy, "oh 🇭🇪🇨🇰 then");
    assert!(["rewrite: oh **** then", "rewrite: oh ** then"].contains(&&found[..]), "{found}");
}

#[test]
fn the_mask_is_the_policys() {
    let policy = policy("replace.toml");
    assert_eq!(verdict(&policy, "oh darn it"), "rewrite: oh ♥♥♥♥ it");
}

/// With `extent = "word"`, what is glued to the match goes too, and no more.
#[test]
fn a_word_is_masked_whole() {
    let policy = masking(&["*darn*"], "extent = 'word'");
    for (content, expected) in [
        ("oh darn it", "oh **** it"),
        ("oh godarned it", "oh ******** it"),
        ("oh go-darned it", "oh go-****** it"),
        ("oh darn2 it", "oh ***** it"),
        ("oh darn은 it", "oh ***** it"),
        ("oh x\u{200b}darn it", "oh ***** it"),
        ("oh xd a r nx it", "oh xd a r nx it"),
        ("darned", "******"),
        ("\"darned\"!", "\"******\"!"),
    ] {
        let expected =
            if content == expected { "allow".to_owned() } else { format!("rewrite: {expected}") };
        assert_eq!(verdict(&policy, content), expected, "{content}");
    }
}

/// A letter of a term in some spelling, and what may stand between two letters.
fn spelled() -> impl Strategy<Value = String> {
    let letter = |forms: &'static [&'static str]| {
        let marks = prop_oneof![
            5 => Just(""),
            1 => proptest::sample::select(vec![
                "\u{301}", "\u{316}\u{334}", "\u{489}", "\u{200b}", "\u{200c}", "\u{2060}",
                "\u{fe0f}", "\u{ad}", "\u{202e}", "\u{feff}",
            ]),
        ];
        (proptest::sample::select(forms), marks).prop_map(|(form, marks)| format!("{form}{marks}"))
    };
    let forms = (
        letter(&["h", "H", "ｈ", "𝐡", "ⓗ", "ħ", "ʜ", "һ"]),
        letter(&["e", "E", "ｅ", "𝐞", "ⓔ", "é", "3", "е", "ᴇ"]),
        letter(&["c", "C", "ｃ", "𝐜", "ⓒ", "ç", "с", "ᴄ"]),
        proptest::sample::select(&["k", "K", "ｋ", "𝐤", "ⓚ", "ķ", "ᴋ"][..]),
        proptest::sample::select(&["", "", "", " ", ".", "_", "-", "\n", "🔥", "·"][..]),
    );
    forms.prop_map(|(h, e, c, k, gap)| format!("{h}{gap}{e}{gap}{c}{gap}{k}"))
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn exactly_the_disguised_letters_are_masked(
        before in "((go|to|on|see) ){0,3}",
        text in spelled(),
        after in "( (now|then|please)){0,3}[.!?]{0,2}",
    ) {
        let policy = &*crate::properties::MILD;
        let content = format!("{before}{text}{after}");
        let (review, valid) = answer(policy, Message { content: &content, ..Message::default() });
        let spans: Vec<_> = review.matches.iter().map(|found| found.span.clone()).collect();
        prop_assert_eq!(spans.len(), 1, "{:?}", &content);
        prop_assert_eq!(&content[spans[0].clone()], &text);
        prop_assert_eq!(valid.content, by_clusters(&content, &spans), "{:?}", &content);
    }
}
