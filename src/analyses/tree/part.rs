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
    /// much of the name's own count, total and self comes by that way.
    Above(Vec<u8>),
}

impl Part {
    /// Its paths, as a [`CallTree`] has them.
    pub(super) fn of(&self, tree: &CallTree) -> Vec<TreeNode> {
        match self {
            Self::All => tree.nodes.clone(),
            Self::Below(name) => below(tree, name),
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
        nodes.push(parent.map(|parent| built.add(parent, &place.name, place)));
    }
    built.places()
}

fn above(tree: &CallTree, name: &[u8]) -> Vec<TreeNode> {
    let mut built = Built::default();
    for (at, place) in tree.nodes.iter().enumerate().filter(|(_, place)| *place.name == *name) {
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
