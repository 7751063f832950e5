//! The option that was meant, where one is mistyped.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};

use super::Cli;
use crate::analyses::near::nearest;

/// Names the nearest long option of the command in an error about one that there is not.
pub(super) fn nearest_option(error: &mut clap::Error, arguments: &[OsString]) {
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return };
    let Some(unknown) = unknown.strip_prefix("--").filter(|_| error.kind() == clap::error::ErrorKind::UnknownArgument)
    else {
        return;
    };
    let mut cli = Cli::command();
    cli.build();
    let command = arguments.iter().find_map(|argument| cli.find_subcommand(argument)).unwrap_or(&cli);
    let options = command.get_arguments().filter(|option| !option.is_hide_set());
    let names: Vec<&str> = options.filter_map(clap::Arg::get_long_and_visible_aliases).flatten().collect();
    if let Some(near) = nearest(unknown.as_bytes(), names.into_iter()).first() {
        error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{near}")));
        // It shows the option that clap takes for the nearest.
        error.remove(ContextKind::Usage);
    }
}
