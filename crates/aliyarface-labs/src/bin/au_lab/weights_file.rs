//! The file of weights, and its hash in the manifest.

use std::path::PathBuf;

use gstaliyarface::models::{KERNEL_LAYOUTS, SCORES};
use sha2::{Digest, Sha256};
use tch::Tensor;

use crate::Failure;
use crate::kernel::KernelColumns;
use crate::sets::Data;

/// Weights of one unit.
pub struct UnitWeights {
    /// Of the shape's numbers.
    pub shape: Tensor,
    /// Of each kernel's columns.
    pub kernels: Vec<Tensor>,
    /// So that heads without the unit score 0.
    pub shape_bias: f64,
    /// Of the look's numbers.
    pub look: Tensor,
    /// So that resting faces then score 0.
    pub look_bias: f64,
    /// Standard deviation of resting faces' scores.
    pub spread: f64,
    /// Intensity a score of small movements.
    pub small: f64,
    /// Mean score of full movements, or 0.
    pub full: f64,
}

/// Writes the weights, and their hash into the manifest.
pub fn write(
    data: &Data,
    learned: &[UnitWeights],
    kernels: &[KernelColumns],
) -> Result<(), Failure> {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let file = models.join("action_units.safetensors");
    let numbers = |of: fn(&UnitWeights) -> f64| {
        let numbers: Vec<f32> = learned.iter().map(|learned| of(learned) as f32).collect();
        Tensor::from_slice(&numbers)
    };
    let rows = |of: fn(&UnitWeights) -> &Tensor| {
        Tensor::stack(&learned.iter().map(of).collect::<Vec<_>>(), 0)
    };
    let points = data.canonical.as_flattened().iter();
    let points: Vec<f32> = points.map(|&value| value as f32).collect();
    debug_assert_eq!(learned.len(), SCORES);
    let tensors = [
        ("canonical", Tensor::from_slice(&points).view([-1, 3])),
        ("shape.weight", rows(|learned| &learned.shape)),
        ("shape.bias", numbers(|learned| learned.shape_bias)),
        ("look.weight", rows(|learned| &learned.look)),
        ("look.bias", numbers(|learned| learned.look_bias)),
        ("rest.spread", numbers(|learned| learned.spread)),
        ("small", numbers(|learned| learned.small)),
        ("full", numbers(|learned| learned.full)),
    ];
    let mut tensors: Vec<(&str, Tensor)> = tensors.into();
    for (index, (layout, kernel)) in KERNEL_LAYOUTS.iter().zip(kernels).enumerate() {
        let rows: Vec<&Tensor> = learned.iter().map(|unit| &unit.kernels[index]).collect();
        tensors.extend([
            (
                layout.estimate_weight,
                kernel.estimate_weight.shallow_clone(),
            ),
            (layout.estimate_bias, kernel.estimate_bias.shallow_clone()),
            (layout.centres, kernel.centres.shallow_clone()),
            (layout.weight, Tensor::stack(&rows, 0)),
        ]);
    }
    Tensor::write_safetensors(&tensors, &file)?;
    let digest = Sha256::digest(std::fs::read(&file)?);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = models.join("manifest.toml");
    let text = std::fs::read_to_string(&manifest)?;
    let entry = text.find("file = \"action_units.safetensors\"");
    let entry = entry.ok_or("the manifest does not list the weights")?;
    let key = "sha256 = \"";
    let start = text[entry..].find(key).ok_or("the manifest has no hash")? + entry + key.len();
    let end = start + hash.len();
    std::fs::write(&manifest, [&text[..start], &hash, &text[end..]].concat())?;
    eprintln!(
        "{} and its hash are written; build anew to use them",
        file.display()
    );
    Ok(())
}
