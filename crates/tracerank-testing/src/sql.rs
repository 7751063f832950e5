//! Fingerprints of SQL statements once more, without a thought of speed: a regular expression for each kind of token,
//! and for lists.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use regex::bytes::{Regex, RegexBuilder};
use tracerank::normalise::Dialect;

/// The meaning of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Name,
    Literal,
    Number,
    /// `$1`, `?`: one wherever it is.
    Placeholder,
    /// `%s`, `:id`: one unless it goes on with an operand.
    Marked,
    Text,
}

fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(&format!("^(?:{pattern})")).unicode(false).dot_matches_new_line(true).build().expect("a regex")
}

/// What ends a word: no byte of one follows.
const END: &str = r"([^\w$\x80-\xFF]|$)";
const WORD: &str = r"[\w$\x80-\xFF]+";

/// Tokens in the order in which they are tried. Where a group is in a pattern, it is no part of the token.
fn tokens(dialect: Dialect) -> Vec<(Kind, Regex)> {
    let fraction = r"(?:[0-9_]*|[0-9_]+[eE](?:[0-9]+|[+-][0-9]+))";
    let mut all = vec![(Kind::Blank, r"[ \t-\r]+".to_owned())];
    all.extend(match dialect {
        Dialect::Standard => [
            (Kind::Blank, "--[^\n]*"),
            (Kind::Name, r#""(?:[^"]|"")*(?:"|$)"#),
            (Kind::Literal, r"[eE]'(?:[^'\\]|''|\\.)*(?:'|\\?$)"),
            (Kind::Literal, r"(?:[uU]&|[bBnNxX])?'(?:[^']|'')*(?:'|$)"),
            (Kind::Text, r"\$never a dollar quote, which is found by hand"),
        ]
        .map(|(kind, pattern)| (kind, pattern.to_owned())),
        Dialect::MySql => [
            (Kind::Blank, r"#[^\n]*|--(?:[\x00-\t\x0B- ][^\n]*|\n|$)|/\*.*?(?:\*/|$)"),
            (Kind::Name, r"`(?:[^`]|``)*(?:`|$)"),
            (Kind::Literal, r"[bBnNxX]?'(?:[^'\\]|''|\\.)*(?:'|\\?$)"),
            (Kind::Literal, r#""(?:[^"\\]|""|\\.)*(?:"|\\?$)"#),
            (Kind::Text, r"\$never a dollar quote"),
        ]
        .map(|(kind, pattern)| (kind, pattern.to_owned())),
    });
    all.extend([
        (Kind::Placeholder, r"\$[0-9]+|\?[0-9]*".to_owned()),
        (Kind::Marked, format!(r"%s{END}|%\({WORD}\)s{END}")),
        (Kind::Marked, r":[A-Za-z_][\w$\x80-\xFF]*".to_owned()),
        (Kind::Number, format!(r"0[xX][0-9a-fA-F_]+{END}|0[oO][0-7_]+{END}|0[bB][01_]+{END}")),
        (Kind::Number, r"[0-9][0-9_]*\.\.".to_owned()),
        (Kind::Number, format!(r"[0-9][0-9_]*\.{fraction}{END}|[0-9][0-9_]*[eE](?:[0-9]+|[+-][0-9]+){END}")),
        (Kind::Number, format!(r"[0-9][0-9_]*{END}")),
        (Kind::Number, format!(r"\.[0-9][0-9_]*(?:[eE](?:[0-9]+|[+-][0-9]+))?{END}")),
        (Kind::Text, WORD.to_owned()),
        (Kind::Text, ".".to_owned()),
    ]);
    all.into_iter().map(|(kind, pattern)| (kind, regex(&pattern))).collect()
}

/// Makes the fingerprint of a statement.
pub fn fingerprint(statement: &[u8], dialect: Dialect) -> Vec<u8> {
    static TOKENS: LazyLock<[Vec<(Kind, Regex)>; 2]> =
        LazyLock::new(|| [tokens(Dialect::Standard), tokens(Dialect::MySql)]);
    let tokens = &TOKENS[usize::from(dialect == Dialect::MySql)];
    let (mut out, mut rest) = (Vec::new(), statement);
    while !rest.is_empty() {
        let (kind, len) = by_hand(rest, dialect).unwrap_or_else(|| first_token(tokens, rest, &out));
        let (token, after) = rest.split_at(len);
        rest = after;
        append(&mut out, kind, token);
    }
    let end = out.iter().rposition(|byte| !b" ;".contains(byte)).map_or(0, |at| at + 1);
    out.truncate(end);
    out
}

fn first_token(tokens: &[(Kind, Regex)], rest: &[u8], out: &[u8]) -> (Kind, usize) {
    let operand = out.last().is_some_and(|byte| regex_operand(*byte));
    for (kind, regex) in tokens {
        let Some(found) = regex.captures(rest) else { continue };
        let unwanted = found.iter().skip(1).flatten().map(|group| group.len()).sum::<usize>();
        let mut len = found[0].len() - unwanted;
        if found[0].ends_with(b"..") && *kind == Kind::Number {
            len -= 2;
        }
        let is_point = *kind == Kind::Number && rest[0] == b'.';
        let is_range = out.last() == Some(&if is_point { b'.' } else { b':' });
        if (is_point || *kind == Kind::Marked) && (operand || is_range) {
            continue;
        }
        // A point that is not of the number before it is one of its own, as is what follows.
        return (*kind, len);
    }
    unreachable!("a token of one byte is there always")
}

fn regex_operand(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_$?)]\"`".contains(&byte)
}

