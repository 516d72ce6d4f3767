//! `eval`: loss and accuracy of a saved model on data with labels.

use crate::args::Global;
use crate::args::others::EvalArgs;
use crate::args::values::SplitArg;
use crate::prepare;
use crate::prepare::saved;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::{
    Dataset, Encoding, RawInputs, Source, SplitOptions, Splits, Subset, Targets, open_labelled,
};
use batchwright_nn::LossSum;
use batchwright_train::{SplitOutcome, ValueMetrics, tokens_per_sample};
use batchwright_view::{UsageMessage, evaluation_line, trained_rows, trained_text};
use serde::Serialize;
use std::process::ExitCode;

pub(crate) fn run(args: &EvalArgs, global: &Global, screen: &Screen) -> Result<ExitCode> {
    let (path, model) = saved::load(&args.saved.model, &global.runs, screen)?;
    let source = open_labelled(
        args.saved.data.as_deref(),
        &model.encoding,
        &prepare::data::file_options(&args.saved.format),
    )?;
    prepare::data::tell_remarks(&source, screen);
    let trained_on_it = model.encoding.was_fitted_on(&source);
    let has_test_split = args.saved.data.is_none() || source.own_test().is_some() || trained_on_it;
    let split = args.split.unwrap_or(if has_test_split { SplitArg::Test } else { SplitArg::All });
    let seed = args.split_seed.unwrap_or(model.split_seed);
    let data = part(&source, &model.encoding, split, seed)?;
    if data.is_empty() {
        return Err(UsageMessage::EmptySplit { split: name(split) }.into());
    }
    let indices: Vec<u32> = (0..data.len() as u32).collect();
    let mut engine = saved::engine(&model, args.threads.threads)?;

    let (mut sum, mut losses, mut values) = (LossSum::default(), Vec::new(), Vec::new());
    saved::for_each_batch(engine.as_mut(), &data, &indices, |engine, batch| {
        sum.add(engine.evaluate(batch, &mut losses)?);
        if let Targets::Values(targets) = &batch.targets {
            values.extend_from_slice(targets);
        }
        Ok(())
    })?;

    let has_accuracy = data.task().has_accuracy();
    let unit = model.encoding.target.unit();
    let outcome = SplitOutcome {
        samples: sum.samples,
        tokens: tokens_per_sample(&data).map(|each| sum.samples * each),
        loss: sum.mean(),
        accuracy: has_accuracy.then(|| sum.accuracy()),
        values: if has_accuracy { None } else { ValueMetrics::new(&losses, &values, unit) },
    };
    screen.say(&evaluation_line(&outcome, source.name(), name(split), screen.style));
    let is_unseen = split == SplitArg::Test && seed == model.split_seed;
    let (lang, is_text) = (screen.style.lang, matches!(source.inputs(), RawInputs::Text(_)));
    if trained_on_it && is_text {
        screen.say(&trained_text(is_unseen, lang));
    } else if trained_on_it {
        screen.say(&trained_rows(sum.samples, source.samples().into(), is_unseen, lang));
    }
    screen.object(&Evaluation {
        model: path.display().to_string(),
        data: source.name(),
        split: name(split),
        trained_on_this_table: data_is_table(&source).then_some(trained_on_it),
        trained_on_this_text: is_text.then_some(trained_on_it),
        outcome,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn data_is_table(source: &Source) -> bool {
    matches!(source.inputs(), RawInputs::Table(_))
}

/// What `eval --json` prints.
#[derive(Debug, Serialize)]
struct Evaluation<'a> {
    model: String,
    data: &'a str,
    split: &'static str,
    /// Absent for images and texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    trained_on_this_table: Option<bool>,
    /// Absent for images and tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    trained_on_this_text: Option<bool>,
    #[serde(flatten)]
    outcome: SplitOutcome,
}

/// The samples of the source that belong to the split.
fn part(source: &Source, encoding: &Encoding, split: SplitArg, seed: u64) -> Result<Subset> {
    if split == SplitArg::All {
        return Ok(Subset::with_encoding(source, encoding)?);
    }
    let options = SplitOptions { seed, ..SplitOptions::default() };
    let splits = Splits::with_encoding(source, encoding, &options)?;
    Ok(match split {
        SplitArg::Train => splits.train,
        SplitArg::Validation => splits.validation,
        SplitArg::Test | SplitArg::All => splits.test,
    })
}

fn name(split: SplitArg) -> &'static str {
    match split {
        SplitArg::All => "all",
        SplitArg::Train => "train",
        SplitArg::Validation => "validation",
        SplitArg::Test => "test",
    }
}
