//! The people whom the element remembers, taken from a device and told to it.

use std::collections::HashMap;

use gst::prelude::*;
use gstaliyarface::aliyarface::AliyarFace;
use gstaliyarface::remote::protocol::ResultPerson;

/// Lets `reader` know people again whom another analysis knew.
pub fn give(reader: &gst::Element, known: &[ResultPerson]) {
    if let Some(reader) = reader.downcast_ref::<AliyarFace>()
        && !known.is_empty()
    {
        let known = known.iter().cloned().map(ResultPerson::known);
        reader.gallery().give(known.collect());
    }
}

/// The faces of the frame just read whose ids were given by what they look like: what is done to them must not rely
/// on that.
pub fn recognised(reader: &gst::Element) -> Vec<u32> {
    let reader = reader.downcast_ref::<AliyarFace>();
    let ids = reader.map(|reader| reader.gallery().recognised());
    ids.iter().flatten().map(|id| id.number()).collect()
}

/// What a device was told of people.
#[derive(Default)]
pub struct Changes {
    changes: u64,
    /// When each was last seen, by face id.
    seen: HashMap<u32, u64>,
}

impl Changes {
    /// The people of `reader` who are new or were seen again since the last call.
    pub fn of(&mut self, reader: &gst::Element) -> Vec<ResultPerson> {
        let Some(reader) = reader.downcast_ref::<AliyarFace>() else {
            return Vec::new();
        };
        let gallery = reader.gallery();
        if gallery.changes() == self.changes {
            return Vec::new();
        }
        let (known, changes) = gallery.known();
        self.changes = changes;
        let told = known.iter().map(ResultPerson::new);
        let new = |person: &ResultPerson| self.seen.get(&person.face_id) != Some(&person.seen);
        let (told, known): (Vec<_>, Vec<_>) = told.partition(new);
        let all = told.iter().chain(&known);
        self.seen = all.map(|person| (person.face_id, person.seen)).collect();
        told
    }
}
