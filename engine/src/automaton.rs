//! The automaton, walked where it lies: an Aho-Corasick machine as one flat table.
//!
//! A double array: the child of state `s` by code `c` is the state at `base(s) ^ c`,
//! if that state's check is `c`. No two states share a base, so the check suffices.
//! Code 0 is every symbol that no pattern holds. What every step needs of a state is four
//! bytes, so that most of a walk stays in the cache; the rest stands apart.
//!
//! Most symbols of most texts lead no deeper than two: so what two symbols lead to
//! stands in a table of its own, and a state fails to that table where nothing longer
//! than one symbol is left of it. State 0 is "nothing but what the table knows": it has no
//! child, and fails to the table.
//!
//! Reading is bounds-checked throughout: whatever the bytes hold, a scan ends, and
//! never reads outside them.

use std::hint::select_unpredictable;

use crate::layout::{
    BASE_SHIFT, FAILS_TO_PAIRS, HAS_OUTPUTS, OUTPUT_BYTES, PAIR_BYTES, REST_BYTES, STATE_BYTES,
    output,
};

/// More terms than are spelled alike.
const MAX_ROW: usize = 256;
/// A power of two above the codes of Latin letters.
const LATIN_BLOCK: usize = 32;

/// A state, and the first four bytes of it.
#[derive(Clone, Copy)]
pub(crate) struct State {
    at: u32,
    word: u32,
}

impl State {
    /// Where no symbol has been seen.
    pub(crate) const ROOT: Self = Self { at: 0, word: 0 };
}

/// A compiled automaton.
#[derive(Clone, Copy)]
pub(crate) struct Automaton<'a> {
    pub(crate) codes: &'a [u8; 256],
    /// A state (32 bits) for each code and the code after it.
    pub(crate) pairs: &'a [[u8; PAIR_BYTES]],
    /// Of each state: base (22 bits), fails to pairs, has outputs, check (8 bits).
    pub(crate) states: &'a [[u8; STATE_BYTES]],
    /// Of each state: fail (24 bits), first output (24 bits).
    pub(crate) rests: &'a [[u8; REST_BYTES]],
    /// Rows of patterns; see [`output`].
    pub(crate) outputs: &'a [[u8; OUTPUT_BYTES]],
}

impl<'a> Automaton<'a> {
    /// Where a symbol leads that goes on a term, and leaves nothing of it behind.
    pub(crate) fn child(&self, state: State, symbol: u8) -> Option<State> {
        let code = self.code(symbol);
        if state.at != 0 {
            return self.child_by(state, code);
        }
        // What one symbol leads to stands at the head of the table of pairs.
        let at = u32::from_le_bytes(*self.pairs.get(code as usize)?);
        let word = u32::from_le_bytes(*self.states.get(at as usize)?);
        (at != 0 && code != 0 && word & 0xff == code).then_some(State { at, word })
    }

    /// The same from any state but the root, by a symbol's code.
    pub(crate) fn child_by(&self, state: State, code: u32) -> Option<State> {
        let at = state.word >> BASE_SHIFT ^ code;
        let word = u32::from_le_bytes(*self.states.get(at as usize)?);
        (code != 0 && word & 0xff == code).then_some(State { at, word })
    }

    /// The code of a symbol, 0 for one of no pattern.
    pub(crate) fn code(&self, symbol: u8) -> u32 {
        self.codes.get(usize::from(symbol)).copied().map_or(0, u32::from)
    }

    /// Where each Latin letter leads that goes on a term.
    pub(crate) fn latin_children(&self, state: State, mut found: impl FnMut(u8, State)) {
        let base = state.word >> BASE_SHIFT;
        // Their codes are the lowest, so they lead no further than this.
        let (block, low) = (base & !(LATIN_BLOCK as u32 - 1), base & (LATIN_BLOCK as u32 - 1));
        let states = self.states.get(block as usize..).and_then(<[_]>::first_chunk::<LATIN_BLOCK>);
        let Some(states) = states else { return };
        // All at once, and then those that do.
        let mut leads = 0u32;
        for (slot, state) in (0u32..).zip(states) {
            leads |= u32::from(u32::from_le_bytes(*state) & 0xff == slot ^ low) << slot;
        }
        while leads != 0 {
            let slot = leads.trailing_zeros();
            leads &= leads - 1;
            let code = slot ^ low;
            if (1..=26).contains(&code) {
                let word = states.get(slot as usize).copied().map_or(0, u32::from_le_bytes);
                found(b'a' - 1 + code as u8, State { at: block | slot, word });
            }
        }
    }

