//! Where beside a face nothing stands yet: off the hair too where there is room for that.

use super::pixel_rect::PixelRect;

/// How far from its face a panel may stand, in parts of the face's longer side: farther off it is
/// not clear whose it is.
const REACH: f32 = 0.8;
/// Rectangles beside which places are tried, the nearest ones to the face.
const NEIGHBOURS: usize = 7;

/// How far hair and ears reach beyond the box of a face, in parts of its width and of its height: by
/// eye, on the pictures of the samples.
const EARS: f32 = 0.1;
const HAIR: f32 = 0.3;
/// Part of that reach which a panel that stands already keeps off, so that it does not flutter.
const KEPT: f32 = 0.5;

/// What is known of the surroundings of a face.
pub struct FreePlace<'a> {
    pub picture: PixelRect,
    /// The face's box.
    pub own: PixelRect,
    /// Where nothing may stand; the own face is among it.
    pub taken: &'a [PixelRect],
    /// Boxes of all faces, whose hair is kept off where there is room.
    pub faces: &'a [PixelRect],
    /// Distance between two things in pixels.
    pub gap: f32,
}

/// The box of a face with a part of the hair and the ears around it.
fn head(face: PixelRect, part: f32) -> PixelRect {
    PixelRect {
        left: face.left - face.width() * EARS * part,
        top: face.top - face.height() * HAIR * part,
        right: face.right + face.width() * EARS * part,
        ..face
    }
}

/// The free place of this size that is nearest to the face; the one at `kept`, from the face's upper left
/// corner, while that is free. Where there is none beside the heads, one beside the faces.
pub fn nearest(
    search: &FreePlace<'_>,
    size: (f32, f32),
    kept: Option<[f32; 2]>,
) -> Option<PixelRect> {
    let beside_heads = |part: f32| {
        let heads = search.faces.iter().map(|face| head(*face, part));
        heads
            .chain(search.taken.iter().copied())
            .collect::<Vec<_>>()
    };
    let kept = kept.map(|[x, y]| at([search.own.left + x, search.own.top + y], size));
    let stays = |taken: &[PixelRect]| kept.filter(|place| search.is_free(*place, taken));
    stays(&beside_heads(KEPT))
        .or_else(|| search.nearest(&beside_heads(1.0), size))
        .or_else(|| stays(search.taken))
        .or_else(|| search.nearest(search.taken, size))
}

fn at([left, top]: [f32; 2], size: (f32, f32)) -> PixelRect {
    PixelRect::from_size(size.0, size.1).moved_to(left.round(), top.round())
}

impl FreePlace<'_> {
    fn is_free(&self, place: PixelRect, taken: &[PixelRect]) -> bool {
        let inside = place.intersection(self.picture) == place;
        inside && (taken.iter()).all(|other| place.intersection(*other).size() <= 0.0)
    }

    /// Whether no other face is nearer to `place` than its own, which is so `far`: it would seem to be
    /// that one's.
    fn is_nearer_than_others(&self, place: PixelRect, far: f32) -> bool {
        let others = self.faces.iter().filter(|face| **face != self.own);
        let mut visible = others.map(|face| face.intersection(self.picture));
        visible.all(|face| distance(place, face) >= far)
    }

    /// The place off `taken` that is nearest to the face, and no nearer to another.
    fn nearest(&self, taken: &[PixelRect], size: (f32, f32)) -> Option<PixelRect> {
        let Self {
            picture, own, gap, ..
        } = *self;
        let visible = own.intersection(picture);
        let reach = own.width().max(own.height()) * REACH;
        let mut nearby: Vec<PixelRect> = taken.to_vec();
        nearby.retain(|other| distance(*other, visible) <= reach + size.0.max(size.1));
        nearby.sort_by(|a, b| distance(*a, visible).total_cmp(&distance(*b, visible)));
        let mut columns = vec![picture.left + gap, picture.right - gap - size.0];
        let mut rows = vec![picture.top + gap, picture.bottom - gap - size.1];
        for other in std::iter::once(&own).chain(nearby.iter().take(NEIGHBOURS)) {
            let across = [other.right + gap, other.left - gap - size.0];
            columns.extend(across.into_iter().chain([other.left, other.right - size.0]));
            let down = [other.bottom + gap, other.top - gap - size.1];
            rows.extend(down.into_iter().chain([other.top, other.bottom - size.1]));
        }
        let mut best: Option<(f32, PixelRect)> = None;
        for (left, top) in columns
            .iter()
            .flat_map(|left| rows.iter().map(move |top| (*left, *top)))
        {
            let place = at([left, top], size);
            let far = distance(place, visible);
            let nearer = best.is_none_or(|(nearest, _)| far < nearest);
            let own = far <= reach && self.is_nearer_than_others(place, far);
            if own && nearer && self.is_free(place, &nearby) {
                best = Some((far, place));
            }
        }
        best.map(|(_, place)| place)
    }
}

