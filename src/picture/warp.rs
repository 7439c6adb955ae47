//! Cuts an upright, scaled and turned region out of a picture.

use crate::opencv::{self, Pixels};

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

    /// The map from the crop to a plane whose samples each cover `across` x `down` pixels.
    fn to_plane(self, across: f64, down: f64) -> [[f64; 3]; 2] {
        let row = |[a, b, c]: [f64; 3], step: f64| [a / step, b / step, (c + 0.5) / step - 0.5];
        let [x, y] = self.0;
        [row(x, across), row(y, down)]
    }
}

/// What a crop shows beyond the picture's edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BorderMode {
    /// Pixels beyond the edge are black.
    Black,
    /// The nearest pixel of the edge.
    Edge,
}

/// An 8-bit RGB crop, rows without padding.
#[derive(Debug)]
pub struct Rgb(Pixels);

/// An 8-bit grey crop, rows without padding.
#[derive(Debug)]
pub struct Grey(Pixels);

impl Rgb {
    /// Bytes R, G, B of each pixel, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The crop averaged down to `width` x `height` cells of mean R, G and B.
    ///
    /// # Errors
    /// Only where OpenCV refuses the size.
    pub fn cells(&self, width: usize, height: usize) -> Result<Vec<[u8; 3]>, PictureError> {
        let cells = opencv::resize(&self.0, (width, height), true)?;
        let (cells, _) = cells.bytes.as_chunks::<3>();
        Ok(cells.to_vec())
    }
}

