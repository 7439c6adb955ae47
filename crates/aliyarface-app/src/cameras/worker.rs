//! The cameras of `aliyarface worker`: leases taken, renewed, given up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use futures_util::future::join_all;
use tokio::signal::unix::{SignalKind, signal};

use super::plan::plan;
use super::reading::{CameraReading, ReadingOptions, WorkerContext};
use super::spool::Spool;
use crate::nats;
use crate::nats::fleet::{Camera, Fleet, Renewal, WorkerState, watch};
use crate::pipelines::init;
use crate::serve::quota::Quota;
use crate::serve::session::Source;
use crate::serve::settings::{Profile, Settings};
use crate::serve::sources::{SourceAddress, Sources};

/// Between two looks at the fleet.
const LOOK: Duration = Duration::from_millis(250);
/// Between two renewals.
const RENEW: Duration = Duration::from_secs(1);
/// After the broker was away those who had cameras come first.
const SETTLE: Duration = Duration::from_secs(2);
/// What a worker carries is told anew no sooner than this.
const STEADY: Duration = Duration::from_secs(30);
/// How long events may take that still wait when the worker ends; they stay on its disk beyond.
const FAREWELL: Duration = Duration::from_secs(3);
/// How long the look-up of a camera's name may take.
const LOOKED_UP: Duration = Duration::from_secs(2);
/// Between two moves of a camera that another has room for.
const MOVE: Duration = Duration::from_secs(2);

/// The cameras of a worker.
#[derive(Args)]
pub struct Options {
    /// Read cameras of 'aliyarface cameras' too, as many as the measured cost of a picture lets.
    #[arg(long, requires = "source")]
    cameras: bool,
    /// An address of cameras that may be read, as of 'aliyarface serve': rtsp://HOST/, http://HOST/FOLDER/,
    /// file:///FOLDER/ or v4l2:///dev/video0; HOST may be * or *.DOMAIN.
    #[arg(long, value_name = "URI")]
    source: Vec<String>,
    /// Let names of --source lead to private addresses too; those that are spelled out always do.
    #[arg(long)]
    private_sources: bool,
    /// The most cameras at once.
    #[arg(long, value_name = "NUMBER")]
    max_cameras: Option<usize>,
    /// The folder of events that wait for the broker, on a disk of this machine.
    #[arg(long, value_name = "FOLDER")]
    spool: Option<PathBuf>,
    /// What cameras may say of faces at all: full, safety (no emotions) or study (nothing of one person).
    #[arg(long, value_enum)]
    profile: Option<Profile>,
}

impl Options {
    /// Whether cameras are to be read.
    pub fn enabled(&self) -> bool {
        self.cameras
    }

    /// Addresses that may be read.
    ///
    /// # Errors
    /// One of them is no address.
    pub fn sources(&self) -> Result<Sources> {
        Sources::new(&self.source, self.private_sources)
    }
}

struct Worker {
    context: WorkerContext,
    sources: Arc<Sources>,
    profile: Option<Profile>,
    quota: Quota,
    fixed: bool,
    capacity: (usize, Instant),
    readings: BTreeMap<String, CameraReading>,
    refused: BTreeMap<String, (u64, String)>,
    /// Whether the broker answered last, and since when.
    answers: (bool, Instant),
    moved: Instant,
}

