//! A face of a sample photo that is warped as muscles would warp it.

use std::sync::OnceLock;

use super::pictures::{Photo, faces_in};

/// A photo with a face and where its points are, in pixels.
pub struct Sitter {
    pub photo: Photo,
    points: Vec<[f64; 2]>,
}

/// A movement from rest over an apex to rest, in ms.
#[derive(Clone, Copy)]
pub struct Course {
    pub onset: f64,
    pub apex: f64,
    pub offset: f64,
}

impl Course {
    /// 0..1 at `time` in ms.
    pub fn at(&self, time: f64) -> f64 {
        let part = match time {
            time if time <= self.onset || time >= self.offset => return 0.0,
            time if time < self.apex => (time - self.onset) / (self.apex - self.onset),
            time => (self.offset - time) / (self.offset - self.apex),
        };
        (1.0 - (part * std::f64::consts::PI).cos()) / 2.0
    }
}

/// The man of `single_face.jpg`.
pub fn sitter() -> &'static Sitter {
    static SITTER: OnceLock<Sitter> = OnceLock::new();
    SITTER.get_or_init(|| {
        let photo = Photo::sample("single_face.jpg");
        let face = faces_in(&photo).remove(0);
        let (width, height) = (photo.width as f64, photo.height as f64);
        let point = |[x, y, _]: &[f32; 3]| [f64::from(*x) * width, f64::from(*y) * height];
        Sitter {
            points: face.landmarks.iter().map(point).collect(),
            photo,
        }
    })
}

impl Sitter {
    fn eyes_apart(&self) -> f64 {
        let ([x, y], [u, v]) = (self.points[33], self.points[263]);
        (x - u).hypot(y - v)
    }

    /// The photo in which each pixel shows the one that `from` names.
    fn warped(&self, from: impl Fn(f64, f64) -> [f64; 2]) -> Photo {
        let Photo { width, height, rgb } = &self.photo;
        Photo::of(*width, *height, |x, y| {
            let [u, v] = from(x as f64, y as f64);
            let u = u.clamp(0.0, *width as f64 - 1.001);
            let v = v.clamp(0.0, *height as f64 - 1.001);
            let (left, top) = (u.floor() as usize, v.floor() as usize);
            let (across, down) = (u.fract(), v.fract());
            let at = |x: usize, y: usize, channel| f64::from(rgb[(y * width + x) * 3 + channel]);
            [0, 1, 2].map(|channel| {
                let upper =
                    at(left, top, channel) * (1.0 - across) + at(left + 1, top, channel) * across;
                let lower = at(left, top + 1, channel) * (1.0 - across)
                    + at(left + 1, top + 1, channel) * across;
                (upper * (1.0 - down) + lower * down).round() as u8
            })
        })
    }

    /// Both brows raised by `amount`, 1 being a tenth of the outer-eye distance.
    pub fn with_brows_up(&self, amount: f64) -> Photo {
        let apart = self.eyes_apart();
        let brows = [[55, 105], [285, 334]];
        let middles = brows
            .map(|[a, b]| [0, 1].map(|axis| (self.points[a][axis] + self.points[b][axis]) / 2.0));
        self.warped(|x, y| {
            let lift = middles.iter().map(|[u, v]| {
                let across = (x - u) / (0.3 * apart);
                let down = (y - v) / (0.13 * apart);
                (-across * across - down * down).exp()
            });
            [x, y + amount * 0.1 * apart * lift.sum::<f64>()]
        })
    }

    /// Both upper lids drawn down, 1 being shut.
    pub fn with_lids_down(&self, amount: f64) -> Photo {
        let apart = self.eyes_apart();
        let eyes =
            [[33, 133, 159, 145], [263, 362, 386, 374]].map(|eye| eye.map(|at| self.points[at]));
        self.warped(|x, y| {
            for [outer, inner, upper, lower] in eyes {
                let middle = (outer[0] + inner[0]) / 2.0;
                let half = (outer[0] - inner[0]).abs() * 0.62;
                let across = (x - middle) / half;
                let start = upper[1] - 0.14 * apart;
                let end = lower[1] + 2.0;
                if across.abs() < 1.0 && y > start && y < end {
                    let reach = (1.0 - across * across) * (lower[1] - upper[1]);
                    let part = ((y - start) / (end - 3.0 - start)).min(1.0);
                    return [x, y - amount * reach * part];
                }
            }
            [x, y]
        })
    }
}
