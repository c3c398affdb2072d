//! Is what the automaton found really there? Judges a candidate by what the fold kept:
//! how often letters repeat, what stands between them and around them, and how each of
//! them came to be one.
//!
//! Three shapes are told apart. *Solid*: no visible gap, the term's standing decides.
//! *Spelled out* (`h e c k`, `h.e.c.k`): a gap at every joint, and the whole row of
//! single letters counts as the word. *Cut* (`he ck`, `h-eck`): some gaps; the cut must
//! leave pieces that are no words, and begin where a piece begins.
//!
//! Japanese has no spaces between words. There a word begins and ends where the script
//! changes, but hiragana, which is also the ending of other words, begins one only after
//! a gap; and what ends in hiragana ends before a particle as well.

use crate::compiled::CompiledPolicy;
use crate::fold::{Class, Folded, How, Letter, Reading, Script, gap};
use crate::glue::{self, Candidate};
use crate::japanese::begins_with_a_particle;
use crate::layout::{CHECK_BYTES, Check, joint, require, term};

/// A term that is really there, in letters of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Number of the term.
    pub(crate) term: u32,
    /// Its first letter.
    pub(crate) first: usize,
    /// Its last letter.
    pub(crate) last: usize,
}

/// The longest gap inside a term, in characters.
const MAX_GAP: u8 = 4;
/// How far a word is followed on either side of a term, in letters.
const MAX_WORD: usize = 32;
/// How many digits and signs are read as the rest of a word.
const MAX_SIGNS: usize = 8;
/// Endings that may follow a cut term whose standing lets letters go on.
const ENDINGS: [&[u8]; 9] = [b"s", b"es", b"ed", b"er", b"ers", b"in", b"ing", b"y", b"ty"];

/// What was seen on the way through a candidate's letters.
#[derive(Default)]
struct Seen {
    /// Visible gaps at joints of different letters, words of a phrase aside.
    gaps_between: usize,
    /// The same between repeated letters.
    gaps_within: usize,
    /// What those gaps hold.
    kinds: u8,
    /// Joints of different letters, words of a phrase aside.
    joints: usize,
    /// Did a cut leave two words?
    cut_between_words: bool,
    /// Is a letter hidden behind another character?
    hidden: bool,
    plain: usize,
    digits: usize,
    symbols: usize,
    lookalikes: usize,
    /// The one script all letters are from, if they are from one.
    script: Option<Script>,
    scripts: bool,
}

impl Seen {
    /// Is a digit or a symbol read as a letter?
    fn is_leet(&self) -> bool {
        self.digits + self.symbols > 0
    }
}

