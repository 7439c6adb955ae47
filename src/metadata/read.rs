//! The wire format, as the analysis would have told it.
//!
//! Whoever reads a buffer lives in the clock of the stream: times of movements are taken as they
//! are. Nothing that the writer decided is decided again.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::analysis::{
    self, ACTION_UNITS, ActionUnits, AuActivation, AuIntensities, Blink, BufferTime, Emotion,
    ExpressionEvent, Eyes, Gaze, HeadPose, Observability, Quality, Rect, Side, TrackId,
    VisibleParts,
};
use crate::geometry::Sides;
use crate::models::SCORES;
use crate::record::{self, Distribution, Intensities, Readings};

use super::write::BLINK;
use super::{SchemaError, session};

impl TryFrom<record::Face> for analysis::Face {
    type Error = SchemaError;

    fn try_from(face: record::Face) -> Result<Self, SchemaError> {
        let record::Face { location, readings } = face;
        let quality = readings.quality;
        Ok(Self {
            id: TrackId::new(location.id),
            recognised: false,
            rect: Rect {
                x: location.x,
                y: location.y,
                width: location.width,
                height: location.height,
            },
            score: readings.score,
            quality: Quality {
                size_px: quality.size_px,
                blur: quality.blur,
                occlusion: quality.occlusion,
                angle: quality.angle,
                visible: VisibleParts {
                    brows: quality.visible.brows,
                    eyes: quality.visible.eyes,
                    nose: quality.visible.nose,
                    mouth: quality.visible.mouth,
                },
                usable: quality.usable,
            },
            landmarks: location.landmarks.0,
            head_pose: HeadPose {
                pitch: readings.pitch,
                yaw: readings.yaw,
                roll: readings.roll,
                rotation: readings.rotation,
                translation: readings.translation,
            },
            emotion: emotion(&readings)?,
            action_units: action_units(&readings)?,
            eyes: eyes(&readings),
            eye_obstacle: readings.eyes_not_observable,
            decided_blink: None,
            session: readings.session.as_ref().map(session::read),
            micro_expression_limits: readings.micro_expression_limits.map(limits).transpose()?,
            micro_expressions: expressions(&readings)?,
        })
    }
}

pub(super) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, SchemaError> {
    value.ok_or(SchemaError::Incomplete { field })
}

fn emotion(readings: &Readings) -> Result<Option<Emotion>, SchemaError> {
    let Some(label) = &readings.emotion else {
        return Ok(None);
    };
    let distribution = required(readings.emotions.as_ref(), "emotions")?;
    let labels: Arc<[String]> = distribution.keys().cloned().collect();
    let class = |name: &str, field| {
        let class = labels.iter().position(|label| label == name);
        required(class, field)
    };
    let raw = |raw: &Distribution| {
        let values = labels.iter().map(|label| raw.get(label).copied());
        required(values.collect::<Option<Vec<_>>>(), "emotions-raw")
    };
    let mixture = required(readings.mixture.as_ref(), "mixture")?;
    let classes = mixture.labels.iter().map(|label| class(label, "mixture"));
    let transition = required(readings.transition.as_ref(), "transition")?;
    let affect = readings.valence.map(|valence| {
        let arousal = required(readings.arousal, "arousal")?;
        Ok::<_, SchemaError>([valence, arousal])
    });
    Ok(Some(Emotion {
        smoothed: distribution.values().copied().collect(),
        raw: readings.emotions_raw.as_ref().map(raw).transpose()?,
        winner: class(label, "emotion").ok(),
        mixture: analysis::Mixture {
            kind: mixture.kind,
            classes: classes.collect::<Result<_, _>>()?,
            name: mixture.name.clone().map(Cow::Owned),
            entropy: mixture.entropy,
        },
        transition: analysis::Transition {
            changing: transition.state == record::TransitionState::Changing,
            from: class(&transition.from, "transition")?,
            to: class(&transition.to, "transition")?,
            since: BufferTime::from_nanos(transition.since),
            progress: transition.progress,
        },
        valence_arousal: affect.transpose()?,
        labels: Arc::clone(&labels),
    }))
}

fn action_units(readings: &Readings) -> Result<Option<ActionUnits>, SchemaError> {
    let Some(observable) = readings.action_units_observable else {
        return Ok(None);
    };
    let movement = if observable {
        Some(movement(readings)?)
    } else {
        None
    };
    Ok(Some(ActionUnits {
        movement,
        baseline: required(readings.baseline, "baseline")?,
    }))
}

