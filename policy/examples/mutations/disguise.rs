//! Disguises: the ways in which a word is written so that people read it and filters do not.
//!
//! A class of disguises takes a text and gives its spellings in that disguise, always the same.
//! It knows no terms and no policy, and nothing of what the engine can read: the alphabets here
//! are those that people use, not those of `fold/table.rs`.

use unicode_normalization::UnicodeNormalization as _;

/// A class of disguises.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// The spellings of a text in lower case; none where it has nothing to disguise.
    pub(crate) spell: fn(&str) -> Vec<String>,
}

const fn class(name: &'static str, spell: fn(&str) -> Vec<String>) -> Class {
    Class { name, spell }
}

/// For text in Latin letters.
pub(crate) const LATIN: &[Class] = &[
    class("plain", |text| vec![text.to_owned()]),
    class("capitals", |text| vec![text.to_uppercase()]),
    class("mixed case", |text| vec![in_turn(text, false), in_turn(text, true)]),
    class("one letter leet", |text| {
        each_place(text, |c| alternatives(c).chars().map(String::from).collect())
    }),
    class("all letters leet", |text| vec![leet(text, |_| 0), leet(text, |_| 1)]),
    class("every other letter leet", |text| {
        let other =
            |parity: usize| move |i: usize| if i % 2 == parity { i / 2 } else { usize::MAX };
        vec![leet(text, other(0)), leet(text, other(1))]
    }),
    class("one Cyrillic letter", |text| one_from(text, CYRILLIC)),
    class("Cyrillic", |text| all_from(text, &[CYRILLIC])),
    class("Greek", |text| all_from(text, &[GREEK])),
    class("Armenian", |text| all_from(text, &[ARMENIAN])),
    class("Cherokee", |text| all_from(text, &[CHEROKEE])),
    class("several scripts", |text| {
        let scripts = [CYRILLIC, GREEK, ARMENIAN, CHEROKEE];
        vec![by_letter(text, |i, c| from(scripts.get(i % 4).unwrap_or(&""), c))]
    }),
    class("small capitals", |text| all_from(text, &[SMALL_CAPITALS])),
    class("phonetic letters", |text| all_from(text, &[PHONETIC])),
    class("turned letters", |text| all_from(text, &[TURNED])),
    class("superscript", |text| all_from(text, &[SUPERSCRIPT])),
    class("full-width", |text| styled(text, "ａＡ")),
    class("mathematical", |text| styled(text, "𝐚𝑎𝒂𝓪𝔞𝕒𝖆𝖺𝗮𝘢𝙖𝚊𝐀𝓐𝕬")),
    class("circled", |text| styled(text, "ⓐⒶ🅐")),
    class("squared", |text| styled(text, "🄰🅰")),
    class("parenthesised", |text| styled(text, "⒜🄐")),
    class("regional indicators", |text| {
        let flags = styled(text, "🇦").concat();
        vec![joined(&flags, ""), joined(&flags, "\u{200b}"), joined(&flags, " ")]
    }),
    class("tag letters", |text| styled(text, "\u{e0061}")),
    class("accents", |text| all_from(text, &[ACCENTED])),
    class("one combining mark each", |text| {
        ["\u{301}", "\u{336}", "\u{20dd}"].iter().map(|mark| after_each(text, mark)).collect()
    }),
    class("flood of combining marks", |text| {
        vec![after_each(text, "\u{301}\u{316}\u{334}\u{489}\u{35c}\u{363}\u{30a}\u{324}")]
    }),
    class("zero-width characters", |text| {
        joined_by(text, &["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}"])
    }),
    class("soft hyphens", |text| joined_by(text, &["\u{ad}"])),
    class("variation selectors", |text| joined_by(text, &["\u{fe0f}", "\u{e0100}"])),
    class("bidirectional controls", |text| {
        let mut found = joined_by(text, &["\u{200e}", "\u{200f}"]);
        found.push(format!("\u{202e}\u{202d}{text}\u{202c}\u{202c}"));
        found
    }),
    class("backwards under an override", |text| {
        vec![format!("\u{202e}{}\u{202c}", text.chars().rev().collect::<String>())]
    }),
    class("spaced", |text| joined_by(text, &[" ", "\u{a0}", "\u{3000}"])),
    class("dotted", |text| joined_by(text, &[".", "·"])),
    class("underscored", |text| joined_by(text, &["_"])),
    class("dashed", |text| joined_by(text, &["-", "–"])),
    class("slashed, starred", |text| joined_by(text, &["/", "*", "|"])),
    class("emoji between", |text| joined_by(text, &["🔥", "👍🏽", "❤\u{fe0f}"])),
    class("digits between", |text| joined_by(text, &["1", "7"])),
    class("mixed separators", |text| {
        let mut signs = [".", "-", " ", "_", "~"].iter().cycle();
        vec![between(text, || (*signs.next().unwrap_or(&"")).to_owned())]
    }),
    class("line breaks", |text| joined_by(text, &["\n", "\r\n"])),
    class("cut by one space", |text| cuts(text, " ")),
    class("cut by one sign", |text| {
        [".", "-", "_", "'"].iter().flat_map(|sign| cuts(text, sign)).collect()
    }),
    class("one letter repeated", |text| {
        each_place(text, |c| {
            if c.is_alphanumeric() { vec![c.to_string().repeat(4)] } else { Vec::new() }
        })
    }),
    class("all letters repeated", |text| {
        vec![by_letter(text, |_, c| Some(c.to_string().repeat(3)))]
    }),
    class("one letter starred", |text| inner_places(text, "*")),
    class("one letter behind another sign", |text| {
        ["#", "-", "_", "."].iter().flat_map(|sign| inner_places(text, sign)).collect()
    }),
    class("vowels starred", |text| {
        let starred = by_letter(text, |_, c| {
            Some(if "aeiou".contains(c) { "*".into() } else { c.to_string() })
        });
        // A vowel at the edge of a word stays: it would be no letter's place.
        if starred.starts_with('*') || starred.ends_with('*') || !starred.contains('*') {
            Vec::new()
        } else {
            vec![starred]
        }
    }),
    class("glued to a neighbour", |text| {
        vec![format!("hey{text}"), format!("{text}lol"), format!("you{text}man")]
    }),
    class("glued in another case", |text| {
        let mut letters = text.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        vec![format!("hey{first}{}", letters.as_str()), format!("{text}LOL")]
    }),
];

