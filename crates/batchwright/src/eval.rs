//! `eval`: loss and accuracy of a saved model on data with labels.

use crate::args::Global;
use crate::args::others::EvalArgs;
use crate::args::values::SplitArg;
use crate::prepare;
use crate::prepare::saved;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::{Dataset, RawInputs, Source, SplitOptions, Splits, Subset, Targets, open_labelled};
use batchwright_nn::LossSum;
use batchwright_train::{SplitOutcome, ValueMetrics};
use batchwright_view::{UsageMessage, evaluation_line, trained_rows};
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
    let indices = rows(&source, split, seed)?;
    if indices.is_empty() {
        return Err(UsageMessage::EmptySplit { split: name(split) }.into());
    }
    let data = Subset::with_encoding(&source, &model.encoding)?;
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
        loss: sum.mean(),
        accuracy: has_accuracy.then(|| sum.accuracy()),
        values: if has_accuracy { None } else { ValueMetrics::new(&losses, &values, unit) },
    };
    screen.say(&evaluation_line(&outcome, source.name(), name(split), screen.style));
    let is_unseen = split == SplitArg::Test && seed == model.split_seed;
    if trained_on_it {
        screen.say(&trained_rows(sum.samples, source.samples().into(), is_unseen, screen.style.lang));
    }
    screen.object(&Evaluation {
        model: path.display().to_string(),
        data: source.name(),
        split: name(split),
        trained_on_this_table: data_is_table(&source).then_some(trained_on_it),
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
    /// Absent for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    trained_on_this_table: Option<bool>,
    #[serde(flatten)]
    outcome: SplitOutcome,
}

/// The rows of the source that belong to the split.
fn rows(source: &Source, split: SplitArg, seed: u64) -> Result<Vec<u32>> {
    if split == SplitArg::All {
        return Ok((0..source.samples()).collect());
    }
    let splits = Splits::new(source, &SplitOptions { seed, ..SplitOptions::default() })?;
    let subset = match split {
        SplitArg::Train => &splits.train,
        SplitArg::Validation => &splits.validation,
        SplitArg::Test | SplitArg::All => &splits.test,
    };
    Ok(subset.rows().to_vec())
}

fn name(split: SplitArg) -> &'static str {
    match split {
        SplitArg::All => "all",
        SplitArg::Train => "train",
        SplitArg::Validation => "validation",
        SplitArg::Test => "test",
    }
}
