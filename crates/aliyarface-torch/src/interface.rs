//! The C interface of the library.
//!
//! A call that can fail returns whether it succeeded and, where it did not, writes why. No panic leaves a
//! call.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::{ptr, slice};

use super::{INPUT_SIDE, Network, NetworkError, avoid_code_generation, cuda, set_threads};

/// Version of this interface: the plugin uses no other.
pub const VERSION: u32 = 1;

/// Why a call failed.
#[repr(C)]
pub struct Failure {
    /// 1 where the device that was asked for is not there, else 0.
    pub no_device: u32,
    /// One line of UTF-8, zero-terminated.
    pub message: [u8; 508],
}

impl Failure {
    fn set(&mut self, err: &NetworkError) {
        self.no_device = u32::from(matches!(err, NetworkError::NoCuda));
        let text = err.to_string();
        let mut end = text.len().min(self.message.len() - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.message = [0; 508];
        for (to, from) in self.message.iter_mut().zip(&text.as_bytes()[..end]) {
            *to = *from;
        }
    }
}

fn guarded<T>(work: impl FnOnce() -> Result<T, NetworkError>, failure: &mut Failure) -> Option<T> {
    let broke = |_| NetworkError::Damaged("libtorch broke down".to_owned());
    let done = catch_unwind(AssertUnwindSafe(work)).map_err(broke);
    done.flatten().map_err(|err| failure.set(&err)).ok()
}

/// [`VERSION`].
#[unsafe(no_mangle)]
pub extern "C" fn aliyarface_torch_version() -> u32 {
    VERSION
}

unsafe extern "C" {
    /// The least severity of what libtorch prints: 0 information, 1 warnings, 2 errors.
    static mut FLAGS_caffe2_log_level: c_int;
}

/// Keeps warnings off the host's standard error, unless its user asked for them by libtorch's own variable. What
/// fails is told by the calls.
fn print_errors_only() {
    if std::env::var_os("TORCH_CPP_LOG_LEVEL").is_none() {
        // SAFETY: libtorch reads this number, and nobody else writes it.
        unsafe { FLAGS_caffe2_log_level = 2 };
    }
}

/// Sets the threads of each operator and, unless `generate_code`, calls [`avoid_code_generation`].
///
/// # Safety
/// `failure` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_torch_set_up(
    threads: u32,
    generate_code: bool,
    failure: *mut Failure,
) -> bool {
    // SAFETY: as the caller promises.
    let failure = unsafe { &mut *failure };
    let set_up = || {
        print_errors_only();
        set_threads(threads);
        if !generate_code {
            avoid_code_generation()?;
        }
        Ok(())
    };
    guarded(set_up, failure).is_some()
}

/// [`Network::load`] of the zero-terminated `path`, on the CPU or the first CUDA device; null where it failed.
///
/// # Safety
/// `path` is a string and `failure` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_torch_load(
    path: *const c_char,
    classes: usize,
    on_cuda: bool,
    failure: *mut Failure,
) -> *mut Network {
    // SAFETY: as the caller promises.
    let (path, failure) = unsafe { (CStr::from_ptr(path), &mut *failure) };
    let load = || {
        let device = if on_cuda { cuda()? } else { tch::Device::Cpu };
        Network::load(
            Path::new(OsStr::from_bytes(path.to_bytes())),
            classes,
            device,
        )
    };
    guarded(load, failure).map_or(ptr::null_mut(), |net| Box::into_raw(Box::new(net)))
}

/// [`Network::probabilities`] of `count` faces into `probabilities`, count x classes.
///
/// # Safety
/// `network` is loaded and not freed, `faces` holds count x 64 x 64 bytes, `probabilities` has room for count x
/// classes numbers, `failure` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_torch_probabilities(
    network: *const Network,
    faces: *const u8,
    count: usize,
    probabilities: *mut f64,
    failure: *mut Failure,
) -> bool {
    // SAFETY: as the caller promises.
    let (network, faces, failure) = unsafe {
        let faces = slice::from_raw_parts(faces, count * INPUT_SIDE * INPUT_SIDE);
        (&*network, faces, &mut *failure)
    };
    let Some(values) = guarded(|| network.probabilities(faces), failure) else {
        return false;
    };
    // SAFETY: as the caller promises.
    let room = unsafe { slice::from_raw_parts_mut(probabilities, count * network.classes()) };
    for (to, from) in room.iter_mut().zip(values) {
        *to = from;
    }
    true
}

/// Frees a network.
///
/// # Safety
/// `network` is loaded, and used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_torch_free(network: *mut Network) {
    // SAFETY: made by `Box::into_raw`, and freed once.
    drop(catch_unwind(AssertUnwindSafe(|| unsafe {
        Box::from_raw(network)
    })));
}
