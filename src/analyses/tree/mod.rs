//! The part of the calling-context tree that is shown, and its renderers, one file each.

mod folded;
mod json;
mod part;
mod speedscope;
#[cfg(feature = "flamegraph")]
mod svg;
mod text;

pub use part::{Part, names_meant};

use crate::render::table::{Cell, Column, Kind, Tabular, Unit};
use crate::render::{Model, Renderer};
use crate::spans::{CallTree, TreeNode};
use tracerank_summary::Account;

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
    /// The least share of a path that is shown, in percent of the total of the part.
    pub min_percent: f64,
}

/// The name of the roots that are left out, where everything has to have a name.
const OTHERS: &[u8] = b"(others)";

/// A tree, ready to be written.
#[derive(Debug)]
pub struct View {
    /// The paths of the part, as in a [`CallTree`].
    places: Vec<TreeNode>,
    /// For each path, true if it is left out and counted with the path above it.
    is_hidden: Vec<bool>,
    /// True if the figures of a path, self times included, are part of those of the path above it.
    is_inverted: bool,
    account: Account,
    /// The sum of the totals of the paths of one name: shares are of this.
    roots_ns: i128,
}

impl View {
    /// Selects the paths that are shown.
    pub fn new(tree: &CallTree, account: Account, options: &Options) -> Self {
        let places = options.part.of(tree);
        let roots_ns = places.iter().filter(|place| place.parent.is_none()).map(|place| place.total_ns).sum();
        let least = options.min_percent / 100.0 * roots_ns as f64;
        let mut is_hidden: Vec<bool> = Vec::with_capacity(places.len());
        for place in &places {
            let is_deep = options.depth.is_some_and(|depth| place.depth >= depth);
            let is_small = options.min_percent > 0.0 && (place.total_ns as f64) < least;
            let is_below = place.parent.is_some_and(|parent| is_hidden[parent]);
            is_hidden.push(is_deep || is_small || is_below);
        }
        let is_inverted = matches!(options.part, Part::Above(_));
        Self { places, is_hidden, is_inverted, account, roots_ns }
    }

    /// Tells whether the part is empty.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The share of a total, in percent.
    fn percent(&self, ns: i128) -> f64 {
        if self.roots_ns == 0 { 0.0 } else { 100.0 * ns as f64 / self.roots_ns as f64 }
    }

    /// The places that are directly below one, or above all.
    fn below(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let first = parent.map_or(0, |parent| parent + 1);
        let depth = parent.map_or(0, |parent| self.places[parent].depth + 1);
        let rest = self.places[first..].iter().enumerate();
        let inside = rest.take_while(move |(_, place)| place.depth >= depth);
        inside.filter(move |(_, place)| place.depth == depth).map(move |(at, _)| first + at)
    }

    /// The names of paths with their self times. Those of hidden paths are a part of the path above them, so that the
    /// shares have no gaps.
    fn stacks(&self) -> impl Iterator<Item = (Vec<&[u8]>, i128)> {
        let mut self_ns: Vec<i128> = self.places.iter().map(|place| place.self_ns).collect();
        for place in self.places.iter().filter(|_| self.is_inverted) {
            if let Some(parent) = place.parent {
                self_ns[parent] -= place.self_ns;
            }
        }
        let mut others_ns = 0;
        for at in (0..self.places.len()).rev().filter(|at| self.is_hidden[*at]) {
            match self.places[at].parent {
                Some(parent) => self_ns[parent] += self_ns[at],
                None => others_ns += self_ns[at],
            }
        }
        let shown = (0..self.places.len()).filter(|at| !self.is_hidden[*at]);
        let stacks = shown.map(move |at| (self.path(at), self_ns[at]));
        stacks.chain((others_ns != 0).then(|| (vec![OTHERS], others_ns)))
    }

    /// The names from the root's down to that of one place.
    fn path(&self, at: usize) -> Vec<&[u8]> {
        let above = std::iter::successors(Some(at), |at| self.places[*at].parent);
        let mut path: Vec<&[u8]> = above.map(|at| &*self.places[at].name).collect();
        path.reverse();
        path
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
            Column::new("total_ns", "total", Kind::Duration(Unit::Seconds)),
            Column::new("percent", "total", Kind::Percent),
            Column::new("self_ns", "self", Kind::Duration(Unit::Seconds)),
            Column::new("max_ns", "max", Kind::Duration(Unit::Milliseconds)),
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
                Cell::Duration(place.total_ns),
                Cell::Percent(self.percent(place.total_ns)),
                Cell::Duration(place.self_ns),
                Cell::or_unknown(place.max_ns, |ns| Cell::Duration(ns.into())),
            ]
        })
    }

    fn input(&self) -> Option<&Account> {
        Some(&self.account)
    }
}
