//! Links as people write them in a chat: with a scheme or without, with the dot
//! in brackets, in full-width letters, in Hangul.
//!
//! A domain without a scheme is known by its top-level domain, and top-level
//! domains are words: `it`, `me`, `live`. So each has a class that says how much
//! more must be seen before "stop it.me too" is a link. What is not known here:
//! which links are welcome (the policy's), whether a host exists (nobody asks),
//! and e-mail addresses (`contact`), which are not links.
//!
//! Work is linear in the text: it starts at dots, at `://` and at the word `dot`
//! only, and what one start has read no other reads again, apart from a bounded
//! look around.
//!
//! Facts: the IANA root zone for country codes; the generic domains are those
//! that links in chats use. One that is missing here needs a scheme or `www`.

use std::ops::Range;

use crate::byte_set::ByteSet;
use crate::shape::is_mark;

/// Finds the links of the text, in order: where each stands, and its host.
///
/// The host is lower-case ASCII (`xn--` for international domains, except for
/// labels over 63 characters), without user info, port and final dot. The span
/// ends before punctuation that belongs to the sentence. A link in another's
/// path is reported on its own, and ends the first one.
pub(crate) fn find(text: &str, found: &mut impl FnMut(Range<usize>, &str)) {
    // Nothing before it belongs to a link to come.
    let mut from = 0;
    let mut at = 0;
    while let Some(trigger) = next_trigger(text, at) {
        let step = match trigger.kind {
            TriggerKind::Scheme => with_scheme(text, from, trigger.at),
            TriggerKind::Dot => bare(text, from, trigger.at),
            TriggerKind::Apart => apart(text, from, trigger.at),
        };
        if let Some(link) = step.link {
            found(link.start..link.end, &host(text, link.host));
        }
        at = step.resume.max(trigger.past);
        from = step.from.max(from);
    }
}

/// Could a text that holds these bytes hold a link?
pub(crate) fn may_hold(bytes: ByteSet) -> bool {
    may_hold_dot(bytes) || bytes.any(const { ByteSet::these(b":") })
}

/// Could it hold a dot, or what people write for one?
pub(crate) fn may_hold_dot(bytes: ByteSet) -> bool {
    // Other dots and colons, and the words that stand for a dot in brackets (점, 닷, 点).
    const DOTS: ByteSet = ByteSet::these(b".\xE2\xE3\xEF");
    const WORD: ByteSet = ByteSet::these(b"dot");
    const BRACKETS: ByteSet = ByteSet::these(b"[({<");
    const WORDS: ByteSet = ByteSet::these(b"\xE7\xEB\xEC");
    bytes.any(DOTS) || bytes.all(WORD) || (bytes.any(BRACKETS) && bytes.any(WORDS))
}

