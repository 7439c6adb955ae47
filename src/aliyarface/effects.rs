//! What is done to a frame's pixels once its faces are read: covered, drawn upon, marked.

use gst_video::VideoInfo;

use crate::overlay::{Overlay, OverlayError};
use crate::picture::{self, PictureMut};
use crate::privacy::{Anonymize, Anonymizer, KnownFaces};

use super::failures::FrameError;
use super::log::CAT;
use super::properties::Settings;

/// Grey in every format that is read.
const GREY: u8 = 128;

/// Covers and draws; maps a frame for writing only where there is something to be done.
pub struct FrameEffects {
    overlay: Overlay,
    anonymizer: Anonymizer,
}

impl FrameEffects {
    /// Reads the overlay's font.
    ///
    /// # Errors
    /// The font is damaged.
    pub fn new() -> Result<Self, OverlayError> {
        Ok(Self {
            overlay: Overlay::new()?,
            anonymizer: Anonymizer::default(),
        })
    }

    /// Does to the frame what `settings` ask for. Where nothing recent is known of its faces, none
    /// is drawn, and if faces are to be covered, the whole frame is.
    ///
    /// # Errors
    /// The frame cannot be written to.
    pub fn apply(
        &mut self,
        buffer: &mut gst::BufferRef,
        info: &VideoInfo,
        known: Option<KnownFaces<'_>>,
        settings: &Settings,
    ) -> Result<(), FrameError> {
        let (privacy, style, notice) = (settings.privacy(), settings.style(), settings.notice());
        let known = known.filter(KnownFaces::is_recent);
        let faces = known.map(|known| known.faces).unwrap_or_default();
        let overlaid = !style.parts.is_empty() && !faces.is_empty();
        if !overlaid && !privacy.any() && notice.is_none() {
            return Ok(());
        }
        let mut frame = picture::map_mut(buffer, info).map_err(FrameError::Mapping)?;
        let mut picture = PictureMut::from_frame(&mut frame, info)?;
        if privacy.any() {
            self.anonymizer.cover(&mut picture, known, &privacy);
            if privacy.anonymize == Anonymize::MeshOnly {
                let covered = |id| privacy.covers(id);
                (self.overlay).draw_meshes(&mut picture, faces, covered, &style);
            }
        }
        self.overlay.draw(&mut picture, faces, &style);
        let now = known.map_or(0, |known| known.now);
        (self.overlay).draw_events(&mut picture, faces, now, &style);
        if let Some(emotions) = notice {
            self.overlay.draw_notice(&mut picture, emotions, &style);
        }
        Ok(())
    }

    /// Forgets every face.
    pub fn reset(&mut self) {
        self.anonymizer.reset();
        self.overlay.forget();
    }
}

/// Leaves nothing of a frame to be seen: one whose faces should be covered and could not be.
pub fn blank(buffer: &mut gst::BufferRef) {
    match buffer.map_writable() {
        Ok(mut bytes) => bytes.fill(GREY),
        Err(err) => gst::error!(CAT, "a frame passes with its faces uncovered: {err}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_a_blank_frame() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::from_mut_slice(vec![7; 64]);
        let other_branch = buffer.clone();
        blank(buffer.make_mut());
        assert_eq!(buffer.map_readable().unwrap().as_slice(), [GREY; 64]);
        assert_eq!(other_branch.map_readable().unwrap().as_slice(), [7; 64]);
    }
}
