//! Spans of OpenTelemetry.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use tracerank::analyses::slowest::{Measure, Ranking};
use tracerank::engine::Engine;
use tracerank::formats::LogFormat;
use tracerank::formats::otlp::{NO_JSON, NO_MEMBER, NO_TIME, Otlp};
use tracerank::record::{Kind, Line, Reason, Scratch};

use super::{Figures, Log, self_time};

const SAMPLE: &str = include_str!("../../../testdata/formats/otlp/otlp.jsonl");
/// Name as JSON, count, total and self time in nanoseconds: made by another program.
const EXPECTED: &str = include_str!("../../../testdata/formats/otlp/otlp.tsv");

/// Base id, parent id, trace id, name, end and duration in nanoseconds.
type Said = Result<([String; 3], String, i64, i64), Reason>;

fn pieces(line: &[u8]) -> Vec<Said> {
    let mut scratch = Scratch::default();
    if !matches!(Otlp.parse(line, &mut scratch), Line::Several) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Otlp.pieces(line, &mut scratch, &mut |piece| {
        assert!(piece.range.start <= piece.range.end && piece.range.end <= line.len());
        found.push(piece.record.map(|record| {
            assert_eq!(record.kind, Kind::Whole);
            let ids = record.ids.unwrap();
            let end = record.time_us.unwrap() * 1000 + i64::from(record.time_rest_ns);
            let ids = [ids.base, ids.parent, ids.trace].map(text);
            (ids, text(record.name), end, record.duration_ns.unwrap())
        }));
    });
    found
}

fn naive(document: &Value) -> Vec<Said> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let scopes = list(document, "resourceSpans").into_iter().flat_map(|resource| list(&resource, "scopeSpans"));
    let spans = scopes.flat_map(|scope| list(&scope, "spans")).filter(Value::is_object);
    spans.map(|span| naive_span(&span)).collect()
}

fn naive_span(span: &Value) -> Said {
    let text = |key: &str| span[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let (base, trace) = text("traceId").zip(text("spanId")).ok_or(NO_MEMBER)?;
    let time = |key: &str| {
        let value = &span[key];
        let text = value.as_str().map(str::to_owned).or_else(|| {
            (!value.is_object() && !value.is_array() && span.get(key).is_some()).then(|| value.to_string())
        });
        text.ok_or(NO_MEMBER)
    };
    let (start, end) = (time("startTimeUnixNano"), time("endTimeUnixNano"));
    let (start, end) = (start?, end?);
    let digits = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten().ok_or(NO_TIME)
    };
    let (start, end) = (digits(&start)?, digits(&end)?);
    if end == 0 {
        return Err(NO_MEMBER);
    }
    let parent = text("parentSpanId").unwrap_or_else(|| base.clone());
    Ok(([base, parent, trace], text("name").unwrap_or_else(|| "(no name)".to_owned()), end, end - start))
}

fn span(trace: &str, id: &str, parent: &str, name: &str, start: i64, end: i64) -> Value {
    json!({"traceId": trace, "spanId": id, "parentSpanId": parent, "name": name, "kind": 1,
           "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(),
           "attributes": [{"key": "name", "value": {"stringValue": "another"}}],
           "events": [{"timeUnixNano": "5", "name": "event"}],
           "links": [{"traceId": "linked", "spanId": "linked"}], "status": {}})
}

fn line(spans: &[Value]) -> Value {
    let (one, other) = spans.split_at(spans.len() / 2);
    json!({"resourceSpans": [
        {"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
         "scopeSpans": [{"scope": {"name": "x"}, "spans": one}, {"spans": other}], "schemaUrl": ""},
        {"resource": {}}
    ]})
}

// ---- Lines ----

