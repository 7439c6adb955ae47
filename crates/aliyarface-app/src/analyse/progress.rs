//! What is told while files are read: a bar on a terminal, and a line for each file.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const BAR: &str = "{prefix} {bar:30} {percent:>3}% {msg}, {eta} left";
/// Of a file whose length is not known.
const SPINNER: &str = "{prefix} {spinner} {msg}";

/// Tells how far the files are read.
pub struct Progress {
    files: usize,
    begun: Cell<usize>,
    is_supervised: bool,
}

/// Between two lines that tell a supervisor how far a file is.
const BEAT: Duration = Duration::from_millis(500);

/// Ends this process, whatever it does, when stdin does: its supervisor is gone.
pub fn end_with_stdin() {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        while io::stdin().read(&mut rest).is_ok_and(|read| read > 0) {}
        std::process::abort();
    });
}

impl Progress {
    /// Of this many files; a supervisor is told in lines.
    pub fn new(files: usize, is_supervised: bool) -> Self {
        Self {
            files,
            is_supervised,
            begun: Cell::new(0),
        }
    }

    /// The bar of `file`; it is drawn on a terminal alone.
    pub fn begin(&self, file: &Path) -> FileBar {
        self.begun.set(self.begun.get() + 1);
        let bar = ProgressBar::no_length();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        bar.set_prefix(match self.files {
            1 => name.into_owned(),
            files => format!("[{}/{files}] {name}", self.begun.get()),
        });
        if let Ok(style) = ProgressStyle::with_template(SPINNER) {
            bar.set_style(style);
        }
        FileBar {
            bar,
            told: self.is_supervised.then(|| Cell::new(Instant::now())),
        }
    }

    /// Tells of a file that was read.
    pub fn done(&self, account: &str) {
        println!("{account}");
    }

    /// Tells, in a line, why a file was not read, or not to its end.
    pub fn failed(&self, file: &Path, err: &anyhow::Error) {
        let reason = format!("{err:#}").replace('\n', " ");
        eprintln!("{}: {reason}", file.display());
    }
}

/// How far one file is read.
pub struct FileBar {
    bar: ProgressBar,
    /// When a supervisor was told last.
    told: Option<Cell<Instant>>,
}

impl FileBar {
    /// So many ns of `length` are read, if that is known, in `frames` frames.
    pub fn advance(&self, time: u64, length: Option<u64>, frames: u64) {
        if let Some(told) = &self.told
            && told.get().elapsed() > BEAT
        {
            told.set(Instant::now());
            println!("frames {frames}");
        }
        if self.bar.length().is_none()
            && let Some(length) = length
        {
            self.bar.set_length(length);
            if let Ok(style) = ProgressStyle::with_template(BAR) {
                self.bar.set_style(style);
            }
        }
        self.bar.set_position(time);
        let rate = frames as f64 / self.bar.elapsed().as_secs_f64().max(1e-3);
        self.bar
            .set_message(format!("{frames} frames, {rate:.0} a second"));
    }
}

impl Drop for FileBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
