//! A saved model, ready to run on a data set: what `eval` and `predict` share.

use crate::prepare;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_data::{Batch, Dataset, Subset, sample_shape};
use batchwright_nn::{Engine, EngineOptions};
use batchwright_store::{EntryKind, Store};
use batchwright_train::SavedModel;
use batchwright_view::{Notice, UsageMessage};
use std::path::{Path, PathBuf};

/// Loads a model by the name of the run that saved it, or else by its path: a file that happens to be
/// here does not hide the run of its name. Warns of one that has no checksum.
pub(crate) fn load(model: &str, runs: &Path, screen: &Screen) -> Result<(PathBuf, SavedModel)> {
    let path = PathBuf::from(model);
    let known = Store::open_existing(runs).is_ok_and(|store| store.kind_of(model).is_ok());
    let path = if path.exists() && !known { path } else { by_name(model, runs, screen)? };
    let saved = SavedModel::load_within(&path, available_memory())?;
    if !saved.verified {
        let notice = Notice::UnverifiedModel { path: path.display().to_string() };
        screen.note(&notice.text(screen.style.lang));
    }
    Ok((path, saved))
}

fn by_name(name: &str, runs: &Path, screen: &Screen) -> Result<PathBuf> {
    let store = Store::open_existing(runs)?;
    match store.kind_of(name)? {
        EntryKind::Run => {
            let path = store.place(name)?.join("model.safetensors");
            if path.exists() && store.run(name)?.result.is_none() {
                let notice = Notice::UnfinishedRun { run: name.to_owned() };
                screen.warn(&notice.text(screen.style.lang));
            }
            Ok(path)
        }
        EntryKind::Study => Err(UsageMessage::StudyHasNoModel { name: name.to_owned() }.into()),
    }
}

/// An engine with the model's weights.
pub(crate) fn engine(saved: &SavedModel, threads: Option<usize>) -> Result<Box<dyn Engine>> {
    let threads = prepare::batch::threads(threads, "--threads")?;
    let memory_limit = available_memory();
    let options = EngineOptions { micro_batch: 1, threads, memory_limit, ..EngineOptions::default() };
    Ok(saved.engine(prepare::network::engines(), &options)?)
}

/// Passes the samples `indices` of `data` to `visit`, in batches of the size that the engine
/// evaluates.
pub(crate) fn for_each_batch(
    engine: &mut dyn Engine,
    data: &Subset,
    indices: &[u32],
    mut visit: impl FnMut(&mut dyn Engine, &Batch) -> Result<()>,
) -> Result<()> {
    let mut batch = Batch::with_capacity(engine.evaluation_batch(), sample_shape(data));
    for indices in indices.chunks(engine.evaluation_batch()) {
        data.gather(indices, 0, &mut batch);
        visit(engine, &batch)?;
    }
    Ok(())
}
