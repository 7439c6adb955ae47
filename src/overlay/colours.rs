//! Which colour a face is drawn in.

/// Red, green, blue and opacity, not premultiplied.
pub type Rgba = [u8; 4];

/// Opaque white.
pub const WHITE: Rgba = [255; 4];

/// Turns of the colour wheel from one track to the next: with the golden section no two of the
/// faces seen at a time come out alike, however many there were before.
const GOLDEN_SECTION: f64 = 0.618_033_988_749_895;

/// Where the wheel starts, so that the first face is turquoise and not skin-coloured.
const FIRST_HUE: f64 = 0.862;

/// Brightness all hues are lifted to, so that blue reads as well on a dark panel as yellow.
const LUMA: f64 = 0.68;

/// The colour of a track: always the same for the same id.
pub fn for_track(id: u32) -> [u8; 3] {
    let hue = (FIRST_HUE + f64::from(id) * GOLDEN_SECTION).fract();
    let pure = [0.0, 2.0, 4.0].map(|shift| {
        let distance = ((hue * 6.0 + shift) % 6.0 - 3.0).abs() - 1.0;
        0.12 + 0.88 * distance.clamp(0.0, 1.0)
    });
    let luma = 0.299 * pure[0] + 0.587 * pure[1] + 0.114 * pure[2];
    pure.map(|part| {
        let lifted = if luma < LUMA {
            part + (1.0 - part) * (LUMA - luma) / (1.0 - luma)
        } else {
            part
        };
        (lifted * 255.0).round() as u8
    })
}

/// `colour` at this opacity, 0..1.
pub fn with_opacity([r, g, b]: [u8; 3], opacity: f32) -> Rgba {
    [r, g, b, (opacity * 255.0 + 0.5) as u8]
}

/// Mixes white into `colour`; 0 leaves it, 1 is white.
pub fn lightened(colour: [u8; 3], share: f32) -> [u8; 3] {
    colour.map(|part| (f32::from(part) + (255.0 - f32::from(part)) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_tracks_are_told_apart() {
        let distance = |a: [u8; 3], b: [u8; 3]| -> u32 {
            a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
        };
        for id in 0..200 {
            for other in id + 1..id + 5 {
                let apart = distance(for_track(id), for_track(other));
                assert!(apart > 60, "{id} and {other}: {apart}");
            }
        }
    }

    #[test]
    fn a_track_keeps_its_colour_and_every_id_has_one() {
        assert_eq!(for_track(7), for_track(7));
        for id in [0, 1, u32::MAX] {
            assert!(for_track(id).iter().any(|part| *part > 150));
        }
    }
}
