//! The spellings of a term: which strings of symbols the automaton looks for, and what
//! the letters that make them must be.
//!
//! What the fold can tell letter by letter (case, look-alikes, most leet digits) needs
//! nothing here. Spellings that change the number of letters, or that read one
//! character in two ways, become patterns of their own: a stroke for `l`, `6` for `b`,
//! `v` for `u`, `ph` for `f`, and in Korean what sounds alike. Which letters are hidden
//! (`h*ck`) the engine finds out by itself, of the terms that are marked for it here.

use std::collections::HashSet;

use chatwarden_engine::fold::{Run, Symbols, consonant, is_kana, unvoiced, vowel};
use chatwarden_engine::layout::{Check, MAX_TERM_SYMBOLS, joint, require};
use rustc_hash::FxBuildHasher;

use crate::words::Cuts;

/// One spelling: for each symbol what it asks of its run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Spelling {
    pub(crate) symbols: Vec<u8>,
    pub(crate) checks: Vec<[u8; 4]>,
    /// Letters of it may be hidden behind other characters.
    pub(crate) hides: bool,
}

impl Spelling {
    /// Its letters, each as often as it is asked for.
    pub(crate) fn letters(&self) -> Vec<u8> {
        let runs = self.checks.iter().map(|&check| usize::from(Check::from_bytes(check).run));
        self.symbols.iter().zip(runs).flat_map(|(&symbol, run)| [symbol].repeat(run)).collect()
    }
}

/// What may vary.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Vary {
    /// Latin letters by their look.
    pub(crate) look: bool,
    /// A letter hidden behind another character.
    pub(crate) hidden: bool,
    /// Korean letters by their sound.
    pub(crate) sound: bool,
    /// No: letters with diacritics keep them.
    pub(crate) accents: bool,
}

/// A part of a spelling while it is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    symbols: Symbols,
    run: usize,
    require: u8,
    exact: u8,
    joints: u8,
}

/// Sound-alike substitutions are tried two at a time and no further than this.
const MAX_SPELLINGS: usize = 400;

/// The spellings of a term, the usual one first. Empty where nothing of it folds to a
/// letter, or it is too long.
pub(crate) fn spellings(runs: &[Run], vary: Vary, cuts: &Cuts<'_>) -> Vec<Spelling> {
    let usual = parts(runs, vary, cuts);
    let mut found: Vec<Vec<Part>> = vec![usual.clone()];
    if vary.look {
        found.extend(by_look(&usual));
        found.extend(half_strokes(&usual));
    }
    if vary.sound {
        found.extend(by_sound(&usual));
        found.extend(without_voicing(&usual));
    }
    let mut spellings: Vec<Spelling> = found.into_iter().filter_map(spelling).collect();
    let mut seen = HashSet::with_hasher(FxBuildHasher);
    spellings.retain(|spelling| seen.insert(spelling.clone()));
    if let Some(first) = spellings.first_mut() {
        first.hides = vary.hidden && hides(&usual);
    }
    spellings
}

fn spelling(parts: Vec<Part>) -> Option<Spelling> {
    let mut spelling = Spelling { symbols: Vec::new(), checks: Vec::new(), hides: false };
    for Part { symbols, run, require, exact, joints } in parts {
        let run = u8::try_from(run).ok()?;
        for (i, &symbol) in symbols.iter().enumerate() {
            let check =
                if i == 0 { Check { run, require, exact, joints } } else { Check::default() };
            spelling.symbols.push(symbol);
            spelling.checks.push(check.to_bytes());
        }
    }
    let len = spelling.symbols.len();
    (len > 0 && len <= MAX_TERM_SYMBOLS).then_some(spelling)
}

