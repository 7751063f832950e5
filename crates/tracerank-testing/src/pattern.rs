//! Patterns once more, without a thought of speed: each gap tries one end after the other, types are regular expressions,
//! and values are plain arithmetic.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use regex::bytes::Regex;
use tracerank::normalise::{Normalised, route};

/// A record, as a pattern reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub name: Vec<u8>,
    pub time_us: Option<i64>,
    pub duration_ns: i64,
}

/// Reads a line by the first of some patterns that it follows.
pub fn parse(patterns: &[&str], named: &str, nameless: Option<&str>, line: &[u8]) -> Option<Parsed> {
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b" ") {
        line = shorter;
    }
    let keyed = |pattern: &str| pattern.starts_with("ltsv:") || pattern.starts_with("logfmt:");
    let with_gaps = patterns.iter().filter(|pattern| !keyed(pattern));
    let lists = patterns.iter().filter(|pattern| keyed(pattern));
    let of_gaps = with_gaps.filter_map(|pattern| {
        let gaps = fill(&parts(pattern), line)?;
        finish(&gaps, named, nameless, false)
    });
    let of_lists = lists.filter_map(|list| finish(&values(list, line)?, named, nameless, true));
    of_gaps.chain(of_lists).next()
}

/// A gap with its text: name, type and text.
type Gap<'a> = (String, String, &'a [u8]);

enum Part {
    Text(String),
    Gap(String, String),
}

fn parts(pattern: &str) -> Vec<Part> {
    static PART: LazyLock<regex::Regex> =
        LazyLock::new(|| regex::Regex::new(r"\{\{|\}\}|\{([^:{}]*)(?::([^{}]*))?\}|[^{}]").unwrap());
    let mut parts = Vec::new();
    for found in PART.captures_iter(pattern) {
        let text = &found[0];
        if let Some(name) = found.get(1) {
            let kind = found.get(2).map_or("", |kind| kind.as_str());
            parts.push(Part::Gap(name.as_str().to_owned(), kind.to_owned()));
            continue;
        }
        let text = if matches!(text, "{{" | "}}") { &text[..1] } else { text };
        match parts.last_mut() {
            Some(Part::Text(before)) => before.push_str(text),
            _ => parts.push(Part::Text(text.to_owned())),
        }
    }
    parts
}

/// The regular expression of a type's texts; none of types that take any text.
fn regex_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "int" => r"(?:\d+|-)",
        "clf" => r"\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}",
        "clf_ms" => r"\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d(?:[.,]\d+)?(?: [+-]\d{4})?",
        "iso" => r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]| ?[+-]\d\d:\d\d| ?[+-]\d{4}|[+-]\d\d)?",
        "epoch" | "epoch_ms" => r"\d+(?:\.\d+)?",
        "list_s" => r"(?:\d+\.\d+|-)(?:(?:, | : )(?:\d+\.\d+|-))*",
        _ => return None,
    })
}

fn starts_with(kind: &str, text: &[u8]) -> Option<usize> {
    let regex = Regex::new(&format!("^(?s-u){}", regex_of(kind)?)).unwrap();
    regex.find(text).map(|found| found.len())
}

fn is_time(kind: &str) -> bool {
    ["clf", "clf_ms", "iso", "epoch", "epoch_ms"].contains(&kind)
}

/// Fills the gaps of a pattern with the parts of a line.
fn fill<'a>(parts: &[Part], line: &'a [u8]) -> Option<Vec<Gap<'a>>> {
    let (mut at, mut quotes, mut gaps) = (0, 0, Vec::new());
    for (nth, part) in parts.iter().enumerate() {
        let Part::Gap(name, kind) = part else {
            let Part::Text(text) = part else { unreachable!() };
            if !line[at..].starts_with(text.as_bytes()) {
                return None;
            }
            at += text.len();
            quotes += text.matches('"').count();
            continue;
        };
        let literal = match parts.get(nth + 1) {
            Some(Part::Text(text)) => text.as_bytes(),
            _ => b"",
        };
        let end = match starts_with(kind, &line[at..]) {
            Some(len) => at + len,
            None if regex_of(kind).is_some() => return None,
            None => {
                let is_closed =
                    parts[nth + 1..].iter().any(|part| matches!(part, Part::Text(text) if text.contains('"')));
                let takes_text = ["", "route", "request"].contains(&kind.as_str());
                let is_quoted = takes_text && quotes % 2 == 1 && is_closed;
                let next = match parts.get(nth + 2) {
                    Some(Part::Gap(_, kind)) if takes_text && !is_quoted && is_time(kind) => Some(kind),
                    _ => None,
                };
                let ends = at..=line.len();
                let mut ends = ends.filter(|end| !literal.is_empty() || *end == line.len());
                let end = ends.find(|end| {
                    let after = line[*end..].strip_prefix(literal);
                    after.is_some_and(|after| next.is_none_or(|kind| starts_with(kind, after).is_some()))
                        && !(is_quoted && literal.first() == Some(&b'"') && ends_escaped(&line[at..*end]))
                });
                let end = end?;
                if is_quoted && has_open_quote(&line[at..end]) {
                    return None;
                }
                end
            }
        };
        gaps.push((name.clone(), kind.clone(), &line[at..end]));
        at = end;
    }
    (at == line.len()).then_some(gaps)
}

