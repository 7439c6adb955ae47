//! The element's properties.

use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

use crate::export::{self, Format, Options};
use crate::record::Points;

/// What records tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceExportSelect")]
pub enum Select {
    /// Each frame.
    #[default]
    #[enum_value(name = "Each frame", nick = "frames")]
    Frames,
    /// Events alone.
    #[enum_value(name = "Events alone", nick = "events")]
    Events,
    /// Each frame, and the events that came with it.
    #[enum_value(name = "Each frame, and the events that came with it", nick = "both")]
    Both,
}

/// What `text/x-raw` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceExportSubtitles")]
pub enum Subtitles {
    /// Words for people.
    #[default]
    #[enum_value(name = "Words for people", nick = "words")]
    Words,
    /// The same JSON objects as in application/x-ndjson.
    #[enum_value(name = "The JSON objects of application/x-ndjson", nick = "json")]
    Json,
}

/// What the user may set. Read before a stream's first buffer.
#[derive(Debug, Clone)]
pub struct Settings {
    select: Select,
    landmarks: Points,
    precision: u32,
    subtitles: Subtitles,
    source: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Select::default(),
            landmarks: Points::default(),
            precision: export::PRECISION,
            subtitles: Subtitles::default(),
            source: None,
        }
    }
}

impl Settings {
    /// What records hold.
    pub fn options(&self) -> Options {
        Options {
            frames: self.select != Select::Events,
            events: self.select != Select::Frames,
            points: self.landmarks,
            precision: self.precision,
        }
    }

    /// How `text/x-raw` is written.
    pub fn subtitles(&self) -> Format {
        match self.subtitles {
            Subtitles::Words => Format::Words,
            Subtitles::Json => Format::Ndjson,
        }
    }

    /// The user's name for the source.
    pub fn source(&self) -> Option<String> {
        self.source.clone()
    }

    /// Sets the property `name`; `false` where there is none of that name and type.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        let set = match name {
            "select" => value.get().map(|select| self.select = select),
            "landmarks" => value.get().map(|points| self.landmarks = points),
            "precision" => value.get().map(|digits| self.precision = digits),
            "subtitles" => value.get().map(|subtitles| self.subtitles = subtitles),
            "source" => value.get().map(|source| self.source = source),
            _ => return false,
        };
        set.is_ok()
    }

    /// The value of the property `name`; `None` where there is none.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "select" => self.select.to_value(),
            "landmarks" => self.landmarks.to_value(),
            "precision" => self.precision.to_value(),
            "subtitles" => self.subtitles.to_value(),
            "source" => self.source.to_value(),
            _ => return None,
        })
    }

    /// The property specs.
    pub fn specs() -> &'static [glib::ParamSpec] {
        static SPECS: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(specs);
        &SPECS
    }
}

fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    vec![
        glib::ParamSpecEnum::builder_with_default("select", default.select)
            .nick("Select")
            .blurb("What records tell of")
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("landmarks", default.landmarks)
            .nick("Landmarks")
            .blurb("How much of each face's mesh of 478 points records hold")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("precision")
            .nick("Precision")
            .blurb("Digits after the decimal point")
            .maximum(15)
            .default_value(default.precision)
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("subtitles", default.subtitles)
            .nick("Subtitles")
            .blurb("What the text holds where the caps are text/x-raw")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("source")
            .nick("Source")
            .blurb("Name of the source in the header; when unset, the URI that upstream tells")
            .mutable_ready()
            .build(),
    ]
}