/// For text in Hangul.
pub(crate) const HANGUL: &[Class] = &[
    class("plain", |text| vec![text.to_owned()]),
    class("decomposed", |text| changed(text, text.nfd().collect())),
    class("compatibility jamo", |text| changed(text, by_letter(text, |_, c| Some(spread(c))))),
    class("half-width jamo", |text| {
        let half = |c: char| spread(c).chars().map(half_width).collect();
        changed(text, by_letter(text, |_, c| Some(half(c))))
    }),
    class("one syllable split", |text| {
        each_place(text, |c| jamo(c).map(|_| spread(c)).into_iter().collect())
    }),
    class("final written apart", |text| {
        each_place(text, |c| match jamo(c) {
            Some((_, _, last @ 1..)) => {
                let open = char::from_u32(u32::from(c) - last as u32).unwrap_or(c);
                vec![format!("{open}{}", FINALS.get(last).unwrap_or(&""))]
            }
            _ => Vec::new(),
        })
    }),
    class("spaced", |text| joined_by(text, &[" ", "  ", "\u{3164}"])),
    class("line breaks", |text| joined_by(text, &["\n"])),
    class("dotted, dashed, underscored", |text| joined_by(text, &[".", "-", "_", "·", "~"])),
    class("one symbol between", |text| {
        ["@", "!", "^", "*", "/"].iter().flat_map(|sign| cuts(text, sign)).collect()
    }),
    class("one digit between", |text| {
        ["1", "2", "8"].iter().flat_map(|digit| cuts(text, digit)).collect()
    }),
    class("digits between", |text| joined_by(text, &["1", "0"])),
    class("Latin letters between", |text| joined_by(text, &["x", "ㅋ"])),
    class("emoji between", |text| joined_by(text, &["🔥", "👍🏽"])),
    class("zero-width, variation selectors", |text| {
        joined_by(text, &["\u{200b}", "\u{ad}", "\u{fe0f}"])
    }),
    class("combining marks", |text| {
        vec![after_each(text, "\u{336}"), after_each(text, "\u{301}\u{316}\u{334}")]
    }),
    class("stretched vowel", |text| each_place(text, |c| stretched(c).into_iter().collect())),
    class("one syllable repeated", |text| {
        each_place(text, |c| {
            if c.is_alphanumeric() {
                vec![c.to_string().repeat(2), c.to_string().repeat(4)]
            } else {
                Vec::new()
            }
        })
    }),
    class("keyboard layout", |text| on_keyboard(text).into_iter().collect()),
];

