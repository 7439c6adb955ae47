//! What a face does, put into a script with its times and amplitude.

use aliyarface_labs::dice::Dice;

use super::item::{Item, Kind, UNITS, UPPER};

/// A micro-expression, in a third of the cases with another in the other half of the face that begins meanwhile;
/// or something else.
pub fn dense(time: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    match dice.between(0.0, 1.0) {
        lot if lot < 0.7 => {}
        lot if lot < 0.8 => return lasting(time, items, dice),
        lot if lot < 0.88 => return blink(time, items, dice),
        lot if lot < 0.93 => return head(time, [3.0, 8.0], items, dice),
        lot if lot < 0.97 => return glance(time, items, dice),
        _ => return phrase(time, items, dice),
    }
    // Each unit as often as any other.
    let even = UNITS.map(|(unit, muscle, _)| (unit, muscle, 1.0));
    let halves = [true, false].map(|upper| {
        let half = even
            .iter()
            .filter(|(unit, ..)| UPPER.contains(unit) == upper);
        half.copied().collect::<Vec<_>>()
    });
    let [upper, lower] = &halves;
    let above = dice.between(0.0, 1.0) < 0.4;
    let (first, second) = if above {
        (upper, lower)
    } else {
        (lower, upper)
    };
    let end = micro(first, time, amplitudes, items, dice);
    if dice.between(0.0, 1.0) > 0.33 {
        return end;
    }
    let beside = time + dice.between(0.05, 0.35);
    end.max(micro(second, beside, amplitudes, items, dice))
}

/// An item of one of `units`, chosen by their weights, that begins at `onset`.
fn expression(
    (kind, units): (Kind, &[(&'static str, &'static str, f64)]),
    onset: f64,
    amplitude: f64,
    dice: &mut Dice,
) -> Item {
    let total: f64 = units.iter().map(|(.., weight)| weight).sum();
    let mut lot = dice.between(0.0, total);
    let unit = units.iter().find(|(.., weight)| {
        lot -= weight;
        lot < 0.0
    });
    let (unit, ..) = unit.copied().unwrap_or(UNITS[0]);
    let side = match dice.between(0.0, 1.0) {
        _ if unit == "AU17" => "both",
        lot if lot < 0.25 => "left",
        lot if lot < 0.5 => "right",
        _ => "both",
    };
    Item {
        kind,
        unit,
        side,
        onset,
        apex: onset,
        hold: onset,
        offset: onset,
        amplitude,
        shading: dice.between(-2.0, 2.0),
    }
}

/// A micro-expression of one of `units`; when it is over.
pub fn micro(
    units: &[(&'static str, &'static str, f64)],
    time: f64,
    amplitudes: [f64; 2],
    items: &mut Vec<Item>,
    dice: &mut Dice,
) -> f64 {
    let amplitude = dice.between(amplitudes[0], amplitudes[1]);
    let mut item = expression((Kind::Micro, units), time, amplitude, dice);
    item.apex = time + dice.between(0.06, 0.18);
    item.hold = item.apex + dice.between(0.0, 0.06);
    item.offset = item.hold + dice.between(0.08, 0.24);
    items.push(item);
    item.offset
}

/// An expression that lasts; when it is over.
pub fn lasting(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let amplitude = dice.between(0.45, 0.9);
    let mut item = expression((Kind::Macro, &UNITS), time, amplitude, dice);
    item.apex = time + dice.between(0.3, 0.6);
    item.hold = item.apex + dice.between(0.5, 1.2);
    item.offset = item.hold + dice.between(0.35, 0.7);
    items.push(item);
    item.offset
}

/// An item at these times: onset, begin and end of the apex, offset.
fn plain(
    kind: Kind,
    (unit, side): (&'static str, &'static str),
    [onset, apex, hold, offset]: [f64; 4],
    amplitude: f64,
) -> Item {
    Item {
        kind,
        unit,
        side,
        onset,
        apex,
        hold,
        offset,
        amplitude,
        shading: 0.0,
    }
}

/// Both lids close; when they are open again.
pub fn blink(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.06, 0.1);
    let hold = apex + dice.between(0.02, 0.05);
    let offset = hold + dice.between(0.1, 0.17);
    let times = [time, apex, hold, offset];
    items.push(plain(Kind::Blink, ("", "both"), times, 1.0));
    offset
}

