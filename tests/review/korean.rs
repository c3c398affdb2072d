//! Korean, by the nonsense term of the `test` pack: every form of Hangul, and what people
//! put between and into syllables.

use unicode_normalization::UnicodeNormalization as _;

use crate::{masking, policy, table, verdict};

const TERM: &str = "챗워든가림";
/// The same as it comes out of an English keyboard layout.
const TYPED: &str = "coTdnjemsrkfla";

/// Initial, vowel and final of the term's syllables.
const JAMO: [&str; 5] = ["ㅊㅐㅅ", "ㅇㅝ", "ㄷㅡㄴ", "ㄱㅏ", "ㄹㅣㅁ"];
const HALF_WIDTH: [&str; 5] = [
    "\u{ffba}\u{ffc3}\u{ffb5}",
    "\u{ffb7}\u{ffd4}",
    "\u{ffa7}\u{ffda}\u{ffa4}",
    "\u{ffa1}\u{ffc2}",
    "\u{ffa9}\u{ffdc}\u{ffb1}",
];

fn joined(separator: &str) -> String {
    TERM.chars().map(String::from).collect::<Vec<_>>().join(separator)
}

#[test]
fn every_form_of_hangul_is_read() {
    let policy = policy("test-pack.toml");
    let decomposed: String = TERM.nfd().collect();
    let masked = |name: &str, text: &str, masks: usize| {
        let expected = format!("rewrite: 오늘 {} 진짜", "*".repeat(masks));
        (name.to_owned(), format!("오늘 {text} 진짜"), expected)
    };
    table(
        &policy,
        &[
            masked("composed", TERM, 5),
            masked("decomposed", &decomposed, 5),
            masked("half decomposed", &format!("챗워{}", "든가림".nfd().collect::<String>()), 5),
            masked("compatibility jamo", &JAMO.concat(), 13),
            masked("compatibility jamo, by syllable", &JAMO.join(" "), 17),
            masked("half-width jamo", &HALF_WIDTH.concat(), 13),
            masked("last syllable split", "챗워든가ㄹㅣㅁ", 7),
            masked("first syllable split", "ㅊㅐㅅ워든가림", 7),
            masked("final written apart", "챗워든가리ㅁ", 6),
            masked("circled", "챗워든㉮림", 5),
            masked("spaced", &joined(" "), 9),
            masked("dotted", &joined("."), 9),
            masked("underscored", &joined("_"), 9),
            masked("newlines", &joined("\n"), 9),
            masked("emoji", &joined("🔥"), 9),
            masked("digits", &joined("1"), 9),
            masked("Latin letters", &joined("x"), 9),
            masked("zero-width spaces", &joined("\u{200b}"), 5),
            masked("combining marks", &joined("\u{336}"), 5),
            masked("variation selectors", &joined("\u{fe0f}"), 5),
            masked("soft hyphens", &joined("\u{ad}"), 5),
            masked("one symbol", "챗워@든가림", 6),
            masked("one digit", "챗워1든가림", 6),
            masked("one space", "챗워 든가림", 6),
            masked("several symbols", "챗!워~든^가*림", 9),
            masked("stretched vowel", "챗워든가아아림", 7),
            masked("stretched vowel at a final", "챗워든가리이임", 7),
            masked("stretched vowel, jamo", "챗워든가ㅏㅏ림", 7),
            masked("stretched vowel, decomposed", &"챗워든가아림".nfd().collect::<String>(), 6),
            masked("sound-alike vowel", "쳇워든가림", 5),
            masked("tense consonant", "챗워뜬가림", 5),
            masked("aspirated consonant", "챗워튼가림", 5),
            masked("two sound-alikes", "쳇워든까림", 5),
        ],
    );
}

#[test]
fn particles_and_neighbours_stay() {
    let policy = policy("test-pack.toml");
    table(
        &policy,
        &[
            ("alone", "챗워든가림", "rewrite: *****"),
            ("twice", "챗워든가림 챗워든가림", "rewrite: ***** *****"),
            ("between punctuation", "\"챗워든가림\"!", "rewrite: \"*****\"!"),
            ("laughter after it", "챗워든가림ㅋㅋㅋ", "rewrite: *****ㅋㅋㅋ"),
            ("crying after it", "챗워든가림ㅠㅠ", "rewrite: *****ㅠㅠ"),
            ("Latin before it", "a챗워든가림", "rewrite: a*****"),
            ("emoji around it", "🔥챗워든가림🔥", "rewrite: 🔥*****🔥"),
        ],
    );
}

