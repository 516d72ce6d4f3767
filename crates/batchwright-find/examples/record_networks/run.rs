//! One run, from its start to its last target.

use batchwright_find::beds::{Ladder, RecordedEnd, RecordedRun};
use batchwright_find::{Network, TrialError, TrialRequest, Workload};

use crate::networks::EVAL_SAMPLES;

/// A run of a size at a rate that is cut after `limit` steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub batch_size: u64,
    pub learning_rate: f64,
    pub limit: u64,
}

pub(crate) fn run(
    network: &Network,
    ladders: &[Ladder],
    setting: &Setting,
    seed: u64,
) -> Result<RecordedRun, TrialError> {
    let request = TrialRequest {
        batch_size: setting.batch_size,
        learning_rate: setting.learning_rate,
        seed,
        max_samples: setting.limit.saturating_mul(setting.batch_size),
        eval_samples: EVAL_SAMPLES,
    };
    let mut trial = network.start(&request)?;
    let mut steps: Vec<Vec<u64>> = vec![Vec::new(); ladders.len()];
    let (mut end, mut last) = (RecordedEnd::Limit, 0);
    while let Some(row) = trial.next_row()? {
        last = row.step;
        if row.diverged() {
            end = RecordedEnd::Diverged;
            break;
        }
        for (ladder, steps) in ladders.iter().zip(&mut steps) {
            let passed = row.metric(&ladder.metric).map_or(0, |value| ladder.passed(value));
            steps.resize(passed.max(steps.len()), row.step);
        }
        if ladders.iter().zip(&steps).all(|(ladder, steps)| steps.len() == ladder.levels.len()) {
            end = RecordedEnd::Reached;
            break;
        }
    }
    Ok(RecordedRun { seed, end, steps: last, passed: steps.iter().map(|steps| gaps(steps)).collect() })
}

fn gaps(steps: &[u64]) -> Vec<u64> {
    let before = std::iter::once(&0).chain(steps);
    steps.iter().zip(before).map(|(step, before)| step - before).collect()
}
