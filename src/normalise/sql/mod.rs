//! The fingerprint of an SQL statement: the statement without what differs from call to call.
//!
//! ```text
//!  16 bytes ──► marks: where more than a copy is needed ──► measure: a literal, a comment, a number ──► a gap, or a copy
//! ```

mod marks;
mod measure;

use super::classes::padded;
use marks::{BLOCK, Marks};
use measure::is_of_word;

/// The rules by which a database reads its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The standard's, and PostgreSQL's: double quotes are of names. Backslashes escape in `E'…'` alone, `$$…$$` is a
    /// literal, and comments can be in comments.
    Standard,
    /// That of MySQL and MariaDB: double quotes are of literals, backticks of names. Backslashes escape, and `#` begins a
    /// comment.
    MySql,
}

/// Appends the fingerprint of a statement to `out`, by the rules of `docs/normalise.md`.
///
/// Comments go, and blanks become one. ASCII letters become small, but in quoted names. Literals, numbers that are no
/// part of a name, and placeholders become `?`. A list of two or more of these in brackets becomes `(?+)`, and several
/// such lists one. Blanks and semicolons at the end go.
///
/// The statement can be any bytes. A literal, a name or a comment that is not ended goes on to the end.
///
/// ```
/// use tracerank::normalise::{Dialect, sql};
///
/// let mut name = Vec::new();
/// sql(b"SELECT id FROM orders_2026 -- by id\n WHERE id IN (7, 8) AND at > '2026-03-12';", Dialect::Standard, &mut name);
/// assert_eq!(name, b"select id from orders_2026 where id in (?+) and at > ?");
/// ```
#[inline]
pub fn sql(statement: &[u8], dialect: Dialect, out: &mut Vec<u8>) {
    let begin = out.len();
    // A fingerprint is never longer than its statement, and blocks are written whole.
    out.resize(begin + statement.len() + BLOCK, 0);
    let fingerprint =
        Fingerprint { text: statement, dialect, at: 0, out: &mut out[begin..], end: 0, gap_end: 0, list: 0, gaps: 0 };
    let len = fingerprint.make();
    out.truncate(begin + len);
}

/// A fingerprint while it is made.
struct Fingerprint<'a> {
    text: &'a [u8],
    dialect: Dialect,
    /// Number of the statement's bytes that were read.
    at: usize,
    out: &'a mut [u8],
    /// Number of bytes that are written.
    end: usize,
    /// The end of the last gap in `out`.
    gap_end: usize,
    /// The place in `out` of the first of `gaps` gaps, with nothing but commas between them.
    list: usize,
    gaps: usize,
}

