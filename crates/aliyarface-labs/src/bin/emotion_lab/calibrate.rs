//! From trained weights to the file that the element loads: a temperature, and half precision.

use std::path::Path;

use aliyarface_torch::{Network, TEMPERATURE};
use anyhow::{Context, Result};
use tch::{Kind, Tensor};

use super::data::Set;
use super::measures::{Measures, probabilities};
use aliyarface_labs::ferplus::{EMOTIONS, Votes};

/// Temperatures that are tried.
const LOWEST: f64 = 0.3;
const HIGHEST: f64 = 3.0;
const STEPS: i32 = 271;

/// Writes the net of `weights` with the temperature that fits the winners of `validation` best, and
/// says what it did to the calibration.
pub fn export(weights: &Path, validation: &Set, to: &Path) -> Result<()> {
    let named = || -> Result<Vec<(String, Tensor)>> {
        let read = Tensor::read_safetensors(weights);
        let mut named = read.with_context(|| format!("{} cannot be read", weights.display()))?;
        named.retain(|(name, _)| name != TEMPERATURE);
        Ok(named)
    };
    let net = Network::resnet18(named()?, EMOTIONS.len())?;
    let rows = probabilities(&net, validation)?;
    let votes = &validation.faces.votes;
    let tried = (0..STEPS).map(|step| {
        let temperature = LOWEST + (HIGHEST - LOWEST) * f64::from(step) / f64::from(STEPS - 1);
        (temperature, surprise(&rows, votes, temperature))
    });
    let best = tried.min_by(|a, b| a.1.total_cmp(&b.1));
    let temperature = best.context("no temperature")?.0;
    let mut written: Vec<(String, Tensor)> = named()?
        .into_iter()
        .map(|(name, value)| (name, value.to_kind(Kind::Half)))
        .collect();
    written.push((
        TEMPERATURE.to_owned(),
        Tensor::from_slice(&[temperature as f32]),
    ));
    written.sort_by(|a, b| a.0.cmp(&b.0));
    Tensor::write_safetensors(&written, to)?;
    let found = validation.canvases.found;
    let before = Measures::of(&rows, votes, found);
    let after = Measures::of_net(written, validation)?;
    eprintln!(
        "temperature {temperature:.2}: expected calibration error {:.4} before, {:.4} after",
        before.ece, after.ece
    );
    Ok(())
}

/// Mean surprise, in nats, at the voters' winners.
fn surprise(rows: &[Vec<f64>], votes: &[Votes], temperature: f64) -> f64 {
    let each = rows.iter().zip(votes).map(|(row, votes)| {
        let powers = row.iter().map(|p| p.max(1e-12).powf(1.0 / temperature));
        let powers: Vec<f64> = powers.collect();
        let sum: f64 = powers.iter().sum();
        -(powers[votes.winner] / sum).ln()
    });
    each.sum::<f64>() / rows.len().max(1) as f64
}
