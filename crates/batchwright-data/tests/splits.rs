//! The three splits and the encoding that is fitted on the first: what leaks, what is lost, what
//! moves with the seed.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::path::PathBuf;

use batchwright_data::{
    Batch, DataError, Dataset, Encoding, InputEncoding, Labels, OpenOptions, RawInputs, Source, SplitOptions,
    Splits, Subset, Targets, Task, open, sample_shape,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn digits() -> Source {
    open(None, &OpenOptions::default()).unwrap()
}

fn split(source: &Source, seed: u64) -> Splits {
    Splits::new(source, &SplitOptions { seed, ..Default::default() }).unwrap()
}

fn table(text: &str, label: &str) -> (TempDir, PathBuf, Source) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    std::fs::write(&path, text).unwrap();
    let source =
        open(Some(&path), &OpenOptions { label: Some(label.to_owned()), ..Default::default() }).unwrap();
    (folder, path, source)
}

fn numbers(rows: usize) -> Source {
    let rows: String = (0..rows).map(|i| format!("{},{}\n", i * i, 100.0 + i as f32 * 0.5)).collect();
    table(&format!("x,y\n{rows}"), "y").2
}

fn gather(subset: &Subset, indices: &[u32]) -> Batch {
    let mut batch = Batch::with_capacity(indices.len(), sample_shape(subset));
    subset.gather(indices, 3, &mut batch);
    batch
}

fn all(subset: &Subset) -> Batch {
    gather(subset, &(0..subset.len() as u32).collect::<Vec<_>>())
}

fn codes(source: &Source) -> &[u32] {
    let Labels::Classes { codes, .. } = source.labels() else { panic!("classes") };
    codes
}

fn class_counts(subset: &Subset) -> Vec<u32> {
    let mut counts = vec![0; subset.task().outputs()];
    subset.classes().unwrap().iter().for_each(|&class| counts[class as usize] += 1);
    counts
}

/// A sample in two splits makes validation too good; one in none is lost.
#[test]
fn splits_are_disjoint_and_complete() {
    let splits = split(&digits(), 1);
    assert_eq!((splits.train.len(), splits.validation.len(), splits.test.len()), (1455, 162, 180));
    let mut rows = [splits.train.rows(), splits.validation.rows(), splits.test.rows()].concat();
    rows.sort_unstable();
    assert_eq!(rows, (0..1797).collect::<Vec<_>>());
}

/// Plain random splits of 162 leave some classes with half as many validation samples as others.
/// The counts per class are 174 to 183.
#[test]
fn every_class_has_its_share() {
    for seed in 0..20 {
        let splits = split(&digits(), seed);
        assert!(class_counts(&splits.test).iter().all(|count| (17..=19).contains(count)));
        assert!(class_counts(&splits.validation).iter().all(|count| (15..=17).contains(count)));
    }
}

/// Models are evaluated later, on splits made again from the seed: another split would test on
/// training samples.
#[test]
fn splits_are_a_pure_function_of_the_seed() {
    let (source, again) = (digits(), digits());
    let (a, b, other) = (split(&source, 7), split(&again, 7), split(&source, 8));
    assert_eq!(a.train.rows(), b.train.rows());
    assert_eq!(a.test.rows(), b.test.rows());
    assert_ne!(a.test.rows(), other.test.rows());

    // From `tests/oracle/chacha8.py`.
    let golden = split(&numbers(20), 7);
    assert_eq!(golden.train.rows(), [12, 3, 13, 2, 9, 18, 14, 6, 15, 7, 10, 5, 4, 11, 8, 17]);
    assert_eq!(golden.validation.rows(), [19, 1]);
    assert_eq!(golden.test.rows(), [16, 0]);
}

/// Runs with and without a limit or noise are compared on validation: it must be the same, and
/// clean.
#[test]
fn limit_and_noise_act_on_training_only() {
    let source = digits();
    let plain = split(&source, 3);
    let options = SplitOptions { seed: 3, limit_samples: Some(200), label_noise: 0.2 };
    let splits = Splits::new(&source, &options).unwrap();
    assert_eq!(splits.validation.rows(), plain.validation.rows());
    assert_eq!(splits.test.rows(), plain.test.rows());
    for subset in [&splits.validation, &splits.test] {
        assert!(
            subset
                .rows()
                .iter()
                .zip(subset.classes().unwrap())
                .all(|(&row, &class)| codes(&source)[row as usize] == class)
        );
    }
    assert_eq!(splits.train.len(), 200);
    assert!(splits.train.rows().iter().all(|row| plain.train.rows().contains(row)));
}

#[test]
fn a_limit_keeps_the_shares_of_classes_and_may_exceed_the_data() {
    let limited = |limit| {
        let options = SplitOptions { limit_samples: Some(limit), ..Default::default() };
        Splits::new(&digits(), &options).unwrap().train
    };
    assert!(class_counts(&limited(200)).iter().all(|count| (19..=21).contains(count)));
    assert_eq!(class_counts(&limited(10)), [1; 10]);
    assert_eq!(limited(1_000_000).len(), 1455);
}

