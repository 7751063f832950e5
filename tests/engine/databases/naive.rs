//! The logs of databases once more, without a thought of speed: a regular expression for each form. (Fingerprints have a
//! twin of their own.)

use std::sync::LazyLock;

use jiff::civil::DateTime;
use regex::bytes::{Regex, RegexBuilder};
use tracerank::formats::mysql_slow;
use tracerank::formats::postgres::{NO_STATEMENT, NOT_OF_A_STATEMENT};
use tracerank::normalise::Dialect;
use tracerank::record::{Kind, Line, Reason};
use tracerank_testing::sql::fingerprint;

/// A record as a format should read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Naive {
    Record { time_us: Option<i64>, duration_ns: i64, name: String },
    Other,
    Malformed(Reason),
}

impl Naive {
    pub(super) fn of(line: &Line<'_>) -> Self {
        match line {
            Line::Other => Self::Other,
            Line::Malformed(reason) => Self::Malformed(*reason),
            Line::Several => panic!("a line holds one record at most"),
            Line::Record(record) => {
                assert_eq!((record.kind, record.ids), (Kind::Whole, None));
                let name = record.name.escape_ascii().to_string();
                Self::Record { time_us: record.time_us, duration_ns: record.duration_ns.unwrap(), name }
            }
        }
    }

    fn result(result: Result<(Option<i64>, i64, Vec<u8>), Reason>) -> Self {
        match result {
            Ok((time_us, duration_ns, name)) => {
                Self::Record { time_us, duration_ns, name: name.escape_ascii().to_string() }
            }
            Err(reason) => Self::Malformed(reason),
        }
    }
}

/// `regex!` of a pattern is compiled once.
fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).dot_matches_new_line(true).build().unwrap()
}

macro_rules! regex {
    ($pattern:expr) => {{
        static REGEX: LazyLock<Regex> = LazyLock::new(|| regex($pattern));
        &*REGEX
    }};
}

fn number_ns(text: &[u8], unit_digits: usize) -> Result<i64, Reason> {
    let number = regex!(r"^(\d+)(?:\.(\d+))?$").captures(text).ok_or(Reason::DURATION_NO_NUMBER)?;
    let fraction = number.get(2).map_or(&[][..], |fraction| fraction.as_bytes());
    let whole = std::str::from_utf8(&number[1]).unwrap().trim_start_matches('0');
    if whole.len() > 20 {
        return Err(Reason::DURATION_OUT_OF_RANGE);
    }
    // One digit more than there are: it only rounds.
    let fraction: String = (0..=unit_digits).map(|at| char::from(*fraction.get(at).unwrap_or(&b'0'))).collect();
    let tenths: i128 = format!("{whole}{fraction}").parse().unwrap();
    i64::try_from((tenths + 5) / 10).map_err(|_| Reason::DURATION_OUT_OF_RANGE)
}

const TIME: &str = r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?(?: ?([+-])(\d\d)(?::?(\d\d))?)?";

/// The first time in a text. It is an error if it does not exist.
fn time_us(text: &[u8]) -> Result<Option<i64>, Reason> {
    static REGEX: LazyLock<Regex> = LazyLock::new(|| regex(TIME));
    let Some(time) = REGEX.captures(text) else { return Ok(None) };
    let part = |nth: usize| time.get(nth).map(|part| std::str::from_utf8(part.as_bytes()).unwrap());
    let (date, clock) = (part(1).unwrap(), part(2).unwrap());
    let local: Option<DateTime> = format!("{date}T{clock}").parse().ok().filter(|_| !clock.ends_with(":60"));
    let since = local.ok_or(Reason::TIME_DOES_NOT_EXIST)?.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    let micros: String = (0..6).map(|at| part(3).and_then(|digits| digits.chars().nth(at)).unwrap_or('0')).collect();
    let number = |nth: usize| part(nth).map_or(0, |digits| digits.parse::<i64>().unwrap());
    let offset = (number(5) * 60 + number(6)) * if part(4) == Some("-") { -60 } else { 60 };
    Ok(Some((since.as_secs() - offset) * 1_000_000 + micros.parse::<i64>().unwrap()))
}

