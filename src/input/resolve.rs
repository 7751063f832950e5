//! From the arguments to a list of files.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::compressed::is_plain;
use crate::error::Error;

/// One file to read, or standard input.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    /// The size in bytes, where it is known.
    len: Option<u64>,
    /// Device and inode of a file.
    identity: Option<(u64, u64)>,
    /// The index of the argument it comes from.
    argument: usize,
    /// The range of bytes of which the lines are read that begin in it; none for all.
    range: Option<Range<u64>>,
}

impl Source {
    /// Gives the path of the file, or `-` for standard input.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the same file, of which only the lines are read that begin in a range of bytes. Anyone who reads all of
    /// some ranges that are disjoint and cover the file has read the file. The part of the range after the end of the
    /// file is left out.
    pub fn part(self, range: Range<u64>) -> Result<Self, Error> {
        let Some(len) = self.len.filter(|_| self.range.is_none()) else {
            return Err(Error::NoRanges { path: self.path });
        };
        if !self.has_ranges()? {
            return Err(Error::NoRanges { path: self.path });
        }
        if range.start > len || range.start > range.end {
            return Err(Error::NoSuchRange { path: self.path, range, len });
        }
        let range = range.start..range.end.min(len);
        Ok(Self { len: Some(range.end - range.start), range: Some(range), ..self })
    }

    /// Says whether a [`part`](Self::part) of it can be read: whether it is a file, and neither compressed nor a saved
    /// summary.
    pub fn has_ranges(&self) -> Result<bool, Error> {
        let open = |source| Error::Open { path: self.path.clone(), source };
        Ok(self.len.is_some() && fs::File::open(&self.path).and_then(|file| is_plain(&file)).map_err(open)?)
    }

    /// Gives the number of bytes that are to be read of the file, where that is known before.
    pub fn len(&self) -> Option<u64> {
        self.len
    }

    /// Gives the range of bytes of which the lines are read that begin in it; none for all.
    pub fn range(&self) -> Option<Range<u64>> {
        self.range.clone()
    }

    /// Says whether the file is known to have no bytes. (Files of `/proc` say so, too, and have some.)
    pub fn is_empty(&self) -> bool {
        self.len == Some(0)
    }

    /// Gives the index of the argument that it comes from, counted from zero: a directory stands for several sources.
    pub fn argument(&self) -> usize {
        self.argument
    }

    /// Gives device and inode, which tell whether two paths are one file.
    pub fn identity(&self) -> Option<(u64, u64)> {
        self.identity
    }

    /// Says whether an opened file is the one that the path stood for when it was resolved. Those of `/proc`, which say
    /// that they are empty, can have another inode each time.
    pub(super) fn is(&self, opened: &Metadata) -> bool {
        self.is_empty() || self.identity.is_none_or(|known| known == identity(opened))
    }

    /// Gives the same file as one of an argument.
    #[cfg(feature = "cli")]
    pub(crate) fn of_argument(self, argument: usize) -> Self {
        Self { argument, ..self }
    }

    pub(crate) fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }
}

/// Resolves `arguments` to files: the arguments themselves, or the regular files in a directory but hidden ones. Those
/// come by name, rotated ones oldest first, each once. `-` is standard input.
///
/// Every argument that can't be used is an error of its own, so that one run shows them all: a missing file, a
/// directory without files, and, unless `allow_duplicates`, the same file in two arguments.
pub fn resolve(arguments: &[PathBuf], allow_duplicates: bool) -> Result<Vec<Source>, Vec<Error>> {
    let (sources, errors) = resolve_each(arguments, allow_duplicates);
    if errors.is_empty() { Ok(sources) } else { Err(errors) }
}

/// Does the same, and gives the files that can be used even if there are errors.
pub fn resolve_each(arguments: &[PathBuf], allow_duplicates: bool) -> (Vec<Source>, Vec<Error>) {
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for (argument, path) in arguments.iter().enumerate() {
        if path.as_os_str() == "-" {
            sources.push(Source {
                path: path.clone(),
                len: None,
                identity: identity_of_stdin(),
                argument,
                range: None,
            });
            continue;
        }
        match files_of(path) {
            Ok(files) => {
                for (path, metadata) in files {
                    // Missing rights should show before gigabytes of other inputs are read, or a pipe is waited for.
                    // Opening anything but a file can have effects.
                    if metadata.is_file()
                        && let Err(source) = fs::File::open(&path)
                    {
                        errors.push(Error::Open { path, source });
                        continue;
                    }
                    let len = metadata.is_file().then_some(metadata.len());
                    sources.push(Source { path, len, identity: Some(identity(&metadata)), argument, range: None });
                }
            }
            Err(error) => errors.push(error),
        }
    }
    if !allow_duplicates {
        errors.extend(find_duplicates(&sources));
    }
    (sources, errors)
}

/// Lists the rotated logs beside a log, oldest first. Where the directory can't be read, there are none.
pub fn rotated(log: &Path) -> Vec<PathBuf> {
    let directory = log.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = log.file_name().unwrap_or_default().as_encoded_bytes();
    let is_older = |file: &PathBuf| {
        let (of, age, _) = age_key(file);
        of == name && age != Age::Current && fs::metadata(file).is_ok_and(|metadata| metadata.is_file())
    };
    let names = fs::read_dir(directory).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut files: Vec<PathBuf> = names.map(|name| log.with_file_name(name)).filter(is_older).collect();
    files.sort_by_cached_key(|file| age_key(file));
    files
}

/// Gives device and inode of the file that standard input is redirected from, if it is.
fn identity_of_stdin() -> Option<(u64, u64)> {
    let stdin = io::stdin().as_fd().try_clone_to_owned().ok()?;
    let metadata = fs::File::from(stdin).metadata().ok()?;
    metadata.is_file().then(|| identity(&metadata))
}