/// What lips do beside the jaw in a vowel, and how far against the jaw.
const VOWELS: [(&str, &str, f64); 5] = [
    ("mouthFunnel", "middle", 1.5),
    ("mouthPucker", "middle", 2.0),
    ("mouthStretch", "both", 1.2),
    ("mouthLowerDown", "both", 2.5),
    ("mouthUpperUp", "both", 1.5),
];
/// What lips do in a consonant.
const CONSONANTS: [(&str, &str); 3] = [
    ("mouthPress", "both"),
    ("mouthRollLower", "middle"),
    ("mouthRollUpper", "middle"),
];

/// Some syllables, with what people do beside them: lips that spread, round and close, brows that
/// stress, nods, a blink at the end.
pub fn phrase(start: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let mut time = start;
    let loudness = dice.between(0.04, 0.2);
    for _ in 0..dice.between(3.0, 9.0) as usize {
        let apex = time + dice.between(0.05, 0.12);
        let offset = apex + dice.between(0.07, 0.16);
        let times = [time, apex, apex, offset];
        let amplitude = loudness * dice.between(0.4, 1.2);
        let jaw = ("jawOpen", "middle");
        items.push(plain(Kind::Speech, jaw, times, amplitude));
        let lot = dice.between(0.0, VOWELS.len() as f64 * 1.3) as usize;
        if let Some(&(unit, side, part)) = VOWELS.get(lot) {
            items.push(plain(Kind::Speech, (unit, side), times, amplitude * part));
        }
        time = offset + dice.between(-0.04, 0.05);
        let lot = dice.between(0.0, CONSONANTS.len() as f64 * 2.5) as usize;
        if let Some(&lips) = CONSONANTS.get(lot) {
            let (apex, offset) = (time + 0.05, time + dice.between(0.09, 0.14));
            let amplitude = dice.between(0.1, 0.4);
            items.push(plain(
                Kind::Speech,
                lips,
                [time, apex, apex, offset],
                amplitude,
            ));
            time += 0.03;
        }
    }
    let chance = |dice: &mut Dice, part: f64| dice.between(0.0, 1.0) < part;
    if chance(dice, 0.4) {
        let (from, apex) = (dice.between(start, time), dice.between(0.12, 0.3));
        let hold = from + apex + dice.between(0.1, 0.5);
        let times = [from, from + apex, hold, hold + dice.between(0.15, 0.4)];
        let amplitude = dice.between(0.08, 0.3);
        for brow in ["browOuterUp", "browInnerUp"] {
            items.push(plain(Kind::Speech, (brow, "both"), times, amplitude));
        }
    }
    if chance(dice, 0.5) {
        head(dice.between(start, time), [1.5, 5.0], items, dice);
    }
    if chance(dice, 0.4) {
        blink(time - 0.1, items, dice);
    }
    time
}

/// A phrase; in two of three a micro-expression of brows or lids begins during it, which the phrase's own
/// brows, blinks and nods keep clear of.
pub fn spoken(start: f64, amplitudes: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let mut said = Vec::new();
    let end = phrase(start, &mut said, dice);
    if dice.between(0.0, 1.0) < 0.66 && end - start > 0.6 {
        let from = dice.between(start + 0.2, end - 0.3);
        let upper = UNITS.into_iter().filter(|(unit, ..)| UPPER.contains(unit));
        let upper: Vec<_> = upper.collect();
        let to = micro(&upper, from, amplitudes, items, dice);
        said.retain(|item| {
            let mouth = item.kind == Kind::Speech && !item.unit.starts_with("brow");
            mouth || item.offset + 0.3 < from || item.onset > to + 0.3
        });
    }
    items.extend(said);
    end
}

/// The head turns by so many `degrees` and back; when it is back.
pub fn head(time: f64, degrees: [f64; 2], items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.3, 0.6);
    let hold = apex + dice.between(0.0, 0.5);
    let offset = hold + dice.between(0.3, 0.6);
    let sign = if dice.between(0.0, 1.0) < 0.5 {
        -1.0
    } else {
        1.0
    };
    let degrees = sign * dice.between(degrees[0], degrees[1]);
    let times = [time, apex, hold, offset];
    items.push(plain(Kind::Head, ("", "both"), times, degrees));
    offset
}

/// The upper lids follow eyes that dart down, and come back. A photo's irises stay where they are, so
/// that eyes that look up would be those of AU05.
pub fn glance(time: f64, items: &mut Vec<Item>, dice: &mut Dice) -> f64 {
    let apex = time + dice.between(0.03, 0.07);
    let hold = apex + dice.between(0.1, 0.7);
    let offset = hold + dice.between(0.03, 0.07);
    let times = [time, apex, hold, offset];
    let amplitude = dice.between(0.15, 0.6);
    items.push(plain(Kind::Gaze, ("eyeLookDown", "both"), times, amplitude));
    offset
}
