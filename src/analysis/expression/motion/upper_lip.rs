//! The look across the upper lip: grey levels from the skin under the nose into the lip's red.
//!
//! Flow leads patches as large as a lip: what comes down with the border of the red is lost beside what the
//! lower lip pushes up. Levels across the border, averaged along each half, show it.

use serde::{Deserialize, Serialize};

use crate::analysis::time::BufferTime;
use crate::geometry::{Point, Sides};

use super::crop::SIDE;

/// Parts of a strip: skin above the red, and the upper five eighths of it, which a lower lip that rises does not
/// hide.
pub const PARTS: usize = 2;
const RED: f64 = 0.625;
/// Steps in each part: about a pixel of the crop each.
const STEPS: [usize; PARTS] = [10, 5];
/// Levels in a strip.
pub const LEVELS: usize = STEPS[0] + STEPS[1] + 1;
/// Where in a strip each part begins and the last one ends.
pub const KNOTS: [usize; PARTS + 1] = [0, STEPS[0], STEPS[0] + STEPS[1]];
/// Pixels of the crop of skin: the nose begins there.
const SKIN: f64 = 10.0;
/// Part of a line that is looked at, from the middle outwards: farther out pressed lips hardly move.
const MIDDLE: f64 = 0.6;
/// Columns and pixels of red below which a half's lip is too small.
const FEWEST_COLUMNS: usize = 4;
const THINNEST: f64 = 1.5;

/// A line of the lip in one half: mesh points from the middle of the mouth outwards.
type LipLine = [usize; 4];

/// Upper and lower border of the upper lip's red.
const LINES: Sides<[LipLine; 2]> = Sides::new(
    [[0, 267, 269, 270], [13, 312, 311, 310]],
    [[0, 37, 39, 40], [13, 82, 81, 80]],
);

/// What the upper lip looks like on one frame, in the place it had in a reference frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpperLipLook {
    /// When the reference was taken: looks of different references cannot be compared.
    pub reference: BufferTime,
    /// Pixels of the crop from level to level in each part.
    pub steps: Sides<[f64; PARTS]>,
    /// Grey levels from above to below.
    pub levels: Sides<[f32; LEVELS]>,
    /// Pixels that the head alone moved the lip down since the reference.
    pub head: f64,
}

impl UpperLipLook {
    /// The mean of looks of one reference; `None` of none.
    pub fn mean<'a>(looks: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut looks = looks.into_iter();
        let mut mean = looks.next()?.clone();
        let mut total = 1.0;
        for look in looks {
            total += 1.0;
            mean.head += (look.head - mean.head) / total;
            let pairs = [
                (&mut mean.levels.left, &look.levels.left),
                (&mut mean.levels.right, &look.levels.right),
            ];
            for (mean, levels) in pairs {
                for (mean, level) in mean.iter_mut().zip(levels) {
                    *mean += (level - *mean) / total as f32;
                }
            }
        }
        Some(mean)
    }
}

/// The pixels of a reference frame's crop across the upper lip.
pub struct UpperLipStrip(Sides<HalfStrip>);

struct HalfStrip {
    steps: [f64; PARTS],
    /// Of each column the pixel above each level, and how far below that it lies.
    columns: Vec<[(usize, f32); LEVELS]>,
}

impl UpperLipStrip {
    /// The strip across the lip of a mesh in pixels of the crop; `None` where it is too small.
    pub fn new(points: &[Point]) -> Option<Self> {
        LINES
            .map(|lines| HalfStrip::new(points, lines))
            .both()
            .map(Self)
    }

    /// What the lip looks like in a crop, where the head moved it `head` pixels down.
    pub fn look(&self, grey: &[u8], reference: BufferTime, head: f64) -> UpperLipLook {
        let Self(Sides { left, right }) = self;
        UpperLipLook {
            reference,
            steps: Sides::new(left.steps, right.steps),
            levels: Sides::new(left.levels(grey), right.levels(grey)),
            head,
        }
    }
}

