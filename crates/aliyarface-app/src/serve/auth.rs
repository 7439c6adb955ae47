//! Who may ask: one token, of which only a slow hash is kept, and cookies for browsers.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use argon2::Argon2;
use argon2::password_hash::rand_core::{OsRng, RngCore};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use sha2::{Digest, Sha256};

/// The file with the token's hash.
const FILE: &str = "token.argon2";
/// How long a browser stays logged in.
const LOGGED_IN: Duration = Duration::from_secs(12 * 3600);
/// Wrong tokens in a minute, after which nobody is let in until it is over.
const TRIES: u32 = 5;
const MINUTE: Duration = Duration::from_secs(60);

type Digested = [u8; 32];

/// What is known of those who may ask.
pub struct Auth {
    hash: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// A token that argon2 took once: it need not be slow for each request.
    token: Option<Digested>,
    cookies: HashMap<Digested, Instant>,
    failures: u32,
    since: Option<Instant>,
}

/// Why a token was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is not the one.
    Wrong,
    /// Too many wrong ones came before it.
    TooMany,
}

impl Auth {
    /// Reads the hash, or makes a token at the first start; the token is returned where it is new.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn open(folder: Option<&Path>, new: bool) -> Result<(Self, Option<String>)> {
        let folder = self::folder(folder)?;
        let file = folder.join(FILE);
        let stored = fs::read_to_string(&file).ok().filter(|_| !new);
        let (hash, token) = match stored {
            Some(hash) => (hash.trim().to_owned(), None),
            None => {
                let token = random_text();
                let hash = hashed(&token)?;
                store(&folder, &file, &hash)
                    .with_context(|| format!("{} cannot be written", file.display()))?;
                (hash, Some(token))
            }
        };
        PasswordHash::new(&hash).map_err(|err| {
            anyhow!(
                "{}: {err}; 'aliyarface serve --new-token' makes another",
                file.display()
            )
        })?;
        let known = Mutex::default();
        Ok((Self { hash, known }, token))
    }

    /// Takes a token and gives the cookie of a browser that showed it.
    ///
    /// # Errors
    /// The token is wrong, or too many were.
    pub fn log_in(&self, token: &str) -> std::result::Result<String, Refusal> {
        self.check(token)?;
        let cookie = random_text();
        let mut known = self.known();
        known.cookies.retain(|_, until| *until > Instant::now());
        known
            .cookies
            .insert(digest(&cookie), Instant::now() + LOGGED_IN);
        Ok(cookie)
    }

    /// Whether the token is the one.
    ///
    /// # Errors
    /// It is not, or too many were wrong before it.
    pub fn check(&self, token: &str) -> std::result::Result<(), Refusal> {
        let digested = digest(token);
        {
            let mut known = self.known();
            if known.token == Some(digested) {
                return Ok(());
            }
            let now = Instant::now();
            if known.since.is_none_or(|since| now - since > MINUTE) {
                (known.failures, known.since) = (0, Some(now));
            }
            if known.failures >= TRIES {
                return Err(Refusal::TooMany);
            }
            // Counted before the slow check, so that many at once do not get more tries.
            known.failures += 1;
        }
        let parsed = PasswordHash::new(&self.hash).map_err(|_| Refusal::Wrong)?;
        Argon2::default()
            .verify_password(token.as_bytes(), &parsed)
            .map_err(|_| Refusal::Wrong)?;
        let mut known = self.known();
        known.token = Some(digested);
        known.failures = known.failures.saturating_sub(1);
        Ok(())
    }

    /// Whether a browser with this cookie is logged in.
    pub fn knows_cookie(&self, cookie: &str) -> bool {
        let known = self.known();
        let until = known.cookies.get(&digest(cookie));
        until.is_some_and(|until| *until > Instant::now())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 32 letters of chance: 128 bits.
pub fn random_text() -> String {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(text: &str) -> Digested {
    Sha256::digest(text.as_bytes()).into()
}

fn hashed(token: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(token.as_bytes(), &salt);
    Ok(hash.map_err(|err| anyhow!("{err}"))?.to_string())
}

fn store(folder: &Path, file: &Path, hash: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    let _ = fs::remove_file(file);
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    writeln!(file, "{hash}")?;
    Ok(())
}

/// The folder that was named, else that of this user's settings.
///
/// # Errors
/// There is no home.
pub fn folder(named: Option<&Path>) -> Result<PathBuf> {
    match named {
        Some(folder) => Ok(folder.to_owned()),
        None => config_folder(),
    }
}

fn config_folder() -> Result<PathBuf> {
    let config = match std::env::var_os("XDG_CONFIG_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let home = std::env::var_os("HOME").context("HOME is not set; name --config FOLDER")?;
            PathBuf::from(home).join(".config")
        }
    };
    Ok(config.join("aliyarface"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> (Auth, String) {
        let folder = std::env::temp_dir().join(format!("aliyarface-auth-{}", random_text()));
        let (auth, token) = Auth::open(Some(&folder), false).unwrap();
        let (again, none) = Auth::open(Some(&folder), false).unwrap();
        assert_eq!((again.hash == auth.hash, none), (true, None), "kept");
        let _ = fs::remove_dir_all(folder);
        (auth, token.unwrap())
    }

    #[test]
    fn the_token_lets_in_and_its_hash_does_not_hold_it() {
        let (auth, token) = opened();
        assert!(auth.hash.starts_with("$argon2id$") && !auth.hash.contains(&token));
        assert_eq!(auth.check(&token), Ok(()));
        let cookie = auth.log_in(&token).unwrap();
        assert!(auth.knows_cookie(&cookie) && !auth.knows_cookie(&token));
    }

    #[test]
    fn after_five_wrong_tokens_a_sixth_is_not_even_looked_at() {
        let (auth, token) = opened();
        for _ in 0..TRIES {
            assert_eq!(auth.check("wrong"), Err(Refusal::Wrong));
        }
        assert_eq!(auth.check(&token), Err(Refusal::TooMany));
    }
}
