//! The C interface of `libaliyarface_torch.so` (`crates/aliyarface-torch/src/interface.rs`).

use std::ffi::{CStr, CString, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use once_cell::sync::OnceCell;

use crate::runtime::private::{self, LibraryError};

use super::{Device, EmotionNetError, INPUT_SIDE};

const LIBRARY: &str = "libaliyarface_torch.so";
/// The libraries below it, the lowest first; those of a libtorch that set-up did not fetch keep its names.
const BELOW: [&str; 6] = [
    "alfmalloc.so",
    "alfgomp.so.1",
    "alfcudart.so.13",
    "alfcupti.so.13",
    "alfc10.so",
    "alftorch_cpu.so",
];
const VERSION: u32 = 1;

/// Why a call failed.
#[repr(C)]
struct Failure {
    no_device: u32,
    message: [u8; 508],
}

impl Failure {
    const NONE: Self = Self {
        no_device: 0,
        message: [0; 508],
    };

    fn into_error(self) -> EmotionNetError {
        match self.no_device {
            0 => {
                let text = CStr::from_bytes_until_nul(&self.message).unwrap_or_default();
                EmotionNetError::Network(text.to_string_lossy().into_owned())
            }
            _ => EmotionNetError::NoCuda,
        }
    }
}

/// The open library.
pub struct Torch {
    set_up: unsafe extern "C" fn(u32, bool, *mut Failure) -> bool,
    load: unsafe extern "C" fn(*const c_char, usize, bool, *mut Failure) -> *mut c_void,
    probabilities:
        unsafe extern "C" fn(*const c_void, *const u8, usize, *mut f64, *mut Failure) -> bool,
    free: unsafe extern "C" fn(*mut c_void),
}

impl Torch {
    /// The library, opened when it is first asked for and never closed: libtorch's threads outlive its use.
    pub fn get() -> Result<&'static Self, EmotionNetError> {
        static TORCH: OnceCell<Torch> = OnceCell::new();
        Ok(TORCH.get_or_try_init(Self::open)?)
    }

    fn open() -> Result<Self, LibraryError> {
        let library = private::open(LIBRARY, &BELOW)?;
        // SAFETY: the interface of this version declares these types.
        let torch = unsafe {
            let version: unsafe extern "C" fn() -> u32 =
                library.function(c"aliyarface_torch_version")?;
            if version() != VERSION {
                return Err(LibraryError::Version(library.path().to_owned()));
            }
            Self {
                set_up: library.function(c"aliyarface_torch_set_up")?,
                load: library.function(c"aliyarface_torch_load")?,
                probabilities: library.function(c"aliyarface_torch_probabilities")?,
                free: library.function(c"aliyarface_torch_free")?,
            }
        };
        library.keep();
        Ok(torch)
    }

    /// Sets the threads of each operator, and picks such operators as this process may run.
    pub fn set_up(&self, threads: u32) -> Result<(), EmotionNetError> {
        let mut failure = Failure::NONE;
        // SAFETY: `failure` may be written.
        let done = unsafe { (self.set_up)(threads, private::may_generate_code(), &mut failure) };
        if done {
            Ok(())
        } else {
            Err(failure.into_error())
        }
    }

    /// Loads the network in `file`.
    pub fn load(
        &'static self,
        file: &Path,
        classes: usize,
        device: Device,
    ) -> Result<Network, EmotionNetError> {
        let path = CString::new(file.as_os_str().as_bytes());
        let path = path.map_err(|err| EmotionNetError::Network(err.to_string()))?;
        let mut failure = Failure::NONE;
        let on_cuda = device == Device::Cuda;
        // SAFETY: the path is a string, and `failure` may be written.
        let handle = unsafe { (self.load)(path.as_ptr(), classes, on_cuda, &mut failure) };
        if handle.is_null() {
            Err(failure.into_error())
        } else {
            Ok(Network {
                torch: self,
                handle,
                classes,
            })
        }
    }
}

/// A loaded network.
pub struct Network {
    torch: &'static Torch,
    handle: *mut c_void,
    classes: usize,
}

// SAFETY: a loaded network is only read, which libtorch allows from several threads.
unsafe impl Send for Network {}
// SAFETY: as above.
unsafe impl Sync for Network {}

impl Network {
    /// Probabilities, faces x classes, of the `faces` one after the other.
    pub fn probabilities(&self, faces: &[u8]) -> Result<Vec<f64>, EmotionNetError> {
        let count = faces.len() / (INPUT_SIDE * INPUT_SIDE);
        let mut values = vec![0.0; count * self.classes];
        let mut failure = Failure::NONE;
        // SAFETY: the handle is alive, the slices are as long as the call expects.
        let done = unsafe {
            let (faces, values) = (faces.as_ptr(), values.as_mut_ptr());
            (self.torch.probabilities)(self.handle, faces, count, values, &mut failure)
        };
        if done {
            Ok(values)
        } else {
            Err(failure.into_error())
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // SAFETY: owned by this value alone.
        unsafe { (self.torch.free)(self.handle) }
    }
}
