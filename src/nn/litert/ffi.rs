//! The part of LiteRT's C interface (2.1.4) that is used, behind owning handles.
//!
//! Every handle is destroyed exactly once, in the order the library asks for: compiled models
//! before the model they were made of. The library and its environment live as long as the
//! process.

mod buffer;

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::OnceCell;

use crate::runtime::private;

use super::LiteRtError;

pub(super) use buffer::TensorBuffer;

type Handle = *mut c_void;
type Status = u32;

/// `libLiteRt.so` of version 2.1.4, renamed by set-up.
const LIBRARY: &str = "alfLiteRt.so";
const BELOW: [&str; 1] = ["alfmalloc.so"];
const ELEMENT_FLOAT32: u32 = 1;
const BUFFER_HOST_MEMORY: u32 = 1;
const STATUS_INVALID_ARGUMENT: Status = 1;
const ACCELERATOR_CPU: c_int = 1;
const OPTION_ACCELERATORS: u32 = 24;
const ANY_INT: u32 = 2;
const CPU_OPTIONS: &CStr = c"xnnpack";

/// `LiteRtLayout`: the lower seven bits of `rank` hold the rank, the eighth tells of strides.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Layout {
    rank: u8,
    dimensions: [i32; 8],
    strides: [u32; 8],
}

#[repr(C)]
struct RankedTensorType {
    element_type: u32,
    layout: Layout,
}

/// `LiteRtEnvOption` with the one kind of value that is passed.
#[repr(C)]
struct IntOption {
    tag: u32,
    _before_any: u32,
    kind: u32,
    _before_value: u32,
    value: i64,
}

macro_rules! interface {
    ($($field:ident = $symbol:literal ( $($arg:ty),* ) $(-> $ret:ty)?;)*) => {
        struct Api {
            $($field: unsafe extern "C" fn($($arg),*) $(-> $ret)?,)*
            environment: Handle,
        }

        impl Api {
            fn open() -> Result<Self, LiteRtError> {
                let library = private::open(LIBRARY, &BELOW)?;
                // SAFETY: each symbol is given the type that the header of version 2.1.4 declares for it.
                let mut api = unsafe {
                    Self {
                        $($field: library.function($symbol)?,)*
                        environment: ptr::null_mut(),
                    }
                };
                api.environment = api.create_environment()?;
                library.keep();
                Ok(api)
            }
        }
    };
}

interface! {
    environment_create = c"LiteRtCreateEnvironment"(c_int, *const IntOption, *mut Handle) -> Status;
    model_create = c"LiteRtCreateModelFromBuffer"(*const c_void, usize, *mut Handle) -> Status;
    model_destroy = c"LiteRtDestroyModel"(Handle);
    model_signature = c"LiteRtGetModelSignature"(Handle, usize, *mut Handle) -> Status;
    signature_inputs = c"LiteRtGetNumSignatureInputs"(Handle, *mut usize) -> Status;
    signature_outputs = c"LiteRtGetNumSignatureOutputs"(Handle, *mut usize) -> Status;
    options_create = c"LiteRtCreateOptions"(*mut Handle) -> Status;
    options_accelerators = c"LiteRtSetOptionsHardwareAccelerators"(Handle, c_int) -> Status;
    options_add = c"LiteRtAddOpaqueOptions"(Handle, Handle) -> Status;
    options_destroy = c"LiteRtDestroyOptions"(Handle);
    opaque_create = c"LiteRtCreateOpaqueOptions"
        (*const c_char, *mut c_void, unsafe extern "C" fn(*mut c_void), *mut Handle) -> Status;
    opaque_destroy = c"LiteRtDestroyOpaqueOptions"(Handle);
    compiled_create = c"LiteRtCreateCompiledModel"(Handle, Handle, Handle, *mut Handle) -> Status;
    compiled_destroy = c"LiteRtDestroyCompiledModel"(Handle);
    compiled_resize = c"LiteRtCompiledModelResizeInputTensorNonStrict"
        (Handle, usize, usize, *const c_int, usize) -> Status;
    compiled_outputs = c"LiteRtGetCompiledModelOutputTensorLayouts"
        (Handle, usize, usize, *mut Layout, bool) -> Status;
    compiled_run = c"LiteRtRunCompiledModel"
        (Handle, usize, usize, *mut Handle, usize, *mut Handle) -> Status;
    buffer_create = c"LiteRtCreateManagedTensorBuffer"
        (Handle, u32, *const RankedTensorType, usize, *mut Handle) -> Status;
    buffer_lock = c"LiteRtLockTensorBuffer"(Handle, *mut *mut c_void, u32) -> Status;
    buffer_unlock = c"LiteRtUnlockTensorBuffer"(Handle) -> Status;
    buffer_destroy = c"LiteRtDestroyTensorBuffer"(Handle);
}

