//! Which columns, in which order, and which rows: --columns, --sort, --top.

use std::cmp::Ordering;

use crate::common::parsed::{Json, csv, json, markdown};
use crate::common::{Folder, stop, stops};

/// The columns of the machine-readable formats, and those for which spans are put into trees.
const FLAT: usize = 11;
const COLUMNS: [&str; 15] = [
    "name",
    "count",
    "total",
    "min",
    "max",
    "avg",
    "stddev",
    "p50",
    "p90",
    "p95",
    "p99",
    "self",
    "self%",
    "total-outer",
    "percent",
];

/// `b`, `a` and `e` have the same total, `b` and `e` the same everything.
fn log() -> Vec<u8> {
    let spans = [("b", "1.0"), ("a", "0.5"), ("e", "1.0"), ("c", "3e-06"), ("a", "0.25"), ("d", "-0.5"), ("a", "0.25")];
    spans.into_iter().flat_map(|(name, duration)| stop(name, duration)).collect()
}

const FIRST_OCCURRENCE: [&str; 5] = ["b", "a", "e", "c", "d"];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", log());
    folder
}

/// The field of a column in JSON and CSV.
fn field(column: &str) -> String {
    match column {
        "name" | "count" | "percent" => column.to_owned(),
        "self%" => "self_percent".to_owned(),
        _ => format!("{}_ns", column.replace('-', "_")),
    }
}

// ---- Columns ----

#[test]
fn all_columns_as_text() {
    let list = COLUMNS.join(",");
    let ran = folder().run(&format!("report -c {list} log")).quiet();
    let expected = "\
name  count  total (s)  min (ms)  max (ms)  avg (ms)  stddev (ms)  p50 (ms)  p90 (ms)  p95 (ms)  p99 (ms)  self (s)  self (%)  total-outer (s)  percent (%)
b         1      1.000  1000.000  1000.000  1000.000        0.000  1000.000  1000.000  1000.000  1000.000     1.000     33.33            1.000        40.00
a         3      1.000   250.000   500.000   333.333      117.851   250.457   500.000   500.000   500.000     1.000     33.33            1.000        40.00
e         1      1.000  1000.000  1000.000  1000.000        0.000  1000.000  1000.000  1000.000  1000.000     1.000     33.33            1.000        40.00
c         1      0.000     0.003     0.003     0.003        0.000     0.003     0.003     0.003     0.003     0.000      0.00            0.000         0.00
d         1     -0.500  -500.000  -500.000  -500.000        0.000  -500.000  -500.000  -500.000  -500.000     0.000      0.00           -0.500       -20.00
";
    assert_eq!(ran.text(), expected);
}

#[test]
fn the_default_columns_are_those_of_the_classic_report_in_their_order_only() {
    let folder = folder();
    let classic = folder.run("report log").quiet();
    assert_eq!(folder.run("report -c total,max,avg,count,name log").quiet().text(), classic.text());
    let other_order = folder.run("report -c name,total,max,avg,count log").quiet();
    assert!(other_order.text().starts_with("name  total (s)  max (ms)  avg (ms)  count\n"), "{}", other_order.text());
}

