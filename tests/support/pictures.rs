//! Photos, clips and scenes composed of them, for tests that run the analysis on plain pictures.

// Each test file uses a part of this.
use std::path::{Path, PathBuf};

use super::folder;
use gst::prelude::*;
use gstaliyarface::analysis::{Analyser, Analysis, AnalysisSettings, Face};
use gstaliyarface::models::{Folders, ModelChoice, Models};
use gstaliyarface::picture::{Affine, BorderMode, Colour, Picture, PixelFormat, Plane};

/// Nanoseconds of a frame at 30 frames a second.
pub const FRAME: u64 = 33_333_333;

/// An RGB picture in memory.
#[derive(Clone)]
pub struct Photo {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

impl Photo {
    /// Its rows as GStreamer lays them, each a multiple of four bytes.
    pub fn padded(&self) -> Vec<u8> {
        let row = self.width * 3;
        let stride = row.next_multiple_of(4);
        let mut padded = vec![0; stride * self.height];
        for (to, from) in padded.chunks_mut(stride).zip(self.rgb.chunks(row)) {
            to[..row].copy_from_slice(from);
        }
        padded
    }

    /// The picture whose pixels `colour` gives.
    pub fn of(width: usize, height: usize, colour: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let mut rgb = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            for x in 0..width {
                rgb.extend_from_slice(&colour(x, y));
            }
        }
        Self { width, height, rgb }
    }

    /// A picture of one colour.
    pub fn plain(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self::of(width, height, |_, _| colour)
    }

    /// A sample picture, or the first frame of a sample clip.
    pub fn sample(file: &str) -> Self {
        Clip::open(file).next().unwrap()
    }

    /// The sample photos that people are seen on: one of five, and three of one.
    pub fn people() -> Vec<Self> {
        let files = [
            "multi_face.jpg",
            "astronaut.png",
            "grace_hopper.jpg",
            "single_face.jpg",
        ];
        files.iter().map(|file| Self::sample(file)).collect()
    }

    /// Frame `index` of a sample clip.
    pub fn frame(file: &str, index: usize) -> Self {
        Clip::open(file).nth(index).unwrap()
    }

    /// The picture as the analysis reads it.
    pub fn picture(&self) -> Picture<'_> {
        let plane = Plane {
            data: &self.rgb,
            stride: self.width * 3,
        };
        let (width, height) = (self.width, self.height);
        Picture::new(PixelFormat::Rgb, width, height, vec![plane], Colour::BT601).unwrap()
    }

    /// `width` x `height` pixels, each the one of this picture that `map` names.
    pub fn warped(&self, map: Affine, width: usize, height: usize) -> Self {
        let picture = self.picture();
        let crop = picture.rgb_averaged(&map, (width, height), BorderMode::Edge);
        Self {
            width,
            height,
            rgb: crop.unwrap().bytes().to_vec(),
        }
    }

    /// Turned counter-clockwise as seen about its centre, at the same size.
    pub fn turned(&self, degrees: f64) -> Self {
        let placement = Placement {
            turn: degrees,
            ..Placement::default()
        };
        self.placed(&placement, self.width, self.height)
    }

    /// As a mirror shows it.
    pub fn mirrored(&self) -> Self {
        let placement = Placement {
            mirrored: true,
            ..Placement::default()
        };
        self.placed(&placement, self.width, self.height)
    }

    /// `factor` times as large.
    pub fn scaled(&self, factor: f64) -> Self {
        let side = |pixels: usize| ((pixels as f64 * factor).round() as usize).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let placement = Placement {
            scale: factor,
            ..Placement::default()
        };
        self.placed(&placement, width, height)
    }

    /// The middle of the picture, placed in the middle of a canvas of `width` x `height`.
    pub fn placed(&self, placement: &Placement, width: usize, height: usize) -> Self {
        self.warped(placement.map(self, width, height), width, height)
    }

    /// Scaled and cut so that it fills `width` x `height`.
    pub fn covering(&self, width: usize, height: usize) -> Self {
        let scale = (width as f64 / self.width as f64).max(height as f64 / self.height as f64);
        let placement = Placement {
            scale,
            ..Placement::default()
        };
        self.placed(&placement, width, height)
    }

    /// A part of the picture; beyond its edges they go on.
    pub fn part(&self, x: i64, y: i64, width: usize, height: usize) -> Self {
        let map = Affine([[1.0, 0.0, x as f64], [0.0, 1.0, y as f64]]);
        self.warped(map, width, height)
    }

    /// Every value times `gain`.
    pub fn lit(&self, gain: f64) -> Self {
        let lit = |&value: &u8| (f64::from(value) * gain).round().clamp(0.0, 255.0) as u8;
        Self {
            rgb: self.rgb.iter().map(lit).collect(),
            ..*self
        }
    }

    /// Lays `photo` over this picture with its upper left corner at (`x`, `y`); what lies beyond the
    /// edges is lost.
    pub fn lay(&mut self, photo: &Self, x: i64, y: i64) {
        self.blend(photo, x, y, |_, _| 1.0);
    }

    /// As [`Photo::lay`], but only an oval of `photo`, fading out at its rim.
    pub fn lay_oval(&mut self, photo: &Self, x: i64, y: i64) {
        const RIM: f64 = 0.15;
        self.blend(photo, x, y, |across, down| {
            let radius = (across * 2.0 - 1.0).hypot(down * 2.0 - 1.0);
            ((1.0 - radius) / RIM).clamp(0.0, 1.0)
        });
    }

    /// Mixes `photo` in by a weight that depends on the place in it, in fractions of its size.
    fn blend(&mut self, photo: &Self, x: i64, y: i64, weight: impl Fn(f64, f64) -> f64) {
        for row in 0..photo.height {
            for column in 0..photo.width {
                let (to_x, to_y) = (x + column as i64, y + row as i64);
                let inside = (0..self.width as i64).contains(&to_x)
                    && (0..self.height as i64).contains(&to_y);
                if !inside {
                    continue;
                }
                let weight = weight(
                    (column as f64 + 0.5) / photo.width as f64,
                    (row as f64 + 0.5) / photo.height as f64,
                );
                let to = (to_y as usize * self.width + to_x as usize) * 3;
                let from = (row * photo.width + column) * 3;
                for channel in 0..3 {
                    let (under, over) = (self.rgb[to + channel], photo.rgb[from + channel]);
                    let mixed = f64::from(under) * (1.0 - weight) + f64::from(over) * weight;
                    self.rgb[to + channel] = mixed.round() as u8;
                }
            }
        }
    }
}

