//! How a fault of a policy or a lexicon reads: what, where, and how to mend it.
//!
//! A fault is a value. `parse` states all of them in one run; this file words them and
//! draws them, and prints nothing. It does not know what makes a policy good.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};

/// A text and the name it has in faults, usually its file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Shown before line and column; nothing is opened by it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// Does a fault keep the policy from being used?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It does.
    Error,
    /// It does not, but something in it has no effect.
    Warning,
}

/// One fault of a policy or a lexicon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct PolicyError {
    /// What is wrong.
    pub kind: PolicyErrorKind,
    /// Where: bytes of the source. A place past its end counts as its end.
    pub at: Range<usize>,
}

impl PolicyError {
    /// Does it keep the policy from being used?
    pub fn level(&self) -> Level {
        self.kind.level()
    }
}

/// What is wrong with a policy or a lexicon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyErrorKind {
    /// The text is not TOML.
    #[error("not valid TOML: {message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// A key that means nothing where it stands.
    #[error("unknown key `{}` in {place}", shown(key))]
    UnknownKey {
        /// As written.
        key: String,
        /// Where it stands, e.g. `a rule`.
        place: &'static str,
        /// What may stand there.
        known: &'static [&'static str],
    },
    /// A key that must be there and is not.
    #[error("`{key}` is missing in {place}")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// What needs it, e.g. `a rule`.
        place: &'static str,
    },
    /// A value of another type.
    #[error("`{}` is {found}, not {expected}", shown(key))]
    WrongType {
        /// The value's key.
        key: String,
        /// What it should be, e.g. `a list of strings`.
        expected: &'static str,
        /// What it is, e.g. `an integer`.
        found: &'static str,
    },
    /// A list, table or string that holds nothing.
    #[error("`{}` is empty", shown(key))]
    Empty {
        /// Its key.
        key: String,
    },
    /// A word that is none of those that may stand there.
    #[error("unknown {what} `{}`", shown(found))]
    UnknownWord {
        /// What the word should name, e.g. `action`.
        what: &'static str,
        /// As written.
        found: String,
        /// The words that may stand there; none where the policy defines none.
        known: Vec<String>,
    },
    /// A number outside its limits.
    #[error("`{key}` is {found}, not {min} to {max}")]
    OutOfRange {
        /// The number's key.
        key: &'static str,
        /// As written.
        found: String,
        /// At least.
        min: u16,
        /// At most.
        max: u16,
    },
    /// `severity` over `max_severity`: nothing lies between.
    #[error("`severity` {min} is over `max_severity` {max}")]
    NoSeverityLeft {
        /// The lowest severity looked for.
        min: u8,
        /// The highest.
        max: u8,
    },
    /// A name that is not 1 to 64 of `a-z 0-9 -`, beginning with a letter.
    #[error("`{}` is no {what}", shown(found))]
    BadId {
        /// What it should name, e.g. `rule id`.
        what: &'static str,
        /// As written.
        found: String,
    },
    /// Something that may stand once stands twice.
    #[error("the {what} `{}` is there already, on line {first_line}", shown(name))]
    Duplicate {
        /// What stands twice, e.g. `rule id`.
        what: &'static str,
        /// As written.
        name: String,
        /// Line of the first one, from 1.
        first_line: usize,
    },
    /// More of something than the format holds.
    #[error("{found} {what} are more than {max}")]
    TooMany {
        /// What there is too much of, e.g. `rules`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The most there may be.
        max: usize,
    },
    /// A policy without rules would deliver everything.
    #[error("the policy has no rules: every message would be delivered")]
    NoRules,
    /// A rule without anything to look for.
    #[error("the rule `{}` looks for nothing", shown(rule))]
    FindsNothing {
        /// The rule's id.
        rule: String,
    },
    /// A profile that names neither rooms nor senders would be everybody.
    #[error("the profile `{}` names neither rooms nor senders", shown(profile))]
    EverybodysProfile {
        /// The profile's id.
        profile: String,
    },
    /// A glob that no room ARN can match.
    #[error("the room glob `{}` matches no room ARN", shown(glob))]
    BadGlob {
        /// As written.
        glob: String,
    },
    /// A regular expression that cannot be read.
    #[error("bad regular expression: {message}")]
    BadRegex {
        /// What the regex parser says.
        message: String,
    },
    /// A regular expression whose table is over the limit.
    #[error("the regular expression is over {max_kib} KiB when compiled")]
    RegexTooBig {
        /// The limit in KiB.
        max_kib: usize,
    },
    /// A regular expression with a backspace in it, which is what `\b` is in double quotes.
    #[error("the regular expression holds a backspace, which is what `\\b` is in double quotes")]
    RegexHoldsBackspace,
    /// A regular expression that matches the empty text, which is everywhere.
    #[error("the regular expression matches the empty text")]
    RegexMatchesEmpty,
    /// A term that cannot be found.
    #[error("the term `{}` {fault}", shown(term))]
    BadTerm {
        /// As written.
        term: String,
        /// What is wrong with it.
        fault: TermFault,
    },
    /// A reason that IVS Chat would not take.
    #[error("the reason {limit}")]
    BadReason {
        /// The limit it breaks, e.g. `is over 256 characters`.
        limit: &'static str,
    },
    /// Not a language tag.
    #[error("`{}` is no language tag", shown(found))]
    BadLanguage {
        /// As written.
        found: String,
    },
    /// A mask that is no single visible character.
    #[error("`{}` cannot be a mask", shown(found))]
    BadMask {
        /// As written.
        found: String,
    },
    /// A replacement that cannot stand in a message.
    #[error("the replacement {fault}")]
    BadReplacement {
        /// What is wrong with it, e.g. `holds a control character`.
        fault: &'static str,
    },
    /// Not a domain.
    #[error("`{}` is no domain", shown(found))]
    BadDomain {
        /// As written.
        found: String,
    },
    /// An attribute that does not fit into a response.
    #[error("the attribute {fault}")]
    BadAttribute {
        /// What is wrong with it, e.g. `has an empty key`.
        fault: &'static str,
    },
    /// A key that has no meaning beside the rule's action.
    #[error("`{key}` has no use with the action `{action}`")]
    NoUse {
        /// The key.
        key: &'static str,
        /// The rule's action.
        action: &'static str,
        /// How to mend it.
        instead: &'static str,
    },
    /// `except` in a rule without terms.
    #[error("`except` has no use without terms")]
    ExceptWithoutTerms,
    /// Two things a rule or a term cannot be at once.
    #[error("{what} `{}` is both in `{one}` and in `{other}`", shown(name))]
    BothWays {
        /// What it is about, e.g. `profile`.
        what: &'static str,
        /// Its name.
        name: String,
        /// One key.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// An earlier rule decides about everything that this one finds.
    #[error("the rule `{}` can never act: `{}` decides first", shown(rule), shown(earlier))]
    UnreachableRule {
        /// The rule's id.
        rule: String,
        /// The earlier rule's id.
        earlier: String,
    },
    /// A rule only for senders that no rule is applied to.
    #[error("the rule `{}` can never act: all its profiles are exempt", shown(rule))]
    ExemptRule {
        /// The rule's id.
        rule: String,
    },
    /// Warning: a profile that changes nothing.
    #[error("the profile `{}` is never used", shown(profile))]
    UnusedProfile {
        /// The profile's id.
        profile: String,
    },
    /// Warning: the same value twice in one list.
    #[error("`{}` is in `{}` twice", shown(value), shown(key))]
    Repeated {
        /// The value as written.
        value: String,
        /// The list's key.
        key: String,
    },
    /// Warning: reasons by language, and nothing to tell a sender's language by.
    #[error("reasons by language are never told without `language_attribute`")]
    LanguagesUnused,
    /// Warning: no term of the packs is of these categories and severities.
    #[error("no term of these packs is of these categories and severities")]
    SelectsNothing,
    /// Warning: a term of the operator's own is part of ordinary words.
    #[error("the term `{}` is also found in {}", shown(term), some_of(words, *more))]
    InOrdinaryWords {
        /// As written.
        term: String,
        /// The term without its stars, if it has some.
        closed: Option<String>,
        /// Some of the words.
        words: Vec<String>,
        /// How many there are beside these.
        more: usize,
    },
    /// A line of a lexicon with more fields than there are.
    #[error("a term has four fields at most")]
    ExtraField,
    /// A directive that stands after the first term of a lexicon.
    #[error("the directive `{}` stands after the first term", shown(key))]
    LateDirective {
        /// Its key.
        key: String,
    },
    /// A term that stands before a term it should follow.
    #[error("the term `{}` is not in order: it comes before `{}`", shown(term), shown(previous))]
    Unsorted {
        /// The term without stars.
        term: String,
        /// The term on the line before.
        previous: String,
    },
    /// Exceptions without a term they belong to.
    #[error("exceptions without a term")]
    ExceptionWithoutTerm,
}

