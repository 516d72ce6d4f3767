//! Eight logs that real trainers print, for the reader to find what is wrong. Each is printed by a short
//! trainer on the library's engine; but for the first, in which nothing is wrong but the reader, the
//! fault is planted in it and really there: the losses are those of a training with the fault.

use crate::bench::{Bench, PLAIN};
use batchwright_data::{Dataset, SampleOrder};
use batchwright_nn::{Engine, NnError};
use serde_json::{Value, json};
use std::error::Error;

const SIZE: usize = 32;
const RATE: f64 = 0.1;

pub(crate) fn record(bench: &Bench) -> Result<Value, Box<dyn Error>> {
    let log = |name: &str, lines: Vec<String>| json!({ "name": name, "lines": lines });
    Ok(json!([
        log("bar", bar(bench)?),
        log("floor", floor(bench)?),
        log("window", dropped_window(bench)?),
        log("schedule", short_schedule(bench)?),
        log("ranks", two_ranks(bench)?),
        log("evaluation", evaluation_of_batches(bench)?),
        log("resume", repeating_resume(bench)?),
        log("percent", percent_for_fraction(bench)?),
    ]))
}

/// A network in training, and the order of its samples.
struct Trainer<'a> {
    bench: &'a Bench,
    engine: Box<dyn Engine>,
    order: SampleOrder,
}

impl<'a> Trainer<'a> {
    fn new(bench: &'a Bench) -> Result<Self, NnError> {
        let engine = bench.engine(bench.samples(), PLAIN, 0)?;
        Ok(Self { bench, engine, order: SampleOrder::new(0, bench.samples() as u32) })
    }

    /// The batches of an epoch, the short last one too.
    fn batches(&mut self, epoch: u64, size: usize) -> Vec<Vec<u32>> {
        self.order.epoch(epoch).chunks(size).map(<[u32]>::to_vec).collect()
    }

    /// The mean loss before the step.
    fn step(&mut self, indices: &[u32], rate: f64) -> Result<f64, NnError> {
        Ok(self.engine.step(&self.bench.batch(indices), rate)?.0.mean())
    }

    /// The mean loss of the steps.
    fn epoch(&mut self, epoch: u64, size: usize, rate: f64) -> Result<f64, NnError> {
        let batches = self.batches(epoch, size);
        let mut sum = 0.0;
        for batch in &batches {
            sum += self.step(batch, rate)? * batch.len() as f64;
        }
        Ok(sum / self.bench.samples() as f64)
    }

    /// Loss of each validation sample, and the share predicted right.
    fn validate(&mut self) -> Result<(Vec<f32>, f64), NnError> {
        let validation = &self.bench.splits.validation;
        let (mut losses, mut correct) = (Vec::new(), 0);
        let all: Vec<u32> = (0..self.bench.validation_samples() as u32).collect();
        for indices in all.chunks(self.engine.evaluation_batch()) {
            let mut batch = self.bench.batch(&[]);
            validation.gather(indices, 0, &mut batch);
            correct += self.engine.evaluate(&batch, &mut losses)?.correct;
        }
        Ok((losses, correct as f64 / all.len() as f64))
    }

    fn validation_loss(&mut self) -> Result<f64, NnError> {
        Ok(mean(&self.validate()?.0))
    }
}

fn mean(losses: &[f32]) -> f64 {
    losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64
}

/// A sound training whose bar counts steps.
fn bar(bench: &Bench) -> Result<Vec<String>, NnError> {
    let mut trainer = Trainer::new(bench)?;
    let steps = bench.samples().div_ceil(SIZE);
    let mut lines = vec![format!("{} training samples, batch size {SIZE}", bench.samples())];
    for epoch in 0..2 {
        let loss = trainer.epoch(epoch, SIZE, RATE)?;
        lines.push(format!("Epoch {}/2", epoch + 1));
        lines.push(format!("{steps}/{steps} [==========] loss: {loss:.4}"));
    }
    Ok(lines)
}

/// The budget is counted with floor(N/B) steps an epoch; the loop takes ceil(N/B).
fn floor(bench: &Bench) -> Result<Vec<String>, NnError> {
    let (mut trainer, size, epochs) = (Trainer::new(bench)?, 1_000, 10);
    let budget = epochs * (bench.samples() / size);
    let mut lines = vec![
        format!("{} training samples, batch size {size}", bench.samples()),
        format!("epochs: {epochs} -> total steps: {budget}"),
    ];
    let (mut step, mut epoch) = (0, 0);
    while step < budget {
        for batch in trainer.batches(epoch, size) {
            trainer.step(&batch, RATE)?;
            step += 1;
        }
        epoch += 1;
        lines.push(format!("step {step:>2}  epoch {epoch}  val_loss {:.3}", trainer.validation_loss()?));
    }
    lines.push(format!("{step} of {budget} steps done. Training finished."));
    Ok(lines)
}

/// The gradient of an unfinished window is thrown away at the end of each epoch.
fn dropped_window(bench: &Bench) -> Result<Vec<String>, NnError> {
    let (mut trainer, accumulation) = (Trainer::new(bench)?, 4);
    let mut lines = vec![format!(
        "{} training samples, micro-batch {SIZE}, accumulation {accumulation}",
        bench.samples()
    )];
    for epoch in 0..3 {
        let micro_batches = trainer.batches(epoch, SIZE);
        let (mut updates, mut used, mut sum) = (0, 0, 0.0);
        for window in micro_batches.chunks(accumulation) {
            for micro_batch in window {
                sum += trainer.engine.gradient(&bench.batch(micro_batch))?.loss;
            }
            if window.len() == accumulation {
                trainer.engine.update(RATE);
                updates += 1;
                used += window.iter().map(Vec::len).sum::<usize>();
            } else {
                let state = trainer.engine.state();
                trainer.engine.load_state(&state)?;
            }
        }
        lines.push(format!("epoch {}  loss {:.3}", epoch + 1, sum / bench.samples() as f64));
        lines.push(format!(
            "  micro-batches {}  updates {updates}  samples in updates {used}",
            micro_batches.len()
        ));
    }
    Ok(lines)
}

