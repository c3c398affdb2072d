//! Reads an event that holds what is documented and nothing else: those members, each of
//! its type, no string with an escape. That is nearly every event, and takes two thirds of
//! the instructions of reading whatever may come.
//!
//! Whatever else comes (other members, null, another type, an escape, a fault) is none of
//! this file's: it says so, and the reader that knows all about it begins again. Tests
//! hold the two to the same requests.

use std::borrow::Cow;

use super::{Attributes, ReviewRequest, Sender};

/// The request, or none where the event holds something unusual.
pub(super) fn read(event: &[u8]) -> Option<ReviewRequest<'_>> {
    let mut cursor = Cursor { text: std::str::from_utf8(event).ok()?, at: 0 };
    let mut request = ReviewRequest::default();
    cursor.object(|cursor| {
        match cursor.name()? {
            b"Content" => request.content = Cow::Borrowed(cursor.string()?),
            b"MessageId" => request.message_id = Cow::Borrowed(cursor.string()?),
            b"RoomArn" => request.room_arn = Cow::Borrowed(cursor.string()?),
            b"Attributes" => request.attributes = cursor.attributes()?,
            b"Sender" => request.sender = cursor.sender()?,
            _ => return None,
        }
        Some(())
    })?;
    (cursor.next().is_none()).then_some(request)
}

/// The event's text, and how far it is read.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn sender(&mut self) -> Option<Sender<'a>> {
        let mut sender = Sender::default();
        self.object(|cursor| {
            match cursor.name()? {
                b"UserId" => sender.user_id = Cow::Borrowed(cursor.string()?),
                b"Ip" => sender.ip = Cow::Borrowed(cursor.string()?),
                b"Attributes" => sender.attributes = cursor.attributes()?,
                _ => return None,
            }
            Some(())
        })?;
        Some(sender)
    }

    fn attributes(&mut self) -> Option<Attributes<'a>> {
        let mut attributes = Attributes::new();
        self.object(|cursor| {
            let name = cursor.string()?;
            cursor.expect(b':')?;
            attributes.insert(Cow::Borrowed(name), Cow::Borrowed(cursor.string()?));
            Some(())
        })?;
        Some(attributes)
    }

    /// Reads an object: `member` reads each name with its value.
    fn object(&mut self, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.next() == Some(b'}') {
            self.at += 1;
            return Some(());
        }
        loop {
            member(self)?;
            match self.next()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    /// Reads a name and the colon after it. One with an escape is no name that we know.
    fn name(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let len = rest.iter().position(|&byte| byte == b'"')?;
        self.at += len + 1;
        self.expect(b':')?;
        rest.get(..len)
    }

    /// Reads a string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let from = self.at;
        let rest = self.text.as_bytes().get(from..)?;
        let len = plain_len(rest);
        if rest.get(len) != Some(&b'"') {
            return None;
        }
        self.at = from + len + 1;
        self.text.get(from..from + len)
    }

    /// Goes past white space and this byte.
    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    /// Goes past white space, to the byte that comes next.
    fn next(&mut self) -> Option<u8> {
        let mut next = self.text.as_bytes().get(self.at).copied();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = next {
            self.at += 1;
            next = self.text.as_bytes().get(self.at).copied();
        }
        next
    }
}

/// Bytes before the first that a JSON string does not hold as it is: a quote, a
/// backslash, a control character. Eight at a time.
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let (words, _) = bytes.as_chunks();
    let mut len = 0;
    for &word in words {
        let word = u64::from_le_bytes(word);
        // The high bit of each byte that is the one asked for. A borrow can set that of a
        // byte above, too; the lowest is always true.
        let is = |byte: u8| (word ^ (ONES * u64::from(byte))).wrapping_sub(ONES);
        let is_control = word.wrapping_sub(ONES * 0x20);
        let found = (is(b'"') | is(b'\\') | is_control) & !word & HIGH;
        if found != 0 {
            return len + found.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    let rest = bytes.get(len..).unwrap_or_default();
    len + rest.iter().take_while(|&&b| !matches!(b, b'"' | b'\\' | 0..0x20)).count()
}