/// Why a term cannot be found, said of "the term `…`".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermFault {
    /// It folds to nothing.
    #[error("has no letter and no digit")]
    NoLetter,
    /// A star that stands neither first nor last, or apart from its word.
    #[error("has a star inside")]
    StarInside,
    /// Longer than `MAX_TERM_CODE_POINTS`.
    #[error("is over 50 characters")]
    TooLong,
    /// A capital letter in a lexicon.
    #[error("is not in lower case")]
    NotLowerCase,
}

impl PolicyErrorKind {
    /// Does it keep the policy from being used?
    pub fn level(&self) -> Level {
        match self {
            Self::UnusedProfile { .. }
            | Self::Repeated { .. }
            | Self::LanguagesUnused
            | Self::SelectsNothing
            | Self::InOrdinaryWords { .. } => Level::Warning,
            _ => Level::Error,
        }
    }

    /// Names the kind for scripts, e.g. `unknown-key`. Does not change between versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "syntax",
            Self::UnknownKey { .. } => "unknown-key",
            Self::MissingKey { .. } => "missing-key",
            Self::WrongType { .. } => "wrong-type",
            Self::Empty { .. } => "empty",
            Self::UnknownWord { .. } => "unknown-word",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NoSeverityLeft { .. } => "no-severity-left",
            Self::BadId { .. } => "bad-id",
            Self::Duplicate { .. } => "duplicate",
            Self::TooMany { .. } => "too-many",
            Self::NoRules => "no-rules",
            Self::FindsNothing { .. } => "finds-nothing",
            Self::EverybodysProfile { .. } => "everybodys-profile",
            Self::BadGlob { .. } => "bad-glob",
            Self::BadRegex { .. } => "bad-regex",
            Self::RegexTooBig { .. } => "regex-too-big",
            Self::RegexHoldsBackspace => "regex-holds-backspace",
            Self::RegexMatchesEmpty => "regex-matches-empty",
            Self::BadTerm { .. } => "bad-term",
            Self::BadReason { .. } => "bad-reason",
            Self::BadLanguage { .. } => "bad-language",
            Self::BadMask { .. } => "bad-mask",
            Self::BadReplacement { .. } => "bad-replacement",
            Self::BadDomain { .. } => "bad-domain",
            Self::BadAttribute { .. } => "bad-attribute",
            Self::NoUse { .. } => "no-use",
            Self::ExceptWithoutTerms => "except-without-terms",
            Self::BothWays { .. } => "both-ways",
            Self::UnreachableRule { .. } => "unreachable-rule",
            Self::ExemptRule { .. } => "exempt-rule",
            Self::UnusedProfile { .. } => "unused-profile",
            Self::Repeated { .. } => "repeated",
            Self::LanguagesUnused => "languages-unused",
            Self::SelectsNothing => "selects-nothing",
            Self::InOrdinaryWords { .. } => "in-ordinary-words",
            Self::ExtraField => "extra-field",
            Self::LateDirective { .. } => "late-directive",
            Self::Unsorted { .. } => "unsorted",
            Self::ExceptionWithoutTerm => "exception-without-term",
        }
    }

    /// How to mend it, in one line.
    pub fn help(&self) -> Cow<'static, str> {
        match self {
            Self::Syntax { .. } => "write `key = value`, `[[rule]]` or `[[profile]]`".into(),
            Self::UnknownKey { key, known, .. } => one_of(key, known),
            Self::MissingKey { key, place } => missing_help(key, place),
            Self::WrongType { key, expected, .. } => match (key.as_str(), *expected) {
                ("rule", _) => "write `[[rule]]` above each rule".into(),
                ("profile", _) => "write `[[profile]]` above each profile".into(),
                (key, "a list of strings") => format!("write `{} = [\"…\"]`", shown(key)).into(),
                (key, "a string") => format!("write `{} = \"…\"`", shown(key)).into(),
                (_, expected) => format!("write {expected}").into(),
            },
            Self::Empty { .. } => "leave the key out, or give it a value".into(),
            Self::UnknownWord { what: "profile", known, .. } if known.is_empty() => {
                "the policy has no profiles; write one below `[[profile]]`".into()
            }
            Self::UnknownWord { found, known, .. } => one_of(found, known),
            Self::OutOfRange { min, max, .. } => format!("write {min} to {max}").into(),
            Self::NoSeverityLeft { .. } => {
                "`severity` is the lowest looked for, `max_severity` the highest".into()
            }
            Self::BadId { .. } => {
                "write 1 to 64 of `a-z`, `0-9` and `-`, beginning with a letter".into()
            }
            Self::Duplicate { .. } => "change one of them, or take one out".into(),
            Self::TooMany { max, .. } => format!("leave {max} at most").into(),
            Self::NoRules => "write one below `[[rule]]`".into(),
            Self::FindsNothing { .. } => {
                "add `lexicon`, `terms`, `regex`, `links`, `contact` or `shape`".into()
            }
            Self::EverybodysProfile { .. } => {
                "add `rooms = [\"arn:aws:ivschat:…\"]` or `senders = { role = \"…\" }`".into()
            }
            Self::BadGlob { .. } => {
                "write an ARN with stars, e.g. `arn:aws:ivschat:*:*:room/*`".into()
            }
            Self::BadRegex { message } => regex_help(message),
            Self::RegexTooBig { .. } => {
                "shorten its repeats and Unicode classes; words belong into `terms`".into()
            }
            Self::RegexHoldsBackspace => {
                "write it in single quotes, where a backslash is one, e.g. `'\\bheck\\b'`".into()
            }
            Self::RegexMatchesEmpty => "let it ask for one character at least: `+`, not `*`".into(),
            Self::BadTerm { fault, .. } => match fault {
                TermFault::NoLetter => "look for signs and emoji with `regex`",
                TermFault::StarInside => {
                    "write `heck*`, `*heck` or `*heck*`; stars stand nowhere else"
                }
                TermFault::TooLong => "look for a part of it",
                TermFault::NotLowerCase => "write it in lower case; capitals are found as well",
            }
            .into(),
            Self::BadReason { limit: "is empty" } => "leave the key out, or word it".into(),
            Self::BadReason { limit: "holds a control character" } => "write it in one line".into(),
            Self::BadReason { .. } => "shorten it".into(),
            Self::BadLanguage { .. } => "write `default` or a tag like `ko` or `pt-br`".into(),
            Self::BadMask { .. } => {
                "write one visible character that is no letter and no digit, e.g. `*`".into()
            }
            Self::BadReplacement { .. } => "write a short visible text, or use `mask`".into(),
            Self::BadDomain { .. } => {
                "write the domain alone, e.g. `youtube.com`, all below it is meant as well; one with other letters than a-z in its `xn--` form".into()
            }
            Self::BadAttribute { .. } => {
                "write `attribute = { key = \"…\", value = \"…\" }`".into()
            }
            Self::NoUse { instead, .. } => (*instead).into(),
            Self::ExceptWithoutTerms => "add `terms` or `lexicon`, or take `except` out".into(),
            Self::BothWays { one, other, .. } => {
                format!("take it out of `{one}` or out of `{other}`").into()
            }
            Self::UnreachableRule { .. } => "take it out, or move it above the other".into(),
            Self::ExemptRule { .. } => "take the rule out, or `exempt` out of a profile".into(),
            Self::UnusedProfile { .. } => {
                "name it in a rule's `profiles` or `except_profiles`, or add `exempt = true`".into()
            }
            Self::Repeated { .. } => "take one out".into(),
            Self::LanguagesUnused => {
                "name the sender attribute that holds the language: `language_attribute = \"…\"`"
                    .into()
            }
            Self::SelectsNothing => "widen `categories` or `severity`".into(),
            Self::InOrdinaryWords { closed: Some(closed), .. } => {
                format!("write `{}`, or add such words to `except`", shown(closed)).into()
            }
            Self::InOrdinaryWords { closed: None, .. } => "add such words to `except`".into(),
            Self::ExtraField => "write `term | category | severity | options`".into(),
            Self::LateDirective { .. } => "move it above the first term".into(),
            Self::Unsorted { .. } => "sort by the terms without stars, in code point order".into(),
            Self::ExceptionWithoutTerm => "write them below their term".into(),
        }
    }
}

