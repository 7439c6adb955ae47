//! Lids and yawns of a person whose photo is warped as lids, jaw and lips move.

use gstaliyarface::analysis::{ClosureState, EventName, Fatigue};

use super::show::Show;
use crate::support::pictures::Photo;
use crate::support::sitter::resting_sitter as sitter;

const RATE: f64 = 15.0;
/// Frames a second of yawns, which last.
const YAWN_RATE: f64 = 10.0;
/// Seconds by which a time may be off: frames of 67 ms, or two of 100.
const OFF: f64 = 0.2;

fn show(properties: &str) -> Show {
    let properties = format!("indices=fatigue {properties}");
    Show::new(&properties, &sitter().photo, RATE)
}

fn fatigue(show: &Show) -> Fatigue {
    show.session.unwrap().fatigue.unwrap()
}

/// Whether `time` lies in the last `length` seconds of a `period`.
fn every(period: f64, length: f64, time: f64) -> bool {
    time % period >= period - length
}

#[test]
fn perclos_is_the_share_for_which_the_eyes_were_shut() {
    let shut = sitter().with_lids_down(1.0);
    let share = |properties: &str, period, length| {
        let mut show = show(&format!("perclos-window=10 {properties}"));
        show.play(3.0, |_| &sitter().photo);
        show.play(10.5, |time| {
            if every(period, length, time) {
                &shut
            } else {
                &sitter().photo
            }
        });
        let fatigue = fatigue(&show);
        assert_eq!(fatigue.perclos.window.as_secs(), 10);
        (
            fatigue.perclos.value.unwrap(),
            show.named(EventName::PerclosAlarm).len(),
        )
    };
    let (long, alarms) = share("", 5.0, 1.5);
    assert!((long - 0.3).abs() < 0.04, "{long}");
    assert_eq!(alarms, 1);
    let (short, _) = share("", 2.0, 0.4);
    assert!((short - 0.2).abs() < 0.06, "{short}");
    let (none, alarms) = share("perclos-without-blinks=true", 2.0, 0.4);
    assert_eq!((none, alarms), (0.0, 0));
    let (high, alarms) = share("perclos-alarm=0.5", 5.0, 1.5);
    assert!((high - 0.3).abs() < 0.04 && alarms == 0, "{high} {alarms}");
}

#[test]
fn closures_are_told_of_while_they_last_and_blinks_are_not() {
    let shut = sitter().with_lids_down(1.0);
    for (length, last) in [
        (0.3, None),
        (0.8, Some(ClosureState::LongClosure)),
        (2.0, Some(ClosureState::Microsleep)),
        (4.0, Some(ClosureState::Sleep)),
    ] {
        let mut show = show("");
        show.play(3.0, |_| &sitter().photo);
        show.play(length, |_| &shut);
        let closure = fatigue(&show).closure;
        assert_eq!(closure, last.unwrap_or_default(), "{length}");
        show.play(1.0, |_| &sitter().photo);
        for (name, state, after) in [
            (EventName::LongClosure, ClosureState::LongClosure, 0.5),
            (EventName::Microsleep, ClosureState::Microsleep, 1.0),
            (EventName::Sleep, ClosureState::Sleep, 3.0),
        ] {
            let told: Vec<f64> = show.named(name).iter().map(|event| event.told).collect();
            if last >= Some(state) {
                assert_eq!(told.len(), 1, "{length} {name:?}: {:?}", show.events);
                assert!(
                    (told[0] - 3.0 - after).abs() < OFF,
                    "{length} {name:?} {told:?}"
                );
            } else {
                assert!(told.is_empty(), "{length} {name:?} {told:?}");
            }
        }
        let reopened = show.named(EventName::EyesReopened);
        assert_eq!(reopened.len(), usize::from(last.is_some()), "{length}");
        assert!(
            reopened
                .iter()
                .all(|event| (event.lasted - length).abs() < OFF)
        );
        assert_eq!(fatigue(&show).closure, ClosureState::Open);
    }
}

