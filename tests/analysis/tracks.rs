//! A face keeps its id while it stays, and no other face gets it.
//!
//! Every threshold of the tracker was chosen on other people and pictures than these: those of
//! insightface's `t1.jpg` and `Tom_Hanks_54745.png` and OpenCV's `messi5.jpg`.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::heads::{Head, heads};
use crate::support::pictures::{Clip, Photo, read, tracker};
use crate::support::walks::{Diary, Walker, hand};
use gstaliyarface::analysis::{Analyser, Stage};

fn ground() -> Photo {
    Photo::sample("coffee.png").covering(640, 360)
}

/// Two people cross the picture in `frames` frames, the second in front of the first.
fn pass(analyser: &mut Analyser, rear: &Head, front: &Head, frames: usize) -> Diary {
    let step = 440.0 / frames as f64;
    let walkers = [
        Walker::new(rear, 90.0, [540.0, 180.0], [-step, 0.0]),
        Walker::new(front, 100.0, [100.0, 190.0], [step, 0.0]),
    ];
    Diary::of(analyser, &ground(), &walkers, frames + 1, |_, _| ())
}

#[test]
fn two_people_who_pass_each_other_keep_their_ids_at_any_pace() {
    let heads = heads();
    let mut analyser = tracker();
    let pairs = [(5, 7), (0, 6), (6, 1), (10, 3), (2, 8)];
    for (rear, front) in pairs {
        for frames in [30, 60] {
            let diary = pass(&mut analyser, &heads[rear], &heads[front], frames);
            let what = format!(
                "{rear} behind {front} in {frames} frames\n{}\n{}",
                diary.line(0),
                diary.line(1)
            );
            let [[rear_before, rear_after], [front_before, front_after]] =
                [0, 1].map(|walker| diary.ends(walker));
            assert!(rear_before.is_some() && front_before.is_some(), "{what}");
            assert_ne!(rear_before, front_before, "{what}");
            assert_eq!(rear_before, rear_after, "{what}");
            assert_eq!(front_before, front_after, "{what}");
            assert_eq!(diary.ids(1).len(), 1, "the front face's id: {what}");
        }
    }
}

/// A hand slides over a face, covers it for half a second and leaves.
fn covered(analyser: &mut Analyser, head: &Head, pixels_a_frame: f64) -> Diary {
    let walker = Walker::new(head, 100.0, [120.0, 180.0], [pixels_a_frame, 0.0]);
    let hand = hand(100.0);
    let cover = |scene: &mut Photo, index: usize| {
        let below = match index {
            8..12 => (12 - index) as f64 * 40.0,
            12..27 => 0.0,
            27..31 => (index - 27) as f64 * 40.0,
            _ => return,
        };
        let [x, y] = walker.at(index).middle;
        scene.lay_oval(&hand, (x - 75.0) as i64, (y - 75.0 + below) as i64);
    };
    Diary::of(
        analyser,
        &ground(),
        std::slice::from_ref(&walker),
        40,
        cover,
    )
}

#[test]
fn a_face_keeps_its_id_through_a_hand_before_it_standing_and_moving() {
    let heads = heads();
    let mut analyser = tracker();
    for index in [0, 3, 6, 7, 10] {
        for pixels_a_frame in [0.0, 5.0] {
            let diary = covered(&mut analyser, &heads[index], pixels_a_frame);
            let ids = &diary.0[0];
            let what = format!("{index} at {pixels_a_frame} a frame: {}", diary.line(0));
            assert!(ids[14..26].contains(&None), "it is hidden: {what}");
            assert!(ids.last().unwrap().is_some(), "it is seen again: {what}");
            assert_eq!(diary.ids(0).len(), 1, "{what}");
        }
    }
}

