//! How a compiled policy lies in its bytes. The one description for both sides: the
//! policy crate writes with it, the engine reads with it.
//!
//! A header, then sections, each on a 16-byte boundary, all numbers little-endian.
//! The header holds a magic, the format version, the length, the content hash (XXH3,
//! 128 bits, of all that follows it) and where each section lies.

/// The first bytes of a compiled policy.
pub const MAGIC: [u8; 8] = *b"CHATWARD";
/// Changes whenever the same bytes would mean something else, the fold included.
pub const VERSION: u32 = 5;
/// Sections begin at multiples of this.
pub const ALIGNMENT: usize = 16;
/// Bytes before the first section: magic 8, version 4, sections 4, length 8, reserved 8,
/// hash 16, then offset and length of each section, 4 bytes each.
pub const HEADER_BYTES: usize = HASH_AT + 16 + 8 * SECTIONS;
/// Where the hash stands in the header.
pub const HASH_AT: usize = 32;
/// Number of sections.
pub const SECTIONS: usize = 14;
/// Bytes of an entry of an automaton's table of pairs.
pub const PAIR_BYTES: usize = 4;
/// Bytes of an automaton state.
pub const STATE_BYTES: usize = 4;
/// Where a state's base begins; below it stand the two flags and eight bits of check.
pub const BASE_SHIFT: u32 = 10;
/// Set in a state that fails to the table of pairs, as most do.
pub const FAILS_TO_PAIRS: u32 = 1 << 9;
/// Set in a state where patterns end.
pub const HAS_OUTPUTS: u32 = 1 << 8;
/// Bytes of what a step seldom needs of a state.
pub const REST_BYTES: usize = 6;
/// Bytes of an automaton output.
pub const OUTPUT_BYTES: usize = 4;
/// Bytes of a [`Pattern`].
pub const PATTERN_BYTES: usize = 8;
/// Bytes of a [`Check`].
pub const CHECK_BYTES: usize = 4;
/// Bytes of a [`Term`].
pub const TERM_BYTES: usize = 24;
/// Bytes of a set of rules: one bit for each of 256.
pub const RULE_SET_BYTES: usize = 32;
/// The most rules a policy has.
pub const MAX_RULES: usize = 256;
/// The most profiles a policy has.
pub const MAX_PROFILES: usize = 64;
/// The most symbols of one term once folded.
pub const MAX_TERM_SYMBOLS: usize = 255;

/// Sections in the order in which they lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// Rules, profiles and reasons; see [`crate::settings`].
    Settings,
    /// The automaton's code for each symbol: 256 bytes.
    Codes,
    /// The automaton's state for each code and the code after it, 0 for none.
    Pairs,
    /// The automaton's states.
    States,
    /// Where each state fails to, and its first output.
    Rests,
    /// The automaton's outputs; number 0 is none.
    Outputs,
    /// [`Pattern`]s.
    Patterns,
    /// [`Check`]s.
    Checks,
    /// [`Term`]s.
    Terms,
    /// Numbers of terms (32 bits each): the exceptions of each term, ascending, one run
    /// after another.
    Exceptions,
    /// Texts of terms, one after another.
    Names,
    /// Sets of rules.
    RuleSets,
    /// Regular expressions: rule, offset and length of the forward automaton, offset and
    /// length of the reverse one (32 bits each; offsets in [`Section::RegexData`]).
    Regexes,
    /// Dense automata of regular expressions.
    RegexData,
}

/// One spelling of a term, as the automaton finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// Number of the term, less than 2^24.
    pub term: u32,
    /// Number of the first [`Check`]; there is one for each symbol.
    pub checks: u32,
    /// Number of symbols.
    pub symbols: u8,
}

