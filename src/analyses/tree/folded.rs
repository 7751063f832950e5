//! Folded stacks: a line for each path, by the time that is its own. B. Gregg's `flamegraph.pl`, inferno, speedscope
//! and others read them.

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
    each_line(view, |stack, us| writeln!(out, "{stack} {us}"))
}

/// Gives the names and the time, in microseconds, of each path with a time above zero.
///
/// Finer times are rounded so that the sum is off by no more than half a microsecond in all.
pub(super) fn each_line(view: &View, mut tell: impl FnMut(&str, u64) -> io::Result<()>) -> io::Result<()> {
    let (mut exact_ns, mut told_us) = (0, 0);
    let mut line = String::new();
    view.each_stack(|path, own_ns| {
        exact_ns += own_ns;
        let us = (exact_ns + 500) / 1000 - told_us;
        told_us += us;
        let Some(us) = u64::try_from(us).ok().filter(|us| *us > 0) else { return Ok(()) };
        line.clear();
        for (nth, name) in path.iter().enumerate() {
            line.push_str(if nth == 0 { "" } else { ";" });
            line.push_str(&frame(name));
        }
        tell(&line, us)
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
