//! One run a batch size until the same target, each at its own best rate: which is first depends on what
//! one counts.
//!
//! Of the runs of several seeds that whose steps are the median is kept, so that none is there for its
//! luck. Seconds are left to the page: steps times the step time, which is measured alone (`costs`).

use crate::bench::Bench;
use crate::rounded;
use batchwright_find::{Trial, TrialError, TrialRequest, TrialRow, Workload};
use serde_json::{Value, json};
use std::error::Error;

/// Sizes with the rates that the recording of the bench `decision` found best for this target.
const SIZES: [(u64, f64); 5] = [(4, 0.016), (16, 0.045), (64, 0.128), (256, 0.512), (512, 0.7241)];
/// Validation loss to reach.
const TARGET: f64 = 0.12;
const SEEDS: u64 = 15;
const EVAL_SAMPLES: u64 = 64;
/// Far more than any of these runs uses.
const MOST_SAMPLES: u64 = 60_000;

pub(crate) fn record(bench: &Bench) -> Result<Value, Box<dyn Error>> {
    let network = bench.workload();
    let mut runs = Vec::new();
    for (batch_size, learning_rate) in SIZES {
        let mut of_seeds = Vec::new();
        for seed in 0..SEEDS {
            let request = TrialRequest {
                batch_size,
                learning_rate,
                seed,
                max_samples: MOST_SAMPLES,
                eval_samples: EVAL_SAMPLES,
            };
            of_seeds.push(until_target(network.start(&request)?.as_mut())?);
        }
        // A run that missed the target is longer than any that did not.
        of_seeds
            .sort_by_key(|rows| rows.as_ref().and_then(|rows| rows.last()).map_or(u64::MAX, |row| row.step));
        let median = of_seeds.swap_remove(of_seeds.len() / 2);
        let rows: Vec<Value> = median
            .ok_or("half of the runs missed the target: choose another rate")?
            .iter()
            .map(|row| json!([row.step, row.samples, rounded(row.val_loss.unwrap_or(f64::NAN), 4)]))
            .collect();
        runs.push(json!({ "batch": batch_size, "rate": learning_rate, "rows": rows }));
    }
    Ok(json!({ "target": TARGET, "seeds": SEEDS, "runs": runs }))
}

/// The rows up to the first below the target; none if the run missed it.
fn until_target(trial: &mut dyn Trial) -> Result<Option<Vec<TrialRow>>, TrialError> {
    let mut rows = Vec::new();
    while let Some(row) = trial.next_row()? {
        rows.push(row);
        if row.val_loss.is_some_and(|loss| loss < TARGET) {
            return Ok(Some(rows));
        }
    }
    Ok(None)
}
