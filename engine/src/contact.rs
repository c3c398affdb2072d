//! Contact details in a message: e-mail addresses, phone numbers, payment cards.
//!
//! Shapes only: whether an address or a number is in use is not known. Numbers
//! are everywhere in a chat (scores, years, prices, ids), so a phone number is
//! one only in a shape that nothing else has, and a card only with an issuer's
//! prefix, that issuer's length, the usual groups and a right check digit.
//!
//! Work is linear in the text: every start looks a bounded way ahead.
//!
//! Facts: ITU-T E.164 (country codes, 15 digits at most); the Korean numbering
//! plan (010, eight digits); ISO/IEC 7812 (Luhn's check digit, issuers).

use std::ops::Range;

use crate::byte_set::ByteSet;
use crate::links::{
    char_at, char_before, domain_end, is_ignorable, is_latin, is_one_of, may_hold_dot, part, plain,
};

// ---------------------------------------------------------------------- e-mail

/// Finds e-mail addresses, also `name (at) example (dot) com` and, at the
/// well-known mail services, `name at gmail dot com` and `name골뱅이네이버닷컴`.
pub(crate) fn emails(text: &str, found: &mut impl FnMut(Range<usize>)) {
    let mut from = 0;
    let mut at = 0;
    while let Some(sign) = next_sign(text, at) {
        at = sign.end;
        if let Some(span) = address(text, from, &sign) {
            from = span.end;
            at = span.end;
            found(span);
        }
    }
}

/// Could a text that holds these bytes hold an e-mail address?
pub(crate) fn may_hold_email(bytes: ByteSet) -> bool {
    const SIGNS: ByteSet = ByteSet::these(b"@\xEF");
    const WORD: ByteSet = ByteSet::these(b"at");
    const KOREAN: ByteSet = ByteSet::these("골뱅이".as_bytes());
    let sign = bytes.any(SIGNS) || bytes.all(WORD);
    (sign && may_hold_dot(bytes)) || bytes.all(KOREAN)
}

/// What stands between the name and the domain.
struct Sign {
    start: usize,
    end: usize,
    kind: SignKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SignKind {
    /// `@` alone.
    At,
    /// `@` with a space on one side or both.
    Loose,
    /// `(at)`, `[@]`.
    Bracketed,
    /// ` at `.
    Word,
    /// `골뱅이`.
    Korean,
}

fn next_sign(text: &str, mut at: usize) -> Option<Sign> {
    loop {
        let rest = text.as_bytes().get(at..)?;
        at += rest.windows(2).position(|pair| {
            matches!(pair, [b'@' | 0xEA | 0xEF, _] | [b'a' | b'A', b't' | b'T'])
        })?;
        if let Some(sign) = sign_at(text, at) {
            return Some(sign);
        }
        at += 1;
    }
}

fn sign_at(text: &str, at: usize) -> Option<Sign> {
    let c = char_at(text, at)?;
    let end = match c {
        '@' | '＠' => at + c.len_utf8(),
        'a' | 'A' => {
            let _t = char_at(text, at + 1).filter(|c| c.eq_ignore_ascii_case(&'t'))?;
            at + 2
        }
        '골' => {
            let _rest = text.get(at..)?.strip_prefix("골뱅이")?;
            return Some(spaced(text, at, at + "골뱅이".len(), SignKind::Korean));
        }
        _ => return None,
    };
    let before = char_before(text, at)?;
    let after = char_at(text, end)?;
    if matches!((before, after), ('(', ')') | ('[', ']') | ('{', '}') | ('<', '>')) {
        return Some(spaced(text, at - 1, end + 1, SignKind::Bracketed));
    }
    if plain(c) == '@' {
        let loose = before == ' ' || after == ' ';
        let kind = if loose { SignKind::Loose } else { SignKind::At };
        return Some(spaced(text, at, end, kind));
    }
    (before == ' ' && after == ' ').then(|| spaced(text, at, end, SignKind::Word))
}

/// The sign with the space on either side of it.
fn spaced(text: &str, start: usize, end: usize, kind: SignKind) -> Sign {
    let before = usize::from(char_before(text, start) == Some(' '));
    let after = usize::from(char_at(text, end) == Some(' '));
    Sign { start: start - before, end: end + after, kind }
}

fn address(text: &str, from: usize, sign: &Sign) -> Option<Range<usize>> {
    let name = part(text, &(from..sign.start));
    let start = name.rfind(|c| !is_name_char(c)).map_or(0, |at| {
        at + name.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    });
    let name = name.get(start..)?;
    let start =
        from + start + (name.len() - name.trim_start_matches(['.', '-', '+', '\'', '%']).len());
    let name = part(text, &(start..sign.start));
    if !name.chars().any(|c| plain(c).is_alphanumeric()) {
        return None;
    }
    let marked = name.chars().any(|c| plain(c).is_ascii_digit() || matches!(c, '.' | '_'));
    let host = text.get(sign.end..)?;
    let end = match sign.kind {
        SignKind::At => domain_end(text, sign.end)?,
        SignKind::Bracketed => {
            domain_end(text, sign.end).or_else(|| spoken_end(text, sign.end, false))?
        }
        SignKind::Loose => {
            let end = domain_end(text, sign.end)?;
            let apart = char_before(text, sign.end) == Some(' ')
                && part(text, &(sign.start..sign.end)).starts_with(' ');
            let _service = (marked || apart).then(|| mail_service(host)).flatten()?;
            end
        }
        SignKind::Word => {
            let (service, mail_only) = mail_service(host)?;
            // "i looked at yahoo dot com" is no address.
            if !marked && (!mail_only || is_one_of(NOT_NAMES, name)) {
                return None;
            }
            spoken_end(text, sign.end, true).or_else(|| {
                let after = host.get(service..)?;
                let obfuscated = after.trim_start().starts_with(['[', '(', '{', '<']);
                obfuscated.then(|| domain_end(text, sign.end)).flatten()
            })?
        }
        SignKind::Korean => {
            if name.chars().take(3).count() < 3 {
                return None;
            }
            korean_end(text, sign.end).or_else(|| {
                let _service = mail_service(host)?;
                domain_end(text, sign.end).or_else(|| spoken_end(text, sign.end, true))
            })?
        }
    };
    Some(start..end)
}

/// What the name of an address is made of.
fn is_name_char(c: char) -> bool {
    is_latin(c) && (plain(c).is_alphanumeric() || is_ignorable(c))
        || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'')
}

