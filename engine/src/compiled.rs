//! The compiled policy, read in place.

use std::fmt;
use std::ops::Range;

use regex_automata::dfa::Automaton as _;
use regex_automata::dfa::dense::DFA;
use regex_automata::{Anchored, Input};
use xxhash_rust::xxh3::xxh3_128;

use crate::automaton::Automaton;
use crate::contract::Reason;
use crate::layout::{
    ALIGNMENT, CHECK_BYTES, Check, HASH_AT, MAGIC, PATTERN_BYTES, Pattern, RULE_SET_BYTES, RuleSet,
    SECTIONS, Section, TERM_BYTES, Term, VERSION,
};
use crate::settings::{self, OnFault, Settings, Texts};

/// A policy as `compile` wrote it, read where it lies: terms and automaton are neither
/// built nor copied. Only its settings (rules, profiles, reasons) are read into memory.
pub struct CompiledPolicy<'a> {
    hash: PolicyHash,
    pub(crate) settings: Settings<'a>,
    pub(crate) automaton: Automaton<'a>,
    pub(crate) regexes: Vec<Regex<'a>>,
    pub(crate) reasons: Reasons<'a>,
    patterns: &'a [[u8; PATTERN_BYTES]],
    checks: &'a [[u8; CHECK_BYTES]],
    terms: &'a [[u8; TERM_BYTES]],
    exceptions: &'a [[u8; 4]],
    names: &'a [u8],
    rule_sets: &'a [[u8; RULE_SET_BYTES]],
}

/// Names a compiled policy by its content: 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PolicyHash(pub u128);

impl fmt::Display for PolicyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for PolicyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Ids and sizes: a policy is too large to print.
impl fmt::Debug for CompiledPolicy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledPolicy")
            .field("hash", &self.hash)
            .field("rules", &self.settings.rules.len())
            .field("terms", &self.terms.len())
            .finish_non_exhaustive()
    }
}

/// Why bytes are no compiled policy of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadError {
    /// The bytes do not begin as a compiled policy does.
    NotAPolicy,
    /// Written by another version of chatwarden.
    OtherVersion {
        /// The format version found.
        found: u32,
    },
    /// Shorter than its header says, or a section lies outside it.
    Truncated,
    /// The checksum does not fit the content.
    Damaged,
    /// The bytes do not begin at a multiple of 16 in memory.
    Misaligned,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPolicy => {
                f.write_str("not a compiled policy; write one with `chatwarden compile`")
            }
            Self::OtherVersion { found } => {
                write!(
                    f,
                    "compiled for format {found}, not {VERSION}; compile it again with this version of chatwarden"
                )
            }
            Self::Truncated => f.write_str("the compiled policy is cut short; compile it again"),
            Self::Damaged => f.write_str(
                "the compiled policy is damaged: its checksum does not fit; compile it again",
            ),
            Self::Misaligned => {
                write!(f, "the compiled policy does not lie at a multiple of {ALIGNMENT} bytes")
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// Every reason of the policy, checked against the contract when the policy is loaded,
/// so that no denial can fail later.
#[derive(Debug)]
pub(crate) struct Reasons<'a> {
    policy: ReasonTexts<'a>,
    /// By position of the rule; of a rule that does not deny, the policy's own.
    rules: Vec<Option<ReasonTexts<'a>>>,
}

#[derive(Debug)]
struct ReasonTexts<'a> {
    default: Reason<'a>,
    by_language: Vec<(&'a str, Reason<'a>)>,
}

impl<'a> ReasonTexts<'a> {
    fn new(texts: &Texts<'a>) -> Option<Self> {
        let by_language =
            texts.by_language.iter().map(|&(tag, text)| Some((tag, Reason::new(text).ok()?)));
        Some(Self {
            default: Reason::new(texts.default).ok()?,
            by_language: by_language.collect::<Option<_>>()?,
        })
    }
    /// The reason for a language tag, else for its first part (`pt` for `pt-BR`), else
    /// the default.
    fn choose(&self, language: Option<&str>) -> Reason<'a> {
        let find =
            |tag: &str| self.by_language.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
        let found = language.and_then(|tag| {
            find(tag).or_else(|| find(tag.split(['-', '_']).next().unwrap_or(tag)))
        });
        found.map_or(&self.default, |(_, reason)| reason).clone()
    }
}

