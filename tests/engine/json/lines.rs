//! Patterns of JSON objects, and the access logs that are declared with them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use regex::Regex;
use serde_json::{Value, json};
use tracerank::formats::declared::DURATION_NO_UNIT;
use tracerank::formats::json_lines::{JsonLines, NO_JSON, NO_TIME};
use tracerank::formats::{LogFormat, find};
use tracerank::normalise::{Normalised, route};
use tracerank::record::{Kind, Line, Reason, Scratch};

use super::Log;

const NGINX: &str = include_str!("../../../testdata/formats/json-access/nginx.jsonl");

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Record { name: String, duration_ns: i64, time_us: Option<i64> },
    Other,
    Malformed(Reason),
}

fn parse(format: &dyn LogFormat, line: &[u8]) -> Said {
    match format.parse(line, &mut Scratch::default()) {
        Line::Record(record) => {
            assert_eq!(record.kind, Kind::Whole);
            let name = String::from_utf8_lossy(record.name).into_owned();
            Said::Record { name, duration_ns: record.duration_ns.unwrap(), time_us: record.time_us }
        }
        Line::Other => Said::Other,
        Line::Malformed(reason) => Said::Malformed(reason),
        Line::Several => panic!("a line holds one record at most"),
    }
}

fn said(format: &dyn LogFormat, line: impl AsRef<str>) -> Said {
    parse(format, line.as_ref().as_bytes())
}

fn route_of(path: &str) -> String {
    let mut out = Vec::new();
    match route(path.as_bytes(), &mut out) {
        Normalised::Appended => String::from_utf8(out).unwrap(),
        Normalised::Prefix(len) => path[..len].to_owned(),
    }
}

/// The sample's lines by plain means.
fn naive_nginx(object: &Value) -> Said {
    let scalar = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(_) | Value::Object(_)) | None => None,
        Some(word) => Some(word.to_string()),
    };
    let (Some(method), Some(uri), Some(duration)) = (scalar("method"), scalar("uri"), scalar("request_time")) else {
        return Said::Other;
    };
    let number = Regex::new(r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$").unwrap();
    if !number.is_match(&duration) {
        return Said::Malformed(Reason::DURATION_NO_NUMBER);
    }
    // The sample's have three decimals, and damage makes them no finer than nine.
    let duration_ns = (duration.parse::<f64>().unwrap() * 1e9).round() as i64;
    if duration_ns != 0 && !duration.contains(['.', 'e', 'E']) {
        return Said::Malformed(DURATION_NO_UNIT);
    }
    let time_us = match scalar("time").map(|time| time.parse::<jiff::Timestamp>()) {
        None => None,
        Some(Ok(time)) => Some(time.as_microsecond()),
        Some(Err(_)) => return Said::Malformed(NO_TIME),
    };
    let route = route_of(&uri);
    let name = if method.is_empty() || route.is_empty() { "<BADREQ>".to_owned() } else { format!("{method} {route}") };
    Said::Record { name, duration_ns, time_us }
}

#[test]
fn the_sample() {
    let format = find("access-json").unwrap();
    let mut sums: BTreeMap<Vec<u8>, (u64, i128)> = BTreeMap::new();
    for line in NGINX.lines() {
        let expected = naive_nginx(&serde_json::from_str(line).unwrap());
        let Said::Record { name, duration_ns, .. } = &expected else { panic!("{line}") };
        let of = sums.entry(name.clone().into_bytes()).or_default();
        *of = (of.0 + 1, of.1 + i128::from(*duration_ns));
        assert_eq!(said(&*format, line), expected, "{line}");
        assert_eq!(said(&*format, format!("{line}\r")), expected);
    }
    let (rows, account) = Log::new(NGINX).rows(true);
    let found = rows.into_iter().map(|(name, count, total)| (name, (count, total)));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), sums);
    assert_eq!((account.records, account.other, account.malformed), (account.lines, 0, 0));
}

fn record(name: &str, duration_ns: i64, time_us: Option<i64>) -> Said {
    Said::Record { name: name.to_owned(), duration_ns, time_us }
}