/// Reads cameras until it is told to stop.
///
/// # Errors
/// The broker cannot be reached at the start, or the spool cannot be written.
pub async fn work(options: &Options, address: &nats::BrokerAddress, host: &str) -> Result<()> {
    // GStreamer's own list of plugins is written here: a session may not write so much.
    init()?;
    let fleet = Fleet::connect(address).await?;
    let name = format!("{host}-{}-{}", std::process::id(), fleet.unique());
    let folder = match &options.spool {
        Some(folder) => folder.clone(),
        None => own_folder()?,
    };
    for left in Spool::left(&folder) {
        tokio::spawn(left.deliver_rest(fleet.clone()));
    }
    let spool = Spool::new(&folder, &name)?;
    let delivery = tokio::spawn(spool.clone().deliver(fleet.clone()));
    let now = Instant::now();
    let mut worker = Worker {
        context: WorkerContext {
            name,
            view: watch(&fleet),
            spool,
            fleet,
        },
        sources: Arc::new(options.sources()?),
        profile: options.profile,
        quota: Quota::new(options.max_cameras),
        fixed: options.max_cameras.is_some(),
        capacity: (0, now),
        readings: BTreeMap::new(),
        refused: BTreeMap::new(),
        answers: (true, now),
        moved: now,
    };
    worker.capacity.0 = worker.carries();
    println!(
        "{} reads up to {} cameras",
        worker.context.name, worker.capacity.0
    );
    let mut stop = signal(SignalKind::terminate())?;
    let mut renewed: Option<Instant> = None;
    loop {
        tokio::select! {
            _ = stop.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
        worker.poll();
        if renewed.is_none_or(|renewed| renewed.elapsed() >= RENEW) {
            renewed = Some(Instant::now());
            worker.renew().await;
        }
        worker.follow().await;
    }
    worker.leave().await;
    delivery.abort();
    Ok(())
}

/// Of spools, where none is named.
fn own_folder() -> Result<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    let state = state
        .or_else(home)
        .context("name a --spool: there is no HOME")?;
    Ok(state.join("aliyarface/spool"))
}

impl Worker {
    /// Cameras that the processors carry by the measured cost of a picture; one each before it was measured.
    fn carries(&self) -> usize {
        let most = self.quota.most();
        if self.fixed || self.quota.cost().is_some() {
            return most;
        }
        most.min(available_parallelism().map_or(1, usize::from))
    }

    fn poll(&mut self) {
        let now = Instant::now();
        for reading in self.readings.values_mut() {
            if let Some(ms) = reading.poll(now) {
                self.quota.learn(ms);
            }
        }
        if self.capacity.1.elapsed() > STEADY {
            self.capacity = (self.carries(), now);
        }
    }

    /// Tells that this worker lives, then renews its leases: whoever misses both sees the worker end first.
    async fn renew(&mut self) {
        let refused = self.refused.iter();
        let state = WorkerState {
            capacity: self.capacity.0,
            cost_ms: self.quota.cost(),
            spooled: self.context.spool.waiting(),
            refused: refused
                .map(|(name, (_, reason))| (name.clone(), reason.clone()))
                .collect(),
        };
        let answers = self
            .context
            .fleet
            .beat(&self.context.name, &state)
            .await
            .is_ok();
        if answers != self.answers.0 {
            self.answers = (answers, Instant::now());
        }
        let fleet = &self.context.fleet;
        let renewals = self.readings.iter().map(|(name, reading)| async move {
            let asked = Instant::now();
            let renewal = fleet.renew(name, &reading.lease(), reading.revision).await;
            (name.clone(), asked, renewal)
        });
        for (name, asked, renewal) in join_all(renewals).await {
            let Some(reading) = self.readings.get_mut(&name) else {
                continue;
            };
            match renewal {
                Ok(Renewal::Renewed(revision)) => reading.renewed(revision, asked),
                Ok(Renewal::Found(revision)) => reading.revision = revision,
                Ok(Renewal::Lost) => self.take_anew(&name).await,
                // While the broker is away nobody else can take it.
                Err(_) => {}
            }
        }
    }

    /// A lease ran out: it is taken anew where nobody else had it meanwhile, and the session goes on.
    async fn take_anew(&mut self, name: &str) {
        let Some(reading) = self.readings.get_mut(name) else {
            return;
        };
        let (asked, now_ms) = (Instant::now(), self.context.view().now_ms());
        let taken = async {
            let held = self.context.fleet.held(name).await?;
            if held.is_none_or(|held| held.epoch != reading.epoch()) {
                return Ok(None);
            }
            self.context
                .fleet
                .take(name, &self.context.name, now_ms)
                .await
        };
        match taken.await {
            Ok(Some(epoch)) => reading.taken_anew(epoch, asked),
            Ok(None) => {
                eprintln!("{name}: another worker has it now");
                self.readings.remove(name);
            }
            // It is asked again with the next renewal.
            Err(_) => {}
        }
    }

