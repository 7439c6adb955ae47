//! Micro-expressions: brief movements of a face, found while the video runs.
//!
//! [`motion`] measures how far each region of the face is, [`spotter`] finds what leaves its place and
//! comes back, [`judge`] says what it is; [`slow`] watches what lasts. Nothing needs a frame later
//! than a third of a second after the movement's end. That a face moved so proves nothing about what a
//! person thinks, feels or means.

mod away;
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
mod turns;
mod units;
mod window;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::picture::Picture;

use super::error::AnalysisError;
use super::face::Face;
use super::observation::FaceObservation;
use super::timing::FrameTime;
use crate::runtime::threads::{ScratchPool, Threads};

use self::history::{History, Moment};
use self::judge::Judge;
use self::limits::Rhythm;
use self::motion::{Care, Flow, Motion};
use self::signs::Signs;
use self::slow::Slow;
use self::spotter::Spotter;

pub use self::expression::{ExpressionKind, MicroExpression, MovedUnit, Side};
pub use self::judge::{Reason, Rejected};
pub use self::limits::{Observability, Obstacle};

/// Part of the usual openness from which eyes are open.
const OPEN: f64 = 0.8;
/// Faces in a picture up to which each one's flow is found with all care: with more, half of the time is
/// worth more than the few movements that are lost.
const CLOSELY_WATCHED: usize = 2;
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

/// What was measured of a face on a frame, and is not yet judged.
pub struct Glimpse {
    spotted: Spotted,
    /// `None` where nothing could be measured.
    moment: Option<Moment>,
    /// Time in ns since the face was last seen.
    elapsed: u64,
    learning: bool,
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
    /// The times in ns of the movement told last.
    told: Option<[u64; 2]>,
    last: Option<u64>,
}

/// The micro-expression stage.
pub struct MicroExpressionStage {
    threads: Threads,
    flows: ScratchPool<Flow>,
    people: HashMap<u32, Person>,
}

impl MicroExpressionStage {
    /// A stage that knows nobody and shares its work among `threads`.
    pub fn new(threads: Threads) -> Self {
        Self {
            threads,
            flows: ScratchPool::default(),
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

    /// Measures how the faces have moved on the frame at `time`, several at once where there are threads.
    ///
    /// # Errors
    /// A crop or the flow failed.
    pub fn measure(
        &mut self,
        picture: &Picture<'_>,
        faces: &[FaceObservation],
        time: FrameTime,
    ) -> Result<Vec<Glimpse>, AnalysisError> {
        for face in faces {
            self.people.entry(face.tracked.id).or_default();
        }
        let people = self.people.iter_mut();
        let mut people: HashMap<u32, &mut Person> =
            people.map(|(&id, person)| (id, person)).collect();
        let pairs = faces.iter();
        let pairs = pairs.filter_map(|face| Some((face, people.remove(&face.tracked.id)?)));
        let flows = &self.flows;
        let care = match faces.len() {
            0..=CLOSELY_WATCHED => Care::Close,
            _ => Care::Quick,
        };
        let glimpses = self.threads.map(
            pairs.collect(),
            |(face, person): (&FaceObservation, &mut Person)| {
                flows.with(Flow::new, |flow| {
                    person.measure(picture, face, time, (flow, care))
                })
            },
        );
        glimpses.into_iter().collect()
    }

    /// What comes of a glimpse of `face`, whose emotion is known by now.
    pub fn decide(&mut self, face: &Face, glimpse: Glimpse) -> Spotted {
        let mut spotted = glimpse.spotted;
        let (Some(person), Some(mut moment)) = (self.people.get_mut(&face.id), glimpse.moment)
        else {
            return spotted;
        };
        if let Some(emotion) = &face.emotion {
            moment.probabilities.clone_from(&emotion.raw);
            person.history.name(&emotion.labels);
        }
        let elapsed = glimpse.elapsed as f64;
        person.take_in(face.id, moment, elapsed, glimpse.learning, &mut spotted);
        spotted
    }
}

impl Person {
    fn measure(
        &mut self,
        picture: &Picture<'_>,
        face: &FaceObservation,
        time: FrameTime,
        flow: (&mut Flow, Care),
    ) -> Result<Glimpse, AnalysisError> {
        let (id, mesh) = (face.tracked.id, &face.tracked.mesh);
        let gap = self.rhythm.beat(time);
        let now = time.pts;
        let observability = self.rhythm.observability(now, &face.quality, &face.pose);
        let mut glimpse = Glimpse {
            spotted: Spotted {
                observability,
                decided: Vec::new(),
                rejected: Vec::new(),
            },
            moment: None,
            elapsed: now.saturating_sub(self.last.unwrap_or(now)),
            learning: false,
        };
        if gap {
            glimpse.spotted.rejected.extend(self.blinded(id));
        }
        self.last = Some(now);
        glimpse.learning = match observability.obstacle {
            None => false,
            Some(Obstacle::Learning | Obstacle::FramesSkipped) => true,
            Some(_) => {
                glimpse.spotted.rejected.extend(self.blinded(id));
                return Ok(glimpse);
            }
        };
        let Some(signs) = Signs::of(&mesh.points, &face.fit) else {
            return Ok(glimpse);
        };
        let steady = self.is_steady(signs.open, glimpse.elapsed as f64);
        let motion = &mut self.motion;
        let measured = motion.measure(picture, mesh, &face.pose, now, steady, flow)?;
        glimpse.moment = measured.map(|measured| Moment {
            time: now,
            moved: measured.displacements,
            strangeness: measured.strangeness,
            head: head(face),
            light: measured.light,
            signs,
            probabilities: None,
        });
        Ok(glimpse)
    }

    fn take_in(
        &mut self,
        id: u32,
        moment: Moment,
        elapsed: f64,
        learning: bool,
        spotted: &mut Spotted,
    ) {
        let now = moment.time;
        self.history.push(moment.clone());
        let lasting = self.slow.watch(id, &self.history, &moment, elapsed);
        let over = self.spotter.spot(&self.history, now, elapsed, learning);
        if let Some((candidate, shape)) = over {
            let interval = self.rhythm.interval();
            let seen = (&self.history, self.slow.rest());
            match self.judge.judge(id, &candidate, shape, seen, interval) {
                Ok(expression) => {
                    self.spotter.told(expression.offset);
                    self.told = Some([expression.onset, expression.offset]);
                    spotted.decided.push(expression);
                }
                Err(rejected) => spotted.rejected.push(rejected),
            }
        }
        // A movement that was brief does not last because the face comes to rest beside where it was.
        let brief = |apex| {
            self.told
                .is_some_and(|[from, to]| (from..=to).contains(&apex))
        };
        let lasting = lasting.filter(|expression| !brief(expression.apex));
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
fn head(face: &FaceObservation) -> [f64; 5] {
    let pose = &face.pose;
    let bridge = face
        .tracked
        .mesh
        .points
        .get(168)
        .copied()
        .unwrap_or_default();
    let unit = face.quality.size_px.max(1.0) / 100.0;
    [
        pose.pitch,
        pose.yaw,
        pose.roll,
        bridge[0] / unit,
        bridge[1] / unit,
    ]
}
