//! Where the report goes: -o.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::common::ways::gzip;
use crate::common::{Folder, start, stop};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", stop("a", "0.5"));
    folder
}

fn mode(folder: &Folder, name: &str) -> u32 {
    fs::metadata(folder.path(name)).unwrap().mode() & 0o7777
}

// ---- Where it goes ----

#[test]
fn a_new_file_holds_what_standard_output_would_have_held() {
    for format in ["text", "json", "csv", "markdown"] {
        let folder = folder();
        let expected = folder.run(&format!("report -f {format} log")).quiet();
        let ran = folder.run(&format!("report -f {format} log --output out")).quiet();
        assert_eq!(ran.text(), "");
        assert_eq!(folder.read("out"), expected.stdout, "{format}");
        assert_eq!(folder.names(), ["log", "out"]);
    }
}

#[test]
fn a_new_file_has_the_mode_that_the_umask_asks_for() {
    for (umask, expected) in [("022", 0o644), ("077", 0o600), ("002", 0o664)] {
        let folder = folder();
        folder.shell(&format!("umask {umask}; tracerank report log -o out")).quiet();
        assert_eq!(mode(&folder, "out"), expected, "{umask}");
    }
}

#[test]
fn a_dash_is_standard_output() {
    let folder = folder();
    assert_eq!(folder.run("report log -o -").quiet().text(), folder.run("report log").quiet().text());
    assert_eq!(folder.names(), ["log"]);
}

#[test]
fn an_existing_file_is_replaced_and_not_rewritten() {
    let folder = folder();
    let old = "an old report, and a long one at that ".repeat(100);
    let path = folder.write("out", &old);
    let mut reader = File::open(&path).unwrap();
    folder.run("report log -o out").quiet();
    assert_eq!(folder.read("out"), folder.run("report log").stdout);
    let mut still_read = String::new();
    reader.read_to_string(&mut still_read).unwrap();
    assert_eq!(still_read, old, "whoever reads the old file goes on reading it");
    assert_eq!(folder.names(), ["log", "out"]);
}

#[test]
fn an_existing_file_keeps_its_mode() {
    for kept in [0o600, 0o640, 0o644, 0o664, 0o666, 0o755] {
        let folder = folder();
        let path = folder.write("out", "old");
        fs::set_permissions(path, Permissions::from_mode(kept)).unwrap();
        folder.shell("umask 022; tracerank report log -o out").quiet();
        assert_eq!(format!("{:o}", mode(&folder, "out")), format!("{kept:o}"));
    }
}

#[test]
fn what_is_open_already_is_added_to() {
    let folder = folder();
    folder.write("out", "before\n");
    folder.shell("{ tracerank report log -o /dev/stdout; echo behind; } >> out").quiet();
    let expected = [b"before\n".as_slice(), &folder.run("report log").stdout, b"behind\n"].concat();
    assert_eq!(folder.read("out"), expected);
}

#[test]
fn a_signal_leaves_nothing_behind() {
    let folder = folder();
    // The shell can go on once the command has opened its input.
    let ran = folder.shell("mkfifo in; tracerank report in -o out & exec 3> in; kill -TERM $!; wait $!; ls -A");
    assert_eq!(ran.text(), "in\nlog\n", "{}", ran.stderr);
}

