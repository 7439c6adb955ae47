//! What the analysis found, in the words of the wire format.

use crate::analysis::{
    self, ACTION_UNITS, ActionUnit, ActionUnits, Au, Blink, Emotion, ExpressionEvent, Eyes, Group,
    Observability, Side,
};
use crate::record::{self, Distribution, Intensities, Location, Mesh, Readings};

use super::{StreamClock, session};

/// The unit that the eyes tell of. It is of both eyes alike, and knows no neutral.
pub(super) const BLINK: &str = Au::Au45.code();

/// `face`, its times in those of the stream.
pub fn face(face: &analysis::Face, clock: &StreamClock) -> record::Face {
    let pose = &face.head_pose;
    let quality = &face.quality;
    let mut readings = Readings {
        score: face.score,
        quality: record::Quality {
            size_px: quality.size_px,
            blur: quality.blur,
            occlusion: quality.occlusion,
            angle: quality.angle,
            visible: record::VisibleParts {
                brows: quality.visible.brows,
                eyes: quality.visible.eyes,
                nose: quality.visible.nose,
                mouth: quality.visible.mouth,
            },
            usable: quality.usable,
        },
        pitch: pose.pitch,
        yaw: pose.yaw,
        roll: pose.roll,
        rotation: pose.rotation,
        translation: pose.translation,
        ..Readings::default()
    };
    if let Some(emotion) = &face.emotion {
        set_emotion(&mut readings, emotion);
    }
    if let Some(units) = &face.action_units {
        set_action_units(&mut readings, units, face.eyes.map(|eyes| eyes.blink));
    }
    readings.eyes = face.eyes.as_ref().map(|read| eyes(read, clock));
    readings.eyes_not_observable = face.eye_obstacle;
    let session = face.session.as_ref();
    readings.session = session.map(|session| session::write(session, clock));
    if let Some(limits) = &face.micro_expression_limits {
        readings.micro_expression_limits = Some(self::limits(limits));
        let expressions = face.micro_expressions.iter();
        let expressions = expressions.map(|expression| self::expression(expression, clock));
        readings.micro_expressions = Some(expressions.collect());
    }
    record::Face {
        location: Location {
            id: face.id.number(),
            x: face.rect.x,
            y: face.rect.y,
            width: face.rect.width,
            height: face.rect.height,
            landmarks: Mesh(face.landmarks.clone()),
        },
        readings,
    }
}

/// A movement, its times in those of the stream.
pub fn expression(expression: &ExpressionEvent, clock: &StreamClock) -> record::Expression {
    let units = expression.action_units.iter();
    let units = units.map(|unit| record::MovedActionUnit {
        code: unit.code().to_owned(),
        side: unit.side,
    });
    record::Expression {
        face_id: expression.face.number(),
        onset: clock.stream_time(expression.onset),
        apex: clock.stream_time(expression.apex),
        offset: clock.stream_time(expression.offset),
        duration: analysis::nanos(expression.duration()),
        kind: expression.kind,
        action_units: units.collect(),
        peak: expression.peak,
        confidence: expression.confidence,
        emotion: expression.emotion.clone(),
    }
}

fn limits(limits: &Observability) -> record::ExpressionLimits {
    record::ExpressionLimits {
        shortest: analysis::nanos(limits.shortest),
        smallest: limits.smallest,
        observable: limits.obstacle.is_none(),
        not_observable: limits.obstacle,
    }
}

/// Several faces together.
pub fn group(group: &Group) -> record::Group {
    record::Group {
        faces: u32::try_from(group.faces).unwrap_or(u32::MAX),
        visual_focus: group.focus,
    }
}

/// Which eyes a blink closes.
pub fn eyes_of(blink: &Blink) -> Side {
    match (blink.eyes.left, blink.eyes.right) {
        (true, false) => Side::Left,
        (false, true) => Side::Right,
        _ => Side::Both,
    }
}

