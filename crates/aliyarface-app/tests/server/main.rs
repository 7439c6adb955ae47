//! `aliyarface serve`, as browsers and programs ask it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod camera;
mod client;
mod crashes;
#[path = "../../../../tests/support/dice.rs"]
#[allow(dead_code)]
mod dice;
mod files;
mod load;
mod outlets;
mod remote;
mod sources;
mod tls;
