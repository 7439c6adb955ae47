//! Who may ask: a token for operators and one for viewers, of which only slow hashes are kept, and cookies
//! for browsers.

mod logins;

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
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::logins::Logins;

/// The file with the token's hash.
const FILE: &str = "token.argon2";
/// The file with the hash of the viewers' token.
const VIEWER_FILE: &str = "viewer-token.argon2";
/// Wrong tokens in a minute, after which nobody is let in until it is over.
const TRIES: u32 = 5;
const MINUTE: Duration = Duration::from_secs(60);

/// A hash of what was random itself: nobody finds the one from the other.
type TokenDigest = [u8; 32];

/// Who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything and changes nothing.
    Viewer,
    /// Begins, changes and ends sessions.
    Operator,
}

/// What is known of those who may ask.
pub struct Auth {
    folder: PathBuf,
    hash: String,
    known: Mutex<AuthState>,
    /// Held while a token is compared with the hashes, which takes long on purpose.
    checking: Mutex<()>,
}

#[derive(Default)]
struct AuthState {
    viewer: Option<String>,
    /// Tokens that argon2 took once: they need not be slow for each request.
    tokens: HashMap<TokenDigest, Role>,
    logins: Logins,
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
    /// Reads the hashes, or makes a token at the first start; the token is returned where it is new.
    /// A new token shuts out those who logged in with the old one.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn open(folder: &Path, new: bool) -> Result<(Self, Option<String>)> {
        let file = folder.join(FILE);
        let stored = fs::read_to_string(&file).ok().filter(|_| !new);
        let (hash, token) = match stored {
            Some(hash) => (hash.trim().to_owned(), None),
            None => {
                Logins::forget_all(folder);
                let token = random_text();
                let hash = hashed(&token)?;
                store(folder, &file, &hash)
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
        let viewer = fs::read_to_string(folder.join(VIEWER_FILE)).ok();
        let known = AuthState {
            viewer: viewer.map(|hash| hash.trim().to_owned()),
            logins: Logins::read(folder),
            ..AuthState::default()
        };
        let (folder, known) = (folder.to_owned(), Mutex::new(known));
        Ok((
            Self {
                folder,
                hash,
                known,
                checking: Mutex::default(),
            },
            token,
        ))
    }

    /// Makes a token for viewers; those who know an earlier one are shut out.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn new_viewer(&self) -> Result<String> {
        let token = random_text();
        let hash = hashed(&token)?;
        store(&self.folder, &self.folder.join(VIEWER_FILE), &hash)?;
        let mut known = self.known();
        known.viewer = Some(hash);
        known.tokens.retain(|_, role| *role != Role::Viewer);
        known.logins.forget(Role::Viewer);
        Ok(token)
    }

