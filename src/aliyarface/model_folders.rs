//! Where models may lie when the user does not say.

use std::env;
use std::path::{Path, PathBuf};

use crate::models::Folders;

/// Overrides every place but the `model-path` property.
const VARIABLE: &str = "ALIYARFACE_MODEL_PATH";
/// From the folder of an installed plugin to its models.
const BESIDE_PLUGIN: &str = "../../aliyarface/models";
/// From the folder of an installed program, which holds the element itself, to its models.
const BESIDE_PROGRAM: &str = "../share/aliyarface/models";

/// The folders to search: `model_path` alone if set, else the environment's, the one installed with
/// the plugin, the one it was built with, and the system's.
pub fn model_folders(model_path: Option<&Path>) -> Folders {
    if let Some(path) = model_path {
        return Folders(vec![path.to_owned()]);
    }
    if let Some(path) = env::var_os(VARIABLE) {
        return Folders(vec![path.into()]);
    }
    let installed = match plugin_folder() {
        Some(folder) => Some(folder.join(BESIDE_PLUGIN)),
        None => program_folder().map(|folder| folder.join(BESIDE_PROGRAM)),
    };
    let built = option_env!("ALIYARFACE_MODELS").map(PathBuf::from);
    let system = [
        "/usr/local/share/aliyarface/models",
        "/usr/share/aliyarface/models",
    ];
    let folders = installed.into_iter().chain(built);
    let mut folders: Vec<_> = folders.chain(system.map(PathBuf::from)).collect();
    for folder in &mut folders {
        if let Ok(plain) = folder.canonicalize() {
            *folder = plain;
        }
    }
    Folders(folders)
}

fn plugin_folder() -> Option<PathBuf> {
    let file = gst::Registry::get()
        .find_plugin(super::FACTORY)?
        .filename()?;
    file.parent().map(Path::to_owned)
}

fn program_folder() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    program.parent().map(Path::to_owned)
}
