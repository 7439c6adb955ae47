//! The element's debug category, for `GST_DEBUG=aliyarfaceexport:LEVEL`.

use std::sync::LazyLock;

/// All that the element logs, whichever of its parts does.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "aliyarfaceexport",
        gst::DebugColorFlags::empty(),
        Some("Records of facial behaviour"),
    )
});
