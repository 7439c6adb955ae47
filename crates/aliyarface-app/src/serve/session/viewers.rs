//! Those who watch the pictures of a session that the server fetched itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::serve::message::{HEAD, KEY};

/// Frames that may wait for a viewer before it loses pictures up to the next key.
const BEHIND: usize = 64;
/// Numbers that are remembered: a picture and its record come from two branches of a pipeline.
const NUMBERS: usize = 256;

/// What a viewer gets.
#[derive(Debug, Clone)]
pub enum ViewerMessage {
    /// A picture, with the head of [`super::Message`].
    Picture(Arc<[u8]>),
    /// JSON.
    Text(Arc<str>),
}

/// See the module.
#[derive(Default)]
pub struct Viewers(Mutex<State>);

#[derive(Default)]
struct State {
    viewers: Vec<Viewer>,
    numbers: VecDeque<(u64, u32)>,
    next: u32,
}

struct Viewer {
    to: mpsc::Sender<ViewerMessage>,
    /// It lost a picture, or has none yet.
    broken: bool,
}

impl Viewers {
    /// One more.
    pub fn add(&self) -> mpsc::Receiver<ViewerMessage> {
        let (to, shown) = mpsc::channel(BEHIND);
        self.state().viewers.push(Viewer { to, broken: true });
        shown
    }

    /// Whether somebody watches.
    pub fn any(&self) -> bool {
        let mut state = self.state();
        state.viewers.retain(|viewer| !viewer.to.is_closed());
        !state.viewers.is_empty()
    }

    /// A picture with time `time` was fetched: its number.
    pub fn number(&self, time: u64) -> u32 {
        let mut state = self.state();
        let seq = state.next;
        state.next = seq.wrapping_add(1);
        state.numbers.push_back((time, seq));
        let old = state.numbers.len().saturating_sub(NUMBERS);
        state.numbers.drain(..old);
        seq
    }

    /// A picture in H.264, for those who have all that it needs; false where one of them needs a key.
    pub fn picture(&self, time: u64, key: bool, data: &[u8]) -> bool {
        let mut state = self.state();
        let number = state.numbers.iter().find(|(known, _)| *known == time);
        let Some(&(_, seq)) = number else { return true };
        let mut bytes = Vec::with_capacity(HEAD + data.len());
        bytes.push(if key { KEY } else { 0 });
        bytes.extend(seq.to_le_bytes());
        bytes.extend((time / 1000).to_le_bytes());
        bytes.extend(data);
        let picture = ViewerMessage::Picture(bytes.into());
        let mut whole = true;
        state.viewers.retain_mut(|viewer| {
            if viewer.broken && !key {
                whole = false;
                return !viewer.to.is_closed();
            }
            match viewer.to.try_send(picture.clone()) {
                Ok(()) => viewer.broken = false,
                Err(mpsc::error::TrySendError::Full(_)) => viewer.broken = true,
                Err(mpsc::error::TrySendError::Closed(_)) => return false,
            }
            true
        });
        whole
    }

    /// What was read of a picture, or that it was not read.
    pub fn text(&self, text: &Arc<str>) {
        // One that is far behind loses it with the picture.
        self.state().viewers.retain(|viewer| {
            let sent = viewer.to.try_send(ViewerMessage::Text(text.clone()));
            !matches!(sent, Err(mpsc::error::TrySendError::Closed(_)))
        });
    }

    /// There is nothing more to see.
    pub fn close(&self) {
        self.state().viewers.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(shown: &mut mpsc::Receiver<ViewerMessage>) -> Vec<(u8, u32)> {
        let all = std::iter::from_fn(|| shown.try_recv().ok());
        all.filter_map(|shown| match shown {
            ViewerMessage::Picture(bytes) => Some((
                bytes[0],
                u32::from_le_bytes(bytes[1..5].try_into().unwrap()),
            )),
            ViewerMessage::Text(_) => None,
        })
        .collect()
    }

    #[test]
    fn a_viewer_begins_with_a_key_and_one_that_is_slow_goes_on_with_the_next() {
        let viewers = Viewers::default();
        let mut shown = viewers.add();
        for time in 0..4 {
            viewers.number(time * 1000);
        }
        assert!(!viewers.picture(0, false, b"unit"), "a key is needed");
        assert!(viewers.picture(1000, true, b"unit"));
        assert!(viewers.picture(2000, false, b"unit"));
        assert_eq!(told(&mut shown), [(KEY, 1), (0, 2)]);
        for _ in 0..BEHIND + 1 {
            viewers.picture(3000, false, b"unit");
        }
        assert_eq!(told(&mut shown).len(), BEHIND);
        viewers.picture(3000, false, b"unit");
        assert!(told(&mut shown).is_empty(), "what it lacks was needed");
        viewers.picture(3000, true, b"unit");
        assert_eq!(told(&mut shown), [(KEY, 3)]);
        drop(shown);
        assert!(!viewers.any());
    }
}
