//! The emotions by name.

/// The emotions that the bundled net tells apart, in the order of tables; a user's own classes may be
/// others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BasicEmotion {
    /// None of the others.
    Neutral,
    /// Happiness.
    Happiness,
    /// Sadness.
    Sadness,
    /// Anger.
    Anger,
    /// Fear.
    Fear,
    /// Surprise.
    Surprise,
    /// Disgust.
    Disgust,
    /// Contempt.
    Contempt,
}

impl BasicEmotion {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Neutral,
        Self::Happiness,
        Self::Sadness,
        Self::Anger,
        Self::Fear,
        Self::Surprise,
        Self::Disgust,
        Self::Contempt,
    ];

    /// The labels, in the order of [`BasicEmotion::ALL`].
    pub const LABELS: [&str; Self::ALL.len()] = {
        let mut labels = [""; Self::ALL.len()];
        let mut index = 0;
        while index < labels.len() {
            labels[index] = Self::ALL[index].label();
            index += 1;
        }
        labels
    };

    /// Its label in the metadata and in the net's list of classes.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Happiness => "happiness",
            Self::Sadness => "sadness",
            Self::Anger => "anger",
            Self::Fear => "fear",
            Self::Surprise => "surprise",
            Self::Disgust => "disgust",
            Self::Contempt => "contempt",
        }
    }

    /// The emotion of this label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|emotion| emotion.label() == label)
    }
}
