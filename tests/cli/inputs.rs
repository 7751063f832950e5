//! What can be given to read: several inputs, directories, the same file twice, nothing.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::common::parsed::json;
use crate::common::ways::{bzip2, gzip, xz, zstd};
use crate::common::{Folder, Ran, corpus, names_of, run, stop, stops};

// ---- Several inputs ----

#[test]
fn a_path_in_place_of_a_command_is_reported_unless_there_is_such_a_command() {
    let folder = Folder::new();
    for name in ["mistral.log", "plan"] {
        folder.write(name, stop("a", "0.5"));
    }
    folder.write("other.log", stop("b", "0.5"));
    assert_eq!(folder.run("mistral.log").quiet().text(), folder.run("report mistral.log").quiet().text());
    let ran = folder.run("-q mistral.log other.log -n 1 -c name").quiet();
    assert_eq!(ran.text().lines().collect::<Vec<_>>(), ["name", "a"]);
    folder.run("plan").refused(2).saying("tracerank plan");
    folder.run("./plan").quiet();
    folder.run("nosuch.log").refused(2).saying("unrecognized subcommand 'nosuch.log'");
    folder.run("mistral.log --nosuch").refused(2).saying("--nosuch");
}

#[test]
fn several_inputs_are_their_concatenation() {
    let folder = Folder::new();
    let logs = ["odd-ids", "long-span", "prefixed", "mixed"].map(corpus);
    let names = ["1", "2", "3", "4"];
    for (name, log) in names.iter().zip(&logs) {
        folder.write(name, if *name == "3" { gzip(log) } else { log.clone() });
    }
    folder.write("all", logs.concat());
    for threads in [1, 2, 7] {
        let options = format!("--threads {threads}");
        let expected = folder.run(&format!("report {options} all")).done();
        let several = folder.run(&format!("report {options} {}", names.join(" "))).done();
        assert_eq!(several.text(), expected.text());
        let mut expected = json(&folder.run(&format!("report -f json {options} all")).done().stdout);
        let several = json(&folder.run(&format!("report -f json {options} {}", names.join(" "))).done().stdout);
        expected.input.insert("files".to_owned(), 4);
        // Of one log that is not in order, not all times are looked at.
        let [found, of_one] = [&several.times, &expected.times];
        assert!(found[0] <= of_one[0] && of_one[1] <= found[1], "{found:?} {of_one:?}");
        expected.times = several.times.clone();
        assert_eq!(several, expected);
    }
}

#[test]
fn standard_input_can_be_one_of_several() {
    let folder = Folder::new();
    folder.write("1", stops(&["one"]));
    folder.write("3", stops(&["three"]));
    let ran = folder.feed("report 1 - 3", &stops(&["two"])).quiet();
    assert_eq!(names_of(ran.text()), ["one", "two", "three"]);
}

#[test]
fn standard_input_can_be_compressed() {
    let log = corpus("long-span");
    let folder = Folder::new();
    let expected = folder.feed("report", &log).quiet();
    for compressed in [gzip(&log), zstd(&log), xz(&log), bzip2(&log)] {
        assert_eq!(folder.feed("report -", &compressed).quiet().text(), expected.text());
    }
}

/// Only the content tells: names do not.
#[test]
fn the_name_of_a_file_says_nothing_about_its_format() {
    let folder = Folder::new();
    folder.write("plain.gz", stops(&["a"]));
    folder.write("compressed.log", gzip(&stops(&["b"])));
    let ran = folder.run("report plain.gz compressed.log").quiet();
    assert_eq!(names_of(ran.text()), ["a", "b"]);
}

#[test]
fn a_file_whose_name_begins_with_a_dash() {
    let folder = Folder::new();
    folder.write("-x", stops(&["a"]));
    assert_eq!(names_of(folder.run("report -- -x").quiet().text()), ["a"]);
    assert_eq!(names_of(folder.run("report ./-x").quiet().text()), ["a"]);
}

// ---- Directories ----

