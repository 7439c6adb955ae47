//! Where a person looks, alone and among others.

use super::*;

/// Eyes that are turned away by 40 degrees where `away` says so.
fn glancing(away: impl Fn(f64) -> bool) -> impl Fn(f64) -> Look {
    move |time| Look {
        gaze: [0.0, if away(time) { 40.0 } else { 0.0 }],
        openness: if every(3.0, 0.2, time) { 0.1 } else { 1.0 },
        ..REST
    }
}

#[test]
fn visual_focus_falls_with_head_and_gaze_and_blinks_do_not_count() {
    let settings = IndexSettings::default();
    for fps in RATES {
        let focus = |look: &dyn Fn(f64) -> Look| {
            let (session, _) = watch(fps, 10.0, &settings, look);
            session.attention.unwrap().visual_focus.value
        };
        assert_eq!(focus(&glancing(|_| false)), Some(1.0));
        assert_eq!(focus(&glancing(|_| true)), Some(0.0));
        let half = focus(&|_| Look {
            head: [0.0, 22.5, 0.0],
            gaze: [0.0, 5.0],
            ..REST
        });
        assert!((half.unwrap() - 0.5).abs() < 0.01, "{half:?}");
        let turned = focus(&|_| Look {
            head: [0.0, 50.0, 0.0],
            visible: false,
            ..REST
        });
        assert_eq!(turned, Some(0.0), "a head turned away is away");
        let hidden = focus(&|_| Look {
            visible: false,
            ..REST
        });
        assert_eq!(hidden, None);
        let shut = focus(&|_| Look {
            openness: 0.0,
            ..REST
        });
        assert_eq!(shut, Some(0.0));
    }
}

#[test]
fn who_works_beside_the_camera_is_forward_after_a_minute() {
    let settings = IndexSettings::default();
    let aside = |_| Look {
        head: [5.0, 18.0, 0.0],
        gaze: [8.0, 22.0],
        ..REST
    };
    let (session, _) = watch(15.0, 70.0, &settings, aside);
    let attention = session.attention.unwrap();
    assert_eq!(attention.reference, Reference::Learned);
    assert_eq!(attention.visual_focus.value, Some(1.0));
    let (early, _) = watch(15.0, 30.0, &settings, aside);
    assert!(early.attention.unwrap().visual_focus.value.unwrap() < 0.5);
}

#[test]
fn long_and_repeated_distraction_follow_the_times_away() {
    let settings = IndexSettings::default();
    for fps in RATES {
        let told = |away: &dyn Fn(f64) -> bool| {
            let (_, events) = watch(fps, 45.0, &settings, glancing(away));
            let of = |kind| times(&events, kind);
            [
                of(EventName::GlanceAway).len(),
                of(EventName::LongDistraction).len(),
                of(EventName::RepeatedDistraction).len(),
                of(EventName::Unresponsive).len(),
            ]
        };
        assert_eq!(told(&|time| every(20.0, 2.5, time)), [2, 0, 0, 0], "{fps}");
        assert_eq!(
            told(&|time| (5.0..8.5).contains(&time)),
            [1, 1, 0, 0],
            "{fps}"
        );
        // Two seconds away, one forward: ten in fifteen, never three at once.
        let often = |time: f64| (5.0..25.0).contains(&time) && (time - 5.0) % 3.0 < 2.0;
        assert_eq!(told(&often), [7, 0, 1, 0], "{fps}");
        // The same with more than two seconds forward in between starts anew each time.
        let seldom = |time: f64| time > 4.0 && (time - 4.0) % 4.5 < 2.0;
        assert_eq!(told(&seldom)[1..], [0, 0, 0], "{fps}");
        assert_eq!(
            told(&|time| (5.0..13.0).contains(&time)),
            [1, 1, 0, 1],
            "{fps}"
        );
        let (_, events) = watch(fps, 20.0, &settings, |time| Look {
            openness: if (5.0..13.0).contains(&time) {
                0.0
            } else {
                1.0
            },
            ..REST
        });
        assert_eq!(
            times(&events, EventName::Unresponsive).len(),
            1,
            "shut eyes"
        );
    }
}

#[test]
fn the_attend_buffer_drains_in_two_seconds_and_fills_as_fast() {
    let settings = IndexSettings::default();
    for fps in RATES {
        let buffer = |length: f64| {
            let away = |time: f64| (4.0..6.5).contains(&time);
            let look = |time: f64| Look {
                gaze: [0.0, if away(time) { 40.0 } else { 0.0 }],
                ..REST
            };
            let (session, events) = watch(fps, length, &settings, look);
            let empty = times(&events, EventName::AttentionBufferEmpty);
            (session.attention.unwrap().attention_buffer, empty)
        };
        assert_eq!(buffer(3.9).0, 2.0);
        let (left, empty) = buffer(5.0 + 1.0 / fps);
        assert!((left - 1.0).abs() < 2.1 / fps, "{fps} {left}");
        assert!(empty.is_empty());
        let (left, empty) = buffer(6.4);
        assert_eq!(left, 0.0);
        assert!((empty[0] - 6.0).abs() < 2.1 / fps, "{empty:?}");
        assert_eq!(buffer(11.0).0, 2.0);
    }
}

#[test]
fn a_group_needs_five_faces_whose_focus_is_known() {
    let known = |value| Session {
        attention: Some(Attention {
            visual_focus: Index::new(Some(value), Duration::from_secs(2), 1.0),
            ..Attention::default()
        }),
        ..Session::default()
    };
    let mut sessions = vec![known(1.0), known(0.0), known(1.0), known(1.0)];
    assert_eq!(Group::from_sessions(sessions.iter()), None);
    sessions.push(Session::default());
    assert_eq!(
        Group::from_sessions(sessions.iter()),
        None,
        "an unknown one"
    );
    sessions.push(known(1.0));
    let group = Group::from_sessions(sessions.iter()).unwrap();
    assert_eq!((group.faces, group.focus), (5, 0.8));
}
