use std::sync::Arc;

use super::*;
use crate::analysis::{
    BasicEmotion, BufferTime, Emotion, HeadPose, MESH_POINTS, Mixture, Rect, TrackId, Transition,
};
use crate::picture::{Colour, PixelFormat, PlaneMut};

const CLASSES: [&str; 8] = BasicEmotion::LABELS;

fn happy() -> Emotion {
    let shares = vec![0.04, 0.88, 0.01, 0.01, 0.01, 0.03, 0.01, 0.01];
    let labels: Arc<[String]> = CLASSES.map(String::from).into();
    Emotion {
        mixture: Mixture::from_probabilities(&shares, &labels),
        transition: Transition {
            changing: false,
            from: 1,
            to: 1,
            since: BufferTime::default(),
            progress: 1.0,
        },
        valence_arousal: None,
        labels,
        smoothed: shares.clone(),
        raw: Some(shares),
        winner: Some(1),
    }
}

/// A face whose landmarks fill its box in a spiral.
fn face(id: u32, x: f64, y: f64, width: f64, height: f64) -> Face {
    let landmarks = (0..MESH_POINTS)
        .map(|index| {
            let share = index as f64 / MESH_POINTS as f64;
            let (sin, cos) = (share * 60.0).sin_cos();
            [
                (x + width * (0.5 + 0.5 * share * cos)) as f32,
                (y + height * (0.5 + 0.5 * share * sin)) as f32,
                (0.1 * share) as f32,
            ]
        })
        .collect();
    Face {
        id: TrackId::new(id),
        recognised: false,
        rect: Rect {
            x,
            y,
            width,
            height,
        },
        score: 0.99,
        quality: Default::default(),
        landmarks,
        head_pose: HeadPose {
            pitch: -3.0,
            yaw: 12.0,
            roll: 1.0,
            rotation: [0.994, -0.026, 0.104, 0.009],
            translation: [0.0, 0.0, -40.0],
        },
        emotion: Some(happy()),
        action_units: None,
        eyes: None,
        eye_obstacle: None,
        micro_expression_limits: None,
        decided_blink: None,
        session: None,
        micro_expressions: Vec::new(),
    }
}

/// Draws with a fresh overlay on black RGB.
fn drawn(width: usize, height: usize, faces: &[Face], style: &Style) -> Vec<u8> {
    let mut data = vec![0; width * height * 3];
    let plane = PlaneMut {
        data: &mut data,
        stride: width * 3,
    };
    let colour = Colour::BT601;
    let mut picture =
        PictureMut::new(PixelFormat::Rgb, width, height, vec![plane], colour).unwrap();
    Overlay::new().unwrap().draw(&mut picture, faces, style);
    data
}

fn only(parts: OverlayParts) -> Style {
    Style {
        parts,
        ..Style::default()
    }
}

fn each_part() -> [OverlayParts; 4] {
    [
        OverlayParts::BOXES,
        OverlayParts::MESH,
        OverlayParts::POSE,
        OverlayParts::LABELS,
    ]
}

#[test]
fn without_a_part_or_a_face_nothing_is_drawn() {
    let someone = [face(1, 0.3, 0.3, 0.3, 0.4)];
    let nothing = drawn(160, 120, &someone, &only(OverlayParts::empty()));
    assert!(nothing.iter().all(|byte| *byte == 0));
    let nobody = drawn(160, 120, &[], &Style::default());
    assert!(nobody.iter().all(|byte| *byte == 0));
}

#[test]
fn each_part_shows_by_itself_and_they_differ() {
    let someone = [face(1, 0.3, 0.3, 0.3, 0.4)];
    let pictures = each_part().map(|parts| drawn(640, 480, &someone, &only(parts)));
    for (index, picture) in pictures.iter().enumerate() {
        assert!(picture.iter().any(|byte| *byte > 60), "part {index}");
        for other in &pictures[..index] {
            assert_ne!(other, picture);
        }
    }
}

#[test]
fn pixels_change_only_near_the_face() {
    let (width, height) = (640, 480);
    let someone = [face(1, 0.4, 0.4, 0.2, 0.25)];
    for parts in each_part().into_iter().take(3) {
        let picture = drawn(width, height, &someone, &only(parts));
        for (at, pixel) in picture.chunks_exact(3).enumerate() {
            let (x, y) = (at % width, at / width);
            let near = (246..=394).contains(&x) && (182..=322).contains(&y);
            assert!(near || pixel == [0; 3], "{parts:?} at {x},{y}");
        }
    }
    let labels = drawn(width, height, &someone, &only(OverlayParts::LABELS));
    let left_half = labels
        .chunks_exact(3)
        .enumerate()
        .filter(|(at, pixel)| at % width < 380 && *pixel != [0; 3]);
    assert_eq!(left_half.count(), 0, "the label stands to the right");
}

