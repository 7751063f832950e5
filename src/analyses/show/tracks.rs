//! Puts spans on tracks of a timeline: on one track, those that lie within each other.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::time::Time;
use super::view::View;

/// The track of each node, from zero on.
///
/// A span stands on its parent's track if it lies within the parent and runs beside no sibling that does; all others,
/// asynchronous ones and roots among them, begin on the first track that is free for as long as they take.
pub(super) fn tracks(view: &View) -> Vec<usize> {
    let mut in_time: Vec<usize> = (0..view.nodes.len()).collect();
    // Nodes stand after those above them, so these come first where beginnings are equal.
    in_time.sort_by_key(|at| view.span(&view.nodes[*at]).begin);
    let mut tracks = Tracks::default();
    let mut of_nodes = vec![0; view.nodes.len()];
    for at in in_time {
        let node = &view.nodes[at];
        let (begin, end) = (view.span(node).begin, view.axis.end_of(view.span(node)));
        let beside_parent = node.parent.and_then(|parent| {
            let track = of_nodes[parent];
            tracks.has_room(track, parent, begin, end).then_some(track)
        });
        let track = beside_parent.unwrap_or_else(|| tracks.free(begin, end));
        tracks.open[track].push((at, end));
        of_nodes[at] = track;
    }
    of_nodes
}

#[derive(Default)]
struct Tracks {
    /// The nodes that lie within each other and have not ended, with their ends.
    open: Vec<Vec<(usize, Time)>>,
    /// The times at which tracks become free.
    ends: BinaryHeap<Reverse<(Time, usize)>>,
    free: BTreeSet<usize>,
}

impl Tracks {
    /// Tells whether the innermost node that is open at some time is this one, and ends no earlier.
    fn has_room(&mut self, track: usize, node: usize, begin: Time, end: Time) -> bool {
        let open = &mut self.open[track];
        while open.last().is_some_and(|(last, until)| *last != node && *until <= begin) {
            open.pop();
        }
        open.last().is_some_and(|(last, until)| *last == node && end <= *until)
    }

    /// Takes the first track on which nothing is open.
    fn free(&mut self, begin: Time, end: Time) -> usize {
        while let Some(Reverse((until, track))) = self.ends.peek().copied()
            && until <= begin
        {
            self.ends.pop();
            self.open[track].clear();
            self.free.insert(track);
        }
        let track = self.free.pop_first().unwrap_or(self.open.len());
        if track == self.open.len() {
            self.open.push(Vec::new());
        }
        self.ends.push(Reverse((end, track)));
        track
    }
}
