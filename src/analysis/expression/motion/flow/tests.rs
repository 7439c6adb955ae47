//! Flow between pictures whose movement is known.

use pulp::Arch;

use super::*;

/// Pixels of the crop beside its border, whose movement the border hides.
const BORDER: usize = 12;

/// A smooth picture, in whose places `came_from` tells where they were before.
fn picture(came_from: impl Fn([f64; 2]) -> [f64; 2]) -> Vec<u8> {
    let bright =
        |[x, y]: [f64; 2]| (x * 0.31).sin() * (y * 0.27).cos() + (x * 0.05 + y * 0.08).sin();
    let places = (0..SIDE * SIDE).map(|at| [(at % SIDE) as f64, (at / SIDE) as f64]);
    places
        .map(|place| (128.0 + 50.0 * bright(came_from(place))).round() as u8)
        .collect()
}

fn still() -> Vec<u8> {
    picture(|place| place)
}

/// The root mean square of how far a field is from the `truth`, in pixels.
fn error(field: &[[f32; 2]], truth: impl Fn([f64; 2]) -> [f64; 2]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for y in BORDER..SIDE - BORDER {
        for x in BORDER..SIDE - BORDER {
            let [u, v] = field[y * SIDE + x].map(f64::from);
            let [a, b] = truth([x as f64, y as f64]);
            sum += (u - a).powi(2) + (v - b).powi(2);
            count += 1.0;
        }
    }
    f64::sqrt(sum / count)
}

fn found(to: &[u8], flow_quality: FlowQuality) -> FlowField {
    let mut field = FlowField::new();
    FlowFinder::new().find(&still(), to, flow_quality, &mut field);
    field
}

#[test]
fn shifts_below_and_above_a_pixel_are_found() {
    for shift in [[0.3, -0.2], [1.3, 0.7], [-2.4, 1.8]] {
        let to = picture(|[x, y]| [x - shift[0], y - shift[1]]);
        for (flow_quality, most) in [(FlowQuality::Refined, 0.05), (FlowQuality::Coarse, 0.05)] {
            let error = error(&found(&to, flow_quality), |_| shift);
            assert!(error < most, "{shift:?} {flow_quality:?} {error}");
        }
    }
}

#[test]
fn a_turn_and_a_growth_about_the_middle_are_found() {
    let middle = SIDE as f64 / 2.0;
    for [grow, turn] in [[0.0, 0.015], [0.015, 0.0]] {
        let flow = |[x, y]: [f64; 2]| {
            let [x, y] = [x - middle, y - middle];
            [grow * x - turn * y, turn * x + grow * y]
        };
        let to = picture(|[x, y]| {
            // Where a place came from: the flow's inverse, to the square of what is small.
            let [u, v] = flow([x, y]);
            let [u, v] = flow([x - u, y - v]);
            [x - u, y - v]
        });
        let error = error(&found(&to, FlowQuality::Refined), flow);
        assert!(error < 0.08, "{grow} {turn} {error}");
    }
}

#[test]
fn what_moves_by_itself_is_found_in_its_place_and_not_beside_it() {
    let bump = |[x, y]: [f64; 2]| {
        let near = (-((x - 60.0).powi(2) + (y - 110.0).powi(2)) / 300.0).exp();
        [0.0, -1.5 * near]
    };
    let to = picture(|[x, y]| {
        let mut place = [x, y];
        for _ in 0..20 {
            let [u, v] = bump(place);
            place = [x - u, y - v];
        }
        place
    });
    let field = found(&to, FlowQuality::Refined);
    let at = |x: usize, y: usize| f64::from(field[y * SIDE + x][1]);
    // A patch is 16 pixels of the crop wide and flattens the top.
    assert!((1.15..1.55).contains(&-at(60, 110)), "{}", at(60, 110));
    assert!(at(120, 60).abs() < 0.02, "{}", at(120, 60));
    assert!(error(&field, bump) < 0.06);
}

