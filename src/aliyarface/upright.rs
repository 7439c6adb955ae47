//! From the upright picture that is analysed to the frame as it lies in its buffer.

use crate::analysis::Face;
use crate::geometry::Rect;
use crate::metadata::FaceMeta;
use crate::picture::Orientation;

/// The faces of `meta`, which lie in the upright picture of `size` pixels, in fractions of a frame
/// that is turned so. How heads are turned stays as it is upright.
pub fn in_frame(meta: &FaceMeta, orientation: Orientation, size: [usize; 2]) -> FaceMeta {
    let [upright_width, _] = size;
    let [frame_width, _] = orientation.turn_size(size);
    let depth = upright_width as f32 / frame_width as f32;
    let face = |face: &Face| Face {
        rect: rect_in_frame(&face.rect, orientation),
        landmarks: (face.landmarks.iter())
            .map(|&[x, y, z]| {
                let [x, y] = orientation.to_frame([x, y].map(f64::from));
                [x as f32, y as f32, z * depth]
            })
            .collect(),
        ..face.clone()
    };
    FaceMeta {
        faces: meta.faces.iter().map(face).collect(),
        ..meta.clone()
    }
}

fn rect_in_frame(rect: &Rect, orientation: Orientation) -> Rect {
    let first = orientation.to_frame([rect.x, rect.y]);
    let last = orientation.to_frame([rect.x + rect.width, rect.y + rect.height]);
    let [width, height] = [0, 1].map(|axis| (last[axis] - first[axis]).abs());
    Rect {
        x: first[0].min(last[0]),
        y: first[1].min(last[1]),
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_at_the_upright_upper_right_lies_at_the_upper_left_of_a_frame_to_be_turned() {
        let face = Face {
            rect: Rect {
                x: 0.75,
                y: 0.0,
                width: 0.25,
                height: 0.1,
            },
            landmarks: vec![[0.9, 0.05, 0.2]],
            ..Face::default()
        };
        let meta = FaceMeta {
            analysis_pts: 1,
            faces: vec![face],
            group: None,
        };
        let turned = in_frame(&meta, "rotate-90".parse().unwrap(), [480, 640]);
        let Rect {
            x,
            y,
            width,
            height,
        } = turned.faces[0].rect;
        for (value, expected) in [x, y, width, height].into_iter().zip([0.0, 0.0, 0.1, 0.25]) {
            assert!(
                (value - expected).abs() < 1e-9,
                "{:?}",
                turned.faces[0].rect
            );
        }
        let [x, y, z] = turned.faces[0].landmarks[0];
        assert!((x - 0.05).abs() < 1e-6 && (y - 0.1).abs() < 1e-6);
        assert!((z - 0.15).abs() < 1e-6, "{z} in widths of the frame");
    }
}
