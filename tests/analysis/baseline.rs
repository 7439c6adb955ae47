//! Each person's neutral, as a host meets it: learned, kept, given and asked for.

use crate::support::{Host, Still, clip, only_face};
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::{ActionUnits, BaselineState};

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
