//! Where the detectors come from that search frames for faces to be covered.

use std::sync::mpsc::{Receiver, RecvError, TryRecvError, channel};
use std::thread;

use crate::models::{DetectorNet, ModelChoice, ModelError, Models};
use crate::privacy::FaceSearch;

use super::log::CAT;

/// Those of near and of far faces.
pub type Detectors = [DetectorNet; 2];

/// A search that is there, or that is loaded by a thread of its own once it is wanted: until then, and where
/// this machine has no models, nothing can be searched.
pub enum SearchSource {
    /// It is there.
    Ready(Box<FaceSearch>),
    /// Not wanted yet.
    Unloaded(Box<ModelChoice>),
    /// A thread loads it.
    Loading(Receiver<Result<Detectors, ModelError>>),
    /// This machine has none.
    Absent,
}

impl SearchSource {
    /// A search with loaded nets.
    pub fn new([near, far]: Detectors) -> Self {
        Self::Ready(Box::new(FaceSearch::new(near, far)))
    }

    /// A search that is loaded once it is wanted.
    pub fn lazy(choice: ModelChoice) -> Self {
        Self::Unloaded(Box::new(choice))
    }

    /// The search, where it is there; a stream that `waits` for its results waits for it.
    pub fn get(&mut self, waits: bool) -> Option<&mut FaceSearch> {
        if let Self::Unloaded(choice) = self {
            let choice = choice.clone();
            let (sender, receiver) = channel();
            let thread = thread::Builder::new().name("aliyarface-load".into());
            let loading = thread.spawn(move || {
                // Who does not wait any more needs none.
                let _ = sender.send(Models::detectors(&choice));
            });
            *self = loading.map_or(Self::Absent, |_| Self::Loading(receiver));
        }
        if let Self::Loading(receiver) = self {
            let loaded = if waits {
                receiver
                    .recv()
                    .map_err(|RecvError| TryRecvError::Disconnected)
            } else {
                receiver.try_recv()
            };
            match loaded {
                Ok(Ok(detectors)) => *self = Self::new(detectors),
                Ok(Err(err)) => {
                    gst::warning!(
                        CAT,
                        "frames cannot be searched, and are covered whole: {err}"
                    );
                    *self = Self::Absent;
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => *self = Self::Absent,
            }
        }
        match self {
            Self::Ready(search) => Some(search),
            _ => None,
        }
    }

    /// Forgets the last frames.
    pub fn reset(&mut self) {
        if let Self::Ready(search) = self {
            search.reset();
        }
    }
}
