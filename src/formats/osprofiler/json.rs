//! The end of a JSON object: where it is, and that there is one.

use crate::formats::json::skip_container;

/// Counts the bytes of the JSON object at the beginning of `text`, if it is whole. Numbers and words such as `null` can
/// be any letters, digits, points and signs, since Python writes `NaN`, too. Text in quotes can be any bytes.
pub fn measure_object(text: &[u8]) -> Option<usize> {
    if text.first() == Some(&b'{') { skip_container(text, 0).ok() } else { None }
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
