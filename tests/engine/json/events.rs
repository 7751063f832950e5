//! Events of osprofiler.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use tracerank::engine::{Duplicates, Engine};
use tracerank::formats::LogFormat;
use tracerank::formats::osprofiler_events::{NO_JSON, NO_MARKER, NO_MEMBER, OsprofilerEvents};
use tracerank::record::{Kind, Line, Reason, Scratch};
use tracerank_summary::Wanted;
use tracerank_testing::naive::whole_object;

use super::{Figures, Log, self_time};

const EVENTS: &str = include_str!("../../../testdata/formats/osprofiler-events/events.ndjson");

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Record { kind: Kind, time_us: i64, ids: [String; 3], name: String },
    Other,
    Malformed(Reason),
}

fn parse(line: &[u8]) -> Said {
    match OsprofilerEvents.parse(line, &mut Scratch::default()) {
        Line::Record(record) => {
            assert_eq!((record.duration_ns, record.time_rest_ns), (None, 0));
            let ids = record.ids.unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let ids = [ids.base, ids.parent, ids.trace].map(text);
            Said::Record { kind: record.kind, time_us: record.time_us.unwrap(), ids, name: text(record.name) }
        }
        Line::Other => Said::Other,
        Line::Malformed(reason) => Said::Malformed(reason),
        Line::Several => panic!("a list of events"),
    }
}

/// The same of an object, by plain means.
fn naive(object: &Value) -> Said {
    let text = |key: &str| object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if !["base_id", "trace_id"].iter().all(|key| object.get(*key).is_some_and(Value::is_string)) {
        return Said::Other;
    }
    let all = ["name", "base_id", "parent_id", "trace_id", "timestamp"].map(text);
    let [Some(name), Some(base), Some(parent), Some(trace), Some(timestamp)] = all else {
        return Said::Malformed(NO_MEMBER);
    };
    let time = timestamp.parse::<DateTime>().unwrap().to_zoned(TimeZone::UTC).unwrap();
    let (kind, name) = match name.rsplit_once('-') {
        Some(("", _)) => return Said::Malformed(NO_MEMBER),
        Some((name, "start")) => (Kind::Start, name),
        Some((name, "stop")) => (Kind::Stop, name),
        _ => return Said::Malformed(NO_MARKER),
    };
    let ids = [base, parent, trace].map(str::to_owned);
    Said::Record { kind, time_us: time.timestamp().as_microsecond(), ids, name: name.to_owned() }
}

fn event(name: &str, base: &str, parent: &str, trace: &str, time_us: i64) -> Value {
    let time = jiff::Timestamp::from_microsecond(time_us).unwrap().strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
    json!({"name": name, "service": "api", "timestamp": time, "trace_id": trace, "project": "keystone",
           "parent_id": parent, "base_id": base, "info": {"host": "ctl-1", "name": "inner-stop", "trace_id": "x"}})
}

// ---- Lines ----

#[test]
fn the_sample() {
    for line in EVENTS.lines() {
        assert_eq!(parse(line.as_bytes()), naive(&serde_json::from_str(line).unwrap()), "{line}");
    }
    let found = EVENTS.lines().map(|line| parse(line.as_bytes()));
    let names = found.map(|said| match said {
        Said::Record { kind, name, .. } => (kind, name),
        said => panic!("{said:?}"),
    });
    let expected = [(Kind::Stop, "wsgi"), (Kind::Stop, "db"), (Kind::Start, "db"), (Kind::Start, "wsgi")];
    assert!(names.eq(expected.map(|(kind, name)| (kind, name.to_owned()))));
}

#[test]
fn what_is_no_event() {
    let good = event("db-stop", "b", "p", "t", 0);
    assert!(matches!(parse(good.to_string().as_bytes()), Said::Record { .. }));
    for (key, value, expected) in [
        ("name", json!("db"), Said::Malformed(NO_MARKER)),
        ("name", json!("db-stopped"), Said::Malformed(NO_MARKER)),
        ("name", json!("-stop"), Said::Malformed(NO_MEMBER)),
        ("name", json!(null), Said::Malformed(NO_MEMBER)),
        ("parent_id", json!(7), Said::Malformed(NO_MEMBER)),
        ("trace_id", json!(""), Said::Malformed(NO_MEMBER)),
        ("trace_id", json!(null), Said::Other),
        ("base_id", json!(["b"]), Said::Other),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert_eq!(parse(bad.to_string().as_bytes()), expected, "{bad}");
        assert_eq!(naive(&bad), expected, "{bad}");
    }
    let mut bad = good;
    bad["timestamp"] = json!("2026-02-30T00:00:00");
    assert_eq!(parse(bad.to_string().as_bytes()), Said::Malformed(Reason::TIME_DOES_NOT_EXIST));
    for other in ["", "{", "{}", "plain", "[]", "[1]", "{\"name\": \"db-stop\"}", "\"base_id\" \"trace_id\""] {
        assert_eq!(parse(other.as_bytes()), Said::Other, "{other}");
    }
}

