//! Paths as stacks, for programs that add up times by themselves: each path once, with the time that is no other one's.

use std::borrow::Cow;
use std::io;

use super::View;

/// The name of the roots that are left out, where everything has to have a name.
const OTHERS: &[u8] = b"(others)";

/// The largest number of names in a stack. Each is written in full, and so a chain of a million would be half a million
/// times a million names.
const LEVELS: usize = 2000;

impl View {
    /// Gives the names of each path that is shown with the time of its subtree that is in no path below it, if there is
    /// any. That of hidden paths is a part of the path above them, so that the shares have no gaps. Paths deeper than
    /// others can be are one path together, whose name says how many they are.
    pub(super) fn each_stack(&self, mut tell: impl FnMut(&[Cow<'_, [u8]>], i128) -> io::Result<()>) -> io::Result<()> {
        let is_drawn = |at: usize| !self.is_hidden[at] && self.places[at].depth < LEVELS;
        let own_ns = self.own_ns(LEVELS);
        let mut path: Vec<Cow<'_, [u8]>> = Vec::new();
        for at in (0..self.places.len()).filter(|at| is_drawn(*at)) {
            path.truncate(self.places[at].depth);
            path.push(Cow::Borrowed(&self.places[at].name));
            let deeper = if path.len() == LEVELS { self.deeper(at) } else { (0, 0) };
            let own_ns = own_ns[at] - deeper.1;
            if own_ns > 0 {
                tell(&path, own_ns)?;
            }
            if deeper.1 > 0 {
                path.push(Cow::Owned(format!("({} deeper paths)", deeper.0).into_bytes()));
                tell(&path, deeper.1)?;
            }
        }
        let shown = self.below(None).filter(|at| !self.is_hidden[*at]);
        let others_ns = self.subtrees_ns - shown.map(|at| self.places[at].subtree_ns).sum::<i128>();
        if others_ns > 0 { tell(&[Cow::Borrowed(OTHERS)], others_ns) } else { Ok(()) }
    }

    /// For each path, the time of its subtree that is in none of the paths below it that are shown, up to a depth.
    fn own_ns(&self, levels: usize) -> Vec<i128> {
        let mut own_ns: Vec<i128> = self.places.iter().map(|place| place.subtree_ns).collect();
        for (at, place) in self.places.iter().enumerate().filter(|(at, _)| !self.is_hidden[*at]) {
            if let Some(parent) = place.parent.filter(|_| place.depth < levels) {
                own_ns[parent] -= self.places[at].subtree_ns;
            }
        }
        own_ns
    }

    /// Counts the paths below one that would be shown, and sums up their time.
    fn deeper(&self, at: usize) -> (usize, i128) {
        let paths = (at + 1..self.ends[at]).filter(|at| !self.is_hidden[*at]).count();
        let directly = self.below(Some(at)).filter(|at| !self.is_hidden[*at]);
        (paths, directly.map(|at| self.places[at].subtree_ns).sum())
    }
}
