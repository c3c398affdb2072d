//! Terms to a flat table. The only file that names aho-corasick.
//!
//! aho-corasick builds the automaton; its states are walked through its public
//! `Automaton` trait and laid out as the double array that the engine reads in place
//! (see `chatwarden_engine::layout` and the engine's `automaton`).

use std::collections::HashMap;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use chatwarden_engine::layout::{OUTPUT_BYTES, STATE_BYTES};

/// The sections that make an automaton.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The code of each symbol.
    pub(crate) codes: Vec<u8>,
    pub(crate) states: Vec<[u8; STATE_BYTES]>,
    pub(crate) outputs: Vec<[u8; OUTPUT_BYTES]>,
}

/// A state of the trie, in breadth-first order: parents and fail states come first.
#[derive(Default)]
struct Node {
    /// Code and node.
    children: Vec<(u8, u32)>,
    fail: u32,
    /// First of its outputs, 0 for none.
    output: u32,
}

/// Slots a block of the double array has: as many as there are codes.
const BLOCK: usize = 256;
/// A base is looked for in this many blocks at the end; what is free before them stays so.
const OPEN_BLOCKS: usize = 16;

/// Builds the automaton of `patterns`: for each string of symbols the numbers of the
/// patterns that are spelled so. None where there are more than it can count.
pub(crate) fn build(patterns: &[(Vec<u8>, Vec<u32>)]) -> Option<Table> {
    let mut used = [false; 256];
    for &symbol in patterns.iter().flat_map(|(symbols, _)| symbols) {
        if let Some(is_used) = used.get_mut(usize::from(symbol)) {
            *is_used = true;
        }
    }
    let symbols: Vec<u8> =
        (0..=255).zip(used).filter(|&(_, used)| used).map(|(symbol, _)| symbol).collect();
    let mut codes = vec![0; 256];
    for (code, &symbol) in (1..).zip(&symbols) {
        if let Some(slot) = codes.get_mut(usize::from(symbol)) {
            *slot = code;
        }
    }
    let (nodes, outputs) = walk(patterns, &symbols)?;
    Some(Table { codes, states: lay_out(&nodes), outputs })
}

/// Walks the automaton that aho-corasick built.
fn walk(
    patterns: &[(Vec<u8>, Vec<u32>)],
    symbols: &[u8],
) -> Option<(Vec<Node>, Vec<[u8; OUTPUT_BYTES]>)> {
    let nfa = NFA::builder()
        .match_kind(MatchKind::Standard)
        .build(patterns.iter().map(|(s, _)| s))
        .ok()?;
    let anchored = nfa.start_state(Anchored::Yes).ok()?;
    let unanchored = nfa.start_state(Anchored::No).ok()?;
    // Number 0 stands for "no output".
    let mut outputs = vec![[0; OUTPUT_BYTES]];
    let mut nodes = vec![Node::default()];
    let mut ids = vec![anchored];
    let mut depths = vec![0usize];
    let mut number_of = HashMap::from([(anchored, 0u32), (unanchored, 0)]);
    let mut at = 0;
    while let Some(&id) = ids.get(at) {
        let depth = depths.get(at)? + 1;
        let fail = nodes.get(at)?.fail;
        // Both start states are the root; from the unanchored one a search falls through.
        let fail_id = if fail == 0 { unanchored } else { *ids.get(fail as usize)? };
        for (code, &symbol) in (1u8..).zip(symbols) {
            let child = nfa.next_state(Anchored::Yes, id, symbol);
            if nfa.is_dead(child) {
                continue;
            }
            let number = u32::try_from(nodes.len()).ok()?;
            let child_fail = if at == 0 {
                0
            } else {
                *number_of.get(&nfa.next_state(Anchored::No, fail_id, symbol))?
            };
            // A state lists the patterns that end there, then those of its fail states:
            // the former are as long as it is deep.
            let mut output = nodes.get(child_fail as usize)?.output;
            if nfa.is_match(child) {
                for i in 0..nfa.match_len(child) {
                    let pattern = nfa.match_pattern(child, i);
                    if nfa.pattern_len(pattern) != depth {
                        continue;
                    }
                    for &number in &patterns.get(pattern.as_usize())?.1 {
                        let [p0, p1, p2, p3] = number.to_le_bytes();
                        let [n0, n1, n2, n3] = output.to_le_bytes();
                        // A state has 24 bits for its outputs.
                        output = u32::try_from(outputs.len()).ok().filter(|&n| n < 1 << 24)?;
                        outputs.push([p0, p1, p2, p3, n0, n1, n2, n3]);
                    }
                }
            }
            number_of.insert(child, number);
            ids.push(child);
            depths.push(depth);
            nodes.push(Node { children: Vec::new(), fail: child_fail, output });
            nodes.get_mut(at)?.children.push((code, number));
        }
        at += 1;
    }
    Some((nodes, outputs))
}

