//! Every number on which the finding of expressions depends, one structure a stage.
//!
//! The laboratory sweeps them (`micro_lab sweep --set micro.threshold=4.5,5.5`). "Photos for tuning" are the ten
//! of docs/micro-expressions.md, moved by the rig; "dense clips" seven of them with both generators at 30 frames a
//! second (seeds 71 and 72 of `micro_lab record`); "recordings" the real videos named there. Distances are
//! hundredths of the outer-eye distance, angles degrees, where nothing else is said; times are told to the
//! laboratory in nanoseconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::analysis::time::serde_nanos;

/// All of them; the default is what the element uses.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpressionTuning {
    /// When anything can be seen at all.
    pub observability: ObservabilityTuning,
    /// How movement is measured.
    pub motion: MotionTuning,
    /// How a face's own noise is learned.
    pub noise: NoiseTuning,
    /// What eyes that blink or look elsewhere and a mouth that speaks do.
    pub cues: CueTuning,
    /// How brief movements are found and classified.
    pub micro: MicroTuning,
    /// When a brief movement begins and is over.
    pub phases: PhaseTuning,
    /// How lasting expressions are found.
    pub lasting: MacroTuning,
}

/// When anything can be seen at all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObservabilityTuning {
    /// Frames a second below which onset and offset fall between frames: 150 ms of three frames.
    pub slowest_rate: f64,
    /// Outer-eye distance in pixels below which the movements in question are parts of a pixel
    /// (design.md, section 8: flow's floor is .8 pixels).
    pub smallest_face_px: f64,
    /// Degrees from the camera's axis beyond which half of the face is foreshortened (design.md, section 8).
    pub widest_angle: f64,
    /// An interval longer than this many usual ones is a gap. Chosen on recordings with uneven time stamps.
    pub gap_intervals: f64,
    /// How long a gap spoils what is seen: the longest of [`MicroTuning::scales`], twice.
    #[serde(with = "serde_nanos")]
    pub gap_echo: Duration,
    /// Time in which a face is got to know: the shortest of [`MicroTuning::scales`] looks back .2 s. Chosen on dense
    /// clips; a second lost every event of a face's first.
    #[serde(with = "serde_nanos")]
    pub learning: Duration,
    /// Frame intervals an event must span: one on the way up, the apex, one on the way down.
    pub frames_of_event: f64,
    /// Pixels of the picture below which dense flow sees no movement (design.md, section 8).
    pub smallest_movement_px: f64,
}

impl Default for ObservabilityTuning {
    fn default() -> Self {
        Self {
            slowest_rate: 20.0,
            smallest_face_px: 60.0,
            widest_angle: 30.0,
            gap_intervals: 2.2,
            gap_echo: Duration::from_millis(540),
            learning: Duration::from_millis(250),
            frames_of_event: 3.0,
            smallest_movement_px: 0.8,
        }
    }
}

/// How movement is measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MotionTuning {
    /// Faces in a picture up to which each one's flow is refined: with more, half of the time is worth more
    /// than the few movements that are lost (docs/micro-expressions.md, "More than two faces").
    pub refined_faces: usize,
    /// Age from which a resting face becomes the next reference: skin and light change beyond. Three times
    /// that, and any does. Chosen on the photos for tuning.
    #[serde(with = "serde_nanos")]
    pub reference_life: Duration,
    /// Turn of the head from the reference beyond which the next one begins. Chosen on the photos for tuning.
    pub reference_turn: f64,
    /// Part of their usual openness from which eyes are open, so that a face may be a reference. Chosen on
    /// the photos for tuning.
    pub open: f64,
    /// Time over which the usual openness is learned. Chosen on the photos for tuning.
    #[serde(with = "serde_nanos")]
    pub openness_time: Duration,
}

impl Default for MotionTuning {
    fn default() -> Self {
        Self {
            refined_faces: 2,
            reference_life: Duration::from_millis(1000),
            reference_turn: 6.0,
            open: 0.8,
            openness_time: Duration::from_millis(2000),
        }
    }
}

/// How a face's own noise is learned, from the median absolute value of each region's two axes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoiseTuning {
    /// Time in which the estimate follows a change by a factor of e. Chosen on the photos for tuning.
    #[serde(with = "serde_nanos")]
    pub learning_time: Duration,
    /// Times faster than later is learned at first, and for how long of the time that was seen. Chosen on the
    /// photos for tuning.
    pub haste: f64,
    /// See [`NoiseTuning::haste`].
    #[serde(with = "serde_nanos")]
    pub haste_time: Duration,
    /// Standard deviation of a passing movement: assumed before anything is known, and the least that is
    /// believed, that of flow on a still picture (design.md, section 8: .047 pixels of 100). The first chosen on
    /// dense clips: .15 took the first events of a face for noise, at .08 what stays halfway is told as it falls on.
    pub brief: [f64; 2],
    /// The same of what a region wanders within [`MacroTuning::leaving`]. Chosen on the photos for tuning.
    pub drift: [f64; 2],
}

