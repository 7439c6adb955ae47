//! `aliyarface worker`: takes jobs of an archive, reads cameras, or both.

use std::fs;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::nats::{BrokerAddress, block_on};
use crate::{archive, cameras};

/// Work for a broker: take jobs of an archive from it (--output), read cameras (--cameras), or both.
///
/// As many workers as you like: for archives on machines that see files and outputs under the same paths, for cameras
/// one a machine.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    address: BrokerAddress,
    #[command(flatten)]
    jobs: archive::WorkerOptions,
    #[command(flatten)]
    cameras: cameras::WorkerOptions,
}

/// Works until it is told to stop.
///
/// # Errors
/// The broker cannot be reached at the start, or a folder is not there.
pub fn run(options: &Options) -> Result<ExitCode> {
    let Options {
        address,
        jobs,
        cameras,
    } = options;
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    let host: String = host.trim().chars().map(plain).collect();
    let sources = cameras.sources()?;
    block_on(async {
        match (jobs.enabled(), cameras.enabled()) {
            (true, true) => {
                let jobs = archive::work(jobs, address, &host, sources);
                tokio::try_join!(jobs, crate::cameras::work(cameras, address, &host))?;
            }
            (true, false) => archive::work(jobs, address, &host, sources).await?,
            (false, true) => crate::cameras::work(cameras, address, &host).await?,
            (false, false) => bail!(
                "say what to do: jobs of an archive with --output, cameras with --cameras, or both"
            ),
        }
        Ok(ExitCode::SUCCESS)
    })
}
