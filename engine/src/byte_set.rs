//! Which bytes a text holds: told in one pass, and enough for most finders to know that
//! there is nothing for them to find.

/// How often a text holds each byte.
pub(crate) struct ByteSet([u16; 256]);

impl ByteSet {
    pub(crate) fn of(text: &str) -> Self {
        let mut counts = [0; 256];
        for byte in text.bytes() {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count = u16::saturating_add(*count, 1);
            }
        }
        Self(counts)
    }

    /// How many of these there are.
    pub(crate) fn count(&self, bytes: &[u8]) -> usize {
        let count = |&byte| self.0.get(usize::from(byte)).copied().map_or(0, usize::from);
        bytes.iter().map(count).sum()
    }

    /// Is one of these among them?
    pub(crate) fn any(&self, bytes: &[u8]) -> bool {
        self.count(bytes) > 0
    }

    /// Are all of these?
    pub(crate) fn all(&self, bytes: &[u8]) -> bool {
        bytes.iter().all(|&byte| self.any(&[byte]))
    }

    /// Could this ASCII word be there, in whatever case?
    pub(crate) fn word(&self, word: &[u8]) -> bool {
        word.iter().all(|b| self.any(&[b.to_ascii_lowercase(), b.to_ascii_uppercase()]))
    }
}