/// `check, heckler and 12 more words`.
fn some_of(words: &[String], more: usize) -> String {
    match (more, words) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, _) => words.join(", "),
        (1, _) => format!("{} and 1 more word", words.join(", ")),
        _ => format!("{} and {more} more words", words.join(", ")),
    }
}

fn missing_help(key: &str, place: &str) -> Cow<'static, str> {
    match (key, place) {
        ("id", _) => "add `id = \"…\"`".into(),
        ("action", _) => "add `action = \"deny\"`, or `mask`, `replace`, `tag`, …".into(),
        ("packs", _) => "add `packs = [\"…\"]`, or `packs = \"all\"`".into(),
        ("default", _) => "add `default = \"…\"` for everybody else".into(),
        ("with", _) => "add the replacement: `with = \"…\"`".into(),
        ("attribute", _) => "add `attribute = { key = \"…\", value = \"…\" }`".into(),
        ("shape", _) => "add `shape = { … }`: this action is about the whole message".into(),
        ("category" | "severity", _) => "write `term | category | severity`".into(),
        (key, "the header") => format!("add the line `#! {key}: …`").into(),
        (key, _) => format!("add `{key} = …`").into(),
    }
}

/// What the regex parser's own words leave open.
fn regex_help(message: &str) -> Cow<'static, str> {
    if message.contains("look-around") || message.contains("backreferences") {
        return "only what takes linear time: no look-around, no back-references".into();
    }
    "write a literal sign with a backslash, e.g. `\\(`; words belong into `terms`".into()
}