/// Judges whether a term stands where its last symbol is the one at `end`. There is a check
/// for each of its symbols.
pub(crate) fn verify(
    policy: &CompiledPolicy<'_>,
    folded: &Folded,
    number: u32,
    checks: &[[u8; CHECK_BYTES]],
    end: usize,
) -> Option<Found> {
    let begin = (end + 1).checked_sub(checks.len())?;
    let letters = folded.letters.as_slice();
    let run_end =
        |symbol: usize| folded.first_letter.get(symbol + 1).map_or(letters.len(), |&n| n as usize);

    // The runs at both ends may be longer than the term needs.
    let first_check = CompiledPolicy::check(checks.first()?);
    let first_run = *folded.first_letter.get(begin)? as usize;
    let last_at = checks.iter().rposition(|c| CompiledPolicy::check(c).run != 0)?;
    let last_check = CompiledPolicy::check(checks.get(last_at)?);
    let last_run = *folded.first_letter.get(begin + last_at)? as usize;
    let last_run_end = run_end(end);
    let first = if last_at == 0 {
        first_run
    } else {
        let width =
            checks.iter().take(4).skip(1).take_while(|c| CompiledPolicy::check(c).run == 0).count();
        start_in(letters, first_run, run_end(begin + width), usize::from(first_check.run))?
    };
    let from = if last_at == 0 { first } else { last_run };
    let last = end_in(letters, from, last_run_end, usize::from(last_check.run))?;

    let term = policy.term(number)?;
    let plain = term.flags & (term::PLAIN | term::EXACT) != 0;
    let mut seen = Seen::default();
    let mut run_first = first;
    let mut runs = checks
        .iter()
        .map(CompiledPolicy::check)
        .enumerate()
        .filter(|(_, check)| check.run != 0)
        .peekable();
    while let Some((_, check)) = runs.next() {
        // A run ends where the next one begins, the last one at the last letter taken.
        let run_end = match runs.peek() {
            Some(&(next, _)) => *folded.first_letter.get(begin + next)? as usize,
            None => last + 1,
        };
        let run = letters.get(run_first..run_end)?;
        // Repetition is a disguise; a plain term has none, and what is doubled in an
        // exception is just doubled there (sss is no ss).
        let exactly = plain || (check.run > 1 && term.flags & term::EXCEPTION != 0);
        if run.len() < usize::from(check.run) || (exactly && run.len() != usize::from(check.run)) {
            return None;
        }
        if !meets(run, check.require, check.exact) {
            return None;
        }
        if plain {
            let accents = term.flags & term::EXACT == 0 || check.require == require::ACCENT;
            let limit = if accents { How::Accent } else { How::Compat };
            if run.iter().any(|l| l.how > limit) {
                return None;
            }
        }
        walk(run, check, run_first == first, term.flags & term::EXCEPTION != 0, &mut seen)?;
        run_first = run_end;
    }

    let solid = seen.gaps_between + seen.gaps_within == 0;
    let matched = letters.get(first..=last)?;
    if plain && !solid {
        return None;
    }
    if !is_plausible(&seen, usize::from(term.letters))
        || is_foreign_word(&seen, letters, first, last)
    {
        return None;
    }
    let is_spelled = is_spelled_out(matched);
    let spaced = seen.kinds & (gap::SPACE | gap::SPACES) != 0;
    let sides = Sides { letters, first, last, kinds: seen.kinds, is_spelled };
    // A term of hiragana is a word of its own where it is written in katakana.
    let is_open = |side: u16, letter: usize| {
        let katakana = letters.get(letter).is_some_and(|l| l.class == Class::Katakana);
        term.flags & side != 0 && (!katakana || term.flags & term::KATAKANA != 0)
    };
    let open_start = is_open(term::OPEN_START, first);
    let open_end = is_open(term::OPEN_END, last);
    let stands = if !sides.ends_a_character()
        || (seen.hidden && !(solid && sides.is_cut_off_widely()))
    {
        false
    } else if solid {
        let free = [open_start || sides.starts_a_word(), open_end || sides.ends_a_word()];
        let in_glue = term.flags & term::GLUED != 0
            && folded.reading != Reading::Separators
            && !seen.hidden
            && free.contains(&false)
            && !sides.continues_a_number();
        if in_glue {
            let runs = checks.iter().map(|check| usize::from(CompiledPolicy::check(check).run));
            let found = Candidate {
                first,
                latest: run_end(begin).min(last + 1) - usize::from(first_check.run),
                earliest: from + usize::from(last_check.run) - 1,
                last,
                least: runs.sum(),
            };
            // A short one is told by its letters alone.
            if usize::from(term.letters) < glue::SHORT && (found.is_drawn_out() || seen.is_leet()) {
                return None;
            }
            let (first, last) = glue::within(letters, found, free)?;
            return Some(Found { term: number, first, last });
        }
        !sides.continues_a_number() && !free.contains(&false)
    } else if matched.iter().skip(1).any(|l| l.gap_len > MAX_GAP) {
        false
    } else if matched.first().is_some_and(|l| l.class == Class::Syllable) && is_spelled {
        sides.is_cut_off()
            && sides.is_cut_off_after()
            && (open_start || sides.starts_a_spelled_word())
            && (open_end || sides.ends_a_spelled_word())
    } else if matched.iter().any(|l| l.class.is_japanese()) {
        // A row of single letters may begin and end wherever its term may; a pair, or a cut,
        // only where a word does.
        let is_row = seen.gaps_between == seen.joints;
        let is_long = is_row && seen.joints > 1;
        let mixed = spaced && seen.kinds != gap::SPACE;
        ((open_start && is_long) || (sides.starts_a_word() && sides.starts_a_spelled_word()))
            && ((open_end && is_long) || (sides.ends_a_word() && sides.ends_a_spelled_word()))
            && (is_row || !(mixed || sides.particle_follows()))
    } else if seen.gaps_between == seen.joints && seen.gaps_between + seen.gaps_within > 1 {
        // The last letter may be the first of the next word (`h e c k today`).
        (open_start || sides.starts_a_spelled_word())
            && (open_end || sides.ends_a_spelled_word())
            && sides.is_cut_off_with_ending(open_end, spaced)
    } else {
        let wide = spaced && seen.kinds != gap::SPACE;
        let of_words = if seen.gaps_between + seen.gaps_within == 1 {
            seen.cut_between_words
        } else {
            spaced && term.flags & term::OF_WORDS != 0
        };
        !wide
            && !of_words
            && !ends_in_initials(matched)
            && sides.is_cut_off_with_ending(open_end, spaced)
    };
    stands.then_some(Found { term: number, first, last })
}

