//! Numbers of any size, for programs.

use std::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer};

/// A number that is finite. Whole ones are written as integers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(pub(crate) f64);

impl Number {
    fn whole(self) -> Option<i64> {
        const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
        (self.0.fract() == 0.0 && self.0.abs() <= EXACT).then_some(self.0 as i64)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.0),
        }
    }
}

impl Display for Number {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(whole) => write!(out, "{whole}"),
            // What is far from one gets an exponent by this and not by `{}`.
            None => write!(out, "{:?}", self.0),
        }
    }
}
