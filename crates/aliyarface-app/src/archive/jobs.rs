//! `aliyarface jobs`: how far an archive is.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::broker::{Broker, Counts};
use super::url;
use crate::nats::{BrokerAddress, block_on};

/// Tell how far the archive is, and why jobs were given up; the exit code is 1 if any were.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    address: BrokerAddress,
    /// Stay, with a bar, until every job is done or given up.
    #[arg(long)]
    watch: bool,
    /// Put the jobs that were given up into the queue again.
    #[arg(long)]
    retry: bool,
    /// The numbers, and the jobs given up with the ends of their logs, as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Tells.
///
/// # Errors
/// The broker is gone.
pub fn run(options: &Options) -> Result<ExitCode> {
    block_on(print_jobs(options))
}

async fn print_jobs(options: &Options) -> Result<ExitCode> {
    let broker = Broker::connect(&options.address).await?;
    if options.retry {
        let dead = broker.dead().await?;
        for (number, dead) in &dead {
            broker.retry(*number, dead).await?;
        }
        println!("{} jobs are in the queue again", dead.len());
        return Ok(ExitCode::SUCCESS);
    }
    if options.watch {
        watch(&broker).await?;
    }
    let counts = broker.counts().await?;
    let dead: Vec<_> = broker
        .dead()
        .await?
        .into_iter()
        .map(|(_, dead)| dead)
        .collect();
    if options.json {
        println!("{}", serde_json::json!({ "counts": counts, "dead": dead }));
    } else {
        println!("{}", line(&counts));
        for dead in &dead {
            println!(
                "{}: {} ({} tries)",
                url::redacted(&dead.job.file),
                dead.reason,
                dead.tries
            );
        }
    }
    Ok(ExitCode::from(u8::from(!dead.is_empty())))
}

fn line(counts: &Counts) -> String {
    format!(
        "{} submitted: {} waiting, {} running, {} done, {} given up",
        counts.submitted, counts.waiting, counts.running, counts.done, counts.dead
    )
}

async fn watch(broker: &Broker) -> Result<()> {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}, {eta} left") {
        bar.set_style(style);
    }
    loop {
        let counts = broker.counts().await?;
        bar.set_length(counts.submitted as u64);
        bar.set_position(counts.done as u64 + counts.dead);
        bar.set_message(format!(
            "{} running, {} given up",
            counts.running, counts.dead
        ));
        if counts.waiting == 0 && counts.running == 0 {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
