//! How often something may fail before it is given up, and how often that is told.

use crate::analysis::AnalysisError;
use crate::picture::PictureError;
use crate::runtime::panics;

/// Failures in a row after which an attempt is made no more.
const PATIENCE: u32 = 3;

/// Why a frame leaves as it came.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The buffer does not hold what its caps say.
    #[error("the frame does not match its caps")]
    Mapping(#[source] glib::BoolError),
    /// The frame cannot be seen as a picture.
    #[error("the frame cannot be read")]
    Picture(#[from] PictureError),
    /// A stage failed.
    #[error("the analysis failed")]
    Analysis(#[from] AnalysisError),
    /// A stage panicked.
    #[error("it broke down: {0}")]
    Panic(String),
    /// The meta could not be attached.
    #[error("the faces could not be attached to the buffer")]
    Attach(#[source] glib::BoolError),
}

/// A failure worth telling.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: FrameError,
    /// In what.
    pub work: Work,
    /// Whether it was the one too many.
    pub gave_up: bool,
}

/// What a frame goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Taken as a picture.
    Reading,
    /// Analysed.
    Analysis,
    /// Covered and drawn upon.
    Drawing,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Attempt<T> {
    /// Well.
    Done(T),
    /// Badly: whether by a panic, and what to tell of it.
    Failed {
        /// Whether whoever worked may be left in a state that makes no sense.
        panicked: bool,
        /// The first failure of a stream, and the last.
        failure: Option<Failure>,
    },
    /// It was not made: too many have failed.
    GivenUp,
}

/// Counts failures in a row.
#[derive(Debug)]
pub struct Patience {
    work: Work,
    failures: u32,
    warned: bool,
}

impl Patience {
    /// With a kind of work that has not failed yet.
    pub fn with(work: Work) -> Self {
        Self {
            work,
            failures: 0,
            warned: false,
        }
    }

    /// Does `work`, unless it was given up.
    pub fn attempt<T>(&mut self, work: impl FnOnce() -> Result<T, FrameError>) -> Attempt<T> {
        if self.failures >= PATIENCE {
            return Attempt::GivenUp;
        }
        match guarded(work) {
            Ok(done) => {
                self.failures = 0;
                Attempt::Done(done)
            }
            Err(error) => {
                self.failures += 1;
                let first = !std::mem::replace(&mut self.warned, true);
                let gave_up = self.failures == PATIENCE;
                let panicked = matches!(error, FrameError::Panic(_));
                let work = self.work;
                let failure = (first || gave_up).then_some(Failure {
                    error,
                    work,
                    gave_up,
                });
                Attempt::Failed { panicked, failure }
            }
        }
    }
}

/// What `work` gives; its panic as an error.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, FrameError>) -> Result<T, FrameError> {
    panics::catch(work).unwrap_or_else(|words| Err(FrameError::Panic(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_is_given_up_after_three_frames_and_told_of_twice() {
        let mut patience = Patience::with(Work::Drawing);
        let mut tried = 0;
        let mut told = Vec::new();
        for _ in 0..10 {
            let attempt = patience.attempt(|| {
                tried += 1;
                panic!("the pen broke")
            });
            match attempt {
                Attempt::Done(()) => panic!("it cannot succeed"),
                Attempt::Failed { panicked, failure } => {
                    assert!(panicked);
                    told.extend(failure);
                }
                Attempt::GivenUp => {}
            }
        }
        assert_eq!(tried, 3);
        let gave_up: Vec<_> = told.iter().map(|failure| failure.gave_up).collect();
        assert_eq!(gave_up, [false, true]);
        assert!(told[0].error.to_string().contains("the pen broke"));
    }

    #[test]
    fn work_that_succeeds_now_and_then_is_never_given_up() {
        let mut patience = Patience::with(Work::Analysis);
        let mut done = 0;
        for frame in 0..30 {
            let attempt = patience.attempt(|| match frame % 3 {
                0 => Ok(()),
                _ => Err(FrameError::Panic("again".into())),
            });
            done += usize::from(matches!(attempt, Attempt::Done(())));
        }
        assert_eq!(done, 10);
    }
}
