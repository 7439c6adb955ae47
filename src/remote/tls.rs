//! Whom a connection is with: a server that an authority of this machine vouches for, or the one whose
//! certificate the user names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// Why no server could be verified.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file that the property names.
    #[error("{} holds no certificate in PEM", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// What rustls says.
    #[error(transparent)]
    Rustls(#[from] Error),
    /// No authority can vouch for anybody.
    #[error("this machine knows no certificate authority")]
    NoAuthorities,
}

/// How servers are verified: by the authorities of this machine, or as the one with the certificate in
/// the file `pinned`.
///
/// # Errors
/// There is no certificate in the file, or the machine has no authorities.
pub fn config(pinned: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let config = match pinned {
        Some(path) => {
            let certificate = CertificateDer::from_pem_file(path);
            let certificate = certificate.map_err(|source| TlsError::Certificate {
                path: path.to_owned(),
                source,
            })?;
            let verifier = Pinned::new(certificate, &provider);
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        }
        None => builder.with_root_certificates(authorities()?),
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

fn authorities() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoAuthorities);
    }
    Ok(roots)
}

/// Takes one certificate and no other: byte by byte the user's own, or one that it signed.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    signed: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Pinned {
    fn new(certificate: CertificateDer<'static>, provider: &Arc<CryptoProvider>) -> Self {
        let mut roots = RootCertStore::empty();
        // One that may sign nothing is still compared.
        let _ = roots.add(certificate.clone());
        let signed = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        Self {
            certificate,
            signed: signed.build().ok(),
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let signed = self.signed.as_ref().map(|signed| {
            signed.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        });
        let expired = |err: &Error| {
            matches!(
                err,
                Error::InvalidCertificate(
                    CertificateError::Expired
                        | CertificateError::ExpiredContext { .. }
                        | CertificateError::NotValidYet
                        | CertificateError::NotValidYetContext { .. }
                )
            )
        };
        match signed {
            Some(Ok(verified)) => Ok(verified),
            // A pinned certificate needs no name in it, but its time counts.
            Some(Err(err)) if expired(&err) => Err(err),
            _ if *end_entity == self.certificate => Ok(ServerCertVerified::assertion()),
            Some(Err(err)) => Err(err),
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
