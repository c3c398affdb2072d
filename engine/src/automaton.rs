//! The automaton, walked where it lies: an Aho-Corasick machine as one flat table.
//!
//! A double array: the child of state `s` by code `c` is the state at `base(s) ^ c`,
//! if that state's check is `c`. No two states share a base, so the check suffices.
//! State 0 is the root; code 0 is every symbol that no pattern holds.
//!
//! Reading is bounds-checked throughout: whatever the bytes hold, a scan ends, and
//! never reads outside them.

use crate::layout::{OUTPUT_BYTES, STATE_BYTES};

/// A compiled automaton.
#[derive(Clone, Copy)]
pub(crate) struct Automaton<'a> {
    pub(crate) codes: &'a [u8; 256],
    /// base (32 bits), fail (32 bits), outputs << 8 | check (32 bits).
    pub(crate) states: &'a [[u8; STATE_BYTES]],
    /// pattern (32 bits), next output or 0 (32 bits).
    pub(crate) outputs: &'a [[u8; OUTPUT_BYTES]],
}

#[derive(Clone, Copy)]
struct State {
    base: u32,
    fail: u32,
    outputs: u32,
    check: u8,
}

impl Automaton<'_> {
    fn state(&self, index: u32) -> Option<State> {
        let [b0, b1, b2, b3, f0, f1, f2, f3, check, o0, o1, o2] =
            *self.states.get(index as usize)?;
        Some(State {
            base: u32::from_le_bytes([b0, b1, b2, b3]),
            fail: u32::from_le_bytes([f0, f1, f2, f3]),
            outputs: u32::from_le_bytes([o0, o1, o2, 0]),
            check,
        })
    }

    /// Calls `found` with every pattern that ends at a symbol, and that symbol's index.
    /// Time grows with the number of symbols and of matches.
    pub(crate) fn scan(&self, symbols: &[u8], mut found: impl FnMut(u32, usize)) {
        let Some(root) = self.state(0) else { return };
        let mut state = root;
        // Far more than the terms that end at one letter, on average: only damaged outputs,
        // whose lists may run in circles, come to this.
        let mut outputs_left = 4096 + 64 * symbols.len();
        for (at, &symbol) in symbols.iter().enumerate() {
            let code = self.codes.get(usize::from(symbol)).copied().unwrap_or(0);
            if code == 0 {
                state = root;
                continue;
            }
            // A fail state is always nearer to the root. Damaged bytes may say
            // otherwise, so the number of steps is bounded.
            let mut steps = symbols.len();
            loop {
                match self.state(state.base ^ u32::from(code)) {
                    Some(child) if child.check == code => {
                        state = child;
                        break;
                    }
                    _ if state.base == root.base || steps == 0 => {
                        state = root;
                        break;
                    }
                    _ => state = self.state(state.fail).unwrap_or(root),
                }
                steps -= 1;
            }
            let mut output = state.outputs;
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
