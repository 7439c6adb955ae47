//! `aliyarface report`: a session as figures and a page.
//!
//! The drawing is matplotlib's, since nothing in Rust draws such a figure in as few lines; the script
//! travels inside the program.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::analyse::record;
use crate::pipelines::init;

/// Draw a session: a page and a figure for each face.
#[derive(Args)]
pub struct Options {
    /// A video, or records of one (.jsonl, .csv).
    input: PathBuf,
    /// The video of which the records were made: pictures of its events are drawn too.
    #[arg(long)]
    video: Option<PathBuf>,
    /// The id of the one face to draw.
    #[arg(long)]
    face: Option<u32>,
    /// The folder to write.
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

/// Debian's own Python: it has the bindings of GStreamer.
const PYTHON: &str = "/usr/bin/python3";
const SCRIPTS: [(&str, &str); 5] = [
    ("report.py", include_str!("../python/report.py")),
    (
        "session_report/figure.py",
        include_str!("../python/session_report/figure.py"),
    ),
    (
        "session_report/group.py",
        include_str!("../python/session_report/group.py"),
    ),
    (
        "session_report/film.py",
        include_str!("../python/session_report/film.py"),
    ),
    (
        "session_report/records.py",
        include_str!("../python/session_report/records.py"),
    ),
];

/// Reads the video where there are no records of it yet, and draws.
///
/// # Errors
/// The input cannot be read, or Python lacks what draws.
pub fn run(options: &Options) -> Result<ExitCode> {
    if !options.input.is_file() {
        bail!("there is no file {}", options.input.display());
    }
    fs::create_dir_all(&options.out)
        .with_context(|| format!("{} cannot be written", options.out.display()))?;
    let extension = options.input.extension().and_then(|text| text.to_str());
    let (records, video) = if let Some("jsonl" | "ndjson" | "csv") = extension {
        (options.input.clone(), options.video.clone())
    } else {
        init()?;
        let records = options.out.join("records.jsonl");
        eprintln!("Reading the faces of {}", options.input.display());
        record(&options.input, &records)?;
        (records, Some(options.input.clone()))
    };
    let status = draw(&records, video.as_deref(), options.face, &options.out)?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The page of records: figures are in it.
///
/// # Errors
/// Python lacks what draws, or there is no face in the records.
pub fn page(records: &str) -> Result<String> {
    let folder = env::temp_dir().join(format!("aliyarface-page-{}", fresh()));
    fs::create_dir_all(&folder)?;
    let drawn = || {
        let file = folder.join("session.jsonl");
        fs::write(&file, records)?;
        if !draw(&file, None, None, &folder)?.success() {
            bail!(
                "there is nothing to draw, or Python lacks matplotlib: 'aliyarface doctor' says more"
            );
        }
        Ok(fs::read_to_string(folder.join("report.html"))?)
    };
    let page = drawn();
    let _ = fs::remove_dir_all(&folder);
    page
}

/// A number that no other folder of this process has.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

fn draw(
    records: &Path,
    video: Option<&Path>,
    face: Option<u32>,
    out: &Path,
) -> Result<std::process::ExitStatus> {
    let scripts = Scripts::unpack()?;
    let mut python = Command::new(PYTHON);
    python
        .arg(scripts.0.join("report.py"))
        .arg(records)
        .arg("--out")
        .arg(out)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(video) = video {
        python.arg("--video").arg(video);
    }
    if let Some(face) = face {
        python.args(["--face", &face.to_string()]);
    }
    if let Some(packages) = env::var_os("ALIYARFACE_REPORT") {
        python.env("PYTHONPATH", packages);
    }
    python
        .status()
        .with_context(|| format!("{PYTHON} does not start; type 'sudo apt install python3'"))
}

/// A folder with the scripts, which goes with this value.
struct Scripts(PathBuf);

impl Scripts {
    fn unpack() -> Result<Self> {
        let own = format!("aliyarface-report-{}", fresh());
        let folder = Self(env::temp_dir().join(own));
        fs::create_dir_all(folder.0.join("session_report"))?;
        for (name, text) in SCRIPTS {
            fs::write(folder.0.join(name), text)?;
        }
        Ok(folder)
    }
}

impl Drop for Scripts {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}
