//! CBOR as Smithy's `rpc-v2-cbor` uses it: maps with text keys, lists, text, numbers,
//! booleans, null, and times as tag 1. Not here: byte strings (CloudWatch has none).
//!
//! Source: RFC 8949; Smithy, "Smithy RPC v2 CBOR protocol".

use serde_json::{Map, Number, Value};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 32;

/// Writes a value; members that `is_time` names hold seconds since 1970 and get tag 1.
pub(crate) fn write(value: &Value, is_time: fn(&str) -> bool) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(value, false, is_time, &mut out);
    out
}

fn write_value(value: &Value, time: bool, is_time: fn(&str) -> bool, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => {
            if time {
                write_head(6, 1, out);
            }
            write_number(number, out);
        }
        Value::String(text) => write_text(text, out),
        Value::Array(entries) => {
            write_head(4, length(entries.len()), out);
            entries.iter().for_each(|entry| write_value(entry, time, is_time, out));
        }
        Value::Object(members) => {
            write_head(5, length(members.len()), out);
            for (name, value) in members {
                write_text(name, out);
                write_value(value, is_time(name), is_time, out);
            }
        }
    }
}

/// A whole number as one; any other in full width, which every reader takes.
fn write_number(number: &Number, out: &mut Vec<u8>) {
    if let Some(number) = number.as_u64() {
        write_head(0, number, out);
    } else if let Some(number) = number.as_i64() {
        // -1 - n, whose bits are those of n inverted.
        write_head(1, (!number).unsigned_abs(), out);
    } else {
        out.push(0xfb);
        out.extend(number.as_f64().unwrap_or_default().to_be_bytes());
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_head(3, length(text.len()), out);
    out.extend(text.as_bytes());
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn write_head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let [.., b4, b5, b6, b7] = argument.to_be_bytes();
    let major = major << 5;
    match argument {
        0..24 => out.push(major | b7),
        24..0x100 => out.extend([major | 24, b7]),
        0x100..0x1_0000 => out.extend([major | 25, b6, b7]),
        0x1_0000..0x1_0000_0000 => out.extend([major | 26, b4, b5, b6, b7]),
        _ => {
            out.push(major | 27);
            out.extend(argument.to_be_bytes());
        }
    }
}

/// Reads one value; None if it is none, or more follows. Tags are dropped.
pub(crate) fn read(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// The argument of a head.
enum Argument {
    Is(u64),
    /// The end comes with a mark of its own.
    Indefinite,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn uint(&mut self, length: usize) -> Option<u64> {
        Some(self.take(length)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Is this the mark that ends what is of indefinite length? Takes it, if so.
    fn at_break(&mut self) -> bool {
        let found = self.rest.first() == Some(&0xff);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let [first] = self.take(1)? else { return None };
        let (major, low) = (first >> 5, first & 0x1f);
        if major == 7 {
            return self.simple(low);
        }
        let argument = match low {
            0..24 => Argument::Is(low.into()),
            24..28 => Argument::Is(self.uint(1 << (low - 24))?),
            31 => Argument::Indefinite,
            _ => return None,
        };
        match (major, argument) {
            (0, Argument::Is(number)) => Some(number.into()),
            (1, Argument::Is(number)) => Some((!i64::try_from(number).ok()?).into()),
            (3, argument) => self.text(&argument).map(Value::String),
            (4, argument) => {
                let mut entries = Vec::new();
                while self.goes_on(&argument, entries.len()) {
                    entries.push(self.value(depth + 1)?);
                }
                Some(Value::Array(entries))
            }
            (5, argument) => {
                let mut members = Map::new();
                let mut read = 0;
                while self.goes_on(&argument, read) {
                    let Value::String(name) = self.value(depth + 1)? else { return None };
                    members.insert(name, self.value(depth + 1)?);
                    read += 1;
                }
                Some(Value::Object(members))
            }
            (6, Argument::Is(_)) => self.value(depth + 1),
            _ => None,
        }
    }

    fn goes_on(&mut self, argument: &Argument, read: usize) -> bool {
        match argument {
            Argument::Is(count) => length(read) < *count,
            Argument::Indefinite => !self.at_break(),
        }
    }

    fn text(&mut self, argument: &Argument) -> Option<String> {
        match argument {
            Argument::Is(length) => {
                let bytes = self.take(usize::try_from(*length).ok()?)?;
                String::from_utf8(bytes.to_vec()).ok()
            }
            Argument::Indefinite => {
                let mut text = String::new();
                while !self.at_break() {
                    let Value::String(part) = self.value(MAX_DEPTH)? else { return None };
                    text.push_str(&part);
                }
                Some(text)
            }
        }
    }

    fn simple(&mut self, low: u8) -> Option<Value> {
        match low {
            20 => Some(Value::Bool(false)),
            21 => Some(Value::Bool(true)),
            22 | 23 => Some(Value::Null),
            25 => u16::try_from(self.uint(2)?).ok().map(half).map(Value::from),
            26 => {
                let bits = u32::try_from(self.uint(4)?).ok()?;
                Some(f64::from(f32::from_bits(bits)).into())
            }
            27 => Some(f64::from_bits(self.uint(8)?).into()),
            _ => None,
        }
    }
}

/// A number of half precision.
fn half(bits: u16) -> f64 {
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    let size = match exponent {
        0 => fraction * (-14_f64).exp2(),
        31 => f64::NAN,
        _ => (1.0 + fraction) * f64::from(exponent - 15).exp2(),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// From RFC 8949, appendix A.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        for (hex, expected) in [
            ("1903e8", json!(1000)),
            ("1bffffffffffffffff", json!(u64::MAX)),
            ("3903e7", json!(-1000)),
            ("f93c00", json!(1.0)),
            ("f90001", json!(5.960_464_477_539_063e-8)),
            ("f9c400", json!(-4.0)),
            ("fa47c35000", json!(100_000.0)),
            ("fb3ff199999999999a", json!(1.1)),
            ("c11a514b67b0", json!(1_363_896_240)),
            ("c1fb41d452d9ec200000", json!(1_363_896_240.5)),
            ("62c3bc", json!("ü")),
            ("7f657374726561646d696e67ff", json!("streaming")),
            ("9f018202039f0405ffff", json!([1, [2, 3], [4, 5]])),
            ("bf61610161629f0203ffff", json!({"a": 1, "b": [2, 3]})),
            ("a26161016162820203", json!({"a": 1, "b": [2, 3]})),
            ("f5", json!(true)),
            ("f7", json!(null)),
        ] {
            let digits: Vec<char> = hex.chars().collect();
            let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
            let bytes: Vec<u8> = digits.chunks(2).map(|pair| byte(pair).unwrap()).collect();
            assert_eq!(read(&bytes), Some(expected), "{hex}");
            for cut in 0..bytes.len() {
                assert_eq!(read(&bytes[..cut]), None, "{hex} cut at {cut}");
            }
        }
        assert_eq!(read(&[0x81; 1000]), None, "too deep");
        assert_eq!(read(&[1, 1]), None, "more follows");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let value = json!({
            "List": [0, 23, 24, 255, 256, 65535, 65536, 1_u64 << 40, -1, -24, -25, -70000],
            "Text": "x".repeat(300),
            "Floats": [0.5, -1e300],
            "Timestamps": [1.5, 2],
            "More": {"Timestamp": 3, "Null": null, "True": true},
        });
        let bytes = write(&value, |name| name.starts_with("Timestamp"));
        assert_eq!(read(&bytes), Some(value));
        assert_eq!(
            write(&json!({"T": 1.5, "N": 1.5}), |name| name == "T")[..6],
            *b"\xa2aN\xfb\x3f\xf8"
        );
        assert_eq!(write(&json!({"T": 1}), |name| name == "T"), b"\xa1aT\xc1\x01");
    }
}
