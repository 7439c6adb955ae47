//! Several people together, none of whom is told apart.

use super::Session;

/// Faces below which nothing is told of a group: fewer could be told apart.
pub const FEWEST: usize = 5;

/// A group of five faces or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// How many faces' visual focus is known.
    pub faces: usize,
    /// Mean of their visual focus, 0..1.
    pub focus: f64,
}

impl Group {
    /// The group of `sessions`; `None` where fewer than five are known.
    pub fn from_sessions<'a>(sessions: impl Iterator<Item = &'a Session>) -> Option<Self> {
        let focus = sessions.filter_map(|session| session.attention?.visual_focus.value);
        let focus: Vec<f64> = focus.collect();
        (focus.len() >= FEWEST).then(|| Self {
            faces: focus.len(),
            focus: focus.iter().sum::<f64>() / focus.len() as f64,
        })
    }
}
