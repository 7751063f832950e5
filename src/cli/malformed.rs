//! The list of all records that can't be read, in a file of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use clap::Args;

use super::output::{Output, Target, is_stdout};
use super::outputs::is_same_file;
use crate::engine::{Listing, Unreadable};
use crate::input::Source;
use crate::render::display::{Shown, Terminal};

#[derive(Debug, Args)]
pub(super) struct MalformedArgs {
    /// Write all malformed and torn records to FILE, in the order of the inputs
    ///
    /// A line has file, line, offset in bytes, reason and the beginning of the text, with tabs between them. Without
    /// this, only the first three are told. FILE is replaced once all inputs are read, whatever the exit code is.
    #[arg(long, value_name = "FILE")]
    malformed: Option<PathBuf>,
}

/// A list that is being written.
pub(super) struct List {
    out: Arc<Mutex<Option<Output>>>,
    listing: Arc<Listing>,
}

impl MalformedArgs {
    /// Opens the list, if there is to be one. It can't go where the `output` of the answer goes.
    pub(super) fn open(&self, sources: &[Source], output: Option<&Path>) -> Result<Option<List>> {
        let Some(path) = &self.malformed else { return Ok(None) };
        if is_same_file(path, output.unwrap_or(Path::new("-"))) {
            let name = if is_stdout(path) { "standard output".to_owned() } else { Shown(path).to_string() };
            bail!("{name}: the answer and the list of --malformed can't go to one place");
        }
        let mut out = Target::new(Some(path), sources)?.open()?;
        writeln!(out, "file\tline\toffset\treason\ttext").map_err(|error| out.failed(error))?;
        let out = Arc::new(Mutex::new(Some(out)));
        let written = Arc::clone(&out);
        let listing = Arc::new(Listing::new(move |record| {
            let mut out = written.lock().unwrap_or_else(PoisonError::into_inner);
            out.as_mut().map_or(Ok(()), |out| write(record, out))
        }));
        Ok(Some(List { out, listing }))
    }
}

impl List {
    /// Takes the records of a reading.
    pub(super) fn listing(&self) -> Arc<Listing> {
        Arc::clone(&self.listing)
    }

    /// Puts the list in its place, now that all is read.
    pub(super) fn finish(self) -> Result<()> {
        let out = self.out.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(out) = out else { return Ok(()) };
        self.listing.finish().map_err(|error| out.failed(error))?;
        out.finish()
    }
}

fn write(record: &Unreadable<'_>, out: &mut Output) -> std::io::Result<()> {
    let Unreadable { path, line, offset, reason, text, .. } = *record;
    let line = line.map_or_else(|| "-".to_owned(), |line| line.to_string());
    let path = Terminal(path.as_os_str().as_encoded_bytes());
    writeln!(out, "{path}\t{line}\t{offset}\t{reason}\t{}", Terminal(text))
}
