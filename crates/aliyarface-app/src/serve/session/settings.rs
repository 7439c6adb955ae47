//! The properties of the element that a session's owner may change.

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
    /// The operator's own choice: no request may hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub profile: Option<Profile>,
}

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
        for (name, value, range) in [
            ("emotion-smoothing", changes.emotion_smoothing, 0..=10_000),
            ("detection-interval", changes.detection_interval, 1..=1000),
            ("max-faces", changes.max_faces, 1..=50),
        ] {
            if value.is_some_and(|value| !range.contains(&value)) {
                return Err(format!(
                    "{name} goes from {} to {}",
                    range.start(),
                    range.end()
                ));
            }
        }
        self.emotions = changes.emotions.or(self.emotions);
        self.action_units = changes.action_units.or(self.action_units);
        self.micro_expressions = changes.micro_expressions.or(self.micro_expressions);
        self.emotion_smoothing = changes.emotion_smoothing.or(self.emotion_smoothing);
        self.detection_interval = changes.detection_interval.or(self.detection_interval);
        self.max_faces = changes.max_faces.or(self.max_faces);
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
        ] {
            if let Some(value) = value {
                element.set_property(name, value);
            }
        }
        for (name, value) in [
            ("emotion-smoothing", self.emotion_smoothing),
            ("detection-interval", self.detection_interval),
            ("max-faces", self.max_faces),
        ] {
            if let Some(value) = value {
                element.set_property(name, value);
            }
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