/// How far apart two rectangles are, and a little for corners that do not line up.
fn distance(a: PixelRect, b: PixelRect) -> f32 {
    let apart = |low: f32, high: f32, other_low: f32, other_high: f32| {
        (other_low - high).max(low - other_high).max(0.0)
    };
    let edges =
        apart(a.left, a.right, b.left, b.right).hypot(apart(a.top, a.bottom, b.top, b.bottom));
    edges + ((a.top - b.top).abs() + (a.left - b.left).abs()) * 1e-3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(taken: &[PixelRect]) -> FreePlace<'_> {
        FreePlace {
            picture: PixelRect::from_size(640.0, 480.0),
            own: taken[0],
            taken,
            faces: &[],
            gap: 6.0,
        }
    }

    fn at(left: f32, top: f32, width: f32, height: f32) -> PixelRect {
        PixelRect::from_size(width, height).moved_to(left, top)
    }

    #[test]
    fn the_nearest_free_place_is_taken_and_kept() {
        let face = at(200.0, 100.0, 120.0, 150.0);
        let first = nearest(&search(&[face]), (180.0, 100.0), None).unwrap();
        assert!(distance(first, face) < 8.0);
        let both = [face, first];
        let second = nearest(&search(&both), (180.0, 100.0), None).unwrap();
        assert!(
            both.iter()
                .all(|other| other.intersection(second).size() <= 0.0)
        );
        let offset = [second.left - face.left, second.top - face.top];
        let again = nearest(&search(&[face]), (180.0, 100.0), Some(offset));
        assert_eq!(again, Some(second));
    }

    #[test]
    fn a_face_without_room_near_it_has_no_place() {
        let face = at(10.0, 10.0, 620.0, 460.0);
        assert_eq!(nearest(&search(&[face]), (180.0, 100.0), None), None);
        let small = at(0.0, 0.0, 40.0, 40.0);
        let wall = [
            small,
            at(41.0, 0.0, 300.0, 480.0),
            at(0.0, 41.0, 640.0, 300.0),
        ];
        assert_eq!(nearest(&search(&wall), (100.0, 60.0), None), None);
    }

    #[test]
    fn hair_stays_free_where_there_is_room_and_the_face_always() {
        let face = at(200.0, 200.0, 120.0, 150.0);
        let hair = head(face, 1.0);
        let faces = [face];
        let search = FreePlace {
            faces: &faces,
            ..search(&faces)
        };
        let beside = |size| nearest(&search, size, None);
        let place = beside((180.0, 100.0)).unwrap();
        assert!(place.intersection(hair).size() <= 0.0, "{place:?}");
        // Nothing so wide and high fits between a head and the picture's edges.
        let wide = beside((600.0, 180.0)).unwrap();
        assert!(wide.intersection(hair).size() > 0.0, "{wide:?}");
        assert!(wide.intersection(face).size() <= 0.0, "{wide:?}");
    }

    #[test]
    fn a_panel_stands_nearer_to_its_own_face_than_to_any_other() {
        let own = at(480.0, 300.0, 150.0, 180.0);
        let other = at(250.0, 180.0, 80.0, 90.0);
        let size = (150.0, 60.0);
        let place = |faces: &[PixelRect], taken: &[PixelRect]| {
            let search = FreePlace {
                own,
                faces,
                ..search(taken)
            };
            nearest(&search, size, None)
        };
        let wall = at(400.0, 290.0, 78.0, 190.0);
        let above = at(400.0, 160.0, 240.0, 138.0);
        let taken = [own, wall, above, other];
        assert!(place(&[own], &taken).is_some());
        let found = place(&[own, other], &taken);
        assert!(
            found.is_none_or(|found| distance(found, own) <= distance(found, other)),
            "{found:?}"
        );
    }
}