/// The term as it is, with what cutting it at each joint would leave.
fn parts(runs: &[Run], vary: Vary, cuts: &Cuts<'_>) -> Vec<Part> {
    // A cut that leaves two words of one language is no disguise.
    let splits = |left, right| cuts.splits(left, right);
    let mut at = 0;
    let mut parts = Vec::new();
    for &Run {
        symbols,
        letters,
        digit,
        accent,
        tense,
        alone,
        katakana,
        word_before,
        word_inside,
    } in runs
    {
        let is_hangul = symbols.first().is_some_and(|&s| (consonant(0)..vowel(0)).contains(&s));
        let mut joints = 0;
        let mut set = |condition: bool, flag: u8| joints |= if condition { flag } else { 0 };
        set(word_before, joint::WORD_BEFORE);
        set(word_inside, joint::WORD_INSIDE);
        set(splits(at, at), joint::SPLIT_BEFORE);
        let end = at + symbols.len() * letters;
        let mut inside = (1..letters).map(|letter| at + symbols.len() * letter);
        set(splits(end, at) && inside.all(|cut| splits(cut, cut)), joint::SPLIT_INSIDE);
        let (require, exact) = match digit {
            Some(digit) => (require::DIGIT, digit),
            None if accent && vary.accents => (require::ACCENT, 0),
            None if katakana && vary.accents => (require::KATAKANA, 0),
            None if alone => (require::ALONE, 0),
            None if is_hangul && vary.sound => (require::ANY, 0),
            None if is_hangul && tense => (require::TENSE, 0),
            None if is_hangul && letters == 1 => (require::LAX, 0),
            None => (require::ANY, 0),
        };
        let run = if is_hangul && vary.sound && tense { letters - 1 } else { letters };
        at = end;
        parts.push(Part { symbols, run, require, exact, joints });
    }
    parts
}

/// A letter and what is written for it: other symbols, and what they must be.
struct Look {
    letter: u8,
    written: &'static [u8],
    require: u8,
    /// Letters written for one.
    runs: usize,
}

const LOOKS: &[Look] = &[
    Look { letter: b'l', written: b"i", require: require::STROKE, runs: 1 },
    Look { letter: b'i', written: b"l", require: require::ANY, runs: 1 },
    Look { letter: b'u', written: b"v", require: require::ANY, runs: 1 },
    Look { letter: b'b', written: b"g", require: require::SIX, runs: 1 },
    Look { letter: b'g', written: b"q", require: require::ANY, runs: 1 },
    Look { letter: b'f', written: b"ph", require: require::ANY, runs: 1 },
    Look { letter: b'w', written: b"v", require: require::ANY, runs: 2 },
];

/// Spellings that read a character as another letter than the fold does: each letter in
/// one place, or in all, together with any of the others in all their places.
fn by_look(usual: &[Part]) -> Vec<Vec<Part>> {
    let places = |look: &Look| -> Vec<usize> {
        let is_letter =
            |part: &Part| *part.symbols == [look.letter] && part.require == require::ANY;
        usual.iter().enumerate().filter(|(_, part)| is_letter(part)).map(|(i, _)| i).collect()
    };
    let looks: Vec<(&Look, Vec<usize>)> = LOOKS
        .iter()
        .map(|look| (look, places(look)))
        .filter(|(_, places)| !places.is_empty())
        .collect();
    let mut found = Vec::new();
    for (look, places) in looks.iter().filter(|(_, places)| places.len() > 1) {
        found.extend(places.iter().filter_map(|&place| rewritten(usual, &[(look, &[place])])));
    }
    for chosen in 1u32..1 << looks.len() {
        let choice: Vec<(&Look, &[usize])> = looks
            .iter()
            .enumerate()
            .filter(|(i, _)| chosen & 1 << i != 0)
            .map(|(_, (look, places))| (*look, places.as_slice()))
            .collect();
        found.extend(rewritten(usual, &choice));
    }
    found
}