/// PostgreSQL's text.
pub(super) fn postgres(record: &[u8]) -> Naive {
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    let word = regex!(
        r"(?:LOG|STATEMENT|ERROR|DETAIL|HINT|CONTEXT|QUERY|LOCATION|WARNING|NOTICE|INFO|FATAL|PANIC|DEBUG|BACKTRACE)[1-5]?:  "
    );
    let Some(found) = regex!(r"^([^\n]*?)LOG:  duration: (.*)$").captures(record) else { return Naive::Other };
    let wrapped = regex!(r#"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^ ]* std(?:err|out) |\{""#);
    if word.is_match(&found[1]) || wrapped.is_match(&found[1]) {
        return Naive::Other;
    }
    Naive::result(time_us(&found[1]).and_then(|time_us| {
        let (duration_ns, name) = message(&found[2])?;
        Ok((time_us.or_else(|| epoch_us(&found[1])), duration_ns, name))
    }))
}

fn epoch_us(prefix: &[u8]) -> Option<i64> {
    let found = regex!(r"(?:^|[^0-9A-Za-z])(\d{10})\.(\d{3})").captures(prefix)?;
    let digits = [&found[1], &found[2]].concat();
    Some(std::str::from_utf8(&digits).unwrap().parse::<i64>().unwrap() * 1000)
}

const NAMED: &str = r"^  (execute fetch from|execute|parse|bind) (.*?): (.*)$";
const TEXT: &str = r"^Query Text: (.*?)(?:\n[ \t\x0c\r\n]*Query Parameters: .*|\n[^\n]*  \(cost=.*)?$";

/// What stands after `duration: `.
fn message(text: &[u8]) -> Result<(i64, Vec<u8>), Reason> {
    let found = regex!(r"^([0-9.]*)(.*)$").captures(text).unwrap();
    let Some(rest) = found[2].strip_prefix(b" ms") else {
        return Err(if b" ms".starts_with(&found[2]) { Reason::CUT_SHORT } else { Reason::DURATION_NO_NUMBER });
    };
    let duration_ns = number_ns(&found[1], 6)?;
    if rest.trim_ascii().is_empty() {
        return Ok((duration_ns, NO_STATEMENT.to_vec()));
    }
    let named = regex!(NAMED).captures(rest);
    let (kind, statement) = if let Some(statement) = rest.strip_prefix(b"  statement: ") {
        ("", statement.to_vec())
    } else if let Some(plan) = rest.strip_prefix(b"  plan:") {
        ("plan: ", planned(plan)?)
    } else if let Some(call) = rest.strip_prefix(b"  fastpath function call: ") {
        ("fastpath function call: ", call.to_vec())
    } else if let Some(named) = named {
        match &named[1] {
            b"execute fetch from" => return Ok((duration_ns, b"fetch".to_vec())),
            b"execute" => ("", named[3].to_vec()),
            b"parse" => ("parse: ", named[3].to_vec()),
            _ => ("bind: ", named[3].to_vec()),
        }
    } else {
        let forms =
            ["statement: ", "execute fetch from ", "execute ", "parse ", "bind ", "plan:", "fastpath function call: "];
        let breaks_off = forms.iter().any(|form| {
            let form = format!("  {form}");
            let is_named = form.ends_with(' ') && !form.ends_with(": ");
            (form.as_bytes().starts_with(rest) && rest.len() >= 2) || (is_named && rest.starts_with(form.as_bytes()))
        });
        return Err(if breaks_off { Reason::CUT_SHORT } else { NOT_OF_A_STATEMENT });
    };
    let name = fingerprint(&statement, Dialect::Standard);
    let name = if name.is_empty() { NO_STATEMENT.to_vec() } else { name };
    Ok((duration_ns, [kind.as_bytes(), &name].concat()))
}

/// The statement of a plan.
fn planned(plan: &[u8]) -> Result<Vec<u8>, Reason> {
    let plan = plan.trim_ascii_start();
    let key = if plan.starts_with(b"{") { regex!(r#""Query Text": "(.*)$"#) } else { regex!(r#"^Query Text: "(.*)$"#) };
    if let Some(found) = key.captures(plan) {
        return unquoted(&found[1]).ok_or(Reason::CUT_SHORT);
    }
    if plan.starts_with(b"{") {
        return Ok(Vec::new());
    }
    let found = regex!(TEXT).captures(plan);
    Ok(found.map(|found| found[1].to_vec()).unwrap_or_default())
}

/// A JSON string, which need not be valid. Escapes that do not exist are the letter alone.
fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let text = regex!(r#"^((?:[^"\\]|\\.)*)""#).captures(text)?[1].to_vec();
    let valid = serde_json::from_slice::<String>(&[b"\"", &*text, b"\""].concat());
    let by_hand = || {
        let replaced = regex!(r"\\(.)").replace_all(&text, |escape: &regex::bytes::Captures<'_>| match escape[1][0] {
            b'n' => b"\n".to_vec(),
            b't' => b"\t".to_vec(),
            b'r' => b"\r".to_vec(),
            b'b' => vec![8],
            b'f' => vec![12],
            other => vec![other],
        });
        replaced.into_owned()
    };
    Some(valid.map_or_else(|_| by_hand(), String::into_bytes))
}

/// PostgreSQL's csvlog.
pub(super) fn postgres_csv(record: &[u8]) -> Naive {
    let begins = regex!(r#"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^,]{0,43},[",]"#);
    if !begins.is_match(record) {
        return Naive::Other;
    }
    let Some(found) = regex!(r#",LOG,00000,"duration: (.*)$"#).captures(record) else { return Naive::Other };
    Naive::result(time_us(record).and_then(|time_us| {
        let field = regex!(r#"^((?:[^"]|"")*)"(?:[^"]|$)"#).captures(&found[1]).ok_or(Reason::CUT_SHORT)?;
        let text = regex!(r#""""#).replace_all(&field[1], b"\"".as_slice());
        let (duration_ns, name) = message(&text)?;
        Ok((time_us, duration_ns, name))
    }))
}

/// PostgreSQL's jsonlog, where the line is valid JSON, and no key of interest is there twice.
pub(super) fn postgres_json(line: &[u8]) -> Option<Naive> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).ok()?;
    if regex!(r#""(?:message|timestamp|error_severity)""#).find_iter(line).count() > 3 {
        return None;
    }
    let text = |key: &str| object.get(key).and_then(|value| value.as_str());
    let duration = text("message").and_then(|message| message.strip_prefix("duration: "));
    let Some(duration) = duration.filter(|_| text("error_severity") == Some("LOG")) else { return Some(Naive::Other) };
    let begins = regex!(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d");
    let time = text("timestamp").filter(|time| begins.is_match(time.as_bytes())).unwrap_or("");
    Some(Naive::result(time_us(time.as_bytes()).and_then(|time_us| {
        let (duration_ns, name) = message(duration.as_bytes())?;
        Ok((time_us, duration_ns, name))
    })))
}

/// The slow query log of MySQL and MariaDB.
pub(super) fn mysql_slow(record: &[u8]) -> Naive {
    let head = regex!(r"^(?:#[^\n]*(?:\n|$))*").find(record).unwrap();
    // A command stands in place of a statement.
    let command = regex!(r"(?:^|\n)# administrator command: ").find(head.as_bytes());
    let head = command
        .map_or(head.as_bytes(), |command| &record[..command.start() + usize::from(record[command.start()] == b'\n')]);
    let query_time = regex!(r"(?:^|\n)# Query_time: ([^\n]*)").captures_iter(head).last();
    if query_time.is_none() && !regex!(r"^# User@Host: |^# Time: [ \t\x0c\r\n]*\d").is_match(record) {
        return Naive::Other;
    }
    let rest = &record[head.len()..];
    let settings =
        regex!(r"^(?:use [^\n]*;\r?\n)?SET (?:[^\n]*?,)??timestamp=([+-]?\d+)(?:\.[^\n,]*)?(?:,[^\n]*)?;\r?(?:\n|$)");
    let set = settings.captures(rest);
    let time = regex!(r"(?:^|\n)# Time: ([^\n]*)").captures_iter(head).last();
    let time = time.map(|time| time[1].trim_ascii_start().to_vec());
    let time = time.filter(|time| regex!(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d").is_match(time));
    Naive::result(time.as_deref().map_or(Ok(None), time_us).and_then(|time_us| {
        let since = set.as_ref().and_then(|set| std::str::from_utf8(&set[1]).unwrap().parse::<i64>().ok());
        let text = &query_time.ok_or(Reason::CUT_SHORT)?[1];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if regex!(r"^[0-9.]*$").is_match(text) {
            return Err(Reason::CUT_SHORT);
        }
        let duration_ns = number_ns(text.split(|byte| *byte == b' ').next().unwrap(), 9)?;
        let statement = set.as_ref().map_or(rest, |set| &rest[set[0].len()..]);
        let after_use = regex!(r"^use [^\n]*;\r?(?:\n([^\n]*?)\r?(?:\n|$)|$)").captures(rest);
        let cut_off = set.is_none()
            && after_use.is_some_and(|found| found.get(1).is_none_or(|line| !line.as_bytes().ends_with(b";")));
        let statement = regex!(r"^(.*;)[ \t\x0c\r]*(?:\n|$)").captures(statement).filter(|_| !cut_off);
        let statement = statement.ok_or(Reason::CUT_SHORT)?[1].to_vec();
        let name = match statement.strip_prefix(b"# administrator command: ") {
            Some(command) => {
                let command = regex!(r"^([^\n]*?);?\r?(?:\n|$)").captures(command).unwrap()[1].to_vec();
                [b"administrator command: ".as_slice(), &command].concat()
            }
            None => fingerprint(&statement, Dialect::MySql),
        };
        let name = if name.is_empty() { mysql_slow::NO_STATEMENT.to_vec() } else { name };
        Ok((time_us.or(since.map(|seconds| seconds * 1_000_000)), duration_ns, name))
    }))
}
