//! The few Python literals that name a file in `args` and `kwargs` of a logging file.

/// A value in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text in quotes.
    Text(String),
    /// `None`.
    Nothing,
    /// A number, or something that only Python can compute.
    Other,
}

/// Reads the values of a tuple or a list; none if the text is neither.
pub(super) fn tuple(text: &str) -> Option<Vec<Value>> {
    let mut scanner = Scanner { rest: text };
    let close = scanner.open(&[('(', ')'), ('[', ']')]);
    let mut values = Vec::new();
    let mut comma = false;
    while !scanner.closes(close) {
        values.push(scanner.value()?);
        comma = scanner.skip(',');
        if !comma && !scanner.is_at_end_of(close) {
            return None;
        }
    }
    // ("x") is a text in parentheses, which Python would take letter by letter.
    let is_tuple = comma || values.len() > 1 || close == Some(']') || (values.is_empty() && close.is_some());
    (is_tuple && scanner.is_done()).then_some(values)
}

/// Reads the keys and values of a dictionary with texts as keys; none if the text is not one.
pub(super) fn dictionary(text: &str) -> Option<Vec<(String, Value)>> {
    let mut scanner = Scanner { rest: text };
    let close = Some(scanner.open(&[('{', '}')])?);
    let mut values = Vec::new();
    while !scanner.closes(close) {
        let Value::Text(key) = scanner.value()? else { return None };
        if !scanner.skip(':') {
            return None;
        }
        values.push((key, scanner.value()?));
        if !scanner.skip(',') && !scanner.is_at_end_of(close) {
            return None;
        }
    }
    scanner.is_done().then_some(values)
}

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    /// Skips blanks and comments.
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('#') {
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        }
    }

    fn skip(&mut self, character: char) -> bool {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Skips an opening bracket, and says which will close.
    fn open(&mut self, pairs: &[(char, char)]) -> Option<char> {
        pairs.iter().find(|(open, _)| self.skip(*open)).map(|(_, close)| *close)
    }

    /// Tells whether the closing bracket is next, or the end of the text where nothing was opened.
    fn is_at_end_of(&mut self, close: Option<char>) -> bool {
        self.skip_blanks();
        close.map_or(self.rest.is_empty(), |close| self.rest.starts_with(close))
    }

    /// Skips the closing bracket, if it is next.
    fn closes(&mut self, close: Option<char>) -> bool {
        self.is_at_end_of(close) && close.is_none_or(|close| self.skip(close))
    }

    fn is_done(&mut self) -> bool {
        self.is_at_end_of(None)
    }

    /// Reads a value up to the next comma, colon or closing bracket, if there is one.
    fn value(&mut self) -> Option<Value> {
        self.skip_blanks();
        let mut text = None::<String>;
        while let Some(part) = self.text() {
            text.get_or_insert_default().push_str(&part);
            self.skip_blanks();
        }
        let expression = self.skip_expression();
        match text {
            Some(text) if expression.is_empty() => Some(Value::Text(text)),
            None if expression.is_empty() => None,
            None if expression == "None" => Some(Value::Nothing),
            _ => Some(Value::Other),
        }
    }

    /// Skips an expression that is not a text, and returns it.
    fn skip_expression(&mut self) -> &str {
        let start = self.rest;
        let mut depth = 0_usize;
        while let Some(character) = self.rest.chars().next() {
            match character {
                ',' | ':' | ')' | ']' | '}' if depth == 0 => break,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '"' | '\'' if self.text().is_some() => continue,
                _ => {}
            }
            self.rest = &self.rest[character.len_utf8()..];
        }
        start[..start.len() - self.rest.len()].trim_end()
    }

    /// Reads a text in quotes, plain or raw, if one is next. Other kinds are not texts, or have to be computed.
    fn text(&mut self) -> Option<String> {
        let quote_at = self.rest.find(['"', '\''])?;
        let raw = match &self.rest[..quote_at] {
            "" | "u" | "U" => false,
            "r" | "R" => true,
            _ => return None,
        };
        let quote = self.rest[quote_at..].chars().next()?;
        let (text, rest) = quoted(&self.rest[quote_at + 1..], quote, raw)?;
        self.rest = rest;
        Some(text)
    }
}

