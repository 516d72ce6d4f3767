//! Converts the flags of data to a data set that is opened and split.

use crate::args::groups::{DataArgs, TableFormatArgs};
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_command::system::available_memory;
use batchwright_data::{
    Augmentation, Dataset, FileOptions, OpenOptions, STANDARD_INPUT, Source, SplitOptions, Splits, Subset,
    TokenKind, open, open_to_describe,
};
use batchwright_view::data_remarks;
use std::path::Path;

/// A data set, opened and split.
pub(crate) struct Prepared {
    pub(crate) source: Source,
    pub(crate) splits: Splits,
    /// How training images are changed each time they are drawn.
    pub(crate) augmentation: Option<Augmentation>,
    /// A fixed part of the training split, of min(training, validation) samples.
    pub(crate) train_subset: Subset,
    /// Decides which sample belongs to which split. A saved model stores it.
    pub(crate) split_seed: u64,
    /// Whether it is the embedded data set.
    pub(crate) embedded: bool,
    /// What was asked of the data, in the words of the command line.
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// Opens and splits the data; `context` is the tokens of a sample of a text that the model takes.
pub(crate) fn open_and_split(args: &DataArgs, context: Option<usize>) -> Result<Prepared> {
    let source = open(args.data.as_deref(), &options(args, context))?;
    let splits = split(&source, args)?;
    args.augment.map_or(Ok(()), |augmentation| augmentation.check(&splits.train))?;
    let train_subset = splits.train.first(splits.validation.len());
    let (split_seed, embedded, augmentation) = (args.split_seed, args.data.is_none(), args.augment);
    let mut settings = settings(args);
    settings.push(("train, validation, test samples", sizes(&splits)));
    Ok(Prepared { source, splits, augmentation, train_subset, split_seed, embedded, settings })
}

/// `1455, 162, 180`
fn sizes(splits: &Splits) -> String {
    let sizes = [&splits.train, &splits.validation, &splits.test].map(|split| split.len().to_string());
    sizes.join(", ")
}

fn settings(args: &DataArgs) -> Vec<(&'static str, String)> {
    let path =
        args.data.as_ref().map_or_else(|| "digits (embedded)".to_owned(), |path| path.display().to_string());
    let mut settings = vec![("data", path)];
    settings.extend(args.tokens.map(|tokens| ("tokens", TokenKind::from(tokens).to_string())));
    settings.extend(args.label.clone().map(|label| ("label", label)));
    settings.extend(args.image_size.map(|size| ("image-size", size.to_string())));
    settings.extend(args.augment.map(|augmentation| ("augment", augmentation.to_string())));
    settings.extend(args.limit_samples.map(|limit| ("limit-samples", limit.to_string())));
    if args.label_noise > 0.0 {
        settings.push(("label-noise", args.label_noise.to_string()));
    }
    settings.push(("split-seed", args.split_seed.to_string()));
    settings
}

/// Opens the data to look at it. A table without a label is not split.
pub(crate) fn open_to_look(args: &DataArgs) -> Result<(Source, Option<Splits>)> {
    let source = open_to_describe(args.data.as_deref(), &options(args, None))?;
    let splits = source.task().map(|_| split(&source, args)).transpose()?;
    Ok((source, splits))
}

fn split(source: &Source, args: &DataArgs) -> Result<Splits> {
    let options = SplitOptions {
        seed: args.split_seed,
        limit_samples: args.limit_samples,
        label_noise: args.label_noise,
    };
    Ok(Splits::new(source, &options)?)
}

fn options(args: &DataArgs, context: Option<usize>) -> OpenOptions {
    OpenOptions {
        label: args.label.clone(),
        task: args.task.map(Into::into),
        ignore_columns: args.ignore_columns.clone(),
        tokens: args.tokens.map(Into::into),
        context,
        image_size: args.image_size,
        file: file_options(&args.format),
    }
}

/// How the file of a table or a text is to be read, with the memory that there is for it.
pub(crate) fn file_options(format: &TableFormatArgs) -> FileOptions {
    let TableFormatArgs { delimiter, encoding, no_header } = *format;
    FileOptions { delimiter, encoding, no_header, memory: available_memory() }
}

/// Whether the data comes from standard input, which no second process can read.
pub(crate) fn is_standard_input(args: &DataArgs) -> bool {
    args.data.as_deref() == Some(Path::new(STANDARD_INPUT))
}

/// Tells what was assumed while the data was read, and what was left out.
pub(crate) fn tell_remarks(source: &Source, screen: &Screen) {
    data_remarks(source.remarks(), screen.style.lang).iter().for_each(|remark| screen.tell(remark));
}

/// The last part of the data's path without its ending, for names.
pub(crate) fn short_name(source: &Source) -> String {
    let stem = Path::new(source.name()).file_stem();
    stem.map_or_else(|| "data".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