/// Whether a host is the domain or below it. Both in lower-case ASCII.
pub(crate) fn covers(domain: &str, host: &str) -> bool {
    !domain.is_empty()
        && host.strip_suffix(domain).is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

/// How many characters of an e-mail address's domain are looked at.
const DOMAIN_LENGTH: usize = 100;

/// The end of the domain name (two labels or more, the last a plausible
/// top-level domain) that starts here, as an e-mail address has it after its `@`.
pub(crate) fn domain_end(text: &str, at: usize) -> Option<usize> {
    // Bounded, because more than one sign may look at the same domain.
    let bound = part(text, &(at..text.len())).char_indices().nth(DOMAIN_LENGTH);
    let text = bound.map_or(text, |(bound, _)| part(text, &(0..at + bound)));
    let mut label = at..label_end(text, at);
    let mut best = None;
    while let Some(dot) = dot_at(text, label.end).filter(|_| is_label(part(text, &label))) {
        label = dot.end..label_end(text, dot.end);
        if let Some((_, end)) = top_level(text, &label) {
            best = Some(end);
        } else {
            let word = part(text, &label);
            let letters = word.chars().filter(|&c| !is_ignorable(c));
            let is_word = letters.clone().count() >= 2
                && letters.clone().all(|c| plain(c).is_ascii_alphabetic())
                && !is_one_of(NEVER_TOP_LEVEL, word);
            if is_word {
                best = Some(label.end);
            }
        }
    }
    best
}

/// A link found: its span, and where its host stands.
struct Link {
    start: usize,
    end: usize,
    host: Range<usize>,
}

/// What came of one trigger.
struct Step {
    link: Option<Link>,
    /// Where to look for the next trigger.
    resume: usize,
    /// What the next link's first label may not reach back over.
    from: usize,
}

impl Step {
    fn nothing(resume: usize) -> Self {
        Self { link: None, resume, from: 0 }
    }
    fn found(link: Link) -> Self {
        Self { resume: link.end, from: link.end, link: Some(link) }
    }
}

// ---------------------------------------------------------------- where to look

struct Trigger {
    kind: TriggerKind,
    /// Where the label or the scheme before it ends.
    at: usize,
    /// Past the character that gave it away.
    past: usize,
}

enum TriggerKind {
    /// A colon, bracketed or not, before two slashes.
    Scheme,
    /// A dot with a label's end before it.
    Dot,
    /// A dot, or the word, with a space before it.
    Apart,
}

/// The bytes that a trigger can start with.
#[expect(clippy::indexing_slicing, reason = "a byte is less than 256; checked when compiled")]
const OPENS: [bool; 256] = {
    let mut opens = [false; 256];
    let mut bytes: &[u8] = b".:dD([{<\xE2\xE3\xEF";
    while let [byte, rest @ ..] = bytes {
        opens[*byte as usize] = true;
        bytes = rest;
    }
    opens
};

/// The next place from `at` on where a link may show itself.
fn next_trigger(text: &str, mut at: usize) -> Option<Trigger> {
    loop {
        let bytes = text.as_bytes().get(at..)?;
        let offset = bytes.iter().position(|&byte| OPENS.get(usize::from(byte)) == Some(&true))?;
        at += offset;
        // Most often the end of a sentence, or a letter of another word.
        let is_none = match bytes.get(offset..) {
            Some([b'.'] | [b'.', b' ' | b'\n', ..]) => !has_space_before(text, at),
            Some([b'd' | b'D', ..]) => !is_dot_word(text, at),
            _ => false,
        };
        if is_none {
            at += 1;
            continue;
        }
        if let Some(kind) = trigger_at(text, at) {
            return Some(kind);
        }
        at += 1;
    }
}

fn trigger_at(text: &str, at: usize) -> Option<Trigger> {
    let c = char_at(text, at)?;
    let past = at + 1;
    if plain(c) == ':' {
        let bracketed = matches!(char_before(text, at), Some('[' | '('));
        let start = at - usize::from(bracketed);
        return slashes(text, colon_end(text, start)?).map(|_| Trigger {
            kind: TriggerKind::Scheme,
            at: start,
            past,
        });
    }
    if matches!(c, '[' | '(' | '{' | '<') {
        let start = at - usize::from(char_before(text, at) == Some(' '));
        return dot_at(text, start).map(|_| Trigger { kind: TriggerKind::Dot, at: start, past });
    }
    if plain(c) != '.' && !is_dot_word(text, at) {
        return None;
    }
    let before = char_before(text, at)?;
    if before == ' ' {
        return Some(Trigger { kind: TriggerKind::Apart, at, past });
    }
    (plain(c) == '.' && is_label_char(before)).then_some(Trigger {
        kind: TriggerKind::Dot,
        at,
        past,
    })
}

fn has_space_before(text: &str, at: usize) -> bool {
    at.checked_sub(1).and_then(|before| text.as_bytes().get(before)) == Some(&b' ')
}

fn is_dot_word(text: &str, at: usize) -> bool {
    let word = text.as_bytes().get(at..at.saturating_add(3));
    word.is_some_and(|word| word.eq_ignore_ascii_case(b"dot"))
}

/// The end of a colon, which may stand in brackets.
fn colon_end(text: &str, at: usize) -> Option<usize> {
    let first = char_at(text, at)?;
    if plain(first) == ':' {
        return Some(at + first.len_utf8());
    }
    let inside = at + first.len_utf8();
    let colon = char_at(text, inside).filter(|&c| plain(c) == ':')?;
    let end = inside + colon.len_utf8();
    char_at(text, end).filter(|&close| closes(first, close)).map(|_| end + 1)
}

/// The two slashes of a link that starts with its scheme: the end of them.
fn slashes(text: &str, at: usize) -> Option<usize> {
    let mut end = at;
    for _ in 0..2 {
        let c = char_at(text, end).filter(|&c| matches!(plain(c), '/' | '\\'))?;
        end += c.len_utf8();
    }
    Some(end)
}

/// A dot between two labels.
struct Dot {
    end: usize,
    kind: DotKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DotKind {
    /// `.` in any width.
    Plain,
    /// `。`, which also ends a sentence, with no space after it.
    Ideographic,
    /// `[.]`, `(dot)`: nobody writes it but to hide a link.
    Bracketed,
    /// The same with a space beside it.
    Loose,
}

/// Reads a dot at the end of a label.
fn dot_at(text: &str, at: usize) -> Option<Dot> {
    let first = char_at(text, at)?;
    if plain(first) == '.' {
        let wide = matches!(first, '。' | '｡');
        let kind = if wide { DotKind::Ideographic } else { DotKind::Plain };
        return Some(Dot { end: at + first.len_utf8(), kind });
    }
    let space_before = first == ' ';
    let open_at = at + usize::from(space_before);
    let open = char_at(text, open_at).filter(|&c| matches!(c, '[' | '(' | '{' | '<'))?;
    let inside = open_at + 1;
    let c = char_at(text, inside)?;
    let inside_end = if plain(c) == '.' || matches!(c, '점' | '닷' | '点') {
        inside + c.len_utf8()
    } else if is_dot_word(text, inside) {
        inside + 3
    } else {
        return None;
    };
    let _close = char_at(text, inside_end).filter(|&c| closes(open, c))?;
    let end = inside_end + 1;
    let space_after = char_at(text, end) == Some(' ');
    let kind = if space_before || space_after { DotKind::Loose } else { DotKind::Bracketed };
    Some(Dot { end: end + usize::from(space_after), kind })
}

fn closes(open: char, close: char) -> bool {
    matches!((open, close), ('[', ']') | ('(', ')') | ('{', '}') | ('<', '>'))
}

// ------------------------------------------------------------- with a scheme

/// Schemes that make any host a link, also as the end of a word ("seehttp://").
const SCHEMES: &[&str] =
    &["https", "http", "hxxps", "hxxp", "ftps", "ftp", "wss", "ws", "rtmps", "rtmp"];

/// A link at its colon.
fn with_scheme(text: &str, from: usize, colon: usize) -> Step {
    let written = part(text, &(from..colon));
    let scheme = SCHEMES.iter().find(|scheme| {
        let mut backwards = written.chars().rev().filter(|&c| !is_ignorable(c));
        scheme.chars().rev().all(|c| backwards.next().map(|b| lower(plain(b))) == Some(c))
    });
    let after = colon_end(text, colon).and_then(|end| slashes(text, end)).unwrap_or(colon);
    let Some(scheme) = scheme else { return Step::nothing(after) };
    let start = written
        .char_indices()
        .rev()
        .filter(|&(_, c)| !is_ignorable(c))
        .nth(scheme.len() - 1)
        .map_or(colon, |(at, _)| from + at);

    let host_start = after_user_info(text, after);
    if let Some(end) = ip6_end(text, host_start) {
        let span_end = tail_end(text, end);
        return Step::found(Link { start, end: span_end, host: host_start..end });
    }
    let mut label = host_start..label_end(text, host_start);
    if !is_label(part(text, &label)) {
        return Step::nothing(after);
    }
    // The end of the host so far, and whether that ends with a top-level domain.
    let mut end = label.end;
    let mut ends_well = false;
    while let Some(dot) = dot_at(text, label.end) {
        let next = dot.end..label_end(text, dot.end);
        let word = part(text, &next);
        let top = top_level(text, &next);
        // "https://example.com。次は": the next sentence, unless it is a domain.
        let sentence = matches!(dot.kind, DotKind::Loose | DotKind::Ideographic)
            || !word.chars().next().is_some_and(is_latin);
        if !is_label(word) || ends_well && sentence && top.is_none() {
            break;
        }
        ends_well = top.is_some();
        end = top.map_or(next.end, |(_, end)| end);
        label = next;
    }
    let end = host_start + trimmed(part(text, &(host_start..end))).len();
    let span_end = tail_end(text, end);
    Step::found(Link { start, end: span_end, host: host_start..end })
}

/// Where the host starts: after the last `@` before the path.
fn after_user_info(text: &str, at: usize) -> usize {
    let mut host = at;
    for (offset, c) in part(text, &(at..text.len())).char_indices() {
        match plain(c) {
            '/' | '?' | '#' | '\\' => break,
            '@' => host = at + offset + c.len_utf8(),
            c if c.is_whitespace() => break,
            _ => {}
        }
    }
    host
}

/// The end of an IPv6 address in its brackets.
fn ip6_end(text: &str, at: usize) -> Option<usize> {
    let inside = part(text, &(at..text.len())).strip_prefix('[')?;
    let length = inside
        .bytes()
        .take(46)
        .position(|b| !b.is_ascii_hexdigit() && !matches!(b, b':' | b'.'))?;
    (length >= 2 && inside.as_bytes().get(length) == Some(&b']')).then_some(at + length + 2)
}

// ----------------------------------------------------------- without a scheme

/// What is seen of a domain up to one of its labels, which may be its last.
struct Seen<'a> {
    text: &'a str,
    /// The first label, the label before the last, and the last, which ends
    /// where the top-level domain does.
    first: &'a str,
    second: &'a str,
    last: &'a str,
    labels: usize,
    /// A bracketed dot without spaces: obfuscation is intent.
    bracketed: bool,
    ideographic: bool,
    /// Where the domain would end.
    end: usize,
    /// A slash before the domain: it may be a part of a file's path.
    after_slash: bool,
    /// More labels follow.
    goes_on: bool,
}

/// The most bytes of a label. Source: RFC 1035.
const MAX_LABEL: usize = 63;

/// A domain at its first dot.
fn bare(text: &str, from: usize, dot: usize) -> Step {
    let start = label_start(text, from, dot);
    let first = start..dot;
    if !is_label(part(text, &first)) {
        return Step::nothing(dot);
    }
    // It is read again for every label; one too long for the DNS is no `www`.
    let first_label =
        Some(part(text, &first)).filter(|label| label.len() <= MAX_LABEL).unwrap_or_default();

    let mut label = first.clone();
    let mut labels = 1;
    let mut bracketed = false;
    let mut ideographic = false;
    let mut octets = usize::from(is_octet(part(text, &first)));
    let mut accepted: Option<Range<usize>> = None;
    let mut last_counts = false;
    while let Some(dot) = dot_at(text, label.end) {
        let next = dot.end..label_end(text, dot.end);
        if !is_label(part(text, &next)) {
            break;
        }
        let second = std::mem::replace(&mut label, next);
        labels += 1;
        octets += usize::from(is_octet(part(text, &label)));
        bracketed |= dot.kind == DotKind::Bracketed;
        ideographic |= dot.kind == DotKind::Ideographic;
        last_counts = false;
        let Some((top, end)) = top_level(text, &label) else { continue };
        let goes_on = end == label.end
            && dot_at(text, end)
                .is_some_and(|dot| dot.kind != DotKind::Ideographic && is_label_at(text, dot.end));
        let seen = Seen {
            text,
            first: first_label,
            second: part(text, &second),
            last: part(text, &(label.start..end)),
            labels,
            bracketed,
            ideographic,
            end,
            after_slash: char_before(text, start).is_some_and(|c| matches!(plain(c), '/' | '\\')),
            goes_on,
        };
        if seen.counts(top) {
            accepted = Some(label.start..end);
            last_counts = true;
        }
    }
    let end = label.end;
    if labels == 1 {
        return Step { link: None, resume: end, from: start };
    }
    if is_address(text, start, end) {
        return Step { link: None, resume: end, from: end };
    }
    let rest = evidence(text, end);
    let is_www = labels >= 3
        && folded(first_label).eq("www".chars())
        && part(text, &label).chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let is_ip =
        labels == 4 && octets == 4 && (rest.port || rest.path && !is_prefix_length(text, end));
    let end = match accepted {
        _ if is_ip => Some(end),
        // "youtube.com.evil/x": who writes a path means all of it.
        Some(_) if !last_counts && (rest.path || rest.port) => Some(end),
        Some(accepted) => Some(accepted.end),
        None if is_www => Some(end),
        None => None,
    };
    match end {
        None => Step { link: None, resume: label.end, from: label.end },
        Some(end) => {
            let end = start + trimmed(part(text, &(start..end))).len();
            let span_end = tail_end(text, end);
            let mut step = Step::found(Link { start, end: span_end, host: start..end });
            // Labels after the host have been read, and are no link of their own.
            step.resume = span_end.max(label.end);
            step.from = step.resume;
            step
        }
    }
}

impl Seen<'_> {
    /// Whether this is a domain, and not two sentences without a space.
    fn counts(&self, top: Top) -> bool {
        let rest = evidence(self.text, self.end);
        let www = self.labels >= 3 && folded(self.first).eq("www".chars());
        let sure = rest.path || rest.port || self.bracketed || www;
        let digits = folded(self.second).all(|c| c.is_ascii_digit());
        let short = folded(self.second).nth(1).is_none();
        let latin = self.second.chars().all(is_latin);
        let common = is_one_of(COMMON, self.second);
        let second_level = self.labels >= 3 && is_one_of(SECOND_LEVEL, self.second);
        // com.example.app is the name of a package.
        let backwards = self.labels >= 3 && is_one_of(&["com", "io", "net", "org"], self.first);
        let reads_well = !starts_sentence(self.last) && !digits && !short && !backwards;
        match top {
            Top::Generic => !self.ideographic || latin || sure,
            Top::Word => sure || reads_well && latin && !common && !self.goes_on,
            Top::Country => {
                sure || second_level || reads_well && !common && (latin || !self.ideographic)
            }
            Top::CountryWord => second_level || sure && !digits && !self.after_slash,
            Top::FileType => {
                let path = rest.path && !self.after_slash && !dotted_path(self.text, self.end);
                self.bracketed || www || path && !digits
            }
            Top::International => sure || !self.ideographic && !ends_sentence(self.second),
        }
    }
}

