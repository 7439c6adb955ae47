use crate::models::manifest::{CheckedFile, Folders};
use crate::nn::litert::Net;

use super::*;

fn file() -> CheckedFile {
    let folder = std::env::var("ALIYARFACE_MODELS").unwrap();
    let folders = Folders(vec![folder.into()]);
    folders.read("face_landmarks_detector.tflite").unwrap()
}

fn halves(crop: &[u8]) -> [&[u8]; 2] {
    let (upper, lower) = crop.split_at(crop.len().min(3 * SIDE * SIDE / 2));
    [upper, lower]
}

/// Crops of noise, of bands and of one colour, whose edges are bright.
fn crops() -> [Vec<u8>; 3] {
    let bytes = |of: fn(usize) -> usize| (0..3 * SIDE * SIDE).map(|at| of(at) as u8).collect();
    [
        bytes(|at| (at * at / 7 + at * 31) % 251),
        bytes(|at| at / 3 % SIDE / 2 + at / 3 / SIDE / 2),
        bytes(|_| 200),
    ]
}

#[test]
fn it_reads_what_litert_reads() {
    let side = SIDE as i32;
    let outputs = [POINTS * 3, 1, 1];
    let mut litert = Net::load(file().data, &[1, side, side, 3], &outputs, 1).unwrap();
    let mesh = FaceMesh::load(&file()).unwrap();
    for crop in crops() {
        let fill = |input: &mut [f32]| {
            for (value, &byte) in input.iter_mut().zip(&crop) {
                *value = f32::from(byte) / 255.0;
            }
            Ok::<_, crate::nn::litert::LiteRtError>(())
        };
        litert.run(fill).unwrap();
        let seen = mesh.read(halves(&crop), &Threads::default());
        assert!((seen.logit - f64::from(litert.output(1)[0])).abs() < 1e-3);
        assert_eq!(seen.points.len(), POINTS);
        let points = seen.points.as_flattened().iter();
        for (value, wanted) in points.zip(litert.output(0)) {
            assert!((value - wanted).abs() < 1e-3, "{value}, not {wanted}");
        }
    }
}

#[test]
fn lanes_make_no_difference() {
    let mesh = FaceMesh::load(&file()).unwrap();
    let [crop, ..] = crops();
    let alone = mesh.read(halves(&crop), &Threads::default());
    for threads in [2, 3, 5, 20] {
        assert_eq!(
            mesh.read(halves(&crop), &Threads::new(threads)),
            alone,
            "{threads}"
        );
    }
}

#[test]
fn what_is_missing_of_a_crop_is_black() {
    let mesh = FaceMesh::load(&file()).unwrap();
    let [crop, ..] = crops();
    let half = crop.len() / 2;
    let mut black = crop.clone();
    black[half..].fill(0);
    let threads = Threads::default();
    let short = mesh.read([&crop[..half], &[]], &threads);
    assert_eq!(short, mesh.read(halves(&black), &threads));
    mesh.read([&[], &[]], &threads);
}

#[test]
fn another_network_is_refused() {
    let folder = std::env::var("ALIYARFACE_MODELS").unwrap();
    let path = std::path::Path::new(&folder).join("face_detector.tflite");
    let other = Weights::read(&std::fs::read(path).unwrap()).err();
    assert!(
        matches!(other, Some(TfliteError::Other { .. })),
        "{other:?}"
    );
    let none = Weights::read(b"no network").err();
    assert_eq!(none, Some(TfliteError::Damaged));
}
