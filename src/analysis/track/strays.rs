//! Tracks that ended up on one face.

use crate::analysis::mesh::Mesh;

use super::appearance::Appearance;
use super::single::Track;

/// Distance of two meshes' centres, in widths of the smaller, below which they are one face: one
/// face read from shifted regions stays within .36, neighbours keep .43 even where they overlap.
pub const ONE_FACE: f64 = 0.4;

/// Of each pair of tracks that ended up on one face, the index of the one that strayed: the one
/// whose remembered looks the face resembles less.
pub fn strays(present: &[(Track, Mesh, Appearance)]) -> Vec<usize> {
    let mut strays = Vec::new();
    for (index, (track, mesh, likeness)) in present.iter().enumerate() {
        let strayed = present
            .iter()
            .enumerate()
            .any(|(other, (rival, theirs, seen))| {
                let one_face = mesh.bounds.distance(&theirs.bounds) < ONE_FACE;
                let (ours, its) = (
                    track.appearance.distance(likeness),
                    rival.appearance.distance(seen),
                );
                other != index && one_face && (ours, index) > (its, other)
            });
        if strayed {
            strays.push(index);
        }
    }
    strays
}
