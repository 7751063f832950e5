//! The shapes that nearly all durations have: whole microseconds, as Python prints them.
//!
//! A third of all durations are in scientific notation, in no order that a branch predictor could learn. So a shape is
//! looked up, and its three vectors steer the reading: no branch depends on it.

use std::hint::select_unpredictable;

use super::{DURATION, WINDOW};

/// The rules for checking and reading a duration of one shape.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(16))]
pub(super) struct Shape {
    /// For each of sixteen bytes, its lowest value.
    pub(super) lowest: [u8; 16],
    /// For each byte, the most that it may be above that.
    pub(super) spread: [u8; 16],
    /// For each of eight decimal places of the microseconds, the highest first, the index of its byte; 0x80 for none,
    /// which counts as zero.
    pub(super) digits: [u8; 16],
}

/// Tens of seconds down to microseconds.
const DECIMAL_PLACES: usize = 8;
const NONE: u8 = 0x80;

/// The shapes by length, in four kinds of sixteen: `d.d`, `de-05` and `d.de-05`, `dd.d`, `de-06`.
static SHAPES: [Shape; 64] = {
    let mut shapes = [Shape::IMPOSSIBLE; 64];
    let mut decimals = 1;
    while decimals <= 6 {
        shapes[2 + decimals] = Shape::decimal(1, decimals);
        shapes[32 + 3 + decimals] = Shape::decimal(2, decimals);
        decimals += 1;
    }
    shapes[16 + 5] = Shape::new(b"0e-05").digit(6, 0);
    shapes[16 + 7] = Shape::new(b"0.0e-05").digit(6, 0).digit(7, 2);
    shapes[48 + 5] = Shape::new(b"0e-06").digit(7, 0);
    shapes
};

impl Shape {
    /// A duration does not begin with a line feed.
    const IMPOSSIBLE: Self = Self::new(b"\n");

    /// Finds the shape that a duration of `len` bytes at its place in a line has, if it has any of them.
    #[inline(always)]
    pub(super) fn of(window: &[u8; WINDOW], len: usize) -> &'static Self {
        let is_scientific = window[DURATION - 4 + len % 16] == b'e';
        let is_other =
            select_unpredictable(is_scientific, window[DURATION - 1 + len % 16] != b'5', window[DURATION + 1] != b'.');
        &SHAPES[len % 16 + 16 * usize::from(is_scientific) + 32 * usize::from(is_other)]
    }

    /// Makes a shape of bytes as in the example. A `0` in it that is to be read will be named by
    /// [`digit`](Self::digit).
    const fn new(example: &[u8]) -> Self {
        let mut shape = Self { lowest: [0; 16], spread: [255; 16], digits: [NONE; 16] };
        let mut at = 0;
        while at < example.len() {
            shape.lowest[at] = example[at];
            shape.spread[at] = 0;
            at += 1;
        }
        shape
    }

    /// Makes byte `at` a digit of decimal place `place`.
    const fn digit(mut self, place: usize, at: usize) -> Self {
        self.lowest[at] = b'0';
        self.spread[at] = 9;
        self.digits[place] = at as u8;
        self
    }

    const fn decimal(whole: usize, decimals: usize) -> Self {
        let example: [u8; 9] = if whole == 1 { *b"0.0000000" } else { *b"00.000000" };
        let (example, _) = example.split_at(whole + 1 + decimals);
        let mut shape = Self::new(example);
        let mut at = 0;
        while at < example.len() {
            if at < whole {
                shape = shape.digit(DECIMAL_PLACES - 6 - whole + at, at);
            } else if at > whole {
                shape = shape.digit(DECIMAL_PLACES - 6 + at - whole - 1, at);
            }
            at += 1;
        }
        shape
    }
}
