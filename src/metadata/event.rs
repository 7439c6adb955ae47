//! What travels down the stream beside the buffers, in their order: events, and what reads them.
//!
//! Unlike metas these pass muxers and every element that keeps the order of a stream.

use crate::models::ModelFile;

use super::{EVENT_NAME, VERSION};

/// Name of the structure that tells how a stream is read.
pub const SESSION_NAME: &str = "aliyarface-session";

/// The serialized event that carries `message`, the structure of a bus message.
pub fn downstream(message: &gst::StructureRef) -> gst::Event {
    gst::event::CustomDownstream::new(message.to_owned())
}

/// The structure of a message in `event`; `None` where it is no event of ours.
pub fn message_in(event: &gst::EventRef) -> Option<&gst::StructureRef> {
    structure(event, EVENT_NAME)
}

/// The sticky event that tells which `models` read this stream, and whether emotions are read.
pub fn session(models: &[ModelFile], emotions: bool) -> gst::Event {
    let models = models.iter().map(|model| {
        gst::Structure::builder("model")
            .field("file", &model.file)
            .field("stage", &model.stage)
            .field("sha256", &model.sha256)
            .build()
    });
    let structure = gst::Structure::builder(SESSION_NAME)
        .field("plugin-version", env!("CARGO_PKG_VERSION"))
        .field("schema-version", VERSION)
        .field("emotions", emotions)
        .field("models", gst::Array::new(models))
        .build();
    gst::event::CustomDownstreamSticky::new(structure)
}

/// The structure that [`session`] made; `None` where `event` is another.
pub fn session_in(event: &gst::EventRef) -> Option<&gst::StructureRef> {
    structure(event, SESSION_NAME)
}

fn structure<'a>(event: &'a gst::EventRef, name: &str) -> Option<&'a gst::StructureRef> {
    event
        .structure()
        .filter(|structure| structure.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_carries_the_very_structure_of_the_message() {
        gst::init().unwrap();
        let message = gst::Structure::builder(EVENT_NAME)
            .field("event", "face-lost")
            .field("face-id", 3u32)
            .build();
        let event = downstream(&message);
        assert!(event.is_serialized() && event.is_downstream());
        assert_eq!(message_in(&event), Some(message.as_ref()));
        assert_eq!(session_in(&event), None);
    }

    #[test]
    fn a_session_without_emotions_names_none() {
        gst::init().unwrap();
        let model = |stage: &str| ModelFile {
            file: format!("{stage}.tflite"),
            stage: stage.to_owned(),
            sha256: "00".to_owned(),
        };
        let event = session(&[model("mesh")], false);
        assert!(event.is_sticky());
        let structure = session_in(&event).unwrap();
        assert_eq!(structure.get("emotions"), Ok(false));
        let models: gst::Array = structure.get("models").unwrap();
        let model: gst::Structure = models[0].get().unwrap();
        assert_eq!(model.get("file"), Ok("mesh.tflite"));
    }
}
