//! Strings of JSON, in logs and in plans.

/// Appends a JSON string up to the quote that ends it, without its escapes. Says whether it is ended.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = text;
    loop {
        let Some(at) = memchr::memchr2(b'"', b'\\', rest) else {
            out.extend_from_slice(rest);
            return false;
        };
        out.extend_from_slice(&rest[..at]);
        let Some((escaped, after)) = rest[at + 1..].split_first().filter(|_| rest[at] == b'\\') else {
            return rest[at] == b'"';
        };
        rest = after;
        match escaped {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => rest = unescape_unicode(rest, out),
            other => out.push(*other),
        }
    }
}

/// Appends the character of the four digits after `\u`, and gives what stands after them.
#[cold]
fn unescape_unicode<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let unit = |text: &[u8]| {
        let digits = text.first_chunk::<4>()?;
        u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?, 16).ok()
    };
    let second = || text.get(4..).and_then(|rest| unit(rest.strip_prefix(b"\\u")?));
    let Some(first) = unit(text) else {
        out.push(b'u');
        return text;
    };
    let pair = [first, second().unwrap_or(0)];
    let (character, len) = match char::decode_utf16(pair).next() {
        Some(Ok(character)) => (character, if character.len_utf16() == 2 { 10 } else { 4 }),
        _ => (char::REPLACEMENT_CHARACTER, 4),
    };
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    &text[len..]
}
