//! Reads what real trainers printed and wrote. `recorded/README.md` says how it was recorded.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rows;

use batchwright_command::read::{Folder, Row, RowPosition, RowSource};
use rows::printed;
use std::path::{Path, PathBuf};

/// Samples of the training split and batch size of the recorded programs.
const SAMPLES: u64 = 1500;
const BATCH_SIZE: u64 = 64;

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name)
}

/// The rows of a recorded output.
fn reports(name: &str) -> Vec<Row> {
    printed(&std::fs::read(recorded(name)).unwrap(), "val_loss")
}

/// (position, value) of a metric, in the order of its rows.
fn curve<T>(reports: &[Row], metric: &str, position: impl Fn(&Row) -> T) -> Vec<(T, f64)> {
    reports.iter().filter_map(|report| Some((position(report), *report.metrics.get(metric)?))).collect()
}

fn epoch(report: &Row) -> f64 {
    report.epoch.unwrap()
}

/// 1,500 samples at batch size 64 are 23 whole batches and one of 28: 60 steps are 3,768 samples.
fn samples(report: &Row) -> u64 {
    RowPosition::of(report, BATCH_SIZE, Some(SAMPLES)).unwrap().samples
}

#[test]
fn hugging_face() {
    let reports = reports("huggingface/output-4.57.txt");
    assert!(reports.iter().all(|report| report.source == RowSource::HuggingFace));
    let losses = curve(&reports, "val_loss", epoch);
    assert_eq!(losses[0], (0.425531914893617, 2.312645435333252));
    assert_eq!((losses.len(), losses[5].1), (6, 1.6513338088989258));
    assert_eq!(curve(&reports, "train_loss", epoch).len(), 6);
}

/// Transformers 5 prints texts instead of numbers. Its rows stand between pieces of its progress
/// bar, and on a terminal after escape codes.
#[test]
fn hugging_face_5_however_it_shows_progress() {
    let plain = reports("huggingface/output.txt");
    assert_eq!(curve(&plain, "val_accuracy", epoch)[5], (2.553, 0.3906));
    for name in ["huggingface/output-tqdm.txt", "huggingface/output-pty.txt"] {
        assert_eq!(curve(&reports(name), "val_loss", epoch), curve(&plain, "val_loss", epoch)[..3], "{name}");
    }
}

/// The trainer prints the loss of a run that diverged as 0.
#[test]
fn runs_that_diverged_are_not_perfect() {
    for name in ["huggingface/output-diverged.txt", "keras/output-diverged.txt"] {
        let reports = reports(name);
        assert!(curve(&reports, "val_loss", epoch).iter().all(|(_, loss)| loss.is_nan()), "{name}");
        assert!(curve(&reports, "train_loss", epoch).last().unwrap().1.is_nan(), "{name}");
    }
}

#[test]
fn keras() {
    let losses = [(24.0, 1.4175), (48.0, 0.8383), (72.0, 0.5846)];
    for name in ["keras/output.txt", "keras/output-pty.txt", "keras/output-verbose2.txt"] {
        let reports = reports(name);
        assert!(reports.iter().all(|report| report.source == RowSource::Bar), "{name}");
        assert_eq!(curve(&reports, "val_loss", |report| report.step.unwrap()), losses, "{name}");
        let positions: Vec<f64> = reports.iter().map(epoch).collect();
        assert!(positions.is_sorted() && positions.last() == Some(&3.0), "{name}: {positions:?}");
    }
}

