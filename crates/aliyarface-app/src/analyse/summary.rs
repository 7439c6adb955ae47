//! What is told of a file that was read.

use std::collections::BTreeSet;

use gstaliyarface::export::Record;

/// What was read so far.
#[derive(Debug, Default)]
pub struct FileSummary {
    frames: u64,
    first: Option<u64>,
    end: u64,
    faces: BTreeSet<u32>,
}

impl FileSummary {
    /// Takes in a frame.
    pub fn add(&mut self, record: &Record) {
        self.frames += 1;
        let time = record.stream_time.map_or(self.end, |time| time.0);
        self.first.get_or_insert(time);
        let end = time + record.duration.unwrap_or_default();
        self.end = self.end.max(end);
        let ids = record.faces().iter().map(|face| face.location.id);
        self.faces.extend(ids);
    }

    /// Frames that were read.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The stream time in ns at which the last frame ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// All of it in a few words.
    pub fn line(&self) -> String {
        let frames = counted(self.frames, "frame");
        let faces = counted(self.faces.len() as u64, "face");
        let length = self.end.saturating_sub(self.first.unwrap_or_default());
        format!("{frames}, {:.1} s, {faces}", length as f64 * 1e-9)
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
