//! Makes a folder that is still there after a power failure: the name of each new folder is synced
//! in the folder above it.
//!
//! Left out: what a folder holds, which whoever writes it syncs (`write.rs`).

use crate::disk::{Disk, RealDisk};
use std::io;
use std::path::Path;

/// Makes the folder `path`, and those above it, where they do not exist. Once it has returned,
/// their names are on the disk, with the exceptions of [`crate::write_atomic`], and one more: a
/// folder that this user may write to but not read cannot be synced, and is passed over.
///
/// # Errors
/// Those of the system. The folder may exist then all the same.
pub fn create_folder(path: &Path) -> io::Result<()> {
    create_folder_on(&RealDisk, path)
}

fn create_folder_on(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    let named = path.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let missing: Vec<&Path> = named.take_while(|folder| !folder.exists()).collect();
    std::fs::create_dir_all(path)?;
    for folder in missing.into_iter().rev() {
        // The folder above a bare name is the empty path, which no system call accepts.
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
        match disk.sync_folder(above.unwrap_or(Path::new("."))) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            synced => synced?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Fault, FaultyDisk};

    /// Else a power failure takes a new folder with all files in it, though each was synced.
    #[test]
    fn the_name_of_each_new_folder_is_synced_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/c");
        let disk = FaultyDisk::sound();
        create_folder_on(&disk, &path).unwrap();
        assert!(path.is_dir());
        assert_eq!(disk.operations(), ["sync_folder"; 3]);
        create_folder_on(&disk, &path).unwrap();
        assert_eq!(disk.operations().len(), 3, "nothing was made");
        let failing = FaultyDisk::new(1, Fault::Error(io::ErrorKind::StorageFull));
        let failed = create_folder_on(&failing, &dir.path().join("d/e")).unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::StorageFull);
    }
}
