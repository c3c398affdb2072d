//! Letters hidden behind other characters: `h*ck`, `h**k`, `h*ckl*r`.
//!
//! What a hidden letter was, only the terms know. So where a message holds characters that
//! letters are hidden behind, the automaton is walked from the letters before them, and at
//! the gap goes on by whatever letter leads to the one after it. What is hidden may be one
//! letter inside a term, two neighbours, or every vowel inside it. What is left of a short
//! term, of two hidden letters, of a double letter (`buf*oon`), or of kana, where other signs
//! stand between words, is so little that only asterisks (and circles, which the fold takes
//! for them) hide there.
//!
//! A term that is found so is handed to `verify` as if the policy had it without those
//! letters. Only what stands inside a word, and may not, is left out before.

use crate::automaton::{Automaton, State};
use crate::compiled::CompiledPolicy;
use crate::fold::{Class, Folded, LAST_KANA, Letter, gap, is_kana};
use crate::layout::{CHECK_BYTES, Check, MAX_TERM_SYMBOLS, Pattern, joint, output, require, term};

/// The most vowels that are hidden in one place.
const MAX_VOWELS: usize = 3;
/// Steps that are taken from one letter: only terms as dense as no language is come to this.
const MAX_LOOKS: u32 = 1024;

/// A term with hidden letters that may be there.
pub(crate) struct Candidate<'h> {
    /// Number of the term.
    pub(crate) term: u32,
    /// What its letters that are seen must be.
    pub(crate) checks: &'h [[u8; CHECK_BYTES]],
    /// The symbol that it ends at.
    pub(crate) end: usize,
}

/// Calls `found` with every term that may stand here with hidden letters. Time grows with
/// the number of letters.
pub(crate) fn find(policy: &CompiledPolicy<'_>, folded: &Folded, found: impl FnMut(Candidate<'_>)) {
    let (path, hidden, starred, checks) = (Vec::new(), Vec::new(), None, Vec::new());
    let automaton = policy.automaton;
    let mut walk = Walk {
        policy,
        automaton,
        folded,
        inside: false,
        path,
        hidden,
        starred,
        checks,
        looks_left: 0,
        found,
    };
    let mut done = 0;
    for &place in &folded.hiding_places {
        let place = place as usize;
        // A term begins with any letter of the piece before it, or where a word begins.
        let mut in_piece = true;
        for first in (done..place).rev() {
            let Some(letter) = folded.letters.get(first) else { break };
            let before = first.checked_sub(1).and_then(|before| folded.letters.get(before));
            let begins = if letter.joined() {
                // The letters of a run are taken together.
                in_piece && before.is_none_or(|before| before.symbol != letter.symbol)
            } else {
                letter.gap & gap::WIDE != 0
            };
            if begins {
                walk.inside = before.is_some_and(|before| are_one_word(before, letter));
                walk.looks_left = MAX_LOOKS;
                walk.step(State::ROOT, first);
            }
            in_piece &= letter.joined();
        }
        done = place;
    }
}

/// A walk along the terms that a message may hold.
struct Walk<'w, 'p, F> {
    policy: &'w CompiledPolicy<'p>,
    automaton: Automaton<'p>,
    folded: &'w Folded,
    /// Does it begin inside a word?
    inside: bool,
    /// The symbols of the term so far.
    path: Vec<u8>,
    /// Those that are hidden.
    hidden: Vec<usize>,
    /// A symbol with an asterisk before it, behind which none is taken to be hidden.
    starred: Option<usize>,
    /// Memory for the checks of a candidate.
    checks: Vec<[u8; CHECK_BYTES]>,
    looks_left: u32,
    found: F,
}

