//! Finds what leaves its place and comes back, at several lengths of time.
//!
//! At each scale k the middle of three times k apart is compared with the mean of the outer two; what
//! the outer two differ by is taken off, since what stays is no passing movement.

use super::explained::{Explained, mouth_speaks};
use super::history::History;
use super::noise::Noise;
use super::regions::{COUNT, Displacements, REGIONS};
use super::shape::{Course, Shape, along, course};

/// Half lengths in ns.
const SCALES: [u64; 3] = [100_000_000, 170_000_000, 270_000_000];
/// How much a lasting change counts against a passing one; more than a half, or steps would count.
const LASTING: f64 = 0.7;
/// Evidence in standard deviations from which a movement is looked at.
pub const THRESHOLD: f64 = 5.5;
/// The least movement in hundredths of the outer-eye distance: below, flow sees no movement at all.
const SMALLEST: f64 = 0.25;
/// How long after its apex a movement is judged at the earliest, in ns: longer scales may tell more.
const SECOND_THOUGHTS: u64 = 200_000_000;
/// How long a movement may take from its apex to its end before it is given up here, in ns.
const PATIENCE: u64 = 550_000_000;
/// How long after its end a movement may still be told, in ns.
const LATEST: u64 = 300_000_000;

/// A movement that stands out.
#[derive(Debug, Clone)]
pub struct Candidate {
    centre: u64,
    scale: usize,
    /// How far it stands out, in standard deviations, over its two strongest regions.
    pub evidence: f64,
    /// How far each region left its place.
    pub bend: Displacements,
    /// The standard deviation of that at rest.
    pub deviations: Displacements,
    /// How far each region alone stands out.
    pub strengths: [f64; COUNT],
}

/// Watches one face.
#[derive(Default)]
pub struct Spotter {
    noises: [Noise; SCALES.len()],
    whole: Watch,
    /// The face above the cheeks: what passes there beside a mouth that speaks is by far not the strongest.
    upper: Watch,
}

/// What is watched of a face or of a part of it.
#[derive(Default)]
struct Watch {
    candidate: Option<Candidate>,
    /// Until when everything has been judged, in ns.
    judged_until: u64,
}

impl Candidate {
    /// The region that stands out most.
    pub fn strongest(&self) -> usize {
        let strengths = self.strengths.iter().enumerate();
        strengths
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |(index, _)| index)
    }

    /// How far a region moved, in hundredths of the outer-eye distance.
    pub fn distance(&self, region: usize) -> f64 {
        self.bend.get(region).map_or(0.0, |[x, y]| x.hypot(*y))
    }
}

impl Spotter {
    /// Takes in the newest moment of `history`, `elapsed` ns after the one before; the movement that is
    /// over, if any. Nothing is looked for while `learning`.
    pub fn spot(
        &mut self,
        history: &History,
        now: u64,
        elapsed: f64,
        learning: bool,
    ) -> Option<(Candidate, Shape)> {
        for scale in 0..SCALES.len() {
            let found = self.compare(history, now, scale, elapsed);
            if let Some(found) = found.filter(|_| !learning) {
                self.upper.take(found.above_the_cheeks());
                self.whole.take(found);
            }
        }
        self.whole.over(history, now).or_else(|| {
            let beside = self.upper.over(history, now);
            beside.filter(|(_, shape)| mouth_speaks(*shape, history))
        })
    }

    /// Whether a movement is being watched.
    pub fn is_busy(&self) -> bool {
        self.whole.candidate.is_some()
    }

    /// Gives up what is being watched.
    pub fn drop_candidate(&mut self) -> Option<Candidate> {
        self.upper.candidate = None;
        self.whole.candidate.take()
    }

    /// What was until `offset` has been told.
    pub fn told(&mut self, offset: u64) {
        self.upper.judged(offset);
        self.whole.judged(offset);
    }

    /// The movement being watched, if it is over as far as is known: for the end of a stream.
    pub fn finish(&mut self, history: &History) -> Option<(Candidate, Shape)> {
        let candidate = self.whole.candidate.take()?;
        match candidate.course(history) {
            Course::Over(shape) => Some((candidate, shape)),
            Course::Running(_) | Course::Nothing => None,
        }
    }