impl Default for NoiseTuning {
    fn default() -> Self {
        Self {
            learning_time: Duration::from_millis(2000),
            haste: 8.0,
            haste_time: Duration::from_millis(500),
            brief: [0.1, 0.05],
            drift: [0.25, 0.07],
        }
    }
}

/// What eyes that blink or look elsewhere and a mouth that speaks do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CueTuning {
    /// Distance by which the irises move when the eyes look elsewhere. Chosen on the recordings: a photo's
    /// irises stay.
    pub glance: f64,
    /// Part of their usual openness below which eyes are closed. Chosen on the photos for tuning.
    pub closed: f64,
    /// How long before a movement the eyes are taken to be open as usual. Longer than a blink.
    #[serde(with = "serde_nanos")]
    pub open_before: Duration,
    /// How far around a movement head, light, eyes and mouth are looked at. Three frames of 60 a second.
    #[serde(with = "serde_nanos")]
    pub margin: Duration,
    /// Distance by which the lips part when a mouth opens. Chosen on `franck.mp4`, first half.
    pub mouth_opens: f64,
    /// Time before a movement in which a mouth that speaks is seen to do so: some five syllables.
    #[serde(with = "serde_nanos")]
    pub speech: Duration,
    /// Distance between two reversals of lips that open and close, and how many make speech. Chosen on the
    /// photos for tuning.
    pub lip_reversal: f64,
    /// See [`CueTuning::lip_reversal`].
    pub lip_reversals: usize,
    /// How long before a movement a mouth that does not speak is at rest, and how far its regions wander then.
    /// Chosen on the photos for tuning: 4.4 false alarms a minute of talking faces without, .27 with it.
    #[serde(with = "serde_nanos")]
    pub mouth_rest: Duration,
    /// See [`CueTuning::mouth_rest`].
    pub mouth_rest_range: f64,
    /// Part of the highest brow region's rise from which all of both brows rise together, as people stress a
    /// word (Ekman 1979). Chosen on the photos for tuning.
    pub brows_together: f64,
    /// Photometric residual, in parts of a region's contrast, beyond which it is not the same skin. Chosen on
    /// `WolfgangLanger_Pexels.mp4`, in which a hand covers the face.
    pub occluded: f64,
}

impl Default for CueTuning {
    fn default() -> Self {
        Self {
            glance: 1.6,
            closed: 0.65,
            open_before: Duration::from_millis(600),
            margin: Duration::from_millis(50),
            mouth_opens: 2.0,
            speech: Duration::from_millis(1500),
            lip_reversal: 1.0,
            lip_reversals: 3,
            mouth_rest: Duration::from_millis(500),
            mouth_rest_range: 0.6,
            brows_together: 0.75,
            occluded: 1.2,
        }
    }
}

/// How brief movements are found and classified. All chosen on the photos for tuning but where another source
/// is named.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MicroTuning {
    /// Half lengths at which movements are looked for (design.md, section 8).
    #[serde(with = "serde_nanos::three")]
    pub scales: [Duration; 3],
    /// How much a lasting change counts against a passing one; more than a half, or steps would count.
    pub lasting_share: f64,
    /// Evidence in standard deviations from which a movement is looked at.
    pub threshold: f64,
    /// The least movement: below, flow sees none at all (design.md, section 8).
    pub smallest: f64,
    /// How long after its apex a movement is classified at the earliest: longer scales may tell more. At .1 s more
    /// of dense clips is found, but what stays halfway is told once it falls on.
    #[serde(with = "serde_nanos")]
    pub shortest_wait: Duration,
    /// How long a movement may take from its apex to its end before it is given up here.
    #[serde(with = "serde_nanos")]
    pub longest_fall: Duration,
    /// How long after its end a movement may still be reported: the bound the documentation promises.
    #[serde(with = "serde_nanos")]
    pub latest: Duration,
    /// Part of all evidence beyond which what moves beside lids that blink or a mouth that speaks moves by
    /// itself.
    pub beside_share: f64,
    /// How long before its onset a movement must have been at rest.
    #[serde(with = "serde_nanos")]
    pub rest: Duration,
    /// How much of its height it may have wandered in that time and after its offset.
    pub wander: f64,
    /// How many movements of the mouth within [`CueTuning::speech`] make speech.
    pub syllables: usize,
    /// How far from rest a region is before and after a movement that belongs to a lasting expression: the
    /// distance, and in parts of its own movement.
    pub away: [f64; 2],
    /// Frame intervals below which a movement is too short to be one.
    pub shortest_intervals: f64,
    /// Turn of a head, and of the mesh, at rest; and the turn beyond that which demands twice the evidence.
    pub head_turn: [f64; 2],
    /// The same of the head's place. Raised after an event in `WolfgangLanger_Pexels.mp4`.
    pub head_shift: [f64; 2],
    /// Turn beyond which no evidence is enough: what turns with the head hides and uncovers skin.
    pub farthest_turn: f64,
    /// Change of the eyes' openness, in parts of the usual, that pulls on nothing else; and the change beyond
    /// that which demands twice the evidence.
    pub eye_openness: [f64; 2],
    /// The same of the logarithm of the face's brightness.
    pub brightness: [f64; 2],
    /// Part of a movement that its units explain at the least where muscles move a face so.
    pub well_explained: f64,
}

