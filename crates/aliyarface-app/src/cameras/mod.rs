//! Cameras over workers: each is read by one worker at a time, under a lease of NATS JetStream.

mod plan;
mod reading;
mod spool;
mod worker;

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

pub use self::worker::{Options as WorkerOptions, settings, work};
use crate::nats::fleet::{Camera, Fleet, FleetView};
use crate::nats::{BrokerAddress, block_on};
use crate::serve::sources;

/// Add, list and remove cameras that workers share ('aliyarface worker --cameras').
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add a camera, or give the one of this name another address or other properties.
    Add(Add),
    /// List the cameras, who reads them and how they fare, and the workers.
    List(List),
    /// Remove a camera, with the neutrals of its people that were kept.
    Remove(Remove),
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    address: BrokerAddress,
    /// Letters of a-z, A-Z, 0-9, - and _.
    #[arg(value_name = "NAME")]
    name: String,
    /// rtsp://, rtsps://, http://, https://, file:/// (read again at its end) or v4l2:///; a worker reads what its
    /// --source allows.
    #[arg(value_name = "URI")]
    uri: String,
    /// Set a property of the element, as in --set emotions=false; those that sessions of 'aliyarface serve' take.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    address: BrokerAddress,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Remove {
    #[command(flatten)]
    address: BrokerAddress,
    /// The camera.
    #[arg(value_name = "NAME")]
    name: String,
}

/// Does what was typed.
///
/// # Errors
/// The broker is gone, or what is added is no camera.
pub fn run(options: &Options) -> Result<ExitCode> {
    match &options.command {
        Command::Add(add) => {
            let camera = camera(&add.uri, &add.set)?;
            block_on(async {
                let fleet = Fleet::connect(&add.address).await?;
                fleet.put_camera(&add.name, &camera).await
            })?;
        }
        Command::List(list) => {
            let view = block_on(async { Fleet::connect(&list.address).await?.look().await })?;
            if list.json {
                println!("{}", fleet_json(&view));
            } else {
                print!("{}", lines(&view));
            }
        }
        Command::Remove(remove) => {
            let there = block_on(async {
                let fleet = Fleet::connect(&remove.address).await?;
                fleet.remove_camera(&remove.name).await
            })?;
            if !there {
                bail!("there is no camera {}", remove.name);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A camera as it was typed.
fn camera(uri: &str, set: &[String]) -> Result<Camera> {
    sources::redacted(uri)?;
    let mut properties = Map::new();
    for property in set {
        let split = property.split_once('=');
        let (name, value) = split.with_context(|| format!("{property}: say NAME=VALUE"))?;
        let typed = serde_json::from_str(value).ok();
        let typed = typed.filter(|typed: &Value| typed.is_boolean() || typed.is_number());
        properties.insert(name.to_owned(), typed.unwrap_or_else(|| value.into()));
    }
    let camera = Camera {
        uri: uri.to_owned(),
        settings: properties,
    };
    settings(&camera, None).map_err(|reason| anyhow!(reason))?;
    Ok(camera)
}

/// Everything as JSON, without names and passwords of addresses.
fn fleet_json(view: &FleetView) -> Value {
    let leases = view.leases();
    let cameras = view.cameras.iter().map(|(name, (_, camera))| {
        json!({
            "name": name,
            "uri": sources::redacted(&camera.uri).unwrap_or_default(),
            "settings": camera.settings,
            "lease": leases.get(name.as_str()),
            "waits": view.waits(name),
        })
    });
    json!({ "cameras": cameras.collect::<Vec<_>>(), "workers": view.workers() })
}

fn lines(view: &FleetView) -> String {
    let leases = view.leases();
    let mut text = String::new();
    for (name, (_, camera)) in &view.cameras {
        let uri = sources::redacted(&camera.uri).unwrap_or_default();
        let state = match (leases.get(name.as_str()), view.waits(name)) {
            (Some(lease), _) => format!(
                "{} at {}, {} pictures a second, {} faces, {} events{}",
                lease.state,
                lease.worker,
                lease.fps,
                lease.faces,
                lease.events,
                lease
                    .reason
                    .as_ref()
                    .map_or(String::new(), |reason| format!(": {reason}"))
            ),
            (None, waits) => format!("waiting: {}", waits.unwrap_or_default()),
        };
        text += &format!("{name} {uri}: {state}\n");
    }
    for (name, worker) in view.workers() {
        let read = leases.values().filter(|lease| lease.worker == name).count();
        let cost = worker
            .cost_ms
            .map_or(String::new(), |ms| format!(", {ms:.1} ms a picture"));
        text += &format!(
            "worker {name}: {read} of {} cameras{cost}\n",
            worker.capacity
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(uri: &str, set: &[&str]) -> Result<Camera> {
        let set: Vec<_> = set.iter().map(|property| (*property).to_owned()).collect();
        camera(uri, &set)
    }

    #[test]
    fn a_camera_is_added_with_properties_that_sessions_take_and_no_others() {
        let read = added(
            "rtsp://me:secret@a/live",
            &["emotions=false", "indices=fatigue"],
        )
        .unwrap();
        assert_eq!(read.settings["emotions"], false);
        assert_eq!(read.settings["indices"], "fatigue");
        for (uri, set) in [
            ("gopher://a/", ""),
            ("rtsp://a/", "emotion-model=/etc/passwd"),
            ("rtsp://a/", "profile=full"),
            ("rtsp://a/", "max-faces=99"),
            ("rtsp://a/", "emotions"),
        ] {
            let set: Vec<_> = (!set.is_empty()).then_some(set).into_iter().collect();
            assert!(added(uri, &set).is_err(), "{uri} {set:?}");
        }
    }

    #[test]
    fn a_list_shows_no_password_and_says_why_a_camera_waits() {
        let mut view = FleetView::default();
        let door = added("rtsp://me:secret@a/live", &[]).unwrap();
        view.cameras.insert("door".to_owned(), (1, door));
        assert_eq!(
            lines(&view),
            "door rtsp://a/live: waiting: no worker takes cameras\n"
        );
        assert!(!fleet_json(&view).to_string().contains("secret"));
    }
}