#[test]
fn labels_in_kazakh_and_russian_differ_from_english() {
    let someone = [face(1, 0.1, 0.2, 0.3, 0.4)];
    let style = |language| Style {
        language,
        ..only(OverlayParts::LABELS)
    };
    let [english, russian, kazakh] = [Language::English, Language::Russian, Language::Kazakh]
        .map(|language| drawn(640, 480, &someone, &style(language)));
    assert_ne!(english, kazakh);
    assert_ne!(english, russian);
    assert_ne!(russian, kazakh);
}

#[test]
fn one_colour_for_all_faces_replaces_the_tracks_colours() {
    let style = |colour| Style {
        colour,
        ..only(OverlayParts::BOXES)
    };
    let [one, two] = [1, 2].map(|id| [face(id, 0.3, 0.3, 0.3, 0.4)]);
    assert_ne!(
        drawn(160, 120, &one, &style(None)),
        drawn(160, 120, &two, &style(None))
    );
    let red = Some([255, 0, 0]);
    let picture = drawn(160, 120, &one, &style(red));
    assert_eq!(picture, drawn(160, 120, &two, &style(red)));
    assert!(picture.chunks_exact(3).all(|pixel| pixel[1] == 0));
    assert!(picture.iter().any(|byte| *byte > 200));
}

#[test]
fn tiny_pictures_and_faces_at_any_place_do_no_harm() {
    let somewhere = [
        face(1, 0.0, 0.0, 1.0, 1.0),
        face(2, -3.0, 0.5, 1.0, 1.0),
        face(3, 0.9, 0.9, 0.5, 0.5),
        face(4, 0.5, 0.5, 0.0, 0.0),
        face(5, 0.5, 0.5, -0.2, -0.2),
        face(6, f64::NAN, 0.1, 0.2, f64::INFINITY),
        face(7, -1e300, -1e300, f64::MAX, f64::MAX),
        face(u32::MAX, 0.5, -0.2, 0.4, 0.4),
    ];
    for (width, height) in [(1, 1), (16, 16), (3, 200), (333, 1), (97, 61)] {
        for scale in [1.0, 0.0, -5.0, 1e9, f64::NAN] {
            for faces in [&somewhere[..], &somewhere[6..7]] {
                let style = Style {
                    scale,
                    ..Style::default()
                };
                drawn(width, height, faces, &style);
            }
        }
    }
}

#[test]
fn a_face_without_emotion_or_with_odd_ones_is_drawn() {
    let labels: Arc<[String]> = ["", "sleepy", "日本", "\n", &"long".repeat(500)]
        .map(String::from)
        .into();
    let mut odd = happy();
    odd.labels = labels;
    odd.smoothed = vec![f64::NAN, f64::INFINITY, -1.0];
    odd.winner = Some(4);
    let mut lost = happy();
    lost.winner = None;
    let mut none = happy();
    (none.labels, none.smoothed) = (Vec::new().into(), Vec::new());
    let pictures = [None, Some(odd), Some(lost), Some(none)].map(|emotion| {
        let mut someone = face(3, 0.1, 0.1, 0.3, 0.4);
        someone.emotion = emotion;
        drawn(640, 480, &[someone], &only(OverlayParts::LABELS))
    });
    for picture in &pictures {
        assert!(picture.contains(&255));
    }
}

#[test]
fn a_crowd_of_fifty_is_drawn_with_what_there_is_room_for() {
    let crowd: Vec<_> = (0..50)
        .map(|index| {
            let (column, row) = (f64::from(index % 10), f64::from(index / 10));
            face(index, column * 0.1, row * 0.2, 0.09, 0.18)
        })
        .collect();
    let picture = drawn(1280, 720, &crowd, &Style::default());
    assert!(picture.iter().any(|byte| *byte > 0));
    let boxes = drawn(1280, 720, &crowd, &only(OverlayParts::BOXES));
    let labels = drawn(1280, 720, &crowd, &only(OverlayParts::LABELS));
    assert_ne!(boxes, labels);
}

