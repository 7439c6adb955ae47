//! `aliyarface submit`: files become jobs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use anyhow::{Context, Result};
use clap::Args;

use super::broker::Broker;
use super::job::{Job, JobOptions, hash};
use super::url;
use crate::analyse::{Inputs, RecordOptions};
use crate::nats::{BrokerAddress, block_on};

/// Put files into the queue of an archive, for `aliyarface worker` on any machine that sees them under the same path or address.
///
/// Submitting a file twice is free: a job is known by the file's bytes, the options, the models and the version. A property that
/// names a file is refused: it would be one of the worker's machine.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    address: BrokerAddress,
    /// Videos and pictures, folders of them, and addresses: http://, https:// or s3://BUCKET/KEY, which are fetched
    /// once here too, for their hash.
    #[arg(required_unless_present = "list", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A text file with one path, folder or address a line.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    #[command(flatten)]
    records: RecordOptions,
}

/// Submits each file.
///
/// # Errors
/// The broker is gone, or an option is not allowed.
pub fn run(options: &Options) -> Result<ExitCode> {
    let reading = JobOptions {
        landmarks: options.records.landmarks.name().to_owned(),
        events: options.records.events,
        set: options.records.set.clone(),
    };
    if let Some(property) = reading.forbidden() {
        anyhow::bail!("{property}: a job may not name a file or device of the worker's machine");
    }
    let mut named = options.files.clone();
    if let Some(list) = &options.list {
        let text = fs::read_to_string(list)
            .with_context(|| format!("{} cannot be read", list.display()))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        named.extend(lines.map(PathBuf::from));
    }
    let (addresses, paths): (Vec<_>, Vec<_>) = named
        .into_iter()
        .partition(|path| url::address(path).is_some());
    let mut inputs = Inputs::find(&paths);
    inputs.files.extend(addresses);
    let mut refused = inputs.refused;
    block_on(async {
        let broker = Broker::connect(&options.address).await?;
        let (mut new, mut known) = (0, 0);
        for file in inputs.files {
            match job(&file, reading.clone()) {
                Ok(job) if broker.submit(&job).await? => new += 1,
                Ok(_) => known += 1,
                Err(err) => refused.push((file, format!("{err:#}"))),
            }
        }
        println!("{new} new jobs, {known} known before");
        Ok(())
    })?;
    for (path, reason) in &refused {
        eprintln!("{}: {reason}", url::redacted(path));
    }
    Ok(ExitCode::from(u8::from(!refused.is_empty())))
}

/// A job for a file as it is now.
fn job(file: &Path, options: JobOptions) -> Result<Job> {
    let (whole, bytes) = match url::address(file) {
        Some(address) => {
            let bytes = url::fetch(&url::fetched(address)?, &mut io::sink(), || {})?;
            (file.to_owned(), bytes)
        }
        None => {
            let whole = file.canonicalize()?;
            let bytes = hash(&whole, || {})?;
            (whole, bytes)
        }
    };
    Job::new(whole, bytes, options)
}
