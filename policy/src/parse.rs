//! policy.toml -> [`Policy`], or every fault of it in one run. What a good policy is, is
//! decided here and nowhere else.
//!
//! Reading is strict, for a person is there to mend it: a key that means nothing, a word
//! that names nothing and a rule that can never act are faults. What may be written is
//! told to the operator, and here, in one text:
#![doc = include_str!("../README.md")]

mod read;
pub(crate) mod regex;
mod rule;
pub(crate) mod term;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use chatwarden_engine::contract::Reason;
use chatwarden_engine::layout::MAX_PROFILES;
use toml::de::DeTable;

use crate::error::{Level, PolicyError, PolicyErrorKind, Source};
use crate::policy::{OnFault, Policy, Profile, ReasonTexts};
use read::{Faults, Table, Text, Value};

/// What a sender is told where the policy does not say.
pub const DEFAULT_REASON: &str = "Your message was not sent.";

const KEYS: &[&str] =
    &["on_fault", "max_content", "mask", "language_attribute", "reason", "profile", "rule"];
const PROFILE_KEYS: &[&str] = &["id", "rooms", "senders", "exempt"];

/// Reads a policy.
///
/// # Errors
/// Every fault of the text, warnings as well, sorted by place. Warnings alone are no
/// error; [`check`] tells them.
pub fn parse(source: &Source) -> Result<Policy, Vec<PolicyError>> {
    match check(source) {
        (Some(policy), _) => Ok(policy),
        (None, faults) => Err(faults),
    }
}

/// Reads a policy and tells everything there is to say about it: the policy unless a
/// fault is an error, and all faults and warnings, sorted by place.
pub fn check(source: &Source) -> (Option<Policy>, Vec<PolicyError>) {
    let (document, syntax_errors) = DeTable::parse_recoverable(&source.text);
    let mut faults = Faults::new(source);
    let policy = policy(document.get_ref(), &mut faults);
    let mut found = faults.into_sorted();
    if !syntax_errors.is_empty() {
        found = with_syntax_faults(source, &syntax_errors, found);
    }
    let usable = found.iter().all(|fault| fault.level() == Level::Warning);
    (policy.filter(|_| usable), found)
}

/// Syntax faults, one for each line, and of the others those that are true whatever the
/// lines that could not be read were meant to say.
fn with_syntax_faults(
    source: &Source,
    errors: &[toml::de::Error],
    others: Vec<PolicyError>,
) -> Vec<PolicyError> {
    let line = |fault: &PolicyError| crate::error::location(source, &fault.at).0;
    let mut found: Vec<PolicyError> = errors
        .iter()
        .map(|error| PolicyError {
            kind: PolicyErrorKind::Syntax { message: error.message().to_owned() },
            at: error.span().unwrap_or(0..0),
        })
        .collect();
    found.sort_by_key(|fault| fault.at.start);
    found.dedup_by_key(|fault| line(fault));
    let broken: HashSet<usize> = found.iter().map(line).collect();
    let stands = |fault: &PolicyError| {
        let about_what_is_missing = matches!(
            fault.kind,
            PolicyErrorKind::MissingKey { .. }
                | PolicyErrorKind::NoRules
                | PolicyErrorKind::FindsNothing { .. }
                | PolicyErrorKind::EverybodysProfile { .. }
                | PolicyErrorKind::ExceptWithoutTerms
                | PolicyErrorKind::UnusedProfile { .. }
                | PolicyErrorKind::LanguagesUnused
                | PolicyErrorKind::UnknownWord { what: "profile", .. }
        );
        !about_what_is_missing && !broken.contains(&line(fault))
    };
    found.extend(others.into_iter().filter(stands));
    found.sort_by_key(|fault| fault.at.start);
    found
}

