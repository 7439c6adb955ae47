//! Words that no output says where emotions are not read.

/// The names of the emotions.
pub const EMOTIONS: [&str; 8] = [
    "neutral",
    "happiness",
    "sadness",
    "anger",
    "fear",
    "surprise",
    "disgust",
    "contempt",
];

/// What no output says where emotions are not read.
pub fn emotion_words() -> impl Iterator<Item = &'static str> {
    let others = ["emotion", "valence", "arousal", "mixture"];
    EMOTIONS.into_iter().chain(others)
}
