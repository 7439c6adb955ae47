//! The furrow that drawn brows leave between them: shape and a smoothed crop hardly show it.
//!
//! Upright lines between the brows, in a crop of twice the aligned face's resolution, over the edges of the
//! face itself: that leaves light and contrast aside, and most of the picture's sharpness. People
//! differ in it more at rest than they change it, so it says something above their own calm level alone.

use crate::analysis::alignment::{Aligned, Window, aligned_scale, cut_window};
use crate::analysis::observation::FaceObservation;
use crate::models::{EMOTION_SIDE, SCORES};
use crate::picture::{Picture, PictureError};

use super::{Au, AuIntensities, HIGHEST};

const BROW_LOWERER: usize = Au::Au04.index();

/// Columns, and rows, of the square between the brows in which lines are looked for, in pixels of twice the
/// aligned crop's resolution. Its place, its size and the filter were chosen by which
/// tells the acted disgust and surprise best from two people's speech, of 27 squares and 9 filters.
const SIDE: usize = 20;
const LEFT: usize = 54;
const TOP: usize = 22;
/// A dark or bright upright line: the negated second difference of columns 2 apart, smoothed across by 1 px.
const ACROSS: [f32; 2 * ACROSS_REACH + 1] = across();
const ACROSS_REACH: usize = 5;
/// Smoothed along by 2.5 px: lines go on, noise and pores do not.
const ALONG: [f32; 2 * ALONG_REACH + 1] = gaussian([
    1.0, 0.923_116, 0.726_149, 0.486_752, 0.278_037, 0.135_335, 0.056_135, 0.019_841,
]);
const ALONG_REACH: usize = 7;
/// What is cut out: the square and what the filter reaches around it.
const WINDOW: Window = Window {
    left: LEFT - ACROSS_REACH,
    top: TOP - ALONG_REACH,
    width: SIDE + 2 * ACROSS_REACH,
    height: SIDE + 2 * ALONG_REACH,
};

/// Ellipse of the aligned crop in which the face's own edges are measured, as of its quality: centre, half axes.
const FACE: [f32; 4] = [31.5, 34.5, 25.0, 28.0];
/// Columns and rows of the crop around the square, which are left out of them.
const OWN: [std::ops::Range<usize>; 2] = [27..37, 10..22];
/// Energies, in squared grey levels, below which lines and edges are taken for rounding.
const NO_LINES: f64 = 0.02;
const NO_EDGES: f64 = 0.25;

/// Pixels of the picture that one of the aligned crop spans, up to which a furrow is not resolved, and from which
/// it is; 1.6 are some 55 px between the outer eye corners.
const RESOLVED: [f64; 2] = [1.1, 1.6];
/// Blur up to which a furrow shows, and from which it does not.
const SHARP: [f64; 2] = [0.2, 0.4];
/// Degrees from the camera's axis up to which the furrow is seen as from before, and from which the nose's root
/// shades it: at 13 degrees in side light a calm face's changes by .4.
const FRONTAL: [f64; 2] = [15.0, 25.0];
/// Lowest intensity of AU01 and AU02 together up to which brows may be drawn, and from which they are raised.
const RAISED: [f64; 2] = [1.5, 3.0];
/// Logarithm of the lines' energy above the calm level up to which it is no furrow, and from which it is the
/// deepest: in four of five talking people no half second reaches the first, acted anger and disgust reach
/// .9 to 3.
const FURROW: [f64; 2] = [0.5, 1.6];
/// Intensity of AU04 by shape and look from which a face is not calm.
const DRAWN: f64 = 1.5;

/// The furrow in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Furrow {
    /// Logarithm of the energy of upright lines between the brows over that of the face's edges.
    pub energy: f64,
    /// How well it is seen, more than 0 up to 1.
    pub seen: f64,
}

impl Furrow {
    /// The furrow of `face` in `picture`; `None` where it cannot be seen.
    ///
    /// # Errors
    /// The crop failed.
    pub fn measure(
        picture: &Picture<'_>,
        face: &FaceObservation,
    ) -> Result<Option<Self>, PictureError> {
        let mesh = &face.tracked.mesh.points;
        let (Some(Aligned(crop)), Some(scale)) = (&face.aligned, aligned_scale(mesh)) else {
            return Ok(None);
        };
        let seen = ramp(scale, RESOLVED)
            * (1.0 - ramp(face.quality.blur, SHARP))
            * (1.0 - ramp(face.pose.angle(), FRONTAL));
        if seen <= 0.0 {
            return Ok(None);
        }
        let window = cut_window(picture, mesh, WINDOW)?;
        Ok(window.map(|window| Self {
            energy: ((lines(&window) + NO_LINES) / (edges(crop) + NO_EDGES)).ln(),
            seen,
        }))
    }

