//! The order of rows: by one of several columns, upwards or downwards.

use std::str::FromStr;

/// Upwards or downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A column that rows can be sorted by.
pub trait SortKey: Copy + 'static {
    /// All keys, and the name of each on the command line.
    fn all() -> impl Iterator<Item = (&'static str, Self)>;

    /// The default direction.
    fn usual_direction(self) -> Direction;
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort<K> {
    /// The column that they are ordered by.
    pub column: K,
    /// The direction of the order.
    pub direction: Direction,
}

impl<K: SortKey> FromStr for Sort<K> {
    type Err = String;

    /// Reads `COLUMN`, `COLUMN:asc` or `COLUMN:desc`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (column, direction) = text.split_once(':').map_or((text, None), |(column, to)| (column, Some(to)));
        let column = find(K::all(), column)?;
        let direction = match direction {
            Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            None => column.usual_direction(),
            Some(other) => return Err(format!("there is no direction {other:?}; there are: asc, desc")),
        };
        Ok(Self { column, direction })
    }
}

/// Finds a column by its name.
pub(super) fn find<K>(all: impl Iterator<Item = (&'static str, K)>, name: &str) -> Result<K, String> {
    let mut names = Vec::new();
    for (known, key) in all {
        if known == name.trim() {
            return Ok(key);
        }
        names.push(known);
    }
    Err(format!("there is no column {name:?}; there are: {}", names.join(", ")))
}