#[test]
fn a_picture_that_stays_does_not_move() {
    for flow_quality in [FlowQuality::Refined, FlowQuality::Coarse] {
        let field = found(&still(), flow_quality);
        assert!(error(&field, |_| [0.0; 2]) < 1e-6);
    }
}

#[test]
fn a_patch_that_only_became_brighter_did_not_move() {
    let brighter: Vec<u8> = still().iter().map(|&level| level + 12).collect();
    let field = found(&brighter, FlowQuality::Coarse);
    assert!(error(&field, |_| [0.0; 2]) < 0.01);
}

/// A picture that moves farther than a patch in two frames is lost from nothing, and found from the frame between.
#[test]
fn the_last_frames_flow_leads_on() {
    let shift = |pixels: f64| picture(move |[x, y]| [x - pixels, y]);
    let mut field = FlowField::new();
    let mut finder = FlowFinder::new();
    for pixels in [3.0, 6.0, 9.0, 12.0, 15.0, 18.0] {
        finder.find(&still(), &shift(pixels), FlowQuality::Refined, &mut field);
    }
    let warm = error(&field, |_| [18.0, 0.0]);
    let cold = error(&found(&shift(18.0), FlowQuality::Refined), |_| [18.0, 0.0]);
    assert!(warm < 1.5 && cold > 4.0, "{warm} {cold}");
}

#[test]
fn refined_and_coarse_flow_differ_and_leave_nothing_in_the_finder() {
    let to = picture(|[x, y]| [x - 1.3, y]);
    let mut finder = FlowFinder::new();
    let all = [
        FlowQuality::Refined,
        FlowQuality::Coarse,
        FlowQuality::Refined,
    ]
    .map(|flow_quality| {
        let mut field = FlowField::new();
        finder.find(&still(), &to, flow_quality, &mut field);
        field
    });
    assert_eq!(all[0], all[2]);
    assert_ne!(all[0], all[1]);
}

#[test]
fn fewer_instructions_find_the_very_same_flow() {
    struct Find<'a>(Search<'a>);
    impl WithSimd for Find<'_> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            self.0.with_simd(simd);
        }
    }
    let to = picture(|[x, y]| [x - 1.3, y + 0.01 * x]);
    let mut archs = vec![Arch::Scalar, Arch::new()];
    #[cfg(target_arch = "x86_64")]
    archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
    for flow_quality in [FlowQuality::Refined, FlowQuality::Coarse] {
        let fields: Vec<FlowField> = (archs.iter())
            .map(|arch| {
                let mut field = vec![[0.0; 2]; SIDE * SIDE];
                arch.dispatch(Find(Search {
                    planes: &mut Planes::new(),
                    crops: [&still(), &to],
                    flow_quality,
                    field: &mut field,
                }));
                field
            })
            .collect();
        for field in &fields[1..] {
            assert!(*field == fields[0], "{flow_quality:?}");
        }
    }
}

#[test]
fn plain_noisy_and_missing_pictures_give_finite_flow_that_stays_so() {
    let mut dice = 1u32;
    let mut noise = || -> Vec<u8> {
        let mut level = |_| {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (dice >> 24) as u8
        };
        (0..SIDE * SIDE).map(&mut level).collect()
    };
    let mut finder = FlowFinder::new();
    for flow_quality in [FlowQuality::Refined, FlowQuality::Coarse] {
        let mut field = vec![[f32::NAN, f32::INFINITY]; SIDE * SIDE];
        for frame in 0..20 {
            let [from, to] = match frame % 4 {
                0 => [vec![0; SIDE * SIDE], vec![255; SIDE * SIDE]],
                1 => [noise(), noise()],
                2 => [noise(), still()],
                _ => [Vec::new(), Vec::new()],
            };
            let field = finder.find(&from, &to, flow_quality, &mut field);
            let finite = |[x, y]: &[f32; 2]| x.is_finite() && y.is_finite();
            assert!(field.iter().all(finite), "{frame}");
        }
    }
}
