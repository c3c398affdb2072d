//! What a client sent: where in it the text stands, and how it looks with another one.
//!
//! The text stands at a path of names in a JSON object; what else the object holds goes out
//! as the sender wrote it, byte for byte. A body that is no JSON object is a text as a whole.
//! No error quotes the message.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use chatwarden_engine::contract::Text;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::json;
use serde_json::value::RawValue;

/// The most bytes of a message. Source: API Gateway quotas, "WebSocket frame size".
pub const MAX_MESSAGE_BYTES: usize = 128 << 10;

/// The member in which tags stand, as attributes do in IVS Chat's `SendMessage`.
const ATTRIBUTES: &str = "attributes";

/// The most characters of a room's name.
const MAX_ROOM: usize = 64;

/// Names of members, outermost first: `data.text` is the member `text` of `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<String>);

impl Path {
    /// Names with dots between them; none where a name is empty.
    pub fn new(text: &str) -> Option<Self> {
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        (!names.contains(&String::new())).then_some(Self(names))
    }

    /// Does it lead to where tags stand?
    pub(crate) fn is_in_attributes(&self) -> bool {
        self.0.first().is_some_and(|name| name == ATTRIBUTES)
    }

    /// The value at this path of a JSON object; none if it is not there.
    fn find<'b>(&self, object: &'b str) -> Result<Option<&'b RawValue>, MessageError> {
        let mut found = None;
        let mut within = object;
        for (depth, name) in self.0.iter().enumerate() {
            let members: Members<'b> = match serde_json::from_str(within) {
                Ok(members) => members,
                Err(_) if depth > 0 => return Ok(None),
                Err(_) => return Err(MessageError::NotAnObject),
            };
            let mut named = members.0.into_iter().filter(|(key, _)| key == name);
            match (named.next(), named.next()) {
                (None, _) => return Ok(None),
                (Some((_, value)), None) => {
                    found = Some(value);
                    within = value.get();
                }
                // Which one counts is for the reader to say, and readers differ.
                (Some(_), Some(_)) => return Err(MessageError::Twice(self.to_string())),
            }
        }
        Ok(found)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// The members of an object in the order in which they are written.
struct Members<'b>(Vec<(String, &'b RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        json.deserialize_map(Object)
    }
}

/// Why a message is not reviewed and goes nowhere. Quotes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageError {
    /// It is not text: a binary frame, or base64 that is none.
    NotText,
    /// It is over [`MAX_MESSAGE_BYTES`].
    TooLong,
    /// It is not a JSON object.
    NotAnObject,
    /// It begins like JSON, is no JSON object, and has a backslash in it.
    Hidden,
    /// It has no text, or an empty one, at this path.
    NoText(String),
    /// It has two values at this path.
    Twice(String),
    /// What it has at this path is no name of a room.
    NoRoom(String),
}

impl MessageError {
    /// The HTTP status that says it.
    pub fn status(&self) -> u16 {
        if *self == Self::TooLong { 413 } else { 400 }
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("the message is not text in UTF-8"),
            Self::TooLong => write!(f, "the message is over {MAX_MESSAGE_BYTES} bytes"),
            Self::NotAnObject => f.write_str("the message is not a JSON object"),
            Self::Hidden => f.write_str(
                "the message begins like JSON and has a backslash in it, but is no JSON object",
            ),
            Self::NoText(path) => write!(f, "the message has no text at `{path}`"),
            Self::Twice(path) => write!(f, "the message has `{path}` twice"),
            Self::NoRoom(path) => write!(
                f,
                "`{path}` is no room: write 1 to {MAX_ROOM} ASCII letters, digits or signs of `-_.:`"
            ),
        }
    }
}

impl std::error::Error for MessageError {}

/// A message, and where in the body what stands.
pub struct Message<'b> {
    body: &'b str,
    /// The text that is reviewed.
    pub text: Cow<'b, str>,
    /// The room that the body names.
    pub room: Option<String>,
    text_at: Range<usize>,
    is_json: bool,
    /// What stands in the member `attributes`, of whatever type.
    attributes: Option<&'b RawValue>,
}

impl<'b> Message<'b> {
    /// Reads the body of a message. One that is no JSON object is a text as a whole where
    /// `plain` says so: on the route `$default`, where API Gateway sends it.
    ///
    /// # Errors
    /// When it is too long, is no object, has no text, or names no possible room.
    pub fn read(
        body: &'b str,
        text_path: &Path,
        room_path: &Path,
        plain: bool,
    ) -> Result<Self, MessageError> {
        if body.len() > MAX_MESSAGE_BYTES {
            return Err(MessageError::TooLong);
        }
        let found = match text_path.find(body) {
            Err(MessageError::NotAnObject) if plain && !body.is_empty() => {
                return if hides(body) { Err(MessageError::Hidden) } else { Ok(Self::plain(body)) };
            }
            found => found?,
        };
        let text = found.and_then(|value| Some((value, string(value)?)));
        let Some((value, text)) = text.filter(|(_, text)| !text.is_empty()) else {
            return Err(MessageError::NoText(text_path.to_string()));
        };
        let room = match room_path.find(body)? {
            None => None,
            Some(value) if matches!(value.get(), "null" | "\"\"") => None,
            Some(value) => {
                let room = string(value).filter(|room| is_room(room));
                Some(room.ok_or_else(|| MessageError::NoRoom(room_path.to_string()))?)
            }
        };
        Ok(Self {
            body,
            text: text.into(),
            room,
            text_at: place(body, value),
            is_json: true,
            attributes: Path(vec![ATTRIBUTES.to_owned()]).find(body)?,
        })
    }

