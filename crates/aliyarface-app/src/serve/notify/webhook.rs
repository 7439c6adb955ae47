//! Webhooks, signed as standardwebhooks.com has it: HMAC-SHA256 over `id.timestamp.body`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, ensure};
use argon2::password_hash::rand_core::{OsRng, RngCore};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use super::{Counts, Messages, Notification};

/// The file of a secret that nobody named.
const FILE: &str = "webhook.secret";
/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret that is made here, and the fewest of one that is named.
const BYTES: usize = 32;
const FEWEST: usize = 16;
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pauses before a message is sent again, in seconds; then it is given up.
const PAUSES: [u64; 5] = [1, 2, 4, 8, 16];

/// The key of signatures: that of the file that was named, else one that is made once.
///
/// # Errors
/// It cannot be read or written, or is no base64 of 16 bytes or more.
pub fn secret(named: Option<&Path>, folder: &Path) -> Result<Vec<u8>> {
    let own = folder.join(FILE);
    let file = named.unwrap_or(&own);
    if named.is_none() && !own.exists() {
        let mut bytes = [0; BYTES];
        OsRng.fill_bytes(&mut bytes);
        fs::create_dir_all(folder)?;
        let mut options = fs::OpenOptions::new();
        let options = options.write(true).create_new(true).mode(0o600);
        let mut written = options
            .open(&own)
            .with_context(|| own.display().to_string())?;
        writeln!(written, "{PREFIX}{}", STANDARD.encode(bytes))?;
    }
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let key = STANDARD.decode(text.trim().trim_start_matches(PREFIX));
    let key =
        key.with_context(|| format!("{}: a secret is {PREFIX} and base64", file.display()))?;
    ensure!(
        key.len() >= FEWEST,
        "{}: a secret has {FEWEST} bytes or more",
        file.display()
    );
    Ok(key)
}

/// Sends messages to `url`, in their order.
///
/// # Errors
/// It is no address of http or https.
pub fn open(url: &str, key: Vec<u8>, messages: Messages, counts: Arc<Counts>) -> Result<()> {
    let web = url.starts_with("http://") || url.starts_with("https://");
    ensure!(web, "--webhook {url}: a webhook is http:// or https://");
    let url = url.to_owned();
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .build();
    let agent = ureq::Agent::new_with_config(config);
    let name = "webhook".to_owned();
    thread::Builder::new().name(name).spawn(move || {
        for message in messages {
            let delivered = deliver(&message, |id, time, body| {
                let signature = signature(&key, id, time, body)?;
                let request = agent
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("webhook-id", id)
                    .header("webhook-timestamp", time.to_string())
                    .header("webhook-signature", signature);
                let answer = request.send(body)?;
                ensure!(answer.status().is_success(), "{}", answer.status());
                Ok(())
            });
            let count = match delivered {
                Ok(()) => &counts.delivered,
                Err(err) => {
                    // A receiver that is away for long is told of once a message, with no word of its contents.
                    eprintln!("aliyarface: webhook {}: {err:#}; given up", message.id);
                    &counts.lost
                }
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
    })?;
    Ok(())
}

fn deliver(message: &Notification, send: impl Fn(&str, u64, &str) -> Result<()>) -> Result<()> {
    let mut pauses = PAUSES.iter();
    loop {
        let time = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let body = json!({ "type": "events", "timestamp": time, "data": message.data });
        match (send(&message.id, time, &body.to_string()), pauses.next()) {
            (Ok(()), _) => return Ok(()),
            (Err(_), Some(&pause)) => thread::sleep(Duration::from_secs(pause)),
            (Err(err), None) => return Err(err),
        }
    }
}

/// `v1,` and the base64 of the HMAC.
fn signature(key: &[u8], id: &str, time: u64, body: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|err| anyhow!("{err}"))?;
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    Ok(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_standard() {
        // The example of the Standard Webhooks specification's libraries.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(
            &key,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_is_made_once_and_a_short_one_is_refused() {
        let folder =
            std::env::temp_dir().join(format!("aliyarface-webhook-{}", std::process::id()));
        let [first, again] = [0, 1].map(|_| secret(None, &folder).unwrap());
        assert_eq!((first.len(), &first), (BYTES, &again));
        let short = folder.join("short");
        fs::write(&short, "whsec_YWJj").unwrap();
        assert!(secret(Some(&short), &folder).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
