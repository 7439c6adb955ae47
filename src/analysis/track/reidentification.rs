//! Faces that went out of sight a moment ago and may come back.

use std::time::Duration;

use super::UntrackedFace;
use super::appearance::STRANGER;
use super::single::Track;
use crate::analysis::mesh::Mesh;
use crate::analysis::time::{BufferTime, seconds};
use crate::analysis::track_id::TrackId;
use crate::geometry::BBox;

/// How long a face that is out of sight keeps its id.
const RETENTION: Duration = Duration::from_millis(1500);
/// Face widths from the expected place within which a face may come back at once, and by how many
/// more each second.
const REACH: f64 = 1.2;
const REACH_GROWTH: f64 = 2.0;
/// Factor by which its size may have changed.
const GROWTH: f64 = 1.6;
/// What a difference in looks weighs against a distance in face widths.
const LOOKS_WEIGHT: f64 = 4.0;
/// How long a face that may be a remembered one, but does not look like it, is watched before it is
/// called a new one; longer beside another face, which may still cover it.
const WATCH: Duration = Duration::from_millis(200);
const WATCH_BESIDE: Duration = Duration::from_millis(800);
/// Face widths within which a face lies beside another.
const BESIDE: f64 = 1.3;

/// Whom a face that was found turns out to be.
pub enum Recall {
    /// The face of this track, come back.
    Known(Box<Track>),
    /// A face never seen before.
    New,
    /// It cannot be said yet.
    Undecided,
}

/// A face that may become a new one.
struct UnconfirmedFace {
    bounds: BBox,
    first_seen: BufferTime,
    last_seen: BufferTime,
}

/// The faces out of sight, and those that may be one of them.
#[derive(Default)]
pub struct LostTracks {
    tracks: Vec<Track>,
    strangers: Vec<UnconfirmedFace>,
}

impl LostTracks {
    /// Whether anybody is expected back.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Remembers a face that went out of sight.
    pub fn keep(&mut self, track: Track) {
        self.tracks.push(track);
    }

    /// Where the remembered faces should be at `time`.
    pub fn places(&self, time: BufferTime) -> Vec<BBox> {
        let places = self.tracks.iter();
        places.map(|track| track.motion.expected(time)).collect()
    }

    /// Whom each face found is, the best matches first; `in_sight` are the faces being followed.
    pub fn recall(
        &mut self,
        found: &[UntrackedFace],
        in_sight: &[BBox],
        time: BufferTime,
    ) -> Vec<Recall> {
        let mut matches: Vec<(f64, usize, TrackId)> = Vec::new();
        let mut expected = vec![false; found.len()];
        for (index, (newcomer, expected)) in found.iter().zip(&mut expected).enumerate() {
            let UntrackedFace { mesh, looks, shape } = newcomer;
            for track in &self.tracks {
                let Some(distance) = distance(track, mesh, time) else {
                    continue;
                };
                *expected = true;
                let difference = track.appearance.distance(looks);
                let other = shape.as_ref().is_some_and(|shape| track.is_not(shape));
                if difference <= STRANGER && has_the_size(track, mesh) && !other {
                    let cost = distance + LOOKS_WEIGHT * f64::from(difference);
                    matches.push((cost, index, track.id));
                }
            }
        }
        matches.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut known: Vec<Option<Track>> = found.iter().map(|_| None).collect();
        for (_, index, id) in matches {
            let place = self.tracks.iter().position(|track| track.id == id);
            if let (Some(slot @ None), Some(place)) = (known.get_mut(index), place) {
                *slot = Some(self.tracks.swap_remove(place));
            }
        }
        let decided = known.into_iter().zip(found).zip(expected);
        decided
            .map(|((known, newcomer), expected)| match known {
                Some(track) => Recall::Known(Box::new(track)),
                None if expected && !self.watched(&newcomer.mesh, in_sight, time) => {
                    Recall::Undecided
                }
                None => Recall::New,
            })
            .collect()
    }

    /// Whether a face that may be a remembered one has been watched long enough.
    fn watched(&mut self, mesh: &Mesh, in_sight: &[BBox], time: BufferTime) -> bool {
        let bounds = mesh.bounds;
        self.strangers
            .retain(|stranger| time.since(stranger.last_seen) < WATCH);
        let beside = in_sight.iter().any(|other| bounds.distance(other) < BESIDE);
        let patience = if beside { WATCH_BESIDE } else { WATCH };
        let mut strangers = self.strangers.iter_mut();
        match strangers.find(|stranger| stranger.bounds.distance(&bounds) < REACH) {
            Some(stranger) => {
                stranger.bounds = bounds;
                stranger.last_seen = time;
                time.since(stranger.first_seen) >= patience
            }
            None => {
                self.strangers.push(UnconfirmedFace {
                    bounds,
                    first_seen: time,
                    last_seen: time,
                });
                false
            }
        }
    }

    /// Those out of sight.
    pub fn iter(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter()
    }

    /// Takes `id` back.
    pub fn take(&mut self, id: TrackId) -> Option<Track> {
        let place = self.tracks.iter().position(|track| track.id == id)?;
        Some(self.tracks.swap_remove(place))
    }

    /// Gives up those out of sight too long.
    pub fn expire(&mut self, time: BufferTime) -> Vec<Track> {
        let expired = |track: &mut Track| time.since(track.seen) > RETENTION;
        let expired: Vec<Track> = self.tracks.extract_if(.., expired).collect();
        if self.tracks.is_empty() {
            self.strangers.clear();
        }
        expired
    }

    /// Gives up all.
    pub fn clear(&mut self) -> Vec<Track> {
        self.strangers.clear();
        std::mem::take(&mut self.tracks)
    }
}

/// How far a face lies from where a remembered one should be, in face widths; `None` where it cannot
/// have come from there.
fn distance(track: &Track, mesh: &Mesh, time: BufferTime) -> Option<f64> {
    let expected = track.motion.expected(time);
    let hidden = seconds(time.since(track.motion.last_seen()));
    let last = track.motion.last();
    let unit = last.width();
    let distance = mesh.bounds.distance_to(&expected, unit);
    let distance = distance.min(mesh.bounds.distance_to(&last, unit));
    (distance <= REACH + REACH_GROWTH * hidden).then_some(distance)
}

/// Whether a face is about as large as a remembered one; half hidden it may seem larger or smaller.
fn has_the_size(track: &Track, mesh: &Mesh) -> bool {
    let growth = mesh.bounds.size() / track.motion.last().size().max(f64::MIN_POSITIVE);
    (1.0 / GROWTH..=GROWTH).contains(&growth)
}
