//! What can happen to a face, by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "event-name", rename_all = "kebab-case")]
pub enum EventName {
    /// A face was seen for the first time.
    FaceAppeared,
    /// A face was last seen at the event's time and has not come back.
    FaceLost,
    /// The eyes closed and opened.
    Blink,
    /// One eye closed and opened.
    Wink,
    /// The eyes have been closed for half a second.
    LongClosure,
    /// For a second.
    Microsleep,
    /// For three seconds.
    Sleep,
    /// They are open again after one of these.
    EyesReopened,
    /// PERCLOS has come to the alarm's level.
    PerclosAlarm,
    /// The person has yawned.
    Yawn,
    /// A glance away from the person's own direction is over.
    GlanceAway,
    /// A glance away has lasted three seconds.
    LongDistraction,
    /// Glances away add up to ten seconds within thirty.
    RepeatedDistraction,
    /// The AttenD buffer is empty.
    AttentionBufferEmpty,
    /// The eyes have not been forward for six seconds.
    Unresponsive,
    /// The head nodded.
    Nod,
    /// The head shook.
    Shake,
    /// The head tilted.
    Tilt,
    /// The emotion label turned.
    EmotionChanged,
    /// A movement of 40 to 500 ms came and went.
    MicroExpression,
    /// A longer movement came and went.
    MacroExpression,
}

impl EventName {
    /// The name in metadata and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::FaceAppeared => "face-appeared",
            Self::FaceLost => "face-lost",
            Self::Blink => "blink",
            Self::Wink => "wink",
            Self::LongClosure => "long-closure",
            Self::Microsleep => "microsleep",
            Self::Sleep => "sleep",
            Self::EyesReopened => "eyes-reopened",
            Self::PerclosAlarm => "perclos-alarm",
            Self::Yawn => "yawn",
            Self::GlanceAway => "glance-away",
            Self::LongDistraction => "long-distraction",
            Self::RepeatedDistraction => "repeated-distraction",
            Self::AttentionBufferEmpty => "attention-buffer-empty",
            Self::Unresponsive => "unresponsive",
            Self::Nod => "nod",
            Self::Shake => "shake",
            Self::Tilt => "tilt",
            Self::EmotionChanged => "emotion-changed",
            Self::MicroExpression => "micro-expression",
            Self::MacroExpression => "macro-expression",
        }
    }
}