/// Spellings with a stroke for one letter of a double `l` (`bal1`, `ba1l`).
fn half_strokes(usual: &[Part]) -> Vec<Vec<Part>> {
    let is_double = |part: &Part| *part.symbols == *b"l" && part.run == 2;
    let mut found = Vec::new();
    for (i, part) in usual.iter().enumerate().filter(|(_, part)| is_double(part)) {
        let letter = Part { run: 1, ..*part };
        let stroke = Part { symbols: b'i'.into(), require: require::STROKE, joints: 0, ..letter };
        let first = Part { joints: part.joints, ..stroke };
        let second = Part { joints: 0, ..letter };
        for pair in [[letter, stroke], [first, second]] {
            let mut parts = Vec::new();
            let rest = usual.get(i + 1..).unwrap_or_default();
            let all = usual.iter().take(i).copied().chain(pair).chain(rest.iter().copied());
            if all.into_iter().try_for_each(|part| push(&mut parts, part)).is_some() {
                found.push(parts);
            }
        }
    }
    found
}

/// The term with letters written otherwise in some places. Where a stroke meets an `i`,
/// they are one run (`ill`, written `i11`). None where another new letter meets its like:
/// the run would tell no more.
fn rewritten(usual: &[Part], choice: &[(&Look, &[usize])]) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    for (i, part) in usual.iter().enumerate() {
        let Some((look, _)) = choice.iter().find(|(_, places)| places.contains(&i)) else {
            push(&mut parts, *part)?;
            continue;
        };
        // ff is still one ph.
        let run = if look.written.len() > 1 { 1 } else { part.run * look.runs };
        for (n, &symbol) in look.written.iter().enumerate() {
            let joints = if n == 0 { part.joints } else { 0 };
            push(
                &mut parts,
                Part { symbols: symbol.into(), run, require: look.require, exact: 0, joints },
            )?;
        }
    }
    Some(parts)
}

fn push(parts: &mut Vec<Part>, part: Part) -> Option<()> {
    match parts.last_mut().filter(|last| last.symbols == part.symbols) {
        Some(last) => {
            let strokes = [last.require, part.require];
            if !strokes.contains(&require::STROKE) && !strokes.contains(&require::SOME_STROKE) {
                return None;
            }
            last.run += part.run;
            last.require = require::SOME_STROKE;
        }
        None => parts.push(part),
    }
    Some(())
}

/// May letters of it be hidden behind other characters? Those of short terms, and of other
/// scripts, are not.
fn hides(usual: &[Part]) -> bool {
    let is_letter = |p: &Part| {
        let of_script = |&symbol: &u8| is_kana(symbol) || symbol.is_ascii_lowercase();
        matches!(&*p.symbols, [symbol] if of_script(symbol)) && p.require == require::ANY
    };
    usual.iter().map(|p| p.run).sum::<usize>() >= 3 && usual.iter().all(is_letter)
}

/// Kana without its voicing marks. None where letters would run together.
fn without_voicing(usual: &[Part]) -> Option<Vec<Part>> {
    let strip = |part: &Part| {
        let symbols = match *part.symbols {
            [symbol] if is_kana(symbol) => unvoiced(symbol).into(),
            _ => part.symbols,
        };
        Part { symbols, ..*part }
    };
    let parts: Vec<Part> = usual.iter().map(strip).collect();
    parts.is_sorted_by(|a, b| a.symbols != b.symbols).then_some(parts)
}

