//! A face, as the metadata on a buffer carries it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{BaselineState, EyeObstacle, Tier};

use super::{
    Distribution, Expression, ExpressionLimits, Eyes, Group, Mesh, Mixture, Session, Transition,
};

/// The intensity of each Action Unit, 0..5, by its code: `AU` and two digits.
pub type Intensities = IndexMap<String, f64>;
/// How far each Action Unit can be trusted, by its code.
pub type Tiers = IndexMap<String, Tier>;

/// What a buffer says about its faces.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// Version of the metadata's schema.
    pub version: u32,
    /// PTS in ns of the frame that was analysed.
    pub analysis_pts: u64,
    /// The faces on that frame.
    pub faces: Vec<Face>,
    /// Five of them or more together.
    pub group: Option<Group>,
}

/// One face in one frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Face {
    /// Where it is.
    #[serde(flatten)]
    pub location: Location,
    /// What is read of it.
    #[serde(flatten)]
    pub readings: Readings,
}

/// Where a face is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Track id: stable while the face stays, never given twice in a run; counts from 1.
    pub id: u32,
    /// Left edge of its box, as fraction of the picture's width.
    pub x: f64,
    /// Upper edge, as fraction of the picture's height.
    pub y: f64,
    /// Width as fraction of the picture's.
    pub width: f64,
    /// Height as fraction of the picture's.
    pub height: f64,
    /// Its mesh.
    pub landmarks: Mesh,
}

/// How far the picture allows a face to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "quality", rename_all = "kebab-case")]
pub struct Quality {
    /// Distance of the outer eye corners in pixels.
    pub size_px: f64,
    /// 0 sharp, 1 where nothing finer than a tenth of the eye distance is resolved.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub blur: f64,
    /// How much of the face is hidden: an indicator, not an area.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub occlusion: f64,
    /// Degrees between the face's direction and the camera's axis.
    pub angle: f64,
    /// Which parts of it can be seen.
    #[serde(default)]
    pub visible: VisibleParts,
    /// Whether every stage can be expected to work on this face.
    pub usable: bool,
}

/// Probability that a part of a face can be seen, below .5 where it is covered, as by a mask or dark
/// glasses; what is read there is left out then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "visible", rename_all = "kebab-case")]
pub struct VisibleParts {
    /// Both brows.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub brows: f64,
    /// Both eyes.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub eyes: f64,
    /// The nose.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub nose: f64,
    /// The mouth.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub mouth: f64,
}

impl Default for VisibleParts {
    fn default() -> Self {
        Self {
            brows: 1.0,
            eyes: 1.0,
            nose: 1.0,
            mouth: 1.0,
        }
    }
}

/// What the stages read of a face. A stage that is off, or that cannot read this face, leaves its
/// fields out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Readings {
    /// Presence score of the mesh net.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub score: f64,
    /// How readable the face is.
    pub quality: Quality,
    /// Degrees; chin down is positive.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub pitch: f64,
    /// Degrees; nose towards the picture's right is positive.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub yaw: f64,
    /// Degrees; counter-clockwise as seen is positive.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub roll: f64,
    /// The same rotation as a unit quaternion w, x, y, z; w is never negative.
    pub rotation: [f64; 4],
    /// Head centre in about centimetres, for a camera of 60 degrees: x right, y up, z towards it.
    pub translation: [f64; 3],
    /// The winning label, or `unknown` below the confidence floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotion: Option<String>,
    /// Probability of the likeliest label.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: Option<f64>,
    /// Probabilities smoothed over time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotions: Option<Distribution>,
    /// Probabilities of this very frame; absent where the net did not run on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotions_raw: Option<Distribution>,
    /// What the smoothed probabilities are made up of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixture: Option<Mixture>,
    /// Whether the emotion stays or turns into another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transition: Option<Transition>,
    /// Unpleasant to pleasant; absent with labels other than the bundled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.0, max = 1.0))]
    pub valence: Option<f64>,
    /// Calm to excited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.0, max = 1.0))]
    pub arousal: Option<f64>,
    /// What is known of the person's resting face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineState>,
    /// Whether the head is turned to the camera enough; where it is not, the fields below are absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units_observable: Option<bool>,
    /// How far the face is from the person's own resting face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units: Option<Intensities>,
    /// The same of the person's left half, of the units in which halves can differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units_left: Option<Intensities>,
    /// The same of the person's right half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units_right: Option<Intensities>,
    /// How far the face is from the mean person's resting face.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units_raw: Option<Intensities>,
    /// How far each unit can be trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_unit_tiers: Option<Tiers>,
    /// What is measured of the eyes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyes: Option<Eyes>,
    /// Why nothing is measured of the eyes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyes_not_observable: Option<EyeObstacle>,
    /// Indices over time; absent where none are measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// What could be seen of brief movements; absent where none are looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_expression_limits: Option<ExpressionLimits>,
    /// Movements decided on this frame; absent where none are looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_expressions: Option<Vec<Expression>>,
}
