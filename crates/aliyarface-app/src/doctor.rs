//! `aliyarface doctor`: what is here, what is missing, and the line that cures it.

use std::env;
use std::fs;
use std::process::{Command, ExitCode};
use std::thread::available_parallelism;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use gst::prelude::*;
use gstaliyarface::models::{Folders, ModelChoice, inventory};

use crate::pipelines::{init, launch, play_to_end};

/// Say what is installed, what is in use, what is missing, and the line that cures it.
#[derive(Args)]
pub struct Options {}

/// Elements that files and cameras need, what for, and the Debian package that has them.
const ELEMENTS: [(&[&str], &str, &str); 8] = [
    (
        &["decodebin", "videoconvert", "videoscale", "appsink"],
        "files and cameras",
        "gstreamer1.0-plugins-base",
    ),
    (
        &["matroskademux", "qtdemux"],
        "MP4 and Matroska",
        "gstreamer1.0-plugins-good",
    ),
    (
        &["jpegdec", "pngdec"],
        "pictures",
        "gstreamer1.0-plugins-good",
    ),
    (&["v4l2src"], "cameras", "gstreamer1.0-plugins-good"),
    (&["rtspsrc"], "network cameras", "gstreamer1.0-plugins-good"),
    (
        &["h264parse"],
        "H.264 in any container",
        "gstreamer1.0-plugins-bad",
    ),
    (&["avdec_h264"], "H.264", "gstreamer1.0-libav"),
    (
        &["x264enc"],
        "writing annotated video",
        "gstreamer1.0-plugins-ugly",
    ),
];
const PYTHON: &str = "/usr/bin/python3";

/// One finding.
enum Finding {
    /// It is there.
    Here(String),
    /// Something works less well without it.
    Lacks(String, String),
    /// Nothing works without it.
    Fails(String, String),
}

