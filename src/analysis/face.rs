//! What is known of one face in one frame.

use std::sync::Arc;

use super::action_units::ActionUnits;
use super::emotion::{Mixture, Transition};
use super::eyes::Eyes;
use super::micro_expression::{MicroExpression, Observability};

/// Points of a face mesh: MediaPipe's 468 and five for each iris.
pub const MESH_POINTS: usize = 478;

/// An upright rectangle in fractions of the picture; it may reach beyond the picture's edges.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// How the head is turned, in the camera's right-handed frame.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HeadPose {
    /// Degrees; chin down is positive.
    pub pitch: f64,
    /// Degrees; nose towards the picture's right is positive.
    pub yaw: f64,
    /// Degrees; counter-clockwise as seen is positive.
    pub roll: f64,
    /// The same rotation as a unit quaternion w, x, y, z; w is never negative.
    pub rotation: [f64; 4],
    /// Head centre in the camera's frame, in the canonical mesh's units (about a centimetre),
    /// for a camera of 60 degrees horizontal field of view: x right, y up, z towards the camera
    /// (so that a head in view has a negative z).
    pub translation: [f64; 3],
}

impl HeadPose {
    /// Degrees between where the face looks and the camera's axis.
    pub fn angle(&self) -> f64 {
        let forward = self.pitch.to_radians().cos() * self.yaw.to_radians().cos();
        forward.clamp(-1.0, 1.0).acos().to_degrees()
    }
}

/// How far the picture allows the face to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// Distance of the outer eye corners in pixels of the picture.
    pub size_px: f64,
    /// 0 where details of a hundredth of the eye distance are resolved, 1 where nothing finer than
    /// a tenth is.
    pub blur: f64,
    /// How much of what the mesh net expects of a face it misses: 0 nothing noticed, about .3 half
    /// of the face covered, beyond .4 a hand across eyes and nose. A covered mouth alone goes
    /// unnoticed, and strong blur raises it: an indicator, not a covered area.
    pub occlusion: f64,
    /// Degrees between the face's forward direction and the camera's axis.
    pub angle: f64,
    /// Whether every stage can be expected to work on this face.
    pub usable: bool,
}

/// Which emotion a face shows (not what a person feels).
#[derive(Debug, Clone, PartialEq)]
pub struct Emotion {
    /// Names of the classes, in the order of the probabilities.
    pub labels: Arc<[String]>,
    /// Probabilities smoothed over time; they sum to 1.
    pub smoothed: Vec<f64>,
    /// Probabilities of this very frame; `None` where the net did not run on it.
    pub raw: Option<Vec<f64>>,
    /// The winner of `smoothed`; `None` where it stays below the confidence floor.
    pub winner: Option<usize>,
    /// What `smoothed` is made up of.
    pub mixture: Mixture,
    /// Whether the emotion stays or turns into another.
    pub transition: Transition,
    /// Valence and arousal of `smoothed`, each -1..1; `None` with classes other than the bundled.
    pub valence_arousal: Option<[f64; 2]>,
}

impl Emotion {
    /// What [`Emotion::label`] says where no class reaches the confidence floor.
    pub const UNKNOWN: &str = "unknown";

    /// Name of the winning class, or `unknown`.
    pub fn label(&self) -> &str {
        self.winner
            .and_then(|index| self.labels.get(index))
            .map_or(Self::UNKNOWN, String::as_str)
    }

    /// Probability of the likeliest class.
    pub fn confidence(&self) -> f64 {
        self.smoothed.iter().copied().fold(0.0, f64::max)
    }
}

/// One face in one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Face {
    /// Track id: stable while the face stays, never given twice in a run; counts from 1.
    pub id: u32,
    /// Box around the mesh.
    pub rect: Rect,
    /// Presence score of the mesh net, 0..1.
    pub score: f64,
    /// How readable the face is.
    pub quality: Quality,
    /// [`MESH_POINTS`] points: x and y in fractions of the picture, z in x's unit, smaller is
    /// nearer to the camera.
    pub landmarks: Vec<[f32; 3]>,
    /// How the head is turned.
    pub head_pose: HeadPose,
    /// Absent where the emotion stage is off.
    pub emotion: Option<Emotion>,
    /// Absent where the Action Unit stage is off.
    pub action_units: Option<ActionUnits>,
    /// Absent where the Action Unit stage is off, the head is turned far or the face is small.
    pub eyes: Option<Eyes>,
    /// What could be seen of micro-expressions; absent where they are not looked for.
    pub micro_expression_limits: Option<Observability>,
    /// Movements that came and went, decided on this frame.
    pub micro_expressions: Vec<MicroExpression>,
}
