//! A situation: data, network and settings with the word that is right for them.

use crate::sets::{Set, Split};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model, Optimizer};
use batchwright_train::{
    Decay, Duration, MonotonicClock, RunConfig, RunData, RunOutcome, RunVerdictKind, Silent, Verdict, train,
};

pub(crate) use RunVerdictKind::{Converged, Diverged, Improving, Overfitting, Unclear, Underfitting};

/// Fit for a healthy end: whether a little more would be gained is not the point.
pub(crate) const HEALTHY: &[RunVerdictKind] = &[Converged, Improving];

/// Data, network, settings, and the words that are right.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) set: Set,
    pub(crate) model: Model,
    pub(crate) optimizer: Optimizer,
    pub(crate) rate: f64,
    pub(crate) batch_size: u64,
    pub(crate) duration: Duration,
    pub(crate) decay: Decay,
    /// The first names the row of the table.
    pub(crate) truth: &'static [RunVerdictKind],
}

/// What was said of one run, and what the oracle knows of it.
pub(crate) struct Judged {
    pub(crate) said: Verdict,
    /// Last over lowest loss on fresh samples (means of three evaluations), in percent.
    pub(crate) oracle_rise: f64,
    last: (f64, f64),
}

/// An MLP, or a linear model where there is no hidden layer.
fn network(hidden: &[usize]) -> Model {
    let mlp = Model::mlp(hidden);
    if hidden.is_empty() { Model { architecture: "linear".parse().expect("a model"), ..mlp } } else { mlp }
}

/// SGD with momentum 0.9 at batch size 32.
pub(crate) fn sgd(
    name: &'static str,
    set: Set,
    hidden: &[usize],
    rate: f64,
    epochs: f64,
    truth: &'static [RunVerdictKind],
) -> Situation {
    Situation {
        name,
        set,
        model: network(hidden),
        optimizer: Optimizer::default(),
        rate,
        batch_size: 32,
        duration: Duration::Epochs(epochs),
        decay: Decay::Constant,
        truth,
    }
}

/// The same with AdamW.
pub(crate) fn adam(
    name: &'static str,
    set: Set,
    hidden: &[usize],
    rate: f64,
    epochs: f64,
    truth: &'static [RunVerdictKind],
) -> Situation {
    Situation { optimizer: Optimizer::adamw(), ..sgd(name, set, hidden, rate, epochs, truth) }
}

impl Situation {
    /// Trains and judges; the data are drawn anew for each seed.
    pub(crate) fn judged(&self, seed: u64) -> Judged {
        let split = self.set.split(seed);
        let outcome = self.outcome(&split, false, seed);
        let oracle: Vec<f64> =
            self.outcome(&split, true, seed).rows.iter().map(|row| row.validation.loss).collect();
        let means: Vec<f64> = oracle.windows(3).map(|three| three.iter().sum::<f64>() / 3.0).collect();
        let lowest = means.iter().copied().fold(f64::INFINITY, f64::min);
        Judged {
            oracle_rise: means.last().map_or(0.0, |last| 100.0 * (last / lowest - 1.0)),
            last: outcome.rows.last().map_or((0.0, 0.0), |row| (row.train.loss, row.validation.loss)),
            said: outcome.verdict,
        }
    }

    fn outcome(&self, split: &Split, oracle: bool, seed: u64) -> RunOutcome {
        let (train_data, validation) =
            (split.train(), if oracle { split.oracle() } else { split.validation() });
        let subset = split.train_subset();
        let config = RunConfig {
            batch_size: self.batch_size,
            duration: self.duration,
            learning_rate: self.rate,
            decay: self.decay,
            seed,
            ..RunConfig::default()
        };
        let options = EngineOptions {
            micro_batch: self.batch_size as usize,
            optimizer: self.optimizer.for_batch_size(self.batch_size),
            seed,
            ..EngineOptions::default()
        };
        let shape = batchwright_data::sample_shape(train_data.as_ref());
        let mut engine = CpuEngineFactory.build(&self.model, shape, &options).expect("an engine");
        let run = config.check(train_data.len() as u64).expect("a run");
        let data = RunData {
            train: train_data.as_ref(),
            train_subset: subset.as_ref(),
            validation: validation.as_ref(),
            test: validation.as_ref(),
            unit: 1.0,
        };
        train(engine.as_mut(), data, &run, &MonotonicClock::default(), &mut Silent).expect("a training")
    }

    pub(crate) fn truth_word(&self) -> &'static str {
        match self.truth {
            [Converged, Improving] => "healthy",
            [Converged, ..] => "converged",
            [Improving, ..] => "improving",
            [Overfitting, ..] => "overfitting",
            [Underfitting, ..] => "underfitting",
            [Diverged, ..] => "diverged",
            _ => "unclear",
        }
    }

    /// Whether the word is right, or none was found. A run that does not overfit on thousands of
    /// fresh samples need not be called so.
    pub(crate) fn is_right(&self, run: &Judged) -> bool {
        let not_after_all = self.truth.contains(&Overfitting) && run.oracle_rise < 5.0;
        let truth = if not_after_all { [self.truth, HEALTHY].concat() } else { self.truth.to_vec() };
        run.said.kind == Unclear || truth.contains(&run.said.kind)
    }

    /// Name, truth, and every word that was said.
    pub(crate) fn line(&self, runs: &[Judged]) -> String {
        let word = |run: &Judged| {
            let mark = if self.is_right(run) { "" } else { "!" };
            let likely = if run.said.doubt.is_some() { "?" } else { "" };
            format!("{mark}{:?}{likely}", run.said.kind)
        };
        let words: Vec<String> = runs.iter().map(word).collect();
        let rise = runs.iter().map(|run| run.oracle_rise).sum::<f64>() / runs.len().max(1) as f64;
        format!("{:26}{:14}{:>8.0}%  {}", self.name, self.truth_word(), rise, words.join(" "))
    }
}

impl Judged {
    pub(crate) fn figures(&self) -> String {
        let e = &self.said.evidence;
        format!(
            "{:?} {:?} train {:.3} valid {:.3} const {:.3} untrained {:.3} learnt {:.2} | rise {:.1}% [{:.3}, {:.3}] train {:.4} -> {:.4} | fall {:.1}% [{:.4}, {:.4}] | oracle {:.1}%",
            self.said.kind,
            self.said.cause,
            self.last.0,
            self.last.1,
            e.constant_loss,
            e.untrained_loss,
            e.learnt(),
            e.rise_percent,
            e.rise_low,
            e.rise_high,
            e.train_loss_at_best,
            e.train_loss_last,
            e.fall_percent,
            e.fall_low,
            e.fall_high,
            self.oracle_rise,
        )
    }
}
