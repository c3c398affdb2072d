//! Hangul by Unicode's arithmetic: which letters a syllable, a conjoining jamo or a letter
//! that stands by itself is made of. Tense and double consonants are two basic ones.

pub(super) const NONE: u8 = 0xFF;
/// Index of ㅇ in the fourteen basic consonants ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ.
pub(super) const SILENT: u8 = 7;
/// Index of ㅇ in Unicode's order of initials.
pub(super) const SILENT_INITIAL: u8 = 11;

/// Unicode's 19 initials in the basic consonants.
pub(super) const INITIALS: &[(u8, u8)] = &[
    (0, NONE),
    (0, 0),
    (1, NONE),
    (2, NONE),
    (2, 2),
    (3, NONE),
    (4, NONE),
    (5, NONE),
    (5, 5),
    (6, NONE),
    (6, 6),
    (7, NONE),
    (8, NONE),
    (8, 8),
    (9, NONE),
    (10, NONE),
    (11, NONE),
    (12, NONE),
    (13, NONE),
];

/// Unicode's 27 finals, from index 1.
pub(super) const FINALS: &[(u8, u8)] = &[
    (NONE, NONE),
    (0, NONE),
    (0, 0),
    (0, 6),
    (1, NONE),
    (1, 8),
    (1, 13),
    (2, NONE),
    (3, NONE),
    (3, 0),
    (3, 4),
    (3, 5),
    (3, 6),
    (3, 11),
    (3, 12),
    (3, 13),
    (4, NONE),
    (5, NONE),
    (5, 6),
    (6, NONE),
    (6, 6),
    (7, NONE),
    (8, NONE),
    (9, NONE),
    (10, NONE),
    (11, NONE),
    (12, NONE),
    (13, NONE),
];

/// The 30 consonants of the compatibility jamo block, U+3131 to U+314E.
pub(super) const LETTERS: &[(u8, u8)] = &[
    (0, NONE),
    (0, 0),
    (0, 6),
    (1, NONE),
    (1, 8),
    (1, 13),
    (2, NONE),
    (2, 2),
    (3, NONE),
    (3, 0),
    (3, 4),
    (3, 5),
    (3, 6),
    (3, 11),
    (3, 12),
    (3, 13),
    (4, NONE),
    (5, NONE),
    (5, 5),
    (5, 6),
    (6, NONE),
    (6, 6),
    (7, NONE),
    (8, NONE),
    (8, 8),
    (9, NONE),
    (10, NONE),
    (11, NONE),
    (12, NONE),
    (13, NONE),
];

/// A Hangul character by Unicode's indices.
pub(super) enum Hangul {
    Syllable {
        initial: u8,
        vowel: u8,
        /// 0: none.
        last: u8,
    },
    Initial(u8),
    Vowel(u8),
    Final(u8),
    /// A consonant that stands by itself: index in [`LETTERS`].
    Letter(u8),
    /// Letters that modern Korean does not use.
    Old,
}

pub(super) fn hangul(c: char) -> Hangul {
    let code = u32::from(c);
    match code {
        0xAC00..=0xD7A3 => {
            let index = code - 0xAC00;
            Hangul::Syllable {
                initial: (index / (21 * 28)) as u8,
                vowel: (index / 28 % 21) as u8,
                last: (index % 28) as u8,
            }
        }
        0x1100..=0x1112 => Hangul::Initial((code - 0x1100) as u8),
        0x1161..=0x1175 => Hangul::Vowel((code - 0x1161) as u8),
        0x11A8..=0x11C2 => Hangul::Final((code - 0x11A8 + 1) as u8),
        0x3131..=0x314E => Hangul::Letter((code - 0x3131) as u8),
        0x314F..=0x3163 => Hangul::Vowel((code - 0x314F) as u8),
        // The half-width block leaves holes where the vowels are.
        0xFFA1..=0xFFBE => Hangul::Letter((code - 0xFFA1) as u8),
        0xFFC2..=0xFFC7 => Hangul::Vowel((code - 0xFFC2) as u8),
        0xFFCA..=0xFFCF => Hangul::Vowel((code - 0xFFCA + 6) as u8),
        0xFFD2..=0xFFD7 => Hangul::Vowel((code - 0xFFD2 + 12) as u8),
        0xFFDA..=0xFFDC => Hangul::Vowel((code - 0xFFDA + 18) as u8),
        _ => Hangul::Old,
    }
}

pub(super) fn is_hangul(c: char) -> bool {
    is_syllable(c) || matches!(c, '\u{3131}'..='\u{3163}')
}

pub(super) fn is_syllable(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}')
}

pub(super) fn is_conjoining(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}')
}

/// ㅋ ㅎ ㅜ ㅠ ㅡ: written alone they laugh or cry.
pub(super) fn is_laughter(c: char) -> bool {
    matches!(
        c,
        'ㅋ' | 'ㅎ'
            | 'ㅜ'
            | 'ㅠ'
            | 'ㅡ'
            | '\u{FFBB}'
            | '\u{FFBE}'
            | '\u{FFD3}'
            | '\u{FFD7}'
            | '\u{FFDA}'
    )
}
