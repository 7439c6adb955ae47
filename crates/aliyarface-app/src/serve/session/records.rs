//! The records of a session, numbered, so that a reader sees a gap and can ask for what it missed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Lines that are kept: eleven minutes of 30 pictures a second.
pub const KEPT: usize = 20_000;
/// The same where nobody reads them here.
pub const FEW: usize = 100;
/// Events that are kept beyond them.
const EVENTS: usize = 5_000;

/// A line of a session.
#[derive(Debug, Clone)]
pub struct RecordLine {
    /// Its number, from 1.
    pub id: u64,
    /// Whether events are in it: a slow reader loses others first.
    pub events: bool,
    /// JSON as aliyarfaceexport wrote it.
    pub text: Arc<str>,
}

#[derive(Default)]
struct Buffered {
    lines: VecDeque<RecordLine>,
    events: VecDeque<RecordLine>,
    table: VecDeque<String>,
    /// The first line of the table, which names its columns.
    columns: Option<String>,
    last: u64,
    closed: bool,
}

/// What readers of a session share with its pipeline.
pub struct Records {
    kept: Mutex<Buffered>,
    most: usize,
    news: watch::Sender<u64>,
}

/// What a reader gets.
pub enum RecordUpdate {
    /// Lines after those it had.
    Lines(Vec<RecordLine>),
    /// There will be no more.
    End,
}

impl Records {
    /// None yet; this many lines are kept.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
            news: watch::Sender::new(0),
        }
    }

    /// Adds a line of JSON, and gives its number.
    pub fn add(&self, text: &str, events: bool) -> u64 {
        let mut kept = self.lock();
        kept.last += 1;
        let line = RecordLine {
            id: kept.last,
            events,
            text: text.into(),
        };
        if events {
            kept.events.push_back(line.clone());
            let old = kept.events.len().saturating_sub(EVENTS.min(self.most));
            kept.events.drain(..old);
        }
        kept.lines.push_back(line);
        let old = kept.lines.len().saturating_sub(self.most);
        kept.lines.drain(..old);
        let last = kept.last;
        drop(kept);
        self.news.send_replace(last);
        last
    }

    /// Adds rows of the table.
    pub fn add_rows(&self, text: &str) {
        let mut kept = self.lock();
        for row in text.lines() {
            if kept.columns.is_none() {
                kept.columns = Some(row.to_owned());
            } else if kept.columns.as_deref() != Some(row) {
                kept.table.push_back(row.to_owned());
            }
        }
        let old = kept.table.len().saturating_sub(self.most);
        kept.table.drain(..old);
    }

    /// No line will follow.
    pub fn close(&self) {
        let mut kept = self.lock();
        kept.closed = true;
        let last = kept.last;
        drop(kept);
        self.news.send_replace(last);
    }

    /// Lines after number `after` that are still kept.
    pub fn after(&self, after: u64) -> Vec<RecordLine> {
        let kept = self.lock();
        let from = kept.lines.partition_point(|line| line.id <= after);
        kept.lines.range(from..).cloned().collect()
    }

    /// Lines with events after number `after`.
    pub fn events_after(&self, after: u64) -> Vec<RecordLine> {
        let kept = self.lock();
        let from = kept.events.partition_point(|line| line.id <= after);
        kept.events.range(from..).cloned().collect()
    }

    /// The table as text.
    pub fn table(&self) -> String {
        let kept = self.lock();
        let rows = kept.columns.iter().chain(&kept.table);
        rows.map(|row| format!("{row}\n")).collect()
    }

    /// Waits for lines after number `after`.
    pub async fn next(&self, after: u64) -> RecordUpdate {
        let mut news = self.news.subscribe();
        loop {
            news.mark_unchanged();
            let lines = self.after(after);
            if !lines.is_empty() {
                return RecordUpdate::Lines(lines);
            }
            if self.lock().closed || news.changed().await.is_err() {
                return RecordUpdate::End;
            }
        }
    }

    /// Waits until no line will follow.
    pub async fn closed(&self) {
        let mut news = self.news.subscribe();
        while !self.lock().closed && news.changed().await.is_ok() {}
    }

    /// Number of the last line.
    pub fn last(&self) -> u64 {
        self.lock().last
    }

    fn lock(&self) -> MutexGuard<'_, Buffered> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those of `lines` that a reader gets who is far behind: every event, and the newest picture.
pub fn thinned(lines: Vec<RecordLine>, behind: usize) -> Vec<RecordLine> {
    if lines.len() <= behind {
        return lines;
    }
    let last = lines.last().map(|line| line.id);
    let wanted = |line: &RecordLine| line.events || Some(line.id) == last;
    lines.into_iter().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_what_it_has_not_had_and_old_lines_go() {
        let records = Records::new(KEPT);
        for index in 0..KEPT + 10 {
            records.add(&index.to_string(), index == 3);
        }
        let ids: Vec<u64> = records
            .after(KEPT as u64 + 8)
            .iter()
            .map(|line| line.id)
            .collect();
        assert_eq!(ids, [KEPT as u64 + 9, KEPT as u64 + 10]);
        assert_eq!(records.after(0)[0].id, 11, "the gap is seen by its number");
        assert_eq!(records.events_after(0)[0].id, 4, "events stay longer");
    }

    #[test]
    fn a_slow_reader_loses_pictures_and_no_event() {
        let records = Records::new(KEPT);
        for index in 0..100 {
            records.add("line", index % 40 == 0);
        }
        let left = thinned(records.after(0), 30);
        let ids: Vec<u64> = left.iter().map(|line| line.id).collect();
        assert_eq!(ids, [1, 41, 81, 100]);
    }

    #[test]
    fn columns_are_named_once_though_the_pipeline_starts_anew() {
        let records = Records::new(KEPT);
        records.add_rows("frame,x\n1,2\n");
        records.add_rows("frame,x\n1,3\n");
        assert_eq!(records.table(), "frame,x\n1,2\n1,3\n");
    }
}
