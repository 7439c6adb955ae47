//! `aliyarface worker`: takes one job after the other.

use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_nats::jetstream::{AckKind, Message};
use clap::Args;
use futures_util::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::broker::{self, Broker, WAIT};
use super::child::{self, Failure};
use super::job::{CompletedJob, DeadLetter, Job, hash};
use super::url;
use crate::nats::BrokerAddress;
use crate::serve::sources::Sources;

/// How often a job is tried.
const TRIES: i64 = 3;
/// How long a broker that is away is waited for at the end of a job, which would be read again otherwise.
const PATIENCE: Duration = Duration::from_secs(300);
/// When a job that another worker still reads is looked at again.
const BUSY: Duration = Duration::from_secs(5);

/// The jobs of a worker.
#[derive(Args)]
pub struct Options {
    /// A folder whose files may be read; jobs for files elsewhere are refused. May be given several times. Files behind
    /// addresses are those of --source.
    #[arg(long = "folder", value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// Take jobs of an archive, and put their outputs into this folder, the same for all workers.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// End once no job waits or runs.
    #[arg(long)]
    until_done: bool,
    /// Seconds without a further frame after which a file's decoder is taken for hung.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    stall: u64,
    /// Seconds after which a dead worker's job comes back; the first worker of an archive sets it for all.
    #[arg(long, default_value_t = WAIT.as_secs(), value_name = "SECONDS")]
    wait: u64,
}

impl Options {
    /// Whether jobs are to be taken.
    pub fn enabled(&self) -> bool {
        self.output.is_some()
    }
}

/// Works until it is told to stop; files behind addresses are those of `sources`.
///
/// # Errors
/// The broker cannot be reached at the start, or a folder is not there.
pub async fn work(
    options: &Options,
    address: &BrokerAddress,
    host: &str,
    sources: Sources,
) -> Result<()> {
    let folders = options.folders.iter().map(|folder| {
        let whole = folder.canonicalize();
        whole.with_context(|| format!("{} cannot be read", folder.display()))
    });
    let folders = folders.collect::<Result<_>>()?;
    let output = options.output.as_ref().context("jobs need an --output")?;
    fs::create_dir_all(output)?;
    let worker = Worker {
        broker: Broker::connect(address).await?,
        name: format!("{host}:{}", std::process::id()),
        folders,
        sources: Arc::new(sources),
        output: output.canonicalize()?,
        stall: Duration::from_secs(options.stall),
    };
    worker.work(options).await
}

struct Worker {
    broker: Broker,
    name: String,
    folders: Vec<PathBuf>,
    sources: Arc<Sources>,
    output: PathBuf,
    stall: Duration,
}

impl Worker {
    async fn work(&self, options: &Options) -> Result<()> {
        let queue = self.broker.queue(Duration::from_secs(options.wait)).await?;
        let mut stop = signal(SignalKind::terminate())?;
        loop {
            let batch = queue
                .fetch()
                .max_messages(1)
                .expires(Duration::from_secs(2));
            let message = tokio::select! {
                _ = stop.recv() => return Ok(()),
                _ = tokio::signal::ctrl_c() => return Ok(()),
                batch = batch.messages() => match batch {
                    Ok(mut batch) => batch.next().await,
                    Err(err) => Some(Err(err.into())),
                },
            };
            match message {
                Some(Ok(message)) if self.take(&message, &mut stop).await => {
                    return Ok(());
                }
                Some(Ok(_)) => {}
                // The broker is away; the connection comes back by itself.
                Some(Err(_)) => tokio::time::sleep(Duration::from_secs(1)).await,
                None if options.until_done => {
                    let all = queue.get_info().await;
                    if all.is_ok_and(|all| all.num_pending == 0 && all.num_ack_pending == 0) {
                        return Ok(());
                    }
                }
                None => {}
            }
        }
    }

