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
    SITTER.get_or_init(|| Sitter::new(Photo::sample("single_face.jpg")))
}

/// The same man at rest, as `single_face.mp4` begins.
pub fn resting_sitter() -> &'static Sitter {
    static SITTER: OnceLock<Sitter> = OnceLock::new();
    SITTER.get_or_init(|| Sitter::new(Photo::frame("single_face.mp4", 0)))
}

impl Sitter {
    /// The face of a photo that holds one.
    pub fn new(photo: Photo) -> Self {
        let face = faces_in(&photo).remove(0);
        let (width, height) = (photo.width as f64, photo.height as f64);
        let point = |[x, y, _]: &[f32; 3]| [f64::from(*x) * width, f64::from(*y) * height];
        Self {
            points: face.landmarks.iter().map(point).collect(),
            photo,
        }
    }

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
        self.with_lids_at([amount; 2])
    }

    /// The upper lids of the eye on the picture's left and of the other drawn down, 1 being shut.
    pub fn with_lids_at(&self, amounts: [f64; 2]) -> Photo {
        let apart = self.eyes_apart();
        let eyes =
            [[33, 133, 159, 145], [263, 362, 386, 374]].map(|eye| eye.map(|at| self.points[at]));
        self.warped(|x, y| {
            for ([outer, inner, upper, lower], amount) in eyes.into_iter().zip(amounts) {
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

    /// The same points on a picture that was made of this one: what moves next moves in that.
    pub fn shown_in(&self, photo: Photo) -> Self {
        Self {
            points: self.points.clone(),
            photo,
        }
    }

    /// The jaw dropped and the lips apart by `amount` of the outer-eye distance.
    pub fn with_mouth_open(&self, amount: f64) -> Photo {
        let apart = self.eyes_apart();
        let [left, right, upper, lower] = [61, 291, 13, 14].map(|point| self.points[point]);
        let middle = [(left[0] + right[0]) / 2.0, (upper[1] + lower[1]) / 2.0];
        let half = (right[0] - left[0]).abs() / 2.0;
        let chin = self.points[152][1];
        // How far the lips are apart, and how far the jaw has come down, at a column.
        let gap = |x: f64| {
            let across = (x - middle[0]) / half;
            amount * apart * (1.0 - across * across).max(0.0).sqrt()
        };
        let jaw = |x: f64| amount * apart * (-((x - middle[0]) / half / 2.2).powi(4)).exp();
        let smooth = |part: f64| {
            let part = part.clamp(0.0, 1.0);
            part * part * (3.0 - 2.0 * part)
        };
        let mut photo = self.warped(|x, y| {
            let below = y - middle[1] - gap(x);
            if below <= 0.0 {
                return [x, y.min(middle[1])];
            }
            let down = gap(x) + (jaw(x) - gap(x)) * smooth(below / (0.4 * apart));
            // The neck takes up what the jaw came down.
            let neck = 1.0 - smooth((y - chin - amount * apart) / apart);
            [x, y - down * neck]
        });
        for y in 0..photo.height {
            for x in 0..photo.width {
                let below = y as f64 - middle[1];
                if below > 0.5 && below < gap(x as f64) - 0.5 {
                    photo.rgb[(y * photo.width + x) * 3..][..3].copy_from_slice(&[58, 22, 24]);
                }
            }
        }
        photo
    }

    /// The corners of the mouth drawn out and up, 1 being a broad smile.
    pub fn with_smile(&self, amount: f64) -> Photo {
        let apart = self.eyes_apart();
        let corners = [(61, -1.0), (291, 1.0)];
        let corners = corners.map(|(point, out)| (self.points[point], out));
        self.warped(|x, y| {
            let pulls = corners.map(|([u, v], out)| {
                let reach = ((x - u) / (0.2 * apart)).powi(2) + ((y - v) / (0.2 * apart)).powi(2);
                let weight = amount * apart * (-reach).exp();
                [0.1 * out * weight, -0.1 * weight]
            });
            let [dx, dy] = [0, 1].map(|axis| pulls[0][axis] + pulls[1][axis]);
            [x - dx, y - dy]
        })
    }

    /// The corners of the mouth drawn together, 1 making it half as wide.
    pub fn with_pucker(&self, amount: f64) -> Photo {
        let [left, right, upper, lower] = [61, 291, 13, 14].map(|point| self.points[point]);
        let middle = [(left[0] + right[0]) / 2.0, (upper[1] + lower[1]) / 2.0];
        let half = (right[0] - left[0]).abs() / 2.0;
        let narrowest = 1.0 - 0.5 * amount;
        self.warped(|x, y| {
            let [u, v] = [(x - middle[0]) / half, (y - middle[1]) / half];
            // Within the drawn lips the picture is narrower; the cheeks are stretched to them.
            let reach = 2.0;
            let across = match u.abs() {
                inside if inside < narrowest => inside / narrowest,
                outside if outside < reach => {
                    1.0 + (outside - narrowest) / (reach - narrowest) * (reach - 1.0)
                }
                far => far,
            };
            let near = (-(v / 0.9).powi(4)).exp();
            [x + near * (across.copysign(u) - u) * half, y]
        })
    }

    /// The brows drawn down and together, 1 being a tenth of the outer-eye distance.
    pub fn with_frown(&self, amount: f64) -> Photo {
        let lowered = self.shown_in(self.with_brows_up(-amount));
        let apart = self.eyes_apart();
        let brows = [(55, 1.0), (285, -1.0)].map(|(point, inwards)| (self.points[point], inwards));
        lowered.warped(|x, y| {
            let pulls = brows.map(|([u, v], inwards)| {
                let across = (x - u) / (0.25 * apart);
                let down = (y - v) / (0.2 * apart);
                0.05 * amount * apart * inwards * (-across * across - down * down).exp()
            });
            [x - pulls.iter().sum::<f64>(), y]
        })
    }

    /// Two upright furrows between the brows that take `depth` (0..1) off the skin's brightness, and a ridge
    /// between them that is half as much brighter: what drawn brows do to the skin, without moving anything.
    pub fn with_furrow(&self, depth: f64) -> Photo {
        let apart = self.eyes_apart();
        let brows = [55, 285, 107, 336].map(|point| self.points[point]);
        let middle = [0, 1].map(|axis| brows.iter().map(|point| point[axis]).sum::<f64>() / 4.0);
        let ([x, y], [u, v]) = (self.points[33], self.points[263]);
        let (sin, cos) = (v - y).atan2(u - x).sin_cos();
        let Photo { width, height, rgb } = &self.photo;
        let line = |off: f64| (-(off / 0.016).powi(2)).exp();
        Photo::of(*width, *height, |column, row| {
            let off = [column as f64 - middle[0], row as f64 - middle[1]].map(|off| off / apart);
            let across = cos * off[0] + sin * off[1];
            let along = (cos * off[1] - sin * off[0] + 0.01) / 0.12;
            let shade = line(across - 0.04) + line(across + 0.04) - 0.5 * line(across);
            let gain = 1.0 - depth * shade * (-along.powi(4)).exp();
            let pixel = (row * width + column) * 3;
            [0, 1, 2].map(|channel| {
                let value = f64::from(rgb[pixel + channel]) * gain;
                value.round().clamp(0.0, 255.0) as u8
            })
        })
    }

    /// The corners of the mouth drawn down, 1 being a tenth of the outer-eye distance.
    pub fn with_corners_down(&self, amount: f64) -> Photo {
        let apart = self.eyes_apart();
        let corners = [61, 291].map(|point| self.points[point]);
        self.warped(|x, y| {
            let pulls = corners.map(|[u, v]| {
                let reach = ((x - u) / (0.15 * apart)).powi(2) + ((y - v) / (0.15 * apart)).powi(2);
                0.1 * amount * apart * (-reach).exp()
            });
            [x, y - pulls.iter().sum::<f64>()]
        })
    }

    /// Both irises `across` of the width of an eye to the picture's right.
    pub fn with_gaze(&self, across: f64) -> Photo {
        let eyes =
            [[33, 133, 159, 145], [263, 362, 386, 374]].map(|eye| eye.map(|at| self.points[at]));
        self.warped(|x, y| {
            for [outer, inner, upper, lower] in eyes {
                let middle = [(outer[0] + inner[0]) / 2.0, (upper[1] + lower[1]) / 2.0];
                let [half, open] = [(outer[0] - inner[0]).abs() / 2.0, lower[1] - upper[1]];
                let [u, v] = [(x - middle[0]) / half, (y - middle[1]) / open];
                if u.abs() < 1.0 && v.abs() < 0.75 {
                    let within = (1.0 - u * u) * ((0.75 - v.abs()) / 0.2).min(1.0);
                    return [x - 2.0 * half * across * within, y];
                }
            }
            [x, y]
        })
    }

    /// A grey board before both eyes.
    pub fn cover_eyes(&self, photo: &mut Photo) {
        let apart = self.eyes_apart();
        let [left, right] = [33, 263].map(|point| self.points[point]);
        let top = (left[1].min(right[1]) - 0.35 * apart) as i64;
        let start = (left[0] - 0.3 * apart) as i64;
        let board = Photo::plain((1.6 * apart) as usize, (0.6 * apart) as usize, [96; 3]);
        photo.lay(&board, start, top);
    }
}
