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
    /// The tree above names, inverted: each name, its callers below it, theirs below them. Each node says how
    /// much of the name's own count, total and self comes by that way.
    Above(BTreeSet<Box<[u8]>>),
}

impl Part {
    /// Its paths, as a [`CallTree`] has them.
    pub(super) fn of(&self, tree: &CallTree) -> Vec<TreeNode> {
        match self {
            Self::All => tree.nodes.clone(),
            Self::Below(names) => below(tree, names),
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
        nodes.push(parent.map(|parent| built.add(parent, &place.name, place)));
    }
    built.places()
}

fn above(tree: &CallTree, names: &BTreeSet<Box<[u8]>>) -> Vec<TreeNode> {
    let mut built = Built::default();
    for (at, place) in tree.nodes.iter().enumerate().filter(|(_, place)| names.contains(&place.name)) {
        let path = std::iter::successors(Some(at), |at| tree.nodes[*at].parent);
        path.fold(TOP, |below, at| built.add(below, &tree.nodes[at].name, place));
    }
    built.places()
}

/// A tree that is merged from places.
#[derive(Default)]
struct Built<'a> {
    tree: Tree,
    numbers: HashMap<&'a [u8], u32>,
    names: Vec<Box<[u8]>>,
}

impl<'a> Built<'a> {
    /// Adds the figures of a place to the node of a name below another one.
    fn add(&mut self, parent: u32, name: &'a [u8], place: &TreeNode) -> u32 {
        let names = &mut self.names;
        let number = *self.numbers.entry(name).or_insert_with(|| {
            names.push(name.into());
            names.len() as u32 - 1
        });
        let node = self.tree.child(parent, number);
        let TreeNode { count, total_ns, self_ns, max_ns, .. } = *place;
        self.tree.add(node, &Node { count, total_ns, self_ns, max_ns: max_ns.unwrap_or(i64::MIN), ..Node::default() });
        node
    }

    fn places(self) -> Vec<TreeNode> {
        CallTree::new(&self.tree, &self.names, Counts::default(), true).nodes
    }
}
