//! Places that are true: pixels that are not square, frames that lie on their side, pictures that are
//! scaled to another shape; and ids and times that last however the stream is played.

use std::collections::BTreeSet;

use gst_video::VideoFormat;
use gstaliyarface::analysis::Face;

use crate::support::{FRAME, Host, clip, faces, mesh_difference, only_face, run, sample};

const ANALYSE: &str = "aliyarface emotions=false";

/// A photo as `format` in a pipeline.
fn photo(name: &str, format: &str) -> String {
    let path = sample(name);
    format!(
        "filesrc location={} ! decodebin ! videoconvert ! videoscale add-borders=false ! \
         video/x-raw,format=RGB,{format}",
        path.display()
    )
}

/// The faces on the first buffer that leaves; `None` where it carries no meta.
fn found(description: &str) -> Option<Vec<Face>> {
    let run = run(description);
    assert!(run.error.is_none(), "{:?}", run.error);
    let meta = gstaliyarface::metadata::read(run.buffers().next().unwrap());
    meta.unwrap().map(|meta| meta.faces)
}

#[test]
fn a_face_of_wide_pixels_is_read_as_the_same_face_of_square_ones() {
    let read = |format: &str| {
        let photo = photo("astronaut.png", format);
        found(&format!("{photo} ! {ANALYSE}")).unwrap().remove(0)
    };
    let square = read("width=512,height=512,pixel-aspect-ratio=1/1");
    for format in [
        "width=360,height=512,pixel-aspect-ratio=64/45",
        "width=512,height=360,pixel-aspect-ratio=45/64",
    ] {
        let squeezed = read(format);
        let (one, other) = (&square.head_pose, &squeezed.head_pose);
        for (one, other) in [
            (one.pitch, other.pitch),
            (one.yaw, other.yaw),
            (one.roll, other.roll),
        ] {
            assert!((one - other).abs() < 2.0, "{format}: {one} {other}");
        }
        let difference = mesh_difference(&square, &squeezed);
        assert!(difference < 0.04, "{format}: {difference}");
    }
}

#[test]
fn a_frame_with_a_tag_is_read_upright_told_as_it_lies_and_drawn_upon_upright() {
    let photo = photo(
        "multi_face.jpg",
        "width=640,height=480,pixel-aspect-ratio=1/1",
    );
    let draw = format!("{ANALYSE} overlay=boxes+mesh+labels anonymize-except=1");
    let shown = |description: &str| {
        let run = run(description);
        assert!(run.error.is_none(), "{:?}", run.error);
        let buffer = run.samples[0].buffer_owned().unwrap();
        let bytes = buffer.map_readable().unwrap().to_vec();
        (bytes, gstaliyarface::metadata::read(&buffer).unwrap())
    };
    let (upright, meta) = shown(&format!("{photo} ! {draw}"));
    let upright_faces = meta.unwrap().faces;
    assert!(upright_faces.len() >= 4);
    for (lay, tag, stand) in [
        ("90l", "rotate-90", "90r"),
        ("90r", "rotate-270", "90l"),
        ("180", "rotate-180", "180"),
        ("horiz", "flip-rotate-0", "horiz"),
    ] {
        let lying = format!(
            "{photo} ! videoflip video-direction={lay} ! taginject tags=\"image-orientation={tag}\" ! {draw}"
        );
        let (_, meta) = shown(&lying);
        let lying_faces = meta.unwrap().faces;
        assert_eq!(lying_faces.len(), upright_faces.len(), "{tag}");
        for (lies, stands) in lying_faces.iter().zip(&upright_faces) {
            assert_eq!(lies.id, stands.id);
            let [x, y] = [
                lies.rect.x + lies.rect.width / 2.0,
                lies.rect.y + lies.rect.height / 2.0,
            ];
            let expected = match tag {
                "rotate-90" => [1.0 - y, x],
                "rotate-270" => [y, 1.0 - x],
                "rotate-180" => [1.0 - x, 1.0 - y],
                _ => [1.0 - x, y],
            };
            let middle = [
                stands.rect.x + stands.rect.width / 2.0,
                stands.rect.y + stands.rect.height / 2.0,
            ];
            for (expected, middle) in expected.into_iter().zip(middle) {
                assert!(
                    (expected - middle).abs() < 0.01,
                    "{tag}: {expected} {middle}"
                );
            }
        }
        let (stood, _) = shown(&format!("{lying} ! videoflip video-direction={stand}"));
        let pairs = upright.iter().zip(&stood);
        let apart = pairs.filter(|(a, b)| a.abs_diff(**b) > 24).count();
        let share = apart as f64 / upright.len() as f64;
        assert!(share < 0.01, "{tag}: {share} of the drawing differs");
    }
}

