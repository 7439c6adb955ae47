//! Covered faces, seen in the pixels that leave the element.

mod interruptions;
mod newcomers;
mod silence;

use crate::support::init;
use gst::prelude::*;
use gstaliyarface::analysis::{Face, Rect};
use gstaliyarface::metadata;

const MODES: [&str; 3] = ["blur", "pixelate", "mesh-only"];

fn sample(name: &str) -> String {
    crate::support::sample(name).to_str().unwrap().to_owned()
}

/// A frame as it left: its faces, and its pixels as packed RGB.
struct Frame {
    faces: Vec<Face>,
    width: usize,
    pixels: Vec<u8>,
}

/// The frames that leave `branches` of one source, each an element with its properties.
fn frames(source: &str, branches: &[String], count: usize) -> Vec<Vec<Frame>> {
    init();
    let branch = |(index, branch): (usize, &String)| {
        format!("t. ! queue ! {branch} ! appsink name=sink{index} sync=false max-buffers=1 ")
    };
    let branches: String = branches.iter().enumerate().map(branch).collect();
    let description =
        format!("{source} ! videoconvert ! video/x-raw,format=RGB ! tee name=t {branches}");
    let pipeline = gst::parse::launch(&description).unwrap();
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut all: Vec<Vec<Frame>> = Vec::new();
    for _ in 0..count {
        for (index, sink) in
            (0..).map_while(|index| Some((index, pipeline.by_name(&format!("sink{index}"))?)))
        {
            let sink = sink.downcast::<gst_app::AppSink>().unwrap();
            let sample = sink
                .try_pull_sample(gst::ClockTime::from_seconds(60))
                .unwrap();
            if all.len() <= index {
                all.push(Vec::new());
            }
            all[index].push(Frame::of(&sample));
        }
    }
    pipeline.set_state(gst::State::Null).unwrap();
    all
}

impl Frame {
    fn of(sample: &gst::Sample) -> Self {
        let info = gst_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
        let buffer = sample.buffer().unwrap();
        let map = buffer.map_readable().unwrap();
        let width = info.width() as usize;
        let rows = map.chunks(info.stride()[0] as usize);
        Self {
            faces: metadata::read(buffer)
                .unwrap()
                .map(|meta| meta.faces)
                .unwrap_or_default(),
            width,
            pixels: rows.flat_map(|row| row[..width * 3].to_vec()).collect(),
        }
    }

    fn height(&self) -> usize {
        self.pixels.len() / 3 / self.width
    }

    /// Mean difference of neighbouring pixels in a part of the picture: how much detail is there.
    fn detail(&self, rect: Rect) -> f64 {
        let (width, height) = (self.width as f64, self.height() as f64);
        let (mut sum, mut count) = (0.0, 0);
        for y in (rect.y * height) as usize..((rect.y + rect.height) * height) as usize {
            for x in (rect.x * width) as usize..((rect.x + rect.width) * width) as usize {
                let at = (y * self.width + x) * 3;
                sum += f64::from(self.pixels[at].abs_diff(self.pixels[at + 3]));
                count += 1;
            }
        }
        sum / f64::from(count)
    }

    /// The share of pixels that differ from those of `other` in rows `rows`.
    fn changed(&self, other: &Self, rows: std::ops::Range<usize>) -> f64 {
        let row = self.width * 3;
        let range = rows.start * row..rows.end * row;
        let (own, others) = (&self.pixels[range.clone()], &other.pixels[range]);
        let pairs = own.chunks(3).zip(others.chunks(3));
        let count = pairs.len() as f64;
        pairs.filter(|(a, b)| a != b).count() as f64 / count
    }
}

fn clip() -> String {
    format!("filesrc location={} ! decodebin", sample("single_face.mp4"))
}

fn group(frames: u32) -> String {
    let picture = sample("multi_face.jpg");
    format!("filesrc location={picture} ! decodebin ! imagefreeze num-buffers={frames}")
}

#[test]
fn what_is_read_does_not_depend_on_what_is_covered() {
    let covered =
        MODES.map(|mode| format!("aliyarface anonymize={mode} overlay=boxes notice=true"));
    let branches: Vec<_> = [vec!["aliyarface".to_owned()], covered.to_vec()].concat();
    let branches = frames(&clip(), &branches, 12);
    let plain: Vec<_> = branches[0]
        .iter()
        .map(|frame| frame.faces.clone())
        .collect();
    assert!(plain.iter().all(|faces| faces.len() == 1));
    for covered in &branches[1..] {
        let faces: Vec<_> = covered.iter().map(|frame| frame.faces.clone()).collect();
        assert_eq!(faces, plain);
    }
}