impl Fingerprint<'_> {
    #[inline]
    fn make(mut self) -> usize {
        let mut is_in_word = false;
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let (block, len) = match rest.first_chunk() {
                Some(block) => (*block, BLOCK),
                None => (padded(rest), rest.len()),
            };
            let marks = Marks::of(block);
            if let Some(out) = self.out.get_mut(self.end..).and_then(|out| out.first_chunk_mut()) {
                *out = marks.small;
            }
            let places = marks.places(is_in_word, self.is_after_blank()) & ((1 << len) - 1);
            let plain = if places == 0 { len } else { places.trailing_zeros() as usize };
            self.at += plain;
            self.end += plain;
            if plain > 0 {
                is_in_word = marks.words >> (plain - 1) & 1 == 1;
            }
            if places != 0 {
                is_in_word = self.look(is_in_word);
            }
        }
        while self.end > 0 && matches!(self.out[self.end - 1], b' ' | b';') {
            self.end -= 1;
        }
        self.end
    }

    /// Reads what begins with a byte that needs a look. Says whether a word goes on after it.
    #[inline]
    fn look(&mut self, is_in_word: bool) -> bool {
        let Some(byte) = self.text.get(self.at) else { return is_in_word };
        match *byte {
            b'0'..=b'9' => self.number(),
            b'\'' => self.literal(),
            b' ' | b'\t'..=b'\r' => self.blank(0),
            b')' => self.close(),
            b'"' if self.dialect == Dialect::MySql => self.gap(measure::quoted(self.rest(), true)),
            b'"' => self.quoted_name(),
            b'`' if self.dialect == Dialect::MySql => self.quoted_name(),
            b'$' => return self.dollar(is_in_word),
            b'?' => self.gap(1 + measure::digits(&self.rest()[1..])),
            b'%' | b':' => self.placeholder(),
            _ => match measure::comment(self.rest(), self.dialect) {
                Some(len) => self.blank(len),
                None => self.copy(1),
            },
        }
        false
    }

    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn written(&self) -> &[u8] {
        &self.out[..self.end]
    }

    /// Says whether a blank here would be one too many.
    #[inline]
    fn is_after_blank(&self) -> bool {
        self.written().last().is_none_or(|byte| *byte == b' ')
    }

    /// Copies bytes, in small letters.
    fn copy(&mut self, len: usize) {
        self.copy_as_it_is(len);
        self.out[self.end - len..self.end].make_ascii_lowercase();
    }

    fn copy_as_it_is(&mut self, len: usize) {
        self.out[self.end..self.end + len].copy_from_slice(&self.text[self.at..self.at + len]);
        self.at += len;
        self.end += len;
    }

    /// Leaves out `len` bytes of a comment, and the blanks after it, for one blank.
    fn blank(&mut self, len: usize) {
        self.at += len;
        self.at += measure::blanks(self.rest());
        if !self.is_after_blank() {
            self.out[self.end] = b' ';
            self.end += 1;
        }
    }

    /// Writes a gap for `len` bytes.
    fn gap(&mut self, len: usize) {
        let goes_on = self.gaps > 0 && is_comma(&self.out[self.gap_end..self.end]);
        (self.list, self.gaps) = if goes_on { (self.list, self.gaps + 1) } else { (self.end, 1) };
        self.out[self.end] = b'?';
        self.at += len;
        self.end += 1;
        self.gap_end = self.end;
    }

    /// Reads a bracket: a list of gaps may end with it.
    fn close(&mut self) {
        let is_list = self.gaps > 1 && matches!(self.out[self.gap_end..self.end], [] | [b' ']);
        if !is_list {
            return self.copy(1);
        }
        let before = &self.out[..self.list];
        let Some(before) = before.strip_suffix(b" ").unwrap_or(before).strip_suffix(b"(") else { return self.copy(1) };
        let open = before.len();
        self.at += 1;
        self.gaps = 0;
        self.end = end_of_list(before).unwrap_or_else(|| {
            self.out[open..open + LIST.len()].copy_from_slice(LIST);
            open + LIST.len()
        });
        self.gap_end = self.end;
    }

    /// Reads a quoted literal, the letters in front of it included: `E'\n'`, `x'4D'`.
    fn literal(&mut self) {
        let prefix = self.prefix_len();
        let has_escapes = match self.dialect {
            Dialect::Standard => prefix == 1 && self.out[self.end - 1] == b'e',
            Dialect::MySql => true,
        };
        self.end -= prefix;
        self.gap(measure::quoted(self.rest(), has_escapes));
    }

    /// Measures the letters that belong to a literal.
    fn prefix_len(&self) -> usize {
        let (len, before) = match (self.written(), self.dialect) {
            ([before @ .., b'u', b'&'], Dialect::Standard) => (2, before),
            ([before @ .., b'e'], Dialect::Standard) | ([before @ .., b'b' | b'n' | b'x'], _) => (1, before),
            _ => return 0,
        };
        if before.last().is_some_and(|byte| is_of_word(*byte)) { 0 } else { len }
    }

    fn quoted_name(&mut self) {
        self.copy_as_it_is(measure::quoted(self.rest(), false));
    }

    /// Reads a word that begins with a digit.
    fn number(&mut self) {
        let decimals = if self.ends_with_point() { measure::decimals(self.rest()) } else { None };
        let Some(len) = decimals.or_else(|| measure::number(self.rest())) else {
            return self.copy(measure::word(self.rest()));
        };
        self.end -= usize::from(decimals.is_some());
        self.end -= usize::from(ends_with_sign(self.written()));
        self.gap(len);
    }

    /// Says whether a point is there that a number may begin with: `.5`.
    fn ends_with_point(&self) -> bool {
        let [before @ .., b'.'] = self.written() else { return false };
        !before.last().is_some_and(|byte| *byte == b'.' || ends_operand(*byte))
    }

    /// Reads a dollar sign. Says whether a word goes on after it.
    fn dollar(&mut self, is_in_word: bool) -> bool {
        let rest = self.rest();
        let digits = measure::digits(&rest[1..]);
        if !is_in_word && digits > 0 {
            self.gap(1 + digits);
            return false;
        }
        let quoted = if is_in_word || self.dialect == Dialect::MySql { None } else { measure::dollar_quoted(rest) };
        match quoted {
            Some(len) => self.gap(len),
            None => self.copy(1),
        }
        quoted.is_none()
    }

    fn placeholder(&mut self) {
        let is_operator = self.written().last().is_some_and(|byte| *byte == b':' || ends_operand(*byte));
        match measure::placeholder(self.rest()) {
            Some(len) if !is_operator => self.gap(len),
            _ => self.copy(1),
        }
    }
}

