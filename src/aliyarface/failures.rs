//! What may go wrong with a frame: one type from the step that fails to the words the user reads,
//! and how often a step may fail before it is given up.

use std::error::Error;

use crate::analysis::{AnalysisError, DetectionError};
use crate::models::{EmotionNetError, ModelError};
use crate::overlay::OverlayError;
use crate::picture::PictureError;
use crate::runtime::panics;

/// Failures in a row after which a step is taken no more: one bad frame is an accident, three are
/// the rule (section 4 of the host contract).
const LIMIT: u32 = 3;

/// Why the element cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A model is missing or unusable.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The overlay's font is unusable.
    #[error(transparent)]
    Overlay(#[from] OverlayError),
}

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
    /// The frame could not be searched for faces to be covered.
    #[error("the search for faces failed")]
    Search(#[from] DetectionError),
    /// A stage panicked.
    #[error("it broke down: {0}")]
    Panic(String),
    /// The meta could not be attached.
    #[error("the faces could not be attached to the buffer")]
    Attach(#[source] glib::BoolError),
}

/// The steps a frame goes through, each of which may fail by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameStep {
    /// Mapped as a picture, and given the faces found.
    Access,
    /// Analysed for faces.
    Analysis,
    /// Covered and drawn upon.
    Effects,
}

/// A failure worth telling.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: FrameError,
    /// In which step.
    pub step: FrameStep,
    /// Whether the step is not taken any more.
    pub gave_up: bool,
}

impl Failure {
    /// What the user reads of it in a warning; `covered` tells whether faces are to be covered.
    pub fn description(&self, covered: bool) -> String {
        let consequence = match (self.gave_up, self.step) {
            (false, _) if covered => "its faces cannot be covered, so it passes as a blank one",
            (false, _) => "the frame passes as it is",
            (true, FrameStep::Effects) => "nothing is drawn any more",
            (true, _) => "no more frames are analysed",
        };
        let work = match self.step {
            _ if self.is_of_format() => "read",
            FrameStep::Effects => "drawn upon",
            FrameStep::Access | FrameStep::Analysis => "analysed",
        };
        format!("A frame cannot be {work}; {consequence}")
    }

    /// Whether the frame itself is to blame rather than what was done to it.
    pub fn is_of_format(&self) -> bool {
        matches!(self.error, FrameError::Mapping(_) | FrameError::Picture(_))
    }
}

/// How an attempt at a step ended.
#[derive(Debug)]
pub enum StepOutcome<T> {
    /// With a result.
    Done(T),
    /// With an error.
    Failed {
        /// Whether what the step worked upon may be left in a state that makes no sense.
        panicked: bool,
        /// What to tell: the first failure of a stream, and the one at which the step is given up.
        failure: Option<Failure>,
    },
    /// Not made: too many have failed.
    GivenUp,
}

/// Counts a step's failures in a row, and decides which are told.
#[derive(Debug)]
pub struct FailurePolicy {
    step: FrameStep,
    limit: u32,
    failures: u32,
    warned: bool,
}

impl FailurePolicy {
    /// For a step that has not failed yet, and that is given up after three failures in a row.
    pub fn new(step: FrameStep) -> Self {
        Self {
            step,
            limit: LIMIT,
            failures: 0,
            warned: false,
        }
    }

    /// As [`FailurePolicy::new`], for a step that is never given up.
    pub fn unlimited(step: FrameStep) -> Self {
        Self {
            limit: u32::MAX,
            ..Self::new(step)
        }
    }

    /// Takes the step, unless it was given up.
    pub fn attempt<T>(&mut self, step: impl FnOnce() -> Result<T, FrameError>) -> StepOutcome<T> {
        if self.failures >= self.limit {
            return StepOutcome::GivenUp;
        }
        let result = guarded(step);
        self.judge(result)
    }

    /// Counts what came of a step.
    pub fn judge<T>(&mut self, result: Result<T, FrameError>) -> StepOutcome<T> {
        match result {
            Ok(done) => {
                self.failures = 0;
                StepOutcome::Done(done)
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let first = !std::mem::replace(&mut self.warned, true);
                let gave_up = self.failures == self.limit;
                let panicked = matches!(error, FrameError::Panic(_));
                let failure = (first || gave_up).then_some(Failure {
                    error,
                    step: self.step,
                    gave_up,
                });
                StepOutcome::Failed { panicked, failure }
            }
        }
    }
}