#[test]
fn the_files_of_a_directory_by_name_and_rotated_ones_oldest_first() {
    let folder = Folder::new();
    let files = [
        "api.log.10.gz",
        "api.log.2.zst",
        "api.log.1",
        "api.log",
        "engine.log-20261121.xz",
        "engine.log-20261122.bz2",
        "engine.log-20261123",
        "engine.log",
        "executor",
    ];
    for file in files {
        let log = stops(&[file]);
        let content = match file.rsplit('.').next() {
            Some("gz") => gzip(&log),
            Some("zst") => zstd(&log),
            Some("xz") => xz(&log),
            Some("bz2") => bzip2(&log),
            _ => log,
        };
        folder.write(&format!("logs/{file}"), content);
    }
    for threads in [1, 2] {
        let ran = folder.run(&format!("report --threads {threads} logs")).quiet();
        assert_eq!(names_of(ran.text()), files);
    }
}

#[test]
fn only_the_regular_files_of_a_directory_count() {
    let folder = Folder::new();
    folder.write("logs/log", stops(&["a"]));
    folder.write("logs/deeper/log", stops(&["not this"]));
    folder.write("elsewhere", stops(&["linked"]));
    symlink("../elsewhere", folder.path("logs/soft")).unwrap();
    symlink("nowhere", folder.path("logs/dangling")).unwrap();
    symlink("deeper", folder.path("logs/shallow")).unwrap();
    let ran = folder.shell("mkfifo logs/fifo && tracerank report logs").quiet();
    assert_eq!(names_of(ran.text()), ["a", "linked"]);
}

/// As services keep it that link to their latest log. It is read where its own name stands, and not where the link does.
#[test]
fn a_file_of_several_names_in_a_directory_counts_once() {
    let folder = Folder::new();
    for name in ["b.log", "m.log", "y.log"] {
        folder.write(&format!("logs/{name}"), stops(&[name]));
    }
    folder.write("elsewhere", stops(&["elsewhere"]));
    symlink("y.log", folder.path("logs/a-link")).unwrap();
    symlink("b.log", folder.path("logs/latest.log")).unwrap();
    fs::hard_link(folder.path("logs/b.log"), folder.path("logs/z-hard")).unwrap();
    symlink("../elsewhere", folder.path("logs/link-1")).unwrap();
    symlink("../elsewhere", folder.path("logs/link-2")).unwrap();
    for options in ["", "--duplicates allow", "--threads 2"] {
        let ran = folder.run(&format!("report -f json {options} logs")).quiet();
        let report = json(&ran.stdout);
        assert_eq!(report.names(), ["b.log", "elsewhere", "m.log", "y.log"], "{options}");
        assert_eq!((report.input["files"], report.input["spans"]), (4, 4), "{options}");
    }
    let expected = "tracerank: logs/latest.log: is the same file as logs/b.log, which would be counted twice\n";
    folder.run("report logs logs/latest.log").refused(2).saying(expected);
}

#[test]
fn a_directory_can_hold_other_files_beside_logs() {
    let folder = Folder::new();
    folder.write("logs/a.log", stops(&["a"]));
    folder.write("logs/b.pid", "4711\n");
    folder.write("logs/empty", "");
    assert_eq!(names_of(folder.run("report logs").quiet().text()), ["a"]);
}

#[test]
fn a_directory_without_files_is_refused() {
    let folder = Folder::new();
    folder.write("logs/deeper/log", stops(&["a"]));
    folder
        .run("report logs")
        .refused(2)
        .saying_only("tracerank: logs: there is no file in this directory (subdirectories are not read)\n");
}

#[test]
fn a_directory_without_logs_is_refused() {
    let folder = Folder::new();
    folder.write("logs/1", "hello\n");
    folder.run("report logs").refused(2).saying("tracerank: logs: holds no record\nhint: ");
    folder.write("logs/2", "{}\n");
    folder.write("logs/3", "");
    folder.run("report logs").refused(2).saying("tracerank: logs: holds no record in any of its 3 files\nhint: ");
}

// ---- The same file twice ----

/// A log, three other ways to name it, and a directory with it.
fn doubles() -> Folder {
    let folder = Folder::new();
    folder.write("logs/log", stops(&["a"]));
    fs::hard_link(folder.path("logs/log"), folder.path("hard")).unwrap();
    symlink("logs/log", folder.path("soft")).unwrap();
    folder
}

#[test]
fn the_same_file_twice_is_refused() {
    let folder = doubles();
    for (inputs, message) in [
        ("logs/log logs/log", "logs/log: is the same file as logs/log, which would be counted twice"),
        ("logs/log ./logs/../hard", "./logs/../hard: is the same file as logs/log, which would be counted twice"),
        ("soft logs/log", "logs/log: is the same file as soft, which would be counted twice"),
        ("logs soft", "soft: is the same file as logs/log, which would be counted twice"),
        ("hard logs", "logs/log: is the same file as hard, which would be counted twice"),
        ("- -", "standard input: is the same file as standard input, which would be counted twice"),
    ] {
        let expected = format!("tracerank: {message}\nhint: --duplicates allow counts all of it\n");
        folder.run(&format!("report {inputs}")).refused(2).saying_only(&expected);
    }
}

