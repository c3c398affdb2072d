//! The rules of a policy: what each looks for, where it applies, what it does; and
//! whether those three make sense together.

use std::ops::Range;

use chatwarden_engine::contract::{Attributes, MAX_ATTRIBUTES_BYTES, attributes_len};
use chatwarden_engine::layout::MAX_RULES;

use super::read::{Faults, Table, Text, Value};
use super::{Ids, Placed, reason, regex, term, too_many};
use crate::error::PolicyErrorKind;
use crate::lexicon::{self, CATEGORIES, MAX_SEVERITY, MIN_SEVERITY};
use crate::policy::{
    Action, Category, Contact, Extent, Finds, LexiconSelection, Links, Rule, RuleId, Shape,
    TermPattern,
};

const KEYS: &[&str] = &[
    "id",
    "lexicon",
    "terms",
    "regex",
    "links",
    "contact",
    "shape",
    "except",
    "action",
    "reason",
    "extent",
    "with",
    "run",
    "attribute",
    "mode",
    "profiles",
    "except_profiles",
];
/// The keys that say what a rule looks for, and whether that has a place in the message.
const FINDS: &[(&str, bool)] = &[
    ("lexicon", true),
    ("terms", true),
    ("regex", true),
    ("links", true),
    ("contact", true),
    ("shape", false),
];
const LEXICON_KEYS: &[&str] = &["packs", "categories", "severity", "max_severity"];
const LINKS_KEYS: &[&str] = &["allow", "deny"];
const SHAPE_KEYS: &[&str] =
    &["max_capitals", "max_repeats", "max_symbols", "max_combining", "max_length", "max_mentions"];
/// The keys of `shape` that are about the message as a whole.
const WHOLE_SHAPE_KEYS: &[&str] = &["max_capitals", "max_symbols", "max_length"];
const ATTRIBUTE_KEYS: &[&str] = &["key", "value"];
const CONTACTS: &[(&str, Contact)] =
    &[("email", Contact::Email), ("phone", Contact::Phone), ("card", Contact::Card)];
const EXTENTS: &[(&str, Extent)] = &[("match", Extent::Match), ("word", Extent::Word)];
/// The longest replacement, in code points.
const MAX_REPLACEMENT: usize = 100;
/// The longest run `collapse` may keep, and the one it keeps by itself.
const MAX_RUN: u16 = 100;
const DEFAULT_RUN: u16 = 3;

/// An action by its name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deny,
    Mask,
    Replace,
    Lowercase,
    Collapse,
    Tag,
    Allow,
}

const ACTIONS: &[(&str, Kind)] = &[
    ("deny", Kind::Deny),
    ("mask", Kind::Mask),
    ("replace", Kind::Replace),
    ("lowercase", Kind::Lowercase),
    ("collapse", Kind::Collapse),
    ("tag", Kind::Tag),
    ("allow", Kind::Allow),
];

