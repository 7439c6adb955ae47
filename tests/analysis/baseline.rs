//! Each person's neutral, as a host meets it: learned, kept, given and asked for.

use crate::support::pictures::{Photo, analyser, read};
use crate::support::sitter::resting_sitter;
use crate::support::{Host, Still, clip, only_face};
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::{ACTION_UNITS, ActionUnits, Analyser, Au, BaselineState};
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

/// The intensities of the last of `seconds` at five frames a second from `from` on, in which `photo` is seen.
fn watch(analyser: &mut Analyser, photo: &Photo, from: u64, seconds: u64) -> [f64; SCORES] {
    let mut last = [0.0; SCORES];
    for frame in from * 5..(from + seconds) * 5 {
        let mut seen = read(analyser, photo, frame as usize * 6);
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

/// Expressions in which a person may start, of the man who rests in `single_face.mp4`.
fn starts() -> Vec<(&'static str, Photo)> {
    let sitter = resting_sitter();
    let frown = sitter.shown_in(sitter.with_frown(2.0));
    let tears = frown.shown_in(frown.with_lids_down(0.5));
    let surprise = sitter.shown_in(sitter.with_brows_up(1.5));
    vec![
        ("tears", tears.with_corners_down(1.5)),
        ("a frown", frown.photo),
        ("shut eyes", sitter.with_lids_down(1.0)),
        ("surprise", surprise.with_mouth_open(0.2)),
        ("puckered lips", sitter.with_pucker(1.0)),
        ("a laugh", Photo::frame("single_face.mp4", 40)),
    ]
}

#[test]
fn a_person_who_starts_in_any_expression_keeps_it_and_ends_with_the_right_neutral() {
    let rest = &resting_sitter().photo;
    for (name, expression) in starts() {
        let mut rested = analyser();
        watch(&mut rested, rest, 0, 5);
        let wanted = watch(&mut rested, &expression, 5, 1);
        let mut started = analyser();
        let first = watch(&mut started, &expression, 0, 1);
        let kept = watch(&mut started, &expression, 1, 4);
        let at_rest = watch(&mut started, rest, 5, 5);
        let found = watch(&mut started, &expression, 10, 1);
        for (index, unit) in ACTION_UNITS.iter().enumerate().take(SCORES) {
            let what = format!("{name}: {}", unit.code);
            let [wanted, first] = [wanted[index], first[index]];
            let [kept, at_rest, found] = [kept[index], at_rest[index], found[index]];
            println!("{what} {wanted:.2} {first:.2} {kept:.2} {at_rest:.2} {found:.2}");
            let shows = first >= 1.0;
            assert!(!shows || kept > 0.8 * first, "{what} {first} fades: {kept}");
            assert!(at_rest < 0.6, "{what} {at_rest} is left at rest");
            assert!((wanted - found).abs() < 0.5, "{what} {wanted} {found}");
        }
    }
}
