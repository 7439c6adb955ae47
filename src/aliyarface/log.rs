//! The element's debug category, for `GST_DEBUG=aliyarface:LEVEL`.

use std::sync::LazyLock;

/// All that the element logs, whichever of its parts does.
pub static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "aliyarface",
        gst::DebugColorFlags::empty(),
        Some("Facial behaviour analysis"),
    )
});
