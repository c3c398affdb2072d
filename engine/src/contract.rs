//! The IVS Chat message review contract: what arrives, and what is sent back.
//!
//! These types are the wire and nothing else: no policy, no rule, no automaton.
//! This room imports std, serde and serde_json (a test holds it to that), so the
//! only question asked here is "is this what AWS documents?".
//!
//! Reading is generous: unknown members are ignored, null and missing maps are
//! empty, a lone surrogate becomes U+FFFD. Writing is strict: every response that
//! can be built here is valid under every reading of the documentation. No error
//! of this module quotes the message.
//!
//! Source: Amazon IVS Chat User Guide, "Message Review Handler".

mod usual;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// How long IVS Chat waits for a review before it applies the room's fallback
/// result. Not adjustable. Source: IVS Chat Service Quotas.
pub const REVIEW_TIMEOUT: Duration = Duration::from_millis(200);

/// The most code points a room lets a message have; a room may be set lower.
/// Source: IVS Chat API Reference, `maximumMessageLength`.
pub const MAX_MESSAGE_CODE_POINTS: usize = 500;

/// The most bytes of `Content` that are read, far over what IVS Chat delivers
/// (500 code points are 2,000 bytes at most): a longer one is no review request.
pub const MAX_CONTENT_BYTES: usize = 16 << 10;

/// The most bytes a map of attributes may take as compact JSON with all but ASCII
/// escaped. The guide says "1 KB" and not how it is measured: this holds for every
/// way of measuring.
pub const MAX_ATTRIBUTES_BYTES: usize = 1000;

/// The most characters of a [`Reason`]. The guide limits the map it travels in
/// ([`MAX_ATTRIBUTES_BYTES`]); 256 is the API's limit for its own reasons.
pub const MAX_REASON_CODE_POINTS: usize = 256;

/// Attributes of a message or of a sender, sorted by key as IVS Chat shows them.
pub type Attributes<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// One message IVS Chat asks us to review, as it arrives, borrowing what it can
/// from the event's bytes.
#[derive(Clone, Default)]
pub struct ReviewRequest<'a> {
    /// The text as written: at least one code point, at most
    /// [`MAX_CONTENT_BYTES`]. Measured in code points, up to the room's
    /// `maximumMessageLength`.
    pub content: Cow<'a, str>,
    /// Twelve letters and digits; the message's id once it is delivered.
    pub message_id: Cow<'a, str>,
    /// Matched by profiles, never parsed: an odd ARN is no reason to lose a message.
    pub room_arn: Cow<'a, str>,
    /// Attributes the sender wrote. Nothing is decided by them.
    pub attributes: Attributes<'a>,
    /// Who sent it.
    pub sender: Sender<'a>,
}

/// Who sent a message, as the chat token says.
#[derive(Clone, Default)]
pub struct Sender<'a> {
    /// The token's user id.
    pub user_id: Cow<'a, str>,
    /// The client's address as IVS Chat sees it; may be empty.
    pub ip: Cow<'a, str>,
    /// Attributes of the token, which the sender cannot change.
    pub attributes: Attributes<'a>,
}

impl<'a> ReviewRequest<'a> {
    /// Reads one event.
    ///
    /// # Errors
    /// When the bytes are no JSON object of the documented form, or `Content` is
    /// missing, empty or over [`MAX_CONTENT_BYTES`]. The error names the member and
    /// the place, and quotes nothing.
    pub fn from_json(event: &'a [u8]) -> Result<Self, RequestError> {
        if let Some(request) = usual::read(event)
            && (1..=MAX_CONTENT_BYTES).contains(&request.content.len())
        {
            return Ok(request);
        }
        let fault = Cell::new(RequestErrorKind::NotAnObject);
        let mut json = serde_json::Deserializer::from_slice(event);
        let at =
            |e: serde_json::Error, kind| RequestError { kind, line: e.line(), column: e.column() };
        let request = RequestSeed(&fault).deserialize(&mut json).map_err(|e| {
            let kind = if e.is_data() { fault.get() } else { RequestErrorKind::NotJson };
            at(e, kind)
        })?;
        json.end().map_err(|e| at(e, RequestErrorKind::NotJson))?;
        let whole = |kind| RequestError { kind, line: 0, column: 0 };
        match request.content {
            None => Err(whole(RequestErrorKind::NoContent)),
            Some(content) if content.is_empty() => Err(whole(RequestErrorKind::EmptyContent)),
            Some(content) if content.len() > MAX_CONTENT_BYTES => {
                Err(whole(RequestErrorKind::ContentTooLong))
            }
            Some(content) => Ok(Self { content, ..request.rest }),
        }
    }
}