#[test]
fn after_a_cut_another_face_in_the_same_place_is_a_new_one() {
    let heads = heads();
    let mut analyser = tracker();
    let grounds = [ground(), Photo::sample("rocket.jpg").covering(640, 360)];
    let pairs = [(0, 6), (6, 7), (7, 1), (2, 5), (10, 0), (4, 8)];
    // The ground changes with every second pair.
    for ((before, after), ground_after) in pairs.into_iter().zip(grounds.iter().cycle()) {
        analyser.reset();
        let ids: Vec<Option<u32>> = (0..21)
            .map(|index| {
                let cut = index >= 6;
                let mut scene = if cut { ground_after } else { &grounds[0] }.clone();
                let head = &heads[if cut { after } else { before }];
                let walker = Walker::new(head, 150.0, [300.0, 180.0], [0.0; 2]);
                walker.head.lay(&mut scene, walker.from);
                let faces = read(&mut analyser, &scene, index).faces;
                faces.first().map(|face| face.id.number())
            })
            .collect();
        let what = format!("{before} then {after}: {ids:?}");
        assert!(ids[5].is_some() && ids[20].is_some(), "{what}");
        // The mesh may take a few frames to settle on the new face.
        assert!(!ids[11..].contains(&ids[5]), "{what}");
        let new: BTreeSet<u32> = ids[11..].iter().flatten().copied().collect();
        assert_eq!(new.len(), 1, "{what}");
    }
}

#[test]
fn a_face_out_of_sight_for_long_comes_back_with_a_new_id_and_no_id_comes_twice() {
    let heads = heads();
    let mut analyser = tracker();
    let ground = ground();
    let mut all = Vec::new();
    for visit in 0..3 {
        for index in 0..70 {
            let mut scene = ground.clone();
            if index < 10 {
                let walker = Walker::new(&heads[visit % 2 * 6], 100.0, [300.0, 180.0], [0.0; 2]);
                walker.head.lay(&mut scene, walker.from);
            }
            let analysis = read(&mut analyser, &scene, visit * 70 + index);
            all.extend(analysis.faces.iter().map(|face| face.id.number()));
        }
    }
    analyser.reset();
    let mut scene = ground;
    heads[0].lay(&mut scene, [300.0, 180.0]);
    all.extend(
        read(&mut analyser, &scene, 0)
            .faces
            .iter()
            .map(|face| face.id.number()),
    );
    let mut distinct = all.clone();
    distinct.dedup();
    assert!(all.is_sorted(), "{distinct:?}");
    assert_eq!(distinct, [1, 2, 3, 4]);
}

/// The ids seen in a clip and the number of frames without a face.
fn ids_in(file: &str) -> (BTreeSet<u32>, usize) {
    let mut analyser = tracker();
    let (mut ids, mut without) = (BTreeSet::new(), 0);
    for (index, photo) in Clip::open(file).enumerate() {
        let faces = read(&mut analyser, &photo, index).faces;
        without += usize::from(faces.is_empty());
        ids.extend(faces.iter().map(|face| face.id.number()));
    }
    (ids, without)
}

#[test]
fn a_man_who_laughs_and_hides_behind_his_hand_is_one_face() {
    let (ids, without) = ids_in("WolfgangLanger_Pexels.mp4");
    println!("{without} frames without a face");
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[test]
fn a_woman_who_smiles_and_blinks_is_one_face_on_every_frame() {
    let (ids, without) = ids_in("single_face.mp4");
    assert_eq!((ids.len(), without), (1, 0), "{ids:?}");
}

#[test]
fn while_a_face_is_hidden_it_is_looked_for_and_then_no_more() {
    let heads = heads();
    let mut analyser = tracker();
    let ground = ground();
    let walker = Walker::new(&heads[6], 100.0, [300.0, 180.0], [0.0; 2]);
    let mut looks = [0; 3];
    for index in 0..90 {
        let mut scene = ground.clone();
        if !(30..45).contains(&index) {
            walker.head.lay(&mut scene, walker.from);
        }
        let analysis = read(&mut analyser, &scene, index);
        if analysis.timing.spent(Stage::DETECTION) > Duration::ZERO {
            looks[index / 30] += 1;
        }
    }
    // One in ten, but for the half second out of sight.
    assert_eq!(looks[0], 3);
    assert!((15..=19).contains(&looks[1]), "{looks:?}");
    assert_eq!(looks[2], 3);
}
