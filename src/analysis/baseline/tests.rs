//! What is taken for a person's neutral.

use super::*;

const SECOND: u64 = 1_000_000_000;
const FRAME: u64 = SECOND / 30;
const SPREAD: Scores = [0.5; SCORES];
const FACE: TrackId = TrackId::new(1);

fn at(ns: u64) -> BufferTime {
    BufferTime::from_nanos(ns)
}

fn scores(first: f64) -> Scores {
    let mut scores = [0.1; SCORES];
    scores[0] = first;
    scores
}

/// The neutral's first score after `seconds` of seeing a face that scores `first`.
fn watch(baselines: &Baselines, from: u64, seconds: u64, first: f64) -> (f64, BaselineState) {
    let mut last = (0.0, BaselineState::Calibrating);
    for frame in 0..seconds * 30 {
        let time = at(from + frame * FRAME);
        let (neutral, state) = baselines.learn(FACE, time, &scores(first), &SPREAD);
        last = (neutral[0], state);
    }
    last
}

#[test]
fn a_person_who_starts_by_smiling_is_not_taken_for_a_smiling_person() {
    let baselines = Baselines::default();
    let (smiling, _) = watch(&baselines, 0, 4, 3.0);
    assert!(smiling <= FARTHEST * SPREAD[0], "{smiling}");
    let (rested, state) = watch(&baselines, 4 * SECOND, 4, 0.2);
    assert!((rested - 0.2).abs() < 0.1, "{rested}");
    assert_eq!(state, BaselineState::Ready);
}

#[test]
fn a_person_who_starts_in_tears_or_with_shut_eyes_ends_with_the_right_neutral() {
    for (strong, seconds) in [(1.9, 6), (3.0, 12)] {
        let baselines = Baselines::default();
        let (during, _) = watch(&baselines, 0, seconds, strong);
        assert!(during < 0.35, "{strong}: {during}");
        let (rested, state) = watch(&baselines, seconds * SECOND, 5, -0.4);
        assert!((rested + 0.4).abs() < 0.12, "{strong}: {rested}");
        assert_eq!(state, BaselineState::Ready);
    }
}

#[test]
fn a_face_that_moves_is_not_taken_for_a_resting_one() {
    let moving: Vec<Scores> = (0..15)
        .map(|frame| scores(f64::from(frame) * 0.08))
        .collect();
    let resting = [scores(0.5); 15];
    let rest = |samples: &[Scores]| Bin::new(samples, &SPREAD).unwrap().rest;
    assert_eq!(rest(&resting), 1.0);
    assert_eq!(rest(&moving), RESTLESS);
}

#[test]
fn an_unusual_face_has_a_neutral_of_its_own_in_the_end() {
    let baselines = Baselines::default();
    let (soon, _) = watch(&baselines, 0, 5, 1.9);
    let (late, _) = watch(&baselines, 5 * SECOND, 110, 1.9);
    assert!(soon < 0.5 && late > 0.9, "{soon} {late}");
}

#[test]
fn a_long_smile_does_not_become_the_neutral_of_a_person_seen_at_rest() {
    let baselines = Baselines::default();
    watch(&baselines, 0, 10, 0.2);
    let (neutral, _) = watch(&baselines, 10 * SECOND, 20, 3.0);
    assert!((neutral - 0.2).abs() < 0.1, "{neutral}");
}

#[test]
fn a_face_that_was_out_of_sight_keeps_its_neutral_and_says_when_it_is_old() {
    let baselines = Baselines::default();
    let (before, _) = watch(&baselines, 0, 5, 0.4);
    assert_eq!(baselines.state(FACE, at(7 * SECOND)), BaselineState::Ready);
    assert_eq!(baselines.state(FACE, at(70 * SECOND)), BaselineState::Stale);
    let (after, state) = watch(&baselines, 70 * SECOND, 1, 0.4);
    assert!((before - after).abs() < 0.05, "{before} {after}");
    assert_eq!(state, BaselineState::Ready);
}

#[test]
fn an_exported_neutral_serves_a_pipeline_that_is_built_anew() {
    let old = Baselines::default();
    let (neutral, _) = watch(&old, 0, 5, 0.4);
    let new = Baselines::default();
    new.import(&old.export());
    let (first, state) = new.learn(FACE, at(0), &scores(2.0), &SPREAD);
    assert_eq!(state, BaselineState::Ready);
    assert!((first[0] - neutral).abs() < 1e-9);
    new.reset();
    assert_eq!(new.state(FACE, at(0)), BaselineState::Calibrating);
}

#[test]
fn calibrating_takes_the_face_as_it_is_now() {
    let baselines = Baselines::default();
    watch(&baselines, 0, 5, 0.2);
    watch(&baselines, 5 * SECOND, 2, 1.9);
    baselines.calibrate();
    let (neutral, _) = watch(&baselines, 7 * SECOND, 1, 0.2);
    assert!((neutral - 1.9).abs() < 1e-9, "{neutral}");
}
