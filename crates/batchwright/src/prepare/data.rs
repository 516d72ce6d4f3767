//! From flags to data: opened, split, and named.

use crate::args::groups::DataArgs;
use anyhow::Result;
use batchwright_data::{Dataset, OpenOptions, Source, SplitOptions, Splits, Subset, open};
use std::path::Path;

/// A data set, opened and split.
pub(crate) struct Prepared {
    pub(crate) source: Source,
    pub(crate) splits: Splits,
    /// A fixed part of the training split, of min(training, validation) samples.
    pub(crate) train_subset: Subset,
}

/// Opens and splits the data.
pub(crate) fn open_and_split(args: &DataArgs) -> Result<Prepared> {
    let source = source(args)?;
    let options = SplitOptions {
        seed: args.split_seed,
        limit_samples: args.limit_samples,
        label_noise: args.label_noise,
    };
    let splits = Splits::new(&source, &options)?;
    let train_subset = splits.train.first(splits.validation.len());
    Ok(Prepared { source, splits, train_subset })
}

/// Opens the data.
pub(crate) fn source(args: &DataArgs) -> Result<Source> {
    let options = OpenOptions {
        label: args.label.clone(),
        task: args.task.map(Into::into),
        ignore_columns: args.ignore_columns.clone(),
    };
    Ok(open(args.data.as_deref(), &options)?)
}

/// The last part of the data's path without its ending, for names.
pub(crate) fn short_name(source: &Source) -> String {
    let stem = Path::new(source.name()).file_stem();
    stem.map_or_else(|| "data".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
