//! The structures of faces, made where no picture waits for them.

use gst::glib;

use crate::analysis::{Face, TrackId};

use super::{StreamClock, StructureError, face_structure};

/// The structure of each face of an analysis, with times of the buffers.
#[derive(Debug)]
pub struct FaceStructures(Vec<FaceStructure>);

#[derive(Debug)]
struct FaceStructure {
    id: TrackId,
    structure: gst::Structure,
}

impl FaceStructures {
    /// Those of `faces`.
    ///
    /// # Errors
    /// A face holds what no field can.
    pub fn new(faces: &[Face]) -> Result<Self, StructureError> {
        let clock = StreamClock::default();
        let structures = faces.iter().map(|face| {
            Ok(FaceStructure {
                id: face.id,
                structure: face_structure(face, &clock)?,
            })
        });
        structures.collect::<Result<_, _>>().map(Self)
    }

    /// As values of the meta for `faces`, which differ from those they were made of in their ids at the most;
    /// `None` where the ids stand in movements too, or `clock` tells other times than the buffers'.
    pub(super) fn into_values(
        self,
        faces: &[Face],
        clock: &StreamClock,
    ) -> Option<Vec<glib::SendValue>> {
        if !clock.is_of_buffers() || self.0.len() != faces.len() {
            return None;
        }
        let structures = self.0.into_iter().zip(faces).map(|(made, face)| {
            let mut structure = made.structure;
            if made.id != face.id {
                if !face.micro_expressions.is_empty() {
                    return None;
                }
                structure.set("id", face.id.number());
            }
            Some(glib::SendValue::from_owned(structure))
        });
        structures.collect()
    }
}
