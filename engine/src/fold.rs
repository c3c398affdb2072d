//! When two spellings are the same: text becomes a stream of folded letters, each of
//! which leads back to its span of the original.
//!
//! Case, diacritics, styled and look-alike letters fold to a plain letter; leet digits
//! and symbols to the letter they stand for; Hangul, in whatever form, to its jamo; kana
//! to hiragana, and what a kana is held with to a repetition of it.
//! What stands between letters is left out of the stream and kept as the gap before
//! the next letter. Nothing is decided here: how each letter came about is kept for
//! `verify`, which judges whether a disguise is one.
//!
//! The stream is scanned as *symbols*: runs of the same letter collapse into one
//! symbol, so that a repeated letter does not hide a term. Terms are folded by the
//! same function.

mod hangul;
mod kana;
mod shown;
mod table;

use std::ops::{Deref, Range};

use hangul::{
    FINALS, Hangul, INITIALS, LETTERS, NONE, SILENT, SILENT_INITIAL, hangul, is_conjoining,
    is_hangul, is_laughter, is_syllable,
};
use table::Kind;

pub(crate) use kana::LAST_KANA;
pub(crate) use shown::{Piece, shown};
pub(crate) use table::Script;

/// Symbols of Hangul consonants: `FIRST_CONSONANT` + index in [`CONSONANTS`].
const FIRST_CONSONANT: u8 = 0x80;
/// Symbols of Hangul vowels: `FIRST_VOWEL` + Unicode's vowel index (0..21).
const FIRST_VOWEL: u8 = 0x90;
/// A letter of any other script takes four symbols, this one (with three bits of the
/// code point) and three from [`CONTINUATION`] (six bits each). No symbol of one kind
/// is one of another, so a pattern cannot match in the middle of a letter.
const LEAD: u8 = 0xB8;
const CONTINUATION: u8 = 0xC0;

/// The most characters that stand for one hidden letter, or for two.
const MAX_HIDING: u8 = 2;

/// How a letter came to be what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum How {
    /// Written as it is.
    Plain,
    /// Upper case.
    Case,
    /// A styled form of the letter: full-width, mathematical, circled, ...
    Compat,
    /// The letter with a diacritic.
    Accent,
    /// Another letter that looks like it.
    Lookalike,
    /// A digit that stands for it.
    LeetDigit,
    /// A symbol that stands for it.
    LeetSymbol,
}

/// What kind of writing a letter belongs to; words do not go on from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Latin,
    /// Part of a Hangul syllable.
    Syllable,
    /// A Hangul letter that stands by itself.
    Jamo,
    Hiragana,
    Katakana,
    Han,
    Other,
}

impl Class {
    /// Is it written without spaces, so that words are told by a change of script?
    pub(crate) fn is_japanese(self) -> bool {
        matches!(self, Self::Hiragana | Self::Katakana | Self::Han)
    }
}

/// What stands between a letter and the one before it: a set of these.
pub(crate) mod gap {
    /// One space or line break.
    pub(crate) const SPACE: u8 = 1;
    /// More than one.
    pub(crate) const SPACES: u8 = 2;
    /// Punctuation or another symbol.
    pub(crate) const PUNCT: u8 = 4;
    /// An emoji.
    pub(crate) const EMOJI: u8 = 8;
    /// Zero-width characters.
    pub(crate) const INVISIBLE: u8 = 16;
    /// Digits or stray letters that this reading takes for separators.
    pub(crate) const INFIX: u8 = 32;
    /// The beginning of the message.
    pub(crate) const EDGE: u8 = 64;
    /// Symbols that the other reading takes for letters.
    pub(crate) const SYMBOL: u8 = 128;
    /// What a word begins after, whatever it is made of.
    pub(crate) const WIDE: u8 = SPACE | SPACES | EDGE;
    /// What a reader sees as a gap.
    pub(crate) const VISIBLE: u8 = !INVISIBLE;
}

/// A letter of the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letter {
    /// First byte in the original.
    pub(crate) start: u32,
    /// Byte after it, its combining marks included.
    pub(crate) end: u32,
    /// The first symbol it is scanned as.
    pub(crate) symbol: u8,
    /// The letter, or for a leet digit or symbol the ASCII character as written.
    pub(crate) exact: u8,
    pub(crate) how: How,
    pub(crate) class: Class,
    /// The script of the original character.
    pub(crate) script: Script,
    /// What stands before it; see [`gap`].
    pub(crate) gap: u8,
    /// Characters in that gap, invisible ones left out; at most 255.
    pub(crate) gap_len: u8,
    flags: u8,
}

const STARTS: u8 = 1;
const ENDS: u8 = 2;
const TENSE: u8 = 4;
const SOFT: u8 = 8;
const MASKED: u8 = 16;
const SIGN: u8 = 32;
const STARRED: u8 = 64;
const OTHERWISE: u8 = 128;

