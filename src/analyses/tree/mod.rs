//! The part of the calling-context tree that is shown, and its renderers, one file each.

mod folded;
mod json;
mod part;
mod speedscope;
mod stacks;
#[cfg(feature = "flamegraph")]
mod svg;
mod text;

pub use part::{Part, names_meant};

use crate::render::display::Terminal;
use crate::render::input::InputAccount;
use crate::render::table::{Cell, Column, Kind, Tabular, Unit};
use crate::render::{Model, Renderer};
use crate::spans::{CallTree, TreeNode};
use part::Selection;

impl Model for View {
    const RENDERERS: &'static [Renderer<Self>] = &[
        text::RENDERER,
        json::RENDERER,
        folded::RENDERER,
        #[cfg(feature = "flamegraph")]
        svg::RENDERER,
        speedscope::RENDERER,
    ];
}

/// The part of a tree that is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// The part below or above a name, or all.
    pub part: Part,
    /// The largest number of names in a path.
    pub depth: Option<usize>,
    /// The least share of a path that is shown: of its subtree in that of the part, in percent.
    pub min_percent: f64,
}

/// A tree, ready to be written.
#[derive(Debug)]
pub struct View {
    part: Part,
    /// The paths of the part, as in a [`CallTree`].
    places: Vec<TreeNode>,
    /// For each path, the index after the last one below it.
    ends: Vec<usize>,
    /// For each path, true if it is left out and counted with the path above it.
    is_hidden: Vec<bool>,
    input: InputAccount,
    /// The sum of the totals of the paths of one name.
    roots_ns: i128,
    /// The sum of their subtrees: shares are of this.
    subtrees_ns: i128,
    /// The self time of the whole tree.
    self_ns: i128,
    /// Number of spans whose callers are not all there.
    cut: u64,
}

/// Paths that are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Omitted {
    /// Their number.
    paths: usize,
    /// The time of their subtrees, each counted once.
    subtree_ns: i128,
}

impl View {
    /// Selects the paths that are shown.
    pub fn new(tree: &CallTree, input: impl Into<InputAccount>, options: &Options) -> Self {
        let input = input.into();
        let Selection { places, cut } = options.part.of(tree);
        let roots = || places.iter().filter(|place| place.parent.is_none());
        let roots_ns = roots().map(|place| place.total_ns).sum();
        let subtrees_ns = roots().map(|place| place.subtree_ns).sum();
        let least = options.min_percent / 100.0 * subtrees_ns as f64;
        let mut is_hidden: Vec<bool> = Vec::with_capacity(places.len());
        for place in &places {
            let is_deep = options.depth.is_some_and(|depth| place.depth >= depth);
            let is_small = options.min_percent > 0.0 && (place.subtree_ns as f64) < least;
            let is_below = place.parent.is_some_and(|parent| is_hidden[parent]);
            is_hidden.push(is_deep || is_small || is_below);
        }
        let (part, ends, self_ns) = (options.part.clone(), ends(&places), tree.self_total_ns());
        Self { part, places, ends, is_hidden, input, roots_ns, subtrees_ns, self_ns, cut }
    }

    /// Tells whether the part is empty.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Counts the spans whose callers are not all there: there are too many different ones.
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// Says what shares are of.
    fn whole(&self) -> String {
        match &self.part {
            Part::All => "all self time".to_owned(),
            Part::Below(names) | Part::Above(names) => {
                let names: Vec<String> = names.iter().map(|name| Terminal(name).to_string()).collect();
                match names.as_slice() {
                    [first, _, _, _, ..] => {
                        format!("the self time of {first}, … ({} names) and all below", names.len())
                    }
                    few => format!("the self time of {} and all below it", few.join(", ")),
                }
            }
        }
    }

    /// The share of a subtree, in percent.
    fn percent(&self, subtree_ns: i128) -> f64 {
        percent(subtree_ns, self.subtrees_ns)
    }

    /// True if the figures of a path, self times included, are part of those of the path above it.
    fn is_inverted(&self) -> bool {
        matches!(self.part, Part::Above(_))
    }

    /// The places that are directly below one, or above all.
    fn below(&self, parent: Option<usize>) -> Siblings<'_> {
        let end = parent.map_or(self.places.len(), |parent| self.ends[parent]);
        Siblings { ends: &self.ends, next: parent.map_or(0, |parent| parent + 1), end }
    }

    /// The paths below one, or above all, that are left out.
    fn omitted(&self, parent: Option<usize>) -> Omitted {
        self.sum(self.below(parent).filter(|at| self.is_hidden[*at]))
    }

    fn sum(&self, tops: impl Iterator<Item = usize>) -> Omitted {
        tops.fold(Omitted::default(), |sum, at| Omitted {
            paths: sum.paths + self.ends[at] - at,
            subtree_ns: sum.subtree_ns + self.places[at].subtree_ns,
        })
    }
}

/// A share in percent; zero of nothing.
fn percent(part: i128, whole: i128) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// For each path, the index after the last one below it.
fn ends(places: &[TreeNode]) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=places.len()).collect();
    for (at, place) in places.iter().enumerate().rev() {
        if let Some(parent) = place.parent {
            ends[parent] = ends[parent].max(ends[at]);
        }
    }
    ends
}

/// Places that are directly below the same one.
struct Siblings<'a> {
    ends: &'a [usize],
    next: usize,
    end: usize,
}

impl Siblings<'_> {
    fn is_empty(&self) -> bool {
        self.next >= self.end
    }
}

impl Iterator for Siblings<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = Some(self.next).filter(|at| *at < self.end)?;
        self.next = self.ends[at];
        Some(at)
    }
}

impl Tabular for View {
    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new("row", "row", Kind::Count),
            Column::new("parent", "parent", Kind::Count),
            Column::new("depth", "depth", Kind::Count),
            Column::new("name", "name", Kind::Text),
            Column::new("count", "count", Kind::Count),
            Column::new("subtree_ns", "subtree", Kind::Duration(Unit::Seconds)),
            Column::new("subtree_percent", "subtree", Kind::Percent),
            Column::new("self_ns", "self", Kind::Duration(Unit::Seconds)),
            Column::new("total_ns", "total", Kind::Duration(Unit::Seconds)),
            Column::new("max_ns", "max", Kind::Duration(Unit::Milliseconds)),
            Column::new("asynchronous", "asynchronous", Kind::Count),
        ]
    }

    /// The paths that are shown, depth first; each with its number, from zero on, and that of the one that it is
    /// directly below.
    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        // Of each path above the next one: its number.
        let mut above: Vec<u64> = Vec::new();
        let shown = self.places.iter().zip(&self.is_hidden).filter(|(_, is_hidden)| !**is_hidden);
        shown.zip(0_u64..).map(move |((place, _), row)| {
            above.truncate(place.depth);
            let parent = above.last().copied();
            above.push(row);
            vec![
                Cell::Count(row),
                Cell::or_unknown(parent, Cell::Count),
                Cell::Count(place.depth as u64),
                Cell::text(&place.name),
                Cell::Count(place.count),
                Cell::Duration(place.subtree_ns),
                Cell::Percent(self.percent(place.subtree_ns)),
                Cell::Duration(place.self_ns),
                Cell::Duration(place.total_ns),
                Cell::or_unknown(place.max_ns, |ns| Cell::Duration(ns.into())),
                Cell::Count(place.asynchronous),
            ]
        })
    }

    fn input(&self) -> Option<&InputAccount> {
        Some(&self.input)
    }
}
