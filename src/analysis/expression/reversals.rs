//! How often a value that goes up and down reverses.

/// Counts the reversals of a value.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReversalCounter {
    count: usize,
    rising: Option<bool>,
    extreme: Option<f64>,
}

impl ReversalCounter {
    /// Takes in the next value; one that has come back by more than `step` has reversed.
    pub fn observe(&mut self, value: f64, step: f64) {
        let extreme = self.extreme.get_or_insert(value);
        let change = value - *extreme;
        match self.rising {
            Some(true) if change > 0.0 => *extreme = value,
            Some(false) if change < 0.0 => *extreme = value,
            _ if change.abs() > step => {
                self.count += usize::from(self.rising.is_some());
                (self.rising, *extreme) = (Some(change > 0.0), value);
            }
            _ => {}
        }
    }

    /// How often it has reversed so far.
    pub fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reversals(values: &[f64]) -> usize {
        let mut reversals = ReversalCounter::default();
        values
            .iter()
            .for_each(|value| reversals.observe(*value, 1.0));
        reversals.count()
    }

    #[test]
    fn what_comes_and_goes_turns_once_and_trembling_is_no_turn() {
        assert_eq!(reversals(&[0.0, 2.0, 4.0, 6.0]), 0);
        assert_eq!(reversals(&[0.0, 4.0, 3.5, 4.2, 1.0, 0.0]), 1);
        assert_eq!(reversals(&[0.0, 3.0, 0.0, 3.0, 0.5, 3.0]), 4);
    }
}
