//! Regions of interest, for encoders and watermarks that know nothing of faces.

use std::ops::ControlFlow;

use gst_video::VideoRegionOfInterestMeta;

use crate::analysis::Face;

/// What the regions are called.
pub const ROI_TYPE: &str = "face";
/// Name of the parameter that tells our regions from those of other detectors.
const MARK: &str = "aliyarface";

/// Attaches the region of `face`, clipped to the picture; nothing where it lies outside.
pub fn attach(buffer: &mut gst::BufferRef, face: &Face, width: u32, height: u32) {
    let clip = |start: f64, length: f64, limit: u32| {
        let limit = f64::from(limit);
        let from = (start * limit).clamp(0.0, limit).round();
        let to = ((start + length) * limit).clamp(0.0, limit).round();
        (from as u32, (to - from) as u32)
    };
    let (x, wide) = clip(face.rect.x, face.rect.width, width);
    let (y, high) = clip(face.rect.y, face.rect.height, height);
    if wide == 0 || high == 0 {
        return;
    }
    let mut region = VideoRegionOfInterestMeta::add(buffer, ROI_TYPE, (x, y, wide, high));
    region.set_id(i32::try_from(face.id.number()).unwrap_or(i32::MAX));
    region.add_param(
        gst::Structure::builder(MARK)
            .field("id", face.id.number())
            .build(),
    );
}

/// Removes the regions that [`attach`] made.
pub fn remove(buffer: &mut gst::BufferRef) {
    remove_where(buffer, |region| region.param(MARK).is_some());
}

/// Removes what GStreamer made of the regions of the faces `ids` in scaling them: it leaves out their mark.
pub fn remove_scaled(buffer: &mut gst::BufferRef, ids: &[u32]) {
    remove_where(buffer, |region| {
        let id = u32::try_from(region.id());
        region.roi_type() == ROI_TYPE && id.is_ok_and(|id| ids.contains(&id))
    });
}

fn remove_where(buffer: &mut gst::BufferRef, ours: impl Fn(&VideoRegionOfInterestMeta) -> bool) {
    buffer.foreach_meta_mut(|mut meta| {
        let region = meta.downcast_ref::<VideoRegionOfInterestMeta>();
        if region.is_some_and(|region| ours(region)) {
            ControlFlow::Continue(gst::buffer::BufferMetaForeachAction::Remove)
        } else {
            ControlFlow::Continue(gst::buffer::BufferMetaForeachAction::Keep)
        }
    });
}
