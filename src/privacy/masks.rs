//! Where faces are covered: each where it is seen, where it should be by now, or where it was lost.

use std::collections::HashMap;

use crate::analysis::TrackId;
use crate::geometry::BBox;
use crate::picture::Ellipse;

use super::KnownFaces;
use super::search::Search;

/// Size of a mask in boxes of the mesh: the box ends at the mesh, within the face's outline, and an
/// ellipse holds a box's corners from 1.42 on.
const MESH_MASK: f64 = 1.5;
/// The same in boxes of a detector, which lie closer to eyes and mouth.
const FOUND_MASK: f64 = 1.6;
/// How far a mask's middle lies above the box's, in heights of the box: hair is above the mesh.
const ABOVE: f64 = 0.07;
/// How long a mask stays where a face was last seen, ns: who turns away is still there.
pub const HOLD: u64 = 2_000_000_000;
/// How fast a mask grows while its face is not seen, in sizes a second, and by how much at most.
const GROWTH: f64 = 1.0;
const MOST_GROWTH: f64 = 1.0;
/// How long a face that is not seen is taken to move on as it did, in ns.
const MOVES_ON: u64 = 300_000_000;
/// Distance in sizes within which what is found is the face of a mask.
const SAME_FACE: f64 = 0.7;
/// How long after a cut, and for how old a result, an id is taken to be unsure, in ns: the analysis
/// takes 200 ms to settle on another face.
const UNSURE: u64 = 250_000_000;
/// Mesh presence (0..1) below which an id is unsure, and distance of another face in sizes.
const SURE_PRESENCE: f64 = 0.8;
const APART: f64 = 0.7;

/// A face's place and movement.
#[derive(Debug, Clone, Copy)]
struct Mask {
    bounds: BBox,
    /// Pixels a ns.
    velocity: [f64; 2],
    /// When it was last seen, in ns.
    seen: u64,
    /// Size in boxes.
    scale: f64,
}

/// The masks of a stream.
#[derive(Debug, Default)]
pub struct Masks {
    /// Of the faces that the analysis follows, by id.
    tracks: HashMap<TrackId, Mask>,
    /// Of what a search found.
    found: Vec<Mask>,
    /// When the scene last changed, in ns.
    cut: Option<u64>,
}

impl Masks {
    /// Takes in what is known of a frame and what was found in it.
    pub fn update(&mut self, known: &KnownFaces<'_>, search: &Search) {
        let now = known.now;
        if search.cut {
            self.cut = Some(now);
        }
        for face in &search.faces {
            match nearest(&mut self.found, face, now) {
                Some(mask) => mask.update(*face, now),
                None => self.found.push(Mask::new(*face, now, FOUND_MASK)),
            }
        }
        for face in known.faces {
            let bounds = BBox::from_fractions(&face.rect, search.size);
            let mask = self.tracks.entry(face.id);
            mask.and_modify(|mask| mask.update(bounds, known.seen))
                .or_insert_with(|| Mask::new(bounds, known.seen, MESH_MASK));
            // It is searched for from now on, even where no detector has found it yet.
            if nearest(&mut self.found, &bounds, now).is_none() {
                self.found.push(Mask::new(bounds, known.seen, MESH_MASK));
            }
        }
        let recent = |mask: &Mask| now.saturating_sub(mask.seen) <= HOLD;
        self.tracks.retain(|_, mask| recent(mask));
        self.found.retain(recent);
    }

    /// Where faces should be at `now` that were not seen in the frame before, taken at `before`.
    pub fn unseen(&self, before: u64, now: u64) -> Vec<BBox> {
        let unseen = self.found.iter().filter(|mask| mask.seen < before);
        unseen.map(|mask| mask.expected(now)).collect()
    }

