//! Tests of [`super`].

use super::super::handed_on::handed_on;
use super::*;

const NEW: EventKind = EventKind::Appeared { returned: false };

fn face(id: u32, x: f64) -> Face {
    Face {
        id: TrackId::new(id),
        rect: Rect {
            x,
            y: 0.4,
            width: 0.2,
            height: 0.2,
        },
        ..Face::default()
    }
}

fn event(id: u32, kind: EventKind, seconds: u64) -> Event {
    Event {
        face: TrackId::new(id),
        time: at(seconds),
        duration: Duration::ZERO,
        kind,
    }
}

fn at(seconds: u64) -> BufferTime {
    BufferTime::from_nanos(seconds * 1_000_000_000)
}

fn ids(faces: &[Face]) -> Vec<u32> {
    faces.iter().map(|face| face.id.number()).collect()
}

#[test]
fn who_is_read_by_another_analyser_keeps_the_id_and_is_not_announced_again() {
    let mut identities = Identities::default();
    let mut faces = [face(1, 0.1), face(2, 0.6)];
    let mut events = vec![event(1, NEW, 0), event(2, NEW, 0)];
    identities.take(AnalyserRun::Remote(1), at(0), &mut faces, &mut events);
    assert_eq!((ids(&faces), events.len()), (vec![1, 2], 2));
    // The other one found them the other way round, and a third.
    let mut faces = [face(1, 0.62), face(2, 0.12), face(3, 0.35)];
    let mut events = (1..4).map(|id| event(id, NEW, 3)).collect();
    let named = identities.take(AnalyserRun::Local(0), at(3), &mut faces, &mut events);
    assert_eq!(ids(&faces), [2, 1, 3]);
    assert_eq!(named.len(), 3);
    assert_eq!(events, [event(3, NEW, 3)]);
    let mut events = vec![event(2, EventKind::Lost, 5)];
    identities.take(AnalyserRun::Local(0), at(5), &mut [], &mut events);
    assert_eq!(events[0].face, TrackId::new(1));
    assert_eq!(
        events[0].duration,
        Duration::from_secs(5),
        "since the first saw it"
    );
}

#[test]
fn who_is_not_found_again_is_told_lost_once_and_the_id_is_never_given_again() {
    let mut identities = Identities::default();
    identities.take(
        AnalyserRun::Remote(1),
        at(0),
        &mut [face(1, 0.1)],
        &mut Vec::new(),
    );
    let mut events = Vec::new();
    let mut faces = [face(1, 0.7)];
    identities.take(AnalyserRun::Remote(2), at(2), &mut faces, &mut events);
    assert_eq!((ids(&faces), events.len()), (vec![2], 0));
    identities.take(
        AnalyserRun::Remote(2),
        at(4),
        &mut [face(1, 0.7)],
        &mut events,
    );
    assert_eq!(events, [event(1, EventKind::Lost, 0)]);
    assert_eq!(identities.end().len(), 1);
    let mut faces = [face(1, 0.7)];
    identities.take(AnalyserRun::Remote(3), at(5), &mut faces, &mut Vec::new());
    assert_eq!(ids(&faces), [3], "after an end everybody is new");
}

