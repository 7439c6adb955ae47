//! Covering faces, so that a picture can be shown or kept without showing who is in it.
//!
//! It happens after the analysis, on pixels alone: what was read of a face is what would have been
//! read without. It fails closed: each frame is searched by itself before it leaves, whatever the
//! analysis found, and one that cannot be searched is covered whole. A blurred or pixelated face can in part be guessed back by a machine; of one that
//! is shown as its mesh nothing is left.

mod masks;
mod search;

use crate::analysis::{Face, TrackId};
use crate::geometry::BBox;
use crate::picture::{Cover, Ellipse, PictureMut};

use masks::Masks;
pub use search::{FaceSearch, Search};

/// How faces are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceAnonymize")]
pub enum Anonymize {
    /// Not at all.
    #[default]
    #[enum_value(name = "Not at all", nick = "none")]
    None,
    /// Blurred.
    #[enum_value(name = "Blurred", nick = "blur")]
    Blur,
    /// In coarse squares.
    #[enum_value(name = "In coarse squares", nick = "pixelate")]
    Pixelate,
    /// Blank, with the mesh in place of the face.
    #[enum_value(name = "The mesh in place of the face", nick = "mesh-only")]
    MeshOnly,
}

/// Which faces are covered, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Privacy {
    /// What covers them.
    pub anonymize: Anonymize,
    /// Id of the one face that is not covered.
    pub except: Option<TrackId>,
}

impl Privacy {
    /// Whether anything is to be covered.
    pub fn any(&self) -> bool {
        self.anonymize != Anonymize::None
    }

    /// Whether the face of this track is covered.
    pub fn covers(&self, id: TrackId) -> bool {
        self.any() && self.except != Some(id)
    }
}

/// Squares along the longer side of a face's box, and waves where it is blurred: a smooth surface
/// shows more than squares do.
const SQUARES: f64 = 7.0;
const WAVES: f64 = 5.0;
/// The same where the whole picture is covered, along its shorter side.
const PICTURE_SQUARES: f64 = 10.0;
/// Half of a square's diagonal in sides: an ellipse this wide and high holds it.
const HALF_DIAGONAL: f64 = 0.708;
/// A squares' side in pixels is never less, so that small faces are covered as well.
const SQUARE_FLOOR: f64 = 4.0;
/// For how long a result says anything of the faces in a frame, ns.
const RESULT_HOLD: u64 = 1_000_000_000;

/// The faces that are known when a frame leaves.
#[derive(Debug, Clone, Copy)]
pub struct KnownFaces<'a> {
    /// Each with its place in the frame in which it was seen.
    pub faces: &'a [Face],
    /// The time of the frame they were seen in, ns.
    pub seen: u64,
    /// The time of the frame that leaves, ns.
    pub now: u64,
}

impl KnownFaces<'_> {
    /// Whether the picture has not moved on since.
    pub fn is_recent(&self) -> bool {
        self.now.saturating_sub(self.seen) <= RESULT_HOLD
    }
}

/// Covers faces, and remembers those that were just there.
#[derive(Debug, Default)]
pub struct Anonymizer {
    masks: Masks,
    /// The time of the last frame, ns.
    last: u64,
}

impl Anonymizer {
    /// Where the frame taken at `now` should be searched closely: faces were there a moment ago.
    pub fn unseen(&self, now: u64) -> Vec<BBox> {
        self.masks.unseen(self.last, now)
    }

    /// Covers the faces in `known`, those found by the `search` of this very frame, and those that
    /// were there shortly before. Where nothing recent is known or the frame was not searched, faces
    /// may be anywhere: the whole picture is covered.
    pub fn cover(
        &mut self,
        picture: &mut PictureMut<'_>,
        known: Option<KnownFaces<'_>>,
        search: Option<&Search>,
        privacy: &Privacy,
    ) {
        let anonymize = privacy.anonymize;
        let known = known.filter(KnownFaces::is_recent);
        let (Some(known), Some(search)) = (known, search) else {
            cover_all(picture, anonymize);
            return;
        };
        // The picture is drawn upon in the frame's own pixels, which need not be square.
        let drawn = [picture.width(), picture.height()].map(|side| side as f64);
        let [across, down] = [0, 1].map(|axis| drawn[axis] / search.size[axis]);
        let on_picture = |ellipse: Ellipse| Ellipse {
            centre: [ellipse.centre[0] * across, ellipse.centre[1] * down],
            radii: [ellipse.radii[0] * across, ellipse.radii[1] * down],
        };
        self.last = known.now;
        self.masks.update(&known, search);
        for (ellipse, side) in self.masks.ellipses(&known, search, privacy.except) {
            if let Some(cover) = anonymize.with(side / SQUARES) {
                picture.cover(&on_picture(ellipse), cover);
            }
        }
        for part in &search.unsearched {
            let sides = [part.width(), part.height()];
            let ellipse = Ellipse {
                centre: part.centre(),
                radii: sides.map(|side| side * HALF_DIAGONAL),
            };
            if let Some(cover) = anonymize.with(sides[0] / PICTURE_SQUARES) {
                picture.cover(&on_picture(ellipse), cover);
            }
        }
    }