    fn plain(body: &'b str) -> Self {
        Self {
            body,
            text: body.into(),
            room: None,
            text_at: 0..body.len(),
            is_json: false,
            attributes: None,
        }
    }

    /// May tags be put into it? A plain text has no place for any.
    pub fn takes_tags(&self) -> bool {
        self.is_json
    }

    /// The body with this text in place of its own, and with these tags in its member
    /// `attributes`: a moderator's word, and so in place of whatever of the sender's stands
    /// in their way. A plain text stays without.
    pub fn delivered(&self, text: Option<&str>, tags: &BTreeMap<String, String>) -> String {
        let mut edits = Vec::new();
        if let Some(text) = text {
            let text = if self.is_json { json!(text).to_string() } else { text.to_owned() };
            edits.push((self.text_at.clone(), text));
        }
        if self.is_json && !tags.is_empty() {
            let tagged = tagged(self.attributes, tags);
            edits.push(match self.attributes {
                Some(value) => (place(self.body, value), tagged),
                None => {
                    let end = self.body.rfind('}').unwrap_or(self.body.len());
                    (end..end, format!(",\"{ATTRIBUTES}\":{tagged}"))
                }
            });
        }
        edits.sort_by_key(|(at, _)| at.start);
        let mut body = self.body.to_owned();
        for (at, value) in edits.into_iter().rev() {
            body.replace_range(at, &value);
        }
        body
    }
}

/// Attributes with these tags behind them. Of a map, all other members stay, byte for byte;
/// of another type, nothing does.
fn tagged(attributes: Option<&RawValue>, tags: &BTreeMap<String, String>) -> String {
    let members = attributes.and_then(|value| serde_json::from_str::<Members>(value.get()).ok());
    let members = members.map(|members| members.0).unwrap_or_default();
    let kept = members.iter().filter(|(name, _)| !tags.contains_key(name));
    let kept = kept.map(|(name, value)| format!("{}:{}", json!(name), value.get()));
    let tags = tags.iter().map(|(name, value)| format!("{}:{}", json!(name), json!(value)));
    format!("{{{}}}", kept.chain(tags).collect::<Vec<_>>().join(","))
}

/// Could a reader less strict than ours find JSON in this, and in it another text than the
/// one that is reviewed? Some take `NaN`, comments or a comma too many, and resolve escapes.
fn hides(body: &str) -> bool {
    let start = body.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    start.starts_with(['{', '[', '"']) && body.contains('\\')
}

/// May a room be called so? It stands in an ARN, and in the log.
pub(crate) fn is_room(name: &str) -> bool {
    (1..=MAX_ROOM).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

/// The value as a text, if it is one.
fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str::<Text>(value.get()).ok().map(|text| text.0)
}

