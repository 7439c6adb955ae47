//! Small systems of linear equations.

/// The solution of `matrix` x = `right` by Gauss's elimination with pivots; `None` where there is none.
pub fn solve<const UNKNOWNS: usize>(
    mut matrix: [[f64; UNKNOWNS]; UNKNOWNS],
    mut right: [f64; UNKNOWNS],
) -> Option<[f64; UNKNOWNS]> {
    for column in 0..UNKNOWNS {
        let pivot = (column..UNKNOWNS)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (lead, value) = (matrix[column], right[column]);
        if lead[column].abs() < 1e-12 || !lead[column].is_finite() {
            return None;
        }
        for (row, (equation, other)) in matrix.iter_mut().zip(&mut right).enumerate() {
            if row != column {
                let times = equation[column] / lead[column];
                for (term, lead) in equation.iter_mut().zip(lead) {
                    *term -= times * lead;
                }
                *other -= times * value;
            }
        }
    }
    Some(std::array::from_fn(|index| {
        right[index] / matrix[index][index]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_whatever_stands_first_and_a_contradiction_is_not() {
        let solved = solve([[0.0, 2.0], [1.0, 1.0]], [4.0, 5.0]).unwrap();
        assert!((solved[0] - 3.0).abs() < 1e-12 && (solved[1] - 2.0).abs() < 1e-12);
        assert_eq!(solve([[1.0, 1.0], [2.0, 2.0]], [1.0, 3.0]), None);
    }
}