#[test]
fn the_meta_follows_a_scale_to_the_same_shape_and_no_other() {
    let photo = photo(
        "astronaut.png",
        "width=512,height=512,pixel-aspect-ratio=1/1",
    );
    let scaled = |caps: &str| {
        found(&format!(
            "{photo} ! {ANALYSE} ! videoscale ! video/x-raw,{caps}"
        ))
    };
    let same = scaled("width=300,height=300,pixel-aspect-ratio=1/1");
    assert_eq!(same.map(|faces| faces.len()), Some(1));
    let pixels = scaled("width=256,height=512,pixel-aspect-ratio=2/1");
    assert_eq!(pixels.map(|faces| faces.len()), Some(1));
    for letterboxed in [
        "width=640,height=360,pixel-aspect-ratio=1/1",
        "width=300,height=512,pixel-aspect-ratio=1/1",
    ] {
        assert_eq!(scaled(letterboxed), None, "{letterboxed}");
    }
}

#[test]
fn regions_of_faces_follow_a_scale_to_the_same_shape_and_no_other() {
    let photo = photo(
        "astronaut.png",
        "width=512,height=512,pixel-aspect-ratio=1/1",
    );
    let regions = |elements: &str, caps: &str| {
        let run = run(&format!(
            "{photo} ! {elements} ! videoscale ! video/x-raw,{caps},pixel-aspect-ratio=1/1"
        ));
        assert!(run.error.is_none(), "{:?}", run.error);
        let buffer = run.buffers().next().unwrap();
        let regions = buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>();
        regions.map(|region| region.rect()).collect::<Vec<_>>()
    };
    // A second element takes the place of the first one's regions.
    for elements in [ANALYSE.to_owned(), format!("{ANALYSE} ! {ANALYSE}")] {
        let [here] = regions(&elements, "width=512,height=512")[..] else {
            panic!("one face");
        };
        let [there] = regions(&elements, "width=256,height=256")[..] else {
            panic!("one face");
        };
        assert!(here.0.abs_diff(2 * there.0) <= 2 && here.2.abs_diff(2 * there.2) <= 2);
        assert_eq!(regions(&elements, "width=640,height=360"), []);
        assert_eq!(regions(&elements, "width=300,height=512"), []);
    }
}

#[test]
fn everyone_keeps_an_id_through_pictures_that_come_every_two_seconds() {
    let photo = photo(
        "multi_face.jpg",
        "width=640,height=480,pixel-aspect-ratio=1/1",
    );
    for rate in ["1/2", "0/1"] {
        let run = run(&format!(
            "{photo} ! imagefreeze num-buffers=5 ! video/x-raw,framerate=1/2 ! \
             capssetter caps=video/x-raw,framerate={rate} ! {ANALYSE}"
        ));
        assert!(run.error.is_none(), "{:?}", run.error);
        let ids = run.buffers().map(|buffer| {
            let ids: BTreeSet<_> = faces(buffer).iter().map(|face| face.id).collect();
            ids
        });
        let ids: BTreeSet<_> = ids.collect();
        assert_eq!(ids.len(), 1, "{rate}: {ids:?}");
    }
}

#[test]
fn played_backwards_and_at_other_rates_a_face_keeps_its_id_and_no_impossible_time_is_told() {
    let stills = clip("single_face.mp4", VideoFormat::I420, 16);
    let mut host = Host::new("emotions=false", &stills[0].caps());
    let segment = |rate: f64| {
        let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
        segment.set_stop(FRAME * 400);
        segment.set_rate(rate);
        gst::event::Segment::new(&segment)
    };
    let mut ids = BTreeSet::new();
    let mut events = Vec::new();
    for (rate, first) in [
        (1.0, 100u64),
        (-1.0, 115),
        (2.0, 100),
        (0.5, 108),
        (-1.0, 200),
    ] {
        if rate != 1.0 {
            host.send(gst::event::FlushStart::new());
            host.send(gst::event::FlushStop::new(true));
            host.send(segment(rate));
        }
        for (index, still) in stills.iter().enumerate() {
            let index = index as u64;
            let (frame, still) = if rate < 0.0 {
                (first - index, &stills[stills.len() - 1 - index as usize])
            } else {
                (first + index, still)
            };
            let face = only_face(&host.pass(still.at(FRAME * frame)));
            ids.insert(face.id);
            if rate != 1.0 {
                let limits = face.micro_expression_limits.unwrap();
                let obstacle = limits.obstacle.map(|obstacle| obstacle.name());
                assert_eq!(obstacle, Some("playback-rate"), "{rate}");
            }
        }
        events.extend(host.events());
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    host.send(gst::event::Eos::new());
    events.extend(host.events());
    let named = |name: &str| {
        let named = events.iter();
        let named = named.filter(|event| event.get::<String>("event").unwrap() == name);
        named.count()
    };
    assert_eq!((named("face-appeared"), named("face-lost")), (1, 1));
    for event in &events {
        for clock in ["timestamp", "stream-time", "running-time"] {
            let time: Option<gst::ClockTime> = event.get(clock).unwrap();
            assert!(time.unwrap() <= FRAME * 400, "{event}");
        }
    }
}
