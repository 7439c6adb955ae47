//! Each person's neutral, as a host meets it: learned, kept, given and asked for.

use crate::support::pictures::{Photo, analyser, read};
use crate::support::{Host, Still, clip, only_face};
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::{ActionUnits, Analyser, Au, BaselineState};
use gstaliyarface::models::SCORES;

const AU12: usize = 8;

/// The clip's frames: at rest to frame 16, smiling at frame 40.
fn frames() -> Vec<Still> {
    clip("single_face.mp4", VideoFormat::Rgb, 41)
}

fn units(buffer: &gst::BufferRef) -> (u32, ActionUnits) {
    let face = only_face(buffer);
    (face.id.number(), face.action_units.unwrap())
}

/// Shows the resting face for `seconds`; what the last frame said.
fn rest(host: &mut Host, frames: &[Still], seconds: usize) -> (u32, ActionUnits) {
    let shown = (0..seconds * 30).map(|frame| &frames[frame % 16]);
    let last = shown.map(|still| host.show(still)).last().unwrap();
    units(&last)
}

fn smile(units: ActionUnits) -> f64 {
    units.movement.unwrap().intensities.both[AU12]
}

#[test]
fn a_neutral_outlives_a_short_loss_of_the_face() {
    let frames = frames();
    let mut host = Host::new("emotions=false", &frames[0].caps());
    let (id, first) = rest(&mut host, &frames, 1);
    assert_eq!(first.baseline, BaselineState::Calibrating);
    let (_, before) = rest(&mut host, &frames, 3);
    assert_eq!(before.baseline, BaselineState::Ready);
    let nobody = Still::grey(frames[0].info.width(), frames[0].info.height());
    for _ in 0..20 {
        host.show(&nobody);
    }
    let (again, after) = rest(&mut host, &frames, 1);
    assert_eq!((again, after.baseline), (id, BaselineState::Ready));
}

#[test]
fn calibrating_makes_a_smile_the_neutral_and_a_reset_forgets_it() {
    let frames = frames();
    let mut host = Host::new("emotions=false", &frames[0].caps());
    rest(&mut host, &frames, 1);
    let mut smiling = || units(&host.show(&frames[40])).1;
    let (_, before) = ((0..30).map(|_| smiling()).last().unwrap(), smiling());
    assert!(smile(before) > 1.5, "{}", smile(before));
    host.element().emit_by_name::<()>("calibrate", &[]);
    let (_, given) = units(&host.show(&frames[40]));
    assert!(smile(given) < 0.3, "{}", smile(given));
    assert_eq!(given.baseline, BaselineState::Ready);
    host.element().emit_by_name::<()>("reset-baseline", &[]);
    let (_, anew) = units(&host.show(&frames[40]));
    assert_eq!(anew.baseline, BaselineState::Calibrating);
    assert!(smile(anew) > 1.5, "{}", smile(anew));
}

#[test]
fn a_host_that_builds_its_pipeline_anew_keeps_the_neutral() {
    let frames = frames();
    let mut old = Host::new("emotions=false", &frames[0].caps());
    rest(&mut old, &frames, 4);
    let kept: gst::Structure = old.element().property("baseline");
    let mut new = Host::stopped("emotions=false");
    new.element().set_property("baseline", &kept);
    new.harness.play();
    new.harness.set_src_caps(frames[0].caps());
    let (_, first) = units(&new.show(&frames[0]));
    assert_eq!(first.baseline, BaselineState::Ready);
    let again: gst::Structure = new.element().property("baseline");
    assert_eq!(again, kept);
}

#[test]
fn a_neutral_kept_before_a_unit_was_read_is_still_taken() {
    let frames = frames();
    let mut old = Host::new("emotions=false", &frames[0].caps());
    rest(&mut old, &frames, 4);
    let mut kept: gst::Structure = old.element().property("baseline");
    let faces = kept.get::<gst::Array>("faces").unwrap();
    let faces = faces.iter().map(|face| {
        let mut face: gst::Structure = face.get().unwrap();
        face.remove_field(Au::Au17.code());
        face
    });
    kept.set("faces", gst::Array::new(faces.collect::<Vec<_>>()));
    let new = Host::stopped("emotions=false");
    new.element().set_property("baseline", &kept);
    let taken: gst::Structure = new.element().property("baseline");
    let faces = taken.get::<gst::Array>("faces").unwrap();
    let face: gst::Structure = faces[0].get().unwrap();
    assert_eq!(face.get::<f64>(Au::Au17.code()), Ok(0.0));
}

/// The intensities of the last of `seconds` at ten frames a second from `from` on, in which `photo` is seen.
fn watch(analyser: &mut Analyser, photo: &Photo, from: u64, seconds: u64) -> [f64; SCORES] {
    let mut last = [0.0; SCORES];
    for frame in from * 10..(from + seconds) * 10 {
        let mut seen = read(analyser, photo, frame as usize * 3);
        assert_eq!(seen.faces.len(), 1, "frame {frame}");
        let units = seen.faces.remove(0).action_units.unwrap();
        last = units.movement.unwrap().intensities.both;
    }
    last
}

#[test]
fn a_person_who_starts_with_a_smile_ends_with_the_neutral_of_one_who_starts_at_rest() {
    let rest = Photo::sample("single_face.mp4");
    let smile = Photo::frame("single_face.mp4", 40);
    let mut rested = analyser();
    watch(&mut rested, &rest, 0, 4);
    let wanted = watch(&mut rested, &smile, 4, 1)[Au::Au12.index()];
    let mut started = analyser();
    watch(&mut started, &smile, 0, 5);
    let at_rest = watch(&mut started, &rest, 5, 4);
    let found = watch(&mut started, &smile, 9, 1)[Au::Au12.index()];
    assert!(wanted > 1.5, "the smile shows: {wanted}");
    assert!((wanted - found).abs() < 0.4, "{wanted} {found}");
    let most = at_rest.iter().copied().fold(0.0, f64::max);
    assert!(most < 0.6, "something is left at rest: {at_rest:.2?}");
}
