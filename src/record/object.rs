//! A face, as a line of a record tells of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Face, Landmarks, Location, Points, Readings, Resolution};

/// What an object is of; there is one kind so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "object-type", rename_all = "lowercase")]
pub enum ObjectType {
    /// A face.
    #[default]
    Face,
}

/// A box in fractions of the picture, by its corners; it may reach beyond the picture's edges.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "bounding-box")]
pub struct BoundingBox {
    /// Left edge.
    pub x_min: f64,
    /// Upper edge.
    pub y_min: f64,
    /// Right edge.
    pub x_max: f64,
    /// Lower edge.
    pub y_max: f64,
}

/// Where a face was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "detection")]
pub struct Detection {
    /// The box around its mesh.
    pub bounding_box: BoundingBox,
    /// The mesh net's score.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
    /// What was found.
    pub label: ObjectType,
}

/// One face: the box with the names that readers of DL Streamer's `gvametaconvert` know, then each
/// field of the metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "object")]
pub struct Object {
    /// Track id: stable while the face stays, never given twice in a run; counts from 1.
    #[schemars(range(min = 1))]
    pub id: u32,
    /// What it is.
    pub roi_type: ObjectType,
    /// Where it was found.
    pub detection: Detection,
    /// Left edge in pixels; absent, as y, w and h, where the picture's size is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    /// Upper edge in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// Width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w: Option<i64>,
    /// Height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub h: Option<i64>,
    /// What is read of it.
    #[serde(flatten)]
    pub readings: Readings,
    /// With landmarks=2d or 3d.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landmarks: Option<Landmarks>,
}

impl Object {
    /// `face` on a picture of this size, with as much of its mesh as `points` asks for.
    pub fn new(face: Face, resolution: Option<Resolution>, points: Points) -> Self {
        let Face { location, readings } = face;
        let Location {
            id,
            x,
            y,
            width,
            height,
            landmarks,
        } = location;
        let pixels = |share: f64, side: fn(Resolution) -> u32| {
            resolution.map(|size| (share * f64::from(side(size))).round() as i64)
        };
        Self {
            id,
            roi_type: ObjectType::Face,
            detection: Detection {
                bounding_box: BoundingBox {
                    x_min: x,
                    y_min: y,
                    x_max: x + width,
                    y_max: y + height,
                },
                confidence: readings.score,
                label: ObjectType::Face,
            },
            x: pixels(x, |size| size.width),
            y: pixels(y, |size| size.height),
            w: pixels(width, |size| size.width),
            h: pixels(height, |size| size.height),
            readings,
            landmarks: landmarks.landmarks(points),
        }
    }
}
