//! A picture as it is: a head of width and height (2 bytes each, little-endian) and GStreamer's name of
//! the format (8 letters, zeros behind it), and the planes with GStreamer's own strides.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::MessageError;

const HEAD: usize = 12;

/// What is known of a raw picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    width: u16,
    height: u16,
    format: [u8; 8],
}

impl Raw {
    /// Reads the head, and gives what follows it.
    ///
    /// # Errors
    /// It is cut off, names no format of letters and digits, or the picture has not the length it says.
    pub fn read(bytes: &[u8]) -> Result<(Self, &[u8]), MessageError> {
        let Some((head, data)) = bytes.split_first_chunk::<HEAD>() else {
            return Err(MessageError::Raw("its head is cut off"));
        };
        let [w0, w1, h0, h1, format @ ..] = *head;
        let raw = Self {
            width: u16::from_le_bytes([w0, w1]),
            height: u16::from_le_bytes([h0, h1]),
            format,
        };
        let info = raw
            .info()
            .map_err(|_| MessageError::Raw("its format or size is none that GStreamer has"))?;
        if info.size() != data.len() {
            return Err(MessageError::Raw("its length is another than its size has"));
        }
        Ok((raw, data))
    }

    /// The caps of such pictures, of this `colorimetry` unless it is empty.
    ///
    /// # Errors
    /// GStreamer has no such format, or no such colorimetry.
    pub fn caps(self, colorimetry: &str) -> Result<String> {
        let format = self.info()?.format().to_str();
        let caps = format!(
            "video/x-raw,format={format},width={},height={},framerate=0/1",
            self.width, self.height
        );
        if colorimetry.is_empty() {
            return Ok(caps);
        }
        let known = colorimetry.parse::<gst_video::VideoColorimetry>();
        let known = known.ok().context("no such colorimetry")?;
        Ok(format!("{caps},colorimetry=(string){known}"))
    }

    fn info(self) -> Result<gst_video::VideoInfo> {
        let name = self.format.split(|byte| *byte == 0).next();
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        let known = name.filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let format = gst_video::VideoFormat::from_string(known.context("no name of a format")?);
        ensure!(format != gst_video::VideoFormat::Unknown, "no such format");
        let [width, height] = [self.width, self.height].map(u32::from);
        Ok(gst_video::VideoInfo::builder(format, width, height).build()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(width: u16, height: u16, format: &[u8; 8]) -> Vec<u8> {
        let sizes = [width.to_le_bytes(), height.to_le_bytes()].concat();
        [sizes, format.to_vec()].concat()
    }

    #[test]
    fn a_raw_picture_has_the_length_that_its_head_says() {
        gst::init().unwrap();
        let mut bytes = head(4, 2, b"RGB\0\0\0\0\0");
        bytes.extend([7; 24]);
        let (raw, data) = Raw::read(&bytes).unwrap();
        assert_eq!(data.len(), 24);
        assert!(
            raw.caps("")
                .unwrap()
                .contains("format=RGB,width=4,height=2")
        );
        bytes.push(0);
        assert!(Raw::read(&bytes).is_err());
    }

    #[test]
    fn a_format_that_is_none_and_a_size_of_nothing_are_errors() {
        gst::init().unwrap();
        for (width, format) in [(4, b"a,b=c!  "), (4, b"NOSUCH\0\0"), (0, b"RGB\0\0\0\0\0")] {
            assert!(Raw::read(&head(width, 2, format)).is_err());
        }
        assert!(Raw::read(&[0; 11]).is_err());
    }
}
