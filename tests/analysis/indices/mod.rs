//! Indices through the element.

mod attention;
mod fatigue;
mod gestures;
pub mod show;

use gstaliyarface::analysis::EventName;

use crate::support::{run, sample};

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
