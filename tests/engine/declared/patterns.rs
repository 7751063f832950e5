//! Patterns: what they take, and what is wrong with them.

use tracerank::formats::LogFormat;
use tracerank::formats::declared::{DECLARATIONS, Declaration, Declared, NOT_THE_PATTERN};
use tracerank::record::{Line, Reason, Scratch};

fn declaration(pattern: &'static str, named: &'static str) -> Declaration {
    let patterns = Box::leak(Box::new([pattern]));
    Declaration { name: "test", help: "", patterns, named, nameless: None }
}

#[test]
fn a_format_has_times_where_a_pattern_has() {
    let has_times = |pattern| Declared::compile(&declaration(pattern, "{what}")).unwrap().has_times();
    assert!(has_times("[{time:clf}] {what} {dur:decimal_s}") && !has_times("{what} {dur:decimal_s}"));
}

/// The name and the nanoseconds in a line, or why there are none.
#[track_caller]
fn read(pattern: &'static str, named: &'static str, line: &str) -> Result<(String, i64), Option<Reason>> {
    let format = Declared::compile(&declaration(pattern, named)).unwrap();
    match format.parse(line.as_bytes(), &mut Scratch::default()) {
        Line::Record(record) => Ok((String::from_utf8_lossy(record.name).into_owned(), record.duration_ns.unwrap())),
        Line::Other => Err(None),
        Line::Malformed(reason) => Err(Some(reason)),
        Line::Several => panic!("a line holds one record at most"),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "this is what `read` returns")]
fn span(name: &str, ns: i64) -> Result<(String, i64), Option<Reason>> {
    Ok((name.to_owned(), ns))
}

const SECOND: i64 = 1_000_000_000;

#[test]
fn every_declaration_compiles() {
    for declaration in DECLARATIONS {
        Declared::compile(declaration).unwrap_or_else(|error| panic!("{}: {error}", declaration.name));
    }
}

#[test]
fn a_gap_takes_the_shortest_text() {
    assert_eq!(read("{name} - {dur:s}", "{name}", "a - 1"), span("a", SECOND));
    assert_eq!(read("{name} - {dur:s}", "{name}", "a - b - 1"), Err(Some(Reason::DURATION_NO_NUMBER)));
    assert_eq!(read("{} {name} {dur:s}", "{name}", "x  1"), Err(Some(NOT_THE_PATTERN)), "a name is not empty");
    assert_eq!(read("{dur:s} {name}", "{name}", "1.5 all the rest"), span("all the rest", 3 * SECOND / 2));
    assert_eq!(read("{dur:s} {name}", "{name}", "1.5"), Err(None));
    assert_eq!(read("took {dur:s} {name}", "{name}", "took x y"), Err(Some(Reason::DURATION_NO_NUMBER)));
    assert_eq!(read("took {dur:s} {name}", "{name}", "takes 1 y"), Err(None));
    assert_eq!(read("{name} {dur:s} s", "{name}", "a 1 s"), span("a", SECOND));
    assert_eq!(read("{name} {dur:s} ", "{name}", "a 1 "), span("a", SECOND));
    assert_eq!(
        read("{name} {dur:s} s", "{name}", "a 1 s!"),
        Err(Some(NOT_THE_PATTERN)),
        "a pattern is of the whole line"
    );
}

