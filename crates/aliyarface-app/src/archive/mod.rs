//! Archives on many machines: jobs wait in NATS JetStream, workers on any machine take one at a time, and each
//! output appears once.

mod broker;
mod child;
mod collect;
mod csv;
mod job;
mod jobs;
mod s3;
mod submit;
mod url;
mod worker;

pub use collect::{Options as CollectOptions, run as collect};
pub use jobs::{Options as JobsOptions, run as jobs};
pub use submit::{Options as SubmitOptions, run as submit};
pub use worker::{Options as WorkerOptions, work};
