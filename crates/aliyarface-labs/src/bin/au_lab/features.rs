//! The numbers that the element reads of faces, as tables.

use gstaliyarface::analysis::ImageActionUnits;
use gstaliyarface::models::{HOG_NUMBERS, SHAPE_NUMBERS};
use tch::Tensor;

use crate::Failure;
use crate::cache::MeshedFace;
use crate::data::{Faces, Renders};

/// Faces as numbers; two rows a face, of its left and of its right half, each completed by its own
/// mirror image: so weights learn to bear what turning and asymmetry do to a half.
pub struct Table {
    /// Shape.
    pub shape: Tensor,
    /// Look; zeros for renders.
    pub look: Tensor,
    /// Places in the data set.
    pub indices: Vec<usize>,
}

#[derive(Default)]
struct Rows {
    shape: Vec<f32>,
    look: Vec<f32>,
    indices: Vec<usize>,
}

impl Rows {
    fn table(self) -> Table {
        let count = 2 * self.indices.len() as i64;
        let table = |numbers: &[f32], width| Tensor::from_slice(numbers).view([count, width]);
        Table {
            shape: table(&self.shape, SHAPE_NUMBERS as i64),
            look: table(&self.look, HOG_NUMBERS as i64),
            indices: self.indices,
        }
    }
}

/// The faces that are turned to the camera.
pub fn of_faces(
    reader: &mut ImageActionUnits,
    faces: &Faces,
    seen: &[MeshedFace],
) -> Result<Table, Failure> {
    let mut rows = Rows::default();
    for face in seen.iter().filter(|face| faces.teaches(face.index)) {
        let look = reader.look(&face.mesh, &face.crop);
        if let (Some(shape), Some(look)) = (reader.numbers(&face.mesh)?, look) {
            rows.shape.extend(shape.concat());
            rows.look.extend(look.concat());
            rows.indices.push(face.index);
        }
    }
    Ok(rows.table())
}

/// The rendered heads that are turned to the camera.
pub fn of_renders(reader: &mut ImageActionUnits, renders: &Renders) -> Result<Table, Failure> {
    let mut rows = Rows::default();
    for (index, mesh) in renders.meshes.iter().enumerate() {
        if let Some(shape) = reader.numbers(mesh)? {
            rows.shape.extend(shape.concat());
            rows.look.extend([0.0; 2 * HOG_NUMBERS]);
            rows.indices.push(index);
        }
    }
    Ok(rows.table())
}
