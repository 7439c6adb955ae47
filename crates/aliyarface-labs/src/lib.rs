//! What the laboratories share: data sets, models, the cache, pipelines, chance and the letters of
//! plots.

// Each laboratory uses a part of this.
#![allow(dead_code)]

#[path = "../../../tests/support/dice.rs"]
pub mod dice;
pub mod ferplus;
pub mod letters;
pub mod memory;
pub mod npz;
pub mod panels;
pub mod pipelines;
pub mod places;
pub mod probe;
pub mod rig;
pub mod sitter;
#[path = "../../../tests/support/slow_link.rs"]
pub mod slow_link;
pub mod trend;
