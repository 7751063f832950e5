//! The command as its users meet it: options, inputs, lines of every kind, messages, help. One file a subject.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

mod access;
mod cases;
mod check;
mod ci;
mod columns;
mod databases;
mod detection;
mod diff;
mod duplicates;
mod envelopes;
mod filtered;
mod filters;
mod glued;
mod golden;
mod help;
mod inputs;
mod keep_going;
mod lines;
mod listed;
mod malformed;
mod memory;
mod messages;
mod names;
mod order;
mod output;
mod pipes;
mod readme;
mod recorded;
mod rotation;
mod self_time;
mod shares;
mod show;
mod slowest;
mod summaries;
mod times;
mod tree;
mod unfit;
