//! What a host and its user do to a running pipeline.

use anyhow::Result;
use gst::prelude::*;
use serde_json::{Value, json};

use super::DRAWN;
use super::lab::dice::Dice;

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

#[derive(Default)]
struct Counts {
    caps: u32,
    seeks: u32,
    pauses: u32,
    properties: u32,
    signals: u32,
    restarts: u32,
}

/// Whims, one after the other.
pub struct Whims {
    element: gst::Element,
    caps: gst::Element,
    pipeline: gst::Pipeline,
    dice: Dice,
    counts: Counts,
}

impl Whims {
    /// Whims that concern these parts of a pipeline.
    pub fn new(
        element: gst::Element,
        caps: gst::Element,
        pipeline: gst::Pipeline,
        dice: Dice,
    ) -> Self {
        Self {
            element,
            caps,
            pipeline,
            dice,
            counts: Counts::default(),
        }
    }

    /// How many there were of each kind.
    pub fn counts(&self) -> Value {
        let Counts {
            caps,
            seeks,
            pauses,
            properties,
            signals,
            restarts,
        } = self.counts;
        json!({
            "caps": caps, "seeks": seeks, "pauses": pauses, "properties": properties,
            "signals": signals, "restarts": restarts,
        })
    }

    /// How often the pipeline was flushed by a seek.
    pub fn flushes(&self) -> u64 {
        self.counts.seeks.into()
    }

    /// Follows one; `false` where it is to start anew.
    ///
    /// # Errors
    /// The pipeline does not follow.
    pub fn follow_one(&mut self) -> Result<bool> {
        match self.dice.below(16) {
            0 | 1 => {
                let caps: gst::Caps = self.dice.one_of(&CAPS).parse()?;
                self.caps.set_property("caps", caps);
                self.counts.caps += 1;
            }
            2 | 3 => {
                let to =
                    gst::ClockTime::from_mseconds((self.dice.between(0.0, 1.0) * SEEKABLE) as u64);
                let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
                self.pipeline.state(super::PATIENCE).0?;
                self.pipeline.seek_simple(flags, to)?;
                self.counts.seeks += 1;
            }
            4 => {
                for state in [gst::State::Paused, gst::State::Playing] {
                    self.pipeline.set_state(state)?;
                    self.pipeline.state(super::PATIENCE).0?;
                }
                self.counts.pauses += 1;
            }
            5 => {
                let signal = self.dice.one_of(&["calibrate", "reset-baseline"]);
                self.element.emit_by_name::<()>(signal, &[]);
                self.counts.signals += 1;
            }
            6 => {
                let baseline: gst::Structure = self.element.property("baseline");
                self.element.set_property("baseline", Some(&baseline));
                self.counts.signals += 1;
            }
            7 => {
                self.counts.restarts += 1;
                return Ok(false);
            }
            _ => {
                self.set_a_property();
                self.counts.properties += 1;
            }
        }
        Ok(true)
    }

    fn set_a_property(&mut self) {
        let (element, dice) = (&self.element, &mut self.dice);
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
        element.set_property_from_str(name, value);
    }
}
