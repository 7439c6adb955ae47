//! Courses of known truth at 15, 30 and 60 frames a second: what each index says of them.

mod attention;

use super::*;
use crate::analysis::action_units::{ActionUnits, Au, AuIntensities};
use crate::analysis::baseline::BaselineState;
use crate::analysis::event_name::EventName;
use crate::analysis::eyes::{Blink, Eyes, Gaze};
use crate::analysis::head_pose::HeadPose;
use crate::geometry::Sides;
use crate::models::SCORES;

const RATES: [f64; 3] = [15.0, 30.0, 60.0];

/// A person at a moment.
#[derive(Clone, Copy)]
struct Look {
    openness: f64,
    /// Pitch, yaw, roll of the head, pitch and yaw of the gaze.
    head: [f64; 3],
    gaze: [f64; 2],
    visible: bool,
    jaw: f64,
    smile: f64,
    brow: f64,
    blinked: bool,
}

const REST: Look = Look {
    openness: 1.0,
    head: [0.0; 3],
    gaze: [0.0; 2],
    visible: true,
    jaw: 0.0,
    smile: 0.0,
    brow: 0.0,
    blinked: false,
};

fn at(seconds: f64) -> BufferTime {
    BufferTime::from_nanos((seconds * 1e9) as u64)
}

/// The last session, and the events, of `length` seconds in which a person looks as `look` says.
fn watch(
    fps: f64,
    length: f64,
    settings: &IndexSettings,
    look: impl Fn(f64) -> Look,
) -> (Session, Vec<IndexEvent>) {
    let (mut person, mut events, mut session) = (PersonIndices::default(), Vec::new(), None);
    for frame in 0..(length * fps) as u64 {
        let time = frame as f64 / fps;
        let now = look(time);
        let mut all = [0.0; SCORES];
        all[Au::Au26.index()] = now.jaw;
        all[Au::Au12.index()] = now.smile;
        all[Au::Au04.index()] = now.brow;
        let units = ActionUnits {
            movement: Some(AuIntensities::symmetric(all)),
            baseline: BaselineState::Ready,
        };
        let eyes = Eyes {
            openness: Sides::alike(now.openness),
            gaze: (now.openness > 0.35).then_some(Gaze {
                pitch: now.gaze[0],
                yaw: now.gaze[1],
            }),
            ..Eyes::default()
        };
        let blink = now.blinked.then(|| Blink {
            eyes: Sides::new(true, true),
            onset: at(time - 0.3),
            lowest: at(time - 0.2),
            offset: at(time),
            amplitude: 1.0,
            closing_speed: 8.0,
            reopening_speed: 4.0,
        });
        let [pitch, yaw, roll] = now.head;
        let sample = FaceSample {
            pose: HeadPose {
                pitch,
                yaw,
                roll,
                ..HeadPose::default()
            },
            eyes: now.visible.then_some(&eyes),
            blink,
            action_units: Some(&units),
            mouth: Some(now.jaw / 8.0),
        };
        let reading = person.observe(&sample, at(time), settings);
        session = reading.session;
        events.extend(reading.events);
    }
    (session.unwrap(), events)
}

fn kinds(events: &[IndexEvent]) -> Vec<EventName> {
    events.iter().map(|event| event.name).collect()
}

fn times(events: &[IndexEvent], kind: EventName) -> Vec<f64> {
    let told = events.iter().filter(|event| event.name == kind);
    told.map(|event| event.time.nanos() as f64 / 1e9).collect()
}

/// Whether `time` lies within `length` seconds after a multiple of `period`, the first left out.
fn every(period: f64, length: f64, time: f64) -> bool {
    time >= period && time % period < length
}

#[test]
fn perclos_is_the_covered_share_with_or_without_blinks() {
    let shut = |period: f64, length: f64| {
        move |time: f64| Look {
            openness: if every(period, length, time) {
                0.1
            } else {
                1.0
            },
            ..REST
        }
    };
    for fps in RATES {
        let whole = IndexSettings::default();
        let without = IndexSettings {
            perclos_without_blinks: true,
            ..whole
        };
        let share = |settings: &IndexSettings, period, length| {
            let (session, _) = watch(fps, 121.0, settings, shut(period, length));
            session.fatigue.unwrap().perclos.value.unwrap()
        };
        assert!((share(&whole, 5.0, 0.4) - 0.08).abs() < 0.02, "{fps}");
        assert_eq!(share(&without, 5.0, 0.4), 0.0, "{fps}");
        assert!((share(&whole, 10.0, 1.5) - 0.15).abs() < 0.02, "{fps}");
        assert!((share(&without, 10.0, 1.5) - 0.15).abs() < 0.02, "{fps}");
    }
}