    /// Forgets every face.
    pub fn reset(&mut self) {
        self.masks.clear();
        self.last = 0;
    }
}

fn cover_all(picture: &mut PictureMut<'_>, anonymize: Anonymize) {
    let size = [picture.width(), picture.height()].map(|side| side as f64);
    let everything = Ellipse {
        centre: size.map(|side| side / 2.0),
        radii: size,
    };
    let square = size[0].min(size[1]) / PICTURE_SQUARES;
    if let Some(cover) = anonymize.with(square) {
        picture.cover(&everything, cover);
    }
}

impl Anonymize {
    fn with(self, square: f64) -> Option<Cover> {
        let square = square.max(SQUARE_FLOOR);
        match self {
            Self::None => None,
            Self::Blur => Some(Cover::Smooth(square * SQUARES / WAVES)),
            Self::Pixelate => Some(Cover::Squares(square)),
            Self::MeshOnly => Some(Cover::Blank),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::masks::HOLD;
    use super::*;
    use crate::geometry::Rect;
    use crate::picture::{Colour, PixelFormat, PlaneMut};

    const SIDE: usize = 100;
    const MODES: [Anonymize; 3] = [Anonymize::Blur, Anonymize::Pixelate, Anonymize::MeshOnly];

    fn face(id: u32, x: f64, y: f64) -> Face {
        Face {
            id: TrackId::new(id),
            rect: Rect {
                x,
                y,
                width: 0.2,
                height: 0.2,
            },
            score: 1.0,
            ..Face::default()
        }
    }

    /// Which pixels of a fine chequerboard the anonymizer changes.
    fn changed(
        anonymizer: &mut Anonymizer,
        faces: Option<&[Face]>,
        (seen, now): (u64, u64),
        privacy: &Privacy,
    ) -> Vec<bool> {
        let board = (0..SIDE * SIDE).map(|at| ((at + at / SIDE) % 2 * 255) as u8);
        let before: Vec<u8> = board.collect();
        let mut after = before.clone();
        let plane = PlaneMut {
            data: &mut after,
            stride: SIDE,
        };
        let colour = Colour::BT601;
        let picture = PictureMut::new(PixelFormat::Gray8, SIDE, SIDE, vec![plane], colour);
        let known = faces.map(|faces| KnownFaces { faces, seen, now });
        let search = Search {
            size: [SIDE as f64; 2],
            ..Search::default()
        };
        anonymizer.cover(&mut picture.unwrap(), known, Some(&search), privacy);
        before.iter().zip(&after).map(|(a, b)| a != b).collect()
    }

    fn at(changed: &[bool], x: usize, y: usize) -> bool {
        changed[y * SIDE + x]
    }

    #[test]
    fn the_whole_box_of_each_face_is_covered_and_the_one_excepted_is_not() {
        let faces = [face(1, 0.2, 0.3), face(2, 0.6, 0.3)];
        for anonymize in MODES {
            let privacy = Privacy {
                anonymize,
                except: Some(TrackId::new(2)),
            };
            let changed = changed(&mut Anonymizer::default(), Some(&faces), (0, 0), &privacy);
            for y in 30..50 {
                for x in 20..40 {
                    assert!(at(&changed, x, y), "{anonymize:?}: {x}, {y}");
                    assert!(!at(&changed, x + 40, y), "{anonymize:?}: {x}, {y}");
                }
            }
            assert!(!at(&changed, 30, 80) && !at(&changed, 5, 40));
        }
    }

    #[test]
    fn a_face_not_seen_for_a_moment_stays_covered_and_its_mask_grows() {
        let privacy = Privacy {
            anonymize: Anonymize::MeshOnly,
            except: None,
        };
        let mut anonymizer = Anonymizer::default();
        let mut count = |faces: &[Face], time| {
            let changed = changed(&mut anonymizer, Some(faces), (time, time), &privacy);
            changed.into_iter().filter(|changed| *changed).count()
        };
        let seen = count(&[face(1, 0.4, 0.4)], 0);
        let moment = count(&[], HOLD / 2);
        assert!(seen > 500 && moment > seen, "{seen}, {moment}");
        assert_eq!(count(&[], 2 * HOLD), 0);
    }

    #[test]
    fn where_nothing_recent_is_known_all_is_covered() {
        for anonymize in MODES {
            let privacy = Privacy {
                anonymize,
                except: Some(TrackId::new(1)),
            };
            let mut anonymizer = Anonymizer::default();
            let unread = changed(&mut anonymizer, None, (0, 0), &privacy);
            assert!(unread.into_iter().all(|changed| changed), "{anonymize:?}");
            let old = changed(&mut anonymizer, Some(&[]), (0, 2 * HOLD), &privacy);
            assert!(old.into_iter().all(|changed| changed), "{anonymize:?}");
        }
    }
}