/// The mail service that the text starts with: the end of its name, and whether
/// people only ever mail there.
fn mail_service(text: &str) -> Option<(usize, bool)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let name = text.get(..end)?;
    let mail_only = is_one_of(MAIL_ONLY, name);
    (mail_only || is_one_of(MAIL_TOO, name)).then_some((end, mail_only))
}

/// `example dot com`: the end of it.
fn spoken_end(text: &str, at: usize, service: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let name =
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|&end| end > 0)?;
    let mut end = at + name;
    let mut labels = 0;
    while let Some(after) = text.get(end..).and_then(|rest| rest.strip_prefix(" dot ")) {
        let length = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let label = after.get(..length)?;
        if !is_one_of(if service { SERVICE_ENDS } else { COMMON_ENDS }, label) {
            break;
        }
        end += " dot ".len() + length;
        labels += 1;
    }
    (labels > 0).then_some(end)
}

/// `네이버`, `네이버닷컴`, `지메일 점 컴`: the end of it.
fn korean_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let services = ["네이버", "지메일", "한메일", "다음", "네이트", "카카오", "핫메일"];
    let mut rest = services.iter().find_map(|service| rest.strip_prefix(service))?;
    for dot in ["닷", "점", "쩜", ".", "dot"] {
        let Some(after) = rest.trim_start_matches(' ').strip_prefix(dot) else { continue };
        let after = after.trim_start_matches(' ');
        if let Some(after) =
            ["컴", "넷", "com", "net"].iter().find_map(|top| after.strip_prefix(top))
        {
            rest = after;
            break;
        }
    }
    Some(text.len() - rest.len())
}

// ---------------------------------------------------------------------- phones

/// How many digits a text needs before it can hold a phone number. (The shortest
/// is a nine-digit one; the rest is room for Hangul digits.)
const PHONE_DIGITS: usize = 7;

/// Finds phone numbers: international ones with their `+`, Korean ones (also
/// `01012345678` and `공일공`), North American ones in their groups, and national
/// ones that start with a zero and stand in groups.
pub(crate) fn phones(text: &str, found: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while let Some((start, c)) = next_number(text, at) {
        let end = phone(text, start, c).filter(|&end| end > start);
        at = match end {
            Some(end) => {
                let start = if char_before(text, start) == Some('(') && c != '(' {
                    start - 1
                } else {
                    start
                };
                found(start..end);
                end
            }
            // Not into the middle of a number.
            None if digit(c).is_some() => run_end(text, start),
            None => start + c.len_utf8(),
        };
    }
}

fn has_digits(text: &str, enough: usize) -> bool {
    let plain = text.bytes().filter(u8::is_ascii_digit).count();
    // What a digit in another style begins with; emoji and quotes do so, too.
    let styled = text.bytes().filter(|byte| matches!(byte, 0xE2 | 0xEF | 0xF0)).count();
    plain >= enough
        || (plain + styled >= enough
            && text.chars().filter(|&c| digit(c).is_some()).nth(enough - 1).is_some())
}

/// Could a text, which holds these bytes, hold a phone or card number?
pub(crate) fn may_hold_number(text: &str, bytes: ByteSet) -> bool {
    const DIGITS: ByteSet = ByteSet::these(b"0\xE2\xEF\xF0");
    const SPELLED: ByteSet = ByteSet::these("공일".as_bytes());
    (bytes.any(DIGITS) && has_digits(text, PHONE_DIGITS))
        || (bytes.all(SPELLED) && text.contains("공일공"))
}

/// The next place a number can start: a digit, `+`, `(` or `공`.
fn next_number(text: &str, at: usize) -> Option<(usize, char)> {
    let rest = text.get(at..)?;
    let (offset, c) = rest
        .char_indices()
        .find(|&(_, c)| matches!(c, '+' | '＋' | '(' | '（' | '공') || digit(c).is_some())?;
    Some((at + offset, c))
}

fn digit(c: char) -> Option<u8> {
    if ('가'..='힣').contains(&c) {
        return None;
    }
    match plain(c) {
        c @ '0'..='9' => Some(c as u8 - b'0'),
        _ => None,
    }
}

/// The digits that Korean spells.
fn spelled_digit(c: char) -> Option<u8> {
    match c {
        '공' | '영' => Some(0),
        '일' => Some(1),
        '이' => Some(2),
        '삼' => Some(3),
        '사' => Some(4),
        '오' => Some(5),
        '육' => Some(6),
        '칠' => Some(7),
        '팔' => Some(8),
        '구' => Some(9),
        _ => digit(c),
    }
}

/// Past the digits that start here.
fn run_end(text: &str, at: usize) -> usize {
    let rest = part(text, &(at..text.len()));
    at + rest.find(|c| digit(c).is_none() && !is_ignorable(c)).unwrap_or(rest.len())
}

