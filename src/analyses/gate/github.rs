//! The answer as GitHub's workflow commands, each of which becomes an annotation of the run.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>. `@actions/core` defines the
//! escapes.

use std::io::{self, Write};

use super::{Finding, Gate, Outcome};
use crate::render::display::Terminal;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<Gate> =
    Renderer { name: "github", help: "Annotations for a GitHub workflow", audience: Audience::Program, write };

fn write(gate: &Gate, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    // GitHub shows ten annotations of a kind and a step, so the outcome has to be the first one.
    let level = match gate.outcome {
        Outcome::Pass => "notice",
        Outcome::Fail => "error",
        Outcome::TooLittle => "warning",
    };
    let said: Vec<String> = [gate.conclusion()].into_iter().chain(gate.notes()).collect();
    write_command(out, level, gate.outcome.title(), &said.join("\n"))?;
    gate.by_name().try_for_each(|findings| write_findings(findings, out))
}

/// All findings of one kind of a name.
fn write_findings(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = findings.first() else { return Ok(()) };
    let level = match (first.fails, first.what.is_lack()) {
        (true, _) => "error",
        (false, true) => "warning",
        (false, false) => "notice",
    };
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    write_command(out, level, &format!("{}: {}", first.what, Terminal(&first.name)), &lines.join("\n"))
}

fn write_command(out: &mut dyn Write, level: &str, title: &str, message: &str) -> io::Result<()> {
    let title = data(&format!("tracerank: {title}")).replace(':', "%3A").replace(',', "%2C");
    writeln!(out, "::{level} title={title}::{}", data(message))
}

/// Escapes the characters that would end a command, or begin an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_command() {
        let mut out = Vec::new();
        write_command(&mut out, "error", "a: b, 5 %::", "up 5 %\nand\r::error::down, too").unwrap();
        let expected = "::error title=tracerank%3A a%3A b%2C 5 %25%3A%3A::up 5 %25%0Aand%0D::error::down, too\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
