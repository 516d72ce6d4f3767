//! Which image files a folder holds, their classes, and their parts: a folder a class, or such
//! folders in `train`, and in `val` and `test` where they exist.
//!
//! Names decide, no file is opened: `.png`, `.jpg`, `.jpeg`, `.jpe` and `.jfif` are images. Left
//! out: what is in the files.

use std::ffi::OsStr;
use std::fs::FileType;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::images::needs::Needs;
use crate::regular_file::io_error;

const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "jpe", "jfif"];
/// Endings of images in formats that are not read.
const OTHER_IMAGES: [&str; 12] =
    ["gif", "bmp", "webp", "tif", "tiff", "avif", "heic", "heif", "jp2", "jxl", "ppm", "pgm"];
/// What systems put into folders.
const OF_SYSTEMS: [&str; 4] = ["Thumbs.db", "desktop.ini", "__MACOSX", "$RECYCLE.BIN"];

const TRAIN: &str = "train";
const VALIDATION: [&str; 3] = ["val", "valid", "validation"];
const TEST: &str = "test";

/// The image files of a folder, part by part, class by class, by name.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: Vec<PathBuf>,
    /// Names of the classes, sorted; none where no classes were asked for.
    pub(crate) classes: Vec<String>,
    /// Index into `classes` of each file.
    pub(crate) codes: Vec<u32>,
    /// Where the files of `val` and `test` begin, as far as these folders exist.
    pub(crate) validation_from: Option<usize>,
    pub(crate) test_from: Option<usize>,
    /// How many entries were passed over, and the first of them.
    pub(crate) skipped: u64,
    pub(crate) first_skipped: Option<PathBuf>,
}

/// An entry of a folder that a user sees.
struct Entry {
    path: PathBuf,
    kind: FileType,
}

/// Whether a folder looks like one of images: there is a folder in it, or an image.
pub(crate) fn looks_like_images(folder: &Path) -> Result<bool, DataError> {
    Ok(entries(folder)?.iter().any(|entry| entry.kind.is_dir() || has_ending(&entry.path, &IMAGES)))
}

pub(crate) fn list(folder: &Path, needs: Needs) -> Result<Listing, DataError> {
    let mut listing = Listing::default();
    let direct = entries(folder)?;
    let has_images = direct.iter().any(|entry| !entry.kind.is_dir() && has_ending(&entry.path, &IMAGES));
    if needs == Needs::AnyImages && has_images {
        // Images to predict on need no class folder.
        listing.add_images(direct.into_iter().filter(|entry| !entry.kind.is_dir()))?;
        return Ok(listing);
    }
    let folders = || direct.iter().filter(|entry| entry.kind.is_dir());
    if has_images && folders().next().is_none() {
        return Err(DataError::NoClassFolder { folder: folder.to_owned() });
    }
    match part(&direct, &[TRAIN])? {
        Some(train) => listing.add_parts(train, &direct, needs)?,
        None => listing.add_classes(direct, needs)?,
    }
    if listing.files.is_empty() {
        return Err(DataError::EmptyClass { folder: folder.to_owned() });
    }
    Ok(listing)
}

/// The folder of a part: one of these names, with a folder in it.
fn part<'a>(entries: &'a [Entry], names: &[&str]) -> Result<Option<&'a Entry>, DataError> {
    for entry in entries.iter().filter(|entry| entry.kind.is_dir()) {
        let named = names.iter().any(|name| entry.path.file_name() == Some(OsStr::new(name)));
        if named && self::entries(&entry.path)?.iter().any(|entry| entry.kind.is_dir()) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

impl Listing {
    fn add_parts(&mut self, train: &Entry, direct: &[Entry], needs: Needs) -> Result<(), DataError> {
        let (validation, test) = (part(direct, &VALIDATION)?, part(direct, &[TEST])?);
        let used = [Some(train), validation, test].map(|part| part.map(|part| &part.path));
        direct.iter().filter(|entry| !used.contains(&Some(&entry.path))).for_each(|entry| self.skip(entry));
        self.add_classes(entries(&train.path)?, needs)?;
        for (part, is_test) in [(validation, false), (test, true)] {
            let Some(part) = part else { continue };
            let from = self.files.len();
            *(if is_test { &mut self.test_from } else { &mut self.validation_from }) = Some(from);
            self.add_classes(entries(&part.path)?, needs)?;
            if self.files.len() == from {
                return Err(DataError::EmptyClass { folder: part.path.clone() });
            }
        }
        Ok(())
    }

    /// The files of the folders among these entries. The first part decides which classes there
    /// are.
    fn add_classes(&mut self, entries: Vec<Entry>, needs: Needs) -> Result<(), DataError> {
        let is_first = self.files.is_empty();
        for entry in entries {
            if !entry.kind.is_dir() {
                self.skip(&entry);
                continue;
            }
            let before = self.files.len();
            self.add_images(self::entries(&entry.path)?.into_iter())?;
            let is_empty = self.files.len() == before;
            if needs == Needs::AnyImages || (is_empty && !is_first) {
                continue;
            }
            if is_empty {
                return Err(DataError::EmptyClass { folder: entry.path });
            }
            let code = self.code(entry.path, is_first)?;
            self.codes.resize(self.files.len(), code);
        }
        Ok(())
    }

    /// The number of the class of this folder, which is a new one in the first part.
    fn code(&mut self, folder: PathBuf, is_first: bool) -> Result<u32, DataError> {
        let Some(name) = folder.file_name().and_then(OsStr::to_str) else {
            return Err(DataError::NameNotUtf8 { path: folder });
        };
        if is_first {
            self.classes.push(name.to_owned());
            return Ok(self.classes.len() as u32 - 1);
        }
        let known = self.classes.iter().position(|class| class == name);
        known.map(|code| code as u32).ok_or_else(|| DataError::UntrainedClass { folder: folder.clone() })
    }

    fn add_images(&mut self, entries: impl Iterator<Item = Entry>) -> Result<(), DataError> {
        for entry in entries {
            if entry.kind.is_dir() {
                return Err(DataError::NestedFolder { folder: entry.path });
            }
            if has_ending(&entry.path, &IMAGES) {
                self.files.push(entry.path);
            } else if has_ending(&entry.path, &OTHER_IMAGES) {
                return Err(DataError::NoImageFile { path: entry.path });
            } else {
                self.skip(&entry);
            }
        }
        Ok(())
    }

    fn skip(&mut self, entry: &Entry) {
        self.skipped += 1;
        self.first_skipped.get_or_insert_with(|| entry.path.clone());
    }
}

/// What a user sees in a folder, by name. A link counts as what it points to.
fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let fail = |source| io_error(folder, source);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if is_hidden(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        let kind = entry.file_type().map_err(|source| io_error(&path, source))?;
        let kind = if kind.is_symlink() { target_kind(&path)? } else { kind };
        entries.push(Entry { path, kind });
    }
    entries.sort_by(|a, b| a.path.file_name().cmp(&b.path.file_name()));
    Ok(entries)
}

fn target_kind(path: &Path) -> Result<FileType, DataError> {
    Ok(std::fs::metadata(path).map_err(|source| io_error(path, source))?.file_type())
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || OF_SYSTEMS.iter().any(|system| name == *system)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default();
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}
