//! Folded stacks: a line for each path, by self time. B. Gregg's `flamegraph.pl`, inferno, speedscope and others read
//! them.

use std::io::{self, Write};

use super::View;
use crate::render::display::Terminal;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "folded",
    help: "Folded stacks: names separated by semicolons, then the self time in microseconds",
    audience: Audience::Program,
    write,
};

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (stack, us) in stacks(view) {
        writeln!(out, "{stack} {us}")?;
    }
    Ok(())
}

/// Paths with a self time above zero, in microseconds.
///
/// Finer times are rounded so that the sum is off by no more than half a microsecond in all.
pub(super) fn stacks(view: &View) -> impl Iterator<Item = (String, u64)> + '_ {
    let (mut exact_ns, mut told_us) = (0, 0);
    let stacks = view.stacks().map(move |(path, self_ns)| {
        exact_ns += self_ns;
        let us = (exact_ns + 500) / 1000 - told_us;
        told_us += us;
        (path, u64::try_from(us).unwrap_or(0))
    });
    stacks.filter(|(_, us)| *us > 0).map(|(path, us)| {
        let names = path.into_iter().map(frame);
        (names.collect::<Vec<_>>().join(";"), us)
    })
}

/// A name without the separator of names, and without a blank before a number at its end: programs that compare take
/// two numbers for a before and an after.
fn frame(name: &[u8]) -> String {
    let name = Terminal(name).to_string().replace(';', ":");
    match name.rsplit_once(' ') {
        Some((first, last)) if is_number(last) => format!("{first}_{last}"),
        _ => name,
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
