//! DIS optical flow (Kroeger et al. 2016).

use std::ffi::c_void;
use std::ptr;

use opencv::core::{CV_32FC2, Mat, MatTraitConst, MatTraitConstManual, Ptr, Vec2f};
use opencv::prelude::*;
use opencv::video::{DISOpticalFlow, DISOpticalFlow_PRESET_FAST};

use super::serial::serially;
use super::{Failure, Image, guarded};

/// A finder with the fast preset, whose pyramid ends at level `finest`; null where it failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_flow_new(
    finest: i32,
    failure: *mut Failure,
) -> *mut Ptr<DISOpticalFlow> {
    let mut made = ptr::null_mut();
    guarded(failure, || {
        let mut finder = DISOpticalFlow::create(DISOpticalFlow_PRESET_FAST)?;
        finder.set_finest_scale(finest)?;
        made = Box::into_raw(Box::new(finder));
        Ok(())
    });
    made
}

/// The flow from one grey image to another into `field` (x and y a pixel), from what that holds where `warm`;
/// with so many refinements of the variational kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_flow_find(
    finder: *mut Ptr<DISOpticalFlow>,
    from: *const Image,
    to: *const Image,
    refinements: i32,
    warm: bool,
    field: *mut [f32; 2],
    failure: *mut Failure,
) -> bool {
    guarded(failure, || unsafe {
        let (finder, from, to) = (&mut *finder, &*from, &*to);
        finder.set_variational_refinement_iterations(refinements)?;
        finder.set_use_spatial_propagation(refinements > 0)?;
        let mut flow = if warm {
            let data = field.cast::<c_void>();
            let stride = from.width as usize * size_of::<[f32; 2]>();
            let (rows, columns) = (from.height, from.width);
            Mat::new_rows_cols_with_data_unsafe(rows, columns, CV_32FC2, data, stride)?
        } else {
            Mat::default()
        };
        let (from, to) = (from.view()?, to.view()?);
        serially(|| finder.calc(&from, &to, &mut flow))?;
        // OpenCV writes where it read, or into memory of its own.
        if flow.data().cast::<[f32; 2]>() != field.cast_const() {
            let found: &[Vec2f] = flow.data_typed()?;
            ptr::copy_nonoverlapping(found.as_ptr().cast::<[f32; 2]>(), field, found.len());
        }
        Ok(())
    })
}

/// Frees a finder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aliyarface_opencv_flow_free(finder: *mut Ptr<DISOpticalFlow>) {
    guarded(&mut Failure { message: [0; 256] }, || {
        drop(unsafe { Box::from_raw(finder) });
        Ok(())
    });
}
