use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Formats that need nothing but a record, and Python's own attributes.
const FORMATS: [&str; 20] = [
    "%(message)s",
    "%(asctime)s - %(message)s",
    "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s",
    "%(asctime)30s|%(asctime)-30s|%(asctime).4s|%(message)s",
    "[%(levelname).1s] %(levelname)-8s|%(levelname)8s|%(levelname)08s|%(message)s",
    "%(levelno)s %(levelno)d %(levelno)05d %(levelno)-5d|%(levelno)+d|%(levelno) d|%(levelno)f|%(levelno).1f %(message)s",
    "%(created)f %(created)s %(created)d %(created).3f %(created)020.3f|%(created)-20.1f|%(created)+.0f %(message)s",
    "%(msecs)d %(msecs)03d %(msecs)f %(msecs)s %(msecs)05.1f %(msecs)8.2f|%(message)s",
    "%(asctime)s.%(msecs)03d %(process)d INFO %(name)s [-] %(message)s",
    "100%% %(threadName)s %(thread)d %% %(message)s",
    "%(thread)-12d|%(threadName)-12s|%(threadName)12s|%(threadName).2s|%(message)s",
    "%(process)s %(process)8d|%(process)-8d|%(process)08d %(message)s",
    "größe %(name)s \t %(message)s",
    "%(name)14.3s|%(name).0s|%(name)-0s|%(message)s",
    "%(levelno)+05d|%(levelno)-+05d|%(levelno)0d|%(message)s",
    "%(name)s%(name)s%(message)s",
    " %(message)s",
    "%%(asctime)s %(message)s",
    "%%%(levelname)s %(message)s",
    "%(name).s|%(created).f %(message)s",
];

const DATE_FORMATS: [Option<&str>; 12] = [
    None,
    Some(""),
    Some("%Y-%m-%d %H:%M:%S"),
    Some("%y-%m-%d %H:%M:%S"),
    Some("%a %A %b %B %h %C %d %D %e %F"),
    Some("%g %G %H %I %j %k %l %m %M %p %P"),
    Some("%r %R %s %S %T %u %U %V %w %W"),
    Some("%x %X %c"),
    Some("%Y%m%dT%H%M%S%z"),
    Some("%d/%b/%Y %Z %% \u{e4}"),
    Some("%-d.%-m.%y %-H %_H %_d %-I %_I %-j %_j %-M %_S %-y %-U %-V %-W"),
    Some("no time at all"),
];

/// Seconds and nanoseconds: both sides of clock changes in Europe and America, the ends of years, the first and the
/// last days of weeks.
const TIMES: [(u64, u32); 14] = [
    (0, 0),
    (1, 999_500_000),
    (951_782_400, 250_000_000),
    (1_700_000_000, 123_456_789),
    (1_711_846_799, 500_000_000),
    (1_711_846_800, 500_000_000),
    (1_729_990_799, 0),
    (1_729_990_800, 999_999_000),
    (1_730_613_600, 500_000),
    (1_704_067_199, 62_500_000),
    (1_704_067_200, 0),
    (1_735_603_200, 7_500_000),
    (1_740_800_000, 1_500_000),
    (4_102_444_800, 500_000_000),
];

/// Reads cases, and answers what Python writes before an empty message.
const PYTHON: &str = r#"
import json, logging, sys
out = []
for case in json.load(sys.stdin):
    record = logging.makeLogRecord(case["record"])
    out.append(logging.Formatter(case["format"], case["date_format"]).format(record))
json.dump(out, sys.stdout)
"#;

fn prefix(format: &LogFormat, at: SystemTime) -> String {
    let mut out = Vec::new();
    format.write_prefix(&mut out, at);
    String::from_utf8(out).unwrap()
}

fn at((seconds, nanoseconds): (u64, u32)) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds)
}

/// Python's answers, or none where there is no Python.
fn ask_python(cases: &serde_json::Value) -> Option<Vec<String>> {
    let child = Command::new("python3").args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: python3 can't be started");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    input.write_all(cases.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn as_python_does() {
    let mut cases = Vec::new();
    let mut ours = Vec::new();
    for format in FORMATS {
        for date_format in DATE_FORMATS.into_iter().filter(|_| format.contains("asctime")).chain([None]) {
            for time in TIMES {
                let parsed = LogFormat::new(format, date_format, "profiler_trace").unwrap();
                ours.push((format, date_format, time, prefix(&parsed, at(time))));
                cases.push(serde_json::json!({ "format": format, "date_format": date_format, "record": {
                    "name": "profiler_trace", "levelname": "INFO", "levelno": 20, "msg": "",
                    "created": (i128::from(time.0) * 1_000_000_000 + i128::from(time.1)) as f64 / 1e9, "msecs": f64::from(time.1 / 1_000_000),
                    "process": std::process::id(), "thread": thread::id(), "threadName": thread::name(),
                }}));
            }
        }
    }
    let Some(theirs) = ask_python(&cases.into()) else { return };
    for ((format, date_format, time, ours), theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{format} {date_format:?} {time:?} {:?}", std::env::var_os("TZ"));
    }
}

