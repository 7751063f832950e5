//! Conversions of Python's `%` operator: `%-8s`, `%03d`, `%.3f`.

use std::iter::repeat_n;

/// Widths and precisions beyond this are taken for mistakes.
const WIDEST: usize = 200;

/// A value of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(u64),
    /// A number that Python has as a float, even where it is whole.
    Float(f64),
}

/// The conversion that follows the name of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    left: bool,
    zeros: bool,
    /// The sign of a number that is not negative.
    sign: Option<char>,
    width: usize,
    precision: Option<usize>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Float,
}

impl Conversion {
    /// Reads a conversion, and returns it with the rest; none if it is not one, or an uncommon one.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let behind_flags = text.trim_start_matches(['-', '0', '+', ' ']);
        let flags = &text[..text.len() - behind_flags.len()];
        let (width, behind) = number(behind_flags)?;
        let (precision, behind) = match behind.strip_prefix('.') {
            Some(behind) => number(behind).map(|(number, behind)| (Some(number), behind))?,
            None => (None, behind),
        };
        let letter = behind.chars().next()?;
        let kind = match letter {
            's' => Kind::Text,
            // Digits of a whole number can be padded with zeros: no one writes a precision.
            'd' if precision.is_none() => Kind::Integer,
            'f' => Kind::Float,
            _ => return None,
        };
        let sign = ['+', ' '].into_iter().find(|sign| flags.contains(*sign));
        let conversion = Self { left: flags.contains('-'), zeros: flags.contains('0'), sign, width, precision, kind };
        Some((conversion, &behind[1..]))
    }

    /// Tells whether a text can be written with it.
    pub(super) fn takes_text(self) -> bool {
        self.kind == Kind::Text
    }

    /// Formats a value. A text stays a text in any conversion.
    pub(super) fn text(self, value: &Value) -> String {
        match (self.kind, value) {
            (Kind::Text, _) | (_, Value::Text(_)) => self.padded(&self.cut(value)),
            (Kind::Integer, Value::Integer(number)) => self.number(false, &number.to_string()),
            (Kind::Integer, Value::Float(number)) => self.number(*number <= -1.0, &(number.abs() as u64).to_string()),
            (Kind::Float, Value::Integer(number)) => self.float(*number as f64),
            (Kind::Float, Value::Float(number)) => self.float(*number),
        }
    }

    /// A value as a text, cut to the precision.
    fn cut(self, value: &Value) -> String {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            // As Python has it: the fewest digits that tell the number, with a point in any case.
            Value::Float(number) => format!("{number:?}"),
        };
        text.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    fn float(self, number: f64) -> String {
        self.number(number.is_sign_negative(), &format!("{:.*}", self.precision.unwrap_or(6), number.abs()))
    }

    fn number(self, negative: bool, digits: &str) -> String {
        let sign = if negative { Some('-') } else { self.sign };
        let zeros =
            if self.zeros && !self.left { self.width.saturating_sub(digits.len() + sign.iter().count()) } else { 0 };
        let number = sign.into_iter().chain(repeat_n('0', zeros)).chain(digits.chars()).collect::<String>();
        self.padded(&number)
    }

    fn padded(self, text: &str) -> String {
        let width = self.width;
        if self.left { format!("{text:<width$}") } else { format!("{text:>width$}") }
    }
}

/// Reads a width or a precision; a missing one is zero.
fn number(text: &str) -> Option<(usize, &str)> {
    let behind = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = &text[..text.len() - behind.len()];
    let number = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    (number <= WIDEST).then_some((number, behind))
}