#[test]
fn perclos_is_unknown_until_half_of_its_window_was_seen_and_alarms_once() {
    let settings = IndexSettings::default();
    let drowsy = |time: f64| Look {
        openness: if every(5.0, 0.8, time) { 0.0 } else { 0.9 },
        ..REST
    };
    let (early, events) = watch(30.0, 25.0, &settings, drowsy);
    let perclos = early.fatigue.unwrap().perclos;
    assert_eq!(perclos.value, None);
    assert!((perclos.valid - 25.0 / 60.0).abs() < 0.03);
    assert!(!kinds(&events).contains(&EventName::PerclosAlarm));
    let (late, events) = watch(30.0, 100.0, &settings, drowsy);
    assert!(late.fatigue.unwrap().perclos_alarm);
    assert_eq!(times(&events, EventName::PerclosAlarm).len(), 1);
    let hidden = |time: f64| Look {
        visible: time % 1.0 < 0.3,
        ..REST
    };
    let (session, _) = watch(30.0, 100.0, &settings, hidden);
    assert_eq!(session.fatigue.unwrap().perclos.value, None);
}

#[test]
fn closures_are_told_at_once_by_how_long_they_last() {
    let settings = IndexSettings::default();
    for fps in RATES {
        for (length, expected) in [(0.35, 0), (0.8, 1), (2.0, 2), (4.0, 3)] {
            let (_, events) = watch(fps, 12.0, &settings, |time| Look {
                openness: if (5.0..5.0 + length).contains(&time) {
                    0.05
                } else {
                    1.0
                },
                ..REST
            });
            let told = [
                EventName::LongClosure,
                EventName::Microsleep,
                EventName::Sleep,
            ];
            let count = told.map(|kind| times(&events, kind).len());
            assert_eq!(count.iter().sum::<usize>(), expected, "{fps} {length}");
            let reopened = events
                .iter()
                .find(|event| event.name == EventName::EyesReopened);
            assert_eq!(reopened.is_some(), expected > 0);
            if let Some(reopened) = reopened {
                assert!((seconds(reopened.duration) - length).abs() < 2.1 / fps);
                assert!((reopened.time.nanos() as f64 / 1e9 - 5.0).abs() < 1.1 / fps);
            }
        }
    }
}

#[test]
fn blinks_are_held_against_the_persons_own_first_two_minutes() {
    let settings = IndexSettings::default();
    for fps in RATES {
        let (session, _) = watch(fps, 240.0, &settings, |time| {
            let period = if time < 120.0 { 4.0 } else { 2.0 };
            Look {
                blinked: time > 1.0 && time % period < 1.0 / fps - 1e-6,
                ..REST
            }
        });
        let fatigue = session.fatigue.unwrap();
        let rate = fatigue.blink_rate.value.unwrap();
        assert!((rate - 30.0).abs() < 1.6, "{fps} {rate}");
        let own = fatigue.own_blink_rate.value.unwrap();
        assert!((own - 2.0).abs() < 0.15, "{fps} {own}");
        assert!((fatigue.blink_duration.value.unwrap() - 0.3).abs() < 0.01);
        assert!((fatigue.closing_speed.value.unwrap() - 8.0).abs() < 0.1);
        assert!((fatigue.own_closing_speed.value.unwrap() - 1.0).abs() < 0.05);
        let tension = session.tension.unwrap();
        assert!(tension.blink_rate.value.unwrap() > 2.0);
        assert!(tension.brow_lowerer.value.unwrap().abs() < 0.01);
    }
}