    /// Takes and gives up what the view of the fleet asks for.
    async fn follow(&mut self) {
        let view = self.context.view().clone();
        let known = view.workers().contains_key(self.context.name.as_str());
        let (answers, since) = self.answers;
        if !known || !answers || since.elapsed() < SETTLE {
            return;
        }
        self.refused.retain(|name, (revision, _)| {
            view.cameras
                .get(name)
                .is_some_and(|(now, _)| now == revision)
        });
        let gone = self.readings.iter().filter(|(name, reading)| {
            let camera = view.cameras.get(name.as_str());
            camera.is_none_or(|(revision, _)| *revision != reading.camera)
        });
        let gone: Vec<_> = gone.map(|(name, _)| name.clone()).collect();
        for name in gone {
            self.give_up(&name).await;
        }
        let plan = plan(&view, &self.context.name);
        for name in plan.take {
            let Some((revision, camera)) = view.cameras.get(&name) else {
                continue;
            };
            if !self.readings.contains_key(&name)
                && let Err(err) = self.take(&name, *revision, camera).await
            {
                eprintln!("{name}: {err:#}");
            }
        }
        if let Some(name) = plan.give
            && self.moved.elapsed() > MOVE
        {
            self.moved = Instant::now();
            self.give_up(&name).await;
        }
    }

    async fn take(&mut self, name: &str, revision: u64, camera: &Camera) -> Result<()> {
        let checked = self.check(&camera.uri).await;
        let settings = settings(camera, self.profile);
        let (source, settings) = match (checked, settings) {
            (Ok((address, shown)), Ok(settings)) => (Source::Address(address, shown), settings),
            (Err(reason), _) | (_, Err(reason)) => {
                eprintln!("{name}: {reason}");
                self.refused.insert(name.to_owned(), (revision, reason));
                return Ok(());
            }
        };
        let (asked, now_ms) = (Instant::now(), self.context.view().now_ms());
        let Some(epoch) = self
            .context
            .fleet
            .take(name, &self.context.name, now_ms)
            .await?
        else {
            return Ok(());
        };
        let options = ReadingOptions {
            name: name.to_owned(),
            camera: revision,
            source,
            settings,
            epoch,
            asked,
            neutrals: self.context.fleet.neutrals(name).await?,
        };
        let reading = CameraReading::new(options, &self.context);
        self.readings.insert(name.to_owned(), reading);
        println!("{name}: read under epoch {epoch}");
        Ok(())
    }

    /// Whether an address may be read; its name is looked up in a thread of its own, for leases are not to wait.
    async fn check(&self, uri: &str) -> Result<(SourceAddress, String), String> {
        let (sources, uri) = (self.sources.clone(), uri.to_owned());
        let checking = tokio::task::spawn_blocking(move || sources.check(&uri));
        match tokio::time::timeout(LOOKED_UP, checking).await {
            Ok(Ok(checked)) => checked.map_err(|err| err.to_string()),
            _ => Err("its name could not be looked up in time".to_owned()),
        }
    }

    async fn give_up(&mut self, name: &str) {
        if let Some(reading) = self.readings.remove(name) {
            reading.end();
            // A lease that was lost before is another's.
            let _ = self.context.fleet.release(name, reading.revision).await;
            println!("{name}: given up");
        }
    }

    async fn leave(&mut self) {
        self.readings.values().for_each(CameraReading::end);
        let waits = async {
            while self.context.spool.waiting() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, waits).await;
        let names: Vec<_> = self.readings.keys().cloned().collect();
        for name in names {
            self.give_up(&name).await;
        }
        // One that cannot be told is seen to be gone soon.
        let _ = self.context.fleet.leave(&self.context.name).await;
        self.context.spool.remove_if_empty();
    }
}

/// The settings of a camera, checked.
pub fn settings(camera: &Camera, profile: Option<Profile>) -> Result<Settings, String> {
    let asked = serde_json::from_value(camera.settings.clone().into());
    let asked: Settings = asked.map_err(|err| err.to_string())?;
    let mut settings = Settings::default();
    settings.change(&asked, false)?;
    settings.profile = profile;
    Ok(settings)
}
