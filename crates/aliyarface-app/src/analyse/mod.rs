//! `aliyarface analyse`: files become records.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::pipelines::{init, launch, play_to_end, set_path};

/// Read the faces of files, and write a record of each frame.
#[derive(Args)]
pub struct Options {
    /// Videos and pictures.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What to write: `.jsonl` or `.csv`; FILE.jsonl beside each file where none is named.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Reads one file after the other; a file that fails is told in a line, and the others go on.
///
/// # Errors
/// One output is named for several files.
pub fn run(options: &Options) -> Result<ExitCode> {
    init()?;
    if options.output.is_some() && options.files.len() > 1 {
        bail!("one output cannot hold several files: leave --output out");
    }
    let mut code = ExitCode::SUCCESS;
    for file in &options.files {
        let beside = || file.with_extension("jsonl");
        let output = options.output.clone().unwrap_or_else(beside);
        if let Err(err) = record(file, &output) {
            eprintln!("{}: {err:#}", file.display());
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Writes a record of each frame and event of `file`, as the extension of `output` says.
///
/// # Errors
/// The file cannot be read, or the extension is not known.
pub fn record(file: &Path, output: &Path) -> Result<()> {
    let caps = match output.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl" | "ndjson") => "application/x-ndjson",
        Some("csv") => "text/csv",
        _ => bail!("{}: say .jsonl or .csv", output.display()),
    };
    let pipeline = launch(&format!(
        "filesrc name=file ! decodebin ! videoconvert ! aliyarface ! aliyarfaceexport select=both \
         ! {caps} ! filesink name=records"
    ))?;
    set_path(&pipeline, "file", file)?;
    set_path(&pipeline, "records", output)?;
    play_to_end(&pipeline)
}
