//! Frames of every format, size and layout that the caps allow.

use crate::support::layout::{GARBAGE, Layout, laid_out};
use crate::support::{
    Host, Still, Told, clip, eye_distance, faces, info, mesh_difference, only_face,
};
use gst_video::{VideoFormat, VideoMeta};
use gstaliyarface::analysis::{Face, Rect};
use gstaliyarface::picture::PixelFormat;

/// A frame with one face, in RGB.
fn portrait() -> Still {
    clip("single_face.mp4", VideoFormat::Rgb, 5).remove(4)
}

fn formats() -> impl Iterator<Item = VideoFormat> {
    PixelFormat::ALL.into_iter().map(PixelFormat::to_gst)
}

/// The element with these properties, before its first frame: loading takes longer than reading.
fn host(properties: &str) -> Host {
    let caps = info(VideoFormat::I420, 16, 16).to_caps().unwrap();
    Host::new(&format!("emotions=false {properties}"), &caps)
}

/// What comes out for a first frame.
fn show_first(host: &mut Host, still: &Still) -> gst::Buffer {
    host.begin(&still.caps());
    host.show(still)
}

/// The only face in a first frame.
fn face_in(host: &mut Host, still: &Still) -> Face {
    only_face(&show_first(host, still))
}

fn assert_same_face(found: &Face, expected: &Face, tolerance: f64, context: &str) {
    let difference = mesh_difference(found, expected);
    assert!(
        difference < tolerance,
        "{context}: the meshes lie {difference:.4} eye distances apart"
    );
}

#[test]
fn the_same_face_is_read_in_every_format() {
    let portrait = portrait();
    let mut host = host("");
    let expected = face_in(&mut host, &portrait);
    for format in formats() {
        let face = face_in(&mut host, &portrait.as_format(format));
        assert_same_face(&face, &expected, 0.01, &format.to_string());
    }
}

#[test]
fn odd_sizes_are_read_in_every_format() {
    let portrait = portrait();
    let mut host = host("");
    let expected = face_in(&mut host, &portrait);
    for format in formats() {
        for (width, height) in [(641, 361), (479, 271)] {
            let odd = portrait.scaled(width, height).as_format(format);
            let context = format!("{format} {width}x{height}");
            assert_same_face(&face_in(&mut host, &odd), &expected, 0.02, &context);
        }
    }
}

#[test]
fn planes_may_lie_anywhere_in_memory() {
    let portrait = portrait().scaled(321, 181);
    let mut host = host("overlay=boxes+mesh overlay-color=0xff00ff00");
    for format in formats() {
        let tight = portrait.as_format(format);
        let expected = show_first(&mut host, &tight);
        let drawn = pixels(&expected.map_readable().unwrap(), &tight);
        for layout in [Layout::Padded, Layout::MemoryPerPlane, Layout::Cropped] {
            let (still, shown) = laid_out(&tight, layout);
            let result = show_first(&mut host, &still);
            assert_eq!(
                only_face(&result).landmarks,
                only_face(&expected).landmarks,
                "{format} {layout:?}"
            );
            let map = result.map_readable().unwrap();
            let visible = map.iter().zip(&shown).filter(|&(_, &shown)| shown);
            let visible: Vec<u8> = visible.map(|(byte, _)| *byte).collect();
            assert!(visible == drawn, "{format} {layout:?}: drawn otherwise");
            let mut hidden = map.iter().zip(&shown).filter(|&(_, &shown)| !shown);
            assert!(
                hidden.all(|(byte, _)| *byte == GARBAGE),
                "{format} {layout:?}: drawn beside the picture"
            );
        }
    }
}

/// The bytes of a frame without what pads its rows.
fn pixels(bytes: &[u8], still: &Still) -> Vec<u8> {
    let info = &still.info;
    let format = PixelFormat::ALL.into_iter();
    let mut format = format.filter(|format| format.to_gst() == info.format());
    let planes = format.next().unwrap();
    let planes = planes.planes(info.width() as usize, info.height() as usize);
    let mut pixels = Vec::new();
    for (plane, (row_bytes, rows)) in planes.into_iter().enumerate() {
        for row in 0..rows {
            let from = info.offset()[plane] + row * info.stride()[plane] as usize;
            pixels.extend(&bytes[from..from + row_bytes]);
        }
    }
    pixels
}

