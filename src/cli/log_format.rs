//! `--log-format`: names of formats, patterns, members of JSON, and files of patterns.

use std::ffi::OsStr;
use std::fs;
use std::sync::Arc;

use anyhow::Result;
use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use super::messages::hinted;
use crate::formats::declared::{Declared, Given, is_pattern};
use crate::formats::json_lines::JsonLines;
use crate::formats::{self, FORMATS, LogFormat};

/// A format that was asked for.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// By its name.
    Named(Arc<dyn LogFormat>),
    /// By a pattern, or by all patterns of a file.
    Patterns(Vec<Given>),
}

/// Takes a name, a pattern or the path of a file in TOML.
#[derive(Debug, Clone)]
pub(super) struct AskedParser;

impl AskedParser {
    fn names() -> PossibleValuesParser {
        let named = FORMATS.iter().zip(formats::known());
        named.map(|(registered, format)| PossibleValue::new(format.name()).help(registered.help)).into()
    }
}

impl TypedValueParser for AskedParser {
    type Value = Asked;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Asked, clap::Error> {
        let text = value.to_string_lossy();
        if text.starts_with(JsonLines::PREFIX) {
            return StringValueParser::new().try_map(|text| of_members(&text)).parse_ref(command, argument, value);
        }
        if is_pattern(&text) {
            return StringValueParser::new().try_map(|text| of_pattern(&text)).parse_ref(command, argument, value);
        }
        if text.ends_with(".toml") {
            return StringValueParser::new().try_map(|path| of_file(&path)).parse_ref(command, argument, value);
        }
        let found = |name: String| formats::find(&name).ok_or_else(|| format!("there is no log format {name}"));
        Self::names().try_map(found).parse_ref(command, argument, value).map(Asked::Named)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values: Vec<PossibleValue> = Self::names().possible_values()?.collect();
        Some(Box::new(values.into_iter()))
    }
}

fn of_members(text: &str) -> Result<Asked, String> {
    let compiled = JsonLines::compile(text).map_err(|error| error.to_string())?;
    Ok(Asked::Named(Arc::new(compiled)))
}

fn of_pattern(text: &str) -> Result<Asked, String> {
    let given = Given::from(text);
    Declared::of_given([&given]).map_err(|error| error.of_one())?;
    Ok(Asked::Patterns(vec![given]))
}

fn of_file(path: &str) -> Result<Asked, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("it can't be read: {}", crate::render::display::Plain(&error)))?;
    let given = Given::of_toml(&text)?;
    Declared::of_given(&given).map_err(|error| error.to_string())?;
    Ok(Asked::Patterns(given))
}

/// Makes one format of all that was asked for, if anything was.
pub(super) fn together(asked: &[Asked]) -> Result<Option<Arc<dyn LogFormat>>> {
    if let [Asked::Named(format)] = asked {
        return Ok(Some(Arc::clone(format)));
    }
    let mut all = Vec::new();
    for asked in asked {
        match asked {
            Asked::Patterns(given) => all.extend(given),
            Asked::Named(format) => {
                let what = format!("--log-format {} stands beside another one", format.name());
                let hint = format!("give it alone, or its patterns: tracerank formats {} prints them", format.name());
                return Err(hinted(what, hint));
            }
        }
    }
    Ok(if all.is_empty() { None } else { Some(Arc::new(Declared::of_given(all)?)) })
}
