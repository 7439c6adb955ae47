//! Which Action Units there are, and how far each can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::quality::FacePart;

/// How many Action Units are read.
pub const COUNT: usize = 23;

/// How far an Action Unit's intensity can be trusted; `models/action_units.md` says where the tiers
/// come from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
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

/// An Action Unit, in the order of [`ACTION_UNITS`]: its place in every list of intensities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Au {
    /// Inner brow raiser.
    Au01,
    /// Outer brow raiser.
    Au02,
    /// Brow lowerer.
    Au04,
    /// Upper lid raiser.
    Au05,
    /// Cheek raiser.
    Au06,
    /// Lid tightener.
    Au07,
    /// Nose wrinkler.
    Au09,
    /// Upper lip raiser.
    Au10,
    /// Lip corner puller.
    Au12,
    /// Dimpler.
    Au14,
    /// Lip corner depressor.
    Au15,
    /// Chin raiser.
    Au17,
    /// Lip pucker.
    Au18,
    /// Lip stretcher.
    Au20,
    /// Lip funneler.
    Au22,
    /// Lip tightener.
    Au23,
    /// Lip pressor.
    Au24,
    /// Lips part.
    Au25,
    /// Jaw drop.
    Au26,
    /// Mouth stretch: what the jaw opens beyond a drop.
    Au27,
    /// Lip suck.
    Au28,
    /// Eye closure.
    Au43,
    /// Blink.
    Au45,
}

impl Au {
    /// The part of the face in which it shows: where that is covered, it cannot be read.
    pub const fn part(self) -> FacePart {
        match self {
            Self::Au01 | Self::Au02 | Self::Au04 => FacePart::Brows,
            Self::Au05 | Self::Au06 | Self::Au07 | Self::Au43 | Self::Au45 => FacePart::Eyes,
            Self::Au09 => FacePart::Nose,
            Self::Au10
            | Self::Au12
            | Self::Au14
            | Self::Au15
            | Self::Au17
            | Self::Au18
            | Self::Au20
            | Self::Au22
            | Self::Au23
            | Self::Au24
            | Self::Au25
            | Self::Au26
            | Self::Au27
            | Self::Au28 => FacePart::Mouth,
        }
    }

    /// Its place in the lists of Action Units.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its field in the metadata, `AU` and two digits.
    pub const fn code(self) -> &'static str {
        ACTION_UNITS[self.index()].code
    }

    /// The unit of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        let unit = ACTION_UNITS.iter().find(|unit| unit.code == code);
        unit.map(|unit| unit.unit)
    }
}

/// One Action Unit of the Facial Action Coding System.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionUnit {
    /// The unit as a value.
    pub unit: Au,
    /// Its field in the metadata, `AU` and two digits.
    pub code: &'static str,
    /// What moves, in the words of FACS.
    pub name: &'static str,
    /// Whether the two halves of a face can differ in it.
    pub sided: bool,
    /// How far to trust it.
    pub tier: Tier,
}

const fn unit(
    unit: Au,
    code: &'static str,
    name: &'static str,
    sided: bool,
    tier: Tier,
) -> ActionUnit {
    ActionUnit {
        unit,
        code,
        name,
        sided,
        tier,
    }
}

/// The Action Units, in the order in which every list of intensities holds them.
pub const ACTION_UNITS: [ActionUnit; COUNT] = [
    unit(Au::Au01, "AU01", "inner brow raiser", true, Tier::Good),
    unit(Au::Au02, "AU02", "outer brow raiser", true, Tier::Good),
    unit(Au::Au04, "AU04", "brow lowerer", true, Tier::Fair),
    unit(Au::Au05, "AU05", "upper lid raiser", true, Tier::Weak),
    unit(Au::Au06, "AU06", "cheek raiser", true, Tier::Fair),
    unit(Au::Au07, "AU07", "lid tightener", true, Tier::Weak),
    unit(Au::Au09, "AU09", "nose wrinkler", true, Tier::Good),
    unit(Au::Au10, "AU10", "upper lip raiser", true, Tier::Good),
    unit(Au::Au12, "AU12", "lip corner puller", true, Tier::Good),
    unit(Au::Au14, "AU14", "dimpler", true, Tier::Weak),
    unit(Au::Au15, "AU15", "lip corner depressor", true, Tier::Fair),
    unit(Au::Au17, "AU17", "chin raiser", false, Tier::Fair),
    unit(Au::Au18, "AU18", "lip pucker", false, Tier::Weak),
    unit(Au::Au20, "AU20", "lip stretcher", true, Tier::Good),
    unit(Au::Au22, "AU22", "lip funneler", false, Tier::Fair),
    unit(Au::Au23, "AU23", "lip tightener", false, Tier::Weak),
    unit(Au::Au24, "AU24", "lip pressor", false, Tier::Weak),
    unit(Au::Au25, "AU25", "lips part", false, Tier::Fair),
    unit(Au::Au26, "AU26", "jaw drop", false, Tier::Good),
    unit(Au::Au27, "AU27", "mouth stretch", false, Tier::Fair),
    unit(Au::Au28, "AU28", "lip suck", false, Tier::Fair),
    unit(Au::Au43, "AU43", "eye closure", true, Tier::Fair),
    unit(Au::Au45, "AU45", "blink", false, Tier::Weak),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_stands_at_its_own_place_and_is_found_by_its_code() {
        for (place, unit) in ACTION_UNITS.iter().enumerate() {
            assert_eq!(unit.unit.index(), place);
            assert_eq!(Au::from_code(unit.code), Some(unit.unit));
            assert_eq!(format!("{:?}", unit.unit).to_uppercase(), unit.unit.code());
        }
        assert_eq!(Au::from_code("AU03"), None);
    }
}
