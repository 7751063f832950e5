//! The command line.

use std::error::Error;

const USAGE: &str = "usage: generate_log --size BYTES[K|M|G|Ki|Mi|Gi] [--seed N] [-o FILE]
                    [--format mistral|access] [--shape mistral|prefixed|names] [--names N]
  --size   never more than this is written, and only whole lines (K, M, G: powers of 1000)
  --format mistral: the trace log of Mistral's profiler;
           access: an access log of nginx, combined with $request_time at the end
  --shape  mistral: a log as Mistral writes it; prefixed: the same after a logging prefix;
           names: N distinct trace names in turn";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Mistral,
    Access,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Mistral,
    Prefixed,
    Names,
}

pub(crate) struct Options {
    pub(crate) size: u64,
    pub(crate) seed: u64,
    pub(crate) format: Format,
    pub(crate) shape: Shape,
    pub(crate) names: u64,
    pub(crate) output: Option<String>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (format, shape) = (Format::Mistral, Shape::Mistral);
        let mut options = Self { size: 0, seed: 1, format, shape, names: 0, output: None };
        while let Some(flag) = arguments.next() {
            if flag == "-h" || flag == "--help" {
                return Err(USAGE.into());
            }
            let value = arguments.next().ok_or_else(|| format!("{flag}: no value\n{USAGE}"))?;
            match flag.as_str() {
                "--size" => options.size = parse_size(&value)?,
                "--seed" => options.seed = parse_number(&flag, &value)?,
                "--names" => options.names = parse_number(&flag, &value)?,
                "--format" => options.format = parse_format(&value)?,
                "--shape" => options.shape = parse_shape(&value)?,
                "-o" => options.output = Some(value),
                _ => return Err(format!("{flag}: no such option\n{USAGE}").into()),
            }
        }
        options.checked()
    }

    fn checked(self) -> Result<Self, Box<dyn Error>> {
        if self.size == 0 {
            return Err(format!("--size is missing\n{USAGE}").into());
        }
        if (self.shape == Shape::Names) != (self.names > 0) {
            return Err("--shape names and --names N go together".into());
        }
        if self.format != Format::Mistral && self.shape != Shape::Mistral {
            return Err("--shape is of --format mistral".into());
        }
        Ok(self)
    }
}

fn parse_number(flag: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{flag} {text}: not a number"))
}

fn parse_format(text: &str) -> Result<Format, String> {
    match text {
        "mistral" => Ok(Format::Mistral),
        "access" => Ok(Format::Access),
        _ => Err(format!("--format {text}: not mistral or access")),
    }
}

fn parse_shape(text: &str) -> Result<Shape, String> {
    match text {
        "mistral" => Ok(Shape::Mistral),
        "prefixed" => Ok(Shape::Prefixed),
        "names" => Ok(Shape::Names),
        _ => Err(format!("--shape {text}: not mistral, prefixed or names")),
    }
}

fn parse_size(text: &str) -> Result<u64, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let factor: u64 = match unit.trim_end_matches('B') {
        "" => 1,
        "K" => 1000,
        "M" => 1000_u64.pow(2),
        "G" => 1000_u64.pow(3),
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return Err(format!("--size {text}: unknown unit")),
    };
    let number: Option<u64> = digits.parse().ok();
    number.and_then(|n| n.checked_mul(factor)).ok_or_else(|| format!("--size {text}: not a size"))
}
