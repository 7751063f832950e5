//! A comparison, written down: one file a format, and the words that they share.

mod csv;
pub(crate) mod figures;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod text;

use std::path::PathBuf;

use tracerank_summary::Account;

use super::names::{Diff, Named};
use crate::render::{Model, Renderer};

impl Model for View {
    const RENDERERS: &'static [Renderer<Self>] = &[text::RENDERER, json::RENDERER, csv::RENDERER, markdown::RENDERER];
}

/// The input of a run, and its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its log, or `-` for standard input.
    pub path: PathBuf,
    /// The account of its lines.
    pub account: Account,
}

/// The origins of the compared runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The bases, in the order in which they were compared.
    pub bases: Vec<Origin>,
    /// The new run.
    pub new: Origin,
}

/// A comparison, ready to be written: in the same bytes whenever the runs are the same.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank_summary::Wanted;
/// use tracerank::analyses::diff::{Diff, Origin, Origins, Per, Settings, View};
/// use tracerank::engine::Engine;
/// use tracerank::render::Model;
///
/// let log = std::fs::read("testdata/corpus/basic.log")?;
/// let (summary, account) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
/// let diff = Diff::new(&[&summary], &summary, &Per::Root, None, &Settings::default());
/// let origin = Origin { path: "basic.log".into(), account };
/// let origins = Origins { bases: vec![origin.clone()], new: origin };
/// let mut markdown = Vec::new();
/// View { diff, origins, top: None }.write_as("markdown", &mut markdown)?;
/// assert!(markdown.starts_with(b"**0 slower, 0 faster, 0 no change, 47 too little data, 0 new, 0 gone; "));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The comparison.
    pub diff: Diff,
    /// The origins of its runs.
    pub origins: Origins,
    /// The largest number of names shown, those with the largest change first. Counts are always of all names.
    pub top: Option<usize>,
}

impl View {
    /// The names that are shown.
    fn shown(&self) -> &[Named] {
        &self.diff.names[..self.top.unwrap_or(usize::MAX).min(self.diff.names.len())]
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

    fn written(settings: &Settings, per: &Per, format: &str) -> String {
        let ((one, of_one), (two, of_two), (new, of_new)) = (read("basic"), read("db"), read("mixed"));
        let diff = Diff::new(&[&one, &two], &new, per, None, settings);
        let origins = Origins { bases: vec![of_one, of_two], new: of_new };
        let mut out = Vec::new();
        View { diff, origins, top: None }.write_as(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Few spans, in few shards, of which some have no standard error: what is written is still finite.
    #[test]
    fn several_bases_with_little_data() {
        let keen = Settings { margin: 0.0, floor_ns: 0.0, min_base_ids: 0, min_shards: 0, ..Settings::default() };
        let nobody = Per::Name(b"nobody".to_vec());
        for (settings, per) in [(&Settings::default(), &Per::Root), (&keen, &Per::Root), (&keen, &nobody)] {
            for renderer in View::RENDERERS {
                let text = written(settings, per, renderer.name);
                assert!(!text.contains("NaN") && !text.contains(" inf") && !text.contains("single base"), "{text}");
            }
            let json: serde_json::Value = serde_json::from_str(&written(settings, per, "json")).unwrap();
            assert_eq!(json["base"].as_array().unwrap().len(), 2);
            assert!(
                json["names"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| name["count"]["base"].as_array().unwrap().len() == 2)
            );
        }
        let text = written(&keen, &Per::Root, "text");
        assert!(text.starts_with("base  basic: ") && text.contains("\nbase  db: ") && text.contains("\nnew   mixed: "));
        let csv = written(&keen, &Per::Root, "csv");
        assert!(csv.lines().all(|line| line.split(',').count() == 7 + 6 * 8), "{csv}");
    }
}
