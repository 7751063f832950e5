//! The sections after the names: each has a kind and a version, and is about some of the spans.
//!
//! A kind, or a version of one, that is not known here is kept as it is, so that a later version of the program finds
//! it again in what this one has added up.

use std::io;

use super::frame::{self, Reader, Writer};
use super::messages;
use super::{Saved, Unreadable, contradiction};
use crate::unknown::Unknown;
use crate::{Account, Repeats, Summary};

/// The kinds of sections. Numbers are for ever.
mod kind {
    /// A sample of the spans: [`Repeats`](crate::Repeats).
    pub(super) const REPEATS: u32 = 1;
}

/// The version of the sample that is written.
const REPEATS_VERSION: u32 = 1;
/// The most sections of a file.
const MOST_SECTIONS: usize = 1 << 16;

/// Lists the sections of a summary.
pub(super) fn table(summary: &Summary) -> Vec<messages::Section> {
    let repeats = summary.repeats();
    let sample = messages::Section { kind: kind::REPEATS, version: REPEATS_VERSION, spans: repeats.known() };
    let sample = (repeats.known() > 0).then_some(sample);
    let unknown = unknown(summary).into_iter().map(|section| {
        let Unknown { kind, version, spans, .. } = *section;
        messages::Section { kind, version, spans }
    });
    sample.into_iter().chain(unknown).collect()
}

/// Lists the unknown sections in an order that does not depend on which file was read first.
fn unknown(summary: &Summary) -> Vec<&Unknown> {
    let mut sections: Vec<&Unknown> = summary.unknown().iter().collect();
    sections.sort_unstable();
    sections
}

/// Writes the sections in the order of their table.
pub(super) fn write(summary: &Summary, body: &mut Writer<impl io::Write>) -> io::Result<()> {
    if summary.repeats().known() > 0 {
        let (level, spans) = summary.repeats().parts();
        let (keys, counts) = spans.into_iter().unzip();
        body.write(&messages::Repeats { level, keys, counts })?;
    }
    unknown(summary).into_iter().try_for_each(|section| body.write_bytes(&section.bytes))
}

/// Reads the sections of a table.
pub(super) fn read(
    table: &[messages::Section],
    saved: &mut Saved,
    body: &mut Reader<impl io::BufRead>,
) -> Result<(), Unreadable> {
    if table.len() > MOST_SECTIONS || table.iter().any(|section| section.spans > Account::MOST.min(saved.account.spans))
    {
        return Err(contradiction("its table of sections does not add up"));
    }
    for section in table {
        let bytes = body.next_bytes()?;
        let messages::Section { kind, version, spans } = *section;
        match (kind, version) {
            (kind::REPEATS, REPEATS_VERSION) => saved.summary.add_repeats(&repeats(frame::decode(bytes)?, spans)?),
            _ => saved.summary.add_unknown(Unknown { kind, version, spans, bytes }),
        }
    }
    Ok(())
}

fn repeats(message: messages::Repeats, known: u64) -> Result<Repeats, Unreadable> {
    let messages::Repeats { level, keys, counts } = message;
    let error = || contradiction("its sample of spans does not add up");
    if keys.len() != counts.len() {
        return Err(error());
    }
    let spans: Vec<(u64, u64)> = keys.into_iter().zip(counts).collect();
    Repeats::from_parts(level, &spans, known).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use prost::bytes::Bytes;

    use super::*;
    use crate::saved;
    use crate::{Account, Coverage, End, Group, Wanted};

    fn summary(spans: u64) -> Saved {
        let mut summary = Summary::with(Wanted::SHARDED);
        let mut repeats = Repeats::default();
        for span in 0..spans {
            summary.record(b"work", 5, Group::of(b"request"));
            let end = End { id: &span.to_le_bytes(), group: b"request", name: b"work", time_us: None, ns: 5 };
            repeats.record(end, 0);
        }
        repeats.know(spans);
        summary.add_repeats(&repeats);
        let account = Account { files: 1, lines: spans, records: spans, spans, ..Account::default() };
        Saved { summary, account, malformed: Vec::new(), coverage: Coverage::default() }
    }

    fn rewritten(saved: &Saved) -> Saved {
        let mut file = Vec::new();
        saved::write(saved, &mut file).unwrap();
        saved::read(file.as_slice()).unwrap()
    }

    #[test]
    fn the_sample_is_kept() {
        let read = rewritten(&summary(2000));
        assert_eq!(read.summary.repeats().parts(), summary(2000).summary.repeats().parts());
        assert_eq!(read.summary.repeats().known(), 2000);
    }

    #[test]
    fn unknown_sections_are_kept_when_files_are_added_up() {
        let section = |spans, bytes: &'static [u8]| Unknown { kind: 77, version: 3, spans, bytes: bytes.into() };
        let (mut one, mut other) = (summary(3), summary(4));
        one.summary.add_unknown(section(3, b"of a later version"));
        other.summary.add_unknown(section(2, b""));
        let (one, other) = (rewritten(&one), rewritten(&other));
        let both = |one: &Saved, other: &Saved| {
            let mut both = one.clone();
            both.summary.merge(&other.summary);
            both.account += other.account;
            let mut sections = rewritten(&both).summary.unknown().to_vec();
            sections.sort_unstable();
            sections
        };
        assert_eq!(both(&one, &other), [section(2, b""), section(3, b"of a later version")]);
        assert_eq!(both(&one, &other), both(&other, &one));
    }

    #[test]
    fn what_is_known_for_more_spans_than_there_are_is_refused() {
        let mut impossible = summary(3);
        impossible.summary.add_unknown(Unknown { kind: 77, version: 1, spans: 4, bytes: Bytes::new() });
        let mut file = Vec::new();
        saved::write(&impossible, &mut file).unwrap();
        assert!(
            saved::read(file.as_slice()).unwrap_err().to_string().contains("its table of sections does not add up")
        );
    }
}
