//! The address of a server, as a user writes it or the server prints it.

/// The port of `aliyarface serve`.
const PORT: u16 = 8470;
/// What stands before a token in the address that a server prints.
const TOKEN: &str = "token=";

/// Where a server is, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether what is said is encrypted.
    pub secure: bool,
    /// Its name or IP address, an IPv6 one without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The path under which it is reached behind a proxy; no slash at its end.
    pub path: String,
    /// The token, where the address holds one behind its `#`.
    pub token: Option<String>,
}

/// Why a text is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No scheme, or another one.
    #[error("it begins with none of wss://, ws://, https://, http://")]
    Scheme,
    /// No host.
    #[error("it names no host")]
    Host,
    /// A port that is none.
    #[error("its port is no number from 1 to 65535")]
    Port,
    /// Letters that an address cannot hold.
    #[error("it holds a space or a control character")]
    Letters,
}

impl Address {
    /// Reads an address like `wss://host:8470`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Letters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "wss" | "https" => true,
            "ws" | "http" => false,
            _ => return Err(AddressError::Scheme),
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(AddressError::Host);
        }
        let path = path.trim_matches('/');
        let token = fragment.strip_prefix(TOKEN);
        Ok(Self {
            secure,
            host: host.to_owned(),
            port,
            path: if path.is_empty() {
                String::new()
            } else {
                format!("/{path}")
            },
            token: token.filter(|token| !token.is_empty()).map(str::to_owned),
        })
    }

    /// Host and port, as the header `Host` says them.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, u16), AddressError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(AddressError::Host)?;
            (host, rest.strip_prefix(':'))
        }
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        None => PORT,
        Some(port) => {
            let port = port.parse().ok().filter(|port| *port > 0);
            port.ok_or(AddressError::Port)?
        }
    };
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_prints_is_its_address_with_its_token() {
        let address = Address::parse("http://127.0.0.1:8470/#token=abc").unwrap();
        assert_eq!(address.token.as_deref(), Some("abc"));
        assert_eq!((address.secure, address.port), (false, 8470));
        assert_eq!(
            (address.authority().as_str(), address.path.as_str()),
            ("127.0.0.1:8470", "")
        );
    }

    #[test]
    fn a_port_may_be_left_out_and_a_path_may_lead_through_a_proxy() {
        let address = Address::parse("wss://[fe80::1]/faces/").unwrap();
        assert_eq!((address.secure, address.port), (true, PORT));
        assert_eq!(address.authority(), "[fe80::1]:8470");
        assert_eq!((address.path.as_str(), address.token), ("/faces", None));
    }

    #[test]
    fn each_wrong_address_says_what_is_wrong_with_it() {
        for (text, error) in [
            ("", AddressError::Scheme),
            ("host:8470", AddressError::Scheme),
            ("ftp://host", AddressError::Scheme),
            ("ws://", AddressError::Host),
            ("ws://:1", AddressError::Host),
            ("ws://[::1", AddressError::Host),
            ("ws://host:0", AddressError::Port),
            ("ws://host:99999", AddressError::Port),
            ("ws://ho st", AddressError::Letters),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }
}
