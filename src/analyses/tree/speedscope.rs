//! For speedscope, in its own file format (<https://www.speedscope.app/file-format-schema.json>): a sampled profile
//! with a sample for each path, weighed by self time.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;

use super::View;
use crate::render::escape;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "speedscope",
    help: "Profile for www.speedscope.app: self time in nanoseconds",
    audience: Audience::Program,
    write,
};

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: &'static str,
    exporter: &'static str,
    shared: Shared<'a>,
    profiles: [Profile; 1],
}

#[derive(Serialize)]
struct Shared<'a> {
    frames: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    name: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    r#type: &'static str,
    name: &'static str,
    unit: &'static str,
    start_value: i64,
    end_value: i128,
    samples: Vec<Vec<usize>>,
    weights: Vec<i128>,
}

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut frames = Vec::new();
    let (mut samples, mut weights) = (Vec::new(), Vec::new());
    for (path, self_ns) in view.stacks().filter(|(_, self_ns)| *self_ns > 0) {
        let path = path.into_iter().map(|name| {
            *numbers.entry(name).or_insert_with(|| {
                frames.push(Frame { name: escape::utf8(name) });
                frames.len() - 1
            })
        });
        samples.push(path.collect());
        weights.push(self_ns);
    }
    let profile = Profile {
        r#type: "sampled",
        name: "self time",
        unit: "nanoseconds",
        start_value: 0,
        end_value: weights.iter().sum(),
        samples,
        weights,
    };
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        name: "tracerank",
        exporter: concat!("tracerank ", env!("CARGO_PKG_VERSION")),
        shared: Shared { frames },
        profiles: [profile],
    };
    serde_json::to_writer(&mut *out, &file)?;
    writeln!(out)
}