#[test]
fn a_link_to_what_is_not_there_yet_stays_a_link() {
    let folder = folder();
    symlink("elsewhere", folder.path("link")).unwrap();
    folder.run("report log -o link").quiet();
    assert!(fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
    assert_eq!(folder.read("elsewhere"), folder.run("report log").stdout);
}

#[test]
fn a_link_stays_a_link() {
    let folder = folder();
    folder.write("elsewhere/out", "old");
    symlink("elsewhere/out", folder.path("link")).unwrap();
    folder.run("report log -o link").quiet();
    assert!(fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
    assert_eq!(folder.read("elsewhere/out"), folder.run("report log").stdout);
}

#[test]
fn a_pipe_is_written_to_and_not_replaced() {
    let folder = folder();
    let ran = folder.shell("mkfifo fifo && (cat fifo > copy & tracerank report log -o fifo; wait)").quiet();
    assert_eq!(ran.text(), "");
    assert_eq!(folder.read("copy"), folder.run("report log").stdout);
    assert_eq!(folder.names(), ["copy", "fifo", "log"]);
}

// ---- Where it can't go ----

#[test]
fn an_input_is_not_overwritten() {
    let folder = folder();
    let before = folder.read("log");
    fs::hard_link(folder.path("log"), folder.path("hard")).unwrap();
    symlink("log", folder.path("soft")).unwrap();
    for output in ["log", "./log", "hard", "soft"] {
        let ran = folder.run(&format!("report log -o {output}")).refused(2);
        ran.saying(&format!("tracerank: {output}: is an input, too, and would be overwritten\nhint: "));
        assert_eq!(folder.read("log"), before);
    }
}

#[test]
fn an_input_in_a_directory_is_not_overwritten() {
    let folder = Folder::new();
    let log = stop("a", "0.5");
    folder.write("logs/1", &log);
    folder.run("report logs -o logs/1").refused(2).saying("is an input, too");
    assert_eq!(folder.read("logs/1"), log);
}

#[test]
fn standard_input_is_not_overwritten() {
    let folder = folder();
    let before = folder.read("log");
    folder.shell("tracerank report -o log < log").refused(2).saying("is an input, too");
    assert_eq!(folder.read("log"), before);
}

#[test]
fn a_directory_that_does_not_exist_is_refused() {
    folder()
        .run("report log -o no/such/file")
        .refused(2)
        .saying("tracerank: no/such/file: can't be written: No such file");
}

#[test]
fn a_directory_is_refused() {
    let folder = folder();
    folder.write("directory/file", "");
    for output in ["directory", "directory/", "."] {
        folder.run(&format!("report log -o {output}")).refused(2).saying("can't be written: is a directory");
    }
    assert_eq!(folder.names(), ["directory", "log"]);
}

#[test]
fn an_unwritable_directory_is_refused() {
    let folder = folder();
    folder.write("directory/out", "old");
    fs::set_permissions(folder.path("directory"), Permissions::from_mode(0o555)).unwrap();
    if File::create(folder.path("directory/probe")).is_ok() {
        return; // Root may write everywhere.
    }
    for output in ["directory/out", "directory/new"] {
        folder
            .run(&format!("report log -o {output}"))
            .refused(2)
            .saying(&format!("{output}: can't be written: Permission denied"));
    }
    assert_eq!(folder.read("directory/out"), b"old");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_an_error() {
    for format in ["text", "json", "csv", "markdown"] {
        let ran = folder().run(&format!("report -f {format} log -o /dev/full")).refused(2);
        ran.saying_only("tracerank: /dev/full: can't be written: No space left on device\n");
    }
}

#[test]
fn a_standard_output_that_takes_nothing_is_an_error() {
    let folder = folder();
    let message = "tracerank: standard output: can't be written: Bad file descriptor\n";
    let commands =
        ["report log", "report log -o -", "report -f json log", "tree log", "slowest log", "summarize log -o -"];
    let others = ["plan log --parts 2", "man", "completions bash", "--help", "--version", "help report"];
    for command in commands.into_iter().chain(others) {
        for closed in [">&-", "1< /dev/null"] {
            folder.shell(&format!("tracerank {command} {closed}")).refused(2).saying_only(message);
        }
    }
    folder.shell("tracerank report log -o out >&-").quiet();
    assert_eq!(folder.read("out"), folder.run("report log").stdout);
    folder.shell("tracerank report log > /dev/null").quiet();
    folder.shell("tracerank report log 1<> /dev/null").quiet();
}

#[test]
#[cfg(target_os = "linux")]
fn help_and_version_that_can_not_be_written_are_errors() {
    let folder = folder();
    for command in ["--help", "-h", "--version", "report --help", "help"] {
        let ran = folder.shell(&format!("tracerank {command} > /dev/full")).refused(2);
        ran.saying_only("tracerank: standard output: can't be written: No space left on device\n");
        folder.shell(&format!("{{ tracerank {command}; echo $? > code; }} | true")).quiet();
        assert_eq!(folder.read("code"), b"0\n", "{command}");
    }
}

#[test]
fn a_link_in_a_loop_is_refused_and_stays() {
    let folder = folder();
    symlink("two", folder.path("one")).unwrap();
    symlink("one", folder.path("two")).unwrap();
    symlink("itself", folder.path("itself")).unwrap();
    for output in ["one", "itself"] {
        let ran = folder.run(&format!("report log -o {output}")).refused(2);
        ran.saying_only(&format!("tracerank: {output}: can't be written: Too many levels of symbolic links\n"));
    }
    assert_eq!(folder.names(), ["itself", "log", "one", "two"]);
    assert!(["one", "two", "itself"].iter().all(|link| fs::read_link(folder.path(link)).is_ok()));
}

// ---- When a signal ends it ----

/// A log whose tree of requests takes a while to write.
fn long_output(folder: &Folder) {
    let log: Vec<u8> = (0..300_000).flat_map(|nth| stop(format!("name-{nth}"), "0.5")).collect();
    folder.write("log", log);
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_while_it_is_written_leaves_nothing_beside_it() {
    let folder = Folder::new();
    long_output(&folder);
    folder.write("out", "old");
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
        // In the background of a script, SIGINT and SIGQUIT would be ignored, and under nohup SIGHUP: `env` takes that
        // back.
        let script = format!(
            "ulimit -c 0; env --default-signal=HUP,INT,QUIT \"$TRACERANK\" report -f json log -o out & \
             while kill -0 $! && ! ls -A | grep -q '^\\.tracerank'; do :; done; \
             kill -{signal} $!; wait $!; echo $?; ls -A"
        );
        let ran = folder.shell(&script);
        assert_eq!(ran.text(), format!("{code}\nlog\nout\n"), "{}", ran.stderr);
        assert_eq!(folder.read("out"), b"old", "{signal}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_is_ignored_stays_ignored() {
    let folder = Folder::new();
    long_output(&folder);
    let script = "trap '' HUP; tracerank report log -o out & \
                  while kill -0 $! && ! ls -A | grep -q '^\\.tracerank'; do :; done; kill -HUP $!; wait $!; ls -A";
    assert_eq!(folder.shell(script).done().text(), "log\nout\n");
}

#[test]
fn a_limit_of_the_size_of_files_is_an_error_and_leaves_nothing_behind() {
    let folder = Folder::new();
    long_output(&folder);
    folder.write("out", "old");
    for (output, name) in [("-o out", "out"), ("> piece", "standard output")] {
        let ran = folder.shell(&format!("ulimit -f 8; tracerank report log {output}")).refused(2);
        ran.saying_only(&format!("tracerank: {name}: can't be written: File too large\n"));
    }
    assert_eq!(folder.names(), ["log", "out", "piece"]);
    assert_eq!(folder.read("out"), b"old");
}

// ---- When the run fails ----

#[test]
fn a_run_that_fails_leaves_the_old_file_whole() {
    let folder = folder();
    folder.write("out", "old");
    folder.write("text", "hello\n");
    let whole = gzip(&stop("a", "0.5").repeat(100));
    folder.write("cut.gz", &whole[..whole.len() - 20]);
    folder.write("malformed", &stop("a", "0.5")[..90]);
    for arguments in
        ["nosuch", "log nosuch", "text", "log text", "cut.gz", "log cut.gz", "malformed", "log log", "log -c foo"]
    {
        folder.run(&format!("report {arguments} -o out")).refused(2);
        assert_eq!(folder.read("out"), b"old", "{arguments}");
        assert_eq!(folder.names(), ["cut.gz", "log", "malformed", "out", "text"], "{arguments}");
    }
}

#[test]
fn a_run_that_fails_makes_no_new_file() {
    let folder = folder();
    folder.run("report nosuch -o out").refused(2);
    folder.feed("report -o out", b"hello\n").refused(2);
    folder.feed("report -o out log -", b"hello\n").refused(2);
    assert_eq!(folder.names(), ["log"]);
}

/// A pipe has no state to be left in: like standard output, it gets what could be reported.
#[test]
fn a_pipe_gets_the_report_of_those_inputs_that_have_records() {
    let folder = folder();
    folder.write("text", "hello\n");
    let ran = folder
        .shell("mkfifo fifo && { cat fifo > copy & tracerank report log text -o fifo; code=$?; wait; exit $code; }");
    ran.refused(2).saying("tracerank: text: holds no record");
    assert_eq!(folder.read("copy"), folder.run("report log").stdout);
}

#[test]
fn a_report_with_malformed_records_is_whole_even_if_strict_ends_it_with_1() {
    let folder = Folder::new();
    folder.write("log", [stop("a", "0.5"), start("b")[..40].to_vec()].concat());
    let ran = folder.run("report --strict log -o out");
    assert_eq!(ran.code, Some(1));
    assert_eq!(folder.read("out"), folder.run("report log").stdout);
}
