//! Whoever comes in, at whatever moment, is covered on the first frame.

/// A second person, a square of `side` pixels, and where the middle of the face lies in it.
pub fn guest(side: u32) -> (crate::support::Still, std::ops::Range<usize>) {
    let photo = crate::support::Still::photo("astronaut.png");
    let head = photo.cut(120, 0, 230, 230).scaled(side, side);
    (head, middle(side))
}

/// Where the middle of the face lies in a guest's square of `side` pixels, across and down.
pub fn middle(side: u32) -> std::ops::Range<usize> {
    let side = side as usize;
    side * 36 / 100..side * 58 / 100
}

/// The part of the middle of a guest's face at (`left`, `top`) that left as it came.
pub fn bare_part(
    before: &[u8],
    after: &[u8],
    stride: usize,
    (left, top): (usize, usize),
    middle: &std::ops::Range<usize>,
) -> f64 {
    let (mut bare, mut all) = (0, 0);
    for y in middle.clone() {
        for x in middle.clone() {
            let at = (top + y) * stride + (left + x) * 3;
            bare += usize::from(before[at..at + 3] == after[at..at + 3]);
            all += 1;
        }
    }
    f64::from(bare as u32) / f64::from(all)
}

/// Frames of one person in RGB, 640x480.
pub fn host_frames(count: usize) -> Vec<crate::support::Still> {
    let stills = crate::support::clip("single_face.mp4", gst_video::VideoFormat::Rgb, count);
    stills.iter().map(|still| still.scaled(640, 480)).collect()
}

#[test]
fn a_newcomer_is_covered_from_the_very_first_frame_at_every_phase_of_the_interval() {
    let (guest, middle) = guest(168);
    let frames = host_frames(12);
    for phase in 0..10 {
        let properties =
            "anonymize=pixelate emotions=false action-units=false micro-expressions=false";
        let mut host = crate::support::Host::new(properties, &frames[0].caps());
        for (at, frame) in frames.iter().cycle().take(14 + phase).enumerate() {
            if at < 11 + phase {
                host.show(frame);
                continue;
            }
            let both = frame.with(&guest, 450, 20);
            let shown = host.show(&both);
            let shown = shown.map_readable().unwrap();
            let bare = bare_part(&both.bytes(), &shown, 640 * 3, (450, 20), &middle);
            assert!(bare < 0.1, "phase {phase}, frame {at}: {bare} is bare");
        }
    }
}

#[test]
fn a_newcomer_is_covered_from_the_very_first_frame_beside_an_analysis_that_lags() {
    let (guest, middle) = guest(168);
    let frames = host_frames(6);
    let properties = "anonymize=blur analysis-mode=async emotions=false action-units=false micro-expressions=false";
    let mut host = crate::support::Host::new(properties, &frames[0].caps());
    for (at, frame) in frames.iter().cycle().take(60).enumerate() {
        let both = match at % 7 {
            0..4 => frame.clone(),
            _ => frame.with(&guest, 30 + at as i64 * 4, 30),
        };
        let shown = host.show(&both);
        let shown = shown.map_readable().unwrap();
        if at % 7 >= 4 {
            let place = (30 + at * 4, 30);
            let bare = bare_part(&both.bytes(), &shown, 640 * 3, place, &middle);
            assert!(bare < 0.1, "frame {at}: {bare} is bare");
        }
    }
}

#[test]
fn a_stranger_who_takes_the_place_of_the_one_excepted_is_covered() {
    let (guest, middle) = guest(168);
    let empty = crate::support::Still::grey(640, 480);
    let photo = crate::support::Still::photo("grace_hopper.jpg");
    let known = empty.with(&photo.cut(120, 30, 290, 290).scaled(168, 168), 200, 100);
    let stranger = empty.with(&guest, 200, 100);
    let properties = "anonymize=pixelate anonymize-except=1 emotions=false action-units=false micro-expressions=false";
    let mut host = crate::support::Host::new(properties, &empty.caps());
    let mut bare = |still: &crate::support::Still| {
        let shown = host.show(still);
        let shown = shown.map_readable().unwrap();
        bare_part(&still.bytes(), &shown, 640 * 3, (200, 100), &middle)
    };
    for _ in 0..20 {
        bare(&known);
    }
    assert_eq!(bare(&known), 1.0, "the one excepted is shown");
    for frame in 0..30 {
        let bare = bare(&stranger);
        assert!(bare < 0.1, "frame {frame} after the cut: {bare} is bare");
    }
}

/// `still` as a sensor of 10,000 electrons takes it with `stops` fewer of light, made as bright again.
fn in_the_dark(still: &crate::support::Still, stops: i32, seed: u64) -> crate::support::Still {
    let sensor = crate::support::sensor::Sensor {
        electrons: 10_000.0,
        read_noise: 5.0,
    };
    let mut dice = crate::support::dice::Dice::new(seed);
    let pixels = sensor.brightened(&still.bytes(), stops, &mut dice);
    crate::support::Still {
        info: still.info.clone(),
        buffer: gst::Buffer::from_mut_slice(pixels),
    }
}

#[test]
fn a_newcomer_in_the_dark_is_covered_from_the_very_first_frame() {
    let (guest, middle) = guest(168);
    let frames = host_frames(4);
    for phase in [3, 8] {
        let properties =
            "anonymize=pixelate emotions=false action-units=false micro-expressions=false";
        let mut host = crate::support::Host::new(properties, &frames[0].caps());
        for (at, frame) in frames.iter().cycle().take(14 + phase).enumerate() {
            if at < 11 + phase {
                host.show(&in_the_dark(frame, 9, at as u64));
                continue;
            }
            let both = in_the_dark(&frame.with(&guest, 450, 20), 9, at as u64);
            let shown = host.show(&both);
            let shown = shown.map_readable().unwrap();
            let bare = bare_part(&both.bytes(), &shown, 640 * 3, (450, 20), &middle);
            assert!(bare < 0.2, "phase {phase}, frame {at}: {bare} is bare");
        }
    }
}
