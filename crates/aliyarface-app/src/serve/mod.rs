//! `aliyarface serve`: sessions over REST and WebSockets, and the page that shows them.
//!
//! A request walks through [`guard`] (who asks, from which page) to [`api`]; a [`session`] owns a
//! pipeline with the element and the records it wrote; [`page`] is what a browser loads.

mod api;
mod auth;
pub mod child;
mod guard;
mod metrics;
mod page;
mod problem;
mod session;
mod state;
mod uploads;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use self::auth::Auth;
use self::state::App;
use crate::pipelines::init;

/// Serve sessions and the page that shows them, on this machine.
#[derive(Args)]
pub struct Options {
    /// The address to listen at; only this machine's own may be named.
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8470)]
    port: u16,
    /// The folder of the token's hash; ~/.config/aliyarface where none is named.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Make a new token: those who know the old one are shut out.
    #[arg(long)]
    new_token: bool,
    /// Sessions at once; two a processor where none is said.
    #[arg(long)]
    max_sessions: Option<usize>,
    /// The largest upload in MB.
    #[arg(long, default_value_t = 512)]
    max_upload: u64,
    /// A clip that the page offers.
    #[arg(long)]
    sample: Option<PathBuf>,
}

/// How often sessions are looked after.
const WATCH: Duration = Duration::from_secs(2);

/// Serves until it is told to stop.
///
/// # Errors
/// The address is not this machine's own, or cannot be listened at.
pub fn run(options: &Options) -> Result<ExitCode> {
    if !options.address.is_loopback() {
        bail!(
            "{} would be open to the network without TLS; listen at 127.0.0.1 behind a proxy that \
             has a certificate",
            options.address
        );
    }
    init()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(serve(options))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: &Options) -> Result<()> {
    let (auth, token) = Auth::open(options.config.as_deref(), options.new_token)?;
    let app = App::new(auth, options)?;
    let address = SocketAddr::new(options.address, options.port);
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened at; name another --port"))?;
    let address = listener.local_addr()?;
    match token {
        Some(token) => println!(
            "http://{address}/#token={token}\nThe token is shown this once; 'aliyarface serve --new-token' makes another."
        ),
        None => println!("http://{address}/"),
    }
    let watched = app.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(WATCH).await;
            watched.watch();
        }
    });
    let tested = app.clone();
    tokio::task::spawn_blocking(move || tested.test_frame());
    axum::serve(listener, api::router(app.clone()))
        .with_graceful_shutdown(stopped(app))
        .await?;
    Ok(())
}

/// Waits for Ctrl-C or `kill`, and ends every session, so that no connection stays open.
async fn stopped(app: App) {
    let interrupted = tokio::signal::ctrl_c();
    let terminate = tokio::signal::unix::SignalKind::terminate();
    match tokio::signal::unix::signal(terminate) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => drop(interrupted.await),
    }
    app.end_all();
}