/// Finds every node a slot such that a child's is its parent's base, exclusive-or its
/// code.
fn lay_out(nodes: &[Node]) -> Vec<[u8; STATE_BYTES]> {
    #[derive(Clone, Copy)]
    struct Slot {
        node: u32,
        check: u8,
    }
    const FREE: u32 = u32::MAX;
    let empty = Slot { node: FREE, check: 0 };
    let mut slots = vec![empty; BLOCK];
    let mut base_taken = vec![false; BLOCK];
    let mut slot_of = vec![0usize; nodes.len()];
    // A base that leads nowhere, for nodes without children.
    const NOWHERE: u32 = u32::MAX - 255;
    let mut base_of = vec![NOWHERE; nodes.len()];
    if let Some(root) = slots.first_mut() {
        root.node = 0;
    }
    for (number, node) in nodes.iter().enumerate() {
        let Some(&(first, _)) = node.children.first() else { continue };
        let from = slots.len().saturating_sub(OPEN_BLOCKS * BLOCK);
        let fits = |base: usize, slots: &[Slot], base_taken: &[bool]| {
            base_taken.get(base) == Some(&false)
                && node.children.iter().all(|&(code, _)| {
                    slots.get(base ^ usize::from(code)).is_some_and(|s| s.node == FREE)
                })
        };
        let free = slots
            .iter()
            .enumerate()
            .skip(from)
            .filter(|(_, slot)| slot.node == FREE)
            .map(|(i, _)| i);
        let found = free
            .map(|slot| slot ^ usize::from(first))
            .find(|&base| fits(base, &slots, &base_taken));
        let base = found.unwrap_or_else(|| {
            let base = slots.len();
            slots.resize(base + BLOCK, empty);
            base_taken.resize(base + BLOCK, false);
            base
        });
        if let Some(taken) = base_taken.get_mut(base) {
            *taken = true;
        }
        if let Some(slot) = base_of.get_mut(number) {
            *slot = base as u32;
        }
        for &(code, child) in &node.children {
            let at = base ^ usize::from(code);
            if let Some(slot) = slots.get_mut(at) {
                *slot = Slot { node: child, check: code };
            }
            if let Some(slot) = slot_of.get_mut(child as usize) {
                *slot = at;
            }
        }
    }
    let state = |slot: &Slot| {
        let Some(node) = nodes.get(slot.node as usize) else { return [0; STATE_BYTES] };
        let base = base_of.get(slot.node as usize).copied().unwrap_or(NOWHERE);
        let fail = slot_of.get(node.fail as usize).copied().unwrap_or(0) as u32;
        let [b0, b1, b2, b3] = base.to_le_bytes();
        let [f0, f1, f2, f3] = fail.to_le_bytes();
        let [o0, o1, o2, _] = node.output.to_le_bytes();
        [b0, b1, b2, b3, f0, f1, f2, f3, slot.check, o0, o1, o2]
    };
    slots.iter().map(state).collect()
}
