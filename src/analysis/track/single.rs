//! One face being followed.

use std::time::Duration;

use crate::analysis::mesh::Mesh;
use crate::analysis::time::BufferTime;
use crate::analysis::track_id::TrackId;
use crate::geometry::RotatedRect;

use super::appearance::{Appearance, STRANGER};
use super::constant_velocity::ConstantVelocity;
use super::face_shape::{self, FaceShape};
use super::people::Person;

/// The mesh net's logit of presence from which a face is in plain sight: hands across a face give 3
/// to 9, free faces 13.6 to 24.5.
const FREE_LOGIT: f64 = 12.0;
/// How long after a cut the mesh may take to settle on another face.
const SETTLING: Duration = Duration::from_millis(200);
/// How long a face must look unlike itself, without a jump, before its new looks are learned.
const RELEARN: Duration = Duration::from_secs(1);
/// Difference in looks from one frame to the next beyond which there may have been a cut, and in shape
/// beyond which it is another person: one person's portraits lie .39 apart at most.
const JUMP: f32 = 0.12;
const OTHER_SHAPE: f32 = 0.45;

/// A face being followed.
pub struct Track {
    /// Its id.
    pub id: TrackId,
    /// Where its mesh is looked for.
    pub region: RotatedRect,
    /// How it moved while it looked like itself.
    pub motion: ConstantVelocity,
    /// How it looks.
    pub appearance: Appearance,
    /// Its own shape, as far as people are remembered.
    pub shape: Option<FaceShape>,
    /// Whether its id was given by looks and shape, not by following it.
    pub recognised: bool,
    /// What was seen in its place on the last frame, whoever that was.
    last_look: Appearance,
    /// When what is seen in its place stopped looking like it from one frame to the next.
    jumped: Option<BufferTime>,
    /// When it was last seen.
    pub seen: BufferTime,
}

impl Track {
    /// A face that was seen first at `time`.
    pub fn new(id: TrackId, mesh: &Mesh, appearance: Appearance, time: BufferTime) -> Self {
        Self {
            id,
            region: mesh.region(),
            motion: ConstantVelocity::new(mesh.bounds, time),
            last_look: appearance.clone(),
            jumped: None,
            appearance,
            shape: None,
            recognised: false,
            seen: time,
        }
    }

    /// What this person is known again by; `None` where the shape was never seen well enough.
    pub fn person(&self) -> Option<Person> {
        Some(Person {
            id: self.id,
            appearance: self.appearance.clone(),
            shape: self.shape.clone()?,
            seen: self.seen,
        })
    }

    /// The face of `person`, seen again at `time` after having left.
    pub fn returned(person: Person, mesh: &Mesh, looks: &Appearance, time: BufferTime) -> Self {
        let mut track = Self::new(person.id, mesh, looks.clone(), time);
        track.appearance = person.appearance;
        track.appearance.learn(looks);
        track.shape = Some(person.shape);
        track.recognised = true;
        track
    }

    /// Takes in what was seen at the track's place. Where that does not look like the face, its
    /// place and looks stay as they were: it is half hidden, or the mesh has slipped off it.
    pub fn update(&mut self, mesh: &Mesh, likeness: &Appearance, time: BufferTime) {
        self.region = mesh.region();
        self.seen = time;
        self.last_look.clone_from(likeness);
        if self.appearance.distance(likeness) <= STRANGER {
            self.motion.update(mesh.bounds, time);
            self.appearance.learn(likeness);
        } else if time.since(self.motion.last_seen()) > RELEARN {
            self.motion = ConstantVelocity::new(mesh.bounds, time);
            self.appearance.clone_from(likeness);
        }
    }

    /// Whether what is seen in its place changed from one frame to the next so much that it may be
    /// somebody else.
    pub fn has_jumped(&self, likeness: &Appearance) -> bool {
        self.last_look.distance(likeness) > JUMP
    }

    /// Whether `shape` is another person's.
    pub fn is_not(&self, shape: &FaceShape) -> bool {
        let own = self.shape.as_ref();
        own.is_some_and(|own| own.distance(shape) > OTHER_SHAPE)
    }

    /// Takes in a look at its shape.
    pub fn learn_shape(&mut self, shape: &FaceShape) {
        match &mut self.shape {
            Some(own) => own.learn(shape),
            None => self.shape = Some(shape.clone()),
        }
    }

    /// Whether its shape is to be looked at again at `time`.
    pub fn wants_shape(&self, time: BufferTime) -> bool {
        let own = self.shape.as_ref();
        own.is_none_or(|own| time.since(own.seen) >= face_shape::PAUSE)
    }

    /// Whether another face has come to the place of this one, as in a cut: what is seen there
    /// stopped looking like it from one frame to the next, and is a face in plain sight.
    pub fn is_replaced(&mut self, mesh: &Mesh, likeness: &Appearance, time: BufferTime) -> bool {
        if self.appearance.distance(likeness) <= STRANGER {
            self.jumped = None;
            return false;
        }
        if self.last_look.distance(likeness) > STRANGER {
            self.jumped = Some(time);
        }
        let just_now = |jumped: BufferTime| time.since(jumped) <= SETTLING;
        mesh.logit >= FREE_LOGIT && self.jumped.is_some_and(just_now)
    }
}
