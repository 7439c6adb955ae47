//! MediaPipe's blendshapes: 52 coefficients of expression from part of the face mesh.

use once_cell::sync::Lazy;

use super::manifest::CheckedFile;
use super::net_pool::{Member, Pools};
use crate::nn::litert::{LiteRtError, Net};

/// Coefficients the network gives.
pub const BLENDSHAPES: usize = 52;
/// Mesh points the network reads.
const INPUTS: usize = 146;

/// Indices of those points (`kLandmarksSubsetIdxs` of MediaPipe's `face_blendshapes_graph.cc`).
const SUBSET: [usize; INPUTS] = [
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
];

/// Names of the coefficients in the network's order, without the side.
///
/// Where a name comes twice, the first is of the person's left side and the second of the right
/// (for `jaw`, `mouth` and `eyeLook` of that direction).
pub const NAMES: [&str; BLENDSHAPES] = [
    "neutral",
    "browDown",
    "browDown",
    "browInnerUp",
    "browOuterUp",
    "browOuterUp",
    "cheekPuff",
    "cheekSquint",
    "cheekSquint",
    "eyeBlink",
    "eyeBlink",
    "eyeLookDown",
    "eyeLookDown",
    "eyeLookIn",
    "eyeLookIn",
    "eyeLookOut",
    "eyeLookOut",
    "eyeLookUp",
    "eyeLookUp",
    "eyeSquint",
    "eyeSquint",
    "eyeWide",
    "eyeWide",
    "jawForward",
    "jaw",
    "jawOpen",
    "jaw",
    "mouthClose",
    "mouthDimple",
    "mouthDimple",
    "mouthFrown",
    "mouthFrown",
    "mouthFunnel",
    "mouth",
    "mouthLowerDown",
    "mouthLowerDown",
    "mouthPress",
    "mouthPress",
    "mouthPucker",
    "mouth",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmile",
    "mouthSmile",
    "mouthStretch",
    "mouthStretch",
    "mouthUpperUp",
    "mouthUpperUp",
    "noseSneer",
    "noseSneer",
];

/// One element's handle on the loaded network, which the elements of a process share.
pub struct Blendshapes {
    nets: Member<Net>,
}

static POOLS: Lazy<Pools<(), Net>> = Lazy::new(Pools::default);

impl Blendshapes {
    /// Joins the instances of the network, and loads another from `file` where there are too few.
    ///
    /// # Errors
    /// The file is no network or not this one.
    pub(super) fn load(file: CheckedFile) -> Result<Self, LiteRtError> {
        // Its layers are so small that a second thread would cost more than it helps.
        let load = || Net::load(file.data, &[1, INPUTS as i32, 2], &[BLENDSHAPES], 1);
        let nets = Member::join(&POOLS, (), load)?;
        Ok(Self { nets })
    }

    /// The coefficients, 0..1, of a mesh of 478 points whose x and y are in pixels (of whatever
    /// size); waits for an idle instance.
    ///
    /// # Errors
    /// The network failed.
    pub fn read(&self, mesh: &[[f64; 3]]) -> Result<[f64; BLENDSHAPES], LiteRtError> {
        self.nets.with(|net| run(net, mesh))
    }
}

fn run(net: &mut Net, mesh: &[[f64; 3]]) -> Result<[f64; BLENDSHAPES], LiteRtError> {
    net.run(|input| {
        let (places, _) = input.as_chunks_mut::<2>();
        for (place, &index) in places.iter_mut().zip(&SUBSET) {
            if let Some(&[x, y, _]) = mesh.get(index) {
                *place = [x as f32, y as f32];
            }
        }
        Ok::<_, LiteRtError>(())
    })?;
    let mut coefficients = [0.0; BLENDSHAPES];
    for (to, &from) in coefficients.iter_mut().zip(net.output(0)) {
        *to = f64::from(from);
    }
    Ok(coefficients)
}

/// For each coefficient the one of the other side; itself where there is none.
pub fn mirrored() -> [usize; BLENDSHAPES] {
    std::array::from_fn(|index| {
        let twin = |&other: &usize| other != index && NAMES[other] == NAMES[index];
        (0..BLENDSHAPES).find(twin).unwrap_or(index)
    })
}
