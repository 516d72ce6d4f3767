//! What was recorded: per target and size the best rate, its steps, epochs and seconds, how many of
//! its runs reached the target, and the median steps of all rates as multiples of the best.

use batchwright_find::beds::{RecordedRate, RecordedSize, Recording};

use crate::record::median_steps;

pub(crate) fn table(recording: &Recording) -> String {
    let mut text = String::new();
    for (target, ladder) in recording.ladders.iter().enumerate() {
        text += &format!("{} {}\n", ladder.metric, ladder.goal);
        text += &format!(
            "{:>6} {:>9} {:>7} {:>7} {:>9} {:>8}  {}\n",
            "size", "rate", "steps", "epochs", "ms", "reached", "steps of all rates / best"
        );
        for size in &recording.sizes {
            text += &row(recording, size, target);
        }
    }
    text
}

fn row(recording: &Recording, size: &RecordedSize, target: usize) -> String {
    let steps = |rate: &RecordedRate| median_steps(rate, &recording.ladders, target);
    let Some(best) = size.rates.iter().min_by(|a, b| steps(a).total_cmp(&steps(b))) else {
        return String::new();
    };
    let levels = recording.ladders[target].levels.len();
    let replayed = best.runs.iter().map(|run| run.reached(target, levels));
    let runs: Vec<Option<u64>> = replayed.chain(best.truth[target].iter().copied()).collect();
    let reached = runs.iter().flatten().count();
    let ratios = size.rates.iter().map(|rate| format!("{:.1}", steps(rate) / steps(best)));
    format!(
        "{:>6} {:>9} {:>7} {:>7.1} {:>9.2} {:>8}  {}\n",
        size.batch_size,
        best.learning_rate,
        steps(best),
        steps(best) * size.batch_size as f64 / recording.samples as f64,
        1e3 * steps(best) * size.step_seconds,
        format!("{reached}/{}", runs.len()),
        ratios.collect::<Vec<_>>().join(" ")
    )
}
