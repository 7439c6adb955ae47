//! The panels of all faces: how much each says and where it stands.

use std::collections::HashMap;

use super::area::Area;
use super::canvas::Canvas;
use super::panel::{Detail, Panel};
use super::placement::{LabelSide, Placement, Surroundings};
use super::text::Typesetter;
use super::words::Language;
use crate::analysis::{Face, TrackId};
use crate::picture::PictureMut;

/// A full panel is shown where it hides at most this share of a face.
const TOLERATED: f32 = 0.16;
/// Once shown it is kept up to this share, so that it does not flicker at the limit.
const KEPT: f32 = 0.26;
/// A title that would hide more than this is left out: in a crowd faces are worth more.
const TITLE_TOLERATED: f32 = 0.4;

/// One face and how it is shown.
pub struct Shown<'a> {
    pub face: &'a Face,
    /// The face's box in pixels.
    pub area: Area,
    pub colour: [u8; 3],
}

/// What the labels remember from one frame to the next.
#[derive(Debug, Default)]
pub struct Labels {
    before: HashMap<TrackId, (Detail, LabelSide)>,
}

impl Labels {
    /// Draws a panel for each face, with text `em` pixels high.
    pub fn draw(
        &mut self,
        picture: &mut PictureMut<'_>,
        canvas: &mut Canvas,
        typesetter: &mut Typesetter,
        faces: &[Shown<'_>],
        language: Language,
        em: f32,
    ) {
        let size = (picture.width(), picture.height());
        let mut now = HashMap::with_capacity(faces.len());
        let mut labels = Vec::with_capacity(faces.len());
        let boxes: Vec<Area> = faces.iter().map(|shown| shown.area).collect();
        for (own, Shown { face, colour, .. }) in faces.iter().enumerate() {
            let surroundings = Surroundings {
                picture: Area::from_size(size.0 as f32, size.1 as f32),
                faces: &boxes,
                own,
                labels: &labels,
                gap: (em * 0.5).round(),
            };
            let before = self.before.get(&face.id).copied();
            let panel = |detail| Panel::new(face, detail, language, em, typesetter);
            let Some((detail, panel, place)) = choose(panel, &surroundings, before) else {
                continue;
            };
            now.insert(face.id, (detail, place.side));
            labels.push(place.area);
            if canvas.spread(place.area, size) {
                panel.draw(canvas, typesetter, place.area, *colour);
                canvas.blend_onto(picture);
            }
        }
        self.before = now;
    }

    /// Forgets where labels stood.
    pub fn clear(&mut self) {
        self.before.clear();
    }
}

/// The panel that says as much as there is room for.
fn choose<'a>(
    panel: impl Fn(Detail) -> Panel<'a>,
    surroundings: &Surroundings<'_>,
    before: Option<(Detail, LabelSide)>,
) -> Option<(Detail, Panel<'a>, Placement)> {
    for detail in [Detail::Full, Detail::Title] {
        let kept = before.filter(|(before, _)| *before == detail);
        let tolerated = match (detail, kept) {
            (Detail::Title, _) => TITLE_TOLERATED,
            (Detail::Full, Some(_)) => KEPT,
            (Detail::Full, None) => TOLERATED,
        };
        let panel = panel(detail);
        let place = surroundings.place(panel.size, kept.map(|(_, side)| side));
        if let Some(place) = place.filter(|place| place.cost <= tolerated) {
            return Some((detail, panel, place));
        }
    }
    None
}