/// The most groups, and digits in a group, that are looked at.
const GROUPS: usize = 8;
const GROUP_DIGITS: u8 = 16;

/// Digits in a row, and how they are parted from those before.
#[derive(Clone, Copy, Default)]
struct Group {
    part: Parted,
    /// How many digits, `GROUP_DIGITS` for as many or more.
    length: u8,
    /// The number they say, of the first fifteen.
    value: u64,
    end: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Parted {
    #[default]
    First,
    Space,
    Hyphen,
    Dot,
    Slash,
    /// By a closing bracket, whatever else.
    Bracket,
}

/// The groups of digits from here on, and how many there are (at most `GROUPS`).
fn groups(text: &str, at: usize) -> ([Group; GROUPS], usize) {
    let mut groups = [Group::default(); GROUPS];
    let mut count = 0;
    let mut at = at;
    let mut parted = Parted::First;
    let mut lead = 0;
    for group in &mut groups {
        let mut end = at;
        for c in part(text, &(at..text.len())).chars() {
            match digit(c) {
                Some(digit) if group.length < GROUP_DIGITS => {
                    group.length += 1;
                    if group.length < GROUP_DIGITS {
                        group.value = group.value * 10 + u64::from(digit);
                    }
                }
                None if is_ignorable(c) && end > at => {}
                _ => break,
            }
            end += c.len_utf8();
        }
        if group.length == 0 {
            break;
        }
        group.end = end;
        group.part = parted;
        count += 1;
        // Most numbers are seen to be something else by their first groups.
        lead = if count == 1 { group.length } else { lead };
        if count == 1 && !group.can_be_first() || count == 2 && lead == 1 && group.length < 3 {
            break;
        }
        match separator(text, end) {
            Some((next, how)) => {
                at = next;
                parted = how;
            }
            None => break,
        }
    }
    (groups, count)
}

/// What parts two groups of digits: where the next one starts, and how.
fn separator(text: &str, at: usize) -> Option<(usize, Parted)> {
    let mut how = None;
    let mut spaces = 0;
    let mut opened = false;
    let mut end = at;
    for c in part(text, &(at..text.len())).chars().take(5) {
        match (plain(c), how) {
            (' ', _) if spaces < 2 => spaces += 1,
            ('-' | '\u{2010}'..='\u{2013}', None | Some(Parted::Bracket)) => {
                how = how.or(Some(Parted::Hyphen));
            }
            ('.', None) => how = Some(Parted::Dot),
            ('/', None) => how = Some(Parted::Slash),
            (')', None) => how = Some(Parted::Bracket),
            ('(', None) if !opened => opened = true,
            (c, _) if c.is_ascii_digit() => {
                let how = match how {
                    None if spaces == 1 || opened => Parted::Space,
                    // "1234. 5678" is two sentences.
                    Some(Parted::Dot | Parted::Slash) if spaces > 0 => return None,
                    None => return None,
                    Some(how) => how,
                };
                return Some((end, how));
            }
            _ => return None,
        }
        end += c.len_utf8();
    }
    None
}

/// The end of the phone number that starts here.
fn phone(text: &str, at: usize, c: char) -> Option<usize> {
    if !stands_alone_before(text, at, c) {
        return None;
    }
    let international = matches!(plain(c), '+');
    let bracketed = matches!(plain(c), '(');
    if c == '공' || digit(c) == Some(0) {
        if let Some(end) = korean_mobile(text, at) {
            return Some(end);
        }
        if c == '공' {
            return None;
        }
    }
    let first = if international || bracketed { at + c.len_utf8() } else { at };
    let (all, count) = groups(text, first);
    let all = all.get(..count)?;
    let end = if international {
        international_end(all)
    } else if bracketed {
        bracketed_end(all)
    } else {
        grouped_end(all)
    }?;
    ends_alone(text, end).then_some(end)
}

/// Whether no number, word or sign runs into the number from the left.
fn stands_alone_before(text: &str, at: usize, c: char) -> bool {
    let Some(before) = char_before(text, at) else { return true };
    if c == '(' {
        return !before.is_ascii_alphanumeric();
    }
    match plain(before) {
        '.' | ',' | '/' | ':' | '-' => {
            let further = before.len_utf8();
            !char_before(text, at - further)
                .is_some_and(|c| c.is_ascii_alphanumeric() && digit(c).is_some())
                && plain(before) != '.'
                && plain(before) != '-'
        }
        '$' | '€' | '£' | '¥' | '₩' | '#' | '%' | '_' | '+' | '@' | '*' | '=' | '&' | '\\' => {
            false
        }
        plain => !(plain.is_alphanumeric() && is_latin(before)),
    }
}

/// Whether nothing runs into the number from the right.
fn ends_alone(text: &str, end: usize) -> bool {
    let mut rest = part(text, &(end..text.len())).chars();
    let Some(after) = rest.next() else { return true };
    match plain(after) {
        '.' | ',' | ':' | '-' | '/' => rest.next().is_none_or(|c| digit(c).is_none()),
        '%' | '°' | '$' | '€' | '£' | '₩' | '_' | '@' => false,
        plain => !(plain.is_alphanumeric() && is_latin(after)),
    }
}

/// `010-1234-5678`, `01012345678`, `공일공 일이삼사 오육칠팔`, `0 1 0 1 2 3 …`.
fn korean_mobile(text: &str, at: usize) -> Option<usize> {
    let mut lengths = [0_u8; 11];
    let mut group = 0;
    let mut count = 0_usize;
    let mut apart = 0;
    let mut end = at;
    let mut here = at;
    let mut beyond_one = false;
    for c in part(text, &(at..text.len())).chars().take(48) {
        here += c.len_utf8();
        if let Some(digit) = spelled_digit(c) {
            if count == 11 {
                // A twelfth, unless it stands apart and is another number.
                if apart == 0 || digit_groups_of_one(&lengths) {
                    return None;
                }
                break;
            }
            if count < 3 && digit != [0, 1, 0].get(count).copied().unwrap_or(0) {
                return None;
            }
            if apart > 0 && count > 0 {
                group += 1;
            }
            *lengths.get_mut(group)? += 1;
            beyond_one |= digit > 1;
            count += 1;
            apart = 0;
            end = here;
        } else if is_ignorable(c) {
            if apart == 0 {
                end = here;
            }
        } else if matches!(plain(c), ' ' | '-' | '.' | ')' | '~' | '\u{2010}'..='\u{2013}')
            && apart < 3
        {
            apart += 1;
        } else {
            break;
        }
    }
    let shape = matches!(lengths, [3, 4, 4, 0, ..] | [3, 8, 0, ..] | [11, 0, ..] | [7, 4, 0, ..])
        || digit_groups_of_one(&lengths);
    (count == 11 && shape && beyond_one && ends_alone(text, end)).then_some(end)
}

fn digit_groups_of_one(lengths: &[u8; 11]) -> bool {
    lengths.iter().all(|&length| length == 1)
}

/// After a `+`.
fn international_end(all: &[Group]) -> Option<usize> {
    let (first, rest) = all.split_first()?;
    if rest.is_empty() {
        let code = first
            .value
            .checked_div(10_u64.checked_pow(u32::from(first.length.checked_sub(3)?))?)?;
        let known = is_country(code) || is_country(code / 10) || is_country(code / 100);
        // +50000000 is a gain.
        let round = first.value.is_multiple_of(100_000);
        return ((10..=15).contains(&first.length) && known && !round).then_some(first.end);
    }
    if !is_country(first.value) || first.length > 3 {
        return None;
    }
    let digits: u8 = first.length.saturating_add(sum(rest));
    let round = rest.iter().filter(|group| group.value == 0 && group.length == 3).count() >= 2;
    let dated = rest.iter().any(|group| group.length > 11);
    ((9..=15).contains(&digits) && !round && !dated && all.len() < GROUPS)
        .then(|| all.last().map(|group| group.end))
        .flatten()
}

/// The country codes of E.164, as numbers of one to three digits.
fn is_country(code: u64) -> bool {
    matches!(code, 1 | 7 | 20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84
        | 86 | 90..=95 | 98 | 211..=269 | 290..=299 | 350..=389 | 420..=423 | 500..=509 | 590..=599
        | 670..=692 | 800 | 808 | 850..=859 | 870..=889 | 960..=998)
}

/// After an opening bracket: `(555) 123-4567`, `(11) 91234-5678`, `(02)123-4567`.
fn bracketed_end(all: &[Group]) -> Option<usize> {
    let [area, exchange, line, after @ ..] = all else { return None };
    let brackets = exchange.part == Parted::Bracket;
    let lengths = (2..=5).contains(&area.length)
        && (3..=5).contains(&exchange.length)
        && (line.length == 4 || line.length == 3 && area.length > 3);
    let digits = area.length + exchange.length + line.length;
    let goes_on = after.first().is_some_and(|group| group.part == line.part);
    (brackets && lengths && (9..=11).contains(&digits) && !is_range(exchange, line) && !goes_on)
        .then_some(line.end)
}

/// Without a sign before it.
fn grouped_end(all: &[Group]) -> Option<usize> {
    let goes_on = |count: usize| {
        all.get(count)
            .is_some_and(|group| all.get(count - 1).is_some_and(|last| group.part == last.part))
    };
    match all {
        // 1-800-555-0123
        [one, area, exchange, line, ..]
            if one.value == 1
                && one.length == 1
                && area.part != Parted::Dot
                && is_american(area, exchange, line)
                && !goes_on(4) =>
        {
            Some(line.end)
        }
        // 555-123-4567
        [area, exchange, line, ..] if is_american(area, exchange, line) && !goes_on(3) => {
            Some(line.end)
        }
        // 138-1234-5678, as in China
        [net, middle, line, ..]
            if net.length == 3
                && (130..=199).contains(&net.value)
                && middle.length == 4
                && line.length == 4
                && middle.part == line.part
                && matches!(line.part, Parted::Hyphen | Parted::Space)
                && !is_range(middle, line)
                && !goes_on(3) =>
        {
            Some(line.end)
        }
        [first, _, ..] if first.length >= 2 && first.leading_zeros() == 1 => national_end(all),
        // 0049 170 1234567
        [first, second, third, ..]
            if (3..=5).contains(&first.length)
                && first.leading_zeros() == 2
                && is_country(first.value)
                && second.length >= 1
                && third.length >= 2 =>
        {
            let digits = sum(all);
            ((11..=17).contains(&digits) && all.len() < GROUPS)
                .then(|| all.last().map(|group| group.end))
                .flatten()
        }
        _ => None,
    }
}

/// 555-123-4567 and its like. With spaces or dots only where both the area and
/// the exchange could be one.
fn is_american(area: &Group, exchange: &Group, line: &Group) -> bool {
    let lengths = area.length == 3 && exchange.length == 3 && line.length == 4;
    let area_holds = (200..=999).contains(&area.value);
    let strict = area_holds && exchange.value >= 200;
    let how = match (exchange.part, line.part) {
        (Parted::Hyphen, Parted::Hyphen)
        | (Parted::Space | Parted::Bracket, Parted::Hyphen)
        | (Parted::Dot, Parted::Dot) => area_holds,
        (Parted::Space, Parted::Space) => strict,
        _ => false,
    };
    let round = area.value.is_multiple_of(100)
        && exchange.value.is_multiple_of(100)
        && line.value.is_multiple_of(100);
    lengths && how && !round
}

/// With a leading zero, as most countries write their own numbers: 02-123-4567,
/// 06 12 34 56 78, 0171/1234567, 020 7946 0958, 090-1234-5678.
fn national_end(all: &[Group]) -> Option<usize> {
    let [first, second, rest @ ..] = all else { return None };
    // The number ends where its way of parting does, but for the first.
    let how = second.part;
    let later =
        rest.iter().take_while(|group| group.part == rest.first().map_or(how, |g| g.part)).count();
    let number = all.get(..2 + later)?;
    let last = number.last()?;
    let digits = sum(number);
    let tail = number.get(1..)?;
    let pairs = number.iter().all(|group| group.length == 2);
    let shape = if pairs {
        // 06 12 34 56 78. Ascending up to 59: a draw, or times.
        let draw = number.iter().all(|g| g.value < 60)
            && number.windows(2).all(|two| matches!(two, [a, b] if a.value < b.value));
        number.len() == 5 && !draw
    } else {
        (2..=5).contains(&first.length)
            && number.len() <= 4
            && tail.iter().all(|group| group.length >= 2)
            && last.length >= 3
            && (number.len() > 2
                || matches!(how, Parted::Hyphen | Parted::Slash | Parted::Bracket | Parted::Space)
                    && second.length >= 6)
    };
    // 05.06.2024, 08-15-2023, 01-2024
    let date = first.length == 2
        && first.value <= 31
        && matches!(tail, [month, year, ..] if month.length == 2 && is_year(year))
        || tail.iter().all(is_year);
    let spaced = number.len() > 2
        && how == Parted::Space
        && first.length == 2
        && !pairs
        && first.value < 3
        && digits < 10;
    ((9..=11).contains(&digits) && shape && !date && !spaced).then_some(last.end)
}

fn is_year(group: &Group) -> bool {
    group.length == 4 && (1900..2100).contains(&group.value)
}

/// Whether two groups are the ends of a range: 1000-2000, 1990-2020.
fn is_range(from: &Group, to: &Group) -> bool {
    from.value.is_multiple_of(100) && to.value.is_multiple_of(100) || is_year(from) && is_year(to)
}

fn sum(groups: &[Group]) -> u8 {
    groups.iter().fold(0, |sum, group| sum.saturating_add(group.length))
}

impl Group {
    /// Whether some number starts like this: a `1`, a country's or an area's code,
    /// or after a `+` all of it.
    fn can_be_first(&self) -> bool {
        match self.length {
            1 => self.value == 1 || self.value == 7,
            2 | 3 => true,
            4 | 5 => self.leading_zeros() > 0,
            _ => self.length >= 10,
        }
    }

