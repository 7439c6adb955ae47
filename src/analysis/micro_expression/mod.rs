//! Micro-expressions: brief movements of a face, found while the video runs.
//!
//! [`motion`] measures how far each region of the face is, [`spotter`] finds what leaves its place and
//! comes back, [`judge`] says what it is; [`slow`] watches what lasts. Nothing needs a frame later
//! than a third of a second after the movement's end. That a face moved so proves nothing about what a
//! person thinks, feels or means.

mod compatible;
mod disturbance;
mod explained;
mod expression;
mod history;
mod judge;
mod limits;
mod motion;
mod noise;
mod regions;
mod rigid;
mod shape;
mod signs;
mod slow;
mod spotter;
mod units;
mod window;

use std::collections::HashMap;

use crate::picture::Picture;

use super::AnalysisError;
use super::face::Face;
use super::head_pose::Fit;
use super::mesh::Mesh;
use super::timing::FrameTime;

use self::history::{History, Moment};
use self::judge::Judge;
use self::limits::Rhythm;
use self::motion::{Flow, Motion};
use self::signs::Signs;
use self::slow::Slow;
use self::spotter::Spotter;

pub use self::expression::{ExpressionKind, MicroExpression, MovedUnit, Side};
pub use self::judge::{Reason, Rejected};
pub use self::limits::{Observability, Obstacle};

/// Part of the usual openness from which eyes are open.
const OPEN: f64 = 0.8;
/// Time in ns over which the usual openness is learned.
const OPENNESS_TIME: f64 = 2_000_000_000.0;

/// What was found of one face on one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Spotted {
    /// What could be seen.
    pub observability: Observability,
    /// The movements decided on this frame.
    pub decided: Vec<MicroExpression>,
    /// Movements that are no expressions.
    pub rejected: Vec<Rejected>,
}

/// What is known of one face.
#[derive(Default)]
struct Person {
    rhythm: Rhythm,
    motion: Motion,
    history: History,
    spotter: Spotter,
    slow: Slow,
    judge: Judge,
    usually_open: Option<f64>,
    last: Option<u64>,
}

/// The micro-expression stage.
pub struct MicroExpressionStage {
    flow: Flow,
    people: HashMap<u32, Person>,
}

impl MicroExpressionStage {
    /// A stage that knows nobody.
    pub fn new() -> Self {
        Self {
            flow: Flow::new(),
            people: HashMap::new(),
        }
    }

    /// Forgets face `id`; the movement that was over, but not yet decided on.
    pub fn forget(&mut self, id: u32) -> Option<MicroExpression> {
        let mut person = self.people.remove(&id)?;
        let (candidate, shape) = person.spotter.finish(&person.history)?;
        let interval = person.rhythm.interval();
        let seen = (&person.history, person.slow.rest());
        let judged = person.judge.judge(id, &candidate, shape, seen, interval);
        judged.ok()
    }

    /// Forgets every face.
    pub fn clear(&mut self) {
        self.people.clear();
    }

    /// Watches a face, whose mesh is `mesh` and fits the canonical face by `fit`, on the frame at `time`.
    ///
    /// # Errors
    /// The crop or the flow failed.
    pub fn watch(
        &mut self,
        picture: &Picture<'_>,
        mesh: &Mesh,
        (face, fit): (&Face, &Fit),
        time: FrameTime,
    ) -> Result<Spotted, AnalysisError> {
        let person = self.people.entry(face.id).or_default();
        let gap = person.rhythm.beat(time);
        let now = time.pts;
        let pose = &face.head_pose;
        let observability = person.rhythm.observability(now, &face.quality, pose);
        let mut spotted = Spotted {
            observability,
            decided: Vec::new(),
            rejected: Vec::new(),
        };
        if gap {
            spotted.rejected.extend(person.blinded(face.id));
        }
        let elapsed = now.saturating_sub(person.last.replace(now).unwrap_or(now));
        let learning = match observability.obstacle {
            None => false,
            Some(Obstacle::Learning | Obstacle::FramesSkipped) => true,
            Some(_) => {
                spotted.rejected.extend(person.blinded(face.id));
                return Ok(spotted);
            }
        };
        let Some(signs) = Signs::of(&mesh.points, fit) else {
            return Ok(spotted);
        };
        let steady = person.is_steady(signs.open, elapsed as f64);
        let measured = person
            .motion
            .measure(picture, mesh, pose, now, steady, &mut self.flow)?;
        let Some(measured) = measured else {
            return Ok(spotted);
        };
        let moment = Moment {
            time: now,
            moved: measured.displacements,
            strangeness: measured.strangeness,
            head: head(mesh, face),
            light: measured.light,
            signs,
            probabilities: face
                .emotion
                .as_ref()
                .and_then(|emotion| emotion.raw.clone()),
        };
        if let Some(emotion) = &face.emotion {
            person.history.name(&emotion.labels);
        }
        person.take_in(face.id, moment, elapsed as f64, learning, &mut spotted);
        Ok(spotted)
    }
}

impl Person {
    fn take_in(
        &mut self,
        id: u32,
        moment: Moment,
        elapsed: f64,
        learning: bool,
        spotted: &mut Spotted,
    ) {
        let now = moment.time;
        let lasting = self.slow.watch(id, &moment, elapsed);
        self.history.push(moment);
        let over = self.spotter.spot(&self.history, now, elapsed, learning);
        if let Some((candidate, shape)) = over {
            let interval = self.rhythm.interval();
            let seen = (&self.history, self.slow.rest());
            match self.judge.judge(id, &candidate, shape, seen, interval) {
                Ok(expression) => spotted.decided.push(expression),
                Err(rejected) => spotted.rejected.push(rejected),
            }
        }
        spotted.decided.extend(lasting);
    }

    /// Nothing that was seen before can be compared with what comes.
    fn blinded(&mut self, face: u32) -> Option<Rejected> {
        self.motion.reset();
        self.slow.reset();
        let apex = self.last.unwrap_or_default();
        self.history.clear();
        self.spotter.drop_candidate().map(|candidate| Rejected {
            face,
            apex,
            peak: candidate.evidence,
            reason: Reason::Unobservable,
        })
    }

    /// Whether the eyes are open and nothing moves.
    fn is_steady(&mut self, open: [f64; 2], elapsed: f64) -> bool {
        let open = (open[0] + open[1]) / 2.0;
        let usual = self.usually_open.get_or_insert(open);
        let wide = open >= OPEN * *usual;
        // Shut eyes pull a quarter as much: a blink is not what is usual.
        let pull = if wide { 1.0 } else { 0.25 };
        *usual += (pull * elapsed / OPENNESS_TIME).min(1.0) * (open - *usual);
        wide && !self.spotter.is_busy()
    }
}

/// Angles in degrees and the place of the head in hundredths of the outer-eye distance.
fn head(mesh: &Mesh, face: &Face) -> [f64; 5] {
    let pose = &face.head_pose;
    let bridge = mesh.points.get(168).copied().unwrap_or_default();
    let unit = face.quality.size_px.max(1.0) / 100.0;
    [
        pose.pitch,
        pose.yaw,
        pose.roll,
        bridge[0] / unit,
        bridge[1] / unit,
    ]
}
