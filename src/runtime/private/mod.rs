//! Libraries of our own, opened so that their symbols and the host's do not meet.
//!
//! The plugin links neither libtorch nor anything else that a host may have in another version. What needs
//! such a library stands in one of ours, which is opened by its absolute path with `RTLD_LOCAL` (none of its
//! symbols is seen by others) and `RTLD_DEEPBIND` (it sees its own before the host's). So are the libraries
//! below it, from the lowest up: with `RTLD_DEEPBIND` the loader searches what was opened before what a
//! library needs. Their names are our own too (`scripts/private`), or the loader would take the host's
//! copy for ours, and ours for the host's.

#[allow(unsafe_code)]
mod ffi;

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

pub use ffi::Library;

/// Why a library of ours could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// It is in none of the folders.
    #[error("{name} is in none of {}", list(folders))]
    Missing {
        /// Its file name.
        name: String,
        /// The folders searched.
        folders: Vec<PathBuf>,
    },
    /// The loader refused it, or it lacks a symbol.
    #[error("{} cannot be opened: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// It is of another version than the plugin.
    #[error("{} is of another version than the plugin", .0.display())]
    Version(PathBuf),
}

fn list(folders: &[PathBuf]) -> String {
    let names: Vec<_> = folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    names.join(", ")
}

/// The folders in which the libraries of an installed and of a freshly built plugin lie.
fn folders() -> Vec<PathBuf> {
    let own = ffi::own_path().and_then(|path| path.canonicalize().ok());
    let own = own.as_deref().and_then(Path::parent);
    let beside = own.into_iter().flat_map(|own| {
        let installed = [
            "../../aliyarface/lib",
            "../lib/aliyarface/lib",
            "../share/aliyarface/lib",
        ];
        // Where cargo leaves the plugin, a test and an example.
        let built = [".", "deps", "..", "../deps"];
        installed
            .into_iter()
            .chain(built)
            .map(|folder| own.join(folder))
    });
    let built = [option_env!("LIBTORCH").map(|folder| format!("{folder}/lib"))];
    let built = built.into_iter().flatten().map(PathBuf::from);
    let litert = option_env!("ALIYARFACE_LITERT").map(PathBuf::from);
    beside.chain(built).chain(litert).collect()
}

fn find(name: &str) -> Result<PathBuf, LibraryError> {
    let folders = folders();
    let mut candidates = folders.iter().map(|folder| folder.join(name));
    let found = candidates.find_map(|path| path.is_file().then(|| path.canonicalize().ok())?);
    found.ok_or_else(|| LibraryError::Missing {
        name: name.to_owned(),
        folders,
    })
}

/// Libraries of the system that ours need and a host may need too: were they first loaded through one of ours, they
/// would see themselves before the host's program for good, and an exception thrown in the host aborts it.
const SHARED: [&CStr; 11] = [
    c"libgcc_s.so.1",
    c"libstdc++.so.6",
    c"libz.so.1",
    c"libtbb.so.12",
    c"libgfortran.so.5",
    c"libblas.so.3",
    c"liblapack.so.3",
    c"libprotobuf.so.32",
    c"libquadmath.so.0",
    c"libX11.so.6",
    c"libGLX.so.0",
];

/// Opens the library called `name`, after those of `below` that are there, the lowest first.
///
/// # Errors
/// It is missing, or the loader refuses it.
pub fn open(name: &str, below: &[&str]) -> Result<Library, LibraryError> {
    let path = find(name)?;
    for name in SHARED {
        ffi::share(name);
    }
    for name in below {
        // One that a user's own libtorch does not have is no failure: the loader says if it is needed.
        if let Ok(path) = find(name) {
            let library = Library::open(&path, ffi::Scope::of(name))?;
            library.take_lines();
            library.keep();
        }
    }
    Library::open(&path, ffi::Scope::Own)
}

/// What is done with the lines that the libraries would print to the standard error.
static ON_LINE: OnceLock<fn(&str)> = OnceLock::new();

/// Gives each line that a private library prints to `log`, on the thread that printed; without it they are lost. The
/// first caller's stays.
pub fn log_lines(log: fn(&str)) {
    ON_LINE.get_or_init(|| log);
}

/// Where the libraries lie that are never closed.
static BASES: Mutex<Vec<usize>> = Mutex::new(Vec::new());

fn bases() -> MutexGuard<'static, Vec<usize>> {
    BASES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes those pages of our libraries out of this process that nothing is written to: symbols, relocations and code
/// of which most was needed only to open them or to load a network. What is used again comes back from the system's
/// copy of the file.
pub fn unmap_idle_pages() {
    ffi::unmap_unwritten(&bases());
}

/// Whether this process may have memory that is written first and executed then, as compilers at run time
/// need it: not under systemd's `MemoryDenyWriteExecute`, SELinux without `execmem`, `PR_SET_MDWE`.
pub fn may_generate_code() -> bool {
    ffi::may_generate_code()
}
