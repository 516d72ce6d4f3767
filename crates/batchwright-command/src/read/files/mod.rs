//! A folder that a program writes its metrics into: its files are found (`walk`) and read while
//! they grow (`text`, `tensorboard`).
//!
//! Files that were there before are ignored until they change, because they belong to earlier runs.
//! Left out: telling apart two programs that write into one folder at the same time.

pub(crate) mod error;
pub(crate) mod tensorboard;
pub(crate) mod text;
pub(crate) mod walk;

use crate::read::files::error::FileError;
use crate::read::files::tensorboard::EventFile;
use crate::read::files::text::{Stamp, TextFile};
use crate::read::files::walk::{Walk, is_event_file};
use crate::read::names::normal_name;
use crate::read::normalise::Normaliser;
use crate::read::recognised::Recognised;
use crate::read::row::{RawRow, Row};
use crate::read::source::RowSource;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder that is watched for files of metrics.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// The normal name of the metric of the target.
    wanted: String,
    /// Files that were there before, with their stamps of then.
    old: BTreeMap<PathBuf, Stamp>,
    texts: BTreeMap<PathBuf, TextFile>,
    events: BTreeMap<PathBuf, EventFile>,
    /// Time of the first event: the earliest in all files that had one when the first was found.
    start: Option<f64>,
    normaliser: Normaliser,
    recognised: Recognised,
    /// By file; a damaged file is not opened again.
    problems: BTreeMap<PathBuf, FileError>,
}

/// A row, its source and its file.
struct FileRow {
    source: RowSource,
    file: PathBuf,
    row: RawRow,
}

impl Folder {
    /// Watches a folder from now on. It need not exist yet. `wanted` is the metric of the target: it
    /// counts as a metric even if its name is not a well-known one.
    pub fn watch(root: &Path, wanted: &str) -> Self {
        let mut folder = Self {
            root: root.to_owned(),
            wanted: normal_name(wanted),
            old: BTreeMap::new(),
            texts: BTreeMap::new(),
            events: BTreeMap::new(),
            start: None,
            normaliser: Normaliser::default(),
            recognised: Recognised::default(),
            problems: BTreeMap::new(),
        };
        folder.old = folder.files().into_iter().collect();
        folder
    }

    /// The rows that were written since the last call, file by file. Each call lists the whole
    /// folder; once or twice per second is often enough. Errors are kept in [`Folder::problems`].
    pub fn poll(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (path, stamp) in self.files() {
            if self.old.get(&path) == Some(&stamp) {
                continue;
            }
            self.old.remove(&path);
            if is_event_file(&path) {
                self.events.entry(path.clone()).or_insert_with(|| EventFile::new(&path));
            } else {
                rows.extend(self.text_rows(path, stamp));
            }
        }
        rows.extend(self.event_rows());
        rows.into_iter().map(|row| self.normalise(row)).collect()
    }

    /// What was recognised so far.
    pub fn recognised(&self) -> &Recognised {
        &self.recognised
    }

    /// What could not be read: at most one error for each file or folder.
    pub fn problems(&self) -> impl Iterator<Item = &FileError> {
        self.problems.values()
    }

    fn text_rows(&mut self, path: PathBuf, stamp: Stamp) -> Vec<FileRow> {
        let new = || TextFile::new(&path, &self.wanted);
        let read = self.texts.entry(path.clone()).or_insert_with(new).poll(stamp);
        let (rows, result) = read.map_or_else(|error| (Vec::new(), Err(error)), |rows| (rows, Ok(())));
        note(&mut self.problems, &path, result);
        let with_file = |row| FileRow { source: RowSource::File, file: path.clone(), row };
        rows.into_iter().map(with_file).collect()
    }

    fn event_rows(&mut self) -> Vec<FileRow> {
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
            Some(FileRow { source: RowSource::TensorBoard, file, row })
        })
        .collect()
    }

    fn normalise(&mut self, FileRow { source, file, row }: FileRow) -> Row {
        let (row, printed) = self.normaliser.normalise(row, source);
        self.recognised.add(&row, &printed, &file.display().to_string());
        row
    }

    /// The files of metrics in the folder, by path.
    fn files(&mut self) -> Vec<(PathBuf, Stamp)> {
        let Walk { files, errors } = Walk::through(&self.root);
        for (path, error) in errors {
            note(&mut self.problems, &path, Err(error));
        }
        files
    }
}

