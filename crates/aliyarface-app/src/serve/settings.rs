//! The properties of the element that a session's owner may change.

use std::ops::RangeInclusive;

use clap::ValueEnum;
use gst::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the element may say of faces at all, which the operator fixes for every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// All that is asked for.
    Full,
    /// Drivers and machines: eyes, head and their indices; no emotions anywhere.
    Safety,
    /// Classes and meetings: nothing of one person.
    Study,
}

/// Properties of the element; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Whether emotions are read; only before the first picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emotions: Option<bool>,
    /// Whether Action Units are read; only before the first picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_units: Option<bool>,
    /// Whether micro-expressions are looked for; only before the first picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_expressions: Option<bool>,
    /// Time over which emotions are averaged, in ms, up to 10000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 10_000))]
    pub emotion_smoothing: Option<u32>,
    /// Frames from one look for new faces to the next, 1 to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub detection_interval: Option<u32>,
    /// Faces followed at once, 1 to 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50))]
    pub max_faces: Option<u32>,
    /// Seconds for which who left the picture is remembered and recognised, up to 86400; 0, for nobody, unless
    /// asked for. Recognising people needs their consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 86_400))]
    pub remember: Option<u32>,
    /// The operator's own choice: no request may hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub profile: Option<Profile>,
    /// Score from which a newly found face is believed, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub detection_threshold: Option<f64>,
    /// Frames between two runs of the emotion net on a face; 0 runs it ten times a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100_000))]
    pub emotion_interval: Option<u32>,
    /// Seconds over which the part of the time with closed eyes is measured, 1 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub perclos_window: Option<u32>,
    /// Indices over time: any of fatigue, attention, expressivity, tension, gestures, joined by +.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indices: Option<String>,
    /// PERCLOS from which an event tells of it, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub perclos_alarm: Option<f64>,
    /// Whether closures shorter than half a second stay out of the session's PERCLOS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perclos_without_blinks: Option<bool>,
    /// Seconds over which blinks are measured, 1 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub blink_window: Option<u32>,
    /// Time in ms over which visual focus is averaged, 1 to 60000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 60_000))]
    pub focus_window: Option<u32>,
    /// Seconds over which expressiveness is averaged, 1 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub expressiveness_window: Option<u32>,
    /// Seconds over which the tension signs are averaged, 1 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub tension_window: Option<u32>,
}

/// The names of indices.
const INDICES: [&str; 5] = [
    "fatigue",
    "attention",
    "expressivity",
    "tension",
    "gestures",
];

impl Settings {
    /// Takes over what `changes` says.
    ///
    /// # Errors
    /// A value is out of its range, or cannot change while pictures are read (`playing`).
    pub fn change(&mut self, changes: &Self, playing: bool) -> Result<(), String> {
        if changes.profile.is_some() {
            return Err("the profile is the operator's ('aliyarface serve --profile')".into());
        }
        let models = [
            changes.emotions,
            changes.action_units,
            changes.micro_expressions,
        ];
        if playing && models.iter().any(Option::is_some) {
            return Err(
                "emotions, action-units and micro-expressions are chosen before the first picture"
                    .into(),
            );
        }
        changes.check()?;
        self.emotions = changes.emotions.or(self.emotions);
        self.action_units = changes.action_units.or(self.action_units);
        self.micro_expressions = changes.micro_expressions.or(self.micro_expressions);
        self.emotion_smoothing = changes.emotion_smoothing.or(self.emotion_smoothing);
        self.detection_interval = changes.detection_interval.or(self.detection_interval);
        self.max_faces = changes.max_faces.or(self.max_faces);
        self.remember = changes.remember.or(self.remember);
        self.detection_threshold = changes.detection_threshold.or(self.detection_threshold);
        self.emotion_interval = changes.emotion_interval.or(self.emotion_interval);
        self.perclos_window = changes.perclos_window.or(self.perclos_window);
        self.indices = changes.indices.clone().or(self.indices.take());
        self.perclos_alarm = changes.perclos_alarm.or(self.perclos_alarm);
        self.perclos_without_blinks = changes
            .perclos_without_blinks
            .or(self.perclos_without_blinks);
        self.blink_window = changes.blink_window.or(self.blink_window);
        self.focus_window = changes.focus_window.or(self.focus_window);
        self.expressiveness_window = changes.expressiveness_window.or(self.expressiveness_window);
        self.tension_window = changes.tension_window.or(self.tension_window);
        Ok(())
    }

