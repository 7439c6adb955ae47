//! TorchScript emotion nets that misbehave, but only once they see a face: a black picture, with
//! which every net is tried when it is loaded, leaves them calm.

use std::path::{Path, PathBuf};

use tch::{CModule, Kind, Tensor};

/// 0 for a black picture, more for any other.
fn light(faces: &Tensor) -> Tensor {
    (faces.mean(Kind::Float) + 2.0).clamp(0.0, 1e9)
}

/// Eight scores a face, all `value`.
fn scores(faces: &Tensor, value: &Tensor) -> Tensor {
    faces
        .mean_dim([1i64, 2, 3].as_slice(), true, Kind::Float)
        .view([-1, 1])
        * 0.0
        + value.view([1, 1]).expand([1, 8], false)
}

fn save(folder: &Path, name: &str, mut net: impl FnMut(&Tensor) -> Tensor) -> PathBuf {
    let black = Tensor::full([1, 3, 64, 64], -2.0, (Kind::Float, tch::Device::Cpu));
    let mut net = |inputs: &[Tensor]| vec![net(&inputs[0])];
    let module = CModule::create_by_tracing("Net", "forward", &[black], &mut net).unwrap();
    let path = folder.join(format!("{name}.pt"));
    module.save(&path).unwrap();
    path
}

/// Reads beyond the end of a tensor: libtorch throws.
pub fn throws(folder: &Path) -> PathBuf {
    save(folder, "throws", |faces| {
        let beyond = (light(faces) * 1e6).to_kind(Kind::Int64).view([1]);
        let value = Tensor::zeros([1], (Kind::Float, tch::Device::Cpu)).index_select(0, &beyond);
        scores(faces, &value)
    })
}

/// Multiplies matrices that do not fit each other: libtorch throws.
pub fn misshapes(folder: &Path) -> PathBuf {
    save(folder, "misshapes", |faces| {
        let options = (Kind::Float, tch::Device::Cpu);
        let columns = ((light(faces) * 1e6).clamp(0.0, 1.0).to_kind(Kind::Int64) + 1).view([1]);
        let wide = Tensor::ones([1, 1], options).repeat_interleave_self_tensor(&columns, 1, None);
        scores(faces, &wide.matmul(&Tensor::ones([1, 1], options)))
    })
}

/// Wants more memory than there is.
pub fn wants_memory(folder: &Path) -> PathBuf {
    save(folder, "memory", |faces| {
        let times = (light(faces) * 1e15).to_kind(Kind::Int64).view([1]);
        let one = Tensor::ones([1], (Kind::Float, tch::Device::Cpu));
        let value = one
            .repeat_interleave_self_tensor(&times, 0, None)
            .sum(Kind::Float);
        scores(faces, &value)
    })
}

/// Answers NaN.
pub fn answers_nan(folder: &Path) -> PathBuf {
    save(folder, "nan", |faces| {
        let value = (-light(faces)).sqrt();
        scores(faces, &value)
    })
}

/// Answers more rows of scores than there are faces.
pub fn answers_too_much(folder: &Path) -> PathBuf {
    save(folder, "shape", |faces| {
        let rows = (light(faces) * 1e6).clamp(0.0, 1.0).to_kind(Kind::Int64) + 1;
        scores(faces, &light(faces)).repeat_interleave_self_tensor(&rows.view([1]), 0, None)
    })
}

/// Takes its time: `products` products of large matrices, of about a tenth of a second each.
pub fn dawdles(folder: &Path, products: usize) -> PathBuf {
    save(folder, "slow", |faces| {
        let rows = (light(faces) * 1e3).to_kind(Kind::Int64).view([1]);
        let options = (Kind::Float, tch::Device::Cpu);
        let tall = Tensor::ones([1, 1200], options).repeat_interleave_self_tensor(&rows, 0, None);
        let square = Tensor::ones([1200, 1200], options) / 1200.0;
        let product = (0..products).fold(tall, |product, _| product.matmul(&square));
        scores(faces, &(product.sum(Kind::Float) * 0.0))
    })
}

/// Says how many faces came in a batch: the class of that index wins.
pub fn counts(folder: &Path) -> PathBuf {
    save(folder, "counts", |faces| {
        let count = (scores(faces, &Tensor::ones([1], (Kind::Float, tch::Device::Cpu)))
            .narrow(1, 0, 1))
        .sum(Kind::Float);
        let classes = Tensor::arange(8, (Kind::Float, tch::Device::Cpu)).view([1, 8]);
        let distance = classes - count;
        scores(faces, &Tensor::zeros([1], (Kind::Float, tch::Device::Cpu)))
            - &distance * &distance * 10.0
    })
}
