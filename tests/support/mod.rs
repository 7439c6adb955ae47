//! What the integration tests share: sample pictures and clips, the element as a host drives it, and
//! whole pipelines.

// Each test binary uses a part of this.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod dice;
pub mod faceless;
pub mod heads;
mod host;
pub mod layout;
pub mod machine;
pub mod mutations;
pub mod pictures;
mod pipeline;
pub mod relief;
pub mod scripts;
pub mod sensor;
pub mod sitter;
mod still;
pub mod stream;
pub mod walks;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Once;

use gstaliyarface::analysis::Face;
use gstaliyarface::metadata;

pub use host::{Host, Told};
pub use pipeline::{PATIENCE, Run, launch, run};
pub use still::{Still, clip, info};
pub use words::{EMOTIONS, emotion_words};

/// The time between two frames of tests that make their own.
pub const FRAME: gst::ClockTime = gst::ClockTime::from_nseconds(33_333_333);

/// Starts GStreamer with the element of this very build.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().expect("GStreamer starts");
        gstaliyarface::plugin_register_static().expect("the plugin registers");
    });
}

/// The path of a sample that set-up fetched.
pub fn sample(name: &str) -> PathBuf {
    folder("ALIYARFACE_SAMPLES").join(name)
}

/// The path of a model that set-up fetched.
pub fn model(name: &str) -> PathBuf {
    folder("ALIYARFACE_MODELS").join(name)
}

/// The folder that `scripts/env.sh` names.
pub fn folder(variable: &str) -> PathBuf {
    let folder = std::env::var_os(variable);
    PathBuf::from(folder.unwrap_or_else(|| {
        panic!("{variable} is not set: type `make test`, or `. scripts/env.sh` first")
    }))
}

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder of this test's own, `name` being the test's.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The faces on a buffer that was analysed.
pub fn faces(buffer: &gst::BufferRef) -> Vec<Face> {
    let meta = metadata::read(buffer).expect("the meta follows the schema");
    meta.expect("the buffer was analysed").faces
}

/// The only face on a buffer.
pub fn only_face(buffer: &gst::BufferRef) -> Face {
    let mut faces = faces(buffer);
    assert_eq!(faces.len(), 1, "faces in the picture");
    faces.remove(0)
}

/// Distance of the outer eye corners, in fractions of the picture's width and height.
pub fn eye_distance(face: &Face) -> f64 {
    let corner = |index: usize| face.landmarks[index];
    distance(corner(33), corner(263))
}

/// The median distance between the points of two meshes, in eye distances of the first.
pub fn mesh_difference(one: &Face, other: &Face) -> f64 {
    let pairs = one.landmarks.iter().zip(&other.landmarks);
    let mut distances: Vec<f64> = pairs.map(|(a, b)| distance(*a, *b)).collect();
    distances.sort_by(f64::total_cmp);
    distances[distances.len() / 2] / eye_distance(one)
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f64 {
    f64::from(a[0] - b[0]).hypot(f64::from(a[1] - b[1]))
}
