//! Names that are nearly what was asked for.

/// How alike two names are at least, of 1: as clap has it for options.
const ALIKE: f64 = 0.7;
/// The number of names that are given.
const FEW: usize = 3;

/// Finds the few of `names` that are the most like a text, the nearest first: by the number of letters that are
/// missing, added, others or in the place of their neighbour.
pub(crate) fn nearest<N: AsRef<[u8]> + Ord>(wanted: &[u8], names: impl Iterator<Item = N>) -> Vec<N> {
    let plain = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase();
    let wanted = plain(wanted);
    let mut near: Vec<(usize, N)> =
        names.filter_map(|name| Some((slips(&wanted, &plain(name.as_ref()))?, name))).collect();
    near.sort();
    near.dedup();
    near.truncate(FEW);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Counts the slips that make one name of another; none if they are not alike.
fn slips(wanted: &str, name: &str) -> Option<usize> {
    let slips = strsim::osa_distance(wanted, name);
    // One slip in three letters is likely; a long name may have much that is missing.
    let is_near = slips * 3 <= wanted.chars().count() || strsim::jaro(wanted, name) > ALIKE;
    is_near.then_some(slips)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_first_and_none_is_far() {
        let names = || ["task-stop", "task-run", "engine", "task-rank"].into_iter();
        assert_eq!(nearest(b"task-rn", names())[0], "task-run");
        assert_eq!(nearest(b"Task-Run", names())[0], "task-run");
        assert_eq!(nearest(b"xyz", names()), [""; 0]);
        assert_eq!(nearest(b"a", ["a", "a"].into_iter()), ["a"]);
    }

    #[test]
    fn letters_in_the_place_of_their_neighbours_are_one_slip() {
        assert_eq!(nearest(b"tpo", ["output", "top", "columns"].into_iter())[0], "top");
        assert_eq!(nearest(b"tpo", ["xyz", "columns"].into_iter()), [""; 0]);
    }
}
