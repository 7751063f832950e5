//! Parts of the tree: the part below a name, and the part above it.

use std::collections::{BTreeSet, HashMap};

use regex::bytes::Regex;

use crate::analyses::near::nearest;
use crate::spans::{CallTree, Counts, Node, TOP, Tree, TreeNode};

/// A part of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    All,
    /// The tree below names, merged wherever they occur. An occurrence within another one stays there.
    Below(BTreeSet<Box<[u8]>>),
    /// The tree above names, inverted: each name, its callers below it, theirs below them. Each node says how much of
    /// the name's own count, total, self and subtree comes by that way. Of an occurrence within another one, the
    /// subtree is the inner one's alone, so that no time is there twice.
    Above(BTreeSet<Box<[u8]>>),
}

/// The paths of a part.
pub(super) struct Selection {
    /// The paths, as a [`CallTree`] has them.
    pub(super) places: Vec<TreeNode>,
    /// Number of spans whose callers are not all there, since there are too many.
    pub(super) cut: u64,
}

/// How many steps up from the spans of a name are made in all. Of a name that is below itself, each occurrence can have
/// callers that no other one has: as many as the square of their number.
const STEPS: usize = 10_000_000;
/// Callers above each path that are shown, however many paths there are.
const LEAST_LEVELS: usize = 16;

impl Part {
    pub(super) fn of(&self, tree: &CallTree) -> Selection {
        match self {
            Self::All => Selection { places: tree.nodes.clone(), cut: 0 },
            Self::Below(names) => Selection { places: below(tree, names), cut: 0 },
            Self::Above(names) => above(tree, names),
        }
    }
}

/// Finds the names in a tree that a text means: the name itself, or else those that it matches as a regular expression.
/// If there are none, the error is the names that are the most like it.
pub fn names_meant<'t>(tree: &'t CallTree, text: &str) -> Result<BTreeSet<Box<[u8]>>, Vec<&'t [u8]>> {
    let names: BTreeSet<&[u8]> = tree.nodes.iter().map(|place| &*place.name).collect();
    if names.contains(text.as_bytes()) {
        return Ok([text.as_bytes().into()].into());
    }
    let regex = Regex::new(text).ok();
    let is_match = |name: &&&[u8]| regex.as_ref().is_some_and(|regex| regex.is_match(name));
    let matching: BTreeSet<Box<[u8]>> = names.iter().filter(is_match).map(|name| (*name).into()).collect();
    if matching.is_empty() { Err(nearest(text.as_bytes(), names.into_iter())) } else { Ok(matching) }
}

fn below(tree: &CallTree, names: &BTreeSet<Box<[u8]>>) -> Vec<TreeNode> {
    let mut built = Built::default();
    // The node of each place that is below the name.
    let mut nodes: Vec<Option<u32>> = Vec::with_capacity(tree.nodes.len());
    for place in &tree.nodes {
        let above = place.parent.and_then(|parent| nodes[parent]);
        let parent = above.or(names.contains(&place.name).then_some(TOP));
        nodes.push(parent.map(|parent| {
            let asynchronous = if parent == TOP { 0 } else { place.asynchronous };
            built.add(parent, &place.name, &Node { asynchronous, ..figures(place) })
        }));
    }
    CallTree::new(&built.tree, &built.names, Counts::default(), true).nodes
}

fn above(tree: &CallTree, names: &BTreeSet<Box<[u8]>>) -> Selection {
    let mut built = Built::default();
    let mut subtree_ns: Vec<i128> = vec![0];
    let occurrences = exclusive(tree, names);
    let levels = (STEPS / occurrences.len().max(1)).max(LEAST_LEVELS);
    let mut cut = 0;
    for (at, exclusive_ns) in occurrences {
        let place = &tree.nodes[at];
        let path = std::iter::successors(Some(at), |at| tree.nodes[*at].parent);
        let mut below = TOP;
        for (nth, at) in path.take(levels).enumerate() {
            // It is known of the name alone how many of its spans came by this way.
            let asynchronous = if nth == 1 { place.asynchronous } else { 0 };
            below = built.add(below, &tree.nodes[at].name, &Node { asynchronous, ..figures(place) });
            subtree_ns.resize(built.tree.nodes().len(), 0);
            subtree_ns[below as usize] += exclusive_ns;
        }
        cut += if place.depth >= levels { place.count } else { 0 };
    }
    let places = CallTree::with_subtrees(&built.tree, &built.names, Counts::default(), &subtree_ns, true).nodes;
    Selection { places, cut }
}

/// The places of some names, each with the time of its subtree less that of the places of these names in it.
fn exclusive(tree: &CallTree, names: &BTreeSet<Box<[u8]>>) -> Vec<(usize, i128)> {
    let mut found: Vec<(usize, i128)> = Vec::new();
    // Of each place, the nearest one of the names, itself included: its number among those that were found.
    let mut nearest: Vec<Option<usize>> = Vec::with_capacity(tree.nodes.len());
    for (at, place) in tree.nodes.iter().enumerate() {
        let outer = place.parent.and_then(|parent| nearest[parent]);
        if !names.contains(&place.name) {
            nearest.push(outer);
            continue;
        }
        if let Some(outer) = outer {
            found[outer].1 -= place.subtree_ns;
        }
        nearest.push(Some(found.len()));
        found.push((at, place.subtree_ns));
    }
    found
}

/// The figures of a place, but for what depends on those beside and below it.
fn figures(place: &TreeNode) -> Node {
    let TreeNode { count, total_ns, self_ns, max_ns, .. } = *place;
    Node { count, total_ns, self_ns, max_ns: max_ns.unwrap_or(i64::MIN), ..Node::default() }
}

/// A tree that is merged from places.
#[derive(Default)]
struct Built<'a> {
    tree: Tree,
    numbers: HashMap<&'a [u8], u32>,
    names: Vec<Box<[u8]>>,
}

impl<'a> Built<'a> {
    /// Adds figures to the node of a name below another one.
    fn add(&mut self, parent: u32, name: &'a [u8], figures: &Node) -> u32 {
        let names = &mut self.names;
        let number = *self.numbers.entry(name).or_insert_with(|| {
            names.push(name.into());
            names.len() as u32 - 1
        });
        let node = self.tree.child(parent, number);
        self.tree.add(node, figures);
        node
    }
}
