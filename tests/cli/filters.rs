//! Which spans count: --name, --exclude, --base-id, --since, --until, --min-duration.

use jiff::{SignedDuration, Timestamp};
use tracerank_testing::naive::{self, Filter};

use crate::common::parsed::{Json, assert_is_report_of, json};
use crate::common::{BASE, Folder, TIME, corpus, names_of, start, stop, stop_at, stops};

fn report(folder: &Folder, arguments: &[&str]) -> Json {
    json(&folder.run_with(&[&["report", "-f", "json", "log"], arguments].concat()).done().stdout)
}

// ---- Names ----

fn named(arguments: &str) -> Vec<String> {
    let folder = Folder::new();
    folder.write("log", stops(&["task-run", "task-stop", "db-run", "größe", "Task-x", "a b"]));
    names_of(folder.run(&format!("report -q log {arguments}")).quiet().text()).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_name_is_kept_where_the_expression_matches_anywhere_in_it() {
    assert_eq!(named("--name run"), ["task-run", "db-run"]);
    assert_eq!(named("--name ^task-"), ["task-run", "task-stop"]);
    assert_eq!(named("--name (?i)^task-"), ["task-run", "task-stop", "Task-x"]);
    assert_eq!(named("--name ^gr..e$"), ["größe"]);
    assert_eq!(named("--name \\x20"), ["a b"]);
    assert_eq!(named("--name nothing"), [""; 0]);
    assert_eq!(named("--name=").len(), 6);
}

#[test]
fn a_name_is_left_out_where_the_expression_matches() {
    assert_eq!(named("--exclude run"), ["task-stop", "größe", "Task-x", "a b"]);
    assert_eq!(named("--name ^task --exclude stop$"), ["task-run"]);
    assert_eq!(named("--name run --exclude run"), [""; 0]);
}

#[test]
fn names_that_are_no_text_can_be_matched() {
    let folder = Folder::new();
    folder.write("log", [stop(b"bad\xff", "0.5"), stop("good", "0.5")].concat());
    let ran = folder.run("report log --name (?-u)\\xff");
    assert_eq!(names_of(ran.quiet().text()), [r"bad\xff"]);
}

#[test]
fn spans_of_other_names_are_counted_as_filtered() {
    let folder = Folder::new();
    folder.write("log", [start("a"), stops(&["a", "b", "a", "c", "b", "b"]), b"hello\n".to_vec()].concat());
    for (arguments, spans, filtered) in [
        (&[][..], 6, 0),
        (&["--name", "a"], 2, 4),
        (&["--exclude", "a"], 4, 2),
        (&["--name", "a|b", "--exclude", "b"], 2, 4),
        (&["--name", "x"], 0, 6),
    ] {
        let input = report(&folder, arguments).input;
        assert_eq!((input["spans"], input["filtered"]), (spans, filtered), "{arguments:?}");
        assert_eq!((input["lines"], input["records"], input["other"]), (8, 7, 1), "{arguments:?}");
    }
}

#[test]
fn shares_are_of_all_root_spans_whatever_names_are_kept() {
    let folder = Folder::new();
    folder.write("log", [stop("a", "1.0"), stop("b", "3.0"), stop("c", "96.0")].concat());
    let rows = report(&folder, &["--exclude", "c", "-c", "percent,name"]).rows;
    let shares: Vec<f64> = rows.iter().map(|row| row.float("percent")).collect();
    assert_eq!(shares, [3.0, 1.0]);
}

#[test]
fn an_expression_that_is_none_is_refused() {
    for option in ["--name", "--exclude"] {
        Folder::new().run(&format!("report {option} ( log")).refused(2).saying("unclosed group");
    }
}

// ---- Trace groups ----

#[test]
fn the_spans_of_one_trace_group() {
    let folder = Folder::new();
    let log = corpus("odd-ids");
    folder.write("log", &log);
    for base_id in ["req-42", "b9bdb04e-bcca-4152-b480-73eba1f840b6", "nobody", "-", " "] {
        let account = naive::read(&log, &Filter { base_id: Some(base_id.into()), ..Filter::default() });
        assert_is_report_of(&report(&folder, &[&format!("--base-id={base_id}")]), &account, &log);
    }
}

#[test]
fn a_unique_beginning_of_a_base_id_in_either_case_is_enough() {
    let folder = Folder::new();
    let log = corpus("odd-ids");
    folder.write("log", &log);
    let whole = naive::read(&log, &Filter { base_id: Some("req-42".into()), ..Filter::default() });
    for beginning in ["req-4", "REQ-42", "Req"] {
        assert_is_report_of(&report(&folder, &["--base-id", beginning]), &whole, &log);
    }
    // Standard input is read once.
    let piped = json(&folder.feed("report -f json --base-id req-42", &log).done().stdout);
    assert_is_report_of(&piped, &whole, &log);
    folder.feed("report --base-id req-4", &log).done().saying("no span is left");
}

#[test]
fn a_beginning_that_several_base_ids_have_is_refused_unless_it_is_one_itself() {
    let folder = Folder::new();
    let lines = ["ab", "abc", "abd", "x"].map(|base_id| stop_at(TIME, base_id, base_id, "0.5"));
    folder.write("log", lines.concat());
    for command in ["report", "tree", "slowest", "summarize -o -"] {
        let ran = folder.run(&format!("{command} --base-id a log")).refused(2);
        ran.saying_only(
            "tracerank: --base-id a: several base ids begin with it: ab, abc, abd\nhint: give more of the id\n",
        );
    }
    assert_eq!(report(&folder, &["--base-id", "ab"]).names(), ["ab"]);
    assert_eq!(report(&folder, &["--base-id", "ABC"]).names(), ["abc"]);
    folder.run_with(&["report", "log", "--base-id", ""]).refused(2).saying("--base-id: the id is empty\nhint: ");
}

#[test]
fn a_trace_group_can_have_any_name() {
    let folder = Folder::new();
    let odd = ["a", "my request", "größe", "--help", "a-start", &"x".repeat(65_536)];
    folder.write("log", odd.map(|base_id| stop_at("2026-11-23T06:18:09", base_id, "n", "0.5")).concat());
    for base_id in odd {
        let input = report(&folder, &[&format!("--base-id={base_id}")]).input;
        assert_eq!((input["spans"], input["filtered"]), (1, 5), "{base_id:.20}");
    }
}

// ---- Times ----

/// A time on the command line, and how the log would write it.
const SPELLINGS: [(&str, &str); 19] = [
    ("2026-11-23", "2026-11-23T00:00:00.000000"),
    ("2026-11-24", "2026-11-24T00:00:00.000000"),
    ("2026-11-23T06:47", "2026-11-23T06:47:00.000000"),
    ("2026-11-23T06:47:30", "2026-11-23T06:47:30.000000"),
    ("2026-11-23 06:47:30", "2026-11-23T06:47:30.000000"),
    ("2026-11-23T06:47:30Z", "2026-11-23T06:47:30.000000"),
    ("2026-11-23t06:47:30z", "2026-11-23T06:47:30.000000"),
    ("2026-11-23 06:47:30Z", "2026-11-23T06:47:30.000000"),
    ("2026-11-23T06:47:30.5", "2026-11-23T06:47:30.500000"),
    ("2026-11-23T06:47:24.848485Z", "2026-11-23T06:47:24.848485"),
    ("2026-11-23T06:47:24.848486Z", "2026-11-23T06:47:24.848486"),
    ("2026-11-23T06:47:24.848484001Z", "2026-11-23T06:47:24.848485"),
    ("2026-11-23T06:47:24.848485999Z", "2026-11-23T06:47:24.848486"),
    ("2026-11-23T07:47:30+01:00", "2026-11-23T06:47:30.000000"),
    ("2026-11-23T01:17:30-05:30", "2026-11-23T06:47:30.000000"),
    ("2026-11-24T00:47:30+18:00", "2026-11-23T06:47:30.000000"),
    ("2026-11-23T06:47:30+00:00", "2026-11-23T06:47:30.000000"),
    ("0001-01-01", "0001-01-01T00:00:00.000000"),
    ("9999-12-30", "9999-12-30T00:00:00.000000"),
];

#[test]
fn times_in_every_spelling() {
    let folder = Folder::new();
    let log = corpus("long-span");
    folder.write("log", &log);
    for (spelling, time) in SPELLINGS {
        let since = naive::read(&log, &Filter { since: Some(time.into()), ..Filter::default() });
        assert_is_report_of(&report(&folder, &["--since", spelling]), &since, &log);
        let until = naive::read(&log, &Filter { until: Some(time.into()), ..Filter::default() });
        assert_is_report_of(&report(&folder, &["--until", spelling]), &until, &log);
        assert_eq!(since.spans + until.spans, since.spans + since.filtered, "{spelling}");
    }
}

#[test]
fn since_is_included_and_until_is_not() {
    let folder = Folder::new();
    let times = ["09.999999", "10", "10.000000", "10.000001"];
    let lines = times.map(|second| stop_at(&format!("2026-11-23T06:18:{second}"), BASE, second, "0.5"));
    folder.write("log", lines.concat());
    let kept = |arguments: &[&str]| report(&folder, arguments).names().join(" ");
    assert_eq!(kept(&["--since", "2026-11-23T06:18:10"]), "10 10.000000 10.000001");
    assert_eq!(kept(&["--until", "2026-11-23T06:18:10"]), "09.999999");
    assert_eq!(kept(&["--since", "2026-11-23T06:18:10", "--until", "2026-11-23T06:18:10.000001"]), "10 10.000000");
    assert_eq!(kept(&["--since", "2026-11-23T06:18:10", "--until", "2026-11-23T06:18:10"]), "");
    assert_eq!(kept(&["--since", "2026-11-24", "--until", "2026-11-23"]), "");
}

/// The log has microseconds, a time on the command line can be finer.
#[test]
fn a_time_between_the_last_microsecond_of_a_second_and_the_next_second() {
    let folder = Folder::new();
    let lines = ["09.999999", "10.000000"].map(|at| stop_at(&format!("2026-11-23T06:18:{at}"), BASE, at, "0.5"));
    folder.write("log", lines.concat());
    let time = "2026-11-23T06:18:09.9999995Z";
    assert_eq!(report(&folder, &["--since", time]).names(), ["10.000000"]);
    assert_eq!(report(&folder, &["--until", time]).names(), ["09.999999"]);
}

#[test]
fn filters_work_together() {
    let folder = Folder::new();
    let log = corpus("long-span");
    folder.write("log", &log);
    let base_id = "b9bdb04e-bcca-4152-b480-73eba1f840b6";
    let (since, until) = ("2026-11-23T06:47:25", "2026-11-23T06:48");
    let filter = Filter {
        base_id: Some(base_id.into()),
        since: Some("2026-11-23T06:47:25.000000".into()),
        until: Some("2026-11-23T06:48:00.000000".into()),
    };
    let account = naive::read(&log, &filter);
    assert!(account.spans > 0 && account.filtered > 0);
    let arguments = ["--base-id", base_id, "--since", since, "--until", until];
    assert_is_report_of(&report(&folder, &arguments), &account, &log);
    let name = String::from_utf8(account.rows[0].name.clone()).unwrap();
    let input = report(&folder, &[&arguments[..], &["--name", &format!("^{name}$")]].concat()).input;
    assert_eq!(input["spans"], account.rows[0].count());
    assert_eq!(input["spans"] + input["filtered"], account.spans + account.filtered);
}

#[test]
fn a_report_without_spans_is_its_header_and_no_failure() {
    let folder = Folder::new();
    folder.write("log", stop("a", "0.5"));
    let ran = folder.run("report log --base-id nobody").done();
    let why = format!("the filters leave out all 1, which stopped from {TIME}Z to {TIME}Z");
    assert_eq!(ran.stderr, format!("tracerank: warning: no span is left: {why}\n"));
    assert_eq!(ran.text().lines().map(str::len).collect::<Vec<_>>(), [59, 91]);
    assert_eq!(folder.run("report -q -f csv -c name,count log --base-id nobody").quiet().text(), "name,count\n");
    assert_eq!(report(&folder, &["--base-id", "nobody"]).rows, []);
}

#[test]
fn all_commands_say_in_one_way_that_the_filters_leave_nothing() {
    let folder = Folder::new();
    let times = ["2026-11-23T06:18:09.000001", "2026-11-23T06:18:11.000000", "2026-11-23T06:18:12.500000"];
    folder.write("log", times.map(|time| stop_at(time, BASE, "a", "0.5")).concat());
    let all = "tracerank: warning: no span is left: the filters leave out all 3, \
               which stopped from 2026-11-23T06:18:09.000001Z to 2026-11-23T06:18:12.500000Z";
    let why = ": --since 2026-11-24T00:00:00.000000Z is not before --until 2026-11-23T00:00:00.000000Z";
    let commands = ["report", "report -c self,name", "tree", "tree --focus a", "slowest", "summarize -o out"];
    for (filter, why) in [
        ("--base-id nobody", ""),
        ("--since 2027-01-01", ""),
        ("--min-duration 501ms", ""),
        ("--since 2026-11-24 --until 2026-11-23", why),
    ] {
        for command in commands {
            folder.run(&format!("{command} {filter} log")).done().saying_only(&format!("{all}{why}\n"));
            assert_eq!(folder.run(&format!("{command} --strict {filter} log")).code, Some(1), "{command}");
        }
    }
    // Names are filtered once all is added up.
    for command in ["report", "report -c self,name", "tree", "tree --focus a", "slowest"] {
        for names in ["--name nothing", "--exclude a", "--name nothing --min-duration 1ms"] {
            let ran = folder.run(&format!("{command} {names} log")).done();
            ran.saying_only("tracerank: warning: no span is left: the filters leave out all 3\n");
        }
        assert_eq!(folder.run(&format!("{command} --strict --name nothing log")).code, Some(1), "{command}");
    }
}

#[test]
fn a_time_that_is_none_is_refused() {
    for time in
        ["tomorrow", "", "2026", "2026-13-01", "2026-02-30", "25:18", "1x", "@x", "2026-11-23T25:00", "2026-11-23Z"]
    {
        for option in ["--since", "--until"] {
            let ran = Folder::new().run_with(&["report", option, time, "log"]).refused(2);
            ran.saying(
                "not a time; give one like 2026-11-23T06:18:00Z, a date like 2026-11-23, today, yesterday, a time of today \
                 like 06:18 (UTC), how long ago it was like 30m, 1h or 2d, or epoch seconds like @1787206680",
            );
        }
    }
}

#[test]
fn times_are_epoch_seconds_or_near_now_too() {
    let folder = Folder::new();
    let ago = |span: SignedDuration| {
        let time = Timestamp::now().checked_sub(span).unwrap().strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
        stop_at(&time, BASE, format!("{}h", span.as_hours()), "0.5")
    };
    folder.write("log", [100, 50, 2].map(|hours| ago(SignedDuration::from_hours(hours))).concat());
    let kept = |arguments: &[&str]| report(&folder, arguments).names().join(" ");
    assert_eq!(kept(&["--since", "3h"]), "2h");
    assert_eq!(kept(&["--until", "90m", "--since", "3d"]), "50h 2h");
    assert_eq!(kept(&["--until", "yesterday"]), "100h 50h");
    let minute_ago = Timestamp::now().as_second() - 60;
    assert_eq!(kept(&["--until", &format!("@{minute_ago}.5")]), "100h 50h 2h");
    assert_eq!(kept(&["--until", "@1787206680"]), "");
    assert_eq!(kept(&["--since", "today"]), kept(&["--since", "00:00"]));
}

#[test]
fn a_time_with_a_zone_in_brackets_is_refused() {
    let times = [
        "2026-11-23T06:48[Europe/Berlin]",
        "2026-11-23T06:48+01:00[Europe/Berlin]",
        "2026-11-23[UTC]",
        "2026-11-23[u-ca=iso8601]",
    ];
    for time in times {
        for option in ["--since", "--until"] {
            let ran = Folder::new().run_with(&["report", option, time, "log"]).refused(2).saying(time);
            ran.saying(
                "a zone in brackets is not understood; give its offset instead, as in 2026-11-23T07:18:00+01:00",
            );
        }
    }
}
