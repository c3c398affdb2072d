//! What people glue to a word: `theheckguy`, `omgheckxx`.
//!
//! A term that may not stand inside a word does so all the same where nothing else is in
//! that word but glue: what chats put before and after words, in any number. It is a short
//! list on purpose, and what also begins or ends words (`he` in `hearse`) is no glue by
//! itself: *vague* glue counts beside a word of the *sure* kind, on whichever side of the
//! term that is. Common words that are made of a term and glue are its exceptions, added when
//! a policy is compiled; names that are, the lexicon lists.

use crate::fold::{Class, How, Letter};

/// Words of glue that begin with one letter: those that are glue by themselves, and those
/// that are not.
type Words = [&'static [&'static str]; 2];

/// Terms with fewer letters are found in glue as they are written, or not at all.
pub(crate) const SHORT: usize = 4;
/// How far glue is followed on either side of a term, in letters.
const MAX_GLUE: usize = 24;

/// What stands before a word.
fn before(first: u8) -> Words {
    match first {
        b'a' => [&["another"], &["all", "and", "are"]],
        b'b' => [&["bad", "big", "bloody", "boy", "bro", "bruh", "bruv"], &["be", "by"]],
        b'c' => [&["crazy"], &[]],
        b'd' => [&["da", "dat", "dear", "dirty", "dont", "dude", "dumb"], &["dem", "dis"]],
        b'e' => [&["eat"], &[]],
        b'f' => [&["fat", "filthy", "fkn", "from"], &["for"]],
        b'g' => [&["get", "girl", "got", "guy", "guys"], &["gg", "go"]],
        b'h' => [
            &["haha", "hate", "hehe", "hello", "hey", "him", "hot"],
            &["ha", "he", "her", "hi", "his"],
        ],
        b'i' => [&["im", "its"], &["if", "in", "is", "it"]],
        b'j' => [&["just"], &[]],
        b'l' => [&["lame", "lick", "like", "lil", "little", "lmao", "lmfao", "lol", "love"], &[]],
        b'm' => [&["mad", "mister", "mr", "ms", "my"], &["man", "me"]],
        b'n' => [&["now"], &["nah", "no", "not"]],
        b'o' => {
            [&["off", "oh", "ok", "okay", "old", "omfg", "omg"], &["of", "on", "ooh", "or", "our"]]
        }
        b'p' => [&["please", "pls", "plz"], &[]],
        b'r' => [&["rofl"], &["real"]],
        b's' => [&["she", "stupid", "such"], &["so"]],
        b't' => [&["that", "thats", "the", "them", "these", "they", "this", "those"], &["to"]],
        b'u' => [&["ugly", "ur"], &["u"]],
        b'v' => [&["very"], &[]],
        b'w' => [&["what", "whats", "whatthe", "with", "wtf"], &["was", "we"]],
        b'x' => [&["x", "xx"], &[]],
        b'y' => [&["ya", "yeah", "yep", "yes", "you", "your", "youre", "yours"], &["yo"]],
        b'z' => [&["zz"], &[]],
        _ => [&[], &[]],
    }
}

