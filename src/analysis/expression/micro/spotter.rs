//! Finds what leaves its place and comes back, at several lengths of time.
//!
//! At each scale k the middle of three times k apart is compared with the mean of the outer two; what
//! the outer two differ by is taken off, since what stays is no passing movement.

use std::time::Duration;

use crate::analysis::time::BufferTime;

use super::super::context::Context;
use super::super::evidence::strongest_two;
use super::super::noise_floor::NoiseFloor;
use super::super::regions::REGION_COUNT;
use super::super::speech_cues::mouth_speaks;
use super::super::tuning::ExpressionTuning;
use super::candidate::{MovementCandidate, Zone};
use super::phases::{Phases, Progress};
use super::watch::Watch;

/// Time between the apexes of two movements, in the upper and in the lower face, from which they are two and not one
/// expression of the whole face: two frames of 30 a second. Chosen on dense clips.
const APART: Duration = Duration::from_millis(66);

/// How far outside a movement the apex of another may lie that passes beside it. Chosen with [`APART`].
const NEAR: Duration = Duration::from_millis(100);

/// A movement that is over.
#[derive(Debug, Clone)]
pub struct CompletedMovement {
    /// What moved.
    pub candidate: MovementCandidate,
    /// When.
    pub phases: Phases,
    /// Where it was found.
    pub zone: Zone,
}

/// Watches one face.
pub struct Spotter {
    /// One a scale.
    noise_floors: [NoiseFloor; 3],
    whole: Watch,
    upper: Watch,
    lower: Watch,
    /// The last movement of the whole face that was reported: its apex, and where it was the strongest.
    reported: Option<(BufferTime, Zone)>,
}

impl Spotter {
    /// A spotter that knows nothing of the face's noise.
    pub fn new(tuning: &ExpressionTuning) -> Self {
        Self {
            noise_floors: [0; 3].map(|_| NoiseFloor::new(&tuning.noise, tuning.noise.brief)),
            whole: Watch::default(),
            upper: Watch::default(),
            lower: Watch::default(),
            reported: None,
        }
    }

    /// Takes in the newest sample of the history, `elapsed` after the one before; the movement that is
    /// over, if any. Nothing is looked for while `learning`.
    pub fn spot(
        &mut self,
        context: Context<'_>,
        now: BufferTime,
        elapsed: Duration,
        learning: bool,
    ) -> Option<CompletedMovement> {
        let tuning = &context.tuning.micro;
        for scale in 0..tuning.scales.len() {
            let found = self.compare(context, now, scale, elapsed);
            if let Some(found) = found.filter(|_| !learning) {
                let [upper, lower] = found.halves();
                self.upper.take(upper, tuning);
                self.lower.take(lower, tuning);
                if found.centre > self.of(found.zone()).reported_until {
                    self.whole.take(found, tuning);
                }
            }
        }
        if let Some((candidate, phases)) = self.whole.over(context, now) {
            return Some(CompletedMovement {
                candidate,
                phases,
                zone: Zone::Whole,
            });
        }
        // Both are asked: what is over in one does not wait for the other.
        let upper = self.upper.over(context, now);
        let upper = upper.and_then(|(candidate, phases)| {
            // A movement of the mouth hides what is weaker above it, told or not.
            let zone = if mouth_speaks([phases.onset, phases.offset], context.without_reported()) {
                Zone::Whole
            } else {
                Zone::Upper
            };
            let told = zone == Zone::Whole || self.is_another(zone, phases);
            told.then_some(((candidate, phases), zone))
        });
        let lower = self.lower.over(context, now);
        let lower = lower.filter(|(_, phases)| self.is_another(Zone::Lower, *phases));
        let found = upper.or_else(|| lower.map(|found| (found, Zone::Lower)));
        found.map(|((candidate, phases), zone)| CompletedMovement {
            candidate,
            phases,
            zone,
        })
    }

    fn of(&self, zone: Zone) -> &Watch {
        match zone {
            Zone::Whole => &self.whole,
            Zone::Upper => &self.upper,
            Zone::Lower => &self.lower,
        }
    }

    /// Whether what was over in `zone` is another movement than the stronger one that passes, or has just passed, in
    /// the rest of the face.
    fn is_another(&self, zone: Zone, phases: Phases) -> bool {
        let passing = self.whole.candidate.as_ref();
        let passing = passing.map(|candidate| (candidate.centre, candidate.zone()));
        let rivals = passing.into_iter().chain(self.reported);
        let beside = phases.onset - NEAR..=phases.offset + NEAR;
        let near: Vec<_> = rivals.filter(|(apex, _)| beside.contains(apex)).collect();
        let is_apart =
            |&(apex, of): &(BufferTime, Zone)| of != zone && apex.abs_diff(phases.apex) >= APART;
        !near.is_empty() && near.iter().all(is_apart)
    }

