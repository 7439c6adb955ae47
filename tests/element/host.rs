//! A host that pushes one frame and waits for one frame, as OBS's filter does: whatever happens in
//! the element, a frame comes back, or the start fails with words that help.

use crate::support::scripts;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::{FRAME, Host, Still, Told, clip, faces, model, scratch};
use gst::prelude::*;
use gst_video::VideoFormat;
use gstaliyarface::metadata;
use gstaliyarface::models::{Folders, ModelChoice, inventory};

/// Longer than any load or frame takes on a busy machine: who waits so long waits for ever.
const FOR_EVER: Duration = Duration::from_secs(60);

/// `appsrc ! aliyarface ! appsink` on a thread of its own, as a host's render thread drives it.
struct WaitingHost {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
}

impl WaitingHost {
    fn new(properties: &str, caps: &gst::Caps) -> Self {
        let pipeline = crate::support::launch(&format!(
            "appsrc name=source format=time ! aliyarface name=face {properties} ! appsink name=sink sync=false"
        ));
        let source = pipeline.by_name("source").unwrap();
        let source = source.downcast::<gst_app::AppSrc>().unwrap();
        source.set_caps(Some(caps));
        let sink = pipeline.by_name("sink").unwrap().downcast().unwrap();
        Self {
            pipeline,
            source,
            sink,
        }
    }

    fn start(&self) -> Result<(), String> {
        let started = self.pipeline.set_state(gst::State::Playing);
        started.map(|_| ()).map_err(|_| {
            let error = self.messages().into_iter().find_map(|told| match told {
                Said::Error(text) => Some(text),
                Said::Warning(_) => None,
            });
            error.expect("a failed start says why")
        })
    }

    fn element(&self) -> gst::Element {
        self.pipeline.by_name("face").unwrap()
    }

    /// Pushes a frame and waits for one; `None` where the pipeline says there will be none.
    fn pass(&self, buffer: gst::Buffer) -> Option<gst::Sample> {
        let (source, sink) = (self.source.clone(), self.sink.clone());
        let (answer, answered) = mpsc::channel();
        thread::spawn(move || {
            let _ = source.push_buffer(buffer);
            let _ = answer.send(sink.pull_sample().ok());
        });
        let answer = answered.recv_timeout(FOR_EVER);
        answer.expect("the host is left waiting")
    }

    fn end(&self) {
        self.source.end_of_stream().unwrap();
        let nothing = self
            .sink
            .try_pull_sample(gst::ClockTime::from_seconds(FOR_EVER.as_secs()));
        assert!(
            nothing.is_none() && self.sink.is_eos(),
            "the end comes through"
        );
    }

    fn messages(&self) -> Vec<Said> {
        let bus = self.pipeline.bus().unwrap();
        let messages = std::iter::from_fn(|| bus.pop());
        let said = messages.filter_map(|message| match message.view() {
            gst::MessageView::Error(err) => Some(Said::Error(err.error().message().to_owned())),
            gst::MessageView::Warning(warning) => {
                Some(Said::Warning(warning.error().message().to_owned()))
            }
            _ => None,
        });
        said.collect()
    }
}

impl Drop for WaitingHost {
    fn drop(&mut self) {
        self.pipeline.set_state(gst::State::Null).unwrap();
    }
}

/// The only part of a message that OBS shows.
enum Said {
    Error(String),
    Warning(String),
}

fn frames(count: usize) -> Vec<Still> {
    clip("single_face.mp4", VideoFormat::Bgra, count)
}

