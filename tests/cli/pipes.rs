//! The world around: pipes that close, disks that are full, compressed files that break off, logs that change while they are read.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::common::parsed::json;
use crate::common::ways::{bzip2, gzip, xz, zstd};
use crate::common::{Folder, Ran, corpus, names_of, start, stop, stop_at, stops, tracerank};

const FORMATS: [&str; 4] = ["text", "json", "csv", "markdown"];

type Compress = fn(&[u8]) -> Vec<u8>;

const COMPRESSED: [(&str, Compress); 4] = [("gzip", gzip), ("zstd", zstd), ("xz", xz), ("bzip2", bzip2)];

// ---- Outputs ----

/// A log whose report fills every buffer many times.
fn names(count: usize) -> Folder {
    let folder = Folder::new();
    let log: Vec<u8> = (0..count).flat_map(|nth| stop(format!("name-{nth}"), "0.5")).collect();
    folder.write("log", log);
    folder
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let folder = names(100_000);
    for format in FORMATS {
        let mut command = tracerank(folder.root());
        command.args(["report", "-f", format, "log"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        // The reader goes away at the end of this statement.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        Ran::of(child.wait_with_output().unwrap()).quiet();
    }
}

#[test]
fn a_pipe_that_nobody_ever_reads_ends_it_quietly() {
    let folder = Folder::new();
    folder.write("log", stops(&["a"]));
    let script = "{ tracerank report log; echo $? > code; } | true";
    folder.shell(script).quiet();
    assert_eq!(folder.read("code"), b"0\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let folder = names(20_000);
    folder.write("small", stops(&["a"]));
    for format in FORMATS {
        for log in ["log", "small"] {
            let ran = folder.shell(&format!("tracerank report -f {format} {log} > /dev/full")).refused(2);
            ran.saying_only("tracerank: standard output: can't be written: No space left on device\n");
        }
    }
    for command in ["completions bash", "man", "man report"] {
        let ran = folder.shell(&format!("tracerank {command} > /dev/full")).refused(2);
        ran.saying_only("tracerank: standard output: can't be written: No space left on device\n");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn messages_that_nobody_can_read_are_no_reason_to_fail() {
    let folder = Folder::new();
    folder.write("log", [stop("a", "0.5"), b"2026-11-23T\n".to_vec()].concat());
    let expected = folder.run("report log").stdout;
    assert_eq!(folder.shell("tracerank report -v log 2> /dev/full").done().stdout, expected);
    assert_eq!(folder.shell("tracerank report -v log 2>&-").done().stdout, expected);
}

// ---- Inputs that are no files ----

#[test]
fn a_named_pipe_is_read() {
    let folder = Folder::new();
    let log = corpus("long-span");
    folder.write("log", &log);
    folder.write("log.gz", gzip(&log));
    let expected = folder.run("report log").quiet();
    for file in ["log", "log.gz"] {
        let script = format!("mkfifo fifo.{file} && (cat {file} > fifo.{file} & tracerank report fifo.{file}; wait)");
        assert_eq!(folder.shell(&script).quiet().text(), expected.text());
    }
}

#[test]
fn a_pipe_that_comes_in_pieces_is_read_whole() {
    let folder = Folder::new();
    let log = [start("a"), stops(&["a", "b"]), b"hello\n".to_vec(), stop("a", "0.25")].concat();
    let mut command = tracerank(folder.root());
    command.args(["report", "-f", "json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in log.chunks(7) {
        stdin.write_all(piece).unwrap();
        stdin.flush().unwrap();
    }
    drop(stdin);
    let ran = Ran::of(child.wait_with_output().unwrap()).quiet();
    let input = json(&ran.stdout).input;
    assert_eq!((input["lines"], input["records"], input["other"], input["bytes"]), (5, 4, 1, log.len() as u64));
}

#[test]
#[cfg(target_os = "linux")]
fn files_of_proc_say_that_they_are_empty_and_are_read() {
    let folder = Folder::new();
    for file in ["/proc/version", "/proc/self/status", "/proc/self/maps", "/proc/cpuinfo"] {
        let ran =
            folder.run(&format!("report -v {file}")).refused(2).saying(&format!("tracerank: {file}: holds no record"));
        assert!(!ran.stderr.contains("tracerank: 0 lines"), "{}", ran.stderr);
    }
    folder.run("report /dev/null").refused(2).saying("/dev/null: holds no record; it looks like an empty file");
}

#[test]
fn ten_thousand_inputs_need_few_descriptors() {
    let folder = Folder::new();
    fs::create_dir(folder.path("logs")).unwrap();
    for nth in 0..10_000 {
        fs::write(folder.path(&format!("logs/{nth:04}")), stop(format!("name-{}", nth % 10), "0.5")).unwrap();
    }
    for inputs in ["logs/*", "logs"] {
        let ran = folder.shell(&format!("ulimit -n 256; tracerank report -f json {inputs}")).quiet();
        let report = json(&ran.stdout);
        assert_eq!((report.input["files"], report.input["spans"]), (10_000, 10_000));
        assert!(report.rows.iter().all(|row| row.integer("count") == 1000));
    }
}

// ---- Compressed files ----

#[test]
fn a_compressed_file_that_breaks_off_is_an_error_and_no_report() {
    let log = corpus("long-span");
    for (format, compress) in COMPRESSED {
        let folder = Folder::new();
        let whole = compress(&log);
        for len in [whole.len() / 2, whole.len() - 1] {
            folder.write("log", &whole[..len]);
            for options in ["", "-f json --threads 1", "--no-mmap -o out"] {
                let ran = folder.run(&format!("report {options} log")).refused(2);
                ran.saying(&format!("tracerank: log: the {format} data is damaged or breaks off after byte "));
            }
            let ran = folder.feed("report", &whole[..len]).refused(2);
            ran.saying(&format!("tracerank: standard input: the {format} data is damaged or breaks off after byte "));
        }
        assert_eq!(folder.names(), ["log"]);
    }
}

/// Wherever it is cut, and in the second member, too. In this process, since there are many places.
#[test]
fn no_beginning_of_a_compressed_file_passes_for_the_whole() {
    let folder = Folder::new();
    let member: Vec<u8> = (0..8).flat_map(|nth| stop(format!("name-{nth}"), "0.5")).collect();
    for (format, compress) in COMPRESSED {
        let first = compress(&member);
        let both = [first.clone(), compress(&member)].concat();
        for len in (1..both.len()).filter(|len| *len != first.len()) {
            let path = folder.write("log", &both[..len]);
            if let Some(spans) = spans_of(&path) {
                // Too short to be known for what it is, it can be taken for text, which then holds no record.
                assert!(spans == 0 && len < 10, "{format}, cut to {len} of {} bytes: {spans} spans", both.len());
            }
        }
        assert_eq!(spans_of(&folder.write("log", &both)), Some(16), "{format}");
    }
}

fn spans_of(path: &Path) -> Option<u64> {
    let sources = tracerank::input::resolve(&[path.to_owned()], false).unwrap();
    Some(
        tracerank::engine::Engine::default()
            .threads(1)
            .scan(&sources, tracerank_summary::Wanted::NOTHING)
            .ok()?
            .account
            .spans,
    )
}

#[test]
fn damage_in_the_middle_of_a_compressed_file_is_an_error() {
    let log = corpus("long-span");
    for (format, compress) in COMPRESSED {
        let folder = Folder::new();
        let mut damaged = compress(&log);
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0x55);
        folder.write("log", damaged);
        folder
            .run("report log")
            .refused(2)
            .saying(&format!("tracerank: log: the {format} data is damaged or breaks off"));
    }
}

#[test]
fn the_hint_for_damaged_data_names_the_tool_of_its_format() {
    for ((format, compress), cat) in COMPRESSED.into_iter().zip(["zcat", "zstdcat", "xzcat", "bzcat"]) {
        let whole = compress(&stops(&["a"]));
        let ran = Folder::new().feed("report", &whole[..whole.len() - 1]).refused(2);
        let hint = format!("\nhint: read the intact part through a pipe: {cat} FILE | tracerank report\n");
        assert!(ran.stderr.ends_with(&hint), "{format}: {}", ran.stderr);
    }
}

/// A frame of an empty block, whose header asks for 256 MiB.
#[test]
fn a_window_that_is_too_long_is_told_apart_from_damage() {
    let long = [0x28, 0xB5, 0x2F, 0xFD, 0, 18 << 3, 1, 0, 0];
    let hint = "\nhint: its window is larger than 128 MB: zstd -dc --long=31 FILE | tracerank report\n";
    for before in [vec![], zstd(&stops(&["a"]))] {
        let ran = Folder::new().feed("report", &[&before, long.as_slice()].concat()).refused(2);
        assert!(ran.stderr.ends_with(hint), "{}", ran.stderr);
    }
}

#[test]
fn several_members_or_frames_all_count() {
    for (format, compress) in COMPRESSED {
        let folder = Folder::new();
        let members = [stops(&["a"]), b"hello\n".to_vec(), vec![], stops(&["b", "a"])];
        folder.write("log", members.iter().flat_map(|member| compress(member)).collect::<Vec<u8>>());
        let report = json(&folder.run("report -f json log").quiet().stdout);
        assert_eq!(report.names(), ["a", "b"], "{format}");
        let counts = ["files", "lines", "spans", "bytes"].map(|count| report.input[count]);
        assert_eq!(counts, [1, 4, 3, members.concat().len() as u64], "{format}");
    }
}

/// A line can begin in one member and end in the next.
#[test]
fn members_can_be_cut_anywhere() {
    let log = stops(&["a", "b", "c"]);
    for (format, compress) in COMPRESSED {
        for cut in [1, 26, 148, 149, 150, 300] {
            let members = [compress(&log[..cut]), compress(&log[cut..])].concat();
            let ran = Folder::new().feed("report", &members).quiet();
            assert_eq!(names_of(ran.text()), ["a", "b", "c"], "{format}, cut at {cut}");
        }
    }
}

#[test]
fn garbage_behind_a_member_is_an_error_and_never_left_out_in_silence() {
    for (format, compress) in COMPRESSED {
        for garbage in [b"x".as_slice(), b"garbage\n", &stop("more", "0.5")] {
            let folder = Folder::new();
            folder.write("log", [&compress(&stops(&["a"])), garbage].concat());
            let ran = folder.run("report log").refused(2);
            ran.saying(&format!("tracerank: log: the {format} data is damaged or breaks off after byte "));
        }
    }
}

/// Tapes and block devices fill their last block up, more or less of it than is read at a time.
#[test]
fn zeros_between_and_behind_members_are_padding() {
    let (log, member) = (corpus("long-span"), stops(&["a"]));
    for (format, compress) in COMPRESSED {
        for zeros in [0, 4, 512, 300_000, 1, 2, 3, 511] {
            let padding = vec![0; zeros];
            let padded = [compress(&log), padding.clone(), compress(&member), padding].concat();
            let ran = Folder::new().feed("report -f json", &padded);
            // xz has padding in multiples of four bytes, zstd none at all.
            if format == "xz" && zeros % 4 > 0 || format == "zstd" && zeros > 0 {
                ran.refused(2).saying(&format!("the {format} data is damaged or breaks off after byte "));
                continue;
            }
            let input = json(&ran.done().stdout).input;
            assert_eq!(input["bytes"], (log.len() + member.len()) as u64, "{format}, {zeros} zeros");
        }
    }
}

#[test]
fn garbage_behind_padding_is_an_error() {
    for (format, compress) in COMPRESSED {
        let member = compress(&stops(&["a"]));
        for garbage in [b"x".as_slice(), b"garbage\n", &stop("more", "0.5"), &member[..member.len() / 2]] {
            let ran = Folder::new().feed("report", &[&member, [0; 512].as_slice(), garbage].concat()).refused(2);
            ran.saying(&format!("tracerank: standard input: the {format} data is damaged or breaks off after byte "));
        }
    }
}

#[test]
fn an_error_in_one_input_names_it_among_others() {
    let folder = Folder::new();
    let whole = gzip(&corpus("long-span"));
    folder.write("good", stops(&["a"]));
    folder.write("cut", &whole[..whole.len() / 2]);
    for threads in [1, 2, 7] {
        folder.run(&format!("report --threads {threads} good cut")).refused(2).saying("tracerank: cut: the gzip data");
        folder.run(&format!("report --threads {threads} cut good")).refused(2).saying("tracerank: cut: the gzip data");
    }
}

// ---- Files that grow ----

/// Lines are appended for as long as the command runs: those that were there when it opened the file count, and no others.
#[test]
fn a_file_that_grows_is_read_as_it_was() {
    let folder = Folder::new();
    let log = corpus("long-span").repeat(60);
    for options in ["", "--threads 1", "--no-mmap"] {
        let path = folder.write("log", &log);
        let is_over = AtomicBool::new(false);
        let ran = thread::scope(|scope| {
            scope.spawn(|| append_until(&path, &is_over));
            let ran = folder.run(&format!("report -f json {options} log"));
            is_over.store(true, Ordering::Relaxed);
            ran.done()
        });
        let len = json(&ran.stdout).input["bytes"] as usize;
        assert!(len >= log.len());
        folder.write("as-it-was", &folder.read("log")[..len]);
        assert_eq!(ran.text(), folder.run("report -f json as-it-was").done().text());
    }
}

fn append_until(path: &Path, is_over: &AtomicBool) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    while !is_over.load(Ordering::Relaxed) {
        file.write_all(&stop("later", "0.5")).unwrap();
    }
}

// ---- Files that shrink ----

/// 66 MB.
static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| corpus("basic").repeat(46));

/// Its report.
static WHOLE: LazyLock<String> = LazyLock::new(|| {
    let folder = Folder::new();
    folder.write("log", &*LARGE);
    folder.run("report --duplicates allow log").quiet().text().to_owned()
});

/// The command while it reads `log` in a folder: one that it has begun to read, or one that was so fast that it has ended.
#[cfg(target_os = "linux")]
fn reading(folder: &Folder, options: &str) -> Child {
    let mut command = tracerank(folder.root());
    command.args(["report", "--duplicates", "allow", "--threads", "2"]).args(options.split_whitespace()).arg("log");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (id, log) = (child.id(), folder.path("log").canonicalize().unwrap());
    while child.try_wait().unwrap().is_none() && !has_mapped(id, &log) && !has_read_from(id, &log) {
        thread::yield_now();
    }
    child
}

#[cfg(target_os = "linux")]
fn has_mapped(process: u32, file: &Path) -> bool {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    maps.contains(file.to_str().unwrap())
}

#[cfg(target_os = "linux")]
fn has_read_from(process: u32, file: &Path) -> bool {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let mut descriptors = entries.filter(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == file));
    descriptors.any(|entry| {
        let info = format!("/proc/{process}/fdinfo/{}", entry.file_name().display());
        let position = |info: String| info.strip_prefix("pos:").map(|rest| !rest.trim_start().starts_with('0'));
        fs::read_to_string(info).ok().and_then(position).unwrap_or(false)
    })
}

/// Harms a log so many times, each time in a new run and at another moment of it; what comes out is handed to `judge`.
#[cfg(target_os = "linux")]
fn harm(times: u64, options: &str, harm: fn(&Path, nth: u64), judge: fn(&Folder, Ran)) {
    let folder = Folder::new();
    let path = folder.write("log", &*LARGE);
    let begin = Instant::now();
    Ran::of(reading(&folder, options).wait_with_output().unwrap()).quiet();
    let typical = begin.elapsed();
    for nth in 0..times {
        folder.write("log", &*LARGE);
        let child = reading(&folder, options);
        thread::sleep(typical.mul_f64(nth as f64 / times as f64));
        harm(&path, nth);
        judge(&folder, Ran::of(child.wait_with_output().unwrap()).without_debris());
    }
}

/// Takes the end of a log away, all of it, or nearly nothing.
#[cfg(target_os = "linux")]
fn truncate(path: &Path, nth: u64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let len = LARGE.len() as u64;
    let kept = match nth % 5 {
        0 => 0,
        1 => len / 2,
        2 => len - 1,
        3 => 4096 * (nth * 37 % (len / 4096)),
        _ => nth * 7_654_321 % len,
    };
    file.set_len(kept).unwrap();
}

/// As `copytruncate` and the service do: nothing is left of the old log, and a new one takes its place and outgrows it. Or half of it stays, and the
/// rest grows again.
#[cfg(target_os = "linux")]
fn regrow(path: &Path, nth: u64) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(if nth % 4 == 3 { LARGE.len() as u64 / 2 } else { 0 }).unwrap();
    if nth.is_multiple_of(2) {
        file.write_all(&stop("new", "1.0").repeat(1000)).unwrap();
    }
    file.set_len(LARGE.len() as u64 + 4096 * (nth % 3)).unwrap();
}

/// It is whole, or an error with a message that helps.
#[cfg(target_os = "linux")]
fn assert_is_whole_or_an_error(_: &Folder, ran: Ran) {
    if ran.code == Some(0) {
        assert_eq!(ran.quiet().text(), *WHOLE);
    } else {
        let ran = ran.refused(2).saying("--no-mmap");
        truncated_at(&ran);
    }
}

/// The offset in the message.
#[cfg(target_os = "linux")]
fn truncated_at(ran: &Ran) -> usize {
    let message = |line: &str| {
        let rest = line.strip_prefix("tracerank: log: was truncated or rewritten at byte ")?;
        rest.strip_suffix(" while it was read")?.parse().ok()
    };
    ran.stderr.lines().find_map(message).unwrap_or_else(|| panic!("{ran:?}"))
}

#[test]
#[cfg(target_os = "linux")]
fn a_mapped_file_that_is_truncated_ends_in_an_error_or_was_read_before() {
    harm(50, "", truncate, assert_is_whole_or_an_error);
}

#[test]
#[cfg(target_os = "linux")]
fn a_mapped_file_that_is_truncated_and_grows_again_makes_no_other_report() {
    harm(10, "", regrow, assert_is_whole_or_an_error);
}

/// Standard output has the report of what could be read; the message says how much that is.
#[test]
#[cfg(target_os = "linux")]
fn an_unmapped_file_that_is_truncated_is_reported_as_far_as_it_was_read() {
    harm(10, "--no-mmap", truncate, |_, ran| {
        if ran.code == Some(0) {
            assert_eq!(ran.quiet().text(), *WHOLE);
            return;
        }
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("\nhint: ") && !ran.stderr.contains("--no-mmap"), "{}", ran.stderr);
        let folder = Folder::new();
        folder.write("log", &LARGE[..truncated_at(&ran)]);
        assert_eq!(ran.text(), folder.run("report -q log").text());
    });
}

