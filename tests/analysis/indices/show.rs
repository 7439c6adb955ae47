//! A person shown to the element picture by picture, and what it told of them and when.

use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::analysis::{EventName, Face, Session};

use crate::support::pictures::{Photo, faces_in};
use crate::support::{Host, faces, info};

/// Something that an index told of; times in seconds of the stream.
#[derive(Debug, Clone)]
pub struct Event {
    pub name: String,
    /// When it began.
    pub from: f64,
    /// How long it has lasted.
    pub lasted: f64,
    /// The frame with which it was told.
    pub told: f64,
    /// Which eye winked.
    pub eyes: Option<String>,
}

/// The element, and what it has told.
pub struct Show {
    host: Host,
    rate: f64,
    frames: u64,
    pub events: Vec<Event>,
    /// The last session.
    pub session: Option<Session>,
}

impl Show {
    /// An element with these properties that is shown pictures as large as `photo`, `rate` a second.
    pub fn new(properties: &str, photo: &Photo, rate: f64) -> Self {
        let info = info(VideoFormat::Rgb, photo.width as u32, photo.height as u32);
        let caps = info.to_caps().unwrap();
        let properties = format!("emotions=false micro-expressions=false {properties}");
        Self {
            host: Host::new(&properties, &caps),
            rate,
            frames: 0,
            events: Vec::new(),
            session: None,
        }
    }

    /// Shows the next picture; the face in it.
    pub fn frame(&mut self, photo: &Photo) -> Option<Face> {
        let mut buffer = gst::Buffer::from_mut_slice(photo.padded());
        let told = self.frames as f64 / self.rate;
        let pts = gst::ClockTime::from_nseconds((told * 1e9) as u64);
        buffer.get_mut().unwrap().set_pts(pts);
        self.frames += 1;
        let face = faces(&self.host.pass(buffer)).into_iter().next();
        for structure in self.host.events() {
            let seconds = |field: &str| {
                let time: Option<gst::ClockTime> = structure.get(field).ok();
                time.map_or(0.0, |time| time.nseconds() as f64 / 1e9)
            };
            self.events.push(Event {
                name: structure.get("event").unwrap(),
                from: seconds("timestamp"),
                lasted: seconds("duration"),
                told,
                eyes: structure.get("eyes").ok().filter(|eyes| eyes != "both"),
            });
        }
        let session = face.as_ref().and_then(|face| face.session);
        self.session = session.or(self.session);
        face
    }

    /// Shows `seconds` of pictures, each the one that `choose` names at its time from now on.
    pub fn play<'a>(&mut self, seconds: f64, choose: impl Fn(f64) -> &'a Photo) {
        for frame in 0..(seconds * self.rate).round() as u64 {
            self.frame(choose(frame as f64 / self.rate));
        }
    }

    /// Tells the element that the person looks forward now.
    pub fn calibrate(&self) {
        self.host.element().emit_by_name::<()>("calibrate", &[]);
    }

    /// The events called so.
    pub fn named(&self, name: EventName) -> Vec<&Event> {
        let events = self.events.iter();
        events.filter(|event| event.name == name.name()).collect()
    }
}

/// The face of a photo, as a single picture shows it.
pub fn first_face(photo: &Photo) -> Face {
    faces_in(photo).remove(0)
}
