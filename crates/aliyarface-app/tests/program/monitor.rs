//! `aliyarface monitor` in its plain mode, on a real clip.

use std::process::Output;

use crate::support::{aliyarface, printed as text, sample};
use crate::words::emotion_words;

fn monitor(mode: &[&str], analyser: &str) -> Output {
    let clip = sample("single_face.mp4");
    let description = format!(
        "filesrc location={} ! decodebin ! videoconvert ! {analyser}",
        clip.display()
    );
    let words = [&["monitor"], mode, &[description.as_str()]].concat();
    aliyarface(&words)
}

/// Filled cells of the bar behind `name`.
fn filled(frame: &str, name: &str) -> usize {
    let bar = frame.split_once(name).unwrap().1.trim_start();
    bar.chars().take_while(|cell| *cell == '█').count()
}

#[test]
fn a_smile_fills_its_bars_and_its_beginning_is_an_event() {
    let text = text(&monitor(&["--frames", "45"], "aliyarface"));
    assert!(!text.contains('\x1b'), "plain text");
    let frames: Vec<_> = text.split("\n\n").collect();
    assert_eq!(
        frames
            .iter()
            .filter(|frame| !frame.trim().is_empty())
            .count(),
        45
    );
    let (first, last) = (frames[0], frames[44]);
    assert!(
        filled(first, "neutral") > 10 && filled(last, "happiness") > 10,
        "{first}\n{last}"
    );
    assert!(
        filled(first, "AU12") < 2 && filled(last, "AU12") > 5,
        "{first}\n{last}"
    );
    assert!(first.contains("#1") && first.contains("yaw"));
    assert!(
        last.contains("face 1 emotion-changed from neutral to happiness"),
        "{last}"
    );
}

#[test]
fn one_frame_is_shown_once() {
    let text = text(&monitor(&["--once"], "aliyarface action-units=false"));
    assert_eq!(text.matches("1 face\n").count(), 1);
    assert!(!text.contains("AU12"), "{text}");
}

#[test]
fn without_emotions_the_monitor_shows_no_word_for_one() {
    let text = text(&monitor(&["--frames", "3"], "aliyarface emotions=false")).to_lowercase();
    assert!(text.contains("au12"));
    for word in emotion_words() {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_pipeline_that_fails_ends_the_monitor_with_its_reason() {
    let output = monitor(&["--once"], "aliyarface model-path=/nowhere");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("model"), "{said}");
}
