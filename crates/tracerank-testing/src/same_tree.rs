//! Whether the span engine's tree is the naive one's.

use tracerank::spans::{self, CallTree};

use crate::naive::spans::{Counts, Figures, Forest, Node, figures, roots_total_ns, tree as naive_tree};

/// Panics unless a tree has the paths, the figures and the counts that it must have.
#[track_caller]
pub fn assert_is(tree: &CallTree, forest: &Forest) {
    assert_eq!(counts(tree.counts), forest.counts);
    let path_of = |at: usize| {
        let above = std::iter::successors(Some(at), |at| tree.nodes[*at].parent);
        let mut path: Vec<Vec<u8>> = above.map(|at| tree.nodes[at].name.to_vec()).collect();
        path.reverse();
        path
    };
    let node = |(at, place): (usize, &spans::TreeNode)| {
        assert_eq!(place.depth + 1, path_of(at).len());
        let spans::TreeNode { count, total_ns, self_ns, subtree_ns, max_ns, asynchronous, .. } = *place;
        Node { path: path_of(at), count, total_ns, self_ns, subtree_ns, max_ns, asynchronous }
    };
    let nodes: Vec<_> = tree.nodes.iter().enumerate().map(node).collect();
    assert_eq!(nodes, naive_tree(forest));
    let found = tree.figures().into_iter().map(|(name, of_name)| {
        let spans::Figures { count, total_ns, self_ns, total_outer_ns } = of_name;
        Figures { name: name.to_vec(), count, total_ns, self_ns, total_outer_ns }
    });
    assert_eq!(found.collect::<Vec<_>>(), figures(forest));
    assert_eq!(tree.roots_total_ns(), roots_total_ns(forest));
    assert_eq!(tree.self_total_ns(), figures(forest).iter().map(|name| name.self_ns).sum::<i128>());
}

fn counts(counts: spans::Counts) -> Counts {
    let spans::Counts { spans, unfinished, cut_off, repeated, roots, missing_parents, cycles, .. } = counts;
    let spans::Counts {
        asynchronous,
        outliving,
        reversed,
        early,
        groups,
        spread_groups,
        largest_group_records,
        steps_back,
        ..
    } = counts;
    Counts {
        spans,
        unfinished,
        cut_off,
        repeated,
        roots,
        missing_parents,
        cycles,
        asynchronous,
        outliving,
        reversed,
        early,
        groups,
        spread_groups,
        largest_group_records,
        steps_back,
    }
}
