//! What a device and a server say to each other over a session's socket.
//!
//! A device sends pictures: a byte of flags, its own number (4 bytes), the time in ns (8 bytes), both
//! little-endian, and the picture. The answer to each is binary: that number (4 bytes), how long the server
//! took in us (4 bytes), both little-endian, and a [`FrameResult`] as CBOR, compressed with zlib; or, of one
//! that was not read, the text `{"seq": N, "skipped": true}`. What else a device says is text: a [`Say`].

use std::io::{Read, Write};

use ciborium::Value;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::analysis::Face;
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

/// What a device says beside pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Say {
    /// Take these neutrals, by the server's face ids.
    Baselines(Vec<ResultNeutral>),
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
        if !result.faces.iter().all(|face| is_near(&face.location)) {
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
            Face::try_from(record::Face { location, readings })
        });
        Ok(faces.collect::<Result<_, _>>()?)
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
mod tests {
    use super::*;
    use crate::analysis::MESH_POINTS;
    use crate::record::Mesh;

    fn result() -> FrameResult {
        let points = (0..MESH_POINTS).map(|at| [at as f32 / 977.0, 0.3, -0.1]);
        FrameResult {
            faces: vec![ResultFace {
                location: Location {
                    id: 3,
                    x: 0.1,
                    y: 0.2,
                    width: 1.0 / 3.0,
                    height: 0.4,
                    landmarks: Mesh(points.collect()),
                },
                readings: Readings {
                    pitch: 0.1 + 0.2,
                    ..Readings::default()
                },
            }],
            ..FrameResult::default()
        }
    }

    #[test]
    fn an_exact_result_comes_out_bit_by_bit_as_it_went_in() {
        let packed = result().pack(true).unwrap();
        let message = answer(7, 1500, &packed);
        let read = Answer::read(&message).unwrap();
        assert_eq!((read.seq, read.server_us, read.result), (7, 1500, result()));
    }

    #[test]
    fn a_rounded_one_is_small_and_near() {
        let packed = result().pack(false).unwrap();
        assert!(packed.len() < 3500, "{}", packed.len());
        let read = FrameResult::unpack(&packed).unwrap();
        let exact = result();
        let [read, exact] = [&read, &exact].map(|result| &result.faces[0].location.landmarks.0);
        for (point, exact) in read.iter().flatten().zip(exact.iter().flatten()) {
            assert!((point - exact).abs() <= 0.5 / FINEST);
        }
    }

    #[test]
    fn a_result_of_nothing_of_something_else_or_of_too_much_is_an_error() {
        assert!(matches!(Answer::read(&[0; 7]), Err(ResultError::Short)));
        assert!(Answer::read(&[0; 60]).is_err());
        let mut zeros = ZlibEncoder::new(Vec::new(), Compression::best());
        zeros.write_all(&vec![0; 64 << 20]).unwrap();
        let bomb = zeros.finish().unwrap();
        assert!(matches!(
            FrameResult::unpack(&bomb),
            Err(ResultError::Packing(_))
        ));
        let mut nested = ZlibEncoder::new(Vec::new(), Compression::best());
        nested.write_all(&[0x81; 100_000]).unwrap();
        assert!(FrameResult::unpack(&nested.finish().unwrap()).is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

        #[test]
        fn a_damaged_answer_is_an_answer_or_an_error_and_every_face_in_it_can_be_drawn(
            changes in proptest::collection::vec((proptest::num::usize::ANY, proptest::num::u8::ANY), 1..8),
            cut in proptest::option::of(proptest::num::usize::ANY),
            packed in proptest::bool::ANY,
        ) {
            let whole = result().pack(true).unwrap();
            let mut bytes = whole.clone();
            if !packed {
                bytes.clear();
                ZlibDecoder::new(&whole[..]).read_to_end(&mut bytes).unwrap();
            }
            for (at, value) in changes {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut % bytes.len()));
            if !packed {
                let mut again = ZlibEncoder::new(Vec::new(), Compression::fast());
                again.write_all(&bytes).unwrap();
                bytes = again.finish().unwrap();
            }
            if let Ok(read) = Answer::read(&answer(1, 2, &bytes))
                && let Ok(faces) = read.result.faces()
            {
                for face in faces {
                    let rect = face.rect;
                    let numbers = [rect.x, rect.y, rect.width, rect.height];
                    proptest::prop_assert!(numbers.iter().all(|number| number.abs() < FARTHEST));
                    proptest::prop_assert_eq!(face.landmarks.len(), MESH_POINTS);
                }
            }
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_an_error() {
        let changes: [fn(&mut FrameResult); 4] = [
            |result| result.faces[0].location.x = f64::NAN,
            |result| result.faces[0].location.width = 1e9,
            |result| result.faces[0].location.landmarks.0[5][1] = f32::INFINITY,
            |result| result.faces[0].readings.yaw = f64::NEG_INFINITY,
        ];
        for change in changes {
            let mut result = result();
            change(&mut result);
            let packed = result.pack(true).unwrap();
            assert!(matches!(
                FrameResult::unpack(&packed),
                Err(ResultError::Numbers)
            ));
        }
    }
}
