//! Which Action Units there are, and how far each can be trusted.

/// How many Action Units are read.
pub const COUNT: usize = 20;

/// How far an Action Unit's intensity can be trusted; `models/action_units.md` says where the tiers
/// come from.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Tells its emotions from neutral faces (AUROC .85 and more) and agrees with rendered heads of
    /// known intensities (ICC .6 and more).
    Good,
    /// Does both less well (.7 and .4), or well where only one of both is known.
    Fair,
    /// Does one of both alone: a hint.
    Weak,
    /// Does neither.
    Poor,
}

impl Tier {
    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Weak => "weak",
            Self::Poor => "poor",
        }
    }
}

/// One Action Unit of the Facial Action Coding System.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionUnit {
    /// Its field in the metadata, `AU` and two digits.
    pub code: &'static str,
    /// What moves, in the words of FACS.
    pub name: &'static str,
    /// Whether the two halves of a face can differ in it.
    pub sided: bool,
    /// How far to trust it.
    pub tier: Tier,
}

const fn unit(code: &'static str, name: &'static str, sided: bool, tier: Tier) -> ActionUnit {
    ActionUnit {
        code,
        name,
        sided,
        tier,
    }
}

/// The Action Units, in the order in which every list of intensities holds them.
pub const ACTION_UNITS: [ActionUnit; COUNT] = [
    unit("AU01", "inner brow raiser", true, Tier::Fair),
    unit("AU02", "outer brow raiser", true, Tier::Good),
    unit("AU04", "brow lowerer", true, Tier::Fair),
    unit("AU05", "upper lid raiser", true, Tier::Weak),
    unit("AU06", "cheek raiser", true, Tier::Fair),
    unit("AU07", "lid tightener", true, Tier::Weak),
    unit("AU09", "nose wrinkler", true, Tier::Good),
    unit("AU10", "upper lip raiser", true, Tier::Good),
    unit("AU12", "lip corner puller", true, Tier::Good),
    unit("AU14", "dimpler", true, Tier::Weak),
    unit("AU15", "lip corner depressor", true, Tier::Fair),
    unit("AU17", "chin raiser", false, Tier::Fair),
    unit("AU20", "lip stretcher", true, Tier::Good),
    unit("AU23", "lip tightener", false, Tier::Weak),
    unit("AU24", "lip pressor", false, Tier::Weak),
    unit("AU25", "lips part", false, Tier::Fair),
    unit("AU26", "jaw drop", false, Tier::Good),
    unit("AU28", "lip suck", false, Tier::Fair),
    unit("AU43", "eye closure", true, Tier::Fair),
    unit("AU45", "blink", false, Tier::Weak),
];
