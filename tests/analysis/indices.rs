//! Indices through the element: eyes that stay shut, a head that nods.

use gst_video::VideoFormat;
use gstaliyarface::analysis::EventName;

use crate::support::pictures::{FRAME, Photo, faces_in};
use crate::support::relief::with_head_turned;
use crate::support::{Host, info, run, sample};

/// Seconds by which an event may be off: the mesh's first frames, and half a frame at the slowest rate.
const OFF: f64 = 0.2;

/// Name, begin and length in seconds of the events of indices.
fn told<'a>(events: impl Iterator<Item = &'a gst::Structure>) -> Vec<(String, [f64; 2])> {
    let seconds = |event: &gst::Structure, field: &str| {
        let time: Option<gst::ClockTime> = event.get(field).ok();
        time.map_or(0.0, |time| time.nseconds() as f64 / 1e9)
    };
    let told = events.map(|event| {
        let name: String = event.get("event").unwrap();
        let times = ["timestamp", "duration"].map(|field| seconds(event, field));
        (name, times)
    });
    told.collect()
}

#[test]
fn a_woman_whose_eyes_stay_shut_for_six_seconds_is_told_of_while_they_do_at_every_rate() {
    // Name, and length in seconds; the clip begins with her eyes shut or cast down.
    let wanted = [
        (EventName::LongClosure, 0.5),
        (EventName::Microsleep, 1.0),
        (EventName::Sleep, 3.0),
        (EventName::EyesReopened, 5.8),
    ];
    for rate in [12, 24] {
        let run = run(&format!(
            "filesrc location={} ! decodebin ! videorate ! video/x-raw,framerate={rate}/1 \
             ! videoconvert ! aliyarface emotions=false micro-expressions=false \
             ! identity eos-after={}",
            sample("WolfgangLanger_Pexels.mp4").display(),
            8 * rate,
        ));
        assert_eq!(run.error, None);
        let told = told(run.events.iter());
        for (name, length) in wanted {
            let named: Vec<_> = told.iter().filter(|event| event.0 == name.name()).collect();
            let [(_, [from, lasted])] = &named[..] else {
                panic!("{rate} {name:?}: {told:?}")
            };
            assert!(*from < OFF, "{rate} {name:?}: {from}");
            assert!((lasted - length).abs() < OFF, "{rate} {name:?}: {lasted}");
        }
        for none in [EventName::Yawn, EventName::Nod, EventName::Shake] {
            assert!(
                told.iter().all(|event| event.0 != none.name()),
                "{none:?}: {told:?}"
            );
        }
    }
}

#[test]
fn a_head_that_goes_down_and_up_nods_and_one_that_stays_does_not() {
    let photo = Photo::frame("single_face.mp4", 0).scaled(0.6);
    let face = faces_in(&photo).remove(0);
    // Degrees of the relief, of which the mesh sees half.
    let levels =
        [-14.0, -7.0, 0.0, 7.0, 14.0].map(|degrees| with_head_turned(&photo, &face, degrees, 0.0));
    let still = [2; 45];
    let swings = [2, 3, 4, 4, 3, 2, 1, 0, 0, 1].repeat(3);
    let still_then_nod: Vec<usize> = still.into_iter().chain(swings).chain(still).collect();
    let caps = info(VideoFormat::Rgb, photo.width as u32, photo.height as u32);
    let caps = caps.to_caps().unwrap();
    let mut host = Host::new("emotions=false micro-expressions=false", &caps);
    for (index, level) in (0u64..).zip(&still_then_nod) {
        let mut buffer = gst::Buffer::from_mut_slice(levels[*level].rgb.clone());
        let pts = gst::ClockTime::from_nseconds(index * FRAME);
        buffer.get_mut().unwrap().set_pts(pts);
        host.pass(buffer);
    }
    let told = told(host.events().iter());
    let nods = told.iter().filter(|event| event.0 == EventName::Nod.name());
    let nods: Vec<_> = nods.collect();
    assert!(!nods.is_empty(), "{told:?}");
    for (_, [from, lasted]) in nods {
        let swinging = 1.0..2.8;
        assert!(swinging.contains(from), "{told:?}");
        assert!(swinging.contains(&(from + lasted)), "{told:?}");
    }
    let shakes = EventName::Shake.name();
    assert!(told.iter().all(|event| event.0 != shakes), "{told:?}");
}
