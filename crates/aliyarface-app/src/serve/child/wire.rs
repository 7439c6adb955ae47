//! What the server and the process of a session say to each other: frames of a length (4 bytes,
//! little-endian), a kind (1 byte) and a body.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use gstaliyarface::remote::protocol::ResultPerson;
use serde::{Deserialize, Serialize};

use crate::serve::message::Codec;
use crate::serve::settings::Settings;
use crate::serve::sources::SourceAddress;

/// The longest body: a picture of 4K as it is, and a little more.
const LONGEST: usize = 64 << 20;
const PICTURE: u8 = 0;
const CONTROL: u8 = 1;
const LINES: u8 = 2;
const ROWS: u8 = 3;
const CAME: u8 = 4;
const SHOWN: u8 = 5;
const FILM: u8 = 6;
const RESULT: u8 = 7;
/// A picture's time.
const TIME: usize = 8;

/// What the process is for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Job {
    /// Pictures that are sent one by one; `true` where a film of them is wanted.
    Pictures(Settings, bool),
    /// Pictures of a device, which wants results bit by bit where they are to be exact, and tells GStreamer's
    /// name of their colorimetry.
    Device {
        /// The element's properties.
        settings: Settings,
        /// Whether results are told bit by bit.
        exact: bool,
        /// Of raw pictures; empty where nothing is known.
        colorimetry: String,
    },
    /// Every picture of a file.
    File(PathBuf, Settings),
    /// Pictures that the process fetches itself; `true` where a film of them is wanted.
    Address(SourceAddress, Settings, bool),
    /// The same, of which records without meshes are told and nothing is shown.
    Events(SourceAddress, Settings),
    /// What it costs to read a picture of a file.
    Cost(PathBuf),
    /// What a file is.
    Probe(PathBuf),
    /// A test picture.
    Test,
}

/// What the server says beside pictures.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Control {
    /// The first frame.
    Begin(Job),
    /// Pictures begin anew.
    Cut,
    /// A device's stream ends: what was still to be told is its last result.
    End,
    /// Properties of the element change.
    Change(Settings),
    /// An action signal of the element.
    Signal(String),
    /// Tell the people's neutrals.
    GiveBaselines,
    /// Take neutrals, as they were told.
    TakeBaselines(String),
    /// Know these people again, in this device's stream.
    TakePeople(Vec<ResultPerson>),
    /// Somebody watches the pictures that it fetches, or nobody; one who comes needs a key.
    Watch(bool),
    /// Open the address again.
    Connect,
}

/// A frame to the process.
#[derive(Debug, PartialEq)]
pub enum Command {
    /// A picture with its time in ns.
    Picture(Codec, u64, Vec<u8>),
    /// Anything else.
    Control(Control),
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Its length in seconds.
    pub seconds: f64,
}

/// What the process tells beside records.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum ChildNotice {
    /// It did what it is for.
    Ended,
    /// It cannot.
    Failed(String),
    /// What the file is.
    FileInfo(FileInfo),
    /// Processor time in ms that a picture costs.
    Cost(f64),
    /// A film begins.
    Film,
    /// The people's neutrals; `None` where no picture came yet or they cannot be taken.
    Baselines(Option<String>),
}

/// A frame from the process.
#[derive(Debug, PartialEq)]
pub enum ChildMessage {
    /// Lines that aliyarfaceexport wrote.
    Lines(String),
    /// Rows that it wrote.
    Rows(String),
    /// A picture with this time in ns was fetched.
    Came(u64),
    /// A fetched picture in H.264: its time, whether it is a key, one access unit.
    Shown(u64, bool, Vec<u8>),
    /// A part of a film.
    Film(Vec<u8>),
    /// What was read of a device's picture with this time, as the protocol packs it; of its stream's end
    /// [`END_TIME`].
    Result(u64, Vec<u8>),
    /// Anything else.
    Notice(ChildNotice),
}

/// The time of the result that tells of a stream's end.
pub const END_TIME: u64 = u64::MAX;

/// Writes a picture.
///
/// # Errors
/// The process is gone or does not read.
pub fn send_picture(to: &mut impl Write, codec: Codec, time: u64, data: &[u8]) -> io::Result<()> {
    let codec = serde_json::to_vec(&codec)?;
    let length = u8::try_from(codec.len()).map_err(|_| strange())?;
    send(to, PICTURE, &[&time.to_le_bytes(), &[length], &codec, data])
}

/// Writes anything else to the process.
///
/// # Errors
/// The process is gone or does not read.
pub fn send_control(to: &mut impl Write, control: &Control) -> io::Result<()> {
    send(to, CONTROL, &[&serde_json::to_vec(control)?])
}

/// Writes what the process tells.
///
/// # Errors
/// The server is gone.
pub fn write_message(to: &mut impl Write, message: &ChildMessage) -> io::Result<()> {
    match message {
        ChildMessage::Lines(text) => send(to, LINES, &[text.as_bytes()]),
        ChildMessage::Rows(text) => send(to, ROWS, &[text.as_bytes()]),
        ChildMessage::Came(time) => send(to, CAME, &[&time.to_le_bytes()]),
        ChildMessage::Shown(time, key, data) => {
            send(to, SHOWN, &[&time.to_le_bytes(), &[u8::from(*key)], data])
        }
        ChildMessage::Film(data) => send(to, FILM, &[data]),
        ChildMessage::Result(time, packed) => send(to, RESULT, &[&time.to_le_bytes(), packed]),
        ChildMessage::Notice(notice) => send(to, CONTROL, &[&serde_json::to_vec(notice)?]),
    }
}