/// Ids and sizes only, so that no log line can hold what a person wrote.
impl fmt::Debug for ReviewRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReviewRequest")
            .field("message_id", &self.message_id)
            .field("content_code_points", &self.content.chars().count())
            .finish_non_exhaustive()
    }
}

/// Sizes only: attributes and user ids are a person's.
impl fmt::Debug for Sender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("attributes", &self.attributes.len()).finish_non_exhaustive()
    }
}

/// Why an event is no review request. Quotes nothing of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestError {
    /// What is wrong.
    pub kind: RequestErrorKind,
    /// Line of the event's text, from 1; 0 where the event as a whole is meant.
    pub line: usize,
    /// Byte within the line, from 1; 0 where the event as a whole is meant.
    pub column: usize,
}

/// What is wrong with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestErrorKind {
    /// The bytes are not JSON.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// The member is there with a value of another type than documented.
    WrongType {
        /// The member's path, e.g. `Sender.Attributes`.
        member: &'static str,
        /// What it should be, e.g. `a string`.
        expected: &'static str,
    },
    /// There is no `Content`, or it is null.
    NoContent,
    /// `Content` is the empty string.
    EmptyContent,
    /// `Content` is longer than [`MAX_CONTENT_BYTES`].
    ContentTooLong,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RequestErrorKind::NotJson => f.write_str("the request is not JSON")?,
            RequestErrorKind::NotAnObject => f.write_str("the request is not a JSON object")?,
            RequestErrorKind::WrongType { member, expected } => {
                write!(f, "`{member}` is not {expected}")?
            }
            RequestErrorKind::NoContent => {
                f.write_str("`Content` is missing; write the message's text there")?
            }
            RequestErrorKind::EmptyContent => {
                f.write_str("`Content` is empty; IVS Chat sends at least one character")?
            }
            RequestErrorKind::ContentTooLong => {
                write!(
                    f,
                    "`Content` is over {MAX_CONTENT_BYTES} bytes; IVS Chat sends {MAX_MESSAGE_CODE_POINTS} characters at most"
                )?;
            }
        }
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)
        } else {
            Ok(())
        }
    }
}

impl std::error::Error for RequestError {}

/// What is read before it is known whether `Content` was there.
struct Read<'a> {
    content: Option<Cow<'a, str>>,
    rest: ReviewRequest<'a>,
}

/// The slot in which a reader leaves what it could not read, because the text of
/// serde's own errors quotes values.
type Fault<'f> = &'f Cell<RequestErrorKind>;

#[derive(Clone, Copy)]
struct RequestSeed<'f>(Fault<'f>);

impl<'de> DeserializeSeed<'de> for RequestSeed<'_> {
    type Value = Read<'de>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Read<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RequestSeed<'_> {
    type Value = Read<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a review request")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read<'de>, A::Error> {
        let mut read = Read { content: None, rest: ReviewRequest::default() };
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let text =
                |member| Member { fault: self.0, member, expected: "a string", seed: TextSeed };
            let attributes = |member| attributes_member(self.0, member);
            match name.as_ref() {
                b"Content" => read.content = map.next_value_seed(text("Content"))?,
                b"MessageId" => {
                    read.rest.message_id =
                        map.next_value_seed(text("MessageId"))?.unwrap_or_default()
                }
                b"RoomArn" => {
                    read.rest.room_arn = map.next_value_seed(text("RoomArn"))?.unwrap_or_default()
                }
                b"Attributes" => {
                    read.rest.attributes =
                        map.next_value_seed(attributes("Attributes"))?.unwrap_or_default();
                }
                b"Sender" => {
                    let sender = Member {
                        fault: self.0,
                        member: "Sender",
                        expected: "an object",
                        seed: SenderSeed(self.0),
                    };
                    read.rest.sender = map.next_value_seed(sender)?.unwrap_or_default();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(read)
    }
}

#[derive(Clone, Copy)]
struct SenderSeed<'f>(Fault<'f>);