#[test]
fn caddy_traefik_and_nginx() {
    let format = find("access-json").unwrap();
    let caddy = r#"{"level":"info","ts":1773309601.48,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.7","method":"GET","uri":"/cart/77?x=1","headers":{"User-Agent":["curl/8.11"]}},"duration":0.043201,"size":512,"status":200}"#;
    let time = Some(1_773_309_601_480_000);
    assert_eq!(said(&*format, caddy), record("GET /cart/{n}", 43_201_000, time));
    assert_eq!(said(&*format, caddy.replace("0.043201", "4.3201e-02")), record("GET /cart/{n}", 43_201_000, time));
    let iso = caddy.replace("1773309601.48", r#""2026-03-12T10:00:01.480Z""#);
    assert_eq!(said(&*format, iso), record("GET /cart/{n}", 43_201_000, time));
    // It may be configured to write milliseconds.
    assert_eq!(said(&*format, caddy.replace("0.043201", "43")), Said::Malformed(DURATION_NO_UNIT));
    assert_eq!(said(&*format, caddy.replace("1773309601.48", "\"now\"")), Said::Malformed(NO_TIME));
    assert_eq!(said(&*format, caddy.replace("0.043201", "null")), Said::Malformed(Reason::DURATION_NO_NUMBER));
    assert_eq!(said(&*format, r#"{"level":"info","ts":1773309601.48,"msg":"serving"}"#), Said::Other);

    let traefik = r#"{"ClientHost":"203.0.113.7","DownstreamStatus":200,"Duration":41002003,"RequestMethod":"GET","RequestPath":"/cart/77","StartUTC":"2026-03-12T10:00:01.438997997Z","level":"info","msg":"","time":"2026-03-12T10:00:01Z"}"#;
    assert_eq!(said(&*format, traefik), record("GET /cart/{n}", 41_002_003, Some(1_773_309_601_000_000)));

    let request = r#"{"time_iso8601":"2026-03-12T11:00:01+01:00","request":"GET /cart/77 HTTP/1.1","status":"200","request_time":"0.041"}"#;
    let time = Some(1_773_309_601_000_000);
    assert_eq!(said(&*format, request), record("GET /cart/{n}", 41_000_000, time));
    assert_eq!(
        said(&*format, request.replace("GET /cart/77 HTTP/1.1", "\\\\x16\\\\x03")),
        record("<BADREQ>", 41_000_000, time)
    );
    let msec = r#"{"msec":1773309601.000,"request_method":"GET","request_uri":"/a\u0062","request_time":0.041}"#;
    assert_eq!(said(&*format, msec), record("GET /ab", 41_000_000, time));
    let untimed = msec.replace(r#""msec":1773309601.000,"#, "");
    assert_eq!(said(&*format, untimed), record("GET /ab", 41_000_000, None));
}

#[test]
fn patterns() {
    let text = "json:name=request.uri:route,dur=duration:s,time=ts:epoch,status=status";
    let format = JsonLines::compile(text).unwrap();
    let line = r#"{"ts": 1.5, "request": {"uri": "/cart/77"}, "duration": 2, "uri": "/other", "status": 200}"#;
    assert_eq!(said(&format, line), record("/cart/{n}", 2_000_000_000, Some(1_500_000)));
    assert!(format.has_times() && !format.has_ids());

    // Of values with the same key, the last one counts, with all that is in it.
    for (line, expected) in [
        (
            r#"{"request": {"uri": "/a"}, "duration": 1, "duration": 2, "request": {"uri": "/b"}}"#,
            record("/b", 2_000_000_000, None),
        ),
        (r#"{"request": {"uri": "/a"}, "duration": 1, "request": {}}"#, Said::Other),
        (r#"{"request": {"request": {"uri": "/a"}, "duration": 3}, "duration": 1}"#, Said::Other),
        (r#"{"request": {"uri": ["/a"]}, "duration": 1}"#, Said::Other),
        (r#"{"request": {"uri": ""}, "duration": 1}"#, record("(no name)", 1_000_000_000, None)),
        (r#"{"r\u0065quest": {"uri": "/\u00fc"}, "duration": "1"}"#, record("/\u{fc}", 1_000_000_000, None)),
        (r#"{"request": {"uri": "/a"}, "duration": 1"#, Said::Malformed(Reason::CUT_SHORT)),
        (r#"{"request": {"uri": "/a"}, "duration": 1} {}"#, Said::Malformed(NO_JSON)),
        (r#"{"other": {"uri": "/a"}, "dur"#, Said::Other),
        (r#"[{"request": {"uri": "/a"}, "duration": 1}]"#, Said::Other),
        ("", Said::Other),
    ] {
        assert_eq!(said(&format, line), expected, "{line}");
    }

    let format = JsonLines::compile(
        "json:name=service,name=\"op.name\",dur=took.ms:ms|took.text:dur,id=span,group=trace,parent=up",
    )
    .unwrap();
    let line =
        r#"{"service": "shop", "op.name": "buy", "took": {"text": "1.5ms"}, "span": "s", "trace": "t", "up": null}"#;
    let mut scratch = Scratch::default();
    let Line::Record(found) = format.parse(line.as_bytes(), &mut scratch) else { panic!("no record") };
    let ids = found.ids.unwrap();
    assert_eq!((found.name, found.duration_ns, found.json), (b"shop buy".as_slice(), Some(1_500_000), line.as_bytes()));
    assert_eq!([ids.base, ids.parent, ids.trace], [b"t".as_slice(), b"t", b"s"]);
    let both = line.replace("{\"text\"", "{\"ms\": 7, \"text\"").replace("null", "\"p\"");
    let Line::Record(found) = format.parse(both.as_bytes(), &mut scratch) else { panic!("no record") };
    assert_eq!((found.duration_ns, found.ids.unwrap().parent), (Some(7_000_000), b"p".as_slice()));
}

#[test]
fn patterns_that_are_none() {
    for (pattern, at, what) in [
        ("name=a,dur=b:s", 0, "it begins with json:, as in json:name=request.uri:route,dur=duration:s"),
        ("json:", 5, "a part reads ROLE=PATH:TYPE, as in dur=duration:s: "),
        ("json:name=a", 11, "it has no duration, as in dur=duration:s"),
        ("json:dur=b:s", 12, "it has no name, as in name=request.uri:route"),
        ("json:name=a,dur=b", 12, "dur has no type: one of s, ms, us, ns, decimal_s, dur"),
        ("json:name=a,dur=b:min", 12, "there is no type min of dur, only s, ms, us, ns, decimal_s, dur"),
        ("json:name=a:s,dur=b:s", 5, "there is no type s of name, only route, request"),
        ("json:name=a,dur=b:s,dur=c:s", 20, "dur is there twice"),
        ("json:name=a,dur=b:s,time=t", 20, "time has no type: one of iso, epoch, epoch_ms"),
        ("json:name=a,dur=b:s,id=c:s", 20, "id has no type"),
        ("json:name=a,dur=b:s,group=c", 27, "it has a parent or a group and no id, as in id=span_id"),
        ("json:name=a,b", 12, "a part reads ROLE=PATH:TYPE, as in dur=duration:s: b"),
        ("json:name=a..b,dur=b:s", 5, "a path reads key.key, and a key with other characters \"a.key\": name=a..b"),
        (
            "json:name=\"a,dur=b:s",
            5,
            "a path reads key.key, and a key with other characters \"a.key\": name=\"a,dur=b:s",
        ),
        ("json:name=a,dur=b:s:ms", 12, "a path reads key.key, and a key with other characters \"a.key\": dur=b:s:ms"),
    ] {
        let error = JsonLines::compile(pattern).unwrap_err();
        assert_eq!((error.at, error.what.as_str()), (at, what), "{pattern}");
    }
}

#[test]
fn spans_of_a_pattern_with_ids_are_trees() {
    let pattern = "json:name=name,dur=ms:ms,time=end:epoch_ms,id=span,group=trace,parent=up";
    let line = |name: &str, ms: i64, end: i64, span: &str, up: &str| {
        format!("{}\n", json!({"name": name, "ms": ms, "end": end, "span": span, "trace": "t", "up": up}))
    };
    let log = [line("inner", 3, 8, "b", "a"), line("outer", 10, 10, "a", "")].concat();
    let log = Log::new(log);
    let engine =
        tracerank::engine::Engine::default().log_format(std::sync::Arc::new(JsonLines::compile(pattern).unwrap()));
    let tree = engine.grow(&log.sources, 1 << 30, None).unwrap().trees.tree;
    let nodes: Vec<_> = tree.nodes.iter().map(|node| (&*node.name, node.depth, node.self_ns)).collect();
    assert_eq!(nodes, [(b"outer".as_slice(), 0, 7_000_000), (b"inner".as_slice(), 1, 3_000_000)]);
}

proptest! {
    #[test]
    fn a_damaged_line_is_told_as_serde_tells_it(
        line in select(NGINX.lines().collect::<Vec<_>>()),
        at in any::<Index>(),
        with in prop_oneof![Just(None), prop::option::of(select(b"{}[]:,\"\\ x1\r\xFF".to_vec()))],
        is_cut in any::<bool>(),
    ) {
        let format = find("access-json").unwrap();
        let mut line = line.as_bytes().to_vec();
        let at = at.index(line.len());
        match with {
            _ if is_cut => line.truncate(at),
            Some(byte) => line[at] = byte,
            None => _ = line.remove(at),
        }
        let found = parse(&*format, &line);
        let shown = line.escape_ascii();
        if let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(&line) {
            // Damage of a time is of no concern here, and other keys of it count, too.
            let is_time = value["time"].as_str().is_some_and(|time| time.parse::<jiff::Timestamp>().is_ok() && time.len() == 32);
            if is_time || value.get("time").is_none() {
                prop_assert_eq!(found, naive_nginx(&value), "{}", shown);
            }
            return Ok(());
        }
        match found {
            Said::Record { .. } => prop_assert!(tracerank_testing::naive::whole_object(&line).is_some(), "{}", shown),
            Said::Malformed(reason) => prop_assert!(!is_cut || reason == Reason::CUT_SHORT, "{}", shown),
            Said::Other => {}
        }
    }
}
