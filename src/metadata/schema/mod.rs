//! The schema: how a [`Face`] is written as a structure, and read back.

mod action_units;
mod emotion;
mod eyes;
pub mod micro_expression;

use gst::glib;

use crate::analysis::{Face, HeadPose, MESH_POINTS, Quality, Rect};

use super::{FaceMeta, VERSION};

/// Why a structure is not one of ours.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A field is missing or of another type.
    #[error("field {field} is missing or has another type")]
    Field {
        /// The field's name.
        field: &'static str,
    },
    /// A field holds another number of values.
    #[error("field {field} should hold {expected} values, it holds {found}")]
    Length {
        /// The field's name.
        field: &'static str,
        /// Values there must be.
        expected: usize,
        /// Values there are.
        found: usize,
    },
    /// Written by a version of the schema that is not known here.
    #[error("schema version {0} is not known")]
    Version(u32),
}

const LANDMARK_BYTES: usize = MESH_POINTS * 3 * size_of::<f32>();

impl From<&Face> for gst::Structure {
    fn from(face: &Face) -> Self {
        let landmarks: Vec<u8> = face
            .landmarks
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let quality = gst::Structure::builder("quality")
            .field("size-px", face.quality.size_px)
            .field("blur", face.quality.blur)
            .field("occlusion", face.quality.occlusion)
            .field("angle", face.quality.angle)
            .field("usable", face.quality.usable)
            .build();
        let mut structure = gst::Structure::builder("face")
            .field("id", face.id)
            .field("x", face.rect.x)
            .field("y", face.rect.y)
            .field("width", face.rect.width)
            .field("height", face.rect.height)
            .field("score", face.score)
            .field("quality", quality)
            .field("landmarks", glib::Bytes::from_owned(landmarks))
            .field("pitch", face.head_pose.pitch)
            .field("yaw", face.head_pose.yaw)
            .field("roll", face.head_pose.roll)
            .field("rotation", gst::Array::new(face.head_pose.rotation))
            .field("translation", gst::Array::new(face.head_pose.translation))
            .build();
        if let Some(emotion) = &face.emotion {
            emotion::write(emotion, &mut structure);
        }
        if let Some(units) = &face.action_units {
            let blink = face.eyes.map(|eyes| eyes.blink);
            action_units::write(units, blink, &mut structure);
        }
        if let Some(eyes) = &face.eyes {
            eyes::write(eyes, &mut structure);
        }
        micro_expression::write(face, &mut structure);
        structure
    }
}

/// Reads the whole meta.
///
/// # Errors
/// The structure does not follow the schema.
pub fn meta(structure: &gst::StructureRef) -> Result<FaceMeta, SchemaError> {
    let version: u32 = field(structure, "version")?;
    if version != VERSION {
        return Err(SchemaError::Version(version));
    }
    let faces: gst::Array = field(structure, "faces")?;
    let face = |value: &glib::SendValue| {
        let structure = value.get::<gst::Structure>();
        Face::try_from(structure.map_err(|_| missing("faces"))?.as_ref())
    };
    Ok(FaceMeta {
        analysis_pts: field(structure, "analysis-pts")?,
        faces: faces.iter().map(face).collect::<Result<_, _>>()?,
    })
}

impl TryFrom<&gst::StructureRef> for Face {
    type Error = SchemaError;

    fn try_from(structure: &gst::StructureRef) -> Result<Self, SchemaError> {
        let quality: gst::Structure = field(structure, "quality")?;
        Ok(Self {
            id: field(structure, "id")?,
            rect: Rect {
                x: field(structure, "x")?,
                y: field(structure, "y")?,
                width: field(structure, "width")?,
                height: field(structure, "height")?,
            },
            score: field(structure, "score")?,
            quality: Quality {
                size_px: field(&quality, "size-px")?,
                blur: field(&quality, "blur")?,
                occlusion: field(&quality, "occlusion")?,
                angle: field(&quality, "angle")?,
                usable: field(&quality, "usable")?,
            },
            landmarks: landmarks(structure)?,
            head_pose: HeadPose {
                pitch: field(structure, "pitch")?,
                yaw: field(structure, "yaw")?,
                roll: field(structure, "roll")?,
                rotation: numbers(structure, "rotation")?,
                translation: numbers(structure, "translation")?,
            },
            emotion: emotion::read(structure)?,
            action_units: action_units::read(structure)?,
            eyes: eyes::read(structure, action_units::blink(structure))?,
            micro_expression_limits: micro_expression::limits(structure)?,
            micro_expressions: micro_expression::read(structure)?,
        })
    }
}

fn landmarks(structure: &gst::StructureRef) -> Result<Vec<[f32; 3]>, SchemaError> {
    let bytes: glib::Bytes = field(structure, "landmarks")?;
    if bytes.len() != LANDMARK_BYTES {
        return Err(SchemaError::Length {
            field: "landmarks",
            expected: LANDMARK_BYTES,
            found: bytes.len(),
        });
    }
    let (values, _) = bytes.as_chunks::<4>();
    let values: Vec<f32> = values
        .iter()
        .map(|value| f32::from_le_bytes(*value))
        .collect();
    Ok(values.as_chunks::<3>().0.to_vec())
}

fn numbers<const N: usize>(
    structure: &gst::StructureRef,
    name: &'static str,
) -> Result<[f64; N], SchemaError> {
    let array: gst::Array = field(structure, name)?;
    let values: Vec<f64> = array
        .iter()
        .map(|value| value.get::<f64>().map_err(|_| missing(name)))
        .collect::<Result<_, _>>()?;
    values
        .try_into()
        .map_err(|values: Vec<f64>| SchemaError::Length {
            field: name,
            expected: N,
            found: values.len(),
        })
}

fn field<'a, T>(structure: &'a gst::StructureRef, name: &'static str) -> Result<T, SchemaError>
where
    T: glib::value::FromValue<'a>,
{
    structure.get(name).map_err(|_| missing(name))
}

/// A field that may be absent, but has this type where it is there.
fn optional<'a, T>(
    structure: &'a gst::StructureRef,
    name: &'static str,
) -> Result<Option<T>, SchemaError>
where
    T: glib::value::FromValue<'a>,
{
    match structure.has_field(name) {
        true => field(structure, name).map(Some),
        false => Ok(None),
    }
}

fn missing(field: &'static str) -> SchemaError {
    SchemaError::Field { field }
}
