//! The account of what was read, to and from its message.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{Saved, Unreadable, contradiction, messages, sections};
use crate::{Account, Coverage, Covered, EndTimes, Fingerprint, Malformed, SHARDS, Summary, Wanted};

/// The most bytes of the text of filters.
const MOST_FILTERS: usize = 64 << 10;

pub(super) fn to_message(saved: &Saved) -> messages::State {
    let Account { bytes, records, other, malformed, spans, record_lines, torn, times_us, .. } = saved.account;
    let [first_us, last_us] = [0, 1].map(|end| times_us.map(|times_us| times_us[end]));
    // Of most logs, files are the same as before there was this count.
    let record_lines = if record_lines == records { 0 } else { record_lines };
    messages::State {
        writer: concat!("tracerank ", env!("CARGO_PKG_VERSION")).to_owned(),
        names: saved.summary.len() as u64,
        account: Some(messages::Account {
            bytes,
            records,
            other,
            malformed,
            spans,
            record_lines,
            torn,
            first_us,
            last_us,
        }),
        malformed: saved.malformed.iter().map(malformed_to_message).collect(),
        covered: saved.coverage.files().iter().map(covered_to_message).collect(),
        roots: saved.summary.roots().to_vec(),
        sections: sections::table(&saved.summary),
        filters: saved.coverage.filters().to_owned(),
    }
}

fn malformed_to_message(malformed: &Malformed) -> messages::Malformed {
    messages::Malformed {
        path: bytes_of(&malformed.path),
        line: malformed.line,
        offset: malformed.offset,
        reason: malformed.reason.clone().into_owned(),
    }
}

fn covered_to_message(covered: &Covered) -> messages::Covered {
    let Fingerprint { len, head, tail } = covered.fingerprint;
    let (device, inode) = covered.identity.unzip();
    let ranges = covered.ranges.iter().map(|range| messages::Range { from: range.start, to: range.end }).collect();
    let time = |(offset, time_us)| messages::RecordTime { offset, time_us };
    let (first, last) = (covered.ends.first.map(time), covered.ends.last.map(time));
    messages::Covered { path: bytes_of(&covered.path), device, inode, len, head, tail, ranges, first, last }
}

fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

fn path_of(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

/// Reads all but the names and sections: gives the number of names that follow, and the table of the sections.
pub(super) fn from_message(state: messages::State) -> Result<(Saved, u64, Vec<messages::Section>), Unreadable> {
    if state.filters.len() > MOST_FILTERS {
        return Err(contradiction("its filters are too long"));
    }
    let mut files = state.covered.into_iter().map(covered_from_message).collect::<Result<Coverage, _>>()?;
    files.set_filters(state.filters);
    let malformed = state.malformed.into_iter().map(malformed_from_message).collect::<Result<Vec<_>, _>>()?;
    let account = account_from_message(state.account.unwrap_or_default(), files.files().len() as u64)?;
    let roots: [u64; SHARDS] = state.roots.try_into().map_err(|_| contradiction("it has not 32 shards"))?;
    if roots.iter().any(|count| *count > account.spans) {
        return Err(contradiction("there are more roots than spans"));
    }
    let mut summary = Summary::with(Wanted::SHARDED);
    summary.add_roots(&roots);
    Ok((Saved { summary, account, malformed, coverage: files }, state.names, state.sections))
}

fn account_from_message(account: messages::Account, files: u64) -> Result<Account, Unreadable> {
    let messages::Account { bytes, records, other, malformed, spans, record_lines, torn, first_us, last_us } = account;
    let counts = Account { files, bytes, records, other, malformed, spans, record_lines, torn, ..Account::default() };
    let times_us = match (first_us, last_us) {
        (None, None) => None,
        (Some(first), Some(last)) if first <= last && records > 0 => Some([first, last]),
        _ => return Err(contradiction("the times of its records contradict each other")),
    };
    if !counts.is_possible() || spans > records || (records == 0 && record_lines > 0) {
        return Err(contradiction("its account of lines does not add up"));
    }
    let record_lines = if record_lines == 0 { records } else { record_lines };
    Ok(Account { lines: record_lines + other + malformed, record_lines, times_us, ..counts })
}

fn malformed_from_message(malformed: messages::Malformed) -> Result<Malformed, Unreadable> {
    let messages::Malformed { path, line, offset, reason } = malformed;
    // Any text: other log formats, and later versions, have other reasons.
    if reason.len() > Malformed::MAX_REASON {
        return Err(contradiction("the reason of a malformed record is too long"));
    }
    Ok(Malformed { path: path_of(path), line, offset, reason: reason.into() })
}

fn covered_from_message(covered: messages::Covered) -> Result<Covered, Unreadable> {
    let messages::Covered { path, device, inode, len, head, tail, ranges, first, last } = covered;
    let ranges: Vec<_> = ranges.into_iter().map(|range| range.from..range.to).collect();
    let is_apart = ranges.windows(2).all(|pair| pair[0].end < pair[1].start);
    if !is_apart || ranges.iter().any(|range| range.is_empty() || range.end > len) {
        return Err(contradiction("the ranges that it covers are in disorder"));
    }
    let [first, last] = [first, last].map(|time| time.map(|time| (time.offset, time.time_us)));
    let is_possible = match (first, last) {
        (None, None) => true,
        (Some((first, _)), Some((last, _))) => first <= last && last < len,
        _ => false,
    };
    if !is_possible {
        return Err(contradiction("the times of its records contradict each other"));
    }
    Ok(Covered {
        path: path_of(path),
        identity: device.zip(inode),
        fingerprint: Fingerprint { len, head, tail },
        ranges,
        ends: EndTimes { first, last },
    })
}

/// Gives the whole, if its parts agree.
pub(super) fn check(saved: Saved) -> Result<Saved, Unreadable> {
    let spans = saved.summary.rows().try_fold(0, |sum: u64, row| sum.checked_add(row.stats.count()));
    if spans == Some(saved.account.spans) {
        Ok(saved)
    } else {
        Err(contradiction("its names have not the spans that it says"))
    }
}
