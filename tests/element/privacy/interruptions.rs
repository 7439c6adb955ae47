//! What breaks a stream in two shows nobody bare on the first frame after it.

use super::newcomers::{bare_part, guest, host_frames, middle};
use crate::support::{FRAME, Host, Still};

const MODES: [&str; 2] = ["sync", "async"];
const SIDE: u32 = 168;

/// The part of the guest's face that is bare in what comes out of `still`, where the guest stands at `place`.
fn bare(host: &mut Host, still: &Still, pts: gst::ClockTime, place: (usize, usize)) -> f64 {
    let shown = host.pass(still.at(pts));
    let shown = shown.map_readable().unwrap();
    let before = still.bytes();
    let stride = before.len() / still.info.height() as usize;
    bare_part(&before, &shown, stride, place, &middle(SIDE))
}

/// The element in `mode`, which has seen one person for eight frames.
fn watching(mode: &str, frames: &[Still]) -> Host {
    let properties =
        format!("anonymize=pixelate analysis-mode={mode} emotions=false action-units=false");
    let mut host = Host::new(&properties, &frames[0].caps());
    for frame in frames {
        host.show(frame);
    }
    host
}

#[test]
fn the_first_frames_after_a_seek_are_covered() {
    let (guest, _) = guest(SIDE);
    let frames = host_frames(8);
    for mode in MODES {
        let mut host = watching(mode, &frames);
        for seek in 0..4 {
            host.send(gst::event::FlushStart::new());
            host.send(gst::event::FlushStop::new(true));
            host.begin(&frames[0].caps());
            let place = (30 + 120 * seek, 20 + 40 * seek);
            let both = frames[seek].with(&guest, place.0 as i64, place.1 as i64);
            for frame in 0..3 {
                let pts = FRAME * (100 * seek as u64 + frame);
                let bare = bare(&mut host, &both, pts, place);
                assert!(
                    bare < 0.1,
                    "{mode}, seek {seek}, frame {frame}: {bare} is bare"
                );
            }
        }
    }
}

#[test]
fn the_first_frames_of_another_size_are_covered() {
    let (guest, _) = guest(SIDE);
    let frames = host_frames(8);
    for mode in MODES {
        let mut host = watching(mode, &frames);
        for (size, (width, height)) in [(480, 360), (800, 448), (640, 480)].into_iter().enumerate()
        {
            let place = (20 * size, 10 * size);
            let both = frames[size].scaled(width, height);
            let both = both.with(&guest, place.0 as i64, place.1 as i64);
            host.set_caps(&both.caps());
            for frame in 0..3 {
                let pts = FRAME * (8 + 3 * size as u64 + frame);
                let bare = bare(&mut host, &both, pts, place);
                assert!(
                    bare < 0.1,
                    "{mode}, {width}x{height}, frame {frame}: {bare} is bare"
                );
            }
        }
    }
}

#[test]
fn frames_beside_those_that_a_leaky_queue_dropped_are_covered() {
    let (guest, _) = guest(SIDE);
    let frames = host_frames(8);
    for mode in MODES {
        let mut host = watching(mode, &frames);
        let mut pts = FRAME * 8;
        // Gaps of all lengths, in each of which the guest comes, walks on or goes.
        for (step, gap) in [1, 2, 3, 5, 8, 13, 30, 60, 4, 7, 2, 11]
            .into_iter()
            .enumerate()
        {
            pts += FRAME * gap;
            let frame = &frames[step % frames.len()];
            if step % 4 == 3 {
                host.pass(frame.at(pts));
                continue;
            }
            let place = (30 + (step * 97) % 420, 10 + (step * 53) % 290);
            let both = frame.with(&guest, place.0 as i64, place.1 as i64);
            let bare = bare(&mut host, &both, pts, place);
            assert!(
                bare < 0.1,
                "{mode}, after a gap of {gap} frames: {bare} is bare"
            );
        }
    }
}
