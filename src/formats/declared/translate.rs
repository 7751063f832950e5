//! Patterns in the words of the programs that write the logs: nginx's `log_format`, Apache's `LogFormat` and Envoy's
//! access log format. They become patterns with gaps.

use super::pattern::{PatternError, Place, Problem};

/// Gives the pattern with gaps of a text in any of the languages. In one of gaps, `{dur…}` is always there.
pub(super) fn translate(text: &str, nth: usize) -> Result<String, PatternError> {
    let is_of_gaps = text.contains("{dur:") || text.contains("{dur}");
    if is_of_gaps {
        return Ok(text.to_owned());
    }
    let directives = text.contains('%');
    let variables = text.char_indices().any(|(at, byte)| byte == '$' && variable(&text[at..]).is_some());
    let mut writer = Writer { out: String::new(), place: Place::Pattern(nth) };
    if directives && text.char_indices().any(|(at, byte)| byte == '%' && command(&text[at..]).is_some()) {
        writer.envoy(text);
    } else if directives && !variables {
        writer.apache(text)?;
    } else if variables {
        writer.nginx(text);
    } else {
        return Ok(text.to_owned());
    }
    Ok(writer.out)
}

/// The pattern as it is written.
struct Writer {
    out: String,
    place: Place,
}

impl Writer {
    fn text(&mut self, character: char) {
        self.out.push(character);
        if matches!(character, '{' | '}') {
            self.out.push(character);
        }
    }

    fn gap(&mut self, gap: &str) {
        self.out.push('{');
        self.out.push_str(gap);
        self.out.push('}');
    }

    /// Writes a gap of any text.
    fn label(&mut self, name: &str) {
        let plain =
            |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' };
        let name: String = name.chars().map(plain).collect();
        let name = name.trim_matches('_').to_owned();
        // A word of the log that has a role here would need its type, and a second one of a name would be a mistake.
        let is_taken = ["time", "start", "dur", "name", "id", "parent", "group"].contains(&name.as_str())
            || self.out.contains(&format!("{{{name}}}"))
            || self.out.contains(&format!("{{{name}:"));
        self.gap(if is_taken { "" } else { &name });
    }

    /// Writes a gap of a role or type, or a skip if it is there already.
    fn once(&mut self, gap: &str) {
        let name = gap.split(':').next().unwrap_or_default();
        let is_there = self.out.contains(&format!("{{{name}:")) || self.out.contains(&format!("{{{name}}}"));
        self.gap(if is_there { "" } else { gap });
    }

