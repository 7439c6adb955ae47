//! Plain data as a line of JSON, its numbers rounded.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::rounded;

/// `value` as one line; real numbers have `precision` digits after the decimal point, and those that
/// are none are null.
pub fn line<T: Serialize>(value: &T, precision: u32) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::with_capacity(4096);
    value.serialize(&mut Serializer::with_formatter(
        &mut bytes,
        Rounded { precision },
    ))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

struct Rounded {
    precision: u32,
}

impl Formatter for Rounded {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        match rounded(value, self.precision) {
            Some(value) => CompactFormatter.write_f64(writer, value),
            None => self.write_null(writer),
        }
    }

    fn write_f32<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.write_f64(writer, f64::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Numbers {
        whole: u64,
        real: f64,
        tiny: f64,
        none: f64,
        huge: f64,
        single: [f32; 2],
    }

    #[test]
    fn real_numbers_are_rounded_and_whole_ones_kept() {
        let numbers = Numbers {
            whole: 1_234_567_890_123,
            real: 2.345_678,
            tiny: -0.000_001,
            none: f64::NAN,
            huge: f64::MAX,
            single: [0.1, 1.0],
        };
        assert_eq!(
            line(&numbers, 3).unwrap(),
            "{\"whole\":1234567890123,\"real\":2.346,\"tiny\":0.0,\"none\":null,\"huge\":null,\
             \"single\":[0.1,1.0]}\n"
        );
    }
}
