//! Memory for a network's inputs and outputs.

use std::ptr;

use super::super::LiteRtError;
use super::{Api, Handle, check};

const LOCK_READ: u32 = 0;
const LOCK_WRITE: u32 = 1;

/// A host-memory tensor of f32 values.
pub struct TensorBuffer {
    pub(super) api: &'static Api,
    pub(super) handle: Handle,
    pub(super) len: usize,
}

// SAFETY: the handle is used through `&mut self` only.
unsafe impl Send for TensorBuffer {}

impl TensorBuffer {
    pub fn write<E>(&mut self, fill: impl FnOnce(&mut [f32]) -> Result<(), E>) -> Result<(), E>
    where
        E: From<LiteRtError>,
    {
        self.locked(LOCK_WRITE, fill)
    }

    pub fn read(&mut self, to: &mut [f32]) -> Result<(), LiteRtError> {
        self.locked(LOCK_READ, |values| {
            for (to, &value) in to.iter_mut().zip(values.iter()) {
                *to = value;
            }
            Ok(())
        })
    }

    fn locked<E>(
        &mut self,
        mode: u32,
        work: impl FnOnce(&mut [f32]) -> Result<(), E>,
    ) -> Result<(), E>
    where
        E: From<LiteRtError>,
    {
        let mut memory = ptr::null_mut();
        // SAFETY: while locked, the memory holds `len` aligned f32 values and is ours alone.
        let worked = unsafe {
            let status = (self.api.buffer_lock)(self.handle, &mut memory, mode);
            check("LiteRtLockTensorBuffer", status)?;
            work(std::slice::from_raw_parts_mut(memory.cast(), self.len))
        };
        // SAFETY: locked above.
        let status = unsafe { (self.api.buffer_unlock)(self.handle) };
        worked?;
        check("LiteRtUnlockTensorBuffer", status)?;
        Ok(())
    }
}

impl Drop for TensorBuffer {
    fn drop(&mut self) {
        // SAFETY: owned by this value alone.
        unsafe { (self.api.buffer_destroy)(self.handle) }
    }
}