/// "did you mean …", or else all there is to choose from.
fn one_of<S: AsRef<str>>(found: &str, known: &[S]) -> Cow<'static, str> {
    if let Some(near) = nearest(found, known) {
        return format!("did you mean `{near}`?").into();
    }
    let mut help = String::from("write ");
    if known.len() > 1 {
        help.push_str("one of ");
    }
    for (i, word) in known.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let _ = write!(help, "{comma}`{}`", word.as_ref());
    }
    help.into()
}

/// The known word that `found` is a slip of: one slip in three letters at most.
fn nearest<'k, S: AsRef<str>>(found: &str, known: &'k [S]) -> Option<&'k str> {
    let found: Vec<char> = found.chars().take(64).flat_map(char::to_lowercase).collect();
    let near = known.iter().map(|word| {
        let letters: Vec<char> = word.as_ref().chars().collect();
        (slips(&found, &letters), word.as_ref())
    });
    let (slips, word) = near.min_by_key(|(slips, _)| *slips)?;
    (slips <= word.chars().count().div_ceil(3)).then_some(word)
}

/// Letters to add, drop or change on the way from `a` to `b` (Levenshtein).
fn slips(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        for (above, to) in row.iter_mut().skip(1).zip(b) {
            let changed = diagonal + usize::from(from != to);
            diagonal = *above;
            left = changed.min(diagonal + 1).min(left + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(a.len())
}

/// The user's text as it may stand in one line: control characters escaped, and cut
/// after 60 characters.
pub(crate) fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 60;
    let mut line = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == MAX_SHOWN {
            line.push('…');
            break;
        }
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Line and column where a fault begins, both in characters from 1.
pub fn location(source: &Source, at: &Range<usize>) -> (usize, usize) {
    let start = first_line(&source.text, at).start;
    let before = source.text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

/// Draws faults as rustc does, one after the other: what, where, the line, a caret, how
/// to mend it. Ends in a newline unless there are none.
pub fn render(source: &Source, faults: &[PolicyError], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for fault in faults {
        let title = match fault.level() {
            Level::Error => Title::ERROR,
            Level::Warning => Title::WARNING,
        };
        let place = AnnotationKind::Primary
            .span(first_line(&source.text, &fault.at))
            .label(fault.kind.help());
        let snippet =
            Snippet::source(source.text.as_str()).path(source.name.as_str()).annotation(place);
        let report = title.primary_title(fault.kind.to_string()).element(snippet);
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&[report]));
        text.push('\n');
    }
    text
}

/// The part of `at` on its first line, on character boundaries inside the text. A place
/// behind the last newline is the end of the line before it.
fn first_line(text: &str, at: &Range<usize>) -> Range<usize> {
    let mut start = text.floor_char_boundary(at.start);
    if start == text.len() {
        start = text.trim_end_matches(['\r', '\n']).len();
    }
    let end = text.floor_char_boundary(at.end).max(start);
    let line = text.get(start..end).unwrap_or_default().split(['\r', '\n']).next();
    start..start + line.unwrap_or_default().len()
}