impl<'a> Reasons<'a> {
    fn new(settings: &Settings<'a>) -> Option<Self> {
        let rules = settings.rules.iter().map(|rule| match &rule.action {
            settings::Action::Deny(texts) => ReasonTexts::new(texts).map(Some),
            _ => Some(None),
        });
        Some(Self {
            policy: ReasonTexts::new(&settings.reason)?,
            rules: rules.collect::<Option<_>>()?,
        })
    }
    /// The reason of the rule at this position, or the policy's own.
    pub(crate) fn of(&self, rule: Option<usize>, language: Option<&str>) -> Reason<'a> {
        let texts = rule.and_then(|i| self.rules.get(i)).and_then(Option::as_ref);
        texts.unwrap_or(&self.policy).choose(language)
    }
}

/// A regular expression as two tables.
pub(crate) struct Regex<'a> {
    /// Position of its rule.
    pub(crate) rule: usize,
    /// Finds where a match ends.
    forward: DFA<&'a [u32]>,
    /// Finds from there where it begins.
    reverse: DFA<&'a [u32]>,
}

impl Regex<'_> {
    /// Calls `found` with every match, one after another. What a damaged table makes no
    /// sense of is no match.
    pub(crate) fn find(&self, text: &str, mut found: impl FnMut(Range<usize>)) {
        let mut from = 0;
        while let Ok(Some(end)) = self.forward.try_search_fwd(&Input::new(text).range(from..)) {
            let end = end.offset();
            let before = Input::new(text).range(from..end).anchored(Anchored::Yes);
            let start =
                self.reverse.try_search_rev(&before).ok().flatten().map(|start| start.offset());
            if let Some(start) = start
                && start < end
                && text.get(start..end).is_some()
            {
                found(start..end);
            }
            if end <= from {
                break;
            }
            from = end;
        }
    }
}

impl<'a> CompiledPolicy<'a> {
    /// Takes bytes that this build wrote itself: the header is checked, the content
    /// trusted.
    ///
    /// # Errors
    /// When the header is not that of a compiled policy of this version, or the bytes
    /// do not begin at a multiple of 16 in memory.
    pub fn embedded(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let header = Header::read(bytes)?;
        if bytes.as_ptr().align_offset(ALIGNMENT) != 0 {
            return Err(LoadError::Misaligned);
        }
        Self::load(&header).ok_or(LoadError::Damaged)
    }

    /// Takes bytes from anywhere: the checksum is checked as well (0.1 ms per MB).
    ///
    /// # Errors
    /// As [`CompiledPolicy::embedded`], and when the checksum does not fit.
    pub fn checked(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let header = Header::read(bytes)?;
        if xxh3_128(header.content) != header.hash {
            return Err(LoadError::Damaged);
        }
        Self::embedded(bytes)
    }

    /// None where a section does not hold what it should.
    fn load(header: &Header<'a>) -> Option<Self> {
        let settings = settings::read(header.section(Section::Settings)?)?;
        let codes = header.section(Section::Codes)?.try_into().ok()?;
        let automaton = Automaton {
            codes,
            pairs: header.section(Section::Pairs)?.as_chunks().0,
            states: header.section(Section::States)?.as_chunks().0,
            rests: header.section(Section::Rests)?.as_chunks().0,
            outputs: header.section(Section::Outputs)?.as_chunks().0,
        };
        let data = header.section(Section::RegexData)?;
        let mut regexes = Vec::new();
        for entry in header.section(Section::Regexes)?.as_chunks::<4>().0.as_chunks::<5>().0 {
            let [rule, forward, forward_len, reverse, reverse_len] =
                entry.map(|n| u32::from_le_bytes(n) as usize);
            let dfa = |at: usize, len: usize| {
                let bytes = data.get(at..)?.get(..len)?;
                DFA::from_bytes(bytes).ok().map(|(dfa, _)| dfa)
            };
            let (forward, reverse) = (dfa(forward, forward_len)?, dfa(reverse, reverse_len)?);
            let regex = Regex { rule, forward, reverse };
            regexes.push(regex);
        }
        Some(Self {
            hash: PolicyHash(header.hash),
            reasons: Reasons::new(&settings)?,
            settings,
            automaton,
            regexes,
            patterns: header.section(Section::Patterns)?.as_chunks().0,
            checks: header.section(Section::Checks)?.as_chunks().0,
            terms: header.section(Section::Terms)?.as_chunks().0,
            exceptions: header.section(Section::Exceptions)?.as_chunks().0,
            names: header.section(Section::Names)?,
            rule_sets: header.section(Section::RuleSets)?.as_chunks().0,
        })
    }

