//! Heads that nod, shake and tilt.

use gstaliyarface::analysis::EventName;

use super::show::{Show, first_face};
use crate::support::pictures::Photo;
use crate::support::relief::with_head_turned;

const RATE: f64 = 30.0;
/// Seconds that a swing may take.
const LONGEST_SWING: f64 = 0.8;
const GESTURES: [EventName; 3] = [EventName::Nod, EventName::Shake, EventName::Tilt];

fn photo() -> Photo {
    Photo::frame("single_face.mp4", 0).scaled(0.6)
}

/// What is told of a head that rests for a second and a half, goes from level to level, one a frame,
/// and rests again: how often each gesture, all of them within the movement.
fn told(levels: &[Photo], still: usize, movement: &[usize]) -> [usize; 3] {
    let mut show = Show::new("indices=gestures", &levels[still], RATE);
    show.play(1.5, |_| &levels[still]);
    for level in movement {
        show.frame(&levels[*level]);
    }
    show.play(1.5, |_| &levels[still]);
    let end = 1.5 + movement.len() as f64 / RATE;
    GESTURES.map(|name| {
        let told = show.named(name);
        for event in &told {
            // The first swing may begin with what the head trembles at rest.
            let within = 1.5 - LONGEST_SWING..end + 0.3;
            assert!(within.contains(&event.from), "{event:?}");
            assert!(within.contains(&(event.from + event.lasted)), "{event:?}");
        }
        told.len()
    })
}

/// Five pictures of a head turned by parts of these degrees of the relief, of which the mesh sees half.
fn turned(chin_down: f64, nose_right: f64) -> Vec<Photo> {
    let photo = photo();
    let face = first_face(&photo);
    let parts = [-1.0, -0.5, 0.0, 0.5, 1.0];
    let turned =
        parts.map(|part| with_head_turned(&photo, &face, chin_down * part, nose_right * part));
    turned.into()
}

/// To and fro three times in a second.
fn swings() -> Vec<usize> {
    [2, 3, 4, 4, 3, 2, 1, 0, 0, 1].repeat(3)
}

#[test]
fn a_head_that_goes_down_and_up_nods_and_does_not_shake() {
    let [nods, shakes, tilts] = told(&turned(14.0, 0.0), 2, &swings());
    assert!(nods >= 1, "no nod");
    assert_eq!([shakes, tilts], [0; 2]);
}

#[test]
fn a_head_that_goes_from_side_to_side_shakes_and_does_not_nod() {
    let [nods, shakes, tilts] = told(&turned(0.0, 20.0), 2, &swings());
    assert!(shakes >= 1, "no shake");
    assert_eq!([nods, tilts], [0; 2]);
}

#[test]
fn a_head_that_is_held_aslant_for_a_second_tilts() {
    let upright = photo();
    let levels = [0.0, 6.0, 12.0, 18.0].map(|degrees| upright.turned(degrees));
    let over = [vec![1, 2], vec![3; 30], vec![2, 1]].concat();
    assert_eq!(told(&levels, 0, &over), [0, 0, 1]);
    let brief = [vec![1, 2], vec![3; 8], vec![2, 1]].concat();
    assert_eq!(told(&levels, 0, &brief), [0; 3], "less than half a second");
}

#[test]
fn a_head_that_stays_turns_once_or_turns_slowly_makes_no_gesture() {
    let (down, aside) = (turned(14.0, 0.0), turned(0.0, 20.0));
    assert_eq!(told(&down, 2, &[2; 30]), [0; 3], "stays");
    let once = [vec![3], vec![4; 40], vec![3]].concat();
    assert_eq!(told(&down, 2, &once), [0; 3], "looks down once");
    let slowly: Vec<usize> = swings().into_iter().flat_map(|level| [level; 6]).collect();
    assert_eq!(told(&aside, 2, &slowly), [0; 3], "looks about");
}