impl Letter {
    /// Is it the first letter of its character or syllable?
    pub(crate) fn starts(&self) -> bool {
        self.flags & STARTS != 0
    }
    /// Is it the last letter of its character or syllable?
    pub(crate) fn ends(&self) -> bool {
        self.flags & ENDS != 0
    }
    /// Is it the second half of a tense consonant (ㅆ is ㅅㅅ here)?
    pub(crate) fn tense(&self) -> bool {
        self.flags & TENSE != 0
    }
    /// A Hangul letter used for laughing or crying, which ends a word.
    pub(crate) fn soft(&self) -> bool {
        self.flags & SOFT != 0
    }
    /// A letter of a flag or a sign like ™, which belongs to no word of plain letters.
    pub(crate) fn sign(&self) -> bool {
        self.flags & SIGN != 0
    }
    /// Is the gap before it made of characters that people write for a hidden letter, and
    /// short enough to be one?
    pub(crate) fn hiding(&self) -> bool {
        self.flags & MASKED != 0 && self.gap_len <= MAX_HIDING
    }
    /// Does this reading take it for something that the first does not?
    pub(crate) fn otherwise(&self) -> bool {
        self.flags & OTHERWISE != 0
    }
    /// Is the gap before it made of asterisks alone?
    pub(crate) fn starred(&self) -> bool {
        self.flags & STARRED != 0
    }
    /// Does it follow the letter before it without a visible gap?
    pub(crate) fn joined(&self) -> bool {
        self.gap & gap::VISIBLE == 0
    }
    /// The letter as a person would write it; `content` is the text it was folded from.
    pub(crate) fn as_char(&self, content: &str) -> char {
        const CONSONANTS: [char; 14] =
            ['ㄱ', 'ㄴ', 'ㄷ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅅ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'];
        match self.symbol {
            symbol @ FIRST_CONSONANT..FIRST_VOWEL => CONSONANTS
                .get(usize::from(symbol - FIRST_CONSONANT))
                .copied()
                .unwrap_or(char::REPLACEMENT_CHARACTER),
            symbol @ FIRST_VOWEL..LEAD => {
                char::from_u32(u32::from('ㅏ') + u32::from(symbol - FIRST_VOWEL))
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            LEAD.. => content
                .get(self.start as usize..)
                .and_then(|rest| rest.chars().next())
                .unwrap_or(char::REPLACEMENT_CHARACTER),
            symbol @ ..=kana::LAST_KANA => kana::letter(symbol),
            symbol => char::from(symbol),
        }
    }
    /// The hiragana it folds to, if it is kana.
    pub(crate) fn kana(&self) -> Option<char> {
        is_kana(self.symbol).then(|| kana::letter(self.symbol))
    }
    pub(crate) fn leet(&self) -> bool {
        matches!(self.how, How::LeetDigit | How::LeetSymbol)
    }
}

/// What a digit or symbol between letters is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reading {
    #[default]
    /// Digits and some symbols are letters (`h3ck`), every syllable is one.
    Leet,
    /// The same, and a letter that looks like two takes the second (`σ` is an s, not an o).
    Seconds,
    /// They are separators (`h1e1c1k`), as is a stray letter between Hangul syllables;
    /// a syllable that repeats counts once.
    Separators,
}

/// What was seen since the last letter.
#[derive(Debug, Clone, Copy)]
struct Gap {
    /// A set of [`gap`].
    kinds: u8,
    /// Characters, invisible ones left out; at most 255.
    len: u8,
    /// Is it made of characters that letters are hidden behind?
    masks: bool,
    /// Of asterisks alone?
    stars: bool,
}

impl Gap {
    const NONE: Self = Self { kinds: 0, len: 0, masks: true, stars: true };
}

impl Default for Gap {
    fn default() -> Self {
        Self::NONE
    }
}

/// A folded text. Reused from message to message.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// How it was read.
    pub(crate) reading: Reading,
    /// The letters, in order.
    pub(crate) letters: Vec<Letter>,
    /// What the automaton scans: one symbol (four for other scripts) for each run of
    /// the same letter.
    pub(crate) symbols: Vec<u8>,
    /// For each symbol the index of the first letter of its run.
    pub(crate) first_letter: Vec<u32>,
    /// Does the text hold something that the other reading takes differently?
    pub(crate) ambiguous: bool,
    /// Does it hold a letter that looks like two?
    pub(crate) has_seconds: bool,
    /// Letters with a gap before them that letters may be hidden behind, by index.
    pub(crate) hiding_places: Vec<u32>,
    /// Does it turn letters around?
    pub(crate) has_override: bool,
    /// Where the text comes from, if it was turned back; see [`shown`].
    pub(crate) pieces: Vec<Piece>,
    /// What stands between the last letter and the next.
    gap: Gap,
    /// Bytes up to the last closing parenthesis and angle bracket, once they matter.
    closed: Option<(usize, usize)>,
}

/// What an ASCII character is to the fold.
#[derive(Clone, Copy)]
enum Ascii {
    Letter(u8, How),
    Digit(u8),
    Symbol(u8),
    Space,
    Punct,
    Mask,
    Control,
}

const ASCII: [Ascii; 128] = {
    let mut table = [Ascii::Punct; 128];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        #[expect(
            clippy::indexing_slicing,
            reason = "a constant evaluation out of bounds does not compile"
        )]
        {
            table[i] = match c {
                b'a'..=b'z' => Ascii::Letter(c, How::Plain),
                b'A'..=b'Z' => Ascii::Letter(c + 32, How::Case),
                b'0' => Ascii::Digit(b'o'),
                b'1' => Ascii::Digit(b'i'),
                b'2' => Ascii::Digit(b'z'),
                b'3' => Ascii::Digit(b'e'),
                b'4' => Ascii::Digit(b'a'),
                b'5' => Ascii::Digit(b's'),
                b'6' | b'9' => Ascii::Digit(b'g'),
                b'7' => Ascii::Digit(b't'),
                b'8' => Ascii::Digit(b'b'),
                b'@' => Ascii::Symbol(b'a'),
                b'$' => Ascii::Symbol(b's'),
                b'!' | b'|' => Ascii::Symbol(b'i'),
                b'+' => Ascii::Symbol(b't'),
                b'(' | b'<' => Ascii::Symbol(b'c'),
                b'#' => Ascii::Symbol(b'h'),
                b' ' | b'\t'..=b'\r' => Ascii::Space,
                b'*' | b'_' | b'-' | b'.' | b'~' | b'\'' | b'%' | b'^' | b'?' => Ascii::Mask,
                0..=31 | 127 => Ascii::Control,
                _ => Ascii::Punct,
            };
        }
        i += 1;
    }
    table
};