/// What stands after one.
fn after(first: u8) -> Words {
    match first {
        b'a' => [&[], &["all", "and", "are"]],
        b'b' => [&["boy", "boys", "bro", "bros", "bruh", "bruv"], &["by"]],
        b'd' => [&["dude", "dudes"], &["day"]],
        b'f' => [&["face", "fam", "from"], &["for"]],
        b'g' => [&["gg", "girl", "girls", "god", "guy", "guys"], &[]],
        b'h' => [&["haha", "head", "hehe", "here", "him", "himself", "his"], &["he", "her"]],
        b'i' => [&[], &["if", "it"]],
        b'k' => [&["kid", "kids", "king"], &[]],
        b'l' => [&["lmao", "lmfao", "lol", "lord"], &[]],
        b'm' => [&[], &["man", "mate", "me", "men", "my"]],
        b'n' => [&["noob", "noobs", "not", "now"], &["no"]],
        b'o' => [&["off", "ok", "okay", "omfg", "omg"], &["oh", "on", "one", "out"]],
        b'p' => [&["people", "please", "pls", "plz"], &[]],
        b'q' => [&["queen"], &[]],
        b'r' => [&["rofl"], &[]],
        b's' => [&["she", "smh", "stream"], &["so"]],
        b't' => [&["that", "thats", "them", "there", "they", "this", "time", "tv"], &["the", "to"]],
        b'u' => [&[], &["u", "up", "ur"]],
        b'w' => [&["what", "with", "wtf"], &["was", "we"]],
        b'x' => [&["xd", "xx"], &["x"]],
        b'y' => [&["ya", "yall", "you", "your", "youre", "yourself", "yt"], &[]],
        b'z' => [&["zz"], &["z"]],
        _ => [&[], &[]],
    }
}

/// A letter as far as glue is concerned: its symbol, and whether it is a digit.
type Seen = (u8, bool);

/// How far letters can be read as glue.
#[derive(Clone, Copy, Default)]
struct Reach {
    /// Bit by bit: does a word of glue end before the letter with this number?
    any: u32,
    /// The same, with a sure one among those passed.
    sure: u32,
}

/// Reads letters that stand before a term. Digits before them are passed over.
fn read_before(letters: &[Seen], drawn: bool) -> Reach {
    let digits = letters.iter().take_while(|&&(_, is_digit)| is_digit).count();
    read(letters, (2 << digits) - 1, before, drawn)
}

/// Reads letters that stand after a term, and tells where that leads to. Digits after them
/// are passed over.
fn read_after(letters: &[Seen], drawn: bool) -> Option<bool> {
    let digits = letters.iter().rev().take_while(|&&(_, is_digit)| is_digit).count();
    let reach = read(letters, 1, after, drawn);
    let end = letters.len() - digits;
    (reach.any >> end != 0).then_some(reach.sure >> end != 0)
}

/// Reads on from the letters of `start`, each letter of a word said once, or more if it may
/// be `drawn` out.
fn read(letters: &[Seen], start: u32, words: fn(u8) -> Words, drawn: bool) -> Reach {
    let mut reach = Reach { any: start, sure: 0 };
    for at in 0..letters.len() {
        let rest = letters.get(at..).unwrap_or_default();
        let Some(&(first, _)) = rest.first().filter(|_| reach.any >> at & 1 != 0) else { continue };
        let is_sure = reach.sure >> at & 1 != 0;
        let [sure, vague] = words(first);
        let words = sure.iter().map(|word| (word, true)).chain(vague.iter().map(|w| (w, false)));
        for (word, sure) in words {
            let Some((least, most)) = length_of(word.as_bytes(), rest, drawn) else { continue };
            // Each end from the shortest on.
            let ends = ((2 << (at + most)) - 1) & !((1 << (at + least)) - 1);
            reach.any |= ends;
            if is_sure || sure {
                reach.sure |= ends;
            }
        }
    }
    reach
}

/// Do the letters begin with a word? How many are it at least, and how many with its last
/// letter drawn out.
fn length_of(word: &[u8], letters: &[Seen], drawn: bool) -> Option<(usize, usize)> {
    let same = |at: usize, letter: u8| letters.get(at).is_some_and(|&(symbol, _)| symbol == letter);
    // Two of a letter are no glue where letters are doubled anyway.
    if !drawn && matches!(word, [a, b] if a == b) {
        return None;
    }
    let (mut at, mut before) = (0, None);
    for &letter in word {
        while let Some(before) = before.filter(|&before| drawn && before != letter)
            && same(at, before)
        {
            at += 1;
        }
        if !same(at, letter) {
            return None;
        }
        before = Some(letter);
        at += 1;
    }
    let more = (at..).take_while(|&at| drawn && before.is_some_and(|letter| same(at, letter)));
    Some((at, at + more.count()))
}

