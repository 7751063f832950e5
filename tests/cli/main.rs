//! The command as its users meet it: options, inputs, lines of every kind, messages, help. One file a subject.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod check;
mod ci;
mod columns;
mod diff;
mod filters;
mod help;
mod inputs;
mod lines;
mod messages;
mod names;
mod output;
mod recorded;
mod self_time;
mod show;
mod slowest;
mod summaries;
mod tree;
mod unfit;