impl Folded {
    /// Folds `text`, forgetting what was here. Time and memory grow with its length.
    pub(crate) fn fold(&mut self, text: &str, reading: Reading) {
        self.reading = reading;
        self.letters.clear();
        self.symbols.clear();
        self.first_letter.clear();
        self.ambiguous = false;
        self.has_seconds = false;
        self.hiding_places.clear();
        self.has_override = false;
        self.gap = Gap { kinds: gap::EDGE, ..Gap::NONE };
        self.closed = None;
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Some(&ascii) = ASCII.get(usize::from(byte)) {
                self.fold_ascii(text, at, byte, ascii);
                at += 1;
                if matches!(ascii, Ascii::Letter(..)) {
                    at += self.go_on(bytes, at);
                }
            } else {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                let end = at + c.len_utf8();
                match hangul(c) {
                    // Known without the table.
                    Hangul::Syllable { initial, vowel, last } => {
                        self.fold_syllable(bytes, at as u32, [initial, vowel, last]);
                    }
                    _ => self.fold_char(text, at, c),
                }
                at = end;
            }
        }
    }

    /// Where these letters stand in the original, the last one included.
    pub(crate) fn span(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.letters.get(first).map_or(0, |l| l.start as usize);
        let span = start..self.letters.get(last).map_or(start, |l| l.end as usize);
        if self.pieces.is_empty() { span } else { shown::original(&self.pieces, span) }
    }

    /// Folds the ASCII letters that go on a Latin word, and returns how many they are.
    /// Nothing stands between them and they are no leet, so no letter needs a question.
    fn go_on(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(last) = self
            .letters
            .last()
            .filter(|last| last.class == Class::Latin && last.end as usize == at && !last.leet())
        else {
            return 0;
        };
        let mut symbol = last.symbol;
        let mut end = at;
        while let Some(&byte) = bytes.get(end) {
            let letter = byte.to_ascii_lowercase();
            if !letter.is_ascii_lowercase() {
                break;
            }
            if letter != symbol {
                symbol = letter;
                self.symbols.push(symbol);
                self.first_letter.push(self.letters.len() as u32);
            }
            let start = end as u32;
            end += 1;
            self.letters.push(Letter {
                start,
                end: start + 1,
                symbol: letter,
                exact: letter,
                how: if byte == letter { How::Plain } else { How::Case },
                class: Class::Latin,
                script: Script::Latin,
                gap: 0,
                gap_len: 0,
                flags: STARTS | ENDS,
            });
        }
        end - at
    }

    /// Bytes up to the last closing parenthesis and angle bracket.
    fn closed(&mut self, text: &str) -> (usize, usize) {
        let last = |closing: char| text.rfind(closing).map_or(0, |at| at + 1);
        *self.closed.get_or_insert_with(|| (last(')'), last('>')))
    }

    fn fold_ascii(&mut self, text: &str, at: usize, byte: u8, ascii: Ascii) {
        let span = (at as u32, at as u32 + 1);
        match ascii {
            Ascii::Letter(letter, how) => {
                if self.reading == Reading::Separators && self.is_stray(text, span) {
                    self.separate(gap::INFIX);
                } else {
                    self.push(
                        span,
                        letter,
                        letter,
                        how,
                        Class::Latin,
                        Script::Latin,
                        STARTS | ENDS,
                    );
                }
            }
            Ascii::Digit(letter) => match self.reading {
                Reading::Leet | Reading::Seconds => {
                    self.push(
                        span,
                        letter,
                        byte,
                        How::LeetDigit,
                        Class::Latin,
                        Script::Common,
                        STARTS | ENDS,
                    );
                }
                Reading::Separators => self.separate(gap::INFIX),
            },
            Ascii::Symbol(letter) => {
                let closed = if matches!(byte, b'(' | b'<') { self.closed(text) } else { (0, 0) };
                if !stands_for_a_letter(text, at, byte, closed) {
                    self.separate_masking(gap::PUNCT);
                } else if self.reading == Reading::Separators && matches!(byte, b'@' | b'$') {
                    // These are hardly ever written between words.
                    self.separate_masking(gap::INFIX);
                } else if self.reading != Reading::Separators {
                    self.push(
                        span,
                        letter,
                        byte,
                        How::LeetSymbol,
                        Class::Latin,
                        Script::Common,
                        STARTS | ENDS,
                    );
                } else {
                    self.separate_masking(gap::SYMBOL);
                }
            }
            Ascii::Space => self.separate(gap::SPACE),
            Ascii::Mask if byte == b'\'' && is_contraction(text, at..at + 1) => {
                self.separate(gap::PUNCT);
            }
            Ascii::Mask => {
                self.gap.stars &= byte == b'*';
                self.separate_masking(gap::PUNCT);
            }
            Ascii::Punct => self.separate(gap::PUNCT),
            Ascii::Control => self.gap.kinds |= gap::INVISIBLE,
        }
    }

    fn fold_char(&mut self, text: &str, at: usize, c: char) {
        let span = (at as u32, (at + c.len_utf8()) as u32);
        let entry = table::entry(c);
        match entry.kind() {
            // The keycap around a digit leaves it a digit.
            _ if c == '\u{20E3}' => self.mark(span),
            _ if is_tag(c) && self.is_among_letters(text, span) => self.gap.kinds |= gap::INVISIBLE,
            _ if is_regional(c) && is_flag(text, span) => self.separate(gap::EMOJI),
            Kind::Space => self.separate(gap::SPACE),
            Kind::Ignorable => {
                self.has_override |= c == shown::OVERRIDE;
                self.gap.kinds |= gap::INVISIBLE;
            }
            Kind::Mark => self.mark(span),
            Kind::Emoji => self.separate(gap::EMOJI),
            Kind::Other => self.separate(gap::PUNCT),
            Kind::Punct if self.is_wave_inside(text, span, c) => {
                self.draw_out_japanese(span);
            }
            Kind::Punct => match u8::try_from(entry.value()).ok().filter(|&b| b != 0) {
                Some(byte) => match ASCII.get(usize::from(byte)) {
                    // A styled symbol stands for a letter as the plain one does; where
                    // it stands is read off the text around it.
                    Some(&Ascii::Symbol(letter))
                        if self.reading != Reading::Separators
                            && has_letter_near(text, at, c.len_utf8()) =>
                    {
                        self.push(
                            span,
                            letter,
                            byte,
                            How::LeetSymbol,
                            Class::Latin,
                            Script::Common,
                            STARTS | ENDS,
                        );
                    }
                    Some(Ascii::Mask)
                        if byte == b'\'' && is_contraction(text, at..at + c.len_utf8()) =>
                    {
                        self.separate(gap::PUNCT);
                    }
                    Some(Ascii::Mask | Ascii::Symbol(_)) => {
                        self.gap.stars &= byte == b'*';
                        self.separate_masking(gap::PUNCT);
                    }
                    _ => self.separate(gap::PUNCT),
                },
                None => self.separate(gap::PUNCT),
            },
            Kind::Digit => {
                let byte = b'0' + entry.value() as u8;
                match ASCII.get(usize::from(byte)) {
                    Some(&Ascii::Digit(letter)) if self.reading != Reading::Separators => {
                        self.push(
                            span,
                            letter,
                            byte,
                            How::LeetDigit,
                            Class::Latin,
                            Script::Common,
                            STARTS | ENDS,
                        );
                    }
                    _ => self.separate(gap::INFIX),
                }
            }
            Kind::Latin => {
                let how = match entry.how() {
                    table::How::Plain => How::Plain,
                    table::How::Case => How::Case,
                    table::How::Accent => How::Accent,
                    table::How::Compat => How::Compat,
                    table::How::Lookalike => How::Lookalike,
                };
                let mut flags = if is_sign(c) { SIGN } else { 0 };
                let [first, second, third] = match entry.second_letter() {
                    0 => entry.letters(),
                    other => {
                        self.has_seconds = true;
                        if self.reading == Reading::Seconds {
                            flags |= OTHERWISE;
                            [other, 0, 0]
                        } else {
                            entry.letters()
                        }
                    }
                };
                let end = |next: u8| flags | if next == 0 { ENDS } else { 0 };
                self.push(
                    span,
                    first,
                    first,
                    how,
                    Class::Latin,
                    entry.script(),
                    STARTS | end(second),
                );
                if second != 0 {
                    self.push(span, second, second, how, Class::Latin, entry.script(), end(third));
                }
                if third != 0 {
                    self.push(span, third, third, how, Class::Latin, entry.script(), end(0));
                }
            }
            Kind::Letter => match char::from_u32(entry.value()).filter(|&letter| is_hangul(letter))
            {
                // Circled and parenthesised Hangul.
                Some(letter) => self.fold_hangul(text, span, letter),
                None if entry.value() == kana::LONG && self.draw_out_japanese(span) => {}
                None => match kana::symbol(entry.value()) {
                    Some(symbol) => self.fold_kana(text, span, c, symbol, entry),
                    None => self.push_other(span, entry.value(), entry.script()),
                },
            },
            Kind::Hangul => self.fold_hangul(text, span, c),
        }
    }

    /// A mark belongs to the letter before it.
    fn mark(&mut self, span: (u32, u32)) {
        match self.letters.last_mut() {
            Some(last) if self.gap.kinds & gap::VISIBLE == 0 => {
                last.end = span.1;
                if last.class == Class::Latin {
                    // As the letter with the mark in one character.
                    last.how = last.how.max(How::Accent);
                }
            }
            _ => self.gap.kinds |= gap::INVISIBLE,
        }
    }

    /// Does a tag letter, which is not seen, stand beside letters that are?
    fn is_among_letters(&self, text: &str, span: (u32, u32)) -> bool {
        let before = text
            .get(..span.0 as usize)
            .and_then(|text| text.chars().rev().take(LOOK_AHEAD).find(|&c| !is_tag(c)));
        let after = text
            .get(span.1 as usize..)
            .and_then(|text| text.chars().take(LOOK_AHEAD).find(|&c| !is_tag(c)));
        before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric)
    }

    fn separate(&mut self, kind: u8) {
        self.gap.masks = false;
        self.widen(kind);
    }

    /// A separator that people also write for a letter they hide (`h*ck`).
    fn separate_masking(&mut self, kind: u8) {
        self.gap.stars &= kind == gap::PUNCT;
        self.widen(kind);
    }

    fn widen(&mut self, kind: u8) {
        let again = kind == gap::SPACE && self.gap.kinds & (gap::SPACE | gap::SPACES) != 0;
        self.gap.kinds |= if again { gap::SPACES } else { kind };
        self.gap.len = self.gap.len.saturating_add(1);
    }

    /// Is this character the one before it again?
    #[inline]
    fn repeats(&self, bytes: &[u8], span: (u32, u32)) -> bool {
        let (start, end) = (span.0 as usize, span.1 as usize);
        let len = end - start;
        let twice = start.checked_sub(len).and_then(|before| bytes.get(before..end));
        self.gap.kinds & gap::VISIBLE == 0
            && twice
                .and_then(|twice| twice.split_at_checked(len))
                .is_some_and(|(a, b)| a.iter().eq(b))
    }

    /// Is this single letter all that stands between two Hangul syllables?
    fn is_stray(&self, text: &str, span: (u32, u32)) -> bool {
        let after_syllable = self
            .letters
            .last()
            .is_some_and(|l| l.class == Class::Syllable && self.gap.kinds & gap::VISIBLE == 0);
        let next = || text.get(span.1 as usize..).and_then(|rest| rest.chars().next());
        after_syllable && next().is_some_and(is_syllable)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of a letter, said once at each kind of character"
    )]
    fn push(
        &mut self,
        span: (u32, u32),
        symbol: u8,
        exact: u8,
        how: How,
        class: Class,
        script: Script,
        flags: u8,
    ) {
        let (start, end) = span;
        let letter =
            Letter { start, end, symbol, exact, how, class, script, gap: 0, gap_len: 0, flags };
        self.push_symbol(symbol);
        self.push_letter(letter);
    }

    /// The symbol of the letter that is pushed next. Symbols of different kinds never
    /// coincide, so an equal one is an equal letter.
    #[inline]
    fn push_symbol(&mut self, symbol: u8) {
        if self.symbols.last() != Some(&symbol) {
            self.symbols.push(symbol);
            self.first_letter.push(self.letters.len() as u32);
        }
    }

    /// A letter of the same character as the one before it.
    #[inline]
    fn push_joined(&mut self, letter: Letter) {
        self.push_symbol(letter.symbol);
        self.letters.push(letter);
    }

    /// A letter that folds to no Latin letter and no jamo.
    fn push_other(&mut self, span: (u32, u32), code_point: u32, script: Script) {
        let six_bits = |shift: u32| CONTINUATION | (code_point >> shift & 63) as u8;
        let lead = LEAD | (code_point >> 18 & 7) as u8;
        let (start, end) = span;
        let class = match script {
            Script::Han => Class::Han,
            Script::Kana => Class::Hiragana,
            _ => Class::Other,
        };
        let letter = Letter {
            start,
            end,
            symbol: lead,
            exact: 0,
            how: How::Plain,
            class,
            script,
            gap: 0,
            gap_len: 0,
            flags: STARTS | ENDS,
        };
        let symbols = [lead, six_bits(12), six_bits(6), six_bits(0)];
        if !self.symbols.ends_with(&symbols) {
            self.symbols.extend(symbols);
            self.first_letter.extend([self.letters.len() as u32; 4]);
        }
        self.push_letter(letter);
    }

    /// Appends a letter with the gap before it.
    #[inline]
    fn push_letter(&mut self, mut letter: Letter) {
        let Gap { kinds, len, masks, stars } = std::mem::replace(&mut self.gap, Gap::NONE);
        letter.gap = kinds;
        letter.gap_len = len;
        if kinds & gap::VISIBLE != 0 {
            if masks && matches!(kinds & gap::VISIBLE, gap::PUNCT | gap::SYMBOL | gap::INFIX) {
                letter.flags |= if stars { MASKED | STARRED } else { MASKED };
                if letter.hiding() {
                    self.hiding_places.push(self.letters.len() as u32);
                }
            }
        } else if let Some(last) = self.letters.last().filter(|last| last.joined()) {
            // Something that one reading takes for a letter stands between letters.
            let infix =
                last.leet() || (letter.class == Class::Syllable && last.class != Class::Syllable);
            self.ambiguous |= infix && letter.how < How::LeetDigit;
        }
        self.letters.push(letter);
    }

    fn fold_kana(
        &mut self,
        text: &str,
        span: (u32, u32),
        c: char,
        symbol: u8,
        entry: table::Entry,
    ) {
        let before = self.letters.last().filter(|_| self.gap.kinds & gap::VISIBLE == 0);
        let next = following(text, span);
        if before.is_some_and(|before| kana::lengthens(symbol, before.symbol))
            // One vowel more is most often the next letter of a word, two are not.
            && (kana::is_small_vowel(c) || next == Some(c) || self.repeats(text.as_bytes(), span))
            && self.draw_out_japanese(span)
        {
            return;
        }
        let symbol = next.and_then(|mark| kana::with_mark(symbol, mark)).unwrap_or(symbol);
        let how = match entry.how() {
            table::How::Compat => How::Compat,
            table::How::Case => How::Case,
            _ => How::Plain,
        };
        let class = if kana::is_katakana(c) { Class::Katakana } else { Class::Hiragana };
        self.push(span, symbol, symbol, how, class, entry.script(), STARTS | ENDS);
    }

    /// A sign that the Japanese letter before it is held: that letter once more, but no
    /// beginning. False where there is none.
    fn draw_out_japanese(&mut self, span: (u32, u32)) -> bool {
        let Some(last) = self.letters.last().filter(|l| l.class.is_japanese()) else {
            return false;
        };
        let (start, end) = span;
        let letter = Letter { start, end, how: How::Plain, flags: ENDS, ..*last };
        self.push_letter(letter);
        true
    }

    /// Is it a wave dash that stands for the prolonged sound mark, inside a word?
    fn is_wave_inside(&self, text: &str, span: (u32, u32), c: char) -> bool {
        let is_kana = |c: char| {
            matches!(table::entry(c).script(), Script::Kana)
                && table::entry(c).kind() == Kind::Letter
        };
        let class =
            self.letters.last().filter(|_| self.gap.kinds & gap::VISIBLE == 0).map(|l| l.class);
        matches!(c, '〜' | '～')
            && matches!(class, Some(Class::Hiragana | Class::Katakana))
            && following(text, span).is_some_and(is_kana)
    }

    fn fold_hangul(&mut self, text: &str, span: (u32, u32), c: char) {
        match hangul(c) {
            Hangul::Syllable { initial, vowel, last } => {
                self.fold_syllable(text.as_bytes(), span.0, [initial, vowel, last]);
            }
            // Conjoining jamo: a decomposed syllable is several characters.
            Hangul::Initial(initial) => {
                let next = text.get(span.1 as usize..).and_then(|rest| rest.chars().next());
                let goes_on =
                    next.is_some_and(|n| matches!(hangul(n), Hangul::Vowel(_)) && is_conjoining(n));
                let end = if goes_on { 0 } else { ENDS };
                let class = if goes_on { Class::Syllable } else { Class::Jamo };
                self.push_consonants(span, INITIALS, initial, class, STARTS | end);
            }
            Hangul::Vowel(vowel) if is_conjoining(c) => {
                let next = text.get(span.1 as usize..).and_then(|rest| rest.chars().next());
                let end = if next.is_some_and(|n| matches!(hangul(n), Hangul::Final(_))) {
                    0
                } else {
                    ENDS
                };
                let symbol = FIRST_VOWEL + vowel;
                let continues =
                    self.letters.last().is_some_and(|l| l.class == Class::Syllable && !l.ends());
                let start = if continues { 0 } else { STARTS };
                let class = if continues { Class::Syllable } else { Class::Jamo };
                self.draw_out(symbol);
                self.push(span, symbol, vowel, How::Plain, class, Script::Other, start | end);
            }
            Hangul::Final(last) => {
                let continues =
                    self.letters.last().is_some_and(|l| l.class == Class::Syllable && !l.ends());
                let (class, start) =
                    if continues { (Class::Syllable, 0) } else { (Class::Jamo, STARTS) };
                self.push_consonants(span, FINALS, last, class, start | ENDS);
            }
            Hangul::Letter(letter) => {
                if self.reading == Reading::Separators && self.is_stray(text, span) {
                    self.separate(gap::INFIX);
                    return;
                }
                let soft = if is_laughter(c) { SOFT } else { 0 };
                self.push_consonants(span, LETTERS, letter, Class::Jamo, STARTS | ENDS | soft);
            }
            Hangul::Vowel(vowel) => {
                if self.reading == Reading::Separators && self.is_stray(text, span) {
                    self.separate(gap::INFIX);
                    return;
                }
                let soft = if is_laughter(c) { SOFT } else { 0 };
                let symbol = FIRST_VOWEL + vowel;
                self.push(
                    span,
                    symbol,
                    vowel,
                    How::Compat,
                    Class::Jamo,
                    Script::Other,
                    STARTS | ENDS | soft,
                );
            }
            Hangul::Old => self.push_other(span, u32::from(c), Script::Other),
        }
    }

    fn fold_syllable(&mut self, bytes: &[u8], start: u32, [initial, vowel, last]: [u8; 3]) {
        let end = start + SYLLABLE_BYTES;
        if self.repeats(bytes, (start, end)) {
            self.ambiguous = true;
            if let Some(before) =
                self.letters.last_mut().filter(|_| self.reading == Reading::Separators)
            {
                before.end = end;
                before.flags |= OTHERWISE;
                return;
            }
        }
        let letter = |symbol, exact, flags| Letter {
            start,
            end,
            symbol,
            exact,
            how: How::Plain,
            class: Class::Syllable,
            script: Script::Other,
            gap: 0,
            gap_len: 0,
            flags,
        };
        let consonant = |index, flags| letter(FIRST_CONSONANT + index, index, flags);
        let vowel = letter(FIRST_VOWEL + vowel, vowel, 0);
        // 시이이발: a silent ㅇ between equal vowels only draws the vowel out.
        let drawn = initial == SILENT_INITIAL
            && self.gap.kinds & gap::VISIBLE == 0
            && self.letters.last().is_some_and(|l| l.symbol == vowel.symbol);
        let ends = if last == 0 { ENDS } else { 0 };
        if drawn {
            self.push_symbol(vowel.symbol);
            self.push_letter(Letter { flags: STARTS | ends, ..vowel });
        } else {
            let (first, second) = pair(INITIALS, initial);
            self.push_symbol(FIRST_CONSONANT + first);
            self.push_letter(consonant(first, STARTS));
            if second != NONE {
                self.push_joined(consonant(second, TENSE));
            }
            self.push_joined(Letter { flags: ends, ..vowel });
        }
        if last != 0 {
            let (first, second) = pair(FINALS, last);
            if second == NONE {
                self.push_joined(consonant(first, ENDS));
            } else {
                let tense = if second == first { TENSE } else { 0 };
                self.push_joined(consonant(first, 0));
                self.push_joined(consonant(second, ENDS | tense));
            }
        }
    }

    /// 이 after ㅣ in decomposed form: takes the silent ㅇ back out of the stream.
    fn draw_out(&mut self, vowel: u8) {
        let [.., before, silent] = self.letters.as_slice() else { return };
        let is_silent =
            silent.symbol == FIRST_CONSONANT + SILENT && silent.joined() && !silent.ends();
        if is_silent && before.symbol == vowel && self.gap.kinds & gap::VISIBLE == 0 {
            let start = silent.start;
            self.letters.pop();
            self.symbols.pop();
            self.first_letter.pop();
            if let Some(last) = self.letters.last_mut() {
                last.end = start;
            }
        }
    }

    /// One consonant, or the two that a tense or double one is made of.
    fn push_consonants(
        &mut self,
        span: (u32, u32),
        table: &[(u8, u8)],
        index: u8,
        class: Class,
        flags: u8,
    ) {
        let (first, second) = pair(table, index);
        let how = if class == Class::Jamo { How::Compat } else { How::Plain };
        if second == NONE {
            self.push(span, FIRST_CONSONANT + first, first, how, class, Script::Other, flags);
        } else {
            let tense = if second == first { TENSE } else { 0 };
            self.push(
                span,
                FIRST_CONSONANT + first,
                first,
                how,
                class,
                Script::Other,
                flags & !ENDS,
            );
            let rest = flags & !STARTS | tense;
            self.push(span, FIRST_CONSONANT + second, second, how, class, Script::Other, rest);
        }
    }
}

