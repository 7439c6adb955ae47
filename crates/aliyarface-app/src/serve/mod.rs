//! `aliyarface serve`: sessions over REST and WebSockets, and the page that shows them.
//!
//! A request walks through [`guard`] (who asks, from which page) to [`api`]; a [`session`] owns a
//! pipeline with the element and the records it wrote; [`page`] is what a browser loads.

mod api;
mod auth;
pub mod child;
mod guard;
mod message;
mod metrics;
mod notify;
mod page;
mod problem;
pub mod quota;
mod recordings;
pub mod session;
pub mod settings;
pub mod sources;
mod state;
mod tls;
mod uploads;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use self::auth::Auth;
use self::state::{App, Watched};
use crate::nats::{self, fleet::Fleet};
use crate::pipelines::init;

/// Serve sessions and the page that shows them, on this machine.
#[derive(Args)]
pub struct Options {
    /// The address to listen at; one that others reach needs TLS.
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
    /// Encrypt with a certificate that is made here: cameras of other devices need it.
    #[arg(long, value_enum)]
    tls: Option<tls::Tls>,
    /// Encrypt with this certificate (PEM, with those that signed it).
    #[arg(long, requires = "tls_key", conflicts_with = "tls")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate (PEM).
    #[arg(long, requires = "tls_cert", conflicts_with = "tls")]
    tls_key: Option<PathBuf>,
    /// A name under which others ask for this server; its own address and host name are known.
    #[arg(long)]
    host: Vec<String>,
    /// Make a token for viewers, who see everything and change nothing; an earlier one is void.
    #[arg(long)]
    viewer_token: bool,
    /// What sessions may say of faces at all: full, safety (no emotions) or study (nothing of one person).
    #[arg(long, value_enum)]
    profile: Option<settings::Profile>,
    /// An address that may be read: rtsp://HOST/, http://HOST/FOLDER/, file:///FOLDER/ or
    /// v4l2:///dev/video0; HOST may be * or *.DOMAIN.
    #[arg(long, value_name = "URI")]
    source: Vec<String>,
    /// Let names of --source lead to private addresses too; those that are spelled out always do.
    #[arg(long)]
    private_sources: bool,
    /// An address that is told of events, signed (standardwebhooks.com).
    #[arg(long, value_name = "URL")]
    webhook: Vec<String>,
    /// The file of the webhooks' secret; one is made beside the token's hash where none is named.
    #[arg(long, value_name = "FILE")]
    webhook_secret: Option<PathBuf>,
    /// A broker that is told of events: `mqtt://` or `mqtts://`, `NAME:PASSWORD@` where it asks for
    /// one, a host, and where wanted a port and a prefix of the topics.
    #[arg(long, value_name = "URL")]
    mqtt: Option<String>,
    /// A broker whose workers and cameras the page shows, and for which it starts cameras ('aliyarface cameras').
    #[arg(
        long,
        value_name = "URL",
        env = "ALIYARFACE_NATS",
        hide_env_values = true
    )]
    nats: Option<String>,
    /// The certificate of the authority that signed that broker's; asks for TLS.
    #[arg(long, value_name = "FILE", requires = "nats")]
    nats_ca: Option<PathBuf>,
    /// The folder of recordings; sessions may ask for one only where it is named.
    #[arg(long, value_name = "FOLDER")]
    recordings: Option<PathBuf>,
    /// Hours after which a recording is deleted.
    #[arg(long, default_value_t = 24)]
    recording_hours: u32,
    /// Sessions at once; where none is said as many as the measured cost of a picture lets run.
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
const WATCH: Duration = Duration::from_secs(1);

/// How long connections, and sockets, may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves until it is told to stop.
///
/// # Errors
/// The address is not this machine's own, or cannot be listened at.
pub fn run(options: &Options) -> Result<ExitCode> {
    if !options.address.is_loopback() && options.tls.is_none() && options.tls_cert.is_none() {
        bail!(
            "{} would be open to the network without TLS; add '--tls self-signed', or --tls-cert and \
             --tls-key",
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
    let folder = auth::folder(options.config.as_deref())?;
    let (auth, token) = Auth::open(&folder, options.new_token)?;
    let viewers = options
        .viewer_token
        .then(|| auth.new_viewer())
        .transpose()?;
    let mut names = options.host.clone();
    if !options.address.is_loopback() {
        names.extend(tls::own_names());
    }
    let tls = tls::config(options, &folder, &names).await?;
    let fleet = match &options.nats {
        Some(url) => {
            let broker = nats::BrokerAddress::new(url.clone(), options.nats_ca.clone());
            Some(Watched::new(Fleet::connect(&broker).await?))
        }
        None => None,
    };
    let app = App::new(auth, options, &folder, names.clone(), tls.is_some(), fleet)?;
    let address = SocketAddr::new(options.address, options.port);
    let listener = std::net::TcpListener::bind(address)
        .with_context(|| format!("{address} cannot be listened at; name another --port"))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let tokens = [token.as_deref(), viewers.as_deref()];
    greet(options, address, &names, tokens);
    let watched = app.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(WATCH).await;
            watched.watch();
        }
    });
    let tested = app.clone();
    tokio::task::spawn_blocking(move || tested.test_frame());
    let router = api::router(app.clone());
    let served = app.clone();
    match tls {
        None => {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router)
                .with_graceful_shutdown(stopped(app))
                .await?;
        }
        Some(tls) => {
            let handle = axum_server::Handle::new();
            let told = handle.clone();
            tokio::spawn(async move {
                stopped(app).await;
                told.graceful_shutdown(Some(FAREWELL));
            });
            axum_server::from_tcp_rustls(listener, tls)?
                .handle(handle)
                .serve(router.into_make_service())
                .await?;
        }
    }
    served.wait_for_sockets(FAREWELL).await;
    Ok(())
}

/// Says where the page is, and what a browser will ask.
fn greet(options: &Options, address: SocketAddr, names: &[String], tokens: [Option<&str>; 2]) {
    let encrypted = options.tls.is_some() || options.tls_cert.is_some();
    let scheme = if encrypted { "https" } else { "http" };
    let open = address.ip().is_unspecified();
    let host = match names.first() {
        Some(name) if open || !options.host.is_empty() => tls::in_url(name),
        _ if open => "127.0.0.1".to_owned(),
        _ => tls::in_url(&address.ip().to_string()),
    };
    let page = format!("{scheme}://{host}:{}/", address.port());
    let [operator, viewer] = tokens;
    match operator {
        Some(token) => println!(
            "{page}#token={token}\nThe token is shown this once; 'aliyarface serve --new-token' makes another."
        ),
        None => println!("{page}"),
    }
    if let Some(token) = viewer {
        println!("{page}#token={token}\nThis one is for viewers, and shown this once too.");
    }
    if options.tls.is_some() {
        println!(
            "The certificate is this server's own: each browser will call the page not private once. \
             Choose 'Advanced' and go on; encryption holds, and cameras work."
        );
    }
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
