//! AliyarFace: a GStreamer element that reads the faces in a video.
//!
//! A frame walks one way: buffer -> [`picture`] -> [`analysis`] (with the networks of [`models`]) ->
//! [`metadata`] -> [`overlay`]; [`aliyarface`] is the element around it. [`record`] is the wire format:
//! what is attached to a buffer, and what becomes text in [`export`], around which
//! [`aliyarfaceexport`] is the element.

// What a build leaves out is what these feature's code would use.
#![cfg_attr(
    not(all(feature = "local", feature = "remote")),
    allow(dead_code, unused_imports, unreachable_code)
)]

pub mod aliyarface;
pub mod aliyarfaceexport;
pub mod analysis;
pub mod export;
pub mod geometry;
pub mod metadata;
pub mod models;
pub mod nn;
pub mod opencv;
pub mod overlay;
pub mod picture;
pub mod privacy;
pub mod record;
#[cfg(feature = "remote")]
pub mod remote;
mod runtime;
pub mod statistics;

use gst::glib;

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    metadata::register();
    aliyarface::register(plugin)?;
    aliyarfaceexport::register(plugin)
}

pub use entry::*;

mod entry {
    #![allow(missing_docs, reason = "the macro writes functions without docs")]

    use super::plugin_init;

    gst::plugin_define!(
        aliyarface,
        env!("CARGO_PKG_DESCRIPTION"),
        plugin_init,
        concat!(env!("CARGO_PKG_VERSION"), "-", env!("COMMIT_ID")),
        "MPL",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_NAME"),
        "The folder of documentation of the package gstreamer1.0-aliyarface",
        env!("BUILD_REL_DATE")
    );
}
