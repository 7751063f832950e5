//! Inputs without a single record: exit code 2, and what they look like instead.

use crate::common::ways::{gzip, zstd};
use crate::common::{Folder, start, stop, stops};

const HINT: &str = "hint: records look like this: 2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID \
                    name-stop; is profiling on? --allow-empty takes an input without a record as empty\n";

fn log() -> String {
    String::from_utf8(stops(&["a", "b"])).unwrap()
}

fn utf_16(mark: &[u8], to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = log().encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    [mark, &units].concat()
}

/// The first member of a tar archive, in its blocks of 512 bytes.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..5].copy_from_slice(b"a.log");
    header[100..107].copy_from_slice(b"0000644");
    header[257..265].copy_from_slice(b"ustar\x0000");
    let padding = vec![0; content.len().next_multiple_of(512) - content.len() + 1024];
    [header, content.to_vec(), padding].concat()
}

/// The local header of a zip archive's first file, and something deflated.
fn zip() -> Vec<u8> {
    [b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), &[0xA5; 300]].concat()
}

/// What an input is, its content, and what the command says that it looks like.
fn table() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("empty", vec![], "an empty file"),
        ("compressed nothing", gzip(b""), "an empty file"),
        ("gzip in gzip", gzip(&gzip(log().as_bytes())), "gzip data inside gzip data"),
        ("zstd in gzip", gzip(&zstd(log().as_bytes())), "zstd data inside gzip data"),
        ("gzip in zstd", zstd(&gzip(log().as_bytes())), "gzip data inside zstd data"),
        ("JSON", b"{\"level\": \"INFO\", \"message\": \"hello\"}\n".repeat(3), "JSON"),
        ("a JSON list", b"[\n  {\"name\": 1}\n]\n".to_vec(), "JSON"),
        ("HTML", b"<!DOCTYPE html>\n<p>hello</p>\n".to_vec(), "XML or HTML"),
        ("UTF-16 LE with a mark", utf_16(b"\xff\xfe", u16::to_le_bytes), "UTF-16 text"),
        ("UTF-16 BE with a mark", utf_16(b"\xfe\xff", u16::to_be_bytes), "UTF-16 text"),
        ("UTF-16 LE", utf_16(b"", u16::to_le_bytes), "UTF-16 text"),
        ("UTF-16 BE", utf_16(b"", u16::to_be_bytes), "UTF-16 text"),
        ("UTF-16 in gzip", gzip(&utf_16(b"", u16::to_le_bytes)), "UTF-16 text"),
        ("binary", (0..=255).collect::<Vec<u8>>().repeat(20), "binary data"),
        ("a program", [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 100]].concat(), "a program (ELF)"),
        ("zip", zip(), "a zip archive"),
        ("tar", tar(b"hello\n"), "a tar archive"),
        ("tar in gzip", gzip(&tar(b"hello\n")), "a tar archive"),
        ("SQLite", [b"SQLite format 3\0".as_slice(), &[0; 100]].concat(), "an SQLite database"),
    ]
}

#[test]
fn what_an_input_without_a_record_looks_like() {
    for (what, content, looks) in table() {
        let folder = Folder::new();
        folder.write("input", &content);
        let expected = format!("tracerank: input: holds no record; it looks like {looks}\nhint: ");
        folder.run("report input").refused(2).saying(&expected);
        let expected = format!("tracerank: standard input: holds no record; it looks like {looks}\nhint: ");
        let ran = folder.feed("report -", &content).refused(2).saying(&expected);
        assert_eq!(ran.stderr.lines().count(), 2, "{what}: {}", ran.stderr);
    }
}

#[test]
fn of_plain_text_nothing_can_be_said() {
    for content in ["hello\n", "\n\n", "2026-11-23 06:18:09 INFO started\n".repeat(50).as_str(), "größe", "[x]\n"] {
        let ran = Folder::new().feed("report", content.as_bytes()).refused(2);
        ran.saying_only(&format!("tracerank: standard input: holds no record\n{HINT}"));
    }
}

#[test]
fn a_large_input_is_looked_at_in_the_same_way() {
    let folder = Folder::new();
    for (content, looks) in [(vec![0; 300 << 10], "binary data"), (b"{\"a\": 1}\n".repeat(40_000), "JSON")] {
        folder.write("input", &content);
        for options in ["", "--no-mmap", "--threads 2"] {
            folder.run(&format!("report {options} input")).refused(2).saying(&format!("; it looks like {looks}\n"));
        }
    }
}

#[test]
fn malformed_records_alone_are_no_report() {
    let folder = Folder::new();
    folder.write("one", &stop("a", "0.5")[..90]);
    let shown = &String::from_utf8(stop("a", "0.5")).unwrap()[..90];
    let what = format!(
        "tracerank: one: holds no whole record, only 1 malformed; its lines look like this: {shown}\n\
         hint: a record is read where nothing stands after it: \
         2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID name-stop\n"
    );
    let warning =
        "tracerank: warning: 1 malformed record: one:1 (byte 0): base, parent and trace id are not all there\n";
    folder.run("report one").refused(2).saying_only(&format!("{warning}{what}"));
    folder.run("report --strict one").refused(2).saying_only(&format!("{warning}{what}"));
    folder.run("report -q one").refused(2).saying_only(&what);
}

/// The others are reported, but nobody overlooks the one.
#[test]
fn an_input_without_a_record_beside_others() {
    let folder = Folder::new();
    folder.write("log", stops(&["a"]));
    folder.write("text", "hello\n");
    folder.write("empty", "");
    let ran = folder.run("report text log empty").without_debris();
    assert_eq!(ran.code, Some(2));
    let ran = ran.saying(&format!("tracerank: text: holds no record\n{HINT}"));
    ran.saying("tracerank: empty: holds no record; it looks like an empty file\n");
}

#[test]
fn nothing_is_written_in_any_format() {
    for format in ["text", "json", "csv", "markdown"] {
        Folder::new().feed(&format!("report -f {format}"), b"hello\n").refused(2);
    }
}

#[test]
fn a_filter_that_leaves_nothing_is_no_lack_of_records() {
    Folder::new().feed("report -q --name nothing", &stops(&["a"])).quiet();
}

#[test]
fn start_records_alone_are_records() {
    let ran = Folder::new().feed("report", &[start("a"), start("b")].concat()).quiet();
    assert_eq!(ran.text().lines().map(str::len).collect::<Vec<_>>(), [59, 91]);
}
