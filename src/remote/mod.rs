//! Analysis on another machine: pictures go to `aliyarface serve`, results come back.
//!
//! A [`Client`] is a thread that sends the newest picture there is ([`Encoder`]) over a session's socket and
//! takes results, each matched by its number to the frame it belongs to. The stream leaves a copy of each
//! frame and fetches what came; it waits for nothing unless it asks to. [`protocol`] is what both sides say.

mod address;
mod backoff;
mod client;
mod connection;
mod crop;
mod encoder;
mod http;
mod link;
mod link_error;
mod mailbox;
mod meter;
mod options;
pub mod protocol;
mod session;
mod tls;
mod window;
mod worker;

pub use address::{Address, AddressError};
pub use client::Client;
pub use crop::Crop;
pub use encoder::{Codec, Encoder, EncoderOptions, PictureFormat};
pub use link_error::LinkError;
pub use mailbox::{Delivered, Figures, LinkState, Outcome, Stamp};
pub use options::Options;
pub use session::Server;