/// What stands for a to z; `-` for a letter that stays as it is.
const CYRILLIC: &str = "а ь с ԁ е ғ ԍ һ і ј к ӏ м п о р ԛ г ѕ т ц ѵ ԝ х у з";
const GREEK: &str = "α β ϲ δ ε - - - ι ϳ κ - - η ο ρ - - σ τ υ ν ω χ γ ζ";
const ARMENIAN: &str = "ա - - - - - ց հ - յ - - - ո օ - զ - - է ս - ա - - -";
const CHEROKEE: &str = "Ꭺ Ᏼ Ꮯ Ꭰ Ꭼ - Ꮐ Ꮋ Ꭵ Ꭻ Ꮶ Ꮮ Ꮇ - - Ꮲ - Ꭱ Ꮪ Ꭲ - Ꮩ Ꮃ - Ꭹ Ꮓ";
const SMALL_CAPITALS: &str = "ᴀ ʙ ᴄ ᴅ ᴇ ꜰ ɢ ʜ ɪ ᴊ ᴋ ʟ ᴍ ɴ ᴏ ᴘ ꞯ ʀ ꜱ ᴛ ᴜ ᴠ ᴡ - ʏ ᴢ";
const PHONETIC: &str = "ɑ ɓ ƈ ɖ ɛ ƒ ɠ ɦ ɩ ʝ ƙ ɭ ɱ ɳ ɵ ƥ ʠ ɾ ʂ ʈ ʊ ʋ - - ʏ ʐ";
const TURNED: &str = "ɐ - ɔ - ǝ ɟ ƃ ɥ ᴉ ɾ ʞ ꞁ ɯ - - - - ɹ - ʇ - ʌ ʍ - ʎ -";
const SUPERSCRIPT: &str = "ᵃ ᵇ ᶜ ᵈ ᵉ ᶠ ᵍ ʰ ⁱ ʲ ᵏ ˡ ᵐ ⁿ ᵒ ᵖ 𐞥 ʳ ˢ ᵗ ᵘ ᵛ ʷ ˣ ʸ ᶻ";
const ACCENTED: &str = "ä ḃ ç ď é ḟ ĝ ħ ï ĵ ķ ł ḿ ñ ø ṕ - ř š ţ ü ṽ ŵ ẍ ÿ ž";

/// Digits, then signs, that are written for a letter.
fn alternatives(c: char) -> &'static str {
    match c {
        'a' => "4@",
        'b' => "8",
        'c' => "(",
        'e' => "3€",
        'g' => "9",
        'h' => "#",
        'i' => "1!",
        'l' => "1|",
        'o' => "0",
        's' => "5$",
        't' => "7+",
        'z' => "2",
        _ => "",
    }
}

