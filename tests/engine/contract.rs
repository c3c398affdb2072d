//! The contract with IVS Chat: what is read as a review request, what is refused and in
//! which words, and that every response is one IVS Chat accepts.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "helpers of tests: clippy knows the tests only"
)]

#[path = "../review/strict.rs"]
mod strict;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chatwarden_engine::contract::{
    Attributes, MAX_ATTRIBUTES_BYTES, MAX_CONTENT_BYTES, Reason, RequestError, RequestErrorKind,
    ReviewRequest, ReviewResponse, ReviewResult, Sender, attributes_len,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The guide's "request syntax", with values as they arrive.
const DOCUMENTED: &str = r#"{
   "Content": "Hello, world!",
   "MessageId": "AbCdEf012345",
   "RoomArn": "arn:aws:ivschat:us-west-2:123456789012:room/g1H2I3j4k5L6",
   "Attributes": {
      "msgAttrKey1": "value1",
      "msgAttrKey2": "value2"
   },
   "Sender": {
      "Attributes": {
         "role": "viewer"
      },
      "UserId": "user-4711",
      "Ip": "2001:db8::7"
   }
}"#;

fn parse(event: &str) -> Result<ReviewRequest<'_>, RequestError> {
    ReviewRequest::from_json(event.as_bytes())
}

fn kind(event: &[u8]) -> RequestErrorKind {
    ReviewRequest::from_json(event).unwrap_err().kind
}

fn attributes(pairs: &[(&str, &str)]) -> Attributes<'static> {
    pairs.iter().map(|(k, v)| (Cow::Owned(k.to_string()), Cow::Owned(v.to_string()))).collect()
}

fn json_of(response: &ReviewResponse<'_>) -> String {
    let mut out = Vec::new();
    response.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn the_documented_event_is_read_whole() {
    let request = parse(DOCUMENTED).unwrap();
    assert_eq!(request.content, "Hello, world!");
    assert_eq!(request.message_id, "AbCdEf012345");
    assert_eq!(request.room_arn, "arn:aws:ivschat:us-west-2:123456789012:room/g1H2I3j4k5L6");
    assert_eq!(
        request.attributes,
        attributes(&[("msgAttrKey1", "value1"), ("msgAttrKey2", "value2")])
    );
    assert_eq!(request.sender.user_id, "user-4711");
    assert_eq!(request.sender.ip, "2001:db8::7");
    assert_eq!(request.sender.attributes, attributes(&[("role", "viewer")]));
    assert!(matches!(request.content, Cow::Borrowed(_)), "plain text is not copied");
}

#[test]
fn members_may_come_in_any_order() {
    let event = r#"{"Sender":{"Ip":"192.0.2.1","UserId":"u","Attributes":{"r":"v"}},
        "Attributes":{"a":"b"},"RoomArn":"arn","MessageId":"id","Content":"hi"}"#;
    let request = parse(event).unwrap();
    let Sender { user_id, ip, attributes: of_sender } = &request.sender;
    assert_eq!((&request.content[..], &user_id[..], &ip[..]), ("hi", "u", "192.0.2.1"));
    assert_eq!((&request.message_id[..], &request.room_arn[..]), ("id", "arn"));
    assert_eq!(of_sender, &attributes(&[("r", "v")]));
    assert_eq!(request.attributes, attributes(&[("a", "b")]));
}

/// Nothing says whether unset attributes are null, empty or absent.
#[test]
fn what_is_null_missing_or_empty_is_empty() {
    for event in [
        r#"{"Content":"hi"}"#,
        r#"{"Content":"hi","Sender":null,"Attributes":null,"MessageId":null,"RoomArn":null}"#,
        r#"{"Content":"hi","Sender":{},"Attributes":{},"MessageId":"","RoomArn":""}"#,
        r#"{"Content":"hi","Sender":{"UserId":null,"Ip":null,"Attributes":null}}"#,
        r#"{"Content":"hi","Sender":{"UserId":"","Ip":"","Attributes":{}}}"#,
    ] {
        let request = parse(event).unwrap();
        assert_eq!(request.content, "hi", "{event}");
        assert!(request.message_id.is_empty() && request.room_arn.is_empty(), "{event}");
        assert!(request.attributes.is_empty(), "{event}");
        let Sender { user_id, ip, attributes } = request.sender;
        assert!(user_id.is_empty() && ip.is_empty() && attributes.is_empty(), "{event}");
    }
}

