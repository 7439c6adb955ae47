use std::convert::Infallible;
use std::time::Duration;

use crate::analysis::head_pose::Fit;
use crate::analysis::mesh::Mesh;
use crate::analysis::observation::FaceObservation;
use crate::analysis::quality::Quality;
use crate::analysis::stage::FaceStage;
use crate::analysis::time::BufferTime;
use crate::analysis::timing::Stage;
use crate::analysis::track::TrackedFace;
use crate::geometry::{BBox, Point};
use crate::picture::{Colour, PixelFormat, Plane};

use super::reader::{Joint, join};
use super::table::StageRun;
use super::*;
use crate::analysis::Baselines;

/// A stage that exists in this test alone: a folder and a line.
struct Throwaway;

impl FaceStage for Throwaway {
    type Settings = ();
    type Measurement = f64;
    type Needs<'face> = f64;
    type Reading = f64;
    type Last = f64;
    type Error = Infallible;

    fn measure(
        &mut self,
        _: &Frame<'_>,
        faces: &[FaceObservation],
        (): &(),
    ) -> Result<Vec<f64>, Infallible> {
        Ok(faces
            .iter()
            .map(|face| face.tracked.mesh.presence)
            .collect())
    }

    fn conclude(&mut self, _: TrackId, _: BufferTime, presence: f64, score: f64) -> f64 {
        score - presence
    }

    fn forget(&mut self, _: TrackId) -> Option<f64> {
        Some(0.5)
    }
}

const LINE: StageLine = StageLine {
    stage: Stage::new("throwaway"),
    needs: &[Stage::MESH],
    adds: "Face::score",
    run: StageRun::Reading(|_| {
        let joint = Joint::<Throwaway> {
            settings: |_| Some(()),
            needs: |face| face.score,
            write: |face, reading, _| face.score = 7.0 + reading,
            write_last: |_, report| {
                report.events.push(Event {
                    face: TrackId::new(99),
                    time: BufferTime::default(),
                    duration: Duration::ZERO,
                    kind: crate::analysis::EventKind::Lost,
                });
            },
        };
        Some(join(Throwaway, joint))
    }),
};

/// A face whose mesh is a helix: no net is needed to observe it.
fn observation(id: TrackId) -> FaceObservation {
    let points: Vec<Point> = (0..478)
        .map(|index| {
            let (sin, cos) = f64::from(index).sin_cos();
            [
                50.0 + 20.0 * cos,
                50.0 + 20.0 * sin,
                f64::from(index) / 50.0,
            ]
        })
        .collect();
    let fit = Fit::from_mesh(&points).unwrap();
    let bounds = BBox::around(&points).unwrap();
    let mesh = Mesh {
        points,
        presence: 0.75,
        logit: 1.1,
        bounds,
    };
    FaceObservation {
        pose: fit.pose([100.0, 100.0]),
        tracked: TrackedFace {
            id,
            mesh,
            recognised: false,
        },
        aligned: None,
        quality: Quality::default(),
        fit,
    }
}

#[test]
fn a_stage_is_one_line_of_the_table_and_is_run_timed_and_forgotten_by_it() {
    let table: Vec<StageLine> = STAGES.into_iter().chain([LINE]).collect();
    let parts = StageParts {
        emotion: None,
        action_units: None,
        baselines: Baselines::default(),
        threads: Threads::default(),
    };
    let mut readers = Readers::new(&table, parts);

    let grey = vec![128; 100 * 100];
    let plane = Plane {
        data: &grey,
        stride: 100,
    };
    let picture = Picture::new(PixelFormat::Gray8, 100, 100, vec![plane], Colour::BT601).unwrap();
    let frame = Frame {
        picture: &picture,
        time: FrameTime::from(7),
    };
    let observed = [observation(TrackId::new(1))];
    let mut faces = [Face::from_observation(&observed[0], [100.0, 100.0])];
    let (mut report, mut timing) = (Report::default(), Timing::default());

    let settings = AnalysisSettings::default();
    let measured = readers.measure(&frame, &observed, &settings, &Threads::default());
    readers
        .conclude(
            measured,
            &mut faces,
            frame.time.pts,
            &mut report,
            &mut timing,
        )
        .unwrap();
    assert_eq!(faces[0].score, 7.0);
    assert!(timing.spent(LINE.stage) > Duration::ZERO);
    assert_eq!(
        timing.spent(Stage::EMOTION),
        Duration::ZERO,
        "no net, no stage"
    );

    assert!(report.events.is_empty());
    readers.forget(TrackId::new(1), &mut report);
    assert_eq!(report.events.len(), 1);
}

#[test]
fn every_stage_comes_after_those_that_it_needs() {
    for (index, line) in STAGES.iter().enumerate() {
        for need in line.needs {
            let before = STAGES[..index].iter();
            let known = before.map(|line| line.stage).any(|stage| stage == *need);
            assert!(known, "{} needs {}", line.stage.name(), need.name());
        }
        let same = STAGES.iter().filter(|other| other.stage == line.stage);
        assert_eq!(same.count(), 1, "{}", line.stage.name());
        assert!(!line.adds.is_empty());
    }
}
