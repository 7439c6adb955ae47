//! The element as hosts drive it: formats, time stamps, states, several at once, privacy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod formats;
mod good_manners;
mod guests;
mod host;
mod multiple_elements;
mod places;
mod privacy;
mod profiles;
mod timestamps;