    /// The ellipses to be covered at `known.now`, each with the longer side of its face in pixels.
    pub fn ellipses(
        &self,
        known: &KnownFaces<'_>,
        search: &Search,
        except: Option<TrackId>,
    ) -> Vec<(Ellipse, f64)> {
        let now = known.now;
        let spared = except.filter(|id| self.is_sure(*id, known, search));
        let spared_box = spared
            .and_then(|id| self.tracks.get(&id))
            .map(|mask| mask.expected(now));
        let is_spared =
            |mask: &Mask| spared_box.is_some_and(|spared| is_of(&spared, &mask.expected(now)));
        let tracks = self.tracks.iter();
        let tracks = tracks.filter(|(id, _)| spared != Some(**id));
        let tracks = tracks.map(|(_, mask)| mask);
        let found = self.found.iter().filter(|mask| !is_spared(mask));
        tracks.chain(found).map(|mask| mask.ellipse(now)).collect()
    }

    /// Whether it is certain who the face `id` is: it is seen, by itself, not just after a cut, and was followed
    /// from where it was named to where it is.
    fn is_sure(&self, id: TrackId, known: &KnownFaces<'_>, search: &Search) -> bool {
        let KnownFaces { faces, seen, now } = *known;
        let (Some(face), Some(mask)) = (
            faces.iter().find(|face| face.id == id),
            self.tracks.get(&id),
        ) else {
            return false;
        };
        let settled = self
            .cut
            .is_none_or(|cut| seen >= cut.saturating_add(UNSURE));
        let expected = mask.expected(now);
        let found = seen == now || search.faces.iter().any(|other| is_of(&expected, other));
        let alone = (self.tracks.iter())
            .filter(|(other, mask)| **other != id && mask.seen >= seen)
            .map(|(_, mask)| mask.expected(now))
            .all(|other| other.distance_to(&expected, expected.size()) > APART);
        let recent = now.saturating_sub(seen) <= UNSURE;
        face.score >= SURE_PRESENCE && !face.recognised && recent && settled && found && alone
    }

    /// Forgets every face.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Whether what a detector found at `found` is the face at `face`: a window may have cut off a part.
fn is_of(face: &BBox, found: &BBox) -> bool {
    face.contains(found.centre()) || found.distance_to(face, face.size()) < SAME_FACE
}

/// The mask whose face may be the one at `bounds`.
fn nearest<'a>(masks: &'a mut [Mask], bounds: &BBox, now: u64) -> Option<&'a mut Mask> {
    let distance = |mask: &Mask| {
        let expected = mask.expected(now);
        expected.distance_to(bounds, bounds.size().max(expected.size()))
    };
    let near = masks.iter_mut().filter(|mask| distance(mask) < SAME_FACE);
    near.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

impl Mask {
    fn new(bounds: BBox, seen: u64, scale: f64) -> Self {
        Self {
            bounds,
            velocity: [0.0; 2],
            seen,
            scale,
        }
    }

    fn update(&mut self, bounds: BBox, time: u64) {
        if let Some(passed @ 1..) = time.checked_sub(self.seen) {
            let ([x, y], [old_x, old_y]) = (bounds.centre(), self.bounds.centre());
            self.velocity = [x - old_x, y - old_y].map(|way| way / passed as f64);
        }
        self.seen = self.seen.max(time);
        self.bounds = bounds;
    }

    /// Where the face should be at `now`.
    fn expected(&self, now: u64) -> BBox {
        let passed = now.saturating_sub(self.seen).min(MOVES_ON) as f64;
        self.bounds.moved(self.velocity.map(|speed| speed * passed))
    }

    fn ellipse(&self, now: u64) -> (Ellipse, f64) {
        let age = now.saturating_sub(self.seen) as f64 * 1e-9;
        let scale = self.scale + (age * GROWTH).min(MOST_GROWTH);
        let expected = self.expected(now);
        let [x, y] = expected.centre();
        let sides = [expected.width(), expected.height()];
        let ellipse = Ellipse {
            centre: [x, y - sides[1] * ABOVE],
            radii: sides.map(|side| side * scale / 2.0),
        };
        (ellipse, sides[0].max(sides[1]))
    }
}
