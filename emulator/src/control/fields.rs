//! Reads the members of a request to IVS Chat, and gathers what is wrong with them, so
//! that one refusal names all of it.
//!
//! The limits stand in `rooms`, with their source. How the service words its refusals is
//! known of one only ("Request member: uri failed to satisfy the constraints: invalid
//! lambda permission"); the others follow it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use crate::control::wire::Refusal;

/// The members of one object. Null counts as absent, what is not asked for is ignored.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    members: &'a Map<String, Value>,
    faults: Vec<(String, String)>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(members: &'a Map<String, Value>) -> Self {
        Self { members, faults: Vec::new() }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Notes a fault.
    pub(crate) fn fault(&mut self, name: &str, why: impl Into<String>) {
        self.faults.push((name.to_owned(), why.into()));
    }

    /// Notes a fault if the member is not there.
    pub(crate) fn require(&mut self, name: &str) {
        if !self.has(name) {
            self.fault(name, "must not be null");
        }
    }

    /// A text of so many code points that `is_good`.
    pub(crate) fn text(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
        is_good: fn(&str) -> bool,
    ) -> Option<String> {
        let value = self.get(name)?;
        match value.as_str() {
            None => self.fault(name, "must be a string"),
            Some(text) => match text_fault(text, &length, is_good) {
                None => return Some(text.to_owned()),
                Some(why) => self.fault(name, why),
            },
        }
        None
    }

    /// A whole number within these limits.
    pub(crate) fn integer(&mut self, name: &str, limits: RangeInclusive<u32>) -> Option<u32> {
        let value = self.get(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let good = number.filter(|number| limits.contains(number));
        if good.is_none() {
            let (min, max) = limits.into_inner();
            self.fault(name, format!("must be a whole number from {min} to {max}"));
        }
        good
    }

    /// One of these words.
    pub(crate) fn word(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let value = self.get(name)?;
        let word = words.iter().find(|word| value.as_str() == Some(word)).copied();
        if word.is_none() {
            self.fault(name, format!("must be one of {}", words.join(", ")));
        }
        word
    }

    /// A list of at most `max` texts, each of which `is_good`.
    pub(crate) fn texts(
        &mut self,
        name: &str,
        max: usize,
        length: RangeInclusive<usize>,
        is_good: fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let Some(texts) = value
            .as_array()
            .and_then(|all| all.iter().map(Value::as_str).collect::<Option<Vec<_>>>())
        else {
            self.fault(name, "must be a list of strings");
            return None;
        };
        if texts.len() > max {
            self.fault(name, format!("must have at most {max} entries"));
        }
        for why in texts.iter().filter_map(|text| text_fault(text, &length, is_good)) {
            self.fault(name, why);
        }
        Some(texts.into_iter().map(str::to_owned).collect())
    }

    /// A map of texts to texts.
    pub(crate) fn map(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        let value = self.get(name)?;
        let map = value.as_object().and_then(|map| {
            let entry =
                |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
            map.iter().map(entry).collect()
        });
        if map.is_none() {
            self.fault(name, "must be a map of strings to strings");
        }
        map
    }

    /// The members of an object within this one.
    pub(crate) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        let value = self.get(name)?;
        let members = value.as_object();
        if members.is_none() {
            self.fault(name, "must be an object");
        }
        members
    }

    /// Takes over what is wrong with an object within this one.
    pub(crate) fn absorb(&mut self, inner: Fields<'_>) {
        self.faults.extend(inner.faults);
    }

    /// Refuses the request if anything is wrong with it.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.faults.is_empty() { Ok(()) } else { Err(invalid(&self.faults)) }
    }
}

fn text_fault(
    text: &str,
    length: &RangeInclusive<usize>,
    is_good: fn(&str) -> bool,
) -> Option<String> {
    if !length.contains(&text.chars().count()) {
        return Some(format!("must have {} to {} characters", length.start(), length.end()));
    }
    (!is_good(text)).then(|| "must satisfy the pattern of its kind".to_owned())
}

/// The refusal of members that break a constraint.
pub(crate) fn invalid(faults: &[(String, String)]) -> Refusal {
    let told = |(name, why): &(String, String)| {
        format!("Request member: {name} failed to satisfy the constraints: {why}")
    };
    let message: Vec<String> = faults.iter().map(told).collect();
    let list: Vec<Value> =
        faults.iter().map(|(name, why)| json!({ "name": name, "message": why })).collect();
    Refusal::new(400, "ValidationException", message.join("; "))
        .with("reason", "FIELD_VALIDATION_FAILED")
        .with("fieldList", list)
}

/// The refusal of one member.
pub(crate) fn invalid_member(name: &str, why: &str) -> Refusal {
    invalid(&[(name.to_owned(), why.to_owned())])
}
