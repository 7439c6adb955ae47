//! The process of a session: it decodes what others sent and reads it, so that a decoder or a net that
//! crashes ends its own session alone.
//!
//! It is this program again, with limits, no arguments and a socket to the server as its input.

pub mod baselines;
mod cost;
mod fetch;
mod people;
mod pipeline;
mod probe;
mod results;
pub mod wire;

use std::io::BufReader;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use clap::Args;
use gst::prelude::*;
use rustix::process::{Signal, getpid, kill_process};

use self::pipeline::{Playing, ViewerVideo};
use self::results::{DeviceRequest, send_end};
use self::wire::{ChildMessage, ChildNotice, Command, Control, Job, next_command, write_message};
use super::message::Codec;
use super::settings::Settings;
use crate::limits;
use crate::pipelines::{init, launch, play_to_end};

/// Read one session's pictures, which the server sends.
#[derive(Args)]
pub struct Options {}

/// The name of the subcommand.
pub const COMMAND: &str = "session";

/// Where the process tells what it read.
#[derive(Clone)]
pub struct MessageSender(Arc<Mutex<UnixStream>>);

impl MessageSender {
    /// Tells the server; without one there is nobody to work for.
    pub fn send(&self, message: &ChildMessage) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if write_message(&mut *stream, message).is_err() {
            leave();
        }
    }

    /// Tells something else than records.
    pub fn notice(&self, notice: ChildNotice) {
        self.send(&ChildMessage::Notice(notice));
    }
}

/// Does what the server says until it is gone.
///
/// # Errors
/// The input is no socket, or the limits cannot be set.
pub fn run(_: &Options) -> Result<ExitCode> {
    limits::SESSION.apply()?;
    let socket = std::io::stdin().as_fd().try_clone_to_owned()?;
    let socket = UnixStream::from(socket);
    let sender = MessageSender(Arc::new(Mutex::new(
        socket.try_clone().context("the server starts it")?,
    )));
    let mut commands = BufReader::new(socket);
    init()?;
    pipeline::leave_out_elements_that_open_addresses();
    let Some(Command::Control(Control::Begin(job))) = next_command(&mut commands)? else {
        return Ok(ExitCode::FAILURE);
    };
    let (mut settings, mut playing, mut device) = (Settings::default(), None, None);
    let (mut fetch, mut wants_film) = (None, false);
    // Models stay loaded while one element that uses them is there.
    let mut _warm = None;
    let begun = match job {
        Job::Probe(path) => {
            probe::probe(&path).map(|info| sender.notice(ChildNotice::FileInfo(info)))
        }
        Job::Test => test().map(|()| sender.notice(ChildNotice::Ended)),
        Job::Cost(path) => cost::measure(&path).map(|ms| sender.notice(ChildNotice::Cost(ms))),
        Job::Address(address, chosen, film) => {
            settings = chosen;
            let shown = if film {
                ViewerVideo::Film
            } else {
                ViewerVideo::OnDemand
            };
            let fetching = fetch.insert(fetch::Fetch::new(address, shown));
            let begun = fetching.open(&settings, &sender);
            begun.map(|begun| playing = Some((None, begun)))
        }
        Job::Events(address, chosen) => {
            settings = chosen;
            let fetching = fetch.insert(fetch::Fetch::new(address, ViewerVideo::Never));
            let begun = fetching.open(&settings, &sender);
            begun.map(|begun| playing = Some((None, begun)))
        }
        Job::Pictures(chosen, film) => {
            wants_film = film;
            settings = chosen;
            warm(&settings).map(|element| _warm = Some(element))
        }
        Job::Device {
            settings: chosen,
            exact,
            colorimetry,
        } => {
            settings = chosen;
            device = Some(DeviceRequest {
                exact,
                colorimetry,
                known: Vec::new(),
            });
            warm(&settings).map(|element| _warm = Some(element))
        }
        Job::File(path, chosen) => {
            settings = chosen;
            let file = Playing::file(&path, &settings, &sender);
            file.map(|file| playing = Some((None, file)))
        }
    };
    if let Err(err) = begun {
        sender.notice(ChildNotice::Failed(format!("{err:#}")));
    }
    while let Some(command) = next_command(&mut commands)? {
        match command {
            Command::Picture(codec, time, data) => {
                let coming = IncomingPicture { codec, time, data };
                let reader = (&settings, device.as_ref());
                if let Err(err) = picture(coming, reader, wants_film, &mut playing, &sender) {
                    sender.notice(ChildNotice::Failed(format!("{err:#}")));
                }
            }
            Command::Control(control) => {
                let reader = playing.as_ref().map(|(_, playing)| playing.reader.clone());
                let reader = reader.as_ref();
                match control {
                    Control::Begin(_) => {}
                    Control::Cut => {
                        playing = None;
                        forget(&mut device);
                    }
                    Control::End => {
                        forget(&mut device);
                        match playing.take() {
                            Some((Some((_, pictures)), playing)) => playing.finish(&pictures),
                            _ => send_end(&sender),
                        }
                    }
                    Control::TakePeople(known) => {
                        if let Some(reader) = reader {
                            people::give(reader, &known);
                        }
                        if let Some(device) = &mut device {
                            device.known = known;
                        }
                    }
                    Control::Change(changes) => {
                        if let Some(reader) = reader {
                            changes.apply(reader);
                        }
                        // What the server says was checked there.
                        let _ = settings.change(&changes, false);
                    }
                    Control::Signal(name) => {
                        if let Some(reader) = reader {
                            reader.emit_by_name::<()>(&name, &[]);
                        }
                    }
                    Control::Watch(on) => {
                        if let Some(fetch) = &mut fetch {
                            fetch.watch(on, playing.as_ref().map(|(_, playing)| playing));
                        }
                    }
                    Control::Connect => {
                        let known = reader.and_then(baselines::text);
                        // The old one first: a camera may take one visitor alone.
                        playing = None;
                        if let Some(fetch) = &fetch {
                            match fetch.open(&settings, &sender) {
                                Ok(begun) => {
                                    if let Some(known) = known {
                                        baselines::take(&begun.reader, &known);
                                    }
                                    playing = Some((None, begun));
                                }
                                Err(err) => sender.notice(ChildNotice::Failed(format!("{err:#}"))),
                            }
                        }
                    }
                    Control::GiveBaselines => {
                        sender.notice(ChildNotice::Baselines(reader.and_then(baselines::text)));
                    }
                    Control::TakeBaselines(text) => {
                        let taken = reader.filter(|reader| baselines::take(reader, &text));
                        sender.notice(ChildNotice::Baselines(taken.and_then(baselines::text)));
                    }
                }
            }
        }
    }
    leave()
}

