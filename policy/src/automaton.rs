//! Terms to a flat table. The only file that names aho-corasick.
//!
//! aho-corasick builds the automaton; its states are walked through its public
//! `Automaton` trait and laid out as the double array that the engine reads in place
//! (see `chatwarden_engine::layout` and the engine's `automaton`).

use std::collections::BTreeSet;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use chatwarden_engine::layout::{
    BASE_SHIFT, FAILS_TO_PAIRS, HAS_OUTPUTS, OUTPUT_BYTES, PAIR_BYTES, REST_BYTES, STATE_BYTES,
    output,
};

/// The symbols of some patterns, numbered from 1 without gaps: a to z first, whether or
/// not a pattern holds them all.
#[derive(Debug)]
pub(crate) struct Codes {
    /// The code of each symbol, 0 for those of no pattern.
    pub(crate) by_symbol: [u8; 256],
    symbols: Vec<u8>,
}

impl Codes {
    pub(crate) fn of<'s>(patterns: impl Iterator<Item = &'s Vec<u8>>) -> Self {
        let used: BTreeSet<u8> = patterns.flatten().copied().collect();
        let others = used.into_iter().filter(|symbol| !symbol.is_ascii_lowercase());
        let symbols: Vec<u8> = (b'a'..=b'z').chain(others).collect();
        let mut by_symbol = [0; 256];
        for (code, &symbol) in (1..).zip(&symbols) {
            if let Some(slot) = by_symbol.get_mut(usize::from(symbol)) {
                *slot = code;
            }
        }
        Self { by_symbol, symbols }
    }

    /// How many there are, with 0.
    fn count(&self) -> usize {
        self.symbols.len() + 1
    }
}

/// The sections that make an automaton.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) pairs: Vec<[u8; PAIR_BYTES]>,
    pub(crate) states: Vec<[u8; STATE_BYTES]>,
    pub(crate) rests: Vec<[u8; REST_BYTES]>,
    pub(crate) outputs: Vec<[u8; OUTPUT_BYTES]>,
}

/// A state of the trie, in breadth-first order: parents and fail states come first.
#[derive(Default)]
struct Node {
    /// Code and node.
    children: Vec<(u8, u32)>,
    depth: usize,
    fail: u32,
    /// First of its outputs, 0 for none.
    output: u32,
}

/// A place in the double array.
#[derive(Clone, Copy)]
struct Slot {
    node: u32,
    base: u32,
    check: u8,
}

/// Slots a block of the double array has: as many as there are codes.
const BLOCK: usize = 256;
/// A base is looked for in this many blocks at the end; what is free before them stays so.
const OPEN_BLOCKS: usize = 16;

/// Builds the automaton of `patterns`: for each string of symbols the numbers of the
/// patterns that are spelled so. None where there are more than it can count.
pub(crate) fn build(codes: &Codes, patterns: &[(Vec<u8>, Vec<u32>)]) -> Option<Table> {
    let (mut nodes, outputs) = walk(patterns, &codes.symbols)?;
    shorten_fails(&mut nodes);
    let (slots, slot_of) = lay_out(&nodes);
    // A base has as many bits as its place in a state, an output 24.
    if slots.len() > (u32::MAX >> BASE_SHIFT) as usize || outputs.len() > 1 << 24 {
        return None;
    }
    // What is left of one symbol, the table of pairs knows.
    let fails_to_pairs =
        |node: &Node| nodes.get(node.fail as usize).is_none_or(|fail| fail.depth <= 1);
    let state = |slot: &Slot| {
        let node = nodes.get(slot.node as usize);
        let flag = |is: bool, flag: u32| if is { flag } else { 0 };
        let flags = flag(node.is_some_and(|node| node.output != 0), HAS_OUTPUTS)
            | flag(node.is_some_and(fails_to_pairs), FAILS_TO_PAIRS);
        (slot.base << BASE_SHIFT | flags | u32::from(slot.check)).to_le_bytes()
    };
    let rest = |slot: &Slot| {
        let Some(node) = nodes.get(slot.node as usize) else { return [0; REST_BYTES] };
        let fail = slot_of.get(node.fail as usize).copied();
        let fail = fail.filter(|_| !fails_to_pairs(node)).unwrap_or(0);
        let [f0, f1, f2, _] = fail.to_le_bytes();
        let [o0, o1, o2, _] = node.output.to_le_bytes();
        [f0, f1, f2, o0, o1, o2]
    };
    Some(Table {
        pairs: pairs(&nodes, &slot_of, codes.count()),
        states: slots.iter().map(state).collect(),
        rests: slots.iter().map(rest).collect(),
        outputs,
    })
}

