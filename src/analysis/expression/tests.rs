//! What is told of a person whose regions move as given.

use std::time::Duration;

use super::face_state::FaceState;
use super::history::Sample;
use super::regions::{FlowRegion, index};
use super::*;

const MS: u64 = 1_000_000;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What is told of a face on frames at these times, whose inner brows are where `brows` says (in ms,
/// hundredths).
fn told(times: impl Iterator<Item = u64>, brows: impl Fn(f64) -> f64) -> Vec<ExpressionEvent> {
    told_of(times, |time| [(FlowRegion::InnerBrow, brows(time))])
}

/// The same of a face both of whose halves raise each of `parts` so far (in ms, hundredths).
fn told_of<const PARTS: usize>(
    times: impl Iterator<Item = u64>,
    parts: impl Fn(f64) -> [(FlowRegion, f64); PARTS],
) -> Vec<ExpressionEvent> {
    let mut state = FaceState::new(&ExpressionTuning::default());
    let mut told = Vec::new();
    let mut last = BufferTime::default();
    for time in times.map(BufferTime::from_nanos) {
        state.frame_rate.observe(time.into());
        let mut sample = Sample::at_rest(time);
        for (part, height) in parts(time.nanos() as f64 / 1e6) {
            for side in [Side::Left, Side::Right] {
                let region = index(part, side).unwrap();
                sample.displacements[region][1] = height;
            }
        }
        let mut decision = Decision::nothing(Observability {
            shortest: Duration::ZERO,
            smallest: 0.0,
            obstacle: None,
        });
        let learning = time < BufferTime::default() + ObservabilityTuning::default().learning;
        state.observe(
            TrackId::new(1),
            sample,
            time.since(last),
            learning,
            &mut decision,
        );
        told.append(&mut decision.decided);
        last = time;
    }
    told
}

/// 0 to 1 and back from `from` to `to`.
fn bump(time: f64, from: f64, to: f64) -> f64 {
    let part = ((time - from) / (to - from)).clamp(0.0, 1.0);
    (1.0 - (part * std::f64::consts::TAU).cos()) / 2.0
}

fn kinds(told: &[ExpressionEvent]) -> Vec<ExpressionKind> {
    told.iter().map(|expression| expression.kind).collect()
}

#[test]
fn a_raise_is_found_at_any_rhythm_of_frames() {
    let raise = |time: f64| 2.0 * bump(time, 2000.0, 2300.0);
    let steady = |step: u64| (0..4000 / step).map(move |frame| frame * step * MS);
    let uneven = (0..160).map(|frame| (frame * 24 + [0, 9, 3, 14][frame as usize % 4]) * MS);
    let uneven = told(uneven, raise);
    let all = [told(steady(5), raise), told(steady(40), raise), uneven];
    for told in all {
        assert_eq!(kinds(&told), [ExpressionKind::Micro], "{told:?}");
        let within = |found: BufferTime, wanted: u64| {
            found.abs_diff(BufferTime::from_millis(wanted)) <= ms(45)
        };
        assert!(within(told[0].onset, 2000), "{told:?}");
        assert!(within(told[0].apex, 2150), "{told:?}");
        assert!(within(told[0].offset, 2300), "{told:?}");
    }
}

#[test]
fn a_brief_raise_after_which_the_brows_stay_a_little_higher_is_told_once() {
    let times = (0..400).map(|frame| frame * 16 * MS);
    let told = told(times, |time| {
        let falls = bump(time.clamp(2150.0, 2350.0), 1950.0, 2350.0);
        let raise = bump(time.min(2150.0), 2000.0, 2300.0) * (0.38 + 0.62 * falls);
        2.0 * raise * bump(time.max(2800.0), 2600.0, 3000.0)
    });
    assert_eq!(kinds(&told), [ExpressionKind::Micro], "{told:?}");
}

#[test]
fn a_raise_of_a_second_is_told_as_lasting_alone() {
    let times = (0..400).map(|frame| frame * 16 * MS);
    let told = told(times, |time| {
        let rises = bump(time.min(2400.0), 2000.0, 2800.0);
        2.5 * rises * (1.0 - bump(time.clamp(3000.0, 3400.0), 3000.0, 3800.0))
    });
    assert_eq!(kinds(&told), [ExpressionKind::Macro], "{told:?}");
    assert_eq!(told[0].action_units[0].code(), "AU01");
}

#[test]
fn a_raise_in_a_faces_first_half_second_is_told() {
    let times = (0..90).map(|frame| frame * 33 * MS);
    let told = told(times, |time| 1.2 * bump(time, 400.0, 640.0));
    assert_eq!(kinds(&told), [ExpressionKind::Micro], "{told:?}");
    assert!(
        told[0].onset.abs_diff(BufferTime::from_millis(400)) <= ms(60),
        "{told:?}"
    );
}

#[test]
fn a_weaker_movement_beside_a_stronger_one_in_the_other_half_of_the_face_is_told_too() {
    let times = || (0..120).map(|frame| frame * 33 * MS);
    let both = |later: f64| {
        told_of(times(), move |time| {
            [
                (FlowRegion::InnerBrow, 1.2 * bump(time, 2000.0, 2330.0)),
                (
                    FlowRegion::LipCorner,
                    -3.0 * bump(time, 2000.0 + later, 2330.0 + later),
                ),
            ]
        })
    };
    let apart = both(170.0);
    assert_eq!(kinds(&apart), [ExpressionKind::Micro; 2], "{apart:?}");
    let units: Vec<_> = (apart.iter())
        .flat_map(|told| told.action_units.iter().map(|unit| unit.code()))
        .collect();
    assert!(
        units.contains(&"AU01") && units.contains(&"AU15"),
        "{units:?}"
    );
    let together = both(0.0);
    assert_eq!(
        kinds(&together),
        [ExpressionKind::Micro],
        "one expression of the whole face: {together:?}"
    );
}

#[test]
fn what_follows_an_expression_of_the_mouth_is_no_speech() {
    let times = (0..150).map(|frame| frame * 33 * MS);
    let told = told_of(times, |time| {
        let corner = bump(time, 2000.0, 2300.0);
        let brow = bump(time, 2660.0, 2960.0);
        let chin = bump(time, 2640.0, 2940.0);
        [
            (FlowRegion::LipCorner, -3.0 * corner),
            (FlowRegion::InnerBrow, 0.2 * brow),
            (FlowRegion::LowerLip, 2.0 * chin),
            (FlowRegion::Chin, 2.5 * chin),
        ]
    });
    assert_eq!(kinds(&told), [ExpressionKind::Micro; 2], "{told:?}");
    let units: Vec<_> = (told.iter())
        .map(|told| told.action_units[0].code())
        .collect();
    assert_eq!(units, ["AU15", "AU17"]);
}

#[test]
fn a_mouth_that_moved_before_without_being_told_speaks() {
    let times = (0..150).map(|frame| frame * 33 * MS);
    let told = told_of(times, |time| {
        // It does not come back, and is not told.
        let away = bump(time.min(2350.0), 2200.0, 2500.0);
        let chin = bump(time, 2640.0, 2940.0);
        [
            (FlowRegion::LipCorner, -1.5 * away),
            (FlowRegion::LowerLip, 2.0 * chin),
            (FlowRegion::Chin, 2.5 * chin),
        ]
    });
    assert!(!kinds(&told).contains(&ExpressionKind::Micro), "{told:?}");
}

#[test]
fn a_brow_beside_a_stronger_movement_of_a_mouth_that_speaks_is_told_once() {
    let times = (0..150).map(|frame| frame * 33 * MS);
    let told = told_of(times, |time| {
        let both = bump(time, 2400.0, 2700.0);
        [
            (
                FlowRegion::Furrow,
                3.0 * both + 2.0 * bump(time, 2000.0, 2250.0),
            ),
            (FlowRegion::InnerBrow, -2.5 * both),
            (FlowRegion::Glabella, -1.5 * both),
        ]
    });
    let brows = told.iter().filter(|told| {
        let first = told.action_units.first();
        first.is_some_and(|unit| unit.code() == "AU04")
    });
    assert_eq!(brows.count(), 1, "{told:?}");
}