#[test]
fn a_frame_that_videocrop_leaves_in_a_larger_one_is_read() {
    let portrait = portrait();
    let (width, height) = (portrait.info.width(), portrait.info.height());
    let whole = face_in(&mut host(""), &portrait);
    let path = crate::support::sample("single_face.mp4");
    let run = crate::support::run(&format!(
        "filesrc location={} ! decodebin ! videoconvert ! video/x-raw,format=RGB ! \
         videocrop left=37 top=11 right=20 bottom=0 ! aliyarface emotions=false",
        path.display()
    ));
    assert!(run.warnings.is_empty(), "{:?}", run.warnings);
    let cropped = only_face(run.buffers().nth(4).unwrap());
    let inner = [f64::from(width - 57), f64::from(height - 11)];
    let nose = cropped.landmarks[1];
    let x = f64::from(nose[0]) * inner[0] + 37.0;
    let y = f64::from(nose[1]) * inner[1] + 11.0;
    let expected = whole.landmarks[1];
    let off = (x - f64::from(expected[0]) * f64::from(width))
        .hypot(y - f64::from(expected[1]) * f64::from(height));
    assert!(off < 2.0, "the nose lies {off:.1} pixels off");
}

#[test]
fn the_overlay_is_drawn_around_the_face_and_nowhere_else_in_every_format() {
    let portrait = portrait();
    let mut host = host("overlay=boxes overlay-color=0xff00ff00");
    for format in formats() {
        for (width, height) in [(640, 360), (641, 361)] {
            let still = portrait.scaled(width, height).as_format(format);
            let result = show_first(&mut host, &still);
            let face = only_face(&result);
            let result = Still {
                info: still.info.clone(),
                buffer: result,
            };
            // Compared as RGB: one place that knows where a format keeps a pixel is enough.
            let before = still.as_format(VideoFormat::Rgb);
            let after = result.as_format(VideoFormat::Rgb);
            let changed = changed_pixels(&before, &after);
            let context = format!("{format} {width}x{height}");
            assert!(changed.len() > 200, "{context}: {} pixels", changed.len());
            let (inner, outer) = around(&face.rect, width, height, 12.0);
            for (x, y) in changed {
                let lies_in = |area: &[f64; 4]| {
                    let [left, top, right, bottom] = area;
                    (left..right).contains(&&x) && (top..bottom).contains(&&y)
                };
                assert!(lies_in(&outer), "{context}: drawn at {x},{y}");
                assert!(!lies_in(&inner), "{context}: drawn inside, at {x},{y}");
            }
        }
    }
}

/// The box in pixels, smaller and larger by `margin`.
fn around(rect: &Rect, width: u32, height: u32, margin: f64) -> ([f64; 4], [f64; 4]) {
    let (width, height) = (f64::from(width), f64::from(height));
    let (left, top) = (rect.x * width, rect.y * height);
    let (right, bottom) = (left + rect.width * width, top + rect.height * height);
    let grown = |by: f64| [left - by, top - by, right + by, bottom + by];
    (grown(-margin), grown(margin))
}

fn changed_pixels(before: &Still, after: &Still) -> Vec<(f64, f64)> {
    let (one, other) = (before.bytes(), after.bytes());
    let stride = before.info.stride()[0] as usize;
    let mut changed = Vec::new();
    for y in 0..before.info.height() as usize {
        for x in 0..before.info.width() as usize {
            let at = y * stride + x * 3;
            if one[at..at + 3] != other[at..at + 3] {
                changed.push((x as f64, y as f64));
            }
        }
    }
    changed
}

#[test]
fn without_overlay_the_very_memory_that_came_leaves() {
    let portrait = portrait();
    let mut host = host("");
    for format in formats() {
        let still = portrait.as_format(format);
        host.begin(&still.caps());
        let buffer = still.at(gst::ClockTime::ZERO);
        let memory = buffer.peek_memory(0).as_ptr();
        // A second reference, as a tee holds one.
        let shared = buffer.clone();
        let result = host.pass(buffer);
        assert_eq!(faces(&result).len(), 1, "{format}");
        assert_eq!(result.peek_memory(0).as_ptr(), memory, "{format}: copied");
        assert!(
            result.map_readable().unwrap().as_slice() == still.bytes(),
            "{format}: changed"
        );
        assert_eq!(shared.iter_meta::<gst::Meta>().count(), 0, "{format}");
    }
}

#[test]
fn drawing_leaves_the_picture_of_another_branch_alone() {
    let still = portrait().as_format(VideoFormat::I420);
    let mut host = host("overlay=boxes+mesh+pose+labels");
    host.begin(&still.caps());
    let buffer = still.at(gst::ClockTime::ZERO);
    let other_branch = buffer.clone();
    let result = host.pass(buffer);
    assert!(result.map_readable().unwrap().as_slice() != still.bytes());
    assert!(other_branch.map_readable().unwrap().as_slice() == still.bytes());
}