    /// Properties that are whole numbers.
    fn counts(&self) -> [(&'static str, Option<u32>, RangeInclusive<u32>); 10] {
        [
            ("emotion-smoothing", self.emotion_smoothing, 0..=10_000),
            ("detection-interval", self.detection_interval, 1..=1000),
            ("max-faces", self.max_faces, 1..=50),
            ("remember", self.remember, 0..=86_400),
            ("emotion-interval", self.emotion_interval, 0..=100_000),
            ("perclos-window", self.perclos_window, 1..=600),
            ("blink-window", self.blink_window, 1..=600),
            ("focus-window", self.focus_window, 1..=60_000),
            ("expressiveness-window", self.expressiveness_window, 1..=600),
            ("tension-window", self.tension_window, 1..=600),
        ]
    }

    /// Properties that are parts of one.
    fn shares(&self) -> [(&'static str, Option<f64>); 2] {
        [
            ("detection-threshold", self.detection_threshold),
            ("perclos-alarm", self.perclos_alarm),
        ]
    }

    fn check(&self) -> Result<(), String> {
        for (name, value, range) in self.counts() {
            if value.is_some_and(|value| !range.contains(&value)) {
                return Err(format!(
                    "{name} goes from {} to {}",
                    range.start(),
                    range.end()
                ));
            }
        }
        for (name, value) in self.shares() {
            if value.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
                return Err(format!("{name} goes from 0 to 1"));
            }
        }
        let mut indices = self.indices.iter().flat_map(|indices| indices.split('+'));
        if indices.any(|name| !name.is_empty() && !INDICES.contains(&name)) {
            return Err(format!("indices are any of {}", INDICES.join("+")));
        }
        Ok(())
    }

    /// Sets the element's properties.
    pub fn apply(&self, element: &gst::Element) {
        if let Some(profile) = self.profile {
            let name = match profile {
                Profile::Full => "full",
                Profile::Safety => "safety",
                Profile::Study => "study",
            };
            element.set_property_from_str("profile", name);
        }
        for (name, value) in [
            ("emotions", self.emotions),
            ("action-units", self.action_units),
            ("micro-expressions", self.micro_expressions),
            ("perclos-without-blinks", self.perclos_without_blinks),
        ] {
            if let Some(value) = value {
                element.set_property(name, value);
            }
        }
        for (name, value, _) in self.counts() {
            if let Some(value) = value {
                element.set_property(name, value);
            }
        }
        for (name, value) in self.shares() {
            if let Some(value) = value {
                element.set_property(name, value);
            }
        }
        if let Some(indices) = &self.indices {
            // Flags of none are written as a zero.
            let flags = if indices.is_empty() { "0" } else { indices };
            element.set_property_from_str("indices", flags);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_changes_nothing() {
        let mut settings = Settings::default();
        let changes = Settings {
            emotion_smoothing: Some(100),
            max_faces: Some(51),
            ..Settings::default()
        };
        assert!(settings.change(&changes, false).is_err());
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn no_request_chooses_the_profile() {
        let asked = serde_json::from_str::<Settings>(r#"{"profile":"full"}"#).unwrap();
        assert!(Settings::default().change(&asked, false).is_err());
    }

    #[test]
    fn what_loads_models_is_chosen_before_the_first_picture() {
        let mut settings = Settings::default();
        let changes = Settings {
            emotions: Some(false),
            ..Settings::default()
        };
        assert!(settings.change(&changes, true).is_err());
        assert_eq!(settings.change(&changes, false), Ok(()));
        assert_eq!(settings.emotions, Some(false));
    }
}
