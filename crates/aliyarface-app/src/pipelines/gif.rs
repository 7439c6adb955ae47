//! What libav's elements of GStreamer 1.22 lack for animated GIFs: a time for each picture, and an end.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;

const DEMUXER: &str = "avdemux_gif";
const DECODER: &str = "avdec_gif";
/// Reads beyond a file's end, one after the other, after which there will be no other: libav looks for the streams of a
/// file with one or two, and waits for an end with thousands a second.
const READS_BEYOND: u32 = 100;

/// Mends those elements in what `pipeline` will hold. Others are left as they are.
pub fn mend(pipeline: &gst::Pipeline) {
    pipeline.connect_deep_element_added(|_, _, element| {
        let factory = element.factory();
        match factory.as_ref().map(|factory| factory.name()).as_deref() {
            Some(DEMUXER) => end_with_file(element),
            Some(DECODER) => keep_times(element),
            _ => {}
        }
    });
}

/// Lets the reads of `demuxer` fail once it does nothing but read beyond the end; it then says that the stream ends. Of a
/// short file libav has read the last block before it gives the first picture, and waits for another one for ever.
fn end_with_file(demuxer: &gst::Element) {
    let Some(pad) = demuxer.static_pad("sink") else {
        return;
    };
    let before_pull = gst::PadProbeType::PULL | gst::PadProbeType::BLOCK;
    let reads = AtomicU32::new(0);
    pad.add_probe(before_pull, move |pad, info| {
        let length = pad.peer_query_duration::<gst::format::Bytes>();
        if length.is_none_or(|length| info.offset < *length) {
            reads.store(0, Ordering::Relaxed);
        } else if reads.fetch_add(1, Ordering::Relaxed) >= READS_BEYOND {
            pad.set_pad_flags(gst::PadFlags::FLUSHING);
        }
        gst::PadProbeReturn::Pass
    });
}

/// Lets the pictures of `decoder` keep the times of what it decodes. It paints each into its first one, by which
/// GStreamer tells them apart, and so gives all of them the first one's time.
fn keep_times(decoder: &gst::Element) {
    let (Some(sink), Some(source)) = (decoder.static_pad("sink"), decoder.static_pad("src")) else {
        return;
    };
    // It gives a picture before it takes the next, so the newest time is the picture's.
    let newest = Arc::new(Mutex::new((None, None)));
    let taken = Arc::clone(&newest);
    sink.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer() {
            let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
            *taken = (buffer.pts(), buffer.duration());
        }
        gst::PadProbeReturn::Ok
    });
    let last = Mutex::new(None);
    source.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let Some(buffer) = info.buffer_mut() else {
            return gst::PadProbeReturn::Ok;
        };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some() && buffer.pts() <= *last {
            let (pts, duration) = *newest.lock().unwrap_or_else(PoisonError::into_inner);
            let buffer = buffer.make_mut();
            buffer.set_pts(pts);
            buffer.set_duration(duration);
        }
        *last = buffer.pts();
        gst::PadProbeReturn::Ok
    });
}
