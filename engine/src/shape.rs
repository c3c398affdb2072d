//! The shape of a message: shouting, floods of one character, of symbols, of
//! combining marks, of mentions, and sheer length; and the two rewrites that
//! mend shouting and repeats.
//!
//! Nothing here knows a word or a policy: the limits come in, what is over them
//! goes out. Every function is one pass over the text, whatever the text holds.

use std::ops::Range;

use crate::byte_set::ByteSet;
use crate::settings::Shape;

/// How many cased letters a message needs before its share of capitals says
/// anything: "OK" and "GG WP" are not shouting.
const CAPITALS_FROM: usize = 8;

/// How many visible characters a message needs before its share of symbols says
/// anything: ":-)" is not a flood.
const SYMBOLS_FROM: usize = 8;

/// Which limit a message is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Too many capitals; the span is the whole text.
    Capitals,
    /// One character too often in a row; the span is the run.
    Repeats,
    /// Too many symbols; the span is the whole text.
    Symbols,
    /// Too many marks on one character; the span is the marks.
    Combining,
    /// Too many code points; the span is the whole text.
    Length,
    /// A mention beyond the limit; the span is that mention, from its `@` on.
    Mentions,
}

impl Over {
    /// What it is, for a person.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Capitals => "too many capitals",
            Self::Repeats => "one character too often in a row",
            Self::Symbols => "too many symbols",
            Self::Combining => "too many combining marks",
            Self::Length => "a message that is too long",
            Self::Mentions => "too many mentions",
        }
    }
}

/// Reports every limit that the text is over, limit by limit.
pub(crate) fn over(
    text: &str,
    bytes: ByteSet,
    limits: &Shape,
    found: &mut impl FnMut(Range<usize>, Over),
) {
    const SIGNS: ByteSet = ByteSet::these(b"@\xEF");
    if let Some(percent) = limits.capitals_percent
        && too_many_capitals(text, percent)
    {
        found(0..text.len(), Over::Capitals);
    }
    if let Some(limit) = limits.repeats {
        repeats(text, usize::from(limit), &mut |run| found(run, Over::Repeats));
    }
    if let Some(percent) = limits.symbols_percent
        && too_many_symbols(text, percent)
    {
        found(0..text.len(), Over::Symbols);
    }
    if let Some(limit) = limits.combining.map(usize::from)
        && may_hold_marks(text, bytes, limit)
    {
        combining(text, limit, &mut |run| found(run, Over::Combining));
    }
    if limits.length.is_some_and(|limit| text.chars().count() > usize::from(limit)) {
        found(0..text.len(), Over::Length);
    }
    if let Some(limit) = limits.mentions.filter(|_| bytes.any(SIGNS)) {
        mentions(text, usize::from(limit), &mut |mention| found(mention, Over::Mentions));
    }
}

/// Could a text, which holds these bytes, hold more marks than the limit?
fn may_hold_marks(text: &str, bytes: ByteSet, limit: usize) -> bool {
    // What marks begin with.
    const MARKS: ByteSet = ByteSet::these(
        b"\xCC\xCD\xD2\xD6\xD7\xD8\xD9\xDA\xDB\xDC\xDD\xDE\xDF\xE0\xE1\xE2\xE3\xEA\xEF\xF0",
    );
    let begins_mark = |byte: &u8| matches!(byte, 0xCC..=0xE3 | 0xEA | 0xEF | 0xF0);
    bytes.any(MARKS) && text.bytes().filter(begins_mark).count() > limit
}

fn too_many_capitals(text: &str, percent: u8) -> bool {
    let mut cased = 0;
    let mut capitals = 0;
    for c in text.chars().filter(|&c| !is_hangul(c)) {
        let capital = c.is_uppercase();
        capitals += usize::from(capital);
        cased += usize::from(capital || c.is_lowercase());
    }
    cased >= CAPITALS_FROM && capitals * 100 > cased * usize::from(percent)
}

fn too_many_symbols(text: &str, percent: u8) -> bool {
    let mut visible = 0;
    let mut symbols = 0;
    for c in text.chars() {
        if is_hangul(c) || c.is_alphanumeric() {
            visible += 1;
        } else if !c.is_whitespace() && !c.is_control() && !joins(c) {
            visible += 1;
            symbols += usize::from(!is_mark(c));
        }
    }
    visible >= SYMBOLS_FROM && symbols * 100 > visible * usize::from(percent)
}

