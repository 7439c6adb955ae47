//! What leaves the element: metadata, records, and the programs that read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod export;
mod exporting;
mod meta_readers;
mod metadata;
mod recording;
mod tables;
