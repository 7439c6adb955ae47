//! What becomes of the meta where a buffer is copied or scaled: through GStreamer's C interface, since
//! the safe one tells no sizes.

use std::ffi::CStr;
use std::ptr;

use gst::glib::ffi::{GFALSE, GQuark, GTRUE, gboolean, gpointer};
use gst::glib::translate::from_glib;
use gst::meta::CustomMeta;
use gst::{BufferRef, ffi, glib};
use gst_video::ffi::{GstVideoInfo, GstVideoMetaTransform};

use super::{FACES, NAME, region};

const C_NAME: &CStr = c"AliyarFaceMeta";
/// What the meta tells of: whoever changes only something else may keep it.
const TAGS: [&CStr; 3] = [c"video", c"size", c"orientation"];
/// Relative difference of two pictures' shapes up to which they are taken for the same: sizes are
/// whole numbers.
const SAME_SHAPE: f64 = 0.01;

/// Registers the meta under its name.
pub fn register() {
    let mut tags = TAGS.map(CStr::as_ptr).to_vec();
    tags.push(ptr::null());
    // SAFETY: name and tags are C strings that outlive the call, which copies them; the function
    // needs no data of its own.
    unsafe {
        ffi::gst_meta_register_custom(
            C_NAME.as_ptr(),
            tags.as_mut_ptr(),
            Some(transform),
            ptr::null_mut(),
            None,
        );
    }
}

/// Fractions of the picture stay true under a copy, and under a scale to the same shape; to another,
/// `videoscale` adds borders or stretches, which nothing tells here: then, and after anything else,
/// the meta does not go along, nor do the regions of its faces, which GStreamer would have stretched.
unsafe extern "C" fn transform(
    to: *mut ffi::GstBuffer,
    meta: *mut ffi::GstCustomMeta,
    _from: *mut ffi::GstBuffer,
    kind: GQuark,
    data: gpointer,
    _user_data: gpointer,
) -> gboolean {
    // SAFETY: GStreamer lends the buffer for writing and the meta for reading, and for a scale the
    // two formats, for as long as the call lasts.
    let (to, meta, kind) = unsafe {
        let kind: glib::Quark = from_glib(kind);
        let meta = &*meta.cast::<CustomMeta>();
        (BufferRef::from_mut_ptr(to), meta, kind)
    };
    let follows = match kind.as_str().as_str() {
        "gst-copy" => true,
        "gst-video-scale" => {
            // SAFETY: as above.
            let scale = unsafe { data.cast::<GstVideoMetaTransform>().as_ref() };
            // SAFETY: as above.
            let formats = scale
                .and_then(|scale| unsafe { scale.in_info.as_ref().zip(scale.out_info.as_ref()) });
            let same = formats.is_some_and(|(from, to)| have_same_shape(from, to));
            if !same {
                region::remove_scaled(to, &ids(meta.structure()));
            }
            same
        }
        _ => false,
    };
    let copied = follows
        && CustomMeta::add(to, NAME).is_ok_and(|mut copy| {
            for (field, value) in meta.structure().iter() {
                copy.mut_structure()
                    .set_value(field.as_str(), value.clone());
            }
            true
        });
    if copied { GTRUE } else { GFALSE }
}

/// The ids of the faces of a meta.
fn ids(structure: &gst::StructureRef) -> Vec<u32> {
    let faces = structure.get::<gst::ArrayRef<'_>>(FACES);
    let faces = faces.iter().flat_map(|faces| faces.as_slice());
    let ids = faces.filter_map(|face| face.get::<&gst::StructureRef>().ok()?.get("id").ok());
    ids.collect()
}

fn have_same_shape(from: &GstVideoInfo, to: &GstVideoInfo) -> bool {
    let shape = |info: &GstVideoInfo| {
        let pixel = f64::from(info.par_n.max(1)) / f64::from(info.par_d.max(1));
        f64::from(info.width) * pixel / f64::from(info.height.max(1))
    };
    let (from, to) = (shape(from), shape(to));
    (from - to).abs() <= SAME_SHAPE * from.max(to)
}