/// With and without its progress callback, which prints a block and a backspace before the header.
#[test]
fn fastai() {
    let losses = curve(&reports("fastai/output.txt"), "val_loss", epoch);
    assert_eq!(losses.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
    let shown = curve(&reports("fastai/output-progress.txt"), "val_loss", epoch);
    assert!(losses.iter().zip(&shown).all(|(one, other)| (one.1 - other.1).abs() < 1e-6), "{shown:?}");
    assert_eq!(curve(&reports("fastai/output-pty.txt"), "val_loss", epoch), shown[..2]);
    assert_eq!(curve(&reports("fastai/output-progress.txt"), "val_accuracy", epoch)[3], (4.0, 0.861953));
}

#[test]
fn mnist_example() {
    let reports = reports("mnist/output.txt");
    assert_eq!(
        curve(&reports, "val_accuracy", samples),
        [(1500, 243.0 / 297.0), (3000, 254.0 / 297.0), (4500, 258.0 / 297.0)]
    );
    assert_eq!(curve(&reports, "train_loss", samples)[4], (2140, 0.32434));
}

#[test]
fn nanogpt() {
    let reports = reports("nanogpt/output.txt");
    // It draws its batches at random: there is no short one at the end of an epoch.
    let drawn = |report: &Row| RowPosition::of(report, BATCH_SIZE, None).unwrap().samples;
    let losses = curve(&reports, "val_loss", drawn);
    assert_eq!((losses.len(), losses[1], losses[5]), (6, (1280, 2.8108), (6400, 2.5108)));
}

/// scikit-learn calls an epoch an iteration.
#[test]
fn scikit_learn() {
    let reports = reports("sklearn/output.txt");
    assert_eq!(curve(&reports, "val_score", epoch)[2], (3.0, 0.96));
    assert!(curve(&reports, "train_loss", epoch).len() >= 8);
}

/// Lines that are printed beside the rows would count as rows. Of Lightning's bar `output.txt` has
/// only the last state: nothing says how many epochs came before.
#[test]
fn bars_and_warnings_are_no_rows() {
    for name in [
        "huggingface/errors-tqdm.txt",
        "keras/errors.txt",
        "keras/errors-diverged.txt",
        "keras/errors-verbose2.txt",
        "lightning/errors.txt",
        "lightning/output.txt",
    ] {
        assert_eq!(reports(name), [], "{name}");
    }
}

/// The bar repeats each evaluation until the next: the three that `metrics.csv` has at these steps.
#[test]
fn lightning_bars() {
    let losses = |name: &str| curve(&reports(name), "val_loss", |report| report.step.unwrap());
    assert_eq!(losses("lightning/output-tqdm.txt"), [(10.0, 2.12), (20.0, 1.86), (30.0, 1.57)]);
    assert_eq!(losses("lightning/output-pty.txt"), [(10.0, 2.117), (20.0, 1.861), (30.0, 1.57)]);
}

/// The rows of a file that grows in pieces and is read after each piece.
fn written(name: &str, into: &str, pieces: usize) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let mut watched = Folder::watch(folder.path(), "val_loss");
    let bytes = std::fs::read(recorded(name)).unwrap();
    let mut reports = Vec::new();
    for piece in 1..=pieces {
        std::fs::write(folder.path().join(into), &bytes[..bytes.len() * piece / pieces]).unwrap();
        reports.extend(watched.poll());
    }
    assert_eq!(watched.problems().collect::<Vec<_>>(), Vec::<&_>::new());
    reports
}

#[test]
fn lightning_table() {
    let reports = written("lightning/metrics.csv", "metrics.csv", 1);
    let losses = curve(&reports, "val_loss", samples);
    assert_eq!((losses[0], losses[5]), ((640, 2.1172585487365723), (3768, 0.8196927309036255)));
    assert_eq!(written("lightning/metrics.csv", "metrics.csv", 40), reports);
}

#[test]
fn event_files_of_three_writers() {
    for writer in ["torch", "tensorboardX", "tensorflow"] {
        let name = format!("events.out.tfevents.{writer}");
        let whole = written(&format!("tensorboard/{name}"), &name, 1);
        let losses = curve(&whole, "val_loss", samples);
        assert_eq!((losses.len(), losses[0].0, losses[5].0), (6, 640, 3768), "{writer}");
        assert_eq!(losses[0].1 as f32, 2.258_760_7, "{writer}");
        assert_eq!(
            (curve(&whole, "train_loss", samples).len(), curve(&whole, "val_accuracy", samples).len()),
            (60, 6)
        );
        let seconds: Vec<f64> = whole.iter().map(|report| report.seconds.unwrap()).collect();
        assert!(seconds.is_sorted() && seconds[0] < 60.0, "{writer}");
        assert_eq!(written(&format!("tensorboard/{name}"), &name, 50), whole, "{writer}");
    }
}
