//! Who left the picture is known again for as long as the user asks, and nobody else is.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::heads::{Head, heads};
use crate::support::pictures::{Photo, Placement, analyser};
use gstaliyarface::analysis::{
    Analyser, Analysis, AnalysisSettings, BaselineState, EventKind, TrackSettings,
};

/// Nanoseconds of a frame at nine frames a second.
const FRAME: u64 = 111_111_111;
/// Frames of a shot: two and a third seconds, so that who is not in it has surely left.
const SHOT: usize = 21;

fn settings(remember: u64) -> AnalysisSettings {
    AnalysisSettings {
        track: TrackSettings {
            remember: Duration::from_secs(remember),
            ..TrackSettings::default()
        },
        ..AnalysisSettings::default()
    }
}

fn read(analyser: &mut Analyser, scene: &Photo, index: usize, remember: u64) -> Analysis {
    let time = index as u64 * FRAME;
    let analysis = analyser.analyse(&scene.picture(), time, &settings(remember));
    analysis.unwrap()
}

/// A close-up of `head`, a little larger, further aside and turned in every second of its shots.
fn close_up(head: &Head, ground: &Photo, shot: usize) -> Photo {
    let other = shot / 2 % 2 == 1;
    let placement = Placement {
        turn: if other { 4.0 } else { -3.0 },
        ..Placement::default()
    };
    let mut scene = ground.clone();
    let size = if other { 150.0 } else { 130.0 };
    let place = if other {
        [380.0, 190.0]
    } else {
        [250.0, 180.0]
    };
    head.resized(size, placement).lay(&mut scene, place);
    scene
}

/// What an interview comes to.
struct Interview {
    /// The ids seen in each shot.
    ids: Vec<BTreeSet<u32>>,
    /// How often somebody appeared who had left.
    returned: usize,
    /// How well the neutral is known at the end of each shot.
    neutrals: Vec<BaselineState>,
}

fn interview(people: [usize; 2], shots: usize, remember: u64) -> Interview {
    let (heads, mut analyser) = (heads(), analyser());
    let ground = Photo::sample("coffee.png").covering(640, 360);
    let (mut ids, mut returned, mut neutrals) = (vec![BTreeSet::new(); shots], 0, Vec::new());
    for (shot, seen) in ids.iter_mut().enumerate() {
        let scene = close_up(&heads[people[shot % 2]], &ground, shot);
        let mut neutral = BaselineState::Calibrating;
        for frame in 0..SHOT {
            let analysis = read(&mut analyser, &scene, shot * SHOT + frame, remember);
            seen.extend(analysis.faces.iter().map(|face| face.id.number()));
            let back = |kind: &EventKind| matches!(kind, EventKind::Appeared { returned: true });
            let back = analysis.events.iter().filter(|event| back(&event.kind));
            returned += back.count();
            if let [face] = &analysis.faces[..] {
                neutral = face.action_units.unwrap().baseline;
            }
        }
        neutrals.push(neutral);
    }
    Interview {
        ids,
        returned,
        neutrals,
    }
}

#[test]
fn two_people_in_twelve_shots_keep_their_ids_and_neutrals_if_they_are_remembered() {
    for people in [[0, 6], [3, 4]] {
        let Interview {
            ids,
            returned,
            neutrals,
        } = interview(people, 12, 60);
        let what = format!("{people:?}: {ids:?}, {returned} returned, {neutrals:?}");
        let [one, other] = [0, 1].map(|first| {
            let shots = ids.iter().skip(first).step_by(2);
            shots.flatten().copied().collect::<BTreeSet<u32>>()
        });
        assert_eq!((one.len(), other.len()), (1, 1), "{what}");
        assert!(one.is_disjoint(&other), "{what}");
        assert_eq!(returned, 10, "{what}");
        assert_eq!(neutrals[10..], [BaselineState::Ready; 2], "{what}");
    }
}

#[test]
fn nobody_is_remembered_unless_that_is_asked_for() {
    let Interview { ids, returned, .. } = interview([0, 6], 6, 0);
    let all: BTreeSet<u32> = ids.iter().flatten().copied().collect();
    assert_eq!((all.len(), returned), (6, 0), "{ids:?}");
}

#[test]
fn who_stays_away_longer_is_forgotten_and_no_id_is_given_twice() {
    let (heads, mut analyser) = (heads(), analyser());
    let ground = Photo::sample("coffee.png").covering(640, 360);
    let scene = close_up(&heads[6], &ground, 0);
    let mut last_ids = Vec::new();
    let mut index = 0;
    // Away for three seconds, then for seven.
    for away in [27, 63, 0] {
        for frame in 0..9 + away {
            let shown = if frame < 9 { &scene } else { &ground };
            let analysis = read(&mut analyser, shown, index, 5);
            index += 1;
            if frame == 8 {
                last_ids.push(analysis.faces[0].id.number());
            }
        }
    }
    assert_eq!(last_ids, [1, 1, 2]);
}
