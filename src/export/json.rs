//! Any structure of GStreamer as JSON.

use serde_json::{Map, Value};

use super::rounded;

/// What a structure says, field by field; bytes are left out.
pub fn object(structure: &gst::StructureRef, precision: u32) -> Map<String, Value> {
    let fields = structure.iter();
    let fields = fields.filter_map(|(name, field)| {
        let value = value(field, precision)?;
        Some((name.to_string(), value))
    });
    fields.collect()
}

/// A number with `precision` digits after the decimal point; null where it is none.
pub fn number(value: f64, precision: u32) -> Value {
    rounded(value, precision).map_or(Value::Null, Value::from)
}

/// A time in ns; null where it is not known.
pub fn time(time: Option<gst::ClockTime>) -> Value {
    time.map(gst::ClockTime::nseconds).into()
}

/// `None` for bytes: they are no text.
fn value(field: &glib::Value, precision: u32) -> Option<Value> {
    if field.is::<glib::Bytes>() {
        return None;
    }
    let values = |values: &[glib::SendValue]| {
        let values = values.iter().filter_map(|item| value(item, precision));
        Value::Array(values.collect())
    };
    if let Ok(structure) = field.get::<&gst::StructureRef>() {
        return Some(Value::Object(object(structure, precision)));
    }
    if let Ok(array) = field.get::<gst::ArrayRef>() {
        return Some(values(array.as_slice()));
    }
    if let Ok(list) = field.get::<gst::ListRef>() {
        return Some(values(list.as_slice()));
    }
    Some(scalar(field, precision))
}

fn scalar(field: &glib::Value, precision: u32) -> Value {
    if let Ok(text) = field.get::<Option<&str>>() {
        return text.into();
    }
    if let Ok(flag) = field.get::<bool>() {
        return flag.into();
    }
    if let Ok(real) = field.get::<f64>() {
        return number(real, precision);
    }
    if let Ok(real) = field.get::<f32>() {
        return number(f64::from(real), precision);
    }
    if let Ok(whole) = field.get::<u32>() {
        return whole.into();
    }
    if let Ok(whole) = field.get::<i32>() {
        return whole.into();
    }
    if let Ok(whole) = field.get::<i64>() {
        return whole.into();
    }
    if let Ok(whole) = field.get::<u64>() {
        // GStreamer's word for a time that is not known.
        return (whole != u64::MAX).then_some(whole).into();
    }
    let text = field.transform::<String>().ok();
    let text = text.and_then(|text| text.get::<Option<String>>().ok().flatten());
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_of_field_keeps_its_meaning() {
        gst::init().unwrap();
        let inner = gst::Structure::builder("action-units")
            .field("AU12", 2.345_678)
            .build();
        let structure = gst::Structure::builder("face")
            .field("id", 7u32)
            .field("ends", -3i32)
            .field("since", 1_234_567_890_123u64)
            .field("until", None::<gst::ClockTime>)
            .field("usable", true)
            .field("emotion", "happiness")
            .field("rotation", gst::Array::new([1.0, -0.000_001]))
            .field("labels", gst::Array::new(["a", "b"]))
            .field("action-units", inner)
            .field("broken", f64::NAN)
            .field("landmarks", glib::Bytes::from_static(&[1, 2]))
            .build();
        assert_eq!(
            Value::Object(object(&structure, 3)),
            json!({
                "id": 7,
                "ends": -3,
                "since": 1_234_567_890_123u64,
                "until": null,
                "usable": true,
                "emotion": "happiness",
                "rotation": [1.0, 0.0],
                "labels": ["a", "b"],
                "action-units": {"AU12": 2.346},
                "broken": null,
            })
        );
    }
}