/// What `work` gives; its panic as an error. A panic that reached the base class would make it
/// swallow every later event, EOS included, and a host waiting for a frame would wait for ever.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, FrameError>) -> Result<T, FrameError> {
    panics::catch(work).unwrap_or_else(|words| Err(FrameError::Panic(words)))
}

/// An error with its causes, outermost first.
pub fn chain(err: &dyn Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        text = format!("{text}: {err}");
        cause = err.source();
    }
    text
}

impl StartError {
    /// What the user reads: what is wrong, and what to do about it.
    pub fn message(&self) -> gst::ErrorMessage {
        let cure = match self {
            Self::Model(ModelError::Missing { .. }) => {
                "set model-path to the folder that holds it, or run make install again"
            }
            Self::Model(ModelError::Emotion {
                source: EmotionNetError::NoCuda,
                ..
            }) => "set device=cpu, or LIBTORCH to a build with CUDA",
            Self::Model(ModelError::Emotion {
                source: EmotionNetError::Library(_),
                ..
            }) => "run make install again, or set emotions=false",
            Self::Model(ModelError::OpenCv(_)) => "run make install again",
            Self::Model(ModelError::NotBuilt) => "set server=wss://HOST:8470",
            Self::Model(ModelError::Emotion { .. } | ModelError::NoEmotion { .. }) => {
                "check emotion-model and emotion-labels"
            }
            Self::Model(_) => "replace the file: run make install again, or set model-path",
            Self::Overlay(_) => "build the plugin again",
        };
        let text = match self {
            // What does not fit in a user's own file is the user's to mend.
            Self::Model(ModelError::Emotion { source, .. }) => format!("{self}: {source}"),
            _ => self.to_string(),
        };
        let mut letters = text.chars();
        let text: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect();
        gst::error_msg!(
            gst::ResourceError::NotFound,
            ("{text}; {cure}"),
            ["{}", chain(self)]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_panics_is_given_up_after_three_frames_and_told_of_twice() {
        let mut policy = FailurePolicy::new(FrameStep::Effects);
        let mut tried = 0;
        let mut reported = Vec::new();
        for _ in 0..10 {
            let attempt = policy.attempt(|| {
                tried += 1;
                panic!("the pen broke")
            });
            match attempt {
                StepOutcome::Done(()) => panic!("it cannot succeed"),
                StepOutcome::Failed { panicked, failure } => {
                    assert!(panicked);
                    reported.extend(failure);
                }
                StepOutcome::GivenUp => {}
            }
        }
        assert_eq!(tried, 3);
        let gave_up: Vec<_> = reported.iter().map(|failure| failure.gave_up).collect();
        assert_eq!(gave_up, [false, true]);
        assert!(reported[0].error.to_string().contains("the pen broke"));
        assert!(
            reported[1]
                .description(false)
                .ends_with("nothing is drawn any more")
        );
    }

    #[test]
    fn a_step_that_succeeds_now_and_then_is_never_given_up() {
        let mut policy = FailurePolicy::new(FrameStep::Analysis);
        let mut done = 0;
        for frame in 0..30 {
            let attempt = policy.attempt(|| match frame % 3 {
                0 => Ok(()),
                _ => Err(FrameError::Panic("again".into())),
            });
            done += usize::from(matches!(attempt, StepOutcome::Done(())));
        }
        assert_eq!(done, 10);
    }

    #[test]
    fn a_step_without_a_limit_fails_for_ever_and_is_told_of_once() {
        let mut policy = FailurePolicy::unlimited(FrameStep::Access);
        let reported = (0..10).filter(|_| {
            let attempt = policy.attempt(|| Err::<(), _>(FrameError::Panic("again".into())));
            matches!(
                attempt,
                StepOutcome::Failed {
                    failure: Some(_),
                    ..
                }
            )
        });
        assert_eq!(reported.count(), 1);
    }
}
