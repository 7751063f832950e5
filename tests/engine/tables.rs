//! Each analysis as a table: what the library gives to programs that want no text.

use std::path::PathBuf;

use tracerank::analyses::diff::{Diff, Origin, Origins, Per, Settings, View};
use tracerank::analyses::gate::{Budget, Gate, Limits};
use tracerank::analyses::report::{Column, Options, Report};
use tracerank::analyses::slowest::Listing;
use tracerank::analyses::{show, tree};
use tracerank::engine::Engine;
use tracerank::input::{self, Source};
use tracerank::render::Model;
use tracerank::render::table::{Cell, Kind, Table, Tabular};
use tracerank_summary::{Account, Summary, Wanted};

const LOG: &str = "testdata/corpus/basic.log";
const ROOM: usize = 64 << 20;

fn sources() -> Vec<Source> {
    input::resolve(&[PathBuf::from(LOG)], false).unwrap()
}

fn summary(wanted: Wanted) -> (Summary, Account) {
    let log = std::fs::read(LOG).unwrap();
    Engine::default().scan_bytes(&log, 0..log.len(), wanted)
}

/// Every cell is of its column's kind, or unknown.
fn assert_is_typed(table: &Table) {
    assert!(!table.rows.is_empty());
    for row in &table.rows {
        assert_eq!(row.len(), table.columns.len());
        for (cell, column) in row.iter().zip(&table.columns) {
            let fits = matches!(
                (cell, column.kind),
                (Cell::Unknown, _)
                    | (Cell::Count(_), Kind::Count)
                    | (Cell::Duration(_), Kind::Duration(_))
                    | (Cell::Mean(_), Kind::Mean(_))
                    | (Cell::Percent(_), Kind::Percent)
                    | (Cell::Number(_), Kind::Number)
                    | (Cell::Numbers(_), Kind::Numbers)
                    | (Cell::Flag(_), Kind::Flag)
                    | (Cell::Time(_), Kind::Time)
                    | (Cell::Text(_), Kind::Text)
            );
            assert!(fits, "{}: {cell:?}", column.field);
        }
    }
    let mut fields: Vec<&str> = table.columns.iter().map(|column| &*column.field).collect();
    fields.sort_unstable();
    fields.dedup();
    assert_eq!(fields.len(), table.columns.len(), "fields have names of their own");
}

/// The cells of a column.
fn column<'a>(table: &'a Table, field: &str) -> impl Iterator<Item = &'a Cell<'static>> {
    let at = table.columns.iter().position(|column| column.field == field).unwrap();
    table.rows.iter().map(move |row| &row[at])
}

fn sum(table: &Table, field: &str) -> i128 {
    let whole = |cell: &Cell<'_>| match cell {
        Cell::Count(count) => i128::from(*count),
        Cell::Duration(ns) => *ns,
        Cell::Unknown => 0,
        other => panic!("{other:?} is no whole number"),
    };
    column(table, field).map(whole).sum()
}