/// The time zone is one for a process: the same again in processes of their own.
#[test]
fn as_python_does_elsewhere() {
    let test = std::env::current_exe().unwrap();
    for zone in [
        "UTC",
        "",
        "Europe/Berlin",
        ":America/New_York",
        "Asia/Kathmandu",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT",
        "<+0330>-3:30",
    ] {
        let name = "log_format::tests::as_python_does";
        let output = Command::new(&test).args(["--exact", name]).env("TZ", zone).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "TZ={zone}: {printed}");
    }
}

#[test]
fn bare_or_not() {
    assert!(LogFormat::new("%(message)s", None, "x").unwrap().is_bare());
    assert!(LogFormat::new("%(message)s", Some("%Y"), "x").unwrap().is_bare());
    assert!(!LogFormat::new(" %(message)s", None, "x").unwrap().is_bare());
    assert!(!LogFormat::new("%(asctime)s%(message)s", None, "x").unwrap().is_bare());
}

#[test]
fn what_is_refused() {
    for (format, why) in [
        ("", "has no %(message)s"),
        ("%(asctime)s", "has no %(message)s"),
        ("%%(message)s", "has no %(message)s"),
        ("%(message)s ", "goes on after %(message)s"),
        ("%(message)s%(message)s", "goes on after %(message)s"),
        ("%(message)s\n", "goes on after %(message)s"),
        ("%(message)-8s", "other than s"),
        ("%(message)", "other than s"),
        ("%(message)r", "other than s"),
        ("100% %(message)s", "has a % that neither"),
        ("%s %(message)s", "has a % that neither"),
        ("%(message", "has a % that neither"),
        ("%", "has a % that neither"),
        ("%(levelname)d %(message)s", "writes %(levelname) as a number"),
        ("%(asctime)f %(message)s", "writes %(asctime) as a number"),
        ("%(process)x %(message)s", "writes %(process) in a way"),
        ("%(process)*d %(message)s", "writes %(process) in a way"),
        ("%(process)#d %(message)s", "writes %(process) in a way"),
        ("%(process)999999999999999999999d %(message)s", "writes %(process) in a way"),
        ("%(process).3d %(message)s", "writes %(process) in a way"),
        ("%(process)\u{e4} %(message)s", "writes %(process) in a way"),
        ("%(lineno)d %(message)s", "asks for %(lineno), which is a place in Python code"),
        ("%(processName)s %(message)s", "asks for %(processName), which is known in Python only"),
        ("%(user_identity)s %(message)s", "asks for %(user_identity), which is of oslo.log"),
        ("a\nb%(message)s", "breaks the line"),
        ("a\r%(asctime)s%(message)s", "breaks the line"),
    ] {
        let error = LogFormat::new(format, None, "x").unwrap_err();
        assert!(matches!(error, Error::Format { .. }));
        assert!(error.to_string().contains(why), "{format:?}: {error}");
    }
    for date_format in ["%", "%f", "%n", "a\nb", "%Q", "%Ey", "%-", "%^a", "%-a", "%5Y", "%:z", "%\u{e4}"] {
        let error = LogFormat::new("%(asctime)s %(message)s", Some(date_format), "x").unwrap_err();
        assert!(error.to_string().starts_with(&format!("the format {date_format:?} ")), "{error}");
    }
    assert!(LogFormat::new("%(name)s %(message)s", None, "a\nb").is_err());
}

#[test]
fn a_thread_with_a_name_that_would_break_the_line() {
    let format = LogFormat::new("%(threadName)s %(thread)d %(message)s", None, "x").unwrap();
    let run = move || prefix(&format, SystemTime::UNIX_EPOCH);
    let line = std::thread::Builder::new().name("a\nb".to_owned()).spawn(run).unwrap().join().unwrap();
    assert!(line.starts_with(r"a\x0ab "), "{line}");
    assert!(line.trim_end().rsplit(' ').next().unwrap().parse::<u64>().unwrap() > 0, "{line}");
}

#[test]
fn times_that_no_clock_shows() {
    let format = LogFormat::new("%(asctime)s %(created)f %(message)s", Some("%y %g %C %c"), "x").unwrap();
    for seconds in [u64::MAX / 4, 253_402_300_000, 1 << 33] {
        if let Some(at) = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) {
            assert!(!prefix(&format, at).is_empty());
        }
        if let Some(at) = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(seconds)) {
            assert!(!prefix(&format, at).is_empty());
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_for_is_one_line_or_an_error(
        format in r"(%\((asctime|name|msecs|created|thread|process|message)\)[-0+ ]{0,2}[0-9]{0,2}(\.[0-9])?[sdf]|[%() a-z\n]|\PC)*%\(message\)s",
        date_format in proptest::option::of(r"(%[-_a-zA-Z%]|\PC)*"),
        seconds in -1_i64 << 40..1_i64 << 40,
    ) {
        if let Ok(format) = LogFormat::new(&format, date_format.as_deref(), "x") {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let at = if seconds < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance };
            prop_assert!(!prefix(&format, at).contains(['\n', '\r']));
        }
    }
}
