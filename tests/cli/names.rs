//! Names out of a log are whatever somebody wrote into it. Each format gets them in a form that can't harm it.

use crate::common::parsed::{csv, json, markdown};
use crate::common::ways::{Prepared, Way};
use crate::common::{Folder, names_of, stop};

/// A name, and how a terminal is shown it.
const NAMES: [(&[u8], &str); 32] = [
    (b"plain", "plain"),
    (b"two words", "two words"),
    ("größe 大きさ 🦀".as_bytes(), "größe 大きさ 🦀"),
    (b"\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
    (b"\x1b]0;title\x07", r"\x1b]0;title\x07"),
    (b"carriage\rreturn", r"carriage\x0dreturn"),
    (b"tab\tand\x0bvertical\x0cfeed", r"tab\x09and\x0bvertical\x0cfeed"),
    (b"nul\0byte", r"nul\x00byte"),
    (b"backspace\x08\x08delete\x7f", r"backspace\x08\x08delete\x7f"),
    ("c1\u{9b}31m\u{85}".as_bytes(), r"c1\u{9b}31m\u{85}"),
    ("bidi\u{202e}txt\u{2066}x\u{2069}".as_bytes(), r"bidi\u{202e}txt\u{2066}x\u{2069}"),
    ("zero\u{200b}width\u{200d}\u{feff}".as_bytes(), r"zero\u{200b}width\u{200d}\u{feff}"),
    ("line\u{2028}and\u{2029}paragraph".as_bytes(), r"line\u{2028}and\u{2029}paragraph"),
    (b"invalid\xff\xfe", r"invalid\xff\xfe"),
    (b"cut\xe2\x82", r"cut\xe2\x82"),
    (b"surrogate\xed\xa0\x80", r"surrogate\xed\xa0\x80"),
    (b"\x80\x1b\x80", r"\x80\x1b\x80"),
    (b"\"quoted\"", "\"quoted\""),
    (b"'single' and \"double\", comma", "'single' and \"double\", comma"),
    (b"a,b;c\td", r"a,b;c\x09d"),
    (b"pipe|pipe||", "pipe|pipe||"),
    (br"back\slash\|\n", r"back\slash\|\n"),
    (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
    (
        b"[link](http://x) ![image](y) **bold** _it_ `code` ~~no~~ $x$ &amp;",
        "[link](http://x) ![image](y) **bold** _it_ `code` ~~no~~ $x$ &amp;",
    ),
    (b"-start", "-start"),
    (b"{}", "{}"),
    (b"# heading", "# heading"),
    (b"=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    (b"+1", "+1"),
    (b"@SUM(A1)", "@SUM(A1)"),
    (b"\t=1", r"\x09=1"),
    (b"separated;=1", "separated;=1"),
];

fn log() -> Vec<u8> {
    NAMES.iter().flat_map(|(name, _)| stop(name, "0.5")).collect()
}

fn run(arguments: &str) -> String {
    Folder::new().feed(&format!("report {arguments}"), &log()).quiet().text().to_owned()
}

/// What must never reach a terminal: controls, and what hides or reorders text.
fn is_harmful(character: char) -> bool {
    let reorders = ('\u{200b}'..='\u{200f}').contains(&character) || ('\u{2028}'..='\u{202e}').contains(&character);
    let isolates = ('\u{2060}'..='\u{206f}').contains(&character) || character == '\u{feff}';
    (character.is_control() && character != '\n') || reorders || isolates
}

#[test]
fn text_shows_them_without_harm() {
    let shown: Vec<&str> = NAMES.iter().map(|(_, shown)| *shown).collect();
    let classic = run("");
    assert_eq!(names_of(&classic), shown);
    let aligned = run("-c count,name");
    let behind_count = aligned.lines().skip(1).map(|line| line.trim_start().strip_prefix("1  ").unwrap());
    assert_eq!(behind_count.collect::<Vec<_>>(), shown);
    assert!(![classic, aligned].concat().contains(is_harmful));
}

#[test]
fn text_is_aligned_behind_names_of_any_width() {
    let aligned = run("-c name,count");
    let widths: Vec<usize> = aligned.lines().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{aligned}");
}

#[test]
fn text_keeps_the_blanks_of_names_and_adds_none_to_the_last_column() {
    let log = [stop("longer than the others", "0.5"), stop("a", "0.5"), stop(" b  ", "0.5"), stop("c", "0.5")].concat();
    let ran = Folder::new().feed("report -c count,name", &log).quiet();
    assert_eq!(ran.text(), "count  name\n    1  longer than the others\n    1  a\n    1   b  \n    1  c\n");
    let ran = Folder::new().feed("report -c name,count -n 3", &log).quiet();
    let expected = [
        "name                    count\n",
        "longer than the others      1\n",
        "a                           1\n",
        " b                          1\n",
    ];
    assert_eq!(ran.text(), expected.concat());
}

#[test]
fn markdown_shows_them_without_harm() {
    for columns in ["total,max,avg,count,name", "name,count"] {
        let report = run(&format!("-f markdown -c {columns}"));
        let (header, rows) = markdown(&report);
        let at = header.iter().position(|column| column == "name").unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row[at].as_str()).collect();
        assert_eq!(names, NAMES.map(|(_, shown)| shown));
        assert!(!report.contains(is_harmful));
    }
}

#[test]
fn json_has_them_exactly() {
    let report = run("-f json");
    let names: Vec<Vec<u8>> = json(report.as_bytes()).rows.into_iter().map(|row| row.name).collect();
    assert_eq!(names, NAMES.map(|(name, _)| name));
    assert!(!report.contains(|character: char| character < ' ' && character != '\n'));
}

/// What is no text has its bytes in hexadecimal, beside a form for the eye.
#[test]
fn json_says_what_the_bytes_were() {
    let report = run("-f json -c name");
    for (name, shown) in NAMES {
        let is_text = std::str::from_utf8(name).is_ok();
        let hex = name.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!(report.contains(&format!(r#""name_hex":"{hex}"}}"#)), !is_text, "{shown}");
        let quoted = serde_json::to_string(std::str::from_utf8(name).unwrap_or(shown)).unwrap();
        assert!(report.contains(&format!(r#"{{"name":{quoted}"#)), "{shown}");
    }
}

/// As text does, but for what a spreadsheet would evaluate.
#[test]
fn csv_shows_them_without_harm() {
    let report = run("-f csv");
    let rows = csv(report.as_bytes());
    for (row, (_, shown)) in rows.iter().zip(NAMES) {
        let begins = if shown.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
        let expected = format!("{begins}{}", shown.replace(";=", ";'="));
        assert_eq!(std::str::from_utf8(&row.name), Ok(expected.as_str()));
        assert_eq!(row.integer("count"), 1);
    }
    assert_eq!(rows.len(), NAMES.len());
    assert!(!report.contains(is_harmful));
}

/// Two names that a terminal shows in the same way are still two.
#[test]
fn names_are_told_apart_by_their_bytes() {
    let log = [stop(b"x\xff", "0.5"), stop(br"x\xff", "0.25"), stop("x", "0.125")].concat();
    let ran = Folder::new().feed("report -f json", &log).quiet();
    let rows = json(&ran.stdout).rows;
    assert_eq!(rows.iter().map(|row| row.name.as_slice()).collect::<Vec<_>>(), [b"x\xff".as_slice(), br"x\xff", b"x"]);
}

#[test]
fn a_name_of_64_kib_is_shown_whole() {
    let name = "x".repeat(64 << 10);
    let prepared = Prepared::new(&[stop("a", "1.0"), stop(&name, "0.5"), stop("b", "0.25")].concat().repeat(3));
    for way in Way::ALL {
        let ran = prepared.run(way, "report --duplicates allow").quiet();
        assert_eq!(names_of(ran.text()), ["a", &name, "b"], "{way:?}");
    }
    let ran = prepared.run(Way::File, "report -f csv -c name --duplicates allow").quiet();
    assert_eq!(ran.text(), format!("name\na\n{name}\nb\n"));
    let ran = prepared.run(Way::File, "report -c name,count --duplicates allow").quiet();
    assert!(ran.text().lines().all(|line| line.len() == name.len() + "  count".len()));
}

/// Names that share all but their last byte, or all of the other's bytes.
#[test]
fn names_that_are_nearly_the_same() {
    let lengths = (1..=140).chain([255, 256, 257, 1000, 4095, 4096, 65_535]);
    let names: Vec<String> = lengths.flat_map(|len| ["a", "b"].map(|end| "n".repeat(len - 1) + end)).collect();
    let log: Vec<u8> = names.iter().chain(&names).flat_map(|name| stop(name, "0.5")).collect();
    let report = json(&Folder::new().feed("report -f json", &log).quiet().stdout);
    assert_eq!(report.names(), names);
    assert!(report.rows.iter().all(|row| row.integer("count") == 2));
}
