//! The automaton, walked where it lies: an Aho-Corasick machine as one flat table.
//!
//! A double array: the child of state `s` by code `c` is the state at `base(s) ^ c`,
//! if that state's check is `c`. No two states share a base, so the check suffices.
//! Code 0 is every symbol that no pattern holds. What every step needs of a state is four
//! bytes, so that most of a walk stays in the cache; the rest stands apart.
//!
//! Most symbols of most texts lead no deeper than two: so what two symbols lead to
//! stands in a table of its own, and a state fails to that table where nothing longer
//! than one symbol is left of it. State 0 is "nothing but what the table knows".
//!
//! Reading is bounds-checked throughout: whatever the bytes hold, a scan ends, and
//! never reads outside them.

use crate::layout::{BASE_SHIFT, HAS_OUTPUTS, OUTPUT_BYTES, PAIR_BYTES, REST_BYTES, STATE_BYTES};

/// A compiled automaton.
#[derive(Clone, Copy)]
pub(crate) struct Automaton<'a> {
    pub(crate) codes: &'a [u8; 256],
    /// A state (32 bits) for each code and the code after it.
    pub(crate) pairs: &'a [[u8; PAIR_BYTES]],
    /// Of each state: base << 9 | has outputs << 8 | check.
    pub(crate) states: &'a [[u8; STATE_BYTES]],
    /// Of each state: fail (32 bits), first output (32 bits).
    pub(crate) rests: &'a [[u8; REST_BYTES]],
    /// pattern (32 bits), next output or 0 (32 bits).
    pub(crate) outputs: &'a [[u8; OUTPUT_BYTES]],
}

impl Automaton<'_> {
    /// What every step needs of a state. One outside the table leads nowhere.
    fn state(&self, index: u32) -> u32 {
        self.states.get(index as usize).map_or(0, |&state| u32::from_le_bytes(state))
    }

    /// The state that this one fails to, and its first output.
    fn rest(&self, index: u32) -> (u32, u32) {
        let rest = self.rests.get(index as usize).copied().unwrap_or_default();
        let [f0, f1, f2, f3, o0, o1, o2, o3] = rest;
        (u32::from_le_bytes([f0, f1, f2, f3]), u32::from_le_bytes([o0, o1, o2, o3]))
    }

    /// Calls `found` with every pattern that ends at a symbol, and that symbol's index.
    /// Time grows with the number of symbols and of matches.
    pub(crate) fn scan(&self, symbols: &[u8], mut found: impl FnMut(u32, usize)) {
        // The table is as wide as there are codes.
        let width = self.pairs.len().isqrt();
        let mut before = 0;
        // Number and first four bytes of the state, 0 for none.
        let (mut at_state, mut state) = (0, 0);
        // Far more than the terms that end at one letter, on average: only damaged outputs,
        // whose lists may run in circles, come to this.
        let mut outputs_left = 4096 + 64 * symbols.len();
        for (at, &symbol) in symbols.iter().enumerate() {
            let code = self.codes.get(usize::from(symbol)).copied().unwrap_or(0);
            // A fail state is always nearer to the root. Damaged bytes may say
            // otherwise, so the number of steps is bounded.
            let mut steps = if code == 0 { 0 } else { symbols.len() };
            loop {
                if at_state == 0 || steps == 0 {
                    let pair = self.pairs.get(before * width + usize::from(code));
                    at_state = pair.map_or(0, |&pair| u32::from_le_bytes(pair));
                    state = self.state(at_state);
                    break;
                }
                let child = state >> BASE_SHIFT ^ u32::from(code);
                let child_state = self.state(child);
                if child_state as u8 == code {
                    (at_state, state) = (child, child_state);
                    break;
                }
                at_state = self.rest(at_state).0;
                state = self.state(at_state);
                steps -= 1;
            }
            before = usize::from(code);
            if at_state == 0 || state & HAS_OUTPUTS == 0 {
                continue;
            }
            let mut output = self.rest(at_state).1;
            while output != 0 && outputs_left > 0 {
                let Some(&[p0, p1, p2, p3, n0, n1, n2, n3]) = self.outputs.get(output as usize)
                else {
                    break;
                };
                found(u32::from_le_bytes([p0, p1, p2, p3]), at);
                output = u32::from_le_bytes([n0, n1, n2, n3]);
                outputs_left -= 1;
            }
        }
    }
}
