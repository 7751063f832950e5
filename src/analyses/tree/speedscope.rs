//! For speedscope, in its own file format (<https://www.speedscope.app/file-format-schema.json>): a sampled profile
//! with a sample for each path, weighed by the time that is its own.

use std::borrow::Cow;
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
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: &'static str,
    exporter: &'static str,
    shared: Shared,
    profiles: [Profile; 1],
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    r#type: &'static str,
    name: String,
    unit: &'static str,
    start_value: i64,
    end_value: i128,
    samples: Vec<Vec<usize>>,
    weights: Vec<i128>,
}

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut numbers: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
    let mut frames = Vec::new();
    let (mut samples, mut weights) = (Vec::new(), Vec::new());
    view.each_stack(|path, own_ns| {
        let number = |name: &Cow<'_, [u8]>| {
            numbers.get(name).copied().unwrap_or_else(|| {
                frames.push(Frame { name: escape::utf8(name).into_owned() });
                numbers.insert(name.clone().into_owned().into(), frames.len() - 1);
                frames.len() - 1
            })
        };
        samples.push(path.iter().map(number).collect());
        weights.push(own_ns);
        Ok(())
    })?;
    let profile = Profile {
        r#type: "sampled",
        name: view.whole(),
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
