//! The transcripts in tests/cases: commands on small logs as people have them, with what is printed and the exit code.
//!
//! A transcript is what a terminal shows: `$` and a command, its standard output, its standard error, and the exit code
//! where it is not 0. Lines that begin with `#` in front of a command are comments. The commands of a transcript run in
//! one folder, where `cases`, `corpus` and `formats` are those of testdata.
//!
//! With `WRITE_GOLDEN=1` the transcripts are written anew: read the difference before you keep it.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::common::shell;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a shell says of a command that did not end with 0.
const EXIT_CODE: &str = "[exit code ";

#[test]
fn transcripts_are_as_they_were() {
    let mut differing = Vec::new();
    for path in transcripts() {
        let expected = fs::read_to_string(&path).unwrap();
        let found = replay(&expected);
        if std::env::var_os("WRITE_GOLDEN").is_some() {
            fs::write(&path, &found).unwrap();
        } else if found != expected {
            differing.push(format!("{}:\n{}", path.display(), first_difference(&expected, &found)));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

fn transcripts() -> Vec<PathBuf> {
    let files = fs::read_dir(Path::new(ROOT).join("tests/cases")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "console")).collect();
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    files
}

/// Runs the commands of a transcript, and returns it with the output that they print now.
fn replay(transcript: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for name in ["cases", "corpus", "formats"] {
        symlink(Path::new(ROOT).join("testdata").join(name), folder.path().join(name)).unwrap();
    }
    let mut replayed = String::new();
    for step in steps(transcript) {
        replayed.push_str(step);
        let Some(command) = step.lines().find_map(|line| line.strip_prefix("$ ")) else { continue };
        let output = shell(command, folder.path()).output().unwrap();
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            replayed.push_str(&text);
            if !text.is_empty() && !text.ends_with('\n') {
                replayed.push('\n');
            }
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(replayed, "{EXIT_CODE}{code}]").unwrap(),
            None => writeln!(replayed, "[{}]", output.status).unwrap(),
        }
    }
    replayed
}

/// The comments and blank lines in front of each command with the command's line; what is behind the last one is output.
fn steps(transcript: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    let (mut from, mut at) = (0, 0);
    for line in transcript.split_inclusive('\n') {
        let end = at + line.len();
        match line.as_bytes() {
            [b'$', b' ', ..] => {
                steps.push(&transcript[from..end]);
                from = end;
            }
            // A comment, or a blank line in front of one, ends the output before it.
            [b'#', ..] => {}
            [b'\n'] if transcript[end..].starts_with(['#', '$']) => {}
            _ => from = end,
        }
        at = end;
    }
    steps
}

/// The first line that differs, with those before it.
fn first_difference(expected: &str, found: &str) -> String {
    let same = expected.lines().zip(found.lines()).take_while(|(expected, found)| expected == found).count();
    let [expected, found] = [expected, found].map(|text| {
        let lines = text.lines().skip(same.saturating_sub(8)).take(16);
        lines.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
    });
    format!("  expected (from line {}):\n{expected}\n  found:\n{found}", same.saturating_sub(8) + 1)
}
