//! A folder that a program writes its metrics into: finds the files and follows them.
//!
//! Files that were there before are passed over until they change, for they are of earlier runs. Links are not followed, and nothing but plain files is
//! opened: a pipe would block. Left out: telling apart two programs that write into one folder at the same time.

pub(crate) mod error;
pub(crate) mod lightning;
pub(crate) mod tensorboard;

use crate::read::files::error::FileError;
use crate::read::files::lightning::{CsvTable, Stamp};
use crate::read::files::tensorboard::EventFile;
use crate::read::normalise::Names;
use crate::read::recognised::Recognised;
use crate::read::row::{RawRow, Row};
use crate::read::source::RowSource;
use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Folders within folders that are looked into.
const DEPTH: usize = 8;
/// Entries that one look takes in, over all folders.
const ENTRIES: usize = 20_000;

/// A folder that is watched from now on. See the module.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// Files that were there before, as they were.
    old: BTreeMap<PathBuf, Stamp>,
    tables: BTreeMap<PathBuf, CsvTable>,
    events: BTreeMap<PathBuf, EventFile>,
    /// Time of the first event: the earliest of the files that had one at the look that first found any.
    start: Option<f64>,
    names: Names,
    recognised: Recognised,
    /// By file; a damaged one is not opened again.
    problems: BTreeMap<PathBuf, FileError>,
}

impl Folder {
    /// Watches a folder. It need not exist yet.
    pub fn watch(root: &Path) -> Self {
        let mut folder = Self {
            root: root.to_owned(),
            old: BTreeMap::new(),
            tables: BTreeMap::new(),
            events: BTreeMap::new(),
            start: None,
            names: Names::default(),
            recognised: Recognised::default(),
            problems: BTreeMap::new(),
        };
        folder.old = folder.files().into_iter().collect();
        folder
    }

    /// The rows that were written since the last look, file by file. A look walks the whole folder; once or twice a second is plenty. What cannot be read is kept in [`Folder::problems`].
    pub fn poll(&mut self) -> Vec<Row> {
        for (path, stamp) in self.files() {
            if self.old.get(&path) != Some(&stamp) {
                self.old.remove(&path);
                self.follow(&path);
            }
        }
        let rows = self.table_rows().into_iter().chain(self.event_rows());
        rows.collect::<Vec<_>>().into_iter().map(|found| self.report(found)).collect()
    }

    /// What was understood so far.
    pub fn recognised(&self) -> &Recognised {
        &self.recognised
    }

    /// What could not be read, at most one for each file or folder.
    pub fn problems(&self) -> impl Iterator<Item = &FileError> {
        self.problems.values()
    }

    fn follow(&mut self, path: &Path) {
        if is_table(path) {
            self.tables.entry(path.to_owned()).or_insert_with(|| CsvTable::new(path));
        } else {
            self.events.entry(path.to_owned()).or_insert_with(|| EventFile::new(path));
        }
    }

    fn table_rows(&mut self) -> Vec<Found> {
        let mut found = Vec::new();
        for (path, table) in &mut self.tables {
            let mut rows = Vec::new();
            note(&mut self.problems, path, table.poll(&mut rows));
            found.extend(rows.into_iter().map(|row| Found {
                source: RowSource::Lightning,
                file: path.clone(),
                row,
            }));
        }
        found
    }

    fn event_rows(&mut self) -> Vec<Found> {
        let mut new = Vec::new();
        for (path, file) in &mut self.events {
            let damaged = matches!(self.problems.get(path), Some(FileError::Damaged { .. }));
            let mut events = Vec::new();
            if !damaged {
                note(&mut self.problems, path, file.poll(&mut events));
            }
            new.push((path.clone(), events));
        }
        let first = new.iter().filter_map(|(_, events)| events.first()).map(|event| event.wall_time);
        self.start = self.start.or(first.reduce(f64::min));
        let start = self.start.unwrap_or_default();
        let rows = new
            .into_iter()
            .flat_map(|(path, events)| events.into_iter().map(move |event| (path.clone(), event)));
        rows.filter_map(|(file, event)| {
            let row = self.events.get(&file)?.row(event, start)?;
            Some(Found { source: RowSource::TensorBoard, file, row })
        })
        .collect()
    }

    fn report(&mut self, Found { source, file, row }: Found) -> Row {
        let (report, printed) = self.names.report(row, source);
        self.recognised.understood(&report, &printed, &file.display().to_string());
        report
    }

    /// The files of metrics in the folder, by path.
    fn files(&mut self) -> Vec<(PathBuf, Stamp)> {
        let mut walk = Walk { root: &self.root, files: Vec::new(), entries: 0, problems: &mut self.problems };
        walk.enter(&self.root, 0);
        let mut files = walk.files;
        files.sort();
        files
    }
}

/// A row and its file.
struct Found {
    source: RowSource,
    file: PathBuf,
    row: RawRow,
}

fn note(problems: &mut BTreeMap<PathBuf, FileError>, path: &Path, result: Result<(), FileError>) {
    match result {
        Ok(()) => drop(problems.remove(path)),
        Err(problem) => drop(problems.insert(path.to_owned(), problem)),
    }
}

fn is_table(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == lightning::NAME)
}

fn is_event_file(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains(tensorboard::MARK))
}

