//! Ids for people whom one analysis hands on to the next.

use crate::analysis::TrackId;

/// Added to an id that is told: an analysis counts its own from 1 and comes nowhere near.
const HANDED_ON: u32 = 1 << 30;

/// The id by which the next analysis hears of the person `told`.
pub fn handed_on(published: TrackId) -> TrackId {
    TrackId::new(published.number().saturating_add(HANDED_ON))
}

/// The id told of the person whom an analysis knows by `own`; `None` where it gave that itself.
pub fn original(own: TrackId) -> Option<TrackId> {
    let number = own.number().checked_sub(HANDED_ON)?;
    (number > 0).then_some(TrackId::new(number))
}
