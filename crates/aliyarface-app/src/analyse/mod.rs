//! `aliyarface analyse`: files become records and tables.

mod inputs;
mod output;
mod parquet;
pub mod parquet_text;
mod progress;
mod reading;
mod summary;
mod writer;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use gstaliyarface::record::Points;

pub use self::inputs::Inputs;
use self::output::{Format, Output};
use self::progress::Progress;
use self::reading::FileReading;
use self::writer::{Contents, RecordWriter};
use crate::limits;
use crate::pipelines::init;

/// Seconds in which any decoder gives something.
const STALL: u64 = 60;

/// How files are read.
#[derive(Args, Debug, Clone, Default)]
pub struct RecordOptions {
    /// How much of each face's mesh the records hold.
    #[arg(long, default_value = "none")]
    pub landmarks: MeshPart,
    /// Give tables a row for each event too; JSON lines always tell of them.
    #[arg(long)]
    pub events: bool,
    /// Set a property of the element, as in --set micro-expressions=false.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Read the faces of files, and write a record of each frame.
///
/// A file that cannot be read is told of in a line and the others go on; the exit code is 1 then.
#[derive(Args)]
pub struct Options {
    /// Videos and pictures, and folders of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to write: a .jsonl, .csv or .parquet file; a folder for several files. Without it each
    /// file's records stand beside it.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// The format of files that are written beside each other or into a folder.
    #[arg(short, long)]
    format: Option<Format>,
    /// Pass over files whose output is whole and newer than they are.
    #[arg(long)]
    resume: bool,
    /// Give a file up whose decoder has given nothing for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = STALL)]
    stall: u64,
    #[command(flatten)]
    records: RecordOptions,
    /// Work for a worker of an archive: within limits, telling on stdout how many frames are read, and no longer than
    /// stdin stays open.
    #[arg(long, hide = true)]
    supervised: bool,
}

impl Options {
    fn of(file: &Path, output: &Path) -> Self {
        Self {
            files: vec![file.to_owned()],
            output: Some(output.to_owned()),
            format: None,
            resume: false,
            stall: STALL,
            records: RecordOptions::default(),
            supervised: false,
        }
    }
}

/// How much of the mesh records hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum MeshPart {
    /// No points.
    #[default]
    None,
    /// x and y of 478 points.
    #[value(name = "2d")]
    Flat,
    /// x, y and z.
    #[value(name = "3d")]
    Solid,
}

impl MeshPart {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Flat => "2d",
            Self::Solid => "3d",
        }
    }

    fn points(self) -> Points {
        match self {
            Self::None => Points::None,
            Self::Flat => Points::Flat,
            Self::Solid => Points::Solid,
        }
    }
}

/// Reads one file after the other.
///
/// # Errors
/// The options do not fit each other, or the element cannot work on this machine.
pub fn run(options: &Options) -> Result<ExitCode> {
    if options.supervised {
        limits::READER.apply()?;
        progress::end_with_stdin();
    }
    init()?;
    let inputs = Inputs::find(&options.files);
    let jobs = output::plan(&inputs.files, options.output.as_deref(), options.format)?;
    let reading = FileReading::new(&options.records.set, options.stall)?;
    let mut failed = !inputs.refused.is_empty();
    for (path, reason) in &inputs.refused {
        eprintln!("{}: {reason}", path.display());
    }
    let progress = Progress::new(jobs.len(), options.supervised);
    for (file, output) in &jobs {
        match analyse(file, output, &reading, options, &progress) {
            Ok(account) => progress.done(&account),
            Err(err) => {
                failed = true;
                progress.failed(file, &err);
            }
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Reads `file` into `output`; what is to be told of it.
fn analyse(
    file: &Path,
    output: &Output,
    reading: &FileReading,
    options: &Options,
    progress: &Progress,
) -> Result<String> {
    let (name, target) = (file.display(), output.path.display());
    let bar = progress.begin(file);
    let read_before = || options.resume && output.is_whole(file);
    if read_before() {
        return Ok(format!("{name}: read before, into {target}"));
    }
    let Some(part) = output.begin()? else {
        return if options.resume {
            Ok(format!("{name}: another process reads it"))
        } else {
            bail!("another process writes {target}")
        };
    };
    // That process may have ended just now.
    if read_before() {
        part.discard();
        return Ok(format!("{name}: read before, into {target}"));
    }
    let contents = Contents {
        format: output.format,
        points: options.records.landmarks.points(),
        events: options.records.events,
    };
    let mut writer = RecordWriter::new(contents, part.file.try_clone()?);
    let read = reading.read(file, &mut writer, &bar);
    drop(bar);
    let frames = writer.frames();
    let written = writer.finish(read.is_ok()).context("writing failed");
    let account = match (read, written) {
        (Ok(account), Ok(())) => account,
        (Err(err), _) | (Ok(_), Err(err)) if frames == 0 => {
            part.discard();
            return Err(err);
        }
        // What was read before the failure is kept, in a file that can be opened.
        (Err(err), _) | (Ok(_), Err(err)) => {
            let kept = part.keep()?;
            bail!("{err:#}; {frames} frames are kept in {}", kept.display());
        }
    };
    part.commit(output)?;
    Ok(format!("{name} -> {target}: {}", account.line()))
}

/// Writes a record of each frame and event of `file`, as the extension of `output` says.
///
/// # Errors
/// The file cannot be read, or the extension is not known.
pub fn record(file: &Path, output: &Path) -> Result<()> {
    let options = Options {
        records: RecordOptions {
            events: true,
            ..RecordOptions::default()
        },
        ..Options::of(file, output)
    };
    let output = Output::new(output.to_owned())?;
    let progress = Progress::new(1, false);
    analyse(
        file,
        &output,
        &FileReading::new(&[], STALL)?,
        &options,
        &progress,
    )
    .map(drop)
}
