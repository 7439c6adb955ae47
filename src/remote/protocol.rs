//! What a device and a server say to each other over a session's socket.
//!
//! A device sends pictures: a byte of flags, its own number (4 bytes), the time in ns (8 bytes), both
//! little-endian, and the picture. The answer to each is binary: that number (4 bytes), how long the server
//! took in us (4 bytes), both little-endian, and a [`FrameResult`] as CBOR, compressed with zlib; or, of one
//! that was not read, the text `{"seq": N, "skipped": true}`. What else a device says is text: a [`DeviceMessage`].

use std::io::{Read, Write};

use ciborium::Value;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::analysis::{BufferTime, Face, KnownPerson, TrackId};
use crate::metadata::SchemaError;
use crate::record::{self, Event, Location, Readings};

/// The version of what is said over the socket, as its subprotocol.
pub const VERSION: &str = "aliyarface.v1";
/// Flag: the picture can be decoded without those before it.
pub const KEY: u8 = 1;
/// Flag: the picture is a JPEG.
pub const JPEG: u8 = 2;
/// Flag: the picture is a PNG.
pub const PNG: u8 = 4;
/// Flag: the picture is as it is.
pub const RAW: u8 = 8;
/// Flag: there is no picture; the stream ends here, or breaks. The answer tells what was still to be told.
pub const END: u8 = 16;
/// Bytes before a picture.
pub const HEAD: usize = 13;
/// Bytes before a result.
const ANSWER_HEAD: usize = 8;
/// The most that a result may be, unpacked: a hundred faces.
const LARGEST: u64 = 4 << 20;
/// How deep a result may be nested.
const DEEPEST: usize = 16;
/// Landmarks that need not be exact are told in this part of the picture: .04 pixels of 640.
const FINEST: f32 = 16_384.0;
/// Numbers that a person may be known again by.
const MOST_FEATURES: usize = 256;
/// Numbers of places beyond this many pictures are none.
const FARTHEST: f64 = 100.0;

/// What was read of one picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FrameResult {
    /// The faces.
    pub faces: Vec<ResultFace>,
    /// What happened since the picture before.
    pub events: Vec<Event>,
    /// The people's neutrals, now and then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baselines: Option<Vec<ResultNeutral>>,
    /// Ids of faces that were given by what they look like, not by following them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recognised: Vec<u32>,
    /// The people who are remembered, as far as that has changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<ResultPerson>,
}

/// One face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultFace {
    /// Where it is.
    pub location: Location,
    /// What is read of it.
    pub readings: Readings,
}

/// The neutral of one face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResultNeutral {
    /// Track id.
    pub face_id: u32,
    /// A score for each Action Unit, in their order.
    pub scores: Vec<f64>,
}

/// What one person is known again by, where people are remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResultPerson {
    /// Track id.
    pub face_id: u32,
    /// When the face was last seen, in ns of the device's pictures.
    pub seen: u64,
    /// Numbers of looks and shape.
    pub features: Vec<f32>,
}

impl ResultPerson {
    /// `person` as told.
    pub fn new(person: &KnownPerson) -> Self {
        Self {
            face_id: person.id.number(),
            seen: person.seen.nanos(),
            features: person.features.clone(),
        }
    }

    /// Who was told of.
    pub fn known(self) -> KnownPerson {
        KnownPerson {
            id: TrackId::new(self.face_id),
            seen: BufferTime::from_nanos(self.seen),
            features: self.features,
        }
    }
}

/// What a device says beside pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceMessage {
    /// Take these neutrals, by the server's face ids.
    Baselines(Vec<ResultNeutral>),
    /// Know these people again, by ids that the server gives to nobody itself.
    People(Vec<ResultPerson>),
    /// Emit an action signal: `calibrate` or `reset-baseline`.
    Signal(String),
    /// Change the element's properties.
    Settings(serde_json::Value),
}

/// Why bytes are no result.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// Too few bytes.
    #[error("it is cut off")]
    Short,
    /// No zlib, or more than can be.
    #[error("it cannot be unpacked")]
    Packing(#[source] std::io::Error),
    /// No CBOR, or of something else.
    #[error("it holds something else")]
    Contents(String),
    /// A number that is none, or a place far outside of the picture.
    #[error("it holds numbers that cannot be")]
    Numbers,
    /// Fields that do not fit each other.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// An answer of a server.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The device's own number of the picture.
    pub seq: u32,
    /// How long the server took, in us.
    pub server_us: u32,
    /// What was read.
    pub result: FrameResult,
}

/// The message of a picture.
pub fn picture(flags: u8, seq: u32, time: u64, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut message = Vec::with_capacity(HEAD + length);
    message.push(flags);
    message.extend(seq.to_le_bytes());
    message.extend(time.to_le_bytes());
    for part in parts {
        message.extend(*part);
    }
    message
}

