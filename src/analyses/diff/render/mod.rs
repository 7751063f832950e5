//! A comparison, written down: one file a format, and the words that they share.

mod csv;
pub(crate) mod figures;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use tracerank_summary::Account;

use super::names::{Diff, Named};

/// What a comparison is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: a block for each name, a row for each measure.
    #[default]
    Text,
    /// One object, a name a line; times in nanoseconds.
    Json,
    /// RFC 4180, with a header; a row for each name, the same figures as in JSON.
    Csv,
    /// For a merge request: a table of the names that changed, and the rest folded away.
    Markdown,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// What it is written as.
    pub format: Format,
    /// At most so many names, those with the largest change first. What is counted up is always all of them.
    pub top: Option<usize>,
    /// Whether text has the colours of a terminal.
    pub coloured: bool,
}

/// Where a run was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its log, or `-` for standard input.
    pub path: PathBuf,
    /// The account of its lines.
    pub account: Account,
}

/// Where the runs were read from that were compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The bases, in the order in which they were compared.
    pub bases: Vec<Origin>,
    /// The new run.
    pub new: Origin,
}

impl Diff {
    /// Writes the comparison, in the same bytes whenever the runs are the same.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tracerank_summary::Wanted;
    /// use tracerank::analyses::diff::{Diff, Format, Options, Origin, Origins, Per, Settings};
    /// use tracerank::engine::Engine;
    ///
    /// let log = std::fs::read("testdata/corpus/basic.log")?;
    /// let (summary, account) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
    /// let diff = Diff::new(&[&summary], &summary, &Per::Root, None, &Settings::default());
    /// let origin = Origin { path: "basic.log".into(), account };
    /// let origins = Origins { bases: vec![origin.clone()], new: origin };
    /// let mut markdown = Vec::new();
    /// diff.write(&origins, &Options { format: Format::Markdown, ..Options::default() }, &mut markdown)?;
    /// assert!(markdown.starts_with(b"**0 slower, 0 faster, 0 no change, 47 too little data, 0 new, 0 gone; "));
    /// # Ok(())
    /// # }
    /// ```
    pub fn write(&self, origins: &Origins, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        match options.format {
            Format::Text => text::write(self, origins, options, out),
            Format::Json => json::write(self, origins, options, out),
            Format::Csv => csv::write(self, options, out),
            Format::Markdown => markdown::write(self, origins, options, out),
        }
    }

    /// The names that are shown.
    fn shown(&self, options: &Options) -> &[Named] {
        &self.names[..options.top.unwrap_or(usize::MAX).min(self.names.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyses::diff::{Per, Settings};
    use crate::engine::Engine;
    use tracerank_summary::{Summary, Wanted};

    fn read(log: &str) -> (Summary, Origin) {
        let bytes = std::fs::read(format!("testdata/corpus/{log}.log")).unwrap();
        let (summary, account) = Engine::default().scan_bytes(&bytes, 0..bytes.len(), Wanted::SHARDED);
        (summary, Origin { path: log.into(), account })
    }

    fn written(settings: &Settings, per: &Per, format: Format) -> String {
        let ((one, of_one), (two, of_two), (new, of_new)) = (read("basic"), read("db"), read("mixed"));
        let diff = Diff::new(&[&one, &two], &new, per, None, settings);
        let origins = Origins { bases: vec![of_one, of_two], new: of_new };
        let mut out = Vec::new();
        diff.write(&origins, &Options { format, ..Options::default() }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Few spans, in few shards, of which some have no standard error: what is written is still finite.
    #[test]
    fn several_bases_with_little_data() {
        let keen = Settings { margin: 0.0, floor_ns: 0.0, min_base_ids: 0, min_shards: 0, ..Settings::default() };
        let nobody = Per::Name(b"nobody".to_vec());
        for (settings, per) in [(&Settings::default(), &Per::Root), (&keen, &Per::Root), (&keen, &nobody)] {
            for format in [Format::Text, Format::Json, Format::Csv, Format::Markdown] {
                let text = written(settings, per, format);
                assert!(!text.contains("NaN") && !text.contains(" inf") && !text.contains("single base"), "{text}");
            }
            let json: serde_json::Value = serde_json::from_str(&written(settings, per, Format::Json)).unwrap();
            assert_eq!(json["base"].as_array().unwrap().len(), 2);
            assert!(
                json["names"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| name["count"]["base"].as_array().unwrap().len() == 2)
            );
        }
        let text = written(&keen, &Per::Root, Format::Text);
        assert!(text.starts_with("base  basic: ") && text.contains("\nbase  db: ") && text.contains("\nnew   mixed: "));
        let csv = written(&keen, &Per::Root, Format::Csv);
        assert!(csv.lines().all(|line| line.split(',').count() == 7 + 6 * 8), "{csv}");
    }
}