/// Reads the next frame to the process; `None` at the end.
///
/// # Errors
/// It is cut off or is none.
pub fn next_command(from: &mut impl Read) -> io::Result<Option<Command>> {
    let Some((kind, body)) = receive(from)? else {
        return Ok(None);
    };
    match kind {
        PICTURE => {
            let (time, rest) = body.split_first_chunk::<TIME>().ok_or_else(strange)?;
            let (length, rest) = rest.split_first().ok_or_else(strange)?;
            let split = rest.split_at_checked(usize::from(*length));
            let (codec, data) = split.ok_or_else(strange)?;
            let (codec, time) = (serde_json::from_slice(codec)?, u64::from_le_bytes(*time));
            Ok(Some(Command::Picture(codec, time, data.to_vec())))
        }
        CONTROL => Ok(Some(Command::Control(serde_json::from_slice(&body)?))),
        _ => Err(strange()),
    }
}

/// Reads the next frame of the process; `None` at the end.
///
/// # Errors
/// It is cut off or is none: the process may have been taken over by what it decoded.
pub fn next_message(from: &mut impl Read) -> io::Result<Option<ChildMessage>> {
    let Some((kind, body)) = receive(from)? else {
        return Ok(None);
    };
    let text = |body| String::from_utf8(body).map_err(|_| strange());
    Ok(Some(match kind {
        LINES => ChildMessage::Lines(text(body)?),
        ROWS => ChildMessage::Rows(text(body)?),
        CAME => ChildMessage::Came(u64::from_le_bytes(body.try_into().map_err(|_| strange())?)),
        SHOWN => {
            let (time, rest) = body.split_first_chunk::<TIME>().ok_or_else(strange)?;
            let (key, data) = rest.split_first().ok_or_else(strange)?;
            ChildMessage::Shown(u64::from_le_bytes(*time), *key != 0, data.to_vec())
        }
        FILM => ChildMessage::Film(body),
        RESULT => {
            let (time, packed) = body.split_first_chunk::<TIME>().ok_or_else(strange)?;
            ChildMessage::Result(u64::from_le_bytes(*time), packed.to_vec())
        }
        CONTROL => ChildMessage::Notice(serde_json::from_slice(&body)?),
        _ => return Err(strange()),
    }))
}

fn send(to: &mut impl Write, kind: u8, parts: &[&[u8]]) -> io::Result<()> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u32::try_from(length).map_err(|_| strange())?;
    let mut frame = Vec::with_capacity(5 + length as usize);
    frame.extend(length.to_le_bytes());
    frame.push(kind);
    for part in parts {
        frame.extend(*part);
    }
    to.write_all(&frame)
}

fn receive(from: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut head = [0; 5];
    match from.read_exact(&mut head) {
        Ok(()) => {}
        Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(err) => return Err(err),
    }
    let [l0, l1, l2, l3, kind] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length > LONGEST {
        return Err(strange());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some((kind, body)))
}

fn strange() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame is not one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        send_picture(&mut bytes, Codec::Png, 7, b"png").unwrap();
        send_control(&mut bytes, &Control::Signal("calibrate".into())).unwrap();
        let mut from = bytes.as_slice();
        let picture = next_command(&mut from).unwrap();
        assert_eq!(
            picture,
            Some(Command::Picture(Codec::Png, 7, b"png".to_vec()))
        );
        let signal = next_command(&mut from).unwrap();
        let wanted = Command::Control(Control::Signal("calibrate".into()));
        assert_eq!(signal, Some(wanted));
        assert_eq!(next_command(&mut from).unwrap(), None);
    }

    #[test]
    fn what_is_told_is_read_as_it_was_written() {
        let mut bytes = Vec::new();
        let all = [
            ChildMessage::Came(7),
            ChildMessage::Shown(8, true, vec![1, 2]),
            ChildMessage::Film(vec![3]),
        ];
        for message in &all {
            write_message(&mut bytes, message).unwrap();
        }
        let mut from = bytes.as_slice();
        for message in all {
            assert_eq!(next_message(&mut from).unwrap(), Some(message));
        }
    }

    #[test]
    fn what_a_process_that_was_taken_over_may_say_is_no_more_than_an_error() {
        for bytes in [
            &[255; 5][..],
            &[1, 0, 0, 0, 9, 0],
            &[3, 0, 0, 0, LINES, 0, 0],
            &[2, 0, 0, 0, LINES, 255, 255],
            &[2, 0, 0, 0, CONTROL, b'{', b'}'],
            &[2, 0, 0, 0, CAME, 0, 0],
            &[8, 0, 0, 0, SHOWN, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(next_message(&mut &bytes[..]).is_err(), "{bytes:?}");
        }
    }
}