/// The first and last letter of the word that a found term is part of: the letters joined
/// to it; of a term with gaps also those that its own kind of gap joins to it. No further
/// than 32 letters on either side, for a message may be one word of many terms.
pub(crate) fn word_around(folded: &Folded, found: Found) -> (usize, usize) {
    let letters = folded.letters.as_slice();
    let Found { first, last, .. } = found;
    let inside = letters.get(first + 1..=last).unwrap_or_default();
    let class = letters.get(first).map(|l| l.class);
    let kinds = inside.iter().fold(0, |kinds, l| kinds | l.gap & gap::VISIBLE);
    let is_spelled = letters.get(first..=last).is_some_and(is_spelled_out);
    let sides = Sides { letters, first, last, kinds, is_spelled };
    // Does the gap before `letter` join it to the word, `outside` being on its far side?
    let joins = |letter: usize, outside: usize, behind: Option<usize>| {
        letters.get(letter).is_some_and(|l| {
            let gap = l.gap & gap::VISIBLE;
            if gap == 0 && !sides.is_one_word(letter) {
                return false;
            }
            let in_chunk = kinds != 0 && (kinds | gap) & gap::WIDE == 0;
            // A Korean word may be one syllable, so a row of them is a row of words.
            let is_letter = letters.get(outside).is_some_and(|o| o.class != Class::Syllable);
            let is_sign = letters
                .get(outside)
                .is_some_and(|o| o.how == How::LeetSymbol && Some(o.class) != class);
            (gap == 0 && !is_sign)
                || in_chunk
                || (is_letter && is_spelled && sides.row_goes_on(l.gap, outside, behind))
        })
    };
    let (mut from, mut to) = (first, last);
    let (earliest, latest) = (first.saturating_sub(MAX_WORD), last + MAX_WORD);
    while from > earliest && joins(from, from - 1, from.checked_sub(2)) {
        from -= 1;
    }
    while to < latest
        && to + 1 < letters.len()
        && joins(to + 1, to + 1, Some(to + 2).filter(|&i| i < letters.len()))
    {
        to += 1;
    }
    while to < latest
        && let Some(end) = sides.syllable_after(to)
    {
        to = end;
    }
    (from, to)
}