/// A folder with the models, to be spoilt.
fn models(name: &str) -> PathBuf {
    let folder = scratch(name);
    for file in fs::read_dir(model("")).unwrap() {
        let file = file.unwrap().path();
        fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    folder
}

/// The files that an element on the processor loads.
fn model_files() -> Vec<String> {
    let choice = ModelChoice::bundled(Folders(Vec::new()));
    let files = inventory(&choice).unwrap().into_iter();
    files.map(|file| file.file).collect()
}

fn path(folder: &Path) -> String {
    format!("model-path={}", folder.display())
}

#[test]
fn a_host_that_waits_for_each_frame_is_never_left_waiting() {
    let frames = frames(12);
    let caps = frames[0].caps();
    for mode in ["sync", "async", "auto"] {
        let properties = format!("analysis-mode={mode} overlay=boxes+labels");
        let host = WaitingHost::new(&properties, &caps);
        host.start().unwrap();
        for (index, frame) in (0..).zip(&frames) {
            let pts = FRAME * index;
            let sample = host.pass(frame.at(pts)).expect("a frame");
            let buffer = sample.buffer().unwrap();
            assert_eq!(buffer.pts(), Some(pts), "{mode}: the very frame comes back");
            assert_eq!(buffer.size(), frame.buffer.size());
            assert_eq!(sample.caps().unwrap(), caps.as_ref());
        }
        host.end();
        assert!(host.messages().is_empty(), "{mode}");
    }
}

#[test]
fn a_missing_model_fails_the_start_with_its_name_and_the_cure() {
    let frame = frames(1).remove(0);
    for file in model_files() {
        let folder = models("missing");
        fs::remove_file(folder.join(&file)).unwrap();
        let host = WaitingHost::new(&path(&folder), &frame.caps());
        let text = host.start().unwrap_err();
        for part in [&file, "model-path", folder.to_str().unwrap()] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(host.pass(frame.at(FRAME)).is_none(), "{file}");
        assert_eq!(host.element().current_state(), gst::State::Null);
    }
}

#[test]
fn a_damaged_or_mistaken_model_fails_the_start_with_its_name_and_the_cure() {
    let frame = frames(1).remove(0);
    let other = fs::read(model("face_blendshapes.tflite")).unwrap();
    type Spoil = fn(Vec<u8>, &[u8]) -> Vec<u8>;
    let spoils: [(&str, Spoil); 4] = [
        ("cut short", |bytes, _| bytes[..bytes.len() / 2].to_vec()),
        ("one bit turned", |mut bytes, _| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        }),
        ("empty", |_, _| Vec::new()),
        ("another net", |bytes, other| {
            if bytes == other {
                bytes.repeat(2)
            } else {
                other.to_vec()
            }
        }),
    ];
    for file in model_files() {
        for (how, spoil) in spoils {
            let folder = models("corrupt");
            let bytes = fs::read(folder.join(&file)).unwrap();
            fs::write(folder.join(&file), spoil(bytes, &other)).unwrap();
            let host = WaitingHost::new(&path(&folder), &frame.caps());
            let text = host.start().unwrap_err();
            let named = folder.join(&file);
            assert!(text.contains(named.to_str().unwrap()), "{how}: {text}");
            assert!(text.contains("replace the file"), "{how}: {text}");
            assert!(host.pass(frame.at(FRAME)).is_none(), "{file} {how}");
        }
    }
}

#[test]
fn an_emotion_model_of_the_users_own_that_does_not_fit_is_named() {
    let frame = frames(1).remove(0);
    let folder = scratch("own-emotion");
    let nonsense = folder.join("nonsense.safetensors");
    fs::write(&nonsense, "no tensors").unwrap();
    let strange = folder.join("strange.onnx");
    fs::write(&strange, "what is this").unwrap();
    let labels = folder.join("two.txt");
    fs::write(&labels, "calm\nnot calm\n").unwrap();
    let bundled = model("emotion_resnet18.safetensors");
    let cases = [
        (folder.join("nowhere.pt"), None),
        (nonsense, None),
        (strange, None),
        (bundled.clone(), Some(labels)),
        (bundled, Some(folder.join("no-labels.txt"))),
    ];
    for (weights, labels) in cases {
        let mut properties = format!("emotion-model={}", weights.display());
        if let Some(labels) = &labels {
            properties += &format!(" emotion-labels={}", labels.display());
        }
        let host = WaitingHost::new(&properties, &frame.caps());
        let text = host.start().unwrap_err();
        let cured = text.contains("emotion-model");
        assert!(text.contains(weights.to_str().unwrap()) && cured, "{text}");
        assert!(host.pass(frame.at(FRAME)).is_none());
    }
}

#[test]
fn a_start_that_failed_can_be_tried_again_with_other_models() {
    let frame = frames(1).remove(0);
    let empty = scratch("empty");
    let host = WaitingHost::new(&path(&empty), &frame.caps());
    for _ in 0..2 {
        host.start().unwrap_err();
        host.pipeline.set_state(gst::State::Null).unwrap();
    }
    let element = host.element();
    element.set_property("model-path", model("").to_str().unwrap());
    host.start().unwrap();
    let sample = host.pass(frame.at(FRAME)).expect("a frame");
    assert_eq!(faces(sample.buffer().unwrap()).len(), 1);
}