// SAFETY: the table never changes once made, and the library documents its environment as shared.
unsafe impl Send for Api {}
// SAFETY: as above.
unsafe impl Sync for Api {}

impl Api {
    fn get() -> Result<&'static Self, LiteRtError> {
        static API: OnceCell<Api> = OnceCell::new();
        API.get_or_try_init(Self::open)
    }

    fn create_environment(&self) -> Result<Handle, LiteRtError> {
        // Without it the library looks for accelerators of every kind on the system.
        let cpu_only = IntOption {
            tag: OPTION_ACCELERATORS,
            _before_any: 0,
            kind: ANY_INT,
            _before_value: 0,
            value: i64::from(ACCELERATOR_CPU),
        };
        let mut environment = ptr::null_mut();
        // SAFETY: one option is passed, as counted, and the result has a place to go.
        let status = unsafe { (self.environment_create)(1, &cpu_only, &mut environment) };
        check("LiteRtCreateEnvironment", status)?;
        Ok(environment)
    }

    /// Sets the number of threads of the CPU kernels.
    ///
    /// # Safety
    /// `options` is a live handle of this library.
    unsafe fn add_threads(&self, options: Handle, threads: u32) -> Status {
        // LiteRT hands these words, in TOML's form, to XNNPACK's accelerator.
        let Ok(words) = CString::new(format!("num_threads = {threads}\n")) else {
            return STATUS_INVALID_ARGUMENT;
        };
        let words = words.into_raw().cast();
        let mut opaque = ptr::null_mut();
        // SAFETY: the words are read as a C string; they belong to the opaque options once those
        // are made, and these to `options` once they are added.
        unsafe {
            let status = (self.opaque_create)(CPU_OPTIONS.as_ptr(), words, free_words, &mut opaque);
            if status != 0 {
                free_words(words);
                return status;
            }
            let status = (self.options_add)(options, opaque);
            if status != 0 {
                (self.opaque_destroy)(opaque);
            }
            status
        }
    }
}

/// Frees what [`Api::add_threads`] made.
unsafe extern "C" fn free_words(words: *mut c_void) {
    // SAFETY: called once, by whoever owns them.
    drop(unsafe { CString::from_raw(words.cast()) });
}

fn check(call: &'static str, status: Status) -> Result<(), LiteRtError> {
    match status {
        0 => Ok(()),
        status => Err(LiteRtError::Status { call, status }),
    }
}

/// A network as its file describes it.
pub(super) struct Model {
    api: &'static Api,
    handle: Handle,
    /// The memory that the handle points into.
    _bytes: Vec<u8>,
}

// SAFETY: once made, a model is only read.
unsafe impl Send for Model {}
// SAFETY: as above; `CompiledModel::new` lets one thread at a time compile.
unsafe impl Sync for Model {}

impl Model {
    /// The network in `bytes`, which the library does not check: they must be known to be sound.
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, LiteRtError> {
        let api = Api::get()?;
        let mut handle = ptr::null_mut();
        // SAFETY: the bytes are counted, and outlive the handle as they never move nor change.
        let status = unsafe { (api.model_create)(bytes.as_ptr().cast(), bytes.len(), &mut handle) };
        check("LiteRtCreateModelFromBuffer", status)?;
        Ok(Self {
            api,
            handle,
            _bytes: bytes,
        })
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: owned by this value alone; whatever was compiled of it holds the value itself.
        unsafe { (self.api.model_destroy)(self.handle) }
    }
}

/// A model in its compiled form.
pub(super) struct CompiledModel {
    api: &'static Api,
    compiled: Handle,
    /// Outlives `compiled`.
    model: Arc<Model>,
}

// SAFETY: the handles are used through `&mut self` or by one thread at a time.
unsafe impl Send for CompiledModel {}

