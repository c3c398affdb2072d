//! What a compiled policy says beside its terms: rules, profiles and reasons.
//!
//! Written and read by the two functions at the end, which mirror each other: numbers
//! little-endian, lists and texts with their length before them.

/// The part of a compiled policy that is read into memory when it is loaded. A few
/// kilobytes, whatever the number of terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings<'a> {
    /// What the handler answers when the review itself fails.
    pub on_fault: OnFault,
    /// Code points a rewritten message may grow to; 0: no longer than it was.
    pub max_content: u16,
    /// What stands for a masked grapheme cluster.
    pub mask: char,
    /// The sender attribute that names the language of reasons; empty: none.
    pub language_attribute: &'a str,
    /// The policy's own reason.
    pub reason: Texts<'a>,
    /// Names of the packs that terms are from.
    pub packs: Vec<&'a str>,
    /// Circles of messages, at most 64.
    pub profiles: Vec<Profile<'a>>,
    /// In order, at most 256.
    pub rules: Vec<Rule<'a>>,
}

/// What the handler answers when the review itself fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFault {
    /// A function error: the room's fallback result decides.
    Error,
    /// Deliver the message as written.
    Allow,
    /// Deliver nothing.
    Deny,
}

/// A text in one or more languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts<'a> {
    /// For whoever has no language of their own here.
    pub default: &'a str,
    /// By language tag, lower case.
    pub by_language: Vec<(&'a str, &'a str)>,
}

/// Messages from these rooms and these senders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile<'a> {
    /// Its id.
    pub id: &'a str,
    /// Globs of room ARNs; empty: any room.
    pub rooms: Vec<&'a str>,
    /// Attributes of the sender's token with the values allowed; empty: any sender.
    pub senders: Vec<(&'a str, Vec<&'a str>)>,
    /// Nothing these senders write is reviewed.
    pub exempt: bool,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it does.
    pub action: Action<'a>,
    /// Told, never enforced.
    pub shadow: bool,
    /// Profiles, one bit each, in one of which it applies; 0: everywhere.
    pub only_profiles: u64,
    /// Profiles in which it does not apply.
    pub not_profiles: u64,
    /// Links: looked for?
    pub links: Option<Links<'a>>,
    /// A set of [`contact`].
    pub contact: u8,
    /// Limits on the look of a message.
    pub shape: Shape,
}

/// Which links are a match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links<'a> {
    /// Domains that are none, with all below them.
    pub allow: Vec<&'a str>,
    /// If there are any: only these are.
    pub deny: Vec<&'a str>,
}

/// Ways to reach a person, as a set.
pub mod contact {
    /// E-mail addresses.
    pub const EMAIL: u8 = 1;
    /// Telephone numbers.
    pub const PHONE: u8 = 2;
    /// Payment card numbers.
    pub const CARD: u8 = 4;
}

/// Limits on how a message looks. None: no limit; a message that just reaches one is
/// within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Upper-case letters, percent of the cased ones, from 8 cased letters on.
    pub capitals_percent: Option<u8>,
    /// The same character in a row, case aside. Digits are free.
    pub repeats: Option<u16>,
    /// Symbols and emoji, percent of the visible characters, from 8 of those on.
    pub symbols_percent: Option<u8>,
    /// Combining marks in a row.
    pub combining: Option<u8>,
    /// Code points.
    pub length: Option<u16>,
    /// Words that begin with `@`.
    pub mentions: Option<u8>,
}

