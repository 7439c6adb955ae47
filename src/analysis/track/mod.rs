//! Follows faces from frame to frame and gives each a lasting id.
//!
//! Numbers without a measurement beside them were set by hand: `tests/analysis/tracks.rs` holds
//! them on composed scenes of people who pass each other, hide and come back.

mod appearance;
mod constant_velocity;
mod face_shape;
mod gallery;
mod people;
mod reidentification;
mod remembering;
mod single;
mod strays;
mod verification;

pub use self::gallery::{Gallery, KnownPerson};

use std::time::Duration;

use crate::models::{self, FaceMesh, FaceShapeModel};
use crate::picture::{Picture, PictureError};

use self::appearance::Appearance;
use self::face_shape::FaceShape;
use self::people::{People, Person};
use self::reidentification::{LostTracks, Recall};
use self::single::Track;
use self::strays::{ONE_FACE, strays};
use super::detection::{DetectionError, Detector, Sweep};
use super::head_pose::HeadPoseError;
use super::mesh::{Mesh, MeshStage};
use super::time::BufferTime;
use super::timing::{Stage, Timing};
use super::track_id::TrackId;
use crate::geometry::{BBox, RotatedRect};
use crate::runtime::threads::Threads;

/// Presence below which a mesh is not taken for a face.
pub const PRESENCE_FLOOR: f64 = 0.5;

/// Why faces could not be found or followed.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// Faces could not be looked for.
    #[error(transparent)]
    Detection(#[from] DetectionError),
    /// A face could not be cut out for its mesh or its appearance.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A face's own shape could not be computed.
    #[error(transparent)]
    Shape(#[from] HeadPoseError),
}

/// What the follower may be told to do differently.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackSettings {
    /// Score, 0..1, from which a detection is believed.
    pub detection_threshold: f64,
    /// Frames between two looks for new faces while all known ones are followed.
    pub detection_interval: u32,
    /// Faces followed at once.
    pub max_faces: usize,
    /// How long who left keeps id and neutral; 0 remembers nobody.
    pub remember: Duration,
}

impl Default for TrackSettings {
    fn default() -> Self {
        Self {
            detection_threshold: 0.75,
            detection_interval: 10,
            max_faces: 50,
            remember: Duration::ZERO,
        }
    }
}

/// A face followed into this frame.
pub struct TrackedFace {
    /// Its id.
    pub id: TrackId,
    /// Its mesh in this frame.
    pub mesh: Mesh,
    /// Whether it left and was recognised by its looks, not followed.
    pub recognised: bool,
}

impl TrackedFace {
    fn new(track: &Track, mesh: Mesh) -> Self {
        Self {
            id: track.id,
            mesh,
            recognised: track.recognised,
        }
    }
}

/// A face that was found and not followed to where it is.
struct UntrackedFace {
    mesh: Mesh,
    looks: Appearance,
    /// `None` where people are not remembered, or it cannot be told.
    shape: Option<FaceShape>,
}

/// What happened to the tracks in one frame.
#[derive(Default)]
pub struct TrackUpdate {
    /// The faces seen.
    pub faces: Vec<TrackedFace>,
    /// Ids given up, with the time at which each was last seen.
    pub lost: Vec<(TrackId, BufferTime)>,
    /// Ids that left but are remembered, with the same.
    pub left: Vec<(TrackId, BufferTime)>,
    /// Ids that had left and are not remembered any longer.
    pub forgotten: Vec<TrackId>,
    /// Time spent detecting and reading meshes.
    pub timing: Timing,
}

/// The tracking stage: detector, mesh and the memory of whom they saw.
pub struct Tracker {
    detector: Detector,
    mesh: MeshStage,
    tracks: Vec<Track>,
    lost_tracks: LostTracks,
    people: People,
    /// The people as told to others, and those that others tell of.
    gallery: Gallery,
    shapes: FaceShapeModel,
    threads: Threads,
    next_id: TrackId,
    frames_since_detection: Option<u32>,
}

impl Tracker {
    /// A stage around the loaded nets that shares its work among `threads`, and whom it knows in `gallery`.
    pub fn new(
        near: models::DetectorNet,
        far: models::DetectorNet,
        mesh: FaceMesh,
        shapes: FaceShapeModel,
        gallery: Gallery,
        threads: Threads,
    ) -> Self {
        Self {
            detector: Detector::new(near, far),
            mesh: MeshStage::new(mesh),
            tracks: Vec::new(),
            lost_tracks: LostTracks::default(),
            people: People::default(),
            gallery,
            shapes,
            threads,
            next_id: TrackId::new(1),
            frames_since_detection: None,
        }
    }

    /// Forgets every face, as after a cut or a seek, and who had left; ids go on. Returns the ids given
    /// up and when each was last seen.
    pub fn reset(&mut self) -> TrackUpdate {
        self.detector.reset();
        self.frames_since_detection = None;
        let tracks = self.tracks.drain(..);
        let tracks = tracks.chain(self.lost_tracks.clear());
        self.gallery.clear();
        TrackUpdate {
            lost: tracks.map(|track| (track.id, track.seen)).collect(),
            forgotten: self.people.clear(),
            ..TrackUpdate::default()
        }
    }

    /// Follows the known faces into `picture`, taken at `time`, and looks for others when due.
    ///
    /// # Errors
    /// A net or a crop failed; the tracks stay as they were.
    pub fn follow(
        &mut self,
        picture: &Picture<'_>,
        time: BufferTime,
        settings: &TrackSettings,
    ) -> Result<TrackUpdate, TrackError> {
        let mut followed = TrackUpdate::default();
        if !settings.remember.is_zero() {
            let given = self.gallery.take_given();
            let recent = |person: &Person| time.since(person.seen) <= settings.remember;
            for person in given.into_iter().filter(recent) {
                self.people.keep(person);
            }
        }
        self.follow_known(picture, time, settings, &mut followed)?;
        if let Some(sweep) = self.detection_due(settings) {
            self.look_around(picture, time, sweep, settings, &mut followed)?;
        }
        self.part_with(time, settings.remember, &mut followed);
        self.update_gallery(time, settings.remember, &followed);
        Ok(followed)
    }

