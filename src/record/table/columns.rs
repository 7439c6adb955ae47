//! Each column: its name, its unit and the field it is read from.

use std::borrow::Cow;

use crate::analysis::{ACTION_UNITS, MESH_POINTS};
use crate::record::time::seconds;
use crate::record::{Event, Index, Points, Readings, Session, StreamTime};

use super::{BUNDLED_LABELS, Cell, CellType, Column, Read, Row, Subject};

/// Millimetres in a unit of the metadata's translation, which is close to a centimetre.
const MILLIMETRES: f64 = 10.0;
const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// Columns in their order.
#[derive(Default)]
pub(super) struct Columns(pub(super) Vec<Column>);

impl Columns {
    fn put(&mut self, name: impl Into<String>, cell_type: CellType, read: Read) {
        self.0.push(Column {
            name: name.into(),
            cell_type,
            read,
        });
    }

    fn integer(
        &mut self,
        name: &str,
        read: impl Fn(&Row<'_>) -> Option<i64> + Send + Sync + 'static,
    ) {
        let read: Read = Box::new(move |row| read(row).map(Cell::Whole));
        self.put(name, CellType::Whole, read);
    }

    fn real(
        &mut self,
        name: impl Into<String>,
        read: impl Fn(&Row<'_>) -> Option<f64> + Send + Sync + 'static,
    ) {
        let read: Read = Box::new(move |row| read(row).map(Cell::Real));
        self.put(name, CellType::Real, read);
    }

    fn text(&mut self, name: &str, read: for<'a> fn(&Row<'a>) -> Option<Cow<'a, str>>) {
        let read: Read = Box::new(move |row| read(row).map(Cell::Text));
        self.put(name, CellType::Text, read);
    }

    fn reading(
        &mut self,
        name: impl Into<String>,
        read: impl Fn(&Readings) -> Option<f64> + Send + Sync + 'static,
    ) {
        self.real(name, move |row| read(&row.face()?.readings));
    }

    fn event_seconds(&mut self, name: &str, read: fn(&Event) -> Option<u64>) {
        self.real(name, move |row| read(row.event()?).map(seconds));
    }

    pub(super) fn frame(&mut self) {
        self.integer("frame", |row| i64::try_from(row.frame.frame?).ok());
        self.real("timestamp", |row| {
            let time = row.frame.stream_time.map(|StreamTime(time)| time);
            time.or(row.frame.timestamp).map(seconds)
        });
        self.integer("face_id", |row| match row.subject {
            Subject::Nobody => None,
            Subject::Face(face) => Some(face.location.id.into()),
            Subject::Event(event) => Some(event.face_id.into()),
        });
    }

    pub(super) fn face(&mut self) {
        self.reading("confidence", |face| Some(face.score));
        self.integer("success", |row| match row.subject {
            Subject::Nobody => Some(0),
            Subject::Face(_) => Some(1),
            Subject::Event(_) => None,
        });
        self.real("FaceRectX", |row| {
            Some(row.face()?.location.x * row.width()?)
        });
        self.real("FaceRectY", |row| {
            Some(row.face()?.location.y * row.height()?)
        });
        self.real("FaceRectWidth", |row| {
            Some(row.face()?.location.width * row.width()?)
        });
        self.real("FaceRectHeight", |row| {
            Some(row.face()?.location.height * row.height()?)
        });
        // OpenFace's camera looks along its z with y down.
        self.reading("pose_Tx", |face| Some(face.translation[0] * MILLIMETRES));
        self.reading("pose_Ty", |face| Some(face.translation[1] * -MILLIMETRES));
        self.reading("pose_Tz", |face| Some(face.translation[2] * -MILLIMETRES));
        self.reading("pose_Rx", |face| Some(face.pitch * RADIANS));
        self.reading("pose_Ry", |face| Some(face.yaw * RADIANS));
        self.reading("pose_Rz", |face| Some(face.roll * RADIANS));
        for unit in &ACTION_UNITS {
            self.reading(format!("{}_r", unit.code), |face| {
                face.action_units.as_ref()?.get(unit.code).copied()
            });
        }
    }

    pub(super) fn visible(&mut self) {
        self.reading("visible_brows", |face| Some(face.quality.visible.brows));
        self.reading("visible_eyes", |face| Some(face.quality.visible.eyes));
        self.reading("visible_nose", |face| Some(face.quality.visible.nose));
        self.reading("visible_mouth", |face| Some(face.quality.visible.mouth));
    }

    pub(super) fn emotion(&mut self, labels: &[String]) {
        self.text("emotion", |row| {
            row.face()?.readings.emotion.as_deref().map(Cow::Borrowed)
        });
        self.reading("emotion_confidence", |face| face.confidence);
        let bundled = BUNDLED_LABELS.iter();
        let bundled = bundled.filter(|&&known| labels.iter().any(|label| label == known));
        let own = labels.iter().map(String::as_str);
        let own = own.filter(|label| !BUNDLED_LABELS.contains(label));
        for label in bundled.copied().chain(own) {
            let key = label.to_owned();
            self.reading(label, move |face| {
                face.emotions.as_ref()?.get(&key).copied()
            });
        }
        self.reading("valence", |face| face.valence);
        self.reading("arousal", |face| face.arousal);
    }

    fn index(&mut self, name: &str, read: fn(&Session) -> Option<Index>) {
        self.reading(name, move |face| read(face.session.as_ref()?)?.value);
        let valid = format!("{name}_valid");
        self.reading(valid, move |face| Some(read(face.session.as_ref()?)?.valid));
        let window = format!("{name}_window");
        self.reading(window, move |face| {
            Some(seconds(read(face.session.as_ref()?)?.window))
        });
    }

    fn state(&mut self, name: &str, read: fn(&Session) -> Option<&'static str>) {
        self.put(
            name,
            CellType::Text,
            Box::new(move |row| {
                let session = row.face()?.readings.session.as_ref()?;
                Some(Cell::Text(read(session)?.into()))
            }),
        );
    }

    pub(super) fn session(&mut self) {
        self.index("perclos", |session| Some(session.fatigue?.perclos));
        self.index("blink_rate", |session| Some(session.fatigue?.blink_rate));
        self.index("blink_duration", |session| {
            Some(session.fatigue?.blink_duration)
        });
        self.index("closing_speed", |session| {
            Some(session.fatigue?.closing_speed)
        });
        self.index("own_blink_rate", |session| {
            Some(session.fatigue?.own_blink_rate)
        });
        self.index("own_blink_duration", |session| {
            Some(session.fatigue?.own_blink_duration)
        });
        self.index("own_closing_speed", |session| {
            Some(session.fatigue?.own_closing_speed)
        });
        self.state("closure", |session| Some(session.fatigue?.closure.name()));
        self.index("yawn_rate", |session| Some(session.fatigue?.yawn_rate));
        self.index("visual_focus", |session| {
            Some(session.attention?.visual_focus)
        });
        self.index("glances_away", |session| {
            Some(session.attention?.glances_away)
        });
        self.reading("attention_buffer", |face| {
            Some(face.session.as_ref()?.attention?.attention_buffer)
        });
        self.reading("away", |face| Some(face.session.as_ref()?.attention?.away));
        self.state("distraction", |session| {
            Some(session.attention?.distraction.name())
        });
        self.state("reference", |session| {
            Some(session.attention?.reference.name())
        });
        self.index("expressiveness", |session| session.expressiveness);
        self.index("tension_blink_rate", |session| {
            Some(session.tension?.blink_rate)
        });
        self.index("tension_head_movement", |session| {
            Some(session.tension?.head_movement)
        });
        self.index("tension_brow_lowerer", |session| {
            Some(session.tension?.brow_lowerer)
        });
        self.index("tension_lip_tightener", |session| {
            Some(session.tension?.lip_tightener)
        });
    }

    pub(super) fn points(&mut self, points: Points) {
        let axes: &[&str] = match points {
            Points::None => &[],
            Points::Flat => &["x", "y"],
            Points::Solid => &["x", "y", "z"],
        };
        for (axis, name) in axes.iter().enumerate() {
            for index in 0..MESH_POINTS {
                self.real(format!("{name}_{index}"), move |row| {
                    let point = row.face()?.location.landmarks.0.get(index)?;
                    // z has x's unit.
                    let side = if axis == 1 { row.height() } else { row.width() };
                    Some(f64::from(point[axis]) * side?)
                });
            }
        }
    }

    pub(super) fn event(&mut self, emotions: bool) {
        self.text("event", |row| Some(row.event()?.event.name().into()));
        self.event_seconds("event_timestamp", |event| {
            event.stream_time.map(|time| time.0)
        });
        self.event_seconds("event_duration", |event| event.duration);
        self.event_seconds("event_onset", |event| event.onset.map(|time| time.0));
        self.event_seconds("event_lowest", |event| event.lowest.map(|time| time.0));
        self.event_seconds("event_apex", |event| event.apex.map(|time| time.0));
        self.event_seconds("event_offset", |event| event.offset.map(|time| time.0));
        self.text("event_kind", |row| Some(row.event()?.kind?.name().into()));
        self.real("event_peak", |row| row.event()?.peak);
        self.real("event_confidence", |row| row.event()?.confidence);
        self.text("event_eyes", |row| Some(row.event()?.eyes?.name().into()));
        self.real("event_amplitude", |row| row.event()?.amplitude);
        self.real("event_closing_speed", |row| row.event()?.closing_speed);
        self.real("event_reopening_speed", |row| row.event()?.reopening_speed);
        self.text("event_action_units", |row| {
            let units = row.event()?.action_units.as_ref()?;
            let units = units
                .iter()
                .map(|unit| format!("{} {}", unit.code, unit.side.name()));
            Some(units.collect::<Vec<_>>().join(" + ").into())
        });
        self.integer("event_returned", |row| {
            Some(row.event()?.returned.unwrap_or_default().into())
        });
        if emotions {
            self.text("event_emotion", |row| {
                row.event()?.emotion.as_deref().map(Cow::Borrowed)
            });
            self.text("event_from", |row| {
                row.event()?.from.as_deref().map(Cow::Borrowed)
            });
            self.text("event_to", |row| {
                row.event()?.to.as_deref().map(Cow::Borrowed)
            });
        }
    }
}
