//! The properties of an analysis on a server.

use std::path::PathBuf;

use gst::glib;
use gst::prelude::*;

use crate::remote::{Codec, EncoderOptions, Server};

use super::super::engine::{RemoteChoice, Stages};

/// Who reads frames where a server does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceRemoteFallback")]
pub enum Fallback {
    /// This machine, with models that are loaded then.
    #[default]
    #[enum_value(
        name = "This machine, with models that are loaded then",
        nick = "local"
    )]
    Local,
    /// Nobody.
    #[enum_value(name = "Nobody: frames pass without a result", nick = "none")]
    None,
}

/// The longest side in pixels of pictures that are sent: faces are followed and read well in those.
const LONGEST_SIDE: u32 = 640;

/// Which server reads, and how pictures go there.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteSettings {
    server: Option<String>,
    token: Option<String>,
    certificate: Option<PathBuf>,
    codec: Codec,
    size: u32,
    crop: bool,
    fallback: Fallback,
}

impl Default for RemoteSettings {
    fn default() -> Self {
        Self {
            server: None,
            token: None,
            certificate: None,
            codec: Codec::default(),
            size: LONGEST_SIDE,
            crop: false,
            fallback: Fallback::default(),
        }
    }
}

impl RemoteSettings {
    /// How frames are read elsewhere; `None` where they are read here.
    pub fn choice(&self, stages: Stages) -> Option<RemoteChoice> {
        let address = self.server.clone().filter(|server| !server.is_empty())?;
        Some(RemoteChoice {
            server: Server {
                address,
                token: self.token.clone(),
                certificate: self.certificate.clone(),
            },
            encoding: EncoderOptions {
                codec: self.codec,
                longest_side: self.size,
            },
            crop: self.crop,
            fallback: self.fallback == Fallback::Local && cfg!(feature = "local"),
            stages,
        })
    }

    /// Sets the property `name`; `None` where there is none of that name, `false` where `value` is of another
    /// type.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> Option<bool> {
        let text = || value.get::<Option<String>>();
        let set = match name {
            "server" => text().map(|server| self.server = server),
            "token" => text().map(|token| self.token = token),
            "remote-certificate" => text().map(|path| self.certificate = path.map(PathBuf::from)),
            "remote-codec" => value.get().map(|codec| self.codec = codec),
            "remote-size" => value.get().map(|size| self.size = size),
            "remote-crop" => value.get().map(|crop| self.crop = crop),
            "remote-fallback" => value.get().map(|fallback| self.fallback = fallback),
            _ => return None,
        };
        Some(set.is_ok())
    }

    /// The value of the property `name`; `None` where there is none.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "server" => self.server.to_value(),
            "remote-certificate" => {
                let path = self.certificate.as_ref();
                path.map(|path| path.to_string_lossy().into_owned())
                    .to_value()
            }
            "remote-codec" => self.codec.to_value(),
            "remote-size" => self.size.to_value(),
            "remote-crop" => self.crop.to_value(),
            "remote-fallback" => self.fallback.to_value(),
            _ => return None,
        })
    }
}

/// The specs of these properties.
pub fn specs() -> Vec<glib::ParamSpec> {
    let default = RemoteSettings::default();
    vec![
        glib::ParamSpecString::builder("server")
            .nick("Server")
            .blurb("Analyse on this server, as wss://HOST:8470; when unset, on this machine")
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("token")
            .nick("Token")
            .blurb("What lets this element in at the server, as 'aliyarface serve' prints it")
            .write_only()
            .mutable_ready()
            .build(),
        glib::ParamSpecString::builder("remote-certificate")
            .nick("Remote Certificate")
            .blurb("The server's own certificate (PEM); when unset, an authority of this machine vouches")
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("remote-codec", default.codec)
            .nick("Remote Codec")
            .blurb("How pictures are compressed on their way to the server")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("remote-size")
            .nick("Remote Size")
            .blurb("Longest side in pixels of pictures that are sent as jpeg or h264; 0 scales none")
            .maximum(16_384)
            .default_value(default.size)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("remote-crop")
            .nick("Remote Crop")
            .blurb("Send nothing but the surroundings of faces, which this machine's detectors find")
            .default_value(default.crop)
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("remote-fallback", default.fallback)
            .nick("Remote Fallback")
            .blurb("Who reads frames while the server does not")
            .mutable_ready()
            .build(),
    ]
}
