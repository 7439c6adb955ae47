//! What the element says: events and skipped frames on the bus and down the stream, and failures
//! in words.

use gst::prelude::*;
use gst_base::prelude::*;

use crate::analysis::Event;
#[cfg(feature = "remote")]
use crate::analysis::NEUTRAL_UNITS;
use crate::metadata::{self, StreamClock};

#[cfg(feature = "remote")]
use super::engine::RemoteNotice;
use super::failures::{Failure, chain};
use super::load::SkippedFrames;
use super::log::CAT;
use super::processor::FrameReport;
use super::profile::Profile;
use super::properties::Settings;

/// What a QoS message calls the best quality (GstQuality's `GST_QOS_QUALITY_MAX`, 1e6).
const BEST_QUALITY: f64 = 1_000_000.0;

/// Publishes all that came of `buffer` under these `settings`.
pub fn publish(
    element: &gst_base::BaseTransform,
    report: &FrameReport,
    buffer: &gst::BufferRef,
    settings: &Settings,
) {
    publish_events(element, &report.events, settings.profile);
    if let Some(skipped) = &report.skipped {
        publish_skipped(element, skipped, report.live, buffer);
    }
    if report.latency.is_some() {
        let latency = gst::message::Latency::builder().src(element);
        let _ = element.post_message(latency.build());
    }
    #[cfg(feature = "remote")]
    if let Some(notice) = &report.remote {
        tell_of_server(element, notice, settings.privacy().any());
    }
    if let Some(failure) = &report.failure {
        warn(element, failure, settings.privacy().any());
    }
}

/// Says why emotions that were asked for are not read.
pub fn refuse(element: &gst_base::BaseTransform, settings: &Settings) {
    if let Some(reason) = settings.refusal() {
        gst::element_info!(element, gst::LibraryError::Settings, ("{reason}"));
    }
}

/// Publishes events, each at its own time; none where the profile tells nothing of one person.
pub fn publish_events(element: &gst_base::BaseTransform, events: &[Event], profile: Profile) {
    if !profile.tells_of_persons() {
        return;
    }
    let clock = StreamClock::new(Some(&element.segment()));
    for event in events {
        let structure = match metadata::message(event, &clock) {
            Ok(structure) => structure,
            Err(err) => {
                gst::error!(CAT, obj = element, "an event cannot be told of: {err}");
                continue;
            }
        };
        gst::debug!(CAT, obj = element, "{structure}");
        // A stream that is not running has no place for the event.
        let _ = (element.src_pad()).push_event(metadata::event::downstream(&structure));
        let message = gst::message::Element::builder(structure).src(element);
        // Fails only where the element is not in a pipeline and nobody could listen.
        let _ = element.post_message(message.build());
    }
}

/// A QoS message: `dropped` counts frames that were not analysed; no picture was dropped.
fn publish_skipped(
    element: &gst_base::BaseTransform,
    skipped: &SkippedFrames,
    live: bool,
    buffer: &gst::BufferRef,
) {
    let segment = element.segment();
    let segment = segment.downcast_ref::<gst::ClockTime>();
    let time = segment.zip(buffer.pts());
    let jitter = i64::try_from(skipped.lag).unwrap_or(i64::MAX);
    let quality = (BEST_QUALITY * skipped.proportion).round() as i32;
    let counted = |frames: u64| gst::format::Buffers::from_u64(frames);
    let message = gst::message::Qos::builder(live)
        .running_time(time.and_then(|(segment, pts)| segment.to_running_time(pts)))
        .stream_time(time.and_then(|(segment, pts)| segment.to_stream_time(pts)))
        .timestamp(buffer.pts())
        .duration(buffer.duration())
        .values(jitter, skipped.proportion, quality)
        .stats(
            counted(skipped.totals.analysed),
            counted(skipped.totals.skipped),
        )
        .src(element);
    let _ = element.post_message(message.build());
}

/// A warning at the beginning of an outage, and a word at its end.
#[cfg(feature = "remote")]
fn tell_of_server(element: &gst_base::BaseTransform, notice: &RemoteNotice, covered: bool) {
    match notice {
        RemoteNotice::Unavailable { text, fallback } => {
            let meanwhile = match (*fallback, covered) {
                (true, _) => "meanwhile frames are analysed on this machine",
                (false, true) => "meanwhile frames are covered whole and carry no results",
                (false, false) => "meanwhile frames pass without results",
            };
            let mut letters = text.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            let text: String = first.chain(letters).collect();
            gst::element_warning!(element, gst::ResourceError::Failed, ("{text}; {meanwhile}"));
        }
        RemoteNotice::Recovered => {
            gst::element_info!(
                element,
                gst::ResourceError::Failed,
                ("The server reads again")
            );
        }
        RemoteNotice::OtherActionUnits(server) => {
            let older = if *server < NEUTRAL_UNITS {
                "the server"
            } else {
                "this device"
            };
            gst::element_warning!(
                element,
                gst::ResourceError::Settings,
                ("The server knows {server} Action Units, this device {NEUTRAL_UNITS}: the two exchange no \
                     neutrals; update AliyarFace on {older}")
            );
        }
    }
}

fn warn(element: &gst_base::BaseTransform, failure: &Failure, covered: bool) {
    let words = failure.description(covered);
    let causes = chain(&failure.error);
    if failure.is_of_format() {
        gst::element_warning!(element, gst::StreamError::Format, ("{words}"), ["{causes}"]);
    } else {
        gst::element_warning!(
            element,
            gst::LibraryError::Failed,
            ("{words}"),
            ["{causes}"]
        );
    }
}