    /// Takes a token and gives the cookie of a browser that showed it.
    ///
    /// # Errors
    /// The token is wrong, or too many were.
    pub fn log_in(&self, token: &str) -> std::result::Result<String, Refusal> {
        let role = self.check(token)?;
        let cookie = random_text();
        self.known().logins.add(digest(&cookie), role, &self.folder);
        Ok(cookie)
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// It is nobody's, or too many were wrong before it.
    pub fn check(&self, token: &str) -> std::result::Result<Role, Refusal> {
        let digested = digest(token);
        let known_role = || self.known().tokens.get(&digested).copied();
        if let Some(role) = known_role() {
            return Ok(role);
        }
        // One slow check after the other: many who begin at once with the right token wait for the first of them, and
        // many guesses at once get no more tries.
        let _turn = self.checking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(role) = known_role() {
            return Ok(role);
        }
        let viewer = {
            let mut known = self.known();
            let now = Instant::now();
            if known.since.is_none_or(|since| now - since > MINUTE) {
                (known.failures, known.since) = (0, Some(now));
            }
            if known.failures >= TRIES {
                return Err(Refusal::TooMany);
            }
            known.viewer.clone()
        };
        let role = if fits(token, &self.hash) {
            Role::Operator
        } else if viewer.is_some_and(|hash| fits(token, &hash)) {
            Role::Viewer
        } else {
            self.known().failures += 1;
            return Err(Refusal::Wrong);
        };
        self.known().tokens.insert(digested, role);
        Ok(role)
    }

    /// Who the browser with this cookie logged in as.
    pub fn knows_cookie(&self, cookie: &str) -> Option<Role> {
        self.known().logins.role(&digest(cookie))
    }

    fn known(&self) -> MutexGuard<'_, AuthState> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `hash` is one of `token`.
fn fits(token: &str, hash: &str) -> bool {
    let parsed = PasswordHash::new(hash);
    parsed.is_ok_and(|hash| {
        let argon2 = Argon2::default();
        argon2.verify_password(token.as_bytes(), &hash).is_ok()
    })
}

/// 32 letters of chance: 128 bits.
pub fn random_text() -> String {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(text: &str) -> TokenDigest {
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

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("aliyarface-auth-{}", random_text()))
    }

    #[test]
    fn the_token_lets_in_and_its_hash_does_not_hold_it() {
        let folder = folder();
        let (auth, token) = Auth::open(&folder, false).unwrap();
        let token = token.unwrap();
        assert!(auth.hash.starts_with("$argon2id$") && !auth.hash.contains(&token));
        assert_eq!(auth.check(&token), Ok(Role::Operator));
        let cookie = auth.log_in(&token).unwrap();
        assert_eq!(
            (auth.knows_cookie(&cookie), auth.knows_cookie(&token)),
            (Some(Role::Operator), None)
        );
        let (again, none) = Auth::open(&folder, false).unwrap();
        assert_eq!((again.hash == auth.hash, none), (true, None), "kept");
        assert_eq!(
            again.knows_cookie(&cookie),
            Some(Role::Operator),
            "a login outlives the server"
        );
        let (anew, _) = Auth::open(&folder, true).unwrap();
        assert_eq!(
            anew.knows_cookie(&cookie),
            None,
            "a new token shuts all out"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn many_who_begin_at_once_with_the_right_token_are_let_in_and_many_guesses_are_counted() {
        let folder = folder();
        let (auth, token) = Auth::open(&folder, false).unwrap();
        let token = token.unwrap();
        let at_once = |token: &str| {
            std::thread::scope(|scope| {
                let asked = (0..3 * TRIES).map(|_| scope.spawn(|| auth.check(token)));
                let asked: Vec<_> = asked.collect();
                let told = asked.into_iter().map(|asked| asked.join().unwrap());
                told.collect::<Vec<_>>()
            })
        };
        assert!(
            at_once(&token)
                .iter()
                .all(|told| *told == Ok(Role::Operator))
        );
        let guessed = at_once("a guess");
        let wrong = guessed.iter().filter(|told| **told == Err(Refusal::Wrong));
        assert_eq!(wrong.count(), TRIES as usize);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn viewers_have_a_token_of_their_own_which_another_makes_void() {
        let folder = folder();
        let (auth, _) = Auth::open(&folder, false).unwrap();
        let first = auth.new_viewer().unwrap();
        assert_eq!(auth.check(&first), Ok(Role::Viewer));
        let cookie = auth.log_in(&first).unwrap();
        let second = auth.new_viewer().unwrap();
        assert_eq!(
            (auth.check(&first), auth.knows_cookie(&cookie)),
            (Err(Refusal::Wrong), None)
        );
        assert_eq!(auth.check(&second), Ok(Role::Viewer));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn after_five_wrong_tokens_a_sixth_is_not_even_looked_at() {
        let folder = folder();
        let (auth, token) = Auth::open(&folder, false).unwrap();
        for _ in 0..TRIES {
            assert_eq!(auth.check("wrong"), Err(Refusal::Wrong));
        }
        assert_eq!(auth.check(&token.unwrap()), Err(Refusal::TooMany));
        fs::remove_dir_all(folder).unwrap();
    }
}
