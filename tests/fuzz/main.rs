//! Damaged models, labels, structures and pictures, each in a process that must live.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod fuzz_inputs;
mod mutated_inputs;