/// The rate falls to 0 over the steps of batches twice as large.
fn short_schedule(bench: &Bench) -> Result<Vec<String>, NnError> {
    let (mut trainer, epochs) = (Trainer::new(bench)?, 6);
    let horizon = epochs as usize * bench.samples().div_ceil(2 * SIZE);
    let rate = |step: usize| RATE * (1.0 - (step as f64 / horizon as f64).min(1.0));
    let mut lines = vec![
        format!("{} training samples, batch size {SIZE}, {epochs} epochs", bench.samples()),
        format!("linear schedule: {horizon} steps"),
    ];
    let mut step = 0;
    for epoch in 0..epochs {
        for batch in trainer.batches(epoch, SIZE) {
            trainer.step(&batch, rate(step))?;
            step += 1;
        }
        lines.push(format!(
            "epoch {}  step {step:>3}  lr {:.4}  val_loss {:.4}",
            epoch + 1,
            rate(step),
            trainer.validation_loss()?
        ));
    }
    Ok(lines)
}

/// Two processes that each go through all samples, in an order of their own, and average their
/// gradients.
fn two_ranks(bench: &Bench) -> Result<Vec<String>, NnError> {
    let mut ranks = [Trainer::new(bench)?, Trainer::new(bench)?];
    ranks[1].order = SampleOrder::new(1, bench.samples() as u32);
    let mut lines = vec![format!("{} training samples, 2 ranks, batch size {SIZE} each", bench.samples())];
    for epoch in 0..2 {
        let batches = [ranks[0].batches(epoch, SIZE), ranks[1].batches(epoch, SIZE)];
        let (mut used, mut steps) = ([0, 0], 0);
        for pair in batches[0].iter().zip(&batches[1]) {
            for (rank, batch) in [pair.0, pair.1].into_iter().enumerate() {
                // The sum over both, of which the update takes the mean: what their exchange does.
                ranks[0].engine.gradient(&bench.batch(batch))?;
                used[rank] += batch.len();
            }
            ranks[0].engine.update(RATE);
            steps += 1;
        }
        for (rank, used) in used.iter().enumerate() {
            lines.push(format!("[rank {rank}] epoch {}: {steps} steps, {used} samples", epoch + 1));
        }
        lines.push(format!("[rank 0] val_loss {:.3}", ranks[0].validation_loss()?));
    }
    Ok(lines)
}

/// The mean of the means of evaluation batches, of which the last is short.
fn evaluation_of_batches(bench: &Bench) -> Result<Vec<String>, NnError> {
    let mut trainer = Trainer::new(bench)?;
    trainer.epoch(0, SIZE, RATE)?;
    let (losses, _) = trainer.validate()?;
    let mut lines = vec![
        "the same saved model, evaluated four times".to_owned(),
        format!("{} validation samples", losses.len()),
    ];
    for size in [1, 20, 40, 80] {
        let means: Vec<f64> = losses.chunks(size).map(mean).collect();
        let loss = means.iter().sum::<f64>() / means.len() as f64;
        lines.push(format!("eval batch {size:>2}: {:>3} batches, val_loss {loss:.4}", means.len()));
    }
    Ok(lines)
}

/// Stopped in an epoch; the resumed run begins that epoch from its first sample.
fn repeating_resume(bench: &Bench) -> Result<Vec<String>, NnError> {
    let (mut trainer, stop) = (Trainer::new(bench)?, 70);
    let mut lines = vec![format!("{} training samples, batch size {SIZE}", bench.samples())];
    trainer.epoch(0, SIZE, RATE)?;
    let per_epoch = bench.samples().div_ceil(SIZE);
    lines.push(format!("epoch 1 done at step {per_epoch}  val_loss {:.3}", trainer.validation_loss()?));
    let second = trainer.batches(1, SIZE);
    for batch in &second[..stop - per_epoch] {
        trainer.step(batch, RATE)?;
    }
    lines.push(format!("^C stopped at step {stop} in epoch 2. Saved."));
    lines.push("$ train --resume".to_owned());
    lines.push(format!("resumed at step {stop}, epoch 2"));
    for batch in &second {
        trainer.step(batch, RATE)?;
    }
    let step = stop + second.len();
    lines.push(format!("epoch 2 done at step {step}  val_loss {:.3}", trainer.validation_loss()?));
    Ok(lines)
}

/// The accuracy is in percent, the target a fraction.
fn percent_for_fraction(bench: &Bench) -> Result<Vec<String>, NnError> {
    let (mut trainer, target) = (Trainer::new(bench)?, 0.95);
    let mut lines = vec![format!("stop when val_accuracy > {target}"), "epochs: at most 20".to_owned()];
    for epoch in 0..20 {
        // Few steps at a small rate: after one epoch the network knows little.
        trainer.epoch(epoch, SIZE, RATE / 10.0)?;
        let accuracy = 100.0 * trainer.validate()?.1;
        lines.push(format!("epoch {}  val_accuracy {accuracy:.1}", epoch + 1));
        if accuracy > target {
            lines.push("target reached, training finished".to_owned());
            break;
        }
    }
    Ok(lines)
}