/// Where a state has no child, its fail state is asked. One whose children are all
/// children of the state as well has none either, so the next one is asked at once.
fn shorten_fails(nodes: &mut [Node]) {
    for number in 0..nodes.len() {
        // Nearer to the root, so its own is as short as can be.
        let Some(node) = nodes.get(number) else { continue };
        let Some(fail) = nodes.get(node.fail as usize) else { continue };
        let has = |code: u8| node.children.binary_search_by_key(&code, |&(c, _)| c).is_ok();
        if fail.children.iter().all(|&(code, _)| has(code)) {
            let further = fail.fail;
            if let Some(node) = nodes.get_mut(number) {
                node.fail = further;
            }
        }
    }
}

/// Where two symbols lead: to the state of both, else to that of the second if a pattern
/// ends there, else to none.
fn pairs(nodes: &[Node], slot_of: &[u32], codes: usize) -> Vec<[u8; PAIR_BYTES]> {
    let mut pairs = vec![[0; PAIR_BYTES]; codes * codes];
    let mut put = |first: usize, second: u8, node: u32| {
        let slot = slot_of.get(node as usize).copied().unwrap_or(0);
        if let Some(pair) = pairs.get_mut(first * codes + usize::from(second)) {
            *pair = slot.to_le_bytes();
        }
    };
    let node = |number: u32| nodes.get(number as usize);
    let root = nodes.first().map(|root| root.children.as_slice()).unwrap_or_default();
    for &(code, number) in root {
        // What one symbol leads to stands before all pairs.
        let firsts = if node(number).is_some_and(|n| n.output != 0) { codes } else { 1 };
        (0..firsts).for_each(|first| put(first, code, number));
    }
    for &(first, number) in root {
        for &(second, child) in node(number).map(|n| n.children.as_slice()).unwrap_or_default() {
            put(usize::from(first), second, child);
        }
    }
    pairs
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
    let mut outputs = vec![output::LAST.to_le_bytes()];
    let mut nodes = vec![Node::default()];
    let mut ids = vec![anchored];
    // Of both start states and every other that was met; aho-corasick counts them from 0.
    let mut number_of = Vec::<u32>::new();
    let mut at = 0;
    while let Some(&id) = ids.get(at) {
        let depth = nodes.get(at)?.depth + 1;
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
                *number_of.get(nfa.next_state(Anchored::No, fail_id, symbol).as_usize())?
            };
            // A state lists the patterns that end there, then those of its fail states:
            // the former are as long as it is deep.
            let ends_here = |&id: &_| nfa.pattern_len(id) == depth;
            let matches = if nfa.is_match(child) { nfa.match_len(child) } else { 0 };
            let own = (0..matches).map(|i| nfa.match_pattern(child, i)).find(ends_here);
            let of_fail = nodes.get(child_fail as usize)?.output;
            let output = match own.and_then(|id| patterns.get(id.as_usize())) {
                None => of_fail,
                Some((_, numbers)) => {
                    let first = u32::try_from(outputs.len()).ok()?;
                    outputs.extend(numbers.iter().rev().map(|number| number.to_le_bytes()));
                    if of_fail == 0 {
                        let last = outputs.pop().map(u32::from_le_bytes)?;
                        outputs.push((last | output::LAST).to_le_bytes());
                    } else {
                        outputs.push((of_fail | output::GO_ON).to_le_bytes());
                    }
                    first
                }
            };
            if number_of.len() <= child.as_usize() {
                number_of.resize(child.as_usize() + 1, 0);
            }
            *number_of.get_mut(child.as_usize())? = number;
            ids.push(child);
            nodes.push(Node { children: Vec::new(), depth, fail: child_fail, output });
            nodes.get_mut(at)?.children.push((code, number));
        }
        at += 1;
    }
    Some((nodes, outputs))
}

