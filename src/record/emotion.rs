//! What is read of an emotion: what a face shows, not what a person feels.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::MixtureKind;

/// The probability of each label, 0..1, in the labels' order.
pub type Distribution = IndexMap<String, f64>;

/// What a distribution over emotions is made up of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "mixture")]
pub struct Mixture {
    /// How many emotions are shown.
    pub kind: MixtureKind,
    /// Labels that make it up, the likeliest first.
    pub labels: Vec<String>,
    /// Name of the compound in the literature, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Entropy in bits.
    pub entropy: f64,
}

/// Whether an emotion stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "transition-state", rename_all = "kebab-case")]
pub enum TransitionState {
    /// It stays.
    Steady,
    /// It turns into another.
    Changing,
}

/// How an emotion turns into another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "transition")]
pub struct Transition {
    /// Whether it stays or turns into another.
    pub state: TransitionState,
    /// Label that is left; of a steady face, the one before.
    pub from: String,
    /// Label that is coming; of a steady face, the one it shows.
    pub to: String,
    /// When this began, in ns of the buffers' time.
    pub since: u64,
    /// How far a change has come; 1 of a steady face.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub progress: f64,
}