/// Noise that may draw the right class again replaces a tenth fewer labels than it says.
#[test]
fn exactly_the_share_of_labels_is_wrong() {
    let source = digits();
    for (label_noise, wrong) in [(0.0, 0), (0.2, 291), (0.333, 485), (1.0, 1455)] {
        let splits = Splits::new(&source, &SplitOptions { label_noise, ..Default::default() }).unwrap();
        let classes = splits.train.classes().unwrap();
        let differ = splits
            .train
            .rows()
            .iter()
            .zip(classes)
            .filter(|&(&row, &class)| codes(&source)[row as usize] != class);
        assert_eq!((differ.count(), splits.noisy_labels), (wrong, wrong as u32));
        assert!(classes.iter().all(|&class| class < 10));
    }
}

#[test]
fn bad_settings_are_refused() {
    let new = |source: &Source, limit_samples, label_noise| {
        Splits::new(source, &SplitOptions { seed: 0, limit_samples, label_noise }).unwrap_err()
    };
    for noise in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(matches!(new(&digits(), None, noise), DataError::Setting { flag: "--label-noise", .. }));
    }
    assert!(matches!(new(&digits(), Some(0), 0.0), DataError::Setting { flag: "--limit-samples", .. }));
    assert!(matches!(new(&numbers(50), None, 0.1), DataError::Setting { flag: "--label-noise", .. }));
    assert!(matches!(new(&numbers(5), None, 0.0), DataError::TooFewToSplit { samples: 5, .. }));
    assert!(Splits::new(&numbers(6), &SplitOptions::default()).is_ok());
}

/// The only sample of a class would, in validation, ask for a class that training never saw. Ten
/// such classes together are entitled to one of the three test samples.
#[test]
fn the_only_sample_of_a_class_trains() {
    let rows: String = (0..30)
        .map(|i| format!("{i},{}\n", if i < 10 { format!("rare{i}") } else { "common".to_owned() }))
        .collect();
    let (_folder, _, source) = table(&format!("x,y\n{rows}"), "y");
    for seed in 0..50 {
        let splits = split(&source, seed);
        assert!((0..10).all(|rare| splits.train.rows().contains(&rare)));
        assert_eq!(splits.test.len(), 3);
    }
}

/// Statistics that have seen validation or test leak them into training.
#[test]
fn image_statistics_are_those_of_the_training_split() {
    let source = digits();
    let splits = split(&source, 5);
    let RawInputs::Images(images) = source.inputs() else { panic!("images") };
    let pixels: Vec<f64> = splits
        .train
        .rows()
        .iter()
        .flat_map(|&row| images.image(row))
        .map(|&pixel| f64::from(pixel))
        .collect();
    let mean = pixels.iter().sum::<f64>() / pixels.len() as f64;
    let variance = pixels.iter().map(|pixel| (pixel - mean).powi(2)).sum::<f64>() / pixels.len() as f64;
    let InputEncoding::Images { scale, shape, .. } = &splits.encoding.input else { panic!("images") };
    let [scale] = scale.channels() else { panic!("one channel") };
    assert_eq!(*shape, [1, 8, 8]);
    assert!((f64::from(scale.mean) - mean).abs() < 1e-6);
    assert!((f64::from(scale.std) - variance.sqrt()).abs() < 1e-6);

    let batch = gather(&splits.train, &[4, 0]);
    let raw = images.image(splits.train.rows()[4]);
    for (input, &pixel) in batch.inputs.numbers().unwrap().iter().zip(raw) {
        assert!((input - (f32::from(pixel) - scale.mean) / scale.std).abs() < 1e-5);
    }
    assert_eq!((batch.ids, batch.epoch), (vec![4, 0], 3));
}

/// A table whose columns are exact in `f32`: mean 0, variance 1, gaps at the mean with their
/// indicator, targets back to their unit.
#[test]
fn tables_are_standardised_and_targets_come_back() {
    let row = |i: usize| {
        let x = if i.is_multiple_of(5) { "NA".to_owned() } else { (i % 8).to_string() };
        format!("{x},{}\n", 1000.0 + 0.5 * i as f32)
    };
    let (_folder, _, source) = table(&format!("x,y\n{}", (0..100).map(row).collect::<String>()), "y");
    let splits = split(&source, 0);
    assert_eq!(splits.encoding.task(), Task::Regress { outputs: 1 });
    assert_eq!(splits.encoding.input_shape(), [2]);
    let batch = all(&splits.train);
    let (gaps, present): (Vec<_>, Vec<_>) =
        batch.inputs.numbers().unwrap().chunks(2).partition(|input| input[1] == 1.0);
    assert!(gaps.iter().all(|input| input[0] == 0.0) && present.iter().all(|input| input[1] == 0.0));
    let moment = |power| present.iter().map(|input| input[0].powi(power)).sum::<f32>() / present.len() as f32;
    assert!(moment(1).abs() < 1e-6 && (moment(2) - 1.0).abs() < 1e-5);

    let (Targets::Values(targets), Labels::Values { values, .. }) = (batch.targets, source.labels()) else {
        panic!("numbers")
    };
    let mean_square = targets.iter().map(|target| target * target).sum::<f32>() / targets.len() as f32;
    assert!((mean_square - 1.0).abs() < 1e-5, "predicting the mean costs {mean_square}");
    for (&target, &row) in targets.iter().zip(splits.train.rows()) {
        assert!((splits.encoding.inverse_target(target) - values[row as usize]).abs() < 1e-3);
    }
}

