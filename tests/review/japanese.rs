//! Japanese, by mild terms: every form of kana, what people put between letters or draw
//! them out with, and where a word may stand though no space tells.

use unicode_normalization::UnicodeNormalization as _;

use crate::{masking, table};

#[test]
fn every_form_of_kana_is_read() {
    let policy = masking(&["どじ"], "");
    let decomposed: String = "どじ".nfd().collect();
    let masked = |name: &'static str, text: &str, masks: usize| {
        (
            name.to_owned(),
            format!("このー、{text}！"),
            format!("rewrite: このー、{}！", "*".repeat(masks)),
        )
    };
    table(
        &policy,
        &[
            masked("hiragana", "どじ", 2),
            masked("katakana", "ドジ", 2),
            masked("mixed", "どジ", 2),
            masked("half-width, marks apart", "ﾄﾞｼﾞ", 2),
            masked("decomposed", &decomposed, 2),
            masked("spacing marks", "と゛し゛", 2),
            masked("zero-width before a mark", "ﾄ\u{200b}ﾞｼﾞ", 2),
            masked("zero-width between", "ど\u{200b}じ", 2),
            masked("variation selectors", "ど\u{fe0f}じ", 2),
            masked("pair, spaced", "ど じ", 3),
            masked("pair, dotted", "ど・じ", 3),
            masked("prolonged", "どーじ", 3),
            masked("prolonged, half-width", "ﾄﾞｰｼﾞ", 3),
            masked("wave dash", "ド〜ジ", 3),
            masked("full-width tilde", "ど～じ", 3),
            masked("vowels drawn out", "どおおじ", 4),
            masked("small vowel", "どじぃ", 3),
            masked("many of it", "どどどじじ", 5),
        ],
    );
}

/// Voicing marks make another letter; a letter more makes another word.
#[test]
fn other_kana_are_other_words() {
    table(
        &masking(&["どじ"], ""),
        &[
            ("voiceless", "とし", "allow"),
            ("half voiced", "ぱぴ", "allow"),
            ("a vowel of the word", "どおじ", "allow"),
            ("small letters are letters", "どじゃ", "allow"),
        ],
    );
    table(
        &masking(&["ほーむ"], ""),
        &[("long", "ホーム", "rewrite: ***"), ("short", "ほむ", "allow")],
    );
}

#[test]
fn words_end_where_the_script_changes_or_a_particle_follows() {
    table(
        &masking(&["どじ"], ""),
        &[
            ("alone", "どじ", "rewrite: **"),
            ("copula", "どじだな", "rewrite: **だな"),
            ("particle", "どじは嫌い", "rewrite: **は嫌い"),
            ("kanji after", "どじ野郎", "rewrite: **野郎"),
            ("short breath", "どじっ！", "rewrite: **っ！"),
            ("more hiragana after", "どじる", "allow"),
            ("hiragana may end a word begun in hiragana", "ほどじ", "allow"),
            ("or in kanji", "程どじ", "allow"),
            ("or in katakana", "ホどじ", "allow"),
            ("katakana between hiragana", "このドジめ", "rewrite: この**め"),
            ("katakana after kanji", "お前ドジだな", "rewrite: お前**だな"),
            ("more katakana after", "ドジョウ", "allow"),
            ("more katakana before", "スドジ", "allow"),
            ("katakana and a short breath", "ドジッ", "rewrite: **ッ"),
        ],
    );
    table(
        &masking(&["間抜け"], ""),
        &[
            ("after kana", "この間抜け", "rewrite: この***"),
            ("copula", "間抜けだな", "rewrite: ***だな"),
            ("more kanji before", "年間抜け", "allow"),
            ("more hiragana after", "間抜ける", "allow"),
        ],
    );
}

/// A star of a term in hiragana says nothing about a katakana word.
#[test]
fn stars_count_in_the_script_they_are_written_in() {
    table(
        &masking(&["*どじ*"], ""),
        &[
            ("hiragana", "ほどじる", "rewrite: ほ**る"),
            ("katakana alone", "このドジめ", "rewrite: この**め"),
            ("inside katakana", "ドジョウ", "allow"),
        ],
    );
    table(
        &masking(&["*ドジ*"], ""),
        &[
            ("hiragana", "ほどじる", "rewrite: ほ**る"),
            ("inside katakana", "スドジル", "rewrite: ス**ル"),
        ],
    );
}

#[test]
fn letters_apart_are_found_among_others() {
    table(
        &masking(&["*まぬけ*"], ""),
        &[
            ("spaced", "お前ま ぬ けだな", "rewrite: お前*****だな"),
            ("starred", "このま*ぬ*け", "rewrite: この*****"),
            ("emoji", "ま🔥ぬ🔥け", "rewrite: *****"),
            ("digits", "ま1ぬ1け", "rewrite: *****"),
            ("prolonged and spaced", "ま ー ぬ け", "rewrite: *******"),
            ("one cut", "ま ぬけ", "rewrite: ****"),
            ("one cut before a particle", "ま、ぬけは", "allow"),
            ("one cut in a longer word", "たま、ぬける", "allow"),
            ("one letter hidden", "ま○け", "rewrite: ***"),
            ("hidden in a row of stars", "ま*け*る", "allow"),
            ("a middle dot hides nothing", "ま・け", "allow"),
            ("spaced to its long end", "ま ぬ け ー", "rewrite: *******"),
        ],
    );
    table(
        &masking(&["どじ"], ""),
        &[
            ("a pair in a row of letters", "ほ ど じ る", "allow"),
            ("a pair in words", "なるほど、じゃあ", "allow"),
        ],
    );
}

/// With `extent = "word"`: Japanese words have no edges to be masked up to, but for
/// those in katakana.
#[test]
fn the_word_around_a_term() {
    table(
        &masking(&["*ドジ*"], "extent = 'word'"),
        &[
            ("hiragana", "このどじめ", "rewrite: この**め"),
            ("katakana", "このスドジルめ", "rewrite: この****め"),
            ("dotted", "このド.ジめ", "rewrite: この***め"),
        ],
    );
}

/// An exception with a long vowel is that word alone.
#[test]
fn a_long_vowel_may_make_a_word() {
    table(
        &masking(&["どじ"], "except = ['ドージ']"),
        &[
            ("the word", "ドージ", "allow"),
            ("the term", "ドジ", "rewrite: **"),
            ("drawn out further", "ドーージ", "rewrite: ****"),
        ],
    );
}
