//! Where models lie, and where slow results are kept between runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use gstaliyarface::models::Folders;

/// The models of this repository, then those of the set-up.
pub fn models() -> Folders {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let downloaded = std::env::var_os("ALIYARFACE_MODELS").map(PathBuf::from);
    Folders([own].into_iter().chain(downloaded).collect())
}

/// The folder of slow results.
pub fn cache() -> Result<PathBuf> {
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(cache.join("aliyarface/train"))
}