/// Where in the body a value stands that was read from it.
fn place(body: &str, value: &RawValue) -> Range<usize> {
    let start = value.get().as_ptr().addr() - body.as_ptr().addr();
    start..start + value.get().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::new(text).unwrap()
    }

    fn read<'b>(body: &'b str, at: &str) -> Result<Message<'b>, MessageError> {
        Message::read(body, &path(at), &path("room"), false)
    }

    #[test]
    fn the_text_alone_is_replaced_byte_for_byte() {
        for (at, body, text, expected) in [
            ("message", r#"{"message":"oh heck"}"#, "oh heck", r#"{"message":"oh ****"}"#),
            (
                "data.text",
                r#" { "n" : 1.10e0, "data":{"text" : "oh \"h\u0065ck\"" , "text2":"x"},"z":[ ] } "#,
                "oh \"heck\"",
                r#" { "n" : 1.10e0, "data":{"text" : "oh ****" , "text2":"x"},"z":[ ] } "#,
            ),
            ("m\u{e9}", "{\"m\\u00e9\":\"oh heck\"}", "oh heck", "{\"m\\u00e9\":\"oh ****\"}"),
            ("message", r#"{"message":"oh \ud83d"}"#, "oh \u{fffd}", r#"{"message":"oh ****"}"#),
        ] {
            let message = read(body, at).unwrap_or_else(|e| panic!("{body}: {e}"));
            assert_eq!(message.text, text);
            assert_eq!(message.delivered(Some("oh ****"), &BTreeMap::new()), expected);
            assert_eq!(message.delivered(None, &BTreeMap::new()), body);
        }
    }

    #[test]
    fn tags_join_the_attributes_whatever_these_are() {
        let tags = BTreeMap::from([("link".to_owned(), "x".to_owned())]);
        let long = format!(r#"{{"a":"{}","link":"x"}}"#, "b".repeat(1100));
        for (attributes, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"b","link":"x"}"#),
            (r#"{ "o":1.10e0 , "\u0061":[ null]}"#, r#"{"o":1.10e0,"a":[ null],"link":"x"}"#),
            (r#"{"link":"no","li\u006ek":null}"#, r#"{"link":"x"}"#),
            ("{}", r#"{"link":"x"}"#),
            ("null", r#"{"link":"x"}"#),
            (r#""link""#, r#"{"link":"x"}"#),
            (r#"[{"a":"b"}]"#, r#"{"link":"x"}"#),
            (&long.replace(r#","link":"x""#, ""), &long),
        ] {
            let body = |attributes| format!(r#"{{"attributes":{attributes},"message":"hi"}} "#);
            let had = body(attributes);
            let message = read(&had, "message").unwrap();
            assert_eq!(message.delivered(None, &tags), body(expected));
            assert_eq!(message.delivered(None, &BTreeMap::new()), had);
            let rewritten = body(expected).replace("hi", "hi!");
            assert_eq!(message.delivered(Some("hi!"), &tags), rewritten);
        }
        let message = read(r#"{"message":"hi"} "#, "message").unwrap();
        let expected = r#"{"message":"hi!","attributes":{"link":"x"}} "#;
        assert_eq!(message.delivered(Some("hi!"), &tags), expected);
        assert!(read(r#"{"message":"hi","attributes":{},"attributes":1}"#, "message").is_err());
    }

    #[test]
    fn no_escapes_hide_a_text_from_review() {
        for body in [
            r#"{"message":"\u0068eck","x":NaN}"#,
            r#"{"message":"\u0068eck",}"#,
            "\u{feff}{\"message\":\"\\u0068eck\"}",
            " \n\u{feff} {\"message\":\"\\u0068eck\"",
            r#"["\u0068eck"]"#,
            r#""\u0068eck""#,
        ] {
            let read = Message::read(body, &path("message"), &path("room"), true);
            let error = read.err().unwrap_or_else(|| panic!("{body}"));
            assert_eq!((&error, error.status()), (&MessageError::Hidden, 400), "{body}");
        }
    }

    #[test]
    fn a_path_has_no_empty_name() {
        assert_eq!(path("data.text").0, ["data", "text"]);
        assert_eq!(path(" ").0, [" "]);
        for text in ["", ".", "a..b", ".a", "a."] {
            assert_eq!(Path::new(text), None, "{text}");
        }
    }

    #[test]
    fn a_room_is_a_name_or_nothing() {
        for (value, expected) in [
            (r#""lobby""#, Ok(Some("lobby"))),
            (r#""eu:stream-1.2_b""#, Ok(Some("eu:stream-1.2_b"))),
            ("null", Ok(None)),
            (r#""""#, Ok(None)),
            (r#"" ""#, Err(())),
            (r#""\ub85c\ube44""#, Err(())),
            (r#""a/b""#, Err(())),
            (r#""what the heck""#, Err(())),
            ("7", Err(())),
            ("{}", Err(())),
        ] {
            let body = format!(r#"{{"message":"hi","room":{value}}}"#);
            let room = read(&body, "message").map(|message| message.room);
            assert_eq!(room.as_ref().map(Option::as_deref).map_err(|_| ()), expected, "{value}");
        }
    }

    #[test]
    fn what_has_no_text_is_an_error_that_quotes_nothing() {
        let long = format!(r#"{{"message":"heck{}"}}"#, " ".repeat(MAX_MESSAGE_BYTES));
        for (body, status) in [
            ("heck", 400),
            ("", 400),
            ("\"heck\"", 400),
            ("[\"heck\"]", 400),
            ("{\"message\":\"heck\"", 400),
            ("{\"message\":\"heck\"} heck", 400),
            ("{\"heck\":\"heck\"}", 400),
            ("{\"message\":[\"heck\"]}", 400),
            ("{\"message\":\"\",\"heck\":1}", 400),
            ("{\"message\":\"hi\",\"message\":\"heck\"}", 400),
            ("{\"message\":\"hi\",\"room\":\"a\",\"room\":\"heck\"}", 400),
            (&long, 413),
        ] {
            let error = read(body, "message").err().unwrap_or_else(|| panic!("{body}"));
            assert_eq!(error.status(), status, "{error}");
            assert!(!error.to_string().contains("heck"), "{error}");
        }
    }

    #[test]
    fn a_plain_text_is_a_message_where_it_may_be_one() {
        let read = |body| Message::read(body, &path("message"), &path("room"), true);
        for body in ["oh heck", "42", "\"oh heck\"", "{oh heck", "[1]"] {
            let message = read(body).ok().unwrap();
            assert_eq!(message.text, body);
            assert_eq!(message.delivered(Some("****"), &BTreeMap::new()), "****");
        }
        assert!(read("").is_err());
        assert!(read(r#"{"heck":1}"#).is_err());
        assert!(read("C:\\ and \"D:\\\"").is_ok());
        assert_eq!(read(r#"{"message":"oh heck"}"#).ok().unwrap().text, "oh heck");
    }
}
