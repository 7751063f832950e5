//! A run against its budgets.

use regex::bytes::Regex;
use tracerank_summary::Summary;

use super::budget::{Budget, Limit};
use crate::analyses::diff::{Figures, Per, figures};

/// What became of all budgets.
#[derive(Debug, Clone)]
pub struct Limits<'a> {
    /// The names that are in a budget, by name.
    pub names: Vec<Limited<'a>>,
    /// The budgets whose name or pattern no trace name matches.
    pub unmatched: Vec<&'a Budget>,
}

/// A name that is in a budget, or in several.
#[derive(Debug, Clone)]
pub struct Limited<'a> {
    /// The trace name: any bytes.
    pub name: &'a [u8],
    /// What became of its limits.
    pub checked: Vec<Checked<'a>>,
}

/// A limit and the value that it is for.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The budget that sets the limit.
    pub budget: &'a Budget,
    /// The limit.
    pub limit: Limit,
    /// The value: times in nanoseconds; none where there is nothing to divide by.
    pub value: Option<f64>,
}

impl<'a> Limits<'a> {
    /// Holds a run, whose summary was made with shards, against its budgets: of all names, those in which `only` matches. A budget whose names are all left out
    /// by that is not taken for one without names.
    pub fn new(budgets: &'a [Budget], run: &'a Summary, per: &Per, only: Option<&Regex>) -> Self {
        let figures = figures(run, per, |name| budgets.iter().any(|budget| budget.is_for(name)));
        let unmatched = budgets.iter().filter(|budget| !figures.iter().any(|of| budget.is_for(of.name)));
        let unmatched = unmatched.collect();
        let kept = figures.iter().filter(|of| only.is_none_or(|only| only.is_match(of.name)));
        let names = kept.map(|of| Limited { name: of.name, checked: check(budgets, of) }).collect();
        Self { names, unmatched }
    }
}

fn check<'a>(budgets: &'a [Budget], figures: &Figures<'_>) -> Vec<Checked<'a>> {
    let own = budgets.iter().filter(|budget| budget.is_for(figures.name));
    let limits = own.flat_map(|budget| budget.limits.iter().map(move |limit| (budget, *limit)));
    limits.map(|(budget, limit)| Checked { budget, limit, value: limit.quantity.of(figures) }).collect()
}