#[test]
fn the_same_file_counts_twice_where_that_is_meant() {
    let folder = doubles();
    let ran = folder.run("report -f json --duplicates allow logs soft hard logs/log").quiet();
    let report = json(&ran.stdout);
    assert_eq!((report.input["files"], report.input["spans"], report.rows[0].integer("count")), (4, 4, 4));
}

#[test]
fn two_files_of_the_same_content_are_two() {
    let folder = Folder::new();
    folder.write("1", stops(&["a"]));
    folder.write("2", stops(&["a"]));
    assert_eq!(json(&folder.run("report -f json 1 2").quiet().stdout).input["spans"], 2);
}

// ---- What can't be read ----

#[test]
fn every_missing_file_is_named_and_nothing_is_reported() {
    let folder = Folder::new();
    folder.write("log", stops(&["a"]));
    let expected = "\
tracerank: one: can't be opened: No such file or directory
tracerank: log/two: can't be opened: Not a directory
";
    folder.run("report one log log/two").refused(2).saying_only(expected);
}

#[test]
fn an_unreadable_file_is_named() {
    let folder = Folder::new();
    let path = folder.write("secret", stops(&["a"]));
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        return; // Root may read everything.
    }
    folder.write("log", stops(&["a"]));
    folder.run("report log secret").refused(2).saying_only("tracerank: secret: can't be opened: Permission denied\n");
}

#[test]
fn paths_are_shown_so_that_they_can_not_harm_a_terminal() {
    let ran = Folder::new().run_with(&["report", "\u{1b}[31m\n"]).refused(2);
    ran.saying_only("tracerank: \\x1b[31m\\x0a: can't be opened: No such file or directory\n");
}

#[test]
fn no_input_on_a_terminal_is_refused_and_not_waited_for() {
    let folder = Folder::new();
    let Some(ran) = on_a_terminal(&folder, "report") else { return };
    assert_eq!(ran.code, Some(2));
    let shown = ran.text().replace("\r\n", "\n");
    assert!(shown.starts_with("tracerank: no input: standard input is a terminal\nhint: "), "{shown}");
}

#[test]
fn a_summary_is_not_written_to_a_terminal() {
    let folder = Folder::new();
    folder.write("log", stops(&["a"]));
    let Some(ran) = on_a_terminal(&folder, "summarize -o - log") else { return };
    assert_eq!(ran.code, Some(2));
    let shown = ran.text().replace("\r\n", "\n");
    assert_eq!(shown, "tracerank: refusing to write a binary summary to a terminal\nhint: give -o a file\n");
}

#[test]
fn an_input_on_a_terminal_is_read() {
    let folder = Folder::new();
    folder.write("log", stops(&["a"]));
    let Some(ran) = on_a_terminal(&folder, "report log") else { return };
    assert_eq!(names_of(&ran.done().text().replace("\r\n", "\n")), ["a"]);
}

/// Runs the command with a terminal for all its streams, where util-linux has a `script` that makes one.
fn on_a_terminal(folder: &Folder, arguments: &str) -> Option<Ran> {
    let version = Command::new("script").arg("--version").output().ok()?;
    if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
        return None;
    }
    let mut command = Command::new("script");
    command.args(["-qec", &format!("'{}' {arguments}", crate::common::TRACERANK), "/dev/null"]);
    command.current_dir(folder.root()).env("NO_COLOR", "1").env("SHELL", "/bin/sh");
    Some(run(command, b""))
}

// ---- Sizes ----

/// Threads pay from some size on; the report does not tell from which.
#[test]
fn a_file_of_every_size_around_the_limits_is_read_whole() {
    let line = stop("a", "0.5").len();
    let folder = Folder::new();
    for size in [256 << 10, 1 << 20, 4 << 20] {
        for lines in [size / line, size / line + 1] {
            folder.write("log", stop("a", "0.5").repeat(lines));
            let report = json(&folder.run("report -f json --duplicates allow log").quiet().stdout);
            assert_eq!(report.input["spans"], lines as u64);
        }
    }
}