/// Bytes of a Hangul syllable.
const SYLLABLE_BYTES: u32 = 3;

/// What a consonant is made of.
fn pair(table: &[(u8, u8)], index: u8) -> (u8, u8) {
    table.get(usize::from(index)).copied().unwrap_or((SILENT, NONE))
}

/// Does a symbol stand for a letter where it is, as far as its neighbours tell?
fn stands_for_a_letter(text: &str, at: usize, symbol: u8, closed: (usize, usize)) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |b: u8| b.is_ascii_alphabetic() || b >= 0x80;
    let is_leet =
        |b: u8| b.is_ascii_digit() || matches!(b, b'@' | b'$' | b'!' | b'|' | b'+' | b'(');
    let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied();
    let after = bytes.get(at + 1).copied();
    let (letter_before, letter_after) =
        (before.is_some_and(is_letter), after.is_some_and(is_letter));
    let leet_after = after.is_some_and(is_leet);
    let stands = match symbol {
        b'(' | b'<' => letter_after || leet_after || after == Some(b'#'),
        // A hashtag begins with it.
        b'#' => (letter_before || before.is_some_and(is_leet)) && (letter_after || leet_after),
        b'+' => letter_before || before.is_some_and(is_leet),
        b'$' => {
            letter_before
                || letter_after
                || (before.is_some_and(|b| matches!(b, b'$' | b'@')) && ends_letters(bytes, at))
                || (leet_after
                    && (!after.is_some_and(|b| b.is_ascii_digit())
                        || bytes.get(at + 2).copied().is_some_and(is_letter)))
        }
        b'@' => letter_before || letter_after || leet_after,
        // Several in a row stand between letters, or end a sentence.
        _ => bytes
            .iter()
            .skip(at + 1)
            .take(LOOK_AHEAD)
            .find(|&&b| b != symbol)
            .is_some_and(|&b| is_letter(b) || (letter_before && is_leet(b))),
    };
    // These open and close; an open one that is never closed may be a `c`.
    let is_open = match symbol {
        b'(' => closed.0 <= at,
        b'<' => closed.1 <= at,
        _ => true,
    };
    (stands || is_spelled_out(bytes, at)) && is_open
}