impl<F: FnMut(Candidate<'_>)> Walk<'_, '_, F> {
    /// Goes on by the letter at this index.
    fn step(&mut self, state: State, at: usize) {
        let Some(letter) = self.folded.letters.get(at) else { return };
        if self.path.len() == MAX_TERM_SYMBOLS || !self.may_look() {
            return;
        }
        if let Some(state) = self.automaton.child(state, letter.symbol) {
            self.path.push(letter.symbol);
            self.go_on(state, letter.symbol, at, false);
            self.path.pop();
        }
    }

    /// Goes on behind the letter at this index, which has led to this state; the words of a
    /// phrase may meet at it once (`what the heck kills`).
    fn go_on(&mut self, state: State, symbol: u8, mut last: usize, met: bool) {
        let letters = self.folded.letters.as_slice();
        let mut after = letters.get(last + 1);
        while after.is_some_and(|after| after.symbol == symbol && after.joined()) {
            last += 1;
            after = letters.get(last + 1);
        }
        if !self.hidden.is_empty() || self.starred.is_some() {
            self.report(state, last);
        }
        let Some(after) = after else { return };
        // Joined to it, or the next word of a phrase, or half of a double letter is hidden.
        if after.symbol != symbol {
            let before = self.starred;
            if after.starred() && after.gap_len == 1 {
                self.starred.get_or_insert(self.path.len());
            }
            self.step(state, last + 1);
            self.starred = before;
        } else if !met {
            self.go_on(state, symbol, last + 1, true);
        }
        if after.hiding() {
            self.hide(state, last + 1, 1);
        }
    }

    /// Goes on by every letter that may be hidden before the one at this index, `count`th of
    /// those that are hidden there.
    fn hide(&mut self, state: State, at: usize, count: usize) {
        let Some(letter) = self.folded.letters.get(at) else { return };
        if self.path.len() + 2 > MAX_TERM_SYMBOLS || !self.may_look() {
            return;
        }
        let two_stars = letter.starred() && letter.gap_len == 2;
        // One letter, two behind asterisks, or vowels.
        let any = count > self.hidden.len() && (count == 1 || (count == 2 && two_stars));
        let all_vowels = self.hidden.iter().all(|&i| self.path.get(i).is_some_and(is_vowel));
        if !any && !all_vowels {
            return;
        }
        let automaton = self.automaton;
        let after = automaton.code(letter.symbol);
        let may_go_on = any && count == 1 && two_stars;
        let mut hide_one = |symbol: u8, child: State| {
            let vowels = all_vowels && is_vowel(&symbol);
            if !any && !vowels {
                return;
            }
            let next = automaton.child_by(child, after);
            let more = may_go_on || (count < MAX_VOWELS && vowels);
            if next.is_none() && !more {
                return;
            }
            self.hidden.push(self.path.len());
            self.path.push(symbol);
            if let Some(next) = next {
                self.path.push(letter.symbol);
                self.go_on(next, letter.symbol, at, false);
                self.path.pop();
            }
            if more {
                self.hide(child, at, count + 1);
            }
            self.path.pop();
            self.hidden.pop();
        };
        if letter.symbol.is_ascii_lowercase() {
            automaton.latin_children(state, hide_one);
        } else if is_kana(letter.symbol) && letter.starred() {
            for symbol in 1..=LAST_KANA {
                if let Some(child) = automaton.child(state, symbol) {
                    hide_one(symbol, child);
                }
            }
        }
    }

    fn may_look(&mut self) -> bool {
        let left = self.looks_left.checked_sub(1);
        self.looks_left = left.unwrap_or_default();
        left.is_some()
    }

    /// Reports the terms that end here, if these letters of them may be hidden.
    fn report(&mut self, state: State, last: usize) {
        let Self {
            policy, automaton, folded, inside, path, hidden, starred, checks, found, ..
        } = self;
        let letters = folded.letters.get(last..).unwrap_or_default();
        let goes_on = matches!(letters, [last, after, ..] if are_one_word(last, after));
        // Where a term may not stand, there is no need to look closer.
        let open =
            if *inside { term::OPEN_START } else { 0 } | if goes_on { term::OPEN_END } else { 0 };
        for entry in automaton.own_outputs(state).filter(|entry| entry & output::HIDES != 0) {
            let Some(pattern) = policy.pattern(entry & output::NUMBER) else { continue };
            // Those of another state are shorter.
            if usize::from(pattern.symbols) != path.len() {
                continue;
            }
            let (Pattern { term, .. }, of_term) = (pattern, policy.checks(pattern));
            if policy.term(term).is_none_or(|of| of.flags & open != open) {
                continue;
            }
            let end = folded.first_letter.partition_point(|&first| first as usize <= last) - 1;
            if leave_out(of_term, path, hidden, checks) {
                found(Candidate { term, checks, end });
            }
            // Of the letter before the asterisk, or of the one after it.
            let starred = starred.filter(|_| hidden.is_empty());
            for (starred, half) in starred.into_iter().flat_map(|i| [(i, i - 1), (i, i)]) {
                if halve(of_term, starred, half, checks) {
                    found(Candidate { term, checks, end });
                }
            }
        }
    }
}