#[test]
fn below_half_of_the_window_with_eyes_in_sight_an_index_is_unknown() {
    let mut hidden = sitter().photo.clone();
    sitter().cover_eyes(&mut hidden);
    let mut show = show("perclos-window=10");
    show.play(4.4, |_| &sitter().photo);
    let early = fatigue(&show).perclos;
    assert!(early.value.is_none() && early.valid < 0.5, "{early:?}");
    show.play(2.0, |_| &sitter().photo);
    let known = fatigue(&show).perclos;
    assert_eq!(known.value, Some(0.0), "{known:?}");
    show.play(7.0, |_| &hidden);
    let unknown = fatigue(&show).perclos;
    assert!(
        unknown.value.is_none() && unknown.valid < 0.5,
        "{unknown:?}"
    );
    show.play(7.0, |_| &sitter().photo);
    let again = fatigue(&show).perclos;
    assert!(again.value.is_some() && again.valid >= 0.5, "{again:?}");
}

/// How far the jaw is down, 0..1, in a yawn that lasts from the first second to the fifth.
fn yawning(time: f64) -> f64 {
    ((time - 1.0) / 1.2).min((5.0 - time) / 1.0).clamp(0.0, 1.0)
}

/// The events of seven seconds in which the jaw comes down as `jaw` says, 0..1, after three at rest.
fn yawns(faces: &[Photo], jaw: impl Fn(f64) -> f64) -> usize {
    let mut show = Show::new("indices=fatigue", &sitter().photo, YAWN_RATE);
    show.play(3.0, |_| &sitter().photo);
    let last = faces.len() - 1;
    show.play(7.0, |time| {
        let level = (jaw(time).clamp(0.0, 1.0) * last as f64).round() as usize;
        &faces[level]
    });
    show.play(1.0, |_| &sitter().photo);
    let yawns = show.named(EventName::Yawn);
    for yawn in &yawns {
        assert!((3.9..5.6).contains(&yawn.from), "{yawn:?}");
        assert!((2.5..4.2).contains(&yawn.lasted), "{yawn:?}");
    }
    yawns.len()
}

#[test]
fn a_yawn_is_told_of_and_speech_song_laughter_and_gaping_are_not() {
    /// How wide the mouth is at its widest, in outer-eye distances.
    const WIDE: f64 = 0.5;
    let faces = |lids: f64, smile: f64| -> Vec<Photo> {
        let levels = (0..=6).map(|level| {
            let jaw = f64::from(level) / 6.0;
            let mut face = sitter().shown_in(sitter().with_mouth_open(WIDE * jaw));
            if smile > 0.0 {
                face = face.shown_in(face.with_smile(smile));
            }
            face.with_lids_down(lids * jaw)
        });
        levels.collect()
    };
    let (narrowing, open, laughing) = (faces(0.88, 0.0), faces(0.0, 0.0), faces(0.88, 1.5));
    assert_eq!(yawns(&narrowing, yawning), 1);
    // Three and a half syllables a second, as in speech, and one and a half, held open, as in song.
    let speech = |time: f64| 0.35 + 0.35 * (time * 3.5 * std::f64::consts::TAU).sin();
    let loud = |time: f64| 0.55 + 0.45 * (time * 3.5 * std::f64::consts::TAU).sin();
    let song = |time: f64| 0.75 + 0.25 * (time * 1.5 * std::f64::consts::TAU).sin();
    assert_eq!(yawns(&open, speech), 0, "speech");
    assert_eq!(yawns(&narrowing, loud), 0, "loud speech with narrow eyes");
    assert_eq!(yawns(&narrowing, song), 0, "song");
    assert_eq!(yawns(&laughing, yawning), 0, "laughter");
    assert_eq!(yawns(&open, yawning), 0, "a mouth that gapes, eyes open");
    let short = |time: f64| if (1.0..2.8).contains(&time) { 1.0 } else { 0.0 };
    assert_eq!(yawns(&narrowing, short), 0, "no longer than two seconds");
}