/// Does a row of digits and signs that stand for letters go back to a letter (`b455$$`)?
fn ends_letters(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default().iter().rev().take(LOOK_AHEAD);
    let is_leet = |b: u8| b.is_ascii_digit() || matches!(b, b'@' | b'$' | b'!' | b'|' | b'+');
    let first = before.copied().find(|&b| !is_leet(b));
    first.is_some_and(|b| b.is_ascii_alphabetic())
}

/// Does the character stand in a row of single characters (`h 3 ( k`)?
fn is_spelled_out(bytes: &[u8], at: usize) -> bool {
    let is_space =
        |index: Option<usize>| index.and_then(|i| bytes.get(i)).is_none_or(|&b| b == b' ');
    let is_alone = |index: Option<usize>| {
        index.is_some_and(|i| {
            bytes.get(i).is_some_and(|b| b.is_ascii_alphanumeric() || b"@$!|+(".contains(b))
                && is_space(i.checked_sub(1))
                && is_space(Some(i + 1))
        })
    };
    let alone = is_space(at.checked_sub(1)) && is_space(Some(at + 1));
    alone && (is_alone(at.checked_sub(2)) || is_alone(Some(at + 2)))
}

/// Do this apostrophe and what stands behind it end a word, as in `who's` and `won't`? Then
/// it hides no letter.
fn is_contraction(text: &str, apostrophe: Range<usize>) -> bool {
    const ENDS: [&str; 6] = ["s", "d", "m", "ll", "re", "ve"];
    let bytes = text.as_bytes();
    let rest = bytes.get(apostrophe.end..).unwrap_or_default();
    let letters = rest.iter().take(3).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = rest.get(..letters).unwrap_or_default();
    let before = apostrophe.start.checked_sub(1).and_then(|at| bytes.get(at));
    let is_not = matches!((before, end), (Some(b'n' | b'N'), [b't' | b'T']));
    is_not || ENDS.iter().any(|known| end.eq_ignore_ascii_case(known.as_bytes()))
}