    /// Does the job of `message`; whether the worker is to stop.
    async fn take(&self, message: &Message, stop: &mut Signal) -> bool {
        let (alive, mut signs) = mpsc::channel(1);
        let tries = message.info().map_or(1, |info| info.delivered);
        let mut work = std::pin::pin!(self.answer(message, tries, &alive));
        loop {
            tokio::select! {
                answer = &mut work => {
                    match answer {
                        Ok(kind) => {
                            // Where this is lost the job comes back, and is found done.
                            let _ = message.double_ack_with(kind).await;
                        }
                        Err(err) => eprintln!("aliyarface: {err:#}"),
                    }
                    return false;
                }
                Some(()) = signs.recv() => {
                    let _ = message.ack_with(AckKind::Progress).await;
                }
                _ = stop.recv() => {
                    let _ = message.ack_with(AckKind::Nak(None)).await;
                    return true;
                }
                _ = tokio::signal::ctrl_c() => {
                    let _ = message.ack_with(AckKind::Nak(None)).await;
                    return true;
                }
            }
        }
    }

    /// Does a job, keeps what came of it, and says what becomes of its message.
    async fn answer(
        &self,
        message: &Message,
        delivered: i64,
        alive: &mpsc::Sender<()>,
    ) -> Result<AckKind> {
        let Ok(job) = broker::read::<Job>(&message.payload) else {
            return Ok(AckKind::Term);
        };
        let name = url::redacted(&job.file);
        if self
            .patiently(|| self.broker.done(&job.id))
            .await?
            .is_some()
        {
            return Ok(AckKind::Ack);
        }
        let output = job.output(&self.output);
        if is_written(&output) {
            return self.leave(&job).await;
        }
        let tries = match delivered {
            1 => 1,
            _ => delivered - self.patiently(|| self.broker.busy(&job.id)).await?,
        };
        let result = if tries > TRIES {
            let reason = format!("its workers, or the broker beside them, died {TRIES} times");
            Err(Failure {
                reason,
                log: String::new(),
            })
        } else {
            self.read(&job, alive).await
        };
        match result {
            Ok(done) => {
                self.patiently(|| self.broker.finish(&job.id, &done))
                    .await?;
                println!("{name} -> {}", done.output.display());
                Ok(AckKind::Ack)
            }
            // Both found it unwritten, and the other was faster.
            Err(_) if is_written(&output) => self.leave(&job).await,
            Err(failure) if tries < TRIES => {
                eprintln!("{name}: {}; it is tried again", failure.reason);
                let pause = Duration::from_secs(tries.unsigned_abs().max(1));
                Ok(AckKind::Nak(Some(pause)))
            }
            Err(failure) => {
                if self
                    .patiently(|| self.broker.done(&job.id))
                    .await?
                    .is_some()
                {
                    return Ok(AckKind::Ack);
                }
                eprintln!("{name}: {}; it is given up", failure.reason);
                let dead = DeadLetter {
                    job,
                    reason: failure.reason,
                    log: failure.log,
                    worker: self.name.clone(),
                    tries: tries.min(TRIES),
                };
                self.patiently(|| self.broker.bury(&dead)).await?;
                Ok(AckKind::Ack)
            }
        }
    }

    /// Gives back a job whose worker lives and has lost sight of the broker: it will keep the job itself.
    async fn leave(&self, job: &Job) -> Result<AckKind> {
        self.patiently(|| self.broker.note_busy(&job.id)).await?;
        Ok(AckKind::Nak(Some(BUSY)))
    }

    /// Asks the broker again while it is away.
    async fn patiently<T, F: Future<Output = Result<T>>>(&self, ask: impl Fn() -> F) -> Result<T> {
        let begun = tokio::time::Instant::now();
        loop {
            match ask().await {
                Err(_) if begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                answer => return answer,
            }
        }
    }

