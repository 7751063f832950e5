//! JSON, walked over in one pass and without an allocation, for formats whose lines are JSON.
//!
//! ```text
//!  text ──► Cursor ──► members, elements ──► text, number, raw value ──► an own copy only of a text with an escape
//!              └── skip  the values that nobody asks for
//! ```
//!
//! What holds the document together has to be in its place, down to the last bracket. Beyond that, it is read as logs
//! have it: text in quotes can be any bytes, invalid UTF-8 among them, and a number or a word such as `null` can be any
//! letters, digits, points and signs, since Python writes `NaN`, too. Of members with the same key, the last one counts.

mod cursor;
mod number;
mod skip;
mod text;
mod time;

pub(crate) use cursor::Cursor;
pub(crate) use number::{Unfit, integer, scaled};
pub(crate) use skip::{Broken, skip_container};
pub(crate) use text::Text;
pub(crate) use time::{NoTime, iso_time};

#[cfg(test)]
mod tests;