impl Kind {
    fn name(self) -> &'static str {
        ACTIONS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What all rules are read with.
struct Reader<'p, 'f, 's> {
    faults: &'f mut Faults<'s>,
    profiles: &'p [Placed],
    /// By profile: does a rule name it?
    used: Vec<bool>,
    /// Does a rule name a profile that is not there? It may be meant for another.
    misses_profile: bool,
    has_language: bool,
    /// Category and severity of each pack's terms; read once, when first asked for.
    packs: Vec<(&'static str, Vec<(Category, u8)>)>,
}

/// All rules; those that cannot be read are left out, and reported.
pub(super) fn rules(
    document: &Table<'_>,
    profiles: &[Placed],
    has_language: bool,
    faults: &mut Faults<'_>,
) -> Vec<Rule> {
    let Some(value) = document.get("rule") else {
        faults.report(document.at.clone(), PolicyErrorKind::NoRules);
        return Vec::new();
    };
    let tables = faults.tables(&value, "a rule", KEYS, false);
    too_many("rules", &tables, MAX_RULES, faults);
    let used = vec![false; profiles.len()];
    let mut reader =
        Reader { faults, profiles, used, misses_profile: false, has_language, packs: Vec::new() };
    let mut ids = Ids::default();
    let mut rules: Vec<(Rule, Range<usize>)> = Vec::with_capacity(tables.len());
    for table in &tables {
        let id = ids.read(table, "rule id", reader.faults);
        let name = id.as_ref().map_or("", |id| id.text);
        let at = id.as_ref().map_or(table.at.clone(), |id| id.at.clone());
        let Some(rule) = reader.rule(name, table) else { continue };
        if !rule.shadow
            && let Some((earlier, _)) = rules.iter().find(|(earlier, _)| decides(earlier, &rule))
        {
            let (rule, earlier) = (rule.id.0.clone(), earlier.id.0.clone());
            reader.faults.report(at.clone(), PolicyErrorKind::UnreachableRule { rule, earlier });
        }
        rules.push((rule, at));
    }
    let misses_profile = reader.misses_profile;
    for (placed, used) in profiles.iter().zip(reader.used) {
        if !used && !placed.profile.exempt && !misses_profile && !placed.profile.id.is_empty() {
            let profile = placed.profile.id.clone();
            faults.report(placed.at.clone(), PolicyErrorKind::UnusedProfile { profile });
        }
    }
    rules.into_iter().map(|(rule, _)| rule).collect()
}

/// Does the earlier rule leave nothing to do for the later one? True if it denies, or
/// spares, all that the later one finds, wherever that one applies.
fn decides(earlier: &Rule, later: &Rule) -> bool {
    let decided = matches!(earlier.action, Action::Deny(_) | Action::Allow) && !earlier.shadow;
    let everywhere = earlier.only_profiles.is_empty() && earlier.not_profiles.is_empty();
    let same_place =
        earlier.only_profiles == later.only_profiles && earlier.not_profiles == later.not_profiles;
    decided
        && (everywhere || same_place)
        && earlier.finds == later.finds
        && earlier.except == later.except
}

impl Reader<'_, '_, '_> {
    fn rule(&mut self, id: &str, table: &Table<'_>) -> Option<Rule> {
        let finds = self.finds(table);
        if !id.is_empty() && !FINDS.iter().any(|(key, _)| table.get(key).is_some()) {
            let rule = id.to_owned();
            self.faults.report(table.at.clone(), PolicyErrorKind::FindsNothing { rule });
        }
        let except = table.get("except");
        if let Some(except) = &except
            && table.get("terms").is_none()
            && table.get("lexicon").is_none()
        {
            self.faults.report(except.key_at.clone(), PolicyErrorKind::ExceptWithoutTerms);
        }
        let except = except.map(|value| self.terms(&value)).unwrap_or_default();
        let shadow = table.get("mode").and_then(|value| {
            let text = self.faults.text(&value)?;
            self.faults.word("mode", &text, &[("enforce", false), ("shadow", true)])
        });
        let shadow = shadow.unwrap_or_default();
        let (only_profiles, not_profiles) = self.profiles(id, table);
        let kind = match table.get("action") {
            None => {
                self.faults.missing(table, "action");
                None
            }
            Some(value) => {
                self.faults.text(&value).and_then(|text| self.faults.word("action", &text, ACTIONS))
            }
        };
        let action = self.action(kind, table);
        if let Some(kind) = kind {
            self.sense(kind, shadow, table);
        }
        let id = RuleId(id.to_owned());
        Some(Rule { id, finds, except, action: action?, shadow, only_profiles, not_profiles })
    }

    fn finds(&mut self, table: &Table<'_>) -> Finds {
        let mut finds = Finds::default();
        if let Some(value) = table.get("lexicon") {
            for table in self.faults.tables(&value, "the lexicon", LEXICON_KEYS, true) {
                finds.lexicons.extend(self.lexicon(&table));
            }
        }
        if let Some(value) = table.get("terms") {
            finds.terms = self.terms(&value);
        }
        if let Some(value) = table.get("regex") {
            for text in self.faults.texts(&value) {
                if let Err((kind, part)) = regex::compile(text.text) {
                    let at = self.faults.inside(&text, part);
                    self.faults.report(at, kind);
                }
                finds.regex.push(text.text.to_owned());
            }
        }
        finds.links = table.get("links").and_then(|value| self.links(&value));
        if let Some(value) = table.get("contact") {
            for text in self.faults.texts(&value) {
                finds.contact.extend(self.faults.word("contact", &text, CONTACTS));
            }
        }
        finds.shape = table.get("shape").map(|value| self.shape(&value)).unwrap_or_default();
        finds
    }

