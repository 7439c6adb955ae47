//! What the detector of blinks goes by.

use std::time::Duration;

/// What the detector goes by. Chosen on sitters of five photos who blink at known times
/// (`make eval-sitters`), and checked on twelve clips of eleven people whose blinks were labelled
/// by eye, at their own size and with outer eye corners 50 to 80 pixels apart (docs/indices.md):
/// blinks have a prominence of .28 to 1.04 and a width of .05 to .34 s there, the mesh's tremble of
/// lids at rest .26 at the most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tuning {
    /// Prominence, in parts of the recent opening, from which a dip of both eyes is a blink.
    pub prominence: f64,
    /// Eye widths that the lids must come down by at the least: narrow and shut eyes tremble by .04.
    pub drop: f64,
    /// Prominence from which nothing but a blink or a glance down moves lids, and the seconds that
    /// a shallower dip must be wide: less is a jump of the mesh.
    pub clear: f64,
    pub narrowest: f64,
    /// Seconds that a dip may be wide at half its depth: up to a clear prominence, and what each
    /// unit of prominence beyond adds. A glance down is as shallow and takes longer.
    pub width: f64,
    pub width_growth: f64,
    /// Seconds that any blink may be wide: spontaneous ones take 100 to 400 ms from first to last
    /// movement (Stern, Walrath & Goldstein 1984), a drowsy person's up to half a second.
    pub widest: f64,
    /// Degrees by which a nod may change the pitch within a dip that has but the least prominence,
    /// and the prominence from which a nod does not matter.
    pub nod: f64,
    pub nod_prominence: f64,
    /// Standard deviations of the opening's noise by which a dip must stand out.
    pub noise: f64,
    /// Part of the way down at which onset and offset are told.
    pub edge: f64,
    /// Part of the way up from which the eyes are open again, and at which they surely are.
    pub recovered: f64,
    pub reopened: f64,
    /// Part of the way by which lids that have come to rest still rise from frame to frame.
    pub settled: f64,
    /// Opening, in eye widths, that the mesh shows of closed lids (it shows .03 to .1), and the
    /// least that is believed of open ones.
    pub closed: f64,
    pub least_open: f64,
    /// How long the recent opening is remembered.
    pub memory: Duration,
    /// How far before its lowest point a dip may begin, and how long after it may end.
    pub before: Duration,
    pub after: Duration,
    /// How long after its lowest point lids that have come halfway back are no longer waited for.
    pub late: Duration,
    /// Time without a frame after which nothing is known of what the lids did.
    pub gap: Duration,
    /// Time between frames in seconds from which a lowest point may lie between two of them.
    pub coarse: f64,
    /// Openings needed before a dip can be judged.
    pub fewest: usize,
}

/// What one eye that closes alone is told by: the mesh shows but half of what one lid does alone, and lowers the
/// other eye's by a fifth.
#[derive(Debug, Clone, Copy)]
pub(super) struct WinkTuning {
    /// Prominence of the eye's dip, in parts of its own recent opening, from which it is a wink.
    pub prominence: f64,
    /// The same where the look of that eye changes by `look`.
    pub seen_prominence: f64,
    pub look: f64,
    /// Dip of the other eye, in parts of the deeper one's and each in parts of its own recent opening,
    /// and for itself, below both of which a dip is one eye's: 253 of 274 winks of nineteen sitters, and
    /// one of 814 blinks.
    pub other_share: f64,
    pub other_prominence: f64,
    /// Change of one eye's look from which both eyes' looks tell which of them closed.
    pub telling_look: f64,
    /// Part of that change under which the other eye's look stayed as it was, unless the dips are alike, and
    /// from which that eye closed too.
    pub other_open: f64,
    pub other_closed: f64,
    /// The shallower dip, in parts of the deeper one, from which both are alike.
    pub alike: f64,
}

/// What the eyes' pictures say of a dip of both eyes.
#[derive(Debug, Clone, Copy)]
pub(super) struct LookTuning {
    /// Prominence below which a dip must change the eyes' look as this person's blinks do, and by what part of
    /// the median of what those changed.
    pub shallow: f64,
    pub like_blinks: f64,
    /// Prominence from which a dip that is no blink by itself is one by its look: of a person whose blinks are
    /// known or where the look changes by `strong`, and of others.
    pub seen_prominence: f64,
    pub unknown_prominence: f64,
    pub strong: f64,
    /// Seconds that such a dip must be wide, and eye widths that the lids must come down by.
    pub width: f64,
    pub drop: f64,
    /// Change of look that it must show for itself, and in parts of those blinks'.
    pub least: f64,
    pub as_blinks: f64,
    /// Blinks that must be known for their change of look, and how many are remembered.
    pub fewest_blinks: usize,
    pub most_blinks: usize,
}

pub(super) const WINK: WinkTuning = WinkTuning {
    prominence: 0.33,
    seen_prominence: 0.15,
    look: 0.2,
    other_share: 0.56,
    other_prominence: 0.28,
    telling_look: 0.1,
    other_open: 0.2,
    other_closed: 0.4,
    alike: 0.75,
};

pub(super) const LOOK: LookTuning = LookTuning {
    shallow: 0.38,
    like_blinks: 0.3,
    seen_prominence: 0.1,
    unknown_prominence: 0.2,
    strong: 0.14,
    width: 0.1,
    drop: 0.035,
    least: 0.05,
    as_blinks: 0.4,
    fewest_blinks: 1,
    most_blinks: 12,
};

pub(super) const TUNING: Tuning = Tuning {
    prominence: 0.3,
    drop: 0.065,
    clear: 0.47,
    narrowest: 0.075,
    width: 0.3,
    width_growth: 0.8,
    widest: 0.5,
    nod: 6.0,
    nod_prominence: 0.65,
    noise: 5.0,
    edge: 0.2,
    recovered: 0.6,
    reopened: 0.85,
    settled: 0.04,
    closed: 0.05,
    least_open: 0.15,
    memory: Duration::from_secs(2),
    before: Duration::from_millis(500),
    after: Duration::from_millis(450),
    late: Duration::from_millis(300),
    gap: Duration::from_millis(300),
    coarse: 0.05,
    fewest: 4,
};