/// None where something needed could not be read, which is reported.
fn policy(document: &DeTable<'_>, faults: &mut Faults<'_>) -> Option<Policy> {
    let table = faults.document(document, KEYS);
    let on_fault = table.get("on_fault").and_then(|value| {
        let known = [("error", OnFault::Error), ("allow", OnFault::Allow), ("deny", OnFault::Deny)];
        let text = faults.text(&value)?;
        faults.word("value of `on_fault`", &text, &known)
    });
    let max_content =
        table.get("max_content").and_then(|value| faults.number(&value, "max_content", 1, 500));
    let mask = table.get("mask").and_then(|value| mask(&value, faults));
    let language_attribute = table.get("language_attribute").and_then(|value| {
        let text = faults.text(&value)?;
        if text.text.is_empty() {
            faults.empty(&value);
        }
        Some(text.text.to_owned())
    });
    let reason = match table.get("reason") {
        Some(value) => reason(&value, language_attribute.is_some(), faults),
        None => Reason::new(DEFAULT_REASON)
            .ok()
            .map(|default| ReasonTexts { default, by_language: Vec::new() }),
    };
    let profiles = profiles(&table, faults);
    let rules = rule::rules(&table, &profiles, language_attribute.is_some(), faults);
    Some(Policy {
        on_fault: on_fault.unwrap_or(OnFault::Error),
        max_content,
        mask: mask.unwrap_or('*'),
        language_attribute,
        reason: reason?,
        profiles: profiles.into_iter().map(|profile| profile.profile).collect(),
        rules,
    })
}

fn mask(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<char> {
    let text = faults.text(value)?;
    let mut chars = text.text.chars();
    match (chars.next(), chars.next()) {
        (Some(mask), None) if is_visible_sign(mask) => Some(mask),
        _ => {
            let found = text.text.to_owned();
            faults.report(text.at, PolicyErrorKind::BadMask { found });
            None
        }
    }
}

/// Is this seen as one character of its own, and neither letter nor digit?
fn is_visible_sign(c: char) -> bool {
    let seen_alone = !matches!(c,
        // Invisible by default.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        // Combining.
        | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}'
        | '\u{3099}'..='\u{309a}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}'
        // Half of a flag; private; not a character.
        | '\u{1f1e6}'..='\u{1f1ff}' | '\u{e000}'..='\u{f8ff}' | '\u{fffe}'..='\u{ffff}'
        | '\u{f0000}'..);
    seen_alone && !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control()
}

/// One text for everybody, or a table of them by language.
fn reason(value: &Value<'_>, has_language: bool, faults: &mut Faults<'_>) -> Option<ReasonTexts> {
    if value.value.is_str() {
        let default = reason_text(value, "", faults)?;
        return Some(ReasonTexts { default, by_language: Vec::new() });
    }
    let table = faults.free_table(value, "the reason", "a string")?;
    let mut default = None;
    let mut by_language: Vec<(String, Reason<'static>)> = Vec::new();
    let code = table.get("code").and_then(|value| reason_code(&value, faults)).unwrap_or_default();
    for text in table.values().filter(|text| text.key != "code") {
        let reason = reason_text(&text, &code, faults);
        if text.key == "default" {
            default = reason;
            continue;
        }
        if !has_language {
            faults.report(text.key_at.clone(), PolicyErrorKind::LanguagesUnused);
        }
        let language = text.key.to_lowercase();
        if !is_language(&language) {
            let found = text.key.to_owned();
            faults.report(text.key_at, PolicyErrorKind::BadLanguage { found });
        } else if by_language.iter().any(|(there, _)| *there == language) {
            let first_line = faults.line(&value.at);
            let kind = PolicyErrorKind::Duplicate { what: "language", name: language, first_line };
            faults.report(text.key_at, kind);
        } else {
            by_language.extend(reason.map(|reason| (language, reason)));
        }
    }
    by_language.sort_by(|(a, _), (b, _)| a.cmp(b));
    if table.get("default").is_none() {
        faults.missing(&table, "default");
    }
    Some(ReasonTexts { default: default?, by_language })
}

/// What follows every text of a reason: the code in brackets, the same in all languages.
fn reason_code(value: &Value<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let text = faults.text(value)?;
    if is_id(text.text) {
        return Some(format!(" [{}]", text.text));
    }
    let found = text.text.to_owned();
    faults.report(text.at, PolicyErrorKind::BadId { what: "reason code", found });
    None
}

fn reason_text(value: &Value<'_>, code: &str, faults: &mut Faults<'_>) -> Option<Reason<'static>> {
    let text = faults.text(value)?;
    // Code or not, a text that says nothing is a fault.
    let whole =
        if text.text.trim().is_empty() { String::new() } else { format!("{}{code}", text.text) };
    match Reason::new(whole) {
        Ok(reason) => Some(reason),
        Err(limit) => {
            faults.report(text.at, PolicyErrorKind::BadReason { limit });
            None
        }
    }
}

