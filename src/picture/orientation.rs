//! How a frame must be turned and stretched to be seen as it is meant: upright, in square pixels.

use std::fmt;
use std::str::FromStr;

use super::Affine;

/// How the frame is turned to be upright, as the tag `image-orientation` tells it: mirrored first, then
/// turned clockwise by quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orientation {
    /// Quarters of a turn, clockwise, 0..4.
    quarters: u8,
    /// Whether left and right change places first.
    mirrored: bool,
}

/// The text is no value of the tag `image-orientation`.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no orientation")]
pub struct UnknownOrientation(String);

impl FromStr for Orientation {
    type Err = UnknownOrientation;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let (mirrored, turn) = match tag.strip_prefix("flip-") {
            Some(turn) => (true, turn),
            None => (false, tag),
        };
        let quarters = match turn {
            "rotate-0" => 0,
            "rotate-90" => 1,
            "rotate-180" => 2,
            "rotate-270" => 3,
            _ => return Err(UnknownOrientation(tag.to_owned())),
        };
        Ok(Self { quarters, mirrored })
    }
}

impl fmt::Display for Orientation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flip = if self.mirrored { "flip-" } else { "" };
        write!(f, "{flip}rotate-{}", u32::from(self.quarters) * 90)
    }
}

impl Orientation {
    /// Whether the frame is upright as it is.
    pub fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// Width and height of the upright picture for those of the frame, and the other way round.
    pub fn turn_size<T>(self, [width, height]: [T; 2]) -> [T; 2] {
        match self.quarters % 2 {
            0 => [width, height],
            _ => [height, width],
        }
    }

    /// The place in the frame of a place in the upright picture, both in fractions.
    pub fn to_frame(self, place: [f64; 2]) -> [f64; 2] {
        let turned_back = (0..self.quarters).fold(place, |[x, y], _| [y, 1.0 - x]);
        match (self.mirrored, turned_back) {
            (true, [x, y]) => [1.0 - x, y],
            (false, place) => place,
        }
    }
}

/// How the upright picture of square pixels lies in the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    orientation: Orientation,
    /// Square pixels along a pixel's width and height.
    stretch: [f64; 2],
}

impl Default for View {
    fn default() -> Self {
        Self {
            orientation: Orientation::default(),
            stretch: [1.0, 1.0],
        }
    }
}

/// Pixels that are wider or higher than this many times the other way are a mistake of the caps.
const STRANGEST_PIXEL: f64 = 8.0;

impl View {
    /// A view of frames with pixels `aspect` times as wide as high.
    pub fn new(orientation: Orientation, aspect: f64) -> Self {
        let stretch = match aspect {
            wide if (1.0..=STRANGEST_PIXEL).contains(&wide) => [wide, 1.0],
            high if (1.0 / STRANGEST_PIXEL..1.0).contains(&high) => [1.0, 1.0 / high],
            _ => [1.0, 1.0],
        };
        Self {
            orientation,
            stretch,
        }
    }

    /// How the frame is turned to be upright.
    pub fn orientation(self) -> Orientation {
        self.orientation
    }

    /// As this view, of frames that are turned so.
    pub fn turned(self, orientation: Orientation) -> Self {
        Self {
            orientation,
            ..self
        }
    }

    /// Width and height in square pixels of the upright picture in a frame of this size.
    pub fn size(&self, frame: [usize; 2]) -> [usize; 2] {
        let [across, down] = self.stretch;
        let square = [frame[0] as f64 * across, frame[1] as f64 * down];
        self.orientation
            .turn_size(square.map(|side| side.round() as usize))
    }

    /// The map from a crop to a frame of this size, for one to the upright picture.
    pub fn in_frame(&self, crop: &Affine, frame: [usize; 2]) -> Affine {
        if *self == Self::default() {
            return *crop;
        }
        let upright = self.size(frame).map(|side| side as f64);
        let frame = frame.map(|side| side as f64);
        let place = |x: f64, y: f64| {
            let [x, y] =
                (self.orientation).to_frame([(x + 0.5) / upright[0], (y + 0.5) / upright[1]]);
            [x * frame[0] - 0.5, y * frame[1] - 0.5]
        };
        let [origin, across, down] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]].map(|[x, y]| {
            let [x, y] = crop.apply([x, y]);
            place(x, y)
        });
        Affine([0, 1].map(|axis| {
            let start = origin[axis];
            [across[axis] - start, down[axis] - start, start]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: [&str; 8] = [
        "rotate-0",
        "rotate-90",
        "rotate-180",
        "rotate-270",
        "flip-rotate-0",
        "flip-rotate-90",
        "flip-rotate-180",
        "flip-rotate-270",
    ];

    fn orientation(tag: &str) -> Orientation {
        tag.parse().unwrap()
    }

    #[test]
    fn every_value_of_the_tag_is_known_and_nothing_else() {
        for tag in TAGS {
            assert_eq!(orientation(tag).to_string(), tag);
        }
        assert!("rotate-45".parse::<Orientation>().is_err());
    }

    #[test]
    fn a_frame_turned_by_a_quarter_has_its_upper_left_corner_at_the_upright_right() {
        // Turned clockwise, the frame's upper left corner comes to the upper right.
        assert_eq!(orientation("rotate-90").to_frame([1.0, 0.0]), [0.0, 0.0]);
        assert_eq!(orientation("rotate-270").to_frame([0.0, 1.0]), [0.0, 0.0]);
        assert_eq!(orientation("rotate-180").to_frame([1.0, 1.0]), [0.0, 0.0]);
        assert_eq!(
            orientation("flip-rotate-0").to_frame([1.0, 0.0]),
            [0.0, 0.0]
        );
        // Mirrored, the upper left is the upper right, which a quarter turns to the lower right.
        assert_eq!(
            orientation("flip-rotate-90").to_frame([1.0, 1.0]),
            [0.0, 0.0]
        );
    }

    #[test]
    fn a_crop_of_a_wide_pixel_takes_less_of_the_frame_across() {
        let view = View::new(Orientation::default(), 2.0);
        assert_eq!(view.size([100, 80]), [200, 80]);
        let whole = Affine([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        let Affine([[a, b, c], [d, e, f]]) = view.in_frame(&whole, [100, 80]);
        let expected = [[0.5, 0.0, -0.25], [0.0, 1.0, 0.0]];
        for (value, expected) in [a, b, c, d, e, f].iter().zip(expected.as_flattened()) {
            assert!((value - expected).abs() < 1e-9, "{value} {expected}");
        }
    }

    #[test]
    fn pixels_of_no_known_shape_are_square() {
        for aspect in [0.0, f64::NAN, f64::INFINITY, 1e9, -2.0] {
            assert_eq!(View::new(Orientation::default(), aspect), View::default());
        }
    }
}