    /// Whether a movement is being watched.
    pub fn is_busy(&self) -> bool {
        self.whole.candidate.is_some()
    }

    /// Gives up what is being watched.
    pub fn drop_candidate(&mut self) -> Option<MovementCandidate> {
        (self.upper.candidate, self.lower.candidate) = (None, None);
        self.whole.candidate.take()
    }

    /// The movement `completed` has been reported, as one that ended at `offset`.
    pub fn mark_reported(&mut self, completed: &CompletedMovement, offset: BufferTime) {
        let zone = completed.candidate.zone();
        let watch = match zone {
            Zone::Upper => &mut self.upper,
            Zone::Lower | Zone::Whole => &mut self.lower,
        };
        watch.mark_decided(offset);
        watch.reported_until = watch.reported_until.max(offset);
        if completed.zone == Zone::Whole {
            self.whole.mark_decided(offset);
            self.reported = Some((completed.phases.apex, zone));
        }
    }

    /// The movement being watched, if it is over as far as is known: for the end of a stream.
    pub fn finish(&mut self, context: Context<'_>) -> Option<(MovementCandidate, Phases)> {
        let candidate = self.whole.candidate.take()?;
        match candidate.progress(context) {
            Progress::Over(phases) => Some((candidate, phases)),
            Progress::Running(_) | Progress::Nothing => None,
        }
    }