/// Whether a top-level domain looks like the start of a sentence: `Me`, `Net`.
fn starts_sentence(label: &str) -> bool {
    let mut chars = label.chars().filter(|&c| !is_ignorable(c));
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
}

/// Whether a word ends as Korean sentences do.
fn ends_sentence(label: &str) -> bool {
    label.chars().next_back().is_some_and(|c| "다요음죠네까지임함ㅋㅎㅠㅜ".contains(c))
}

/// What follows a domain and shows that it is one.
struct Evidence {
    path: bool,
    port: bool,
}

fn evidence(text: &str, at: usize) -> Evidence {
    let port_end = port_end(text, at);
    let slash = if char_at(text, port_end) == Some('.') { port_end + 1 } else { port_end };
    let path = char_at(text, slash).filter(|&c| matches!(plain(c), '/' | '\\')).is_some_and(|c| {
        char_at(text, slash + c.len_utf8())
            .is_some_and(|c| is_label_char(c) || "?#@~%+=&!$*".contains(plain(c)))
    });
    Evidence { path, port: port_end > at }
}

/// The end of a port of two to five digits. Without one, `at`.
fn port_end(text: &str, at: usize) -> usize {
    let Some(colon) = char_at(text, at).filter(|&c| plain(c) == ':') else { return at };
    let digits = part(text, &(at + colon.len_utf8()..text.len()));
    let mut number = 0_u32;
    let mut count = 0;
    let mut end = at + colon.len_utf8();
    for c in digits.chars().take(6) {
        let Some(digit) = plain(c).to_digit(10) else {
            if is_label_char(c) && is_latin(c) {
                return at;
            }
            break;
        };
        number = number * 10 + digit;
        count += 1;
        end += c.len_utf8();
    }
    if (2..=5).contains(&count) && number <= 65_535 { end } else { at }
}

/// Whether the path is the `/24` of an address range.
fn is_prefix_length(text: &str, at: usize) -> bool {
    let mut path = part(text, &(at..text.len())).chars().skip(1);
    let digits = path.by_ref().take(2).filter(char::is_ascii_digit).count();
    digits > 0 && !path.next().is_some_and(|c| is_label_char(c) || c == '/')
}

/// Whether the first segment of the path names a file as well ("README.md/main.rs").
fn dotted_path(text: &str, at: usize) -> bool {
    part(text, &(at..text.len()))
        .chars()
        .skip(1)
        .take(64)
        .take_while(|&c| is_label_char(c) || c == '.')
        .any(|c| c == '.')
}