    fn follow_known(
        &mut self,
        picture: &Picture<'_>,
        time: BufferTime,
        settings: &TrackSettings,
        followed: &mut TrackUpdate,
    ) -> Result<(), TrackError> {
        let remembers = !settings.remember.is_zero();
        let regions: Vec<RotatedRect> = self.tracks.iter().map(|track| track.region).collect();
        let (timing, threads) = (&mut followed.timing, &self.threads);
        let seen = timing.measure(Stage::MESH, || {
            self.mesh.read_each(picture, &regions, threads)
        })?;
        let seen: Vec<(Option<Mesh>, RotatedRect)> = seen.into_iter().zip(regions).collect();
        let poor = self.detector.sees_poorly();
        let looks = threads.map(seen, |(mesh, region)| {
            let mesh = match mesh.filter(|mesh| mesh.presence >= PRESENCE_FLOOR) {
                None if poor => self.read_denoised(picture, &region, 0.0)?,
                mesh => mesh,
            };
            let look = |mesh: Mesh| Ok((Appearance::from_mesh(picture, &mesh)?, mesh));
            mesh.map(look).transpose()
        });
        let looks: Vec<_> = looks.into_iter().collect::<Result<_, PictureError>>()?;
        let mut present = Vec::new();
        for (mut track, look) in std::mem::take(&mut self.tracks).into_iter().zip(looks) {
            match look {
                Some((likeness, mesh)) => {
                    let jumped = remembers && track.has_jumped(&likeness);
                    let shape = if jumped || remembers && track.wants_shape(time) {
                        FaceShape::from_mesh(&self.shapes, &mesh, time)?
                    } else {
                        None
                    };
                    let other = jumped && shape.as_ref().is_some_and(|shape| track.is_not(shape));
                    if track.is_replaced(&mesh, &likeness, time) || other {
                        self.lost_tracks.keep(track);
                    } else {
                        if let Some(shape) = &shape {
                            track.learn_shape(shape);
                        }
                        present.push((track, mesh, likeness));
                    }
                }
                None => self.lost_tracks.keep(track),
            }
        }
        for index in strays(&present).into_iter().rev() {
            self.lost_tracks.keep(present.remove(index).0);
        }
        for (mut track, mesh, likeness) in present {
            track.update(&mesh, &likeness, time);
            followed.faces.push(TrackedFace::new(&track, mesh));
            self.tracks.push(track);
        }
        Ok(())
    }

    fn detection_due(&mut self, settings: &TrackSettings) -> Option<Sweep> {
        let since = self.frames_since_detection;
        self.frames_since_detection = Some(since.map_or(0, |frames| frames.saturating_add(1)));
        if self.tracks.len() >= settings.max_faces {
            return None;
        }
        let searching = self.tracks.is_empty() || !self.lost_tracks.is_empty();
        let sweep = match since {
            None => Sweep::Full,
            Some(frames) if searching || frames + 1 >= settings.detection_interval => {
                Sweep::Partial
            }
            Some(_) => return None,
        };
        self.frames_since_detection = Some(0);
        Some(sweep)
    }

    fn look_around(
        &mut self,
        picture: &Picture<'_>,
        time: BufferTime,
        sweep: Sweep,
        settings: &TrackSettings,
        followed: &mut TrackUpdate,
    ) -> Result<(), TrackError> {
        let places = self.lost_tracks.places(time);
        let mut known: Vec<BBox> = Vec::new();
        known.extend(followed.faces.iter().map(|face| face.mesh.bounds));
        let mut newcomers = Vec::new();
        let timing = &mut followed.timing;
        let candidates = timing.measure(Stage::DETECTION, || {
            self.detector.candidates(picture, sweep, &places)
        })?;
        for candidate in candidates {
            if self.tracks.len() + newcomers.len() >= settings.max_faces {
                break;
            }
            if known
                .iter()
                .any(|bounds| bounds.contains(candidate.bounds.centre()))
            {
                continue;
            }
            let Some(mesh) = self.verify(picture, &candidate, settings, timing)? else {
                continue;
            };
            if known
                .iter()
                .any(|bounds| bounds.distance(&mesh.bounds) < ONE_FACE)
            {
                continue;
            }
            known.push(mesh.bounds);
            newcomers.push(UntrackedFace {
                looks: Appearance::from_mesh(picture, &mesh)?,
                shape: if settings.remember.is_zero() {
                    None
                } else {
                    FaceShape::from_mesh(&self.shapes, &mesh, time)?
                },
                mesh,
            });
        }
        let in_sight: Vec<BBox> = followed.faces.iter().map(|face| face.mesh.bounds).collect();
        let recalled = self.lost_tracks.recall(&newcomers, &in_sight, time);
        for (newcomer, recalled) in newcomers.into_iter().zip(recalled) {
            let track = match recalled {
                Recall::Known(mut track) => {
                    track.update(&newcomer.mesh, &newcomer.looks, time);
                    *track
                }
                Recall::Undecided => continue,
                Recall::New => self.identified(&newcomer, time),
            };
            followed.faces.push(TrackedFace::new(&track, newcomer.mesh));
            self.tracks.push(track);
        }
        Ok(())
    }

    fn new_id(&mut self) -> TrackId {
        let id = self.next_id;
        self.next_id = id.next();
        id
    }
}