    fn compare(
        &mut self,
        context: Context<'_>,
        now: BufferTime,
        scale: usize,
        elapsed: Duration,
    ) -> Option<MovementCandidate> {
        let history = context.history;
        let step = *context.tuning.micro.scales.get(scale)?;
        let centre = now.checked_sub(step)?;
        let before = history.at(centre.checked_sub(step)?)?;
        let middle = history.at(centre)?;
        let after = history.at(now)?;
        let lasting_share = context.tuning.micro.lasting_share;
        let noise_floor = self.noise_floors.get_mut(scale)?;
        let deviations = noise_floor.deviations();
        let (mut deflection, mut lasting) = ([[0.0; 2]; REGION_COUNT], [[0.0; 2]; REGION_COUNT]);
        let mut region_evidence = [0.0; REGION_COUNT];
        for region in 0..REGION_COUNT {
            for axis in 0..2 {
                let ends = [before[region][axis], after[region][axis]];
                deflection[region][axis] = middle[region][axis] - (ends[0] + ends[1]) / 2.0;
                lasting[region][axis] = ends[1] - ends[0];
            }
            let in_deviations =
                |[x, y]: [f64; 2]| (x / deviations[region][0]).hypot(y / deviations[region][1]);
            let evidence =
                in_deviations(deflection[region]) - lasting_share * in_deviations(lasting[region]);
            region_evidence[region] = evidence.max(0.0);
        }
        noise_floor.learn(&deflection, elapsed);
        Some(MovementCandidate {
            centre,
            scale,
            evidence: strongest_two(region_evidence),
            deflection,
            deviations,
            region_evidence,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::expression::event::Side;
    use crate::analysis::expression::history::{History, Sample};
    use crate::analysis::expression::regions::{FlowRegion, index};

    const FRAME: Duration = Duration::from_nanos(16_666_667);

    fn frame_time(index: u32) -> BufferTime {
        BufferTime::default() + FRAME * index
    }

    /// What a face is told to have done whose inner brows follow `course` (in ms, hundredths).
    fn decision(
        frames: u32,
        course: impl Fn(f64) -> f64,
    ) -> Vec<(BufferTime, MovementCandidate, Phases)> {
        let tuning = ExpressionTuning::default();
        let (mut spotter, mut history) = (Spotter::new(&tuning), History::default());
        let mut found = Vec::new();
        for index in 0..frames {
            let time = frame_time(index);
            let mut displacements = [[0.0; 2]; REGION_COUNT];
            for (region, there) in displacements.iter_mut().enumerate() {
                for (axis, value) in there.iter_mut().enumerate() {
                    let seed = f64::from(index * 91 + region as u32 * 7 + axis as u32) * 12.9898;
                    let noise_floor = seed.sin() * 43_758.545;
                    *value = (noise_floor - noise_floor.floor() - 0.5) * 0.3;
                }
            }
            displacements[0][1] += course(time.nanos() as f64 / 1e6);
            displacements[1][1] += course(time.nanos() as f64 / 1e6);
            history.push(Sample {
                displacements,
                ..Sample::at_rest(time)
            });
            let learning = time < BufferTime::from_millis(1000);
            let over = spotter.spot(Context::new(&history, &tuning), time, FRAME, learning);
            found.extend(over.map(|over| (time, over.candidate, over.phases)));
        }
        found
    }

    fn bump(time: f64, from: f64, to: f64) -> f64 {
        match time {
            time if time < from || time > to => 0.0,
            time => (1.0 - ((time - from) / (to - from) * std::f64::consts::TAU).cos()) / 2.0,
        }
    }

    #[test]
    fn a_bump_is_found_once_and_soon_after_its_end() {
        for length in [100.0, 200.0, 400.0] {
            let found = decision(240, |time| 2.5 * bump(time, 2000.0, 2000.0 + length));
            assert_eq!(found.len(), 1, "{length} ms: {found:?}");
            let (decided, candidate, phases) = &found[0];
            let end = BufferTime::from_millis(2000 + length as u64);
            assert!(
                decided.since(end) <= Duration::from_millis(300),
                "{length}: {phases:?}"
            );
            assert!(
                phases.offset.abs_diff(end) < FRAME * 3,
                "{length}: {phases:?}"
            );
            assert!(candidate.strongest() < 2);
        }
    }

    #[test]
    fn what_stays_halfway_for_long_is_not_told_once_it_falls_on() {
        let raise = |stays: f64| {
            move |time: f64| match time {
                time if time < 2120.0 => 2.5 * bump(time, 2000.0, 2240.0),
                time if time < 2120.0 + stays => 2.5 * bump(time, 2000.0, 2240.0).max(0.42),
                _ => 2.5 * 0.36,
            }
        };
        assert_eq!(decision(240, raise(250.0)).len(), 1);
        assert!(decision(240, raise(450.0)).is_empty());
    }

    #[test]
    fn a_longer_scale_does_not_tell_what_was_judged_again() {
        let raise = |time: f64| 2.5 * bump(time, 2000.0, 2120.0);
        let (_, mut found, phases) = decision(240, raise).remove(0);
        (found.centre, found.scale) = (phases.offset + Duration::from_millis(40), 2);
        let history = History::of(120, |sample| {
            sample.displacements[0][1] = raise(sample.time.nanos() as f64 / 1e6);
        });
        let over = |decided_until: BufferTime| {
            let mut watch = Watch {
                candidate: Some(found.clone()),
                decided_until,
                reported_until: BufferTime::default(),
            };
            watch
                .over(
                    Context::new(&history, &ExpressionTuning::default()),
                    BufferTime::from_millis(2380),
                )
                .is_some()
        };
        assert!(over(BufferTime::default()) && !over(phases.offset));
    }

    #[test]
    fn what_stays_or_drifts_is_no_bump() {
        assert!(decision(300, |time| if time > 2000.0 { 4.0 } else { 0.0 }).is_empty());
        assert!(decision(300, |time| time / 1000.0).is_empty());
    }

    #[test]
    fn a_brow_is_found_beside_a_mouth_that_speaks() {
        let chin = index(FlowRegion::Chin, Side::Both).unwrap();
        let brow = index(FlowRegion::InnerBrow, Side::Right).unwrap();
        let tuning = ExpressionTuning::default();
        let (mut spotter, mut history) = (Spotter::new(&tuning), History::default());
        let mut beside = Vec::new();
        for frame in 0..240 {
            let time = frame_time(frame);
            let ms = time.nanos() as f64 / 1e6;
            let mut sample = Sample::at_rest(time);
            sample.displacements[chin][1] = -8.0 * (ms / 60.0).sin().abs();
            sample.displacements[brow][1] = 1.5 * bump(ms, 2400.0, 2650.0);
            history.push(sample);
            let over = spotter.spot(
                Context::new(&history, &tuning),
                time,
                FRAME,
                time < BufferTime::from_millis(1000),
            );
            if let Some(over) = over
                && over.candidate.strongest() == brow
            {
                spotter.mark_reported(&over, over.phases.offset);
                beside.push(over.phases);
            }
        }
        assert_eq!(beside.len(), 1);
        let phases = beside[0];
        assert!(
            phases.onset.abs_diff(BufferTime::from_millis(2400)) < FRAME * 3,
            "{phases:?}"
        );
        assert!(
            phases.offset.abs_diff(BufferTime::from_millis(2650)) < FRAME * 3,
            "{phases:?}"
        );
    }

    #[test]
    fn noise_alone_is_nothing() {
        assert!(decision(1200, |_| 0.0).is_empty());
    }
}
