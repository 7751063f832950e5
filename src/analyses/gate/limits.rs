//! Checks a run against its budgets.

use std::sync::Arc;

use regex::bytes::Regex;
use tracerank_summary::Summary;

use super::budget::{Budget, Limit};
use crate::analyses::diff::{Figures, Per, figures};

/// The results of all budgets.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The names that are in a budget, by name.
    pub names: Vec<Limited>,
    /// The budgets whose name or pattern no trace name matches.
    pub unmatched: Vec<Arc<Budget>>,
}

/// A name that is in a budget, or in several.
#[derive(Debug, Clone)]
pub struct Limited {
    /// The trace name: any bytes.
    pub name: Vec<u8>,
    /// The results of its limits.
    pub checked: Vec<Checked>,
}

/// A limit and the value that it is for.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The budget that sets the limit.
    pub budget: Arc<Budget>,
    /// The limit.
    pub limit: Limit,
    /// The value: times in nanoseconds; none where there is nothing to divide by.
    pub value: Option<f64>,
}

impl Limits {
    /// Checks a run, whose summary was made with shards, against its budgets. With `only`, checks only names that match
    /// it. A budget whose names are all left out by that does not count as one without names.
    pub fn new(budgets: &[Budget], run: &Summary, per: &Per, only: Option<&Regex>) -> Self {
        // Each is told beside every name that it is for.
        let budgets: Vec<Arc<Budget>> = budgets.iter().cloned().map(Arc::new).collect();
        let figures = figures(run, per, |name| budgets.iter().any(|budget| budget.is_for(name)));
        let unmatched = budgets.iter().filter(|budget| !figures.iter().any(|of| budget.is_for(of.name)));
        let unmatched = unmatched.cloned().collect();
        let kept = figures.iter().filter(|of| only.is_none_or(|only| only.is_match(of.name)));
        let names = kept.map(|of| Limited { name: of.name.to_vec(), checked: check(&budgets, of) }).collect();
        Self { names, unmatched }
    }
}

fn check(budgets: &[Arc<Budget>], figures: &Figures<'_>) -> Vec<Checked> {
    let own = budgets.iter().filter(|budget| budget.is_for(figures.name));
    let limits = own.flat_map(|budget| budget.limits.iter().map(move |limit| (budget, *limit)));
    limits
        .map(|(budget, limit)| Checked { budget: Arc::clone(budget), limit, value: limit.quantity.of(figures) })
        .collect()
}
