//! Which emotions an Action Unit belongs to, and where in the face it is seen.

/// What FER+'s emotions say of an Action Unit, and where it is looked for.
pub struct Prototype {
    /// The Action Unit.
    pub code: &'static str,
    /// Emotions whose prototype shows it: in EMFACS (Friesen & Ekman 1983), or in most people of
    /// Du, Tao & Martinez 2014 (PNAS 111, table 1). Empty where it belongs to none.
    pub present: &'static [&'static str],
    /// Emotions in which some people show it: nothing is learned from them.
    pub uncertain: &'static [&'static str],
    /// The part of the face whose points and blendshapes are looked at.
    pub part: Part,
    /// Rows of the aligned crop's cells that are looked at: the first, and the one after the last.
    pub rows: [usize; 2],
    /// Whether a smile moves the same place though it shows another unit: it is then learned from smiles
    /// of each kind that they lack it.
    pub beside_smile: bool,
    /// Whether a turned head looks as if it showed it: strong movements are then not stretched.
    pub beside_turning: bool,
    /// Whether it is the strong end of another unit's movement: of small movements it tells nothing.
    pub strong_end: bool,
    /// How dear it is, where a kernel is learned, that turning changes its score (see [`crate::turning::squares`]).
    pub turning_penalty: f64,
}

/// Of 0, 1, 4 and 16 the largest that cost AU04 no agreement in the selecting heads; it halves what turning changes.
const TURNING_PENALTY: f64 = 4.0;

impl Prototype {
    const fn beside_smile(mut self) -> Self {
        self.beside_smile = true;
        self
    }

    const fn beside_turning(mut self) -> Self {
        self.beside_turning = true;
        self
    }

    /// A turned mesh dents its cheeks as the unit does: AU14 costs 16, .01 of its agreement.
    const fn dented_by_turning(mut self) -> Self {
        self.turning_penalty = 16.0;
        self
    }

    /// Whether a kernel may be learned for it: beyond the centres it falls to nothing, where a strong end
    /// should go on, and a mouth that a turn has drawn together lies among those of resting faces.
    pub fn may_have_kernel(&self) -> bool {
        !self.strong_end && !self.beside_turning
    }

    const fn strong_end(mut self) -> Self {
        self.strong_end = true;
        self
    }
}

/// A part of the face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Brows and eyes.
    Upper,
    /// Lids, cheeks and nose, and what moves them.
    Middle,
    /// Mouth, cheeks and chin.
    Lower,
}

const fn of(
    code: &'static str,
    part: Part,
    rows: [usize; 2],
    present: &'static [&'static str],
    uncertain: &'static [&'static str],
) -> Prototype {
    Prototype {
        code,
        present,
        uncertain,
        part,
        rows,
        beside_smile: false,
        beside_turning: false,
        strong_end: false,
        turning_penalty: TURNING_PENALTY,
    }
}

const HAPPY: &str = "happiness";
const SURPRISE: &str = "surprise";
const SAD: &str = "sadness";
const ANGER: &str = "anger";
const DISGUST: &str = "disgust";
const FEAR: &str = "fear";
const CONTEMPT: &str = "contempt";
/// Says nothing of lids and lips that are closed or sucked in.
const ALL_BUT_HAPPY: &[&str] = &[SURPRISE, SAD, ANGER, DISGUST, FEAR, CONTEMPT];
/// Says nothing of mouths that gape, as laughing ones do.
const ALL: &[&str] = &[HAPPY, SURPRISE, SAD, ANGER, DISGUST, FEAR, CONTEMPT];

/// The Action Units that have scores, in the order of the scores.
#[rustfmt::skip]
pub const PROTOTYPES: [Prototype; 22] = [
    of("AU01", Part::Upper, [0, 4], &[SAD, SURPRISE, FEAR], &[CONTEMPT]),
    of("AU02", Part::Upper, [0, 4], &[SURPRISE, FEAR], &[CONTEMPT]),
    of("AU04", Part::Upper, [0, 4], &[ANGER, SAD, FEAR], &[DISGUST]),
    of("AU05", Part::Upper, [1, 5], &[SURPRISE, FEAR, ANGER], &[CONTEMPT]),
    of("AU06", Part::Middle, [2, 6], &[HAPPY], &[SAD, DISGUST, FEAR, ANGER]),
    of("AU07", Part::Upper, [1, 5], &[ANGER, FEAR], &[DISGUST, HAPPY, SAD]),
    of("AU09", Part::Middle, [2, 6], &[DISGUST], &[ANGER]).beside_smile(),
    of("AU10", Part::Lower, [3, 7], &[DISGUST], &[ANGER, SAD, FEAR]).beside_smile(),
    of("AU12", Part::Lower, [3, 8], &[HAPPY], &[CONTEMPT]),
    of("AU14", Part::Lower, [4, 8], &[CONTEMPT], &[]).beside_smile().dented_by_turning(),
    of("AU15", Part::Lower, [5, 8], &[SAD], &[DISGUST, ANGER, CONTEMPT]),
    of("AU17", Part::Lower, [5, 8], &[SAD, DISGUST, ANGER], &[CONTEMPT]),
    of("AU18", Part::Lower, [0, 0], &[], ALL_BUT_HAPPY).beside_turning(),
    of("AU20", Part::Lower, [5, 8], &[FEAR], &[SURPRISE]),
    of("AU22", Part::Lower, [0, 0], &[], ALL_BUT_HAPPY),
    of("AU23", Part::Lower, [5, 8], &[ANGER], &[DISGUST, SAD, CONTEMPT]),
    of("AU24", Part::Lower, [5, 8], &[ANGER], &[DISGUST, SAD, CONTEMPT]),
    of("AU25", Part::Lower, [5, 8], &[HAPPY, SURPRISE, FEAR], &[ANGER, DISGUST, SAD]),
    of("AU26", Part::Lower, [5, 8], &[SURPRISE, FEAR], &[HAPPY, ANGER, DISGUST, SAD]),
    of("AU27", Part::Lower, [0, 0], &[], ALL).strong_end(),
    of("AU28", Part::Lower, [0, 0], &[], ALL_BUT_HAPPY),
    of("AU43", Part::Upper, [0, 0], &[], ALL_BUT_HAPPY),
];
