//! Calls that OpenCV's own threads take no part in.

use std::ffi::c_void;

unsafe extern "C" {
    fn aliyarface_opencv_serial(work: unsafe extern "C" fn(*mut c_void), data: *mut c_void);
}

struct Call<W, R> {
    work: Option<W>,
    result: Option<opencv::Result<R>>,
}

unsafe extern "C" fn run<W: FnOnce() -> opencv::Result<R>, R>(data: *mut c_void) {
    // SAFETY: `serially` passes its own call, which nothing else uses meanwhile.
    let call = unsafe { &mut *data.cast::<Call<W, R>>() };
    call.result = call.work.take().map(|work| work());
}

/// Runs `work` on this thread alone: inside of a parallel region OpenCV opens no further one. A panic in `work`
/// ends the process.
pub fn serially<W: FnOnce() -> opencv::Result<R>, R>(work: W) -> opencv::Result<R> {
    let mut call = Call {
        work: Some(work),
        result: None,
    };
    let data = (&raw mut call).cast::<c_void>();
    // SAFETY: the function is called once, with `data`, before this returns.
    unsafe { aliyarface_opencv_serial(run::<W, R>, data) };
    let missing = || opencv::Error::new(opencv::core::StsError, "nothing was run".to_owned());
    call.result.unwrap_or_else(|| Err(missing()))
}