fn written<M: Model>(model: &M, renderer: &str) -> String {
    let mut out = Vec::new();
    model.write_as(renderer, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_report() {
    let grown = Engine::default().grow(&sources(), ROOM, Some(Wanted::ALL)).unwrap();
    let (scanned, tree) = (grown.scanned, grown.trees.tree);
    let count: u64 = scanned.summary.rows().map(|row| row.stats.count()).sum();
    let total: i128 = scanned.summary.rows().map(|row| row.stats.total_ns()).sum();
    let options = Options { columns: Column::ALL.to_vec(), ..Options::default() };
    let table = Report::new(scanned.summary, scanned.account, &options, Some(&tree)).table();
    assert_is_typed(&table);
    assert_eq!((sum(&table, "count"), sum(&table, "total_ns")), (count.into(), total));
    assert!(!table.rows.iter().flatten().any(|cell| *cell == Cell::Unknown));
}

/// A table that was taken out is written as what it was taken from, but for the account of the input.
#[test]
fn a_table_is_written_as_its_report() {
    let (summary, account) = summary(Wanted::ALL);
    let options = Options { columns: Column::FLAT.to_vec(), ..Options::default() };
    let report = Report::new(summary, account, &options, None);
    let mut csv = Vec::new();
    tracerank::render::table::csv::write(&report.table(), &tracerank::render::Style::PLAIN, &mut csv).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap(), written(&report, "csv"));
}

#[test]
fn a_tree() {
    let grown = Engine::default().grow(&sources(), ROOM, None).unwrap();
    let options = tree::Options { depth: Some(3), ..tree::Options::default() };
    let view = tree::View::new(&grown.trees.tree, grown.scanned.account, &options);
    let table = view.table();
    assert_is_typed(&table);
    for (at, (row, parent)) in column(&table, "row").zip(column(&table, "parent")).enumerate() {
        assert_eq!(*row, Cell::Count(at as u64));
        let depths: Vec<&Cell<'_>> = column(&table, "depth").collect();
        let Cell::Count(depth) = *depths[at] else { panic!("a depth is a count") };
        assert!(depth < 3);
        match parent {
            Cell::Count(parent) => assert_eq!(*depths[*parent as usize], Cell::Count(depth - 1)),
            _ => assert_eq!(depth, 0),
        }
    }
}

#[test]
fn a_trace() {
    let log = std::fs::read_to_string(LOG).unwrap();
    let id = log.lines().find_map(|line| line.split_ascii_whitespace().find(|word| word.len() == 36)).unwrap();
    let found = Engine::default().look_up(&sources(), id.as_bytes(), usize::MAX).unwrap();
    let show::Answer::Found(group) = found.answer else { panic!("the first trace group is found") };
    let view = show::View::new(show::Trace::new(group), &show::Options::default());
    let table = view.table();
    assert_is_typed(&table);
    let json: serde_json::Value = serde_json::from_str(&written(&view, "chrome")).unwrap();
    let spans = json["traceEvents"].as_array().unwrap().iter().filter(|event| event["ph"] == "X");
    assert_eq!(table.rows.len(), spans.count());
    assert_eq!(column(&table, "offset_ns").next(), Some(&Cell::Duration(0)));
}

#[test]
fn slow_spans() {
    let ranking = tracerank::analyses::slowest::Ranking {
        measure: tracerank::analyses::slowest::Measure::Duration,
        is_descending: true,
        top: 5,
        only_roots: false,
    };
    let (grown, spans) = Engine::default().slowest(&sources(), ROOM, ranking, &|_| true).unwrap();
    let timestamps: Vec<String> = spans.iter().filter_map(tracerank::analyses::slowest::SlowSpan::timestamp).collect();
    let rows = tracerank::analyses::slowest::Rows::Spans(spans);
    let listing = Listing { rows, input: grown.scanned.account.into() };
    let table = listing.table();
    assert_is_typed(&table);
    assert_eq!(table.rows.len(), 5);
    // Times are numbers in the table, and in CSV what the log has.
    let csv = written(&listing, "csv");
    assert!(csv.lines().skip(1).zip(timestamps).all(|(line, timestamp)| line.starts_with(&timestamp)), "{csv}");
}

#[test]
fn a_comparison_and_a_gate() {
    let (summary, account) = summary(Wanted::SHARDED);
    let diff = Diff::new(&[&summary, &summary], &summary, &Per::Root, None, &Settings::default());
    let origin = Origin { path: LOG.into(), account };
    let origins = Origins { bases: vec![origin.clone(), origin.clone()], new: origin };
    let view = View { diff, origins: origins.clone(), top: Some(7) };
    let table = view.table();
    assert_is_typed(&table);
    assert_eq!(table.rows.len(), 7);
    assert!(column(&table, "count_base").all(|cell| matches!(cell, Cell::Numbers(counts) if counts.len() == 2)));

    let budgets = Budget::parse("[[budget]]\nname = '*'\nmax = '1ns'", "budget.toml".as_ref()).unwrap();
    let gate = Gate::new(origins, None, Some(Limits::new(&budgets, &summary, &Per::Root, None)));
    let table = gate.table();
    assert_is_typed(&table);
    assert_eq!(table.rows.len(), gate.findings.len());
    assert!(column(&table, "fails").all(|cell| *cell == Cell::Flag(true)));
}

#[test]
fn an_unknown_renderer_is_an_error() {
    let (summary, account) = summary(Wanted::NOTHING);
    let report = Report::new(summary, account, &Options::default(), None);
    let error = report.write_as("yaml", &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}
