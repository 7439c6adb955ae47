//! Results of a server are those of this machine.

use gstaliyarface::metadata::FaceMeta;

use super::stream::{Stream, at, camera, clip};
use crate::client::Server;

/// Frames of a short clip.
const FRAMES: u32 = 30;

/// An event without what tells when the pipeline ran.
fn told(event: &gst::Structure) -> gst::Structure {
    let mut event = event.clone();
    event.remove_field("running-time");
    event
}

#[test]
fn a_file_read_on_a_server_without_loss_is_read_bit_by_bit_as_here() {
    let server = Server::start("remote-equal", &[]);
    for (name, frames, sync) in [
        ("single_face.mp4", 72, ""),
        ("WolfgangLanger_Pexels.mp4", 40, "indices=fatigue+attention"),
    ] {
        let source = clip(name);
        let words = format!("analysis-mode=sync {sync}");
        let here = Stream::start_first(frames, &source, &words).finish();
        let words = format!(
            "{words} {} remote-codec=raw remote-fallback=none",
            at(&server)
        );
        let there = Stream::start_first(frames, &source, &words).finish();
        assert_eq!(there.warnings, [""; 0]);
        let stamps =
            [&here, &there].map(|run| run.frames.iter().map(|(pts, _)| *pts).collect::<Vec<_>>());
        assert_eq!(stamps[0], stamps[1], "{name} is decoded alike");
        let seen = here
            .frames
            .iter()
            .filter(|(_, meta)| meta.as_ref().is_some_and(|meta| !meta.faces.is_empty()));
        assert!(seen.count() > 30, "the clip shows a face");
        for ((pts, here), (_, there)) in here.frames.iter().zip(&there.frames) {
            assert!(here == there, "{name} at {pts}: {here:?}\n{there:?}");
        }
        let [here, there] =
            [&here, &there].map(|run| run.events.iter().map(told).collect::<Vec<_>>());
        assert!(!here.is_empty());
        assert_eq!(here, there);
    }
}

fn last(run: &[(u64, Option<FaceMeta>)]) -> &FaceMeta {
    run.iter()
        .rev()
        .find_map(|(_, meta)| meta.as_ref())
        .unwrap()
}

#[test]
fn every_codec_is_read_and_tells_of_the_same_face() {
    let server = Server::start("remote-codecs", &[]);
    let source = clip("single_face.mp4");
    let here = Stream::start_first(FRAMES, &source, "analysis-mode=sync").finish();
    let [here] = &last(&here.frames).faces[..] else {
        panic!()
    };
    for codec in ["jpeg", "h264", "png"] {
        let words = format!(
            "analysis-mode=sync {} remote-codec={codec} remote-fallback=none",
            at(&server)
        );
        let there = Stream::start_first(FRAMES, &source, &words).finish();
        assert_eq!(there.warnings, [""; 0], "{codec}");
        assert!(
            there
                .frames
                .iter()
                .all(|(pts, meta)| meta.as_ref().is_some_and(|meta| meta.analysis_pts == *pts)),
            "{codec}"
        );
        let [there] = &last(&there.frames).faces[..] else {
            panic!("{codec}")
        };
        let near = |a: f64, b: f64| (a - b).abs() < 0.02;
        assert!(
            near(here.rect.x, there.rect.x) && near(here.rect.width, there.rect.width),
            "{codec}"
        );
        assert_eq!(there.landmarks.len(), 478);
        assert_eq!(
            here.emotion.as_ref().unwrap().label(),
            there.emotion.as_ref().unwrap().label(),
            "{codec}"
        );
    }
}

#[test]
fn with_crops_the_face_is_read_as_well_and_fewer_bytes_leave_the_device() {
    let server = Server::start("remote-crops", &[]);
    let source = clip("single_face.mp4");
    let runs = ["false", "true"].map(|crop| {
        let words = format!(
            "analysis-mode=sync {} remote-fallback=none remote-crop={crop}",
            at(&server)
        );
        let mut stream = Stream::start_first(FRAMES, &source, &words);
        stream.until("all pictures", |stream| {
            stream.run.frames.len() == FRAMES as usize
        });
        let sent = stream.count("bytes-sent");
        (std::mem::take(&mut stream.run), sent)
    });
    let [(whole, all), (cropped, fewer)] = &runs;
    assert_eq!(cropped.warnings, [""; 0]);
    assert!(fewer * 10 < all * 9, "{fewer} of {all} bytes");
    let [whole, cropped] = [whole, cropped].map(|run| &last(&run.frames).faces[0]);
    assert!((whole.rect.x - cropped.rect.x).abs() < 0.02);
    let [whole, cropped] = [whole, cropped].map(|face| face.emotion.as_ref().unwrap().label());
    assert_eq!(whole, cropped);
}

#[test]
fn a_camera_is_read_as_it_goes_and_each_result_names_the_frame_it_is_of() {
    let server = Server::start("remote-live", &[]);
    let mut stream = Stream::start(&camera(), &format!("{} remote-fallback=none", at(&server)));
    stream.until("60 results", |stream| stream.count("results-remote") >= 60);
    let run = &stream.run;
    assert_eq!(run.warnings, [""; 0]);
    let stamps: Vec<u64> = run.frames.iter().map(|(pts, _)| *pts).collect();
    let (mut newest, mut seen) = (0, 0);
    for (pts, meta) in &run.frames {
        let Some(meta) = meta else { continue };
        assert!(meta.analysis_pts <= *pts, "no result is of a later frame");
        assert!(
            stamps.contains(&meta.analysis_pts),
            "it is of a frame of this stream"
        );
        assert!(meta.analysis_pts >= newest, "none replaces a newer one");
        newest = meta.analysis_pts;
        assert_eq!(meta.faces.len(), 1);
        seen += 1;
    }
    assert!(seen > 30);
    assert_eq!(run.events[0].get::<&str>("event").unwrap(), "face-appeared");
    assert!(stream.count("bits-per-second-sent") > 100_000);
}
