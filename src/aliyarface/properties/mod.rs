//! The element's properties.

mod indices;
#[cfg(feature = "remote")]
mod remote;
mod specs;

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use gst::glib;
use gst::prelude::*;

use crate::analysis::{
    AnalysisSettings, EmotionSettings, ExpressionSettings, IndexSettings, TrackId, TrackSettings,
};
use crate::models::{Device, ModelChoice};
use crate::overlay::{Language, OverlayParts, Style};
use crate::privacy::{Anonymize, Privacy};

use super::mode::AnalysisMode;
use super::model_folders::model_folders;
use super::profile::Profile;

#[cfg(feature = "remote")]
use super::engine::{RemoteChoice, Stages};
use indices::Indices;
#[cfg(feature = "remote")]
use remote::RemoteSettings;

pub use specs::STATS;

/// What the user may set. Copied out at the start of each frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    model_path: Option<PathBuf>,
    emotion_model: Option<PathBuf>,
    emotion_labels: Option<PathBuf>,
    emotions: bool,
    action_units: bool,
    device: Device,
    threads: u32,
    micro_expressions: bool,
    /// Whether buffers wait for their analysis.
    pub analysis_mode: AnalysisMode,
    detection_threshold: f64,
    detection_interval: u32,
    emotion_interval: u32,
    emotion_smoothing: u32,
    perclos_window: u32,
    /// What the use allows to be read.
    pub profile: Profile,
    indices: Indices,
    perclos_alarm: f64,
    perclos_without_blinks: bool,
    blink_window: u32,
    focus_window: u32,
    expressiveness_window: u32,
    tension_window: u32,
    max_faces: u32,
    remember: u32,
    overlay: OverlayParts,
    overlay_scale: f64,
    overlay_color: u32,
    overlay_language: Language,
    anonymize: Anonymize,
    anonymize_except: u32,
    notice: bool,
    #[cfg(feature = "remote")]
    remote: RemoteSettings,
}

impl Default for Settings {
    fn default() -> Self {
        let analysis = AnalysisSettings::default();
        Self {
            model_path: None,
            emotion_model: None,
            emotion_labels: None,
            emotions: true,
            action_units: true,
            device: Device::default(),
            threads: 0,
            micro_expressions: true,
            analysis_mode: AnalysisMode::default(),
            detection_threshold: analysis.track.detection_threshold,
            detection_interval: analysis.track.detection_interval,
            emotion_interval: analysis.emotion.interval,
            emotion_smoothing: analysis.emotion.smoothing.as_millis() as u32,
            perclos_window: analysis.indices.perclos_window.as_secs() as u32,
            profile: Profile::default(),
            indices: Indices::all(),
            perclos_alarm: analysis.indices.perclos_alarm,
            perclos_without_blinks: analysis.indices.perclos_without_blinks,
            blink_window: analysis.indices.blink_window.as_secs() as u32,
            focus_window: analysis.indices.focus_window.as_millis() as u32,
            expressiveness_window: analysis.indices.expressiveness_window.as_secs() as u32,
            tension_window: analysis.indices.tension_window.as_secs() as u32,
            max_faces: analysis.track.max_faces as u32,
            remember: analysis.track.remember.as_secs() as u32,
            overlay: OverlayParts::empty(),
            overlay_scale: 1.0,
            overlay_color: 0,
            overlay_language: Language::default(),
            anonymize: Anonymize::default(),
            anonymize_except: 0,
            notice: false,
            #[cfg(feature = "remote")]
            remote: RemoteSettings::default(),
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
            emotions: self.emotions && self.profile.allows_emotions(),
            action_units: self.action_units,
            device: self.device,
            threads: self.threads,
        }
    }

    /// Where frames are read elsewhere, and how; `None` where they are read here.
    #[cfg(feature = "remote")]
    pub fn remote(&self) -> Option<RemoteChoice> {
        let models = self.models();
        self.remote.choice(Stages {
            emotions: models.emotions,
            action_units: models.action_units,
        })
    }

    /// What the analysis is told for a frame.
    pub fn analysis(&self) -> AnalysisSettings {
        AnalysisSettings {
            track: TrackSettings {
                detection_threshold: self.detection_threshold,
                detection_interval: self.detection_interval,
                max_faces: self.max_faces as usize,
                remember: Duration::from_secs(self.remember.into()),
            },
            emotion: EmotionSettings {
                interval: self.emotion_interval,
                smoothing: Duration::from_millis(self.emotion_smoothing.into()),
            },
            indices: self.indices(),
            micro_expressions: self.micro_expressions && self.profile.tells_of_persons(),
            expression: ExpressionSettings::default(),
        }
    }

    fn indices(&self) -> IndexSettings {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        IndexSettings {
            kinds: self.profile.indices(self.indices.into()),
            perclos_window: seconds(self.perclos_window),
            perclos_alarm: self.perclos_alarm,
            perclos_without_blinks: self.perclos_without_blinks,
            blink_window: seconds(self.blink_window),
            focus_window: Duration::from_millis(self.focus_window.into()),
            expressiveness_window: seconds(self.expressiveness_window),
            tension_window: seconds(self.tension_window),
        }
    }

