//! Why a server analyses nothing, in a user's words.

use std::io;

use rustls::CertificateError;

use super::address::AddressError;
use super::tls::TlsError;

/// What stands between a picture and its result.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The property `server` is no address.
    #[error("the property server is no address: {0}; say server=wss://HOST:8470")]
    Address(#[from] AddressError),
    /// No server can be verified.
    #[error("no server can be verified: {0}; check remote-certificate")]
    Tls(#[from] TlsError),
    /// Nobody answers.
    #[error("the server cannot be reached: {0}")]
    Unreachable(io::Error),
    /// The connection ended.
    #[error("the connection to the server is lost: {0}")]
    Lost(String),
    /// It answers too late: to what.
    #[error("the server does not answer in time: {0}")]
    Slow(&'static str),
    /// Its certificate is not to be trusted.
    #[error("the server's certificate is not to be trusted: {0}")]
    Certificate(String),
    /// The server encrypts nothing, or we do not.
    #[error(
        "the server does not speak TLS; say ws:// for one on this machine, or serve with --tls"
    )]
    NoTls,
    /// It carries as many as it can.
    #[error("the server carries as many sessions as it can")]
    Full,
    /// It does not take the token.
    #[error(
        "the server does not take the token; say token=, as 'aliyarface serve --new-token' prints it"
    )]
    Token,
    /// It lets nobody in for now.
    #[error("the server has seen too many wrong tokens and lets nobody in for a minute")]
    TooManyTokens,
    /// It is asked for by a name that is not its own.
    #[error("the server is not asked for by its own name; start it with --host NAME")]
    Name,
    /// It speaks another version.
    #[error("the server speaks another version: {0}; install the same release on both sides")]
    Version(String),
    /// It is something else.
    #[error("what answers there is no 'aliyarface serve': {0}")]
    Foreign(String),
    /// It says what cannot be.
    #[error("the server says what cannot be: {0}")]
    Nonsense(String),
    /// The session failed on the server.
    #[error("the server ended the session: {0}")]
    Ended(String),
    /// Pictures cannot be compressed here.
    #[error("pictures cannot be sent: {0}")]
    Encoder(String),
}

impl LinkError {
    /// Whether only a person can help, so that another try waits for long.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Address(_)
                | Self::Tls(_)
                | Self::Certificate(_)
                | Self::NoTls
                | Self::Token
                | Self::TooManyTokens
                | Self::Name
                | Self::Version(_)
                | Self::Foreign(_)
                | Self::Encoder(_)
        )
    }

    /// A word for it, in `stats`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Address(_) => "wrong-address",
            Self::Tls(_) => "no-authorities",
            Self::Unreachable(_) => "unreachable",
            Self::Lost(_) => "lost",
            Self::Slow(_) => "slow",
            Self::Certificate(_) => "wrong-certificate",
            Self::NoTls => "no-tls",
            Self::Full => "full",
            Self::Token | Self::TooManyTokens => "refused",
            Self::Name => "wrong-name",
            Self::Version(_) => "other-version",
            Self::Foreign(_) => "no-server",
            Self::Nonsense(_) => "nonsense",
            Self::Ended(_) => "ended",
            Self::Encoder(_) => "no-encoder",
        }
    }

    /// What an error of the connection means, before anything was said over it.
    pub fn of_opening(err: io::Error) -> Self {
        let inner = err
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(certificate)) => {
                Self::Certificate(certificate_words(certificate))
            }
            Some(rustls::Error::InvalidMessage(_)) => Self::NoTls,
            Some(other) => Self::Foreign(other.to_string()),
            None if matches!(
                err.kind(),
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
            ) =>
            {
                Self::Slow("it takes no connection")
            }
            None => Self::Unreachable(err),
        }
    }
}

fn certificate_words(err: &CertificateError) -> String {
    let words = match err {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; check this machine's clock"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is another name's"
        }
        CertificateError::UnknownIssuer => {
            "nobody known signed it; name a self-signed one with remote-certificate=FILE"
        }
        other => return other.to_string(),
    };
    words.to_owned()
}
