//! Looks for faces in the very frame that leaves, so that nobody in it is shown uncovered.
//!
//! Both detectors search the whole picture of every frame, a dark or noisy one in denoised copies too. The windows for the smallest faces are
//! many: one is searched again only where its pixels have changed since, since what has not changed
//! shows nobody new.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::analysis::{
    DetectionError, Window, fine_windows, is_poor, search_above, search_denoised,
};
use crate::geometry::BBox;
use crate::models::DetectorNet;
use crate::picture::{Affine, BorderMode, Picture};

/// Score (0..1) from which a candidate is covered: below the thresholds of the analysis (.5 and .4),
/// since a place covered for nothing harms nobody.
const NEAR_FLOOR: f64 = 0.4;
const FAR_FLOOR: f64 = 0.35;
/// The same where a face was a moment ago.
const HELD_FLOOR: f64 = 0.15;
/// Side of the look around the place where a face was a moment ago, in sizes of its box.
const HELD_LOOK: f64 = 3.0;
/// Side in pixels of the cells whose mean brightness tells whether something has changed: half of
/// the smallest face that is looked for.
const CELL: usize = 16;
/// A cell has changed where its mean (0..255) differs by more than this and this part of it: a
/// camera's noise stays within, the mean of 256 pixels.
const CHANGE: f64 = 2.0;
const CHANGE_PART: f64 = 0.03;
/// From one frame to the next this part of the cells changes only in a cut, by at least this much.
const CUT_PART: f64 = 0.35;
const CUT_CHANGE: u8 = 12;

/// What a frame shows.
#[derive(Debug, Default)]
pub struct Search {
    /// Width and height of the picture searched, in pixels.
    pub size: [f64; 2],
    /// Boxes of what may be faces, in pixels.
    pub faces: Vec<BBox>,
    /// Parts of the picture that have changed and for which there was no time, in pixels.
    pub unsearched: Vec<BBox>,
    /// Whether the frame shows another scene than the last one.
    pub cut: bool,
}

/// Mean brightness of the picture's cells, row by row.
type Cells = Arc<Vec<u8>>;

/// A window for small faces.
struct FineWindow {
    window: Window,
    /// How the picture was when the window was searched, and the faces found.
    searched: Option<(Cells, Vec<BBox>)>,
    /// Frame of that search.
    frame: u64,
}

/// The search and what it remembers of the last frames.
pub struct FaceSearch {
    near: DetectorNet,
    far: DetectorNet,
    size: [usize; 2],
    cells: Cells,
    windows: Vec<FineWindow>,
    frame: u64,
    /// Time by which the searches so far took longer than was left for them.
    overrun: Duration,
}

impl FaceSearch {
    /// A search with the loaded nets.
    pub fn new(near: DetectorNet, far: DetectorNet) -> Self {
        Self {
            near,
            far,
            size: [0; 2],
            cells: Cells::default(),
            windows: Vec::new(),
            frame: 0,
            overrun: Duration::ZERO,
        }
    }

    /// Forgets the last frames.
    pub fn reset(&mut self) {
        self.size = [0; 2];
        self.overrun = Duration::ZERO;
    }

    /// What may be a face in `picture`; `held` are the places of faces that were there a moment ago.
    /// With a `budget` for each frame, windows that are not reached within it are told as unsearched,
    /// and `None` means that earlier frames took so long that there is no time for this one.
    ///
    /// # Errors
    /// A crop or a net failed.
    pub fn search(
        &mut self,
        picture: &Picture<'_>,
        held: &[BBox],
        budget: Option<Duration>,
    ) -> Result<Option<Search>, DetectionError> {
        if let Some(budget) = budget.filter(|budget| self.overrun > *budget) {
            self.overrun = self.overrun.saturating_sub(budget);
            return Ok(None);
        }
        let start = Instant::now();
        let mut search = Search {
            size: [picture.width(), picture.height()].map(|side| side as f64),
            cut: self.look_at_cells(picture)?,
            ..Search::default()
        };
        let (whole, poor) = (Window::whole(picture), is_poor(picture)?);
        for (net, floor) in [(&self.near, NEAR_FLOOR), (&self.far, FAR_FLOOR)] {
            let found = search_above(net, picture, whole, BorderMode::Black, floor)?;
            search.faces.extend(found.iter().map(|face| face.bounds));
            if poor {
                let found = search_denoised(net, picture, whole)?;
                search.faces.extend(found.iter().map(|face| face.bounds));
            }
        }
        for place in held {
            if search
                .faces
                .iter()
                .any(|face| face.contains(place.centre()))
            {
                continue;
            }
            let window = Window::around(place, HELD_LOOK);
            let found = search_above(&self.near, picture, window, BorderMode::Edge, HELD_FLOOR)?;
            let near = found.iter().map(|face| face.bounds);
            let near = near.filter(|face| face.distance_to(place, place.size()) < 1.0);
            search.faces.extend(near);
        }
        let deadline = budget.map(|budget| start + budget);
        self.search_windows(picture, poor, deadline, &mut search)?;
        if let Some(budget) = budget {
            self.overrun = (self.overrun + start.elapsed()).saturating_sub(budget);
        }
        Ok(Some(search))
    }

