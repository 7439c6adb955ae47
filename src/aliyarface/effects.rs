//! What is done to a frame's pixels once its faces are read: covered, drawn upon, marked.

use std::time::Duration;

use gst_video::VideoInfo;

use crate::models::ModelChoice;
use crate::overlay::{Overlay, OverlayError};
use crate::picture::{self, Orientation, Picture, PictureMut};
use crate::privacy::{Anonymize, Anonymizer, KnownFaces, Search};

use super::failures::FrameError;
use super::frame_clock::frame_duration;
use super::log::CAT;
use super::mode::Mode;
use super::properties::Settings;
use super::search_source::{Detectors, SearchSource};

/// Grey in every format that is read.
const GREY: u8 = 128;

/// Part of a frame's duration that a search may take where frames do not wait.
const SEARCH_PART: f64 = 0.6;
/// Taken for a frame's duration where the caps name no rate: that of 30 frames a second.
const DEFAULT_DURATION: gst::ClockTime = gst::ClockTime::from_nseconds(33_333_333);

/// How a frame lies in its buffer, and how long it may be searched for faces to be covered.
pub struct FrameInfo<'a> {
    /// Format and size.
    pub info: &'a VideoInfo,
    /// How the frame is turned to be upright.
    pub orientation: Orientation,
    /// What is not searched within it is covered; without one every frame is searched in full.
    pub search_budget: Option<Duration>,
}

impl<'a> FrameInfo<'a> {
    /// A frame of this format, turned so. Where frames wait for nothing else, only a part of the time
    /// between two of them is left for a search.
    pub fn new(info: &'a VideoInfo, orientation: Orientation, mode: Mode) -> Self {
        let duration = frame_duration(info).unwrap_or(DEFAULT_DURATION);
        let budget = Duration::from_nanos(duration.nseconds()).mul_f64(SEARCH_PART);
        Self {
            info,
            orientation,
            search_budget: (mode == Mode::Async).then_some(budget),
        }
    }
}

/// Covers and draws; maps a frame for writing only where there is something to be done.
pub struct FrameEffects {
    overlay: Overlay,
    anonymizer: Anonymizer,
    face_search: SearchSource,
}

impl FrameEffects {
    /// Reads the overlay's font; the detectors search what is to be anonymized.
    ///
    /// # Errors
    /// The font is damaged.
    pub fn new(detectors: Detectors) -> Result<Self, OverlayError> {
        Self::with(SearchSource::new(detectors))
    }

    /// As [`FrameEffects::new`], with detectors that are loaded once faces are to be covered.
    ///
    /// # Errors
    /// The font is damaged.
    pub fn with_lazy_search(choice: ModelChoice) -> Result<Self, OverlayError> {
        Self::with(SearchSource::lazy(choice))
    }

    fn with(face_search: SearchSource) -> Result<Self, OverlayError> {
        Ok(Self {
            overlay: Overlay::new()?,
            anonymizer: Anonymizer::default(),
            face_search,
        })
    }

    /// Does to the frame what `settings` ask for. Where nothing recent is known of its faces, none
    /// is drawn, and if faces are to be covered, the whole frame is. With a budget, faces are not
    /// searched for longer than that; what is not searched is covered.
    ///
    /// # Errors
    /// The frame cannot be searched or written to.
    pub fn apply(
        &mut self,
        buffer: &mut gst::BufferRef,
        frame: &FrameInfo<'_>,
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
        let search = match known {
            Some(known) if privacy.any() => self.search(buffer, frame, known.now)?,
            _ => None,
        };
        let FrameInfo {
            info, orientation, ..
        } = *frame;
        let mut frame = picture::map_mut(buffer, info).map_err(FrameError::Mapping)?;
        let mut picture = PictureMut::from_frame(&mut frame, info)?.turned(orientation);
        if privacy.any() {
            (self.anonymizer).cover(&mut picture, known, search.as_ref(), &privacy);
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

    /// What of the frame taken at `now` may be faces; `None` where there is no time to look.
    fn search(
        &mut self,
        buffer: &gst::BufferRef,
        frame: &FrameInfo<'_>,
        now: u64,
    ) -> Result<Option<Search>, FrameError> {
        let Some(face_search) = self.face_search.get(frame.search_budget.is_none()) else {
            return Ok(None);
        };
        let mapped = picture::map(buffer, frame.info).map_err(FrameError::Mapping)?;
        let picture = Picture::from_frame(&mapped, frame.info)?;
        let view = picture.view().turned(frame.orientation);
        let picture = picture.seen_as(view);
        let unseen = self.anonymizer.unseen(now);
        Ok(face_search.search(&picture, &unseen, frame.search_budget)?)
    }

    /// Forgets every face.
    pub fn reset(&mut self) {
        self.anonymizer.reset();
        self.face_search.reset();
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