    fn terms(&mut self, value: &Value<'_>) -> Vec<TermPattern> {
        let mut patterns = Vec::new();
        for text in self.faults.texts(value) {
            match term::pattern(text.text) {
                Ok(pattern) => patterns.push(pattern),
                Err(fault) => {
                    let term = text.text.to_owned();
                    self.faults.report(text.at, PolicyErrorKind::BadTerm { term, fault });
                }
            }
        }
        patterns
    }

    fn lexicon(&mut self, table: &Table<'_>) -> Option<LexiconSelection> {
        let packs = match table.get("packs") {
            None => {
                self.faults.missing(table, "packs");
                None
            }
            Some(value) => Some(self.pack_names(&value)),
        };
        let categories = table.get("categories").map(|value| {
            let texts = self.faults.texts(&value);
            texts
                .iter()
                .filter_map(|text| self.faults.word("category", text, CATEGORIES))
                .collect::<Vec<_>>()
        });
        let mut severity = |key| {
            let value = table.get(key)?;
            let (min, max) = (u16::from(MIN_SEVERITY), u16::from(MAX_SEVERITY));
            let number = self.faults.number(&value, key, min, max)?;
            u8::try_from(number).ok()
        };
        let min_severity = severity("severity").unwrap_or(MIN_SEVERITY);
        let max_severity = severity("max_severity").unwrap_or(MAX_SEVERITY);
        let selection = LexiconSelection {
            packs: packs?,
            categories: categories.unwrap_or_default(),
            min_severity,
            max_severity,
        };
        if min_severity > max_severity {
            let kind = PolicyErrorKind::NoSeverityLeft { min: min_severity, max: max_severity };
            self.faults.report(table.at.clone(), kind);
        } else if !selection.packs.is_empty() && !self.selects_something(&selection) {
            self.faults.report(table.at.clone(), PolicyErrorKind::SelectsNothing);
        }
        Some(selection)
    }

    fn pack_names(&mut self, value: &Value<'_>) -> Vec<String> {
        let all = || lexicon::packs().iter().map(|pack| pack.name.to_owned());
        let mut names = Vec::new();
        for text in self.faults.texts(value) {
            if text.text == "all" {
                names.extend(all());
            } else if lexicon::pack(text.text).is_some() {
                names.push(text.text.to_owned());
            } else {
                let known = all().chain(["all".to_owned()]).collect();
                self.faults.unknown("pack", &text, known);
            }
        }
        names.sort();
        names.dedup();
        names
    }

    fn selects_something(&mut self, selection: &LexiconSelection) -> bool {
        if self.packs.is_empty() {
            self.packs = lexicon::packs().iter().map(|pack| (pack.name, about(pack))).collect();
        }
        self.packs
            .iter()
            .filter(|(name, _)| selection.packs.iter().any(|selected| selected == name))
            .flat_map(|(_, terms)| terms)
            .any(|(category, severity)| {
                let wanted =
                    selection.categories.is_empty() || selection.categories.contains(category);
                wanted && (selection.min_severity..=selection.max_severity).contains(severity)
            })
    }