    /// Takes in the brightness of the picture's cells; whether it shows another scene than the last.
    fn look_at_cells(&mut self, picture: &Picture<'_>) -> Result<bool, DetectionError> {
        let size = [picture.width(), picture.height()];
        let [across, down] = size.map(|side| side.div_ceil(CELL));
        let (step, first) = (CELL as f64, (CELL as f64 - 1.0) / 2.0);
        let map = Affine([[step, 0.0, first], [0.0, step, first]]);
        let cells = picture.grey(&map, (across, down), BorderMode::Edge)?;
        let cells = Arc::new(cells.bytes().to_vec());
        self.frame += 1;
        if self.size != size {
            self.size = size;
            let [width, height] = size.map(|side| side as f64);
            let windows = fine_windows(width, height).into_iter();
            let windows = windows.map(|window| FineWindow {
                window,
                searched: None,
                frame: 0,
            });
            self.windows = windows.collect();
            self.cells = cells;
            return Ok(false);
        }
        let pairs = self.cells.iter().zip(cells.iter());
        let changed = pairs.filter(|(old, new)| old.abs_diff(**new) > CUT_CHANGE);
        let cut = changed.count() as f64 > CUT_PART * cells.len() as f64;
        self.cells = cells;
        Ok(cut)
    }

    fn search_windows(
        &mut self,
        picture: &Picture<'_>,
        poor: bool,
        deadline: Option<Instant>,
        search: &mut Search,
    ) -> Result<(), DetectionError> {
        let (cells, across) = (&self.cells, self.size[0].div_ceil(CELL));
        // Those that wait longest come first.
        self.windows.sort_by_key(|window| window.frame);
        for window in &mut self.windows {
            let changed = match &window.searched {
                Some((before, _)) => has_changed(before, cells, across, &window.window.bounds()),
                None => true,
            };
            let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if changed && late {
                search.unsearched.push(window.window.bounds());
            } else if changed {
                let (far, area) = (&self.far, window.window);
                let mut found = search_above(far, picture, area, BorderMode::Black, FAR_FLOOR)?;
                if poor {
                    found.extend(search_denoised(far, picture, area)?);
                }
                let found = found.iter().map(|face| face.bounds).collect();
                window.searched = Some((Arc::clone(cells), found));
                window.frame = self.frame;
            }
            if let Some((_, found)) = &window.searched {
                search.faces.extend(found);
            }
        }
        Ok(())
    }
}

/// Whether the picture within `area` is another than `before`.
fn has_changed(before: &[u8], now: &[u8], across: usize, area: &BBox) -> bool {
    let [left, top, right, bottom] = area.corners.map(|edge| edge.max(0.0) / CELL as f64);
    let rows = before.chunks(across).zip(now.chunks(across));
    let rows = rows
        .skip(top as usize)
        .take(bottom.ceil() as usize - top as usize);
    let mut cells = rows.flat_map(|(before, now)| {
        let cells = before.iter().zip(now).skip(left as usize);
        cells.take(right.ceil() as usize - left as usize)
    });
    cells.any(|(&before, &now)| {
        f64::from(before.abs_diff(now)) > CHANGE + CHANGE_PART * f64::from(before)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_changed_where_one_of_its_cells_has() {
        let before = vec![100; 8 * 6];
        let mut now = before.clone();
        now[2 * 8 + 3] = 110;
        let area = |x: f64, y: f64| BBox {
            corners: [x, y, x + 20.0, y + 20.0],
        };
        assert!(has_changed(&before, &now, 8, &area(40.0, 30.0)));
        assert!(!has_changed(&before, &now, 8, &area(80.0, 30.0)));
        assert!(!has_changed(&before, &now, 8, &area(-30.0, -30.0)));
        now[2 * 8 + 3] = 104;
        assert!(!has_changed(&before, &now, 8, &area(40.0, 30.0)), "noise");
    }
}