    /// Names this policy by its content.
    pub fn hash(&self) -> PolicyHash {
        self.hash
    }

    /// What the handler answers when the review itself fails.
    pub fn on_fault(&self) -> OnFault {
        self.settings.on_fault
    }

    /// The policy's own reason, for a denial that no rule words.
    pub fn default_reason(&self) -> Reason<'a> {
        self.reasons.of(None, None)
    }

    /// The ids of the rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &'a str> {
        self.settings.rules.iter().map(|rule| rule.id)
    }

    pub(crate) fn pattern(&self, number: u32) -> Option<Pattern> {
        self.patterns.get(number as usize).copied().map(Pattern::from_bytes)
    }

    /// The checks of a pattern, one for each symbol.
    pub(crate) fn checks(&self, pattern: Pattern) -> &'a [[u8; CHECK_BYTES]] {
        let first = pattern.checks as usize;
        self.checks.get(first..first + usize::from(pattern.symbols)).unwrap_or_default()
    }

    pub(crate) fn check(bytes: &[u8; CHECK_BYTES]) -> Check {
        Check::from_bytes(*bytes)
    }

    pub(crate) fn term(&self, number: u32) -> Option<Term> {
        self.terms.get(number as usize).copied().map(Term::from_bytes)
    }

    /// Is the term with this number an exception of `term`?
    pub(crate) fn is_exception_of(&self, number: u32, term: Term) -> bool {
        let first = term.exceptions as usize;
        let list = self
            .exceptions
            .get(first..first + usize::from(term.exceptions_len))
            .unwrap_or_default();
        list.binary_search_by_key(&number, |&n| u32::from_le_bytes(n)).is_ok()
    }

    pub(crate) fn name(&self, term: Term) -> &'a str {
        let first = term.name as usize;
        let bytes = self.names.get(first..first + usize::from(term.name_len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(crate) fn rule_set(&self, term: Term) -> RuleSet {
        self.rule_sets.get(usize::from(term.rules)).map(RuleSet::from_bytes).unwrap_or_default()
    }
}

struct Header<'a> {
    hash: u128,
    /// The whole file: sections are placed from its beginning.
    bytes: &'a [u8],
    /// What the hash is of: all after it.
    content: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(LoadError::NotAPolicy);
        }
        let number = |at: usize| {
            let four = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
            four.copied().map(u32::from_le_bytes).ok_or(LoadError::Truncated)
        };
        let found = number(8)?;
        if found != VERSION {
            return Err(LoadError::OtherVersion { found });
        }
        if number(12)? as usize != SECTIONS || number(16)? as usize != bytes.len() {
            return Err(LoadError::Truncated);
        }
        let hash =
            bytes.get(HASH_AT..).and_then(<[u8]>::first_chunk::<16>).ok_or(LoadError::Truncated)?;
        let content = bytes.get(HASH_AT + 16..).ok_or(LoadError::Truncated)?;
        Ok(Self { hash: u128::from_le_bytes(*hash), bytes, content })
    }

    fn section(&self, section: Section) -> Option<&'a [u8]> {
        let at = HASH_AT + 16 + 8 * section as usize;
        let (place, _) = self.bytes.get(at..)?.split_first_chunk::<8>()?;
        let [o0, o1, o2, o3, l0, l1, l2, l3] = *place;
        let offset = u32::from_le_bytes([o0, o1, o2, o3]) as usize;
        let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        self.bytes.get(offset..)?.get(..len)
    }
}
