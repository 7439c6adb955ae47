//! What a host and its user do to a running pipeline.

use std::str::FromStr;

use anyhow::{Context, Result};
use gst::prelude::*;
use serde_json::{Value, json};

use super::DRAWN;
use aliyarface_labs::dice::Dice;

/// Sizes and formats between which the stream changes.
const CAPS: [&str; 5] = [
    "video/x-raw,format=NV12,width=640,height=360",
    "video/x-raw,format=BGRx,width=640,height=480",
    "video/x-raw,format=I420,width=854,height=480",
    "video/x-raw,format=YUY2,width=480,height=270",
    "video/x-raw,format=I420,width=1280,height=720",
];
/// Length in ms within which seeks end; the shortest clip is a little longer.
const SEEKABLE: f64 = 2000.0;

/// A kind of disturbance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The pictures change their size and format.
    Caps,
    /// A place is sought.
    Seeks,
    /// The pipeline pauses and goes on.
    Pauses,
    /// Baselines are taken, forgotten, written and read.
    Baselines,
    /// The pipeline stops, and starts anew with another file, in READY or in NULL.
    Starts,
    /// A property changes.
    Properties,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Caps,
        Self::Seeks,
        Self::Pauses,
        Self::Baselines,
        Self::Starts,
        Self::Properties,
    ];

    /// Its name on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caps => "caps",
            Self::Seeks => "seeks",
            Self::Pauses => "pauses",
            Self::Baselines => "baselines",
            Self::Starts => "starts",
            Self::Properties => "properties",
        }
    }

    /// How often it comes among all.
    fn weight(self) -> usize {
        match self {
            Self::Caps | Self::Seeks | Self::Baselines => 2,
            Self::Pauses | Self::Starts => 1,
            Self::Properties => 8,
        }
    }
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.with_context(|| format!("there are no disturbances called {name}"))
    }
}

/// Whims, one after the other.
pub struct Disturbances {
    element: gst::Element,
    caps: gst::Element,
    pipeline: gst::Pipeline,
    dice: Dice,
    /// Each kind as often as it weighs.
    drawn: Vec<Kind>,
    counts: [u64; Kind::ALL.len()],
    control: bool,
}

impl Disturbances {
    /// Whims of these `kinds` that concern these parts of a pipeline; those that only concern the element
    /// are left out where that is `identity`.
    pub fn new(
        element: gst::Element,
        caps: gst::Element,
        pipeline: gst::Pipeline,
        dice: Dice,
        kinds: &[Kind],
    ) -> Self {
        let drawn = kinds.iter();
        let drawn = drawn.flat_map(|&kind| std::iter::repeat_n(kind, kind.weight()));
        Self {
            control: element.find_property("analysis-mode").is_none(),
            element,
            caps,
            pipeline,
            dice,
            drawn: drawn.collect(),
            counts: [0; Kind::ALL.len()],
        }
    }

    /// How many there were of each kind.
    pub fn counts(&self) -> Value {
        let counts = Kind::ALL.iter().zip(self.counts);
        counts
            .map(|(kind, count)| (kind.name(), json!(count)))
            .collect()
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How often the pipeline was flushed by a seek.
    pub fn flushes(&self) -> u64 {
        let counts = Kind::ALL.iter().zip(self.counts);
        let seeks = counts.filter(|(kind, _)| **kind == Kind::Seeks);
        seeks.map(|(_, count)| count).sum()
    }

    /// Follows one, if any are wanted; `false` where the pipeline is to start anew.
    ///
    /// # Errors
    /// The pipeline does not follow.
    pub fn follow_one(&mut self) -> Result<bool> {
        if self.drawn.is_empty() {
            return Ok(true);
        }
        let kind = self.dice.one_of(&self.drawn);
        let counts = self.counts.iter_mut().zip(Kind::ALL);
        for (count, _) in counts.filter(|(_, counted)| *counted == kind) {
            *count += 1;
        }
        match kind {
            Kind::Caps => {
                let caps: gst::Caps = self.dice.one_of(&CAPS).parse()?;
                self.caps.set_property("caps", caps);
            }
            Kind::Seeks => {
                let to = self.dice.between(0.0, 1.0) * SEEKABLE;
                self.pipeline.state(super::PATIENCE).0?;
                self.seek(gst::ClockTime::from_mseconds(to as u64))?;
            }
            Kind::Pauses => {
                for state in [gst::State::Paused, gst::State::Playing] {
                    self.pipeline.set_state(state)?;
                    self.pipeline.state(super::PATIENCE).0?;
                }
            }
            Kind::Baselines => match self.dice.one_of(&["calibrate", "reset-baseline", ""]) {
                _ if self.control => {}
                "" => {
                    let baseline: gst::Structure = self.element.property("baseline");
                    self.element.set_property("baseline", Some(&baseline));
                }
                signal => self.element.emit_by_name::<()>(signal, &[]),
            },
            Kind::Starts => return Ok(false),
            Kind::Properties => self.set_a_property(),
        }
        Ok(true)
    }

    /// Goes to the place `to`, flushing.
    ///
    /// # Errors
    /// The pipeline does not follow.
    pub fn seek(&self, to: gst::ClockTime) -> Result<()> {
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        Ok(self.pipeline.seek_simple(flags, to)?)
    }

    fn set_a_property(&mut self) {
        let dice = &mut self.dice;
        let (name, value): (_, &str) = match dice.below(7) {
            // Mostly everything is drawn.
            0 => ("overlay", dice.one_of(&[DRAWN, DRAWN, "boxes", ""])),
            1 => ("overlay-language", dice.one_of(&["en", "ru", "kk"])),
            2 => (
                "anonymize",
                dice.one_of(&["none", "none", "blur", "pixelate", "mesh-only"]),
            ),
            3 => ("overlay-scale", dice.one_of(&["0.5", "1", "2"])),
            4 => ("detection-interval", dice.one_of(&["1", "10", "30"])),
            5 => ("emotion-interval", dice.one_of(&["1", "3", "10"])),
            _ => ("notice", dice.one_of(&["true", "false"])),
        };
        if !self.control {
            self.element.set_property_from_str(name, value);
        }
    }
}
