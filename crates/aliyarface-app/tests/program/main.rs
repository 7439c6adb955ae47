//! The program `aliyarface`, as a user types it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyse;
mod archive;
mod cameras;
#[allow(dead_code)]
#[path = "../../../../tests/support/dice.rs"]
mod dice;
mod doctor;
mod gif;
mod install_files;
mod monitor;
mod report;
mod support;
#[path = "../../../../tests/support/words.rs"]
mod words;