/// A language tag in lower case: two or three letters, and more parts behind hyphens.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// Is this 1 to 64 of `a-z 0-9 -`, beginning with a letter?
pub(crate) fn is_id(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Ids that have been seen, and on which line.
#[derive(Default)]
struct Ids(HashMap<String, usize>);

impl Ids {
    /// The `id` of a rule or profile, good or not, and where it stands; reports what is
    /// wrong with it.
    fn read<'d>(
        &mut self,
        table: &Table<'d>,
        what: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<Text<'d>> {
        let Some(value) = table.get("id") else {
            faults.missing(table, "id");
            return None;
        };
        let id = faults.text(&value)?;
        let name = id.text.to_owned();
        if !is_id(&name) {
            faults.report(id.at.clone(), PolicyErrorKind::BadId { what, found: name });
        } else if let Some(first_line) = self.0.get(&name).copied() {
            faults.report(id.at.clone(), PolicyErrorKind::Duplicate { what, name, first_line });
        } else {
            self.0.insert(name, faults.line(&id.at));
        }
        Some(id)
    }
}

/// A profile and the place to report it at.
struct Placed {
    profile: Profile,
    at: Range<usize>,
}

fn profiles(document: &Table<'_>, faults: &mut Faults<'_>) -> Vec<Placed> {
    let Some(value) = document.get("profile") else { return Vec::new() };
    let tables = faults.tables(&value, "a profile", PROFILE_KEYS, false);
    too_many("profiles", &tables, MAX_PROFILES, faults);
    let mut ids = Ids::default();
    let mut profiles = Vec::with_capacity(tables.len());
    for table in &tables {
        let id = ids.read(table, "profile id", faults);
        let rooms = table.get("rooms");
        let senders = table.get("senders");
        if let Some(id) = &id
            && rooms.is_none()
            && senders.is_none()
        {
            let profile = id.text.to_owned();
            faults.report(table.at.clone(), PolicyErrorKind::EverybodysProfile { profile });
        }
        let profile = Profile {
            id: id.as_ref().map(|id| id.text.to_owned()).unwrap_or_default(),
            rooms: rooms.map(|value| rooms_of(&value, faults)).unwrap_or_default(),
            senders: senders.map(|value| senders_of(&value, faults)).unwrap_or_default(),
            exempt: table.get("exempt").and_then(|value| faults.switch(&value)).unwrap_or_default(),
        };
        profiles.push(Placed { profile, at: id.map_or(table.at.clone(), |id| id.at) });
    }
    profiles
}

fn rooms_of(value: &Value<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    let globs = faults.texts(value);
    for glob in globs.iter().filter(|glob| !can_match_arn(glob.text)) {
        let kind = PolicyErrorKind::BadGlob { glob: glob.text.to_owned() };
        faults.report(glob.at.clone(), kind);
    }
    globs.iter().map(|glob| glob.text.to_owned()).collect()
}

/// May some ARN match? All begin with `arn:`, and none holds a blank.
fn can_match_arn(glob: &str) -> bool {
    let fits_start = glob
        .chars()
        .zip("arn:".chars())
        .take_while(|(written, _)| *written != '*')
        .all(|(written, arn)| written == arn || written == '?');
    let long_enough = glob.contains('*') || glob.len() > "arn:".len();
    let blank = glob.contains(|c: char| c.is_whitespace() || c.is_control());
    !glob.is_empty() && fits_start && long_enough && !blank
}

fn senders_of(value: &Value<'_>, faults: &mut Faults<'_>) -> Vec<(String, Vec<String>)> {
    let table = faults.free_table(value, "the senders", "a table");
    let attributes = table.iter().flat_map(Table::values).map(|attribute| {
        let values = faults.texts(&attribute);
        (attribute.key.to_owned(), values.iter().map(|value| value.text.to_owned()).collect())
    });
    attributes.collect()
}

/// Reports the first table that is one too many.
fn too_many(what: &'static str, tables: &[Table<'_>], max: usize, faults: &mut Faults<'_>) {
    if let Some(table) = tables.get(max) {
        let found = tables.len();
        faults.report(table.at.clone(), PolicyErrorKind::TooMany { what, found, max });
    }
}
