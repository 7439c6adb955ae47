//! What the demo reads.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use gst::prelude::*;
use gst_pbutils::prelude::*;
use gst_pbutils::{Discoverer, DiscovererInfo, DiscovererResult};

use super::ENCODE;
use crate::pipelines::{launch, play_to_end, set_path};

const CAMERA: &str = "/dev/video0";
const CAMERA_SECONDS: u64 = 10;
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(30);

/// Whether a file moves.
pub enum Kind {
    /// It does.
    Video,
    /// It is one picture.
    Picture,
}

/// A file that shows something.
pub struct Source {
    /// Where it lies.
    pub file: PathBuf,
    /// What the user called it.
    pub name: String,
    /// Whether it moves.
    pub kind: Kind,
    /// Pixels across, as a player shows it.
    pub width: u32,
    /// Pixels down, as a player shows it.
    pub height: u32,
}

impl Source {
    /// Finds and looks into `input`; a camera is recorded into `out` first.
    ///
    /// # Errors
    /// There is no such file or camera, it may not be read, or nothing in it can be shown.
    pub fn find(input: &str, out: &Path) -> Result<Self> {
        let file = if input == "camera" || input.starts_with("/dev/video") {
            let device = if input == "camera" { CAMERA } else { input };
            record(device, out)?
        } else {
            PathBuf::from(input)
        };
        if !file.is_file() {
            bail!("there is no file {input}; name one that exists, or say camera");
        }
        if File::open(&file).is_err() {
            bail!("you may not read {input}; change its permissions, or copy it");
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        let info = look_into(&file).with_context(|| format!("{name} cannot be shown"))?;
        let streams = info.video_streams();
        let stream = streams.first().context("there is no video in it")?;
        let (width, height) = (stream.width(), stream.height());
        let tags = stream.tags();
        let orientation = tags
            .as_ref()
            .and_then(|tags| tags.get::<gst::tags::ImageOrientation>());
        let turned = orientation.is_some_and(|tag| {
            tag.get().ends_with("rotate-90") || tag.get().ends_with("rotate-270")
        });
        let (width, height) = if turned {
            (height, width)
        } else {
            (width, height)
        };
        let kind = if stream.is_image() {
            Kind::Picture
        } else {
            Kind::Video
        };
        Ok(Self {
            file,
            name,
            kind,
            width,
            height,
        })
    }
}

fn look_into(file: &Path) -> Result<DiscovererInfo> {
    let uri = gst::glib::filename_to_uri(std::fs::canonicalize(file)?, None)?;
    let info = Discoverer::new(PATIENCE)?.discover_uri(&uri)?;
    if info.result() == DiscovererResult::MissingPlugins && info.video_streams().is_empty() {
        let missing = info.missing_elements_installer_details();
        let missing: Vec<_> = missing.iter().map(|name| name.to_string()).collect();
        bail!("no decoder is installed for it: {}", missing.join(", "));
    }
    Ok(info)
}

fn record(device: &str, out: &Path) -> Result<PathBuf> {
    if !Path::new(device).exists() {
        bail!("there is no camera ({device}); plug one in, or name a file");
    }
    if File::open(device).is_err() {
        bail!(
            "you may not read {device}; type 'sudo usermod -aG video $USER', log in again, then try again"
        );
    }
    println!("Recording {CAMERA_SECONDS} s of {device}");
    let file = out.join("camera.mkv");
    let pipeline = launch(&format!(
        "v4l2src device={device} ! decodebin ! videoconvert ! {ENCODE} ! filesink name=video"
    ))?;
    set_path(&pipeline, "video", &file)?;
    let ended = pipeline.downgrade();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(CAMERA_SECONDS));
        if let Some(pipeline) = ended.upgrade() {
            pipeline.send_event(gst::event::Eos::new());
        }
    });
    play_to_end(&pipeline).context("the camera gave no video")?;
    Ok(file)
}
