//! How faces travel: on the buffer as `AliyarFaceMeta` and regions of interest, on the bus as
//! messages.

pub mod event;
mod message;
mod region;
mod schema;

use std::sync::Arc;

use gst::glib;
use gst::meta::CustomMeta;
use gst::prelude::*;

use crate::analysis::{ExpressionEvent, Face};

pub use message::{EVENT_NAME, Times, message};
pub use schema::SchemaError;

/// Name of the meta: what C and Python pass to `gst_buffer_get_custom_meta()`.
pub const NAME: &str = "AliyarFaceMeta";
/// Version of the schema, in the meta's field `version`.
pub const VERSION: u32 = 1;

/// What a buffer says about its faces.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceMeta {
    /// PTS in ns of the frame that was analysed.
    pub analysis_pts: u64,
    /// Its faces.
    pub faces: Vec<Face>,
}

/// Gives the micro-expressions in `meta` the times of the stream that comes in at `pad`, where they had
/// those of the buffers.
pub fn into_stream_time(meta: &mut Arc<FaceMeta>, pad: &gst::Pad) {
    let none = |face: &Face| face.micro_expressions.is_empty();
    if meta.faces.iter().all(none) {
        return;
    }
    let Some(event) = pad.sticky_event::<gst::event::Segment>(0) else {
        return;
    };
    let Some(segment) = event.segment().downcast_ref::<gst::ClockTime>() else {
        return;
    };
    let faces = &mut Arc::make_mut(meta).faces;
    for expression in faces
        .iter_mut()
        .flat_map(|face| &mut face.micro_expressions)
    {
        let ExpressionEvent {
            onset,
            apex,
            offset,
            ..
        } = expression;
        for time in [onset, apex, offset] {
            let stream = segment.to_stream_time(gst::ClockTime::from_nseconds(*time));
            *time = stream.map_or(*time, gst::ClockTime::nseconds);
        }
    }
}

/// Registers the meta, once a process.
pub fn register() {
    if CustomMeta::is_registered(NAME) {
        return;
    }
    CustomMeta::register_with_transform(
        NAME,
        &["video", "size", "orientation"],
        |to, meta, _, kind| {
            // Fractions of the picture stay true under a copy and a scale; after anything else
            // they would not.
            if !matches!(kind.as_str().as_str(), "gst-copy" | "gst-video-scale") {
                return false;
            }
            let Ok(mut copy) = CustomMeta::add(to, NAME) else {
                return false;
            };
            for (field, value) in meta.structure().iter() {
                copy.mut_structure()
                    .set_value(field.as_str(), value.clone());
            }
            true
        },
    );
}

/// Attaches `meta` to `buffer`, which shows a picture of `width` x `height` pixels. What an earlier
/// element of this kind attached is replaced.
///
/// # Errors
/// The meta was never registered.
pub fn attach(
    buffer: &mut gst::BufferRef,
    meta: &FaceMeta,
    width: u32,
    height: u32,
) -> Result<(), glib::BoolError> {
    let repeated = CustomMeta::from_buffer(buffer, NAME).is_ok();
    if repeated {
        region::remove(buffer);
    }
    let mut custom = match repeated {
        true => CustomMeta::from_mut_buffer(buffer, NAME)?,
        false => CustomMeta::add(buffer, NAME)?,
    };
    let structure = custom.mut_structure();
    structure.set("version", VERSION);
    structure.set("analysis-pts", meta.analysis_pts);
    let faces = meta.faces.iter().map(gst::Structure::from);
    structure.set("faces", gst::Array::new(faces));
    for face in &meta.faces {
        region::attach(buffer, face, width, height);
    }
    Ok(())
}

/// Reads what [`attach`] wrote; `None` where the buffer carries no such meta.
///
/// # Errors
/// The meta does not follow the schema.
pub fn read(buffer: &gst::BufferRef) -> Result<Option<FaceMeta>, SchemaError> {
    let Ok(meta) = CustomMeta::from_buffer(buffer, NAME) else {
        return Ok(None);
    };
    schema::meta(meta.structure()).map(Some)
}
