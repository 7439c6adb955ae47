//! Which parts of a face can be seen: a mask, dark glasses, a hand may lie before them.

use std::array;

use crate::models::FACE_PARTS;

/// A part of a face that is read by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacePart {
    /// Both brows.
    Brows,
    /// Both eyes.
    Eyes,
    /// The nose.
    Nose,
    /// The mouth.
    Mouth,
}

/// Probability from which a part is taken to be seen.
const SEEN: f64 = 0.5;
/// Share of what a face shows that each part has, in the order of the fields: what is not seen of it is
/// hidden of the face.
const SHARES: [f64; FACE_PARTS] = [0.1, 0.4, 0.1, 0.4];
/// Part of a new frame's probabilities that is taken in.
const LEARNING: f64 = 0.3;

/// The probability, 0..1, that each part of a face can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisibleParts {
    /// Both brows.
    pub brows: f64,
    /// Both eyes.
    pub eyes: f64,
    /// The nose.
    pub nose: f64,
    /// The mouth.
    pub mouth: f64,
}

impl Default for VisibleParts {
    fn default() -> Self {
        Self::from([1.0; FACE_PARTS])
    }
}

impl From<[f64; FACE_PARTS]> for VisibleParts {
    fn from([brows, eyes, nose, mouth]: [f64; FACE_PARTS]) -> Self {
        Self {
            brows,
            eyes,
            nose,
            mouth,
        }
    }
}

impl VisibleParts {
    fn values(&self) -> [f64; FACE_PARTS] {
        [self.brows, self.eyes, self.nose, self.mouth]
    }

    /// Whether `part` can be seen.
    pub fn sees(&self, part: FacePart) -> bool {
        let [brows, eyes, nose, mouth] = self.values();
        SEEN <= match part {
            FacePart::Brows => brows,
            FacePart::Eyes => eyes,
            FacePart::Nose => nose,
            FacePart::Mouth => mouth,
        }
    }

    /// Whether eyes and mouth can be seen, in which expressions mostly show.
    pub fn shows_expression(&self) -> bool {
        self.sees(FacePart::Eyes) && self.sees(FacePart::Mouth)
    }

    /// Whether something lies before the face: brows alone may be hidden by hair.
    pub fn is_covered(&self) -> bool {
        !self.shows_expression() || !self.sees(FacePart::Nose)
    }

    /// How much of what a face shows is hidden, 0..1.
    pub fn hidden(&self) -> f64 {
        let parts = self.values().into_iter().zip(SHARES);
        let hidden = parts.filter(|(seen, _)| *seen < SEEN);
        hidden.map(|(seen, share)| (1.0 - seen) * share).sum()
    }

    /// Moves towards what a new frame shows.
    pub fn learn(&mut self, frame: Self) {
        let (known, new) = (self.values(), frame.values());
        *self = array::from_fn(|part| known[part] + LEARNING * (new[part] - known[part])).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_face_hides_half_of_what_it_shows_and_a_free_one_nothing() {
        let masked = VisibleParts::from([1.0, 0.9, 0.0, 0.0]);
        assert!((masked.hidden() - 0.5).abs() < 1e-9);
        assert!(!masked.shows_expression() && masked.sees(FacePart::Eyes));
        assert_eq!(VisibleParts::default().hidden(), 0.0);
        assert!(VisibleParts::default().shows_expression());
    }

    #[test]
    fn one_odd_frame_hides_nothing_and_a_few_do() {
        let mut seen = VisibleParts::default();
        seen.learn([1.0, 0.0, 1.0, 1.0].into());
        assert!(seen.sees(FacePart::Eyes));
        seen.learn([1.0, 0.0, 1.0, 1.0].into());
        assert!(!seen.sees(FacePart::Eyes));
    }
}