    fn compare(
        &mut self,
        history: &History,
        now: u64,
        scale: usize,
        elapsed: f64,
    ) -> Option<Candidate> {
        let step = *SCALES.get(scale)?;
        let centre = now.checked_sub(step)?;
        let before = history.at(centre.checked_sub(step)?)?;
        let middle = history.at(centre)?;
        let after = history.at(now)?;
        let noise = self.noises.get_mut(scale)?;
        let deviations = noise.deviations();
        let (mut bend, mut lasting) = ([[0.0; 2]; COUNT], [[0.0; 2]; COUNT]);
        let mut strengths = [0.0; COUNT];
        for region in 0..COUNT {
            for axis in 0..2 {
                let ends = [before[region][axis], after[region][axis]];
                bend[region][axis] = middle[region][axis] - (ends[0] + ends[1]) / 2.0;
                lasting[region][axis] = ends[1] - ends[0];
            }
            let in_deviations =
                |[x, y]: [f64; 2]| (x / deviations[region][0]).hypot(y / deviations[region][1]);
            let strength = in_deviations(bend[region]) - LASTING * in_deviations(lasting[region]);
            strengths[region] = strength.max(0.0);
        }
        noise.learn(&bend, elapsed);
        Some(Candidate {
            centre,
            scale,
            evidence: two_most(strengths),
            bend,
            deviations,
            strengths,
        })
    }
}

impl Watch {
    /// Takes in what stands out now.
    fn take(&mut self, found: Candidate) {
        let stronger =
            (self.candidate.as_ref()).is_none_or(|candidate| candidate.evidence < found.evidence);
        if stronger && found.stands_out() && found.centre > self.judged_until {
            self.candidate = Some(found);
        }
    }

    /// What was until `offset` is not looked at again.
    fn judged(&mut self, offset: u64) {
        self.judged_until = self.judged_until.max(offset);
        self.candidate
            .take_if(|candidate| candidate.centre <= offset);
    }

    /// The movement that is over.
    fn over(&mut self, history: &History, now: u64) -> Option<(Candidate, Shape)> {
        let candidate = self.candidate.as_ref()?;
        match candidate.course(history) {
            // Longer scales see it again, from a middle after its end.
            Course::Over(shape) if shape.apex <= self.judged_until => {
                self.candidate = None;
                None
            }
            Course::Over(shape) if now >= shape.apex + SECOND_THOUGHTS => {
                self.judged_until = self.judged_until.max(shape.offset);
                Some((self.candidate.take()?, shape))
            }
            Course::Over(_) => None,
            Course::Running(apex) if now < apex + PATIENCE => None,
            Course::Running(apex) => {
                self.judged_until = apex;
                self.candidate = None;
                None
            }
            Course::Nothing => {
                self.candidate = None;
                None
            }
        }
    }
}

impl Candidate {
    /// Whether it is worth a look.
    pub fn stands_out(&self) -> bool {
        self.evidence >= THRESHOLD && self.distance(self.strongest()) >= SMALLEST
    }

    /// The same movement without the regions that `explained` explains.
    pub fn without(&self, explained: &Explained) -> Self {
        self.of(explained.map(|why| why.is_none()))
    }

    /// What of it is above the cheeks.
    fn above_the_cheeks(&self) -> Self {
        self.of(std::array::from_fn(|region| {
            REGIONS
                .get(region)
                .is_some_and(|region| !region.part.is_below_the_eyes())
        }))
    }

    /// What of it is in the regions `kept`.
    fn of(&self, kept: [bool; COUNT]) -> Self {
        let mut left = self.clone();
        let parts = left.bend.iter_mut().zip(&mut left.strengths);
        for ((bend, strength), _) in parts.zip(kept).filter(|(_, kept)| !kept) {
            (*bend, *strength) = ([0.0; 2], 0.0);
        }
        left.evidence = two_most(left.strengths);
        left
    }

    /// How far `moved` is along this movement; 1 is as far as it went.
    pub fn along(&self, moved: &Displacements) -> f64 {
        along(moved, &self.bend, &self.deviations)
    }

    /// What can be said of its times by now; of what was over long ago nothing any more.
    pub fn course(&self, history: &History) -> Course {
        let scale = SCALES.get(self.scale).copied().unwrap_or_default();
        let late = |shape: Shape| history.newest() > Some(shape.offset + LATEST);
        match course(history, self.centre, scale, &self.bend, &self.deviations) {
            Course::Over(shape) if late(shape) => Course::Nothing,
            course => course,
        }
    }
}

/// What the two strongest regions come to.
pub fn two_most(strengths: impl IntoIterator<Item = f64>) -> f64 {
    let two = strengths.into_iter().fold([0.0f64; 2], |two, strength| {
        if strength > two[0] {
            [strength, two[0]]
        } else {
            [two[0], two[1].max(strength)]
        }
    });
    two[0].hypot(two[1])
}