#[test]
fn a_stage_that_fails_costs_its_results_and_no_frame() {
    let frames = frames(8);
    let folder = scratch("failing");
    let nets = [
        scripts::throws(&folder),
        scripts::misshapes(&folder),
        scripts::wants_memory(&folder),
        scripts::answers_nan(&folder),
        scripts::answers_too_much(&folder),
    ];
    for net in nets {
        for mode in ["sync", "async"] {
            let context = format!("{mode} {}", net.display());
            let properties = format!("analysis-mode={mode} emotion-model={}", net.display());
            let host = WaitingHost::new(&properties, &frames[0].caps());
            host.start().unwrap();
            let mut warnings = Vec::new();
            for (index, frame) in (0..200).zip(frames.iter().cycle()) {
                let sample = host.pass(frame.at(FRAME * index)).expect("a frame");
                let buffer = sample.buffer().unwrap();
                let unread = metadata::read(buffer).unwrap().is_none();
                assert!(unread, "{context}: nothing is invented");
                assert!(buffer.map_readable().unwrap().as_slice() == frame.bytes());
                warnings.extend(host.messages().into_iter().map(|said| match said {
                    Said::Warning(text) => text,
                    Said::Error(text) => panic!("{context}: {text}"),
                }));
                if warnings.len() == 2 && index > 10 {
                    break;
                }
                if mode == "async" {
                    // Leaves time for the frame to be tried rather than skipped.
                    thread::sleep(Duration::from_millis(30));
                }
            }
            host.end();
            let [first, last] = warnings.as_slice() else {
                panic!("{context}: two warnings, not {warnings:?}");
            };
            assert!(first.contains("the frame passes as it is"), "{first}");
            assert!(last.contains("no more frames are analysed"), "{last}");
        }
    }
}

#[test]
fn late_frames_are_not_dropped() {
    let frames = frames(10);
    let mut host = Host::new("", &frames[0].caps());
    assert!(!host.element().property::<bool>("qos"));
    for still in &frames {
        host.show(still);
        let late = gst::event::Qos::builder(gst::QOSType::Underflow, 5.0, 2_000_000_000)
            .timestamp(gst::ClockTime::from_seconds(3600))
            .build();
        host.harness.push_upstream_event(late);
    }
    let stats: gst::Structure = host.element().property("stats");
    assert_eq!(stats.get::<u64>("analysed"), Ok(10));
}

/// A frame's memory that counts how many of its kind are alive.
struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl Counted {
    fn of(still: &Still, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Self(still.bytes(), Arc::clone(alive))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsMut<[u8]> for Counted {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

#[test]
fn no_frame_and_no_memory_of_one_is_kept_once_it_has_left() {
    let frames = frames(8);
    for properties in [
        "analysis-mode=sync",
        "analysis-mode=async",
        "analysis-mode=sync overlay=boxes+mesh+labels anonymize=blur",
    ] {
        let alive = Arc::new(AtomicUsize::new(0));
        let mut host = Host::new(properties, &frames[0].caps());
        for (index, still) in (0..).zip(&frames) {
            let mut buffer = gst::Buffer::from_mut_slice(Counted::of(still, &alive));
            buffer.get_mut().unwrap().set_pts(FRAME * index);
            let mut result = host.pass(buffer);
            let owned = result.get_mut().expect("no one else holds the buffer");
            let memory = owned.peek_memory_mut(0);
            assert!(memory.is_ok(), "{properties}: someone holds its memory");
            drop(result);
            assert_eq!(alive.load(Ordering::SeqCst), 0, "{properties}");
        }
    }
}

#[test]
fn a_host_may_write_into_a_frames_memory_as_soon_as_it_is_back() {
    let frames = frames(24);
    let read = |spoil: bool| {
        let mut host = Host::new("analysis-mode=async", &frames[0].caps());
        let mut last = None;
        for still in &frames {
            let mut result = host.show(still);
            if let Some(meta) = metadata::read(&result).unwrap() {
                last = meta.faces.first().cloned().or(last);
            }
            if spoil {
                let owned = result.get_mut().unwrap();
                owned.map_writable().unwrap().fill(0);
            }
            thread::sleep(Duration::from_millis(60));
        }
        assert!(
            !host
                .told()
                .iter()
                .any(|told| matches!(told, Told::Warning(..)))
        );
        last.expect("a face was read")
    };
    let (spoilt, whole) = (read(true), read(false));
    assert!(crate::support::mesh_difference(&spoilt, &whole) < 0.1);
    assert!(spoilt.score > 0.9, "{}", spoilt.score);
}
