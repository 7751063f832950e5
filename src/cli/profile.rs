//! `--profile-self`: the stages of this program, recorded like those of any other.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use tracerank_record::{Config, Entered, Profiler};
use tracing_subscriber::layer::SubscriberExt;

use super::messages::hinted;
use super::output::{follow, is_input};
use crate::input::Source;
use crate::render::display::Shown;

/// Profiles the program as one request, as long as this value lives.
pub(super) struct Profile {
    request: Entered,
    profiler: Profiler,
}

impl Profile {
    /// Appends to the log at `path`, if there is one. It must be neither an input nor the output.
    pub(super) fn start(path: Option<&Path>, sources: &[Source], output: Option<&Path>) -> Result<Option<Self>> {
        // Any key will do, since nobody else can ask for a request.
        const KEY: &str = "tracerank";
        let Some(path) = path else { return Ok(None) };
        if fs::metadata(path).is_ok_and(|file| is_input(&file, sources)) {
            let what = format!("{}: is an input, too, and would grow while it is read", Shown(path));
            return Err(hinted(what, "give --profile-self another file"));
        }
        if output.is_some_and(|output| follow(output) == follow(path)) {
            let what = format!("{}: can't be both the output and the profile", Shown(path));
            return Err(hinted(what, "give --profile-self another file"));
        }
        let profiler = Profiler::from_config(Config::new(path).hmac_key(KEY))?;
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(profiler.layer()))?;
        let Some(request) = profiler.request(KEY) else { bail!("{}: nothing can be profiled", Shown(path)) };
        Ok(Some(Self { request: request.enter(), profiler }))
    }

    /// Ends the request. Returns whether all of it is in the log; if not, the error is on standard error.
    pub(super) fn finish(self) -> bool {
        drop(self.request);
        self.profiler.flush()
    }
}