/// Letters rewritten by the alternative whose number `choose` gives for a place, or by the
/// last there is; none where it gives `usize::MAX`. Places are those that have alternatives.
fn leet(text: &str, choose: impl Fn(usize) -> usize) -> String {
    let mut place = 0;
    let letter = |c: char| {
        let signs: Vec<char> = alternatives(c).chars().collect();
        let (Some(last), chosen) = (signs.last(), choose(place)) else { return c };
        place += 1;
        if chosen == usize::MAX { c } else { *signs.get(chosen).unwrap_or(last) }
    };
    text.chars().map(letter).collect()
}

/// A letter's like in an alphabet of 26.
fn from(alphabet: &str, c: char) -> Option<String> {
    let place = (u32::from(c)).checked_sub(u32::from('a'))?;
    let like = alphabet.split(' ').nth(place as usize)?;
    Some(if like == "-" { c.to_string() } else { like.to_owned() })
}

fn all_from(text: &str, alphabets: &[&str]) -> Vec<String> {
    alphabets
        .iter()
        .flat_map(|alphabet| changed(text, by_letter(text, |_, c| from(alphabet, c))))
        .collect()
}

fn one_from(text: &str, alphabet: &str) -> Vec<String> {
    each_place(text, |c| {
        from(alphabet, c).filter(|like| !like.starts_with(c)).into_iter().collect()
    })
}

/// In each of these alphabets of 26 in a row, named by their letter a.
fn styled(text: &str, first_letters: &str) -> Vec<String> {
    let style = |first: char| {
        by_letter(text, |_, c| {
            let place = u32::from(c).checked_sub(u32::from('a')).filter(|place| *place < 26)?;
            // A hole in the mathematical letters: it is at U+210E.
            let letter = match char::from_u32(u32::from(first) + place)? {
                '\u{1d455}' => 'ℎ',
                letter => letter,
            };
            Some(letter.to_string())
        })
    };
    first_letters.chars().map(style).collect()
}

/// The text with each character rewritten; one for which there is nothing stays.
fn by_letter(text: &str, rewrite: impl Fn(usize, char) -> Option<String>) -> String {
    text.chars().enumerate().map(|(i, c)| rewrite(i, c).unwrap_or_else(|| c.to_string())).collect()
}

/// The spelling, unless it is the text itself.
fn changed(text: &str, spelling: String) -> Vec<String> {
    if spelling == text { Vec::new() } else { vec![spelling] }
}

/// The text with one place rewritten, for every place and each of its rewritings.
fn each_place(text: &str, rewrite: impl Fn(char) -> Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        let (before, after) =
            (text.get(..at).unwrap_or(""), text.get(at + c.len_utf8()..).unwrap_or(""));
        found.extend(rewrite(c).into_iter().map(|new| format!("{before}{new}{after}")));
    }
    found
}

/// The text with one letter inside a word hidden, for every such letter.
fn inner_places(text: &str, sign: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let inner = letters
        .windows(3)
        .enumerate()
        .filter(|(_, three)| three.iter().all(|c| c.is_alphanumeric()));
    inner
        .map(|(i, _)| {
            by_letter(text, |at, c| Some(if at == i + 1 { sign.to_owned() } else { c.to_string() }))
        })
        .collect()
}

/// The text cut once between two letters of a word, for every such place.
fn cuts(text: &str, sign: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let joints =
        letters.windows(2).enumerate().filter(|(_, two)| two.iter().all(|c| c.is_alphanumeric()));
    joints
        .map(|(i, _)| {
            by_letter(text, |at, c| {
                Some(if at == i { format!("{c}{sign}") } else { c.to_string() })
            })
        })
        .collect()
}

fn joined_by(text: &str, separators: &[&str]) -> Vec<String> {
    separators.iter().map(|separator| joined(text, separator)).collect()
}