#[test]
fn a_yawn_is_told_and_speech_song_and_laughter_are_not() {
    let settings = IndexSettings::default();
    let wide = |time: f64| (5.0..9.0).contains(&time);
    for fps in RATES {
        let yawns = |look: &dyn Fn(f64) -> Look| {
            times(&watch(fps, 14.0, &settings, look).1, EventName::Yawn)
        };
        let shape = |time: f64| {
            let up = ((time - 5.0) / 1.0).min((9.0 - time) / 0.8);
            4.6 * up.clamp(0.0, 1.0)
        };
        let yawn = yawns(&|time| Look {
            jaw: shape(time),
            openness: if wide(time) { 0.5 } else { 1.0 },
            ..REST
        });
        assert_eq!(yawn.len(), 1, "{fps}");
        assert!((yawn[0] - 5.65).abs() < 0.2, "{yawn:?}");
        let speech = yawns(&|time| Look {
            jaw: 2.2 + 2.2 * (time * 4.0 * std::f64::consts::TAU).sin(),
            openness: 0.7,
            ..REST
        });
        let song = yawns(&|time| Look {
            jaw: if wide(time) {
                3.9 + 0.9 * (time * 9.0).sin()
            } else {
                0.0
            },
            openness: if wide(time) { 0.4 } else { 1.0 },
            ..REST
        });
        let laughter = yawns(&|time| Look {
            jaw: shape(time),
            smile: 3.5,
            openness: if wide(time) { 0.5 } else { 1.0 },
            ..REST
        });
        let gape = yawns(&|time| Look {
            jaw: shape(time),
            ..REST
        });
        assert_eq!(
            [speech, song, laughter, gape],
            [const { Vec::<f64>::new() }; 4],
            "{fps}"
        );
    }
}

#[test]
fn expressiveness_is_of_the_strongest_trusted_units() {
    let settings = IndexSettings::default();
    let (session, _) = watch(30.0, 12.0, &settings, |_| Look {
        smile: 3.0,
        jaw: 1.5,
        ..REST
    });
    let value = session.expressiveness.unwrap().value.unwrap();
    assert!((value - 4.5 / 15.0).abs() < 1e-9, "{value}");
}

#[test]
fn nods_shakes_and_tilts_are_told_apart_with_their_times() {
    let settings = IndexSettings::default();
    let swing = |time: f64, from: f64, length: f64, turns: f64| {
        let inside = (from..from + length).contains(&time);
        let phase = (time - from) / length * turns * std::f64::consts::TAU;
        if inside {
            (1.0 - phase.cos()) / 2.0
        } else {
            0.0
        }
    };
    for fps in RATES {
        let told = |head: &dyn Fn(f64) -> [f64; 3]| {
            let look = |time| Look {
                head: head(time),
                ..REST
            };
            let (_, events) = watch(fps, 12.0, &settings, look);
            let gestures = [EventName::Nod, EventName::Shake, EventName::Tilt];
            let of = events.into_iter();
            of.filter(|event| gestures.contains(&event.name))
                .collect::<Vec<_>>()
        };
        let nod = told(&|time| [9.0 * swing(time, 5.0, 1.4, 2.0), 0.0, 0.0]);
        assert_eq!(kinds(&nod), [EventName::Nod], "{fps}");
        assert!(
            (nod[0].time.nanos() as f64 / 1e9 - 5.0).abs() < 0.4,
            "{nod:?}"
        );
        assert!((seconds(nod[0].duration) - 1.4).abs() < 0.5, "{nod:?}");
        let shake = told(&|time| [0.0, 14.0 * swing(time, 5.0, 1.6, 2.0), 0.0]);
        assert_eq!(kinds(&shake), [EventName::Shake], "{fps}");
        let tilt = told(&|time| {
            let tilted = (5.0..7.0).contains(&time);
            [0.0, 0.0, if tilted { 18.0 } else { 0.0 }]
        });
        assert_eq!(kinds(&tilt), [EventName::Tilt], "{fps}");
        let look_down = told(&|time| [if time > 5.0 { 20.0 } else { 0.0 }, 0.0, 0.0]);
        let slow = told(&|time| [10.0 * (time * 0.8).sin(), 15.0 * (time * 0.7).cos(), 0.0]);
        let aslant = told(&|time| {
            let turn = 10.0 * swing(time, 5.0, 1.4, 2.0);
            [turn, 1.2 * turn, 0.0]
        });
        let tremble = told(&|time| [1.5 * (time * 20.0).sin(), (time * 17.0).cos(), 0.0]);
        for none in [look_down, slow, aslant, tremble] {
            assert!(none.is_empty(), "{fps} {none:?}");
        }
    }
}

#[test]
fn what_is_not_asked_for_is_not_told() {
    let settings = IndexSettings {
        kinds: IndexKinds {
            fatigue: false,
            expressivity: false,
            tension: false,
            gestures: false,
            ..IndexKinds::ALL
        },
        ..IndexSettings::default()
    };
    let (session, events) = watch(30.0, 8.0, &settings, |_| Look {
        openness: 0.0,
        ..REST
    });
    assert!(session.attention.is_some());
    assert_eq!(session.fatigue, None);
    assert_eq!(session.expressiveness, None);
    assert_eq!(session.tension, None);
    assert!(!kinds(&events).contains(&EventName::Microsleep));
}
