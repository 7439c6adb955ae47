//! People's neutrals, carried between the user, the server and this machine, and what else a user changes.

use crate::analysis::{AnalysisSettings, Baselines, Neutral, TrackId};
use crate::remote::Client;
use crate::remote::protocol::{DeviceMessage, ResultNeutral};

use super::identities::AnalyserRun;
use super::{RemoteEngine, settings};

impl RemoteEngine {
    /// Tells the server of what the user changed.
    pub(super) fn send_changes(&mut self, client: &Client, settings: &AnalysisSettings) {
        if self.settings != Some(*settings) {
            self.settings = Some(*settings);
            let changes = serde_json::Value::Object(settings::changing(settings));
            client.send(DeviceMessage::Settings(changes));
        }
        if settings.track.remember.is_zero() {
            self.forget_people();
        }
        let now = counts(&self.baselines);
        let [imports, calibrations, resets] = now;
        let [sent_imports, sent_calibrations, sent_resets] =
            std::mem::replace(&mut self.sent_counts, now);
        if resets != sent_resets {
            client.send(DeviceMessage::Signal("reset-baseline".to_owned()));
            self.local.memory.baselines.reset();
        }
        if calibrations != sent_calibrations {
            client.send(DeviceMessage::Signal("calibrate".to_owned()));
            self.local.memory.baselines.calibrate();
        }
        if imports != sent_imports {
            let known = self.baselines.export();
            let known = known.iter().filter_map(|neutral| {
                let own = self.identities.analyser_id(neutral.face)?;
                Some((own, neutral.face))
            });
            let known: Vec<_> = known.collect();
            self.give_neutrals(Some(client), &known);
        }
    }

    /// Gives who reads now what is known of the faces `named`, by their own ids and those told.
    pub(super) fn give_neutrals(&self, client: Option<&Client>, named: &[(TrackId, TrackId)]) {
        if named.is_empty() {
            return;
        }
        let known = self.baselines.export();
        let neutrals = named.iter().filter_map(|&(own, published)| {
            let neutral = known.iter().find(|neutral| neutral.face == published)?;
            Some(Neutral {
                face: own,
                scores: neutral.scores,
            })
        });
        let neutrals: Vec<_> = neutrals.collect();
        if neutrals.is_empty() {
            return;
        }
        let Some(client) = client else {
            self.local.memory.baselines.note(&neutrals);
            return;
        };
        if !client.shares_action_units() {
            return;
        }
        let baselines = neutrals.iter().map(|neutral| ResultNeutral {
            face_id: neutral.face.number(),
            scores: neutral.scores.to_vec(),
        });
        client.send(DeviceMessage::Baselines(baselines.collect()));
    }

    /// Keeps what `run` has learned of the people in view.
    pub(super) fn note_neutrals(&self, run: AnalyserRun, learned: &[Neutral]) {
        let published = learned.iter().filter_map(|neutral| {
            Some(Neutral {
                face: self.identities.announced(run, neutral.face)?,
                scores: neutral.scores,
            })
        });
        self.baselines.note(&published.collect::<Vec<_>>());
    }
}

/// How often the user has imported, calibrated and reset.
pub(super) fn counts(baselines: &Baselines) -> [u64; 3] {
    let calibrations = baselines.calibrations();
    [
        baselines.imports(),
        calibrations.calibrated,
        calibrations.resets,
    ]
}