impl Pattern {
    /// As bytes.
    pub fn to_bytes(self) -> [u8; PATTERN_BYTES] {
        let [t0, t1, t2, _] = self.term.to_le_bytes();
        let [c0, c1, c2, c3] = self.checks.to_le_bytes();
        [t0, t1, t2, self.symbols, c0, c1, c2, c3]
    }
    /// From bytes.
    pub fn from_bytes([t0, t1, t2, symbols, c0, c1, c2, c3]: [u8; PATTERN_BYTES]) -> Self {
        Self {
            term: u32::from_le_bytes([t0, t1, t2, 0]),
            checks: u32::from_le_bytes([c0, c1, c2, c3]),
            symbols,
        }
    }
}

/// What an output says beside its number. The patterns that end at a state stand in a
/// row; where the row of another state goes on, it is not repeated.
pub mod output {
    /// The number alone: of a pattern, or of the output where the row goes on.
    pub const NUMBER: u32 = (1 << 28) - 1;
    /// The last of its row.
    pub const LAST: u32 = 1 << 28;
    /// No pattern: the row goes on at the output with this number.
    pub const GO_ON: u32 = 1 << 29;
    /// Its term is an exception.
    pub const EXCEPTION: u32 = 1 << 31;
    /// Letters of it may be hidden behind other characters (`h*ck`).
    pub const HIDES: u32 = 1 << 30;
}

/// What a run of letters must be to stand for a symbol of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Check {
    /// The least number of letters.
    pub run: u8,
    /// One of [`require`].
    pub require: u8,
    /// The character that [`require::DIGIT`] asks for.
    pub exact: u8,
    /// A set of [`joint`].
    pub joints: u8,
}

/// What a [`Check`] asks of the letters beyond their number.
pub mod require {
    /// Nothing.
    pub const ANY: u8 = 0;
    /// The digit itself, not the letter it may stand for.
    pub const DIGIT: u8 = 1;
    /// A character that looks like both `i` and `l`: `1`, `!`, `|` or a capital `I`.
    pub const STROKE: u8 = 2;
    /// A `6`, which is read as `g` and here stands for `b`.
    pub const SIX: u8 = 3;
    /// A plain consonant, not a tense one.
    pub const LAX: u8 = 4;
    /// A tense consonant.
    pub const TENSE: u8 = 5;
    /// A Hangul letter that stands by itself, not as part of a syllable.
    pub const ALONE: u8 = 6;
    /// One stroke at least, among letters that are written plainly.
    pub const SOME_STROKE: u8 = 8;
    /// A letter with a diacritic.
    pub const ACCENT: u8 = 9;
    /// Letters hidden before it or inside it: as many asterisks as [`Check::exact`]
    /// says, for what is left of the term is too little to hide behind anything else.
    ///
    /// [`Check::exact`]: super::Check::exact
    pub const STARS: u8 = 7;
    /// Katakana, not hiragana.
    pub const KATAKANA: u8 = 10;
}

/// What may or must stand before a symbol's run, or inside it.
pub mod joint {
    /// A phrase's words meet before the run.
    pub const WORD_BEFORE: u8 = 1;
    /// A phrase's words meet inside the run.
    pub const WORD_INSIDE: u8 = 2;
    /// A term cut before the run leaves a piece that is no word (`fu ck`, not `pen is`).
    pub const SPLIT_BEFORE: u8 = 4;
    /// The same, cut inside the run.
    pub const SPLIT_INSIDE: u8 = 8;
    /// A letter was hidden before the run: a masking character must stand there.
    pub const HIDDEN_BEFORE: u8 = 16;
    /// A letter was hidden inside the run.
    pub const HIDDEN_INSIDE: u8 = 32;
}

impl Check {
    /// As bytes.
    pub fn to_bytes(self) -> [u8; CHECK_BYTES] {
        [self.run, self.require, self.exact, self.joints]
    }
    /// From bytes.
    pub fn from_bytes([run, require, exact, joints]: [u8; CHECK_BYTES]) -> Self {
        Self { run, require, exact, joints }
    }
}

