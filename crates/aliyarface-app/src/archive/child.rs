//! A file is read in a process of its own, with limits: what it breaks is its job alone.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;

use super::job::Job;

/// This program, even where its file was replaced since the worker began.
const PROGRAM: &str = "/proc/self/exe";
/// Lines of its stderr that are kept.
const LOG_LINES: usize = 40;
/// Letters of a line that are kept.
const LINE_LETTERS: usize = 300;

/// Why a file was not read.
#[derive(Debug)]
pub struct Failure {
    /// In a line.
    pub reason: String,
    /// The end of what it wrote on stderr.
    pub log: String,
}

/// Reads `file`, that of `job`, into `output`; each time that its frames advance `alive` is told, and a reader without
/// a further frame for `stall` is taken for hung. It limits itself by [`crate::limits::READER`].
///
/// # Errors
/// The reader cannot be started.
pub async fn read(
    job: &Job,
    file: &Path,
    output: &Path,
    stall: Duration,
    alive: &mpsc::Sender<()>,
) -> Result<Result<(), Failure>> {
    let mut child = Command::new(PROGRAM)
        .args(["analyse", "--supervised"])
        .args(job.options.arguments())
        .arg("--output")
        .arg(output)
        .arg("--")
        .arg(file)
        // The reader ends when this pipe does, even where the worker was killed.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("no reader can be started")?;
    let _stays_open = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let log = tokio::spawn(tail(stderr.context("no stderr")?));
    let mut told = BufReader::new(stdout.context("no stdout")?).lines();
    let mut frames = 0;
    let hung = loop {
        match tokio::time::timeout(stall, told.next_line()).await {
            Err(_) => break true,
            Ok(Ok(Some(line))) => {
                let count = line
                    .strip_prefix("frames ")
                    .and_then(|count| count.parse().ok());
                if count.is_some_and(|count: u64| count > frames) {
                    frames = count.unwrap_or(frames);
                    // A full channel says the same.
                    let _ = alive.try_send(());
                }
            }
            Ok(_) => break false,
        }
    };
    if hung {
        child.start_kill()?;
    }
    let status = child.wait().await?;
    let log = log.await.unwrap_or_default();
    if status.success() && !hung {
        return Ok(Ok(()));
    }
    let reason = if hung {
        format!("no frame for {} s: its decoder hangs", stall.as_secs())
    } else {
        let name = file.display().to_string();
        let own = log.iter().rev().find_map(|line| line.strip_prefix(&name));
        match own.map(|line| line.trim_start_matches(": ").to_owned()) {
            Some(line) => line,
            None => format!("its reader ended with {status}"),
        }
    };
    let log = log.into_iter().collect::<Vec<_>>().join("\n");
    Ok(Err(Failure { reason, log }))
}

async fn tail(stream: impl AsyncRead + Unpin) -> VecDeque<String> {
    let mut lines = BufReader::new(stream).split(b'\n');
    let mut last = VecDeque::new();
    while let Ok(Some(line)) = lines.next_segment().await {
        if last.len() == LOG_LINES {
            last.pop_front();
        }
        last.push_back(
            String::from_utf8_lossy(&line)
                .chars()
                .take(LINE_LETTERS)
                .collect(),
        );
    }
    last
}