#[test]
fn a_list_of_events_is_a_line_of_many_or_many_lines() {
    let events: Vec<Value> = EVENTS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = Log::new(EVENTS).rows(true).0;
    assert_eq!(expected, [(b"wsgi".to_vec(), 1, 197_000_000), (b"db".to_vec(), 1, 5_000_000)]);
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    for list in [
        Value::from(events.clone()).to_string(),
        format!("[{}]", lines.join(",\n")),
        format!("[\n{}\n]\n", lines.join(",\n")),
        format!("  [ {} , {}\r\n, {} ]\r\n[{}]", lines[0], lines[1], lines[2], lines[3]),
    ] {
        let (rows, account) = Log::new(&list).rows(true);
        assert_eq!((rows, account.records, account.spans, account.malformed), (expected.clone(), 4, 2, 0), "{list}");
    }
    let torn = format!("{},{}", &Value::from(events).to_string().trim_end_matches(']'), &lines[0][..100]);
    let account = Log::new(torn).rows(true).1;
    assert_eq!((account.records, account.torn), (4, 1));
}

proptest! {
    #[test]
    fn a_damaged_event_is_told_as_serde_tells_it(
        line in select(EVENTS.lines().collect::<Vec<_>>()),
        at in any::<Index>(),
        with in prop_oneof![Just(None), prop::option::of(select(b"{}[]:,\"\\ x1\r\xFF".to_vec()))],
        is_cut in any::<bool>(),
    ) {
        let mut line = line.as_bytes().to_vec();
        let at = at.index(line.len());
        match with {
            _ if is_cut => line.truncate(at),
            Some(byte) => line[at] = byte,
            None => _ = line.remove(at),
        }
        let found = parse(&line);
        let shown = line.escape_ascii();
        if let Ok(value) = serde_json::from_slice::<Value>(&line) {
            // Damage of a time is of no concern here.
            if value["timestamp"].as_str().is_some_and(|time| time.parse::<DateTime>().is_ok()) {
                prop_assert_eq!(found, naive(&value), "{}", shown);
            }
            return Ok(());
        }
        let is_whole = whole_object(&line) == Some(line.trim_ascii_end().len());
        let has_mark = ["\"base_id\"", "\"trace_id\""].iter().any(|mark| shown.to_string().contains(&mark.replace('"', "\\\"")));
        match found {
            Said::Record { .. } => prop_assert!(is_whole, "{}", shown),
            Said::Malformed(reason) => {
                prop_assert!(has_mark && (is_whole || [Reason::CUT_SHORT, NO_JSON].contains(&reason)), "{}", shown);
            }
            Said::Other => prop_assert!(!has_mark || is_whole || line.is_empty() || !line.starts_with(b"{"), "{}", shown),
        }
    }
}

// ---- Logs ----

/// A span: its name, the number of its parent, its start, how long it took, and whether both of its events are there.
type Plan = (u8, Index, i64, i64, u8);

struct Spans {
    lines: Vec<Value>,
    figures: BTreeMap<Vec<u8>, Figures>,
    unfinished: u64,
    lone: u64,
    /// Trace ids of the spans with both events.
    whole: HashSet<String>,
}

