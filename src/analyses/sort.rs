//! The order of rows: by one of several columns, upwards or downwards.

use std::str::FromStr;

use super::near::nearest;

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

    /// Reads a name that is none of these.
    fn other(_name: &str) -> Option<Self> {
        None
    }

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
        if text.contains(',') {
            return Err("one column sorts: give only one, such as count or count:asc".to_owned());
        }
        let column = find::<K>(column)?;
        let direction = match direction {
            Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            None => column.usual_direction(),
            Some(other) => return Err(format!("there is no direction {other:?}; there are: asc, desc")),
        };
        Ok(Self { column, direction })
    }
}

/// Finds a column by its name, in either case.
pub(super) fn find<K: SortKey>(name: &str) -> Result<K, String> {
    let known = K::all().find(|(known, _)| known.eq_ignore_ascii_case(name.trim())).map(|(_, key)| key);
    known.or_else(|| K::other(name.trim())).ok_or_else(|| {
        let names: Vec<&str> = K::all().map(|(known, _)| known).collect();
        let near = nearest(name.as_bytes(), names.iter().copied());
        let near = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        format!("there is no column {name:?}{near}; there are: {}", names.join(", "))
    })
}
