//! Cuts an upright, scaled and turned region out of a picture.

use opencv::core::{
    self, BORDER_CONSTANT, BORDER_REPLICATE, Mat, MatTraitConst, MatTraitConstManual, Scalar, Size,
    Vector,
};
use opencv::imgproc;

use super::{Colour, Layout, Picture, PictureError};

/// Maps points of a crop to points of the picture, both in pixel indices: the centre of the first
/// pixel is 0. MediaPipe's nets were trained on crops made so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine(pub [[f64; 3]; 2]);

impl Affine {
    /// The picture point that crop point `(x, y)` shows.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.0.map(|[a, b, c]| a * x + b * y + c)
    }

    /// Picture pixels a crop pixel spans.
    pub fn scale(&self) -> f64 {
        let [[a, b, _], [c, d, _]] = self.0;
        (a * d - b * c).abs().sqrt()
    }

    /// The map of the part of the crop that begins at row `row`.
    pub fn below(&self, row: usize) -> Self {
        Self(self.0.map(|[a, b, c]| [a, b, c + b * row as f64]))
    }

    /// The same map for a crop with `times` as many pixels a side.
    fn finer(&self, times: f64) -> Self {
        let to_first = 0.5 / times - 0.5;
        let row = |[a, b, c]: [f64; 3]| [a / times, b / times, c + (a + b) * to_first];
        Self(self.0.map(row))
    }

    /// The matrix OpenCV wants: from crop to a plane whose samples each cover `across` x `down`
    /// pixels.
    fn to_plane(self, across: f64, down: f64) -> Result<Mat, opencv::Error> {
        let row = |[a, b, c]: [f64; 3], step: f64| [a / step, b / step, (c + 0.5) / step - 0.5];
        let [x, y] = self.0;
        Mat::from_slice_2d(&[row(x, across), row(y, down)])
    }
}

/// What a crop shows beyond the picture's edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Pixels beyond the edge are black.
    Black,
    /// The nearest pixel of the edge.
    Edge,
}

/// An 8-bit RGB crop, rows without padding.
#[derive(Debug)]
pub struct Rgb(Mat);

/// An 8-bit grey crop, rows without padding.
#[derive(Debug)]
pub struct Grey(Mat);

impl Rgb {
    /// Bytes R, G, B of each pixel, row by row.
    ///
    /// # Errors
    /// Only where OpenCV lost the matrix.
    pub fn bytes(&self) -> Result<&[u8], PictureError> {
        Ok(self.0.data_bytes()?)
    }

    /// The crop averaged down to `width` x `height` cells of mean R, G and B.
    ///
    /// # Errors
    /// Only where OpenCV refuses the size.
    pub fn cells(&self, width: i32, height: i32) -> Result<Vec<[u8; 3]>, PictureError> {
        let cells = Self(shrink(&self.0, Size::new(width, height))?);
        let (cells, _) = cells.bytes()?.as_chunks::<3>();
        Ok(cells.to_vec())
    }
}

impl Grey {
    /// Brightness of each pixel, row by row.
    ///
    /// # Errors
    /// Only where OpenCV lost the matrix.
    pub fn bytes(&self) -> Result<&[u8], PictureError> {
        Ok(self.0.data_bytes()?)
    }
}

/// What to cut: the map, the crop's size, and what lies beyond the picture.
struct Cut<'a> {
    crop: &'a Affine,
    size: Size,
    beyond: Beyond,
}

