//! `aliyarface submit`: files become jobs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::broker::{Address, Broker};
use super::job::{Job, JobOptions};
use crate::analyse::{Inputs, RecordOptions};

/// Put files into the queue of an archive, for `aliyarface worker` on any machine that sees them under the same path.
///
/// Submitting a file twice is free: a job is known by the file's bytes, the options, the models and the version. A property that
/// names a file is refused: it would be one of the worker's machine.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    address: Address,
    /// Videos and pictures, and folders of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
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
    let inputs = Inputs::find(&options.files);
    let mut refused = inputs.refused;
    super::block_on(async {
        let broker = Broker::connect(&options.address).await?;
        let (mut new, mut known) = (0, 0);
        for file in inputs.files {
            let job = match file.canonicalize() {
                Ok(whole) => Job::new(whole, reading.clone()),
                Err(err) => Err(err.into()),
            };
            match job {
                Ok(job) if broker.submit(&job).await? => new += 1,
                Ok(_) => known += 1,
                Err(err) => refused.push((file, format!("{err:#}"))),
            }
        }
        println!("{new} new jobs, {known} known before");
        Ok(())
    })?;
    for (path, reason) in &refused {
        eprintln!("{}: {reason}", path.display());
    }
    Ok(ExitCode::from(u8::from(!refused.is_empty())))
}
