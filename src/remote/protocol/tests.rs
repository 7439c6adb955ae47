//! Tests of [`super`].

use super::*;
use crate::analysis::MESH_POINTS;
use crate::record::Mesh;

fn result() -> FrameResult {
    let points = (0..MESH_POINTS).map(|at| [at as f32 / 977.0, 0.3, -0.1]);
    FrameResult {
        faces: vec![ResultFace {
            location: Location {
                id: 3,
                x: 0.1,
                y: 0.2,
                width: 1.0 / 3.0,
                height: 0.4,
                landmarks: Mesh(points.collect()),
            },
            readings: Readings {
                pitch: 0.1 + 0.2,
                ..Readings::default()
            },
        }],
        ..FrameResult::default()
    }
}

#[test]
fn an_exact_result_comes_out_bit_by_bit_as_it_went_in() {
    let packed = result().pack(true).unwrap();
    let message = answer(7, 1500, &packed);
    let read = Answer::read(&message).unwrap();
    assert_eq!((read.seq, read.server_us, read.result), (7, 1500, result()));
}

#[test]
fn a_rounded_one_is_small_and_near() {
    let packed = result().pack(false).unwrap();
    assert!(packed.len() < 3500, "{}", packed.len());
    let read = FrameResult::unpack(&packed).unwrap();
    let exact = result();
    let [read, exact] = [&read, &exact].map(|result| &result.faces[0].location.landmarks.0);
    for (point, exact) in read.iter().flatten().zip(exact.iter().flatten()) {
        assert!((point - exact).abs() <= 0.5 / FINEST);
    }
}

#[test]
fn a_result_of_nothing_of_something_else_or_of_too_much_is_an_error() {
    assert!(matches!(Answer::read(&[0; 7]), Err(ResultError::Short)));
    assert!(Answer::read(&[0; 60]).is_err());
    let mut zeros = ZlibEncoder::new(Vec::new(), Compression::best());
    zeros.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = zeros.finish().unwrap();
    assert!(matches!(
        FrameResult::unpack(&bomb),
        Err(ResultError::Packing(_))
    ));
    let mut nested = ZlibEncoder::new(Vec::new(), Compression::best());
    nested.write_all(&[0x81; 100_000]).unwrap();
    assert!(FrameResult::unpack(&nested.finish().unwrap()).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

    #[test]
    fn a_damaged_answer_is_an_answer_or_an_error_and_every_face_in_it_can_be_drawn(
        changes in proptest::collection::vec((proptest::num::usize::ANY, proptest::num::u8::ANY), 1..8),
        cut in proptest::option::of(proptest::num::usize::ANY),
        packed in proptest::bool::ANY,
    ) {
        let whole = result().pack(true).unwrap();
        let mut bytes = whole.clone();
        if !packed {
            bytes.clear();
            ZlibDecoder::new(&whole[..]).read_to_end(&mut bytes).unwrap();
        }
        for (at, value) in changes {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut % bytes.len()));
        if !packed {
            let mut again = ZlibEncoder::new(Vec::new(), Compression::fast());
            again.write_all(&bytes).unwrap();
            bytes = again.finish().unwrap();
        }
        if let Ok(read) = Answer::read(&answer(1, 2, &bytes))
            && let Ok(faces) = read.result.faces()
        {
            for face in faces {
                let rect = face.rect;
                let numbers = [rect.x, rect.y, rect.width, rect.height];
                proptest::prop_assert!(numbers.iter().all(|number| number.abs() < FARTHEST));
                proptest::prop_assert_eq!(face.landmarks.len(), MESH_POINTS);
            }
        }
    }
}

#[test]
fn numbers_that_cannot_be_are_an_error() {
    let changes: [fn(&mut FrameResult); 5] = [
        |result| result.faces[0].location.x = f64::NAN,
        |result| result.faces[0].location.width = 1e9,
        |result| result.faces[0].location.landmarks.0[5][1] = f32::INFINITY,
        |result| result.faces[0].readings.yaw = f64::NEG_INFINITY,
        |result| {
            result.people = vec![ResultPerson {
                face_id: 1,
                seen: 0,
                features: vec![0.0; 1 << 16],
            }];
        },
    ];
    for change in changes {
        let mut result = result();
        change(&mut result);
        let packed = result.pack(true).unwrap();
        assert!(matches!(
            FrameResult::unpack(&packed),
            Err(ResultError::Numbers)
        ));
    }
}