/// Whether the byte after a text is escaped.
fn ends_escaped(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Whether a text has a quote in it that no backslash is before.
fn has_open_quote(text: &[u8]) -> bool {
    (0..text.len()).any(|at| text[at] == b'"' && !ends_escaped(&text[..at]))
}

/// The values of a line that has keys.
fn values<'a>(list: &str, line: &'a [u8]) -> Option<Vec<Gap<'a>>> {
    let (syntax, list) = list.split_once(':')?;
    let mut found: HashMap<&[u8], &[u8]> = HashMap::new();
    if syntax == "ltsv" {
        for field in line.split(|byte| *byte == b'\t') {
            if let Some(colon) = field.iter().position(|byte| *byte == b':') {
                found.entry(&field[..colon]).or_insert(&field[colon + 1..]);
            }
        }
    } else {
        let mut rest = line;
        while let Some(stop) = rest.iter().position(|byte| b" =\"".contains(byte)) {
            let (key, after) = (&rest[..stop], &rest[stop + 1..]);
            if rest[stop] != b'=' {
                rest = after;
            } else if let Some(quoted) = after.strip_prefix(b"\"") {
                let end = (0..quoted.len()).find(|at| quoted[*at] == b'"' && !ends_escaped(&quoted[..*at]))?;
                found.entry(key).or_insert(&quoted[..end]);
                rest = &quoted[end + 1..];
            } else {
                let end = after.iter().position(|byte| *byte == b' ').unwrap_or(after.len());
                found.entry(key).or_insert(&after[..end]);
                rest = after.get(end + 1..).unwrap_or_default();
            }
        }
    }
    let has_key = |entry: &str| {
        let key = entry.split_once('=').unwrap().1;
        found.contains_key(key.rsplit_once(':').unwrap_or((key, "")).0.as_bytes())
    };
    if list.split(',').any(|entry| entry.starts_with("dur=") && !has_key(entry)) {
        return None;
    }
    let gaps = list.split(',').filter_map(|entry| {
        let (name, key) = entry.split_once('=').unwrap();
        let (key, kind) = key.rsplit_once(':').unwrap_or((key, ""));
        let text = *found.get(key.as_bytes())?;
        let inside = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"));
        Some((name.to_owned(), kind.to_owned(), inside.filter(|_| is_time(kind)).unwrap_or(text)))
    });
    Some(gaps.collect())
}

/// Makes a record of gaps with their texts.
fn finish(gaps: &[Gap<'_>], named: &str, nameless: Option<&str>, is_list: bool) -> Option<Parsed> {
    let text = |wanted: &str| gaps.iter().find(|(name, ..)| name == wanted);
    for (_, kind, text) in gaps {
        let is_whole = regex_of(kind).is_none() || starts_with(kind, text) == Some(text.len());
        let is_id = kind != "id" || (!text.is_empty() && text.iter().all(|byte| *byte > b' ' && *byte != b'"'));
        if !is_whole || !is_id {
            return None;
        }
    }
    let mut durations = gaps.iter().filter(|(name, ..)| name == "dur").peekable();
    durations.peek()?;
    let mut duration_ns = 0;
    for (_, kind, text) in durations {
        duration_ns = i64::try_from(i128::from(duration_ns) + duration(kind, text)?).ok()?;
    }
    let of_time = |role| text(role).map(|(_, kind, text)| time(kind, text));
    let time_us = match (of_time("time"), of_time("start")) {
        (Some(time), _) => Some(time?),
        (_, Some(start)) => Some(start? + (duration_ns + 500).div_euclid(1000)),
        (None, None) => None,
    };
    let mut name = Vec::new();
    let (mut has_any, mut has_all) = (false, true);
    for part in parts(named) {
        match part {
            Part::Text(text) => name.extend(text.into_bytes()),
            Part::Gap(gap, _) => {
                let len = name.len();
                if let Some((_, kind, text)) = text(&gap) {
                    has_any = true;
                    if !(is_list && *text == b"-" && kind != "request") {
                        append(kind, text, &mut name);
                    }
                }
                has_all &= name.len() > len;
            }
        }
    }
    let has_no_gaps = !parts(named).iter().any(|part| matches!(part, Part::Gap(..)));
    let is_declared = !has_any && !has_no_gaps;
    let missing_in_list =
        is_list && !parts(named).iter().all(|part| !matches!(part, Part::Gap(gap, _) if text(gap).is_none()));
    if missing_in_list || (!has_all && !is_declared && !is_list) {
        return None;
    }
    let name = if has_all { name } else { nameless?.as_bytes().to_vec() };
    Some(Parsed { name, time_us, duration_ns })
}

fn append(kind: &str, text: &[u8], name: &mut Vec<u8>) {
    static REQUEST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s-u)^([^ ]+) (.*?) HTTP/").unwrap());
    let before = name.len();
    match kind {
        "route" => match route(text, name) {
            Normalised::Prefix(len) => name.extend(&text[..len]),
            Normalised::Appended => {}
        },
        "request" => {
            let Some(request) = REQUEST.captures(text) else { return name.extend(b"<BADREQ>") };
            name.extend([&request[1], b" "].concat());
            let begin = name.len();
            append("route", &request[2], name);
            if name.len() == begin {
                name.truncate(before);
                name.extend(b"<BADREQ>");
            }
        }
        _ => name.extend(text),
    }
}

