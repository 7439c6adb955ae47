//! A picture as it comes over the socket: `flags | seq | capture time in us | access unit`.

mod raw;

use gstaliyarface::remote::protocol::{END, JPEG, PNG, RAW};
pub use gstaliyarface::remote::protocol::{HEAD, KEY};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::raw::Raw;

/// How a picture is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Codec {
    /// H.264, annex B, one access unit a message.
    H264,
    /// One JPEG a message.
    Jpeg,
    /// One PNG a message.
    Png,
    /// Not at all.
    Raw(Raw),
}

impl Codec {
    /// Whether each picture can be decoded alone.
    pub fn alone(self) -> bool {
        self != Self::H264
    }
}

/// One picture.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// How it is compressed.
    pub codec: Codec,
    /// Whether it can be decoded without those before it.
    pub key: bool,
    /// The sender's own number, which comes back with the result.
    pub seq: u32,
    /// When it was taken, in us of the sender's clock; a device's in ns.
    pub captured: u64,
    /// The compressed picture.
    pub data: &'a [u8],
}

/// Why a message is not one.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MessageError {
    /// The head is cut off, or nothing follows it.
    #[error("a message of {0} bytes holds no picture")]
    Short(usize),
    /// The head of a raw picture, or its length.
    #[error("the raw picture is not one: {0}")]
    Raw(&'static str),
    /// Flags of another version.
    #[error("the flags {0:#04x} are not known")]
    Flags(u8),
}

/// The number of the message by which a device says that its stream ends; `None` where `bytes` are a picture.
pub fn end(bytes: &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let [flags, s0, s1, s2, s3, ..] = *head;
    (flags == END && rest.is_empty()).then(|| u32::from_le_bytes([s0, s1, s2, s3]))
}

impl<'a> Message<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// It is too short, or its flags are not known.
    pub fn read(bytes: &'a [u8]) -> Result<Self, MessageError> {
        let short = MessageError::Short(bytes.len());
        let Some((head, data)) = bytes.split_first_chunk::<HEAD>() else {
            return Err(short);
        };
        if data.is_empty() {
            return Err(short);
        }
        let [flags, s0, s1, s2, s3, captured @ ..] = *head;
        let (codec, data) = match flags & !KEY {
            0 => (Codec::H264, data),
            JPEG => (Codec::Jpeg, data),
            PNG => (Codec::Png, data),
            RAW => {
                let (raw, data) = Raw::read(data)?;
                (Codec::Raw(raw), data)
            }
            _ => return Err(MessageError::Flags(flags)),
        };
        Ok(Self {
            codec,
            key: codec.alone() || flags & KEY != 0,
            seq: u32::from_le_bytes([s0, s1, s2, s3]),
            captured: u64::from_le_bytes(captured),
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let mut bytes = vec![1];
        bytes.extend(7u32.to_le_bytes());
        bytes.extend(1_000_001u64.to_le_bytes());
        bytes.extend(b"unit");
        let read = Message::read(&bytes).unwrap();
        let wanted = Message {
            codec: Codec::H264,
            key: true,
            seq: 7,
            captured: 1_000_001,
            data: b"unit",
        };
        assert_eq!(read, wanted);
        bytes[0] = 2;
        let read = Message::read(&bytes).unwrap();
        assert_eq!((read.codec, read.key), (Codec::Jpeg, true));
    }

    #[test]
    fn the_end_of_a_device_s_stream_is_a_head_alone() {
        let bytes = gstaliyarface::remote::protocol::picture(END, 9, 0, &[]);
        assert_eq!(end(&bytes), Some(9));
        for other in [
            &bytes[1..],
            &[bytes.clone(), vec![0]].concat(),
            &[&[1], &bytes[1..]].concat(),
        ] {
            assert_eq!(end(other), None);
        }
    }

    #[test]
    fn every_short_or_strange_message_is_an_error() {
        let bytes = [0; 64];
        for length in 0..=HEAD {
            let read = Message::read(&bytes[..length]);
            assert_eq!(read, Err(MessageError::Short(length)));
        }
        for flags in (0..=255u8).filter(|flags| ![0, 2, 4, 8].contains(&(flags & !1))) {
            let mut bytes = bytes;
            bytes[0] = flags;
            assert_eq!(Message::read(&bytes), Err(MessageError::Flags(flags)));
        }
    }
}
