//! MediaPipe's face mesh: 478 points in a crop around one face.

use super::litert::{LiteRtError, Net};
use super::manifest::Checked;

/// Side of the square input in pixels.
pub const SIDE: usize = 256;
/// Points the network gives.
pub const POINTS: usize = 478;

/// What the network sees in a crop.
#[derive(Debug, Clone, PartialEq)]
pub struct CropMesh {
    /// x and y in pixels of the crop, z in the same unit (smaller is nearer to the camera).
    pub points: Vec<[f32; 3]>,
    /// Logit of the probability that a face is there and roughly upright in the crop.
    pub logit: f64,
}

/// The loaded network.
pub struct FaceMesh {
    net: Net,
}

impl FaceMesh {
    /// Loads the network from `file`, to run on `threads` threads.
    ///
    /// # Errors
    /// The file is no network or not this one.
    pub(super) fn load(file: Checked, threads: u32) -> Result<Self, LiteRtError> {
        let side = SIDE as i32;
        let net = Net::load(file, &[1, side, side, 3], &[POINTS * 3, 1, 1], threads)?;
        Ok(Self { net })
    }

    /// Reads the face in an RGB crop of [`SIDE`] pixels a side.
    ///
    /// # Errors
    /// The network failed.
    pub fn read(&mut self, rgb: &[u8]) -> Result<CropMesh, LiteRtError> {
        self.net.run(|input| {
            for (value, &byte) in input.iter_mut().zip(rgb) {
                *value = f32::from(byte) / 255.0;
            }
            Ok::<_, LiteRtError>(())
        })?;
        let (points, _) = self.net.output(0).as_chunks::<3>();
        let logit = self.net.output(1).first().copied().unwrap_or(f32::MIN);
        let finite = points.iter().flatten().all(|value| value.is_finite());
        Ok(CropMesh {
            points: points.to_vec(),
            logit: match finite && logit.is_finite() {
                true => f64::from(logit),
                false => f64::MIN,
            },
        })
    }
}