/// How a photo comes to lie on a canvas: its middle in the canvas's middle.
#[derive(Clone, Copy)]
pub struct Placement {
    /// Degrees counter-clockwise as seen.
    pub turn: f64,
    /// Canvas pixels a photo pixel takes.
    pub scale: f64,
    /// Whether the photo is mirrored before it is turned.
    pub mirrored: bool,
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            turn: 0.0,
            scale: 1.0,
            mirrored: false,
        }
    }
}

impl Placement {
    /// From pixels of the canvas to those of `photo`.
    pub fn map(&self, photo: &Photo, width: usize, height: usize) -> Affine {
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let flip = if self.mirrored { -1.0 } else { 1.0 };
        let [a, b] = [cos / self.scale * flip, -sin / self.scale * flip];
        let [c, d] = [sin / self.scale, cos / self.scale];
        let middle = |pixels: usize| (pixels as f64 - 1.0) / 2.0;
        let (x, y) = (middle(width), middle(height));
        Affine([
            [a, b, middle(photo.width) - a * x - b * y],
            [c, d, middle(photo.height) - c * x - d * y],
        ])
    }
}

/// The frames of a sample clip, decoded one after the other.
pub struct Clip {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
}

impl Clip {
    /// Opens a sample by its file name.
    pub fn open(file: &str) -> Self {
        gst::init().unwrap();
        let description = "filesrc name=file ! decodebin ! videoconvert ! \
                           video/x-raw,format=RGB ! appsink name=out sync=false max-buffers=4";
        let pipeline = gst::parse::launch(description).unwrap();
        let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
        let path = samples().join(file);
        assert!(path.is_file(), "no sample {}", path.display());
        let source = pipeline.by_name("file").unwrap();
        source.set_property("location", path.to_str().unwrap());
        let sink = pipeline.by_name("out").unwrap();
        let sink = sink.downcast::<gst_app::AppSink>().unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        Self { pipeline, sink }
    }
}

impl Iterator for Clip {
    type Item = Photo;

    fn next(&mut self) -> Option<Photo> {
        let sample = self.sink.pull_sample().ok()?;
        let info = gst_video::VideoInfo::from_caps(sample.caps()?).unwrap();
        let map = sample.buffer()?.map_readable().unwrap();
        let (width, height) = (info.width() as usize, info.height() as usize);
        let rows = map.chunks(info.stride()[0] as usize).take(height);
        let rows: Vec<&[u8]> = rows.map(|row| &row[..width * 3]).collect();
        Some(Photo {
            width,
            height,
            rgb: rows.concat(),
        })
    }
}

impl Drop for Clip {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// The folder of the sample pictures.
pub fn samples() -> PathBuf {
    folder("ALIYARFACE_SAMPLES")
}

/// Where the bundled models lie.
pub fn folders() -> Folders {
    Folders(vec![folder("ALIYARFACE_MODELS")])
}

/// The bundled models.
pub fn bundled() -> ModelChoice {
    ModelChoice::bundled(folders())
}

/// An analyser that reads no emotions, which few tests need.
pub fn analyser() -> Analyser {
    let choice = ModelChoice {
        emotions: false,
        ..bundled()
    };
    Analyser::new(Models::load(&choice).unwrap())
}

/// An analyser that finds, follows and poses faces, and reads nothing in them.
pub fn tracker() -> Analyser {
    let choice = ModelChoice {
        emotions: false,
        action_units: false,
        ..bundled()
    };
    Analyser::new(Models::load(&choice).unwrap())
}

/// The faces a fresh analyser finds in a picture.
pub fn faces_in(photo: &Photo) -> Vec<Face> {
    faces_with(&mut analyser(), photo)
}

/// The faces `analyser` finds in a picture it knows nothing of.
pub fn faces_with(analyser: &mut Analyser, photo: &Photo) -> Vec<Face> {
    analyser.reset();
    read(analyser, photo, 0).faces
}

/// Frame `index` of 30 a second, with the element's own settings.
pub fn read(analyser: &mut Analyser, photo: &Photo, index: usize) -> Analysis {
    let settings = AnalysisSettings::default();
    let time = index as u64 * FRAME;
    analyser.analyse(&photo.picture(), time, &settings).unwrap()
}
