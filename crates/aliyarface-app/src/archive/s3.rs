//! Addresses of S3-compatible stores, `s3://BUCKET/KEY`, signed as AWS Signature Version 4 has it for queries:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
//!
//! The key of the account comes of the environment, under the names that every client of such stores reads.

use anyhow::{Context, Result};
use hmac::{Hmac, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::job::hex;

/// What an address of a store begins with.
pub const SCHEME: &str = "s3://";
/// Seconds for which a signed address holds.
const HOLDS: u32 = 3600;
/// What stays as it is in a query, and in a path.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// An account of a store.
pub struct S3Account {
    key: String,
    secret: String,
    token: Option<String>,
    region: String,
    endpoint: String,
}

impl S3Account {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and where they are set `AWS_SESSION_TOKEN`, `AWS_REGION` and
    /// `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// One that is needed is not set.
    pub fn of_environment() -> Result<Self> {
        let needed = |name: &str| {
            std::env::var(name)
                .with_context(|| format!("{name} is not set: s3:// needs an account"))
        };
        let region = std::env::var("AWS_REGION").unwrap_or_else(|_| "us-east-1".to_owned());
        let aws = || format!("https://s3.{region}.amazonaws.com");
        Ok(Self {
            key: needed("AWS_ACCESS_KEY_ID")?,
            secret: needed("AWS_SECRET_ACCESS_KEY")?,
            token: std::env::var("AWS_SESSION_TOKEN").ok(),
            endpoint: std::env::var("AWS_ENDPOINT_URL").unwrap_or_else(|_| aws()),
            region,
        })
    }

    /// The address, signed at `now`, under which `bucket/key` is fetched over HTTP.
    ///
    /// # Errors
    /// The endpoint is no address.
    pub fn sign(&self, object: &str, now: OffsetDateTime) -> Result<String> {
        let endpoint = self.endpoint.trim_end_matches('/');
        let host = endpoint.split_once("://");
        let (_, host) = host.context("AWS_ENDPOINT_URL is no address")?;
        let path = utf8_percent_encode(object, PATH);
        let query = self.query(host, &format!("/{path}"), now, HOLDS)?;
        Ok(format!("{endpoint}/{path}?{query}"))
    }

    fn query(&self, host: &str, path: &str, now: OffsetDateTime, holds: u32) -> Result<String> {
        let day = format!(
            "{:04}{:02}{:02}",
            now.year(),
            u8::from(now.month()),
            now.day()
        );
        let (hour, minute, second) = (now.hour(), now.minute(), now.second());
        let moment = format!("{day}T{hour:02}{minute:02}{second:02}Z");
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let mut pairs = vec![
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", format!("{}/{scope}", self.key)),
            ("X-Amz-Date", moment.clone()),
            ("X-Amz-Expires", holds.to_string()),
        ];
        if let Some(token) = &self.token {
            pairs.push(("X-Amz-Security-Token", token.clone()));
        }
        pairs.push(("X-Amz-SignedHeaders", "host".to_owned()));
        let pairs = pairs.iter();
        let pairs =
            pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)));
        let query = pairs.collect::<Vec<_>>().join("&");
        let request = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let text = format!(
            "AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}",
            hex(&Sha256::digest(request))
        );
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day.as_str(), &self.region, "s3", "aws4_request", &text] {
            key = authenticated(&key, part)?;
        }
        Ok(format!("{query}&X-Amz-Signature={}", hex(&key)))
    }
}

fn authenticated(key: &[u8], text: &str) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(endpoint: &str) -> S3Account {
        // Of the example in the document above.
        S3Account {
            key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
            region: "us-east-1".to_owned(),
            endpoint: endpoint.to_owned(),
        }
    }

    #[test]
    fn a_signature_is_that_of_the_documented_example() {
        let now = OffsetDateTime::from_unix_timestamp(1_369_353_600).unwrap();
        let query = account("").query("examplebucket.s3.amazonaws.com", "/test.txt", now, 86_400);
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert!(
            query
                .unwrap()
                .ends_with(&format!("X-Amz-Signature={signature}"))
        );
    }

    #[test]
    fn an_address_of_a_bucket_is_fetched_below_its_endpoint() {
        let now = OffsetDateTime::from_unix_timestamp(1_369_353_600).unwrap();
        let signed = account("http://127.0.0.1:9000/")
            .sign("films/a b.mp4", now)
            .unwrap();
        assert!(
            signed.starts_with("http://127.0.0.1:9000/films/a%20b.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"),
            "{signed}"
        );
    }
}