/// Whether what looks like a domain is a part of an e-mail address or of an `@name`.
fn is_address(text: &str, start: usize, end: usize) -> bool {
    let before = part(text, &(0..start));
    if before.chars().next_back().is_some_and(|c| plain(c) == '@') {
        return true;
    }
    let word = before.strip_suffix(' ').unwrap_or(before);
    if let Some(word) = word.strip_suffix([')', ']', '}'])
        && word.as_bytes().last_chunk::<3>().is_some_and(|at| {
            matches!(at.map(|b| b.to_ascii_lowercase()), [b'(' | b'[' | b'{', b'a', b't'])
        })
    {
        return true;
    }
    let mut after = part(text, &(end..text.len())).chars().take(64);
    after
        .find(|&c| !(is_label_char(c) || matches!(c, '.' | '+' | '%')))
        .is_some_and(|c| plain(c) == '@')
        && char_at(text, end).is_some_and(|c| matches!(plain(c), '@' | '+' | '%' | '.'))
}

/// `discord . gg/x` and "discord dot gg": a dot that stands apart. So much like
/// prose that only few top-level domains count, and only with a path.
fn apart(text: &str, from: usize, dot: usize) -> Step {
    let spoken = is_dot_word(text, dot);
    let c = char_at(text, dot).unwrap_or(' ');
    let dot_end = dot + if spoken { 3 } else { c.len_utf8() };
    let nothing = Step::nothing(dot_end);
    let space_after = char_at(text, dot_end) == Some(' ');
    if spoken && !space_after {
        return nothing;
    }
    let label = dot_end + usize::from(space_after);
    let label = label..label_end(text, label);
    if !is_one_of(&["com", "gg", "ly"], part(text, &label)) {
        return nothing;
    }
    let name_end = dot - 1;
    let name = label_start(text, from, name_end)..name_end;
    if !is_label(part(text, &name)) {
        return nothing;
    }
    let after = part(text, &(label.end..text.len()));
    let path = evidence(text, label.end).path;
    let spoken_path = spoken && [" slash ", " / "].iter().any(|slash| after.starts_with(slash));
    let invite = spoken
        && folded(part(text, &name)).eq("discord".chars())
        && folded(part(text, &label)).eq("gg".chars());
    if !path && !spoken_path && !invite {
        return nothing;
    }
    let end = tail_end(text, label.end);
    Step::found(Link { start: name.start, end, host: name.start..label.end })
}

// ------------------------------------------------------------------ the pieces

/// Port, path, query and fragment: the end of them, sentence punctuation aside.
fn tail_end(text: &str, host_end: usize) -> usize {
    let mut at = port_end(text, host_end);
    if char_at(text, at) == Some('.') && char_at(text, at + 1).is_some_and(|c| c == '/') {
        at += 1;
    }
    let Some(first) = char_at(text, at) else { return at };
    let next = char_at(text, at + first.len_utf8());
    let opens = match plain(first) {
        '/' | '\\' => true,
        '?' | '#' => next.is_some_and(char::is_alphanumeric),
        _ => false,
    };
    if !opens {
        return at;
    }
    // The end without what has been seen of closing punctuation since.
    let mut end = at;
    let mut word = at;
    let mut open = 0_usize;
    for (offset, c) in part(text, &(at..text.len())).char_indices() {
        let here = at + offset;
        let after = here + c.len_utf8();
        if c.is_whitespace()
            || c.is_control()
            || "<>\"`|,;、。，！？；：「」『』（）【】《》“”‘’…".contains(c)
        {
            break;
        }
        match c {
            // Another link in the path: it is found on its own.
            ':' if slashes(text, after).is_some() && word > at && word < here => {
                return end.min(word);
            }
            '(' => open += 1,
            ')' if open > 0 => {
                open -= 1;
                end = after;
            }
            '.' | '!' | '?' | ':' | '\'' | '"' | '*' | '~' | ')' | ']' | '}' => {}
            _ => end = after,
        }
        if !c.is_ascii_alphabetic() {
            word = after;
        }
    }
    end
}

/// The label that ends here, without what cannot start one: where it starts. In
/// Korean or Japanese no space divides a word from a link, so `주소는example.com`
/// starts at the `e`.
fn label_start(text: &str, from: usize, end: usize) -> usize {
    let mut start = end;
    let mut latin = false;
    let mut bound = end;
    for (offset, c) in part(text, &(from..end)).char_indices().rev() {
        if !is_label_char(c) || latin && !is_latin(c) {
            break;
        }
        latin |= is_latin(c) && plain(c).is_ascii_alphabetic();
        bound = from + offset;
        if is_letter(c) {
            start = bound;
        }
    }
    start.max(bound)
}

/// Where the label that starts here ends.
fn label_end(text: &str, at: usize) -> usize {
    let rest = part(text, &(at..text.len()));
    at + rest.find(|c| !is_label_char(c)).unwrap_or(rest.len())
}

fn is_label_at(text: &str, at: usize) -> bool {
    char_at(text, at).is_some_and(is_label_char)
}

/// Whether there is a letter or digit in it.
fn is_label(label: &str) -> bool {
    label.chars().any(is_letter)
}

fn is_label_char(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => true,
        '가'..='힣' => true,
        _ if c.is_ascii() => false,
        _ => is_ignorable(c) || plain(c).is_alphanumeric() || is_mark(c),
    }
}

/// A letter or digit of any script.
fn is_letter(c: char) -> bool {
    ('가'..='힣').contains(&c) || !is_ignorable(c) && plain(c).is_alphanumeric()
}

/// Without the hyphens, underscores and invisible characters at its end.
fn trimmed(host: &str) -> &str {
    host.trim_end_matches(|c: char| !is_letter(c) && c != ']')
}

/// The top-level domain that a label is, or starts with when a particle or a
/// hyphen follows ("example.com에서"): its class, and the end of it.
fn top_level(text: &str, label: &Range<usize>) -> Option<(Top, usize)> {
    let word = part(text, label);
    if let Some(top) = class(word) {
        return Some((top, label.end));
    }
    let ascii = word.find(|c: char| !plain(c).is_ascii_alphabetic() && !is_ignorable(c))?;
    let (head, tail) = word.split_at_checked(ascii)?;
    let ends = tail.chars().next().is_some_and(|c| !is_latin(c) || matches!(c, '-' | '_'));
    let top = class(head).filter(|_| ends)?;
    Some((top, label.start + ascii))
}

/// How much must be seen before a top-level domain makes a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Top {
    /// Enough by itself: `com`.
    Generic,
    /// A word that also starts sentences: not after a common word.
    Word,
    /// A country's that is not a word one writes.
    Country,
    /// A country's that is a word or a chat abbreviation: with a path, a port,
    /// `www` or a bracketed dot only.
    CountryWord,
    /// A country's that names files: the same, and a path that is not a file's.
    FileType,
    /// In its own script.
    International,
}

fn class(label: &str) -> Option<Top> {
    let word = Word::of(label)?;
    if word.length < 2 || word.bytes.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    if !word.text().is_ascii() {
        return word.is_in(INTERNATIONAL).then_some(Top::International);
    }
    [
        (GENERIC, Top::Generic),
        (WORDS, Top::Word),
        (COUNTRIES, Top::Country),
        (COUNTRY_WORDS, Top::CountryWord),
        (FILE_TYPES, Top::FileType),
    ]
    .into_iter()
    .find_map(|(list, top)| word.is_in(list).then_some(top))
    .or_else(|| (word.length > 6 && word.text().starts_with("xn--")).then_some(Top::Generic))
}

