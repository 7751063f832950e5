//! The walk beside `serde_json`, and what that has no answer to.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Broken, Cursor, Text, Unfit, integer, scaled};

/// Builds the value of a whole document, by every step that a walk has.
fn build(document: &[u8]) -> Result<Value, Broken> {
    let mut cursor = Cursor::new(document);
    let value = value(&mut cursor)?;
    cursor.end()?;
    Ok(value)
}

fn value(cursor: &mut Cursor<'_>) -> Result<Value, Broken> {
    let mut members = Map::new();
    let is_object = cursor.members(|cursor, key| {
        members.insert(string(key), value(cursor)?);
        Ok(())
    })?;
    if is_object {
        return Ok(Value::Object(members));
    }
    let mut elements = Vec::new();
    if cursor.elements(|cursor| value(cursor).map(|value| elements.push(value)))? {
        return Ok(Value::Array(elements));
    }
    if let Some(text) = cursor.text()? {
        return Ok(Value::String(string(text)));
    }
    let Some(word) = cursor.scalar()?.map(Text::raw) else { return Err(cursor.skip().unwrap_err()) };
    // Words that are none of JSON are of no concern here.
    Ok(serde_json::from_slice(word).unwrap_or_else(|_| json!({ "word": word })))
}

fn string(text: Text<'_>) -> String {
    let mut bytes = Vec::new();
    text.append_to(&mut bytes);
    assert_eq!(text.read(&mut Vec::new()), bytes);
    assert!(text.is(&bytes) && !text.is(b"another"));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,3}".prop_map(String::from),
        prop::collection::vec(
            prop::sample::select(vec!["\"", "\\", "/", "\u{1}", "ü", "\u{1F980}", "{", "]", ":", ",", "x"]),
            0..40
        )
        .prop_map(|pieces| pieces.concat()),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9_f64..1e9).prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Writes a value with blanks between everything, or none.
fn written(value: &Value, is_pretty: bool) -> Vec<u8> {
    let text = if is_pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    text.unwrap()
}

