//! The server's end of a session's pipeline, which runs in a process of its own.

use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::serve::child::COMMAND;
use crate::serve::child::wire::{
    ChildMessage, ChildNotice, Control, FileInfo, Job, next_message, send_control, send_picture,
};
use crate::serve::message::Codec;

/// How long a process may read nothing of what it is sent.
const DEAF: Duration = Duration::from_secs(20);

/// A process that ends with this value.
pub struct Process {
    child: Mutex<Child>,
    to: Mutex<UnixStream>,
}

/// What a process tells.
pub struct Reports(BufReader<UnixStream>);

impl Process {
    /// Starts one for `job`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(job: Job) -> Result<(Self, Reports)> {
        let (own, its) = UnixStream::pair()?;
        own.set_write_timeout(Some(DEAF))?;
        // The file that runs, even where another was installed under its name since.
        let child = Command::new("/proc/self/exe")
            .arg(COMMAND)
            // The server has read GStreamer's list of plugins, which a session may not write anew: what is installed
            // meanwhile waits for the server's next start.
            .env("GST_REGISTRY_UPDATE", "no")
            .stdin(OwnedFd::from(its))
            .stdout(Stdio::null())
            .spawn()
            .context("the session's process does not start")?;
        let reports = Reports(BufReader::new(own.try_clone()?));
        let process = Self {
            child: Mutex::new(child),
            to: Mutex::new(own),
        };
        process.send(&Control::Begin(job))?;
        Ok((process, reports))
    }

    /// Sends a picture.
    ///
    /// # Errors
    /// The process is gone, or reads nothing.
    pub fn picture(&self, codec: Codec, time: u64, data: &[u8]) -> Result<()> {
        send_picture(&mut *lock(&self.to), codec, time, data).context("its process is gone")
    }

    /// Says something else.
    ///
    /// # Errors
    /// The process is gone, or reads nothing.
    pub fn send(&self, control: &Control) -> Result<()> {
        send_control(&mut *lock(&self.to), control).context("its process is gone")
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        lock(&self.child).id()
    }

    /// Ends it, and tells how it ended.
    pub fn stop(&self) -> Option<ExitStatus> {
        let mut child = lock(&self.child);
        // One that crashed is found as it ended, a moment later.
        let _ = child.kill();
        child.wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

impl Reports {
    /// What the process tells next; `None` where it is gone.
    pub fn next(&mut self) -> Option<ChildMessage> {
        // What is no frame is as good as an end.
        next_message(&mut self.0).ok().flatten()
    }
}

/// Looks into a file, in a process of its own.
///
/// # Errors
/// There is no video in it, or it crashed the process.
pub fn probe(file: &std::path::Path) -> Result<FileInfo> {
    match short(Job::Probe(file.to_owned()))? {
        ChildNotice::FileInfo(info) => Ok(info),
        _ => bail!("the file cannot be looked into"),
    }
}

/// Processor time in ms that a picture of a file costs, in a process of its own.
///
/// # Errors
/// The file cannot be read, or has too few pictures.
pub fn cost(file: &std::path::Path) -> Result<f64> {
    match short(Job::Cost(file.to_owned()))? {
        ChildNotice::Cost(ms) => Ok(ms),
        _ => bail!("the file cannot be read"),
    }
}

/// Processor time that the process with number `id` used.
pub fn used(id: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name, which may hold anything: state is field 3, user and system time 14 and 15.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let [user, system] = [11, 12].map(|index| fields.get(index)?.parse::<u64>().ok());
    let ticks = (user? + system?) as f64;
    Some(Duration::from_secs_f64(
        ticks / rustix::param::clock_ticks_per_second() as f64,
    ))
}

/// Reads a test picture, in a process of its own.
///
/// # Errors
/// The element cannot work.
pub fn test() -> Result<()> {
    short(Job::Test).map(drop)
}

fn short(job: Job) -> Result<ChildNotice> {
    let (process, mut reports) = Process::start(job)?;
    while let Some(message) = reports.next() {
        match message {
            ChildMessage::Notice(ChildNotice::Failed(reason)) => bail!(reason),
            ChildMessage::Notice(notice) => return Ok(notice),
            _ => {}
        }
    }
    bail!(why(process.stop()))
}

/// Why a process ended that should not have.
pub fn why(status: Option<ExitStatus>) -> String {
    match status.and_then(|status| status.signal()) {
        Some(signal) => format!(
            "what decoded or read the pictures crashed (signal {signal}); the session's process is gone"
        ),
        None => "the session's process ended".to_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
