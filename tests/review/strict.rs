//! What IVS Chat accepts as the response of a message review handler, read as strictly
//! as the documentation can be read. Knows nothing of how responses are written.
//!
//! Source: Amazon IVS Chat User Guide, "Message Review Handler".

use std::collections::BTreeMap;

use serde_json::Value;

/// A response that every reading of the documentation accepts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Valid {
    pub(crate) is_allowed: bool,
    pub(crate) content: String,
    /// None: null.
    pub(crate) attributes: Option<BTreeMap<String, String>>,
}

/// Reads the response to a message with the content `original`, of which at most
/// `max_content` code points may be delivered.
pub(crate) fn read(json: &[u8], original: &str, max_content: usize) -> Result<Valid, String> {
    let text = std::str::from_utf8(json).map_err(|e| e.to_string())?;
    let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let Value::Object(members) = &value else { return Err("no object".to_owned()) };
    if members.len() != 3 {
        return Err(format!("{} members", members.len()));
    }
    let is_allowed = match members.get("ReviewResult").and_then(Value::as_str) {
        Some("ALLOW") => true,
        Some("DENY") => false,
        other => return Err(format!("ReviewResult is {other:?}")),
    };
    let content = match members.get("Content") {
        Some(Value::String(content)) => content.clone(),
        other => return Err(format!("Content is {other:?}")),
    };
    let attributes = match members.get("Attributes") {
        Some(Value::Null) => None,
        Some(Value::Object(map)) => {
            let text = |(key, value): (&String, &Value)| {
                let value = value.as_str().ok_or(format!("Attributes.{key} is no string"))?;
                Ok((key.clone(), value.to_owned()))
            };
            Some(map.iter().map(text).collect::<Result<BTreeMap<_, _>, String>>()?)
        }
        other => return Err(format!("Attributes is {other:?}")),
    };
    // A member that stands twice, or a blank between two, is lost in reading.
    let quoted = |text: &str| Value::from(text).to_string();
    let attributes_json = attributes.as_ref().map_or("null".to_owned(), compact);
    let again = format!(
        r#"{{"ReviewResult":"{}","Content":{},"Attributes":{attributes_json}}}"#,
        if is_allowed { "ALLOW" } else { "DENY" },
        quoted(&content)
    );
    if again != text {
        return Err(format!("not compact, or a member twice: {text}"));
    }
    let code_points = content.chars().count();
    if code_points == 0 || code_points > max_content {
        return Err(format!("Content has {code_points} code points of {max_content}"));
    }
    if let Some(attributes) = &attributes {
        if attributes.is_empty() {
            return Err("what an empty map does is not documented".to_owned());
        }
        let bytes = escaped_len(attributes);
        if bytes > 1000 {
            return Err(format!("Attributes take {bytes} bytes"));
        }
    }
    if !is_allowed {
        if content != original {
            return Err("a denial with another content".to_owned());
        }
        let reason = match attributes.as_ref().map(|map| map.iter().collect::<Vec<_>>()).as_deref()
        {
            Some([(key, reason)]) if *key == "Reason" => (*reason).clone(),
            other => return Err(format!("a denial with the attributes {other:?}")),
        };
        if reason.trim().is_empty()
            || reason.chars().count() > 256
            || reason.contains(char::is_control)
        {
            return Err(format!("the reason {reason:?}"));
        }
    }
    Ok(Valid { is_allowed, content, attributes })
}

/// A map as compact JSON.
fn compact(map: &BTreeMap<String, String>) -> String {
    let members: Vec<String> = map
        .iter()
        .map(|(key, value)| {
            format!("{}:{}", Value::from(key.as_str()), Value::from(value.as_str()))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Bytes of a map as compact JSON with every character over ASCII as `\uXXXX`.
pub(crate) fn escaped_len(map: &BTreeMap<String, String>) -> usize {
    compact(map).chars().map(|c| if c.is_ascii() { 1 } else { 6 * c.len_utf16() }).sum()
}
