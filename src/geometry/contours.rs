//! Closed lines of the face mesh by name: the points of each in order, MediaPipe's numbers in its
//! canonical face. Left and right are the person's.

use super::Sides;

/// The edge of the face.
pub const FACE_OVAL: &[u16] = &[
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/// The edges of the lids around each eye.
pub const EYES: Sides<&[u16]> = Sides::new(
    &[
        249, 263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390,
    ],
    &[
        7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33,
    ],
);

/// Each brow.
pub const BROWS: Sides<&[u16]> = Sides::new(
    &[276, 283, 282, 295, 285, 336, 296, 334, 293, 300],
    &[46, 53, 52, 65, 55, 107, 66, 105, 63, 70],
);

/// Where the lips meet the skin.
pub const OUTER_LIPS: &[u16] = &[
    0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267,
];

/// Where the lips meet each other.
pub const INNER_LIPS: &[u16] = &[
    13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78, 191, 80, 81, 82,
];

/// Four points on the rim of each iris, in order around it.
pub const IRISES: Sides<[u16; 4]> = Sides::new([474, 475, 476, 477], [469, 470, 471, 472]);