    /// Whether a face of these intensities may be calm, as far as its shape and look tell.
    pub fn is_calm(movement: &AuIntensities) -> bool {
        movement.intensities.both[BROW_LOWERER] < DRAWN
    }

    /// Raises AU04 to what a furrow `above` the calm level says, where the brows are not raised.
    pub fn draw_brows(&self, movement: &mut AuIntensities, above: f64) {
        let both = &movement.intensities.both;
        let raised = both[Au::Au01.index()].min(both[Au::Au02.index()]);
        let intensity = HIGHEST * ramp(above, FURROW) * self.seen * (1.0 - ramp(raised, RAISED));
        let all = &mut movement.intensities;
        let sides: [&mut [f64; SCORES]; 3] = [&mut all.both, &mut all.left, &mut all.right];
        for side in sides {
            side[BROW_LOWERER] = side[BROW_LOWERER].max(intensity);
        }
    }
}

/// 0 up to the first of `limits`, 1 from the second on, straight between them.
fn ramp(value: f64, [from, to]: [f64; 2]) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// Mean energy of the upright lines in a [`WINDOW`].
fn lines(window: &[u8]) -> f64 {
    let rows = window.chunks_exact(WINDOW.width);
    let filtered: Vec<[f32; SIDE]> = rows
        .map(|row| {
            std::array::from_fn(|column| {
                let values = ACROSS.iter().zip(&row[column..]);
                values.map(|(weight, &byte)| weight * f32::from(byte)).sum()
            })
        })
        .collect();
    let energy: f32 = filtered
        .windows(ALONG.len())
        .map(|rows| {
            let mut smoothed = [0.0f32; SIDE];
            for (row, weight) in rows.iter().zip(ALONG) {
                for (sum, value) in smoothed.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            smoothed.iter().map(|value| value * value).sum::<f32>()
        })
        .sum();
    f64::from(energy) / (SIDE * SIDE) as f64
}

/// Mean energy of the gradient within the face, but for the square.
fn edges(crop: &[u8]) -> f64 {
    let [middle_x, middle_y, half_width, half_height] = FACE;
    let [own_columns, own_rows] = OWN;
    let (mut energy, mut count) = (0.0f32, 0.0f32);
    for y in 1..EMOTION_SIDE - 1 {
        let down = ((y as f32 - middle_y) / half_height).powi(2);
        let half = (1.0 - down).max(0.0).sqrt() * half_width;
        let first = ((middle_x - half).ceil() as usize).max(1);
        let end = ((middle_x + half) as usize + 1).min(EMOTION_SIDE - 1);
        let row = y * EMOTION_SIDE;
        for x in first..end {
            if own_rows.contains(&y) && own_columns.contains(&x) {
                continue;
            }
            let at = |index: usize| f32::from(crop[index]);
            let across = at(row + x + 1) - at(row + x - 1);
            let along = at(row + x + EMOTION_SIDE) - at(row + x - EMOTION_SIDE);
            energy += (across * across + along * along) / 4.0;
            count += 1.0;
        }
    }
    f64::from(energy / count.max(1.0))
}

/// A Gaussian's weights from its values beside its middle.
const fn gaussian<const SIDES: usize, const ALL: usize>(values: [f32; SIDES]) -> [f32; ALL] {
    let mut weights = [0.0; ALL];
    let mut total = 0.0;
    let mut index = 0;
    while index < ALL {
        weights[index] = values[index.abs_diff(SIDES - 1)];
        total += weights[index];
        index += 1;
    }
    index = 0;
    while index < ALL {
        weights[index] /= total;
        index += 1;
    }
    weights
}

/// The second difference of columns 2 apart of what a Gaussian of 1 px has smoothed.
const fn across() -> [f32; 2 * ACROSS_REACH + 1] {
    let smooth: [f32; 7] = gaussian([1.0, 0.606_531, 0.135_335, 0.011_109]);
    let mut weights = [0.0; 2 * ACROSS_REACH + 1];
    let mut index = 0;
    while index < smooth.len() {
        weights[index] -= smooth[index] / 2.0;
        weights[index + 2] += smooth[index];
        weights[index + 4] -= smooth[index] / 2.0;
        index += 1;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Intensities;

    /// A window whose brightness is `at` its column and row.
    fn window(at: impl Fn(usize, usize) -> f64) -> Vec<u8> {
        let places = (0..WINDOW.width * WINDOW.height)
            .map(|index| at(index % WINDOW.width, index / WINDOW.width));
        places.map(|value| value.round() as u8).collect()
    }

    /// A line 3 px wide that takes `depth` off at place `middle` of 40.
    fn line(place: usize, middle: f64, depth: f64) -> f64 {
        120.0 - depth * (-((place as f64 - middle) / 1.5).powi(2)).exp()
    }

    #[test]
    fn an_upright_line_has_energy_and_a_level_one_or_a_slope_of_shade_hardly_any() {
        let upright = lines(&window(|x, _| line(x, 14.0, 40.0)));
        let level = lines(&window(|_, y| line(y, 16.0, 40.0)));
        let slope = lines(&window(|x, y| 40.0 + 4.0 * x as f64 + y as f64));
        assert!(upright > 10.0, "{upright}");
        assert!(level < 0.01 && slope < 0.02, "{level} {slope}");
    }

    #[test]
    fn a_line_twice_as_dark_has_four_times_the_energy_wherever_it_lies() {
        let energy = |middle: f64, depth: f64| lines(&window(|x, _| line(x, middle, depth)));
        let ratio = energy(12.0, 40.0) / energy(12.0, 20.0);
        assert!((ratio - 4.0).abs() < 0.3, "{ratio}");
        assert!((energy(10.0, 40.0) / energy(16.0, 40.0) - 1.0).abs() < 0.05);
    }

    #[test]
    fn edges_are_those_of_the_face_and_neither_of_its_surroundings_nor_of_the_furrow() {
        let crop = |at: &dyn Fn(usize, usize) -> bool| -> Vec<u8> {
            let places = (0..EMOTION_SIDE * EMOTION_SIDE)
                .map(|index| at(index % EMOTION_SIDE, index / EMOTION_SIDE));
            places.map(|dark| if dark { 60 } else { 120 }).collect()
        };
        assert_eq!(edges(&crop(&|_, _| false)), 0.0);
        assert_eq!(edges(&crop(&|x, y| x < 3 || y < 3)), 0.0);
        let between_the_brows = |x: usize, y: usize| (30..33).contains(&x) && (13..19).contains(&y);
        assert_eq!(edges(&crop(&between_the_brows)), 0.0);
        assert!(edges(&crop(&|_, y| y > 40)) > 10.0);
    }

    fn drawn(above: f64, seen: f64, raised: f64) -> AuIntensities {
        let mut all = [0.0; SCORES];
        all[Au::Au01.index()] = raised;
        all[Au::Au02.index()] = raised;
        let mut movement = AuIntensities::symmetric(all);
        let furrow = Furrow { energy: 0.0, seen };
        furrow.draw_brows(&mut movement, above);
        movement
    }

    #[test]
    fn a_furrow_draws_the_brows_of_both_halves_and_nothing_else() {
        let Intensities { both, left, right } = drawn(1.6, 1.0, 0.0).intensities;
        let mut wanted = [0.0; SCORES];
        wanted[BROW_LOWERER] = HIGHEST;
        assert_eq!([both, left, right], [wanted; 3]);
        assert_eq!(drawn(0.5, 1.0, 0.0).intensities.both, [0.0; SCORES]);
    }

    #[test]
    fn a_furrow_that_is_half_seen_counts_half_and_one_under_raised_brows_not_at_all() {
        let brow = |movement: AuIntensities| movement.intensities.both[BROW_LOWERER];
        assert_eq!(brow(drawn(1.6, 0.5, 0.0)), HIGHEST / 2.0);
        assert_eq!(brow(drawn(1.6, 1.0, 3.0)), 0.0);
    }

    #[test]
    fn a_furrow_takes_nothing_from_brows_whose_shape_shows_more() {
        let mut movement = drawn(0.0, 1.0, 0.0);
        movement.intensities.left[BROW_LOWERER] = 3.0;
        assert!(Furrow::is_calm(&movement));
        movement.intensities.both[BROW_LOWERER] = 2.0;
        assert!(!Furrow::is_calm(&movement));
        let furrow = Furrow {
            energy: 0.0,
            seen: 1.0,
        };
        furrow.draw_brows(&mut movement, 0.72);
        let Intensities { both, left, right } = movement.intensities;
        let [both, left, right] = [both, left, right].map(|side| side[BROW_LOWERER]);
        assert_eq!([both, left], [2.0, 3.0]);
        assert!((right - 1.0).abs() < 1e-9, "{right}");
    }
}
