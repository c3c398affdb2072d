//! TOML values with their places, read strictly: whatever is not as asked for becomes a
//! fault, and reading goes on.

use std::collections::HashSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::error::{PolicyError, PolicyErrorKind, Source, location};

/// Faults as they are found, in any order.
pub(super) struct Faults<'s> {
    source: &'s Source,
    found: Vec<PolicyError>,
}

/// A value and the key it belongs to (for an item of a list, the list's).
#[derive(Clone)]
pub(super) struct Value<'d> {
    pub(super) key: &'d str,
    pub(super) key_at: Range<usize>,
    pub(super) at: Range<usize>,
    pub(super) value: &'d DeValue<'d>,
}

/// A string and where it stands, quotes included.
#[derive(Clone)]
pub(super) struct Text<'d> {
    pub(super) text: &'d str,
    pub(super) at: Range<usize>,
}

/// A table whose keys are known.
#[derive(Clone)]
pub(super) struct Table<'d> {
    /// What it is in the words of faults, e.g. `a rule`.
    place: &'static str,
    /// Where a missing key is missed: its header, or all of an inline table.
    pub(super) at: Range<usize>,
    entries: &'d DeTable<'d>,
}

impl<'d> Table<'d> {
    pub(super) fn get(&self, key: &str) -> Option<Value<'d>> {
        self.values().find(|value| value.key == key)
    }

    /// All values, sorted by key.
    pub(super) fn values(&self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        self.entries.iter().map(|(key, value)| Value {
            key: key.get_ref(),
            key_at: key.span(),
            at: value.span(),
            value: value.get_ref(),
        })
    }
}