#[test]
fn no_detail_of_any_face_is_left_but_of_the_one_excepted() {
    let plain = frames(&group(1), &["aliyarface".to_owned()], 1);
    let plain = &plain[0][0];
    assert_eq!(plain.faces.len(), 5);
    let except = plain.faces[1].id;
    let covered = ["blur", "pixelate"]
        .map(|mode| format!("aliyarface anonymize={mode} anonymize-except={except}"));
    for branch in frames(&group(1), &covered, 1) {
        let covered = &branch[0];
        for face in &covered.faces {
            let (before, after) = (plain.detail(face.rect), covered.detail(face.rect));
            if face.id == except {
                // A neighbour's mask may reach into a corner of its box, not into the face.
                let middle = Rect {
                    x: face.rect.x + face.rect.width * 0.15,
                    y: face.rect.y + face.rect.height * 0.15,
                    width: face.rect.width * 0.7,
                    height: face.rect.height * 0.7,
                };
                assert_eq!(plain.detail(middle), covered.detail(middle));
                assert!(after > before * 0.95, "{before} to {after}");
            } else {
                assert!(
                    after < before * 0.45,
                    "face {}: {before} to {after}",
                    face.id
                );
            }
        }
        let sky = 0..plain.height() / 60;
        assert_eq!(covered.changed(plain, sky), 0.0);
    }
}

#[test]
fn a_face_shown_as_its_mesh_keeps_no_pixel_of_its_own() {
    let branches = ["aliyarface", "aliyarface anonymize=mesh-only"].map(String::from);
    let brighter = "videobalance brightness=0.2";
    let dark = &frames(&group(1), &branches, 1)[1][0];
    let bright = &frames(&format!("{} ! {brighter}", group(1)), &branches, 1)[1][0];
    for face in &dark.faces {
        // Well inside the mask the two pictures, of different light, show the same but for where the
        // lines of the mesh run.
        let (x, y) = (
            face.rect.x + face.rect.width / 2.0,
            face.rect.y + face.rect.height / 2.0,
        );
        let row = (y * dark.height() as f64) as usize * dark.width;
        let span = (face.rect.width * dark.width as f64 / 4.0) as usize;
        let middle = row + (x * dark.width as f64) as usize;
        let range = (middle - span) * 3..(middle + span) * 3;
        let pairs = dark.pixels[range.clone()].iter().zip(&bright.pixels[range]);
        let apart: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        let mean = f64::from(apart) / (span * 6) as f64;
        assert!(mean < 12.0, "face {}: {mean}", face.id);
    }
    assert!(dark.changed(bright, 0..dark.height()) > 0.5);
}

#[test]
fn every_frame_between_two_detections_is_covered() {
    let branches = [
        "aliyarface",
        "aliyarface anonymize=pixelate detection-interval=1000",
    ];
    let branches = frames(&clip(), &branches.map(String::from), 25);
    for (plain, covered) in branches[0].iter().zip(&branches[1]) {
        let rect = plain.faces[0].rect;
        let (before, after) = (plain.detail(rect), covered.detail(rect));
        assert!(after < before * 0.6, "{before} to {after}");
    }
}

#[test]
fn a_face_is_covered_while_the_analysis_lags_behind() {
    for mode in MODES {
        let covered = format!("aliyarface analysis-mode=async anonymize={mode}");
        let branches = frames(&clip(), &["aliyarface".to_owned(), covered], 12);
        for (plain, covered) in branches[0].iter().zip(&branches[1]) {
            let rect = plain.faces[0].rect;
            let rows = (rect.y * plain.height() as f64) as usize;
            let face = rows..rows + (rect.height * plain.height() as f64) as usize;
            let share = rect.width;
            let changed = covered.changed(plain, face);
            assert!(changed > share * 0.6, "{mode}: {changed} of {share}");
        }
    }
}

#[test]
fn a_frame_whose_faces_cannot_be_covered_is_not_shown() {
    let still = crate::support::clip("single_face.mp4", gst_video::VideoFormat::Nv12, 1).remove(0);
    let bytes = still.bytes();
    for mode in MODES {
        let properties = format!("emotions=false anonymize={mode}");
        let mut host = crate::support::Host::new(&properties, &still.caps());
        // Shorter than its caps say.
        let torn = gst::Buffer::from_slice(bytes[..bytes.len() / 2].to_vec());
        let shown = host.pass(torn);
        let shown = shown.map_readable().unwrap();
        assert_eq!(shown.len(), bytes.len() / 2);
        assert!(shown.iter().all(|&byte| byte == shown[0]), "{mode}");
        let warnings = host.warnings();
        assert!(
            warnings.len() == 1 && warnings[0].contains("blank"),
            "{warnings:?}"
        );
        let whole = host.show(&still);
        assert_eq!(
            crate::support::faces(&whole).len(),
            1,
            "{mode}: the next one is read"
        );
    }
}