impl Default for MicroTuning {
    fn default() -> Self {
        Self {
            scales: [100, 170, 270].map(Duration::from_millis),
            lasting_share: 0.7,
            threshold: 5.5,
            smallest: 0.25,
            shortest_wait: Duration::from_millis(200),
            longest_fall: Duration::from_millis(550),
            latest: Duration::from_millis(300),
            beside_share: 0.5,
            rest: Duration::from_millis(350),
            wander: 0.5,
            syllables: 3,
            away: [1.5, 0.5],
            shortest_intervals: 1.2,
            head_turn: [1.5, 2.5],
            head_shift: [3.0, 12.0],
            farthest_turn: 6.0,
            eye_openness: [0.3, 0.4],
            brightness: [0.06, 0.1],
            well_explained: 0.35,
        }
    }
}

/// When a brief movement begins and is over, from its course over time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhaseTuning {
    /// How far around its middle begin and end are looked for: more than the longest micro-expression.
    #[serde(with = "serde_nanos")]
    pub reach: Duration,
    /// A valley ends where the course has risen by this part of the peak again: there is another bump. Chosen
    /// on the photos for tuning.
    pub valley: f64,
    /// Part of the rise that must be taken back before a movement counts as gone. Chosen on the photos for
    /// tuning.
    pub returned: f64,
    /// Part of the fall that the last [`PhaseTuning::last_fall`] may still bring. Chosen on the photos for
    /// tuning.
    pub still_falling: f64,
    /// See [`PhaseTuning::still_falling`].
    #[serde(with = "serde_nanos")]
    pub last_fall: Duration,
    /// Levels, as parts of the peak, between which a flank's steepness is measured.
    pub low: f64,
    /// See [`PhaseTuning::low`].
    pub high: f64,
    /// How far below the low level the foot lies, in the time between the levels: .67 for a straight flank,
    /// 1.44 for a raised cosine, 1.9 for a movement of least jerk.
    pub foot: f64,
    /// How far below the half height the foot lies at most, in the time from the peak to there: what takes
    /// longer drifted before.
    pub longest_foot: f64,
}

impl Default for PhaseTuning {
    fn default() -> Self {
        Self {
            reach: Duration::from_millis(700),
            valley: 0.25,
            returned: 0.6,
            still_falling: 0.1,
            last_fall: Duration::from_millis(40),
            low: 0.2,
            high: 0.5,
            foot: 1.2,
            longest_foot: 1.4,
        }
    }
}

/// How lasting expressions are found. All chosen on the photos for tuning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MacroTuning {
    /// Time over which rest is averaged.
    #[serde(with = "serde_nanos")]
    pub rest_time: Duration,
    /// Time over which the face is averaged.
    #[serde(with = "serde_nanos")]
    pub face_time: Duration,
    /// How far a face that has left its rest is from it, in standard deviations, over its two farthest regions.
    pub left: f64,
    /// The same at the least in hundredths of the outer-eye distance.
    pub smallest: f64,
    /// Longest time from rest to where a face has left it: what takes longer drifts.
    #[serde(with = "serde_nanos")]
    pub leaving: Duration,
    /// Part of [`MacroTuning::left`] below which a face has not begun to leave.
    pub begun: f64,
    /// Part of the distance that is left when a face returns.
    pub returning: f64,
    /// Part of the distance that is left when it is back.
    pub back: f64,
    /// How long it may take between the two before where it is counts as back.
    #[serde(with = "serde_nanos")]
    pub return_time: Duration,
    /// How long a face may stay away before that is its new rest.
    #[serde(with = "serde_nanos")]
    pub new_rest: Duration,
    /// Part of the distance by which a face that turns back has reversed, and how often one that only comes
    /// and goes does so.
    pub reversal: f64,
    /// See [`MacroTuning::reversal`].
    pub reversals: usize,
    /// Part of the farthest distance below which a face moves that has come to rest away from its rest.
    pub resting: f64,
    /// Part beyond which one that has leaves for elsewhere.
    pub elsewhere: f64,
    /// Part beyond which any leaves anew.
    pub anew: f64,
    /// Cosine between where a face was and where it goes below which it returns.
    pub returning_cosine: f64,
    /// Turn of a head, and of the mesh, at rest; and the turn beyond that which demands twice the distance.
    pub head_turn: [f64; 2],
    /// Turn beyond which no distance is enough.
    pub farthest_turn: f64,
}

impl Default for MacroTuning {
    fn default() -> Self {
        Self {
            rest_time: Duration::from_millis(1500),
            face_time: Duration::from_millis(80),
            left: 6.0,
            smallest: 0.45,
            leaving: Duration::from_millis(600),
            begun: 0.3,
            returning: 0.4,
            back: 0.15,
            return_time: Duration::from_millis(300),
            new_rest: Duration::from_millis(6000),
            reversal: 0.25,
            reversals: 2,
            resting: 0.15,
            elsewhere: 0.4,
            anew: 1.3,
            returning_cosine: -0.5,
            head_turn: [1.5, 1.0],
            farthest_turn: 6.0,
        }
    }
}