impl<'de> DeserializeSeed<'de> for SenderSeed<'_> {
    type Value = Sender<'de>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Sender<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SenderSeed<'_> {
    type Value = Sender<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sender")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sender<'de>, A::Error> {
        let mut sender = Sender::default();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let text =
                |member| Member { fault: self.0, member, expected: "a string", seed: TextSeed };
            match name.as_ref() {
                b"UserId" => {
                    sender.user_id = map.next_value_seed(text("Sender.UserId"))?.unwrap_or_default()
                }
                b"Ip" => sender.ip = map.next_value_seed(text("Sender.Ip"))?.unwrap_or_default(),
                b"Attributes" => {
                    let attributes = attributes_member(self.0, "Sender.Attributes");
                    sender.attributes = map.next_value_seed(attributes)?.unwrap_or_default();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(sender)
    }
}

fn attributes_member<'f>(fault: Fault<'f>, member: &'static str) -> Member<'f, AttributesSeed> {
    Member { fault, member, expected: "a map of strings", seed: AttributesSeed }
}

#[derive(Clone, Copy)]
struct AttributesSeed;

impl<'de> DeserializeSeed<'de> for AttributesSeed {
    type Value = Attributes<'de>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Attributes<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AttributesSeed {
    type Value = Attributes<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of strings")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes<'de>, A::Error> {
        let mut attributes = Attributes::new();
        while let Some(key) = map.next_key_seed(TextSeed)? {
            attributes.insert(key, map.next_value_seed(TextSeed)?);
        }
        Ok(attributes)
    }
}

/// A member that may be null, and whose faults carry its name.
#[derive(Clone, Copy)]
struct Member<'f, S> {
    fault: Fault<'f>,
    member: &'static str,
    expected: &'static str,
    seed: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Member<'_, S> {
    type Value = Option<S::Value>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        // A fault further in has named itself already and is the better one.
        let before = self.fault.get();
        let Self { fault, member, expected, .. } = self;
        json.deserialize_option(self).inspect_err(|_| {
            if fault.get() == before {
                fault.set(RequestErrorKind::WrongType { member, expected });
            }
        })
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Member<'_, S> {
    type Value = Option<S::Value>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        self.seed.deserialize(json).map(Some)
    }
}

/// The name of a member: bytes, for it is only compared.
#[derive(Clone, Copy)]
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, [u8]>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, [u8]>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(bytes))
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(bytes.to_vec()))
    }
}

/// A text as this module reads it, for the events of other services: with U+FFFD for a
/// lone surrogate.
#[derive(Clone, Default)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        TextSeed.deserialize(json).map(|text| Self(text.into_owned()))
    }
}

/// A string, borrowed where the JSON holds it without escapes. Read as bytes, for
/// serde_json refuses a lone surrogate when asked for a `str`.
#[derive(Clone, Copy)]
struct TextSeed;

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for TextSeed {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Cow<'de, str>, E> {
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(replace_invalid(bytes)),
        })
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => replace_invalid(bytes),
        }))
    }
}

/// One U+FFFD for each lone surrogate (three bytes that std would count as three
/// faults, so that the text would grow) and for each other fault.
fn replace_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut surrogate_bytes_left = 0;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            surrogate_bytes_left = 0;
            text.push_str(chunk.valid());
        }
        match chunk.invalid() {
            [] => {}
            [0xED] => {
                surrogate_bytes_left = 2;
                text.push(char::REPLACEMENT_CHARACTER);
            }
            [0x80..=0xBF] if surrogate_bytes_left > 0 => surrogate_bytes_left -= 1,
            _ => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    text
}

/// IVS Chat's two words for what becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewResult {
    /// Deliver the response's content to everyone in the room.
    Allow,
    /// Deliver nothing; the sender gets error 406 with the reason.
    Deny,
}

impl ReviewResult {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
        }
    }
}

/// What the sender of a denied message is told: 1 to [`MAX_REASON_CODE_POINTS`]
/// characters without control characters, that fit into the attributes of a
/// response ([`MAX_ATTRIBUTES_BYTES`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a>(Cow<'a, str>);