/// Prints the findings; the exit code is 1 where the element cannot work.
///
/// # Errors
/// GStreamer does not start.
pub fn run(_: &Options) -> Result<ExitCode> {
    init()?;
    let mut findings = vec![
        Finding::Here(format!("aliyarface {}", env!("CARGO_PKG_VERSION"))),
        Finding::Here(gst::version_string().to_string()),
        processor(),
        plugin(),
    ];
    findings.extend(models());
    findings.push(test_frame());
    findings.extend(ELEMENTS.iter().map(elements));
    findings.push(cameras());
    findings.push(report());
    let mut code = ExitCode::SUCCESS;
    for finding in &findings {
        match finding {
            Finding::Here(what) => println!("ok       {what}"),
            Finding::Lacks(what, cure) => println!("missing  {what}\n         -> {cure}"),
            Finding::Fails(what, cure) => {
                println!("FAILS    {what}\n         -> {cure}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// The instructions that the kernels choose from at run time.
fn processor() -> Finding {
    let threads = available_parallelism().map_or(1, usize::from);
    let wide = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let widest = wide && is_x86_feature_detected!("avx512f");
    let named = [
        (widest, "AVX-512"),
        (wide, "AVX2 and FMA"),
        (is_x86_feature_detected!("f16c"), "F16C"),
    ];
    let features: Vec<_> = named
        .iter()
        .filter_map(|(here, name)| here.then_some(*name))
        .collect();
    if wide {
        Finding::Here(format!("{threads} threads with {}", features.join(", ")))
    } else {
        Finding::Lacks(
            format!("{threads} threads without AVX2: an analysis takes several times as long"),
            "take a processor of 2013 or newer, or make the video smaller".to_owned(),
        )
    }
}

/// Whether other programs find the element.
fn plugin() -> Finding {
    let mut inspect = Command::new("gst-inspect-1.0");
    let found = inspect.arg("aliyarface").output();
    let text = found.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let file = text.as_ref().ok().and_then(|text| {
        let mut lines = text.lines().map(str::trim);
        let line = lines.find_map(|line| line.strip_prefix("Filename"));
        line.map(|line| line.trim().to_owned())
    });
    match (text, file) {
        (_, Some(file)) => Finding::Here(format!("the element for other programs: {file}")),
        (Ok(_), None) => Finding::Lacks(
            "the element is not found by gst-launch-1.0, OBS and others".to_owned(),
            "type 'make install', or install the package of 'make deb'; after a failed load \
             delete ~/.cache/gstreamer-1.0/registry.x86_64.bin"
                .to_owned(),
        ),
        (Err(_), None) => Finding::Lacks(
            "gst-inspect-1.0 is not installed".to_owned(),
            install("gstreamer1.0-tools"),
        ),
    }
}

/// Each model of the element's defaults, held against its hash.
fn models() -> Vec<Finding> {
    let folders = gstaliyarface::aliyarface::model_folders(None);
    let choice = ModelChoice::bundled(folders.clone());
    let files = match inventory(&choice) {
        Ok(files) => files,
        Err(err) => return vec![Finding::Fails(err.to_string(), REINSTALL.to_owned())],
    };
    let checked = files.iter().map(|file| {
        let Folders(places) = &folders;
        let place = places.iter().find(|place| place.join(&file.file).is_file());
        match place {
            Some(place) => Finding::Here(format!(
                "{}: {} ({:.12})",
                file.stage,
                place.join(&file.file).display(),
                file.sha256
            )),
            None => Finding::Fails(
                format!("{}: {} is in none of {folders}", file.stage, file.file),
                REINSTALL.to_owned(),
            ),
        }
    });
    checked.collect()
}

const REINSTALL: &str =
    "type 'make install' anew, or name the folder: ALIYARFACE_MODEL_PATH=FOLDER";

/// Whether every net loads, and reads a picture: hashes and libraries are checked on the way.
fn test_frame() -> Finding {
    let read = || -> Result<()> {
        let pipeline = launch(
            "videotestsrc num-buffers=2 ! video/x-raw,width=320,height=240 \
             ! aliyarface analysis-mode=sync name=element ! fakesink",
        )?;
        let element = pipeline.by_name("element").context("no element")?;
        play_to_end(&pipeline)?;
        let stats: gst::Structure = element.property("stats");
        let analysed: u64 = stats.get("analysed").map_err(|err| anyhow!("{err}"))?;
        if analysed == 2 {
            Ok(())
        } else {
            Err(anyhow!("{analysed} of 2 test pictures were read"))
        }
    };
    match read() {
        Ok(()) => Finding::Here("every net loads and reads a test picture".to_owned()),
        Err(err) => Finding::Fails(format!("{err:#}"), REINSTALL.to_owned()),
    }
}

fn elements(&(names, purpose, package): &(&[&str], &str, &str)) -> Finding {
    let missing = |name: &&str| gst::ElementFactory::find(name).is_none();
    let missing: Vec<&str> = names.iter().copied().filter(missing).collect();
    if missing.is_empty() {
        Finding::Here(format!("{purpose}: {}", names.join(", ")))
    } else {
        Finding::Lacks(
            format!("{purpose}: {}", missing.join(", ")),
            install(package),
        )
    }
}

fn cameras() -> Finding {
    let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.path());
    let mut cameras: Vec<_> = names
        .filter(|path| path.to_string_lossy().starts_with("/dev/video"))
        .collect();
    cameras.sort();
    let Some(first) = cameras.first() else {
        return Finding::Lacks("no camera".to_owned(), "plug one in".to_owned());
    };
    match fs::File::open(first) {
        Ok(_) => Finding::Here(format!("a camera: {}", first.display())),
        Err(err) => Finding::Lacks(
            format!("{}: {err}", first.display()),
            "type 'sudo usermod -aG video $USER', and log in again".to_owned(),
        ),
    }
}

fn report() -> Finding {
    let mut python = Command::new(PYTHON);
    python.args(["-c", "import matplotlib, pandas"]);
    if let Some(packages) = env::var_os("ALIYARFACE_REPORT") {
        python.env("PYTHONPATH", packages);
    }
    if python.output().is_ok_and(|output| output.status.success()) {
        Finding::Here("figures: matplotlib and pandas".to_owned())
    } else {
        Finding::Lacks(
            "figures of 'aliyarface report': matplotlib and pandas".to_owned(),
            install("python3-matplotlib python3-pandas"),
        )
    }
}

fn install(package: &str) -> String {
    format!("type 'sudo apt install {package}'")
}
