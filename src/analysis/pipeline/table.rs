//! The stages, one line each: what its time is told under, what it needs, what it adds, how it is
//! built. Timing, forgetting and what runs side by side follow from the lines.

use std::sync::Arc;

use crate::analysis::action_units::ActionUnitStage;
use crate::analysis::baseline::Baselines;
use crate::analysis::emotion::EmotionStage;
use crate::analysis::events::Event;
use crate::analysis::expression::{ExpressionNeeds, ExpressionStage};
use crate::analysis::eyes::EyeStage;
use crate::analysis::indices::{FaceSample, IndexStage};
use crate::analysis::timing::Stage;
use crate::models::{ActionUnitModel, Blendshapes, EmotionNet};
use crate::runtime::threads::Threads;

use super::reader::{Joint, Reader, join};

/// A line of the table.
pub struct StageLine {
    /// What its time is told under.
    pub stage: Stage,
    /// The stages whose results it reads.
    pub needs: &'static [Stage],
    /// What it adds to a face.
    pub adds: &'static str,
    /// Who runs it.
    pub(super) run: StageRun,
}

/// Who runs a stage.
pub enum StageRun {
    /// The tracker, which looks for faces and reads their meshes in turns.
    Tracking,
    /// The observation, before any stage that reads faces.
    Observation,
    /// The pipeline, side by side with the others of this kind; built from the networks, `None` where
    /// it is not wanted.
    Reading(fn(&mut StageParts) -> Option<Box<dyn Reader>>),
}

/// What stages are built from.
pub struct StageParts {
    /// The emotion net, where emotions are read.
    pub emotion: Option<Arc<EmotionNet>>,
    /// The networks of the Action Units, where they are read.
    pub action_units: Option<(Blendshapes, ActionUnitModel)>,
    /// Where each person's neutral is kept.
    pub baselines: Baselines,
    /// Who shares the work.
    pub threads: Threads,
}

/// The stages in the order in which their results are written. Those that read faces measure side by
/// side and conclude in this order.
pub const STAGES: [StageLine; 9] = [
    StageLine {
        stage: Stage::DETECTION,
        needs: &[],
        adds: "places where a face may be",
        run: StageRun::Tracking,
    },
    StageLine {
        stage: Stage::MESH,
        needs: &[Stage::DETECTION],
        adds: "Face::id, rect, score, landmarks",
        run: StageRun::Tracking,
    },
    StageLine {
        stage: Stage::ALIGNMENT,
        needs: &[Stage::MESH],
        adds: "FaceObservation::aligned",
        run: StageRun::Observation,
    },
    StageLine {
        stage: Stage::POSE,
        needs: &[Stage::MESH, Stage::ALIGNMENT],
        adds: "Face::head_pose, quality",
        run: StageRun::Observation,
    },
    StageLine {
        stage: Stage::EMOTION,
        needs: &[Stage::ALIGNMENT, Stage::POSE],
        adds: "Face::emotion",
        run: StageRun::Reading(|parts| {
            let net = parts.emotion.clone()?;
            let joint = Joint::<EmotionStage> {
                settings: |settings| Some(settings.emotion),
                needs: |face| face.quality.visible,
                write: |face, emotion, _| face.emotion = emotion,
                write_last: |never, _| match never {},
            };
            Some(join(EmotionStage::new(net), joint))
        }),
    },
    StageLine {
        stage: Stage::EYES,
        needs: &[Stage::POSE, Stage::ALIGNMENT],
        adds: "Face::eyes, eye_obstacle, decided_blink",
        run: StageRun::Reading(|parts| {
            parts.action_units.as_ref()?;
            let joint = Joint::<EyeStage> {
                settings: |_| Some(()),
                needs: |_| (),
                write: |face, reading, report| {
                    face.eyes = reading.eyes;
                    face.eye_obstacle = reading.obstacle;
                    face.decided_blink = reading.blink;
                    let blink = reading.blink.as_ref();
                    let blink = blink.map(|blink| Event::blink(face.id, blink));
                    report.events.extend(blink);
                },
                write_last: |(track, blink), report| {
                    report.events.push(Event::blink(track, &blink));
                },
            };
            Some(join(EyeStage::default(), joint))
        }),
    },
    StageLine {
        stage: Stage::ACTION_UNITS,
        needs: &[Stage::POSE, Stage::ALIGNMENT, Stage::EYES],
        adds: "Face::action_units",
        run: StageRun::Reading(|parts| {
            let (blendshapes, model) = parts.action_units.take()?;
            let stage = ActionUnitStage::new(blendshapes, model, parts.baselines.clone());
            let joint = Joint::<ActionUnitStage> {
                settings: |_| Some(()),
                needs: |face| face.eyes.map(|eyes| eyes.openness),
                write: |face, action_units, _| face.action_units = Some(action_units),
                write_last: |never, _| match never {},
            };
            Some(join(stage, joint))
        }),
    },
    StageLine {
        stage: Stage::MICRO_EXPRESSIONS,
        needs: &[Stage::POSE, Stage::EMOTION, Stage::EYES],
        adds: "Face::micro_expressions, micro_expression_limits",
        run: StageRun::Reading(|parts| {
            let emotions = parts.emotion.is_some();
            let joint = Joint::<ExpressionStage> {
                settings: |settings| settings.micro_expressions.then_some(settings.expression),
                needs: |face| ExpressionNeeds {
                    emotion: face.emotion.as_ref(),
                    eyes_are_read: face.eyes.is_some() || face.eye_obstacle.is_some(),
                    blink: face.decided_blink,
                },
                write: |face, decision, report| {
                    face.micro_expressions = decision.decided;
                    face.micro_expression_limits = Some(decision.observability);
                    report.rejected.extend(decision.rejected);
                    let kept = decision.measurement.map(|kept| (face.id, kept));
                    report.measurements.extend(kept);
                    let passed = face.micro_expressions.iter().filter_map(Event::passed);
                    report.events.extend(passed);
                },
                write_last: |expression, report| report.events.extend(Event::passed(&expression)),
            };
            let stage = ExpressionStage::new(parts.threads.clone(), emotions);
            Some(join(stage, joint))
        }),
    },
    StageLine {
        stage: Stage::INDICES,
        needs: &[Stage::POSE, Stage::EYES, Stage::ACTION_UNITS],
        adds: "Face::session",
        run: StageRun::Reading(|parts| {
            let joint = Joint::<IndexStage> {
                settings: |settings| settings.indices.kinds.any().then_some(settings.indices),
                needs: |face| FaceSample {
                    pose: face.head_pose,
                    eyes: face.eyes.as_ref(),
                    blink: face.decided_blink,
                    action_units: face.action_units.as_ref(),
                    mouth: None,
                },
                write: |face, reading, report| {
                    face.session = reading.session;
                    let events = reading.events.iter();
                    let events = events.map(|event| Event::index(face.id, event));
                    report.events.extend(events);
                },
                write_last: |never, _| match never {},
            };
            Some(join(IndexStage::new(parts.baselines.clone()), joint))
        }),
    },
];

impl Stage {
    /// The stages whose time is told, in the order in which they run.
    pub const ALL: [Self; STAGES.len()] = {
        let mut all = [Self::DETECTION; STAGES.len()];
        let mut index = 0;
        while index < STAGES.len() {
            all[index] = STAGES[index].stage;
            index += 1;
        }
        all
    };
}