/// One look through the folder.
struct Walk<'a> {
    root: &'a Path,
    files: Vec<(PathBuf, Stamp)>,
    entries: usize,
    problems: &'a mut BTreeMap<PathBuf, FileError>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, depth: usize) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => {
                return note(
                    self.problems,
                    folder,
                    Err(FileError::Unreadable { file: folder.to_owned(), kind: error.kind() }),
                );
            }
        };
        for entry in entries.flatten() {
            self.entries += 1;
            if self.entries > ENTRIES {
                return note(
                    self.problems,
                    self.root,
                    Err(FileError::TooMany { folder: self.root.to_owned() }),
                );
            }
            self.take(&entry, depth);
        }
    }

    /// An entry that goes away meanwhile is none.
    fn take(&mut self, entry: &DirEntry, depth: usize) {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { return };
        if kind.is_dir() && depth < DEPTH {
            self.enter(&path, depth + 1);
        } else if kind.is_file() && (is_table(&path) || is_event_file(&path)) {
            self.files.extend(entry.metadata().ok().map(|metadata| (path, lightning::stamp(&metadata))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::files::tensorboard::record::framed;
    use std::fs;

    fn watched() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::watch(root.path());
        (root, folder)
    }

    /// The steps of the rows, a character for each source before.
    fn steps(reports: &[Row]) -> Vec<f64> {
        reports.iter().filter_map(|report| report.step).collect()
    }

    #[test]
    fn a_table_is_followed_through_a_new_header() {
        let (root, mut folder) = watched();
        let run = root.path().join("lightning_logs/version_0");
        assert_eq!(folder.poll(), []);
        fs::create_dir_all(&run).unwrap();
        fs::write(run.join("metrics.csv"), "step,loss\n9,0.5\n19,0.").unwrap();
        assert_eq!(steps(&folder.poll()), [10.0]);
        assert_eq!(folder.poll(), []);
        fs::write(run.join("metrics.csv"), "loss,step,val_loss\n0.5,9,\n0.4,19,\n,19,0.6\n").unwrap();
        let reports = folder.poll();
        assert_eq!((steps(&reports), reports[1].metrics["val_loss"]), (vec![20.0, 20.0], 0.6));
        assert!(folder.recognised().found[&RowSource::Lightning].example.ends_with("metrics.csv"));
    }

    /// The rows of earlier runs would count as those of this one.
    #[test]
    fn earlier_files_are_passed_over_until_they_change() {
        let root = tempfile::tempdir().unwrap();
        let table = root.path().join("metrics.csv");
        fs::write(&table, "step,loss\n9,0.5\n").unwrap();
        let mut folder = Folder::watch(root.path());
        assert_eq!(folder.poll(), []);
        fs::write(&table, "step,loss\n4,0.25\n9,0.125\n").unwrap();
        assert_eq!(steps(&folder.poll()), [5.0, 10.0]);
    }

    /// A field of an event: its key, and its bytes behind their length.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }

    fn event(wall_time: f64, step: u8, tag: &str, value: f32) -> Vec<u8> {
        let value = [field(1, tag.as_bytes()), vec![2 << 3 | 5], value.to_le_bytes().to_vec()].concat();
        let position = [&[1 << 3 | 1][..], &wall_time.to_le_bytes(), &[2 << 3, step]].concat();
        framed(&[position, field(5, &field(1, &value))].concat())
    }

    /// Keras writes one file a split, each with its own first event, and counts epochs from 0.
    #[test]
    fn folders_name_the_split_and_share_a_clock() {
        let (root, mut folder) = watched();
        for (split, time, loss) in [("validation", 103.0, 0.5), ("train", 102.0, 0.25)] {
            fs::create_dir(root.path().join(split)).unwrap();
            let bytes = [event(time - 2.0, 0, "epoch", 0.0), event(time, 0, "epoch_loss", loss)].concat();
            fs::write(root.path().join(split).join("events.out.tfevents.1.host.v2"), bytes).unwrap();
        }
        let reports = folder.poll();
        let rows: Vec<_> = reports
            .iter()
            .map(|report| (report.metrics.clone(), report.epoch, report.step, report.seconds))
            .collect();
        let row = |name: &str, value: f64, seconds: f64| {
            ([(name.to_owned(), value)].into(), Some(1.0), None, Some(seconds))
        };
        assert_eq!(rows, [row("train_loss", 0.25, 2.0), row("val_loss", 0.5, 3.0)]);
    }

    /// Numbers would be read out of noise, or the reader would say nothing of those that it lost.
    #[test]
    fn a_damaged_file_is_read_up_to_the_damage() {
        let (root, mut folder) = watched();
        let (first, second) = (event(1.0, 1, "val/loss", 0.5), event(2.0, 2, "val/loss", 0.25));
        let mut bytes = [first.clone(), second.clone(), second].concat();
        bytes[first.len() + 20] ^= 1;
        let file = root.path().join("events.out.tfevents.1");
        fs::write(&file, bytes).unwrap();
        assert_eq!(steps(&folder.poll()), [1.0]);
        assert_eq!(folder.poll(), []);
        let at = first.len() as u64;
        assert_eq!(folder.problems().collect::<Vec<_>>(), [&FileError::Damaged { file, at }]);
    }

    /// A pipe would block for ever, and a link to the folder itself would be walked without end.
    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (root, mut folder) = watched();
        std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", root.path().join("metrics.csv")).unwrap();
        assert_eq!((folder.poll(), folder.problems().count()), (vec![], 0));
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_no_problem() {
        let mut folder = Folder::watch(Path::new("nowhere/to/be/found"));
        assert_eq!((folder.poll(), folder.problems().count()), (vec![], 0));
    }
}
