//! The verdict on what was read: what is wrong with it, and how bad that is.

use super::{Held, Malformed, Scanned};
use crate::error::Error;
use crate::input::{LooksLike, Source, looks_like};
use crate::remedy::Remedy;

/// Something that is wrong with what was read. An argument is counted as by [`Source::argument`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem<'a> {
    /// Records could not be read.
    MalformedRecords {
        /// How many.
        count: u64,
        /// The first of them.
        first: &'a [Malformed],
    },
    /// A source could not be read to its end.
    Cut(&'a Error),
    /// There is no record in the files of an argument.
    NoRecord {
        /// The argument.
        argument: usize,
        /// How many files it stands for.
        files: usize,
        /// What the only file is instead.
        looks_like: Option<LooksLike>,
    },
    /// There are only malformed records in the files of an argument.
    OnlyMalformed {
        /// The argument.
        argument: usize,
        /// How many.
        count: u64,
    },
    /// An argument is a saved summary of logs without a record.
    SummaryWithoutRecord {
        /// The argument.
        argument: usize,
    },
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The answer leaves something out, which the strict take for a no.
    Warning,
    /// The answer is not that of the inputs that were given.
    Failure,
}

impl Problem<'_> {
    /// Says how bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::MalformedRecords { .. } => Severity::Warning,
            _ => Severity::Failure,
        }
    }

    /// Says what would mend it, where that is known.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Cut(error) => error.remedy(),
            Self::NoRecord { looks_like, .. } => {
                Some(looks_like.and_then(LooksLike::remedy).unwrap_or(Remedy::LogWithRecords))
            }
            Self::MalformedRecords { .. } | Self::OnlyMalformed { .. } | Self::SummaryWithoutRecord { .. } => None,
        }
    }
}

impl Severity {
    /// The severity of the worst problem; none if there is no problem.
    pub fn worst(problems: &[Problem<'_>]) -> Option<Self> {
        problems.iter().map(Problem::severity).max()
    }
}

/// Lists what can be wrong with any reading: malformed records, and sources that ended early.
pub(crate) fn problems_of_reading<'a>(
    count: u64,
    first: &'a [Malformed],
    cut: impl Iterator<Item = &'a Error>,
) -> Vec<Problem<'a>> {
    let malformed = (count > 0).then_some(Problem::MalformedRecords { count, first });
    malformed.into_iter().chain(cut.map(Problem::Cut)).collect()
}

impl Scanned {
    /// Lists what is wrong with the `sources` that it was scanned from: malformed records, then sources that ended early,
    /// then arguments without a record.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tracerank::engine::{Problem, Scan, Severity};
    /// use tracerank::input;
    ///
    /// let sources = input::resolve(&["Cargo.toml".into()], false).map_err(|mut errors| errors.remove(0))?;
    /// let scanned = Scan::default().run(&sources)?;
    /// let problems = scanned.problems(&sources);
    /// assert!(matches!(problems.as_slice(), [Problem::NoRecord { argument: 0, files: 1, .. }]));
    /// assert_eq!(Severity::worst(&problems), Some(Severity::Failure));
    /// # Ok(())
    /// # }
    /// ```
    pub fn problems<'a>(&'a self, sources: &[Source]) -> Vec<Problem<'a>> {
        let cut = self.sources.iter().filter_map(|held| held.cut.as_ref());
        let mut problems = problems_of_reading(self.account.malformed, &self.malformed, cut);
        // In a part of a log there need be no record.
        if sources.iter().all(|source| source.range().is_none()) {
            let mut by_argument: Vec<_> = sources.iter().map(Source::argument).zip(&self.sources).collect();
            by_argument.sort_by_key(|(argument, _)| *argument);
            let of_arguments = by_argument.chunk_by(|(one, _), (other, _)| one == other);
            problems.extend(of_arguments.filter_map(|files| self.lack_of_records(files)));
        }
        problems
    }

    /// Says what the files of an argument are instead, if there is no record in them.
    fn lack_of_records<'a>(&self, files: &[(usize, &Held)]) -> Option<Problem<'a>> {
        let (argument, first) = *files.first()?;
        let held = || files.iter().map(|(_, held)| *held);
        // A summary can be of a part of a log, in which there need be no record as long as there is one in the whole.
        let is_part = self.account.records > 0 && held().all(|held| held.is_saved);
        if is_part || held().any(|held| held.account.records > 0) {
            return None;
        }
        if held().any(|held| held.is_saved) {
            return Some(Problem::SummaryWithoutRecord { argument });
        }
        let count = held().map(|held| held.account.malformed).sum();
        if count > 0 {
            return Some(Problem::OnlyMalformed { argument, count });
        }
        let looks_like = if files.len() == 1 { looks_like(&first.begin, first.format) } else { None };
        Some(Problem::NoRecord { argument, files: files.len(), looks_like })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::engine::Scan;
    use crate::input;

    /// What is wrong with files of testdata, and how bad that is.
    fn verdict(paths: &[&str]) -> (String, Option<Severity>) {
        let paths: Vec<_> = paths.iter().map(|path| PathBuf::from(format!("testdata/{path}"))).collect();
        let sources = input::resolve(&paths, false).unwrap();
        let scanned = Scan::default().run(&sources).unwrap();
        let problems = scanned.problems(&sources);
        (format!("{problems:?}"), Severity::worst(&problems))
    }

    #[test]
    fn a_good_log_has_no_problem() {
        assert_eq!(verdict(&["corpus/basic.log", "corpus/mixed.log"]), ("[]".to_owned(), None));
    }

    #[test]
    fn every_argument_needs_a_record() {
        let expected = "[NoRecord { argument: 1, files: 1, looks_like: None }]";
        let found = verdict(&["corpus/basic.log", "malformed/expected.tsv", "corpus/mixed.log"]);
        assert_eq!(found, (expected.to_owned(), Some(Severity::Failure)));
    }

    #[test]
    fn malformed_records_are_a_warning_unless_there_is_nothing_else() {
        let (problems, worst) = verdict(&["corpus", "malformed"]);
        assert!(
            problems.starts_with("[MalformedRecords { count: ") && !problems.contains("OnlyMalformed"),
            "{problems}"
        );
        assert_eq!(worst, Some(Severity::Warning));
    }
}
