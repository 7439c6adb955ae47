//! Planes of numbers with a margin around the picture: loops near its border need no case of their own.

/// Pixels of margin on each side: as far as a patch may leave the picture, and a patch.
pub const MARGIN: usize = 16;
/// Pixels a side of the finest level.
pub const FINE: usize = 88;
/// Pixels a side of the coarse level.
pub const COARSE: usize = FINE / 2;
/// Rows of a plane, those of the margins with it.
pub const ROWS: usize = FINE + 2 * MARGIN;
/// Numbers a row: whole vectors from the first pixel on, and the margins.
pub const ROW: usize = 128;
/// Numbers that fill the vectors of the processor with the widest ones.
const LANES: usize = 16;

/// One row: pixel x of the picture is number [`MARGIN`] + x.
pub type Row = [f32; ROW];

/// Rows of numbers: row y of the picture is row [`MARGIN`] + y. Smaller levels leave the rest as it is.
pub type Plane = Box<[Row; ROWS]>;

/// A plane of zeros.
pub fn plane() -> Plane {
    Box::new([[0.0; ROW]; ROWS])
}

/// Numbers of a row of a picture `side` pixels wide that are worked upon: whole vectors.
pub const fn width(side: usize) -> usize {
    side.next_multiple_of(LANES)
}

/// `COUNT` numbers of a row from number `at` on, or the last ones.
#[inline(always)]
pub fn part<const COUNT: usize>(row: &Row, at: usize) -> [f32; COUNT] {
    let at = at.min(ROW - COUNT);
    std::array::from_fn(|index| row[at + index])
}

/// Gives the margin the nearest pixel of the picture, `SIDE` pixels a side.
#[inline(always)]
pub fn replicate_border<const SIDE: usize>(plane: &mut Plane) {
    for row in &mut plane[MARGIN..MARGIN + SIDE] {
        let [first, last] = [row[MARGIN], row[MARGIN + SIDE - 1]];
        row[..MARGIN].fill(first);
        row[MARGIN + SIDE..].fill(last);
    }
    let [first, last] = [plane[MARGIN], plane[MARGIN + SIDE - 1]];
    plane[..MARGIN].fill(first);
    plane[MARGIN + SIDE..SIDE + 2 * MARGIN].fill(last);
}

/// The number between four of a plane at a place in its rows and numbers, which is moved into the plane where it lies
/// outside of it.
#[inline(always)]
pub fn bilinear(plane: &Plane, [x, y]: [f32; 2]) -> f32 {
    let numbers = plane.as_flattened();
    let x = x.clamp(0.0, (ROW - 2) as f32);
    let y = y.clamp(0.0, (ROWS - 2) as f32);
    // Through i32: from f32 to that every processor has a vector's instruction.
    let [column, row] = [x as i32, y as i32];
    let [across, down] = [x - column as f32, y - row as f32];
    let at = (row as usize * ROW + column as usize).min(numbers.len() - ROW - 2);
    let upper = numbers[at] + across * (numbers[at + 1] - numbers[at]);
    let lower = numbers[at + ROW] + across * (numbers[at + ROW + 1] - numbers[at + ROW]);
    upper + down * (lower - upper)
}
