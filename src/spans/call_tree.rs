//! The calling-context tree as it is shown: with names, and in order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::counts::Counts;
use super::tree::{TOP, Tree};

/// The calling-context tree of all roots, and the counts of their spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallTree {
    /// All paths, depth first. Those below the same path come by subtree, the largest first, and by name where subtrees
    /// are equal.
    pub nodes: Vec<TreeNode>,
    /// The counts.
    pub counts: Counts,
}

/// A path of names and the spans that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeNode {
    /// The index of the path without its last name; none for a root's.
    pub parent: Option<usize>,
    /// Number of names above its last one.
    pub depth: usize,
    /// The last name.
    pub name: Box<[u8]>,
    /// Number of spans, without unfinished ones.
    pub count: u64,
    /// The sum of their durations, in nanoseconds.
    pub total_ns: i128,
    /// The sum of their self times, in nanoseconds.
    pub self_ns: i128,
    /// The sum of the self times of this path and of all paths below it, in nanoseconds.
    pub subtree_ns: i128,
    /// The longest of the durations, in nanoseconds; none where all spans are unfinished.
    pub max_ns: Option<i64>,
    /// Number of the spans that began after their parent stopped.
    pub asynchronous: u64,
}

/// The figures of a name in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Number of spans.
    pub count: u64,
    /// The sum of durations, in nanoseconds.
    pub total_ns: i128,
    /// The sum of self times, in nanoseconds.
    pub self_ns: i128,
    /// The sum of durations of the spans that have none of the same name above them, in nanoseconds.
    pub total_outer_ns: i128,
}

impl CallTree {
    /// Makes the whole tree, or that of the paths which lead to a span that was recorded.
    pub(crate) fn new(tree: &Tree, names: &[Box<[u8]>], counts: Counts, is_whole: bool) -> Self {
        let nodes = tree.nodes();
        let mut subtree_ns: Vec<i128> = nodes.iter().map(|node| node.self_ns).collect();
        for (at, node) in nodes.iter().enumerate().skip(1).rev() {
            subtree_ns[node.parent as usize] += subtree_ns[at];
        }
        Self::with_subtrees(tree, names, counts, &subtree_ns, is_whole)
    }

    /// The same, where each node's subtree is known.
    pub(crate) fn with_subtrees(
        tree: &Tree,
        names: &[Box<[u8]>],
        counts: Counts,
        subtree_ns: &[i128],
        is_whole: bool,
    ) -> Self {
        let nodes = tree.nodes();
        let mut leads = vec![is_whole; nodes.len()];
        for (at, node) in nodes.iter().enumerate().rev() {
            leads[at] |= node.count > 0;
            leads[node.parent as usize] |= leads[at];
        }
        let mut below: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
        for (at, node) in nodes.iter().enumerate().skip(1).filter(|(at, _)| leads[*at]) {
            below[node.parent as usize].push(at as u32);
        }
        let name = |at: u32| &names[nodes[at as usize].name as usize];
        for children in &mut below {
            // The last is taken first.
            children.sort_by_key(|at| (subtree_ns[*at as usize], Reverse(name(*at))));
        }
        let mut shown = Vec::with_capacity(nodes.len() - 1);
        // The index of each node above the next one, and the node.
        let mut path: Vec<(Option<usize>, u32)> = vec![(None, TOP)];
        while let Some((parent, node)) = path.last().copied() {
            let Some(next) = below[node as usize].pop() else {
                path.pop();
                continue;
            };
            let of = &nodes[next as usize];
            let max_ns = (of.count > 0).then_some(of.max_ns);
            path.push((Some(shown.len()), next));
            shown.push(TreeNode {
                parent,
                depth: path.len() - 2,
                name: name(next).clone(),
                count: of.count,
                total_ns: of.total_ns,
                self_ns: of.self_ns,
                subtree_ns: subtree_ns[next as usize],
                max_ns,
                asynchronous: of.asynchronous,
            });
        }
        Self { nodes: shown, counts }
    }

    /// Sums the durations of all root spans, in nanoseconds.
    pub fn roots_total_ns(&self) -> i128 {
        self.nodes.iter().filter(|place| place.parent.is_none()).map(|place| place.total_ns).sum()
    }

    /// Sums the self times of all spans, in nanoseconds: shares of self time are of this.
    pub fn self_total_ns(&self) -> i128 {
        self.nodes.iter().filter(|place| place.parent.is_none()).map(|place| place.subtree_ns).sum()
    }

    /// Sums the figures of each name that has a span.
    pub fn figures(&self) -> BTreeMap<&[u8], Figures> {
        let mut figures: BTreeMap<&[u8], Figures> = BTreeMap::new();
        let mut path: Vec<&[u8]> = Vec::new();
        // How often each name is on the path.
        let mut times: HashMap<&[u8], u32> = HashMap::new();
        for place in &self.nodes {
            for left in path.drain(place.depth..) {
                times.entry(left).and_modify(|times| *times -= 1);
            }
            path.push(&place.name);
            let of_path = times.entry(&place.name).or_default();
            *of_path += 1;
            if place.count > 0 {
                let of_name = figures.entry(&place.name).or_default();
                of_name.count += place.count;
                of_name.total_ns += place.total_ns;
                of_name.self_ns += place.self_ns;
                of_name.total_outer_ns += if *of_path == 1 { place.total_ns } else { 0 };
            }
        }
        figures
    }
}
