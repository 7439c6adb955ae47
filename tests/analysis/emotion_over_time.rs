//! The emotion of a real clip over time: a face at rest smiles from frame 17 (counted from 0) on, and
//! rests again from frame 70 on.

use std::ops::Range;
use std::sync::OnceLock;

use gst_video::VideoFormat;
use gstaliyarface::analysis::{Emotion, MixtureKind};

use crate::support::{FRAME, Host, clip, only_face};

const SMILE: usize = 17;
/// Frames of the smile in which everything has settled.
const SETTLED: Range<usize> = 40..66;

/// The emotion in each `every`-th of the clip's first 70 frames.
fn emotions(properties: &str, every: usize) -> Vec<Emotion> {
    let frames = clip("single_face.mp4", VideoFormat::I420, 70);
    let mut host = Host::new(properties, &frames[0].info.to_caps().unwrap());
    let chosen = frames.iter().zip(0u64..).step_by(every);
    let read = chosen.map(|(frame, index)| {
        let buffer = host.pass(frame.at(FRAME * index));
        only_face(&buffer).emotion.unwrap()
    });
    read.collect()
}

fn smile() -> &'static [Emotion] {
    static CLIP: OnceLock<Vec<Emotion>> = OnceLock::new();
    CLIP.get_or_init(|| emotions("", 1))
}

#[test]
fn a_smile_is_one_change_to_happiness() {
    let to = |emotion: &Emotion| emotion.labels[emotion.transition.to].clone();
    let rest = &smile()[..SMILE];
    assert!(rest.iter().all(|emotion| to(emotion) != "happiness"));
    let settled = &smile()[SETTLED];
    for emotion in settled {
        assert_eq!(
            (to(emotion).as_str(), emotion.label()),
            ("happiness", "happiness")
        );
        assert!(!emotion.transition.changing);
        assert_eq!(emotion.transition.progress, 1.0);
    }
    let happy: Vec<bool> = smile()
        .iter()
        .map(|emotion| to(emotion) == "happiness")
        .collect();
    let turns = happy.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(
        turns, 1,
        "told to be on the way, or there, without coming back: {happy:?}"
    );
    let began = (FRAME * SMILE as u64).nseconds();
    let changing: Vec<_> = smile()
        .iter()
        .filter(|emotion| emotion.transition.changing)
        .collect();
    assert!(
        !changing.is_empty(),
        "the way is told, not the arrival alone"
    );
    for emotion in changing {
        let since = emotion.transition.since.nanos();
        assert!((began..began + 500_000_000).contains(&since));
        assert!((0.0..1.0).contains(&emotion.transition.progress));
    }
}

#[test]
fn a_full_smile_is_pure_pleasant_and_surer_than_the_change_to_it() {
    let settled = &smile()[SETTLED];
    for emotion in settled {
        let [valence, _] = emotion.valence_arousal.unwrap();
        assert!(valence > 0.5, "{valence}");
        assert_eq!(emotion.mixture.kind, MixtureKind::Pure);
        assert_eq!(emotion.mixture.classes.len(), 1);
        assert_eq!(emotion.labels[emotion.mixture.classes[0]], "happiness");
    }
    let entropy = |range: &[Emotion]| {
        range
            .iter()
            .map(|emotion| emotion.mixture.entropy)
            .fold(0.0, f64::max)
    };
    assert!(entropy(settled) < entropy(&smile()[SMILE..SETTLED.start]));
}

#[test]
fn smoothing_lasts_as_long_at_half_the_frame_rate() {
    let full = emotions("emotion-interval=1", 1);
    let half = emotions("emotion-interval=1", 2);
    for (index, emotion) in half.iter().enumerate() {
        let pairs = emotion.smoothed.iter().zip(&full[2 * index].smoothed);
        for (half, full) in pairs {
            assert!(
                (half - full).abs() < 0.15,
                "frame {}: {half} {full}",
                2 * index
            );
        }
    }
}

#[test]
fn without_smoothing_each_frame_stands_for_itself() {
    let apart = |emotion: &Emotion| {
        let raw = emotion.raw.as_ref().unwrap();
        let apart = emotion.smoothed.iter().zip(raw).map(|(a, b)| (a - b).abs());
        apart.fold(0.0, f64::max)
    };
    let unsmoothed = emotions("emotion-interval=1 emotion-smoothing=0", 5);
    assert!(unsmoothed.iter().all(|emotion| apart(emotion) < 1e-9));
    let smoothed = emotions("emotion-interval=1", 1);
    let differ = smoothed.iter().filter(|emotion| apart(emotion) > 1e-9);
    assert!(differ.count() > 50);
}

#[test]
fn unasked_the_net_runs_ten_times_a_second_at_any_frame_rate() {
    let runs = |emotions: &[Emotion]| {
        let ran = emotions.iter().enumerate();
        let ran = ran.filter(|(_, emotion)| emotion.raw.is_some());
        ran.map(|(frame, _)| frame).collect::<Vec<_>>()
    };
    let thirty = runs(smile());
    assert!(
        thirty.windows(2).all(|pair| pair[1] - pair[0] == 3),
        "every third of 30 frames a second: {thirty:?}"
    );
    let ten = emotions("", 3);
    assert_eq!(runs(&ten).len(), ten.len(), "every one of 10 a second");
}
