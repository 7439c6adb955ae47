//! What a processor is made of: where frames are analysed, what is done to them, and what is told of both.

use std::sync::Arc;

use crate::analysis::{Analyser, Memory};
use crate::metadata;
use crate::models::{self, Models};
use crate::record::AnalyserInfo;

use super::effects::FrameEffects;
#[cfg(feature = "remote")]
use super::engine::RemoteEngine;
use super::engine::{Engine, GuardedAnalyser};
use super::failures::StartError;
use super::properties::Settings;
use super::stats::Stats;

/// See the module.
pub struct Start {
    /// Where frames are analysed.
    pub engine: Engine,
    /// What is done to them.
    pub effects: FrameEffects,
    /// What those downstream are told of the analysis.
    pub description: AnalyserInfo,
}

impl Start {
    /// Loads the models, or leaves that to a server; what is known of people is kept in `memory`.
    ///
    /// # Errors
    /// A model is missing, damaged, or not what it should be.
    pub fn new(
        settings: &Settings,
        stats: &Arc<Stats>,
        memory: Memory,
    ) -> Result<Self, StartError> {
        #[cfg(feature = "remote")]
        if let Some(remote) = settings.remote() {
            let choice = settings.models();
            let labels = remote.stages.emotions.then(models::bundled_labels);
            let description = metadata::event::analyser_info(&[], labels.as_deref());
            let effects = FrameEffects::with_lazy_search(choice.clone())?;
            let engine = RemoteEngine::new(remote, choice, memory.baselines, Arc::clone(stats));
            return Ok(Self {
                engine: Engine::Remote(Box::new(engine)),
                effects,
                description,
            });
        }
        let choice = settings.models();
        let inventory = models::inventory(&choice)?;
        let models = Models::load(&choice)?;
        let labels = models.emotion.as_ref().map(|net| &**net.labels());
        let description = metadata::event::analyser_info(&inventory, labels);
        let effects = FrameEffects::new([models.near.clone(), models.far.clone()])?;
        let analyser = Analyser::with_memory(models, memory);
        let analyser = GuardedAnalyser::new(analyser, Arc::clone(stats));
        Ok(Self {
            engine: Engine::InStream(Box::new(analyser)),
            effects,
            description,
        })
    }
}
