//! Which emotion each face shows, smoothed over time.

use std::collections::HashMap;
use std::sync::Arc;

use crate::models::EmotionNet;

use super::AnalysisError;
use super::alignment::Aligned;
use super::face::Emotion;

/// Seconds over which probabilities are averaged.
const SMOOTHING: f64 = 0.3;
/// Probability below which no label is given.
const CONFIDENCE_FLOOR: f64 = 0.4;
const NS: f64 = 1e9;

/// What is remembered of one face.
struct Memory {
    smoothed: Vec<f64>,
    updated: u64,
    frames_since_run: u32,
}

/// The emotion stage.
pub struct EmotionStage {
    net: Arc<EmotionNet>,
    memories: HashMap<u32, Memory>,
}

impl EmotionStage {
    /// A stage around the loaded net.
    pub fn new(net: Arc<EmotionNet>) -> Self {
        Self {
            net,
            memories: HashMap::new(),
        }
    }

    /// Forgets face `id`.
    pub fn forget(&mut self, id: u32) {
        self.memories.remove(&id);
    }

    /// The emotion of each face (id and aligned crop) at `time` ns. The net runs on a face's first frame and then on each
    /// `interval`-th, on all faces that are due in one batch; in between the smoothed values stand.
    ///
    /// # Errors
    /// The crop or the net failed.
    pub fn read(
        &mut self,
        faces: &[(u32, Option<Aligned>)],
        time: u64,
        interval: u32,
    ) -> Result<Vec<Option<Emotion>>, AnalysisError> {
        let mut ids = Vec::new();
        let mut crops = Vec::new();
        for (id, aligned) in faces {
            let memory = self.memories.get(id);
            let due = memory.is_none_or(|memory| memory.frames_since_run + 1 >= interval);
            if let Some(Aligned(face)) = aligned.as_ref().filter(|_| due) {
                ids.push(*id);
                crops.push(face.as_slice());
            }
        }
        let probabilities = self.net.probabilities(&crops)?;
        for memory in self.memories.values_mut() {
            memory.frames_since_run = memory.frames_since_run.saturating_add(1);
        }
        let raw: HashMap<u32, Vec<f64>> = ids.into_iter().zip(probabilities).collect();
        for (&id, raw) in &raw {
            let memory = self.memories.entry(id).or_insert_with(|| Memory {
                smoothed: raw.clone(),
                updated: time,
                frames_since_run: 0,
            });
            memory.update(raw, time);
        }
        let faces = faces.iter();
        Ok(faces
            .map(|(id, _)| self.emotion(*id, raw.get(id)))
            .collect())
    }

    fn emotion(&self, id: u32, raw: Option<&Vec<f64>>) -> Option<Emotion> {
        let memory = self.memories.get(&id)?;
        let likeliest = memory.smoothed.iter().enumerate();
        let likeliest = likeliest.max_by(|a, b| a.1.total_cmp(b.1));
        Some(Emotion {
            labels: Arc::clone(self.net.labels()),
            smoothed: memory.smoothed.clone(),
            raw: raw.cloned(),
            winner: likeliest
                .filter(|(_, probability)| **probability >= CONFIDENCE_FLOOR)
                .map(|(index, _)| index),
        })
    }
}

impl Memory {
    fn update(&mut self, raw: &[f64], time: u64) {
        let elapsed = time.saturating_sub(self.updated) as f64 / NS;
        let trust = 1.0 - (-elapsed / SMOOTHING).exp();
        for (smoothed, raw) in self.smoothed.iter_mut().zip(raw) {
            *smoothed += trust * (raw - *smoothed);
        }
        self.updated = time;
        self.frames_since_run = 0;
    }
}
