//! What the element says: events and skipped frames on the bus and down the stream, and failures
//! in words.

use std::error::Error;

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;

use crate::analysis::Event;
use crate::metadata::{self, Times};
use crate::models::{EmotionNetError, ModelError};

use super::imp::{AliyarFace, CAT};
use super::mode::Skips;
use super::patience::{Failure, FrameError, Work};
use super::session::{Outcome, SessionError};

/// What a QoS message calls the best quality.
const BEST_QUALITY: f64 = 1_000_000.0;

impl AliyarFace {
    /// Tells of events, each at its own time.
    pub(super) fn post(&self, events: &[Event]) {
        let segment = self.obj().segment();
        let segment = segment.downcast_ref::<gst::ClockTime>();
        for event in events {
            let timestamp = gst::ClockTime::from_nseconds(event.time);
            let times = Times {
                timestamp: Some(timestamp),
                stream_time: segment.and_then(|segment| segment.to_stream_time(timestamp)),
                running_time: segment.and_then(|segment| segment.to_running_time(timestamp)),
            };
            let structure = metadata::message(event, times);
            gst::debug!(CAT, imp = self, "{structure}");
            // A stream that is not running has no place for the event.
            let _ = (self.obj().src_pad()).push_event(metadata::event::downstream(&structure));
            let message = gst::message::Element::builder(structure).src(&*self.obj());
            // Fails only where the element is not in a pipeline and nobody could listen.
            let _ = self.obj().post_message(message.build());
        }
    }

    /// Tells of all that came of `buffer`.
    pub(super) fn tell(&self, outcome: &Outcome, buffer: &gst::BufferRef) {
        self.post(&outcome.events);
        if let Some(skips) = &outcome.skips {
            self.post_skips(skips, outcome, buffer);
        }
        if outcome.latency.is_some() {
            let latency = gst::message::Latency::builder().src(&*self.obj());
            let _ = self.obj().post_message(latency.build());
        }
        if let Some(failure) = &outcome.failure {
            self.warn(failure);
        }
    }

    /// A QoS message: `dropped` counts frames that were not analysed; no picture was dropped.
    fn post_skips(&self, skips: &Skips, outcome: &Outcome, buffer: &gst::BufferRef) {
        let segment = self.obj().segment();
        let segment = segment.downcast_ref::<gst::ClockTime>();
        let time = segment.zip(buffer.pts());
        let jitter = i64::try_from(skips.lag).unwrap_or(i64::MAX);
        let quality = (BEST_QUALITY * skips.proportion).round() as i32;
        let counted = |frames: u64| gst::format::Buffers::from_u64(frames);
        let message = gst::message::Qos::builder(outcome.live)
            .running_time(time.and_then(|(segment, pts)| segment.to_running_time(pts)))
            .stream_time(time.and_then(|(segment, pts)| segment.to_stream_time(pts)))
            .timestamp(buffer.pts())
            .duration(buffer.duration())
            .values(jitter, skips.proportion, quality)
            .stats(
                counted(skips.totals.analysed),
                counted(skips.totals.skipped),
            )
            .src(&*self.obj());
        let _ = self.obj().post_message(message.build());
    }

    fn warn(&self, failure: &Failure) {
        let err = &failure.error;
        let covered = self.settings().privacy().any();
        let consequence = match (failure.gave_up, failure.work) {
            (false, _) if covered => "its faces cannot be covered, so it passes as a blank one",
            (false, _) => "the frame passes as it is",
            (true, Work::Drawing) => "nothing is drawn any more",
            (true, _) => "no more frames are analysed",
        };
        if matches!(err, FrameError::Mapping(_) | FrameError::Picture(_)) {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Format,
                ("A frame cannot be read; {consequence}"),
                ["{}", chain(err)]
            );
            return;
        }
        let work = match failure.work {
            Work::Drawing => "drawn upon",
            Work::Reading | Work::Analysis => "analysed",
        };
        gst::element_imp_warning!(
            self,
            gst::LibraryError::Failed,
            ("A frame cannot be {work}; {consequence}"),
            ["{}", chain(err)]
        );
    }
}

/// An error with its causes, outermost first.
fn chain(err: &dyn Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        text = format!("{text}: {err}");
        cause = err.source();
    }
    text
}

/// What the user reads when the element cannot start: what is wrong, and what to do about it.
pub fn unusable(err: &SessionError) -> gst::ErrorMessage {
    let cure = match err {
        SessionError::Model(ModelError::Missing { .. }) => {
            "set model-path to the folder that holds it, or run make install again"
        }
        SessionError::Model(ModelError::Emotion {
            source: EmotionNetError::NoCuda,
            ..
        }) => "set device=cpu, or LIBTORCH to a build with CUDA",
        SessionError::Model(ModelError::Emotion { .. } | ModelError::NoEmotion { .. }) => {
            "check emotion-model and emotion-labels"
        }
        SessionError::Model(_) => "replace the file: run make install again, or set model-path",
        SessionError::Overlay(_) => "build the plugin again",
    };
    let text = match err {
        // What does not fit in a user's own file is the user's to mend.
        SessionError::Model(ModelError::Emotion { source, .. }) => format!("{err}: {source}"),
        _ => err.to_string(),
    };
    let mut letters = text.chars();
    let text: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    gst::error_msg!(
        gst::ResourceError::NotFound,
        ("{text}; {cure}"),
        ["{}", chain(err)]
    )
}