/// Finds every node a slot such that a child's is its parent's base, exclusive-or its
/// code. Returns the slots, and which of them is each node's. The base of a node without
/// children leads to slots that stay free; so does the root's, whose children are in the
/// table of pairs.
fn lay_out(nodes: &[Node]) -> (Vec<Slot>, Vec<u32>) {
    const NO_NODE: u32 = u32::MAX;
    const NO_BASE: u32 = u32::MAX;
    let empty = Slot { node: NO_NODE, base: NO_BASE, check: 0 };
    let mut slots = vec![empty; BLOCK];
    let mut base_taken = vec![false; BLOCK];
    let mut slot_of = vec![0u32; nodes.len()];
    let mut free = FreeSlots::default();
    free.grow(BLOCK);
    if let Some(root) = slots.first_mut() {
        root.node = 0;
        free.take(0);
    }
    for (number, node) in nodes.iter().enumerate() {
        let Some(&(first, _)) = node.children.first() else { continue };
        let mut slot = free.at_or_after(slots.len().saturating_sub(OPEN_BLOCKS * BLOCK));
        let base = loop {
            if slot >= slots.len() {
                let base = slots.len();
                slots.resize(base + BLOCK, empty);
                base_taken.resize(base + BLOCK, false);
                free.grow(base + BLOCK);
                break base;
            }
            let base = slot ^ usize::from(first);
            let is_free = |&(code, _): &(u8, u32)| free.has(base ^ usize::from(code));
            if base_taken.get(base) == Some(&false) && node.children.iter().all(is_free) {
                break base;
            }
            slot = free.at_or_after(slot + 1);
        };
        if let Some(taken) = base_taken.get_mut(base) {
            *taken = true;
        }
        let slot = slot_of.get(number).and_then(|&slot| slots.get_mut(slot as usize));
        if let Some(slot) = slot {
            slot.base = base as u32;
        }
        for &(code, child) in &node.children {
            let at = base ^ usize::from(code);
            free.take(at);
            if let Some(slot) = slots.get_mut(at) {
                *slot = Slot { node: child, check: code, ..empty };
            }
            if let Some(slot) = slot_of.get_mut(child as usize) {
                *slot = at as u32;
            }
        }
    }
    let nowhere = slots.len();
    slots.resize(nowhere + BLOCK, empty);
    for slot in &mut slots {
        if slot.node == 0 || slot.base == NO_BASE {
            slot.base = nowhere as u32;
        }
    }
    (slots, slot_of)
}

/// The slots that no node has.
#[derive(Default)]
struct FreeSlots {
    /// Of a free slot itself, of another one that is nearer to the next free one.
    next: Vec<usize>,
}

impl FreeSlots {
    /// Makes it so many slots; the new ones are free.
    fn grow(&mut self, slots: usize) {
        self.next.extend(self.next.len()..slots);
    }

    fn take(&mut self, slot: usize) {
        if let Some(next) = self.next.get_mut(slot) {
            *next = slot + 1;
        }
    }

    fn has(&self, slot: usize) -> bool {
        self.next.get(slot) == Some(&slot)
    }

    /// The first free slot from this one on; past the end where there is none.
    fn at_or_after(&mut self, mut slot: usize) -> usize {
        while let Some(&next) = self.next.get(slot).filter(|&&next| next != slot) {
            // Half the way for whoever comes next.
            let further = self.next.get(next).copied().unwrap_or(next);
            if let Some(next) = self.next.get_mut(slot) {
                *next = further;
            }
            slot = further;
        }
        slot
    }
}
