//! The `aliyarface` element.

mod baseline;
mod effects;
mod engine;
mod factory;
mod failures;
mod frame_clock;
mod imp;
mod load;
mod log;
mod mode;
mod model_folders;
mod notify;
mod processor;
mod profile;
mod properties;
mod recent_durations;
mod search_source;
mod start;
mod stats;
#[cfg(test)]
mod tests;
mod upright;

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;

use crate::analysis::Gallery;
use crate::runtime::private;

pub(crate) use log::rejected as log_rejected;
pub use mode::AnalysisMode;
pub use model_folders::model_folders;

/// Name of the element's factory.
pub const FACTORY: &str = "aliyarface";

glib::wrapper! {
    /// Reads the faces in each frame and attaches what it read to the buffer.
    pub struct AliyarFace(ObjectSubclass<imp::AliyarFace>)
        @extends gst_video::VideoFilter, gst_base::BaseTransform, gst::Element, gst::Object;
}

impl AliyarFace {
    /// Whom the element knows, where it remembers people: another one may go on in its place.
    pub fn gallery(&self) -> Gallery {
        self.imp().gallery()
    }
}

pub(crate) fn register(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    private::log_lines(|line| gst::debug!(log::CAT, "{line}"));
    gst::Element::register(
        Some(plugin),
        FACTORY,
        gst::Rank::NONE,
        AliyarFace::static_type(),
    )
}