impl<'s> Faults<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { source, found: Vec::new() }
    }

    pub(super) fn report(&mut self, at: Range<usize>, kind: PolicyErrorKind) {
        self.found.push(PolicyError { kind, at });
    }

    /// All of them, sorted by place.
    pub(super) fn into_sorted(self) -> Vec<PolicyError> {
        let mut found = self.found;
        found.sort_by_key(|fault| fault.at.start);
        found
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, at: &Range<usize>) -> usize {
        location(self.source, at).0
    }

    /// Where a part of a string stands: exact in a string without escapes on one line,
    /// else the whole string.
    pub(super) fn inside(&self, text: &Text<'_>, part: Range<usize>) -> Range<usize> {
        let content = text.at.start + 1..text.at.end.saturating_sub(1);
        if self.source.text.get(content.clone()) == Some(text.text) {
            content.start + part.start..content.start + part.end
        } else {
            text.at.clone()
        }
    }

    fn wrong_type(&mut self, value: &Value<'_>, expected: &'static str) {
        let found = match value.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let kind = PolicyErrorKind::WrongType { key: value.key.to_owned(), expected, found };
        self.report(value.at.clone(), kind);
    }

    pub(super) fn empty(&mut self, value: &Value<'_>) {
        self.report(value.at.clone(), PolicyErrorKind::Empty { key: value.key.to_owned() });
    }

    pub(super) fn missing(&mut self, table: &Table<'_>, key: &'static str) {
        let place = table.place;
        self.report(table.at.clone(), PolicyErrorKind::MissingKey { key, place });
    }

    /// A string; empty ones are read as well.
    pub(super) fn text<'d>(&mut self, value: &Value<'d>) -> Option<Text<'d>> {
        let text = value.value.as_str();
        if text.is_none() {
            self.wrong_type(value, "a string");
        }
        text.map(|text| Text { text, at: value.at.clone() })
    }

    /// Strings: a list of them, or one alone. None is a fault, the same twice a warning.
    pub(super) fn texts<'d>(&mut self, value: &Value<'d>) -> Vec<Text<'d>> {
        if value.value.is_str() {
            return self.text(value).into_iter().collect();
        }
        let Some(items) = self.items(value, "a list of strings") else { return Vec::new() };
        let mut texts: Vec<Text<'d>> = Vec::with_capacity(items.len());
        let mut seen = HashSet::new();
        for item in &items {
            let Some(text) = item.value.as_str() else {
                self.wrong_type(item, "a list of strings");
                continue;
            };
            if seen.insert(text) {
                texts.push(Text { text, at: item.at.clone() });
            } else {
                let (value, key) = (text.to_owned(), value.key.to_owned());
                self.report(item.at.clone(), PolicyErrorKind::Repeated { value, key });
            }
        }
        texts
    }

    /// The items of a list that has some.
    fn items<'d>(&mut self, value: &Value<'d>, expected: &'static str) -> Option<Vec<Value<'d>>> {
        let Some(list) = value.value.as_array() else {
            self.wrong_type(value, expected);
            return None;
        };
        if list.is_empty() {
            self.empty(value);
        }
        let item = |item: &'d toml::Spanned<DeValue<'d>>| Value {
            at: item.span(),
            value: item.get_ref(),
            ..value.clone()
        };
        Some(list.iter().map(item).collect())
    }

    /// A whole number from `min` to `max`.
    pub(super) fn number(
        &mut self,
        value: &Value<'_>,
        key: &'static str,
        min: u16,
        max: u16,
    ) -> Option<u16> {
        let Some(integer) = value.value.as_integer() else {
            self.wrong_type(value, "an integer");
            return None;
        };
        let number = u16::from_str_radix(integer.as_str(), integer.radix());
        match number {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                let found = integer.to_string();
                let kind = PolicyErrorKind::OutOfRange { key, found, min, max };
                self.report(value.at.clone(), kind);
                None
            }
        }
    }

    pub(super) fn switch(&mut self, value: &Value<'_>) -> Option<bool> {
        let switch = value.value.as_bool();
        if switch.is_none() {
            self.wrong_type(value, "`true` or `false`");
        }
        switch
    }

    /// A table; keys other than the known ones are faults.
    pub(super) fn table<'d>(
        &mut self,
        value: &Value<'d>,
        place: &'static str,
        known: &'static [&'static str],
    ) -> Option<Table<'d>> {
        let table = self.free_table(value, place, "a table")?;
        self.keys(&table, known);
        Some(table)
    }

    /// A table whose keys are the operator's own; `expected` for anything else.
    pub(super) fn free_table<'d>(
        &mut self,
        value: &Value<'d>,
        place: &'static str,
        expected: &'static str,
    ) -> Option<Table<'d>> {
        let Some(entries) = value.value.as_table() else {
            self.wrong_type(value, expected);
            return None;
        };
        if entries.is_empty() && place != "a rule" && place != "a profile" {
            self.empty(value);
        }
        Some(Table { place, at: value.at.clone(), entries })
    }

    /// A list of tables; where `one` says so, one alone as well.
    pub(super) fn tables<'d>(
        &mut self,
        value: &Value<'d>,
        place: &'static str,
        known: &'static [&'static str],
        one: bool,
    ) -> Vec<Table<'d>> {
        if one && value.value.is_table() {
            return self.table(value, place, known).into_iter().collect();
        }
        let items = self.items(value, if one { "a table" } else { "a list of tables" });
        items.into_iter().flatten().filter_map(|item| self.table(&item, place, known)).collect()
    }

    /// The whole document as a table.
    pub(super) fn document<'d>(
        &mut self,
        entries: &'d DeTable<'d>,
        known: &'static [&'static str],
    ) -> Table<'d> {
        let table = Table { place: "the policy", at: 0..0, entries };
        self.keys(&table, known);
        table
    }

    /// Reports keys other than the known ones.
    pub(super) fn keys(&mut self, table: &Table<'_>, known: &'static [&'static str]) {
        for value in table.values().filter(|value| !known.contains(&value.key)) {
            let (key, place) = (value.key.to_owned(), table.place);
            self.report(value.key_at, PolicyErrorKind::UnknownKey { key, place, known });
        }
    }

    /// What a word stands for.
    pub(super) fn word<T: Copy>(
        &mut self,
        what: &'static str,
        text: &Text<'_>,
        known: &[(&str, T)],
    ) -> Option<T> {
        let meaning = known.iter().find(|(word, _)| *word == text.text);
        if meaning.is_none() {
            let known = known.iter().map(|(word, _)| (*word).to_owned()).collect();
            self.unknown(what, text, known);
        }
        meaning.map(|(_, meaning)| *meaning)
    }

    pub(super) fn unknown(&mut self, what: &'static str, text: &Text<'_>, known: Vec<String>) {
        let found = text.text.to_owned();
        self.report(text.at.clone(), PolicyErrorKind::UnknownWord { what, found, known });
    }
}
