//! Pictures of which nothing leaves the device but the surroundings of faces.

use std::sync::{Arc, Mutex, PoisonError};

use crate::picture::Picture;

/// Where faces are: left, top, right and bottom of each in fractions of the frame as it lies in memory; an error
/// in a user's words where that cannot be found out.
pub type FindFaces = dyn FnMut(&Picture<'_>) -> Result<Vec<[f64; 4]>, String> + Send;

/// What finds the faces in pictures that are to be cropped. It is called by the thread that sends them.
#[derive(Clone)]
pub struct Crop(Arc<Mutex<FindFaces>>);

impl Crop {
    /// Crops to what `find` tells.
    pub fn new(
        find: impl FnMut(&Picture<'_>) -> Result<Vec<[f64; 4]>, String> + Send + 'static,
    ) -> Self {
        Self(Arc::new(Mutex::new(find)))
    }

    /// Where the faces of `picture` are.
    ///
    /// # Errors
    /// That cannot be found out.
    pub fn find(&self, picture: &Picture<'_>) -> Result<Vec<[f64; 4]>, String> {
        let mut find = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        find(picture)
    }
}