/// The letters of one side, without asking for memory: there are candidates in many messages.
fn side(letters: impl Iterator<Item = Seen>) -> ([Seen; MAX_GLUE], usize) {
    let mut side = [(0, false); MAX_GLUE];
    let mut len = 0;
    for (place, letter) in side.iter_mut().zip(letters) {
        *place = letter;
        len += 1;
    }
    (side, len)
}

/// Is a word made of glue, if only of vague one, and, from the letter `from` to the one before
/// `to`, of something else? Letters are in lower case.
pub fn is_glued(word: &[u8], from: usize, to: usize) -> bool {
    let (Some(left), Some(right)) = (word.get(..from), word.get(to..)) else { return false };
    if left.len() > MAX_GLUE || right.len() > MAX_GLUE {
        return false;
    }
    let seen = |letters: &[u8]| side(letters.iter().map(|&letter| (letter, false)));
    let ((before, end), (after, after_len)) = (seen(left), seen(right));
    let reach = read_before(before.get(..end).unwrap_or_default(), true);
    let is_after = read_after(after.get(..after_len).unwrap_or_default(), true).is_some();
    reach.any >> end != 0 && is_after
}

/// Where a term may stand. Of a letter that is said twice one may belong to the glue, so the
/// term may begin later than it was found, and end earlier.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) first: usize,
    pub(crate) latest: usize,
    pub(crate) earliest: usize,
    pub(crate) last: usize,
    /// The number of letters it has.
    pub(crate) least: usize,
}

impl Candidate {
    /// Are letters of it repeated, or is one of them the glue's?
    pub(crate) fn is_drawn_out(self) -> bool {
        self.last + 1 - self.first > self.least
    }
}

/// The first and last letter of a term that stands in glue. A side that is free need not be
/// glue. Where all is drawn out, term and glue, nobody can tell them apart.
pub(crate) fn within(
    letters: &[Letter],
    term: Candidate,
    [free_before, free_after]: [bool; 2],
) -> Option<(usize, usize)> {
    let Candidate { first, latest, earliest, last, .. } = term;
    let drawn = !term.is_drawn_out();
    let is_plain =
        |at: usize| letters.get(at).is_some_and(|l| l.class == Class::Latin && !l.sign());
    let is_joined = |at: usize| letters.get(at).is_some_and(Letter::joined);
    let seen = |from: usize, to: usize| {
        let letters = letters.get(from..to).unwrap_or_default();
        side(letters.iter().map(|l| (l.symbol, l.how == How::LeetDigit)))
    };
    let (mut start, mut end, mut is_sure) = (first, last, false);
    if !free_before {
        let mut from = first;
        while from > 0 && is_joined(from) && is_plain(from - 1) {
            from -= 1;
            if first - from > MAX_GLUE {
                return None;
            }
        }
        if latest - from > MAX_GLUE {
            return None;
        }
        let (seen, len) = seen(from, latest);
        let reach = read_before(seen.get(..len)?, drawn);
        let ends = |reach: u32| (first..=latest).find(|&at| reach >> (at - from) & 1 != 0);
        is_sure = ends(reach.sure).is_some();
        start = ends(reach.sure).or_else(|| ends(reach.any))?;
    }
    if !free_after {
        let mut to = last + 1;
        while is_joined(to) && is_plain(to) {
            to += 1;
            if to - last > MAX_GLUE {
                return None;
            }
        }
        // After all of the last run, else after all but one letter of it.
        let ends = [last, earliest.max(last.saturating_sub(1))];
        let (last, sure) = ends.into_iter().find_map(|last| {
            let (seen, len) = seen(last + 1, to);
            Some((last, read_after(seen.get(..len)?, drawn)?))
        })?;
        end = last;
        is_sure |= sure;
    }
    let whole = letters.get(start)?.starts() && letters.get(end)?.ends();
    (is_sure && whole && start <= end).then_some((start, end))
}
