//! Events to an MQTT broker, under `PREFIX/sessions/ID/events`; `PREFIX/status` says `online` or `offline`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::http::Uri;
use percent_encoding::percent_decode_str;
use rumqttc::{Client, Connection, Event, LastWill, MqttOptions, Packet, QoS, Transport};

use super::{Counts, Messages};
use crate::serve::auth::random_text;

/// Where nothing else is said.
const PREFIX: &str = "aliyarface";
const PLAIN: u16 = 1883;
const ENCRYPTED: u16 = 8883;
const ALIVE: Duration = Duration::from_secs(20);
/// Until a lost broker is tried again.
const PAUSE: Duration = Duration::from_secs(2);
/// Messages on their way.
const QUEUE: usize = 100;

/// Sends messages to the broker of `mqtt[s]://[NAME:PASSWORD@]HOST[:PORT][/PREFIX]`.
///
/// # Errors
/// The address is none.
pub fn open(url: &str, messages: Messages, counts: Arc<Counts>) -> Result<()> {
    let (options, prefix) = options(url).context("--mqtt")?;
    let (client, connection) = Client::new(options, QUEUE);
    let status = format!("{prefix}/status");
    let online = client.clone();
    thread::Builder::new()
        .name("mqtt".to_owned())
        .spawn(move || listen(connection, &online, &status, &counts))?;
    thread::Builder::new()
        .name("mqtt events".to_owned())
        .spawn(move || {
            for message in messages {
                let topic = format!("{prefix}/sessions/{}/events", message.session);
                let body = message.data.to_string();
                // Waits where the broker is away: the queue before it fills, and counts what it loses.
                if client
                    .publish(topic, QoS::AtLeastOnce, false, body)
                    .is_err()
                {
                    return;
                }
            }
        })?;
    Ok(())
}

fn options(url: &str) -> Result<(MqttOptions, String)> {
    let uri: Uri = url.parse()?;
    let encrypted = match uri.scheme_str() {
        Some("mqtt") => false,
        Some("mqtts") => true,
        _ => bail!("a broker is mqtt:// or mqtts://"),
    };
    let host = uri.host().context("no broker is named")?;
    let default = if encrypted { ENCRYPTED } else { PLAIN };
    let port = uri.port_u16().unwrap_or(default);
    let name = format!("aliyarface-{}", &random_text()[..8]);
    let mut options = MqttOptions::new(name, host, port);
    options.set_keep_alive(ALIVE);
    if encrypted {
        let _ = rustls::crypto::ring::default_provider().install_default();
        options.set_transport(Transport::tls_with_default_config());
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if let Some((account, _)) = authority.rsplit_once('@') {
        let (name, password) = account.split_once(':').unwrap_or((account, ""));
        let [name, password] =
            [name, password].map(|text| percent_decode_str(text).decode_utf8_lossy());
        options.set_credentials(name, password);
    }
    let path = uri.path();
    let prefix = path.trim_matches('/');
    let prefix = if prefix.is_empty() { PREFIX } else { prefix }.to_owned();
    let gone = LastWill::new(
        format!("{prefix}/status"),
        "offline",
        QoS::AtLeastOnce,
        true,
    );
    options.set_last_will(gone);
    Ok((options, prefix))
}

fn listen(mut connection: Connection, client: &Client, status: &str, counts: &Counts) {
    let mut known = true;
    for event in connection.iter() {
        match event {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                known = true;
                let _ = client.try_publish(status, QoS::AtLeastOnce, true, "online");
            }
            Ok(Event::Incoming(Packet::PubAck(_))) => {
                counts.delivered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => {}
            Err(err) => {
                if std::mem::take(&mut known) {
                    eprintln!("aliyarface: the MQTT broker is away: {err}");
                }
                thread::sleep(PAUSE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brokers_address_has_a_name_a_port_and_a_prefix() {
        let (found, prefix) = options("mqtt://me:se%40cret@broker.example/house/faces/").unwrap();
        assert_eq!(found.broker_address(), ("broker.example".to_owned(), 1883));
        let account = found.credentials().unwrap();
        assert_eq!(
            (account.username.as_str(), account.password.as_str()),
            ("me", "se@cret")
        );
        assert_eq!(prefix, "house/faces");
        let (found, prefix) = options("mqtt://broker.example:1884").unwrap();
        assert_eq!((found.broker_address().1, prefix.as_str()), (1884, PREFIX));
        assert!(options("http://broker.example").is_err());
    }
}
