//! Heads cut from the sample pictures, and crowds composed of them.

use std::sync::OnceLock;

use gstaliyarface::analysis::Face;

use super::dice::Dice;
use super::pictures::{Photo, Placement};

/// Side of a head's cut in sizes of its face, and how far its middle lies above the face's.
const CUT: f64 = 2.0;
const ABOVE: f64 = 0.15;
/// Distance of two faces' middles in a crowd, in sizes of the larger.
const ELBOW_ROOM: f64 = 1.7;

/// Where a face lies in a sample: file, frame, middle, and the geometric mean of width and height.
struct Place(&'static str, usize, [f64; 2], f64);

const PLACES: [Place; 11] = [
    Place("single_face.jpg", 0, [282.0, 288.0], 200.0),
    Place("multi_face.jpg", 0, [260.0, 125.0], 97.0),
    Place("multi_face.jpg", 0, [361.0, 303.0], 104.0),
    Place("multi_face.jpg", 0, [477.0, 266.0], 84.0),
    Place("multi_face.jpg", 0, [581.0, 378.0], 105.0),
    Place("multi_face.jpg", 0, [737.0, 362.0], 113.0),
    Place("astronaut.png", 0, [225.0, 125.0], 97.0),
    Place("grace_hopper.jpg", 0, [262.0, 234.0], 193.0),
    Place("single_face.mp4", 0, [297.0, 204.0], 170.0),
    Place("single_face.mp4", 40, [293.0, 195.0], 170.0),
    Place("WolfgangLanger_Pexels.mp4", 270, [442.0, 188.0], 236.0),
];

/// A head cut out of a sample: a square photo, its face's middle `ABOVE` below the photo's.
#[derive(Clone)]
pub struct Head {
    pub photo: Photo,
    /// Geometric mean of the face's width and height in pixels.
    pub size: f64,
}

/// Every head of the samples, of ten people.
pub fn heads() -> &'static [Head] {
    static HEADS: OnceLock<Vec<Head>> = OnceLock::new();
    HEADS.get_or_init(|| PLACES.iter().map(Head::cut).collect())
}

impl Head {
    fn cut(&Place(file, frame, [x, y], size): &Place) -> Self {
        let side = (size * CUT).round();
        let photo = Photo::frame(file, frame);
        let left = (x - side / 2.0).round() as i64;
        let top = (y - side / 2.0 - size * ABOVE).round() as i64;
        Self {
            photo: photo.part(left, top, side as usize, side as usize),
            size,
        }
    }

    /// The head with a face of `size` pixels, placed as asked but for the scale.
    pub fn resized(&self, size: f64, placement: Placement) -> Self {
        let side = (size * CUT).round() as usize;
        let placement = Placement {
            scale: side as f64 / self.photo.width as f64,
            ..placement
        };
        Self {
            photo: self.photo.placed(&placement, side, side),
            size,
        }
    }

    /// Lays the head on `scene` so that its upright face's middle is at `middle`.
    pub fn lay(&self, scene: &mut Photo, [x, y]: [f64; 2]) {
        let half = self.photo.width as f64 / 2.0;
        let (left, top) = (x - half, y - half - self.size * ABOVE);
        scene.lay_oval(&self.photo, left.round() as i64, top.round() as i64);
    }
}

/// A face that a scene was composed with.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    pub middle: [f64; 2],
    pub size: f64,
}

impl Planted {
    /// The indices of the faces that lie here.
    pub fn found(&self, faces: &[Face], scene: &Photo) -> Vec<usize> {
        let lies_here = |(index, face): (usize, &Face)| {
            let x = (face.rect.x + face.rect.width / 2.0) * scene.width as f64;
            let y = (face.rect.y + face.rect.height / 2.0) * scene.height as f64;
            let off = (x - self.middle[0]).hypot(y - self.middle[1]);
            (off < self.size * 0.6).then_some(index)
        };
        faces.iter().enumerate().filter_map(lies_here).collect()
    }
}

/// `count` heads of random people with faces of `sizes` pixels, mirrored, turned by up to 15
/// degrees, in different light, spread over `background`.
pub fn crowd(
    heads: &[Head],
    background: &Photo,
    count: usize,
    sizes: [f64; 2],
    dice: &mut Dice,
) -> (Photo, Vec<Planted>) {
    let mut scene = background.clone();
    let mut planted: Vec<Planted> = Vec::new();
    while planted.len() < count {
        let size = dice.between(sizes[0], sizes[1]);
        let middle = [background.width, background.height]
            .map(|side| dice.between(size * 1.3, side as f64 - size * 1.3));
        let crowded = planted.iter().any(|other| {
            let apart = (middle[0] - other.middle[0]).hypot(middle[1] - other.middle[1]);
            apart < ELBOW_ROOM * size.max(other.size)
        });
        if crowded {
            continue;
        }
        let head = &heads[dice.between(0.0, heads.len() as f64) as usize];
        let placement = Placement {
            turn: dice.between(-15.0, 15.0),
            mirrored: dice.between(0.0, 1.0) < 0.5,
            ..Placement::default()
        };
        let mut head = head.resized(size, placement);
        head.photo = head.photo.lit(dice.between(0.6, 1.2));
        head.lay(&mut scene, middle);
        planted.push(Planted { middle, size });
    }
    (scene, planted)
}