impl Picture<'_> {
    /// The crop of `width` x `height` pixels that `crop` maps, bilinear.
    ///
    /// # Errors
    /// A crop of no pixels.
    pub fn rgb(
        &self,
        crop: &Affine,
        (width, height): (usize, usize),
        beyond: Beyond,
    ) -> Result<Rgb, PictureError> {
        Ok(Rgb(self.colours(crop, size(width, height)?, beyond)?))
    }

    /// As [`Picture::rgb`], but where the crop shows the picture smaller, each of its pixels is
    /// the mean of those it covers.
    ///
    /// # Errors
    /// A crop of no pixels.
    pub fn rgb_averaged(
        &self,
        crop: &Affine,
        (width, height): (usize, usize),
        beyond: Beyond,
    ) -> Result<Rgb, PictureError> {
        let wanted = size(width, height)?;
        let times = oversampling(crop);
        let fine = self.colours(&crop.finer(f64::from(times)), wanted * times, beyond)?;
        Ok(Rgb(shrink(&fine, wanted)?))
    }

    /// The brightness (0..255, whatever the picture's range) of a crop of `width` x `height`
    /// pixels, averaged as in [`Picture::rgb_averaged`].
    ///
    /// # Errors
    /// A crop of no pixels.
    pub fn grey(
        &self,
        crop: &Affine,
        (width, height): (usize, usize),
        beyond: Beyond,
    ) -> Result<Grey, PictureError> {
        let wanted = size(width, height)?;
        let times = oversampling(crop);
        let fine = self.brightness(&crop.finer(f64::from(times)), wanted * times, beyond)?;
        Ok(Grey(shrink(&fine, wanted)?))
    }

    fn colours(&self, crop: &Affine, size: Size, beyond: Beyond) -> Result<Mat, PictureError> {
        let parts = self.parts(&Cut { crop, size, beyond })?;
        let joined = match parts.as_slice() {
            [one] => one,
            several => &merged(several)?,
        };
        if self.format.is_rgb() {
            return Ok(joined.clone());
        }
        let mut rgb = Mat::default();
        core::transform(joined, &mut rgb, &self.rgb_matrix()?)?;
        Ok(rgb)
    }

    fn brightness(&self, crop: &Affine, size: Size, beyond: Beyond) -> Result<Mat, PictureError> {
        let mut grey = Mat::default();
        if let Layout::Packed { .. } = self.format.layout() {
            let rgb = self.colours(crop, size, beyond)?;
            imgproc::cvt_color_def(&rgb, &mut grey, imgproc::COLOR_RGB2GRAY)?;
            return Ok(grey);
        }
        let luma = self.luma(&Cut { crop, size, beyond })?;
        let (gain, offset) = self.luma_range();
        luma.convert_to(&mut grey, opencv::core::CV_8U, gain, offset)?;
        Ok(grey)
    }

    /// The crop's samples as the planes hold them: one matrix a plane or packed plane.
    fn parts(&self, cut: &Cut<'_>) -> Result<Vec<Mat>, PictureError> {
        let black = Scalar::all(0.0);
        let grey = Scalar::all(128.0);
        Ok(match self.format.layout() {
            Layout::Grey => vec![self.luma(cut)?],
            Layout::Packed { bytes, .. } => vec![self.sample(0, bytes, (1, 1), cut, black)?],
            Layout::Planar { across, down } => vec![
                self.luma(cut)?,
                self.chroma(1, 1, (across, down), cut)?,
                self.chroma(2, 1, (across, down), cut)?,
            ],
            Layout::SemiPlanar => vec![self.luma(cut)?, self.chroma(1, 2, (2, 2), cut)?],
            Layout::Interleaved { .. } => {
                vec![self.luma(cut)?, self.sample(0, 4, (2, 1), cut, grey)?]
            }
        })
    }

    fn luma(&self, cut: &Cut<'_>) -> Result<Mat, PictureError> {
        let black = Scalar::all(if self.colour.full_range { 0.0 } else { 16.0 });
        match self.format.layout() {
            Layout::Interleaved { y, .. } => {
                let pairs = self.sample(0, 2, (1, 1), cut, black)?;
                let mut luma = Mat::default();
                core::extract_channel(&pairs, &mut luma, i32::from(y == 1))?;
                Ok(luma)
            }
            _ => self.sample(0, 1, (1, 1), cut, black),
        }
    }

    /// As [`Picture::sample`], for colours of which the plane has one to each four pixels: so has the warp,
    /// and what lies between is filled in: it is quicker, and loses nothing the plane has.
    fn chroma(
        &self,
        plane: usize,
        channels: usize,
        cover: (usize, usize),
        cut: &Cut<'_>,
    ) -> Result<Mat, PictureError> {
        let grey = Scalar::all(128.0);
        let Size { width, height } = cut.size;
        if cover != (2, 2) || width % 2 + height % 2 > 0 {
            return self.sample(plane, channels, cover, cut, grey);
        }
        let coarse = Cut {
            crop: &cut.crop.finer(0.5),
            size: cut.size / 2,
            beyond: cut.beyond,
        };
        let few = self.sample(plane, channels, cover, &coarse, grey)?;
        let mut all = Mat::default();
        imgproc::resize(&few, &mut all, cut.size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
        Ok(all)
    }

    /// Warps one plane, seen as pixels of `channels` bytes that each cover `cover` picture pixels.
    fn sample(
        &self,
        plane: usize,
        channels: usize,
        cover: (usize, usize),
        cut: &Cut<'_>,
        outside: Scalar,
    ) -> Result<Mat, PictureError> {
        let columns = self.width.div_ceil(cover.0);
        let rows = self.height.div_ceil(cover.1);
        let view = self.planes.get(plane).ok_or(PictureError::ShortPlane {
            plane,
            needed: 1,
            held: 0,
        })?;
        let used = view.matrix(columns * channels, rows)?;
        let pixels = used.reshape(channels as i32, 0)?;
        let mut warped = Mat::default();
        imgproc::warp_affine(
            &pixels,
            &mut warped,
            &cut.crop.to_plane(cover.0 as f64, cover.1 as f64)?,
            cut.size,
            imgproc::INTER_LINEAR | imgproc::WARP_INVERSE_MAP,
            match cut.beyond {
                Beyond::Black => BORDER_CONSTANT,
                Beyond::Edge => BORDER_REPLICATE,
            },
            outside,
        )?;
        Ok(warped)
    }

    /// The matrix from the joined parts (and 1) to R, G, B.
    fn rgb_matrix(&self) -> Result<Mat, opencv::Error> {
        let (gain, offset) = self.luma_range();
        let (gain, offset) = (gain as f32, offset as f32);
        let [red, green, blue] = chroma_weights(self.colour);
        let yuv = |channels: usize, u: usize, v: usize| {
            let mut rows = [vec![0.0f32; channels + 1], vec![], vec![]];
            rows[0][0] = gain;
            rows[1] = rows[0].clone();
            rows[2] = rows[0].clone();
            for (row, [from_u, from_v]) in rows.iter_mut().zip([red, green, blue]) {
                row[u] = from_u;
                row[v] = from_v;
                row[channels] = offset - 128.0 * (from_u + from_v);
            }
            rows
        };
        let rows = match self.format.layout() {
            Layout::Grey => [gain, gain, gain].map(|gain| vec![gain, offset]),
            Layout::Packed { bytes, rgb } => rgb.map(|from| {
                let mut row = vec![0.0f32; bytes + 1];
                row[from] = 1.0;
                row
            }),
            Layout::Planar { .. } | Layout::SemiPlanar => yuv(3, 1, 2),
            Layout::Interleaved { u, v, .. } => yuv(5, 1 + u, 1 + v),
        };
        Mat::from_slice_2d(&rows)
    }

    /// Gain and offset that bring luma to 0..255.
    fn luma_range(&self) -> (f64, f64) {
        if self.colour.full_range {
            (1.0, 0.0)
        } else {
            (255.0 / 219.0, -16.0 * 255.0 / 219.0)
        }
    }
}