/// The separator between the letters of each word; where the words are parted by what parts
/// their letters, they are two of it apart.
fn joined(text: &str, separator: &str) -> String {
    let words = text.split(' ').map(|word| between(word, || separator.to_owned()));
    let gap = if separator.trim().is_empty() && !separator.is_empty() {
        separator.repeat(2)
    } else {
        " ".to_owned()
    };
    words.collect::<Vec<_>>().join(&gap)
}

fn between(text: &str, mut separator: impl FnMut() -> String) -> String {
    let mut spelling = String::new();
    for c in text.chars() {
        if c != ' ' && !spelling.is_empty() && !spelling.ends_with(' ') {
            spelling.push_str(&separator());
        }
        spelling.push(c);
    }
    spelling
}

fn after_each(text: &str, mark: &str) -> String {
    by_letter(text, |_, c| c.is_alphanumeric().then(|| format!("{c}{mark}")))
}

/// Capital and small letters in turn.
fn in_turn(text: &str, capital_first: bool) -> String {
    by_letter(text, |i, c| ((i % 2 == 0) == capital_first).then(|| c.to_uppercase().to_string()))
}

const INITIALS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS: &str = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
const FINALS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄳ", "ㄴ", "ㄵ", "ㄶ", "ㄷ", "ㄹ", "ㄺ", "ㄻ", "ㄼ", "ㄽ", "ㄾ", "ㄿ", "ㅀ",
    "ㅁ", "ㅂ", "ㅄ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
];
/// Initials, vowels and finals as the two-set layout has them on a Latin keyboard.
const INITIAL_KEYS: &str = "r R s e E f a q Q t T d w W c z x v g";
const VOWEL_KEYS: &str = "k o i O j p u P h hk ho hl y n nj np nl b m ml l";
const FINAL_KEYS: &str = " r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g";

/// Initial, vowel and final of a syllable, by number.
fn jamo(c: char) -> Option<(usize, usize, usize)> {
    let index = u32::from(c).checked_sub(u32::from('가')).filter(|_| c <= '힣')? as usize;
    Some((index / 588, index / 28 % 21, index % 28))
}

/// A syllable as compatibility jamo; any other character as it is.
fn spread(c: char) -> String {
    let Some((initial, vowel, last)) = jamo(c) else { return c.to_string() };
    let mut text: String =
        INITIALS.chars().nth(initial).into_iter().chain(VOWELS.chars().nth(vowel)).collect();
    text.push_str(FINALS.get(last).unwrap_or(&""));
    text
}

/// The half-width form of a compatibility jamo.
fn half_width(c: char) -> char {
    let index = u32::from(c).wrapping_sub(0x3131);
    let half = match index {
        0..=29 => 0xffa1 + index,
        30..=35 => 0xffc2 + index - 30,
        36..=41 => 0xffca + index - 36,
        42..=47 => 0xffd2 + index - 42,
        48..=50 => 0xffda + index - 48,
        _ => u32::from(c),
    };
    char::from_u32(half).unwrap_or(c)
}

/// A syllable whose vowel goes on in another: 가아, 갈 as 가알.
fn stretched(c: char) -> Option<String> {
    let (initial, vowel, last) = jamo(c)?;
    let syllable = |initial: usize, last: usize| {
        char::from_u32(u32::from('가') + (initial * 588 + vowel * 28 + last) as u32)
    };
    const SILENT: usize = 11;
    Some([syllable(initial, 0)?, syllable(SILENT, last)?].iter().collect())
}

/// As typed with the keyboard in Latin. None where something of it is not typed so.
fn on_keyboard(text: &str) -> Option<String> {
    let mut typed = String::new();
    for c in text.chars() {
        if c == ' ' {
            typed.push(c);
            continue;
        }
        let (initial, vowel, last) = jamo(c)?;
        typed.push_str(INITIAL_KEYS.split(' ').nth(initial)?);
        typed.push_str(VOWEL_KEYS.split(' ').nth(vowel)?);
        typed.push_str(FINAL_KEYS.split(' ').nth(last)?);
    }
    Some(typed)
}