    /// The patterns that end at a state, up to where the row of another one goes on.
    pub(crate) fn own_outputs(&self, state: State) -> impl Iterator<Item = u32> + use<'a> {
        let rest = self.rests.get(state.at as usize).copied().unwrap_or_default();
        let [.., o0, o1, o2] = rest;
        let first = u32::from_le_bytes([o0, o1, o2, 0]) as usize;
        let row = if state.word & HAS_OUTPUTS == 0 { &[] } else { self.outputs };
        let row = row.get(first..).unwrap_or_default().iter().map(|&e| u32::from_le_bytes(e));
        // Only damaged rows are longer.
        let row = row.take(MAX_ROW);
        let mut is_last = false;
        row.take_while(move |entry| {
            let goes_on = !is_last && entry & output::GO_ON == 0;
            is_last |= entry & output::LAST != 0;
            goes_on
        })
    }

    /// Calls `found` with every pattern that ends at a symbol, and that symbol's index.
    /// Time grows with the number of symbols and of matches.
    pub(crate) fn scan(&self, symbols: &[u8], mut found: impl FnMut(u32, usize)) {
        let Self { codes, pairs, states, rests, outputs } = *self;
        // What is outside a table leads nowhere.
        let word = |index: u32| states.get(index as usize).map_or(0, |&s| u32::from_le_bytes(s));
        let rest = |index: u32| {
            let [f0, f1, f2, o0, o1, o2] = rests.get(index as usize).copied().unwrap_or_default();
            (u32::from_le_bytes([f0, f1, f2, 0]), u32::from_le_bytes([o0, o1, o2, 0]))
        };
        // The table is as wide as there are codes.
        let width = pairs.len().isqrt();
        let mut before = 0;
        // The state's number, and its first four bytes.
        let (mut at_state, mut state) = (0, word(0));
        // A fail state is nearer to the root, and a symbol leads one further from it. Damaged
        // bytes may say otherwise.
        let mut fails_left = symbols.len();
        // Far more than the terms that end at one letter, on average: only damaged outputs,
        // whose lists may run in circles, come to this.
        let mut outputs_left = 4096 + 64 * symbols.len();
        for (at, &symbol) in symbols.iter().enumerate() {
            let code = codes.get(usize::from(symbol)).copied().unwrap_or(0);
            let pair = pairs.get(before + usize::from(code));
            let pair = pair.map_or(0, |&pair| u32::from_le_bytes(pair));
            let pair_state = word(pair);
            before = usize::from(code) * width;
            // Where the state, or one that it fails to, has a child by this code; no state is
            // one by code 0.
            let child_of = |state: u32| {
                let child = state >> BASE_SHIFT ^ u32::from(code);
                let child_state = word(child);
                (child, child_state, (child_state as u8 == code) & (code != 0))
            };
            let (mut child, mut child_state, mut leads) = child_of(state);
            while !leads & (state & FAILS_TO_PAIRS == 0) && fails_left > 0 {
                (at_state, _) = rest(at_state);
                state = word(at_state);
                (child, child_state, leads) = child_of(state);
                fails_left -= 1;
            }
            // Which of them is anybody's guess, the processor's too.
            at_state = select_unpredictable(leads, child, pair);
            state = select_unpredictable(leads, child_state, pair_state);
            if state & HAS_OUTPUTS == 0 {
                continue;
            }
            let (_, first) = rest(at_state);
            let mut next = first as usize;
            while outputs_left > 0 {
                let Some(&entry) = outputs.get(next) else { break };
                let entry = u32::from_le_bytes(entry);
                outputs_left -= 1;
                if entry & output::GO_ON != 0 {
                    next = (entry & output::NUMBER) as usize;
                    continue;
                }
                found(entry, at);
                if entry & output::LAST != 0 {
                    break;
                }
                next += 1;
            }
        }
    }
}
