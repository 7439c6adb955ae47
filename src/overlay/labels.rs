//! The panels of all faces: how much each says and where it stands.

use std::collections::HashMap;

use super::canvas::Canvas;
use super::panel::{Panel, PanelDetail};
use super::pixel_rect::PixelRect;
use super::placement::{LabelSide, Placement, PlacementContext};
use super::text::Typesetter;
use super::words::Language;
use crate::analysis::{Face, TrackId};
use crate::picture::PictureMut;

/// A full panel is shown where it hides at most this share of a face.
const MAX_HIDDEN: f32 = 0.16;
/// Once shown it is kept up to this share, so that it does not flicker at the limit.
const MAX_HIDDEN_ONCE_FULL: f32 = 0.26;
/// A title that would hide more than this is left out: in a crowd faces are worth more.
const MAX_HIDDEN_BY_TITLE: f32 = 0.4;

/// One face and how it is drawn.
#[derive(Clone, Copy)]
pub struct FaceView<'a> {
    pub face: &'a Face,
    /// The face's box in pixels.
    pub area: PixelRect,
    pub colour: [u8; 3],
}

/// What the labels remember from one frame to the next.
#[derive(Debug, Default)]
pub struct Labels {
    before: HashMap<TrackId, (PanelDetail, LabelSide)>,
}

impl Labels {
    /// Draws a panel for each face, with text `em` pixels high; where they stand.
    pub fn draw(
        &mut self,
        picture: &mut PictureMut<'_>,
        canvas: &mut Canvas,
        typesetter: &mut Typesetter,
        faces: &[FaceView<'_>],
        language: Language,
        em: f32,
    ) -> Vec<PixelRect> {
        let size = (picture.width(), picture.height());
        let mut now = HashMap::with_capacity(faces.len());
        let mut labels = Vec::with_capacity(faces.len());
        let boxes: Vec<PixelRect> = faces.iter().map(|view| view.area).collect();
        for (own, FaceView { face, colour, .. }) in faces.iter().enumerate() {
            let context = PlacementContext {
                picture: PixelRect::from_size(size.0 as f32, size.1 as f32),
                faces: &boxes,
                own,
                labels: &labels,
                gap: (em * 0.5).round(),
            };
            let before = self.before.get(&face.id).copied();
            let panel = |detail| Panel::new(face, detail, language, em, typesetter);
            let Some((detail, panel, place)) = select_detail(panel, &context, before) else {
                continue;
            };
            now.insert(face.id, (detail, place.side));
            labels.push(place.area);
            if canvas.resize(place.area, size) {
                panel.draw(canvas, typesetter, place.area, *colour);
                canvas.blend_onto(picture);
            }
        }
        self.before = now;
        labels
    }

    /// Forgets where labels stood.
    pub fn clear(&mut self) {
        self.before.clear();
    }
}

/// The panel that says as much as there is room for.
fn select_detail<'a>(
    panel: impl Fn(PanelDetail) -> Panel<'a>,
    context: &PlacementContext<'_>,
    before: Option<(PanelDetail, LabelSide)>,
) -> Option<(PanelDetail, Panel<'a>, Placement)> {
    for detail in [PanelDetail::Full, PanelDetail::Title] {
        let kept = before.filter(|(before, _)| *before == detail);
        let limit = match (detail, kept) {
            (PanelDetail::Title, _) => MAX_HIDDEN_BY_TITLE,
            (PanelDetail::Full, Some(_)) => MAX_HIDDEN_ONCE_FULL,
            (PanelDetail::Full, None) => MAX_HIDDEN,
        };
        let panel = panel(detail);
        let place = context.place(panel.size, kept.map(|(_, side)| side));
        let own = context.faces.get(context.own).copied();
        let covers =
            |place: &Placement| own.is_some_and(|own| place.area.intersection(own).size() > 0.0);
        // A full panel never covers the face it speaks of.
        let place = place.filter(|place| detail == PanelDetail::Title || !covers(place));
        if let Some(place) = place.filter(|place| place.cost <= limit) {
            return Some((detail, panel, place));
        }
    }
    None
}
