//! The dynamic loader.

use std::ffi::{CStr, CString, OsStr, c_int, c_void};
use std::mem::{MaybeUninit, forget, transmute_copy};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use super::LibraryError;

/// What a library's symbols are looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Itself and what it needs, then the process.
    Own,
    /// The process: for the library through which the others get the process's memory.
    Process,
}

impl Scope {
    /// That of the library called `name`.
    pub fn of(name: &str) -> Self {
        match name {
            "alfmalloc.so" => Self::Process,
            _ => Self::Own,
        }
    }
}

/// An open library.
pub struct Library {
    handle: *mut c_void,
    path: PathBuf,
}

// SAFETY: the loader's functions may be called by any thread.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

impl Library {
    /// Opens the file at `path`.
    pub(super) fn open(path: &Path, scope: Scope) -> Result<Self, LibraryError> {
        let refused = |reason| LibraryError::Refused {
            path: path.to_owned(),
            reason,
        };
        let file = CString::new(path.as_os_str().as_bytes());
        let file = file.map_err(|err| refused(err.to_string()))?;
        let flags = match scope {
            Scope::Own => libc::RTLD_LAZY | libc::RTLD_LOCAL | libc::RTLD_DEEPBIND,
            Scope::Process => libc::RTLD_NOW | libc::RTLD_LOCAL,
        };
        // SAFETY: the path is a string, and the libraries' initialisers have no preconditions.
        let handle = unsafe { libc::dlopen(file.as_ptr(), flags) };
        if handle.is_null() {
            Err(refused(loader_error()))
        } else {
            Ok(Self {
                handle,
                path: path.to_owned(),
            })
        }
    }

    /// Never closes the library.
    pub fn keep(self) {
        forget(self);
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The function called `name`.
    ///
    /// # Errors
    /// The library has no such symbol.
    ///
    /// # Safety
    /// `Function` is the type of a pointer to that function.
    pub unsafe fn function<Function: Copy>(&self, name: &CStr) -> Result<Function, LibraryError> {
        const { assert!(size_of::<Function>() == size_of::<*mut c_void>()) };
        // SAFETY: the handle is open, the name is a string.
        let symbol = unsafe { libc::dlsym(self.handle, name.as_ptr()) };
        if symbol.is_null() {
            return Err(LibraryError::Refused {
                path: self.path.clone(),
                reason: loader_error(),
            });
        }
        // SAFETY: as the caller promises.
        Ok(unsafe { transmute_copy(&symbol) })
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: opened once, closed once.
        unsafe { libc::dlclose(self.handle) };
    }
}

/// Opens a library of the system as a program would that needs it, and keeps it; one that is not there is not needed.
pub(super) fn share(name: &CStr) {
    // SAFETY: the name is a string, and the libraries' initialisers have no preconditions.
    unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_LOCAL) };
}

fn loader_error() -> String {
    // SAFETY: the text is this thread's until its next call of the loader.
    unsafe {
        let text = libc::dlerror();
        if text.is_null() {
            "unknown reason".to_owned()
        } else {
            CStr::from_ptr(text).to_string_lossy().into_owned()
        }
    }
}

/// The file that holds this code: the plugin, or the program it is linked into.
pub(super) fn own_path() -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: the address is that of this function, and `info` is filled where the call succeeds.
    unsafe {
        if libc::dladdr(own_path as *const c_void, info.as_mut_ptr()) == 0 {
            return None;
        }
        let name = CStr::from_ptr(info.assume_init().dli_fname);
        let path = PathBuf::from(OsStr::from_bytes(name.to_bytes()));
        // The program itself goes by the name it was called with.
        if path.is_absolute() {
            Some(path)
        } else {
            std::env::current_exe().ok()
        }
    }
}

/// See [`super::may_generate_code`].
pub(super) fn may_generate_code() -> bool {
    const SIZE: usize = 4096;
    const WRITE: c_int = libc::PROT_READ | libc::PROT_WRITE;
    const EXECUTE: c_int = libc::PROT_READ | libc::PROT_EXEC;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a mapping of our own, which nobody else knows of, is made, changed and taken back.
    unsafe {
        let both = libc::mmap(ptr::null_mut(), SIZE, WRITE | libc::PROT_EXEC, flags, -1, 0);
        if both == libc::MAP_FAILED {
            return false;
        }
        libc::munmap(both, SIZE);
        let memory = libc::mmap(ptr::null_mut(), SIZE, WRITE, flags, -1, 0);
        if memory == libc::MAP_FAILED {
            return false;
        }
        let allowed = libc::mprotect(memory, SIZE, EXECUTE) == 0;
        libc::munmap(memory, SIZE);
        allowed
    }
}
