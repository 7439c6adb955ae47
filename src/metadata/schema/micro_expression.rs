//! The fields of a face's micro-expressions: `micro-expressions`, an array of structures
//! `micro-expression`, and `micro-expression-limits`. Both are absent where none are looked for.

use crate::analysis::{
    AuActivation, ExpressionEvent, ExpressionKind, Face, Observability, Obstacle, Side,
};

use super::{SchemaError, field, missing, optional};

const NAME: &str = "micro-expression";
const LIST: &str = "micro-expressions";
const LIMITS: &str = "micro-expression-limits";
const UNITS: &str = "action-units";

/// Sets the fields in a face's structure.
pub fn write(face: &Face, structure: &mut gst::StructureRef) {
    let Some(limits) = &face.micro_expression_limits else {
        return;
    };
    let mut written = gst::Structure::builder(LIMITS)
        .field("shortest", limits.shortest)
        .field("smallest", limits.smallest)
        .field("observable", limits.obstacle.is_none())
        .build();
    if let Some(obstacle) = limits.obstacle {
        written.set("not-observable", obstacle.name());
    }
    structure.set(LIMITS, written);
    let expressions = face.micro_expressions.iter();
    let expressions = expressions.map(|expression| self::structure(expression, 0));
    structure.set(LIST, gst::Array::new(expressions));
}

/// One expression, its times moved by `shift` ns.
pub fn structure(expression: &ExpressionEvent, shift: i128) -> gst::Structure {
    let time = |time: u64| u64::try_from((i128::from(time) + shift).max(0)).unwrap_or(u64::MAX);
    let units = expression.action_units.iter().map(|unit| {
        gst::Structure::builder("action-unit")
            .field("code", unit.code)
            .field("side", unit.side.name())
            .build()
    });
    let mut structure = gst::Structure::builder(NAME)
        .field("face-id", expression.face)
        .field("onset", time(expression.onset))
        .field("apex", time(expression.apex))
        .field("offset", time(expression.offset))
        .field("duration", expression.duration())
        .field("kind", expression.kind.name())
        .field(UNITS, gst::Array::new(units))
        .field("peak", expression.peak)
        .field("confidence", expression.confidence)
        .build();
    if let Some(emotion) = &expression.emotion {
        structure.set("emotion", emotion);
    }
    structure
}

/// The expressions in a face's structure, which name limits too.
///
/// # Errors
/// A field is missing or has another type.
pub fn read(structure: &gst::StructureRef) -> Result<Vec<ExpressionEvent>, SchemaError> {
    let Some(list) = optional::<gst::Array>(structure, LIST)? else {
        return Ok(Vec::new());
    };
    if !structure.has_field(LIMITS) {
        return Err(missing(LIMITS));
    }
    let expression = |value: &gst::glib::SendValue| {
        let structure = value.get::<gst::Structure>();
        expression(structure.map_err(|_| missing(LIST))?.as_ref())
    };
    list.iter().map(expression).collect()
}

fn expression(structure: &gst::StructureRef) -> Result<ExpressionEvent, SchemaError> {
    let kind: String = field(structure, "kind")?;
    let units: gst::Array = field(structure, UNITS)?;
    let unit = |value: &gst::glib::SendValue| {
        let structure = value.get::<gst::Structure>();
        let structure = structure.map_err(|_| missing(UNITS))?;
        let (code, side): (String, String) =
            (field(&structure, "code")?, field(&structure, "side")?);
        let side = Side::from_name(&side).ok_or_else(|| missing("side"))?;
        AuActivation::new(&code, side).ok_or_else(|| missing("code"))
    };
    Ok(ExpressionEvent {
        face: field(structure, "face-id")?,
        onset: field(structure, "onset")?,
        apex: field(structure, "apex")?,
        offset: field(structure, "offset")?,
        kind: ExpressionKind::from_name(&kind).ok_or_else(|| missing("kind"))?,
        action_units: units.iter().map(unit).collect::<Result<_, _>>()?,
        peak: field(structure, "peak")?,
        emotion: optional(structure, "emotion")?,
        confidence: field(structure, "confidence")?,
    })
}

/// The limits in a face's structure; `None` where no micro-expressions were looked for.
///
/// # Errors
/// A field is missing or has another type.
pub fn limits(structure: &gst::StructureRef) -> Result<Option<Observability>, SchemaError> {
    let Some(limits) = optional::<gst::Structure>(structure, LIMITS)? else {
        return Ok(None);
    };
    let observable: bool = field(&limits, "observable")?;
    let obstacle = match observable {
        true => None,
        false => {
            let name: String = field(&limits, "not-observable")?;
            Some(Obstacle::from_name(&name).ok_or_else(|| missing("not-observable"))?)
        }
    };
    Ok(Some(Observability {
        shortest: field(&limits, "shortest")?,
        smallest: field(&limits, "smallest")?,
        obstacle,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face() -> Face {
        let unit = |code, side| AuActivation::new(code, side).unwrap();
        Face {
            id: 3,
            micro_expression_limits: Some(Observability {
                shortest: 50_000_000,
                smallest: 0.008,
                obstacle: None,
            }),
            micro_expressions: vec![ExpressionEvent {
                face: 3,
                onset: 1_000_000_000,
                apex: 1_080_000_000,
                offset: 1_200_000_000,
                kind: ExpressionKind::Micro,
                action_units: vec![unit("AU01", Side::Both), unit("AU02", Side::Left)],
                peak: 12.5,
                emotion: Some("surprise".to_owned()),
                confidence: 0.65,
            }],
            ..Face::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        gst::init().unwrap();
        let mut structure = gst::Structure::new_empty("face");
        write(&face(), &mut structure);
        assert_eq!(read(&structure).unwrap(), face().micro_expressions);
        assert_eq!(limits(&structure).unwrap(), face().micro_expression_limits);
    }

    #[test]
    fn where_no_emotions_are_read_a_movement_names_none() {
        gst::init().unwrap();
        let expression = face().micro_expressions.remove(0).with_emotion(false);
        let structure = structure(&expression, 0);
        assert!(!structure.to_string().contains("emotion="), "{structure}");
        assert!(!structure.to_string().contains("surprise"), "{structure}");
    }

    #[test]
    fn an_obstacle_is_named_and_read_back() {
        gst::init().unwrap();
        for obstacle in Obstacle::ALL {
            let mut hindered = face();
            if let Some(limits) = &mut hindered.micro_expression_limits {
                limits.obstacle = Some(obstacle);
            }
            let mut structure = gst::Structure::new_empty("face");
            write(&hindered, &mut structure);
            let read = limits(&structure).unwrap();
            assert_eq!(read, hindered.micro_expression_limits);
        }
    }

    #[test]
    fn a_face_that_is_not_watched_says_nothing_of_it() {
        gst::init().unwrap();
        let mut structure = gst::Structure::new_empty("face");
        write(&Face::default(), &mut structure);
        assert_eq!(structure.n_fields(), 0);
        assert_eq!(limits(&structure).unwrap(), None);
    }
}
