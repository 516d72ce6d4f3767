//! Steps to the target at every size and rate, from the recording that the bench `decision` replays.

use batchwright_find::beds::{RecordedRate, Recording};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::error::Error;
use std::fs::File;
use std::path::Path;

const RECORDING: &str = "../batchwright-find/benches/decision/networks/mlp-64-sgd.json.gz";
/// The first ladder of the recording: a validation loss of 0.12.
const LOSS: usize = 0;

pub(crate) fn record(folder: &Path) -> Result<Value, Box<dyn Error>> {
    let recording: Recording = serde_json::from_reader(GzDecoder::new(File::open(folder.join(RECORDING))?))?;
    let target = recording.ladders.get(LOSS).ok_or("the recording has no ladder")?;
    let levels = target.levels.len();
    let sizes: Vec<Value> = recording
        .sizes
        .iter()
        .map(|size| {
            let steps: Vec<Option<f64>> = size.rates.iter().map(|rate| median_steps(rate, levels)).collect();
            json!({ "batch": size.batch_size, "steps": steps })
        })
        .collect();
    let rates: Vec<f64> = recording
        .sizes
        .first()
        .map_or(Vec::new(), |size| size.rates.iter().map(|rate| rate.learning_rate).collect());
    Ok(json!({ "target": target.goal, "rates": rates, "sizes": sizes }))
}

/// Over all runs; none where half of them or more missed the target.
fn median_steps(rate: &RecordedRate, levels: usize) -> Option<f64> {
    let replayed = rate.runs.iter().map(|run| run.reached(LOSS, levels));
    let steps = replayed.chain(rate.truth.get(LOSS).into_iter().flatten().copied());
    let mut steps: Vec<f64> = steps.map(|steps| steps.map_or(f64::INFINITY, |steps| steps as f64)).collect();
    steps.sort_by(f64::total_cmp);
    let middle = *steps.get(steps.len() / 2)?;
    middle.is_finite().then_some(middle)
}