/// The gap of a list.
const LIST: &[u8] = b"(?+)";

/// Says whether nothing but a comma is there.
#[inline]
fn is_comma(text: &[u8]) -> bool {
    matches!(text, b"," | b", " | b" ," | b" , ")
}

/// Gives the end of a list before a comma at the end of a text.
fn end_of_list(text: &[u8]) -> Option<usize> {
    let text = text.strip_suffix(b" ").unwrap_or(text).strip_suffix(b",")?;
    let text = text.strip_suffix(b" ").unwrap_or(text);
    text.ends_with(LIST).then_some(text.len())
}

/// Says whether a sign at the end of a text can be no operator between two operands.
#[inline]
fn ends_with_sign(text: &[u8]) -> bool {
    let [before @ .., b'+' | b'-'] = text else { return false };
    let before = before.strip_suffix(b" ").unwrap_or(before);
    before.last().is_some_and(|byte| b"(,=<>".contains(byte))
}

/// Says whether a point, a percent sign or a colon right after this byte belongs to what ends with it.
fn ends_operand(byte: u8) -> bool {
    is_of_word(byte) || b"?)]\"`".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(dialect: Dialect, statement: impl AsRef<[u8]>, expected: &str) {
        let mut out = b"name: ".to_vec();
        sql(statement.as_ref(), dialect, &mut out);
        let shown = statement.as_ref().escape_ascii();
        assert_eq!(String::from_utf8_lossy(&out), format!("name: {expected}"), "{shown}");
    }

    #[track_caller]
    fn both(statement: &str, expected: &str) {
        has(Dialect::Standard, statement, expected);
        has(Dialect::MySql, statement, expected);
    }

    #[test]
    fn blanks_become_one_and_letters_small() {
        both("SELECT  Id\n\t FROM\r\n\x0b\x0cOrders ", "select id from orders");
        both("  \n SELECT 1 ; ;\n", "select ?");
        both("", "");
        both(" ; ", "");
        both("COMMIT", "commit");
        both("select a,b , c", "select a,b , c");
        both("SELECT ÄRGER FROM t", "select Ärger from t");
        both("select a;select b;", "select a;select b");
    }

    #[test]
    fn comments_go() {
        both("SELECT /* a 'quote */ 1", "select ?");
        both("SELECT a/**/b", "select a b");
        both("SELECT a -- it's\nFROM t", "select a from t");
        both("/* app:shop */ SELECT a -- end", "select a");
        both("SELECT a - b / c - -d /e*f", "select a - b / c - -d /e*f");
        both("SELECT a /* never ended", "select a");
        has(Dialect::Standard, "a /* b /* c */ d */ e", "a e");
        has(Dialect::MySql, "a /* b /* c */ d */ e", "a d */ e");
        has(Dialect::Standard, "a--1\n+ b # c", "a + b # c");
        has(Dialect::MySql, "a--1\n+ b # c", "a--? + b");
        has(Dialect::MySql, "SELECT /*!40001 SQL_NO_CACHE */ * FROM t --", "select * from t");
        has(Dialect::MySql, "# why\nSELECT 1", "select ?");
        has(Dialect::Standard, "a #> '{b}' /", "a #> ? /");
    }

    #[test]
    fn literals_become_gaps() {
        both("a = 'it''s' AND b = ''", "a = ? and b = ?");
        both("a = 'never ended AND b", "a = ?");
        both("N'a' X'4D' b'01'", "? ? ?");
        both("DATE'2026-03-12' 'a' 'b'", "date? ? ?");
        has(Dialect::Standard, r"a = '\' AND b = E'\'' AND c = e'\\'", "a = ? and b = ? and c = ?");
        has(Dialect::Standard, r"U&'\0041' U&'a' blue'x' u'x'", "? ? blue? u?");
        has(Dialect::MySql, r#"a = '\'' AND b = "it's \" '""" AND c = E'x'"#, "a = ? and b = ? and c = e?");
        has(Dialect::MySql, "_utf8mb4'a'", "_utf8mb4?");
    }

    #[test]
    fn dollar_quotes_are_of_the_standard() {
        has(Dialect::Standard, "DO $$ it's $1 $$; a", "do ?; a");
        has(Dialect::Standard, "f($a$ $$ $b$ $a$, 1)", "f(?+)");
        has(Dialect::Standard, "$never$ ended", "?");
        has(Dialect::Standard, "a$b$c", "a$b$c");
        has(Dialect::Standard, "$A", "$a");
        has(Dialect::MySql, "a $$ b $A$1 $2", "a $$ b $a$1 ?");
    }

    #[test]
    fn quoted_names_stay() {
        has(Dialect::Standard, r#"SELECT "My  ""Id"" 7", `A` FROM"#, r#"select "My  ""Id"" 7", `a` from"#);
        has(Dialect::MySql, "SELECT `My  ``Id 7` FROM", "select `My  ``Id 7` from");
        has(Dialect::Standard, "\"Never 1", "\"Never 1");
    }

    #[test]
    fn numbers_become_gaps() {
        both("1 1.5 1. .5 1e5 1.5E-3 2e+7 0x1F 0b01 0o17 1_000", "? ? ? ? ? ? ? ? ? ? ?");
        both("orders_2026 t1 a$1 x2y 2fa_tokens 1e 0xG 0b2 5e+x", "orders_2026 t1 a$1 x2y 2fa_tokens 1e 0xg 0b2 5e+x");
        both("t.5 t1.c2 shop.2026_sales 1..10 a(.5)", "t.? t1.c2 shop.2026_sales ?..? a(?)");
        both("LIMIT 10,20", "limit ?,?");
        both("é1 é 1", "é1 é ?");
    }

    #[test]
    fn a_sign_belongs_to_a_number_after_an_operator() {
        both("a = -5 AND b >-.5 AND c IN (-1, +2, 3)", "a = ? and b >? and c in (?+)");
        both("a - 5, a -5, a-5, LIMIT -1", "a - ?, a -?, a-?, limit -?");
        both("(- 5)", "(- ?)");
    }

    #[test]
    fn placeholders_become_gaps() {
        both(
            "a = $1 AND b = ? AND c = %s AND d = %(id_1)s AND e = :id_1",
            "a = ? and b = ? and c = ? and d = ? and e = ?",
        );
        both("a = $12 AND b = ?2", "a = ? and b = ?");
        both("a::int, a :: int, a[1:n], b:=c, 'x'::text", "a::int, a :: int, a[?:n], b:=c, ?::text");
        both("a%s 5%s (a)%s a % s %size %% %(x) %()s", "a%s ?%s (a)%s a % s %size %% %(x) %()s");
    }

    #[test]
    fn lists_become_one() {
        both("IN (1)", "in (?)");
        both("IN (1,2)", "in (?+)");
        both("IN ( 1 , 'b',\n$3 /* c */ )", "in (?+)");
        both("VALUES (1, 2), (3, 4),(5, 6)\n, (7, 8)", "values (?+)");
        both("VALUES (1, now()), (2, now())", "values (?, now()), (?, now())");
        both("IN ((1, 2), (3, 4))", "in ((?+))");
        both("f(a, 1, 2) (1, 2 3) (1, 2, a) (1,, 2)", "f(a, ?, ?) (?, ? ?) (?, ?, a) (?,, ?)");
        both("(1, 2) (3, 4)", "(?+) (?+)");
        both("(?+), (1, 2)", "(?+)");
        both("1, 2), (3, 4)", "?, ?), (?+)");
        has(Dialect::Standard, r#""(?, ?" 1, 2)"#, r#""(?, ?" ?, ?)"#);
    }

    #[test]
    fn any_bytes_are_read() {
        has(Dialect::Standard, b"a\xFF1 \0 = \xC3 1".as_slice(), "a\u{FFFD}1 \0 = \u{FFFD} ?");
    }
}
