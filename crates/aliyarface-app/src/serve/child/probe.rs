//! What a file is.

use std::path::Path;

use anyhow::{Result, bail};
use gst::glib;
use gst_pbutils::Discoverer;

use super::wire::FileInfo;

/// How long a file may take to tell what it is.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(15);

/// Looks into a file.
///
/// # Errors
/// There is no video in it.
pub fn probe(file: &Path) -> Result<FileInfo> {
    let uri = glib::filename_to_uri(file, None)?;
    let info = Discoverer::new(PATIENCE)?.discover_uri(&uri)?;
    let streams = info.video_streams();
    let Some(stream) = streams.first() else {
        bail!("there is no video in it");
    };
    let seconds = |time: gst::ClockTime| time.nseconds() as f64 * 1e-9;
    Ok(FileInfo {
        width: stream.width(),
        height: stream.height(),
        seconds: info.duration().map_or(0.0, seconds),
    })
}
