//! The element's debug category, for `GST_DEBUG=aliyarface:LEVEL`.

use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

/// All that the element logs, whichever of its parts does.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "aliyarface",
        gst::DebugColorFlags::empty(),
        Some("Facial behaviour analysis"),
    )
});

/// Tells in the log of `category` that `object` does not take `value` for the property `pspec`.
pub fn rejected(
    category: &gst::DebugCategory,
    object: &impl IsA<glib::Object>,
    pspec: &glib::ParamSpec,
    value: &glib::Value,
) {
    let name = pspec.name();
    gst::error!(category, obj = object, "{name} cannot be set to {value:?}");
}