#[test]
fn a_picture_drawn_twice_by_the_same_overlay_comes_out_the_same() {
    let faces = [face(1, 0.2, 0.2, 0.3, 0.4), face(2, 0.6, 0.3, 0.2, 0.3)];
    let mut overlay = Overlay::new().unwrap();
    let pictures = [(); 3].map(|()| {
        let mut data = vec![0; 320 * 240];
        let plane = PlaneMut {
            data: &mut data,
            stride: 320,
        };
        let format = PixelFormat::Gray8;
        let mut picture = PictureMut::new(format, 320, 240, vec![plane], Colour::BT601).unwrap();
        overlay.draw(&mut picture, &faces, &Style::default());
        data
    });
    assert_eq!(pictures[0], pictures[1]);
    assert_eq!(pictures[1], pictures[2]);
}

/// A face as [`face`] gives it, whose units, eyes and session are known.
fn read_face(x: f64, y: f64, width: f64, height: f64) -> Face {
    use crate::analysis::{
        ActionUnits, AuIntensities, BaselineState, Eyes, Gaze, Index, Intensities, Session,
    };
    let both: [f64; crate::models::SCORES] = std::array::from_fn(|index| index as f64 / 4.0);
    let left = both.map(|value: f64| value + 1.0);
    let known = |value| Index::new(Some(value), std::time::Duration::from_secs(60), 1.0);
    let mut read = face(1, x, y, width, height);
    read.action_units = Some(ActionUnits {
        movement: Some(AuIntensities {
            intensities: Intensities {
                both,
                left,
                right: both,
            },
            raw: both,
            seen: [true; crate::models::SCORES],
        }),
        baseline: BaselineState::Ready,
    });
    read.eyes = Some(Eyes {
        openness: crate::geometry::Sides::alike(1.0),
        gaze: Some(Gaze {
            pitch: 10.0,
            yaw: 30.0,
        }),
        ..Eyes::default()
    });
    read.session = Some(Session {
        fatigue: Some(crate::analysis::Fatigue {
            perclos: known(0.12),
            ..Default::default()
        }),
        attention: Some(crate::analysis::Attention {
            visual_focus: known(0.5),
            attention_buffer: 1.0,
            ..Default::default()
        }),
        expressiveness: Some(known(0.2)),
        tension: Some(Default::default()),
        ..Session::default()
    });
    read
}

#[test]
fn panels_of_bars_stand_beside_their_face_at_every_size_and_in_every_language() {
    for (width, height) in [(640, 480), (854, 480), (1920, 1080)] {
        for (x, size) in [(0.05, 0.3), (0.35, 0.3), (0.6, 0.35), (0.1, 0.8)] {
            let someone = [read_face(x, 0.2, size, size * 1.1)];
            for language in [Language::English, Language::Russian, Language::Kazakh] {
                for parts in [OverlayParts::ACTION_UNITS, OverlayParts::INDICES] {
                    let style = Style {
                        language,
                        ..only(parts)
                    };
                    let picture = drawn(width, height, &someone, &style);
                    let inside = picture.chunks_exact(3).enumerate().filter(|(at, pixel)| {
                        let across = (at % width) as f64 / width as f64;
                        let down = (at / width) as f64 / height as f64;
                        let face = (x + 0.005..x + size - 0.005).contains(&across)
                            && (0.205..0.195 + size * 1.1).contains(&down);
                        face && **pixel != [0; 3]
                    });
                    assert_eq!(inside.count(), 0, "{width} {x} {parts:?} {language:?}");
                    let seen = picture.iter().any(|byte| *byte > 150);
                    assert!(seen || size > 0.5, "{width} {x} {parts:?} {language:?}");
                }
            }
        }
    }
}

#[test]
fn gaze_lids_and_a_blink_are_drawn_on_the_eyes() {
    let mut someone = [read_face(0.3, 0.2, 0.3, 0.4)];
    let open = drawn(640, 480, &someone, &only(OverlayParts::EYES));
    assert!(open.iter().any(|byte| *byte > 150));
    if let Some(eyes) = &mut someone[0].eyes {
        eyes.blink = 4.0;
        eyes.gaze = None;
    }
    let blinks = drawn(640, 480, &someone, &only(OverlayParts::EYES));
    assert_ne!(open, blinks);
    someone[0].eyes = None;
    let hidden = drawn(640, 480, &someone, &only(OverlayParts::EYES));
    assert!(hidden.iter().all(|byte| *byte == 0));
}
