//! The net that tells which parts of a face can be seen.
//!
//! ```text
//! 64 x 64 grey -> conv 3x3/2, 16 -> conv 3x3/2, 24 -> conv 3x3/2, 32 -> conv 3x3/2, 32 -> linear, 4
//! ```
//!
//! ReLU after each convolution. 1.3 million products a face, on the mesh net's kernels. It is compiled in:
//! 120 KB that no installation can lack.

use crate::nn::kernels::PointwiseConv;
use crate::nn::tflite::Constant;

use super::blazeface::sigmoid;
use super::emotion_net::INPUT_SIDE;
use super::tensors::{TensorFileError, Tensors};

/// Parts of a face: brows, eyes, nose, mouth.
pub const FACE_PARTS: usize = 4;

/// Channels of the crop, then after each convolution.
const CHANNELS: [usize; 5] = [1, 16, 24, 32, 32];
/// Names of the convolutions' weights (outputs, rows, columns, inputs) and biases.
const CONVOLUTIONS: [[&str; 2]; 4] = [
    ["conv1.weight", "conv1.bias"],
    ["conv2.weight", "conv2.bias"],
    ["conv3.weight", "conv3.bias"],
    ["conv4.weight", "conv4.bias"],
];
const KERNEL: usize = 3;
const STRIDE: usize = 2;
/// Added to a crop's standard deviation, in steps of brightness, so that a flat one is not blown up.
const FLOOR: f32 = 8.0;

const WEIGHTS: &[u8] = include_bytes!("../../models/face_parts.safetensors");

/// The net.
pub struct FacePartsNet {
    convolutions: Vec<PointwiseConv>,
    head: PointwiseConv,
}

impl FacePartsNet {
    /// The bundled net.
    ///
    /// # Errors
    /// The weights that were compiled in are not those of this net.
    pub fn bundled() -> Result<Self, TensorFileError> {
        let tensors = Tensors::new(WEIGHTS)?;
        let constant = |name, shape: &[usize]| {
            tensors.get(name, shape).map(|values| Constant {
                shape: shape.to_vec(),
                values,
            })
        };
        let mut convolutions = Vec::new();
        for ([weight, bias], channels) in CONVOLUTIONS.into_iter().zip(CHANNELS.windows(2)) {
            let [inputs, outputs] = [channels[0], channels[1]];
            let weight = constant(weight, &[outputs, KERNEL, KERNEL, inputs])?;
            let bias = constant(bias, &[outputs])?;
            // Slopes of 0 make PReLU a ReLU.
            let slopes = Constant {
                shape: vec![outputs],
                values: vec![0.0; outputs],
            };
            convolutions.push(PointwiseConv::new(&weight, &bias, &slopes));
        }
        let [.., last] = CHANNELS;
        let side = INPUT_SIDE / STRIDE.pow(CONVOLUTIONS.len() as u32);
        let weight = constant("head.weight", &[FACE_PARTS, last * side * side])?;
        let bias = constant("head.bias", &[FACE_PARTS])?;
        Ok(Self {
            convolutions,
            head: PointwiseConv::new(&weight, &bias, &Constant::default()),
        })
    }

    /// The probability (0..1) that each part can be seen in an aligned face, [`INPUT_SIDE`] squared bytes
    /// of brightness.
    pub fn visible(&self, aligned: &[u8]) -> [f64; FACE_PARTS] {
        let mut planes = normalised(aligned);
        let mut side = INPUT_SIDE;
        for (conv, channels) in self.convolutions.iter().zip(CHANNELS.windows(2)) {
            let patches = patches(&planes, channels[0], side);
            side /= STRIDE;
            let pixels = side * side;
            planes = vec![0.0; channels[1] * pixels];
            conv.forward(&patches, pixels, &[], &mut planes, pixels);
        }
        let outputs = self.head.forward_pixel(&planes);
        std::array::from_fn(|part| sigmoid(outputs.get(part).copied().map_or(0.0, f64::from)))
    }
}

/// Brightness without its mean, in standard deviations.
fn normalised(aligned: &[u8]) -> Vec<f32> {
    let values: Vec<f32> = aligned.iter().map(|&value| f32::from(value)).collect();
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>()
        / count;
    let scale = variance.sqrt() + FLOOR;
    values.iter().map(|value| (value - mean) / scale).collect()
}

/// What each place of a 3x3 kernel of stride 2 lies on, with a border of zeros (im2col): rows and columns
/// of the kernel, then channels, a plane of (`side` / 2) squared numbers each.
fn patches(planes: &[f32], channels: usize, side: usize) -> Vec<f32> {
    let half = side / STRIDE;
    let mut patches = vec![0.0; KERNEL * KERNEL * channels * half * half];
    let places = (0..KERNEL * KERNEL * channels).zip(patches.chunks_exact_mut(half * half));
    for (place, patch) in places {
        let (kernel, channel) = (place / channels, place % channels);
        let (down, across) = (kernel / KERNEL, kernel % KERNEL);
        let plane = &planes[channel * side * side..][..side * side];
        for (y, row) in patch.chunks_exact_mut(half).enumerate() {
            // The border of one pixel lies before the first.
            let Some(from) = (STRIDE * y + down).checked_sub(1) else {
                continue;
            };
            let source = &plane[from * side..][..side];
            for (x, value) in row.iter_mut().enumerate() {
                if let Some(from) = (STRIDE * x + across).checked_sub(1) {
                    *value = source[from];
                }
            }
        }
    }
    patches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_holds_what_lies_around_every_second_pixel() {
        let planes: Vec<f32> = (0..2 * 16).map(|value| value as f32).collect();
        let patches = patches(&planes, 2, 4);
        let place = |down: usize, across: usize, channel: usize| {
            &patches[((down * KERNEL + across) * 2 + channel) * 4..][..4]
        };
        assert_eq!(place(1, 1, 0), [0.0, 2.0, 8.0, 10.0]);
        assert_eq!(place(0, 0, 1), [0.0, 0.0, 0.0, 16.0 + 5.0]);
        assert_eq!(place(2, 2, 0), [5.0, 7.0, 13.0, 15.0]);
    }

    #[test]
    fn neither_brightness_nor_contrast_tells_anything() {
        let face: Vec<u8> = (0..INPUT_SIDE * INPUT_SIDE)
            .map(|at| (at * 37 % 97) as u8)
            .collect();
        let brighter: Vec<u8> = face.iter().map(|&value| value + 60).collect();
        let net = FacePartsNet::bundled().unwrap();
        for (one, other) in net.visible(&face).iter().zip(net.visible(&brighter)) {
            assert!((one - other).abs() < 1e-4);
        }
    }
}
