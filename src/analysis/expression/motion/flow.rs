//! Dense optical flow between two crops of a face.

use crate::opencv::{self, OpenCvError};

use super::crop::SIDE;

/// The pyramid's level on which flow is found: half of the crop's pixels a side.
const FINEST_SCALE: i32 = 1;
/// How often pixels are made to agree. OpenCV's fast preset takes five; four find as many movements.
const REFINEMENTS: i32 = 4;

/// How much work goes into the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowQuality {
    /// Each pixel is made to agree with its neighbours.
    Refined,
    /// Pixels are left as they were found, in half of the time: regions are averages of them.
    Coarse,
}

/// Where each pixel went: x and y in pixels, row by row.
pub type FlowField = Vec<[f32; 2]>;

/// Finds where each pixel went: DIS flow (Kroeger et al. 2016) of OpenCV.
#[derive(Default)]
pub struct FlowFinder {
    finder: Option<opencv::FlowFinder>,
}

impl FlowFinder {
    /// A finder that is made when it is first needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the flow into `field`, from what that holds on: where the pixels of the same face went on the
    /// frame before.
    pub fn find<'a>(
        &mut self,
        from: &[u8],
        to: &[u8],
        flow_quality: FlowQuality,
        field: &'a mut FlowField,
    ) -> Result<&'a [[f32; 2]], OpenCvError> {
        let finder = match &mut self.finder {
            Some(finder) => finder,
            none => none.insert(opencv::FlowFinder::new(FINEST_SCALE)?),
        };
        let refinements = match flow_quality {
            FlowQuality::Refined => REFINEMENTS,
            FlowQuality::Coarse => 0,
        };
        finder.find([from, to], SIDE, refinements, field)?;
        Ok(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crop of smooth spots, `across` pixels further right.
    fn spots(across: f64) -> Vec<u8> {
        let places = (0..SIDE * SIDE).map(|at| [(at % SIDE) as f64 - across, (at / SIDE) as f64]);
        let bright =
            |[x, y]: [f64; 2]| (x * 0.31).sin() * (y * 0.27).cos() + (x * 0.05 + y * 0.08).sin();
        places
            .map(|place| (128.0 + 50.0 * bright(place)) as u8)
            .collect()
    }

    #[test]
    fn refined_and_coarse_flow_find_the_same_movement() {
        let mut flow = FlowFinder::new();
        let mut across = |flow_quality| {
            let mut field = FlowField::default();
            let field = flow
                .find(&spots(0.0), &spots(1.3), flow_quality, &mut field)
                .unwrap();
            let middle = |at: &usize| (40..SIDE - 40).contains(&(at % SIDE));
            let inside = (40 * SIDE..(SIDE - 40) * SIDE).filter(middle);
            let moved: Vec<f64> = inside.map(|at| f64::from(field[at][0])).collect();
            moved.iter().sum::<f64>() / moved.len() as f64
        };
        let all = [
            FlowQuality::Refined,
            FlowQuality::Coarse,
            FlowQuality::Refined,
        ]
        .map(&mut across);
        for moved in all {
            assert!((moved - 1.3).abs() < 0.1, "{all:?}");
        }
        assert_eq!(all[0], all[2]);
        assert_ne!(all[0], all[1]);
    }
}