proptest! {
    #[test]
    fn what_serde_writes_is_read(value in any_value(), is_pretty in any::<bool>()) {
        let text = written(&value, is_pretty);
        // It does not give each number back as it was.
        prop_assert_eq!(build(&text).unwrap(), serde_json::from_slice::<Value>(&text).unwrap());
        let mut cursor = Cursor::new(&text);
        prop_assert_eq!(cursor.skip().unwrap(), text.as_slice());
        prop_assert_eq!(cursor.end(), Ok(()));
    }

    #[test]
    fn a_document_that_is_cut_breaks_off(value in any_value(), is_pretty in any::<bool>(), cut in any::<prop::sample::Index>()) {
        let text = written(&json!([value]), is_pretty);
        let cut = &text[..cut.index(text.len())];
        prop_assert_eq!(build(cut), Err(Broken::Ends));
        prop_assert_eq!(Cursor::new(cut).skip(), Err(Broken::Ends));
    }

    #[test]
    fn a_damaged_document_is_told_alike_by_a_walk_and_a_skip(
        value in any_value(),
        at in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"{}[]:,\"\\ x1\n\xFF".to_vec()),
    ) {
        let mut text = written(&json!([value]), false);
        let at = at.index(text.len());
        text[at] = byte;
        let (built, mut cursor) = (build(&text), Cursor::new(&text));
        let skipped = cursor.skip().and_then(|_| cursor.end());
        prop_assert_eq!(built.as_ref().err(), skipped.as_ref().err(), "{}", text.escape_ascii());
        if let Err(Broken::Wrong(wrong)) = skipped {
            prop_assert!(wrong < text.len());
        }
        if let Ok(expected) = serde_json::from_slice::<Value>(&text) {
            prop_assert_eq!(built.unwrap(), expected);
        }
    }

    #[test]
    fn escapes_are_those_of_serde(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xD7F0_u16..0xE010], 0..8)) {
        let text = units.iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
        let expected = String::from_utf16_lossy(&units);
        let document = format!("\"{text}\"");
        prop_assert_eq!(build(document.as_bytes()).unwrap(), Value::from(expected.clone()));
        if let Ok(found) = serde_json::from_str::<String>(&document) {
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn numbers_are_scaled_exactly(whole in 0_u64..10_000_000, digits in "[0-9]{0,12}", power in -12_i32..8, exponent in -3_i32..10, is_negative in any::<bool>()) {
        let sign = if is_negative { "-" } else { "" };
        let point = if digits.is_empty() { "" } else { "." };
        let text = format!("{sign}{whole}{point}{digits}e{power}");
        let number: i128 = format!("{whole}{digits}").parse().unwrap();
        let shift = power + exponent - digits.len() as i32;
        let ten = |power: i32| 10_i128.pow(power.unsigned_abs());
        let magnitude = if shift < 0 { (number + ten(shift) / 2) / ten(shift) } else { number * ten(shift) };
        let expected = i64::try_from(if is_negative { -magnitude } else { magnitude }).map_err(|_| Unfit::TooLarge);
        prop_assert_eq!(scaled(text.as_bytes(), exponent), expected, "{}", text);
    }
}

#[test]
fn members_of_nested_objects_are_not_those_of_the_outer_one() {
    let text = br#"{"name": {"name": "inner", "id": 1}, "id": 2, "list": [{"name": "other"}], "na\u006de": "outer"}"#;
    let (mut names, mut ids) = (Vec::new(), Vec::new());
    let walked = Cursor::new(text).members(|cursor, key| {
        if key.is(b"name") {
            names.push(cursor.text()?.map(Text::raw));
        } else if key.is(b"id") {
            ids.push(cursor.scalar()?.map(Text::raw));
        }
        Ok(())
    });
    assert_eq!(walked, Ok(true));
    assert_eq!(names, [None, Some(b"outer".as_slice())]);
    assert_eq!(ids, [Some(b"2".as_slice())]);
}

#[test]
fn other_values_are_left_alone() {
    for text in ["1", "\"x\"", "[]", "{}"] {
        let mut cursor = Cursor::new(text.as_bytes());
        assert_eq!(cursor.members(|_, _| Ok(())), Ok(text == "{}"));
        assert_eq!(cursor.elements(|_| Ok(())), Ok(text == "[]"));
        let begins = if text.len() > 1 && !text.starts_with('"') { text.len() } else { 0 };
        assert_eq!(cursor.at(), begins);
        assert_eq!(Cursor::new(text.as_bytes()).object().unwrap().is_some(), text == "{}");
    }
}

#[test]
fn what_logs_have_beside_json() {
    for text in [
        r#"{"a": NaN, "b": -Infinity}"#.as_bytes(),
        b"{\"a\": \"\xFF\xFE\"}",
        b"{\"a\": \"a tab \t and a bell \x07\"}",
        br#"{"a": "no escape: \x22"}"#,
    ] {
        assert!(build(text).is_ok(), "{}", text.escape_ascii());
    }
    let read = |text: &str| {
        let document = format!("\"{text}\"");
        let text = Cursor::new(document.as_bytes()).text().unwrap().unwrap();
        String::from_utf8(text.read(&mut Vec::new()).to_vec()).unwrap()
    };
    assert_eq!(read(r"\x22 \u12 \u12g4 \é"), r"\x22 \u12 \u12g4 \é");
    assert_eq!(
        read(r"\ud83e\udd80 \ud83e \udd80 \ud83ex \ud83e\n"),
        "\u{1F980} \u{FFFD} \u{FFFD} \u{FFFD}x \u{FFFD}\n"
    );
}

#[test]
fn broken_documents_are_told_with_their_place() {
    for (text, expected) in [
        ("", Broken::Ends),
        ("  ", Broken::Ends),
        ("{\"a\": 1", Broken::Ends),
        ("{\"a\": \"x\\", Broken::Ends),
        ("{\"a\"; 1}", Broken::Wrong(4)),
        ("{\"a\": 1; \"b\": 2}", Broken::Wrong(7)),
        ("{a: 1}", Broken::Wrong(1)),
        ("{\"a\": }", Broken::Wrong(6)),
        ("[1, 2}", Broken::Wrong(5)),
        ("{} x", Broken::Wrong(3)),
    ] {
        assert_eq!(build(text.as_bytes()), Err(expected), "{text}");
        let mut cursor = Cursor::new(text.as_bytes());
        assert_eq!(cursor.skip().and_then(|_| cursor.end()), Err(expected), "{text}");
    }
    let deep = "[".repeat(129);
    assert_eq!(Cursor::new(deep.as_bytes()).skip(), Err(Broken::Wrong(128)));
    assert_eq!(Cursor::new(&deep.as_bytes()[1..]).skip(), Err(Broken::Ends));
}

#[test]
fn numbers() {
    for (text, exponent, expected) in [
        ("0", 9, Ok(0)),
        ("0.043201", 9, Ok(43_201_000)),
        ("4.3201e-02", 9, Ok(43_201_000)),
        ("43201", 3, Ok(43_201_000)),
        ("1.5E+1", 0, Ok(15)),
        ("0.0000000005", 9, Ok(1)),
        ("0.00000000049999999999999999999999999999999999999", 9, Ok(0)),
        ("-0.0000000015", 9, Ok(-2)),
        ("9223372036854775807", 0, Ok(i64::MAX)),
        ("9223372036854775808", 0, Err(Unfit::TooLarge)),
        ("1e400", 0, Err(Unfit::TooLarge)),
        ("1e99999999999999999999", 0, Err(Unfit::TooLarge)),
        ("1e-99999999999999999999", 0, Ok(0)),
        ("0e99999999999999999999", 0, Ok(0)),
        ("123456789012345678901234567890123456789012e-24", 0, Ok(123_456_789_012_345_679)),
        ("", 0, Err(Unfit::NoNumber)),
        ("-", 0, Err(Unfit::NoNumber)),
        ("1.", 0, Err(Unfit::NoNumber)),
        (".5", 0, Err(Unfit::NoNumber)),
        ("+1", 0, Err(Unfit::NoNumber)),
        ("1e", 0, Err(Unfit::NoNumber)),
        ("1e+", 0, Err(Unfit::NoNumber)),
        ("0x10", 0, Err(Unfit::NoNumber)),
        ("1 ", 0, Err(Unfit::NoNumber)),
        ("NaN", 0, Err(Unfit::NoNumber)),
    ] {
        assert_eq!(scaled(text.as_bytes(), exponent), expected, "{text}");
    }
    assert_eq!(integer(b"18446744073709551615"), Some(u64::MAX));
    for wrong in ["", "18446744073709551616", "1.0", "-1", "1e3"] {
        assert_eq!(integer(wrong.as_bytes()), None, "{wrong}");
    }
}
