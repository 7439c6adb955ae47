//! What a profile lets out of the element, in metadata, events, messages and pixels.

use crate::support::{EMOTIONS, Run, run, sample};
use gstaliyarface::metadata;

/// A picture twice, one below the other: of the five faces one wears dark glasses.
const TWICE: &str = "tee name=both both. ! queue ! stacked.sink_1 \
    both. ! queue ! compositor name=stacked sink_1::ypos=667 ! ";

fn watched(file: &str, frames: u32, properties: &str) -> Run {
    let steps = if file.ends_with(".jpg") {
        format!("imagefreeze num-buffers={frames} ! ")
    } else {
        String::new()
    };
    played(file, &steps, properties)
}

fn played(file: &str, steps: &str, properties: &str) -> Run {
    let run = run(&format!(
        "filesrc location={} ! decodebin ! {steps}videoconvert ! video/x-raw,format=RGB \
         ! aliyarface analysis-mode=sync {properties}",
        sample(file).display()
    ));
    assert_eq!(run.error, None, "{properties}");
    run
}

fn metas(run: &Run) -> Vec<metadata::FaceMeta> {
    let metas = run.buffers().map(|buffer| metadata::read(buffer).unwrap());
    metas.map(|meta| meta.unwrap()).collect()
}

fn pixels(run: &Run) -> Vec<Vec<u8>> {
    let maps = run.buffers().map(|buffer| buffer.map_readable().unwrap());
    maps.map(|map| map.as_slice().to_vec()).collect()
}

/// Every word of a structure and of the structures in it.
fn words(run: &Run) -> String {
    run.events.iter().map(|event| event.to_string()).collect()
}

#[test]
fn a_driver_s_emotions_are_named_nowhere() {
    let overlay = "overlay=labels+events+indices";
    let safe = watched("single_face.mp4", 0, &format!("profile=safety {overlay}"));
    let full = watched("single_face.mp4", 0, overlay);
    assert!(
        EMOTIONS
            .iter()
            .any(|emotion| words(&full).contains(emotion)),
        "the clip has some"
    );
    for emotion in EMOTIONS {
        assert!(
            !words(&safe).contains(emotion),
            "{emotion} in {}",
            words(&safe)
        );
    }
    let metas = metas(&safe);
    assert!(metas.iter().all(|meta| meta.faces.len() == 1));
    for face in metas.iter().flat_map(|meta| &meta.faces) {
        assert_eq!(face.emotion, None);
        assert!(
            face.micro_expressions
                .iter()
                .all(|event| event.emotion.is_none())
        );
        let session = face.session.unwrap();
        assert!(session.fatigue.is_some() && session.attention.is_some());
        assert!(session.expressiveness.is_none() && session.tension.is_none());
    }
    let without = "emotions=false indices=fatigue+attention+gestures";
    let plain = watched("single_face.mp4", 0, &format!("{without} {overlay}"));
    assert!(
        pixels(&safe) == pixels(&plain),
        "the overlay names no emotion"
    );
    let reasons = &safe.informations;
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("profile=safety")),
        "{reasons:?}"
    );
    assert!(full.informations.is_empty(), "{:?}", full.informations);
}

#[test]
fn a_study_tells_of_five_together_and_of_nobody() {
    let asked =
        "profile=study focus-window=600 overlay=boxes+labels+eyes+action-units+indices+events";
    let twice = format!("imagefreeze num-buffers=40 ! {TWICE}");
    let metas = metas(&played("multi_face.jpg", &twice, asked));
    assert!(metas.iter().all(|meta| meta.faces.is_empty()));
    let group = metas.last().unwrap().group.expect("eight faces are known");
    let class = watched("multi_face.jpg", 40, asked);
    assert!(
        group.faces >= 5 && (0.0..=1.0).contains(&group.focus),
        "{group:?}"
    );
    assert!(class.events.is_empty(), "{:?}", class.events);
    let regions = class
        .buffers()
        .flat_map(|buffer| buffer.iter_meta::<gst_video::VideoRegionOfInterestMeta>());
    assert_eq!(regions.count(), 0, "a region has an id");
    let boxes = watched(
        "multi_face.jpg",
        40,
        "profile=study focus-window=600 overlay=boxes",
    );
    assert!(
        pixels(&class) == pixels(&boxes),
        "boxes are all that is drawn"
    );
    let reasons = &class.informations;
    assert!(
        reasons.iter().any(|reason| reason.contains("5(1)(f)")),
        "{reasons:?}"
    );
}

#[test]
fn a_study_of_fewer_than_five_says_nothing_at_all() {
    let one = watched("grace_hopper.jpg", 40, "profile=study focus-window=600");
    for meta in metas(&one) {
        assert!(meta.faces.is_empty());
        assert_eq!(meta.group, None);
    }
    assert!(one.events.is_empty(), "{:?}", one.events);
}
