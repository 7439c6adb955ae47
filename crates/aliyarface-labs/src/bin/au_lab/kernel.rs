//! What a Gaussian kernel over the units' linear estimates adds to the shape's numbers: columns of how near
//! each face lies to centres among the estimates of its part of the face.

use gstaliyarface::models::KERNEL_CENTRES;
use tch::{Kind, Tensor};

use crate::Failure;
use crate::prototypes::{PROTOTYPES, Part};
use crate::regions;
use crate::ridge::Solution;
use crate::sets::{Data, Split};

/// Parts that have a kernel, in the order of the file's layers.
pub const PARTS: [Part; 2] = [Part::Upper, Part::Lower];
/// The kernel's standard deviation in the root mean square distance of the heads from their mean: of 0.5, 0.7, 1
/// and 1.5 the one that agreed best for AU04 in the selecting heads.
const WIDTH: f64 = 0.7;
/// What nearness is multiplied by, so that the shape's penalties suit it.
pub const NEARNESS_SCALE: f64 = 0.3;
/// Rounds of Lloyd's algorithm after which the centres hardly move.
const ROUNDS: usize = 8;

/// The columns of one part, and how they are made of the shape's numbers.
pub struct KernelColumns {
    /// Of the rendered heads, two rows each.
    pub heads: Tensor,
    /// Of FER+'s faces, two rows each.
    pub faces: Tensor,
    /// What turning changes in them, two rows a resting face and turn.
    pub turning: Tensor,
    /// From the shape's own numbers to the coordinates.
    pub estimate_weight: Tensor,
    /// Biases of these.
    pub estimate_bias: Tensor,
    /// The centres.
    pub centres: Tensor,
}

impl KernelColumns {
    /// The columns of `part` over what `solutions`, one a prototype, estimate of its units. Centres are laid among the
    /// heads of the `wanted` parts of the data.
    pub fn fit(
        data: &Data,
        part: Part,
        solutions: &[Solution],
        wanted: &[Split],
    ) -> Result<Self, Failure> {
        let weights = weights(data, part, solutions)?;
        let splits = data.heads.splits.iter().enumerate();
        let used = splits.filter(|(_, split)| wanted.contains(split));
        let used: Vec<i64> = used
            .flat_map(|(head, _)| [2 * head as i64, 2 * head as i64 + 1])
            .collect();
        let used = Tensor::from_slice(&used);
        let estimates = data.heads.shape.f_matmul(&weights.f_tr()?)?;
        let used = estimates.f_index_select(0, &used)?;
        let mean = used.f_mean_dim(0, true, Kind::Float)?;
        let units = weights.size()[0] as f64;
        // `exp(-d^2 / 2 WIDTH^2)`, of distances in which the heads' are 1 on average.
        let unit = used.f_std_dim(0, true, true)? * (units.sqrt() * WIDTH * 2f64.sqrt());
        let coordinates = |shape: &Tensor| -> Result<Tensor, Failure> {
            Ok((shape.f_matmul(&weights.f_tr()?)? - &mean) / &unit)
        };
        let centres = centres(&((used - &mean) / &unit))?;
        let columns = |shape: &Tensor| nearness(&coordinates(shape)?, &centres);
        let estimate_weight = &weights * &data.scale / unit.f_tr()?;
        let estimate_bias =
            -estimate_weight.f_mv(&data.shape_centre)? - (&mean / &unit).f_view([-1])?;
        Ok(Self {
            heads: columns(&data.heads.shape)?,
            faces: columns(&data.faces.shape)?,
            turning: columns(&data.turned)? - columns(&data.resting)?,
            estimate_weight,
            estimate_bias,
            centres,
        })
    }
}

/// Weights of all the scaled numbers of the shape for each unit of `part`.
fn weights(data: &Data, part: Part, solutions: &[Solution]) -> Result<Tensor, Failure> {
    let places = Tensor::from_slice(&regions::shape(part, &data.canonical));
    let units = PROTOTYPES.iter().zip(solutions);
    let units = units.filter(|(prototype, _)| prototype.part == part);
    let rows = units.map(|(_, solution)| {
        let zeros = data.scale.f_zeros_like()?;
        Ok(zeros.f_index_put(&[Some(&places)], &solution.shape, false)?)
    });
    let rows = rows.collect::<Result<Vec<Tensor>, Failure>>()?;
    Ok(Tensor::f_stack(&rows, 0)?)
}

/// [`KERNEL_CENTRES`] means of the rows of `points` that are nearest to each (Lloyd 1982), from rows at
/// even distances on.
fn centres(points: &Tensor) -> Result<Tensor, Failure> {
    let count = points.size()[0];
    let wanted = KERNEL_CENTRES as i64;
    let first: Vec<i64> = (0..wanted).map(|place| place * count / wanted).collect();
    let mut centres = points.f_index_select(0, &Tensor::from_slice(&first))?;
    for _ in 0..ROUNDS {
        let nearest = Tensor::f_cdist(points, &centres, 2.0, None)?
            .f_argmin(1, false)?
            .f_one_hot(wanted)?
            .to_kind(Kind::Float);
        let members = nearest
            .f_sum_dim_intlist(0, false, Kind::Float)?
            .f_view([-1, 1])?;
        let means = nearest.f_tr()?.f_matmul(points)? / members.f_clamp_min(1.0)?;
        centres = means.f_where_self(&members.f_gt(0.0)?, &centres)?;
    }
    Ok(centres)
}

/// How near each row of `coordinates` lies to each of the `centres`.
fn nearness(coordinates: &Tensor, centres: &Tensor) -> Result<Tensor, Failure> {
    let apart = Tensor::f_cdist(coordinates, centres, 2.0, None)?;
    Ok(apart.f_square()?.f_neg()?.f_exp()? * NEARNESS_SCALE)
}