/// The encoding is saved with the model: a digit lost in JSON would shift every prediction.
#[test]
fn encodings_survive_json() {
    let rows: String = (0..60)
        .map(|i| format!("{}.1,{},{}\n", i % 13, ["red", "NA", "blue"][i % 3], i as f32 / 7.0))
        .collect();
    let (_folder, _, source) = table(&format!("x,colour,y\n{rows}"), "y");
    for encoding in [split(&source, 0).encoding, split(&digits(), 0).encoding] {
        let text = serde_json::to_string(&encoding).unwrap();
        assert_eq!(serde_json::from_str::<Encoding>(&text).unwrap(), encoding, "{text}");
    }
}

/// Evaluating a saved model on the same file gives the same inputs and classes as in training.
#[test]
fn a_saved_encoding_gives_the_same_samples() {
    let source = digits();
    let splits = split(&source, 2);
    let whole = Subset::with_encoding(&source, &splits.encoding).unwrap();
    assert_eq!(whole.len(), 1797);
    let (again, test) = (gather(&whole, splits.test.rows()), all(&splits.test));
    assert_eq!((again.inputs, again.targets), (test.inputs, test.targets));
    assert!(Subset::own_test_with_encoding(&source, &splits.encoding).unwrap().is_none());
}

#[test]
fn first_samples_are_a_prefix() {
    let train = split(&digits(), 0).train;
    let first = train.first(162);
    assert_eq!((first.len(), first.rows()), (162, &train.rows()[..162]));
    assert_eq!(first.classes().unwrap(), &train.classes().unwrap()[..162]);
    assert_eq!(train.first(usize::MAX).len(), train.len());
}

/// Own test files are test in the order of the file, whatever the seed, and never train.
#[test]
fn own_test_files_are_the_test_split() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, magic: u32, dimensions: &[u32], values: Vec<u8>| {
        let numbers = std::iter::once(&magic).chain(dimensions);
        let bytes: Vec<u8> = numbers.flat_map(|number| number.to_be_bytes()).chain(values).collect();
        std::fs::write(folder.path().join(name), bytes).unwrap();
    };
    write("train-images-idx3-ubyte", 0x803, &[40, 1, 2], (0..80).collect());
    write("train-labels-idx1-ubyte", 0x801, &[40], (0..40).map(|i| i % 2).collect());
    write("t10k-images-idx3-ubyte", 0x803, &[3, 1, 2], vec![9, 8, 7, 6, 5, 4]);
    write("t10k-labels-idx1-ubyte", 0x801, &[3], vec![1, 0, 1]);
    let source = open(Some(folder.path()), &OpenOptions::default()).unwrap();
    let splits = split(&source, 11);
    assert_eq!((splits.train.len(), splits.validation.len()), (36, 4));
    assert_eq!(splits.test.rows(), [40, 41, 42]);
    assert_eq!(splits.test.classes(), Some(&[1, 0, 1][..]));
    let own = Subset::own_test_with_encoding(&source, &splits.encoding).unwrap().unwrap();
    assert_eq!(own.rows(), splits.test.rows());

    write("train-labels-idx1-ubyte", 0x801, &[40], vec![1; 40]);
    let source = open(Some(folder.path()), &OpenOptions::default()).unwrap();
    assert!(matches!(Splits::new(&source, &SplitOptions::default()), Err(DataError::SingleClass { .. })));
    write("train-labels-idx1-ubyte", 0x801, &[40], (0..40).map(|i| i % 2).collect());
    write("train-images-idx3-ubyte", 0x803, &[40, 1, 2], vec![9; 80]);
    let source = open(Some(folder.path()), &OpenOptions::default()).unwrap();
    assert!(matches!(Splits::new(&source, &SplitOptions::default()), Err(DataError::ConstantImages { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// For any number of samples, seed and limit: every row in at most one split, none invented,
    /// the limit kept.
    #[test]
    fn splits_partition_any_table(rows in 6usize..200, seed: u64, limit in prop::option::of(1u32..300)) {
        let splits = Splits::new(&numbers(rows), &SplitOptions { seed, limit_samples: limit, label_noise: 0.0 }).unwrap();
        let mut seen = [splits.train.rows(), splits.validation.rows(), splits.test.rows()].concat();
        let test = (rows + 5) / 10;
        let validation = (rows - test + 5) / 10;
        let train = (rows - test - validation).min(limit.unwrap_or(u32::MAX) as usize);
        prop_assert_eq!((splits.train.len(), splits.validation.len(), splits.test.len()), (train, validation, test));
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), train + validation + test);
        prop_assert!(seen.iter().all(|&row| (row as usize) < rows));
    }
}