/// What U and V (around 0) add to red, green and blue.
fn chroma_weights(colour: Colour) -> [[f32; 2]; 3] {
    let Colour { kr, kb, full_range } = colour;
    let kg = 1.0 - kr - kb;
    let gain = if full_range { 1.0 } else { 255.0 / 224.0 };
    [
        [0.0, 2.0 * (1.0 - kr) * gain],
        [
            -2.0 * kb * (1.0 - kb) / kg * gain,
            -2.0 * kr * (1.0 - kr) / kg * gain,
        ],
        [2.0 * (1.0 - kb) * gain, 0.0],
    ]
}

fn size(width: usize, height: usize) -> Result<Size, PictureError> {
    let side = 1..=i16::MAX as usize;
    if !side.contains(&width) || !side.contains(&height) {
        return Err(PictureError::Size { width, height });
    }
    Ok(Size::new(width as i32, height as i32))
}

/// How many times finer to sample so that no picture pixel is skipped; bounded, since beyond 8 the
/// noise that is left does not matter.
fn oversampling(crop: &Affine) -> i32 {
    (crop.scale() / 1.5).ceil().clamp(1.0, 8.0) as i32
}

fn shrink(fine: &Mat, wanted: Size) -> Result<Mat, PictureError> {
    let mut small = Mat::default();
    imgproc::resize(fine, &mut small, wanted, 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(small)
}

fn merged(parts: &[Mat]) -> Result<Mat, PictureError> {
    let parts: Vector<Mat> = parts.iter().cloned().collect();
    let mut joined = Mat::default();
    core::merge(&parts, &mut joined)?;
    Ok(joined)
}