impl<'a> Reason<'a> {
    /// Takes a text that fits the contract, or says which limit it breaks.
    ///
    /// # Errors
    /// The limit in words, for "the reason `…`".
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, &'static str> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err("is empty");
        }
        if text.chars().any(char::is_control) {
            return Err("holds a control character");
        }
        // Most are so short that they fit however they are escaped. A function reads all
        // of them at each start.
        let room = MAX_ATTRIBUTES_BYTES - r#"{"Reason":""}"#.len();
        if text.len() <= room / MAX_ESCAPED_BYTES {
            return Ok(Self(text));
        }
        if text.chars().count() > MAX_REASON_CODE_POINTS {
            return Err("is over 256 characters");
        }
        if escaped_len(&text) > room {
            return Err("is over 1000 bytes as ASCII-escaped JSON (164 Hangul)");
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A valid answer to a [`ReviewRequest`].
#[derive(Clone)]
pub struct ReviewResponse<'a> {
    result: ReviewResult,
    content: Cow<'a, str>,
    attributes: Option<Attributes<'a>>,
}

impl<'a> ReviewResponse<'a> {
    /// Delivers `content` with these attributes. A map that is empty or takes over
    /// [`MAX_ATTRIBUTES_BYTES`] is sent as null, which leaves the message's
    /// attributes as they are (the guide's own sample does so).
    pub fn allow(content: Cow<'a, str>, attributes: Attributes<'a>) -> Self {
        debug_assert!(!content.is_empty(), "an empty content is an invalid response");
        let fits = !attributes.is_empty() && attributes_len(&attributes) <= MAX_ATTRIBUTES_BYTES;
        Self { result: ReviewResult::Allow, content, attributes: fits.then_some(attributes) }
    }

    /// Delivers nothing and tells the sender why. `content` is the original: the
    /// guide's table requires the member, its note lifts the limits on it.
    pub fn deny(content: Cow<'a, str>, reason: Reason<'a>) -> Self {
        let attributes = Attributes::from([(Cow::Borrowed("Reason"), reason.0)]);
        Self { result: ReviewResult::Deny, content, attributes: Some(attributes) }
    }

    /// ALLOW or DENY.
    pub fn result(&self) -> ReviewResult {
        self.result
    }

    /// The text to deliver; the original where the message is denied.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// What stands in `Attributes`; none is null on the wire.
    pub fn attributes(&self) -> Option<&Attributes<'a>> {
        self.attributes.as_ref()
    }

    /// Appends the response as compact JSON. The only place that spells it.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"ReviewResult":""#);
        out.extend_from_slice(self.result.as_str().as_bytes());
        out.extend_from_slice(br#"","Content":"#);
        write_text(&self.content, out);
        out.extend_from_slice(br#","Attributes":"#);
        match &self.attributes {
            None => out.extend_from_slice(b"null"),
            Some(attributes) => {
                out.push(b'{');
                for (before, (key, value)) in attributes.iter().enumerate() {
                    if before > 0 {
                        out.push(b',');
                    }
                    write_text(key, out);
                    out.push(b':');
                    write_text(value, out);
                }
                out.push(b'}');
            }
        }
        out.push(b'}');
    }
}

/// Appends a JSON string.
fn write_text(text: &str, out: &mut Vec<u8>) {
    if usual::plain_len(text.as_bytes()) == text.len() {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        #[expect(clippy::expect_used, reason = "a string always serialises into memory")]
        serde_json::to_writer(out, text).expect("memory takes every write");
    }
}

/// Sizes only, so that no log line can hold what a person wrote.
impl fmt::Debug for ReviewResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReviewResponse")
            .field("result", &self.result)
            .field("content_code_points", &self.content.chars().count())
            .finish_non_exhaustive()
    }
}

/// Bytes that `attributes` take as compact JSON with all but ASCII escaped.
pub fn attributes_len(attributes: &Attributes<'_>) -> usize {
    let members: usize =
        attributes.iter().map(|(k, v)| escaped_len(k) + escaped_len(v) + r#""":"","#.len()).sum();
    // Braces, less the comma after the last member.
    2 + members.saturating_sub(1)
}

/// The most bytes that a byte of a text takes inside a JSON string with all but ASCII
/// escaped.
const MAX_ESCAPED_BYTES: usize = 6;

/// Bytes of `text` inside a JSON string with all but ASCII escaped.
fn escaped_len(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            ' '..='~' => 1,
            _ => 6 * c.len_utf16(),
        })
        .sum()
}
