//! The rows of runs, kept in memory in short, so that another axis or a closer look reads only what is
//! new. The memory is bounded: the runs that were looked at longest ago go first.

use crate::dashboard::stores::Stores;
use batchwright_store::{Store, StoreError};
use batchwright_train::RunRow;
use batchwright_view::{CurvePoint, Horizontal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most rows that are kept, of all runs together: 72 MB.
const MOST_ROWS: usize = 1_300_000;

/// Most threads that read the curves of one request.
const MOST_READERS: usize = 4;

/// Curves that are not worth a thread of their own.
const FEW: usize = 4;

/// The curve of a run, or why it cannot be read.
pub(crate) type ReadCurve = Result<Curve, StoreError>;

/// What a curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    Loss,
    Accuracy,
    LearningRate,
}

/// What a curve is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    Train,
    Validation,
}

/// A row in short. Values are shown with few digits, so they are kept in single precision; an absent
/// accuracy is no number.
#[derive(Debug, Clone, Copy)]
struct ShortRow {
    step: u64,
    samples: u64,
    epoch: f64,
    seconds: f64,
    learning_rate: f32,
    loss: [f32; 2],
    accuracy: [f32; 2],
}

impl ShortRow {
    fn new(row: &RunRow) -> Self {
        let splits = [&row.train, &row.validation];
        Self {
            step: row.step,
            samples: row.samples,
            epoch: row.epoch,
            seconds: row.seconds,
            learning_rate: row.learning_rate as f32,
            loss: splits.map(|split| split.loss as f32),
            accuracy: splits.map(|split| split.accuracy.map_or(f32::NAN, |share| share as f32)),
        }
    }

    fn place(&self, axis: Horizontal) -> f64 {
        match axis {
            Horizontal::Steps => self.step as f64,
            Horizontal::Epochs => self.epoch,
            Horizontal::Samples => self.samples as f64,
            Horizontal::Seconds => self.seconds,
        }
    }

    fn value(&self, metric: Metric, split: Split) -> f64 {
        let value = match metric {
            Metric::Loss => self.loss[split as usize],
            Metric::Accuracy => self.accuracy[split as usize],
            Metric::LearningRate => self.learning_rate,
        };
        f64::from(value)
    }
}

/// The rows of a run as they were when they were read.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    rows: Arc<Vec<ShortRow>>,
    /// The last row in full: it tells whether the run was set back since.
    last: Option<RunRow>,
}

impl Curve {
    /// Its points over an axis.
    pub(crate) fn points(
        &self,
        axis: Horizontal,
        metric: Metric,
        split: Split,
    ) -> impl Iterator<Item = CurvePoint> + '_ {
        self.rows.iter().map(move |row| (row.place(axis), row.value(metric, split)))
    }

    /// Its range on an axis; `None` without rows.
    pub(crate) fn range(&self, axis: Horizontal) -> Option<(f64, f64)> {
        Some((self.rows.first()?.place(axis), self.rows.last()?.place(axis)))
    }

    /// Whether it has a finite value of a metric.
    pub(crate) fn has(&self, metric: Metric) -> bool {
        self.rows.iter().any(|row| row.value(metric, Split::Validation).is_finite())
    }

    /// Reads a run, or what has come since.
    fn read(before: Option<Self>, store: &Store, name: &str) -> Result<Self, StoreError> {
        if let Some(Self { rows, last: Some(last) }) = before {
            let new = store.rows_from(name, last.step)?;
            // A run that goes on from an earlier checkpoint was set back. It trains the same steps again,
            // in another time.
            if new.first() == Some(&last) {
                let mut rows = rows;
                if new.len() > 1 {
                    Arc::make_mut(&mut rows).extend(new[1..].iter().map(ShortRow::new));
                }
                return Ok(Self { rows, last: new.last().copied() });
            }
        }
        let rows = store.rows_from(name, 0)?;
        Ok(Self { last: rows.last().copied(), rows: Arc::new(rows.iter().map(ShortRow::new).collect()) })
    }
}

