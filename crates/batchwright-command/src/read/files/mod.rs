//! A folder that a program writes its metrics into: its files are found (`walk`) and read while
//! they grow (`text`, `document`, `log`, `tensorboard`).
//!
//! A metric that no column gives a split has that of the file or its folder: `val.csv`,
//! `valid/log.jsonl`; that of training only beside a file of another split. Of the files that report
//! the metric of the target those of the best kind count, and of documents and logs one: a log
//! repeats what stands in a table.
//!
//! Files that were there before are ignored until they change, because they belong to earlier runs.
//! Left out: telling apart two programs that write into one folder at the same time.

pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod log;
pub(crate) mod tensorboard;
pub(crate) mod text;
pub(crate) mod walk;

use crate::read::files::error::FileError;
use crate::read::files::tensorboard::EventFile;
use crate::read::files::text::{FileKind, Stamp, TextFile};
use crate::read::files::walk::{Walk, is_event_file};
use crate::read::names::{Split, normal_name, of_split, parts_of, words_of};
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
    /// The kind of the files that report the metric of the target, and the first of them.
    reports: Option<(FileKind, PathBuf)>,
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
            reports: None,
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
        let files = self.files();
        let validates = files
            .iter()
            .filter_map(|(path, _)| split_of(&self.root, path))
            .any(|split| split != Split::Train);
        for (path, stamp) in files {
            if self.old.get(&path) == Some(&stamp) {
                continue;
            }
            self.old.remove(&path);
            if is_event_file(&path) {
                self.events.entry(path.clone()).or_insert_with(|| EventFile::new(&path));
            } else {
                rows.extend(self.text_rows(path, stamp, validates));
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

    fn text_rows(&mut self, path: PathBuf, stamp: Stamp, validates: bool) -> Vec<FileRow> {
        let new = || TextFile::new(&path, &self.wanted);
        let read = self.texts.entry(path.clone()).or_insert_with(new).poll(stamp);
        let nothing = |error| ((FileKind::Lines, Vec::new()), Err(error));
        let ((kind, mut rows), result) = read.map_or_else(nothing, |read| (read, Ok(())));
        note(&mut self.problems, &path, result);
        let split = split_of(&self.root, &path).filter(|split| validates || *split != Split::Train);
        if let Some(split) = split.filter(|_| kind != FileKind::Log) {
            rows.iter_mut().for_each(|row| self.give_split(row, split));
        }
        rows.retain(|row| self.counts(row, kind, &path));
        let source = if kind == FileKind::Log { RowSource::Log } else { RowSource::File };
        let with_file = |row| FileRow { source, file: path.clone(), row };
        rows.into_iter().map(with_file).collect()
    }

    /// Gives the split of a file to a row that names none.
    fn give_split(&self, row: &mut RawRow, split: Split) {
        if row.metrics.iter().any(|(name, _)| parts_of(name).0.is_some()) {
            return;
        }
        for (name, _) in &mut row.metrics {
            *name = of_split(std::mem::take(name), split, &self.wanted);
        }
    }

    /// Whether a row counts beside those of other files: see the documentation of this file.
    fn counts(&mut self, row: &RawRow, kind: FileKind, path: &Path) -> bool {
        let reports = row.metrics.iter().any(|(name, _)| normal_name(name) == self.wanted);
        if !reports || !row.has_position() {
            return true;
        }
        match &self.reports {
            Some((best, first))
                if *best < kind || (*best == kind && kind != FileKind::Lines && first != path) =>
            {
                false
            }
            Some((best, _)) if *best == kind => true,
            _ => {
                self.reports = Some((kind, path.to_owned()));
                true
            }
        }
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

/// The split that the name of a file names, or of the nearest folder within `root`.
fn split_of(root: &Path, path: &Path) -> Option<Split> {
    let words = words_of(path.file_stem()?.to_str()?);
    let mut named = words.iter().filter_map(|word| Split::named(word));
    let folders = path.parent()?.strip_prefix(root).ok()?;
    let of_folder = || {
        let names = folders.iter().rev().filter_map(|name| name.to_str());
        names.map(str::to_ascii_lowercase).find_map(|name| Split::named(&name))
    };
    match (named.next(), named.next()) {
        (Some(split), None) => Some(split),
        (Some(_), Some(_)) => None,
        (None, _) => of_folder(),
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
    use crate::read::files::tensorboard::record::framed_record;
    use std::fs;

    fn watched() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::watch(root.path(), "val_loss");
        (root, folder)
    }

    /// The epochs and validation losses of the rows.
    fn losses(rows: &[Row]) -> Vec<(f64, f64)> {
        rows.iter().filter_map(|row| Some((row.epoch?, *row.metrics.get("val_loss")?))).collect()
    }

    /// Both losses would be one curve, that of training.
    #[test]
    fn the_name_of_a_file_names_the_split() {
        for (train, val) in
            [("train.csv", "val.csv"), ("train/log.csv", "test/log.csv"), ("log.csv", "valid_log.csv")]
        {
            let (root, mut folder) = watched();
            for (name, text) in [(train, "epoch,loss\n1,0.75\n"), (val, "epoch,loss\n1,0.5\n")] {
                let file = root.path().join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            let polled = folder.poll();
            assert_eq!(losses(&polled), [(1.0, 0.5)], "{val}");
            assert!(polled.iter().any(|row| row.metrics.get("train_loss") == Some(&0.75)), "{train}");
        }
        let (root, mut folder) = watched();
        fs::write(root.path().join("val.csv"), "epoch,train_loss,val_loss\n1,0.75,0.5\n").unwrap();
        assert_eq!(losses(&folder.poll()), [(1.0, 0.5)]);
    }

    /// Programs that write a history anew would seem to write nothing, or each row many times.
    #[test]
    fn a_document_that_is_written_anew_gives_each_row_once() {
        for (first, second) in [
            (
                r#"[{"epoch": 1, "val_loss": 0.5}]"#,
                r#"[{"epoch": 1, "val_loss": 0.5}, {"epoch": 2, "val_loss": 0.25}]"#,
            ),
            (r#"{"epoch": [1], "val_loss": [0.5]}"#, r#"{"epoch": [1, 2], "val_loss": [0.5, 0.25]}"#),
            (r#"{"epoch": 1, "val_loss": 0.5}"#, r#"{"epoch": 2, "val_loss": 0.25}"#),
        ] {
            let (root, mut folder) = watched();
            let mut all = Vec::new();
            for text in [first, first, &second[..second.len() - 2], second, second] {
                fs::write(root.path().join("metrics.json"), text).unwrap();
                all.extend(folder.poll());
                all.extend(folder.poll());
            }
            assert_eq!(
                (losses(&all), folder.problems().count()),
                (vec![(1.0, 0.5), (2.0, 0.25)], 0),
                "{first}"
            );
        }
    }

    /// The number at the end of a run would take the place of the rows that were printed before it.
    #[test]
    fn an_object_that_is_written_once_is_no_row() {
        let (root, mut folder) = watched();
        fs::write(root.path().join("final.json"), r#"{"epoch": 3, "val_loss": 0.5}"#).unwrap();
        assert_eq!(folder.poll(), []);
        fs::write(root.path().join("log.jsonl"), "{\"epoch\": 3, \"val_loss\": 0.5}\n").unwrap();
        assert_eq!(losses(&folder.poll()), [(3.0, 0.5)]);
    }

    /// A log would not be read, a line of it twice, or beside a table that says the same.
    #[test]
    fn a_log_is_read_like_printed_lines() {
        let (root, mut folder) = watched();
        let line = |epoch: u32| format!("2026-11-29 10:00:00,000 INFO epoch {epoch}: validation loss 0.5\n");
        let file = root.path().join("train.log");
        fs::write(&file, line(1) + &line(2)[..30]).unwrap();
        assert_eq!(losses(&folder.poll()), [(1.0, 0.5)]);
        fs::write(&file, line(1) + &line(2)).unwrap();
        let rows = folder.poll();
        assert_eq!((losses(&rows), rows[0].source), (vec![(2.0, 0.5)], RowSource::Log));
        fs::write(root.path().join("debug.log"), line(1)).unwrap();
        assert_eq!(folder.poll(), []);
        fs::write(root.path().join("a.csv"), "epoch,val_loss\n1,0.5\n").unwrap();
        fs::write(&file, line(1) + &line(2) + &line(3)).unwrap();
        assert_eq!(losses(&folder.poll()), [(1.0, 0.5)]);
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
        framed_record(&[position, field(5, &field(1, &value))].concat())
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
