//! Parts of the tree: the part below a name, and the part above it.

use std::collections::HashMap;

use crate::spans::{CallTree, Counts, Node, TOP, Tree, TreeNode};

/// A part of a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    All,
    /// The tree below a name, merged wherever it occurs. An occurrence within itself stays there.
    Below(Vec<u8>),
    /// The tree above a name, inverted: the name, its callers below it, theirs below them. Each node says how
    /// much of the name's own count, total, self and subtree comes by that way. Of an occurrence within another one, the
    /// subtree is the inner one's alone, so that no time is there twice.
    Above(Vec<u8>),
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
            Self::Below(name) => Selection { places: below(tree, name), cut: 0 },
            Self::Above(name) => above(tree, name),
        }
    }
}

fn below(tree: &CallTree, name: &[u8]) -> Vec<TreeNode> {
    let mut built = Built::default();
    // The node of each place that is below the name.
    let mut nodes: Vec<Option<u32>> = Vec::with_capacity(tree.nodes.len());
    for place in &tree.nodes {
        let above = place.parent.and_then(|parent| nodes[parent]);
        let parent = above.or((*place.name == *name).then_some(TOP));
        nodes.push(parent.map(|parent| {
            let asynchronous = if parent == TOP { 0 } else { place.asynchronous };
            built.add(parent, &place.name, &Node { asynchronous, ..figures(place) })
        }));
    }
    CallTree::new(&built.tree, &built.names, Counts::default(), true).nodes
}

fn above(tree: &CallTree, name: &[u8]) -> Selection {
    let mut built = Built::default();
    let mut subtree_ns: Vec<i128> = vec![0];
    let occurrences = exclusive(tree, name);
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

/// The places of a name, each with the time of its subtree less that of the places of this name in it.
fn exclusive(tree: &CallTree, name: &[u8]) -> Vec<(usize, i128)> {
    let mut found: Vec<(usize, i128)> = Vec::new();
    // Of each place, the nearest one of the name, itself included: its number among those that were found.
    let mut nearest: Vec<Option<usize>> = Vec::with_capacity(tree.nodes.len());
    for (at, place) in tree.nodes.iter().enumerate() {
        let outer = place.parent.and_then(|parent| nearest[parent]);
        if *place.name != *name {
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
