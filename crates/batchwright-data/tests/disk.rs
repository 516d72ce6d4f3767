//! Saving a file on a disk that fails: at every operation, in every way, the path holds the old
//! content or the new one.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use batchwright_data::testkit::{Fault, FaultyDisk, Names};
use batchwright_data::{Disk, OpenFile, WriteError, write_atomic_on};
use std::fs::Permissions;
use std::io;
use std::path::Path;

/// What is saved over what.
const OLD: &[u8] = b"the old content, all of it";
const NEW: &[u8] = b"the new content, which is longer than the old one";

const FAULTS: [Fault; 6] = [
    Fault::Error(io::ErrorKind::PermissionDenied),
    Fault::Error(io::ErrorKind::Interrupted),
    Fault::Full,
    Fault::Kill,
    Fault::PowerLoss(Names::Kept),
    Fault::PowerLoss(Names::Lost),
];

/// How a file is saved.
type Save = fn(&dyn Disk, &Path, &[u8]) -> Result<(), WriteError>;

/// What was seen when one fault happened at one operation.
struct Seen {
    fired: bool,
    saved: bool,
    operations: Vec<&'static str>,
    /// What the path holds.
    content: Option<Vec<u8>>,
    /// Other files in its folder.
    others: Vec<String>,
}

fn try_once(save: Save, old: Option<&[u8]>, site: usize, fault: Fault) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    if let Some(old) = old {
        std::fs::write(&path, old).unwrap();
    }
    let disk = FaultyDisk::new(site, fault);
    let saved = save(&disk, &path, NEW).is_ok();
    // The worst for one that says it is saved: the power fails now, and takes the names.
    if saved {
        disk.lose_power(Names::Lost).unwrap();
    }
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let others = names.filter(|name| name != "model").collect();
    let content = std::fs::read(&path).ok();
    Seen { fired: disk.fired(), saved, operations: disk.operations(), content, others }
}

/// What is wrong with what was seen.
fn violation(seen: &Seen, old: Option<&[u8]>, fault: Fault) -> Option<String> {
    let (is_old, is_new) = (seen.content.as_deref() == old, seen.content.as_deref() == Some(NEW));
    if !is_old && !is_new {
        return Some(format!("neither the old nor the new: {:?}", seen.content));
    }
    if seen.saved && !is_new {
        return Some("said to be saved, and it is not".to_owned());
    }
    let may_leave = matches!(fault, Fault::Kill | Fault::PowerLoss(_));
    if !may_leave && !seen.others.is_empty() {
        return Some(format!("left behind: {:?}", seen.others));
    }
    let unknown =
        seen.others.iter().find(|name| !name.starts_with(".batchwright-") || !name.ends_with(".tmp"));
    unknown.map(|name| format!("a stray that could be taken for data: {name}"))
}

/// Every violation of a way to save, and at how many sites a fault happened.
fn violations(save: Save) -> (Vec<String>, usize) {
    let (mut found, mut sites) = (Vec::new(), 0);
    for fault in FAULTS {
        for old in [None, Some(OLD)] {
            for site in 0.. {
                let seen = try_once(save, old, site, fault);
                let wrong = violation(&seen, old, fault);
                found.extend(
                    wrong.map(|wrong| format!("{fault:?} at {site} ({:?}): {wrong}", seen.operations)),
                );
                if !seen.fired {
                    break;
                }
                sites += 1;
            }
        }
    }
    (found, sites)
}

#[test]
fn at_every_operation_of_a_save_the_path_holds_the_old_or_the_new() {
    let (found, sites) = violations(write_atomic_on);
    println!("{sites} sites");
    assert!(found.is_empty(), "{found:#?}");
    // Create, write, sync, rename and sync of the folder, under six faults, with and without an old
    // file. The removal of the temporary file comes only after an error.
    assert_eq!(sites, 5 * FAULTS.len() * 2);
}

/// What cannot be removed either is left, and is not taken for data.
#[test]
fn a_save_that_fails_removes_what_it_wrote() {
    let seen = try_once(write_atomic_on, Some(OLD), 1, Fault::Full);
    assert_eq!(seen.operations, ["create", "write", "remove"]);
    assert_eq!((seen.content.as_deref(), seen.others.len()), (Some(OLD), 0));
}

/// The test above is worth nothing if it finds nothing.
mod planted_faults {
    use super::*;

    fn failed(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
        |source| WriteError { path: path.to_owned(), action: "save", source }
    }

    type Step = fn(&dyn Disk, &OpenFile, &Path) -> io::Result<()>;

    /// A save made of these steps, in this order.
    fn steps(disk: &dyn Disk, path: &Path, content: &[u8], steps: &[Step]) -> Result<(), WriteError> {
        let scratch = path.with_file_name(".batchwright-planted.tmp");
        let mut file = disk.create(&scratch, None::<&Permissions>).map_err(failed(path))?;
        let written = disk.write(&mut file, content);
        let done = written.and_then(|()| steps.iter().try_for_each(|step| step(disk, &file, path)));
        if done.is_err() {
            let _ = disk.remove(&scratch);
        }
        done.map_err(failed(path))
    }

    const SYNC: Step = |disk, file, _| disk.sync(file);
    const RENAME: Step = |disk, file, path| disk.rename(&file.path, path);
    const SYNC_FOLDER: Step = |disk, _, path| disk.sync_folder(path.parent().unwrap_or(Path::new(".")));

    #[test]
    fn a_save_without_a_sync_is_found() {
        let (found, _) = violations(|disk, path, content| steps(disk, path, content, &[RENAME, SYNC_FOLDER]));
        let after_the_rename =
            |wrong: &String| wrong.contains("PowerLoss(Kept)") && wrong.contains("neither");
        assert!(found.iter().any(after_the_rename), "{found:#?}");
    }

    #[test]
    fn a_save_that_does_not_sync_the_folder_is_found() {
        let (found, _) = violations(|disk, path, content| steps(disk, path, content, &[SYNC, RENAME]));
        assert!(found.iter().any(|wrong| wrong.contains("it is not")), "{found:#?}");
    }

    #[test]
    fn a_write_into_the_file_itself_is_found() {
        let (found, _) = violations(|disk, path, content| {
            let open = || Ok(OpenFile { file: std::fs::File::create(path)?, path: path.to_owned() });
            let mut file = open().map_err(failed(path))?;
            disk.write(&mut file, content).and_then(|()| disk.sync(&file)).map_err(failed(path))
        });
        assert!(found.iter().any(|wrong| wrong.contains("Kill") && wrong.contains("neither")), "{found:#?}");
    }

    /// The order that is right is not found fault with, in these steps too.
    #[test]
    fn a_save_in_the_right_order_is_sound() {
        let (found, _) =
            violations(|disk, path, content| steps(disk, path, content, &[SYNC, RENAME, SYNC_FOLDER]));
        assert!(found.is_empty(), "{found:#?}");
    }
}
