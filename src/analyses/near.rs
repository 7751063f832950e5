//! Names that are nearly what was asked for.

use std::cmp::Reverse;

/// How alike two names are at least, of 1: as clap has it for options.
const ALIKE: f64 = 0.7;
/// The number of names that are given.
const FEW: usize = 3;

/// Finds the few of `names` that are the most like a text, the nearest first.
pub(crate) fn nearest<N: AsRef<[u8]> + Ord>(wanted: &[u8], names: impl Iterator<Item = N>) -> Vec<N> {
    let plain = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase();
    let wanted = plain(wanted);
    let mut near: Vec<(Reverse<u64>, N)> = names
        .map(|name| (strsim::jaro(&wanted, &plain(name.as_ref())), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .map(|(likeness, name)| (Reverse((likeness * 1e9) as u64), name))
        .collect();
    near.sort();
    near.dedup();
    near.truncate(FEW);
    near.into_iter().map(|(_, name)| name).collect()
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
}
