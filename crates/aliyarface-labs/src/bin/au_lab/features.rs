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

/// Degrees by which meshes are turned to see what turning does to their numbers.
const TURNS: [f64; 2] = [-20.0, 20.0];
/// Part of the mesh's depth that is true: the net exaggerates it, as the fit of the head's pose knows.
const DEPTH: f64 = 0.8;

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

/// The shape of those of the faces `seen` that are `wanted`, and what it becomes where the head is turned about the
/// vertical axis and nothing else: two rows a face and turn, of its left and of its right half.
pub fn of_turning(
    reader: &mut ImageActionUnits,
    seen: &[MeshedFace],
    wanted: impl Fn(usize) -> bool,
) -> Result<[Tensor; 2], Failure> {
    let (mut resting, mut turning) = (Vec::new(), Vec::new());
    for face in seen.iter().filter(|face| wanted(face.index)) {
        let Some(straight) = reader.numbers(&face.mesh)? else {
            continue;
        };
        for degrees in TURNS {
            if let Some(turned) = reader.numbers(&turned(&face.mesh, degrees))? {
                resting.extend(straight.concat());
                turning.extend(turned.concat());
            }
        }
    }
    Ok([resting, turning]
        .map(|numbers| Tensor::from_slice(&numbers).view([-1, SHAPE_NUMBERS as i64])))
}

/// `mesh` turned by `degrees` about the vertical axis through its middle.
fn turned(mesh: &[[f64; 3]], degrees: f64) -> Vec<[f64; 3]> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = mesh.iter().map(|[x, _, _]| x).sum::<f64>() / mesh.len().max(1) as f64;
    let turn = |&[x, y, z]: &[f64; 3]| {
        let (x, z) = (x - middle, z * DEPTH);
        [cos * x + sin * z + middle, y, (cos * z - sin * x) / DEPTH]
    };
    mesh.iter().map(turn).collect()
}
