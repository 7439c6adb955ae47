//! Enums and flags among the properties.

use gst::glib;

/// Whether buffers wait for their analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceMode")]
pub enum AnalysisMode {
    /// Async where upstream is live, else sync.
    #[default]
    #[enum_value(name = "Async where upstream is live, else sync", nick = "auto")]
    Auto,
    /// Each buffer is analysed before it leaves.
    #[enum_value(name = "Each buffer is analysed before it leaves", nick = "sync")]
    Sync,
    /// Buffers leave at once with the newest result there is.
    #[enum_value(
        name = "Buffers leave at once with the newest result there is",
        nick = "async"
    )]
    Async,
}

/// Where the emotion network runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceDevice")]
pub enum NetDevice {
    /// On the processor.
    #[default]
    #[enum_value(name = "On the processor", nick = "cpu")]
    Cpu,
    /// On the first CUDA device.
    #[enum_value(name = "On the first CUDA device", nick = "cuda")]
    Cuda,
}

/// What the overlay shows.
#[glib::flags(name = "GstAliyarFaceOverlay")]
pub enum OverlayParts {
    /// A box around each face.
    #[flags_value(name = "A box around each face", nick = "boxes")]
    BOXES = 0b0001,
    /// The mesh of each face.
    #[flags_value(name = "The mesh of each face", nick = "mesh")]
    MESH = 0b0010,
    /// Axes that show how the head is turned.
    #[flags_value(name = "Axes that show how the head is turned", nick = "pose")]
    POSE = 0b0100,
    /// A panel with id, emotions and angles.
    #[flags_value(name = "A panel with id, emotions and angles", nick = "labels")]
    LABELS = 0b1000,
    /// Micro-expressions, for a second and a half.
    #[flags_value(name = "Micro-expressions, for a second and a half", nick = "events")]
    EVENTS = 0b1_0000,
}

/// How faces are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceAnonymize")]
pub enum AnonymizeMode {
    /// Not at all.
    #[default]
    #[enum_value(name = "Not at all", nick = "none")]
    None,
    /// Blurred.
    #[enum_value(name = "Blurred", nick = "blur")]
    Blur,
    /// In coarse squares.
    #[enum_value(name = "In coarse squares", nick = "pixelate")]
    Pixelate,
    /// The mesh in place of the face.
    #[enum_value(name = "The mesh in place of the face", nick = "mesh-only")]
    MeshOnly,
}

/// The language of the overlay's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceLanguage")]
pub enum OverlayLanguage {
    /// English.
    #[default]
    #[enum_value(name = "English", nick = "en")]
    English,
    /// Russian.
    #[enum_value(name = "Russian", nick = "ru")]
    Russian,
    /// Kazakh.
    #[enum_value(name = "Kazakh", nick = "kk")]
    Kazakh,
}