/// The first run, which nobody harms, writes it whole; and so it stays.
#[test]
#[cfg(target_os = "linux")]
fn the_report_of_an_unmapped_file_that_is_truncated_replaces_no_file() {
    harm(5, "--no-mmap -o out", truncate, |folder, ran| {
        assert_eq!(ran.text(), "");
        assert!(folder.read("out") == WHOLE.as_bytes(), "{}", ran.stderr);
        assert_eq!(folder.names(), ["log", "out"]);
    });
}

/// Whatever others write into a mapped file, between two looks at the same byte: the report is theirs, but there is one.
#[test]
fn a_mapped_file_that_is_overwritten_is_no_reason_to_panic() {
    let folder = Folder::new();
    let line = |nth: u32| {
        let time = format!("2026-11-23T{:02}:{:02}:09.822513", nth / 60 % 24, nth % 60);
        stop_at(&time, "req-7", "name", &format!("1234.{}", "0123456789".repeat(4)))
    };
    let log: Vec<u8> = (0..4000).flat_map(line).collect();
    let path = folder.write("log", &log);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| overwrite_until(&path, &log, &is_over));
        let codes: Vec<_> = (0..20).map(|_| folder.run("report --threads 1 log")).collect();
        is_over.store(true, Ordering::Relaxed);
        codes.into_iter().for_each(|ran| drop(ran.without_debris().done()));
    });
}

