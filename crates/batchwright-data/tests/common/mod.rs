//! What the tests of folders of images share.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::path::Path;

use batchwright_data::{DataError, Images, OpenOptions, RawInputs, Source, open};
use tempfile::TempDir;

/// Writes a file, and the folders that it is in.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

pub(crate) fn open_folder(folder: &TempDir) -> Result<Source, DataError> {
    open(Some(folder.path()), &OpenOptions::default())
}

pub(crate) fn refused(folder: &TempDir) -> DataError {
    open_folder(folder).map(|_| ()).unwrap_err()
}

pub(crate) fn images(source: &Source) -> &Images {
    let RawInputs::Images(images) = source.inputs() else { panic!("images") };
    images
}
