//! Where a person looks: eyes or the head away, for how long and how often.

use gstaliyarface::analysis::{Distraction, EventName, Reference};

use super::show::{Event, Show};
use crate::support::pictures::Photo;
use crate::support::sitter::resting_sitter as sitter;

const RATE: f64 = 12.0;
/// Seconds by which a time may be off: frames of 83 ms, and gaze that takes a frame to settle.
const OFF: f64 = 0.25;
/// How far irises that look aside lie to the right of where they rest, in widths of the eye: to the
/// left, where this man looks by some degrees already.
const ASIDE: f64 = -0.25;

fn show(properties: &str) -> Show {
    Show::new(
        &format!("indices=attention {properties}"),
        &sitter().photo,
        RATE,
    )
}

/// Looks into the camera for `forward` seconds, then elsewhere for `away`, `times` times.
fn alternate(show: &mut Show, elsewhere: &Photo, [forward, away]: [f64; 2], times: usize) {
    for _ in 0..times {
        show.play(forward, |_| &sitter().photo);
        show.play(away, |_| elsewhere);
    }
}

fn near(event: &Event, from: f64, lasted: f64) -> bool {
    (event.from - from).abs() < OFF && (event.lasted - lasted).abs() < OFF
}

#[test]
fn eyes_that_look_aside_while_the_head_stays_are_away() {
    let aside = sitter().with_gaze(ASIDE);
    let mut show = show("focus-window=1000");
    show.play(4.0, |_| &sitter().photo);
    let focus = |show: &Show| show.session.unwrap().attention.unwrap().visual_focus.value;
    assert!(focus(&show) > Some(0.8), "{:?}", show.session);
    show.play(2.2, |_| &aside);
    assert!(focus(&show) < Some(0.3), "{:?}", show.session);
    show.play(2.0, |_| &sitter().photo);
    assert!(focus(&show) > Some(0.8), "{:?}", show.session);
    let glances = show.named(EventName::GlanceAway);
    assert!(
        matches!(&glances[..], [glance] if near(glance, 4.0, 2.2)),
        "{:?}",
        show.events
    );
    assert!(show.named(EventName::LongDistraction).is_empty());
    let attention = show.session.unwrap().attention.unwrap();
    assert_eq!(attention.reference, Reference::Camera);
    assert_eq!(attention.distraction, Distraction::None);
}

#[test]
fn eyes_that_stay_away_are_told_of_at_once_step_by_step() {
    let aside = sitter().with_gaze(ASIDE);
    let mut show = show("");
    alternate(&mut show, &aside, [3.0, 7.0], 1);
    for (name, after) in [
        (EventName::AttentionBufferEmpty, 2.0),
        (EventName::LongDistraction, 3.0),
        (EventName::Unresponsive, 6.0),
    ] {
        let told = show.named(name);
        let [event] = &told[..] else {
            panic!("{name:?}: {:?}", show.events)
        };
        assert!((event.told - 3.0 - after).abs() < OFF, "{name:?} {event:?}");
    }
    let attention = show.session.unwrap().attention.unwrap();
    assert_eq!(attention.distraction, Distraction::Unresponsive);
    assert_eq!(attention.attention_buffer, 0.0);
    assert!(show.named(EventName::GlanceAway).is_empty(), "not over yet");
    show.play(3.0, |_| &sitter().photo);
    let glances = show.named(EventName::GlanceAway);
    assert!(
        matches!(&glances[..], [glance] if near(glance, 3.0, 7.0)),
        "{:?}",
        show.events
    );
    let attention = show.session.unwrap().attention.unwrap();
    assert_eq!(attention.distraction, Distraction::None);
    assert!(attention.attention_buffer > 1.9, "{attention:?}");
}

#[test]
fn ten_seconds_of_short_glances_within_thirty_are_a_repeated_distraction() {
    let aside = sitter().with_gaze(ASIDE);
    let mut often = show("");
    alternate(&mut often, &aside, [1.0, 1.6], 7);
    let told = often.named(EventName::RepeatedDistraction);
    let [event] = &told[..] else {
        panic!("{:?}", often.events)
    };
    // Six glances of 1.6 s and .4 s of the seventh.
    assert!((event.told - 17.0).abs() < 1.2, "{event:?}");
    assert!(often.named(EventName::LongDistraction).is_empty());
    let attention = often.session.unwrap().attention.unwrap();
    assert_eq!(attention.distraction, Distraction::Repeated);
    let mut seldom = show("");
    alternate(&mut seldom, &aside, [2.4, 1.6], 7);
    assert!(seldom.named(EventName::RepeatedDistraction).is_empty());
    assert_eq!(
        seldom.named(EventName::GlanceAway).len(),
        6,
        "the last goes on"
    );
}

#[test]
fn calibrate_makes_forward_of_where_the_person_looks() {
    let aside = sitter().with_gaze(ASIDE);
    let mut show = show("focus-window=1000");
    show.play(3.0, |_| &aside);
    let focus = |show: &Show| show.session.unwrap().attention.unwrap().visual_focus.value;
    assert!(focus(&show) < Some(0.3), "{:?}", show.session);
    show.calibrate();
    show.play(3.0, |_| &aside);
    assert!(focus(&show) > Some(0.8), "{:?}", show.session);
    let attention = show.session.unwrap().attention.unwrap();
    assert_eq!(attention.reference, Reference::Calibrated);
    show.play(3.0, |_| &sitter().photo);
    assert!(focus(&show) < Some(0.3), "the camera is aside now");
}