impl Spans {
    fn new(plans: &[Plan], groups: usize) -> Self {
        let whole = |plan: &Plan| plan.4 > 1;
        let mut spans =
            Self { lines: Vec::new(), figures: BTreeMap::new(), unfinished: 0, lone: 0, whole: HashSet::new() };
        let mut parents: Vec<Option<usize>> = Vec::new();
        for (at, plan) in plans.iter().enumerate() {
            let (name, parent, start, took, missing) = plan;
            let base = format!("base-{}", at % groups);
            let of_group: Vec<usize> = (0..at).filter(|other| other % groups == at % groups).collect();
            let parent = Some(parent.index(of_group.len() + 1)).and_then(|nth| of_group.get(nth).copied());
            parents.push(parent);
            let above = parent.map_or(base.clone(), |parent| format!("span-{parent}"));
            let ends = [("start", *start), ("stop", start + took)];
            let kept = ends.iter().enumerate().filter(|(end, _)| usize::from(*missing) != *end);
            spans.lines.extend(kept.map(|(_, (end, time))| {
                event(&format!("name-{name}-{end}"), &base, &above, &format!("span-{at}"), *time)
            }));
            spans.whole.extend(whole(plan).then(|| format!("span-{at}")));
            spans.lone += u64::from(*missing == 0);
            spans.unfinished += u64::from(*missing == 1);
        }
        let interval = |plan: &Plan| (plan.2 * 1000, (plan.2 + plan.3) * 1000);
        for (at, plan) in plans.iter().enumerate().filter(|(_, plan)| whole(plan)) {
            let below = plans.iter().zip(&parents).filter(|(child, parent)| **parent == Some(at) && whole(child));
            let own = self_time(interval(plan), below.map(|(child, _)| interval(child)));
            let of = spans.figures.entry(format!("name-{}", plan.0).into_bytes()).or_default();
            *of = (of.0 + 1, of.1 + i128::from(plan.3) * 1000, of.2 + i128::from(own));
        }
        spans
    }
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    prop::collection::vec((0_u8..4, any::<Index>(), 0_i64..40, 0_i64..20, 0_u8..12), 0..30)
}

fn written(lines: &[Value]) -> String {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_are_paired_in_whatever_order_their_events_stand(
        (lines, figures, unfinished, lone, whole) in (plans(), 1_usize..4).prop_flat_map(|(plans, groups)| {
            let Spans { lines, figures, unfinished, lone, whole } = Spans::new(&plans, groups);
            (Just(lines).prop_shuffle(), Just(figures), Just(unfinished), Just(lone), Just(whole))
        }),
        chunk in prop_oneof![1_usize..600, Just(1 << 20)],
        threads in 1_usize..4,
    ) {
        let log = Log::new(written(&lines));
        let (found, counts) = log.figures(chunk, threads);
        prop_assert_eq!(&found, &figures.clone().into_iter().collect::<Vec<_>>());
        prop_assert_eq!((counts.unfinished, counts.lone, counts.steps_back), (unfinished, lone, 0));

        // Those of equal sums stand as their names first occur.
        let mut firsts: HashMap<String, usize> = HashMap::new();
        let is_whole = |line: &Value| whole.contains(line["trace_id"].as_str().unwrap());
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_whole(line)) {
            firsts.entry(line["name"].as_str().unwrap().rsplit_once('-').unwrap().0.to_owned()).or_insert(at);
        }
        let mut expected: Vec<_> = figures.into_iter().map(|(name, of)| (name, of.0, of.1)).collect();
        expected.sort_by_key(|(name, ..)| firsts[std::str::from_utf8(name).unwrap()]);
        for may_map in [false, true] {
            let (rows, account) = log.rows(may_map);
            prop_assert_eq!(&rows, &expected);
            prop_assert_eq!(account.spans, expected.iter().map(|(_, count, _)| count).sum::<u64>());
            prop_assert_eq!((account.records, account.lines), (lines.len() as u64, lines.len() as u64));
        }
    }

    #[test]
    fn a_log_that_is_there_twice_is_counted_once_if_asked(plans in plans()) {
        let spans = Spans::new(&plans, 2);
        let log = Log::new([written(&spans.lines), written(&spans.lines)].concat());
        let engine = Engine::default().duplicates(Duplicates::Drop { limit: usize::MAX });
        let scanned = engine.scan(&log.sources, Wanted::ALL).unwrap();
        let counts: BTreeMap<_, _> = scanned.summary.rows().map(|row| (row.name.to_vec(), row.stats.count())).collect();
        prop_assert_eq!(counts, spans.figures.into_iter().map(|(name, of)| (name, of.0)).collect());
        prop_assert_eq!(scanned.account.repeated, scanned.account.spans + spans.lone);
    }
}
