//! The indices of a session as rows of bars.

use super::bar_panel::{BarRow, RowStyle};
use super::bar_words::IndexWord;
use super::words::Language;
use crate::analysis::{ClosureState, Distraction, Face, Index};

/// AttenD buffer when it is full, and below which it is to be looked at, in seconds.
const FULL_BUFFER: f64 = 2.0;
const LOW_BUFFER: f64 = 0.5;
/// Weights: rows to be looked at stay, and what is always shown goes last of the others.
const ALERT: f32 = 2.0;
const ALWAYS: f32 = 1.0;
const WHERE_KNOWN: f32 = 0.5;

/// The rows of a face's session.
struct Rows {
    rows: Vec<BarRow>,
    language: Language,
}

/// How the value of an index is written, and whether it has a bar.
#[derive(Clone, Copy)]
enum ValueFormat {
    /// A share, 0..1.
    Percent,
    /// A count a minute.
    Rate,
    /// Standard deviations, with a sign.
    Deviations,
}

impl Rows {
    /// A row that is there always, unknown ones grey.
    fn always(&mut self, word: IndexWord, index: Index, format: ValueFormat, alert: bool) {
        let weight = if alert { ALERT } else { ALWAYS };
        self.push(word, index, format, (alert, weight));
    }

    /// A row that is there once its index is known.
    fn where_known(&mut self, word: IndexWord, index: Index, format: ValueFormat) {
        if index.value.is_some() {
            self.push(word, index, format, (false, WHERE_KNOWN));
        }
    }

    fn push(&mut self, word: IndexWord, index: Index, format: ValueFormat, row: (bool, f32)) {
        let (alert, weight) = row;
        let bar = index.value.unwrap_or_default() as f32;
        let written = index.value.map(|value| match format {
            ValueFormat::Percent => format!("{:.0}%", value * 100.0),
            ValueFormat::Rate => format!("{value:.1}"),
            ValueFormat::Deviations => {
                let sign = if value < 0.0 { "−" } else { "+" };
                format!("{sign}{:.1}", value.abs())
            }
        });
        self.rows.push(BarRow {
            word: self.language.index_word(word).to_owned(),
            bars: match format {
                ValueFormat::Percent => vec![bar],
                ValueFormat::Rate | ValueFormat::Deviations => Vec::new(),
            },
            style: match (&written, alert) {
                (None, _) => RowStyle::Grey,
                (Some(_), true) => RowStyle::Alert,
                (Some(_), false) => RowStyle::Plain,
            },
            value: written.unwrap_or("?".to_owned()),
            weight,
        });
    }
}

/// Rows of focus, PERCLOS and blinks, and of every other index that is known.
pub fn rows(face: &Face, language: Language) -> Vec<BarRow> {
    let Some(session) = &face.session else {
        return Vec::new();
    };
    let mut rows = Rows {
        rows: Vec::new(),
        language,
    };
    if let Some(of) = &session.attention {
        let away = of.distraction != Distraction::None;
        rows.always(
            IndexWord::Focus,
            of.visual_focus,
            ValueFormat::Percent,
            away,
        );
        let low = of.attention_buffer < LOW_BUFFER;
        rows.rows.push(BarRow {
            word: language.index_word(IndexWord::Buffer).to_owned(),
            bars: vec![(of.attention_buffer / FULL_BUFFER) as f32],
            value: format!("{:.1} {}", of.attention_buffer, language.second()),
            style: if low {
                RowStyle::Alert
            } else {
                RowStyle::Plain
            },
            weight: if low { ALERT } else { WHERE_KNOWN },
        });
    }
    if let Some(of) = &session.fatigue {
        let shut = of.perclos_alarm || of.closure > ClosureState::Open;
        rows.always(IndexWord::Perclos, of.perclos, ValueFormat::Percent, shut);
        rows.always(
            IndexWord::BlinkRate,
            of.blink_rate,
            ValueFormat::Rate,
            false,
        );
        rows.where_known(IndexWord::Yawns, of.yawn_rate, ValueFormat::Rate);
    }
    if let Some(of) = session.expressiveness {
        rows.where_known(IndexWord::Expressiveness, of, ValueFormat::Percent);
    }
    if let Some(of) = &session.tension {
        rows.where_known(IndexWord::BlinkSign, of.blink_rate, ValueFormat::Deviations);
        rows.where_known(
            IndexWord::HeadSign,
            of.head_movement,
            ValueFormat::Deviations,
        );
        rows.where_known(
            IndexWord::BrowSign,
            of.brow_lowerer,
            ValueFormat::Deviations,
        );
        rows.where_known(
            IndexWord::LipSign,
            of.lip_tightener,
            ValueFormat::Deviations,
        );
    }
    rows.rows
}