// ---- Values ----

/// The digits of a number, and how many of them stand after its point.
fn decimal(text: &str) -> (i128, u32) {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let fraction = &fraction[..fraction.len().min(15)];
    let whole = if whole.len() > 20 { "99999999999999999999" } else { whole };
    (format!("0{whole}{fraction}").parse().unwrap(), fraction.len() as u32)
}

fn times(number: &str, unit: i128) -> i128 {
    let (digits, fraction) = decimal(number);
    let scale = 10_i128.pow(fraction);
    (digits * unit + scale / 2).div_euclid(scale)
}

fn duration(kind: &str, text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let matches = |regex: &str| regex::Regex::new(&format!("^(?:{regex})$")).unwrap().captures(text);
    let plain = |unit| {
        if text == "-1" {
            return Some(0);
        }
        matches(r"\+?([0-9]+(?:\.[0-9]+)?)").map(|number| times(&number[1], unit))
    };
    match kind {
        "s" => plain(1_000_000_000),
        "ms" => plain(1_000_000),
        "us" => plain(1_000),
        "ns" => plain(1),
        "decimal_s" => matches(r"[0-9]+\.[0-9]+").map(|_| times(text, 1_000_000_000)),
        "list_s" => {
            let parts = text.split(", ").flat_map(|part| part.split(" : "));
            Some(parts.map(|part| if part == "-" { 0 } else { times(part, 1_000_000_000) }).sum())
        }
        "dur" => {
            let part = r"([0-9]+(?:\.[0-9]+)?)(ns|us|\x{B5}s|\x{3BC}s|ms|s|m|h)";
            matches(&format!("(?:{part})+"))?;
            let parts = regex::Regex::new(part).unwrap();
            Some(parts.captures_iter(text).map(|part| times(&part[1], unit_ns(&part[2]))).sum())
        }
        "hms" => {
            let parts = matches(r"(?:([0-9]+):([0-5][0-9])|([0-9]+)):([0-5][0-9](?:[.,][0-9]+)?)")?;
            let part = |nth| parts.get(nth).map_or("0", |part| part.as_str());
            let minutes = parts.get(2).or(parts.get(3)).map_or("0", |part| part.as_str());
            Some(times(part(1), 3_600_000_000_000) + times(minutes, 60_000_000_000) + times(part(4), 1_000_000_000))
        }
        _ => None,
    }
}

fn unit_ns(unit: &str) -> i128 {
    match unit {
        "ns" => 1,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => 1_000,
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn time(kind: &str, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    if kind.starts_with("epoch") {
        let us = times(text, if kind == "epoch" { 1_000_000 } else { 1_000 });
        return i64::try_from(us).ok().filter(|us| *us < 253_402_300_800_000_000);
    }
    let (date, rest) = if kind == "iso" {
        (format!("{}T{}", &text[..10], &text[11..19]), &text[19..])
    } else {
        let month = MONTHS.iter().position(|month| *month == &text[3..6])? + 1;
        (format!("{}-{month:02}-{}T{}", &text[7..11], &text[..2], &text[12..20]), &text[20..])
    };
    if date.ends_with(":60") {
        return None;
    }
    let local: DateTime = date.parse().ok()?;
    let fraction_len =
        if rest.starts_with(['.', ',']) { 1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count() } else { 0 };
    let fraction_us = if fraction_len > 0 { times(&format!("0{}", &rest[..fraction_len]), 1_000_000) } else { 0 };
    let offset: String = rest[fraction_len..].chars().filter(char::is_ascii_digit).collect();
    let number = |range: std::ops::Range<usize>| offset.get(range).map_or(0, |text| text.parse::<i64>().unwrap());
    let (hours, minutes) = (number(0..2), number(2..4));
    if hours > 23 || minutes > 59 {
        return None;
    }
    let sign = if rest[fraction_len..].contains('-') { -1 } else { 1 };
    let since = local.duration_since(jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0)).as_micros();
    Some(i64::try_from(since).ok()? + fraction_us as i64 - sign * (hours * 60 + minutes) * 60_000_000)
}
