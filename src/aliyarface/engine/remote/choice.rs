//! How frames are read elsewhere, and what a user is told of it.

use crate::remote::{EncoderOptions, Server};

use super::settings::Stages;

/// How frames are read elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteChoice {
    /// Which server.
    pub server: Server,
    /// How pictures travel.
    pub encoding: EncoderOptions,
    /// Whether this machine reads where the server does not.
    pub fallback: bool,
    /// Whether nothing leaves the device but the surroundings of faces.
    pub crop: bool,
    /// What is read.
    pub stages: Stages,
}

/// What a user is told of the server.
#[derive(Debug)]
pub enum RemoteNotice {
    /// It reads nothing.
    Unavailable {
        /// Why, and what cures it.
        text: String,
        /// Whether this machine reads meanwhile.
        fallback: bool,
    },
    /// It reads again.
    Recovered,
    /// It knows so many Action Units, more or fewer than this device: neutrals are not exchanged.
    OtherActionUnits(usize),
}