    async fn read(&self, job: &Job, alive: &mpsc::Sender<()>) -> Result<CompletedJob, Failure> {
        let read = async {
            self.check(job)?;
            let output = job.output(&self.output);
            let folder = output.parent().context("an output without folder")?;
            fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
            let read = match url::address(&job.file) {
                Some(address) => self.read_address(job, address, &output, alive).await?,
                None => self.read_file(job, &output, alive).await?,
            };
            if let Err(failure) = read {
                return Ok(Err(failure));
            }
            Ok(Ok(CompletedJob {
                sha256: self.hash(&output, alive).await?,
                file: job.file.clone(),
                worker: self.name.clone(),
                output,
            }))
        };
        read.await.unwrap_or_else(|err: anyhow::Error| {
            let reason = format!("{err:#}");
            Err(Failure {
                reason,
                log: String::new(),
            })
        })
    }

    async fn read_file(
        &self,
        job: &Job,
        output: &Path,
        alive: &mpsc::Sender<()>,
    ) -> Result<Result<(), Failure>> {
        let before = state(&job.file)?;
        if self.hash(&job.file, alive).await? != job.sha256 {
            bail!("the file changed since it was submitted");
        }
        let read = child::read(job, &job.file, output, self.stall, alive).await?;
        if read.is_ok() && state(&job.file)? != before {
            fs::remove_file(output)?;
            bail!("the file changed while it was read");
        }
        Ok(read)
    }

    /// Fetches the file beside its output first: a decoder opens no address.
    async fn read_address(
        &self,
        job: &Job,
        address: &str,
        output: &Path,
        alive: &mpsc::Sender<()>,
    ) -> Result<Result<(), Failure>> {
        let fetched = url::fetched(address)?;
        let copy = nameless(&output.with_extension("fetched"))?;
        let (sources, mut to, told) = (self.sources.clone(), copy.try_clone()?, teller(alive));
        let fetch = move || {
            sources.check(&fetched)?;
            url::fetch(&fetched, &mut to, told)
        };
        if tokio::task::spawn_blocking(fetch).await?? != job.sha256 {
            bail!("the file changed since it was submitted");
        }
        let own = format!("/proc/{}/fd/{}", std::process::id(), copy.as_raw_fd());
        child::read(job, Path::new(&own), output, self.stall, alive).await
    }

    /// Whether a worker may do it: in its folders, with its version, naming no file of its machine.
    fn check(&self, job: &Job) -> Result<()> {
        if url::address(&job.file).is_none() {
            let file = job.file.canonicalize();
            let file = file.context("the file cannot be found")?;
            if !self.folders.iter().any(|folder| file.starts_with(folder)) {
                bail!("the file lies in no folder of this worker");
            }
        }
        if let Some(property) = job.options.forbidden() {
            bail!("{property} is not allowed in a job");
        }
        if job.version != env!("CARGO_PKG_VERSION") {
            bail!("it was submitted by version {}", job.version);
        }
        Ok(())
    }

    async fn hash(&self, file: &Path, alive: &mpsc::Sender<()>) -> Result<String> {
        let (file, told) = (file.to_owned(), teller(alive));
        Ok(tokio::task::spawn_blocking(move || hash(&file, told)).await??)
    }
}

fn teller(alive: &mpsc::Sender<()>) -> impl FnMut() + Send + 'static {
    let alive = alive.clone();
    move || {
        // A full channel says the same.
        let _ = alive.try_send(());
    }
}

/// A file without a name, which is gone however this process ends; `path` is its name for a moment.
fn nameless(path: &Path) -> Result<fs::File> {
    // Of a worker that died in that moment.
    let _ = fs::remove_file(path);
    let mut options = fs::File::options();
    let file = options.read(true).write(true).create_new(true).open(path);
    let file = file.context("it cannot be kept")?;
    fs::remove_file(path)?;
    Ok(file)
}

/// Whether a process holds the lock on the unfinished `output`.
fn is_written(output: &Path) -> bool {
    let part = fs::File::open(output.with_extension("parquet.part"));
    part.is_ok_and(|part| matches!(part.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// Size and time of the last change.
fn state(file: &Path) -> Result<(u64, std::time::SystemTime)> {
    let about = fs::metadata(file).context("the file cannot be found")?;
    Ok((about.len(), about.modified()?))
}
