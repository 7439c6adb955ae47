//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use pico_args::Arguments;

use super::whims::Kind;

/// How a soak goes.
pub struct Options {
    /// Minutes after which it ends.
    pub minutes: f64,
    /// Where the plot is written.
    pub plot: PathBuf,
    /// What chance is made of.
    pub seed: u64,
    /// The kinds of whims that are followed; with none, frames pass and nothing else happens.
    pub kinds: Vec<Kind>,
    /// Whims, or without any frames, after which it ends before its time.
    pub count: Option<u64>,
    /// Time from one whim to the next.
    pub every: Duration,
    /// Whether `identity` stands where the element should: what the host alone makes of memory.
    pub control: bool,
    /// The most arenas that glibc may open; 0 leaves it its own choice, eight a processor.
    pub arenas: u16,
    /// MB a minute that are lost on purpose, to see the run fail.
    pub leak: f64,
}

impl Options {
    /// Takes `--minutes M --plot FILE [--seed N] [--only KIND,...] [--count N] [--every SECONDS]
    /// [--control]
    /// [--arenas N] [--leak MB]`; `--only frames` is no whim at all.
    ///
    /// # Errors
    /// An argument is missing or makes no sense.
    pub fn take(arguments: &mut Arguments) -> Result<Self> {
        let only: Option<String> = arguments.opt_value_from_str("--only")?;
        let kinds = match only.as_deref() {
            None => Kind::ALL.to_vec(),
            Some("frames") => Vec::new(),
            Some(names) => names.split(',').map(str::parse).collect::<Result<_>>()?,
        };
        let every: f64 = arguments.opt_value_from_str("--every")?.unwrap_or(1.0);
        let options = Self {
            minutes: arguments.value_from_str("--minutes")?,
            plot: arguments.value_from_str("--plot")?,
            seed: arguments.opt_value_from_str("--seed")?.unwrap_or(5),
            kinds,
            count: arguments.opt_value_from_str("--count")?,
            every: Duration::try_from_secs_f64(every)?,
            control: arguments.contains("--control"),
            arenas: arguments.opt_value_from_str("--arenas")?.unwrap_or(2),
            leak: arguments.opt_value_from_str("--leak")?.unwrap_or(0.0),
        };
        ensure!(options.minutes > 0.0, "--minutes must be more than 0");
        ensure!(every > 0.0, "--every must be more than 0");
        Ok(options)
    }

    /// Whether pipelines start anew.
    pub fn starts(&self) -> bool {
        self.kinds.contains(&Kind::Starts)
    }
}