#[test]
fn each_column_alone_holds_what_it_holds_among_all() {
    let folder = folder();
    let all = csv(&folder.run(&format!("report -f csv -c {} log", COLUMNS.join(","))).quiet().stdout);
    for column in COLUMNS {
        let field = field(column);
        let alone = folder.run(&format!("report -f csv -c {column} log")).quiet();
        let cells = all.iter().map(|row| match column {
            "name" => String::from_utf8(row.name.clone()).unwrap(),
            _ => row.numbers[&field].clone(),
        });
        let expected: Vec<String> = std::iter::once(field.clone()).chain(cells).collect();
        assert_eq!(alone.text().lines().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn columns_stand_in_the_order_in_which_they_are_asked_for() {
    let folder = folder();
    let header = |format| {
        let ran = folder.run(&format!("report -f {format} --columns p95,name,total,percent log")).quiet();
        ran.text().lines().next().unwrap().to_owned()
    };
    assert_eq!(header("csv"), "p95_ns,name,total_ns,percent");
    assert_eq!(header("markdown"), "| p95 (ms) | name | total (s) | percent (%) |");
    assert_eq!(header("text").split("  ").filter(|cell| !cell.is_empty()).collect::<Vec<_>>().len(), 4);
    let ran = folder.run("report -f json --columns p95,name,total,percent log").quiet();
    assert!(
        ran.text().contains(r#"{"p95_ns":1000000000,"name":"b","total_ns":1000000000,"percent":"#),
        "{}",
        ran.text()
    );
}

#[test]
fn the_machine_readable_formats_have_all_columns_that_need_no_tree() {
    let folder = folder();
    let header = COLUMNS[..FLAT].iter().map(|column| field(column)).collect::<Vec<_>>().join(",");
    assert_eq!(folder.run("report -f csv log").quiet().text().lines().next(), Some(header.as_str()));
    for row in json(&folder.run("report -f json log").quiet().stdout).rows {
        assert_eq!(row.numbers.len() + 1, FLAT);
    }
}

#[test]
fn text_and_markdown_show_the_same_cells() {
    let folder = folder();
    let arguments = format!("-c {} log", COLUMNS.join(","));
    let text = folder.run(&format!("report {arguments}")).quiet();
    let (header, rows) = markdown(folder.run(&format!("report -f markdown {arguments}")).quiet().text());
    let lines: Vec<Vec<&str>> = text.text().lines().map(|line| line.split("  ").collect()).collect();
    let cells: Vec<Vec<String>> = lines
        .iter()
        .map(|line| line.iter().filter(|cell| !cell.is_empty()).map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert_eq!(cells[0], header);
    assert_eq!(cells[1..], rows);
}

#[test]
fn a_column_that_does_not_exist_is_refused_with_those_that_do() {
    for list in ["foo", "total,foo", "p100", "p0", "p9.99", "p", "", "total,,name", "total;name"] {
        let ran = folder().run_with(&["report", "-c", list, "log"]).refused(2).saying("there is no column");
        assert!(COLUMNS.iter().all(|column| ran.stderr.contains(column)), "{}", ran.stderr);
    }
}

#[test]
fn any_percentile_is_a_column_and_case_does_not_matter() {
    let folder = Folder::new();
    folder.write("log", (1..=100).flat_map(|ms| stop("a", &format!("0.{ms:03}"))).collect::<Vec<u8>>());
    let header = |columns: &str| {
        let ran = folder.run(&format!("report -f csv -c {columns} log")).quiet();
        ran.text().lines().next().unwrap().to_owned()
    };
    assert_eq!(header("median,p99.9,P75,TOTAL,Name"), "p50_ns,p99.9_ns,p75_ns,total_ns,name");
    let ran = folder.run("report -c p95,median,p5 log").quiet();
    assert_eq!(ran.text().lines().next(), Some("p95 (ms)  p50 (ms)  p5 (ms)"));
    let row = &csv(&folder.run("report -f csv -c p75,median,p99.9 log").quiet().stdout)[0];
    for (field, ns) in [("p75_ns", 75e6), ("p50_ns", 50e6), ("p99.9_ns", 100e6)] {
        let found: f64 = row.numbers[field].parse().unwrap();
        assert!((found / ns - 1.0).abs() < 1.0 / 128.0, "{field}: {found}");
    }
    folder.run("report -c p50,median log").refused(2).saying("p50 is given twice");
}

#[test]
fn an_error_names_the_nearest_columns() {
    let folder = folder();
    folder.run("report -c totl log").refused(2).saying("there is no column \"totl\"; did you mean total");
    folder.run("report -s cuont log").refused(2).saying("did you mean count");
    folder.run("slowest -s durration log").refused(2).saying("did you mean duration");
    folder.run("report -s avg,count log").refused(2).saying("one column sorts: give only one");
    folder.run("report --colums name log").refused(2).saying("'--columns'");
}

#[test]
fn the_column_that_sorts_is_shown_before_the_name() {
    let folder = folder();
    let header = |arguments: &str| {
        let ran = folder.run(&format!("report {arguments} log")).quiet();
        ran.text().lines().next().unwrap().to_owned()
    };
    assert_eq!(header("-s p99"), "total (s)  max (ms)  avg (ms)  count  p99 (ms)  name");
    assert_eq!(header("-c name,count -s p99"), "p99 (ms)  name  count");
    assert_eq!(header("-c count -s avg"), "count  avg (ms)");
    assert_eq!(header("-f markdown -c count,name -s avg"), "| count | avg (ms) | name |");
    assert_eq!(header("-c p95,name -s p95"), "p95 (ms)  name");
    assert_eq!(header("-c p95,name"), "p95 (ms)  name");
    assert!(header("-f csv -s self").ends_with(",self_ns") || header("-f csv -s self").contains("self_ns,name"));
}

#[test]
fn a_column_that_is_given_twice_is_refused() {
    let folder = folder();
    for (columns, repeated) in
        [("-c name,name", "name"), ("-c p50,name,total,p50", "p50"), ("-c total,max -c max", "max")]
    {
        for format in ["text", "json", "csv", "markdown"] {
            let ran = folder.run(&format!("report -f {format} {columns} log nosuch")).refused(2);
            ran.saying_only(&format!("tracerank: --columns: {repeated} is given twice\n"));
        }
    }
}

// ---- Sorting ----

fn sorted_by(folder: &Folder, sort: &str) -> Json {
    json(&folder.run(&format!("report -f json -c {} --sort {sort} log", COLUMNS.join(","))).quiet().stdout)
}

#[test]
fn every_column_sorts_both_ways_and_ties_stand_as_they_came() {
    let folder = folder();
    for column in COLUMNS {
        for direction in ["asc", "desc"] {
            let report = sorted_by(&folder, &format!("{column}:{direction}"));
            let value = |name: &str| {
                let row = report.rows.iter().find(|row| row.name == name.as_bytes()).unwrap();
                if column == "name" { f64::from(row.name[0]) } else { row.float(&field(column)) }
            };
            let mut expected = FIRST_OCCURRENCE;
            expected.sort_by(|one, other| match value(one).total_cmp(&value(other)) {
                order if direction == "asc" => order,
                order => order.reverse(),
            });
            assert_eq!(report.names(), expected, "{column}:{direction}");
        }
    }
}

#[test]
fn without_a_direction_numbers_go_down_and_names_up() {
    let folder = folder();
    for column in COLUMNS {
        let direction = if column == "name" { "asc" } else { "desc" };
        assert_eq!(sorted_by(&folder, column), sorted_by(&folder, &format!("{column}:{direction}")), "{column}");
    }
}

#[test]
fn a_column_that_is_not_shown_can_sort() {
    let ran = folder().run("report -f csv -c name -s p99:asc log").quiet();
    assert_eq!(ran.text(), "name\nd\nc\na\nb\ne\n");
}

#[test]
fn names_are_sorted_by_their_bytes() {
    let folder = Folder::new();
    folder.write("log", stops(&["é", "b", "B", "a b", "a", "ab", "a-b"]));
    let ran = folder.run("report -f csv -c name -s name log").quiet();
    assert_eq!(ran.text().lines().skip(1).collect::<Vec<_>>(), ["B", "a", "a b", "a-b", "ab", "b", "é"]);
}

#[test]
fn the_order_of_equal_rows_is_that_of_the_whole_input() {
    let folder = Folder::new();
    folder.write("1", stops(&["y", "x"]));
    folder.write("2", stops(&["z", "y", "x", "z"]));
    let names = |arguments: &str| -> Vec<String> {
        let ran = folder.run(&format!("report -f csv -c name {arguments}")).quiet();
        ran.text().lines().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(names("1 2"), ["y", "x", "z"]);
    assert_eq!(names("2 1"), ["z", "y", "x"]);
    assert_eq!(names("-s total:asc 2 1"), ["z", "y", "x"]);
}

#[test]
fn an_order_that_does_not_exist_is_refused() {
    let folder = folder();
    folder.run("report -s foo log").refused(2).saying("there is no column \"foo\"");
    folder.run("report -s total:up log").refused(2).saying("there is no direction \"up\"; there are: asc, desc");
    folder.run("report -s total: log").refused(2).saying("there is no direction");
}

// ---- Top ----

#[test]
fn top_cuts_rows_off() {
    let folder = folder();
    let all = folder.run("report log").quiet();
    let lines: Vec<&str> = all.text().split_inclusive('\n').collect();
    for (top, rows) in [("0", 0), ("1", 1), ("3", 3), ("5", 5), ("6", 5), ("18446744073709551615", 5)] {
        let ran = folder.run(&format!("report --top {top} log")).quiet();
        assert_eq!(ran.text(), lines[..2 + rows].concat(), "{top}");
        let ran = folder.run(&format!("report -f json -n {top} log")).quiet();
        assert_eq!(json(&ran.stdout).rows.len(), rows, "{top}");
    }
}

#[test]
fn top_changes_neither_shares_nor_the_account() {
    let folder = folder();
    let all = json(&folder.run("report -f json -c name,percent log").quiet().stdout);
    let top = json(&folder.run("report -f json -c name,percent -n 2 log").quiet().stdout);
    assert_eq!(top.rows, all.rows[..2]);
    assert_eq!(top.input, all.input);
    let percent: f64 = all.rows.iter().map(|row| row.float("percent")).sum();
    assert_eq!((percent - 100.0).abs().partial_cmp(&1e-9), Some(Ordering::Less));
}

#[test]
fn a_top_that_is_no_number_is_refused() {
    for top in ["-1", "x", "1.5", "18446744073709551616"] {
        folder().run(&format!("report --top={top} log")).refused(2).saying("--top");
    }
}

/// Their squares add up to more than 128 bits have.
#[test]
fn a_deviation_that_can_not_be_told_is_unknown_and_not_zero() {
    let folder = Folder::new();
    let usual = [stop("usual", "1.0"), stop("usual", "3.0")].concat();
    folder.write("log", [stop("age", "9223372036.8").repeat(10), stop("age", "1.0"), usual].concat());
    let ran = folder.run("report -q -c stddev,name -s stddev log").quiet();
    let rows: Vec<_> = ran.text().lines().skip(1).map(str::split_whitespace).map(Vec::from_iter).collect();
    assert_eq!(rows, [["1000.000", "usual"], ["-", "age"]]);
    let ran = folder.run("report -q -f csv -c stddev,name -s stddev:asc log").quiet();
    assert_eq!(ran.text(), "stddev_ns,name\n,age\n1000000000,usual\n");
    let ran = folder.run("report -q -f json -c stddev,name log").quiet();
    assert!(ran.text().contains("{\"stddev_ns\":null,\"name\":\"age\"}"), "{}", ran.text());
}