fn repeats(text: &str, limit: usize, found: &mut impl FnMut(Range<usize>)) {
    let mut start = 0;
    let mut length = 0_usize;
    let mut of = None;
    for (at, c) in text.char_indices() {
        let same = lower(c);
        if of == Some(same) {
            length += 1;
        } else if !joins(c) && !is_mark(c) {
            // A selector or a mark after each heart in a row leaves it a row of hearts.
            if length > limit {
                found(start..at);
            }
            start = at;
            // A digit never makes a run: 1000000 is a number.
            of = (!c.is_numeric()).then_some(same);
            length = usize::from(of.is_some());
        }
    }
    if length > limit {
        found(start..text.len());
    }
}

fn combining(text: &str, limit: usize, found: &mut impl FnMut(Range<usize>)) {
    let mut start = 0;
    let mut length = 0;
    for (at, c) in text.char_indices() {
        if is_mark(c) {
            length += 1;
        } else if !joins(c) {
            if length > limit {
                found(start..at);
            }
            start = at + c.len_utf8();
            length = 0;
        }
    }
    if length > limit {
        found(start..text.len());
    }
}

fn mentions(text: &str, limit: usize, found: &mut impl FnMut(Range<usize>)) {
    let mut count = 0;
    let mut rest = text;
    let mut before = None;
    while let Some((ahead, after)) = rest.split_once(['@', '＠']) {
        before = ahead.chars().next_back().or(before);
        let name = after.find(|c| !in_name(c)).unwrap_or(after.len());
        // After a letter it stands in an address.
        if name > 0 && !before.is_some_and(char::is_alphanumeric) {
            count += 1;
            if count > limit {
                let end = text.len() - after.len() + name;
                let sign = text.len() - rest.len() + ahead.len();
                found(sign..end);
            }
        }
        before = Some('@');
        rest = after;
    }
}

/// What a mention's name is made of.
fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_mark(c)
}

/// The text in lower case, and never more code points than it had: a letter
/// whose lower case is two code points (`İ`) stays as it is.
pub(crate) fn lowercase(text: &str) -> String {
    text.chars().map(lower).collect()
}

/// The text with every run of one character, case aside, cut to its first
/// `run` (at least 1). Digits are left alone. A character is what a reader
/// sees: an emoji with its selectors, its skin tone and all that is joined to
/// it is kept or dropped whole, and so is a letter with its marks.
pub(crate) fn collapse(text: &str, run: u8) -> String {
    let run = usize::from(run.max(1));
    let mut kept = String::with_capacity(text.len());
    let mut last = "";
    let mut length = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (cluster, after) = rest.split_at_checked(cluster_length(rest)).unwrap_or((rest, ""));
        let same = !first.is_numeric() && cluster.chars().map(lower).eq(last.chars().map(lower));
        length = if same { length + 1 } else { 1 };
        if length <= run {
            kept.push_str(cluster);
        }
        last = cluster;
        rest = after;
    }
    kept
}

/// How many bytes of the text a reader sees as its first character. Less than
/// Unicode's grapheme clusters, and enough not to break an emoji or a letter.
fn cluster_length(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let Some((_, first)) = chars.next() else { return 0 };
    if is_regional(first) {
        // A flag is two of them.
        let _second = chars.next_if(|&(_, c)| is_regional(c));
    }
    let mut joined = false;
    while let Some(&(at, c)) = chars.peek() {
        let extends = joined || joins(c) || is_mark(c) || is_modifier(c);
        if !extends {
            return at;
        }
        // The joiner takes what follows with it, unless that is a space.
        joined = c == '\u{200D}';
        if joined {
            let _joiner = chars.next();
            match chars.peek() {
                Some(&(_, c)) if !c.is_whitespace() => {}
                Some(&(at, _)) => return at,
                None => return text.len(),
            }
            joined = true;
            continue;
        }
        let _extender = chars.next();
    }
    text.len()
}

/// One letter in lower case, itself where that would be more than one.
fn lower(c: char) -> char {
    if c.is_ascii() || is_hangul(c) {
        return c.to_ascii_lowercase();
    }
    let mut letters = c.to_lowercase();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => c,
    }
}

