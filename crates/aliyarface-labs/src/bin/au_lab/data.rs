//! The data sets: FER+ faces and rendered heads, as they lie in `.npz` files.

use std::path::Path;

use crate::Failure;
use aliyarface_labs::ferplus::{Ferplus, SIDE, Votes};
use aliyarface_labs::npz::Arrays;

/// FER2013's faces with FER+'s votes.
pub struct Faces {
    /// Grey pictures of [`SIDE`] x [`SIDE`] bytes.
    pub pictures: Vec<Vec<u8>>,
    /// The emotion that more than half of the votes are for, single votes left out; `None` where
    /// there is none or the picture is no face.
    pub majority: Vec<Option<usize>>,
    /// Whether a face shows a faint smile: its voters are torn between happiness and neutrality.
    pub faint_smile: Vec<bool>,
}

/// The least share of the votes for emotions that happiness and neutrality together, and each alone,
/// have in a faint smile.
const FAINT: [f64; 2] = [0.8, 0.2];

/// Rendered heads: what the mesh net sees of them, and the truth.
pub struct Renders {
    /// 478 points in pixels of the render.
    pub meshes: Vec<Vec<[f64; 3]>>,
    /// Intensities 0..1 in the order of [`RENDERED`].
    pub intensities: Vec<Vec<f64>>,
    /// Whose head.
    pub identities: Vec<i64>,
    /// True pitch, yaw, roll in degrees.
    pub poses: Vec<Vec<f64>>,
}

/// The Action Units of the renders, in the order of their intensities. The last is not the rig's: it is
/// what the jaw opens beyond [`STRETCHED`].
pub const RENDERED: [&str; 21] = [
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12", "AU14", "AU15", "AU16",
    "AU17", "AU18", "AU20", "AU22", "AU24", "AU26", "AU28", "AU43", "AU27",
];

/// Part of the rig's jaw drop from which FACS speaks of a stretched mouth instead.
const STRETCHED: f64 = 0.5;

impl Faces {
    /// Reads a file of FER+.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let Ferplus { pictures, votes } = Ferplus::read(file)?;
        let pictures = pictures.f_reshape([-1, (SIDE * SIDE) as i64])?;
        let most = |votes: &Option<Votes>| {
            let votes = votes.as_ref().filter(|votes| votes.majority)?;
            Some(votes.winner)
        };
        let faint = |votes: &Option<Votes>| {
            votes.as_ref().is_some_and(|votes| {
                let [neutral, happy, ..] = votes.shares;
                let [together, each] = FAINT;
                neutral + happy >= together && neutral.min(happy) >= each
            })
        };
        Ok(Self {
            pictures: Vec::<Vec<u8>>::try_from(&pictures)?,
            majority: votes.iter().map(most).collect(),
            faint_smile: votes.iter().map(faint).collect(),
        })
    }

    /// Whether something is learned from face `index`: it shows one emotion, or a faint smile.
    pub fn teaches(&self, index: usize) -> bool {
        self.teaches_emotion(index) || self.faint_smile.get(index).is_some_and(|faint| *faint)
    }

    /// Whether an emotion is learned from face `index`: it shows one, and not the one that most others
    /// show; of neutral faces every second is enough, of happy ones every third.
    pub fn teaches_emotion(&self, index: usize) -> bool {
        match self.majority.get(index).copied().flatten() {
            None => false,
            Some(0) => index.is_multiple_of(2),
            Some(1) => index.is_multiple_of(3),
            Some(_) => true,
        }
    }
}

impl Renders {
    /// Reads the arrays `landmarks` (N, 478, 3), `intensity` (N, 20), `identity` and `pose_degrees`.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let mut arrays = Arrays::open(file)?;
        let landmarks = arrays.rows("landmarks")?;
        let mesh = |row: &Vec<f64>| row.as_chunks::<3>().0.to_vec();
        let identities = arrays.rows("identity")?;
        let jaw = RENDERED.iter().position(|code| *code == "AU26");
        let with_stretch = |mut row: Vec<f64>| {
            let drop = jaw.and_then(|jaw| row.get(jaw)).copied();
            row.push((drop.unwrap_or_default() - STRETCHED).max(0.0) / (1.0 - STRETCHED));
            row
        };
        Ok(Self {
            meshes: landmarks.iter().map(mesh).collect(),
            intensities: arrays
                .rows("intensity")?
                .into_iter()
                .map(with_stretch)
                .collect(),
            identities: identities.iter().flatten().map(|&id| id as i64).collect(),
            poses: arrays.rows("pose_degrees")?,
        })
    }
}
