//! The net in a form that learns: half the bits where the processor multiplies them faster.

use std::collections::HashMap;
use std::path::Path;

use aliyarface_torch::{MEAN as EMOTION_MEAN, STD as EMOTION_STD};
use anyhow::{Context, Result, ensure};
use tch::nn::VarStore;
use tch::vision::resnet::resnet18;
use tch::{Device, Kind, Tensor};

use aliyarface_labs::ferplus::CLASSES;

/// As torchvision's batch norms have them.
const MOMENTUM: f64 = 0.1;
const EPSILON: f64 = 1e-5;
const BLOCKS_A_LAYER: usize = 2;
const LAYERS: usize = 4;
/// Faces looked at together.
const BATCH: i64 = 128;

/// A ResNet-18 with torchvision's layer names. Weights are kept in single precision; convolutions
/// are reckoned in `kind`.
pub struct Net {
    pub store: VarStore,
    weights: HashMap<String, Tensor>,
    kind: Kind,
}

impl Net {
    /// A new net; the last norm of each block starts at zero, so that blocks start as identities.
    pub fn new(device: Device) -> Self {
        let store = VarStore::new(device);
        // The layers are named and sized by tch; its own forward pass knows one precision alone.
        let _ = resnet18(&store.root(), CLASSES as i64);
        let weights = store.variables();
        tch::no_grad(|| {
            for (name, weight) in &weights {
                if name.ends_with("bn2.weight") {
                    let _ = weight.shallow_clone().zero_();
                }
            }
        });
        let kind = if device == Device::Cpu && multiplies_bfloat16() {
            Kind::BFloat16
        } else {
            Kind::Float
        };
        Self {
            store,
            weights,
            kind,
        }
    }

    /// Takes the weights of a file with torchvision's names.
    pub fn read(&self, path: &Path) -> Result<()> {
        let weights = Tensor::read_safetensors(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        self.take(weights)
    }

    /// Takes weights by torchvision's names.
    pub fn take(&self, weights: Vec<(String, Tensor)>) -> Result<()> {
        load(&self.weights, weights.into_iter().collect())
    }

    /// Probabilities, N x classes, of faces N x 1 x any side in bytes, seen at `side` pixels.
    pub fn probabilities(&self, faces: &Tensor, side: i64) -> Tensor {
        let batches = faces.split(BATCH, 0).into_iter().map(|faces| {
            let faces = faces.to_kind(Kind::Float) / 255.0;
            let seen = resized(&faces, side);
            tch::no_grad(|| self.logits(&seen, false).softmax(-1, Kind::Float))
        });
        Tensor::cat(&batches.collect::<Vec<_>>(), 0)
    }

    /// Logits, N x classes, of faces N x 1 x side x side in 0..1.
    pub fn logits(&self, faces: &Tensor, learning: bool) -> Tensor {
        let sizes = faces.size();
        let grey = (faces.to_device(self.store.device()) - f64::from(EMOTION_MEAN))
            / f64::from(EMOTION_STD);
        let rgb = grey.expand([sizes[0], 3, sizes[2], sizes[3]], false);
        // Channels last, in which convolutions are quickest on a processor.
        let rgb = rgb.permute([0, 2, 3, 1]).contiguous();
        let rgb = rgb.permute([0, 3, 1, 2]).to_kind(self.kind);
        let stem = self.convolution(&rgb, "conv1", "bn1", [7, 2], learning);
        let mut x = stem
            .relu()
            .max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false);
        for layer in 1..=LAYERS {
            for block in 0..BLOCKS_A_LAYER {
                let stride = if layer > 1 && block == 0 { 2 } else { 1 };
                x = self.block(&x, &format!("layer{layer}.{block}"), stride, learning);
            }
        }
        let features = x.mean_dim([2i64, 3].as_slice(), false, Kind::Float);
        features.linear(&self.weights["fc.weight"], Some(&self.weights["fc.bias"]))
    }

    fn block(&self, x: &Tensor, name: &str, stride: i64, learning: bool) -> Tensor {
        let part = |x: &Tensor, convolution: &str, norm: &str, shape| {
            let (convolution, norm) = (format!("{name}.{convolution}"), format!("{name}.{norm}"));
            self.convolution(x, &convolution, &norm, shape, learning)
        };
        let middle = part(x, "conv1", "bn1", [3, stride]).relu();
        let sum = part(&middle, "conv2", "bn2", [3, 1]);
        let added = if stride == 1 {
            sum + x
        } else {
            sum + part(x, "downsample.0", "downsample.1", [1, stride])
        };
        added.relu()
    }

    /// A convolution and its norm.
    fn convolution(
        &self,
        x: &Tensor,
        convolution: &str,
        norm: &str,
        [side, stride]: [i64; 2],
        learning: bool,
    ) -> Tensor {
        let weight = self.weights[&format!("{convolution}.weight")].to_kind(self.kind);
        let padding = side / 2;
        let x = x.conv2d(
            &weight,
            None::<Tensor>,
            [stride; 2],
            [padding; 2],
            [1, 1],
            1,
        );
        let of = |part: &str| Some(&self.weights[&format!("{norm}.{part}")]);
        x.batch_norm(
            of("weight"),
            of("bias"),
            of("running_mean"),
            of("running_var"),
            learning,
            MOMENTUM,
            EPSILON,
            true,
        )
    }
}

/// Faces N x 1 x any side at another side.
pub fn resized(faces: &Tensor, side: i64) -> Tensor {
    if faces.size().last() == Some(&side) {
        return faces.shallow_clone();
    }
    faces.upsample_bilinear2d([side, side], false, None, None)
}

/// Copies `values` into the variables of the same name.
pub fn load(variables: &HashMap<String, Tensor>, values: HashMap<String, Tensor>) -> Result<()> {
    for (name, variable) in variables {
        let Some(value) = values.get(name) else {
            ensure!(
                name.ends_with("num_batches_tracked"),
                "the file lacks {name}"
            );
            continue;
        };
        ensure!(
            value.size() == variable.size(),
            "{name} is {:?}, not {:?}",
            value.size(),
            variable.size()
        );
        tch::no_grad(|| {
            variable
                .shallow_clone()
                .copy_(&value.to_kind(variable.kind()))
        });
    }
    Ok(())
}

#[cfg(target_arch = "x86_64")]
fn multiplies_bfloat16() -> bool {
    std::is_x86_feature_detected!("avx512bf16")
}

#[cfg(not(target_arch = "x86_64"))]
fn multiplies_bfloat16() -> bool {
    false
}
