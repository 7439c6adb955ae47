//! What travels down the stream beside the buffers, in their order: events, and what reads them.
//!
//! Unlike metas these pass muxers and every element that keeps the order of a stream.

use crate::models::ModelFile;
use crate::record::{self, AnalyserInfo, Model};

use super::structure::{StructureError, from_structure, to_structure};
use super::{EVENT_NAME, VERSION};

/// Name of the structure that tells how a stream is read.
pub const SESSION_NAME: &str = "aliyarface-session";

/// The serialized event that carries `message`, the structure of a bus message.
pub fn downstream(message: &gst::StructureRef) -> gst::Event {
    gst::event::CustomDownstream::new(message.to_owned())
}

/// The structure of a message in `event`; `None` where it is no event of ours.
pub fn message_in(event: &gst::EventRef) -> Option<&gst::StructureRef> {
    named(event, EVENT_NAME)
}

/// What a message tells of, on the bus or in an event.
///
/// # Errors
/// It does not follow the schema.
pub fn read(message: &gst::StructureRef) -> Result<record::Event, StructureError> {
    from_structure(message)
}

/// What an element tells of itself: which `models` read its stream, and the labels of the emotions
/// that are read, if any are.
pub fn analyser_info(models: &[ModelFile], labels: Option<&[String]>) -> AnalyserInfo {
    let models = models.iter().map(|model| Model {
        file: model.file.clone(),
        stage: model.stage.clone(),
        sha256: model.sha256.clone(),
    });
    AnalyserInfo {
        plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
        schema_version: VERSION,
        emotions: labels.is_some(),
        emotion_labels: labels.map(<[String]>::to_vec),
        models: models.collect(),
    }
}

/// The sticky event that carries `info`.
pub fn session(info: &AnalyserInfo) -> gst::Event {
    // Plain data fits a structure: the empty one is never sent.
    let structure = to_structure(SESSION_NAME, info);
    let structure = structure.unwrap_or_else(|_| gst::Structure::new_empty(SESSION_NAME));
    gst::event::CustomDownstreamSticky::new(structure)
}

/// What [`session`] told; `None` where `event` is another.
///
/// # Errors
/// It does not follow the schema.
pub fn session_in(event: &gst::EventRef) -> Option<Result<AnalyserInfo, StructureError>> {
    named(event, SESSION_NAME).map(from_structure)
}

fn named<'a>(event: &'a gst::EventRef, name: &str) -> Option<&'a gst::StructureRef> {
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
        assert_eq!(read(&message).unwrap().face_id, 3);
        assert_eq!(session_in(&event), None);
    }

    #[test]
    fn what_an_element_tells_of_itself_arrives_as_it_was() {
        gst::init().unwrap();
        let model = ModelFile {
            file: "mesh.tflite".to_owned(),
            stage: "mesh".to_owned(),
            sha256: "00".to_owned(),
        };
        let own = ["bored".to_owned(), "amused".to_owned()];
        for labels in [None, Some(&own[..])] {
            let info = analyser_info(std::slice::from_ref(&model), labels);
            assert_eq!(info.emotions, labels.is_some());
            let event = session(&info);
            assert!(event.is_sticky());
            assert_eq!(session_in(&event), Some(Ok(info)));
        }
    }
}
