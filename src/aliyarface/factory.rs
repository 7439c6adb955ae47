//! What the registry keeps of the element: its description and its pads.

use std::sync::LazyLock;

use crate::picture::PixelFormat;

/// What `gst-inspect-1.0` says of the element.
pub static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
    gst::subclass::ElementMetadata::new(
        "Facial behaviour analyser",
        "Filter/Analyzer/Effect/Video",
        "Reads faces: mesh, head pose and the emotion a face shows, as metadata and overlay",
        "The AliyarFace developers",
    )
});

/// A sink and a source for every format that is read without a conversion.
pub static PAD_TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
    let formats = PixelFormat::ALL.map(PixelFormat::to_gst);
    let caps = gst_video::VideoCapsBuilder::new()
        .format_list(formats)
        .build();
    let pads = [
        ("sink", gst::PadDirection::Sink),
        ("src", gst::PadDirection::Src),
    ];
    let template = |(name, direction)| {
        gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
    };
    pads.into_iter().filter_map(template).collect()
});