fn movement(readings: &Readings) -> Result<AuIntensities, SchemaError> {
    let seen = observed_units(readings);
    let values = |of, field, whole| values(of, field, whole, &seen);
    let both = values(&readings.action_units, "action-units", None)?;
    let half = |of, field| values(of, field, Some(&both));
    Ok(AuIntensities {
        intensities: analysis::Intensities {
            left: half(&readings.action_units_left, "action-units-left")?,
            right: half(&readings.action_units_right, "action-units-right")?,
            both,
        },
        raw: values(&readings.action_units_raw, "action-units-raw", None)?,
        seen,
    })
}

/// Which units are told of: those of parts that are covered are left out.
fn observed_units(readings: &Readings) -> [bool; SCORES] {
    let units = readings.action_units.as_ref();
    std::array::from_fn(|index| {
        units.is_some_and(|units| units.contains_key(ACTION_UNITS[index].code))
    })
}

/// The value of each unit, 0 where it is not told or not `seen`; those in which halves cannot differ are the `whole`
/// face's, where that is given.
fn values(
    of: &Option<Intensities>,
    field: &'static str,
    whole: Option<&[f64; SCORES]>,
    seen: &[bool; SCORES],
) -> Result<[f64; SCORES], SchemaError> {
    let intensities = required(of.as_ref(), field)?;
    let mut values = whole.copied().unwrap_or_default();
    for ((value, unit), seen) in values.iter_mut().zip(&ACTION_UNITS).zip(seen) {
        if unit.sided || whole.is_none() {
            let intensity = intensities.get(unit.code).filter(|_| *seen);
            *value = intensity.copied().unwrap_or_default();
        }
    }
    Ok(values)
}

fn eyes(readings: &Readings) -> Option<Eyes> {
    let eyes = readings.eyes?;
    let intensity = readings
        .action_units
        .as_ref()
        .and_then(|units| units.get(BLINK));
    Some(Eyes {
        openness: Sides::new(eyes.openness_left, eyes.openness_right),
        blink: intensity.copied().unwrap_or_default(),
        blinks_per_minute: eyes.blinks_per_minute,
        gaze: eyes
            .gaze_pitch
            .zip(eyes.gaze_yaw)
            .map(|(pitch, yaw)| Gaze { pitch, yaw }),
        last_blink: eyes.last_blink.map(blink),
    })
}

fn blink(blink: record::Blink) -> Blink {
    let at = |time: record::StreamTime| BufferTime::from_nanos(time.0);
    Blink {
        eyes: Sides::new(blink.eyes != Side::Right, blink.eyes != Side::Left),
        onset: at(blink.onset),
        lowest: at(blink.lowest),
        offset: at(blink.offset),
        amplitude: blink.amplitude,
        closing_speed: blink.closing_speed,
        reopening_speed: blink.reopening_speed,
    }
}

fn limits(limits: record::ExpressionLimits) -> Result<Observability, SchemaError> {
    let obstacle = if limits.observable {
        None
    } else {
        Some(required(limits.not_observable, "not-observable")?)
    };
    Ok(Observability {
        shortest: Duration::from_nanos(limits.shortest),
        smallest: limits.smallest,
        obstacle,
    })
}

fn expressions(readings: &Readings) -> Result<Vec<ExpressionEvent>, SchemaError> {
    let Some(expressions) = &readings.micro_expressions else {
        return Ok(Vec::new());
    };
    required(
        readings.micro_expression_limits.as_ref(),
        "micro-expression-limits",
    )?;
    expressions.iter().map(expression).collect()
}

pub(super) fn expression(expression: &record::Expression) -> Result<ExpressionEvent, SchemaError> {
    let units = expression.action_units.iter();
    let units = units.map(|unit| required(AuActivation::new(&unit.code, unit.side), "code"));
    Ok(ExpressionEvent {
        face: TrackId::new(expression.face_id),
        onset: BufferTime::from_nanos(expression.onset.0),
        apex: BufferTime::from_nanos(expression.apex.0),
        offset: BufferTime::from_nanos(expression.offset.0),
        kind: expression.kind,
        action_units: units.collect::<Result<_, _>>()?,
        peak: expression.peak,
        emotion: expression.emotion.clone(),
        confidence: expression.confidence,
    })
}
