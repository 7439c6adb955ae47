//! What is known of one face in one frame.

use super::action_units::ActionUnits;
use super::emotion::Emotion;
use super::expression::{ExpressionEvent, Observability};
use super::eyes::{Blink, EyeObstacle, Eyes};
use super::head_pose::HeadPose;
use super::indices::Session;
use super::observation::FaceObservation;
use super::quality::Quality;
use super::track_id::TrackId;
use crate::geometry::{Point, Rect};

/// One face in one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Face {
    /// Whose it is.
    pub id: TrackId,
    /// Whether it had left and was given its id by its looks, not by following it.
    pub recognised: bool,
    /// Box around the mesh.
    pub rect: Rect,
    /// Presence score of the mesh net, 0..1.
    pub score: f64,
    /// How readable the face is.
    pub quality: Quality,
    /// [`MESH_POINTS`](crate::geometry::landmarks::MESH_POINTS) points: x and y in fractions of the picture, z in x's unit, smaller is
    /// nearer to the camera.
    pub landmarks: Vec<[f32; 3]>,
    /// How the head is turned.
    pub head_pose: HeadPose,
    /// Absent where the emotion stage is off.
    pub emotion: Option<Emotion>,
    /// Absent where the Action Unit stage is off.
    pub action_units: Option<ActionUnits>,
    /// Absent where the Action Unit stage is off or the eyes cannot be measured.
    pub eyes: Option<Eyes>,
    /// Why the eyes cannot be measured.
    pub eye_obstacle: Option<EyeObstacle>,
    /// The blink or wink that is over on this very frame.
    pub decided_blink: Option<Blink>,
    /// Indices over time; absent where none are measured.
    pub session: Option<Session>,
    /// What could be seen of micro-expressions; absent where they are not looked for.
    pub micro_expression_limits: Option<Observability>,
    /// Movements that came and went, decided on this frame.
    pub micro_expressions: Vec<ExpressionEvent>,
}

impl Face {
    /// The face that was observed on a picture of `width` and `height` pixels, its expression not
    /// read yet.
    pub fn from_observation(observation: &FaceObservation, [width, height]: [f64; 2]) -> Self {
        let mesh = &observation.tracked.mesh;
        let in_fractions =
            |&[x, y, z]: &Point| [x / width, y / height, z / width].map(|value| value as f32);
        Self {
            id: observation.tracked.id,
            recognised: observation.tracked.recognised,
            rect: mesh.bounds.fractions([width, height]),
            score: mesh.presence,
            quality: observation.quality,
            landmarks: mesh.points.iter().map(in_fractions).collect(),
            head_pose: observation.pose,
            ..Self::default()
        }
    }
}