#[test]
fn typed_on_an_english_keyboard() {
    let policy = policy("test-pack.toml");
    let lower = TYPED.to_lowercase();
    table(
        &policy,
        &[
            (
                "as typed".to_owned(),
                format!("oh {TYPED}!"),
                "rewrite: oh **************!".to_owned(),
            ),
            ("lower case".to_owned(), lower.clone(), "rewrite: **************".to_owned()),
            ("within a word".to_owned(), format!("x{lower}"), "allow".to_owned()),
            ("in leet: plain only".to_owned(), lower.replace('o', "0"), "allow".to_owned()),
            (
                "spaced: plain only".to_owned(),
                "c o t d n j e m s r k f l a".to_owned(),
                "allow".to_owned(),
            ),
        ],
    );
}

/// Particles follow a word without a space.
#[test]
fn particles_may_follow() {
    let policy = policy("test-pack.toml");
    assert_eq!(verdict(&policy, "챗워든가림은 안 돼"), "rewrite: *****은 안 돼");
}

#[test]
fn innocent_korean_is_left_alone() {
    let policy = policy("test-pack.toml");
    for content in [
        "챗 워드 가림",
        "챗워드가림",
        "워든가림",
        "챗워든",
        "챗워든 시작",
        "가림막",
        "림가든워챗",
        "챗을 워낙 든든하게 가려 림",
        "안녕하세요 ㅋㅋㅋ",
        "ㄱㄴㄷㄹ",
        "아 진짜?",
        "챗, 그리고 워든도 가림",
        "저챗워든가림",
    ] {
        assert_eq!(verdict(&policy, content), "allow", "{content}");
    }
}

/// Short terms: a syllable's final, a tense consonant and the next word are another word.
#[test]
fn syllables_are_told_apart() {
    let policy = masking(&["가지", "*나무*", "ㄱㅈ"], "except = ['나무늘보']");
    table(
        &policy,
        &[
            ("whole", "가지", "rewrite: **"),
            ("a final more", "가직", "allow"),
            ("another syllable after it", "가지고", "allow"),
            ("another before it", "한가지", "allow"),
            ("tense", "까지", "allow"),
            ("the final is another's", "각지", "allow"),
            ("over two words", "아가 지금", "allow"),
            ("cut", "가 지", "rewrite: ***"),
            ("anywhere", "소나무숲", "rewrite: 소**숲"),
            ("exception", "나무늘보", "allow"),
            ("exception, decomposed", "나무늘보", "allow"),
            ("exception and term", "나무늘보 나무", "rewrite: 나무늘보 **"),
            ("consonants", "ㄱㅈ", "rewrite: **"),
            ("consonants spaced", "ㄱ ㅈ", "rewrite: ***"),
            ("initials of syllables", "과자", "allow"),
        ],
    );
}

/// With `extent = "word"`, a syllable that goes on a spelled term goes too, and so does one
/// behind a single sign.
#[test]
fn endings_apart_belong_to_the_word() {
    let policy = masking(&["*가지*"], "extent = 'word'");
    table(
        &policy,
        &[
            ("spaced", "야 가 지 네 이것", "rewrite: 야 ***** 이것"),
            ("spaced, not before", "가 가 지 것들", "rewrite: 가 *** 것들"),
            ("one emoji", "가지🔥네 것", "rewrite: **** 것"),
            ("a word of its own", "가지 네 것", "rewrite: ** 네 것"),
            ("more than a syllable", "가지!이것", "rewrite: **!이것"),
        ],
    );
}

/// Even an open term ends where a syllable does: no mask leaves half of one.
#[test]
fn an_open_term_takes_whole_syllables() {
    let policy = masking(&["가지*"], "");
    let decomposed: String = "가진 것".nfd().collect();
    table(
        &policy,
        &[
            ("with a final", "가진 것", "allow"),
            ("with a final, decomposed", &decomposed, "allow"),
            ("with a particle", "가지를", "rewrite: **를"),
        ],
    );
}
