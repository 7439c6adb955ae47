//! What each Action Unit moves in one half of a face.

use crate::analysis::action_units::Au;

use super::regions::FlowRegion;

/// What a unit moves: the part, how far outwards, how far upwards, in parts of its largest movement.
pub type RegionPull = (FlowRegion, f64, f64);

/// A unit and its pulls in one half of the face: drawn by hand after the FACS manual's descriptions and, where it
/// is silent, after the rig's displacements (`face_rig.npz`); AU12, AU14 and AU20 on the photos for tuning.
pub const AU_TEMPLATES: [(Au, &[RegionPull]); 17] = {
    use FlowRegion::{
        Cheek, Chin, Furrow, Glabella, InnerBrow, LipCorner, LowerLid, LowerLip, Nose, OuterBrow,
        UpperLid, UpperLip,
    };
    [
        (
            Au::Au01,
            &[
                (InnerBrow, 0.0, 1.0),
                (OuterBrow, 0.0, 0.35),
                (Glabella, 0.0, 0.3),
            ],
        ),
        (Au::Au02, &[(OuterBrow, 0.0, 1.0), (InnerBrow, 0.0, 0.3)]),
        (
            Au::Au04,
            &[
                (InnerBrow, -0.5, -1.0),
                (Glabella, 0.0, -0.6),
                (OuterBrow, -0.1, -0.35),
            ],
        ),
        (Au::Au05, &[(UpperLid, 0.0, 1.0)]),
        (
            Au::Au06,
            &[(Cheek, 0.0, 1.0), (LowerLid, 0.0, 0.5), (Furrow, 0.15, 0.4)],
        ),
        (Au::Au07, &[(LowerLid, -0.4, 1.0), (Cheek, -0.4, 0.5)]),
        (
            Au::Au09,
            &[
                (Nose, 0.0, 0.7),
                (Furrow, 0.0, 1.0),
                (UpperLip, 0.0, 0.9),
                (Cheek, 0.0, 0.7),
                (LipCorner, 0.0, 0.5),
                (InnerBrow, 0.0, -0.4),
                (Glabella, 0.0, -0.3),
            ],
        ),
        (
            Au::Au10,
            &[
                (UpperLip, 0.2, 1.0),
                (Furrow, 0.25, 0.9),
                (LipCorner, 0.0, 0.4),
                (Cheek, 0.1, 0.3),
                (Nose, 0.0, 0.25),
            ],
        ),
        (
            Au::Au12,
            &[
                (LipCorner, 0.75, 1.0),
                (Furrow, 0.45, 0.5),
                (Cheek, 0.25, 0.4),
                (UpperLip, 0.4, 0.45),
                (LowerLip, 0.4, 0.55),
            ],
        ),
        // The corner is drawn in and up while the upper lip and the furrow above it stay.
        (
            Au::Au14,
            &[
                (LipCorner, 0.25, 1.0),
                (LowerLip, 0.2, 0.75),
                (Furrow, 0.35, 0.15),
                (UpperLip, 0.2, 0.15),
                (Cheek, 0.2, 0.2),
                (Chin, 0.0, 0.5),
            ],
        ),
        // It is drawn back alone.
        (
            Au::Au14,
            &[
                (LipCorner, 1.0, 0.05),
                (UpperLip, 0.3, 0.0),
                (LowerLip, 0.3, 0.0),
            ],
        ),
        (Au::Au15, &[(LipCorner, 0.1, -1.0), (LowerLip, 0.0, -0.3)]),
        (Au::Au17, &[(Chin, 0.0, 1.0), (LowerLip, 0.0, 0.8)]),
        (
            Au::Au20,
            &[
                (LipCorner, 1.0, -0.4),
                (Furrow, 0.35, -0.15),
                (UpperLip, 0.3, -0.15),
                (LowerLip, 0.5, -0.1),
            ],
        ),
        (Au::Au24, &[(UpperLip, 0.0, -0.7), (LowerLip, 0.0, 0.8)]),
        (Au::Au25, &[(LowerLip, 0.0, -1.0), (UpperLip, 0.0, 0.25)]),
        (
            Au::Au26,
            &[
                (LowerLip, 0.0, -1.0),
                (Chin, 0.0, -1.0),
                (LipCorner, -0.1, -0.4),
            ],
        ),
    ]
};