impl Grey {
    /// Brightness of each pixel, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// What U and V are where there is no colour.
const NO_CHROMA: f64 = 128.0;

/// What to cut: the map, the crop's size, and what lies beyond the picture.
struct CropSpec<'a> {
    crop: &'a Affine,
    size: (usize, usize),
    border: BorderMode,
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
        border: BorderMode,
    ) -> Result<Rgb, PictureError> {
        let crop = self.view.in_frame(crop, [self.width, self.height]);
        Ok(Rgb(self.colours(&crop, size(width, height)?, border)?))
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
        border: BorderMode,
    ) -> Result<Rgb, PictureError> {
        let wanted = size(width, height)?;
        let crop = self.view.in_frame(crop, [self.width, self.height]);
        let (finer, fine) = oversampled(&crop, wanted);
        let fine = self.colours(&finer, fine, border)?;
        Ok(Rgb(opencv::resize(&fine, wanted, true)?))
    }

    /// As [`Picture::rgb_averaged`], but with nothing finer left than `grain` pixels of the crop, and
    /// its brightness spread over the whole range: what is left of a noisy or dark picture.
    ///
    /// # Errors
    /// A crop of no pixels.
    pub fn rgb_denoised(
        &self,
        crop: &Affine,
        (width, height): (usize, usize),
        border: BorderMode,
        grain: f64,
    ) -> Result<Rgb, PictureError> {
        let wanted = size(width, height)?;
        let coarse = [width, height].map(|side| ((side as f64 / grain).round() as usize).max(1));
        let map = crop.finer(coarse[0] as f64 / width as f64);
        let coarse = self.rgb_averaged(&map, (coarse[0], coarse[1]), border)?;
        let mut fine = opencv::resize(&coarse.0, wanted, false)?;
        stretch(&mut fine.bytes);
        Ok(Rgb(fine))
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
        border: BorderMode,
    ) -> Result<Grey, PictureError> {
        let wanted = size(width, height)?;
        let crop = self.view.in_frame(crop, [self.width, self.height]);
        let (finer, fine) = oversampled(&crop, wanted);
        let fine = self.brightness(&finer, fine, border)?;
        Ok(Grey(opencv::resize(&fine, wanted, true)?))
    }

    fn colours(
        &self,
        crop: &Affine,
        size: (usize, usize),
        border: BorderMode,
    ) -> Result<Pixels, PictureError> {
        let mut parts = self.parts(&CropSpec { crop, size, border })?;
        let joined = match parts.len() {
            1 => parts.swap_remove(0),
            _ => Pixels::merged(&parts),
        };
        if self.format.is_rgb() {
            return Ok(joined);
        }
        Ok(opencv::transform(&joined, &self.rgb_matrix())?)
    }

    fn brightness(
        &self,
        crop: &Affine,
        size: (usize, usize),
        border: BorderMode,
    ) -> Result<Pixels, PictureError> {
        if let Layout::Packed { .. } = self.format.layout() {
            return Ok(opencv::grey(&self.colours(crop, size, border)?)?);
        }
        let luma = self.luma(&CropSpec { crop, size, border })?;
        let (gain, offset) = self.luma_range();
        Ok(opencv::scale(&luma, gain, offset)?)
    }

    /// The crop's samples as the planes hold them: one result a plane or packed plane.
    fn parts(&self, cut: &CropSpec<'_>) -> Result<Vec<Pixels>, PictureError> {
        Ok(match self.format.layout() {
            Layout::Grey => vec![self.luma(cut)?],
            Layout::Packed { bytes, .. } => vec![self.sample(0, bytes, (1, 1), cut, 0.0)?],
            Layout::Planar { across, down } => vec![
                self.luma(cut)?,
                self.chroma(1, 1, (across, down), cut)?,
                self.chroma(2, 1, (across, down), cut)?,
            ],
            Layout::SemiPlanar => vec![self.luma(cut)?, self.chroma(1, 2, (2, 2), cut)?],
            Layout::Interleaved { .. } => {
                vec![self.luma(cut)?, self.sample(0, 4, (2, 1), cut, NO_CHROMA)?]
            }
        })
    }

    fn luma(&self, cut: &CropSpec<'_>) -> Result<Pixels, PictureError> {
        let black = if self.colour.full_range { 0.0 } else { 16.0 };
        match self.format.layout() {
            Layout::Interleaved { y, .. } => {
                let pairs = self.sample(0, 2, (1, 1), cut, black)?;
                Ok(pairs.channel(usize::from(y == 1)))
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
        cut: &CropSpec<'_>,
    ) -> Result<Pixels, PictureError> {
        let (width, height) = cut.size;
        if cover != (2, 2) || width % 2 + height % 2 > 0 {
            return self.sample(plane, channels, cover, cut, NO_CHROMA);
        }
        let coarse = CropSpec {
            crop: &cut.crop.finer(0.5),
            size: (width / 2, height / 2),
            border: cut.border,
        };
        let few = self.sample(plane, channels, cover, &coarse, NO_CHROMA)?;
        Ok(opencv::resize(&few, cut.size, false)?)
    }

    /// Warps one plane, seen as pixels of `channels` bytes that each cover `cover` picture pixels.
    fn sample(
        &self,
        plane: usize,
        channels: usize,
        cover: (usize, usize),
        cut: &CropSpec<'_>,
        outside: f64,
    ) -> Result<Pixels, PictureError> {
        let columns = self.width.div_ceil(cover.0);
        let rows = self.height.div_ceil(cover.1);
        let view = self.planes.get(plane).ok_or(PictureError::ShortPlane {
            plane,
            needed: 1,
            held: 0,
        })?;
        let pixels = view.image((columns, rows), channels)?;
        let matrix = cut.crop.to_plane(cover.0 as f64, cover.1 as f64);
        let replicate = cut.border == BorderMode::Edge;
        Ok(opencv::warp(
            &pixels, &matrix, cut.size, replicate, outside,
        )?)
    }

    /// The matrix from the joined parts (and 1) to R, G, B.
    fn rgb_matrix(&self) -> [Vec<f32>; 3] {
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
        match self.format.layout() {
            Layout::Grey => [gain, gain, gain].map(|gain| vec![gain, offset]),
            Layout::Packed { bytes, rgb } => rgb.map(|from| {
                let mut row = vec![0.0f32; bytes + 1];
                row[from] = 1.0;
                row
            }),
            Layout::Planar { .. } | Layout::SemiPlanar => yuv(3, 1, 2),
            Layout::Interleaved { u, v, .. } => yuv(5, 1 + u, 1 + v),
        }
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

fn size(width: usize, height: usize) -> Result<(usize, usize), PictureError> {
    let side = 1..=i16::MAX as usize;
    if !side.contains(&width) || !side.contains(&height) {
        return Err(PictureError::Size { width, height });
    }
    Ok((width, height))
}

/// The crop sampled so much finer that no picture pixel is skipped, and its size; bounded, since beyond 8
/// times the noise that is left does not matter.
fn oversampled(crop: &Affine, (width, height): (usize, usize)) -> (Affine, (usize, usize)) {
    let times = (crop.scale() / 1.5).ceil().clamp(1.0, 8.0);
    let whole = times as usize;
    (crop.finer(times), (width * whole, height * whole))
}

/// Part of the values at either end that [`stretch`] lets run out of range, the least span it spreads,
/// and the mean it aims at, with the exponents it takes at most (chosen on dark and noisy portraits).
const RUN_OUT: f64 = 0.01;
const LEAST_SPAN: f64 = 8.0;
const MEAN: f64 = 0.45;
const EXPONENTS: [f64; 2] = [0.4, 1.5];

/// Spreads `values` over 0..255 and bends them so that their mean is medium.
fn stretch(values: &mut [u8]) {
    let mut counts = [0usize; 256];
    for &value in values.iter() {
        counts[usize::from(value)] += 1;
    }
    let most = (values.len() as f64 * RUN_OUT) as usize;
    let end = |counts: &mut dyn Iterator<Item = (usize, &usize)>| {
        let mut passed = 0;
        let mut first = counts.skip_while(|(_, count)| {
            passed += **count;
            passed <= most
        });
        first.next().map_or(0.0, |(value, _)| value as f64)
    };
    let low = end(&mut counts.iter().enumerate());
    let high = end(&mut counts.iter().enumerate().rev());
    let span = (high - low).max(LEAST_SPAN);
    let part = |value: usize| ((value as f64 - low) / span).clamp(0.0, 1.0);
    let weighted = counts.iter().enumerate();
    let sum: f64 = weighted
        .map(|(value, count)| part(value) * *count as f64)
        .sum();
    let mean = (sum / values.len().max(1) as f64).clamp(0.02, 0.98);
    let exponent = (MEAN.ln() / mean.ln()).clamp(EXPONENTS[0], EXPONENTS[1]);
    let mut bent = [0u8; 256];
    for (value, bent) in bent.iter_mut().enumerate() {
        *bent = (part(value).powf(exponent) * 255.0).round() as u8;
    }
    for value in values {
        *value = bent[usize::from(*value)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dark_flat_crop_is_spread_over_the_whole_range() {
        let mut values: Vec<u8> = (0..1000).map(|at| 10 + (at % 21) as u8).collect();
        stretch(&mut values);
        let (low, high) = (values.iter().min(), values.iter().max());
        assert_eq!((low, high), (Some(&0), Some(&255)));
        let mut even = vec![7u8; 100];
        stretch(&mut even);
        assert!(even.iter().all(|value| *value == even[0]));
    }
}
