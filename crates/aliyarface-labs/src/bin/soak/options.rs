//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;

use super::disturbances::Kind;

/// Keeps one element busy while faces come and go and everything about its pipeline changes.
#[derive(Parser)]
#[command(name = "soak")]
pub struct Options {
    /// Minutes after which it ends.
    #[arg(long, value_parser = positive)]
    pub minutes: f64,
    /// The PNG file to write.
    #[arg(long)]
    pub plot: PathBuf,
    /// What chance is made of.
    #[arg(long, default_value_t = 5)]
    pub seed: u64,
    /// Kinds of disturbances that are followed, with commas between them; `frames` is none: frames pass
    /// and nothing else happens.
    #[arg(long)]
    only: Option<String>,
    /// Whims, or without any frames, after which it ends before its time.
    #[arg(long)]
    pub count: Option<u64>,
    /// Seconds from one disturbance to the next.
    #[arg(long, default_value = "1", value_parser = seconds)]
    pub every: Duration,
    /// Puts `identity` where the element should be: what the host alone makes of memory.
    #[arg(long)]
    pub control: bool,
    /// The most arenas that glibc may open; 0 leaves it its own choice, eight a processor.
    #[arg(long, default_value_t = 2)]
    pub arenas: u16,
    /// MB a minute that are lost on purpose, to see the run fail.
    #[arg(long, default_value_t = 0.0)]
    pub leak: f64,
}

impl Options {
    /// The kinds of disturbances that are followed.
    ///
    /// # Errors
    /// A kind is not known.
    pub fn kinds(&self) -> Result<Vec<Kind>> {
        match self.only.as_deref() {
            None => Ok(Kind::ALL.to_vec()),
            Some("frames") => Ok(Vec::new()),
            Some(names) => names.split(',').map(str::parse).collect(),
        }
    }
}

fn positive(text: &str) -> Result<f64> {
    let value: f64 = text.parse()?;
    ensure!(value > 0.0, "it must be more than 0");
    Ok(value)
}

fn seconds(text: &str) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(positive(text)?)?)
}