/// Puts something else into some place between the beginning and the end, and what was there again.
fn overwrite_until(path: &Path, log: &[u8], is_over: &AtomicBool) {
    const LEN: usize = 4096;
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let places = (1..).map(|nth: usize| LEN + nth.wrapping_mul(7_654_321) % (log.len() - 3 * LEN));
    for (at, byte) in places.zip(b"\0 \n.-e9\xff".iter().cycle()) {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        file.write_all_at(&[*byte; LEN], at as u64).unwrap();
        file.write_all_at(&log[at..at + LEN], at as u64).unwrap();
    }
}

/// A rotation that takes the file away does no harm: what is open stays readable.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_renamed_and_removed_is_read_to_its_end() {
    for options in ["", "--no-mmap"] {
        let folder = Folder::new();
        folder.write("log", &*LARGE);
        let child = reading(&folder, options);
        fs::rename(folder.path("log"), folder.path("log.1")).unwrap();
        fs::remove_file(folder.path("log.1")).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap()).quiet();
        assert_eq!(ran.text(), *WHOLE);
    }
}

// ---- Pipes that are silent ----

/// Whether anything has the pipe open for writing or not.
#[test]
fn a_silent_pipe_does_not_hide_an_error_after_it() {
    let folder = names(100);
    folder.write("cut.gz", &gzip(&folder.read("log"))[..200]);
    for open in ["", "exec 3<>pipe;"] {
        let begin = Instant::now();
        let script = |command: &str| format!("rm -f pipe; mkfifo pipe; {open} timeout 60 \"$TRACERANK\" {command}");
        let run = |command: &str| folder.shell(&script(command)).refused(2);
        run("report --threads 2 pipe cut.gz").saying("tracerank: cut.gz: the gzip data is damaged");
        run("tree pipe missing").saying_only("tracerank: missing: can't be opened: No such file or directory\n");
        assert!(begin.elapsed().as_secs() < 50);
    }
    // One that is silent for a while is waited for.
    let script = "rm -f pipe; mkfifo pipe; (sleep 1; cat log) > pipe & tracerank report -f csv -c count pipe log";
    assert_eq!(folder.shell(script).done().text().lines().nth(1), Some("2"));
    let ran = folder.shell("(sleep 1; cat log) | tracerank report -f csv -c count").quiet();
    assert_eq!(ran.text().lines().nth(1), Some("1"));
}