/// Korean spellings that sound alike, two letters changed at the most.
fn by_sound(usual: &[Part]) -> Vec<Vec<Part>> {
    const CONSONANTS: &[&[u8]] = &[&[0, 10], &[2, 11], &[5, 12], &[8, 9]];
    const VOWELS: &[&[u8]] = &[&[0, 4, 2], &[20, 16, 19, 17], &[1, 5], &[8, 12]];
    let alike = |symbol: u8| -> Vec<u8> {
        let of = |groups: &[&[u8]], first: u8| -> Vec<u8> {
            let index = symbol.wrapping_sub(first);
            let group = groups.iter().find(|group| group.contains(&index));
            group
                .into_iter()
                .flat_map(|group| group.iter())
                .filter(|&&i| i != index)
                .map(|&i| first + i)
                .collect()
        };
        let mut found = of(CONSONANTS, consonant(0));
        if symbol >= vowel(0) {
            found = of(VOWELS, vowel(0));
        }
        found
    };
    let changed = |parts: &[Part], from: usize| -> Vec<(usize, Vec<Part>)> {
        let mut found = Vec::new();
        for (i, part) in parts.iter().enumerate().skip(from) {
            let [symbol] = *part.symbols else { continue };
            for other in alike(symbol) {
                let mut parts = parts.to_vec();
                if let Some(part) = parts.get_mut(i) {
                    part.symbols = other.into();
                }
                if parts.windows(2).all(|pair| matches!(pair, [a, b] if a.symbols != b.symbols)) {
                    found.push((i, parts));
                }
            }
        }
        found
    };
    let once = changed(usual, 0);
    let twice: Vec<Vec<Part>> =
        once.iter().flat_map(|(i, parts)| changed(parts, i + 1)).map(|(_, parts)| parts).collect();
    once.into_iter().map(|(_, parts)| parts).chain(twice).take(MAX_SPELLINGS).collect()
}

/// A Hangul text as typed on the two-set layout with the keyboard in Latin: 시 is `tl`.
/// None where it holds something that is not typed so.
pub(crate) fn on_keyboard(text: &str) -> Option<String> {
    const INITIALS: [&str; 19] = [
        "r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v",
        "g",
    ];
    const VOWELS: [&str; 21] = [
        "k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl",
        "b", "m", "ml", "l",
    ];
    const FINALS: [&str; 28] = [
        "", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg",
        "a", "q", "qt", "t", "T", "d", "w", "c", "z", "x", "v", "g",
    ];
    const LETTERS: [&str; 30] = [
        "r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg",
        "a", "q", "Q", "qt", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g",
    ];
    let mut typed = String::new();
    for c in text.chars() {
        let code = u32::from(c);
        match c {
            '가'..='힣' => {
                let index = (code - u32::from('가')) as usize;
                typed.push_str(INITIALS.get(index / 588)?);
                typed.push_str(VOWELS.get(index / 28 % 21)?);
                typed.push_str(FINALS.get(index % 28)?);
            }
            'ㄱ'..='ㅎ' => typed.push_str(LETTERS.get((code - u32::from('ㄱ')) as usize)?),
            'ㅏ'..='ㅣ' => typed.push_str(VOWELS.get((code - u32::from('ㅏ')) as usize)?),
            ' ' => typed.push(' '),
            _ => return None,
        }
    }
    // Shift is often not pressed, and the fold ignores case.
    Some(typed.to_lowercase())
}

#[cfg(test)]
mod tests {
    use chatwarden_engine::fold::fold_term;

    use super::*;
    use crate::words::Words;

    fn of(text: &str, vary: Vary) -> Vec<Spelling> {
        let (runs, words) = (fold_term(text), Words::default());
        spellings(&runs, vary, &Cuts::new(&runs, &words))
    }

    /// What keeps its accents keeps its katakana.
    #[test]
    fn katakana_kept() {
        let asked = |vary| -> Vec<u8> {
            let spellings = of("ドじ", vary);
            spellings
                .iter()
                .flat_map(|s| &s.checks)
                .map(|&c| Check::from_bytes(c).require)
                .collect()
        };
        assert_eq!(asked(Vary::default()), [require::ANY, require::ANY]);
        let accents = Vary { accents: true, ..Vary::default() };
        assert_eq!(asked(accents), [require::KATAKANA, require::ANY]);
    }

    /// Kana sound alike without their marks, as long as no two letters run together.
    #[test]
    fn voicing_dropped() {
        let sound = Vary { sound: true, ..Vary::default() };
        let symbols = |text| -> Vec<Vec<u8>> {
            of(text, sound).into_iter().map(|spelling| spelling.symbols).collect()
        };
        assert_eq!(symbols("どじ")[1..], [symbols("とし")[0].clone()]);
        assert_eq!(symbols("まぬけ").len(), 1);
        assert_eq!(symbols("とど").len(), 1);
    }
}