    /// How many zeros stand before the number (one for a lone zero).
    fn leading_zeros(&self) -> u8 {
        let digits = self.value.checked_ilog10().map_or(0, |log| log as u8 + 1);
        self.length.saturating_sub(digits)
    }
}

// ----------------------------------------------------------------------- cards

/// The digits of the longest card numbers.
const CARD_DIGITS: usize = 19;

/// Finds payment card numbers: 13 to 19 digits in a row or in the groups that
/// cards print, one space or hyphen between them, of a known issuer, with a right
/// check digit.
pub(crate) fn cards(text: &str, found: &mut impl FnMut(Range<usize>)) {
    if !has_digits(text, 13) {
        return;
    }
    let mut at = 0;
    while let Some((start, c)) = next_number(text, at) {
        at = if digit(c).is_none() {
            start + c.len_utf8()
        } else if let Some(end) = card(text, start) {
            found(start..end);
            end
        } else {
            run_end(text, start)
        };
    }
}

/// The end of the card number that starts here.
fn card(text: &str, at: usize) -> Option<usize> {
    let alone = char_before(text, at).is_none_or(|before| {
        let joins = matches!(plain(before), '.' | '-' | '_' | '#' | '$' | '+' | '@' | ',');
        !(joins || is_latin(before) && plain(before).is_alphanumeric())
    });
    if !alone || !matches!(char_at(text, at).and_then(digit), Some(2..=6)) {
        return None;
    }
    let mut digits = [0_u8; CARD_DIGITS];
    let mut lengths = [0_u8; 6];
    let mut count = 0;
    let mut group = 0;
    let mut separator = None;
    let mut longest = None;
    let mut end = at;
    let mut chars = part(text, &(at..text.len())).chars().peekable();
    while let Some(c) = chars.next() {
        end += c.len_utf8();
        if let Some(digit) = digit(c) {
            let (Some(slot), Some(length)) = (digits.get_mut(count), lengths.get_mut(group)) else {
                break;
            };
            *slot = digit;
            *length += 1;
            count += 1;
            if !chars.peek().is_some_and(|&c| digit_or_joined(c)) {
                let number = digits.get(..count)?;
                if has_card_groups(&lengths) && is_card(number) && ends_alone(text, end) {
                    longest = Some(end);
                }
            }
        } else if is_ignorable(c) {
            continue;
        } else if lengths.get(group).is_some_and(|&length| length >= 4)
            && matches!(c, ' ' | '-')
            && separator.is_none_or(|first| first == c)
            && chars.peek().is_some_and(|&c| digit_or_joined(c))
        {
            separator = Some(c);
            group += 1;
        } else {
            break;
        }
    }
    longest
}

fn digit_or_joined(c: char) -> bool {
    digit(c).is_some() || is_ignorable(c)
}

/// Whether the digits stand in a row, in fours, or as Amex and Diners print them.
fn has_card_groups(lengths: &[u8; 6]) -> bool {
    matches!(
        lengths,
        [_, 0, ..]
            | [4, 6, 4 | 5, 0, ..]
            | [4, 4, 4, 1..=4, 0, ..]
            | [4, 4, 4, 4, 1..=3, 0]
            | [8, 8, 0, ..]
    )
}

fn is_card(digits: &[u8]) -> bool {
    let Some(&first) = digits.first() else { return false };
    let prefix = digits.iter().take(4).fold(0_u16, |prefix, &digit| prefix * 10 + u16::from(digit));
    let issued = match (prefix, digits.len()) {
        // Visa
        (4000..=4999, 13 | 16 | 19) => true,
        // Mastercard, Mir
        (2221..=2720 | 5100..=5599 | 2200..=2204, 16) => true,
        // American Express
        (3400..=3499 | 3700..=3799, 15) => true,
        // Diners Club
        (3000..=3059 | 3090..=3099 | 3600..=3699 | 3800..=3999, 14) => true,
        // JCB
        (3528..=3589, 16) => true,
        // UnionPay
        (6200..=6299, 16..=19) => true,
        // Discover, Maestro, RuPay
        (5000..=5099 | 5600..=5999 | 6000..=6999, 16) => true,
        _ => false,
    };
    issued && digits.iter().any(|&digit| digit != first) && passes_luhn(digits)
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

// ------------------------------------------------------------------- the lists

/// Services that people only have mail at.
#[rustfmt::skip]
const MAIL_ONLY: &[&str] = &[
    "fastmail", "gmail", "gmx", "googlemail", "hanmail", "hotmail", "icloud", "mail", "outlook",
    "proton", "protonmail", "tutanota", "ymail", "zoho",
];

/// Services that are more than mail.
#[rustfmt::skip]
const MAIL_TOO: &[&str] = &[
    "163", "aol", "comcast", "daum", "kakao", "live", "msn", "nate", "naver", "orange", "qq",
    "web", "yahoo", "yandex",
];

/// What mail services' domains end in.
#[rustfmt::skip]
const SERVICE_ENDS: &[&str] = &[
    "br", "co", "com", "de", "fr", "it", "jp", "kr", "me", "net", "org", "ru", "uk",
];

/// What other domains end in when they are spelled out.
#[rustfmt::skip]
const COMMON_ENDS: &[&str] = &[
    "au", "biz", "ca", "co", "com", "de", "edu", "fr", "gg", "gov", "info", "io", "jp", "kr",
    "net", "org", "tv", "uk", "xyz",
];

/// Words before ` at gmail dot com` that are no names.
#[rustfmt::skip]
const NOT_NAMES: &[&str] = &[
    "account", "accounts", "address", "am", "and", "are", "be", "contact", "down", "email",
    "emails", "good", "got", "hacked", "her", "him", "is", "it", "job", "log", "look", "looked",
    "looking", "mail", "me", "not", "or", "people", "servers", "sign", "stuff", "team", "that",
    "them", "there", "this", "us", "was", "were", "work", "worked", "working", "works", "you",
];

#[cfg(test)]
mod tests {
    use super::*;

    type Find = fn(&str, &mut dyn FnMut(Range<usize>));

    fn all(find: Find, text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        find(text, &mut |span| all.push(text.get(span).unwrap()));
        all
    }

    fn check(find: Find, table: &[(&str, &str)], innocents: &[&str]) {
        let mut wrong = Vec::new();
        for &(text, expected) in table {
            if all(find, text) != [expected] {
                wrong.push((text, all(find, text)));
            }
        }
        for text in innocents {
            if !all(find, text).is_empty() {
                wrong.push((text, all(find, text)));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn e_mail() {
        let find: Find = |text, mut found| emails(text, &mut found);
        check(
            find,
            &[
                ("me@example.com", "me@example.com"),
                ("mail me@example.com.", "me@example.com"),
                ("(first.last+tag@mail.example.co.uk)", "first.last+tag@mail.example.co.uk"),
                ("mailto:me@example.com?subject=x", "me@example.com"),
                ("me@example.agency", "me@example.agency"),
                ("me_1@example.me", "me_1@example.me"),
                ("메일은abc@naver.com으로", "abc@naver.com"),
                ("me@gmail.com에", "me@gmail.com"),
                ("me＠example．com", "me＠example．com"),
                ("ｍｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ｍｅ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
                ("me@예시.한국", "me@예시.한국"),
                ("me (at) example (dot) com", "me (at) example (dot) com"),
                ("me[at]example[.]com", "me[at]example[.]com"),
                ("me[@]example.com", "me[@]example.com"),
                ("me (at) example dot com", "me (at) example dot com"),
                ("jane at gmail dot com", "jane at gmail dot com"),
                ("write jane.doe at yahoo dot co dot uk now", "jane.doe at yahoo dot co dot uk"),
                ("jane at gmail (dot) com", "jane at gmail (dot) com"),
                ("jane99 @ gmail.com", "jane99 @ gmail.com"),
                ("jane99 @gmail.com", "jane99 @gmail.com"),
                ("abc123골뱅이네이버닷컴", "abc123골뱅이네이버닷컴"),
                ("abc123 골뱅이 gmail.com", "abc123 골뱅이 gmail.com"),
                ("abc123 골뱅이 지메일로", "abc123 골뱅이 지메일"),
            ],
            &[
                "",
                "@",
                "@name",
                "hi @user.name",
                "@john.me",
                "a@b",
                "a @ b",
                "5 @ 3.50",
                "me@localhost",
                "react@18.2.0",
                "package@latest",
                "icon@2x.png",
                "logo@3x.jpg",
                "user@",
                "@example.com",
                "@@example.com",
                "...@example.com",
                "meet at noon",
                "look at gmail dot com",
                "i looked at yahoo dot com",
                "we met at yahoo",
                "live at example.com",
                "live at live dot com",
                "at gmail dot com",
                "(at)",
                "me (at) home",
                "me (at) home. com",
                "골뱅이 무침 먹자",
                "을지로 골뱅이",
                "골뱅이 네이버 검색",
                "ab 골뱅이 집",
                "join us @ twitch.tv/some",
                "streaming @ example.com",
                "party @ club.de",
                "12@34.56",
                "x@y.z",
                "a@b.c",
                "fri@8pm",
                "git@github",
                "good at math dot",
                "data at rest",
                "@a @b @c.d",
                "e@1.2",
                "so cute @.@",
                "@_@ @.com",
                "what@ever",
                "at at at at",
                "me@example..com",
            ],
        );
    }

    #[test]
    fn phone_numbers() {
        let find: Find = |text, mut found| phones(text, &mut found);
        check(
            find,
            &[
                ("010-1234-5678", "010-1234-5678"),
                ("연락처010-1234-5678로", "010-1234-5678"),
                ("010.1234.5678", "010.1234.5678"),
                ("010 1234 5678", "010 1234 5678"),
                ("010 - 1234 - 5678", "010 - 1234 - 5678"),
                ("(010)1234-5678", "(010)1234-5678"),
                ("010)1234-5678", "010)1234-5678"),
                ("01012345678", "01012345678"),
                ("010 12345678", "010 12345678"),
                ("０１０-１２３４-５６７８", "０１０-１２３４-５６７８"),
                ("0 1 0 1 2 3 4 5 6 7 8", "0 1 0 1 2 3 4 5 6 7 8"),
                ("공일공-일이삼사-오육칠팔", "공일공-일이삼사-오육칠팔"),
                ("공일공 1234 5678", "공일공 1234 5678"),
                ("0️⃣1️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "0️⃣1️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣"),
                ("call 010-1234-5678.", "010-1234-5678"),
                ("011-234-5678", "011-234-5678"),
                ("02-123-4567", "02-123-4567"),
                ("02)123-4567", "02)123-4567"),
                ("031-123-4567", "031-123-4567"),
                ("070-1234-5678", "070-1234-5678"),
                ("+82 10-1234-5678", "+82 10-1234-5678"),
                ("+82-10-1234-5678", "+82-10-1234-5678"),
                ("+821012345678", "+821012345678"),
                ("+44 20 7946 0958", "+44 20 7946 0958"),
                ("+44 (0)20 7946 0958", "+44 (0)20 7946 0958"),
                ("+1 (555) 123-4567", "+1 (555) 123-4567"),
                ("+1-555-123-4567", "+1-555-123-4567"),
                ("+33 6 12 34 56 78", "+33 6 12 34 56 78"),
                ("+48 123 456 789", "+48 123 456 789"),
                ("+49 170 1234567", "+49 170 1234567"),
                ("0049 170 1234567", "0049 170 1234567"),
                ("(555) 123-4567", "(555) 123-4567"),
                ("(555)123-4567", "(555)123-4567"),
                ("call (555) 123-4567 now", "(555) 123-4567"),
                ("555-123-4567", "555-123-4567"),
                ("555.123.4567", "555.123.4567"),
                ("555 867 5309", "555 867 5309"),
                ("1-800-555-0123", "1-800-555-0123"),
                ("(11) 91234-5678", "(11) 91234-5678"),
                ("(03) 1234-5678", "(03) 1234-5678"),
                ("06 12 34 56 78", "06 12 34 56 78"),
                ("06.12.34.56.78", "06.12.34.56.78"),
                ("0171/1234567", "0171/1234567"),
                ("0171 1234567", "0171 1234567"),
                ("020 7946 0958", "020 7946 0958"),
                ("090-1234-5678", "090-1234-5678"),
                ("138-1234-5678", "138-1234-5678"),
                ("tel:+821012345678", "+821012345678"),
                ("tel: 010-1234-5678", "010-1234-5678"),
                ("3 010-1234-5678", "010-1234-5678"),
            ],
            &[
                "",
                "1234567",
                "12345678",
                "123456789",
                "1234567890",
                "5551234567",
                "13812345678",
                "1-2-3-4-5-6-7",
                "1 2 3 4 5 6 7 8 9",
                "3-1, 2-0, 4-4, 5-2",
                "21-19 21-17 15-21",
                "1990-2024",
                "1998-2002-2006",
                "2024-12-05 10:30:15",
                "2024-12-05 2024-12-06",
                "05-06-2024 12:30",
                "05.06.2024",
                "01.02.2024 03.04.2024",
                "08-15-2023",
                "12/05/2024 11/06/2024",
                "20241205",
                "10:30:15.123456",
                "00:12:34",
                "12:30-14:00, 15:30-17:00",
                "37.5665, 126.9780",
                "-33.8688, 151.2093",
                "37.566535,126.977969",
                "$1,234,567",
                "$1234567.89",
                "1,234,567,890",
                "142,460 and 1,250,000",
                "₩1,000,000",
                "1000000",
                "100000000000",
                "1.234.567,89",
                "1 000 000 000",
                "10 000 000 won",
                "1234567890123456789",
                "id 175928847299117063",
                "80351110224678912",
                "4111 1111 1111 1111",
                "4111-1111-1111-1111",
                "5500 0000 0000 0004",
                "378282246310005",
                "192.168.100.200",
                "10.0.0.1:25565",
                "8.8.8.8 8.8.4.4",
                "255.255.255.255",
                "deadbeef0123456789",
                "0x1234567890",
                "a1b2c3d4e5f60718",
                "sha 3f786850e387550f",
                "550e8400-e29b-41d4-a716-446655440000",
                "#1234567890",
                "order 12345678",
                "ORDER-0123456789",
                "AB-010-1234-5678",
                "v1.2.3.4567890",
                "978-3-16-148410-0",
                "+1000",
                "+5 +10 +15 +20 +25",
                "+1 000 000 000",
                "+50000000 gold",
                "+100,000,000",
                "1+1=2 2+2=4 3+3=6",
                "3.14159265358979",
                "0.123456789",
                "2.718281828",
                "100% 200% 300%",
                "(2020) 1990-2000",
                "(10) 1000-2000",
                "100-200-3000",
                "01 02 03 04 05 06",
                "03 12 25 33 41",
                "7 14 21 28 35 42",
                "1-11111-1111",
                "123-45-67890",
                "110-123-456789",
                "123456-1234567",
                "1588-1234",
                "5,000-10,000",
                "1080 1440 2160",
                "1920x1080 2560x1440",
                "30.06.2024-05.07.2024",
                "1/2/3/4/5/6/7/8",
                "0 1 0 1 1 0 0 1 0 1 1",
                "0101010101",
                "01010101010",
                "010101010101",
                "010-1234-56789",
                "010-123-5678-1",
                "0000000000",
                "00000000000",
                "1111111111",
                "ㅋㅋ 1234 5678 ㅋㅋ",
                "2024년 12월 05일 10시 30분",
                "3만 5000원 12000원",
                "공일공",
                "공이공",
                "1.5 2.5 3.5 4.5",
                "60 fps 1080 p 2024",
                "http://example.com/555",
                "score 120 115 1000",
                "level 100 200 3000",
                "12345-6789",
                "90210-1234",
                "1700000000",
                "1700000000000",
            ],
        );
    }

    #[test]
    fn card_numbers() {
        let find: Find = |text, mut found| cards(text, &mut found);
        check(
            find,
            &[
                ("4111111111111111", "4111111111111111"),
                ("4111 1111 1111 1111", "4111 1111 1111 1111"),
                ("4111-1111-1111-1111", "4111-1111-1111-1111"),
                ("카드4111-1111-1111-1111로", "4111-1111-1111-1111"),
                ("my card: 5500 0000 0000 0004.", "5500 0000 0000 0004"),
                ("5105105105105100", "5105105105105100"),
                ("2221 0000 0000 0009", "2221 0000 0000 0009"),
                ("378282246310005", "378282246310005"),
                ("3782 822463 10005", "3782 822463 10005"),
                ("3056 930902 5904", "3056 930902 5904"),
                ("6011111111111117", "6011111111111117"),
                ("3530111333300000", "3530111333300000"),
                ("6200000000000000000", "6200000000000000000"),
                ("4222222222222", "4222222222222"),
                ("4111 1111 1111 1111 12/26 123", "4111 1111 1111 1111"),
                ("４１１１ １１１１ １１１１ １１１１", "４１１１ １１１１ １１１１ １１１１"),
            ],
            &[
                "",
                "4111111111111112",
                "4111 1111 1111 1112",
                "1111111111111111",
                "0000000000000000",
                "4444444444444444",
                "5555555555555555",
                "2023 2024 2025 2026",
                "1234 5678 9012 3452",
                "1234567890123452",
                "175928847299117063",
                "80351110224678912",
                "1700000000000",
                "20241205103015",
                "978-3-16-148410-0",
                "9783161484100",
                "010-1234-5678 010-8765-4321",
                "41111111111111111111",
                "abc4111111111111111",
                "4111111111111111f",
                "0x4111111111111111",
                "4111.1111.1111.1111",
                "4111  1111  1111  1111",
                "4111 1111-1111 1111",
                "41 11 11 11 11 11 11 11",
                "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
                "$4111111111111111",
                "3.4111111111111111",
                "4,111,111,111,111,111",
                "550e8400-e29b-41d4-a716-446655440000",
                "8111111111111111",
                "7000000000000005",
                "4111111111111111-1",
            ],
        );
    }

    #[test]
    fn lists_are_sorted() {
        for list in [MAIL_ONLY, MAIL_TOO, SERVICE_ENDS, COMMON_ENDS, NOT_NAMES] {
            for pair in list.windows(2) {
                assert!(pair[0] < pair[1], "{pair:?}");
            }
        }
    }

    #[test]
    fn hostile() {
        let pieces = [
            "0",
            "1",
            "010",
            "4",
            "4111 ",
            "+",
            "+82",
            "(",
            ")",
            "-",
            " ",
            ".",
            "/",
            "공",
            "일",
            "@",
            "a@",
            "@a.",
            "a",
            ".com",
            " at ",
            "(at)",
            "골뱅이",
            " dot ",
            "\u{FE0F}",
            "４",
            "\u{200B}",
            "gmail",
        ];
        for one in pieces {
            for two in pieces {
                let text = format!("{one}{two}").repeat(60);
                for find in [
                    (|text, mut found| emails(text, &mut found)) as Find,
                    |text, mut found| phones(text, &mut found),
                    |text, mut found| cards(text, &mut found),
                ] {
                    let mut last = 0;
                    find(&text, &mut |span| {
                        assert!(span.start >= last && span.start < span.end, "{text}");
                        assert!(text.get(span.clone()).is_some(), "{text}");
                        last = span.end;
                    });
                }
            }
        }
    }
}
