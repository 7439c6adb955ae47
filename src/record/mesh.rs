//! A face's mesh, as bytes in metadata and as numbers in records.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::analysis::MESH_POINTS;

/// Bytes of a mesh: x, y and z of each point as little-endian `f32`.
const BYTES: usize = MESH_POINTS * 3 * size_of::<f32>();

/// A mesh with another number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{BYTES} bytes expected, {0} found")]
pub struct LengthError(pub usize);

/// 478 points: x and y in fractions of the picture, z in x's unit, smaller is nearer to the camera.
///
/// On a buffer they are one value of 478 x 3 little-endian `f32`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mesh(pub Vec<[f32; 3]>);

impl Mesh {
    /// The mesh in these bytes.
    ///
    /// # Errors
    /// Their number is not that of a whole mesh.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LengthError> {
        if bytes.len() != BYTES {
            return Err(LengthError(bytes.len()));
        }
        let (values, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = values
            .iter()
            .map(|value| f32::from_le_bytes(*value))
            .collect();
        Ok(Self(values.as_chunks::<3>().0.to_vec()))
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let values = self.0.iter().flatten();
        values.flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The part of it that `points` asks for.
    pub fn landmarks(self, points: Points) -> Option<Landmarks> {
        match points {
            Points::None => None,
            Points::Flat => {
                let flat = self.0.iter().map(|&[x, y, _]| [x, y]);
                Some(Landmarks::Flat(flat.collect()))
            }
            Points::Solid => Some(Landmarks::Solid(self.0)),
        }
    }
}

impl Serialize for Mesh {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for Mesh {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(MeshVisitor)
    }
}

struct MeshVisitor;

impl Visitor<'_> for MeshVisitor {
    type Value = Mesh;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{BYTES} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Mesh, E> {
        Mesh::from_bytes(bytes).map_err(E::custom)
    }
}

/// How much of the mesh records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceExportLandmarks")]
pub enum Points {
    /// No points.
    #[default]
    #[enum_value(name = "No points", nick = "none")]
    None,
    /// x and y of each point.
    #[enum_value(name = "x and y of each point", nick = "2d")]
    Flat,
    /// x, y and z of each point.
    #[enum_value(name = "x, y and z of each point", nick = "3d")]
    Solid,
}

/// The points of a mesh in a record: x and y in fractions of the picture, z in x's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, rename = "landmarks")]
pub enum Landmarks {
    /// x, y and z, with landmarks=3d.
    Solid(#[schemars(length(equal = 478))] Vec<[f32; 3]>),
    /// x and y, with landmarks=2d.
    Flat(#[schemars(length(equal = 478))] Vec<[f32; 2]>),
}

impl Landmarks {
    /// The points as far as they are told.
    pub fn points(&self) -> Vec<[Option<f32>; 3]> {
        match self {
            Self::Solid(points) => points.iter().map(|point| point.map(Some)).collect(),
            Self::Flat(points) => points
                .iter()
                .map(|&[x, y]| [Some(x), Some(y), None])
                .collect(),
        }
    }
}