/// Are these letters of one word, whatever stands around them? As `verify` judges it, but
/// for what takes a longer look.
fn are_one_word(before: &Letter, after: &Letter) -> bool {
    let is_plain = |l: &Letter| l.class == Class::Latin && !l.leet() && !l.soft() && !l.sign();
    after.joined() && is_plain(before) && is_plain(after)
}

/// The checks of a term without those of its letters that are hidden. False where they
/// cannot be.
fn leave_out(
    checks: &[[u8; CHECK_BYTES]],
    symbols: &[u8],
    hidden: &[usize],
    left: &mut Vec<[u8; CHECK_BYTES]>,
) -> bool {
    let run = |i: usize| checks.get(i).map_or(0, |&check| Check::from_bytes(check).run);
    let letters = letters(checks);
    let is_little = letters < 4 || symbols.iter().any(|&symbol| is_kana(symbol));
    let inside = symbols.len().saturating_sub(2);
    let vowels = symbols.iter().enumerate().skip(1).take(inside).filter(|(_, s)| is_vowel(s));
    let stars = match *hidden {
        _ if hidden.len() > 1
            && letters > 3
            && vowels.map(|(i, _)| i).eq(hidden.iter().copied()) =>
        {
            false
        }
        [i] if run(i) == 1 => is_little,
        [i] if run(i) == 2 && letters > 3 => true,
        [i, j] if i + 1 == j && run(i) == 1 && run(j) == 1 && letters > 3 => true,
        _ => return false,
    };
    left.clear();
    let mut is_hidden = false;
    let mut before = None;
    for (i, (&check, &symbol)) in checks.iter().zip(symbols).enumerate() {
        if hidden.contains(&i) {
            is_hidden = true;
            continue;
        }
        let mut check = Check::from_bytes(check);
        // Letters that were apart are one run now.
        let merged = before == Some(symbol);
        if merged {
            let last = left.pop().map(Check::from_bytes).unwrap_or_default();
            check = Check { run: last.run.saturating_add(check.run), ..last };
        }
        if is_hidden {
            check.joints |= if merged { joint::HIDDEN_INSIDE } else { joint::HIDDEN_BEFORE };
            if stars {
                let hidden_letters =
                    hidden.iter().fold(0, |sum: u8, &i| sum.saturating_add(run(i)));
                (check.require, check.exact) = (require::STARS, hidden_letters);
            }
        }
        left.push(check.to_bytes());
        (is_hidden, before) = (false, Some(symbol));
    }
    true
}

/// The checks of a term with one letter of the double one at `half` hidden before the one at
/// `starred`. False where it is no double letter.
fn halve(
    checks: &[[u8; CHECK_BYTES]],
    starred: usize,
    half: usize,
    left: &mut Vec<[u8; CHECK_BYTES]>,
) -> bool {
    let is_double = checks.get(half).is_some_and(|&check| Check::from_bytes(check).run > 1);
    if !is_double || letters(checks) < 4 {
        return false;
    }
    left.clear();
    left.extend(checks);
    let mut change = |at: usize, change: fn(&mut Check)| {
        if let Some(check) = left.get_mut(at) {
            let mut changed = Check::from_bytes(*check);
            change(&mut changed);
            *check = changed.to_bytes();
        }
    };
    change(half, |check| check.run -= 1);
    change(starred, |check| {
        check.joints |= joint::HIDDEN_BEFORE;
        (check.require, check.exact) = (require::STARS, 1);
    });
    true
}

fn letters(checks: &[[u8; CHECK_BYTES]]) -> usize {
    checks.iter().map(|&check| usize::from(Check::from_bytes(check).run)).sum()
}

fn is_vowel(symbol: &u8) -> bool {
    matches!(symbol, b'a' | b'e' | b'i' | b'o' | b'u')
}