#[test]
fn quotes_hold_a_gap_together() {
    let pattern = r#""{name}" {dur:s}"#;
    assert_eq!(read(pattern, "{name}", r#""a \" b" 1"#), span(r#"a \" b"#, SECOND));
    assert_eq!(read(pattern, "{name}", r#""a \\" 1"#), span(r"a \\", SECOND));
    assert_eq!(read(pattern, "{name}", r#""a"b" 1"#), Err(None), "it departs before it is like a record");
    assert_eq!(read(r#"5" {name} {dur:s}"#, "{name}", r#"5" a"b 1"#), span(r#"a"b"#, SECOND), "no quote that ends");
}

#[test]
fn a_time_has_its_shape_wherever_it_stands() {
    let (time, none) = ("12/Mar/2026:10:00:01 +0000", "12/Mar/2026 10.00.01 +0000");
    for (pattern, before, after) in [
        ("{time:clf} {name} {dur:s}", "", " a 1"),
        ("{n:int} {time:clf} {name} {dur:s}", "7 ", " a 1"),
        ("\"{n} {time:clf}\" {name} {dur:s}", "\"7 ", "\" a 1"),
        ("{n} {time:clf} {name} {dur:s}", "7 ", " a 1"),
    ] {
        assert_eq!(read(pattern, "{name}", &format!("{before}{time}{after}")), span("a", SECOND));
        assert_eq!(read(pattern, "{name}", &format!("{before}{none}{after}")), Err(None));
        assert_eq!(read(pattern, "{name}", &format!("{before}{time}")), Err(Some(Reason::CUT_SHORT)));
        assert_eq!(read(pattern, "{name}", before), Err(None));
    }
}

#[test]
fn doubled_braces_are_braces() {
    assert_eq!(read("{{{name}}} {dur:s}", "{{{name}}}", "{a} 1"), span("{a}", SECOND));
}

#[test]
fn a_name_is_put_together_of_gaps() {
    let pattern = "{a} {b:route} {dur:s}";
    assert_eq!(read(pattern, "{a} {b}", "x /1/y 2"), span("x /{n}/y", 2 * SECOND));
    assert_eq!(read(pattern, "{b} {a}", "x /1/y?z 2"), span("/{n}/y x", 2 * SECOND));
    assert_eq!(read(pattern, "{b} {a}", "x /y?z 2"), span("/y x", 2 * SECOND));
    assert_eq!(read(pattern, "<{a}>", "x /y 2"), span("<x>", 2 * SECOND));
    assert_eq!(read(pattern, "{a}{b}", "x /y 2"), span("x/y", 2 * SECOND));
    assert_eq!(read(pattern, "{a}", "x /y 2"), span("x", 2 * SECOND));
    assert_eq!(read(pattern, "{b}", "x /y?z 2"), span("/y", 2 * SECOND));
    assert_eq!(read(pattern, "{a} {a}", "x /y?z 2"), span("x x", 2 * SECOND));
    assert_eq!(read("{a:route} {b} {dur:s}", "{a} {b}", "/y?z x 2"), span("/y x", 2 * SECOND));
}

#[test]
fn long_texts_are_compared_whole() {
    let pattern = "{name} took no more than {dur:s} seconds of time";
    assert_eq!(read(pattern, "{name}", "a took no more than 1 seconds of time"), span("a", SECOND));
    assert_eq!(read(pattern, "{name}", "a took no more then 1 seconds of time"), Err(None));
}

#[track_caller]
fn is_wrong(pattern: &'static str, named: &'static str, message: &str) {
    let error = Declared::compile(&declaration(pattern, named)).expect_err("a mistake");
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    is_wrong("ä {name {dur:s}", "{name}", "pattern 1, column 3: this { has no }; {{ is a brace");
    is_wrong("{name} {dur:s", "{name}", "pattern 1, column 8: this { has no }; {{ is a brace");
    is_wrong("{name} } {dur:s}", "{name}", "pattern 1, column 8: this } closes nothing; }} is a brace");
    is_wrong(
        "{na me} {dur:s}",
        "{name}",
        "pattern 1, column 1: a gap's name has letters, digits and _ alone, and \"na me\" has others",
    );
    is_wrong(
        "{name} {dur:h}",
        "{name}",
        "pattern 1, column 8: there is no type \"h\": there are int, route, clf, s, decimal_s",
    );
    is_wrong("{name} {name} {dur:s}", "{name}", "pattern 1, column 8: {name} is here twice");
    is_wrong(
        "{name}{dur:s}",
        "{name}",
        "pattern 1, column 7: no text between this gap and the one before it: nothing says where that one ends",
    );
    is_wrong("{name} {dur}", "{name}", "pattern 1, column 8: {dur} needs a unit: {dur:s}");
    is_wrong("{time} {name} {dur:s}", "{name}", "pattern 1, column 1: {time} needs a type: {time:clf}");
    is_wrong("{name} {wait:s} {dur:s}", "{name}", "pattern 1, column 8: only {dur} can have this type");
    is_wrong("{name} {:clf} {dur:s}", "{name}", "pattern 1, column 8: only {time} can have this type");
    is_wrong("{name}", "{name}", "pattern 1, column 7: no {dur}: a record without a duration counts for nothing");
    is_wrong("{a} {dur:s}", "{a} {b}", "name, column 5: {b} is not in pattern 1, which has others of these");
    is_wrong(
        "{a} {dur:s}",
        "{b}",
        "name, column 1: pattern 1 has none of these, and there is no other name for its records",
    );
    is_wrong("{a} {dur:s}", "{a} {}", "name, column 5: a name is made of named gaps, and types are said in patterns");
    is_wrong(
        "{a} {dur:s}",
        "{a:route}",
        "name, column 1: a name is made of named gaps, and types are said in patterns",
    );
    is_wrong("{a} {dur:s}", "{a}{a}{a}{a}{a}{a}{a}{a}{a}", "name, column 25: a name is made of at most 8 gaps");
    is_wrong("{a} {dur:s}", "{", "name, column 1: this { has no }; {{ is a brace");
}