    fn nginx(&mut self, text: &str) {
        let has_request_time = text.contains("$request_time") || text.contains("${request_time}");
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let Some((name, len)) = Some(first).filter(|first| *first == '$').and_then(|_| variable(rest)) else {
                self.text(first);
                rest = &rest[first.len_utf8()..];
                continue;
            };
            match name {
                "request" => self.once("request:request"),
                "request_method" => self.once("method"),
                "request_uri" | "uri" | "document_uri" => self.once("path:route"),
                "request_time" => self.once("dur:s"),
                "upstream_response_time" if !has_request_time => self.once("dur:list_s"),
                "upstream_response_time" => self.once("upstream_response_time:list_s"),
                "time_local" => self.once("time:clf"),
                "time_iso8601" => self.once("time:iso"),
                "msec" => self.once("time:epoch"),
                "request_id" => self.once("id"),
                "status" => self.once("status:int"),
                "body_bytes_sent" | "bytes_sent" | "request_length" | "connection" => self.once(&format!("{name}:int")),
                _ => self.label(name),
            }
            rest = &rest[len..];
        }
    }

    fn apache(&mut self, text: &str) -> Result<(), PatternError> {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(quote) = rest.strip_prefix("\\\"") {
                self.text('"');
                rest = quote;
            } else if let Some(after) = rest.strip_prefix("%%") {
                self.text('%');
                rest = after;
            } else if first == '%' {
                let column = text[..text.len() - rest.len()].chars().count() + 1;
                let directive = Directive::of(rest);
                let unknown = || {
                    let shown = rest.split([' ', '"']).next().unwrap_or(rest).to_owned();
                    PatternError { place: self.place, column, problem: Problem::Unknown(shown) }
                };
                let directive = directive.ok_or_else(unknown)?;
                // A path and its query are one text.
                let query = if directive.letter == 'U' { &rest[directive.len..] } else { "" };
                let skipped = if query.starts_with("%q") { 2 } else { 0 };
                if !self.directive(&directive) {
                    let shown = rest[..directive.len].to_owned();
                    return Err(PatternError { place: self.place, column, problem: Problem::Unknown(shown) });
                }
                rest = &rest[directive.len + skipped..];
            } else {
                self.text(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(())
    }

    /// Writes what Apache writes for a directive, if it is known.
    fn directive(&mut self, directive: &Directive<'_>) -> bool {
        let Directive { letter, argument, .. } = *directive;
        match (letter, argument) {
            ('h' | 'a', _) => self.label("remote"),
            ('l', _) => self.label("logname"),
            ('u', _) => self.label("user"),
            // It has the brackets in it, and is the time of receipt.
            ('t', "") => self.out.push_str("[{start:clf}]"),
            ('t', "sec" | "begin:sec") => self.once("start:epoch"),
            ('t', "end:sec") => self.once("time:epoch"),
            ('t', "msec" | "begin:msec") => self.once("start:epoch_ms"),
            ('t', "end:msec") => self.once("time:epoch_ms"),
            ('r', _) => self.once("request:request"),
            ('m', _) => self.once("method"),
            ('U', _) => self.once("path:route"),
            ('D', _) | ('T', "us") => self.once("dur:us"),
            ('T', "ms") => self.once("dur:ms"),
            ('T', "" | "s") => self.once("dur:s"),
            ('s', _) => self.once("status:int"),
            ('b' | 'B' | 'O', _) => self.once("bytes:int"),
            ('I', _) => self.once("received:int"),
            ('L', _) => self.label("log_id"),
            ('v' | 'V', _) => self.label("server"),
            ('H', _) => self.label("protocol"),
            ('A' | 'f' | 'k' | 'q' | 'R' | 'S' | 'X', "") | ('p' | 'P', _) => self.gap(""),
            ('i' | 'o' | 'e' | 'n' | 'C' | 'x', name) if !name.is_empty() => self.label(name),
            _ => return false,
        }
        true
    }

    fn envoy(&mut self, text: &str) {
        const REQUEST: [&str; 2] =
            ["%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%", "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%"];
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(after) = REQUEST.iter().find_map(|request| rest.strip_prefix(request)) {
                self.once("request:request");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("%%") {
                self.text('%');
                rest = after;
            } else if let Some((name, argument, len)) = command(rest) {
                self.command(name, argument);
                rest = &rest[len..];
            } else {
                self.text(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }

    fn command(&mut self, name: &str, argument: &str) {
        let header = argument.split(['?', ')']).next().unwrap_or_default();
        match (name, header) {
            ("START_TIME", "" | "(") => self.once("start:iso"),
            ("START_TIME", _) => self.gap(""),
            ("REQ", "(:METHOD") => self.once("method"),
            ("REQ", "(:PATH" | "(X-ENVOY-ORIGINAL-PATH") => self.once("path:route"),
            ("REQ", "(X-REQUEST-ID") => self.once("id"),
            ("DURATION", _) => self.once("dur:ms"),
            ("RESPONSE_CODE", "") => self.once("status:int"),
            ("BYTES_RECEIVED" | "BYTES_SENT", _) => self.once(&format!("{}:int", name.to_ascii_lowercase())),
            ("REQ" | "RESP" | "TRAILER", _) => self.label(&header.to_ascii_lowercase()),
            _ => self.label(name),
        }
    }
}

/// Gives the name of nginx's variable at the beginning of a text, and its length there.
fn variable(text: &str) -> Option<(&str, usize)> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let name_len = |text: &str| text.bytes().take_while(|byte| is_of_name(*byte)).count();
    let after = text.strip_prefix('$')?;
    let (name, len) = match after.strip_prefix('{') {
        Some(inside) => {
            let len = name_len(inside);
            inside[len..].starts_with('}').then_some((&inside[..len], len + 3))?
        }
        None => (&after[..name_len(after)], name_len(after) + 1),
    };
    name.starts_with(|first: char| first.is_ascii_alphabetic()).then_some((name, len))
}

/// Gives the name and the argument, with its brackets, of Envoy's command operator at the beginning of a text, and its
/// length there.
fn command(text: &str) -> Option<(&str, &str, usize)> {
    let after = text.strip_prefix('%')?;
    let len = after.bytes().take_while(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9')).count();
    let (name, rest) = after.split_at(len);
    let argument = if rest.starts_with('(') { rest.find(')').map(|end| &rest[..=end])? } else { "" };
    let rest = &rest[argument.len()..];
    // The most bytes of the value.
    let limit = match rest.strip_prefix(':') {
        Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    let is_whole = len >= 2 && rest[limit..].starts_with('%');
    is_whole.then(|| (name, argument, 1 + len + argument.len() + limit + 1))
}

/// A directive of Apache.
struct Directive<'a> {
    letter: char,
    /// The text in its braces.
    argument: &'a str,
    /// Its bytes in all.
    len: usize,
}

impl<'a> Directive<'a> {
    /// Parses one at the beginning of a text: `%h`, `%>s`, `%{ms}T`, `%!200,304{Referer}i`.
    fn of(text: &'a str) -> Option<Self> {
        let is_modifier = |character: char| character.is_ascii_digit() || matches!(character, '!' | ',' | '<' | '>');
        let after = text.strip_prefix('%')?.trim_start_matches(is_modifier);
        let (argument, after) = match after.strip_prefix('{') {
            Some(inside) => inside.split_once('}')?,
            None => ("", after),
        };
        let after = after.trim_start_matches(is_modifier);
        let letter = after.chars().next().filter(char::is_ascii_alphabetic)?;
        Some(Self { letter, argument, len: text.len() - after.len() + 1 })
    }
}