/// What a rule does about a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// Spare what matched from the rules below.
    Allow,
    /// Attach an attribute to the message.
    Tag(&'a str, &'a str),
    /// Write the message in lower case.
    Lowercase,
    /// Cut runs of one character to this length.
    Collapse(u8),
    /// Put another text in place of what matched; true: of the whole word.
    Replace(&'a str, bool),
    /// Mask what matched; true: the whole word.
    Mask(bool),
    /// Deliver nothing and tell the sender why.
    Deny(Texts<'a>),
}

/// Appends `settings` to `out`.
pub fn write(settings: &Settings<'_>, out: &mut Vec<u8>) {
    let mut w = Writer(out);
    w.u8(match settings.on_fault {
        OnFault::Error => 0,
        OnFault::Allow => 1,
        OnFault::Deny => 2,
    });
    w.u16(settings.max_content);
    w.u32(u32::from(settings.mask));
    w.text(settings.language_attribute);
    w.texts(&settings.reason);
    w.list(&settings.packs, |w, pack| w.text(pack));
    w.list(&settings.profiles, |w, profile| {
        w.text(profile.id);
        w.list(&profile.rooms, |w, room| w.text(room));
        w.list(&profile.senders, |w, (key, values)| {
            w.text(key);
            w.list(values, |w, value| w.text(value));
        });
        w.u8(u8::from(profile.exempt));
    });
    w.list(&settings.rules, |w, rule| {
        w.text(rule.id);
        w.u8(u8::from(rule.shadow));
        w.u64(rule.only_profiles);
        w.u64(rule.not_profiles);
        match &rule.action {
            Action::Allow => w.u8(0),
            Action::Tag(key, value) => {
                w.u8(1);
                w.text(key);
                w.text(value);
            }
            Action::Lowercase => w.u8(2),
            Action::Collapse(run) => {
                w.u8(3);
                w.u8(*run);
            }
            Action::Replace(text, word) => {
                w.u8(4);
                w.text(text);
                w.u8(u8::from(*word));
            }
            Action::Mask(word) => {
                w.u8(5);
                w.u8(u8::from(*word));
            }
            Action::Deny(reason) => {
                w.u8(6);
                w.texts(reason);
            }
        }
        w.u8(u8::from(rule.links.is_some()));
        if let Some(links) = &rule.links {
            w.list(&links.allow, |w, domain| w.text(domain));
            w.list(&links.deny, |w, domain| w.text(domain));
        }
        w.u8(rule.contact);
        let Shape { capitals_percent, repeats, symbols_percent, combining, length, mentions } =
            rule.shape;
        for limit in [
            capitals_percent.map(u16::from),
            repeats,
            symbols_percent.map(u16::from),
            combining.map(u16::from),
            length,
            mentions.map(u16::from),
        ] {
            w.u8(u8::from(limit.is_some()));
            w.u16(limit.unwrap_or(0));
        }
    });
}

/// Reads what [`write()`] wrote. None where the bytes end early or say what cannot be.
pub fn read(bytes: &[u8]) -> Option<Settings<'_>> {
    let mut r = Reader(bytes);
    let on_fault = match r.u8()? {
        0 => OnFault::Error,
        1 => OnFault::Allow,
        2 => OnFault::Deny,
        _ => return None,
    };
    Some(Settings {
        on_fault,
        max_content: r.u16()?,
        mask: char::from_u32(r.u32()?)?,
        language_attribute: r.text()?,
        reason: r.texts()?,
        packs: r.list(Reader::text)?,
        profiles: r.list(|r| {
            Some(Profile {
                id: r.text()?,
                rooms: r.list(Reader::text)?,
                senders: r.list(|r| Some((r.text()?, r.list(Reader::text)?)))?,
                exempt: r.u8()? != 0,
            })
        })?,
        rules: r.list(|r| {
            Some(Rule {
                id: r.text()?,
                shadow: r.u8()? != 0,
                only_profiles: r.u64()?,
                not_profiles: r.u64()?,
                action: match r.u8()? {
                    0 => Action::Allow,
                    1 => Action::Tag(r.text()?, r.text()?),
                    2 => Action::Lowercase,
                    3 => Action::Collapse(r.u8()?),
                    4 => Action::Replace(r.text()?, r.u8()? != 0),
                    5 => Action::Mask(r.u8()? != 0),
                    6 => Action::Deny(r.texts()?),
                    _ => return None,
                },
                links: match r.u8()? {
                    0 => None,
                    _ => Some(Links { allow: r.list(Reader::text)?, deny: r.list(Reader::text)? }),
                },
                contact: r.u8()?,
                shape: Shape {
                    capitals_percent: r.limit()?.map(|n| n as u8),
                    repeats: r.limit()?,
                    symbols_percent: r.limit()?.map(|n| n as u8),
                    combining: r.limit()?.map(|n| n as u8),
                    length: r.limit()?,
                    mentions: r.limit()?.map(|n| n as u8),
                },
            })
        })?,
    })
}

struct Writer<'o>(&'o mut Vec<u8>);

impl Writer<'_> {
    fn u8(&mut self, n: u8) {
        self.0.push(n);
    }
    fn u16(&mut self, n: u16) {
        self.0.extend(n.to_le_bytes());
    }
    fn u32(&mut self, n: u32) {
        self.0.extend(n.to_le_bytes());
    }
    fn u64(&mut self, n: u64) {
        self.0.extend(n.to_le_bytes());
    }
    fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend(text.as_bytes());
    }
    fn texts(&mut self, texts: &Texts<'_>) {
        self.text(texts.default);
        self.list(&texts.by_language, |w, (language, text)| {
            w.text(language);
            w.text(text);
        });
    }
    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.u32(items.len() as u32);
        for one in items {
            item(self, one);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }
    fn u8(&mut self) -> Option<u8> {
        self.bytes::<1>().map(|[n]| n)
    }
    fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_le_bytes)
    }
    fn limit(&mut self) -> Option<Option<u16>> {
        let is_some = self.u8()? != 0;
        let n = self.u16()?;
        Some(is_some.then_some(n))
    }
    fn text(&mut self) -> Option<&'a str> {
        let len = self.u32()? as usize;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
    fn texts(&mut self) -> Option<Texts<'a>> {
        Some(Texts {
            default: self.text()?,
            by_language: self.list(|r| Some((r.text()?, r.text()?)))?,
        })
    }
    /// Grows as items are read: a damaged length cannot ask for memory.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let len = self.u32()?;
        let mut items = Vec::new();
        for _ in 0..len {
            items.push(item(self)?);
        }
        Some(items)
    }
}