impl HalfStrip {
    fn new(points: &[Point], lines: [LipLine; 2]) -> Option<Self> {
        let line = |line: LipLine| {
            let [a, b, c, d] = line.map(|index| points.get(index));
            Some([a?, b?, c?, d?].map(|point| [point[0], point[1]]))
        };
        let [upper, lower] = lines.map(line);
        let (upper, lower) = (upper?, lower?);
        let middle = upper[0][0];
        let ends = [middle, middle + MIDDLE * (upper[3][0] - middle)];
        let first = ends[0].min(ends[1]).ceil().max(0.0) as usize;
        let last = ends[0].max(ends[1]).floor().min(SIDE as f64 - 1.0) as usize;
        let (mut columns, mut heights) = (Vec::new(), 0.0);
        for column in first..=last {
            let [border, end] = [upper, lower].map(|line| height_at(line, column as f64));
            if end - border < THINNEST {
                continue;
            }
            let red = RED * (end - border);
            heights += red;
            columns.push(std::array::from_fn(|index| {
                let row = match index.checked_sub(KNOTS[1]) {
                    None => border - SKIN * (KNOTS[1] - index) as f64 / STEPS[0] as f64,
                    Some(below) => border + red * below as f64 / STEPS[1] as f64,
                };
                let row = row.clamp(0.0, SIDE as f64 - 1.001);
                (row as usize * SIDE + column, row.fract() as f32)
            }));
        }
        (columns.len() >= FEWEST_COLUMNS).then(|| Self {
            steps: [
                SKIN / STEPS[0] as f64,
                heights / (columns.len() * STEPS[1]) as f64,
            ],
            columns,
        })
    }

    fn levels(&self, grey: &[u8]) -> [f32; LEVELS] {
        let mut levels = [0.0; LEVELS];
        let at = |index: usize| grey.get(index).map_or(0.0, |&level| f32::from(level));
        for column in &self.columns {
            for (level, &(index, below)) in levels.iter_mut().zip(column) {
                *level += at(index) * (1.0 - below) + at(index + SIDE) * below;
            }
        }
        levels.map(|level| level / self.columns.len() as f32)
    }
}

/// The height of a line of points at a column.
fn height_at(line: [[f64; 2]; 4], x: f64) -> f64 {
    let pairs = line.iter().zip(line.iter().skip(1));
    let mut within = pairs.filter(|(a, b)| (a[0].min(b[0])..=a[0].max(b[0])).contains(&x));
    match within.next() {
        Some((a, b)) if (b[0] - a[0]).abs() > 1e-9 => {
            a[1] + (x - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
        }
        Some((a, _)) => a[1],
        None if (x - line[0][0]).abs() < (x - line[3][0]).abs() => line[0][1],
        None => line[3][1],
    }
}

#[cfg(test)]
impl UpperLipLook {
    /// A lip drawn into a crop whose head is so many pixels lower than at rest, in light of this strength: the
    /// border of its red rose by `border` pixels, the lower lip by `gap`.
    pub fn drawn(head: f64, [border, gap]: [f64; 2], light: f64) -> Self {
        let (rest, red, skin) = ([90.0, 99.0], 95.0, 150.0);
        let mut points: Vec<Point> = vec![[0.0; 3]; 478];
        for (lines, outwards) in LINES.into_array().into_iter().zip([1.0, -1.0]) {
            for (line, row) in lines.into_iter().zip(rest) {
                for (index, point) in line.into_iter().enumerate() {
                    points[point] = [88.0 + outwards * 8.0 * index as f64, row, 0.0];
                }
            }
        }
        let [border, gap] = [rest[0] + head - border, rest[1] + head - gap];
        let rows = (0..SIDE).flat_map(|row| {
            let y = row as f64;
            let share = 1.0 / (1.0 + (-(y - border) / 0.7).exp());
            let dark = 45.0 * (-((y - gap) / 1.2).powi(2)).exp();
            let texture = 4.0 * ((y - head) * 0.7).sin();
            let level = skin - share * (skin - red) - dark + texture;
            [(level * light).round() as u8; SIDE]
        });
        let grey: Vec<u8> = rows.collect();
        let strip = UpperLipStrip::new(&points).unwrap();
        strip.look(&grey, BufferTime::default(), head)
    }
}
