//! What a device's socket says beyond a browser's: times of its own, the end of its stream, words.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use gstaliyarface::analysis::NEUTRAL_UNITS;
use gstaliyarface::remote::protocol::{DeviceMessage, ResultNeutral};

use super::{Answer, Input, Message, Process, Session, Settings};
use crate::serve::child::baselines;
use crate::serve::child::wire::{Control, END_TIME};

/// What a device wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceFormat {
    /// Whether results are told bit by bit.
    pub exact: bool,
    /// GStreamer's name of the pictures' colorimetry.
    pub colorimetry: String,
}

impl Session {
    /// Takes a picture whose time is the device's own: it grows, or nothing could be found by it.
    pub(super) fn push_device(
        &self,
        input: &mut Input,
        process: &Process,
        message: &Message,
        now: Instant,
    ) -> Result<Option<Answer>> {
        let time = message.captured;
        if time == END_TIME || input.last.is_some_and(|last| time <= last) {
            bail!("the times of pictures grow");
        }
        input.last = Some(time);
        self.shared.wait_for(time, message.seq, now);
        process.picture(message.codec, time, message.data)?;
        Ok(None)
    }

    /// The device's stream ends or breaks: its pictures' times begin anew, and the message `seq` is answered
    /// with what was still to be told.
    ///
    /// # Errors
    /// Another socket came, the session is over, or it is no device's.
    pub fn finish(&self, plug: u64, seq: u32) -> Result<()> {
        let mut input = self.input();
        if input.plug != plug || !self.source.is_device() {
            bail!("another socket feeds the session now");
        }
        let process = input.process.clone().context("the session is over")?;
        input.codec = None;
        input.last = None;
        self.shared.wait_for(END_TIME, seq, Instant::now());
        process.send(&Control::End)
    }

    /// Does what a device says beside its pictures.
    ///
    /// # Errors
    /// It says what a device does not, or its process is gone.
    pub fn hear(&self, plug: u64, text: &str) -> Result<()> {
        let mut input = self.input();
        if input.plug != plug || !self.source.is_device() {
            bail!("a picture is binary");
        }
        let process = input.process.clone().context("the session is over")?;
        let message = serde_json::from_str(text).context("no word of a device's")?;
        if let DeviceMessage::Baselines(known) = &message
            && let Some(count) = other_action_units(known)
        {
            // Which score is of which unit is not known then.
            if input.other_units.replace(plug) != Some(plug) {
                eprintln!("aliyarface: session {}: {}", self.id, warning(count));
            }
            return Ok(());
        }
        drop(input);
        match message {
            DeviceMessage::Baselines(known) => {
                process.send(&Control::TakeBaselines(baselines::written(&known)))
            }
            DeviceMessage::People(known) => process.send(&Control::TakePeople(known)),
            DeviceMessage::Signal(name) if matches!(&*name, "calibrate" | "reset-baseline") => {
                process.send(&Control::Signal(name))
            }
            DeviceMessage::Signal(_) => bail!("no signal of the element"),
            DeviceMessage::Settings(changes) => {
                let changes: Settings = serde_json::from_value(changes)?;
                let changed = self.shared.settings().change(&changes, false);
                changed.map_err(anyhow::Error::msg)?;
                process.send(&Control::Change(changes))
            }
        }
    }
}

/// How many Action Units a device's neutrals are of, where they are not as many as here.
fn other_action_units(known: &[ResultNeutral]) -> Option<usize> {
    let mut counts = known.iter().map(|neutral| neutral.scores.len());
    counts.find(|&count| count != NEUTRAL_UNITS)
}

/// What the log says of a device that knows `count` Action Units.
fn warning(count: usize) -> String {
    let older = if count < NEUTRAL_UNITS {
        "the device"
    } else {
        "this server"
    };
    format!(
        "its device knows {count} Action Units, this server {NEUTRAL_UNITS}: the two exchange no neutrals; \
         update AliyarFace on {older}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutrals_of_other_action_units_are_told_from_our_own_and_the_older_side_is_named() {
        let of = |count| ResultNeutral {
            face_id: 1,
            scores: vec![0.5; count],
        };
        let own = NEUTRAL_UNITS;
        assert_eq!(other_action_units(&[]), None);
        assert_eq!(other_action_units(&[of(own)]), None);
        assert_eq!(other_action_units(&[of(own), of(own - 1)]), Some(own - 1));
        let numbers = format!("knows {} Action Units, this server {own}", own - 1);
        assert!(warning(own - 1).contains(&numbers));
        assert!(warning(own - 1).ends_with("on the device"));
        assert!(warning(own + 1).ends_with("on this server"));
    }
}
