//! The cells of a table of several runs. The terminal and the HTML page show the same cells.

use batchwright_train::{RunRecord, RunResult};

use crate::lang::Lang;
use crate::number::{duration, grouped, significant};
use crate::outcome::told_better;

/// The headings of the numbers of [`ComparedRun`], in their order: two of what was asked, six of
/// how it went.
pub(crate) fn headings(lang: Lang) -> [&'static str; 7] {
    [
        lang.batch_size(),
        lang.learning_rate(),
        lang.total_steps(),
        lang.epochs(),
        lang.training_time(),
        lang.lowest_validation_loss(),
        lang.test(),
    ]
}

/// A run in a table of several.
pub(crate) struct ComparedRun {
    pub(crate) batch_size: String,
    /// The highest rate that was used.
    pub(crate) learning_rate: String,
    pub(crate) outcome: Option<ComparedOutcome>,
}

/// How a run went.
pub(crate) struct ComparedOutcome {
    pub(crate) numbers: [String; 5],
    pub(crate) verdict: &'static str,
}

impl ComparedRun {
    pub(crate) fn new(record: &RunRecord, lang: Lang) -> Self {
        let rate = record.rows.iter().map(|row| row.learning_rate).fold(0.0, f64::max);
        Self {
            batch_size: grouped(record.plan.batching.batch_size),
            learning_rate: significant(rate, 3),
            outcome: record.result.as_ref().map(|result| outcome(result, lang)),
        }
    }
}

fn outcome(result: &RunResult, lang: Lang) -> ComparedOutcome {
    let test = told_better(&result.test, lang).into_iter().next();
    let test =
        test.map_or_else(|| significant(result.test.loss, 4), |(label, value)| format!("{label} {value}"));
    ComparedOutcome {
        numbers: [
            grouped(result.steps),
            significant(result.epochs, 3),
            duration(result.seconds, lang),
            significant(result.validation.best_loss, 4),
            test,
        ],
        verdict: lang.verdict_word(result.verdict.kind),
    }
}