fn files_of(path: &Path) -> Result<Vec<(PathBuf, Metadata)>, Error> {
    let open = |source| Error::Open { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(open)?;
    if !metadata.is_dir() {
        return Ok(vec![(path.to_owned(), metadata)]);
    }
    let files = list(path).map_err(open)?;
    if files.is_empty() {
        return Err(Error::EmptyDirectory { path: path.to_owned() });
    }
    Ok(files)
}

/// Lists the regular files in a directory in the order of their names. Links to such files are included, but not hidden
/// ones (an editor's, or one that is not finished). A file with several names in it (`latest.log -> a.log`) is taken
/// once, by the first of its own names, or by that of a link if it has none there.
fn list(directory: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // A dangling link is no regular file.
        if let Some(metadata) = fs::metadata(&path).ok().filter(Metadata::is_file) {
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            files.push((is_link, path, metadata));
        }
    }
    let mut seen = HashSet::new();
    files.sort_by_cached_key(|(is_link, path, _)| (*is_link, age_key(path)));
    files.retain(|(.., metadata)| seen.insert(identity(metadata)));
    files.sort_by_cached_key(|(_, path, _)| age_key(path));
    Ok(files.into_iter().map(|(_, path, metadata)| (path, metadata)).collect())
}

/// Gives device and inode.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn find_duplicates(sources: &[Source]) -> Vec<Error> {
    let mut seen: HashMap<Option<(u64, u64)>, &Path> = HashMap::new();
    let mut errors = Vec::new();
    for source in sources {
        // Standard input, which has no identity here, is the same as itself.
        match seen.get(&source.identity) {
            Some(first) => errors.push(Error::Duplicate { path: source.path.clone(), first: (*first).to_owned() }),
            None => drop(seen.insert(source.identity, &source.path)),
        }
    }
    errors
}

/// Sorts files by the name of the log they belong to, and those of one log by age, oldest first: `a.log.2.gz`,
/// `a.log.1`, `a.log`, `b.log-20261122.gz`, `b.log`.
fn age_key(path: &Path) -> (Vec<u8>, Age, Vec<u8>) {
    let name = path.file_name().map_or_else(Vec::new, |name| name.as_encoded_bytes().to_vec());
    let mut log = name.as_slice();
    for suffix in [b".gz".as_slice(), b".zst", b".xz", b".bz2"] {
        log = log.strip_suffix(suffix).unwrap_or(log);
    }
    if let Some((log, date)) = dashed_date(log) {
        return (log.to_vec(), Age::Date(date), name);
    }
    let digits = log.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (stem, number) = log.split_at(log.len() - digits);
    let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<u64>().ok());
    let (log, age) = match (stem.split_last(), number) {
        // `log.1` is younger than `log.2`.
        (Some((b'.', stem)), Some(number)) if digits < 8 => (stem, Age::Rotation(u64::MAX - number)),
        // `log-20261122`, with logrotate's `dateext`.
        (Some((b'-' | b'.' | b'_', stem)), Some(number)) if digits >= 8 => {
            (stem, Age::Date(to_seconds(number, digits)))
        }
        (Some((b'-' | b'_', stem)), Some(number)) => (stem, Age::Date(number)),
        _ => (log, Age::Current),
    };
    (log.to_vec(), age, name)
}

/// Takes the date from the end of a name, as Python's `TimedRotatingFileHandler` writes it: `.2026-11-22`,
/// `.2026-11-22_06`, `.2026-11-22_06-18-09`; or with another dash before it, as logrotate can be told to.
fn dashed_date(name: &[u8]) -> Option<(&[u8], u64)> {
    // The day, and up to three numbers for hour, minute and second.
    (0..=3).rev().find_map(|numbers| {
        let (log, date) = name.split_at_checked(name.len().checked_sub("-2026-11-22".len() + 3 * numbers)?)?;
        let is_of_date = |(at, byte): (usize, &u8)| match at {
            0 => matches!(byte, b'.' | b'-' | b'_'),
            5 | 8 => *byte == b'-',
            _ if at > 8 && at % 3 == 2 => matches!(byte, b'-' | b'_'),
            _ => byte.is_ascii_digit(),
        };
        let digits = || date.iter().filter(|byte| byte.is_ascii_digit());
        let number = digits().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        date.iter().enumerate().all(is_of_date).then(|| (log, to_seconds(number, digits().count())))
    })
}

/// Makes a date of any number of digits one of fourteen, down to the second.
fn to_seconds(date: u64, digits: usize) -> u64 {
    let missing = 14_u32.saturating_sub(u32::try_from(digits).unwrap_or(u32::MAX));
    date.saturating_mul(10_u64.pow(missing))
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    Rotation(u64),
    Date(u64),
    Current,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_logs_oldest_first() {
        let mut names = [
            "b.log",
            "a.log",
            "a.log.1",
            "a.log.10.gz",
            "a.log.2.zst",
            "b.log-20261122.gz",
            "b.log-20261123",
            "c7.log",
            "d.log.2026-11-22_06",
            "d.log",
            "d.log.2026-11-22",
            "d.log.2026-11-22_05-59-59.gz",
            "d.log.2026-11-21",
        ];
        names.sort_by_cached_key(|name| age_key(Path::new(name)));
        assert_eq!(
            names,
            [
                "a.log.10.gz",
                "a.log.2.zst",
                "a.log.1",
                "a.log",
                "b.log-20261122.gz",
                "b.log-20261123",
                "b.log",
                "c7.log",
                "d.log.2026-11-21",
                "d.log.2026-11-22",
                "d.log.2026-11-22_05-59-59.gz",
                "d.log.2026-11-22_06",
                "d.log"
            ]
        );
    }
}
