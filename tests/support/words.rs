//! Words that no output says where emotions are not read.

/// What no output says where emotions are not read.
pub const EMOTION_WORDS: [&str; 12] = [
    "emotion",
    "neutral",
    "happiness",
    "sadness",
    "anger",
    "fear",
    "surprise",
    "disgust",
    "contempt",
    "valence",
    "arousal",
    "mixture",
];
