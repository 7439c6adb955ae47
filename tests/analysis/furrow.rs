//! AU04 by the furrow between the brows: furrows drawn on people at rest, above their own calm level.

use crate::support::pictures::{Photo, analyser, read};
use crate::support::relief::with_head_turned;
use crate::support::sitter::{Sitter, resting_sitter};
use crate::support::{Host, Still, info, only_face};
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::{Analyser, Au, Face};

/// Part of the skin's brightness that a plain furrow takes.
const DEPTH: f64 = 0.3;

fn brow(face: &Face) -> f64 {
    let movement = face.action_units.unwrap().movement.unwrap();
    movement.intensities.both[Au::Au04.index()]
}

/// A person who is watched at ten frames a second.
struct Session {
    analyser: Analyser,
    frame: usize,
}

impl Session {
    fn new() -> Self {
        Self {
            analyser: analyser(),
            frame: 0,
        }
    }

    /// Shows `photo` for `seconds`; AU04 in the last frame.
    fn show(&mut self, photo: &Photo, seconds: usize) -> f64 {
        let mut last = 0.0;
        for _ in 0..seconds * 10 {
            let seen = read(&mut self.analyser, photo, self.frame * 3);
            self.frame += 1;
            assert_eq!(seen.faces.len(), 1);
            last = brow(&seen.faces[0]);
        }
        last
    }
}

/// AU04 at the end of three seconds of `rest`, of one of `furrowed` and of another one of `rest`.
fn course(rest: &Photo, furrowed: &Photo) -> [f64; 3] {
    let mut session = Session::new();
    [(rest, 3), (furrowed, 1), (rest, 1)].map(|(photo, seconds)| session.show(photo, seconds))
}

fn people() -> Vec<(&'static str, Sitter)> {
    let portrait = |file| (file, Sitter::new(Photo::sample(file)));
    let still = resting_sitter();
    let still = still.shown_in(still.photo.clone());
    vec![
        portrait("grace_hopper.jpg"),
        portrait("single_face.jpg"),
        ("single_face.mp4", still),
    ]
}

#[test]
fn a_furrow_between_the_brows_of_a_person_seen_at_rest_draws_them_while_it_lasts() {
    for (name, sitter) in people() {
        for size in [1.0, 0.7] {
            let rest = sitter.photo.scaled(size);
            let furrowed = sitter.with_furrow(DEPTH).scaled(size);
            let [before, during, after] = course(&rest, &furrowed);
            println!("{name} x {size}: {before:.2} {during:.2} {after:.2}");
            assert!(before < 0.5 && after < 0.5, "{name}: {before} {after}");
            assert!(during > 2.0, "{name} x {size}: {during}");
        }
    }
}

#[test]
fn a_small_face_shows_no_furrow_that_its_picture_cannot_hold() {
    for (name, sitter) in people() {
        let size = 36.0 / 114.0;
        let rest = sitter.photo.scaled(size);
        let [.., during, _] = course(&rest, &sitter.with_furrow(DEPTH).scaled(size));
        println!("{name}: {during:.2}");
        assert!(during < 0.75, "{name}: {during}");
    }
}

#[test]
fn a_single_picture_and_a_start_in_a_frown_have_no_level_to_lie_above_and_rest_brings_it() {
    let sitter = resting_sitter();
    let furrowed = sitter.with_furrow(DEPTH);
    let mut session = Session::new();
    let start = session.show(&furrowed, 4);
    let rest = session.show(&sitter.photo, 3);
    let again = session.show(&furrowed, 1);
    println!("{start:.2} {rest:.2} {again:.2}");
    assert!(start < 0.75 && rest < 0.5, "{start} {rest}");
    assert!(again > 2.0, "{again}");
}

#[test]
fn what_is_no_furrow_draws_no_brows() {
    for (name, sitter) in people() {
        let photo = &sitter.photo;
        let mut found = analyser();
        let face = read(&mut found, photo, 0).faces.remove(0);
        let soft = |by: f64| photo.scaled(by).covering(photo.width, photo.height);
        let mut session = Session::new();
        session.show(photo, 3);
        let others = [
            ("half the light", photo.lit(0.5)),
            ("more light", photo.lit(1.2)),
            (
                "turned to one side",
                with_head_turned(photo, &face, 0.0, 14.0),
            ),
            (
                "turned to the other",
                with_head_turned(photo, &face, 0.0, -14.0),
            ),
            ("looking down", with_head_turned(photo, &face, 12.0, 0.0)),
            ("raised brows", sitter.with_brows_up(1.0)),
            ("an open mouth", sitter.with_mouth_open(0.2)),
            ("out of focus", soft(0.5)),
        ];
        for (what, other) in others {
            let seen = session.show(&other, 1);
            println!("{name}, {what}: {seen:.2}");
            session.show(photo, 1);
            assert!(seen < 0.75, "{name}, {what}: {seen}");
        }
        let mut session = Session::new();
        session.show(&soft(0.5), 3);
        let focused = session.show(photo, 1);
        println!("{name}, focused: {focused:.2}");
        assert!(focused < 0.75, "{name}: {focused}");
    }
}

/// The photo as a frame of RGB.
fn still(photo: &Photo) -> Still {
    let info = info(VideoFormat::Rgb, photo.width as u32, photo.height as u32);
    let buffer = gst::Buffer::from_mut_slice(photo.padded());
    Still { info, buffer }
}

#[test]
fn calibrating_on_a_frown_makes_its_furrow_the_level_of_a_stream_and_a_reset_forgets_it() {
    let sitter = resting_sitter();
    let [rest, furrowed] = [&sitter.photo, &sitter.with_furrow(DEPTH)].map(still);
    let mut host = Host::new("emotions=false", &rest.caps());
    let show = |host: &mut Host, still: &Still, frames: usize| {
        let last = (0..frames).map(|_| host.show(still)).last().unwrap();
        brow(&only_face(&last))
    };
    show(&mut host, &rest, 60);
    let frown = show(&mut host, &furrowed, 10);
    assert!(frown > 2.0, "{frown}");
    host.element().emit_by_name::<()>("calibrate", &[]);
    let calibrated = show(&mut host, &furrowed, 10);
    assert!(calibrated < 0.5, "{calibrated}");
    host.element().emit_by_name::<()>("reset-baseline", &[]);
    show(&mut host, &rest, 60);
    let anew = show(&mut host, &furrowed, 10);
    assert!(anew > 2.0, "{anew}");
}
