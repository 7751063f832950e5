//! `--format`: the renderers of an analysis, as the command line offers them.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::render::{Model, Renderer};

/// Reads the name of a renderer. Help, manual pages and completions list all renderers.
pub(super) fn renderer<M: Model>() -> impl TypedValueParser<Value = &'static Renderer<M>> {
    let values = M::RENDERERS.iter().map(|renderer| PossibleValue::new(renderer.name).help(renderer.help));
    PossibleValuesParser::new(values).try_map(|name| find(&name))
}

/// Finds the renderer of a name.
pub(super) fn find<M: Model>(name: &str) -> Result<&'static Renderer<M>, String> {
    let names = || M::RENDERERS.iter().map(|renderer| renderer.name).collect::<Vec<_>>().join(", ");
    M::renderer(name).ok_or_else(|| format!("there is no format {name:?}; there are: {}", names()))
}