#[test]
fn the_sample() {
    for line in SAMPLE.lines() {
        let found = pieces(line.as_bytes());
        assert_eq!(found, naive(&serde_json::from_str(line).unwrap()));
        assert!(!found.is_empty() && found.iter().all(Result::is_ok));
    }
    let expected = EXPECTED.lines().map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        let number = |at: usize| fields[at].parse::<i64>().unwrap();
        let name = serde_json::from_str::<String>(fields[0]).unwrap().into_bytes();
        (name, (number(1) as u64, i128::from(number(2)), i128::from(number(3))))
    });
    let expected: BTreeMap<Vec<u8>, Figures> = expected.collect();
    let log = Log::new(SAMPLE);
    for (chunk, threads) in [(1 << 20, 1), (100, 3), (5000, 2)] {
        let (found, counts) = log.figures(chunk, threads);
        assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), expected);
        assert_eq!((counts.unfinished, counts.cut_off, counts.missing_parents, counts.steps_back), (0, 0, 0, 0));
    }
    let (rows, account) = log.rows(true);
    assert_eq!((account.lines, account.records, account.spans, account.other), (10, 150, 150, 0));
    let sums: BTreeMap<_, _> = rows.into_iter().map(|(name, count, total)| (name, (count, total))).collect();
    assert_eq!(sums, expected.into_iter().map(|(name, of)| (name, (of.0, of.1))).collect());
}

#[test]
fn ids_are_shown_as_they_stand() {
    let base64 = span("LT2FTgYbkDA7CMbjPHKVeA==", "txQhDGZdd\\/U=", "", "GET /cart", 1, 3000);
    let text = line(&[base64]).to_string().replace("\\\\/", "\\/");
    let expected = (
        ["LT2FTgYbkDA7CMbjPHKVeA==", "LT2FTgYbkDA7CMbjPHKVeA==", "txQhDGZdd/U="].map(str::to_owned),
        "GET /cart".to_owned(),
        3000,
        2999,
    );
    assert_eq!(pieces(text.as_bytes()), [Ok(expected)]);
}

#[test]
fn what_is_no_span() {
    let good = span("t", "s", "", "n", 1_773_309_601_000_000_001, 1_773_309_601_000_000_003);
    for (key, value, expected) in [
        ("traceId", json!(""), Err(NO_MEMBER)),
        ("spanId", json!(null), Err(NO_MEMBER)),
        ("startTimeUnixNano", json!({}), Err(NO_MEMBER)),
        ("endTimeUnixNano", json!("0"), Err(NO_MEMBER)),
        ("endTimeUnixNano", json!(-1), Err(NO_TIME)),
        ("endTimeUnixNano", json!("1e9"), Err(NO_TIME)),
        ("endTimeUnixNano", json!(u64::MAX), Err(NO_TIME)),
        ("endTimeUnixNano", json!(1_773_309_601_000_000_000_i64), Ok("n")),
        ("name", json!(""), Ok("(no name)")),
        ("name", json!(7), Ok("(no name)")),
    ] {
        let mut odd = good.clone();
        odd[key] = value;
        let document = line(&[odd]);
        let found = pieces(document.to_string().as_bytes());
        assert_eq!(found, naive(&document));
        assert_eq!(found[0].clone().map(|said| said.1), expected.map(str::to_owned), "{document}");
    }
    for other in ["", "{", "{}", "{\"resourceMetrics\":[]}", "{\"resourceSpansX\":[]}", "[]", "x{\"resourceSpans\":[]}"]
    {
        assert_eq!(pieces(other.as_bytes()), [], "{other}");
    }
    for (empty, expected) in [
        ("{\"resourceSpans\":[]}", vec![]),
        (" { \"resourceSpans\" : null }\r", vec![]),
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[7]}]}]}", vec![]),
        ("{\"resourceSpans\":[", vec![Err(Reason::CUT_SHORT)]),
        ("{\"resourceSpans\":[}", vec![Err(NO_JSON)]),
        ("{\"resourceSpans\":[]} x", vec![Err(NO_JSON)]),
    ] {
        assert_eq!(pieces(empty.as_bytes()), expected, "{empty}");
    }
}

