//! Where a label goes: beside its face, within the picture, not over other faces.

use super::pixel_rect::PixelRect;

/// Where a label stands relative to its face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelSide {
    /// To the right, upper edges level.
    Right,
    /// To the left, upper edges level.
    Left,
    /// Under the face, left edges level.
    Below,
    /// Over the face, left edges level.
    Above,
    /// To the right, lower edges level.
    RightBottom,
    /// To the left, lower edges level.
    LeftBottom,
}

impl LabelSide {
    /// Best first.
    const ALL: [Self; 6] = [
        Self::Right,
        Self::Left,
        Self::Below,
        Self::Above,
        Self::RightBottom,
        Self::LeftBottom,
    ];

    /// Where a label of this size stands beside `face`, before it is moved into the picture.
    fn position(self, face: PixelRect, (width, height): (f32, f32), gap: f32) -> PixelRect {
        let (left, top) = match self {
            Self::Right => (face.right + gap, face.top),
            Self::Left => (face.left - gap - width, face.top),
            Self::Below => (face.left, face.bottom + gap),
            Self::Above => (face.left, face.top - gap - height),
            Self::RightBottom => (face.right + gap, face.bottom - height),
            Self::LeftBottom => (face.left - gap - width, face.bottom - height),
        };
        PixelRect::from_size(width, height).moved_to(left.round(), top.round())
    }
}

/// A found place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    pub side: LabelSide,
    pub area: PixelRect,
    /// What the label hides: shares of faces and of other labels, weighted.
    pub cost: f32,
}

/// Hiding a part of the own face is bad, of another face worse, of another label unreadable.
const COST_OWN: f32 = 0.8;
const COST_OTHER: f32 = 1.0;
const COST_LABEL: f32 = 10.0;

/// A label changes sides only where that wins as much: else it would flutter.
const HYSTERESIS: f32 = 0.08;

/// What decides where a label goes.
pub struct PlacementContext<'a> {
    pub picture: PixelRect,
    /// Boxes of all faces.
    pub faces: &'a [PixelRect],
    /// Index of the labelled face among them.
    pub own: usize,
    /// Labels placed before.
    pub labels: &'a [PixelRect],
    /// Distance between a face and its label in pixels.
    pub gap: f32,
}

impl PlacementContext<'_> {
    /// The best place for a label of this size, `before` being where it stood in the last frame;
    /// `None` where the picture is smaller than the label.
    pub fn place(&self, size: (f32, f32), before: Option<LabelSide>) -> Option<Placement> {
        let face = *self.faces.get(self.own)?;
        if size.0 > self.picture.width() || size.1 > self.picture.height() {
            return None;
        }
        let places = LabelSide::ALL.map(|side| {
            let area = self.clamped(side.position(face, size, self.gap));
            let cost = self.cost(area);
            Placement { side, area, cost }
        });
        let apparent = |place: &Placement| {
            let staying = before == Some(place.side);
            place.cost - if staying { HYSTERESIS } else { 0.0 }
        };
        // The first of equals wins.
        places
            .into_iter()
            .min_by(|a, b| apparent(a).total_cmp(&apparent(b)))
    }

    /// Moves a label into the picture, a little off its edges where there is room for that.
    fn clamped(&self, area: PixelRect) -> PixelRect {
        let fit = |start: f32, length: f32, side: f32| {
            let room = side - length;
            let margin = self.gap.min(room / 2.0);
            start.min(room - margin).max(margin).floor()
        };
        let left = fit(area.left, area.width(), self.picture.width());
        let top = fit(area.top, area.height(), self.picture.height());
        area.moved_to(left, top)
    }

    fn cost(&self, area: PixelRect) -> f32 {
        let hidden = |other: &PixelRect| {
            let visible = other.intersection(self.picture).size();
            area.intersection(*other).size() / visible.max(1.0)
        };
        let faces = self.faces.iter().enumerate().map(|(index, face)| {
            let weight = if index == self.own {
                COST_OWN
            } else {
                COST_OTHER
            };
            weight * hidden(face)
        });
        let labels = self.labels.iter().map(|label| COST_LABEL * hidden(label));
        faces.chain(labels).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: PixelRect = PixelRect {
        left: 0.0,
        top: 0.0,
        right: 640.0,
        bottom: 480.0,
    };

    fn face(left: f32, top: f32) -> PixelRect {
        PixelRect::from_size(100.0, 120.0).moved_to(left, top)
    }

    fn place(faces: &[PixelRect], labels: &[PixelRect], before: Option<LabelSide>) -> Placement {
        let context = PlacementContext {
            picture: PICTURE,
            faces,
            own: 0,
            labels,
            gap: 8.0,
        };
        context.place((150.0, 110.0), before).unwrap()
    }

    #[test]
    fn a_label_goes_to_the_side_with_room() {
        assert_eq!(
            place(&[face(100.0, 100.0)], &[], None).side,
            LabelSide::Right
        );
        assert_eq!(
            place(&[face(500.0, 100.0)], &[], None).side,
            LabelSide::Left
        );
    }

    #[test]
    fn a_label_keeps_off_other_faces_and_labels() {
        let alone = place(&[face(200.0, 100.0)], &[], None);
        let beside = [face(200.0, 100.0), face(320.0, 100.0)];
        assert_eq!(place(&beside, &[], None).side, LabelSide::Left);
        let taken = place(&[face(200.0, 100.0)], &[alone.area], None);
        assert_ne!(taken.side, LabelSide::Right);
        assert_eq!(taken.cost, 0.0);
    }

    #[test]
    fn a_label_stays_where_it_was_while_little_is_won_by_moving() {
        let faces = [face(200.0, 100.0)];
        let stays = place(&faces, &[], Some(LabelSide::Left));
        assert_eq!(stays.side, LabelSide::Left);
        let crowded = [face(200.0, 100.0), face(60.0, 110.0)];
        assert_eq!(
            place(&crowded, &[], Some(LabelSide::Left)).side,
            LabelSide::Right
        );
    }

    #[test]
    fn a_label_is_always_within_the_picture() {
        for (left, top) in [
            (-90.0, -90.0),
            (630.0, 470.0),
            (-500.0, 900.0),
            (0.0, 400.0),
        ] {
            let area = place(&[face(left, top)], &[], None).area;
            assert_eq!(area.intersection(PICTURE), area);
        }
    }

    #[test]
    fn there_is_no_place_in_a_picture_smaller_than_the_label() {
        let context = PlacementContext {
            picture: PixelRect::from_size(40.0, 40.0),
            faces: &[face(0.0, 0.0)],
            own: 0,
            labels: &[],
            gap: 8.0,
        };
        assert_eq!(context.place((41.0, 10.0), None), None);
    }
}