/// The first letter to take of the first run: the earliest that leaves enough letters
/// and stands together with them, else the latest.
fn start_in(letters: &[Letter], run: usize, run_end: usize, least: usize) -> Option<usize> {
    let mut best = None;
    let mut together = true;
    for start in (run..run_end).rev() {
        let letter = letters.get(start)?;
        if run_end - start >= least && letter.starts() && (together || best.is_none()) {
            best = Some(start);
        }
        together &= letter.joined();
    }
    best
}

/// The last letter to take of the last run: what is needed, and what stands together
/// with it or only holds it, up to the end of a character.
fn end_in(letters: &[Letter], from: usize, run_end: usize, least: usize) -> Option<usize> {
    let mut last = (from + least).checked_sub(1).filter(|&last| last < run_end)?;
    let more = letters.get(last + 1..run_end)?.iter();
    let more = more.take_while(|l| l.joined() || !l.starts());
    for (at, letter) in (last + 1..).zip(more) {
        if letter.ends() {
            last = at;
        }
    }
    Some(last)
}

/// Do the letters of a run meet a requirement?
fn meets(run: &[Letter], what: u8, exact: u8) -> bool {
    match what {
        require::DIGIT => run.iter().all(|l| l.exact == exact),
        require::STROKE => run.iter().all(is_stroke),
        require::SIX => run.iter().all(|l| l.exact == b'6'),
        require::LAX => !run.iter().any(Letter::tense),
        require::TENSE => run.len() > 1,
        require::SOME_STROKE => run.iter().any(is_stroke),
        require::ACCENT => run.iter().any(|l| l.how == How::Accent),
        require::ALONE => run.iter().all(|l| l.class == Class::Jamo),
        require::KATAKANA => run.iter().all(|l| l.class == Class::Katakana),
        _ => true,
    }
}

/// Is the last piece of capitals, and what stands before it not? `Hec K` is a name.
fn ends_in_initials(matched: &[Letter]) -> bool {
    let mut pieces = matched.iter().zip(matched.iter().skip(1));
    let cut = pieces.rfind(|(_, letter)| !letter.joined());
    let is_initial = matched.last().is_some_and(|l| l.how == How::Case);
    is_initial
        && cut.is_some_and(|(before, after)| before.how == How::Plain && after.how == How::Case)
}

/// Does every syllable stand by itself?
fn is_spelled_out(matched: &[Letter]) -> bool {
    matched.iter().skip(1).filter(|l| l.starts()).all(|l| !l.joined())
}

/// Does it look like both `i` and `l`?
fn is_stroke(letter: &Letter) -> bool {
    matches!(letter.exact, b'1' | b'!' | b'|') || (letter.exact == b'i' && letter.how == How::Case)
}

/// Takes the gaps and letters of one run into account. None where a hidden letter has
/// nothing to hide behind.
fn walk(
    run: &[Letter],
    check: Check,
    is_first: bool,
    is_exception: bool,
    seen: &mut Seen,
) -> Option<()> {
    let joints = check.joints;
    let mut hidden_inside = joints & joint::HIDDEN_INSIDE == 0;
    let mut words_apart = !is_exception || joints & (joint::WORD_BEFORE | joint::WORD_INSIDE) == 0;
    for (i, letter) in run.iter().enumerate() {
        let before = i == 0;
        match letter.how {
            // Of a term that holds this very digit.
            How::LeetDigit if check.require == require::DIGIT => seen.plain += 1,
            How::LeetDigit => seen.digits += 1,
            How::LeetSymbol => seen.symbols += 1,
            how => {
                seen.plain += 1;
                seen.lookalikes += usize::from(how == How::Lookalike);
                match seen.script {
                    None => seen.script = Some(letter.script),
                    Some(script) => seen.scripts |= script != letter.script,
                }
            }
        }
        if before && is_first {
            continue;
        }
        let visible = letter.gap & gap::VISIBLE;
        if before && joints & joint::HIDDEN_BEFORE != 0 {
            if !hides(letter, check) {
                return None;
            }
            seen.hidden = true;
            continue;
        }
        if !before && !hidden_inside && hides(letter, check) {
            seen.hidden = true;
            hidden_inside = true;
            continue;
        }
        let (word, split) = if before {
            (joint::WORD_BEFORE, joint::SPLIT_BEFORE)
        } else {
            (joint::WORD_INSIDE, joint::SPLIT_INSIDE)
        };
        if joints & word != 0 {
            // What an exception spares is two words, not what they make together.
            words_apart |= visible != 0;
            continue;
        }
        seen.joints += usize::from(before);
        if visible != 0 {
            seen.kinds |= visible;
            seen.cut_between_words |= joints & split == 0;
            if before {
                seen.gaps_between += 1;
            } else {
                seen.gaps_within += 1;
            }
        }
    }
    (hidden_inside && words_apart).then_some(())
}