/// The message that answers picture `seq` with what [`FrameResult::pack`] gave.
pub fn answer(seq: u32, server_us: u32, packed: &[u8]) -> Vec<u8> {
    [&seq.to_le_bytes()[..], &server_us.to_le_bytes(), packed].concat()
}

impl Answer {
    /// Reads a message of a server.
    ///
    /// # Errors
    /// It is none, or tells of what cannot be.
    pub fn read(message: &[u8]) -> Result<Self, ResultError> {
        let (head, packed) = message
            .split_first_chunk::<ANSWER_HEAD>()
            .ok_or(ResultError::Short)?;
        let [s0, s1, s2, s3, t0, t1, t2, t3] = *head;
        Ok(Self {
            seq: u32::from_le_bytes([s0, s1, s2, s3]),
            server_us: u32::from_le_bytes([t0, t1, t2, t3]),
            result: FrameResult::unpack(packed)?,
        })
    }
}

impl FrameResult {
    /// Its bytes; unless they are to be `exact`, landmarks are rounded to 1/16384 of the picture and other
    /// numbers to seven digits.
    ///
    /// # Errors
    /// It holds what CBOR cannot: never.
    pub fn pack(&self, exact: bool) -> Result<Vec<u8>, ResultError> {
        let contents = |err: &dyn std::fmt::Display| ResultError::Contents(err.to_string());
        let mut value = Value::serialized(self).map_err(|err| contents(&err))?;
        if !exact {
            round(&mut value);
        }
        let mut bytes = Vec::new();
        ciborium::into_writer(&value, &mut bytes).map_err(|err| contents(&err))?;
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).map_err(ResultError::Packing)?;
        packed.finish().map_err(ResultError::Packing)
    }

    /// What [`FrameResult::pack`] packed.
    ///
    /// # Errors
    /// It is none, or tells of what cannot be.
    pub fn unpack(packed: &[u8]) -> Result<Self, ResultError> {
        let mut bytes = Vec::new();
        let unpacked = ZlibDecoder::new(packed)
            .take(LARGEST + 1)
            .read_to_end(&mut bytes);
        unpacked.map_err(ResultError::Packing)?;
        if bytes.len() as u64 > LARGEST {
            return Err(ResultError::Packing(
                std::io::ErrorKind::FileTooLarge.into(),
            ));
        }
        let value: Result<Value, _> =
            ciborium::de::from_reader_with_recursion_limit(&bytes[..], DEEPEST);
        let value = value.map_err(|err| ResultError::Contents(err.to_string()))?;
        if !is_finite(&value) {
            return Err(ResultError::Numbers);
        }
        let result = value.deserialized::<Self>();
        let result = result.map_err(|err| ResultError::Contents(err.to_string()))?;
        let short = |person: &ResultPerson| person.features.len() <= MOST_FEATURES;
        let near = result.faces.iter().all(|face| is_near(&face.location));
        if !near || !result.people.iter().all(short) {
            return Err(ResultError::Numbers);
        }
        Ok(result)
    }

    /// The faces, as the analysis would have told them.
    ///
    /// # Errors
    /// Fields do not fit each other.
    pub fn faces(self) -> Result<Vec<Face>, ResultError> {
        let faces = self.faces.into_iter().map(|face| {
            let ResultFace { location, readings } = face;
            let recognised = self.recognised.contains(&location.id);
            let face = Face::try_from(record::Face { location, readings })?;
            Ok(Face { recognised, ..face })
        });
        faces.collect()
    }
}

fn is_finite(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.is_finite(),
        Value::Array(values) => values.iter().all(is_finite),
        Value::Map(pairs) => pairs.iter().all(|(_, value)| is_finite(value)),
        _ => true,
    }
}

fn is_near(location: &Location) -> bool {
    let near = |number: f64| number.is_finite() && number.abs() < FARTHEST;
    let rect = [location.x, location.y, location.width, location.height];
    let mut points = location.landmarks.0.iter().flatten();
    rect.into_iter().all(near)
        && location.width >= 0.0
        && location.height >= 0.0
        && points.all(|&number| near(number.into()))
}

/// Rounds every number that is no whole one.
fn round(value: &mut Value) {
    match value {
        Value::Float(number) => *number = f64::from(*number as f32),
        Value::Array(values) => values.iter_mut().for_each(round),
        Value::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| round(value)),
        Value::Bytes(mesh) => {
            for bytes in mesh.as_chunks_mut::<4>().0 {
                let rounded = (f32::from_le_bytes(*bytes) * FINEST).round() / FINEST;
                *bytes = rounded.to_le_bytes();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
