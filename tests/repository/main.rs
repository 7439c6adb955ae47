//! The files around the code: README, inspection, set-up, installation, programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod dependencies;
mod inspect;
mod install;
mod layers;
mod readme;
mod setup;