impl CompiledModel {
    pub(super) fn new(model: Arc<Model>, input: &[i32], threads: u32) -> Result<Self, LiteRtError> {
        static COMPILING: Mutex<()> = Mutex::new(());
        let _alone = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
        let api = model.api;
        let mut this = Self {
            api,
            compiled: ptr::null_mut(),
            model,
        };
        let mut options = ptr::null_mut();
        // SAFETY: every pointer passed is to a live value; `options` is destroyed on each way out
        // and belongs to the caller after the call, as the header says.
        unsafe {
            check("LiteRtCreateOptions", (api.options_create)(&mut options))?;
            let mut status = (api.options_accelerators)(options, ACCELERATOR_CPU);
            if status == 0 {
                status = api.add_threads(options, threads);
            }
            if status == 0 {
                let (model, compiled) = (this.model.handle, &mut this.compiled);
                status = (api.compiled_create)(api.environment, model, options, compiled);
            }
            (api.options_destroy)(options);
            check("LiteRtCreateCompiledModel", status)?;
            let status = (api.compiled_resize)(this.compiled, 0, 0, input.as_ptr(), input.len());
            check("LiteRtCompiledModelResizeInputTensorNonStrict", status)?;
        }
        Ok(this)
    }

    fn signature(&self) -> Result<Handle, LiteRtError> {
        let mut signature = ptr::null_mut();
        // SAFETY: the model is alive; the signature belongs to it.
        let status = unsafe { (self.api.model_signature)(self.model.handle, 0, &mut signature) };
        check("LiteRtGetModelSignature", status)?;
        Ok(signature)
    }

    pub(super) fn input_count(&self) -> Result<usize, LiteRtError> {
        let mut count = 0;
        // SAFETY: the signature belongs to the live model.
        let status = unsafe { (self.api.signature_inputs)(self.signature()?, &mut count) };
        check("LiteRtGetNumSignatureInputs", status)?;
        Ok(count)
    }

    pub(super) fn output_shapes(&self) -> Result<Vec<Vec<i32>>, LiteRtError> {
        let mut count = 0;
        // SAFETY: the signature belongs to the live model.
        let status = unsafe { (self.api.signature_outputs)(self.signature()?, &mut count) };
        check("LiteRtGetNumSignatureOutputs", status)?;
        let mut layouts = vec![Layout::default(); count];
        // SAFETY: room for as many layouts as announced.
        let status = unsafe {
            (self.api.compiled_outputs)(self.compiled, 0, count, layouts.as_mut_ptr(), true)
        };
        check("LiteRtGetCompiledModelOutputTensorLayouts", status)?;
        let shape = |layout: &Layout| {
            let rank = usize::from(layout.rank & 0x7f);
            layout.dimensions.iter().take(rank).copied().collect()
        };
        Ok(layouts.iter().map(shape).collect())
    }

    /// A buffer of f32 values of this shape.
    pub(super) fn buffer(&self, shape: &[i32]) -> Result<TensorBuffer, LiteRtError> {
        let mut layout = Layout {
            rank: (shape.len() & 0x7f) as u8,
            ..Layout::default()
        };
        for (dimension, &side) in layout.dimensions.iter_mut().zip(shape) {
            *dimension = side;
        }
        let kind = RankedTensorType {
            element_type: ELEMENT_FLOAT32,
            layout,
        };
        let len: usize = shape.iter().map(|&side| side.max(0) as usize).product();
        let bytes = len * size_of::<f32>();
        let mut handle = ptr::null_mut();
        // SAFETY: the type description outlives the call, which copies it.
        let status = unsafe {
            let environment = self.api.environment;
            (self.api.buffer_create)(environment, BUFFER_HOST_MEMORY, &kind, bytes, &mut handle)
        };
        check("LiteRtCreateManagedTensorBuffer", status)?;
        Ok(TensorBuffer {
            api: self.api,
            handle,
            len,
        })
    }

    pub(super) fn run(
        &mut self,
        input: &mut TensorBuffer,
        outputs: &mut [TensorBuffer],
    ) -> Result<(), LiteRtError> {
        let mut outputs: Vec<Handle> = outputs.iter().map(|buffer| buffer.handle).collect();
        let mut input = [input.handle];
        // SAFETY: the counts are those of the arrays, whose handles are alive and unlocked.
        let status = unsafe {
            let (inputs, results) = (input.as_mut_ptr(), outputs.as_mut_ptr());
            (self.api.compiled_run)(self.compiled, 0, 1, inputs, outputs.len(), results)
        };
        check("LiteRtRunCompiledModel", status)
    }
}

impl Drop for CompiledModel {
    fn drop(&mut self) {
        if !self.compiled.is_null() {
            // SAFETY: owned by this value alone.
            unsafe { (self.api.compiled_destroy)(self.compiled) }
        }
    }
}
