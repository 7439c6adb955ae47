//! The `aliyarface` element.

mod baseline;
mod bus;
mod clock;
mod drawing;
mod folders;
mod imp;
mod mode;
mod patience;
mod reader;
mod session;
mod settings;
mod stats;
#[cfg(test)]
mod tests;
mod worker;

use gst::glib;
use gst::prelude::*;

pub use settings::{AnalysisMode, AnonymizeMode, OverlayLanguage, OverlayParts};

/// Name of the element's factory.
pub const FACTORY: &str = "aliyarface";

glib::wrapper! {
    /// Reads the faces in each frame and attaches what it read to the buffer.
    pub struct AliyarFace(ObjectSubclass<imp::AliyarFace>)
        @extends gst_video::VideoFilter, gst_base::BaseTransform, gst::Element, gst::Object;
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(
        Some(plugin),
        FACTORY,
        gst::Rank::NONE,
        AliyarFace::static_type(),
    )
}
