//! What a movement is looked at beside.

use crate::analysis::time::BufferTime;

use super::history::History;
use super::regions::Displacements;
use super::tuning::ExpressionTuning;

/// What is known of a face while one of its movements is looked at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Its last seconds.
    pub history: &'a History,
    /// Where its regions are at rest; `None` before that is known.
    pub rest: Option<&'a Displacements>,
    /// Onset and offset of the brief expression reported last.
    pub reported: Option<[BufferTime; 2]>,
    /// The usual time between frames in ns.
    pub interval_ns: f64,
    /// The numbers that decide.
    pub tuning: &'a ExpressionTuning,
}

impl Context<'_> {
    /// The same as if nothing had been reported.
    pub fn without_reported(self) -> Self {
        Self {
            reported: None,
            ..self
        }
    }
}

#[cfg(test)]
impl<'a> Context<'a> {
    /// A face of this history with sixty frames a second and no known rest.
    pub fn new(history: &'a History, tuning: &'a ExpressionTuning) -> Self {
        Self {
            history,
            rest: None,
            reported: None,
            interval_ns: 16_666_667.0,
            tuning,
        }
    }
}