/// Does the gap before a letter stand for what a spelling leaves out there?
fn hides(letter: &Letter, check: Check) -> bool {
    match check.require {
        require::STARS => letter.starred() && letter.gap_len == check.exact,
        _ => letter.hiding(),
    }
}

/// Would a person read these digits and symbols as letters?
fn is_plausible(seen: &Seen, term_letters: usize) -> bool {
    let Seen { plain, digits, symbols, .. } = *seen;
    if digits + symbols == 0 {
        return true;
    }
    if plain == 0 {
        return symbols > 1;
    }
    // Short ones are sizes, models and times: a55, 7h1.
    if term_letters <= 3 && digits > 1 && symbols == 0 {
        return false;
    }
    // A long term is not spelled by chance.
    digits <= 3 * plain || term_letters > 5
}

/// Letters of another script that all look Latin are most often just that script.
fn is_foreign_word(seen: &Seen, letters: &[Letter], first: usize, last: usize) -> bool {
    let one_script = match seen.script {
        Some(script) if !seen.scripts && seen.lookalikes == seen.plain => script,
        _ => return false,
    };
    if !matches!(one_script, Script::Cyrillic | Script::Greek | Script::Armenian | Script::Cherokee)
    {
        return false;
    }
    if seen.plain < 4 {
        return true;
    }
    let of_its_own = |l: &Letter| l.class == Class::Other && l.script == one_script;
    let before = letters.get(..first).unwrap_or_default().iter().rev().take(24);
    let after = letters.get(last + 1..).unwrap_or_default().iter().take(24);
    before.chain(after).any(of_its_own)
}

/// What stands on both sides of a candidate.
struct Sides<'f> {
    letters: &'f [Letter],
    first: usize,
    last: usize,
    /// What the gaps inside it hold.
    kinds: u8,
    /// Does every syllable of it stand by itself?
    is_spelled: bool,
}

