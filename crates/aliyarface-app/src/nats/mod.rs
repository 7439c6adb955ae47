//! NATS JetStream: how the broker is reached, and its buckets.

pub mod fleet;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use async_nats::ServerAddr;
use async_nats::jetstream::stream::{self, DiscardPolicy};
use async_nats::jetstream::{self, kv};
use clap::Args;

/// The key-value bucket of everything that stays: `JOB.id`, `DONE.id`, `CAMS.name`, `NEUTRALS.name`, `HELD.name`.
const STATE: &str = "aliyarface";
/// How long the broker may take to answer before it counts as away.
const ANSWER: Duration = Duration::from_secs(2);

/// How the broker is reached.
#[derive(Args, Clone)]
pub struct BrokerAddress {
    /// The broker; user and password may stand in the URL.
    #[arg(
        long,
        value_name = "URL",
        env = "ALIYARFACE_NATS",
        default_value = "nats://127.0.0.1:4222",
        hide_env_values = true
    )]
    nats: String,
    /// The certificate of the authority that signed the broker's; asks for TLS.
    #[arg(long, value_name = "FILE")]
    nats_ca: Option<PathBuf>,
}

impl BrokerAddress {
    /// Of a broker that is named elsewhere.
    pub fn new(nats: String, nats_ca: Option<PathBuf>) -> Self {
        Self { nats, nats_ca }
    }
}

/// Connects; a connection that is lost comes back by itself.
///
/// # Errors
/// Nobody answers, or the address is none.
pub async fn connect(address: &BrokerAddress) -> Result<jetstream::Context> {
    let mut options = async_nats::ConnectOptions::new()
        .name("aliyarface")
        .connection_timeout(Duration::from_secs(5));
    if let Some(ca) = &address.nats_ca {
        options = options.add_root_certificates(ca.clone()).require_tls(true);
    }
    let server: ServerAddr = address.nats.parse().context("--nats is no address")?;
    // The client takes the user and password of a URL only as options.
    if let (Some(user), Some(password)) = (server.username(), server.password()) {
        options = options.user_and_password(user.to_owned(), password.to_owned());
    }
    let client = options
        .connect(server)
        .await
        .context("no broker answers: start nats-server, or name the right one with --nats")?;
    let mut context = jetstream::new(client);
    context.set_timeout(ANSWER);
    Ok(context)
}

/// The stream of a configuration, which is made where it is not there.
///
/// # Errors
/// The broker has no JetStream, or this user may not make the stream.
pub async fn stream(
    context: &jetstream::Context,
    config: stream::Config,
) -> Result<stream::Stream> {
    let name = config.name.clone();
    context.get_or_create_stream(config).await.with_context(|| {
        format!(
            "the broker has no JetStream (start nats-server with -js), or {name} is not there yet and this user may not \
             make it: 'aliyarface jobs' as one who may makes it"
        )
    })
}

/// The bucket of what stays.
///
/// # Errors
/// As of [`stream()`].
pub async fn state(context: &jetstream::Context) -> Result<kv::Store> {
    bucket(context, STATE, Duration::ZERO).await
}

/// A key-value bucket whose values are gone `age` after they were put; those of no age stay.
///
/// Its stream is made by hand: the client's own way asks the broker for an account's numbers, whose answer from
/// nats-server 2.9 it cannot read.
async fn bucket(context: &jetstream::Context, name: &str, age: Duration) -> Result<kv::Store> {
    let config = stream::Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        num_replicas: 1,
        max_age: age,
        // The broker asks that no window be longer than an age.
        duplicate_window: if age.is_zero() {
            Duration::from_secs(120)
        } else {
            age
        },
        ..stream::Config::default()
    };
    stream(context, config).await?;
    Ok(context.get_key_value(name).await?)
}

/// Runs `work` to its end.
///
/// # Errors
/// Those of `work`, or no thread can be started.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.context("no runtime can be started")?.block_on(work)
}
