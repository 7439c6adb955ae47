use super::*;

const OPEN: f64 = 0.3;

/// How far down the lids are, 0..1, `time` seconds after the onset of a blink of `length` seconds:
/// two fifths of it down, a tenth below, half up.
fn closing(time: f64, length: f64) -> f64 {
    let part = match time / length {
        part if !(0.0..=1.0).contains(&part) => return 0.0,
        part if part < 0.4 => part / 0.4,
        part if part < 0.5 => 1.0,
        part => (1.0 - part) / 0.5,
    };
    (1.0 - (part * std::f64::consts::PI).cos()) / 2.0
}

fn at(seconds: f64) -> BufferTime {
    BufferTime::from_nanos((seconds * 1e9) as u64)
}

/// Lids so far apart (left, right), of eyes that look as ever.
fn sample(time: BufferTime, apertures: [f64; 2]) -> LidSample {
    LidSample {
        time,
        apertures: apertures.into(),
        changes: Sides::default(),
        covered: false,
        pitch: 0.0,
    }
}

/// The blinks in `length` seconds of eyes that are open as `level` says (left, right), with noise.
fn blinks(fps: f64, length: f64, level: impl Fn(f64) -> [f64; 2]) -> Vec<Blink> {
    blinks_that_show(fps, length, level, |_| [0.0; 2])
}

/// The same of eyes whose looks change as `look` says.
fn blinks_that_show(
    fps: f64,
    length: f64,
    level: impl Fn(f64) -> [f64; 2],
    look: impl Fn(f64) -> [f64; 2],
) -> Vec<Blink> {
    let mut detector = BlinkDetector::default();
    let mut seed = 7u64;
    let frames = (0..(length * fps) as u64).filter_map(|frame| {
        let time = frame as f64 / fps;
        let mut noisy = |value: f64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            value + ((seed >> 40) as f64 / (1u64 << 24) as f64 - 0.5) * 0.012
        };
        let [left, right] = level(time).map(&mut noisy);
        detector.observe(LidSample {
            changes: look(time).into(),
            ..sample(at(time), [left, right])
        })
    });
    frames.collect()
}

const TIMES: [f64; 5] = [1.3, 3.02, 5.55, 6.5, 8.81];

/// Blinks of `length` seconds at the known times that leave `rest` of the opening.
fn course(rest: f64, length: f64) -> impl Fn(f64) -> [f64; 2] {
    move |time| {
        let down = TIMES.map(|onset| closing(time - onset, length));
        let down = down.into_iter().fold(0.0, f64::max);
        [OPEN - (OPEN - TUNING.closed) * (1.0 - rest) * down; 2]
    }
}

#[test]
fn blinks_are_found_at_their_times_at_every_rate_and_from_below_too() {
    for fps in [15.0, 30.0, 60.0] {
        for (rest, length) in [(0.0, 0.2), (0.0, 0.32), (0.4, 0.3), (0.1, 0.25)] {
            let found = blinks(fps, 11.0, course(rest, length));
            assert_eq!(found.len(), TIMES.len(), "{fps} {rest} {length}: {found:?}");
            for (blink, onset) in found.iter().zip(TIMES) {
                let lowest = blink.lowest.nanos() as f64 / 1e9;
                let off = (lowest - onset - 0.45 * length).abs();
                assert!(off < 1.2 / fps + 0.03, "{fps} {rest}: {off}");
                assert!(blink.is_of_both());
                assert!(blink.onset < blink.lowest && blink.lowest < blink.offset);
                let depth = 1.0 - rest;
                assert!(
                    (blink.amplitude - depth).abs() < 0.3,
                    "{fps} {rest}: {blink:?}"
                );
                assert!(blink.closing_speed > 2.0, "{blink:?}");
            }
        }
    }
}

/// How many blinks are found of five that leave `rest` of the opening.
fn found_at(fps: f64, rest: f64) -> usize {
    let (course, mut detector) = (course(rest, 0.26), BlinkDetector::default());
    let frames = (0..(11.0 * fps) as u64).filter_map(|frame| {
        let time = frame as f64 / fps;
        detector.observe(LidSample {
            pitch: -18.0,
            ..sample(at(time), course(time))
        })
    });
    frames.count()
}