impl Sides<'_> {
    fn at(&self, index: usize) -> Option<&Letter> {
        self.letters.get(index)
    }

    /// Is the letter part of the word of the letter before it, which it is joined to? Of
    /// what is written in Japanese only katakana is known to be.
    fn is_one_word(&self, index: usize) -> bool {
        let class = |index: usize| self.at(index).map_or(Class::Other, |l| l.class);
        let (before, after) = (class(index.wrapping_sub(1)), class(index));
        (before == Class::Katakana && after == Class::Katakana)
            || !(before.is_japanese() || after.is_japanese())
    }

    /// The letter before, if nothing visible stands between.
    fn joined_before(&self, index: usize) -> Option<(&Letter, usize)> {
        let before = index.checked_sub(1)?;
        self.at(index)?.joined().then_some(())?;
        Some((self.at(before)?, before))
    }

    /// The letter after, if nothing visible stands between.
    fn joined_after(&self, index: usize) -> Option<(&Letter, usize)> {
        let after = index + 1;
        self.at(after).filter(|l| l.joined()).map(|l| (l, after))
    }

    /// A digit of the term that is part of a longer number is a digit.
    fn continues_a_number(&self) -> bool {
        let is_digit = |l: Option<&Letter>| l.is_some_and(|l| l.how == How::LeetDigit);
        let cut = |inside: usize, outside: Option<(&Letter, usize)>| {
            is_digit(self.at(inside)) && is_digit(outside.map(|(l, _)| l))
        };
        cut(self.first, self.joined_before(self.first))
            || cut(self.last, self.joined_after(self.last))
    }

    fn starts_a_word(&self) -> bool {
        let Some(inside) = self.at(self.first) else { return false };
        // Hiragana may be the ending or the particle of what it is joined to.
        let before = self.joined_before(self.first).map(|(before, _)| before.class);
        if inside.class == Class::Hiragana && before.is_some_and(|class| class.is_japanese()) {
            return false;
        }
        let mut at = self.first;
        while let Some((before, index)) = self.joined_before(at) {
            if self.first - index > MAX_SIGNS {
                return true;
            }
            if before.class != inside.class || before.soft() || before.sign() != inside.sign() {
                return true;
            }
            if !before.leet() {
                // Digits end a word (`x1heck` goes on, `game99heck` does not).
                return at + 1 < self.first;
            }
            at = index;
        }
        // One digit may be the word's first letter: `5heck` may be a `sheck`.
        at + 1 != self.first || self.at(at).is_none_or(|l| l.how != How::LeetDigit)
    }

    fn ends_a_word(&self) -> bool {
        let Some(inside) = self.at(self.last) else { return false };
        if self.particle_follows() {
            return true;
        }
        let mut at = self.last;
        while let Some((after, index)) = self.joined_after(at) {
            if index - self.last > MAX_SIGNS {
                return true;
            }
            if after.class != inside.class || after.soft() || after.sign() != inside.sign() {
                return true;
            }
            if !after.leet() {
                return at > self.last + 1;
            }
            at = index;
        }
        true
    }

    /// The end of the single syllable that goes on a Korean word: particles and endings
    /// follow it, and where its syllables stand apart, so do they. Apart by the term's own
    /// gaps, or by one sign or emoji.
    fn syllable_after(&self, last: usize) -> Option<usize> {
        let first = last + 1;
        let letter = self.at(first).filter(|l| l.class == Class::Syllable)?;
        let gap = letter.gap & gap::VISIBLE;
        let is_sign = gap & !(gap::PUNCT | gap::EMOJI) == 0 && letter.gap_len == 1;
        let is_own = gap == self.kinds && self.is_spelled;
        (gap != 0 && (is_own || is_sign)).then_some(())?;
        let of_it = |l: &Letter| l.joined() && !l.starts();
        let rest = self.letters.get(first + 1..)?.iter().take_while(|l| of_it(l)).count();
        let end = first + rest;
        self.joined_after(end).is_none_or(|(after, _)| after.soft()).then_some(end)
    }

    /// Does what is joined to a term in kana go on with a particle, or end with the short
    /// breath of `っ`? A small `ゃ` belongs to the letter before it.
    fn particle_follows(&self) -> bool {
        let Some(inside) = self.at(self.last) else { return false };
        if !matches!(inside.class, Class::Hiragana | Class::Katakana) {
            return false;
        }
        let joined = self.letters.get(self.last + 1..).unwrap_or_default().iter();
        let joined = joined.take_while(|l| l.joined() && l.class == inside.class);
        let is_small = joined.clone().next().is_some_and(|l| l.how == How::Case);
        let following = joined.filter_map(Letter::kana);
        if is_small && matches!(following.clone().next(), Some('や' | 'ゆ' | 'よ')) {
            return false;
        }
        following.clone().eq(['つ'])
            || inside.class == Class::Hiragana && begins_with_a_particle(following)
    }

    /// Is the last letter the last of its character or syllable?
    fn ends_a_character(&self) -> bool {
        self.at(self.last).is_some_and(Letter::ends)
    }

    /// Is this letter alone between gaps, leaving aside that it may be repeated?
    fn is_single(&self, index: usize) -> bool {
        let Some(letter) = self.at(index) else { return false };
        let mut first = index;
        while let Some((before, at)) = self.joined_before(first) {
            if before.symbol != letter.symbol && before.start != letter.start
                || index - at > MAX_WORD
            {
                return false;
            }
            first = at;
        }
        let mut last = index;
        while let Some((after, at)) = self.joined_after(last) {
            if after.symbol != letter.symbol && after.start != letter.start || at - index > MAX_WORD
            {
                return false;
            }
            last = at;
        }
        true
    }

    /// Does the row of single letters go on through this one, which stands outside the
    /// term? `a` and `i` are words where the row does not go on behind them.
    fn row_goes_on(&self, gap: u8, outside: usize, behind: Option<usize>) -> bool {
        let gap = gap & gap::VISIBLE;
        // Signs join letters into a row whatever the signs; spaces join where the term
        // itself is spaced.
        let goes_on = gap & gap::WIDE == 0
            || gap == self.kinds
            || (self.is_mixed() && gap & !self.kinds == 0);
        if self.kinds == 0 || !goes_on || !self.is_single(outside) {
            return false;
        }
        if self.at(outside).is_some_and(Letter::soft) {
            return false;
        }
        let is_word = self
            .at(outside)
            .is_some_and(|l| matches!(l.exact, b'a' | b'i') && l.class == Class::Latin);
        !is_word || behind.is_some_and(|index| self.is_single(index))
    }

    /// Do gaps of several kinds stand inside it?
    fn is_mixed(&self) -> bool {
        self.kinds.count_ones() > 1
    }

    fn starts_a_spelled_word(&self) -> bool {
        let Some(before) = self.first.checked_sub(1) else { return true };
        let gap = self.at(self.first).map_or(0, |l| l.gap);
        !self.row_goes_on(gap, before, before.checked_sub(1))
    }

    fn ends_a_spelled_word(&self) -> bool {
        let after = self.last + 1;
        let Some(letter) = self.at(after) else { return true };
        let behind = Some(after + 1).filter(|&index| index < self.letters.len());
        !self.row_goes_on(letter.gap, after, behind)
    }

    /// Does it begin where a piece begins? "this h i t" does not spell.
    fn is_cut_off(&self) -> bool {
        self.joined_before(self.first).is_none_or(|(before, _)| before.soft())
    }

    /// Does nothing but a space, or nothing at all, stand between it and the letter
    /// before it? A hidden letter in a row of letters and signs is just one of the signs.
    /// So is one before such a row; before more kana, if more asterisks stand between.
    fn is_cut_off_widely(&self) -> bool {
        let before = self.at(self.first).is_some_and(|l| l.joined() || l.gap & gap::WIDE != 0);
        let in_row = |after: &Letter| {
            let is_starred = after.class.is_japanese() && after.starred();
            !after.joined()
                && after.gap & gap::WIDE == 0
                && (is_starred || self.is_single(self.last + 1))
        };
        before && !self.at(self.last + 1).is_some_and(in_row)
    }

    /// Does it end where a piece ends?
    fn is_cut_off_after(&self) -> bool {
        self.joined_after(self.last).is_none_or(|(after, _)| after.soft())
    }

    /// Does it begin where a piece begins, and end where one ends, or with an ending?
    fn is_cut_off_with_ending(&self, open_end: bool, spaced: bool) -> bool {
        if !self.is_cut_off() {
            return false;
        }
        if self.is_cut_off_after() {
            return true;
        }
        let mut at = self.last + 1;
        if !open_end {
            return false;
        }
        if !spaced {
            return true;
        }
        let mut ending = Vec::new();
        while let Some(letter) = self.at(at) {
            ending.push(letter.symbol);
            match self.joined_after(at) {
                Some((_, next)) if ending.len() < 4 => at = next,
                Some(_) => return false,
                None => break,
            }
        }
        ENDINGS.contains(&ending.as_slice())
    }
}
