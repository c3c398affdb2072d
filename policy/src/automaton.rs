//! Terms to a flat table. The only file that names aho-corasick.
//!
//! aho-corasick builds the automaton; its states are walked through its public
//! `Automaton` trait and laid out as the double array that the engine reads in place
//! (see `chatwarden_engine::layout` and the engine's `automaton`).

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use chatwarden_engine::layout::{
    BASE_SHIFT, FAILS_TO_PAIRS, HAS_OUTPUTS, OUTPUT_BYTES, PAIR_BYTES, REST_BYTES, STATE_BYTES,
    output,
};

/// The code of each symbol, 0 for those of no pattern. From 1 without gaps: a to z first,
/// whether or not a pattern holds them all.
#[derive(Debug)]
pub(crate) struct Codes(pub(crate) [u8; 256]);

impl Codes {
    pub(crate) fn of<'s>(patterns: impl Iterator<Item = &'s Vec<u8>>) -> Self {
        let mut used = [false; 256];
        for &symbol in patterns.flatten() {
            if let Some(used) = used.get_mut(usize::from(symbol)) {
                *used = true;
            }
        }
        let others = (0..=u8::MAX).zip(used).filter(|&(s, used)| used && !s.is_ascii_lowercase());
        let mut codes = [0; 256];
        for (code, symbol) in (1..).zip((b'a'..=b'z').chain(others.map(|(symbol, _)| symbol))) {
            if let Some(slot) = codes.get_mut(usize::from(symbol)) {
                *slot = code;
            }
        }
        Self(codes)
    }

    fn code(&self, symbol: u8) -> u8 {
        self.0.get(usize::from(symbol)).copied().unwrap_or_default()
    }

    /// How many there are, with 0.
    fn count(&self) -> usize {
        self.0.iter().max().map_or(0, |&last| usize::from(last) + 1)
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

/// The states of the trie, in breadth-first order: parents and fail states come first, the
/// children of a state stand in a row, by code. State 0 is the root.
struct Trie {
    nodes: Vec<Node>,
    outputs: Vec<[u8; OUTPUT_BYTES]>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// What leads to it.
    code: u8,
    depth: u8,
    first_child: u32,
    children: u32,
    fail: u32,
    /// First of its outputs, 0 for none.
    output: u32,
}

impl Trie {
    fn node(&self, number: u32) -> Node {
        self.nodes.get(number as usize).copied().unwrap_or_default()
    }

    fn children(&self, node: Node) -> &[Node] {
        let first = node.first_child as usize;
        self.nodes.get(first..first + node.children as usize).unwrap_or_default()
    }
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
const OPEN_BLOCKS: usize = 4;

/// Builds the automaton of patterns: strings of symbols, and the number of each. None where
/// there are more than it can count.
pub(crate) fn build(codes: &Codes, mut patterns: Vec<(Vec<u8>, u32)>) -> Option<Table> {
    for symbol in patterns.iter_mut().flat_map(|(symbols, _)| symbols) {
        *symbol = codes.code(*symbol);
    }
    patterns.sort_unstable();
    let mut trie = walk(&patterns)?;
    shorten_fails(&mut trie);
    let (slots, slot_of) = lay_out(&trie);
    // A base has as many bits as its place in a state, an output 24.
    if slots.len() > (u32::MAX >> BASE_SHIFT) as usize || trie.outputs.len() > 1 << 24 {
        return None;
    }
    // What is left of one symbol, the table of pairs knows.
    let fails_to_pairs = |node: Node| trie.node(node.fail).depth <= 1;
    let state = |slot: &Slot| {
        let node = trie.nodes.get(slot.node as usize).copied();
        let flag = |is: bool, flag: u32| if is { flag } else { 0 };
        let flags = flag(node.is_some_and(|node| node.output != 0), HAS_OUTPUTS)
            | flag(node.is_some_and(fails_to_pairs), FAILS_TO_PAIRS);
        (slot.base << BASE_SHIFT | flags | u32::from(slot.check)).to_le_bytes()
    };
    let rest = |slot: &Slot| {
        let Some(&node) = trie.nodes.get(slot.node as usize) else { return [0; REST_BYTES] };
        let fail = slot_of.get(node.fail as usize).copied();
        let fail = fail.filter(|_| !fails_to_pairs(node)).unwrap_or(0);
        let [f0, f1, f2, _] = fail.to_le_bytes();
        let [o0, o1, o2, _] = node.output.to_le_bytes();
        [f0, f1, f2, o0, o1, o2]
    };
    Some(Table {
        pairs: pairs(&trie, &slot_of, codes.count()),
        states: slots.iter().map(state).collect(),
        rests: slots.iter().map(rest).collect(),
        outputs: trie.outputs,
    })
}

/// Where a state has no child, its fail state is asked. One whose children are all
/// children of the state as well has none either, so the next one is asked at once.
fn shorten_fails(trie: &mut Trie) {
    for number in 0..trie.nodes.len() {
        // Nearer to the root, so its own is as short as can be.
        let node = trie.node(number as u32);
        let fail = trie.node(node.fail);
        let mut own = trie.children(node).iter();
        if trie.children(fail).iter().all(|child| own.any(|own| own.code == child.code))
            && let Some(node) = trie.nodes.get_mut(number)
        {
            node.fail = fail.fail;
        }
    }
}

/// Where two symbols lead: to the state of both, else to that of the second if a pattern
/// ends there, else to none.
fn pairs(trie: &Trie, slot_of: &[u32], codes: usize) -> Vec<[u8; PAIR_BYTES]> {
    let mut pairs = vec![[0; PAIR_BYTES]; codes * codes];
    let mut put = |first: usize, second: u8, node: u32| {
        let slot = slot_of.get(node as usize).copied().unwrap_or(0);
        if let Some(pair) = pairs.get_mut(first * codes + usize::from(second)) {
            *pair = slot.to_le_bytes();
        }
    };
    let root = trie.node(0);
    for (number, node) in (root.first_child..).zip(trie.children(root)) {
        // What one symbol leads to stands before all pairs.
        let firsts = if node.output == 0 { 1 } else { codes };
        (0..firsts).for_each(|first| put(first, node.code, number));
    }
    for first in trie.children(root) {
        for (number, second) in (first.first_child..).zip(trie.children(*first)) {
            put(usize::from(first.code), second.code, number);
        }
    }
    pairs
}

/// Walks the automaton that aho-corasick builds of sorted patterns.
fn walk(patterns: &[(Vec<u8>, u32)]) -> Option<Trie> {
    let spelled: Vec<&[(Vec<u8>, u32)]> = patterns.chunk_by(|(a, _), (b, _)| a == b).collect();
    let strings = || spelled.iter().filter_map(|same| same.first()).map(|(string, _)| string);
    let nfa = NFA::builder().match_kind(MatchKind::Standard).build(strings()).ok()?;
    let anchored = nfa.start_state(Anchored::Yes).ok()?;
    let unanchored = nfa.start_state(Anchored::No).ok()?;

    // What each pattern adds to those before it, by depth: aho-corasick's state, what leads to
    // it, whose child it is (in the depth above) and the pattern that ends there.
    let mut levels = vec![vec![(anchored, 0, 0, None)]];
    let mut path: Vec<u8> = Vec::new();
    for (number, string) in strings().enumerate() {
        let known = path.iter().zip(string).take_while(|(a, b)| a == b).count();
        for (depth, &code) in (1..).zip(string).skip(known) {
            let above = levels.get(depth - 1)?;
            let &(parent, ..) = above.last()?;
            let state = nfa.next_state(Anchored::Yes, parent, code);
            let ends = (depth == string.len()).then_some(number);
            let node = (state, code, above.len() - 1, ends);
            match levels.get_mut(depth) {
                Some(level) => level.push(node),
                None => levels.push(vec![node]),
            }
        }
        path.clone_from(string);
    }

    // Number 0 stands for "no output".
    let mut outputs = vec![output::LAST.to_le_bytes()];
    let mut nodes: Vec<Node> = Vec::new();
    let mut states = Vec::new();
    // Of both start states and every other that was met; aho-corasick counts them from 0.
    let mut number_of = Vec::<u32>::new();
    let mut first_above = 0;
    for (depth, level) in levels.iter().enumerate() {
        let first = nodes.len();
        for &(state, code, parent, ends) in level {
            let number = u32::try_from(nodes.len()).ok()?;
            let mut fail = 0;
            if depth > 0
                && let Some(parent) = nodes.get_mut(first_above + parent)
            {
                if parent.children == 0 {
                    parent.first_child = number;
                }
                parent.children += 1;
                if depth > 1 {
                    // Both start states are the root; from the unanchored one a search falls
                    // through.
                    let of_parent = match parent.fail {
                        0 => unanchored,
                        fail => *states.get(fail as usize)?,
                    };
                    let state = nfa.next_state(Anchored::No, of_parent, code);
                    fail = *number_of.get(state.as_usize())?;
                }
            }
            let mut output = nodes.get(fail as usize).map_or(0, |fail: &Node| fail.output);
            if let Some(same) = ends.and_then(|pattern| spelled.get(pattern)) {
                let of_fail = output;
                output = u32::try_from(outputs.len()).ok()?;
                outputs.extend(same.iter().rev().map(|(_, number)| number.to_le_bytes()));
                if of_fail == 0 {
                    let last = outputs.pop().map(u32::from_le_bytes)?;
                    outputs.push((last | output::LAST).to_le_bytes());
                } else {
                    outputs.push((of_fail | output::GO_ON).to_le_bytes());
                }
            }
            if number_of.len() <= state.as_usize() {
                number_of.resize(state.as_usize() + 1, 0);
            }
            *number_of.get_mut(state.as_usize())? = number;
            states.push(state);
            let depth = u8::try_from(depth).unwrap_or(u8::MAX);
            nodes.push(Node { code, depth, fail, output, ..Node::default() });
        }
        first_above = first;
    }
    Some(Trie { nodes, outputs })
}

/// Finds every node a slot such that a child's is its parent's base, exclusive-or its
/// code. Returns the slots, and which of them is each node's. The base of a node without
/// children leads to slots that stay free; so does the root's, whose children are in the
/// table of pairs.
fn lay_out(trie: &Trie) -> (Vec<Slot>, Vec<u32>) {
    const NO_NODE: u32 = u32::MAX;
    const NO_BASE: u32 = u32::MAX;
    let empty = Slot { node: NO_NODE, base: NO_BASE, check: 0 };
    let mut slots = vec![empty; BLOCK];
    let mut base_taken = vec![false; BLOCK];
    let mut slot_of = vec![0u32; trie.nodes.len()];
    let mut free = FreeSlots::default();
    free.grow(BLOCK);
    if let Some(root) = slots.first_mut() {
        root.node = 0;
        free.take(0);
    }
    for (number, &node) in trie.nodes.iter().enumerate() {
        let children = trie.children(node);
        let Some(&Node { code: first, .. }) = children.first() else { continue };
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
            let is_free = |child: &Node| free.has(base ^ usize::from(child.code));
            if base_taken.get(base) == Some(&false) && children.iter().all(is_free) {
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
        for (child, &Node { code, .. }) in (node.first_child..).zip(children) {
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
