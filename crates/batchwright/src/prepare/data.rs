//! Converts the flags of data to a data set that is opened and split.

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
    /// Decides which sample belongs to which split. A saved model stores it.
    pub(crate) split_seed: u64,
    /// Whether it is the embedded data set.
    pub(crate) embedded: bool,
    /// What was asked of the data, in the words of the command line.
    pub(crate) settings: Vec<(&'static str, String)>,
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
    let (split_seed, embedded) = (args.split_seed, args.data.is_none());
    Ok(Prepared { source, splits, train_subset, split_seed, embedded, settings: settings(args) })
}

fn settings(args: &DataArgs) -> Vec<(&'static str, String)> {
    let path =
        args.data.as_ref().map_or_else(|| "digits (embedded)".to_owned(), |path| path.display().to_string());
    let mut settings = vec![("data", path)];
    settings.extend(args.label.clone().map(|label| ("label", label)));
    settings.extend(args.limit_samples.map(|limit| ("limit-samples", limit.to_string())));
    if args.label_noise > 0.0 {
        settings.push(("label-noise", args.label_noise.to_string()));
    }
    settings.push(("split-seed", args.split_seed.to_string()));
    settings
}

/// Opens the data.
fn source(args: &DataArgs) -> Result<Source> {
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
