//! Strings as JSON, logfmt and CSV write them.

use crate::formats::json::Text;

/// Finds the end of a string whose opening quote is before `from`: the place of its closing quote.
pub(super) fn closing_quote(line: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Appends a string without its quotes, as it was before it was escaped. What is no escape stands as it is.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) {
    Text::new(text, true).append_to(out);
}

/// Appends a field of CSV without its quotes: two of them within it are one.
pub(super) fn undouble(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr::memmem::find(text, b"\"\"") {
        out.extend_from_slice(&text[..=at]);
        text = &text[at + 2..];
    }
    out.extend_from_slice(text);
}

/// Finds the end of a field of CSV whose opening quote is before `from`: the place of its closing quote.
pub(super) fn closing_quote_of_csv(line: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(b'"', line.get(at..)?)?;
        if line.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_a_library_writes_is_read_back(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let end = closing_quote(json.as_bytes(), 1);
            prop_assert_eq!(end, Some(json.len() - 1));
            let mut out = Vec::new();
            unescape(&json.as_bytes()[1..json.len() - 1], &mut out);
            prop_assert_eq!(String::from_utf8(out), Ok(text.clone()));
            let csv = format!("{},", text.replace('"', "\"\""));
            let csv = format!("{}\",x", &csv[..csv.len() - 1]);
            let end = closing_quote_of_csv(csv.as_bytes(), 0).unwrap();
            prop_assert_eq!(end, csv.len() - 3);
            let mut out = Vec::new();
            undouble(&csv.as_bytes()[..end], &mut out);
            prop_assert_eq!(String::from_utf8(out), Ok(text));
        }

        #[test]
        fn escapes_are_those_of_a_library(text in r#"([a-z é]|\\["\\/bfnrt]|\\u[0-9a-cefA-CEF][0-9a-f]{3}|\\ud83d\\ude00){0,20}"#) {
            let mut out = Vec::new();
            unescape(text.as_bytes(), &mut out);
            let expected: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            prop_assert_eq!(String::from_utf8(out), Ok(expected));
        }

        #[test]
        fn any_bytes_end_somewhere(text in prop::collection::vec(prop::sample::select(b"\\\"u0dD8 nx".to_vec()), 0..40)) {
            let mut out = Vec::new();
            unescape(&text, &mut out);
            undouble(&text, &mut out);
            let _ = (closing_quote(&text, 0), closing_quote_of_csv(&text, 0));
        }
    }
}