/// Whether the word, folded, is in the sorted list.
pub(crate) fn is_one_of(list: &[&str], word: &str) -> bool {
    Word::of(word).is_some_and(|word| word.is_in(list))
}

/// A word folded, as the lists have them: none of theirs is longer.
struct Word {
    bytes: [u8; 24],
    length: usize,
}

impl Word {
    fn of(text: &str) -> Option<Self> {
        let mut word = Self { bytes: [0; 24], length: 0 };
        for c in folded(text) {
            let end = word.length + c.len_utf8();
            c.encode_utf8(word.bytes.get_mut(word.length..end)?);
            word.length = end;
        }
        Some(word)
    }

    fn text(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or("")
    }

    fn is_in(&self, list: &[&str]) -> bool {
        list.binary_search(&self.text()).is_ok()
    }
}

fn is_octet(label: &str) -> bool {
    let mut number = 0;
    let mut count = 0;
    for c in folded(label).take(4) {
        let Some(digit) = c.to_digit(10) else { return false };
        number = number * 10 + digit;
        count += 1;
    }
    (1..=3).contains(&count) && number <= 255
}

/// The host as it is reported.
fn host(text: &str, span: Range<usize>) -> String {
    let mut host = String::with_capacity(span.len());
    let written = part(text, &span);
    if written.starts_with('[') {
        host.extend(written.chars().filter(|c| !matches!(c, '[' | ']')).map(lower));
        return host;
    }
    let mut at = span.start;
    loop {
        let end = label_end(text, at).min(span.end);
        push_label(part(text, &(at..end)), &mut host);
        let rest = part(text, &(end..span.end));
        at = match dot_at(text, end) {
            _ if rest.is_empty() => break,
            Some(dot) => dot.end,
            // A dot that stands apart: only the last label is left.
            None => {
                span.end
                    - rest
                        .chars()
                        .rev()
                        .take_while(|&c| is_label_char(c))
                        .map(char::len_utf8)
                        .sum::<usize>()
            }
        };
        host.push('.');
    }
    host
}

/// The most characters a label has.
const LABEL_LENGTH: usize = 63;