/// The stream of a device begins anew, and knows nobody.
fn forget(device: &mut Option<DeviceRequest>) {
    if let Some(device) = device {
        device.known.clear();
    }
}

/// Ends this process at once: the server is gone, what still plays may hang, and it may use what an
/// orderly exit destroys.
fn leave() -> ! {
    let _ = kill_process(getpid(), Signal::KILL);
    std::process::abort()
}

/// A picture that the server sends.
struct IncomingPicture {
    codec: Codec,
    time: u64,
    data: Vec<u8>,
}

fn picture(
    IncomingPicture { codec, time, data }: IncomingPicture,
    (settings, device): (&Settings, Option<&DeviceRequest>),
    film: bool,
    playing: &mut Option<(Option<(Codec, gst_app::AppSrc)>, Playing)>,
    sender: &MessageSender,
) -> Result<()> {
    let known = playing.as_ref().and_then(|(input, _)| input.as_ref());
    if known.is_none_or(|(known, _)| *known != codec) {
        *playing = None;
        let (started, pictures) = Playing::pictures(codec, settings, film, device, sender)?;
        *playing = Some((Some((codec, pictures)), started));
    }
    let input = playing.as_ref().and_then(|(input, _)| input.as_ref());
    let (_, pictures) = input.context("no pipeline")?;
    let mut buffer = gst::Buffer::from_slice(data);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(gst::ClockTime::from_nseconds(time));
    }
    pictures.push_buffer(buffer).context("the pipeline ended")?;
    Ok(())
}

/// An element with its models loaded, before the first picture comes.
fn warm(settings: &Settings) -> Result<gst::Element> {
    let element = gst::ElementFactory::make("aliyarface").build()?;
    settings.apply(&element);
    element.set_state(gst::State::Ready)?;
    Ok(element)
}

/// Reads a test picture.
fn test() -> Result<()> {
    play_to_end(&launch(
        "videotestsrc num-buffers=1 ! aliyarface analysis-mode=sync ! fakesink",
    )?)
}
