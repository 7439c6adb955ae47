//! Browsers that are logged in: hashes of their cookies, kept beside the token's, so that a server that is
//! started anew knows them.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Role, TokenDigest};

const FILE: &str = "logins.json";
/// How long a browser stays logged in, in s.
const LOGGED_IN: u64 = 12 * 3600;
/// Browsers that may be; the one whose login ends first goes.
const MOST: usize = 1000;

/// Until when, in s since 1970, and as whom.
#[derive(Default)]
pub struct Logins(HashMap<TokenDigest, (u64, Role)>);

impl Logins {
    /// Those of the file; none where it is not one.
    pub fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join(FILE)).unwrap_or_default();
        let kept: Vec<(TokenDigest, u64, Role)> = serde_json::from_slice(&text).unwrap_or_default();
        let kept = kept
            .into_iter()
            .map(|(cookie, until, role)| (cookie, (until, role)));
        Self(kept.collect())
    }

    /// Forgets those of the file.
    pub fn forget_all(folder: &Path) {
        let _ = fs::remove_file(folder.join(FILE));
    }

    /// One more; where the file cannot be written it is known until the server ends.
    pub fn add(&mut self, cookie: TokenDigest, role: Role, folder: &Path) {
        let time = now();
        self.0.retain(|_, (until, _)| *until > time);
        if self.0.len() >= MOST {
            let first = self.0.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(cookie) = first.map(|(cookie, _)| *cookie) {
                self.0.remove(&cookie);
            }
        }
        self.0.insert(cookie, (time + LOGGED_IN, role));
        if let Err(err) = self.write(folder) {
            eprintln!("aliyarface: logins are not kept: {err}");
        }
    }

    /// Shuts out all of a role.
    pub fn forget(&mut self, role: Role) {
        self.0.retain(|_, (_, known)| *known != role);
    }

    /// As whom this cookie was given.
    pub fn role(&self, cookie: &TokenDigest) -> Option<Role> {
        let (until, role) = self.0.get(cookie)?;
        (*until > now()).then_some(*role)
    }

    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let kept: Vec<_> = self
            .0
            .iter()
            .map(|(cookie, (until, role))| (cookie, until, role))
            .collect();
        let (file, new) = (folder.join(FILE), folder.join(format!("{FILE}.new")));
        let _ = fs::remove_file(&new);
        let mut options = fs::OpenOptions::new();
        let mut written = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        written.write_all(&serde_json::to_vec(&kept)?)?;
        fs::rename(new, file)
    }
}

fn now() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    time.unwrap_or_default().as_secs()
}
