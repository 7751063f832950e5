//! Folded stacks: a line a path, by self time. B. Gregg's `flamegraph.pl`, inferno, speedscope and others read them.

use std::io::{self, Write};

use super::View;
use crate::shown::Terminal;

pub(super) fn write(view: &View, out: &mut dyn Write) -> io::Result<()> {
    for (stack, us) in stacks(view) {
        writeln!(out, "{stack} {us}")?;
    }
    Ok(())
}

/// Paths and their self times in microseconds, of those that have any.
///
/// What is finer is rounded so that the sum is off by no more than half a microsecond in all.
pub(super) fn stacks(view: &View) -> impl Iterator<Item = (String, u64)> + '_ {
    let (mut exact_ns, mut told_us) = (0, 0);
    let stacks = view.stacks().into_iter().map(move |(at, self_ns)| {
        exact_ns += self_ns;
        let us = (exact_ns + 500) / 1000 - told_us;
        told_us += us;
        (at, u64::try_from(us).unwrap_or(0))
    });
    stacks.filter(|(_, us)| *us > 0).map(|(at, us)| {
        let names = view.path(at).into_iter().map(|place| frame(&place.name));
        (names.collect::<Vec<_>>().join(";"), us)
    })
}

/// A name without what separates names; a blank is fine, since the number is what follows the last one.
fn frame(name: &[u8]) -> String {
    Terminal(name).to_string().replace(';', ":")
}
