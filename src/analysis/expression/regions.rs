//! The parts of a face whose movement is measured, left and right apart.

use super::event::Side;

/// Where the flow of a region is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowRegion {
    /// Inner end of a brow.
    InnerBrow,
    /// Outer half of a brow.
    OuterBrow,
    /// Between the brows.
    Glabella,
    /// Between an eye and its crease.
    UpperLid,
    /// Below an eye.
    LowerLid,
    /// Side of the nose.
    Nose,
    /// Beside the wing of the nose, above the lip.
    Furrow,
    /// Cheek below the eye.
    Cheek,
    /// Corner of the mouth.
    LipCorner,
    /// Half of the upper lip.
    UpperLip,
    /// Half of the lower lip.
    LowerLip,
    /// Chin.
    Chin,
}

impl FlowRegion {
    /// Whether eyes alone can move it.
    pub fn is_of_eye(self) -> bool {
        matches!(self, Self::UpperLid | Self::LowerLid)
    }

    /// Whether it is a brow or lies between them.
    pub fn is_of_brow(self) -> bool {
        matches!(self, Self::InnerBrow | Self::OuterBrow | Self::Glabella)
    }

    /// Whether it lies below the eyes: a jaw that opens and lips that round pull on all of it.
    pub fn is_below_the_eyes(self) -> bool {
        self.is_of_mouth() || matches!(self, Self::Nose | Self::Cheek)
    }

    /// Whether speech moves it by itself.
    pub fn is_of_mouth(self) -> bool {
        use FlowRegion::{Chin, Furrow, LipCorner, LowerLip, UpperLip};
        matches!(self, LipCorner | UpperLip | LowerLip | Chin | Furrow)
    }
}

/// A region: the mean of mesh points, and how far around it is looked.
pub struct FaceRegion {
    /// Where it lies.
    pub part: FlowRegion,
    /// In which half.
    pub side: Side,
    /// Mesh points whose mean is its middle.
    pub points: &'static [usize],
    /// Radius in outer-eye distances.
    pub radius: f64,
}

/// How many regions there are.
pub const REGION_COUNT: usize = 22;

/// A displacement of each region: outwards (in the middle: to the picture's right) and upwards, in
/// hundredths of the outer-eye distance.
pub type Displacements = [[f64; 2]; REGION_COUNT];

const fn region(part: FlowRegion, side: Side, points: &'static [usize], radius: f64) -> FaceRegion {
    FaceRegion {
        part,
        side,
        points,
        radius,
    }
}

/// The regions; the mesh's numbers are those of MediaPipe's canonical face.
#[rustfmt::skip]
pub const REGIONS: [FaceRegion; REGION_COUNT] = {
    use FlowRegion::{Cheek, Chin, Furrow, Glabella, InnerBrow, LipCorner, LowerLid, LowerLip, Nose};
    use FlowRegion::{OuterBrow, UpperLid, UpperLip};
    use Side::{Both, Left, Right};
    [
        region(InnerBrow, Right, &[55, 107, 66, 65], 0.10),
        region(InnerBrow, Left, &[285, 336, 296, 295], 0.10),
        region(OuterBrow, Right, &[105, 52, 63, 53, 70, 46], 0.11),
        region(OuterBrow, Left, &[334, 282, 293, 283, 300, 276], 0.11),
        region(Glabella, Both, &[9, 8], 0.08),
        region(UpperLid, Right, &[159, 158, 160, 27, 28, 29], 0.07),
        region(UpperLid, Left, &[386, 385, 387, 257, 258, 259], 0.07),
        region(LowerLid, Right, &[145, 144, 153, 23, 24, 22], 0.07),
        region(LowerLid, Left, &[374, 373, 380, 253, 254, 252], 0.07),
        region(Nose, Right, &[131, 198, 126], 0.08),
        region(Nose, Left, &[360, 420, 355], 0.08),
        region(Furrow, Right, &[203, 206, 165], 0.09),
        region(Furrow, Left, &[423, 426, 391], 0.09),
        region(Cheek, Right, &[118, 101, 50], 0.11),
        region(Cheek, Left, &[347, 330, 280], 0.11),
        region(LipCorner, Right, &[61, 57], 0.09),
        region(LipCorner, Left, &[291, 287], 0.09),
        region(UpperLip, Right, &[37, 39], 0.07),
        region(UpperLip, Left, &[267, 269], 0.07),
        region(LowerLip, Right, &[84, 181], 0.08),
        region(LowerLip, Left, &[314, 405], 0.08),
        region(Chin, Both, &[199, 200, 18], 0.10),
    ]
};

/// Points that expressions leave nearly in place: bridge of the nose, corners of the eyes, cheekbones,
/// temples, sides of the face.
pub const STABLE: [usize; 26] = [
    168, 6, 197, 195, 5, 4, 33, 133, 362, 263, 116, 345, 123, 352, 127, 356, 234, 454, 227, 447,
    143, 372, 10, 193, 417, 122,
];

/// The index of the region of this part and side.
pub fn index(part: FlowRegion, side: Side) -> Option<usize> {
    REGIONS.iter().position(|region| {
        region.part == part && (region.side == side || region.side == Side::Both)
    })
}
