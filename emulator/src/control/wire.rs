//! What goes in and out, whatever the service: a call that was read, a reply, a refusal,
//! and the two plain protocols. (CloudWatch's, which are three, stand in `cloudwatch`.)
//!
//! Sources: Smithy's `restJson1` and `awsQuery` protocols; the error shapes of botocore's
//! service models.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::control::caller::Caller;

/// A request whose caller is known.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) method: Method,
    /// The segments of the path, decoded one by one: an ARN in one holds slashes.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn new(
        caller: Caller,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let query = pairs(uri.query().unwrap_or_default());
        Self { caller, method, path: path(uri), query, headers, body }
    }

    /// The path's segments, to be matched.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).filter(|segment| !segment.is_empty()).collect()
    }

    /// The first value of a parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The segments of a path, decoded one by one.
pub(crate) fn path(uri: &Uri) -> Vec<String> {
    uri.path().split('/').skip(1).map(|segment| decoded(segment, false)).collect()
}

/// `a=1&b=2`, decoded.
pub(crate) fn pairs(form: &str) -> Vec<(String, String)> {
    form.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name, true), decoded(value, true)))
        .collect()
}

/// Percent-decoded; a plus is a space in forms alone. What is no escape stays as it is.
fn decoded(text: &str, form: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, tail @ ..]) => {
                let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
                if let (Some(high), Some(low)) = (digit(high), digit(low)) {
                    bytes.push(high << 4 | low);
                    rest = tail;
                } else {
                    bytes.push(byte);
                }
            }
            (b'+', _) if form => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A good answer: what each protocol then writes in its own way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// None: an empty body.
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None }
    }
}

/// An error as the service names it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The members of its shape besides the message.
    pub(crate) members: Map<String, Value>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), members: Map::new() }
    }

    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// Whose fault: the word of the query protocol.
    pub(crate) fn side(&self) -> &'static str {
        if self.status < 500 { "Sender" } else { "Receiver" }
    }
}

/// What comes of a call.
pub(crate) type Answer = Result<Reply, Refusal>;

/// A response with a body of this type; without a body, without a type.
pub(crate) fn response(status: u16, content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    if !content_type.is_empty() {
        let value = HeaderValue::from_static(content_type);
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

/// REST-JSON. `message` is the member that holds the message of an error.
pub(crate) fn rest_json(answer: Answer, message: &str) -> Response {
    match answer {
        Ok(Reply { status, body: Some(body) }) => {
            response(status, "application/json", body.to_string().into_bytes())
        }
        Ok(Reply { status, body: None }) => response(status, "", Vec::new()),
        Err(refusal) => {
            let mut body = refusal.members;
            body.insert(message.to_owned(), refusal.message.into());
            let body = Value::Object(body).to_string().into_bytes();
            let mut response = response(refusal.status, "application/json", body);
            if let Ok(code) = HeaderValue::from_str(&refusal.code) {
                response.headers_mut().insert("x-amzn-errortype", code);
            }
            response
        }
    }
}

/// The query protocol's XML.
pub(crate) fn query_xml(
    answer: Answer,
    operation: &str,
    namespace: &str,
    request_id: &str,
) -> Response {
    let mut xml = String::new();
    let status = match answer {
        Ok(reply) => {
            xml.push_str(&format!(
                "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>"
            ));
            write_xml(&reply.body.unwrap_or_default(), &mut xml);
            xml.push_str(&format!(
                "</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId>\
                 </ResponseMetadata></{operation}Response>"
            ));
            reply.status
        }
        Err(refusal) => {
            let (side, code) = (refusal.side(), escaped(&refusal.code));
            let message = escaped(&refusal.message);
            xml.push_str(&format!(
                "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{side}</Type>\
                 <Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>{request_id}</RequestId></ErrorResponse>"
            ));
            refusal.status
        }
    };
    response(status, "text/xml", xml.into_bytes())
}

/// Members as elements, the entries of a list as `member`.
fn write_xml(value: &Value, xml: &mut String) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                xml.push_str(&format!("<{name}>"));
                write_xml(value, xml);
                xml.push_str(&format!("</{name}>"));
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                xml.push_str("<member>");
                write_xml(entry, xml);
                xml.push_str("</member>");
            }
        }
        Value::String(text) => xml.push_str(&escaped(text)),
        Value::Null => {}
        other => xml.push_str(&other.to_string()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_what_is_none_is_kept() {
        for (text, form, expected) in [
            ("arn%3Aaws%3Aivschat%2fx", false, "arn:aws:ivschat/x"),
            ("a+b%20c", false, "a+b c"),
            ("a+b%20c", true, "a b c"),
            ("50%", false, "50%"),
            ("%zz%4", false, "%zz%4"),
            ("%EC%9D%8C", false, "음"),
        ] {
            assert_eq!(decoded(text, form), expected, "{text}");
        }
        assert_eq!(
            pairs("tagKeys=a&tagKeys=b%26c&d"),
            [("tagKeys", "a"), ("tagKeys", "b&c"), ("d", "")]
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn xml_is_nested_and_escaped() {
        let mut xml = String::new();
        write_xml(&serde_json::json!({"L": [{"N": "a<b&c"}, {"N": 1.5}], "None": null}), &mut xml);
        assert_eq!(xml, "<L><member><N>a&lt;b&amp;c</N></member><member><N>1.5</N></member></L>");
    }
}