/// One label in lower-case ASCII, by Punycode (RFC 3492) where it has to be.
fn push_label(label: &str, host: &mut String) {
    if folded(label).all(|c| c.is_ascii()) {
        host.extend(folded(label));
        return;
    }
    let mut points = [0_u32; LABEL_LENGTH];
    let mut count = 0;
    for c in folded(label) {
        let Some(point) = points.get_mut(count) else {
            host.extend(folded(label));
            return;
        };
        *point = u32::from(c);
        count += 1;
    }
    let points = points.get(..count).unwrap_or_default();

    host.push_str("xn--");
    host.extend(folded(label).filter(char::is_ascii));
    let basic = points.iter().filter(|&&point| point < 128).count() as u32;
    if basic > 0 {
        host.push('-');
    }
    let mut done = basic;
    let mut next = 128;
    let mut delta = 0;
    let mut bias = 72;
    while let Some(&lowest) = points.iter().filter(|&&point| point >= next).min() {
        // At most 0x10FFFF * 64: no overflow.
        delta += (lowest - next) * (done + 1);
        for &point in points {
            if point < lowest {
                delta += 1;
            } else if point == lowest {
                push_delta(delta, bias, host);
                bias = adapted(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        next = lowest + 1;
    }
}

fn push_delta(delta: u32, bias: u32, host: &mut String) {
    let digit = |value: u32| {
        let base = if value < 26 { b'a' } else { b'0' - 26 };
        char::from(base + value as u8)
    };
    let mut rest = delta;
    let mut step = 36;
    loop {
        let threshold = step_threshold(step, bias);
        if rest < threshold {
            host.push(digit(rest));
            return;
        }
        host.push(digit(threshold + (rest - threshold) % (36 - threshold)));
        rest = (rest - threshold) / (36 - threshold);
        step += 36;
    }
}

fn step_threshold(step: u32, bias: u32) -> u32 {
    step.saturating_sub(bias).clamp(1, 26)
}

fn adapted(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut bias = 0;
    while delta > 455 {
        delta /= 35;
        bias += 36;
    }
    bias + 36 * delta / (delta + 38)
}

// ------------------------------------------------------------------- characters

/// A slice, empty where there is none.
pub(crate) fn part<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    text.get(span.clone()).unwrap_or_default()
}

/// The character that starts at this byte.
pub(crate) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The character that ends at this byte.
pub(crate) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// The label as a resolver would read it.
fn folded(label: &str) -> impl Iterator<Item = char> + Clone {
    label.chars().filter(|&c| !is_ignorable(c)).map(|c| lower(plain(c)))
}

fn lower(c: char) -> char {
    if c.is_ascii() || ('가'..='힣').contains(&c) {
        return c.to_ascii_lowercase();
    }
    let mut letters = c.to_lowercase();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => c,
    }
}

/// Latin letters, their accents, and what belongs to any script.
pub(crate) fn is_latin(c: char) -> bool {
    c < '\u{370}' || plain(c).is_ascii() || is_ignorable(c)
}

/// The ASCII character that this one is a form of: full-width, mathematical,
/// circled, squared. Any other is itself.
pub(crate) fn plain(c: char) -> char {
    if c < '\u{2000}' || ('가'..='힣').contains(&c) {
        return c;
    }
    let code = u32::from(c);
    let letter = |base: u8, offset: u32| char::from(base + (offset % 26) as u8);
    let digit = |offset: u32| char::from(b'0' + (offset % 10) as u8);
    match code {
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        0x3002 | 0xFF61 | 0x2024 => '.',
        0x2044 | 0x2215 => '/',
        0x2460..=0x2468 => digit(code - 0x2460 + 1),
        0x24EA => '0',
        0x24B6..=0x24CF => letter(b'A', code - 0x24B6),
        0x24D0..=0x24E9 => letter(b'a', code - 0x24D0),
        0x1D400..=0x1D6A3 => {
            let offset = (code - 0x1D400) % 52;
            letter(if offset < 26 { b'A' } else { b'a' }, offset)
        }
        0x1D7CE..=0x1D7FF => digit(code - 0x1D7CE),
        0x1F130..=0x1F149 => letter(b'A', code - 0x1F130),
        0x1F150..=0x1F169 => letter(b'A', code - 0x1F150),
        0x1F170..=0x1F189 => letter(b'A', code - 0x1F170),
        _ => match c {
            'ℎ' => 'h',
            'ℯ' => 'e',
            'ℊ' => 'g',
            'ℴ' => 'o',
            'ℬ' => 'B',
            'ℰ' => 'E',
            'ℱ' => 'F',
            'ℂ' | 'ℭ' => 'C',
            'ℋ' | 'ℌ' | 'ℍ' => 'H',
            'ℐ' | 'ℑ' => 'I',
            'ℒ' => 'L',
            'ℳ' => 'M',
            'ℕ' => 'N',
            'ℙ' => 'P',
            'ℚ' => 'Q',
            'ℛ' | 'ℜ' | 'ℝ' => 'R',
            'ℤ' | 'ℨ' => 'Z',
            _ => c,
        },
    }
}

/// Characters that a reader does not see in a link: invisible ones, selectors,
/// frames, and the lines of underlined and struck-out text.
pub(crate) fn is_ignorable(c: char) -> bool {
    if c.is_ascii() || ('가'..='힣').contains(&c) {
        return false;
    }
    matches!(c, '\u{AD}' | '\u{305}' | '\u{332}' | '\u{333}' | '\u{335}'..='\u{338}' | '\u{34F}'
        | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{20DD}'..='\u{20E0}' | '\u{20E3}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

// ------------------------------------------------------------------- the lists

#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "biz", "co", "com", "edu", "gov", "mil", "onion", "org", "xxx", "xyz",
];

/// `net` and `io` are here for "asp.net" and "java.io".
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "ai", "app", "bet", "blog", "casino", "cc", "cf", "click", "cloud", "club", "de", "dev",
    "digital", "es", "eu", "fm", "fr", "ga", "games", "gg", "gq", "icu", "info", "io", "link",
    "live", "media", "moe", "net", "network", "ninja", "online", "porn", "pw", "se", "shop",
    "site", "space", "store", "stream", "studio", "tech", "tk", "tv", "vip", "webcam",
    "website", "wiki", "ws",
];

#[rustfmt::skip]
const COUNTRIES: &[&str] = &[
    "ae", "ar", "au", "az", "ba", "bd", "bg", "br", "ca", "ch", "ci", "cl", "cn", "cr", "cu",
    "cy", "cz", "dk", "dz", "ec", "ee", "eg", "fi", "ge", "gh", "gr", "hk", "hr", "hu", "il",
    "iq", "jo", "jp", "ke", "kh", "kr", "kw", "kz", "lk", "lt", "lu", "lv", "mx", "ng", "nl",
    "nz", "pe", "ph", "pk", "pt", "ro", "ru", "sa", "sg", "sk", "th", "tr", "tw", "tz", "ua",
    "ug", "uk", "uy", "uz", "vn", "za",
];

/// English words, chat abbreviations ("gl", "np"), units and pronouns elsewhere;
/// and generic ones that start sentences.
#[rustfmt::skip]
const COUNTRY_WORDS: &[&str] = &[
    "ac", "ad", "af", "ag", "al", "am", "ao", "aq", "art", "as", "asia", "at", "aw", "ax",
    "bb", "be", "bf", "bh", "bi", "bid", "bio", "bj", "bm", "bn", "bo", "bs", "bt", "bw", "by",
    "bz", "camp", "cash", "cat", "cd", "center", "cg", "chat", "city", "ck", "cm", "cool", "cv",
    "cw", "cx", "date", "dj", "dm", "do", "download", "er", "et", "exchange", "fan", "fans",
    "finance", "fit", "fj", "fk", "fo", "fun", "fund", "fyi", "game", "gd", "gf", "gi", "gift",
    "gl", "gm", "gn", "gp", "group", "gs", "gt", "guide", "guru", "gy", "help", "hm", "hn",
    "host", "ht", "id", "ie", "im", "in", "ink", "ir", "is", "it", "je", "jm", "jobs", "kg",
    "ki", "km", "kn", "kp", "ky", "la", "land", "lb", "lc", "li", "life", "limited", "lol",
    "love", "lr", "ls", "ltd", "ly", "ma", "market", "mc", "me", "men", "mg", "mh", "mk", "mm",
    "mn", "mo", "mobi", "money", "mp", "mq", "mr", "ms", "mt", "mu", "mv", "mw", "my", "mz",
    "na", "name", "nc", "ne", "news", "nf", "ni", "no", "now", "np", "nr", "nu", "om", "one",
    "pa", "page", "party", "pf", "pg", "pics", "pink", "plus", "pm", "pn", "pr", "press",
    "pro", "promo", "pub", "qa", "quest", "racing", "re", "red", "review", "rip", "rocks", "run",
    "rw", "sale", "sb", "sc", "school", "sd", "sex", "sexy", "show", "si", "sl", "sm", "sn",
    "social", "software", "sr", "ss", "st", "style", "su", "support", "surf", "sv", "sx", "sy",
    "sz", "tc", "td", "team", "tf", "tg", "tips", "tj", "tl", "tm", "tn", "to", "today",
    "tools", "top", "town", "trade", "tt", "tube", "um", "us", "va", "vc", "ve", "vg", "vi",
    "video", "vote", "vu", "watch", "wf", "win", "work", "works", "world", "wtf", "ye", "yt",
    "zm", "zone", "zw",
];

#[rustfmt::skip]
const FILE_TYPES: &[&str] = &["gz", "md", "ml", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip"];

#[rustfmt::skip]
const INTERNATIONAL: &[&str] = &[
    "бел", "дети", "ею", "москва", "онлайн", "орг", "рус", "рф", "сайт", "срб", "укр",
    "қаз", "ישראל", "السعودية", "امارات", "ایران", "عمان", "مصر", "موقع", "भारत",
    "ไทย", "みんな", "コム", "ストア", "セール", "中国", "中國", "中文网", "公司", "台湾", "台灣", "商城", "在线",
    "手机", "新加坡", "网址", "网络", "香港", "닷넷", "닷컴", "삼성", "한국",
];

/// What registries and companies put before a country's domain.
#[rustfmt::skip]
const SECOND_LEVEL: &[&str] = &["ac", "co", "com", "edu", "gov", "net", "org"];

/// Types of files that are no domains.
#[rustfmt::skip]
const NEVER_TOP_LEVEL: &[&str] = &[
    "css", "exe", "gif", "htm", "html", "jpeg", "jpg", "js", "json", "log", "png", "svg", "toml",
    "ts", "txt", "webp", "xml", "yaml",
];

/// Words that end sentences: "nice.gg", "i was offline.live now".
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "ado", "again", "all", "and", "anyway", "asp", "back", "bad", "best", "better", "boring",
    "boss", "bro", "bruh", "bye", "close", "come", "cool", "crazy", "cringe", "day", "dead",
    "did", "do", "done", "dude", "easy", "end", "ended", "ez", "finally", "fine", "first", "fun",
    "game", "games", "gg", "go", "going", "gone", "good", "great", "guys", "haha", "hahaha",
    "hello", "her", "here", "hey", "hi", "him", "home", "hot", "how", "idk", "it", "java", "job",
    "just", "kekw", "lag", "last", "later", "let", "life", "like", "live", "lmao", "lol", "long",
    "lose", "lost", "love", "luck", "man", "match", "maybe", "me", "mid", "more", "my", "name",
    "need", "new", "next", "nice", "no", "nope", "not", "now", "off", "offline", "oh", "ok",
    "okay", "omg", "on", "one", "online", "out", "over", "people", "play", "played", "please",
    "pls", "pog", "rip", "round", "sad", "same", "see", "sick", "sleep", "so", "soon", "sorry",
    "stop", "stream", "sure", "system", "thanks", "that", "the", "them", "then", "there", "they",
    "thing", "this", "though", "time", "to", "today", "tomorrow", "tonight", "too", "true", "ty",
    "unlucky", "up", "us", "vb", "w", "wait", "was", "watch", "watching", "way", "well", "what",
    "when", "where", "who", "why", "win", "won", "work", "wow", "wp", "wtf", "yeah", "yep", "yes",
    "you", "yup",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(&str, String)> {
        let mut all = Vec::new();
        find(text, &mut |span, host| all.push((text.get(span).unwrap(), host.to_owned())));
        all
    }

    #[test]
    fn links() {
        let mut wrong = Vec::new();
        for (text, span, host) in [
            ("http://example.com", "http://example.com", "example.com"),
            ("see https://Example.COM/a?b=c#d now", "https://Example.COM/a?b=c#d", "example.com"),
            (
                "(https://en.wikipedia.org/wiki/Rust_(game))",
                "https://en.wikipedia.org/wiki/Rust_(game)",
                "en.wikipedia.org",
            ),
            ("[x](https://example.com/a).", "https://example.com/a", "example.com"),
            ("<https://example.com/a>", "https://example.com/a", "example.com"),
            ("is it https://example.com?", "https://example.com", "example.com"),
            (
                "http://user:pass@example.com:8080/x",
                "http://user:pass@example.com:8080/x",
                "example.com",
            ),
            ("http://youtube.com@evil.xyz/x", "http://youtube.com@evil.xyz/x", "evil.xyz"),
            ("http://youtube.com\\@evil.xyz", "http://youtube.com\\@evil.xyz", "youtube.com"),
            ("http://localhost:3000", "http://localhost:3000", "localhost"),
            ("http://[::1]:80/x", "http://[::1]:80/x", "::1"),
            ("http://192.168.0.1/admin", "http://192.168.0.1/admin", "192.168.0.1"),
            ("join 10.0.0.1:25565", "10.0.0.1:25565", "10.0.0.1"),
            ("1.2.3.4/login", "1.2.3.4/login", "1.2.3.4"),
            ("http://example.com./x", "http://example.com./x", "example.com"),
            ("hxxp://example.com", "hxxp://example.com", "example.com"),
            ("hxxps[:]//example[.]com/x", "hxxps[:]//example[.]com/x", "example.com"),
            ("seehttps://example.com", "https://example.com", "example.com"),
            ("여기https://example.com/x로", "https://example.com/x로", "example.com"),
            ("https://example.com에서 봐", "https://example.com", "example.com"),
            ("https://example.com。次は", "https://example.com", "example.com"),
            ("https://my.unknowntld/x", "https://my.unknowntld/x", "my.unknowntld"),
            ("http://this.is", "http://this.is", "this.is"),
            ("//example.com/x", "example.com/x", "example.com"),
            ("www.example.com", "www.example.com", "www.example.com"),
            ("www.this.is!", "www.this.is", "www.this.is"),
            ("www.example.unknown/x", "www.example.unknown/x", "www.example.unknown"),
            ("example.com", "example.com", "example.com"),
            ("go to example.com.", "example.com", "example.com"),
            ("go to example.com, now", "example.com", "example.com"),
            ("example.com?", "example.com", "example.com"),
            ("example.com?ref=1", "example.com?ref=1", "example.com"),
            ("example.com/", "example.com/", "example.com"),
            ("**example.com/x**", "example.com/x", "example.com"),
            ("__example.com__", "example.com", "example.com"),
            ("EXAMPLE.COM", "EXAMPLE.COM", "example.com"),
            ("sub.example.co.uk/x", "sub.example.co.uk/x", "sub.example.co.uk"),
            ("amazon.com.my", "amazon.com.my", "amazon.com.my"),
            ("youtube.com.evil.xyz", "youtube.com.evil.xyz", "youtube.com.evil.xyz"),
            ("youtube.com.evil/x", "youtube.com.evil/x", "youtube.com.evil"),
            ("see youtube.com.then go", "youtube.com", "youtube.com"),
            ("discord.gg/abc", "discord.gg/abc", "discord.gg"),
            ("join discord.gg", "discord.gg", "discord.gg"),
            ("u.gg/x", "u.gg/x", "u.gg"),
            ("youtu.be/abc", "youtu.be/abc", "youtu.be"),
            ("t.me/abc", "t.me/abc", "t.me"),
            ("bit.ly/abc", "bit.ly/abc", "bit.ly"),
            ("docs.rs/serde", "docs.rs/serde", "docs.rs"),
            ("x.com", "x.com", "x.com"),
            ("t.co/abc", "t.co/abc", "t.co"),
            ("mysite.live for more", "mysite.live", "mysite.live"),
            ("cheap-views.online", "cheap-views.online", "cheap-views.online"),
            ("www.twitch.tv/somebody", "www.twitch.tv/somebody", "www.twitch.tv"),
            ("naver.com을 봐", "naver.com", "naver.com"),
            ("주소는example.com이야", "example.com", "example.com"),
            ("예시.한국", "예시.한국", "xn--vv4b11d.xn--3e0b707e"),
            ("http://bücher.de/x", "http://bücher.de/x", "xn--bcher-kva.de"),
            ("한글.com", "한글.com", "xn--bj0bj06e.com"),
            ("пример.рф", "пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("例え.みんな", "例え.みんな", "xn--r8jz45g.xn--q9jyb4c"),
            ("xn--bcher-kva.de", "xn--bcher-kva.de", "xn--bcher-kva.de"),
            ("example[.]com", "example[.]com", "example.com"),
            ("example(.)com/x", "example(.)com/x", "example.com"),
            ("example (dot) com", "example (dot) com", "example.com"),
            ("example[dot]com", "example[dot]com", "example.com"),
            ("example (점) com", "example (점) com", "example.com"),
            ("youtu[.]be", "youtu[.]be", "youtu.be"),
            ("example。com", "example。com", "example.com"),
            ("ｅｘａｍｐｌｅ．ｃｏｍ", "ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
            (
                "ｈｔｔｐ：／／ｅｘａｍｐｌｅ．ｃｏｍ／ｘ",
                "ｈｔｔｐ：／／ｅｘａｍｐｌｅ．ｃｏｍ／ｘ",
                "example.com",
            ),
            ("𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦", "𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦", "example.com"),
            ("ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ", "ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ", "example.com"),
            ("exam\u{200B}ple.c\u{200D}om", "exam\u{200B}ple.c\u{200D}om", "example.com"),
            ("discord . gg/abc", "discord . gg/abc", "discord.gg"),
            ("discord dot gg slash abc", "discord dot gg", "discord.gg"),
            ("example dot com/x", "example dot com/x", "example.com"),
            ("🔥discord.gg/abc🔥", "discord.gg/abc🔥", "discord.gg"),
            ("wait...example.com", "example.com", "example.com"),
            ("-example.com-", "example.com", "example.com"),
            ("ok.example.com", "ok.example.com", "ok.example.com"),
        ] {
            wrong.extend((all(text) != [(span, host.to_owned())]).then(|| (text, all(text))));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn several() {
        for (text, hosts) in [
            ("a.com b.com", vec!["a.com", "b.com"]),
            ("example.com,example.org", vec!["example.com", "example.org"]),
            ("example.com/x,example.org/y", vec!["example.com", "example.org"]),
            ("https://a.com/?u=https://b.org/x", vec!["a.com", "b.org"]),
            ("https://a.com/https://b.org/x", vec!["a.com", "b.org"]),
            ("example.com me@example.org example.net", vec!["example.com", "example.net"]),
            ("http://http://example.com", vec!["http", "example.com"]),
        ] {
            let found: Vec<_> = all(text).into_iter().map(|(_, host)| host).collect();
            assert_eq!(found, hosts, "{text}");
        }
    }

    #[test]
    fn innocents() {
        let mut wrong = Vec::new();
        for text in [
            "",
            ".",
            "...",
            "hello",
            "hello.",
            "hello. world",
            "wait...what",
            "wait..what",
            "ok.so what",
            "this.is it",
            "stop it.me too",
            "give it to.me",
            "i did.no way",
            "yes.no.maybe",
            "she is.he is",
            "come in.we are open",
            "main.rs",
            "src/main.rs:10",
            "lib.rs:42:5",
            "index.html",
            "node.js",
            "README.md",
            "readme.md/main.rs",
            "run.sh",
            "script.py",
            "a.out",
            "lib.so",
            "data.json",
            "photo.jpg",
            "setup.exe",
            "style.css",
            "notes.txt",
            "archive.zip",
            "clip.mov",
            "foo.tar.gz",
            "Cargo.toml",
            "1.2.3",
            "v1.2.3",
            "v1.2.3.4",
            "1.2.3.4",
            "10.0.0.0/8",
            "192.168.0.0/16",
            "3.14",
            "0.5",
            "12.30",
            "12.05.2024",
            "2024.12.05",
            "10:30",
            "10:30.5",
            "$9.99",
            "5.pm",
            "e.g. this",
            "i.e. that",
            "e.g., this",
            "U.S.A",
            "U.S.A.",
            "a.k.a",
            "p.s. hi",
            "D.C.",
            "Ph.D.",
            "Mr.Net",
            "vs.",
            "No.1",
            "no.1 player",
            "3.de",
            "me@example.com",
            "first.last@example.co.uk",
            "first.me@example.com",
            "john.tv+x@gmail.com",
            "name (at) example (dot) com",
            "name [at] example[.]com",
            "@john.me",
            "@some.tv",
            "hi @user.gg",
            "nice.gg",
            "ez.gg wp",
            "ok.live when",
            "that was good.link pls",
            "i'm offline.live tomorrow",
            "asp.net",
            "vb.net",
            "System.Net",
            "Done.De nada",
            "com.example.app",
            "org.example.live",
            "java.io.File",
            "std::io",
            "a::b",
            "http:",
            "http://",
            "https:// ",
            "://",
            "http://...",
            "c://",
            "note: this",
            "a:b",
            "time: 10:30",
            "그렇다.한국 최고",
            "졌어요.한국 화이팅",
            "갔다.그리고 왔다",
            "안녕.하세요",
            "加油。中国",
            "好的。谢谢",
            "そうです。みんな",
            "오늘 방송합니다.live",
            "재밌었다.gg",
            "polka dot shirt",
            "connect the dots",
            "the dot com boom",
            "amazon dot com",
            "dot",
            "(dot)",
            "a (.) b",
            "(.)(.)",
            "( . )( . )",
            "function(.)",
            "I like it . me too",
            "done . app/web",
            "C# .net/java",
            "he/she.is/they",
            "and/or.",
            "w/e.",
            "1080p/60.fps",
            "it.it",
            "so.so",
            "hm.hm",
            "gl.hf",
            "gg.wp",
            "brb.ty",
            "foo.bar",
            "foo.bar/baz",
            "obj.name",
            "user.id",
            "this.props.id",
            "console.log(x)",
            "x.y.z",
            "s.o.s",
            "wow!!!.com",
            ".com",
            ".com.",
            "a .com company",
            "st. louis",
            "10.000.000",
            "1.000,50",
            "..com",
            "what.the.heck",
            "30.06.in the evening",
            "no.no.no",
            "ok.. me",
            "yes.in",
            "win.me",
            "top.10",
            "ㅋㅋ.ㅋㅋ",
            "ㅠ.ㅠ",
            "ㅇ.ㅇ",
            "o.O",
            "T.T",
            "-.-",
            "^.^",
            ">.<",
            "x.x",
            "u.u",
            "0.0",
            "a.m.",
            "p.m",
            "8.p.m",
        ] {
            wrong.extend((!all(text).is_empty()).then(|| all(text)));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn domains_cover_what_is_below_them() {
        for (domain, host) in [
            ("youtube.com", "youtube.com"),
            ("youtube.com", "www.youtube.com"),
            ("youtube.com", "a.b.youtube.com"),
        ] {
            assert!(covers(domain, host), "{domain} {host}");
        }
        for (domain, host) in [
            ("youtube.com", "notyoutube.com"),
            ("youtube.com", "youtube.com.evil.tld"),
            ("youtube.com", "com"),
            ("www.youtube.com", "youtube.com"),
            ("", "youtube.com"),
            ("youtube.com", ""),
            ("com", "notcom"),
        ] {
            assert!(!covers(domain, host), "{domain} {host}");
        }
    }

    #[test]
    fn lists_are_sorted_and_disjoint() {
        let tops = [GENERIC, WORDS, COUNTRIES, COUNTRY_WORDS, FILE_TYPES, INTERNATIONAL];
        for list in tops.into_iter().chain([SECOND_LEVEL, NEVER_TOP_LEVEL, COMMON]) {
            for pair in list.windows(2) {
                assert!(pair[0] < pair[1], "{pair:?}");
            }
        }
        let mut all: Vec<_> = tops.concat();
        all.sort_unstable();
        for pair in all.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }
    /// Any text is read to its end, spans are on boundaries and in order, and
    /// twice the text takes about twice the steps (held by the benchmark).
    #[test]
    fn hostile() {
        let pieces = [
            "a.",
            ".",
            "://",
            "http://",
            "a.com/",
            "a.com+",
            "(dot)",
            " dot ",
            "[.]",
            "。",
            "[:]//",
            "@",
            "a.b@",
            "1.",
            "1.1.1.1/",
            "가.",
            "com.",
            "\u{200B}.",
            "e\u{301}.",
            " . gg/",
            "http://a@",
            "http://[",
            "a.com,",
            "www.",
            "xn--.",
            "-.",
            "d",
            "(",
            "：",
        ];
        for one in pieces {
            for two in pieces {
                let text = format!("{one}{two}").repeat(60);
                let mut last = 0;
                find(&text, &mut |span, host| {
                    assert!(span.start >= last && span.start < span.end, "{text}");
                    assert!(text.get(span.clone()).is_some(), "{text}");
                    assert!(!host.is_empty() && host.is_ascii(), "{host} in {text}");
                    assert!(
                        !host.starts_with('.') && !host.ends_with('.') && !host.contains(' '),
                        "{host} in {text}"
                    );
                    last = span.end;
                });
            }
        }
    }
}