/// Curves that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Curves(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// With the number of the look at which each was last used.
    curves: HashMap<String, (u64, Curve)>,
    looks: u64,
}

impl Kept {
    fn take(&mut self, name: &str) -> Option<Curve> {
        self.curves.remove(name).map(|(_, curve)| curve)
    }

    fn put(&mut self, name: &str, curve: Curve) {
        self.looks += 1;
        self.curves.insert(name.to_owned(), (self.looks, curve));
        while self.rows() > MOST_ROWS {
            let oldest = self.curves.iter().min_by_key(|(_, (look, _))| *look);
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { return };
            self.curves.remove(&oldest);
        }
    }

    fn rows(&self) -> usize {
        self.curves.values().map(|(_, curve)| curve.rows.capacity()).sum()
    }
}

impl Curves {
    /// The curves of runs as they are stored now, in the order of the names. Many are read on all cores:
    /// it is checksums and conversions that take the time.
    ///
    /// # Errors
    /// Of the store itself; for one run as [`Store::rows_from`].
    pub(crate) fn read_all(&self, stores: &Stores, names: &[String]) -> Result<Vec<ReadCurve>, StoreError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_READERS);
        let share = names.len().div_ceil(cores).max(FEW);
        let read_share = |names: &[String]| {
            stores.read(|store| Ok(names.iter().map(|name| self.read(store, name)).collect::<Vec<_>>()))
        };
        std::thread::scope(|scope| {
            let shares = names.chunks(share);
            let readers: Vec<_> = shares.map(|names| scope.spawn(|| read_share(names))).collect();
            let mut read = Vec::with_capacity(names.len());
            for reader in readers {
                read.extend(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(read)
        })
    }

    /// The curve of a run as it is stored now.
    ///
    /// # Errors
    /// As [`Store::rows_from`].
    pub(crate) fn read(&self, store: &Store, name: &str) -> Result<Curve, StoreError> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept().take(name);
        let curve = Curve::read(before, store, name)?;
        kept().put(name, curve.clone());
        Ok(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_store::{NewName, Origin};
    use batchwright_train::testkit::{plan, row};

    fn losses(curve: &Curve) -> Vec<f64> {
        curve.points(Horizontal::Steps, Metric::Loss, Split::Validation).map(|point| point.1).collect()
    }

    /// Else a page shows rows that a resumed run took back, or misses new ones.
    #[test]
    fn new_rows_are_added_and_a_run_that_was_set_back_is_read_anew() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let curves = Curves::default();
        store.create_run(&NewName::Exactly("a"), &[], &plan(), &Origin::default()).unwrap();
        assert!(losses(&curves.read(&store, "a").unwrap()).is_empty());
        store.append_rows("a", &[row(1, 0.5), row(2, 0.25)]).unwrap();
        assert_eq!(losses(&curves.read(&store, "a").unwrap()), [0.5, 0.25]);
        store.append_rows("a", &[row(3, 0.125)]).unwrap();
        assert_eq!(losses(&curves.read(&store, "a").unwrap()), [0.5, 0.25, 0.125]);
        store.rewind_run("a", &[], &plan(), &[row(1, 0.5)]).unwrap();
        let again = |step, loss| RunRow { seconds: 100.0 + step as f64, ..row(step, loss) };
        store.append_rows("a", &[again(2, 0.25), again(3, 2.0), again(4, 4.0)]).unwrap();
        assert_eq!(losses(&curves.read(&store, "a").unwrap()), [0.5, 0.25, 2.0, 4.0]);
    }

    /// Else looking at many long runs takes all memory.
    #[test]
    fn the_memory_is_bounded() {
        let mut kept = Kept::default();
        let long = Curve { rows: Arc::new(vec![ShortRow::new(&row(1, 1.0)); MOST_ROWS / 3]), last: None };
        for name in ["a", "b", "c", "d"] {
            kept.put(name, long.clone());
            assert!(kept.rows() <= MOST_ROWS);
        }
        assert!(!kept.curves.contains_key("a") && kept.curves.contains_key("d"));
    }
}
