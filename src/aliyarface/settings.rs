//! The element's properties.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;

use crate::analysis::{AnalysisSettings, TrackSettings};
use crate::models::ModelChoice;
use crate::overlay::{Language, Parts, Style};

use super::folders::model_folders;

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

/// What the user may set. Copied out at the start of each frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    model_path: Option<PathBuf>,
    emotion_model: Option<PathBuf>,
    emotion_labels: Option<PathBuf>,
    emotions: bool,
    detection_threshold: f64,
    detection_interval: u32,
    emotion_interval: u32,
    max_faces: u32,
    overlay: OverlayParts,
    overlay_scale: f64,
    overlay_color: u32,
    overlay_language: OverlayLanguage,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model_path: None,
            emotion_model: None,
            emotion_labels: None,
            emotions: true,
            detection_threshold: 0.75,
            detection_interval: 10,
            emotion_interval: 1,
            max_faces: 50,
            overlay: OverlayParts::empty(),
            overlay_scale: 1.0,
            overlay_color: 0,
            overlay_language: OverlayLanguage::default(),
        }
    }
}

impl Settings {
    /// The models to load.
    pub fn models(&self) -> ModelChoice {
        ModelChoice {
            folders: model_folders(self.model_path.as_deref()),
            emotion_model: self.emotion_model.clone(),
            emotion_labels: self.emotion_labels.clone(),
            emotions: self.emotions,
        }
    }

    /// What the analysis is told for a frame.
    pub fn analysis(&self) -> AnalysisSettings {
        AnalysisSettings {
            track: TrackSettings {
                detection_threshold: self.detection_threshold,
                detection_interval: self.detection_interval,
                max_faces: self.max_faces as usize,
            },
            emotion_interval: self.emotion_interval,
        }
    }

    /// How the overlay is drawn.
    pub fn style(&self) -> Style {
        let [alpha, colour @ ..] = self.overlay_color.to_be_bytes();
        Style {
            parts: Parts {
                boxes: self.overlay.contains(OverlayParts::BOXES),
                mesh: self.overlay.contains(OverlayParts::MESH),
                pose: self.overlay.contains(OverlayParts::POSE),
                labels: self.overlay.contains(OverlayParts::LABELS),
            },
            scale: self.overlay_scale,
            colour: (alpha > 0).then_some(colour),
            language: match self.overlay_language {
                OverlayLanguage::English => Language::English,
                OverlayLanguage::Russian => Language::Russian,
                OverlayLanguage::Kazakh => Language::Kazakh,
            },
        }
    }

    /// Sets the property `name`; `false` where there is none of that name and type.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        let path = || {
            value
                .get::<Option<String>>()
                .map(|path| path.map(PathBuf::from))
        };
        let set = match name {
            "model-path" => path().map(|path| self.model_path = path),
            "emotion-model" => path().map(|path| self.emotion_model = path),
            "emotion-labels" => path().map(|path| self.emotion_labels = path),
            "emotions" => value.get().map(|emotions| self.emotions = emotions),
            "detection-threshold" => value.get().map(|score| self.detection_threshold = score),
            "detection-interval" => value.get().map(|frames| self.detection_interval = frames),
            "emotion-interval" => value.get().map(|frames| self.emotion_interval = frames),
            "max-faces" => value.get().map(|faces| self.max_faces = faces),
            "overlay" => value.get().map(|parts| self.overlay = parts),
            "overlay-scale" => value.get().map(|scale| self.overlay_scale = scale),
            "overlay-color" => value.get().map(|color| self.overlay_color = color),
            "overlay-language" => value.get().map(|words| self.overlay_language = words),
            _ => return false,
        };
        set.is_ok()
    }

    /// The value of the property `name`; `None` where there is none.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        let path = |path: &Option<PathBuf>| {
            let text = path
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned());
            text.to_value()
        };
        Some(match name {
            "model-path" => path(&self.model_path),
            "emotion-model" => path(&self.emotion_model),
            "emotion-labels" => path(&self.emotion_labels),
            "emotions" => self.emotions.to_value(),
            "detection-threshold" => self.detection_threshold.to_value(),
            "detection-interval" => self.detection_interval.to_value(),
            "emotion-interval" => self.emotion_interval.to_value(),
            "max-faces" => self.max_faces.to_value(),
            "overlay" => self.overlay.to_value(),
            "overlay-scale" => self.overlay_scale.to_value(),
            "overlay-color" => self.overlay_color.to_value(),
            "overlay-language" => self.overlay_language.to_value(),
            _ => return None,
        })
    }

    /// The property specs.
    pub fn specs() -> &'static [glib::ParamSpec] {
        static SPECS: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(specs);
        &SPECS
    }
}

fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    let file = |name, nick, blurb| {
        let spec = glib::ParamSpecString::builder(name).nick(nick).blurb(blurb);
        spec.mutable_ready().build()
    };
    let frames = |name, nick, blurb, frames| {
        let spec = glib::ParamSpecUInt::builder(name).nick(nick).blurb(blurb);
        let spec = spec.minimum(1).maximum(100_000).default_value(frames);
        spec.mutable_playing().build()
    };
    vec![
        file(
            "model-path",
            "Model Path",
            "Folder that holds the models; when unset, the one installed with the plugin",
        ),
        file(
            "emotion-model",
            "Emotion Model",
            "ResNet-18 weights (.safetensors, .npz, .ot) or TorchScript (.pt) in place of the bundled one",
        ),
        file(
            "emotion-labels",
            "Emotion Labels",
            "Class names of the emotion model, one a line; when unset, the bundled eight",
        ),
        glib::ParamSpecBoolean::builder("emotions")
            .nick("Emotions")
            .blurb("Read emotions; when false the emotion model is not even loaded")
            .default_value(default.emotions)
            .mutable_ready()
            .build(),
        glib::ParamSpecDouble::builder("detection-threshold")
            .nick("Detection Threshold")
            .blurb("Score from which a newly found face is believed")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.detection_threshold)
            .mutable_playing()
            .controllable()
            .build(),
        frames(
            "detection-interval",
            "Detection Interval",
            "Frames between two looks for new faces while all known ones are followed",
            default.detection_interval,
        ),
        frames(
            "emotion-interval",
            "Emotion Interval",
            "Frames between two runs of the emotion model on a face",
            default.emotion_interval,
        ),
        glib::ParamSpecUInt::builder("max-faces")
            .nick("Maximum Faces")
            .blurb("Faces followed at once")
            .minimum(1)
            .maximum(1000)
            .default_value(default.max_faces)
            .mutable_playing()
            .build(),
        glib::ParamSpecFlags::builder::<OverlayParts>("overlay")
            .nick("Overlay")
            .blurb("What to draw onto the picture")
            .default_value(default.overlay)
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("overlay-scale")
            .nick("Overlay Scale")
            .blurb("Size of letters and lines, relative to a default that follows the picture's height")
            .minimum(0.25)
            .maximum(4.0)
            .default_value(default.overlay_scale)
            .mutable_playing()
            .controllable()
            .build(),
        glib::ParamSpecUInt::builder("overlay-color")
            .nick("Overlay Color")
            .blurb("Color of the overlay as 0xAARRGGBB; with AA = 0 each face has its own")
            .default_value(default.overlay_color)
            .mutable_playing()
            .controllable()
            .build(),
        glib::ParamSpecEnum::builder_with_default("overlay-language", default.overlay_language)
            .nick("Overlay Language")
            .blurb("Language of the overlay's words")
            .mutable_playing()
            .build(),
    ]
}