proptest! {
    #[test]
    fn a_damaged_line_has_the_spans_before_the_damage(
        sample in select(SAMPLE.lines().collect::<Vec<_>>()),
        at in any::<Index>(),
        with in prop_oneof![Just(None), prop::option::of(select(b"{}[]:,\"\\ x1\r\xFF".to_vec()))],
        is_cut in any::<bool>(),
    ) {
        let mut line = sample.as_bytes().to_vec();
        let at = at.index(line.len());
        match with {
            _ if is_cut => line.truncate(at),
            Some(byte) => line[at] = byte,
            None => _ = line.remove(at),
        }
        let found = pieces(&line);
        if let Ok(value) = serde_json::from_slice::<Value>(&line) {
            if line.starts_with(b"{\"resourceSpans\"") {
                prop_assert_eq!(found, naive(&value));
            }
            return Ok(());
        }
        let whole = naive(&serde_json::from_str(sample).unwrap());
        let before = sample.as_bytes()[..at].windows(7).filter(|text| *text == b"traceId").count().saturating_sub(1);
        if !found.is_empty() {
            prop_assert_eq!(&found[..before], &whole[..before]);
            prop_assert!(found.len() <= whole.len() + 1);
        }
        if is_cut && line.starts_with(b"{\"resourceSpans\"") {
            prop_assert_eq!(found.last(), Some(&Err(Reason::CUT_SHORT)));
        }
    }
}

// ---- Trees ----

/// A span: its name, the number of its parent (one more than there are for one that is nowhere), its start, and how long it took.
type Plan = (u8, Index, i64, i64);

struct Spans {
    spans: Vec<Value>,
    figures: BTreeMap<Vec<u8>, Figures>,
}

impl Spans {
    /// Spans of traces in which the same span ids occur.
    fn new(traces: &[Vec<Plan>]) -> Self {
        let mut all = Self { spans: Vec::new(), figures: BTreeMap::new() };
        for (nth, plans) in traces.iter().enumerate() {
            let parent = |at: usize| plans[at].1.index(at + 2);
            for (at, (name, _, start, took)) in plans.iter().enumerate() {
                let above = match parent(at) {
                    0 => String::new(),
                    parent if parent <= at => format!("{:016x}", parent - 1),
                    _ => "ffffffffffffffff".to_owned(),
                };
                let (trace, id, name) = (format!("{nth:032x}"), format!("{at:016x}"), format!("n\u{e4}me \"{name}\""));
                all.spans.push(span(&trace, &id, &above, &name, *start, start + took));
                let below = (at + 1..plans.len()).filter(|child| parent(*child) == at + 1);
                let own = self_time(
                    (*start, start + took),
                    below.map(|child| (plans[child].2, plans[child].2 + plans[child].3)),
                );
                let of = all.figures.entry(name.into_bytes()).or_default();
                *of = (of.0 + 1, of.1 + i128::from(*took), of.2 + i128::from(own));
            }
        }
        all
    }
}

fn traces() -> impl Strategy<Value = Vec<Vec<Plan>>> {
    let time = prop_oneof![0_i64..5000, 999_990_i64..1_000_010];
    let plan = (0_u8..4, any::<Index>(), time.prop_map(|ns| 1_773_309_601_000_000_000 + ns), 0_i64..3000);
    prop::collection::vec(prop::collection::vec(plan, 0..12), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn trees_are_exact_to_the_nanosecond_in_whatever_order_spans_stand(
        (spans, figures) in traces().prop_flat_map(|traces| {
            let Spans { spans, figures } = Spans::new(&traces);
            (Just(spans).prop_shuffle(), Just(figures))
        }),
        in_line in 1_usize..6,
        chunk in prop_oneof![1_usize..600, Just(1 << 20)],
        threads in 1_usize..4,
    ) {
        let lines = spans.chunks(in_line).flat_map(|spans| [line(spans).to_string(), "\n".to_owned()]);
        let lines: String = lines.collect();
        let log = Log::new(&lines);
        let (found, counts) = log.figures(chunk, threads);
        prop_assert_eq!(&found, &figures.clone().into_iter().collect::<Vec<_>>());
        prop_assert_eq!((counts.spans, counts.unfinished, counts.cut_off), (spans.len() as u64, 0, 0));
        let rows: BTreeMap<_, _> = log.rows(true).0.into_iter().map(|(name, count, total)| (name, (count, total))).collect();
        prop_assert_eq!(rows, figures.into_iter().map(|(name, of)| (name, (of.0, of.1))).collect());

        let ranking = Ranking { measure: Measure::SelfTime, is_descending: true, top: 3, only_roots: false };
        let (_, slowest) = Engine::default().slowest(&log.sources, 1 << 30, ranking, &|_| true).unwrap();
        prop_assert_eq!(slowest.len(), spans.len().min(3));
        prop_assert!(slowest.iter().all(|span| span.trace_id.len() == 16 && span.base_id.len() == 32));
    }
}
