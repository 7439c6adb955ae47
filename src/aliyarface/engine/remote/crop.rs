//! Finds the faces on the device, so that nothing else of a picture leaves it.

use crate::models::{ModelChoice, Models};
use crate::picture::Picture;
use crate::privacy::FaceSearch;
use crate::remote::Crop;

/// Sides of what is kept in sides of a face's box: what the mesh net looks at, hair and chin, and a face's way until
/// the next picture.
const AROUND: f64 = 2.0;
/// Pictures for which the surroundings of a face that is not found any more are still kept.
const HELD: u32 = 10;

/// Crops with this machine's detectors, which are loaded by the thread that sends pictures, at the first one.
pub fn new(choice: ModelChoice) -> Crop {
    let mut search = None;
    let mut held: Vec<([f64; 4], u32)> = Vec::new();
    Crop::new(move |picture: &Picture<'_>| {
        if search.is_none() {
            let detectors = Models::detectors(&choice);
            let [near, far] =
                detectors.map_err(|err| format!("remote-crop finds no faces: {err}"))?;
            search = Some(FaceSearch::new(near, far));
        }
        let Some(search) = &mut search else {
            return Ok(Vec::new());
        };
        let found = search.search(picture, &[], None);
        let found = found.map_err(|err| format!("remote-crop finds no faces: {err}"))?;
        let faces = found.iter().flat_map(|found| {
            found.faces.iter().map(|face| {
                let [x, y] = face.centre();
                let side = face.width().max(face.height()) * AROUND / 2.0;
                in_frame(picture, [x - side, y - side, x + side, y + side])
            })
        });
        held.retain_mut(|(_, pictures)| {
            *pictures += 1;
            *pictures <= HELD
        });
        held.extend(faces.map(|face| (face, 0)));
        Ok(held.iter().map(|(kept, _)| *kept).collect())
    })
}

/// A box in pixels of the upright picture, in fractions of the frame as it lies in memory.
fn in_frame(picture: &Picture<'_>, [left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
    let size = [picture.width() as f64, picture.height() as f64];
    let orientation = picture.view().orientation();
    let place = |x: f64, y: f64| orientation.to_frame([x / size[0], y / size[1]]);
    let ([x0, y0], [x1, y1]) = (place(left, top), place(right, bottom));
    [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
}