/// A term, or an exception to terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Where its text begins in [`Section::Names`].
    pub name: u32,
    /// Bytes of its text.
    pub name_len: u16,
    /// Number of the set of rules that look for it; of an exception, that it applies to.
    pub rules: u16,
    /// Where its exceptions begin in [`Section::Exceptions`].
    pub exceptions: u32,
    /// Number of its exceptions.
    pub exceptions_len: u16,
    /// A set of [`term`].
    pub flags: u16,
    /// Letters, repetitions counted.
    pub letters: u8,
    /// Number of its pack in the settings; 255: the policy itself.
    pub pack: u8,
}

/// How a [`Term`] may stand and be disguised.
pub mod term {
    /// Letters may go on before it.
    pub const OPEN_START: u16 = 1;
    /// Letters may go on after it.
    pub const OPEN_END: u16 = 2;
    /// Only as written, in any case and style.
    pub const PLAIN: u16 = 4;
    /// As [`PLAIN`], with no diacritics but where [`require::ACCENT`] asks for one.
    ///
    /// [`require::ACCENT`]: super::require::ACCENT
    pub const EXACT: u16 = 8;
    /// An exception: what it covers is no match.
    pub const EXCEPTION: u16 = 16;
    /// Made of words (`so do my`): apart they mean what they say.
    pub const OF_WORDS: u16 = 32;
    /// Written with katakana: where it is open, it is so in katakana as well.
    pub const KATAKANA: u16 = 64;
    /// Stands inside a word that is else made of glue; see [`crate::glue`].
    pub const GLUED: u16 = 128;
}

impl Term {
    /// As bytes.
    pub fn to_bytes(self) -> [u8; TERM_BYTES] {
        let mut bytes = [0; TERM_BYTES];
        let fields = [
            &self.name.to_le_bytes()[..],
            &self.name_len.to_le_bytes(),
            &self.rules.to_le_bytes(),
            &self.exceptions.to_le_bytes(),
            &self.exceptions_len.to_le_bytes(),
            &self.flags.to_le_bytes(),
            &[self.letters, self.pack],
        ];
        for (to, from) in bytes.iter_mut().zip(fields.concat()) {
            *to = from;
        }
        bytes
    }
    /// From bytes.
    pub fn from_bytes(bytes: [u8; TERM_BYTES]) -> Self {
        let [n0, n1, n2, n3, l0, l1, r0, r1, e0, e1, e2, e3, m0, m1, f0, f1, letters, pack, ..] =
            bytes;
        Self {
            name: u32::from_le_bytes([n0, n1, n2, n3]),
            name_len: u16::from_le_bytes([l0, l1]),
            rules: u16::from_le_bytes([r0, r1]),
            exceptions: u32::from_le_bytes([e0, e1, e2, e3]),
            exceptions_len: u16::from_le_bytes([m0, m1]),
            flags: u16::from_le_bytes([f0, f1]),
            letters,
            pack,
        }
    }
}

/// A set of rules, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RuleSet(pub [u64; 4]);

impl RuleSet {
    /// Adds the rule at this position.
    pub fn insert(&mut self, rule: usize) {
        if let Some(word) = self.0.get_mut(rule / 64) {
            *word |= 1 << (rule % 64);
        }
    }
    /// The rules of this set that are not in the other.
    pub fn without(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & !e, b & !f, c & !g, d & !h])
    }
    /// The rules in both.
    pub fn and(self, other: Self) -> Self {
        self.without(Self(other.0.map(|word| !word)))
    }
    /// Is there none?
    pub fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }
    /// Positions of the rules, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(i, mut word)| {
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(i * 64 + bit)
            })
        })
    }
    /// As bytes.
    pub fn to_bytes(self) -> [u8; RULE_SET_BYTES] {
        let mut bytes = [0; RULE_SET_BYTES];
        for (to, from) in bytes.iter_mut().zip(self.0.iter().flat_map(|word| word.to_le_bytes())) {
            *to = from;
        }
        bytes
    }
    /// From bytes.
    pub fn from_bytes(bytes: &[u8; RULE_SET_BYTES]) -> Self {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Self(words)
    }
}
