//! The lines of application/x-ndjson: a header, a line for each buffer, an end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Event, Group, Object, StreamTime};

/// A line of `aliyarfaceexport` (application/x-ndjson).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Line {
    /// The first line.
    Header(Header),
    /// One for each buffer.
    Frame(Frame),
    /// With select=events: one for each buffer before which something happened.
    Events(Moment),
    /// The last line, after EOS alone: it tells that nothing is missing.
    End(End),
}

/// A file that was loaded to read the faces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "model")]
pub struct Model {
    /// Its name.
    pub file: String,
    /// The stage that it serves.
    pub stage: String,
    /// Its hash.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
}

/// What an `aliyarface` tells of itself down the stream, before its first buffer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AnalyserInfo {
    /// Version of the plugin.
    pub plugin_version: String,
    /// Version of the metadata.
    pub schema_version: u32,
    /// Whether emotions are read.
    pub emotions: bool,
    /// The labels in use, in the net's order; absent where no emotions are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotion_labels: Option<Vec<String>>,
    /// The files that were loaded.
    pub models: Vec<Model>,
}

/// What wrote the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "versions")]
pub struct Versions {
    /// Of the exporting plugin, with its commit.
    pub plugin: String,
    /// Of GStreamer.
    pub gstreamer: String,
    /// Of the aliyarface that read the faces; null where none announced itself.
    pub analyser: Option<String>,
    /// Of the metadata.
    pub meta: Option<u32>,
}

/// What is known of a stream before its first buffer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "header", rename_all = "kebab-case")]
pub struct Header {
    /// `aliyarface-record`.
    #[schemars(extend("const" = super::SCHEMA))]
    pub schema: String,
    /// Grows when a field is removed or changes its meaning.
    #[schemars(extend("const" = super::SCHEMA_VERSION))]
    pub schema_version: u32,
    /// The property `source`, else the URI that upstream tells.
    pub source: Option<String>,
    /// The caps of the buffers.
    pub caps: Option<String>,
    /// What wrote this.
    pub versions: Versions,
    /// Whether emotions are read.
    pub emotions: Option<bool>,
    /// The files that were loaded to read the faces.
    pub models: Vec<Model>,
}

/// Width and height of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "resolution")]
pub struct Resolution {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// What is known of one buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "frame", rename_all = "kebab-case")]
pub struct Frame {
    /// Counts buffers from 1.
    pub frame: u64,
    /// PTS of the buffer in ns.
    pub timestamp: Option<u64>,
    /// The same in the stream's time.
    pub stream_time: Option<StreamTime>,
    /// How long it lasts, in ns.
    pub duration: Option<u64>,
    /// The picture's size.
    pub resolution: Option<Resolution>,
    /// False where the buffer carries no metadata.
    pub analysed: bool,
    /// Version of the metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// PTS in ns of the frame that was analysed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis_pts: Option<u64>,
    /// The faces.
    pub objects: Vec<Object>,
    /// Five faces or more together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// With select=both: what happened since the line before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
}

/// What happened before a buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "moment", rename_all = "kebab-case")]
pub struct Moment {
    /// Counts buffers from 1.
    pub frame: u64,
    /// PTS of the buffer in ns.
    pub timestamp: Option<u64>,
    /// The same in the stream's time.
    pub stream_time: Option<StreamTime>,
    /// How long the buffer lasts, in ns.
    pub duration: Option<u64>,
    /// What happened.
    pub events: Vec<Event>,
}

/// That the stream came to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "end")]
pub struct End {
    /// Buffers there were.
    pub frames: u64,
    /// With select=both and select=events: what happened after the last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
}
