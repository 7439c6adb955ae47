//! Faces that went out of sight a moment ago and may come back.

use super::super::geometry::Box2;
use super::super::mesh::Mesh;
use super::Track;
use super::appearance::{Appearance, STRANGER};

/// How long a face that is out of sight keeps its id, in ns.
const RETENTION: u64 = 1_500_000_000;
/// Face widths from the expected place within which a face may come back.
const REACH: f64 = 1.2;
/// Factor by which its size may have changed.
const GROWTH: f64 = 1.6;
/// What a difference in looks weighs against a distance in face widths.
const LOOKS_WEIGHT: f64 = 2.0;

/// The faces out of sight.
#[derive(Default)]
pub struct Memory(Vec<Track>);

impl Memory {
    /// Whether anybody is expected back.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers a face that went out of sight.
    pub fn keep(&mut self, track: Track) {
        self.0.push(track);
    }

    /// Where the remembered faces should be at `time` ns.
    pub fn places(&self, time: u64) -> Vec<Box2> {
        self.0
            .iter()
            .map(|track| track.motion.expected(time))
            .collect()
    }

    /// For each face seen, the remembered track it continues, the best matches first.
    pub fn recall(&mut self, seen: &[(&Mesh, &Appearance)], time: u64) -> Vec<Option<Track>> {
        let mut matches: Vec<(f64, usize, u32)> = Vec::new();
        for (index, (mesh, looks)) in seen.iter().enumerate() {
            let of_track = |track: &Track| Some((cost(track, mesh, looks, time)?, index, track.id));
            matches.extend(self.0.iter().filter_map(of_track));
        }
        matches.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut recalled: Vec<Option<Track>> = seen.iter().map(|_| None).collect();
        for (_, index, id) in matches {
            let place = self.0.iter().position(|track| track.id == id);
            if let (Some(slot @ None), Some(place)) = (recalled.get_mut(index), place) {
                *slot = Some(self.0.swap_remove(place));
            }
        }
        recalled
    }

    /// Gives up those out of sight too long: their ids and when each was last seen.
    pub fn expire(&mut self, time: u64) -> Vec<(u32, u64)> {
        let expired = |track: &mut Track| time.saturating_sub(track.motion.seen()) > RETENTION;
        let expired = self.0.extract_if(.., expired);
        expired
            .map(|track| (track.id, track.motion.seen()))
            .collect()
    }

    /// Gives up all.
    pub fn clear(&mut self) -> Vec<(u32, u64)> {
        let all = self.0.drain(..);
        all.map(|track| (track.id, track.motion.seen())).collect()
    }
}

/// How badly a face fits a remembered one; `None` where it cannot be the same.
fn cost(track: &Track, mesh: &Mesh, looks: &Appearance, time: u64) -> Option<f64> {
    let expected = track.motion.expected(time);
    let distance = mesh
        .bounds
        .distance(&expected)
        .min(mesh.bounds.distance(&track.motion.last()));
    let growth = mesh.bounds.size() / expected.size().max(f64::MIN_POSITIVE);
    let difference = track.appearance.distance(looks);
    let fits = distance <= REACH && (1.0 / GROWTH..=GROWTH).contains(&growth);
    (fits && difference <= STRANGER).then(|| distance + LOOKS_WEIGHT * f64::from(difference))
}