/// Joiners and selectors: characters that only say how their neighbours look.
fn joins(c: char) -> bool {
    !c.is_ascii()
        && !is_hangul(c)
        && matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{00AD}' | '\u{E0020}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Hangul syllables and the jamo of chats: letters without case, known without a table.
fn is_hangul(c: char) -> bool {
    matches!(c, '가'..='힣' | 'ㄱ'..='ㅣ')
}

/// The five skin tones.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// The letters that flags are made of.
fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Whether the character is a non-spacing or enclosing mark (Unicode's Mn and
/// Me), variation selectors aside.
pub(crate) fn is_mark(c: char) -> bool {
    // Most of what is written: Latin, Hangul, kana and Han, emoji.
    if matches!(c, '\0'..='\u{2FF}' | '\u{309B}'..='\u{A66E}' | '가'..='힣' | '\u{1F000}'..) {
        return false;
    }
    let after = MARKS.partition_point(|&(start, _)| start <= c);
    after.checked_sub(1).and_then(|at| MARKS.get(at)).is_some_and(|&(_, end)| c <= end)
}

/// Non-spacing and enclosing marks (general category Mn, Me), first and last of
/// each range; ranges may run over unassigned code points. Unicode 14.0.0.
#[rustfmt::skip]
const MARKS: &[(char, char)] = &[
    ('\u{300}', '\u{36F}'), ('\u{483}', '\u{489}'), ('\u{591}', '\u{5BD}'), ('\u{5BF}', '\u{5BF}'),
    ('\u{5C1}', '\u{5C2}'), ('\u{5C4}', '\u{5C5}'), ('\u{5C7}', '\u{5C7}'), ('\u{610}', '\u{61A}'),
    ('\u{64B}', '\u{65F}'), ('\u{670}', '\u{670}'), ('\u{6D6}', '\u{6DC}'), ('\u{6DF}', '\u{6E4}'),
    ('\u{6E7}', '\u{6E8}'), ('\u{6EA}', '\u{6ED}'), ('\u{711}', '\u{711}'), ('\u{730}', '\u{74A}'),
    ('\u{7A6}', '\u{7B0}'), ('\u{7EB}', '\u{7F3}'), ('\u{7FD}', '\u{7FD}'), ('\u{816}', '\u{819}'),
    ('\u{81B}', '\u{823}'), ('\u{825}', '\u{827}'), ('\u{829}', '\u{82D}'), ('\u{859}', '\u{85B}'),
    ('\u{898}', '\u{89F}'), ('\u{8CA}', '\u{8E1}'), ('\u{8E3}', '\u{902}'), ('\u{93A}', '\u{93A}'),
    ('\u{93C}', '\u{93C}'), ('\u{941}', '\u{948}'), ('\u{94D}', '\u{94D}'), ('\u{951}', '\u{957}'),
    ('\u{962}', '\u{963}'), ('\u{981}', '\u{981}'), ('\u{9BC}', '\u{9BC}'), ('\u{9C1}', '\u{9C4}'),
    ('\u{9CD}', '\u{9CD}'), ('\u{9E2}', '\u{9E3}'), ('\u{9FE}', '\u{A02}'), ('\u{A3C}', '\u{A3C}'),
    ('\u{A41}', '\u{A51}'), ('\u{A70}', '\u{A71}'), ('\u{A75}', '\u{A75}'), ('\u{A81}', '\u{A82}'),
    ('\u{ABC}', '\u{ABC}'), ('\u{AC1}', '\u{AC8}'), ('\u{ACD}', '\u{ACD}'), ('\u{AE2}', '\u{AE3}'),
    ('\u{AFA}', '\u{B01}'), ('\u{B3C}', '\u{B3C}'), ('\u{B3F}', '\u{B3F}'), ('\u{B41}', '\u{B44}'),
    ('\u{B4D}', '\u{B56}'), ('\u{B62}', '\u{B63}'), ('\u{B82}', '\u{B82}'), ('\u{BC0}', '\u{BC0}'),
    ('\u{BCD}', '\u{BCD}'), ('\u{C00}', '\u{C00}'), ('\u{C04}', '\u{C04}'), ('\u{C3C}', '\u{C3C}'),
    ('\u{C3E}', '\u{C40}'), ('\u{C46}', '\u{C56}'), ('\u{C62}', '\u{C63}'), ('\u{C81}', '\u{C81}'),
    ('\u{CBC}', '\u{CBC}'), ('\u{CBF}', '\u{CBF}'), ('\u{CC6}', '\u{CC6}'), ('\u{CCC}', '\u{CCD}'),
    ('\u{CE2}', '\u{CE3}'), ('\u{D00}', '\u{D01}'), ('\u{D3B}', '\u{D3C}'), ('\u{D41}', '\u{D44}'),
    ('\u{D4D}', '\u{D4D}'), ('\u{D62}', '\u{D63}'), ('\u{D81}', '\u{D81}'), ('\u{DCA}', '\u{DCA}'),
    ('\u{DD2}', '\u{DD6}'), ('\u{E31}', '\u{E31}'), ('\u{E34}', '\u{E3A}'), ('\u{E47}', '\u{E4E}'),
    ('\u{EB1}', '\u{EB1}'), ('\u{EB4}', '\u{EBC}'), ('\u{EC8}', '\u{ECD}'), ('\u{F18}', '\u{F19}'),
    ('\u{F35}', '\u{F35}'), ('\u{F37}', '\u{F37}'), ('\u{F39}', '\u{F39}'), ('\u{F71}', '\u{F7E}'),
    ('\u{F80}', '\u{F84}'), ('\u{F86}', '\u{F87}'), ('\u{F8D}', '\u{FBC}'), ('\u{FC6}', '\u{FC6}'),
    ('\u{102D}', '\u{1030}'), ('\u{1032}', '\u{1037}'), ('\u{1039}', '\u{103A}'),
    ('\u{103D}', '\u{103E}'), ('\u{1058}', '\u{1059}'), ('\u{105E}', '\u{1060}'),
    ('\u{1071}', '\u{1074}'), ('\u{1082}', '\u{1082}'), ('\u{1085}', '\u{1086}'),
    ('\u{108D}', '\u{108D}'), ('\u{109D}', '\u{109D}'), ('\u{135D}', '\u{135F}'),
    ('\u{1712}', '\u{1714}'), ('\u{1732}', '\u{1733}'), ('\u{1752}', '\u{1753}'),
    ('\u{1772}', '\u{1773}'), ('\u{17B4}', '\u{17B5}'), ('\u{17B7}', '\u{17BD}'),
    ('\u{17C6}', '\u{17C6}'), ('\u{17C9}', '\u{17D3}'), ('\u{17DD}', '\u{17DD}'),
    ('\u{180B}', '\u{180D}'), ('\u{180F}', '\u{180F}'), ('\u{1885}', '\u{1886}'),
    ('\u{18A9}', '\u{18A9}'), ('\u{1920}', '\u{1922}'), ('\u{1927}', '\u{1928}'),
    ('\u{1932}', '\u{1932}'), ('\u{1939}', '\u{193B}'), ('\u{1A17}', '\u{1A18}'),
    ('\u{1A1B}', '\u{1A1B}'), ('\u{1A56}', '\u{1A56}'), ('\u{1A58}', '\u{1A60}'),
    ('\u{1A62}', '\u{1A62}'), ('\u{1A65}', '\u{1A6C}'), ('\u{1A73}', '\u{1A7F}'),
    ('\u{1AB0}', '\u{1B03}'), ('\u{1B34}', '\u{1B34}'), ('\u{1B36}', '\u{1B3A}'),
    ('\u{1B3C}', '\u{1B3C}'), ('\u{1B42}', '\u{1B42}'), ('\u{1B6B}', '\u{1B73}'),
    ('\u{1B80}', '\u{1B81}'), ('\u{1BA2}', '\u{1BA5}'), ('\u{1BA8}', '\u{1BA9}'),
    ('\u{1BAB}', '\u{1BAD}'), ('\u{1BE6}', '\u{1BE6}'), ('\u{1BE8}', '\u{1BE9}'),
    ('\u{1BED}', '\u{1BED}'), ('\u{1BEF}', '\u{1BF1}'), ('\u{1C2C}', '\u{1C33}'),
    ('\u{1C36}', '\u{1C37}'), ('\u{1CD0}', '\u{1CD2}'), ('\u{1CD4}', '\u{1CE0}'),
    ('\u{1CE2}', '\u{1CE8}'), ('\u{1CED}', '\u{1CED}'), ('\u{1CF4}', '\u{1CF4}'),
    ('\u{1CF8}', '\u{1CF9}'), ('\u{1DC0}', '\u{1DFF}'), ('\u{20D0}', '\u{20F0}'),
    ('\u{2CEF}', '\u{2CF1}'), ('\u{2D7F}', '\u{2D7F}'), ('\u{2DE0}', '\u{2DFF}'),
    ('\u{302A}', '\u{302D}'), ('\u{3099}', '\u{309A}'), ('\u{A66F}', '\u{A672}'),
    ('\u{A674}', '\u{A67D}'), ('\u{A69E}', '\u{A69F}'), ('\u{A6F0}', '\u{A6F1}'),
    ('\u{A802}', '\u{A802}'), ('\u{A806}', '\u{A806}'), ('\u{A80B}', '\u{A80B}'),
    ('\u{A825}', '\u{A826}'), ('\u{A82C}', '\u{A82C}'), ('\u{A8C4}', '\u{A8C5}'),
    ('\u{A8E0}', '\u{A8F1}'), ('\u{A8FF}', '\u{A8FF}'), ('\u{A926}', '\u{A92D}'),
    ('\u{A947}', '\u{A951}'), ('\u{A980}', '\u{A982}'), ('\u{A9B3}', '\u{A9B3}'),
    ('\u{A9B6}', '\u{A9B9}'), ('\u{A9BC}', '\u{A9BD}'), ('\u{A9E5}', '\u{A9E5}'),
    ('\u{AA29}', '\u{AA2E}'), ('\u{AA31}', '\u{AA32}'), ('\u{AA35}', '\u{AA36}'),
    ('\u{AA43}', '\u{AA43}'), ('\u{AA4C}', '\u{AA4C}'), ('\u{AA7C}', '\u{AA7C}'),
    ('\u{AAB0}', '\u{AAB0}'), ('\u{AAB2}', '\u{AAB4}'), ('\u{AAB7}', '\u{AAB8}'),
    ('\u{AABE}', '\u{AABF}'), ('\u{AAC1}', '\u{AAC1}'), ('\u{AAEC}', '\u{AAED}'),
    ('\u{AAF6}', '\u{AAF6}'), ('\u{ABE5}', '\u{ABE5}'), ('\u{ABE8}', '\u{ABE8}'),
    ('\u{ABED}', '\u{ABED}'), ('\u{FB1E}', '\u{FB1E}'), ('\u{FE20}', '\u{FE2F}'),
    ('\u{101FD}', '\u{101FD}'), ('\u{102E0}', '\u{102E0}'), ('\u{10376}', '\u{1037A}'),
    ('\u{10A01}', '\u{10A0F}'), ('\u{10A38}', '\u{10A3F}'), ('\u{10AE5}', '\u{10AE6}'),
    ('\u{10D24}', '\u{10D27}'), ('\u{10EAB}', '\u{10EAC}'), ('\u{10F46}', '\u{10F50}'),
    ('\u{10F82}', '\u{10F85}'), ('\u{11001}', '\u{11001}'), ('\u{11038}', '\u{11046}'),
    ('\u{11070}', '\u{11070}'), ('\u{11073}', '\u{11074}'), ('\u{1107F}', '\u{11081}'),
    ('\u{110B3}', '\u{110B6}'), ('\u{110B9}', '\u{110BA}'), ('\u{110C2}', '\u{110C2}'),
    ('\u{11100}', '\u{11102}'), ('\u{11127}', '\u{1112B}'), ('\u{1112D}', '\u{11134}'),
    ('\u{11173}', '\u{11173}'), ('\u{11180}', '\u{11181}'), ('\u{111B6}', '\u{111BE}'),
    ('\u{111C9}', '\u{111CC}'), ('\u{111CF}', '\u{111CF}'), ('\u{1122F}', '\u{11231}'),
    ('\u{11234}', '\u{11234}'), ('\u{11236}', '\u{11237}'), ('\u{1123E}', '\u{1123E}'),
    ('\u{112DF}', '\u{112DF}'), ('\u{112E3}', '\u{112EA}'), ('\u{11300}', '\u{11301}'),
    ('\u{1133B}', '\u{1133C}'), ('\u{11340}', '\u{11340}'), ('\u{11366}', '\u{11374}'),
    ('\u{11438}', '\u{1143F}'), ('\u{11442}', '\u{11444}'), ('\u{11446}', '\u{11446}'),
    ('\u{1145E}', '\u{1145E}'), ('\u{114B3}', '\u{114B8}'), ('\u{114BA}', '\u{114BA}'),
    ('\u{114BF}', '\u{114C0}'), ('\u{114C2}', '\u{114C3}'), ('\u{115B2}', '\u{115B5}'),
    ('\u{115BC}', '\u{115BD}'), ('\u{115BF}', '\u{115C0}'), ('\u{115DC}', '\u{115DD}'),
    ('\u{11633}', '\u{1163A}'), ('\u{1163D}', '\u{1163D}'), ('\u{1163F}', '\u{11640}'),
    ('\u{116AB}', '\u{116AB}'), ('\u{116AD}', '\u{116AD}'), ('\u{116B0}', '\u{116B5}'),
    ('\u{116B7}', '\u{116B7}'), ('\u{1171D}', '\u{1171F}'), ('\u{11722}', '\u{11725}'),
    ('\u{11727}', '\u{1172B}'), ('\u{1182F}', '\u{11837}'), ('\u{11839}', '\u{1183A}'),
    ('\u{1193B}', '\u{1193C}'), ('\u{1193E}', '\u{1193E}'), ('\u{11943}', '\u{11943}'),
    ('\u{119D4}', '\u{119DB}'), ('\u{119E0}', '\u{119E0}'), ('\u{11A01}', '\u{11A0A}'),
    ('\u{11A33}', '\u{11A38}'), ('\u{11A3B}', '\u{11A3E}'), ('\u{11A47}', '\u{11A47}'),
    ('\u{11A51}', '\u{11A56}'), ('\u{11A59}', '\u{11A5B}'), ('\u{11A8A}', '\u{11A96}'),
    ('\u{11A98}', '\u{11A99}'), ('\u{11C30}', '\u{11C3D}'), ('\u{11C3F}', '\u{11C3F}'),
    ('\u{11C92}', '\u{11CA7}'), ('\u{11CAA}', '\u{11CB0}'), ('\u{11CB2}', '\u{11CB3}'),
    ('\u{11CB5}', '\u{11CB6}'), ('\u{11D31}', '\u{11D45}'), ('\u{11D47}', '\u{11D47}'),
    ('\u{11D90}', '\u{11D91}'), ('\u{11D95}', '\u{11D95}'), ('\u{11D97}', '\u{11D97}'),
    ('\u{11EF3}', '\u{11EF4}'), ('\u{16AF0}', '\u{16AF4}'), ('\u{16B30}', '\u{16B36}'),
    ('\u{16F4F}', '\u{16F4F}'), ('\u{16F8F}', '\u{16F92}'), ('\u{16FE4}', '\u{16FE4}'),
    ('\u{1BC9D}', '\u{1BC9E}'), ('\u{1CF00}', '\u{1CF46}'), ('\u{1D167}', '\u{1D169}'),
    ('\u{1D17B}', '\u{1D182}'), ('\u{1D185}', '\u{1D18B}'), ('\u{1D1AA}', '\u{1D1AD}'),
    ('\u{1D242}', '\u{1D244}'), ('\u{1DA00}', '\u{1DA36}'), ('\u{1DA3B}', '\u{1DA6C}'),
    ('\u{1DA75}', '\u{1DA75}'), ('\u{1DA84}', '\u{1DA84}'), ('\u{1DA9B}', '\u{1DAAF}'),
    ('\u{1E000}', '\u{1E02A}'), ('\u{1E130}', '\u{1E136}'), ('\u{1E2AE}', '\u{1E2AE}'),
    ('\u{1E2EC}', '\u{1E2EF}'), ('\u{1E8D0}', '\u{1E8D6}'), ('\u{1E944}', '\u{1E94A}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn overs(text: &str, limits: Shape) -> Vec<(&str, Over)> {
        let mut all = Vec::new();
        over(text, ByteSet::of(text), &limits, &mut |span, over| {
            all.push((text.get(span).unwrap(), over))
        });
        all
    }

    #[test]
    fn capitals() {
        let limits = Shape { capitals_percent: Some(70), ..Shape::default() };
        for text in [
            "STOP SHOUTING",
            "WHY IS NOBODY LISTENING now",
            "ＦＵＬＬ ＷＩＤＥ ＣＡＰＳ",
            "ПОЧЕМУ ТАК",
        ] {
            assert_eq!(overs(text, limits), [(text, Over::Capitals)], "{text}");
        }
        for text in [
            "",
            "GG WP",
            "OK LOL",
            "NASA, ESA",
            "This Is A Title",
            "안녕하세요 여러분 반갑습니다",
            "I AM ok and you are not",
            "1234567890 AB",
            "🔥🔥🔥🔥🔥🔥🔥🔥🔥 GG",
            "hello WORLD again",
        ] {
            assert_eq!(overs(text, limits), [], "{text}");
        }
        assert_eq!(overs("ABCDEFGhij", limits), [], "just 70 is within");
        assert_eq!(overs("ABCDEFGHij", limits).len(), 1);
    }

    #[test]
    fn repeats() {
        let limits = Shape { repeats: Some(4), ..Shape::default() };
        for (text, runs) in [
            ("noooooo way", vec!["oooooo"]),
            ("NoOoOoO", vec!["oOoOoO"]),
            ("ㅋㅋㅋㅋㅋ ㅠㅠㅠㅠㅠㅠ", vec!["ㅋㅋㅋㅋㅋ", "ㅠㅠㅠㅠㅠㅠ"]),
            ("hi!!!!!", vec!["!!!!!"]),
            ("❤️❤️❤️❤️❤️ you", vec!["❤️❤️❤️❤️❤️"]),
            ("🔥🔥🔥🔥🔥", vec!["🔥🔥🔥🔥🔥"]),
            ("a\u{200B}aaaa", vec!["a\u{200B}aaaa"]),
        ] {
            let expected: Vec<_> = runs.into_iter().map(|run| (run, Over::Repeats)).collect();
            assert_eq!(overs(text, limits), expected, "{text}");
        }
        for text in [
            "",
            "good",
            "nooo",
            "ㅋㅋㅋㅋ",
            "1000000",
            "$100000000",
            "２０００００００",
            "!!!!",
            "abababab",
            "ha ha ha ha ha",
            "lalalalala",
            "👍🏽👍🏽👍🏽👍🏽",
            "123444444",
            "aa bb cc",
            "❤️❤️❤️❤️",
        ] {
            assert_eq!(overs(text, limits), [], "{text}");
        }
    }

    #[test]
    fn symbols() {
        let limits = Shape { symbols_percent: Some(60), ..Shape::default() };
        for text in ["@#$%^&*()!", "!!!! ???? !!", "★★★★★★★★ hi", "🔥🔥🔥🔥🔥🔥🔥🔥"]
        {
            assert_eq!(overs(text, limits), [(text, Over::Symbols)], "{text}");
        }
        for text in [
            "",
            ":-)",
            "<3 <3",
            "(╯°□°)",
            "hello!!!",
            "ㅋㅋㅋㅋㅋㅋㅋㅋㅋ",
            "ㅠㅠㅠㅠㅠㅠㅠㅠ!!",
            "สวัสดีครับ",
            "10-15, 20-25!",
            "what?! no...",
            "हिन्दी में",
            "a        b        c",
        ] {
            assert_eq!(overs(text, limits), [], "{text}");
        }
    }

    #[test]
    fn combining() {
        let limits = Shape { combining: Some(3), ..Shape::default() };
        let text = "h\u{301}\u{302}\u{303}\u{304}i";
        assert_eq!(overs(text, limits), [("\u{301}\u{302}\u{303}\u{304}", Over::Combining)]);
        let text = "e\u{489}\u{488}\u{301}\u{20DD}";
        assert_eq!(overs(text, limits).len(), 1);
        for text in [
            "",
            "e\u{301}",
            "Vie\u{302}\u{323}t",
            "ที่นี่",
            "שָׁלוֹם",
            "مُحَمَّدٌ",
            "हिन्दी",
            "각각",
            "1\u{FE0F}\u{20E3}",
            "a\u{336}b\u{336}c\u{336}d\u{336}",
            "が\u{3099}",
            "👨‍👩‍👧‍👦",
        ] {
            assert_eq!(overs(text, limits), [], "{text}");
        }
    }

    #[test]
    fn length_and_mentions() {
        let limits = Shape { length: Some(5), ..Shape::default() };
        assert_eq!(overs("안녕하세요요", limits), [("안녕하세요요", Over::Length)]);
        for text in ["", "안녕하세요", "hello", "🔥🔥🔥🔥🔥"] {
            assert_eq!(overs(text, limits), [], "{text}");
        }
        let limits = Shape { mentions: Some(2), ..Shape::default() };
        assert_eq!(
            overs("@a @b_1 hey @c, @홍길동", limits),
            [("@c", Over::Mentions), ("@홍길동", Over::Mentions)]
        );
        assert_eq!(overs("@a@b@c@d", limits), [], "one word, as in an address");
        for text in [
            "",
            "@a @b",
            "me@a.com you@b.com us@c.com",
            "@ @ @ @",
            "a @ b @ c @ d",
            "@@@@@@@",
            "5@2 6@3 7@4",
        ] {
            assert_eq!(overs(text, limits), [], "{text}");
        }
        let none = Shape::default();
        assert_eq!(overs("@A @B @C!!!!!!!!!! AAAAAAAAAAAAAAAA", none), []);
    }

    #[test]
    fn lower_case_never_grows() {
        for (text, expected) in [
            ("STOP IT", "stop it"),
            ("İSTANBUL", "İstanbul"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("Straße", "straße"),
            ("안녕 ＡＢＣ", "안녕 ａｂｃ"),
            ("", ""),
        ] {
            assert_eq!(lowercase(text), expected);
        }
        for c in '\0'..=char::MAX {
            assert_eq!(lowercase(c.encode_utf8(&mut [0; 4])).chars().count(), 1, "{c:?}");
        }
    }

    #[test]
    fn runs_are_cut() {
        for (text, run, expected) in [
            ("nooooooo", 2, "noo"),
            ("nOoOoOo", 2, "nOo"),
            ("ㅋㅋㅋㅋㅋㅋ", 3, "ㅋㅋㅋ"),
            ("wow!!!!!!", 3, "wow!!!"),
            ("good", 2, "good"),
            ("1000000 points", 2, "1000000 points"),
            ("❤️❤️❤️❤️", 2, "❤️❤️"),
            ("👍🏽👍🏽👍🏽", 1, "👍🏽"),
            ("👍🏽👍👍🏿", 1, "👍🏽👍👍🏿"),
            ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦"),
            ("🇰🇷🇰🇷🇰🇷", 1, "🇰🇷"),
            ("🇰🇷🇷🇰", 1, "🇰🇷🇷🇰"),
            ("1️⃣1️⃣1️⃣1️⃣", 1, "1️⃣1️⃣1️⃣1️⃣"),
            ("e\u{301}e\u{301}e\u{301}e", 2, "e\u{301}e\u{301}e"),
            ("a\u{200D} b", 1, "a\u{200D} b"),
            ("aaa", 0, "a"),
            ("a    b", 1, "a b"),
            ("", 3, ""),
        ] {
            assert_eq!(collapse(text, run), expected, "{text} to {run}");
        }
    }

    #[test]
    fn marks_are_sorted_and_apart() {
        let mut last = '\0';
        for &(start, end) in MARKS {
            assert!(last < start && start <= end, "{start:?}");
            last = end;
        }
        for c in ['\u{300}', '\u{36F}', '\u{E31}', '\u{3099}', '\u{20E3}', '\u{94D}', '\u{E47}'] {
            assert!(is_mark(c), "{c:?}");
        }
        for c in ['a', 'é', '가', 'ㅋ', 'ก', '🔥', '\u{FE0F}', '\u{200D}', '_', '\u{10FFFF}']
        {
            assert!(!is_mark(c), "{c:?}");
        }
    }
}