/// Reads a text up to its quote. Returns the text and the rest.
fn quoted(text: &str, quote: char, raw: bool) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            found if found == quote => return Some((out, rest.as_str())),
            '\n' => return None,
            '\\' if raw => out.extend(['\\', rest.next()?]),
            '\\' => rest = escape(rest.as_str(), &mut out)?.chars(),
            other => out.push(other),
        }
    }
}

/// Reads an escape after a backslash. Returns the rest.
fn escape<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let kind = text.chars().next()?;
    let rest = &text[kind.len_utf8()..];
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0'..='7' => {
            let end = text.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            out.push(char::from_u32(u32::from_str_radix(&text[..end], 8).ok()?)?);
            return Some(&text[end..]);
        }
        'N' => return None,
        _ => {
            push_simple_escape(kind, out);
            return Some(rest);
        }
    };
    let number = rest.get(..digits).filter(|number| number.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    out.push(char::from_u32(u32::from_str_radix(number, 16).ok()?)?);
    rest.get(digits..)
}

fn push_simple_escape(kind: char, out: &mut String) {
    match kind {
        '\n' => {}
        '\\' | '\'' | '"' => out.push(kind),
        'a' => out.push('\x07'),
        'b' => out.push('\x08'),
        'f' => out.push('\x0c'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'v' => out.push('\x0b'),
        // Python leaves the backslash where it means nothing.
        _ => out.extend(['\\', kind]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn tuples() {
        for (source, values) in [
            (r#"("/tmp/x.log",)"#, vec![text("/tmp/x.log")]),
            (" ( '/a' '/b' , 'a', ) ", vec![text("/a/b"), text("a")]),
            ("['/a']", vec![text("/a")]),
            ("'/a', None", vec![text("/a"), Value::Nothing]),
            ("(\n'/a', # the log\n 'w')", vec![text("/a"), text("w")]),
            (r"(r'C:\new', 'a\tb\x41\101\u00e4\q\'')", vec![text(r"C:\new"), text("a\tbAA\u{e4}\\q'")]),
            ("('/a', 10*(1024, ')'), 5)", vec![text("/a"), Value::Other, Value::Other]),
            ("(os.path.join('/a', 'b'),)", vec![Value::Other]),
            ("('/a' + x, b'/a', f'/a', '\\N{DASH}')", vec![Value::Other; 4]),
            ("(sys.stdout,)", vec![Value::Other]),
            ("()", vec![]),
            ("(\"\"\"/a\"\"\",)", vec![text("/a")]),
        ] {
            assert_eq!(tuple(source), Some(values), "{source}");
        }
    }

    #[test]
    fn no_tuples() {
        for source in [
            "",
            "(",
            "('/a',",
            "('/a'",
            "(,)",
            "('/a'], )",
            "('/a')",
            "'/a'",
            "('/a',) + x",
            "('/a':1)",
            "x",
            "{'a': 1}",
        ] {
            assert_eq!(tuple(source), None, "{source}");
        }
    }

    #[test]
    fn dictionaries() {
        let values = vec![("filename".to_owned(), text("/a")), ("delay".to_owned(), Value::Other)];
        assert_eq!(dictionary("{'filename': '/a', 'delay': True}"), Some(values));
        assert_eq!(dictionary(" {} "), Some(vec![]));
        for source in ["", "{", "{'a': 1", "{'a': }", "()", "{'a'}", "{a: 1}", "dict(filename='/a')", "{'a': 1} | x"] {
            assert_eq!(dictionary(source), None, "{source}");
        }
    }
}