fn blink(blink: &Blink, clock: &StreamClock) -> record::Blink {
    record::Blink {
        eyes: eyes_of(blink),
        onset: clock.stream_time(blink.onset),
        lowest: clock.stream_time(blink.lowest),
        offset: clock.stream_time(blink.offset),
        duration: analysis::nanos(blink.offset.since(blink.onset)),
        amplitude: blink.amplitude,
        closing_speed: blink.closing_speed,
        reopening_speed: blink.reopening_speed,
    }
}

fn eyes(eyes: &Eyes, clock: &StreamClock) -> record::Eyes {
    record::Eyes {
        openness_left: eyes.openness.left,
        openness_right: eyes.openness.right,
        blinks_per_minute: eyes.blinks_per_minute,
        gaze_pitch: eyes.gaze.map(|gaze| gaze.pitch),
        gaze_yaw: eyes.gaze.map(|gaze| gaze.yaw),
        last_blink: eyes.last_blink.as_ref().map(|last| blink(last, clock)),
    }
}

fn set_emotion(readings: &mut Readings, emotion: &Emotion) {
    let label = |class: usize| {
        let label = emotion.labels.get(class);
        label.map_or(Emotion::UNKNOWN, String::as_str).to_owned()
    };
    let distribution = |values: &[f64]| -> Distribution {
        let labels = emotion.labels.iter().cloned();
        labels.zip(values.iter().copied()).collect()
    };
    let (mixture, transition) = (&emotion.mixture, &emotion.transition);
    readings.emotion = Some(emotion.label().to_owned());
    readings.confidence = Some(emotion.confidence());
    readings.emotions = Some(distribution(&emotion.smoothed));
    readings.emotions_raw = emotion.raw.as_deref().map(distribution);
    readings.mixture = Some(record::Mixture {
        kind: mixture.kind,
        labels: mixture.classes.iter().copied().map(label).collect(),
        name: mixture.name.as_deref().map(str::to_owned),
        entropy: mixture.entropy,
    });
    readings.transition = Some(record::Transition {
        state: if transition.changing {
            record::TransitionState::Changing
        } else {
            record::TransitionState::Steady
        },
        from: label(transition.from),
        to: label(transition.to),
        since: transition.since.nanos(),
        progress: transition.progress,
    });
    if let Some([valence, arousal]) = emotion.valence_arousal {
        readings.valence = Some(valence);
        readings.arousal = Some(arousal);
    }
}

fn set_action_units(readings: &mut Readings, units: &ActionUnits, blink: Option<f64>) {
    readings.baseline = Some(units.baseline);
    readings.action_units_observable = Some(units.movement.is_some());
    let Some(movement) = &units.movement else {
        return;
    };
    let analysis::Intensities { both, left, right } = &movement.intensities;
    let blink = blink.map(|blink| (BLINK.to_owned(), blink));
    let seen = |unit: &ActionUnit| movement.seen.get(unit.unit.index()).copied();
    let seen = |unit: &ActionUnit| seen(unit).unwrap_or(blink.is_some());
    let whole = |values| -> Intensities {
        let mut all = intensities(values, seen);
        all.extend(blink.clone());
        all
    };
    let half = |values| intensities(values, |unit| unit.sided && seen(unit));
    readings.action_units = Some(whole(both));
    readings.action_units_left = Some(half(left));
    readings.action_units_right = Some(half(right));
    readings.action_units_raw = Some(whole(&movement.raw));
    let tiers = ACTION_UNITS.iter().filter(|unit| seen(unit));
    let tiers = tiers.map(|unit| (unit.code.to_owned(), unit.tier));
    readings.action_unit_tiers = Some(tiers.collect());
}

fn intensities(values: &[f64], wanted: impl Fn(&ActionUnit) -> bool) -> Intensities {
    let units = ACTION_UNITS.iter().zip(values);
    let units = units.filter(|(unit, _)| wanted(unit));
    units
        .map(|(unit, value)| (unit.code.to_owned(), *value))
        .collect()
}