    /// Why emotions that are asked for are not read; `None` where they are.
    pub fn refusal(&self) -> Option<&'static str> {
        self.profile.refusal().filter(|_| self.emotions)
    }

    /// How the overlay is drawn.
    pub fn style(&self) -> Style {
        let [alpha, colour @ ..] = self.overlay_color.to_be_bytes();
        self.profile.style(Style {
            parts: self.overlay,
            scale: self.overlay_scale,
            colour: (alpha > 0).then_some(colour),
            language: self.overlay_language,
        })
    }

    /// Which faces are covered, and how.
    pub fn privacy(&self) -> Privacy {
        Privacy {
            anonymize: self.anonymize,
            except: (self.anonymize_except > 0).then(|| TrackId::new(self.anonymize_except)),
        }
    }

    /// Whether people are told, and if so, whether of emotions.
    pub fn notice(&self) -> Option<bool> {
        self.notice
            .then_some(self.emotions && self.profile.allows_emotions())
    }

    /// Sets the property `name`; `false` where there is none of that name and type.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        let path = || {
            value
                .get::<Option<String>>()
                .map(|path| path.map(PathBuf::from))
        };
        #[cfg(feature = "remote")]
        if let Some(set) = self.remote.set(name, value) {
            return set;
        }
        let set = match name {
            "model-path" => path().map(|path| self.model_path = path),
            "emotion-model" => path().map(|path| self.emotion_model = path),
            "emotion-labels" => path().map(|path| self.emotion_labels = path),
            "emotions" => value.get().map(|emotions| self.emotions = emotions),
            "action-units" => value.get().map(|units| self.action_units = units),
            "device" => value.get().map(|device| self.device = device),
            "threads" => value.get().map(|threads| self.threads = threads),
            "micro-expressions" => value.get().map(|micro| self.micro_expressions = micro),
            "analysis-mode" => value.get().map(|mode| self.analysis_mode = mode),
            "detection-threshold" => value.get().map(|score| self.detection_threshold = score),
            "detection-interval" => value.get().map(|frames| self.detection_interval = frames),
            "perclos-window" => value.get().map(|seconds| self.perclos_window = seconds),
            "profile" => value.get().map(|profile| self.profile = profile),
            "indices" => value.get().map(|indices| self.indices = indices),
            "perclos-alarm" => value.get().map(|level| self.perclos_alarm = level),
            "perclos-without-blinks" => value.get().map(|on| self.perclos_without_blinks = on),
            "blink-window" => value.get().map(|seconds| self.blink_window = seconds),
            "focus-window" => value.get().map(|ms| self.focus_window = ms),
            "expressiveness-window" => value.get().map(|of| self.expressiveness_window = of),
            "tension-window" => value.get().map(|seconds| self.tension_window = seconds),
            "emotion-interval" => value.get().map(|frames| self.emotion_interval = frames),
            "emotion-smoothing" => value.get().map(|ms| self.emotion_smoothing = ms),
            "max-faces" => value.get().map(|faces| self.max_faces = faces),
            "remember" => value.get().map(|seconds| self.remember = seconds),
            "overlay" => value.get().map(|parts| self.overlay = parts),
            "overlay-scale" => value.get().map(|scale| self.overlay_scale = scale),
            "overlay-color" => value.get().map(|color| self.overlay_color = color),
            "overlay-language" => value.get().map(|words| self.overlay_language = words),
            "anonymize" => value.get().map(|mode| self.anonymize = mode),
            "anonymize-except" => value.get().map(|id| self.anonymize_except = id),
            "notice" => value.get().map(|notice| self.notice = notice),
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
        #[cfg(feature = "remote")]
        if let Some(value) = self.remote.get(name) {
            return Some(value);
        }
        Some(match name {
            "model-path" => path(&self.model_path),
            "emotion-model" => path(&self.emotion_model),
            "emotion-labels" => path(&self.emotion_labels),
            "emotions" => self.emotions.to_value(),
            "action-units" => self.action_units.to_value(),
            "device" => self.device.to_value(),
            "threads" => self.threads.to_value(),
            "micro-expressions" => self.micro_expressions.to_value(),
            "analysis-mode" => self.analysis_mode.to_value(),
            "detection-threshold" => self.detection_threshold.to_value(),
            "detection-interval" => self.detection_interval.to_value(),
            "perclos-window" => self.perclos_window.to_value(),
            "profile" => self.profile.to_value(),
            "indices" => self.indices.to_value(),
            "perclos-alarm" => self.perclos_alarm.to_value(),
            "perclos-without-blinks" => self.perclos_without_blinks.to_value(),
            "blink-window" => self.blink_window.to_value(),
            "focus-window" => self.focus_window.to_value(),
            "expressiveness-window" => self.expressiveness_window.to_value(),
            "tension-window" => self.tension_window.to_value(),
            "emotion-interval" => self.emotion_interval.to_value(),
            "emotion-smoothing" => self.emotion_smoothing.to_value(),
            "max-faces" => self.max_faces.to_value(),
            "remember" => self.remember.to_value(),
            "overlay" => self.overlay.to_value(),
            "overlay-scale" => self.overlay_scale.to_value(),
            "overlay-color" => self.overlay_color.to_value(),
            "overlay-language" => self.overlay_language.to_value(),
            "anonymize" => self.anonymize.to_value(),
            "anonymize-except" => self.anonymize_except.to_value(),
            "notice" => self.notice.to_value(),
            _ => return None,
        })
    }

    /// The property specs.
    pub fn specs() -> &'static [glib::ParamSpec] {
        static SPECS: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let specs = specs::specs();
            #[cfg(feature = "remote")]
            let specs = [specs, remote::specs()].concat();
            specs
        });
        &SPECS
    }
}
