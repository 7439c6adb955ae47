//! Archives on many machines: jobs wait in NATS JetStream, workers on any machine take one at a time, and each
//! output appears once.

mod broker;
mod child;
mod collect;
mod job;
mod jobs;
mod submit;
mod worker;

pub use collect::{Options as CollectOptions, run as collect};
pub use jobs::{Options as JobsOptions, run as jobs};
pub use submit::{Options as SubmitOptions, run as submit};
pub use worker::{Options as WorkerOptions, run as worker};

use anyhow::{Context, Result};

/// Runs `work` to its end.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.context("no runtime can be started")?.block_on(work)
}
