//! Where values lie among each other.

/// The value below which a `part` (0..1) of the `sorted` ones lie: the one at the rank nearest to
/// `part` x (n - 1); `None` without any.
pub fn percentile<T: Copy>(sorted: &[T], part: f64) -> Option<T> {
    let rank = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    sorted.get(rank).copied()
}

/// Sorts `values`; the middle one, or the mean of the two in the middle; `None` without any.
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    match values.len() % 2 {
        0 => Some((values.get(middle - 1)? + upper) / 2.0),
        _ => Some(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let sorted = [1, 2, 4, 8, 16];
        assert_eq!(
            [0.0, 0.5, 0.95, 1.0].map(|part| percentile(&sorted, part)),
            [1, 4, 16, 16].map(Some)
        );
        assert_eq!(percentile::<u8>(&[], 0.5), None);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
    }
}
