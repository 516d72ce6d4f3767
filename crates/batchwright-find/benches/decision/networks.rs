//! Beds of real trainings: the recordings in `networks/`, which the example `record_networks` made.
//! Two networks, two optimizers and two targets are eight beds.
//!
//! The truth comes from runs that are never replayed. So even the best choice for the runs that a
//! study sees may have some regret.

use std::error::Error;
use std::io::Read;

use batchwright_find::beds::{Recorded, RecordedSize, Recording};
use batchwright_find::{Direction, StepMeasurement, Trial, TrialError, TrialRequest, Workload};
use flate2::read::GzDecoder;
use serde::Serialize;

use crate::case::{Case, Question};
use crate::family::Family;
use crate::truth::{SizeTruth, Truth, WORST_REGRET};
use crate::workload::{Meter, MeteredTrial, StepPasses};

const FILES: [&[u8]; 4] = [
    include_bytes!("networks/mlp-64-sgd.json.gz"),
    include_bytes!("networks/mlp-64-adamw.json.gz"),
    include_bytes!("networks/mlp-128-64-sgd.json.gz"),
    include_bytes!("networks/mlp-128-64-adamw.json.gz"),
];

/// A recorded second is this many virtual ones. These trainings take milliseconds, and a study
/// measures the steps of a size for tenths of a second: that alone would cost thousands of them. So
/// they take as long as those of the computed beds. Regrets and the costs of trials are ratios, and
/// do not change.
const SLOWER: f64 = 1000.0;

pub(crate) fn recordings() -> Result<Vec<Recording>, Box<dyn Error>> {
    let read = |file: &&[u8]| {
        let mut text = String::new();
        GzDecoder::new(*file).read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    };
    FILES.iter().map(read).collect()
}

/// One target of a recording.
#[derive(Debug)]
pub(crate) struct Trainings<'a> {
    bed: Recorded<'a>,
    truth: Truth,
}

/// All beds, or the one of this name. Without those whose target is never reached.
pub(crate) fn beds<'a>(recordings: &'a [Recording], only: Option<&str>) -> Vec<Trainings<'a>> {
    let targets = |recording: &'a Recording| {
        (0..recording.ladders.len()).filter_map(|target| Recorded::new(recording, target))
    };
    let beds = recordings.iter().flat_map(targets).filter_map(|bed| {
        let truth = truth(&bed)?;
        Some(Trainings { bed, truth })
    });
    beds.filter(|it| only.is_none_or(|only| only == it.truth.name)).collect()
}

fn name(bed: &Recorded) -> String {
    let Recording { model, optimizer, .. } = bed.recording();
    format!("{model} {optimizer} {}", bed.ladder().metric.trim_start_matches("val_"))
}

fn truth(bed: &Recorded) -> Option<Truth> {
    let sizes: Vec<SizeTruth> = bed.recording().sizes.iter().map(|size| size_truth(bed, size)).collect();
    let reached = |size: &SizeTruth| Some((size.seconds?, size.batch_size));
    let (best_seconds, best_size) = sizes.iter().filter_map(reached).min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Truth { name: name(bed), best_seconds, best_size, sizes })
}

/// The size at its best recorded rate.
fn size_truth(bed: &Recorded, size: &RecordedSize) -> SizeTruth {
    let seconds = |rate: f64| SLOWER * bed.true_seconds(size.batch_size, rate);
    let rates = size.rates.iter().map(|rate| (rate.learning_rate, seconds(rate.learning_rate)));
    let (lr, seconds) = rates.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((f64::NAN, f64::INFINITY));
    let seconds = Some(seconds).filter(|seconds| seconds.is_finite());
    let steps = seconds.map(|seconds| seconds / (SLOWER * size.step_seconds));
    SizeTruth { batch_size: size.batch_size, lr, steps, seconds, sampled: true, fresh: true }
}

/// What `--list` prints of a bed.
#[derive(Debug, Serialize)]
pub(crate) struct Listed<'a> {
    target: String,
    truth: &'a Truth,
}

impl Trainings<'_> {
    pub(crate) fn listed(&self) -> Listed<'_> {
        Listed { target: self.question().target, truth: &self.truth }
    }

    fn rates(&self) -> [f64; 2] {
        let rates = self.bed.recording().sizes.iter().flat_map(|size| &size.rates);
        rates.fold([f64::INFINITY, 0.0], |[low, high], rate| {
            [low.min(rate.learning_rate), high.max(rate.learning_rate)]
        })
    }
}

impl Case for Trainings<'_> {
    fn family(&self) -> Family {
        Family::Networks
    }

    fn truth(&self) -> &Truth {
        &self.truth
    }

    fn question(&self) -> Question<'_> {
        let ladder = self.bed.ladder();
        let sign = match ladder.direction() {
            Direction::Below => '<',
            Direction::Above => '>',
        };
        Question {
            name: &self.truth.name,
            sizes: self.bed.recording().sizes.iter().map(|size| size.batch_size).collect(),
            rates: self.rates(),
            target: format!("{}{sign}{}", ladder.metric, ladder.goal),
            eval_samples: self.bed.recording().eval_samples,
        }
    }

    fn equal_sizes(&self) -> Vec<u64> {
        Vec::new()
    }

    fn workload<'a>(&'a self, meter: &'a Meter, seed: u64) -> Box<dyn Workload + 'a> {
        Box::new(MeteredRecorded { bed: self.bed, meter, passes: StepPasses::new(meter, seed) })
    }

    fn regret(&self, batch_size: u64, learning_rate: f64, _runs: usize) -> f64 {
        let seconds = SLOWER * self.bed.true_seconds(batch_size, learning_rate);
        (seconds / self.truth.best_seconds - 1.0).min(WORST_REGRET)
    }
}

struct MeteredRecorded<'a> {
    bed: Recorded<'a>,
    meter: &'a Meter,
    passes: StepPasses<'a>,
}

impl Workload for MeteredRecorded<'_> {
    fn samples(&self) -> Option<u64> {
        self.bed.samples()
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        Ok(Box::new(MeteredTrial::new(self.bed.start(request)?, *request, SLOWER, self.meter)))
    }

    /// Without jitter, because only medians were recorded. The cost is that of other beds.
    fn measure_steps(&self, batch_size: u64, seconds: f64) -> Result<StepMeasurement, TrialError> {
        let recorded = self.bed.measure_steps(batch_size, seconds)?;
        Ok(self.passes.measure(batch_size, SLOWER * recorded.step_time.median, 0.0, seconds))
    }

    fn memory_bytes(&self, batch_size: u64) -> Option<u64> {
        self.bed.memory_bytes(batch_size)
    }

    fn starting_learning_rate(&self, batch_size: u64) -> f64 {
        self.bed.starting_learning_rate(batch_size)
    }

    fn metrics(&self) -> Vec<String> {
        self.bed.metrics()
    }
}
