//! The `aliyarfaceexport` element.

mod imp;
mod log;
mod settings;
mod stream;

use gst::glib;
use gst::prelude::*;

pub use settings::{Select, Subtitles};

/// Name of the element's factory.
pub const FACTORY: &str = "aliyarfaceexport";

glib::wrapper! {
    /// Turns what `aliyarface` attached to buffers into text, a record a buffer.
    pub struct AliyarFaceExport(ObjectSubclass<imp::AliyarFaceExport>)
        @extends gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        FACTORY,
        gst::Rank::NONE,
        AliyarFaceExport::static_type(),
    )
}
