//! The answer as JUnit's XML: a test case for each name that was compared, and one for each that has a budget.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Gate, What};
use crate::analyses::diff::{Named, Verdict};
use crate::render::display::Terminal;
use crate::render::escape::xml;
use crate::render::{Audience, Renderer, Style};

const COMPARISON: &str = "tracerank.check";
const BUDGETS: &str = "tracerank.budget";

/// The findings of each name that a case can fail on, or be skipped for.
type Findings<'a> = BTreeMap<&'a [u8], Vec<&'a Finding>>;

pub(super) const RENDERER: Renderer<Gate> =
    Renderer { name: "junit", help: "JUnit XML: a test case for each name", audience: Audience::Program, write };

fn write(gate: &Gate, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut findings = Findings::new();
    for finding in gate.findings.iter().filter(|finding| finding.fails || finding.what.is_lack()) {
        findings.entry(&finding.name).or_default().push(finding);
    }
    let mut suites: Vec<TestSuite> =
        [comparison(gate, &findings), budgets(gate, &findings)].into_iter().flatten().collect();
    if let Some(first) = suites.first_mut() {
        let said: Vec<String> = [gate.conclusion()].into_iter().chain(gate.notes()).collect();
        first.set_system_out(format!("{}: {}\n", gate.outcome.title(), said.join("\n")));
    }
    let mut report = Report::new("tracerank check");
    report.add_test_suites(suites);
    let xml = report.to_string().map_err(io::Error::other)?;
    // Jenkins' schema has the number of skipped cases for a suite, but not for all suites. The
    // root's attribute is the first.
    let of_all = format!(" skipped=\"{}\"", report.skipped);
    out.write_all(xml.replacen(&of_all, "", 1).as_bytes())
}

/// The names that were compared.
fn comparison(gate: &Gate, findings: &Findings<'_>) -> Option<TestSuite> {
    let mut suite = TestSuite::new(COMPARISON);
    for named in &gate.compared.as_ref()?.diff.names {
        let slower = of_name(findings, &named.name, &[What::Slower, What::MoreCalls]);
        let status = failure(&slower).unwrap_or_else(|| status(named));
        suite.add_test_case(case(COMPARISON, &named.name, status));
    }
    Some(suite)
}

/// The names that have a budget, and the budgets that have no name.
fn budgets(gate: &Gate, findings: &Findings<'_>) -> Option<TestSuite> {
    let limits = gate.limits.as_ref()?;
    let mut suite = TestSuite::new(BUDGETS);
    for limited in &limits.names {
        let over = of_name(findings, &limited.name, &[What::OverBudget]);
        let lacks = of_name(findings, &limited.name, &[What::NoRoots]);
        let unfailed = || if lacks.is_empty() { TestCaseStatus::success() } else { skipped(&lines(&lacks)) };
        suite.add_test_case(case(BUDGETS, &limited.name, failure(&over).unwrap_or_else(unfailed)));
    }
    for finding in gate.findings.iter().filter(|finding| finding.what == What::NoSuchName) {
        suite.add_test_case(case(BUDGETS, &finding.name, skipped(&finding.to_string())));
    }
    Some(suite)
}

fn of_name<'a>(findings: &Findings<'a>, name: &[u8], of: &[What]) -> Vec<&'a Finding> {
    findings.get(name).into_iter().flatten().copied().filter(|finding| of.contains(&finding.what)).collect()
}

fn lines(findings: &[&Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn failure(findings: &[&Finding]) -> Option<TestCaseStatus> {
    let (first, more) = findings.split_first()?;
    let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(first.what.to_string()).set_message(xml(&format!("{first}{more}")));
    status.set_description(xml(&lines(findings)));
    Some(status)
}

/// Of a name that nothing is wrong with.
fn status(named: &Named) -> TestCaseStatus {
    match named.comparison.verdict {
        Verdict::TooLittleData => skipped("too little data to tell"),
        Verdict::New => skipped("new: it is in no base"),
        Verdict::Gone => skipped("gone: it is not in the new run"),
        Verdict::Slower | Verdict::Faster | Verdict::NoChange => TestCaseStatus::success(),
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(xml(message));
    status
}

fn case(class: &str, name: &[u8], status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml(&Terminal(name).to_string()), status);
    case.set_classname(class);
    case
}
