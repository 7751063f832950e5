//! The answer for a merge request or the summary of a CI run: the outcome, a table of findings, and all names folded
//! away.

use std::io::{self, Write};

use super::finding::Words;
use super::{Finding, Gate};
use crate::analyses::diff::{Named, render};
use crate::render::table::markdown::{write_head, write_line};
use crate::render::{Audience, Renderer, Style, escape};

pub(super) const RENDERER: Renderer<Gate> = Renderer {
    name: "markdown",
    help: "Tables for merge requests and the summary of a CI run",
    audience: Audience::Page,
    write,
};

fn write(gate: &Gate, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}: {}**", gate.outcome.title(), gate.conclusion())?;
    if !gate.findings.is_empty() {
        writeln!(out)?;
        write_findings(&gate.findings, out)?;
    }
    if let Some(compared) = &gate.compared {
        let names: Vec<&Named> = compared.diff.names.iter().collect();
        writeln!(out, "\n<details>\n<summary>All that was compared</summary>\n")?;
        render::markdown::write_table(&compared.diff, &names, out)?;
        writeln!(out, "\n</details>")?;
    }
    gate.notes().iter().try_for_each(|note| writeln!(out, "\n{note}"))
}

fn write_findings(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let headers =
        [("", true), ("name", true), ("measure", true), ("base", false), ("new", false), ("change or limit", true)];
    write_head(out, headers.into_iter().map(|(header, is_left)| (header.to_owned(), is_left)))?;
    findings.iter().try_for_each(|finding| write_line(out, row(finding)))
}

fn row(finding: &Finding) -> [String; 6] {
    let what = finding.what.to_string();
    let Words { base, new, verdict } = finding.in_words();
    [
        if finding.fails { format!("**{what}**") } else { what },
        escape::markdown(&finding.name),
        finding.label().map_or_else(String::new, |label| escape::markdown(label.as_bytes())),
        base.unwrap_or_default(),
        new.unwrap_or_default(),
        escape::markdown(verdict.as_bytes()),
    ]
}