fn has_letter_near(text: &str, at: usize, len: usize) -> bool {
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(at + len..).and_then(|t| t.chars().next());
    before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
}

/// The character after this one that is seen.
fn following(text: &str, span: (u32, u32)) -> Option<char> {
    let is_seen = |c: &char| c.is_ascii() || table::entry(*c).kind() != Kind::Ignorable;
    text.get(span.1 as usize..)?.chars().take(LOOK_AHEAD).find(is_seen)
}

/// One mask character stands for each of these: what a reader takes for one
/// character. An approximation of grapheme clusters that never yields more of them
/// than there are code points.
pub(crate) fn clusters(text: &str) -> usize {
    let mut clusters = 0;
    let mut before = '\0';
    let mut is_emoji = false;
    let mut joins = false;
    let mut in_syllable = false;
    let mut half_flag = false;
    let only_tags = text.chars().all(is_tag);
    for c in text.chars() {
        let kind = if c.is_ascii() { Kind::Latin } else { table::entry(c).kind() };
        let conjoining = kind == Kind::Hangul && is_conjoining(c);
        let ends_flag = half_flag && is_regional(c);
        let continues = matches!(kind, Kind::Mark | Kind::Ignorable)
            || ends_flag
            || (is_tag(c) && !only_tags)
            || (joins && kind == Kind::Emoji)
            || (before == '\r' && c == '\n')
            || matches!(c, '\u{1F3FB}'..='\u{1F3FF}' | '\u{20E3}')
            || (in_syllable && conjoining && !matches!(hangul(c), Hangul::Initial(_)));
        clusters += usize::from(!continues);
        // A joiner joins emoji alone.
        joins = c == '\u{200D}' && is_emoji;
        is_emoji = kind == Kind::Emoji || (is_emoji && continues);
        half_flag = is_regional(c) && !ends_flag;
        in_syllable = conjoining;
        before = c;
    }
    // Marks alone are still something that is seen.
    clusters.max(usize::from(!text.is_empty()))
}

