//! Normalisers make one name of many texts: the parts that differ from call to call are replaced by a gap such as
//! `{n}`.

mod classes;
mod request;
mod route;
mod sql;

pub(crate) use request::request;
pub use route::route;
pub use sql::{Dialect, sql};

/// The place of a normalised text.
///
/// Most texts of a log are normal as they stand. These are not copied: a caller that
/// finds method and path side by side in a line takes the name from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Normalised {
    /// The first bytes of the text, as they stand. The buffer was left alone.
    Prefix(usize),
    /// Appended to the buffer.
    Appended,
}
