//! Whether eyes can be seen, or dark glass or a mirrored light lies before them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::alignment::Aligned;
use crate::models::EMOTION_SIDE;

/// Why eyes are not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EyeObstacle {
    /// The outer eye corners are less than 30 pixels apart.
    SmallFace,
    /// The face looks more than 30 degrees past the camera.
    HeadTurned,
    /// Dark glass lies before the eyes.
    DarkGlasses,
    /// A mirrored light lies before the eyes.
    Glare,
    /// Something else lies before the eyes, as the face's quality tells.
    Covered,
}

impl EyeObstacle {
    /// Every obstacle.
    pub const ALL: [Self; 5] = [
        Self::SmallFace,
        Self::HeadTurned,
        Self::DarkGlasses,
        Self::Glare,
        Self::Covered,
    ];
}

/// What eyes are told to be hidden by. The eyes of 51 people (102 photos of the Face Research Lab
/// London Set, and nine samples without dark glasses) have skin below them of .77 to 1.24 of their
/// cheeks' brightness and no saturated pixels; behind the one pair of sunglasses it is .46 to .49.
struct Tuning {
    /// Brightness of the brighter half of the skin below the eyes, in parts of the cheeks', under which
    /// dark glass lies before them.
    dark: f64,
    /// Level of a saturated pixel, and the share of both eyes' pixels that are so under glare.
    saturated: u8,
    glare: f64,
    /// Part of a new frame that is taken in, so that a hand that passes hides nothing.
    learning: f64,
}

const TUNING: Tuning = Tuning {
    dark: 0.62,
    saturated: 240,
    glare: 0.4,
    learning: 0.3,
};

/// Centres of both eyes in the aligned face, in pixels.
pub(super) const CENTRES: [[usize; 2]; 2] = [[19, 24], [44, 24]];
/// Half the width of an eye; rows from its centre of the eye, of the skin below it that a lens would
/// hide, and of the cheek that none does.
const HALF_WIDTH: usize = 6;
const EYE: [isize; 2] = [-3, 3];
const BELOW: [isize; 2] = [4, 7];
const CHEEK: [isize; 2] = [11, 16];

/// What is known of what lies before a person's eyes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visibility {
    dark: f64,
    glare: f64,
    seen: bool,
}

impl Visibility {
    /// Takes in the next aligned face; what lies before the eyes.
    pub fn observe(&mut self, aligned: &Aligned) -> Option<EyeObstacle> {
        let [dark, glare] = hidden(aligned).map(|hidden| f64::from(u8::from(hidden)));
        let learning = if self.seen { TUNING.learning } else { 1.0 };
        self.seen = true;
        self.dark += learning * (dark - self.dark);
        self.glare += learning * (glare - self.glare);
        match (self.dark > 0.5, self.glare > 0.5) {
            (true, _) => Some(EyeObstacle::DarkGlasses),
            (false, true) => Some(EyeObstacle::Glare),
            (false, false) => None,
        }
    }
}

/// Whether dark glass, and whether glare, lies before both eyes.
fn hidden(aligned: &Aligned) -> [bool; 2] {
    let (mut below, mut saturated, mut pixels) = (0.0, 0, 0);
    for centre in CENTRES {
        let eye = patch(aligned, centre, EYE);
        pixels += eye.len();
        saturated += (eye.iter())
            .filter(|level| **level >= TUNING.saturated)
            .count();
        let cheek = mean(&patch(aligned, centre, CHEEK)).max(1.0);
        // A dark rim or lashes cover a part of the skin, dark glass all of it.
        let mut skin = patch(aligned, centre, BELOW);
        skin.sort_unstable();
        let bright = mean(skin.split_at(skin.len() / 2).1);
        below += bright / cheek / CENTRES.len() as f64;
    }
    [
        below < TUNING.dark,
        saturated as f64 > TUNING.glare * pixels as f64,
    ]
}

/// The levels of so many rows around a place of the aligned face, as wide as an eye.
pub(super) fn patch(aligned: &Aligned, [x, y]: [usize; 2], [from, to]: [isize; 2]) -> Vec<u8> {
    let rows = (from..=to).filter_map(|row| y.checked_add_signed(row));
    let row = |row: usize| {
        let start = row * EMOTION_SIDE + x;
        aligned
            .0
            .get(start - HALF_WIDTH..=start + HALF_WIDTH)
            .unwrap_or_default()
    };
    rows.flat_map(row).copied().collect()
}

fn mean(levels: &[u8]) -> f64 {
    let sum: f64 = levels.iter().copied().map(f64::from).sum();
    sum / levels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A face of even skin whose rows around both eyes have this level.
    fn face(level: u8) -> Aligned {
        let mut levels = vec![150; EMOTION_SIDE * EMOTION_SIDE];
        levels[17 * EMOTION_SIDE..33 * EMOTION_SIDE].fill(level);
        Aligned(levels)
    }

    #[test]
    fn dark_glass_and_glare_hide_eyes_and_shadow_does_not() {
        let first = |level| Visibility::default().observe(&face(level));
        assert_eq!(first(40), Some(EyeObstacle::DarkGlasses));
        assert_eq!(first(250), Some(EyeObstacle::Glare));
        assert_eq!(first(105), None);
        assert_eq!(first(150), None);
    }

    #[test]
    fn what_passes_on_one_frame_hides_nothing_and_what_stays_does() {
        let mut visibility = Visibility::default();
        assert_eq!(visibility.observe(&face(150)), None);
        assert_eq!(visibility.observe(&face(40)), None);
        assert_eq!(
            visibility.observe(&face(40)),
            Some(EyeObstacle::DarkGlasses)
        );
        assert_eq!(
            visibility.observe(&face(150)),
            None,
            "glasses that are taken off"
        );
    }
}
