//! A saved model comes back as it was; a damaged or foreign file is a typed error, never a panic or
//! a model.

#![allow(clippy::unwrap_used)]

use batchwright_data::{Batch, Dataset, OpenOptions, SplitOptions, Splits, open, sample_shape};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright_train::{SavedModel, TrainError};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn saved(folder: &Path) -> (SavedModel, PathBuf, Splits) {
    let splits =
        Splits::new(&open(None, &OpenOptions::default()).unwrap(), &SplitOptions::default()).unwrap();
    let model = Model::mlp(&[3]);
    let shape = sample_shape(&splits.train);
    let engine = CpuEngineFactory.build(&model, shape, &EngineOptions::default()).unwrap();
    let saved = SavedModel::of(engine.as_ref(), &model, &splits.encoding, 7);
    let path = folder.join("model.safetensors");
    saved.save(&path).unwrap();
    (saved, path, splits)
}

fn refused(path: &Path) -> String {
    match SavedModel::load(path) {
        Err(error @ TrainError::Model { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_model_comes_back_and_predicts_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (saved, path, splits) = saved(folder.path());
    let loaded = SavedModel::load(&path).unwrap();
    assert_eq!((&loaded.model, &loaded.encoding, loaded.split_seed), (&saved.model, &saved.encoding, 7));
    let outputs = |model: &SavedModel| {
        let mut engine = model.engine(&CpuEngineFactory, &EngineOptions::default()).unwrap();
        let mut batch = Batch::with_capacity(50, sample_shape(&splits.test));
        splits.test.gather(&(0..50).collect::<Vec<_>>(), 0, &mut batch);
        let mut outputs = Vec::new();
        engine.predict(&batch, &mut outputs).unwrap();
        outputs
    };
    assert_eq!(outputs(&loaded), outputs(&saved));
    let files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["model.safetensors"], "no temporary file is left");
}

#[test]
fn an_unwritable_place_is_named_and_the_old_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (saved, path, _) = saved(folder.path());
    let inside = path.join("model.safetensors");
    match saved.save(&inside) {
        Err(TrainError::File { path, .. }) => assert_eq!(path, inside),
        other => panic!("{other:?}"),
    }
    assert!(SavedModel::load(&path).is_ok());
}

#[test]
fn files_that_are_no_models_of_ours_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, path, _) = saved(folder.path());
    assert!(matches!(SavedModel::load(&folder.path().join("absent")), Err(TrainError::File { .. })));
    assert!(refused(folder.path()).contains("not a regular file"));
    let bytes = std::fs::read(&path).unwrap();
    let with = |bytes: &[u8]| {
        let path = folder.path().join("changed");
        std::fs::write(&path, bytes).unwrap();
        refused(&path)
    };
    assert!(with(b"").contains("damaged"));
    assert!(with(&bytes[..bytes.len() - 1]).contains("damaged"), "truncated");
    assert!(with(&[bytes.as_slice(), b"x"].concat()).contains("damaged"), "trailing bytes");
    // A header that claims to be 2^64 - 1 bytes long.
    assert!(with(&[&[0xff; 8], &bytes[8..]].concat()).contains("damaged"));
    let foreign =
        safetensors::serialize(Vec::<(&str, safetensors::tensor::TensorView)>::new(), None).unwrap();
    assert!(with(&foreign).contains("metadata"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    /// Whatever single byte of the header changes, loading and making the engine end in a value or
    /// a typed error.
    #[test]
    fn a_changed_byte_never_panics(position in 0usize..4_000, value: u8) {
        let folder = tempfile::tempdir().unwrap();
        let (_, path, _) = saved(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let position = position % bytes.len();
        bytes[position] = value;
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(model) = SavedModel::load(&path) {
            let options = EngineOptions { memory_limit: Some(1 << 30), ..EngineOptions::default() };
            let _ = model.engine(&CpuEngineFactory, &options);
        }
    }
}