/// Tokens that no regular expression finds.
fn by_hand(rest: &[u8], dialect: Dialect) -> Option<(Kind, usize)> {
    static DOLLAR: LazyLock<Regex> = LazyLock::new(|| regex(r"\$(?:[A-Za-z_\x80-\xFF][0-9A-Za-z_\x80-\xFF]*)?\$"));
    if dialect == Dialect::MySql {
        return None;
    }
    if let Some(tag) = DOLLAR.find(rest) {
        let after = &rest[tag.len()..];
        let end = (0..after.len()).find(|at| after[*at..].starts_with(tag.as_bytes()));
        return Some((Kind::Literal, end.map_or(rest.len(), |end| 2 * tag.len() + end)));
    }
    rest.starts_with(b"/*").then(|| {
        let (mut depth, mut at) = (0, 0);
        while at < rest.len() {
            let change = if rest[at..].starts_with(b"/*") {
                1
            } else if rest[at..].starts_with(b"*/") {
                -1
            } else {
                at += 1;
                continue;
            };
            (depth, at) = (depth + change, at + 2);
            if depth == 0 {
                break;
            }
        }
        (Kind::Blank, at)
    })
}

fn append(out: &mut Vec<u8>, kind: Kind, token: &[u8]) {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        RegexBuilder::new(r"(\(\?\+\)) ?, ?\( ?\?(?: ?, ?\?)+ ?\)$|\( ?\?(?: ?, ?\?)+ ?\)$")
            .unicode(false)
            .build()
            .unwrap()
    });
    static SIGN: LazyLock<Regex> =
        LazyLock::new(|| RegexBuilder::new(r"[(,=<>] ?[+-]$").unicode(false).build().unwrap());
    match kind {
        Kind::Blank => {
            if out.last().is_some_and(|byte| *byte != b' ') {
                out.push(b' ');
            }
        }
        Kind::Name => out.extend(token),
        Kind::Number => {
            if SIGN.is_match(out) {
                out.pop();
            }
            out.push(b'?');
        }
        Kind::Literal | Kind::Placeholder | Kind::Marked => out.push(b'?'),
        Kind::Text => out.extend(token.to_ascii_lowercase()),
    }
    if token == b")"
        && let Some(found) = LIST.captures(out)
    {
        let (begin, kept) = (found.get(0).unwrap().start(), found.get(1).map_or(0, |list| list.len()));
        out.truncate(begin + kept);
        if kept == 0 {
            out.extend(b"(?+)");
        }
    }
}

/// Statements of pieces that are likely to be read wrongly, one beside the other.
pub fn statements() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"SELECT ",
        b"from",
        b" ",
        b" ",
        b"  ",
        b"\n",
        b"\t",
        b"\r\n",
        b"'",
        b"'",
        b"\"",
        b"`",
        b"$",
        b"$$",
        b"$a$",
        b"$1",
        b"$12a",
        b"e'",
        b"E'",
        b"U&'",
        b"x'",
        b"N",
        b"\\",
        b"\\'",
        b"''",
        b"\"\"",
        b"--",
        b"-- ",
        b"-",
        b"/*",
        b"*/",
        b"/",
        b"*",
        b"#",
        b"1",
        b"42",
        b"0",
        b"0x1F",
        b"0b",
        b"1e",
        b"1e5",
        b"e5",
        b"E-3",
        b"+",
        b".",
        b".5",
        b"..",
        b"1_0",
        b"_",
        b"a",
        b"b2",
        b"orders_2026",
        b"\xC3\xA9",
        b"\xFF",
        b"\0",
        b"?",
        b"?1",
        b"%s",
        b"%(id)s",
        b"%",
        b":",
        b"::",
        b":id",
        b"(",
        b")",
        b"(1, 2)",
        b"(?, ?)",
        b"(?+)",
        b",",
        b", ",
        b", (3,'x')",
        b"(-1,+2)",
        b"=",
        b"= -",
        b"<",
        b">",
        b"]",
        b"[",
        b";",
        b"; ",
        b"now()",
        b"IN (",
        b"xxxxxxxxxxxxxxxx",
    ];
    prop::collection::vec(select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}
