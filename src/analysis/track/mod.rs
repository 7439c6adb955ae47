//! Follows faces from frame to frame and gives each a lasting id.
//!
//! Numbers without a measurement beside them were set by hand: `tests/analysis/tracks.rs` holds
//! them on composed scenes of people who pass each other, hide and come back.

mod appearance;
mod constant_velocity;
mod reidentification;
mod strays;

use std::time::Duration;

use crate::models::{self, FaceMesh};
use crate::picture::{Picture, PictureError};

use self::appearance::{Appearance, STRANGER};
use self::constant_velocity::ConstantVelocity;
use self::reidentification::{LostTracks, Recall};
use self::strays::{ONE_FACE, strays};
use super::alignment::Aligned;
use super::detection::{Detection, DetectionError, Detector, Sweep};
use super::mesh::{Mesh, MeshStage};
use super::time::BufferTime;
use super::timing::{Stage, Timing};
use super::track_id::TrackId;
use crate::geometry::{BBox, RotatedRect};
use crate::runtime::threads::Threads;

/// Presence below which a mesh is not taken for a face.
pub const PRESENCE_FLOOR: f64 = 0.5;

/// The mesh net's logit of presence from which a face is in plain sight: hands across a face give 3
/// to 9, free faces 13.6 to 24.5.
const FREE_LOGIT: f64 = 12.0;
/// The logit from which the mesh tells that a faint candidate is a face: of 134 places without one
/// in six kinds of bad light and blur, 1 to 4 pass where 5 to 8 would without.
const FAINT_LOGIT: f64 = 5.0;
/// How far a faint candidate must be smeared by motion to be believed in good light.
const FAINT_SMEAR: f64 = 0.5;
/// Pixels of the mesh net's crop that are averaged where noise hides a face.
const MESH_GRAINS: [f64; 2] = [3.0, 6.0];
/// How long after a cut the mesh may take to settle on another face.
const SETTLING: Duration = Duration::from_millis(200);
/// How long a face must look unlike itself, without a jump, before its new looks are learned.
const RELEARN: Duration = Duration::from_secs(1);

