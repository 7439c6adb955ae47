//! How faces travel: on the buffer as `AliyarFaceMeta` and regions of interest, on the bus as
//! messages.
//!
//! What the analysis found is put into the types of [`mod@record`] once, when it leaves the element
//! ([`write`]); these become structures of GStreamer field by field (`structure`).

mod clock;
pub mod event;
mod message;
mod prepared;
mod read;
mod read_event;
mod region;
mod session;
mod structure;
#[allow(unsafe_code)]
mod transform;
mod write;

use gst::glib;
use gst::meta::CustomMeta;

use crate::analysis::{Face, Group};
use crate::record;

pub use clock::{StreamClock, Times};
pub use message::{EVENT_NAME, event as event_record, message};
pub use prepared::FaceStructures;
pub use structure::StructureError;
pub use write::face as face_record;

/// Name of the meta: what C and Python pass to `gst_buffer_get_custom_meta()`.
pub const NAME: &str = "AliyarFaceMeta";
/// Version of the schema, in the meta's field `version`.
pub const VERSION: u32 = 1;
/// Name of a face's structure.
const FACE: &str = "face";
/// Fields of the meta.
const VERSION_FIELD: &str = "version";
const ANALYSIS_PTS: &str = "analysis-pts";
const FACES: &str = "faces";
const GROUP: &str = "group";

/// Why a structure is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A field is missing or has another type.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// A field is missing that goes with one that is there, or holds what it cannot.
    #[error("field {field} is missing or does not fit the others")]
    Incomplete {
        /// The field's name.
        field: &'static str,
    },
    /// Written by a version of the schema that is not known here.
    #[error("schema version {0} is not known")]
    Version(u32),
}

/// What a buffer says about its faces.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceMeta {
    /// PTS in ns of the frame that was analysed.
    pub analysis_pts: u64,
    /// Its faces.
    pub faces: Vec<Face>,
    /// Five of them or more together.
    pub group: Option<Group>,
}

/// Registers the meta, once a process.
pub fn register() {
    if CustomMeta::is_registered(NAME) {
        return;
    }
    transform::register();
}

/// Attaches `meta` to `buffer`, which shows a picture of `width` x `height` pixels; times of
/// movements become those of the stream by `clock`. What an earlier element of this kind attached
/// is replaced. With the `structures` of these very faces only their ids are written.
///
/// # Errors
/// The meta was never registered.
pub fn attach(
    buffer: &mut gst::BufferRef,
    meta: &FaceMeta,
    structures: Option<FaceStructures>,
    clock: &StreamClock,
    [width, height]: [u32; 2],
) -> Result<(), glib::BoolError> {
    let faces = match structures.and_then(|made| made.into_values(&meta.faces, clock)) {
        Some(faces) => faces,
        None => face_values(&meta.faces, clock)
            .map_err(|err| glib::bool_error!("a face fits no structure: {err}"))?,
    };
    if let Ok(earlier) = CustomMeta::from_mut_buffer(buffer, NAME) {
        earlier.remove()?;
        region::remove(buffer);
    }
    // Regions stand first: where a picture is scaled they are there when the meta decides what goes along.
    for face in &meta.faces {
        region::attach(buffer, face, width, height);
    }
    let mut custom = CustomMeta::add(buffer, NAME)?;
    let structure = custom.mut_structure();
    structure.set(VERSION_FIELD, VERSION);
    structure.set(ANALYSIS_PTS, meta.analysis_pts);
    structure.set(FACES, gst::Array::from_values(faces));
    let group = meta.group.as_ref().map(write::group);
    let group = group.map(|group| structure::to_structure(GROUP, &group));
    if let Some(Ok(group)) = group {
        structure.set(GROUP, group);
    }
    Ok(())
}

fn face_values(
    faces: &[Face],
    clock: &StreamClock,
) -> Result<Vec<glib::SendValue>, StructureError> {
    let values = faces.iter().map(|face| {
        let face = face_structure(face, clock);
        face.map(glib::SendValue::from_owned)
    });
    values.collect()
}

fn face_structure(face: &Face, clock: &StreamClock) -> Result<gst::Structure, StructureError> {
    structure::to_structure(FACE, &write::face(face, clock))
}

/// Reads what [`attach`] wrote; `None` where the buffer carries no such meta.
///
/// # Errors
/// The meta does not follow the schema.
pub fn read(buffer: &gst::BufferRef) -> Result<Option<FaceMeta>, SchemaError> {
    let Some(meta) = self::record(buffer)? else {
        return Ok(None);
    };
    let faces = meta.faces.into_iter().map(Face::try_from);
    Ok(Some(FaceMeta {
        analysis_pts: meta.analysis_pts,
        faces: faces.collect::<Result<_, _>>()?,
        group: meta.group.map(|group| Group {
            faces: group.faces as usize,
            focus: group.visual_focus,
        }),
    }))
}

/// What [`attach`] wrote, in the words of the wire format; `None` where the buffer carries no such
/// meta.
///
/// # Errors
/// The meta does not follow the schema.
pub fn record(buffer: &gst::BufferRef) -> Result<Option<record::Meta>, SchemaError> {
    let meta = CustomMeta::from_buffer(buffer, NAME).ok();
    meta.map(|meta| meta_record(meta.structure())).transpose()
}

/// The meta in its structure.
///
/// # Errors
/// It does not follow the schema.
pub fn meta_record(structure: &gst::StructureRef) -> Result<record::Meta, SchemaError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Whole {
        version: u32,
        analysis_pts: u64,
        group: Option<record::Group>,
    }
    let whole: Whole = structure::from_structure(structure)?;
    if whole.version != VERSION {
        return Err(SchemaError::Version(whole.version));
    }
    let faces = structure.get::<gst::ArrayRef<'_>>(FACES);
    let faces = faces.map_err(|_| SchemaError::Incomplete { field: FACES })?;
    let face = |face: &glib::SendValue| {
        let structure = face.get::<&gst::StructureRef>();
        let structure = structure.map_err(|_| SchemaError::Incomplete { field: FACES })?;
        face_of(structure).map_err(|err| err.within(FACES).into())
    };
    Ok(record::Meta {
        version: whole.version,
        analysis_pts: whole.analysis_pts,
        faces: faces
            .as_slice()
            .iter()
            .map(face)
            .collect::<Result<_, SchemaError>>()?,
        group: whole.group,
    })
}

fn face_of(structure: &gst::StructureRef) -> Result<record::Face, StructureError> {
    Ok(record::Face {
        location: structure::from_structure(structure)?,
        readings: structure::from_structure(structure)?,
    })
}

impl TryFrom<&gst::StructureRef> for Face {
    type Error = SchemaError;

    fn try_from(structure: &gst::StructureRef) -> Result<Self, SchemaError> {
        Self::try_from(face_of(structure)?)
    }
}

impl TryFrom<&Face> for gst::Structure {
    type Error = StructureError;

    fn try_from(face: &Face) -> Result<Self, StructureError> {
        face_structure(face, &StreamClock::default())
    }
}

#[cfg(test)]
mod tests;