#[test]
fn a_frame_shorter_than_its_caps_passes_untouched_and_is_warned_of_once() {
    let still = portrait().as_format(VideoFormat::Nv12);
    let mut host = host("overlay=boxes");
    host.begin(&still.caps());
    let bytes = still.bytes();
    let short = Still {
        buffer: gst::Buffer::from_slice(bytes[..bytes.len() / 2].to_vec()),
        ..still.clone()
    };
    for _ in 0..5 {
        let result = host.show(&short);
        assert!(result.map_readable().unwrap().as_slice() == &bytes[..bytes.len() / 2]);
        assert!(gstaliyarface::metadata::read(&result).unwrap().is_none());
    }
    let told = host.told();
    let [Told::Warning(text, details)] = told.as_slice() else {
        panic!("one warning, not {told:?}");
    };
    assert!(text.contains("passes as it is"), "{text}");
    assert!(details.contains("does not match its caps"), "{details}");
    assert_eq!(faces(&host.show(&still)).len(), 1, "and good frames follow");
}

#[test]
fn a_frame_whose_meta_contradicts_its_caps_passes_untouched() {
    let still = portrait().as_format(VideoFormat::I420);
    let bytes = still.bytes();
    let (width, height) = (still.info.width(), still.info.height());
    let wrong = [
        info(VideoFormat::Nv12, width, height),
        info(VideoFormat::I420, width - 2, height),
        info(VideoFormat::Gray8, width, height - 2),
        // Agrees with the caps, and then reaches beyond the memory.
        info(VideoFormat::I420, width, height),
    ];
    for (index, wrong) in wrong.iter().enumerate() {
        let mut host = host("overlay=boxes");
        host.begin(&still.caps());
        let beyond = if index == 3 { 1000 } else { 0 };
        let offsets: Vec<_> = wrong.offset().iter().map(|at| at + beyond).collect();
        let mut buffer = still.at(gst::ClockTime::ZERO);
        VideoMeta::add_full(
            buffer.get_mut().unwrap(),
            gst_video::VideoFrameFlags::empty(),
            wrong.format(),
            wrong.width(),
            wrong.height(),
            &offsets[..wrong.n_planes() as usize],
            &wrong.stride()[..wrong.n_planes() as usize],
        )
        .unwrap();
        let result = host.pass(buffer);
        assert!(result.map_readable().unwrap().as_slice() == bytes);
        assert_eq!(host.warnings().len(), 1, "{wrong:?}");
    }
}

#[test]
fn faces_are_followed_when_only_the_format_changes() {
    let portrait = portrait();
    let mut host = host("");
    let first = face_in(&mut host, &portrait);
    for format in formats() {
        let still = portrait.as_format(format);
        host.set_caps(&still.caps());
        let face = only_face(&host.show(&still));
        assert_eq!(face.id, first.id, "{format}");
        assert_same_face(&face, &first, 0.01, &format.to_string());
    }
    let events = host.events();
    assert_eq!(events.len(), 1, "only that the face appeared: {events:?}");
}

#[test]
fn another_picture_size_ends_the_faces_and_finds_them_anew() {
    let portrait = portrait();
    let mut host = host("");
    let before = face_in(&mut host, &portrait);
    let larger = portrait.scaled(1280, 720).as_format(VideoFormat::I420);
    host.set_caps(&larger.caps());
    let after = only_face(&host.show(&larger));
    assert_ne!(after.id, before.id);
    assert_same_face(&after, &before, 0.02, "1280x720");
    let events: Vec<_> = host
        .events()
        .iter()
        .map(|event| event.get::<String>("event").unwrap())
        .collect();
    assert_eq!(events, ["face-appeared", "face-lost", "face-appeared"]);
}

#[test]
fn the_smallest_pictures_pass() {
    let mut host = host("overlay=boxes");
    for format in formats() {
        for (width, height) in [(1, 1), (2, 2), (3, 1), (1, 17)] {
            let still = Still::grey(width, height).as_format(format);
            let result = show_first(&mut host, &still);
            let context = format!("{format} {width}x{height}");
            assert!(faces(&result).is_empty(), "{context}");
            assert!(host.told().is_empty(), "{context}");
        }
    }
}

#[test]
fn the_tolerances_are_small_beside_a_face() {
    // Guards the other tests: were the meshes of different frames as near as that, they would
    // prove nothing.
    let frames = clip("single_face.mp4", VideoFormat::Rgb, 30);
    let mut host = host("");
    let early = face_in(&mut host, &frames[4]);
    let late = face_in(&mut host, &frames[28]);
    assert!(eye_distance(&early) > 0.05);
    assert!(mesh_difference(&early, &late) > 0.02);
}