/// Why faces could not be found or followed.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// Faces could not be looked for.
    #[error(transparent)]
    Detection(#[from] DetectionError),
    /// A face could not be cut out for its mesh or its appearance.
    #[error(transparent)]
    Picture(#[from] PictureError),
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
}

impl Default for TrackSettings {
    fn default() -> Self {
        Self {
            detection_threshold: 0.75,
            detection_interval: 10,
            max_faces: 50,
        }
    }
}

/// A face followed into this frame.
pub struct Tracked {
    /// Its id.
    pub id: TrackId,
    /// Its mesh in this frame.
    pub mesh: Mesh,
}

/// A face being followed.
struct Track {
    id: TrackId,
    region: RotatedRect,
    /// How it moved while it looked like itself.
    motion: ConstantVelocity,
    appearance: Appearance,
    /// What was seen in its place on the last frame, whoever that was.
    last_look: Appearance,
    /// When what is seen in its place stopped looking like it from one frame to the next.
    jumped: Option<BufferTime>,
    /// When it was last seen.
    seen: BufferTime,
}

/// What happened to the tracks in one frame.
#[derive(Default)]
pub struct Followed {
    /// The faces seen.
    pub faces: Vec<Tracked>,
    /// Ids given up, with the time at which each was last seen.
    pub lost: Vec<(TrackId, BufferTime)>,
    /// Time spent detecting and reading meshes.
    pub timing: Timing,
}

/// The tracking stage: detector, mesh and the memory of whom they saw.
pub struct Tracker {
    detector: Detector,
    mesh: MeshStage,
    tracks: Vec<Track>,
    lost_tracks: LostTracks,
    threads: Threads,
    next_id: TrackId,
    frames_since_detection: Option<u32>,
}

impl Tracker {
    /// A stage around the loaded nets that shares its work among `threads`.
    pub fn new(
        near: models::Detector,
        far: models::Detector,
        mesh: FaceMesh,
        threads: Threads,
    ) -> Self {
        Self {
            detector: Detector::new(near, far),
            mesh: MeshStage::new(mesh),
            tracks: Vec::new(),
            lost_tracks: LostTracks::default(),
            threads,
            next_id: TrackId::new(1),
            frames_since_detection: None,
        }
    }

    /// Forgets every face, as after a cut or a seek; ids go on. Returns the ids given up and when
    /// each was last seen.
    pub fn reset(&mut self) -> Vec<(TrackId, BufferTime)> {
        self.detector.reset();
        self.frames_since_detection = None;
        let followed = self.tracks.drain(..);
        let mut lost: Vec<_> = followed.map(|track| (track.id, track.seen)).collect();
        lost.extend(self.lost_tracks.clear());
        lost
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
    ) -> Result<Followed, TrackError> {
        let mut followed = Followed::default();
        self.follow_known(picture, time, &mut followed)?;
        if let Some(sweep) = self.detection_due(settings) {
            self.look_around(picture, time, sweep, settings, &mut followed)?;
        }
        followed.lost.extend(self.lost_tracks.expire(time));
        Ok(followed)
    }

    fn follow_known(
        &mut self,
        picture: &Picture<'_>,
        time: BufferTime,
        followed: &mut Followed,
    ) -> Result<(), TrackError> {
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
                    if track.is_replaced(&mesh, &likeness, time) {
                        self.lost_tracks.keep(track);
                    } else {
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
            followed.faces.push(Tracked { id: track.id, mesh });
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
        followed: &mut Followed,
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
            let likeness = Appearance::from_mesh(picture, &mesh)?;
            newcomers.push((mesh, likeness));
        }
        let in_sight: Vec<BBox> = followed.faces.iter().map(|face| face.mesh.bounds).collect();
        let recalled = self.lost_tracks.recall(&newcomers, &in_sight, time);
        for ((mesh, likeness), recalled) in newcomers.into_iter().zip(recalled) {
            let track = match recalled {
                Recall::Known(mut track) => {
                    track.update(&mesh, &likeness, time);
                    *track
                }
                Recall::Undecided => continue,
                Recall::New => self.new_track(&mesh, likeness, time),
            };
            followed.faces.push(Tracked { id: track.id, mesh });
            self.tracks.push(track);
        }
        Ok(())
    }

    /// The mesh at a candidate, if there is a face. Where its box is not the one MediaPipe would
    /// have taken, the mesh is read a second time from where the first lay: so the result does not
    /// depend on the window in which the face was found.
    fn verify(
        &mut self,
        picture: &Picture<'_>,
        candidate: &Detection,
        settings: &TrackSettings,
        timing: &mut Timing,
    ) -> Result<Option<Mesh>, TrackError> {
        let threshold = settings.detection_threshold;
        let confirmed = timing.measure(Stage::DETECTION, || {
            self.detector.confirm(picture, candidate, threshold)
        });
        let Some(detection) = confirmed? else {
            return Ok(None);
        };
        let floor = if detection.faint { FAINT_LOGIT } else { 0.0 };
        let poor = self.detector.sees_poorly();
        let mut read = |region: &RotatedRect| {
            timing.measure(Stage::MESH, || {
                let plain = self.mesh.read(picture, region, &self.threads)?;
                let seen = plain.filter(|mesh| mesh.presence >= PRESENCE_FLOOR);
                match seen.filter(|mesh| mesh.logit >= floor) {
                    None if poor => self.read_denoised(picture, region, floor),
                    seen => Ok(seen),
                }
            })
        };
        let mesh = match read(&detection.region())? {
            Some(mesh) if !detection.of_whole => read(&mesh.region())?,
            first => first,
        };
        match mesh {
            // In good light, what stands still and looks only half like a face is none.
            Some(mesh) if detection.faint && !poor => {
                let aligned = Aligned::cut(picture, &mesh.points)?;
                let moved = aligned.is_some_and(|aligned| aligned.smear() >= FAINT_SMEAR);
                Ok(moved.then_some(mesh))
            }
            mesh => Ok(mesh),
        }
    }

    /// The mesh in a denoised copy of `region`, if it shows a face with at least the logit `floor`.
    fn read_denoised(
        &self,
        picture: &Picture<'_>,
        region: &RotatedRect,
        floor: f64,
    ) -> Result<Option<Mesh>, PictureError> {
        let is_face = |mesh: &Mesh| mesh.presence >= PRESENCE_FLOOR && mesh.logit >= floor;
        for grain in MESH_GRAINS {
            let threads = &self.threads;
            let mesh = self.mesh.read_denoised(picture, region, grain, threads)?;
            if let Some(mesh) = mesh.filter(is_face) {
                return Ok(Some(mesh));
            }
        }
        Ok(None)
    }

    fn new_track(&mut self, mesh: &Mesh, appearance: Appearance, time: BufferTime) -> Track {
        let id = self.next_id;
        self.next_id = id.next();
        Track {
            id,
            region: mesh.region(),
            motion: ConstantVelocity::new(mesh.bounds, time),
            last_look: appearance.clone(),
            jumped: None,
            appearance,
            seen: time,
        }
    }
}

impl Track {
    /// Takes in what was seen at the track's place. Where that does not look like the face, its
    /// place and looks stay as they were: it is half hidden, or the mesh has slipped off it.
    fn update(&mut self, mesh: &Mesh, likeness: &Appearance, time: BufferTime) {
        self.region = mesh.region();
        self.seen = time;
        self.last_look.clone_from(likeness);
        if self.appearance.distance(likeness) <= STRANGER {
            self.motion.update(mesh.bounds, time);
            self.appearance.learn(likeness);
        } else if time.since(self.motion.seen()) > RELEARN {
            self.motion = ConstantVelocity::new(mesh.bounds, time);
            self.appearance.clone_from(likeness);
        }
    }

    /// Whether another face has come to the place of this one, as in a cut: what is seen there
    /// stopped looking like it from one frame to the next, and is a face in plain sight.
    fn is_replaced(&mut self, mesh: &Mesh, likeness: &Appearance, time: BufferTime) -> bool {
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
