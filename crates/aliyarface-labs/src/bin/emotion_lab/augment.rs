//! What a camera, a codec and a hand may do to a face, done to a batch of aligned faces.

use gstaliyarface::analysis::CANVAS_SIDE;
use gstaliyarface::models::EMOTION_SIDE;
use tch::{IndexOp, Kind, Tensor};

const FLOATS: (Kind, tch::Device) = (Kind::Float, tch::Device::Cpu);
/// Part of the canvas that the net sees.
const SEEN: f64 = EMOTION_SIDE as f64 / CANVAS_SIDE as f64;

/// Shares of a batch that are shrunk, compressed, darkened, partly hidden.
const SHRUNK: f64 = 0.2;
const COMPRESSED: f64 = 0.2;
const DARK: f64 = 0.1;
const HIDDEN: f64 = 0.25;

/// `faces` (N x 1 x canvas x canvas, 0..1) as N x 1 x `side` x `side`, each changed at random by
/// libtorch's generator; `strength` multiplies the shares that suffer most.
pub fn augment(faces: &Tensor, side: i64, strength: f64) -> Tensor {
    let moved = shift(faces, side);
    let lit = light(&moved, strength * DARK);
    let seen = compress(&shrink(&lit, strength * SHRUNK), strength * COMPRESSED);
    hide(&noise(&seen), strength * HIDDEN).clamp(0.0, 1.0)
}

/// N x 1 x 1 x 1 values from `low` to `high`.
fn uniform(count: i64, low: f64, high: f64) -> Tensor {
    Tensor::rand([count, 1, 1, 1], FLOATS) * (high - low) + low
}

/// N x 1 x 1 x 1 normal values of deviation `spread`, none beyond two of them.
fn normal(count: i64, spread: f64) -> Tensor {
    Tensor::randn([count, 1, 1, 1], FLOATS).clamp(-2.0, 2.0) * spread
}

/// N x 1 x 1 x 1 of ones in about `share` of the rows, else zeros.
fn some(count: i64, share: f64) -> Tensor {
    Tensor::rand([count, 1, 1, 1], FLOATS)
        .lt(share)
        .to_kind(Kind::Float)
}

/// Flip, turn (8 degrees), scale (9 %), aspect (6 %) and shift, as a mesh a little off would cause.
fn shift(faces: &Tensor, side: i64) -> Tensor {
    let count = faces.size()[0];
    let flip = some(count, 0.5) * 2.0 - 1.0;
    let angle = normal(count, 8f64.to_radians());
    let scale = normal(count, 0.09).exp() * SEEN;
    let aspect = normal(count, 0.06).exp();
    let (wide, high) = (&scale * &aspect, &scale / &aspect);
    let (sin, cos) = (angle.sin(), angle.cos());
    let (x, y) = (normal(count, 0.045), normal(count, 0.045));
    let first = Tensor::cat(&[&flip * &wide * &cos, -(&high * &sin), x], 3);
    let second = Tensor::cat(&[&flip * &wide * &sin, &high * &cos, y], 3);
    let theta = Tensor::cat(&[first, second], 2).squeeze_dim(1);
    let grid = Tensor::affine_grid_generator(&theta, [count, 1, side, side], false);
    let (bilinear, border) = (0, 1);
    faces.grid_sampler(&grid, bilinear, border, false)
}

/// Gamma, contrast, brightness, a slope of light across the face; some faces in the dark.
fn light(faces: &Tensor, share: f64) -> Tensor {
    let (count, side) = (faces.size()[0], faces.size()[3]);
    let curved = faces.clamp(1e-3, 1.0).pow(&normal(count, 0.25).exp());
    let mean = curved.mean_dim([2i64, 3].as_slice(), true, Kind::Float);
    let spread = (&curved - &mean) * normal(count, 0.2).exp() + mean + normal(count, 0.07);
    let line = Tensor::linspace(-1.0, 1.0, side, FLOATS);
    let slope = line.view([1, 1, 1, side]) * normal(count, 0.08)
        + line.view([1, 1, side, 1]) * normal(count, 0.08);
    let dark = some(count, share);
    let dimmed = 1.0 - dark * uniform(count, 0.4, 0.85);
    (spread + slope).clamp(0.0, 1.0) * dimmed
}

/// A face of 16 to 48 pixels, enlarged again.
fn shrink(faces: &Tensor, share: f64) -> Tensor {
    let (count, side) = (faces.size()[0], faces.size()[3]);
    let few = (count as f64 * share) as i64;
    let small = Tensor::randint_low(side / 4, side * 3 / 4, [1], (Kind::Int64, tch::Device::Cpu));
    let small = small.int64_value(&[0]);
    let part = faces.i(..few);
    let part = part.internal_upsample_bilinear2d_aa([small, small], false, None, None);
    let part = part.upsample_bilinear2d([side, side], false, None, None);
    Tensor::cat(&[part, faces.i(few..)], 0)
}

/// JPEG's loss: the 8 x 8 cosine transform, rounded to steps that grow with the frequency.
fn compress(faces: &Tensor, share: f64) -> Tensor {
    let (count, side) = (faces.size()[0], faces.size()[3]);
    let few = (count as f64 * share) as i64;
    let cosines: Vec<f32> = (0..64)
        .map(|index| {
            let (wave, place) = ((index / 8) as f64, (index % 8) as f64);
            let norm = if wave == 0.0 { 0.125f64.sqrt() } else { 0.5 };
            (norm * ((place + 0.5) * wave * std::f64::consts::PI / 8.0).cos()) as f32
        })
        .collect();
    let cosines = Tensor::from_slice(&cosines).view([8, 8]);
    let steps: Vec<f32> = (0..64)
        .map(|index| 1.0 + (index / 8 + index % 8) as f32)
        .collect();
    let strength = uniform(1, 0.01, 0.05).view([1]);
    let steps = Tensor::from_slice(&steps).view([8, 8]) * strength;
    let tiles = side / 8;
    let part = faces
        .i(count - few..)
        .view([few, tiles, 8, tiles, 8])
        .permute([0, 1, 3, 2, 4]);
    let waves = cosines.matmul(&part).matmul(&cosines.transpose(0, 1));
    let kept = (waves / &steps).round() * &steps;
    let part = cosines.transpose(0, 1).matmul(&kept).matmul(&cosines);
    let part = part.permute([0, 1, 3, 2, 4]).reshape([few, 1, side, side]);
    Tensor::cat(&[faces.i(..count - few), part], 0)
}

fn noise(faces: &Tensor) -> Tensor {
    let strength = normal(faces.size()[0], 0.025);
    faces + Tensor::randn_like(faces) * strength
}

/// A box of one brightness over a part of some faces, as a hand, hair or a microphone.
fn hide(faces: &Tensor, share: f64) -> Tensor {
    let (count, side) = (faces.size()[0], faces.size()[3]);
    let line = Tensor::linspace(0.0, 1.0, side, FLOATS);
    let within = |line: Tensor| {
        let distance = (line - uniform(count, 0.0, 1.0)).abs();
        distance
            .le_tensor(&uniform(count, 0.08, 0.25))
            .to_kind(Kind::Float)
    };
    let (across, down) = (line.view([1, 1, 1, side]), line.view([1, 1, side, 1]));
    let covered = within(across) * within(down) * some(count, share);
    faces * (1.0 - &covered) + covered * uniform(count, 0.0, 1.0)
}
