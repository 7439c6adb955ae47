//! Portraits turned by their own relief.

use gstaliyarface::analysis::Face;

use super::pictures::Photo;

/// The portrait with its head turned: the chin towards the chest and the nose towards the picture's
/// right. The visible side is moved as its relief says, and the picture around it is drawn along.
pub fn with_head_turned(photo: &Photo, face: &Face, chin_down: f64, nose_right: f64) -> Photo {
    let (width, height) = (photo.width as f64, photo.height as f64);
    let relief: Vec<[f64; 3]> = face
        .landmarks
        .iter()
        .map(|point| {
            let [x, y, z] = point.map(f64::from);
            [x * width, y * height, -z * width]
        })
        .collect();
    let (down, right) = (chin_down.to_radians(), nose_right.to_radians());
    let middle = [0, 1, 2]
        .map(|axis| relief.iter().map(|point| point[axis]).sum::<f64>() / relief.len() as f64);
    let turned = relief.iter().map(|point| {
        // y grows downwards, z towards the camera.
        let [x, y, z] = [0, 1, 2].map(|axis| point[axis] - middle[axis]);
        let [x, z] = [
            x * right.cos() + z * right.sin(),
            z * right.cos() - x * right.sin(),
        ];
        let y = y * down.cos() + z * down.sin();
        [middle[0] + x, middle[1] + y]
    });
    let turned: Vec<[f64; 2]> = turned.collect();
    let softness = 2.0 * (face.rect.height * height * 0.06).powi(2);
    let moves: Vec<[f64; 2]> = relief
        .iter()
        .zip(&turned)
        .map(|(from, to)| [0, 1].map(|axis| from[axis] - to[axis]))
        .collect();
    // How near a point is, 0..1, is the product of a factor of the column and one of the row.
    let nearness = |length: usize, axis: usize| -> Vec<Vec<f64>> {
        let near = |at: usize| {
            let points = turned.iter().map(|to| at as f64 - to[axis]);
            points.map(|off| (-off * off / softness).exp()).collect()
        };
        (0..length).map(near).collect()
    };
    let (columns, rows) = (nearness(photo.width, 0), nearness(photo.height, 1));
    Photo::of(photo.width, photo.height, |column, row| {
        let (x, y) = (column as f64, row as f64);
        let rect = face.rect;
        let across = x / width - rect.x - rect.width / 2.0;
        let along = y / height - rect.y - rect.height / 2.0;
        if across.abs() > rect.width || along.abs() > rect.height {
            return at(photo, [x, y]);
        }
        // Far from the face the picture stays.
        let (mut weights, mut shift) = (0.1, [0.0; 2]);
        for ((near, by), [right, down]) in columns[column].iter().zip(&rows[row]).zip(&moves) {
            let weight = near * by;
            weights += weight;
            shift = [shift[0] + weight * right, shift[1] + weight * down];
        }
        at(photo, [x + shift[0] / weights, y + shift[1] / weights])
    })
}

/// The colour between pixels, edges going on beyond the picture.
fn at(photo: &Photo, [x, y]: [f64; 2]) -> [u8; 3] {
    let pixel = |x: f64, y: f64, channel: usize| {
        let x = (x as i64).clamp(0, photo.width as i64 - 1) as usize;
        let y = (y as i64).clamp(0, photo.height as i64 - 1) as usize;
        f64::from(photo.rgb[(y * photo.width + x) * 3 + channel])
    };
    let (left, top) = (x.floor(), y.floor());
    [0, 1, 2].map(|channel| {
        let row = |y| {
            pixel(left, y, channel) * (1.0 - x + left) + pixel(left + 1.0, y, channel) * (x - left)
        };
        (row(top) * (1.0 - y + top) + row(top + 1.0) * (y - top)).round() as u8
    })
}