/// Is there nothing to see in `text`? Spaces, marks and invisible characters are nothing.
pub(crate) fn is_blank(text: &str) -> bool {
    let is_unseen =
        |c| matches!(table::entry(c).kind(), Kind::Space | Kind::Ignorable | Kind::Mark);
    text.chars().all(|c| {
        if c.is_ascii() { c.is_ascii_whitespace() || c.is_ascii_control() } else { is_unseen(c) }
    })
}

/// Flags and signs that fold to Latin letters.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}' | '™' | '©' | '®' | '℠' | '†' | '×')
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Does this regional letter make a flag with one neighbour, and only with that? Longer
/// rows are words.
fn is_flag(text: &str, span: (u32, u32)) -> bool {
    let before = text.get(..span.0 as usize).unwrap_or_default().chars().rev();
    let after = text.get(span.1 as usize..).unwrap_or_default().chars();
    let before = before.take(2).take_while(|&c| is_regional(c)).count();
    let after = after.take(2).take_while(|&c| is_regional(c)).count();
    before + after == 1
}

/// How far the fold looks past characters of one kind.
const LOOK_AHEAD: usize = 32;

/// Tag letters and digits, which are not seen.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}

/// What a letter is scanned as: one symbol, or the four of a letter of another script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    symbols: [u8; 4],
    len: u8,
}

