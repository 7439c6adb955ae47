//! Spans of a stream that are left out of what is taken out of its records.

use serde::Deserialize;

/// The column of a table's times, in seconds.
const TIME: &str = "timestamp";
/// Spans of one request.
const MOST: usize = 1000;

/// From and to, in seconds of the stream.
#[derive(Debug, PartialEq)]
pub struct Spans(Vec<(f64, f64)>);

#[derive(Deserialize)]
struct RecordTime {
    #[serde(rename = "stream-time")]
    time: Option<u64>,
}

impl Spans {
    /// Reads `A-B,C-D`; `None` where it is not that.
    pub fn read(text: &str) -> Option<Self> {
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        let spans = parts.map(|part| {
            let (from, to) = part.split_once('-')?;
            let [from, to] = [from, to].map(|text| text.trim().parse::<f64>().ok());
            from.zip(to)
                .filter(|(from, to)| from.is_finite() && to.is_finite() && from <= to)
        });
        let spans: Vec<_> = spans.collect::<Option<_>>()?;
        (spans.len() <= MOST).then_some(Self(spans))
    }

    fn leaves_out(&self, seconds: f64) -> bool {
        self.0
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&seconds))
    }

    /// Lines of JSON without those inside.
    pub fn lines(&self, text: &str) -> String {
        self.without_spans(text, |line| {
            let peek = serde_json::from_str::<RecordTime>(line).ok();
            peek.and_then(|peek| peek.time)
                .map(|time| time as f64 * 1e-9)
        })
    }

    /// A table without rows inside.
    pub fn rows(&self, table: &str) -> String {
        let head = table.lines().next().unwrap_or_default();
        let column = head.split(',').position(|name| name.trim() == TIME);
        self.without_spans(table, |row| {
            row.split(',').nth(column?)?.trim().parse().ok()
        })
    }

    fn without_spans(&self, text: &str, seconds: impl Fn(&str) -> Option<f64>) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let inside = |line: &str| seconds(line).is_some_and(|time| self.leaves_out(time));
        let kept = text.lines().filter(|line| !inside(line));
        kept.map(|line| format!("{line}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_leave_out_what_lies_inside_and_nothing_else() {
        let spans = Spans::read("1-2, 5.5-6").unwrap();
        assert_eq!(
            spans.rows("frame,timestamp,x\n0,0.5,1\n1,1.5,1\n2,6,1\n"),
            "frame,timestamp,x\n0,0.5,1\n"
        );
        let lines =
            "{\"record\":\"header\"}\n{\"stream-time\":1500000000}\n{\"stream-time\":3000000000}\n";
        assert_eq!(
            spans.lines(lines),
            "{\"record\":\"header\"}\n{\"stream-time\":3000000000}\n"
        );
        assert_eq!(Spans::read("").unwrap().rows("a\nb\n"), "a\nb\n");
        for odd in ["1", "2-1", "a-b", "1-inf", "-1"] {
            assert_eq!(Spans::read(odd), None, "{odd}");
        }
    }
}