#[test]
fn unknown_members_are_ignored_whatever_they_hold() {
    for unknown in [
        r#""Later": 1"#,
        r#""Later": {"Content": 7, "Sender": [null, {"x": -1.5e3}]}"#,
        r#""content": "lower case is another member""#,
        r#""": true"#,
        r#""\ud800": "\udfff""#,
    ] {
        let event = format!(
            r#"{{{unknown},"Content":"hi","Sender":{{{unknown},"UserId":"u"}},{unknown}}}"#
        );
        let request = parse(&event).unwrap();
        assert_eq!((&request.content[..], &request.sender.user_id[..]), ("hi", "u"), "{event}");
    }
    let deep = format!(r#"{{"Later":{}{},"Content":"hi"}}"#, "[".repeat(9000), "]".repeat(9000));
    assert_eq!(parse(&deep).unwrap().content, "hi", "depth is no danger");
}

#[test]
fn a_member_of_another_type_is_named_and_not_quoted() {
    let wrong = ["7", "-1.5", "true", "[]", r#"["secret"]"#, r#"{"secret":"secret"}"#];
    let text = "a string";
    for (member, expected, before, after) in [
        ("Content", text, r#"{"Content":"#, "}"),
        ("MessageId", text, r#"{"Content":"hi","MessageId":"#, "}"),
        ("RoomArn", text, r#"{"Content":"hi","RoomArn":"#, "}"),
        ("Sender.UserId", text, r#"{"Content":"hi","Sender":{"UserId":"#, "}}"),
        ("Sender.Ip", text, r#"{"Content":"hi","Sender":{"Ip":"#, "}}"),
        ("Attributes", "a map of strings", r#"{"Content":"hi","Attributes":{"k":"#, "}}"),
        (
            "Sender.Attributes",
            "a map of strings",
            r#"{"Content":"hi","Sender":{"Attributes":{"k":"#,
            "}}}",
        ),
    ] {
        for value in wrong {
            let event = format!("{before}{value}{after}");
            let error = parse(&event).unwrap_err();
            assert_eq!(error.kind, RequestErrorKind::WrongType { member, expected }, "{event}");
            let words = error.to_string();
            assert!(
                words.starts_with(&format!("`{member}` is not {expected} (line 1,")),
                "{words}"
            );
            assert!(!words.contains("secret"), "{words}");
        }
    }
    for (member, expected, before) in [
        ("Sender", "an object", r#"{"Content":"hi","Sender":"#),
        ("Attributes", "a map of strings", r#"{"Content":"hi","Attributes":"#),
    ] {
        for value in ["7", "true", "[]", r#""secret""#] {
            let event = format!("{before}{value}}}");
            let wrong = RequestErrorKind::WrongType { member, expected };
            assert_eq!(parse(&event).unwrap_err().kind, wrong, "{event}");
        }
    }
}

#[test]
fn what_is_json_and_no_object_is_not_a_request() {
    for event in ["[]", "7", "null", "true", r#""Content""#, r#"["Content","hi"]"#] {
        assert_eq!(kind(event.as_bytes()), RequestErrorKind::NotAnObject, "{event}");
    }
}

#[test]
fn broken_json_is_told_with_its_place() {
    for event in [
        "",
        " ",
        "{",
        "nul",
        "{'Content':'hi'}",
        r#"{"Content":"hi""#,
        r#"{"Content":"hi"},"#,
        r#"{"Content":"hi"} {}"#,
        r#"{"Content":"hi",}"#,
        r#"{"Content":"hi" "RoomArn":"x"}"#,
        r#"{"Content" "hi"}"#,
        r#"{"Content":"\x"}"#,
        r#"{"Content":"\u12"}"#,
        r#"{Content:"hi"}"#,
        r#"{"Content":"hi","Later":nope}"#,
        r#"{7:"hi"}"#,
        "\u{feff}{\"Content\":\"hi\"}",
    ] {
        assert_eq!(kind(event.as_bytes()), RequestErrorKind::NotJson, "{event:?}");
    }
    let error = parse("{\n  \"Content\": \"hi\"\n  \"RoomArn\": \"x\"\n}").unwrap_err();
    assert_eq!((error.line, error.column), (3, 3));
    assert_eq!(error.to_string(), "the request is not JSON (line 3, column 3)");
}

#[test]
fn a_request_without_content_is_told_so() {
    for (event, expected, words) in [
        ("{}", RequestErrorKind::NoContent, "`Content` is missing; write the message's text there"),
        (
            r#"{"Content":null,"MessageId":"x"}"#,
            RequestErrorKind::NoContent,
            "`Content` is missing; write the message's text there",
        ),
        (
            r#"{"Content":""}"#,
            RequestErrorKind::EmptyContent,
            "`Content` is empty; IVS Chat sends at least one character",
        ),
    ] {
        let error = parse(event).unwrap_err();
        assert_eq!((error.kind, error.line, error.column), (expected, 0, 0), "{event}");
        assert_eq!(error.to_string(), words);
    }
    for blank in [" ", "\n", "\u{200b}", "\0"] {
        let event = json!({ "Content": blank }).to_string();
        assert_eq!(parse(&event).unwrap().content, blank, "blank is not empty");
    }
}

#[test]
fn content_is_read_up_to_sixteen_kibibytes() {
    let event = |len: usize| format!(r#"{{"Content":"{}"}}"#, "a".repeat(len));
    assert_eq!(parse(&event(MAX_CONTENT_BYTES)).unwrap().content.len(), MAX_CONTENT_BYTES);
    let error = parse(&event(MAX_CONTENT_BYTES + 1)).unwrap_err();
    assert_eq!(error.kind, RequestErrorKind::ContentTooLong);
    assert_eq!(
        error.to_string(),
        "`Content` is over 16384 bytes; IVS Chat sends 500 characters at most"
    );
    let escaped = format!(r#"{{"Content":"{}"}}"#, r"\u3042".repeat(MAX_CONTENT_BYTES / 3));
    assert!(parse(&escaped).is_ok(), "what counts is the text, not its escapes");
}

#[test]
fn a_lone_surrogate_becomes_one_replacement_character() {
    for (event, expected) in [
        (&br#"{"Content":"a\ud800b"}"#[..], "a\u{fffd}b"),
        (br#"{"Content":"\udfff"}"#, "\u{fffd}"),
        (br#"{"Content":"\ud800\ud800\ud83d\ude00"}"#, "\u{fffd}\u{fffd}\u{1f600}"),
        (br#"{"Content":"\ude00\ud83d"}"#, "\u{fffd}\u{fffd}"),
        (br#"{"Content":"\ud800\n"}"#, "\u{fffd}\n"),
        (b"{\"Content\":\"a\xed\xa0\x80b\"}", "a\u{fffd}b"),
        (b"{\"Content\":\"\xed\xa0\x80\xed\xbf\xbf\"}", "\u{fffd}\u{fffd}"),
        (b"{\"Content\":\"\xed\xa0\x80\\ud800\"}", "\u{fffd}\u{fffd}"),
        (b"{\"Content\":\"\xed\x9f\xbf\"}", "\u{d7ff}"),
        (b"{\"Content\":\"\xff\xfe\"}", "\u{fffd}\u{fffd}"),
    ] {
        let request = ReviewRequest::from_json(event).unwrap();
        assert_eq!(request.content, expected, "{}", event.escape_ascii());
    }
    let everywhere = br#"{"Content":"x","RoomArn":"\ud800","Attributes":{"\ud800":"\udc00"},"Sender":{"UserId":"\ud800"}}"#;
    let request = ReviewRequest::from_json(everywhere).unwrap();
    assert_eq!((&request.room_arn[..], &request.sender.user_id[..]), ("\u{fffd}", "\u{fffd}"));
    assert_eq!(request.attributes, attributes(&[("\u{fffd}", "\u{fffd}")]));
}

#[test]
fn a_reason_fits_the_contract_or_is_refused() {
    for (text, expected) in [
        ("a".to_owned(), ""),
        ("a".repeat(256), ""),
        ("가".repeat(164), ""),
        ("é".repeat(164), ""),
        ("😀".repeat(82), ""),
        ("\"".repeat(256), ""),
        (" a ".to_owned(), ""),
        (String::new(), "is empty"),
        ("  \u{3000}".to_owned(), "is empty"),
        ("\n".to_owned(), "is empty"),
        ("a\nb".to_owned(), "holds a control character"),
        ("a\u{7f}".to_owned(), "holds a control character"),
        ("a\u{85}b".to_owned(), "holds a control character"),
        ("a\0".to_owned(), "holds a control character"),
        ("a".repeat(257), "is over 256 characters"),
        ("가".repeat(165), "is over 1000 bytes as ASCII-escaped JSON (164 Hangul)"),
        ("😀".repeat(83), "is over 1000 bytes as ASCII-escaped JSON (164 Hangul)"),
    ] {
        let told = Reason::new(text.as_str()).map(|reason| assert_eq!(reason.as_str(), text));
        assert_eq!(told.err().unwrap_or_default(), expected, "{text:?}");
    }
}

#[test]
fn attributes_are_measured_as_ascii_escaped_json() {
    for (pairs, expected) in [
        (&[][..], "{}"),
        (&[("", "")], r#"{"":""}"#),
        (&[("a", "b")], r#"{"a":"b"}"#),
        (&[("a", "b"), ("c", "d")], r#"{"a":"b","c":"d"}"#),
        (&[("a", "\"\\/")], r#"{"a":"\"\\/"}"#),
        (&[("a", "\n\r\t\u{8}\u{c}")], r#"{"a":"\n\r\t\b\f"}"#),
        (&[("a", "\u{1}")], r#"{"a":"\u0001"}"#),
        (&[("a", "가")], r#"{"a":"\uac00"}"#),
        (&[("😀", "")], r#"{"\ud83d\ude00":""}"#),
    ] {
        assert_eq!(attributes_len(&attributes(pairs)), expected.len(), "{expected}");
    }
}

#[test]
fn responses_are_these_bytes() {
    let allow = |content: &'static str, pairs: &[(&str, &str)]| {
        json_of(&ReviewResponse::allow(Cow::Borrowed(content), attributes(pairs)))
    };
    assert_eq!(
        allow("hi", &[("b", "2"), ("a", "1")]),
        r#"{"ReviewResult":"ALLOW","Content":"hi","Attributes":{"a":"1","b":"2"}}"#
    );
    assert_eq!(allow("hi", &[]), r#"{"ReviewResult":"ALLOW","Content":"hi","Attributes":null}"#);
    assert_eq!(
        allow("\"\\\n\u{1}\u{7f}/한😀", &[]),
        "{\"ReviewResult\":\"ALLOW\",\"Content\":\"\\\"\\\\\\n\\u0001\u{7f}/한😀\",\"Attributes\":null}"
    );
    let denied = ReviewResponse::deny(Cow::Borrowed("hi"), Reason::new("No \"way\".").unwrap());
    assert_eq!(
        json_of(&denied),
        r#"{"ReviewResult":"DENY","Content":"hi","Attributes":{"Reason":"No \"way\"."}}"#
    );
    assert_eq!((denied.result(), denied.content()), (ReviewResult::Deny, "hi"));
    assert_eq!(denied.attributes(), Some(&attributes(&[("Reason", "No \"way\".")])));
    assert_eq!((ReviewResult::Allow.as_str(), ReviewResult::Deny.as_str()), ("ALLOW", "DENY"));
}

#[test]
fn attributes_over_the_limit_are_sent_as_null() {
    // {"a":"…"} is 8 bytes around the value.
    for (value, fits) in [
        ("x".repeat(992), true),
        ("x".repeat(993), false),
        ("é".repeat(165), true),
        ("é".repeat(166), false),
        ("\"".repeat(496), true),
        ("\"".repeat(497), false),
    ] {
        let map = attributes(&[("a", &value)]);
        assert_eq!(attributes_len(&map) <= MAX_ATTRIBUTES_BYTES, fits, "{}", value.len());
        let response = ReviewResponse::allow(Cow::Borrowed("hi"), map.clone());
        assert_eq!(response.attributes(), fits.then_some(&map));
        assert_eq!(json_of(&response).ends_with(r#""Attributes":null}"#), !fits);
    }
}

/// Whatever is logged with `{:?}` holds nobody's words.
#[test]
fn debug_forms_hold_no_words_of_a_person() {
    let event = r#"{"Content":"§words","MessageId":"AbCdEf012345","RoomArn":"arn","Attributes":{"§k":"§v"},
        "Sender":{"UserId":"§user","Ip":"§ip","Attributes":{"§sk":"§sv"}}}"#;
    let request = parse(event).unwrap();
    assert_eq!(
        format!("{request:?}"),
        r#"ReviewRequest { message_id: "AbCdEf012345", content_code_points: 6, .. }"#
    );
    let sender = format!("{:?}", request.sender);
    let response = ReviewResponse::allow(request.content.clone(), request.attributes.clone());
    let denied = ReviewResponse::deny(request.content.clone(), Reason::new("Not here.").unwrap());
    let wrong = parse(r#"{"Content":"hi","Sender":{"UserId":["§user"]}}"#).unwrap_err();
    for debug in [
        sender,
        format!("{request:#?}"),
        format!("{response:?} {response:#?}"),
        format!("{denied:?}"),
        format!("{wrong:?} {wrong}"),
        format!("{:?}", response.result()),
    ] {
        assert!(!debug.contains('§') && !debug.contains("AbCdEf01234§"), "{debug}");
    }
}

/// Code points, surrogates more often than not.
fn code_points() -> impl Strategy<Value = Vec<u32>> {
    let one = prop_oneof![
        3 => 0xD800u32..0xE000,
        2 => 0xD7F0u32..0xD800,
        2 => 0xE000u32..0xE010,
        2 => 0x20u32..0x7F,
        1 => 0x10000u32..0x110000,
        1 => 0u32..0xD800,
    ];
    proptest::collection::vec(one, 1..12)
}

/// The three or four bytes of a code point, as WTF-8 has them for surrogates too.
fn wtf8(code_point: u32, out: &mut Vec<u8>) {
    match char::from_u32(code_point) {
        Some(c) => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        None => {
            let six_bits = |shift: u32| (code_point >> shift & 0x3F) as u8 | 0x80;
            out.extend([0xE0 | (code_point >> 12) as u8, six_bits(6), six_bits(0)]);
        }
    }
}

/// Any JSON whose texts are of `§` and whose numbers hold 98765: no message has those.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        Just(json!(98765)),
        Just(json!(-9876.5e3)),
        "§{0,3}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof![
            2 => proptest::sample::select(vec![
                "Content", "MessageId", "RoomArn", "Attributes", "Sender", "UserId", "Ip",
            ])
            .prop_map(str::to_owned),
            1 => "§{0,3}",
        ];
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => proptest::collection::btree_map(key, inner, 0..7)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_attributes() -> impl Strategy<Value = BTreeMap<String, String>> {
    let text =
        prop_oneof![".{0,12}", "[\"\\\\\\x00-\\x1f\\x7f]{0,40}", "[가-힣😀]{0,90}", "a{0,600}"];
    proptest::collection::btree_map(".{0,8}", text, 0..5)
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn reading_any_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(request) = ReviewRequest::from_json(&bytes) {
            prop_assert!(!request.content.is_empty());
        }
    }

    /// The documented event with bytes changed, lost and put in.
    #[test]
    fn reading_a_damaged_event_never_panics(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..5)
    ) {
        let mut bytes = DOCUMENTED.as_bytes().to_vec();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        match ReviewRequest::from_json(&bytes) {
            Ok(request) => prop_assert!(!request.content.is_empty()),
            Err(error) => {
                for secret in ["Hello", "world", "user-4711", "viewer", "2001:", "AbCdEf", "value1"] {
                    prop_assert!(!format!("{error} {error:?}").contains(secret), "{error}");
                }
            }
        }
    }

    #[test]
    fn an_error_quotes_nothing_of_the_event(event in any_json(), pretty: bool) {
        let text = if pretty { format!("{event:#}") } else { event.to_string() };
        if let Err(error) = parse(&text) {
            prop_assert_ne!(error.kind, RequestErrorKind::NotJson);
            for words in [error.to_string(), format!("{error:?}")] {
                prop_assert!(!words.contains('§') && !words.contains("98765"), "{}", words);
            }
        }
    }

    /// Most events are read by a reader that knows just these members; one more, and the
    /// other reads them.
    #[test]
    fn both_readers_read_the_same(
        content in "\\PC{1,40}|.{1,9}",
        id in "[a-zA-Z0-9]{0,12}|.{0,9}",
        map in any_attributes(),
        pretty in any::<bool>(),
    ) {
        let mut event = json!({
            "Content": content,
            "MessageId": id,
            "RoomArn": id,
            "Attributes": map,
            "Sender": {"UserId": id, "Ip": id, "Attributes": map},
        });
        let text = |event: &Value| {
            if pretty { serde_json::to_string_pretty(event) } else { serde_json::to_string(event) }
        };
        let usual = text(&event).unwrap();
        event["Other"] = json!(1);
        let other = text(&event).unwrap();
        let fields = |event: &str| {
            let ReviewRequest { content, message_id, room_arn, attributes, sender } =
                parse(event).unwrap();
            let texts = [content, message_id, room_arn, sender.user_id, sender.ip];
            let owned = |map: Attributes<'_>| {
                map.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect::<Vec<_>>()
            };
            (texts.map(Cow::into_owned), owned(attributes), owned(sender.attributes))
        };
        prop_assert_eq!(fields(&usual), fields(&other));
    }

    /// What is read is JSON, whichever of them reads it. (Raw control characters, which
    /// JSON wants escaped, are read generously.)
    #[test]
    fn what_is_no_json_is_not_read(
        at in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"{}[]:,\"\\ \x7f\x80aC0n\xED".to_vec()),
        put in 0..3,
    ) {
        let mut event = DOCUMENTED.as_bytes().to_vec();
        let at = at.index(event.len());
        match put {
            0 => event[at] = byte,
            1 => event.insert(at, byte),
            _ => drop(event.remove(at)),
        }
        let read = ReviewRequest::from_json(&event);
        // Bytes that are no UTF-8 are read, and replaced.
        if let Ok(text) = str::from_utf8(&event) {
            let json: Option<Value> = serde_json::from_str(text).ok();
            if let Ok(request) = read {
                let content = json.as_ref().and_then(|json| json["Content"].as_str());
                prop_assert_eq!(Some(&*request.content), content);
            } else {
                let is_request = json.is_some_and(|json| {
                    let texts = |map: &Value| map.as_object().is_some_and(|map| map.values().all(Value::is_string));
                    json["Content"].as_str().is_some_and(|text| !text.is_empty())
                        && json["RoomArn"].is_string()
                        && json["MessageId"].is_string()
                        && texts(&json["Attributes"])
                        && texts(&json["Sender"]["Attributes"])
                });
                prop_assert!(!is_request);
            }
        }
    }

    #[test]
    fn raw_surrogates_are_replaced_one_by_one(code_points in code_points()) {
        let mut event = b"{\"Content\":\"".to_vec();
        let plain = |c: &u32| ![0x22, 0x5C].contains(c) && *c >= 0x20;
        let code_points: Vec<u32> =
            code_points.into_iter().map(|c| if plain(&c) { c } else { 0x61 }).collect();
        code_points.iter().for_each(|&c| wtf8(c, &mut event));
        event.extend(b"\"}");
        let expected: String =
            code_points.iter().map(|&c| char::from_u32(c).unwrap_or('\u{fffd}')).collect();
        let request = ReviewRequest::from_json(&event).unwrap();
        prop_assert_eq!(request.content, expected);
    }

    #[test]
    fn escaped_surrogates_are_paired_or_replaced(code_points in code_points()) {
        let mut units = Vec::new();
        for c in code_points {
            match char::from_u32(c) {
                Some(c) => units.extend(c.encode_utf16(&mut [0; 2]).iter().copied()),
                None => units.push(c as u16),
            }
        }
        let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let event = format!(r#"{{"Content":"{escaped}"}}"#);
        prop_assert_eq!(parse(&event).unwrap().content, String::from_utf16_lossy(&units));
    }

    /// Any content bytes: never more code points than bytes, and none grows out of a fault.
    #[test]
    fn faulty_bytes_never_lengthen_a_text(bytes in proptest::collection::vec(0x80u8.., 1..30)) {
        let event = [b"{\"Content\":\"", &bytes[..], b"\"}"].concat();
        let request = ReviewRequest::from_json(&event).unwrap();
        let lossy = String::from_utf8_lossy(&bytes);
        prop_assert!(request.content.chars().count() <= lossy.chars().count());
    }

    #[test]
    fn every_allowing_response_is_valid(content in "\\PC|.{1,40}|[\\x00-\\x1f가-힣😀]{1,9}", map in any_attributes()) {
        let attributes: Attributes<'_> =
            map.iter().map(|(k, v)| (Cow::Borrowed(&k[..]), Cow::Borrowed(&v[..]))).collect();
        prop_assert!(attributes_len(&attributes) >= strict::escaped_len(&map));
        let is_short = attributes_len(&attributes) <= MAX_ATTRIBUTES_BYTES;
        let response = ReviewResponse::allow(Cow::Borrowed(&content), attributes);
        let json = json_of(&response);
        let valid = strict::read(json.as_bytes(), &content, content.chars().count());
        let valid = valid.map_err(TestCaseError::fail)?;
        prop_assert!(valid.is_allowed);
        prop_assert_eq!(valid.content, content);
        prop_assert_eq!(valid.attributes, Some(map).filter(|map| is_short && !map.is_empty()));
    }

    #[test]
    fn every_denying_response_is_valid(content in ".{1,40}", reason in "\\PC{0,300}|[가-힣]{150,180}|.{0,9}") {
        let Ok(told) = Reason::new(&*reason) else {
            let limits = reason.trim().is_empty()
                || reason.contains(char::is_control)
                || reason.chars().count() > 164 / 2;
            prop_assert!(limits, "refused without need: {:?}", reason);
            return Ok(());
        };
        let response = ReviewResponse::deny(Cow::Borrowed(&content), told);
        let json = json_of(&response);
        let valid = strict::read(json.as_bytes(), &content, usize::MAX);
        let valid = valid.map_err(TestCaseError::fail)?;
        prop_assert!(!valid.is_allowed);
        prop_assert_eq!(valid.attributes.and_then(|mut map| map.remove("Reason")), Some(reason));
    }
}
