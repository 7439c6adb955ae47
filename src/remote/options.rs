//! What a client is started with.

use serde_json::Value;

use super::crop::Crop;
use super::encoder::{EncoderOptions, PictureFormat};
use super::session::{Server, SessionRequest};

/// What a client is started with.
#[derive(Clone)]
pub struct Options {
    /// Which server.
    pub server: Server,
    /// How pictures travel.
    pub encoding: EncoderOptions,
    /// The element's properties, as the server knows them.
    pub settings: Value,
    /// What finds the faces, where nothing else is to leave the device.
    pub crop: Option<Crop>,
}

impl Options {
    /// What a session for pictures of `format` is begun with.
    pub fn session(&self, format: &PictureFormat) -> SessionRequest {
        SessionRequest {
            exact: self.encoding.codec.is_lossless(),
            colorimetry: format.info.colorimetry().to_string(),
            settings: self.settings.clone(),
        }
    }
}
