//! The lengths of a statement's parts. Each is measured from its first byte; what is never ended ends with the text.

use super::Dialect;

/// Says whether a byte is a blank.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Says whether a byte can be a part of a name or a number.
#[inline]
pub(super) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

fn run(text: &[u8], is_of_it: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| is_of_it(**byte)).count()
}

pub(super) fn blanks(text: &[u8]) -> usize {
    run(text, is_blank)
}

pub(super) fn word(text: &[u8]) -> usize {
    run(text, is_of_word)
}

pub(super) fn digits(text: &[u8]) -> usize {
    run(text, |byte| byte.is_ascii_digit())
}

/// Measures a comment: `-- …`, `/* … */`, in MySQL also `# …`.
pub(super) fn comment(text: &[u8], dialect: Dialect) -> Option<usize> {
    let to_end_of_line = || Some(memchr::memchr(b'\n', text).unwrap_or(text.len()));
    match (text, dialect) {
        ([b'-', b'-', ..], Dialect::Standard) | ([b'#', ..], Dialect::MySql) => to_end_of_line(),
        // `5--1` is six.
        ([b'-', b'-', rest @ ..], Dialect::MySql) if rest.first().is_none_or(|byte| *byte <= b' ') => to_end_of_line(),
        ([b'/', b'*', ..], Dialect::MySql) => {
            Some(memchr::memmem::find(&text[2..], b"*/").map_or(text.len(), |end| end + 4))
        }
        ([b'/', b'*', ..], Dialect::Standard) => Some(nested_comment(text)),
        _ => None,
    }
}

/// Measures a comment that may have comments in it.
fn nested_comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (2, 1_usize);
    while depth > 0 {
        let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'*', b'/', rest)) else { return text.len() };
        at += found;
        match text[at..] {
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            _ => at += 1,
        }
    }
    at
}

/// Measures a text in quotes of any kind. Doubled, the quote is a part of the text; so is one after a backslash, where
/// these escape.
#[inline]
pub(super) fn quoted(text: &[u8], has_escapes: bool) -> usize {
    let Some(quote) = text.first().copied() else { return 0 };
    let mut at = 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let found = if has_escapes { memchr::memchr2(quote, b'\\', rest) } else { memchr::memchr(quote, rest) };
        let Some(found) = found else { return text.len() };
        at += found;
        if text[at] == quote && text.get(at + 1) != Some(&quote) {
            return at + 1;
        }
        at += 2;
    }
}

/// Measures `$$…$$` or `$tag$…$tag$`.
pub(super) fn dollar_quoted(text: &[u8]) -> Option<usize> {
    let tag = run(text.get(1..)?, |byte| is_of_word(byte) && byte != b'$');
    if text.get(1).is_some_and(u8::is_ascii_digit) || text.get(tag + 1) != Some(&b'$') {
        return None;
    }
    let (tag, rest) = text.split_at(tag + 2);
    Some(memchr::memmem::find(rest, tag).map_or(text.len(), |end| tag.len() + end + tag.len()))
}

/// Measures a placeholder: `%s`, `%(id_1)s`, `:id`. (Those that begin with `$` and `?` are measured where these are.)
pub(super) fn placeholder(text: &[u8]) -> Option<usize> {
    let len = match text {
        [b'%', b's', ..] => 2,
        [b'%', b'(', name @ ..] => {
            let name_len = word(name);
            if name_len == 0 || !name[name_len..].starts_with(b")s") {
                return None;
            }
            2 + name_len + 2
        }
        [b':', first, ..] if first.is_ascii_alphabetic() || *first == b'_' => return Some(1 + word(&text[1..])),
        _ => return None,
    };
    text.get(len).is_none_or(|byte| !is_of_word(*byte)).then_some(len)
}

/// Measures a number, where the word that begins with a digit is one: `42`, `1_000`, `1.5e-3`, `0x1F`.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<usize> {
    let len = word(text);
    if run(text, is_decimal) < len {
        return with_exponent(text, len).or_else(|| is_of_other_base(&text[..len]).then_some(len));
    }
    match &text[len..] {
        // `1..10` are two numbers.
        [b'.', b'.', ..] => Some(len),
        [b'.', fraction @ ..] => Some(decimals(fraction).map_or(len, |decimals| len + 1 + decimals)),
        _ => Some(len),
    }
}

/// Measures the digits after a point, if the word that they are in is nothing else.
pub(super) fn decimals(text: &[u8]) -> Option<usize> {
    let len = word(text);
    if run(text, is_decimal) == len { Some(len) } else { with_exponent(text, len) }
}

fn is_decimal(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// Measures digits and an exponent. The word that begins with them is `len` bytes long, and the sign is after it.
fn with_exponent(text: &[u8], len: usize) -> Option<usize> {
    let digits_len = run(text, is_decimal);
    let [b'e' | b'E', exponent @ ..] = &text[digits_len..len] else { return None };
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let end = match &text[len..] {
        [b'+' | b'-', after @ ..] if exponent.is_empty() => {
            let after = &after[..word(after)];
            is_number(after).then_some(len + 1 + after.len())
        }
        _ => is_number(exponent).then_some(len),
    };
    end.filter(|_| digits_len > 0)
}

fn is_of_other_base(word: &[u8]) -> bool {
    let (is_digit, digits): (fn(u8) -> bool, _) = match word {
        [b'0', b'x' | b'X', digits @ ..] => (|byte| byte.is_ascii_hexdigit(), digits),
        [b'0', b'o' | b'O', digits @ ..] => (|byte| matches!(byte, b'0'..=b'7'), digits),
        [b'0', b'b' | b'B', digits @ ..] => (|byte| matches!(byte, b'0' | b'1'), digits),
        _ => return false,
    };
    !digits.is_empty() && digits.iter().all(|byte| is_digit(*byte) || *byte == b'_')
}
