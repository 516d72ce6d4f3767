//! What a run will do, before it starts.

use batchwright_train::{Plan, SizeStage};

use crate::number::{bytes, duration, grouped, significant};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, facts, render, wrapped};
use crate::text::plan::micro_batches;

/// What is known of a run beside its plan; what is not is left out.
#[derive(Debug, Clone, Default)]
pub struct PlanFacts {
    /// The batch sizes that come after the first.
    pub later: Vec<u64>,
    /// When it ends, where that is given as a time. The plan is then that of one epoch, and there is
    /// no total of steps or epochs.
    pub seconds: Option<f64>,
    /// Of a text.
    pub tokens_per_sample: Option<u64>,
    /// Name of what updates the parameters.
    pub optimizer: Option<&'static str>,
    /// Numbers that are trained.
    pub parameters: Option<u64>,
    /// Of the training.
    pub memory_bytes: Option<u64>,
}

/// The banner of a run: samples, epochs, batch size, steps, tokens of a text, parameters, memory.
/// Then come sentences on points that are easily misread.
#[must_use]
pub fn plan_banner(plan: &Plan, known: &PlanFacts, style: Style) -> String {
    let PlanFacts { ref later, seconds, tokens_per_sample, optimizer, parameters, memory_bytes } = *known;
    let lang = style.lang;
    let mut lines = vec![
        (lang.samples(), grouped(plan.batching.samples)),
        (lang.batch_size(), lang.one_after_another(&batch_size(plan, style), later)),
        (lang.steps_per_epoch(), grouped(plan.steps_per_epoch)),
    ];
    lines.extend(tokens_per_sample.map(|tokens| (lang.tokens_per_sample(), grouped(tokens))));
    match seconds {
        Some(seconds) => lines.push((lang.training_time(), duration(seconds, lang))),
        None => lines.extend([
            (lang.epochs(), significant(plan.epochs, 3)),
            (lang.total_steps(), grouped(plan.steps)),
        ]),
    }
    let tokens = tokens_per_sample.filter(|_| seconds.is_none());
    lines.extend(tokens.map(|each| (lang.tokens_seen(), grouped(plan.samples_seen.saturating_mul(each)))));
    lines.extend(optimizer.map(|name| (lang.optimizer(), name.to_owned())));
    lines.extend(parameters.map(|count| (lang.parameters(), grouped(count))));
    lines.extend(memory_bytes.map(|count| (lang.memory(), bytes(count))));
    let sentences = lang.explain_plan(plan, seconds);
    let sentences: String = sentences.iter().map(|text| wrapped(text, style.width)).collect();
    format!("{}\n{sentences}", facts(&lines, style))
}

/// A line on batch sizes that change; `None` where there is one size.
#[must_use]
pub fn size_stages(stages: &[SizeStage], style: Style) -> Option<String> {
    (stages.len() > 1).then(|| wrapped(&style.lang.size_stages(stages), style.width))
}

/// Where a run goes on: "continues run r: epoch 3.25, step 1,234, 12,345 samples".
#[must_use]
pub fn continues_line(run: &str, epochs: f64, steps: u64, samples: u64, style: Style) -> String {
    let epochs = significant(epochs, 3);
    style.lang.continues(&harmless(run), &epochs, &grouped(steps), &grouped(samples))
}

/// The batch size and its micro-batches: `64 = 2 × 24 + 16 (micro-batches)`.
fn batch_size(plan: &Plan, style: Style) -> String {
    let size = grouped(plan.batching.batch_size);
    // A sentence below the facts explains a batch that is larger than the data.
    if plan.accumulation <= 1 || plan.batching.batch_size > plan.batching.samples {
        return size;
    }
    format!("{size} = {} ({})", micro_batches(plan), style.lang.micro_batch())
}

/// Plans of several batch sizes side by side, with the memory of each where it is known.
#[must_use]
pub fn plan_table(plans: &[(Plan, Option<u64>)], style: Style) -> String {
    let lang = style.lang;
    let column = |read: &dyn Fn(&Plan) -> String| plans.iter().map(|(plan, _)| read(plan)).collect();
    let columns = vec![
        TermColumn::right(lang.batch_size(), column(&|plan| grouped(plan.batching.batch_size))),
        TermColumn::right(lang.steps_per_epoch(), column(&|plan| grouped(plan.steps_per_epoch))),
        TermColumn::right(lang.last_batch(), column(&|plan| grouped(plan.last_batch))).optional(),
        TermColumn::right(lang.epochs(), column(&|plan| significant(plan.epochs, 3))),
        TermColumn::right(lang.total_steps(), column(&|plan| grouped(plan.steps))),
        TermColumn::right(lang.samples_seen(), column(&|plan| grouped(plan.samples_seen))).optional(),
        TermColumn::right(
            lang.memory(),
            plans.iter().map(|(_, memory)| memory.map(bytes).unwrap_or_default()).collect(),
        ),
    ];
    render(columns, style, |_| false)
}