fn note(problems: &mut BTreeMap<PathBuf, FileError>, path: &Path, result: Result<(), FileError>) {
    match result {
        Ok(()) => drop(problems.remove(path)),
        Err(problem) => drop(problems.insert(path.to_owned(), problem)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::files::tensorboard::record::framed;
    use std::fs;

    fn watched() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::watch(root.path(), "val_loss");
        (root, folder)
    }

    /// The steps of the rows.
    fn steps(rows: &[Row]) -> Vec<f64> {
        rows.iter().filter_map(|row| row.step).collect()
    }

    #[test]
    fn a_table_is_followed_through_a_new_header() {
        let (root, mut folder) = watched();
        let run = root.path().join("lightning_logs/version_0");
        assert_eq!(folder.poll(), []);
        fs::create_dir_all(&run).unwrap();
        fs::write(run.join("metrics.csv"), "epoch,step,loss\n0,9,0.5\n0,19,0.").unwrap();
        assert_eq!(steps(&folder.poll()), [10.0]);
        assert_eq!(folder.poll(), []);
        fs::write(run.join("metrics.csv"), "loss,epoch,step,val_loss\n0.5,0,9,\n0.4,0,19,\n,0,19,0.6\n")
            .unwrap();
        let rows = folder.poll();
        assert_eq!((steps(&rows), rows[1].metrics["val_loss"]), (vec![20.0, 20.0], 0.6));
        assert!(folder.recognised().found[&RowSource::File].example.ends_with("metrics.csv"));
    }

    /// Rows of earlier runs would count as rows of this run.
    #[test]
    fn earlier_files_are_passed_over_until_they_change() {
        let root = tempfile::tempdir().unwrap();
        let table = root.path().join("metrics.csv");
        fs::write(&table, "epoch,step,loss\n0,9,0.5\n").unwrap();
        let mut folder = Folder::watch(root.path(), "val_loss");
        assert_eq!(folder.poll(), []);
        fs::write(&table, "epoch,step,loss\n0,4,0.25\n0,9,0.125\n").unwrap();
        assert_eq!(steps(&folder.poll()), [5.0, 10.0]);
    }

    /// A field of an event: its key, and its bytes after their length.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }

    fn event(wall_time: f64, step: u8, tag: &str, value: f32) -> Vec<u8> {
        let value = [field(1, tag.as_bytes()), vec![2 << 3 | 5], value.to_le_bytes().to_vec()].concat();
        let position = [&[1 << 3 | 1][..], &wall_time.to_le_bytes(), &[2 << 3, step]].concat();
        framed(&[position, field(5, &field(1, &value))].concat())
    }

    /// Keras writes one file per split, each with its own first event, and counts epochs from 0.
    #[test]
    fn folders_name_the_split_and_share_a_clock() {
        let (root, mut folder) = watched();
        for (split, time, loss) in [("validation", 103.0, 0.5), ("train", 102.0, 0.25)] {
            fs::create_dir(root.path().join(split)).unwrap();
            let bytes = [event(time - 2.0, 0, "epoch", 0.0), event(time, 0, "epoch_loss", loss)].concat();
            fs::write(root.path().join(split).join("events.out.tfevents.1.host.v2"), bytes).unwrap();
        }
        let polled = folder.poll();
        let rows: Vec<_> =
            polled.iter().map(|row| (row.metrics.clone(), row.epoch, row.step, row.seconds)).collect();
        let row = |name: &str, value: f64, seconds: f64| {
            ([(name.to_owned(), value)].into(), Some(1.0), None, Some(seconds))
        };
        assert_eq!(rows, [row("train_loss", 0.25, 2.0), row("val_loss", 0.5, 3.0)]);
    }

    /// Numbers would be read from damaged data, or lost without a report.
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

    /// A pipe would block forever, and a link to the folder itself would be followed without end.
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
        let mut folder = Folder::watch(Path::new("nowhere/to/be/found"), "val_loss");
        assert_eq!((folder.poll(), folder.problems().count()), (vec![], 0));
    }
}
