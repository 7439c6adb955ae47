//! Animated GIFs: each picture has its time, and the file an end.

use std::fs;
use std::path::{Path, PathBuf};

use gstaliyarface::record::Line;

use crate::support::{aliyarface, play, printed, sample, scratch};

const WIDTH: u16 = 320;
const HEIGHT: u16 = 240;
const PICTURES: usize = 12;
/// Pixels after which codes begin anew, before they grow to ten bits.
const RUN: usize = 200;
const CLEAR: u16 = 256;
const END: u16 = 257;

/// The time of the picture after `pictures` others, in hundredths of a second: they last 8 and 9 in turn.
fn time(pictures: usize) -> u64 {
    (0..pictures).map(duration).sum()
}

fn duration(picture: usize) -> u64 {
    8 + picture as u64 % 2
}

/// The first pictures of a clip as a grey GIF.
fn gif(folder: &Path, name: &str, pictures: usize) -> PathBuf {
    let raw = folder.join("pictures.grey");
    play(&format!(
        "filesrc location={} ! decodebin ! videoconvert ! videoscale add-borders=true \
         ! video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT},pixel-aspect-ratio=1/1 ! filesink location={}",
        sample("single_face.mp4").display(),
        raw.display()
    ));
    let grey = fs::read(&raw).unwrap();
    fs::remove_file(raw).unwrap();
    let size = [WIDTH.to_le_bytes(), HEIGHT.to_le_bytes()].concat();
    let mut file = [b"GIF89a", &size[..], &[0xf7, 0, 0]].concat();
    file.extend((0..=255).flat_map(|level| [level; 3]));
    let frames = grey.chunks_exact(usize::from(WIDTH) * usize::from(HEIGHT));
    for (picture, frame) in frames.take(pictures).enumerate() {
        let control = [0x21, 0xf9, 4, 0, duration(picture) as u8, 0, 0, 0];
        file.extend([&control[..], b",\0\0\0\0", &size, &[0, 8]].concat());
        for block in packed(frame).chunks(255) {
            file.push(block.len() as u8);
            file.extend(block);
        }
        file.push(0);
    }
    file.push(b';');
    let path = folder.join(name);
    fs::write(&path, file).unwrap();
    path
}

/// Pixels as codes of nine bits, none of which stands for more than a pixel.
fn packed(pixels: &[u8]) -> Vec<u8> {
    let runs = pixels.chunks(RUN);
    let codes = runs.flat_map(|run| {
        let pixels = run.iter().map(|&pixel| u16::from(pixel));
        std::iter::once(CLEAR).chain(pixels)
    });
    let codes = codes.chain([END]);
    let bits: Vec<u8> = codes
        .flat_map(|code| (0..9).map(move |bit| (code >> bit & 1) as u8))
        .collect();
    let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit);
    bits.chunks(8).map(byte).collect()
}

#[test]
fn each_picture_of_a_gif_has_its_own_time_and_the_file_an_end() {
    let folder = scratch("gif-analyse");
    let file = gif(&folder, "face.gif", PICTURES);
    let output = folder.join("face.jsonl");
    let said = printed(&aliyarface(&[
        "analyse",
        file.to_str().unwrap(),
        "-o",
        output.to_str().unwrap(),
    ]));
    assert!(said.contains("12 frames, 1.0 s, 1 face"), "{said}");
    let text = fs::read_to_string(output).unwrap();
    let lines: Vec<Line> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let frames = lines.iter().filter_map(|line| match line {
        Line::Frame(frame) => Some((frame.timestamp, frame.duration)),
        _ => None,
    });
    let frames: Vec<_> = frames.collect();
    let hundredths = |count: u64| Some(count * 10_000_000);
    let wanted: Vec<_> = (0..PICTURES)
        .map(|picture| (hundredths(time(picture)), hundredths(duration(picture))))
        .collect();
    assert_eq!(frames, wanted);
    assert!(matches!(lines.last(), Some(Line::End(_))));
}

#[test]
fn a_gif_of_one_picture_is_a_picture() {
    let folder = scratch("gif-one");
    let file = gif(&folder, "face.gif", 1);
    let said = printed(&aliyarface(&["analyse", file.to_str().unwrap()]));
    assert!(said.contains("1 frame, "), "{said}");
}

#[test]
fn a_demo_of_a_clip_of_few_pictures_a_second_comes_to_its_end() {
    let folder = scratch("gif-demo");
    // More than records may wait for, and fewer than the encoder holds.
    let file = gif(&folder, "face.gif", 20);
    let out = folder.join("out");
    let said = printed(&aliyarface(&[
        "demo",
        file.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]));
    assert!(said.contains("face.gif"), "{said}");
    let lines = fs::read_to_string(out.join("demo.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 22);
}
