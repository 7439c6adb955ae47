//! Expressions that last: a face leaves its rest for more than half a second and returns.

mod detector;
mod episode;

pub use self::detector::MacroDetector;
