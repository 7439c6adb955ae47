//! A value for each half of a face.

use serde::{Deserialize, Serialize};

/// A value for each half of a face, as the person would name them: in a picture that is not
/// mirrored, the person's left half lies on the right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sides<T> {
    /// The person's left half.
    pub left: T,
    /// The person's right half.
    pub right: T,
}

impl<T> Sides<T> {
    /// A value for each half.
    pub const fn new(left: T, right: T) -> Self {
        Self { left, right }
    }

    /// What `change` makes of each value.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Sides<U> {
        Sides {
            left: change(self.left),
            right: change(self.right),
        }
    }

    /// Each value with its counterpart in `other`.
    pub fn zip<U>(self, other: Sides<U>) -> Sides<(T, U)> {
        Sides {
            left: (self.left, other.left),
            right: (self.right, other.right),
        }
    }

    /// Left, then right.
    pub fn into_array(self) -> [T; 2] {
        [self.left, self.right]
    }
}

impl<T> From<[T; 2]> for Sides<T> {
    /// From left, then right.
    fn from([left, right]: [T; 2]) -> Self {
        Self { left, right }
    }
}

impl Sides<f64> {
    /// The mean of both values.
    pub fn mean(self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

impl<T: Copy> Sides<T> {
    /// The same value for both halves.
    pub const fn alike(value: T) -> Self {
        Self::new(value, value)
    }
}

impl<T> Sides<Option<T>> {
    /// Both values, where both are known.
    pub fn both(self) -> Option<Sides<T>> {
        Some(Sides {
            left: self.left?,
            right: self.right?,
        })
    }
}
