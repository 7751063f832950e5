//! The end of a JSON object: where it is, and that there is one.

/// The deepest nesting of objects and lists. Genuine ones have three levels.
const MAX_DEPTH: u32 = 128;

/// The thing that comes next, blanks aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of a list.
    ValueOrEnd,
    Key,
    /// A key, or the end of an object.
    KeyOrEnd,
    /// A comma, or the end of the object or list.
    CommaOrEnd,
}

/// Objects and lists that are open: a bit each, 1 for an object, the innermost lowest.
#[derive(Debug, Default)]
struct Open {
    kinds: u128,
    depth: u32,
}

impl Open {
    fn push(&mut self, is_object: bool) -> Option<()> {
        self.kinds = self.kinds << 1 | u128::from(is_object);
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    fn is_object(&self) -> bool {
        self.kinds & 1 == 1
    }

    fn pop(&mut self) {
        self.kinds >>= 1;
        self.depth -= 1;
    }
}

/// Counts the bytes of the JSON object at the beginning of `text`, if it is whole. Numbers and words such as `null` can
/// be any letters, digits, points and signs, since Python writes `NaN`, too. Text in quotes can be any bytes.
pub fn measure_object(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let mut open = Open::default();
    open.push(true)?;
    let (mut at, mut next) = (1, Next::KeyOrEnd);
    loop {
        at += blanks(&text[at..]);
        let byte = *text.get(at)?;
        at += 1;
        next = match (next, byte) {
            (Next::Value | Next::ValueOrEnd, b'{') => {
                open.push(true)?;
                Next::KeyOrEnd
            }
            (Next::Value | Next::ValueOrEnd, b'[') => {
                open.push(false)?;
                Next::ValueOrEnd
            }
            (Next::Value | Next::ValueOrEnd, b'"') => {
                at += measure_string(&text[at..])?;
                Next::CommaOrEnd
            }
            (Next::Value | Next::ValueOrEnd, byte) if is_of_word(byte) => {
                at += text[at..].iter().take_while(|byte| is_of_word(**byte)).count();
                Next::CommaOrEnd
            }
            (Next::Key | Next::KeyOrEnd, b'"') => {
                at += measure_string(&text[at..])?;
                at += blanks(&text[at..]);
                if text.get(at) != Some(&b':') {
                    return None;
                }
                at += 1;
                Next::Value
            }
            (Next::CommaOrEnd, b',') if open.is_object() => Next::Key,
            (Next::CommaOrEnd, b',') => Next::Value,
            (Next::KeyOrEnd, b'}') | (Next::ValueOrEnd, b']') => close(&mut open),
            (Next::CommaOrEnd, b'}') if open.is_object() => close(&mut open),
            (Next::CommaOrEnd, b']') if !open.is_object() => close(&mut open),
            _ => return None,
        };
        if open.depth == 0 {
            return Some(at);
        }
    }
}

fn close(open: &mut Open) -> Next {
    open.pop();
    Next::CommaOrEnd
}

#[inline]
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count()
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
}

/// Counts the bytes up to the quote that ends a text, and the quote.
#[inline]
fn measure_string(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_objects() {
        for text in [
            "{}",
            "{ }",
            r#"{"a": 1}"#,
            r#"{"a" : [ ] , "b": [{}, [], "x", -1.5e+3, null, NaN]}"#,
            r#"{"a": "}", "b": "\"}", "c": "\\"}"#,
            r#"{"ü": "größe"}"#,
            "{\"a\":\t\"\u{1}\"}",
        ] {
            assert_eq!(measure_object(text.as_bytes()), Some(text.len()), "{text}");
            assert_eq!(measure_object(format!("{text}}}\"").as_bytes()), Some(text.len()), "{text}");
            for len in 0..text.len() {
                assert_eq!(measure_object(&text.as_bytes()[..len]), None, "{text} cut at {len}");
            }
        }
    }

    #[test]
    fn no_objects() {
        for text in [
            "",
            "[]",
            "x",
            "{{}}",
            "{x}",
            r#"{\"a\": 1}"#,
            r#"{"a"}"#,
            r#"{"a" 1}"#,
            r#"{"a": 1,}"#,
            r#"{"a": [1}"#,
            r#"{"a": 1]"#,
            r#"{"a": 1 2}"#,
            r#"{"a": }"#,
            r#"{"a": [,]}"#,
            r#"{"a": 1 "b": 2}"#,
            r"{,}",
            r#"{"a": {]}"#,
        ] {
            assert_eq!(measure_object(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{{\"a\": {}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(measure_object(nested(128).as_bytes()).is_some());
        assert!(measure_object(nested(129).as_bytes()).is_none());
    }
}