#[test]
fn who_is_handed_on_goes_on_under_the_id_and_no_id_is_told_of_two_at_once() {
    let mut identities = Identities::default();
    let mut faces = [face(1, 0.1), face(2, 0.6)];
    let mut events = vec![event(1, NEW, 0), event(2, NEW, 0)];
    identities.take(AnalyserRun::Remote(1), at(0), &mut faces, &mut events);
    identities.take(
        AnalyserRun::Remote(1),
        at(1),
        &mut [],
        &mut vec![event(2, EventKind::Lost, 1)],
    );
    let run = AnalyserRun::Local(1);
    let [first, second, nobody] = [1, 2, 9].map(|id| handed_on(TrackId::new(id)).number());
    // Far from where they were; one is told of by an id that nobody has.
    let mut faces = [face(first, 0.7), face(second, 0.2), face(nobody, 0.45)];
    let mut events = [first, second, nobody].map(|id| event(id, NEW, 2)).to_vec();
    let named = identities.take(run, at(2), &mut faces, &mut events);
    assert_eq!(ids(&faces), [1, 2, 3]);
    assert_eq!(named.len(), 3, "their neutrals are to be given");
    assert_eq!(
        faces.each_ref().map(|face| face.recognised),
        [true, true, false]
    );
    let published = events.iter().map(|event| {
        let returned = EventKind::Appeared { returned: true };
        (event.face.number(), event.kind == returned)
    });
    let published: Vec<_> = published.collect();
    assert_eq!(
        published,
        [(2, true), (3, false)],
        "the first had not been told lost"
    );
    // The same person by the analyser's own id, while the first is in view.
    let mut faces = [face(first, 0.7), face(7, 0.2)];
    identities.take(run, at(2), &mut faces, &mut vec![event(7, NEW, 2)]);
    assert_eq!(ids(&faces), [1, 4]);
    assert_eq!(
        identities.person(run, TrackId::new(second)),
        Some(TrackId::new(2))
    );
    assert_eq!(
        identities.person(run, TrackId::new(nobody)),
        Some(TrackId::new(3))
    );
    assert_eq!(
        identities.person(AnalyserRun::Remote(1), TrackId::new(1)),
        None
    );
}

#[test]
fn who_left_and_is_remembered_comes_back_under_the_id_that_was_told() {
    let mut identities = Identities::default();
    identities.take(
        AnalyserRun::Local(1),
        at(0),
        &mut [face(1, 0.7)],
        &mut Vec::new(),
    );
    // On the server the person is number 4.
    let mut faces = [face(4, 0.7)];
    identities.take(AnalyserRun::Remote(1), at(2), &mut faces, &mut Vec::new());
    assert_eq!(ids(&faces), [1]);
    let mut lost = vec![event(4, EventKind::Lost, 3)];
    identities.take(AnalyserRun::Remote(1), at(3), &mut [], &mut lost);
    assert_eq!(lost[0].face, TrackId::new(1));
    let back = EventKind::Appeared { returned: true };
    let (mut faces, mut events) = (
        [face(5, 0.4), face(4, 0.1)],
        vec![event(4, back.clone(), 9)],
    );
    let named = identities.take(AnalyserRun::Remote(1), at(9), &mut faces, &mut events);
    assert_eq!(ids(&faces), [2, 1]);
    assert_eq!(events, [event(1, back, 9)]);
    assert_eq!(
        named.len(),
        1,
        "who was remembered needs no neutral from here"
    );
}

#[test]
fn what_is_told_of_nobody_known_is_not_passed_on() {
    let mut identities = Identities::default();
    let mut events = vec![event(9, EventKind::Lost, 1), event(1, NEW, 1)];
    identities.take(
        AnalyserRun::Remote(1),
        at(1),
        &mut [face(1, 0.1)],
        &mut events,
    );
    assert_eq!(events, [event(1, NEW, 1)]);
    identities.take_events(AnalyserRun::Remote(7), &mut events);
    assert!(events.is_empty());
}

#[test]
fn an_id_is_sure_only_where_the_face_was_followed() {
    let mut identities = Identities::default();
    let mut take = |run, seconds, mut face: Face| {
        let faces = std::slice::from_mut(&mut face);
        identities.take(run, at(seconds), faces, &mut Vec::new());
        (face.id.number(), face.recognised)
    };
    assert_eq!(take(AnalyserRun::Remote(1), 0, face(1, 0.1)), (1, false));
    assert_eq!(
        take(AnalyserRun::Local(1), 1, face(1, 0.1)),
        (1, false),
        "at once"
    );
    assert_eq!(
        take(AnalyserRun::Remote(2), 6, face(1, 0.1)),
        (1, true),
        "after a gap"
    );
    assert_eq!(
        take(AnalyserRun::Local(2), 6, face(1, 0.1)),
        (1, true),
        "a guess stays one"
    );
    let recognised = Face {
        recognised: true,
        ..face(2, 0.7)
    };
    assert_eq!(
        take(AnalyserRun::Local(2), 6, recognised),
        (2, true),
        "the analyser's own guess"
    );
    assert_eq!(take(AnalyserRun::Local(2), 7, face(2, 0.7)), (2, true));
}
