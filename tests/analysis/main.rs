//! What the analysis says of faces: real pictures, real clips and moved portraits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod action_units;
mod baseline;
mod covered;
mod detection;
mod element_outputs;
mod emotion;
mod emotion_over_time;
mod eyes;
mod furrow;
mod hard_to_see;
mod head_pose;
mod indices;
mod lying;
mod mesh;
mod micro_expression;
mod remember;
mod single_image;
mod tracks;
mod turning;
