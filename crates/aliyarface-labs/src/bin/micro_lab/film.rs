//! A clip on its way through a pipeline.

use anyhow::{Context, Result};
use gst::prelude::*;
use gst_video::{VideoFormat, VideoInfo};

use super::ClipOptions;
use super::clip::Clip;
use aliyarface_labs::pipelines;

/// Plays `pipeline` and gives the clip's frames to its source `in`; after each, `passed` is called.
pub fn play(
    pipeline: &gst::Pipeline,
    clip: &mut Clip<'_>,
    look: ClipOptions,
    mut passed: impl FnMut() -> Result<()>,
) -> Result<()> {
    let (width, height) = (clip.sitter.width as u32, clip.sitter.height as u32);
    let info = VideoInfo::builder(VideoFormat::Rgb, width, height);
    let info = info.fps(gst::Fraction::approximate_f64(look.fps).context("fps")?);
    let info = info.build()?;
    let source: gst_app::AppSrc = pipelines::end(pipeline, "in")?;
    source.set_caps(Some(&info.to_caps()?));
    pipeline.set_state(gst::State::Playing)?;
    for index in 0..(look.seconds * look.fps) as u64 {
        let time = index as f64 / look.fps;
        let bytes = padded(clip.frame(time)?, width as usize, info.stride()[0] as usize);
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        let pts = gst::ClockTime::from_nseconds((time * 1e9) as u64);
        buffer.get_mut().context("our own buffer")?.set_pts(pts);
        source.push_buffer(buffer)?;
        passed()?;
    }
    Ok(())
}

/// Rows as far apart as GStreamer wants them.
fn padded(rgb: Vec<u8>, width: usize, stride: usize) -> Vec<u8> {
    if stride == width * 3 {
        return rgb;
    }
    let rows = rgb.chunks(width * 3);
    rows.flat_map(|row| {
        let padding = std::iter::repeat_n(0, stride - row.len());
        row.iter().copied().chain(padding)
    })
    .collect()
}