    fn links(&mut self, value: &Value<'_>) -> Option<Links> {
        if let Some(any) = value.value.as_bool() {
            return any.then(Links::default);
        }
        let table = self.faults.free_table(value, "the links", "`true` or a table")?;
        self.faults.keys(&table, LINKS_KEYS);
        let mut domains = |key| {
            let texts = table.get(key).map(|value| self.faults.texts(&value));
            let texts = texts.unwrap_or_default();
            for text in texts.iter().filter(|text| !is_domain(text.text)) {
                let found = text.text.to_owned();
                self.faults.report(text.at.clone(), PolicyErrorKind::BadDomain { found });
            }
            texts
        };
        let (allow, deny) = (domains("allow"), domains("deny"));
        self.both_ways("the domain", "allow", &allow, "deny", &deny);
        let lower = |texts: Vec<Text<'_>>| {
            texts.iter().map(|text| text.text.to_lowercase()).collect::<Vec<_>>()
        };
        Some(Links { allow: lower(allow), deny: lower(deny) })
    }

    fn shape(&mut self, value: &Value<'_>) -> Shape {
        let Some(table) = self.faults.table(value, "the shape", SHAPE_KEYS) else {
            return Shape::default();
        };
        let mut limit = |key, min, max| {
            table.get(key).and_then(|value| self.faults.number(&value, key, min, max))
        };
        let small = |number: Option<u16>| number.and_then(|number| u8::try_from(number).ok());
        Shape {
            max_capitals_percent: small(limit("max_capitals", 0, 99)),
            max_repeats: limit("max_repeats", 1, 499),
            max_symbols_percent: small(limit("max_symbols", 0, 99)),
            max_combining: small(limit("max_combining", 0, 99)),
            max_length: limit("max_length", 1, 499),
            max_mentions: small(limit("max_mentions", 0, 99)),
        }
    }

    /// Where a rule applies and where not, as indices of profiles.
    fn profiles(&mut self, rule: &str, table: &Table<'_>) -> (Vec<usize>, Vec<usize>) {
        let mut names = |key| {
            let texts = table.get(key).map(|value| self.faults.texts(&value));
            texts.unwrap_or_default()
        };
        let (only, not) = (names("profiles"), names("except_profiles"));
        self.both_ways("the profile", "profiles", &only, "except_profiles", &not);
        let (only, not) = (self.indices(&only), self.indices(&not));
        let exempt =
            |index: &usize| self.profiles.get(*index).is_some_and(|placed| placed.profile.exempt);
        if !only.is_empty()
            && only.iter().all(exempt)
            && let Some(value) = table.get("profiles")
        {
            let rule = rule.to_owned();
            self.faults.report(value.at, PolicyErrorKind::ExemptRule { rule });
        }
        (only, not)
    }

    fn indices(&mut self, names: &[Text<'_>]) -> Vec<usize> {
        let mut indices = Vec::with_capacity(names.len());
        for name in names {
            match self.profiles.iter().position(|placed| placed.profile.id == name.text) {
                Some(index) => {
                    indices.push(index);
                    if let Some(used) = self.used.get_mut(index) {
                        *used = true;
                    }
                }
                None => {
                    self.misses_profile = true;
                    let known = self.profiles.iter().map(|placed| placed.profile.id.clone());
                    self.faults.unknown("profile", name, known.collect());
                }
            }
        }
        indices.sort_unstable();
        indices
    }

    fn both_ways(
        &mut self,
        what: &'static str,
        one: &'static str,
        ones: &[Text<'_>],
        other: &'static str,
        others: &[Text<'_>],
    ) {
        for text in others {
            if ones.iter().any(|one| one.text.eq_ignore_ascii_case(text.text)) {
                let name = text.text.to_owned();
                let kind = PolicyErrorKind::BothWays { what, name, one, other };
                self.faults.report(text.at.clone(), kind);
            }
        }
    }

    /// The action with what belongs to it. Reads the keys of every action, so that their
    /// faults are told even where the action is not known.
    fn action(&mut self, kind: Option<Kind>, table: &Table<'_>) -> Option<Action> {
        let has_language = self.has_language;
        let told = table.get("reason").map(|value| reason(&value, has_language, self.faults));
        let extent = table.get("extent").map(|value| {
            let text = self.faults.text(&value)?;
            self.faults.word("extent", &text, EXTENTS)
        });
        let extent = extent.unwrap_or(Some(Extent::Match));
        let with = table.get("with").and_then(|value| self.replacement(&value));
        let run = match table.get("run") {
            None => Some(DEFAULT_RUN),
            Some(value) => self.faults.number(&value, "run", 1, MAX_RUN),
        };
        let attribute = table.get("attribute").and_then(|value| self.attribute(&value));
        let mut needs = |key| {
            if table.get(key).is_none() {
                self.faults.missing(table, key);
            }
        };
        Some(match kind? {
            Kind::Deny => match told {
                None => Action::Deny(None),
                Some(told) => Action::Deny(Some(told?)),
            },
            Kind::Mask => Action::Mask(extent?),
            Kind::Replace => {
                needs("with");
                Action::Replace(with?, extent?)
            }
            Kind::Lowercase => Action::Lowercase,
            Kind::Collapse => Action::Collapse(u8::try_from(run?).ok()?),
            Kind::Tag => {
                needs("attribute");
                let (key, value) = attribute?;
                Action::Tag(key, value)
            }
            Kind::Allow => Action::Allow,
        })
    }

    fn replacement(&mut self, value: &Value<'_>) -> Option<String> {
        let text = self.faults.text(value)?;
        let fault = if text.text.trim().is_empty() {
            "is empty"
        } else if text.text.contains(char::is_control) {
            "holds a control character"
        } else if text.text.chars().count() > MAX_REPLACEMENT {
            "is over 100 characters"
        } else {
            return Some(text.text.to_owned());
        };
        self.faults.report(text.at, PolicyErrorKind::BadReplacement { fault });
        None
    }

    fn attribute(&mut self, value: &Value<'_>) -> Option<(String, String)> {
        let table = self.faults.table(value, "the attribute", ATTRIBUTE_KEYS)?;
        let mut member = |key| match table.get(key) {
            Some(value) => self.faults.text(&value),
            None => {
                self.faults.missing(&table, key);
                None
            }
        };
        let (key, content) = (member("key"), member("value"));
        let (key, content) = (key?, content?);
        let alone = Attributes::from([(key.text.into(), content.text.into())]);
        let fault = if key.text.is_empty() {
            "has an empty key"
        } else if key.text.eq_ignore_ascii_case("reason") {
            "has the key `Reason`, which belongs to denials"
        } else if [&key, &content].iter().any(|text| text.text.contains(char::is_control)) {
            "holds a control character"
        } else if attributes_len(&alone) > MAX_ATTRIBUTES_BYTES {
            "is over 1000 bytes as ASCII-escaped JSON"
        } else {
            return Some((key.text.to_owned(), content.text.to_owned()));
        };
        self.faults.report(value.at.clone(), PolicyErrorKind::BadAttribute { fault });
        None
    }

    /// Reports keys that have no meaning beside the action.
    fn sense(&mut self, kind: Kind, shadow: bool, table: &Table<'_>) {
        let action = kind.name();
        let mut no_use = |at: Range<usize>, key, instead| {
            self.faults.report(at, PolicyErrorKind::NoUse { key, action, instead });
        };
        for (key, kinds, instead) in [
            ("reason", &[Kind::Deny][..], "only `deny` tells the sender a reason"),
            ("extent", &[Kind::Mask, Kind::Replace], "only `mask` and `replace` have an extent"),
            ("with", &[Kind::Replace], "only `replace` has a replacement"),
            ("run", &[Kind::Collapse], "only `collapse` cuts runs"),
            ("attribute", &[Kind::Tag], "only `tag` attaches an attribute"),
        ] {
            if let Some(value) = table.get(key)
                && !kinds.contains(&kind)
            {
                no_use(value.key_at, key, instead);
            }
        }
        match kind {
            Kind::Lowercase | Kind::Collapse => {
                for (key, _) in FINDS.iter().filter(|(_, has_place)| *has_place) {
                    if let Some(value) = table.get(key) {
                        let instead = "it rewrites the whole message: say when by `shape` alone";
                        no_use(value.key_at, key, instead);
                    }
                }
            }
            Kind::Mask | Kind::Replace => {
                let shape = table.get("shape").and_then(|value| value.value.as_table());
                for (key, _) in shape.into_iter().flatten() {
                    let whole = WHOLE_SHAPE_KEYS.iter().find(|whole| key.get_ref() == **whole);
                    if let Some(whole) = whole {
                        let instead =
                            "it is about the whole message: use `deny`, `tag` or `lowercase`";
                        no_use(key.span(), whole, instead);
                    }
                }
            }
            Kind::Allow => {
                if let Some(value) = table.get("shape") {
                    no_use(value.key_at, "shape", "there is nothing in the message to spare");
                }
                if let Some(value) = table.get("mode").filter(|_| shadow) {
                    no_use(value.at, "mode", "it acts on nobody by itself: take one of them out");
                }
            }
            Kind::Deny | Kind::Tag => {}
        }
    }
}

/// Category and severity of each term of a pack.
fn about(pack: &lexicon::Pack) -> Vec<(Category, u8)> {
    let lexicon = lexicon::parse_lexicon(&pack.source());
    let terms = lexicon.map(|lexicon| lexicon.terms).unwrap_or_default();
    terms.iter().map(|term| (term.category, term.severity)).collect()
}

/// Two labels or more of letters, digits and inner hyphens, the last not of digits alone.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || c.is_ascii_alphanumeric())
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.contains('.')
        && text.len() <= 253
        && text.split('.').all(label)
        && last.contains(|c: char| c.is_ascii_alphabetic())
}
