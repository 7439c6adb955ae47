use std::time::Duration;

use crate::analysis::{
    AuActivation, BufferTime, ExpressionEvent, ExpressionKind, EyeObstacle, Observability,
    Obstacle, Side, TrackId,
};

use super::*;

fn face() -> Face {
    let unit = |code, side| AuActivation::new(code, side).unwrap();
    Face {
        id: TrackId::new(3),
        landmarks: vec![[0.25, 0.5, -0.125]; crate::analysis::MESH_POINTS],
        micro_expression_limits: Some(Observability {
            shortest: Duration::from_millis(50),
            smallest: 0.008,
            obstacle: None,
        }),
        micro_expressions: vec![ExpressionEvent {
            face: TrackId::new(3),
            onset: BufferTime::from_nanos(1_000_000_000),
            apex: BufferTime::from_nanos(1_080_000_000),
            offset: BufferTime::from_nanos(1_200_000_000),
            kind: ExpressionKind::Micro,
            action_units: vec![unit("AU01", Side::Both), unit("AU02", Side::Left)],
            peak: 12.5,
            emotion: Some("surprise".to_owned()),
            confidence: 0.65,
        }],
        ..Face::default()
    }
}

fn written(face: &Face) -> gst::Structure {
    gst::init().unwrap();
    gst::Structure::try_from(face).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    let structure = written(&face());
    assert_eq!(Face::try_from(structure.as_ref()), Ok(face()));
}

fn attached(faces: &[Face], made_of: Option<&[Face]>, clock: &StreamClock) -> gst::Structure {
    gst::init().unwrap();
    register();
    let meta = FaceMeta {
        analysis_pts: 7,
        faces: faces.to_vec(),
        group: None,
    };
    let mut buffer = gst::Buffer::new();
    let structures = made_of.map(|faces| FaceStructures::new(faces).unwrap());
    attach(buffer.make_mut(), &meta, structures, clock, [640, 480]).unwrap();
    let meta = CustomMeta::from_buffer(&buffer, NAME).unwrap();
    meta.structure().to_owned()
}

#[test]
fn structures_made_before_say_what_those_made_at_once_say() {
    let named = |id, moves: bool| {
        let mut face = Face {
            id: TrackId::new(id),
            ..face()
        };
        let expressions = face.micro_expressions.iter_mut();
        expressions.for_each(|expression| expression.face = TrackId::new(id));
        if !moves {
            face.micro_expressions.clear();
        }
        face
    };
    let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
    segment.set_start(gst::ClockTime::from_seconds(1));
    let later = StreamClock::new(Some(segment.upcast_ref()));
    for (clock, moves) in [
        (StreamClock::default(), true),
        (StreamClock::default(), false),
        (later, true),
    ] {
        let faces = [named(3, moves), named(4, moves)];
        let at_once = attached(&faces, None, &clock);
        for own in [[3, 4], [1, 2]] {
            let made_of = own.map(|id| named(id, moves));
            assert_eq!(attached(&faces, Some(&made_of), &clock), at_once, "{own:?}");
        }
        let used = FaceStructures::new(&faces).unwrap();
        let used = used.into_values(&faces, &clock).is_some();
        assert_eq!(used, clock.is_of_buffers());
        // Of other faces than these nothing is taken.
        assert_eq!(attached(&faces, Some(&faces[..1]), &clock), at_once);
    }
}

#[test]
fn where_no_emotions_are_read_a_movement_names_none() {
    let mut face = face();
    let expression = face.micro_expressions.remove(0).with_emotion(false);
    face.micro_expressions.push(expression);
    let structure = written(&face);
    assert!(!structure.to_string().contains("emotion="), "{structure}");
    assert!(!structure.to_string().contains("surprise"), "{structure}");
}

#[test]
fn an_obstacle_is_named_and_read_back() {
    for obstacle in Obstacle::ALL {
        let mut hindered = face();
        if let Some(limits) = &mut hindered.micro_expression_limits {
            limits.obstacle = Some(obstacle);
        }
        let structure = written(&hindered);
        let limits: gst::Structure = structure.get("micro-expression-limits").unwrap();
        assert_eq!(limits.get("not-observable"), Ok(obstacle.name()));
        assert_eq!(Face::try_from(structure.as_ref()), Ok(hindered));
    }
}

#[test]
fn a_face_that_is_not_watched_says_nothing_of_it() {
    let structure = written(&Face {
        landmarks: face().landmarks,
        ..Face::default()
    });
    for field in [
        "micro-expressions",
        "micro-expression-limits",
        "eyes",
        "emotion",
    ] {
        assert!(!structure.has_field(field), "{field}");
    }
}

#[test]
fn eyes_that_cannot_be_measured_say_why() {
    for obstacle in EyeObstacle::ALL {
        let hidden = Face {
            eyes: None,
            eye_obstacle: Some(obstacle),
            ..face()
        };
        let structure = written(&hidden);
        assert!(structure.get::<&str>("eyes-not-observable").is_ok());
        let read = Face::try_from(structure.as_ref()).unwrap();
        assert_eq!((read.eyes, read.eye_obstacle), (None, Some(obstacle)));
    }
}

#[test]
fn words_in_the_wire_format_are_those_of_the_analysis() {
    let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    for kind in ExpressionKind::ALL {
        assert_eq!(word(serde_json::to_value(kind).unwrap()), kind.name());
    }
    for side in Side::ALL {
        assert_eq!(word(serde_json::to_value(side).unwrap()), side.name());
    }
    for obstacle in Obstacle::ALL {
        assert_eq!(
            word(serde_json::to_value(obstacle).unwrap()),
            obstacle.name()
        );
    }
}