#[cfg(test)]
mod tests {
    use super::super::expression::Side;
    use super::super::history::Moment;
    use super::super::regions::{Part, index};
    use super::*;

    const FRAME: u64 = 16_666_667;

    /// What a face is told to have done whose inner brows follow `course` (in ms, hundredths).
    fn spotted(frames: u64, course: impl Fn(f64) -> f64) -> Vec<(u64, Candidate, Shape)> {
        let (mut spotter, mut history) = (Spotter::default(), History::default());
        let mut found = Vec::new();
        for index in 0..frames {
            let time = index * FRAME;
            let mut moved = [[0.0; 2]; COUNT];
            for (region, moved) in moved.iter_mut().enumerate() {
                for (axis, value) in moved.iter_mut().enumerate() {
                    let seed = (index * 91 + region as u64 * 7 + axis as u64) as f64 * 12.9898;
                    let noise = seed.sin() * 43_758.545;
                    *value = (noise - noise.floor() - 0.5) * 0.3;
                }
            }
            moved[0][1] += course(time as f64 / 1e6);
            moved[1][1] += course(time as f64 / 1e6);
            history.push(Moment {
                moved,
                ..Moment::at_rest(time)
            });
            let learning = time < 1_000_000_000;
            let over = spotter.spot(&history, time, FRAME as f64, learning);
            found.extend(over.map(|(candidate, shape)| (time, candidate, shape)));
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
            let found = spotted(240, |time| 2.5 * bump(time, 2000.0, 2000.0 + length));
            assert_eq!(found.len(), 1, "{length} ms: {found:?}");
            let (decided, candidate, shape) = &found[0];
            let end = ((2000.0 + length) * 1e6) as u64;
            assert!(
                decided - end.min(*decided) <= 300_000_000,
                "{length}: {shape:?}"
            );
            assert!(
                shape.offset.abs_diff(end) < 3 * FRAME,
                "{length}: {shape:?}"
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
        assert_eq!(spotted(240, raise(250.0)).len(), 1);
        assert!(spotted(240, raise(450.0)).is_empty());
    }

    #[test]
    fn a_longer_scale_does_not_tell_what_was_judged_again() {
        let raise = |time: f64| 2.5 * bump(time, 2000.0, 2120.0);
        let (_, mut found, shape) = spotted(240, raise).remove(0);
        (found.centre, found.scale) = (shape.offset + 40_000_000, 2);
        let history = History::of(120, |moment| {
            moment.moved[0][1] = raise(moment.time as f64 / 1e6);
        });
        let over = |judged_until: u64| {
            let mut watch = Watch {
                candidate: Some(found.clone()),
                judged_until,
            };
            watch.over(&history, 2_380_000_000).is_some()
        };
        assert!(over(0) && !over(shape.offset));
    }

    #[test]
    fn what_stays_or_drifts_is_no_bump() {
        assert!(spotted(300, |time| if time > 2000.0 { 4.0 } else { 0.0 }).is_empty());
        assert!(spotted(300, |time| time / 1000.0).is_empty());
    }

    #[test]
    fn a_brow_is_found_beside_a_mouth_that_speaks() {
        let chin = index(Part::Chin, Side::Both).unwrap();
        let brow = index(Part::InnerBrow, Side::Right).unwrap();
        let (mut spotter, mut history) = (Spotter::default(), History::default());
        let mut beside = Vec::new();
        for frame in 0..240 {
            let (time, ms) = (frame * FRAME, frame as f64 * FRAME as f64 / 1e6);
            let mut moment = Moment::at_rest(time);
            moment.moved[chin][1] = -8.0 * (ms / 60.0).sin().abs();
            moment.moved[brow][1] = 1.5 * bump(ms, 2400.0, 2650.0);
            history.push(moment);
            let over = spotter.spot(&history, time, FRAME as f64, time < 1_000_000_000);
            if let Some((candidate, shape)) = over
                && candidate.strongest() == brow
            {
                spotter.told(shape.offset);
                beside.push(shape);
            }
        }
        assert_eq!(beside.len(), 1);
        let shape = beside[0];
        assert!(shape.onset.abs_diff(2_400_000_000) < 3 * FRAME, "{shape:?}");
        assert!(
            shape.offset.abs_diff(2_650_000_000) < 3 * FRAME,
            "{shape:?}"
        );
    }

    #[test]
    fn unrest_alone_is_nothing() {
        assert!(spotted(1200, |_| 0.0).is_empty());
    }
}
