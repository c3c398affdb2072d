//! Which bytes a text holds: told in one pass, and enough for most finders to know that
//! there is nothing for them to find.

/// The bytes that finders ask about. A letter stands for both its cases, `0` for every digit.
const ASKED: [&[u8]; 4] = [
    b"0@adot.:([{<",
    // What marks begin with.
    b"\xCC\xCD\xD2\xD6\xD7\xD8\xD9\xDA\xDB\xDC\xDD\xDE\xDF\xE0\xE1\xE2\xE3\xEA\xEF\xF0",
    // What 점, 닷 and 点 begin with.
    b"\xE7\xEB\xEC",
    // What is left of 골뱅이 and 공일.
    b"\x85\x9D\xA8\xB1\xB3\xB4\xB5\xBC",
];

/// The bit of each byte that is asked about.
#[expect(clippy::indexing_slicing, reason = "a byte is less than 256; checked when compiled")]
const BITS: [u64; 256] = {
    let mut bits = [0; 256];
    let mut bit = 1;
    let mut row = 0;
    while row < ASKED.len() {
        let mut bytes = ASKED[row];
        while let [byte, rest @ ..] = bytes {
            bits[*byte as usize] = bit;
            bits[byte.to_ascii_uppercase() as usize] = bit;
            bit <<= 1;
            bytes = rest;
        }
        row += 1;
    }
    let mut digit = b'0';
    while digit <= b'9' {
        bits[digit as usize] = bits[b'0' as usize];
        digit += 1;
    }
    bits
};

/// A set of bytes, as far as anyone asks.
#[derive(Clone, Copy)]
pub(crate) struct ByteSet(u64);

impl ByteSet {
    /// The bytes of a text.
    pub(crate) fn of(text: &str) -> Self {
        let bit = |byte: u8| BITS.get(usize::from(byte)).copied().unwrap_or(0);
        Self(text.bytes().fold(0, |set, byte| set | bit(byte)))
    }

    /// These bytes, all of which must be known here: for constants.
    #[expect(clippy::indexing_slicing, reason = "a byte is less than 256; checked when compiled")]
    pub(crate) const fn these(mut bytes: &[u8]) -> Self {
        let mut set = 0;
        while let [byte, rest @ ..] = bytes {
            assert!(BITS[*byte as usize] != 0, "a byte that is not in ASKED");
            set |= BITS[*byte as usize];
            bytes = rest;
        }
        Self(set)
    }

    /// Is one of these among them?
    pub(crate) fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Are all of these?
    pub(crate) fn all(self, of: Self) -> bool {
        self.0 & of.0 == of.0
    }
}
