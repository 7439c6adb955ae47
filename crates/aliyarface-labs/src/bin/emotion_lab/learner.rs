//! The net while it learns: weights, momentum, their moving average, and the file that keeps them.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use tch::{Device, Kind, Tensor};

use super::net::Net;

const MOMENTUM: f64 = 0.9;
/// On weights alone, not on norms and biases.
const WEIGHT_DECAY: f64 = 5e-4;
/// Longest gradient that is followed.
const LONGEST: f64 = 5.0;
/// What the moving average keeps of itself at each step.
const AVERAGE_KEEPS: f64 = 0.999;

/// A ResNet-18 with torchvision's layer names that learns by SGD with Nesterov's momentum.
pub struct Learner {
    net: Net,
    velocity: HashMap<String, Tensor>,
    average: HashMap<String, Tensor>,
}

impl Learner {
    /// A new net.
    pub fn new(device: Device) -> Self {
        let mut this = Self {
            net: Net::new(device),
            velocity: HashMap::new(),
            average: HashMap::new(),
        };
        this.forget();
        this
    }

    /// Takes the weights of a net with torchvision's names as the start.
    pub fn start_from(&mut self, path: &Path) -> Result<()> {
        self.net.read(path)?;
        self.forget();
        Ok(())
    }

    /// No momentum, and an average of these very weights.
    fn forget(&mut self) {
        let variables = self.net.store.variables().into_iter();
        self.average = variables
            .map(|(name, value)| (name, value.detach().copy()))
            .collect();
        self.velocity = self
            .average
            .iter()
            .map(|(name, value)| (name.clone(), value.zeros_like()))
            .collect();
    }

    /// Logits, N x classes, of faces N x 1 x side x side in 0..1.
    pub fn logits(&self, faces: &Tensor) -> Tensor {
        self.net.logits(faces, true)
    }

    /// One step against the gradient of `loss`.
    pub fn step(&mut self, loss: &Tensor, rate: f64) {
        let variables = self.net.store.variables();
        for variable in variables
            .values()
            .filter(|variable| variable.requires_grad())
        {
            variable.shallow_clone().zero_grad();
        }
        loss.backward();
        tch::no_grad(|| {
            let mut learned: Vec<_> = variables
                .iter()
                .filter(|(_, variable)| variable.requires_grad())
                .collect();
            learned.sort_by_key(|(name, _)| name.as_str());
            let squares: Vec<Tensor> = learned
                .iter()
                .map(|(_, variable)| variable.grad().square().sum(Kind::Float))
                .collect();
            let length = Tensor::stack(&squares, 0)
                .sum(Kind::Float)
                .sqrt()
                .double_value(&[]);
            let shorten = (LONGEST / length.max(1e-9)).min(1.0);
            for (name, variable) in learned {
                let mut gradient = variable.grad() * shorten;
                if variable.dim() > 1 {
                    gradient += variable * WEIGHT_DECAY;
                }
                if let Some(velocity) = self.velocity.get_mut(name) {
                    *velocity = &*velocity * MOMENTUM + &gradient;
                    let mut variable = variable.shallow_clone();
                    variable -= (gradient + &*velocity * MOMENTUM) * rate;
                }
            }
            for (name, variable) in &variables {
                if let Some(average) = self.average.get_mut(name) {
                    if average.kind() == Kind::Float {
                        let _ = average.lerp_(variable, 1.0 - AVERAGE_KEEPS);
                    } else {
                        average.copy_(variable);
                    }
                }
            }
        });
    }

    /// The averaged weights by torchvision's names.
    pub fn averaged(&self) -> Vec<(String, Tensor)> {
        let average = self.average.iter();
        let mut weights: Vec<_> = average
            .filter(|(name, _)| !name.ends_with("num_batches_tracked"))
            .map(|(name, value)| (name.clone(), value.to_device(Device::Cpu)))
            .collect();
        weights.sort_by(|a, b| a.0.cmp(&b.0));
        weights
    }

    /// Writes all that is needed to go on from here.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut tensors = Vec::new();
        for (part, values) in [
            ("weights", &self.net.store.variables()),
            ("velocity", &self.velocity),
            ("average", &self.average),
        ] {
            for (name, value) in values {
                tensors.push((
                    format!("{part}/{name}"),
                    value.detach().to_device(Device::Cpu).contiguous(),
                ));
            }
        }
        let part = path.with_extension("part");
        Tensor::write_safetensors(&tensors, &part)?;
        Ok(std::fs::rename(part, path)?)
    }

    /// Goes on from a file of [`Learner::save`].
    pub fn resume(&mut self, path: &Path) -> Result<()> {
        let mut parts: HashMap<String, HashMap<String, Tensor>> = HashMap::new();
        for (name, value) in Tensor::read_safetensors(path)? {
            if let Some((part, name)) = name.split_once('/') {
                parts
                    .entry(part.to_owned())
                    .or_default()
                    .insert(name.to_owned(), value);
            }
        }
        for (part, values) in [
            ("weights", &self.net.store.variables()),
            ("velocity", &self.velocity),
            ("average", &self.average),
        ] {
            super::net::load(values, parts.remove(part).unwrap_or_default())?;
        }
        Ok(())
    }
}