impl From<u8> for Symbols {
    fn from(symbol: u8) -> Self {
        Self { symbols: [symbol, 0, 0, 0], len: 1 }
    }
}

impl Deref for Symbols {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.symbols.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// A run of equal letters of a folded term: what `compile` makes patterns of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The symbols of its letter.
    pub symbols: Symbols,
    /// Number of letters.
    pub letters: usize,
    /// The ASCII digit it is written as, if it is one.
    pub digit: Option<u8>,
    /// Does it hold a letter with a diacritic?
    pub accent: bool,
    /// Does it hold a tense consonant?
    pub tense: bool,
    /// Is it made of Hangul letters that stand by themselves?
    pub alone: bool,
    /// Is it written in katakana?
    pub katakana: bool,
    /// Do words meet before it?
    pub word_before: bool,
    /// Do words meet inside it?
    pub word_inside: bool,
}

/// Folds a term as messages are folded. Empty where nothing of it is a letter or digit.
pub fn fold_term(text: &str) -> Vec<Run> {
    let mut folded = Folded::default();
    folded.fold(text, Reading::Leet);
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(&first) = folded.first_letter.get(at) {
        let mut next = at + 1;
        while folded.first_letter.get(next) == Some(&first) {
            next += 1;
        }
        let end = folded.first_letter.get(next).map_or(folded.letters.len(), |&n| n as usize);
        let letters = folded.letters.get(first as usize..end).unwrap_or_default();
        let symbols = match folded.symbols.get(at..next) {
            Some(&[a, b, c, d]) => Symbols { symbols: [a, b, c, d], len: 4 },
            symbols => Symbols::from(symbols.and_then(<[_]>::first).copied().unwrap_or_default()),
        };
        let meets = |l: &Letter| !l.joined() && l.gap & gap::EDGE == 0;
        runs.push(Run {
            symbols,
            letters: letters.len(),
            digit: letters.first().filter(|l| l.how == How::LeetDigit).map(|l| l.exact),
            accent: letters.iter().any(|l| l.how == How::Accent),
            tense: letters.iter().any(Letter::tense),
            alone: letters.iter().all(|l| l.class == Class::Jamo),
            katakana: letters.iter().all(|l| l.class == Class::Katakana),
            word_before: letters.first().is_some_and(meets),
            word_inside: letters.iter().skip(1).any(meets),
        });
        at = next;
    }
    runs
}

/// The symbol of a basic consonant (ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ, from 0).
pub const fn consonant(index: u8) -> u8 {
    FIRST_CONSONANT + index
}

/// The symbol of a vowel (Unicode's order, from 0).
pub const fn vowel(index: u8) -> u8 {
    FIRST_VOWEL + index
}

/// The symbol of a voiced kana without its mark, or the symbol itself.
pub fn unvoiced(symbol: u8) -> u8 {
    kana::without_mark(symbol)
}

/// Is it the symbol of a kana?
pub const fn is_kana(symbol: u8) -> bool {
    symbol <= kana::LAST_KANA
}