#[test]
fn lids_that_seem_to_come_but_a_part_of_the_way_down_blink_and_trembling_ones_do_not() {
    // Fifteen pictures a second seldom show the lowest point.
    for (fps, rest, trembling) in [(15.0, 0.54, 0.82), (30.0, 0.62, 0.75), (60.0, 0.66, 0.75)] {
        assert_eq!(found_at(fps, rest), TIMES.len(), "{fps}");
        assert_eq!(found_at(fps, trembling), 0, "{fps}");
    }
}

#[test]
fn a_jump_of_the_mesh_is_no_shallow_blink() {
    let mut detector = BlinkDetector::default();
    for frame in 0..120u64 {
        let jumps = frame % 30 == 20;
        let opening = if jumps {
            OPEN - 0.44 * (OPEN - 0.05)
        } else {
            OPEN
        };
        let time = BufferTime::from_nanos(frame * 33_333_333);
        let blink = detector.observe(sample(time, [opening; 2]));
        assert_eq!(blink, None, "{frame}");
    }
}

#[test]
fn glances_down_squints_and_long_closures_are_no_blinks() {
    let held = |depth: f64, from: f64, to: f64| {
        move |time: f64| {
            let down = ((time - from) / 0.08)
                .min((to - time) / 0.08)
                .clamp(0.0, 1.0);
            [OPEN - (OPEN - TUNING.closed) * depth * down; 2]
        }
    };
    for fps in [15.0, 30.0, 60.0] {
        // Reading a line below: half down for two fifths of a second and longer.
        assert!(blinks(fps, 5.0, held(0.5, 2.0, 2.5)).is_empty(), "{fps}");
        assert!(blinks(fps, 5.0, held(0.55, 2.0, 3.4)).is_empty(), "{fps}");
        assert!(blinks(fps, 5.0, held(0.25, 2.0, 2.2)).is_empty(), "{fps}");
        assert!(blinks(fps, 5.0, held(0.4, 2.0, 2.45)).is_empty(), "{fps}");
        assert!(blinks(fps, 5.0, held(1.0, 2.0, 3.2)).is_empty(), "{fps}");
    }
}

/// Blinks of which the mesh shows these parts in the left and in the right eye, whose openings differ.
fn lopsided(parts: [f64; 2]) -> impl Fn(f64) -> [f64; 2] {
    move |time| {
        let [down, _] = course(0.0, 0.3)(time).map(|level| OPEN - level);
        [OPEN - parts[0] * down, 0.8 * (OPEN - parts[1] * down)]
    }
}

#[test]
fn a_wink_is_the_eye_s_that_closes_though_the_mesh_lowers_the_other_too() {
    for fps in [15.0, 30.0, 60.0] {
        for parts in [[1.0, 0.0], [0.5, 0.17], [0.6, 0.2]] {
            let [left, right] = parts;
            for (parts, eyes) in [
                (parts, Sides::new(true, false)),
                ([right, left], Sides::new(false, true)),
            ] {
                let found = blinks(fps, 11.0, lopsided(parts));
                assert_eq!(found.len(), TIMES.len(), "{fps} {parts:?} {found:?}");
                for blink in found {
                    assert_eq!(blink.eyes, eyes, "{fps} {parts:?}");
                    let off = (blink.amplitude - left).abs();
                    assert!(off < 0.2, "{fps} {parts:?} {blink:?}");
                }
            }
        }
    }
}

#[test]
fn a_blink_that_one_eye_shows_less_of_is_none_of_one_eye() {
    for parts in [[1.0, 0.65], [0.6, 0.9], [0.5, 0.4]] {
        let found = blinks(30.0, 11.0, lopsided(parts));
        assert_eq!(found.len(), TIMES.len(), "{parts:?} {found:?}");
        assert!(found.iter().all(Blink::is_of_both), "{parts:?} {found:?}");
    }
}

#[test]
fn a_blink_that_is_not_over_when_the_video_ends_is_told_once_the_lids_are_halfway_up() {
    let told = |length: f64| {
        let mut detector = BlinkDetector::default();
        let mut told = 0;
        for frame in 0..(length * 30.0) as u64 {
            let time = frame as f64 / 30.0;
            let sample = sample(at(time), course(0.0, 0.3)(time));
            told += usize::from(detector.observe(sample).is_some());
        }
        [told, usize::from(detector.finish().is_some())]
    };
    // The first blink is lowest at 1.43 s and over at 1.6 s.
    assert_eq!(told(1.3), [0, 0]);
    assert_eq!(told(1.45), [0, 0], "shut eyes may stay shut");
    assert_eq!(told(1.57), [0, 1]);
    assert_eq!(told(2.5), [1, 0], "told once");
}

