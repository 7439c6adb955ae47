//! Upright boxes, in pixels and in fractions of the picture.

use super::Point;

/// An upright rectangle in fractions of the picture; it may reach beyond the picture's edges.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// An upright box in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BBox {
    /// Left, upper, right, lower edge.
    pub corners: [f64; 4],
}

impl BBox {
    /// The smallest box around `points`; `None` without any.
    pub fn around(points: &[Point]) -> Option<Self> {
        let start = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        let corners = points
            .iter()
            .fold(start, |[left, top, right, bottom], point| {
                let [x, y, _] = *point;
                [left.min(x), top.min(y), right.max(x), bottom.max(y)]
            });
        (!points.is_empty()).then_some(Self { corners })
    }

    /// Width in pixels.
    pub fn width(&self) -> f64 {
        self.corners[2] - self.corners[0]
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        self.corners[3] - self.corners[1]
    }

    /// Centre in pixels.
    pub fn centre(&self) -> [f64; 2] {
        let [left, top, right, bottom] = self.corners;
        [(left + right) / 2.0, (top + bottom) / 2.0]
    }

    /// Geometric mean of the sides.
    pub fn size(&self) -> f64 {
        (self.width().max(0.0) * self.height().max(0.0)).sqrt()
    }

    /// Area shared with `other`, in square pixels.
    fn shared(&self, other: &Self) -> f64 {
        let [left, top, right, bottom] = self.corners;
        let [other_left, other_top, other_right, other_bottom] = other.corners;
        let width = right.min(other_right) - left.max(other_left);
        let height = bottom.min(other_bottom) - top.max(other_top);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, 0..1.
    pub fn iou(&self, other: &Self) -> f64 {
        let shared = self.shared(other);
        let areas = self.size().powi(2) + other.size().powi(2);
        shared / (areas - shared).max(f64::MIN_POSITIVE)
    }

    /// Distance of the centres over the smaller width.
    pub fn distance(&self, other: &Self) -> f64 {
        self.distance_to(other, self.width().min(other.width()))
    }

    /// Distance of the centres in units of `unit` pixels.
    pub fn distance_to(&self, other: &Self, unit: f64) -> f64 {
        let ([x, y], [other_x, other_y]) = (self.centre(), other.centre());
        (x - other_x).hypot(y - other_y) / unit.max(f64::MIN_POSITIVE)
    }

    /// Whether the point lies in the box or on its edge.
    pub fn contains(&self, [x, y]: [f64; 2]) -> bool {
        let [left, top, right, bottom] = self.corners;
        (left..=right).contains(&x) && (top..=bottom).contains(&y)
    }

    /// The box moved by `shift` pixels.
    pub fn moved(&self, shift: [f64; 2]) -> Self {
        let [left, top, right, bottom] = self.corners;
        let [x, y] = shift;
        Self {
            corners: [left + x, top + y, right + x, bottom + y],
        }
    }

    /// The box of a rectangle in fractions of a picture of `size` pixels.
    pub fn from_fractions(rect: &Rect, [width, height]: [f64; 2]) -> Self {
        let Rect { x, y, .. } = *rect;
        let (right, bottom) = (x + rect.width, y + rect.height);
        Self {
            corners: [x * width, y * height, right * width, bottom * height],
        }
    }

    /// The box in fractions of a picture of `size` pixels.
    pub fn fractions(&self, [width, height]: [f64; 2]) -> Rect {
        Rect {
            x: self.corners[0] / width,
            y: self.corners[1] / height,
            width: self.width() / width,
            height: self.height() / height,
        }
    }
}
