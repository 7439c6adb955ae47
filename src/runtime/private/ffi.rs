//! The dynamic loader.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
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

    /// Hands the lines that libraries print to [`super::log_lines`], if this is the library they go through.
    pub(super) fn take_lines(&self) {
        type OnLine = unsafe extern "C" fn(*const c_char);
        // SAFETY: the library declares this type; another one has no such function.
        let take =
            unsafe { self.function::<unsafe extern "C" fn(Option<OnLine>)>(c"aliyarface_on_line") };
        if let Ok(take) = take {
            // SAFETY: the function lives as long as the plugin, which is never unloaded.
            unsafe { take(Some(on_line)) };
        }
    }

    /// Where the loader put it.
    fn base(&self) -> Option<usize> {
        let mut map = ptr::null_mut::<LinkMap>();
        // SAFETY: the handle is open, and the loader fills in the address of its own description, which lives as
        // long as the library is open.
        unsafe {
            let found = libc::dlinfo(self.handle, libc::RTLD_DI_LINKMAP, (&raw mut map).cast());
            (found == 0 && !map.is_null()).then(|| (*map).base)
        }
    }

    /// Never closes the library, whose [idle pages](super::unmap_idle_pages) are unmapped now and later.
    pub fn keep(self) {
        let base = self.base();
        forget(self);
        let mut bases = super::bases();
        if let Some(base) = base
            && !bases.contains(&base)
        {
            bases.push(base);
        }
        drop(bases);
        unmap_unwritten(base.as_slice());
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

/// Takes a line.
///
/// # Safety
/// `line` is a string.
unsafe extern "C" fn on_line(line: *const c_char) {
    if let Some(log) = super::ON_LINE.get() {
        // SAFETY: as the caller promises.
        log(&unsafe { CStr::from_ptr(line) }.to_string_lossy());
    }
}

/// The beginning of the loader's `struct link_map`.
#[repr(C)]
struct LinkMap {
    base: usize,
}

/// Size of a page of memory in bytes: that of x86_64, and the smallest of others.
const PAGE: usize = 4096;

/// Unmaps from this process the resident pages of libraries that are never written, if they lie at one of `bases`.
pub(super) fn unmap_unwritten(bases: &[usize]) {
    let mut bases = bases;
    // SAFETY: the callback gets the pointer that it expects, for as long as the call lasts.
    unsafe { libc::dl_iterate_phdr(Some(unmap_if_listed), (&raw mut bases).cast()) };
}

/// [`unmap_unwritten`] of one library.
///
/// # Safety
/// `info` is the loader's, `bases` a slice of bases.
unsafe extern "C" fn unmap_if_listed(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    bases: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises; the headers are as many as counted.
    let (base, headers) = unsafe {
        let (info, bases) = (&*info, *bases.cast::<&[usize]>());
        let base = info.dlpi_addr as usize;
        if !bases.contains(&base) {
            return 0;
        }
        let count = usize::from(info.dlpi_phnum);
        (base, std::slice::from_raw_parts(info.dlpi_phdr, count))
    };
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            let start = (base + header.p_vaddr as usize) & !(PAGE - 1);
            let end = base + (header.p_vaddr + header.p_memsz) as usize;
            let len = end.next_multiple_of(PAGE) - start;
            // SAFETY: the pages are a private mapping of a file that nobody writes: the next use brings the same
            // bytes back.
            unsafe { libc::madvise(start as *mut c_void, len, libc::MADV_DONTNEED) };
        }
    }
    0
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