#[test]
fn eyes_that_were_out_of_sight_have_not_blinked() {
    let mut detector = BlinkDetector::default();
    for (time, opening) in [
        (0, 0.3),
        (33, 0.3),
        (66, 0.06),
        (900, 0.3),
        (933, 0.3),
        (966, 0.3),
    ] {
        let time = BufferTime::from_nanos(time * 1_000_000);
        let blink = detector.observe(sample(time, [opening; 2]));
        assert_eq!(blink, None);
    }
}

/// Changes of both eyes' looks in the blinks of [`course`].
fn looks(left: f64, right: f64) -> impl Fn(f64) -> [f64; 2] {
    move |time| {
        let [open, _] = course(0.0, 0.3)(time);
        let down = (OPEN - open) / (OPEN - TUNING.closed);
        [left * down, right * down]
    }
}

#[test]
fn shallow_dips_are_blinks_where_the_eyes_look_changes_too() {
    for fps in [15.0, 30.0, 60.0] {
        let shown = blinks_that_show(fps, 11.0, course(0.74, 0.3), looks(0.1, 0.15));
        assert_eq!(shown.len(), TIMES.len(), "{fps} {shown:?}");
        assert!(shown.iter().all(Blink::is_of_both), "{fps} {shown:?}");
        assert_eq!(blinks(fps, 11.0, course(0.78, 0.3)), [], "{fps}");
        let long = blinks_that_show(fps, 11.0, course(0.74, 0.9), |time| [time.sin() * 0.1; 2]);
        assert_eq!(long, [], "{fps}: a glance down lasts");
    }
}

#[test]
fn half_lowered_lids_that_do_not_look_like_this_person_s_blinks_are_none() {
    let lowered = [2.3, 4.4, 7.6];
    let half = move |time: f64| {
        let down = lowered.map(|onset| closing(time - onset, 0.3));
        down.into_iter().fold(0.0, f64::max)
    };
    let level = move |time| {
        course(0.0, 0.3)(time).map(|open| open - 0.31 * (OPEN - TUNING.closed) * half(time))
    };
    let found = |part: f64| {
        blinks_that_show(30.0, 11.0, level, move |time| {
            looks(0.4, 0.4)(time).map(|look| look + part * half(time))
        })
        .len()
    };
    assert_eq!(found(0.07), TIMES.len());
    assert_eq!(found(0.3), TIMES.len() + lowered.len());
}

#[test]
fn looks_tell_a_wink_that_the_mesh_shows_in_both_eyes_and_a_blink_that_it_shows_in_one() {
    for fps in [30.0, 60.0] {
        let winks = blinks_that_show(fps, 11.0, lopsided([0.45, 0.25]), looks(0.4, 0.01));
        assert_eq!(winks.len(), TIMES.len(), "{fps} {winks:?}");
        let left = Sides::new(true, false);
        assert!(
            winks.iter().all(|wink| wink.eyes == left),
            "{fps} {winks:?}"
        );
        let hidden = blinks_that_show(fps, 11.0, lopsided([0.6, 0.25]), looks(0.15, 0.08));
        assert_eq!(hidden.len(), TIMES.len(), "{fps} {hidden:?}");
        assert!(hidden.iter().all(Blink::is_of_both), "{fps} {hidden:?}");
    }
}

#[test]
fn what_lies_before_the_eyes_is_seen_through_where_their_look_changes_alone() {
    let told = |look: f64| {
        let mut detector = BlinkDetector::default();
        let frames = (0..330u64).filter_map(|frame| {
            let time = frame as f64 / 30.0;
            detector.observe(LidSample {
                changes: looks(look, look)(time).into(),
                covered: true,
                ..sample(at(time), course(0.2, 0.3)(time))
            })
        });
        frames.count()
    };
    assert_eq!(told(0.0), 0);
    assert_eq!(told(0.2), TIMES.len());
}
