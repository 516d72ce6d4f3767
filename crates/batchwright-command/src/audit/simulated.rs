//! Tests of an audit with a trainer that is a function: it trains a small model by stochastic
//! gradient descent, and each of its faults can be turned on.

use crate::audit::audited::{AuditEvidence, AuditJudgement, AuditQuestion};
use crate::audit::inquiry::Inquiry;
use crate::audit::observed::{ObservedRow, ObservedRun};
use crate::audit::run::answers;
use crate::audit::setting::{AuditDesign, AuditRequest, AuditSetting, Takes};
use std::collections::BTreeMap;

/// Inputs of the model.
const WIDTH: usize = 6;
/// Samples of the validation split: a whole number of hardly any batches.
const VALIDATION: usize = 97;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Summed,
    Dropped,
    Leaked,
    LeakedOverEpochs,
    Weighted,
    EvaluationOfBatches,
    FixedHorizon,
    WarmUpOfSteps,
    OnlyLastMicroBatch,
    StepsOfMicroBatches,
    SizeOfMicroBatches,
    SeedIgnored,
    SeedNotFixing,
}

#[derive(Debug, Clone, Copy)]
struct Trainer {
    fault: Fault,
    samples: usize,
    drop_last: bool,
    momentum: f64,
    dropout: f64,
    /// Whether rows say how many samples were used, or only the step and the epoch.
    prints_samples: bool,
}

const CLEAN: Trainer = Trainer {
    fault: Fault::None,
    samples: 1000,
    drop_last: false,
    momentum: 0.0,
    dropout: 0.0,
    prints_samples: true,
};

/// A small generator with a state of 64 bits (splitmix).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Mean 0, variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }

    fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, (self.next() % (last as u64 + 1)) as usize);
        }
        order
    }
}

/// Inputs `[count, WIDTH]` and labels 0 or 1.
fn data(seed: u64, count: usize) -> Vec<([f64; WIDTH], f64)> {
    let mut draw = Draw(seed);
    let sample = |draw: &mut Draw| {
        let x = [(); WIDTH].map(|()| draw.normal());
        let score: f64 = x.iter().zip(1..).map(|(x, i)| x * f64::from(i) / 4.0).sum();
        (x, if score + draw.normal() > 0.0 { 1.0 } else { 0.0 })
    };
    (0..count).map(|_| sample(&mut draw)).collect()
}

fn loss_and_slope(w: &[f64; WIDTH], (x, y): &([f64; WIDTH], f64)) -> (f64, f64) {
    let score: f64 = w.iter().zip(x).map(|(w, x)| w * x).sum();
    let loss = score.max(0.0) - score * y + (-score.abs()).exp().ln_1p();
    (loss, 1.0 / (1.0 + (-score).exp()) - y)
}

impl Trainer {
    /// The run of a setting. `clock` stands for everything that differs from run to run.
    fn run(&self, setting: &AuditSetting, clock: u64) -> ObservedRun {
        let accumulation = setting.batch_size / setting.micro_batch_size;
        let told = match self.fault {
            Fault::SizeOfMicroBatches => AuditSetting {
                batch_size: setting.batch_size * accumulation,
                micro_batch_size: setting.batch_size,
                ..*setting
            },
            _ => *setting,
        };
        let setting = &told;
        let seed = match self.fault {
            Fault::SeedIgnored => 0,
            Fault::SeedNotFixing => setting.seed ^ (clock << 40),
            _ => setting.seed,
        };
        Training::new(self, setting, seed).run()
    }

    fn audit(&self, takes: Takes, samples: Option<u64>) -> BTreeMap<String, AuditEvidence> {
        let request =
            AuditRequest { sizes: [8, 128], learning_rate: 0.1, seed: 3, samples, max_samples: Some(20_000) };
        let design = AuditDesign::choose(&request, takes);
        let (mut clock, trainer) = (0, *self);
        let runner = move |setting: &AuditSetting| {
            clock += 1;
            Ok(trainer.run(setting, clock))
        };
        let mut inquiry = Inquiry::new(design, takes, "val_loss", Box::new(runner));
        let name =
            |question: AuditQuestion| serde_json::to_value(question).unwrap().as_str().unwrap().to_owned();
        answers(&mut inquiry).into_iter().map(|answer| (name(answer.question), answer.evidence)).collect()
    }

    /// The kinds of what is wrong.
    fn wrong(&self) -> Vec<String> {
        let answers = self.audit(ALL, Some(self.samples as u64));
        let wrong = answers.values().filter(|evidence| evidence.judgement() == AuditJudgement::Wrong);
        wrong.map(kind).collect()
    }
}

const ALL: Takes = Takes {
    learning_rate: true,
    seed: true,
    eval_steps: true,
    eval_batch_size: true,
    division: true,
    micro_batch_size: true,
    epochs_only: false,
};

fn kind(evidence: &AuditEvidence) -> String {
    serde_json::to_value(evidence).unwrap()["kind"].as_str().unwrap().to_owned()
}

/// A training in progress.
struct Training<'a> {
    trainer: &'a Trainer,
    setting: &'a AuditSetting,
    train: Vec<([f64; WIDTH], f64)>,
    validation: Vec<([f64; WIDTH], f64)>,
    w: [f64; WIDTH],
    velocity: [f64; WIDTH],
    gradient: [f64; WIDTH],
    /// Micro-batches in the current window.
    window: u64,
    masks: Draw,
    step: u64,
    epoch: u64,
    /// Samples of the current epoch that were trained on.
    of_epoch: u64,
    /// Samples that were trained on.
    used: u64,
    seed: u64,
    observed: ObservedRun,
}

impl<'a> Training<'a> {
    fn new(trainer: &'a Trainer, setting: &'a AuditSetting, seed: u64) -> Self {
        let mut draw = Draw(seed + 77);
        Self {
            trainer,
            setting,
            train: data(1, trainer.samples),
            validation: data(2, VALIDATION),
            w: [(); WIDTH].map(|()| 0.3 * draw.normal()),
            velocity: [0.0; WIDTH],
            gradient: [0.0; WIDTH],
            window: 0,
            // A framework draws the masks of a micro-batch at once: others than of the whole batch.
            masks: Draw(seed ^ (setting.micro_batch_size << 32)),
            step: 0,
            epoch: 0,
            of_epoch: 0,
            used: 0,
            seed,
            observed: ObservedRun { finished: true, ..ObservedRun::default() },
        }
    }

    fn accumulation(&self) -> u64 {
        self.setting.batch_size / self.setting.micro_batch_size
    }

    fn run(mut self) -> ObservedRun {
        loop {
            let order = Draw(self.seed.wrapping_mul(1000) + self.epoch).shuffled(self.train.len());
            let fault = self.trainer.fault;
            for batch in self.batches(&order) {
                self.micro_batch(&batch);
                if self.window == self.accumulation() {
                    self.update();
                }
                let told = self.observed.rows.len() >= self.setting.most_rows;
                if told || self.used >= self.setting.max_samples {
                    return self.observed;
                }
            }
            match fault {
                Fault::Leaked => self.window = 0,
                Fault::LeakedOverEpochs => {}
                Fault::Dropped => self.clear(),
                // Where whole batches leave out the last one, so do micro-batches.
                _ if self.trainer.drop_last => self.clear(),
                _ if self.window > 0 => self.update(),
                _ => {}
            }
            (self.epoch, self.of_epoch) = (self.epoch + 1, 0);
        }
    }

    /// The micro-batches of an epoch.
    fn batches(&self, order: &[usize]) -> Vec<Vec<usize>> {
        let size = self.setting.micro_batch_size as usize;
        let keep = if self.trainer.drop_last { order.len() / size * size } else { order.len() };
        order[..keep].chunks(size).map(<[usize]>::to_vec).collect()
    }

    /// Adds the gradient of a micro-batch: its share of the mean over the samples of the window.
    fn micro_batch(&mut self, batch: &[usize]) {
        let left = self.trainer.samples as u64 - self.of_epoch;
        let in_window = self.setting.batch_size.min(left + self.window * self.setting.micro_batch_size);
        let weight = match self.trainer.fault {
            Fault::Summed => 1.0 / batch.len() as f64,
            Fault::OnlyLastMicroBatch => {
                self.gradient = [0.0; WIDTH];
                1.0 / batch.len() as f64
            }
            Fault::Weighted | Fault::Leaked | Fault::LeakedOverEpochs => {
                1.0 / (batch.len() as u64 * self.accumulation()) as f64
            }
            _ => 1.0 / in_window as f64,
        };
        for &sample in batch {
            let (mut x, y) = self.train[sample];
            let keep = 1.0 - self.trainer.dropout;
            x.iter_mut().for_each(|x| *x = if self.masks.share() < keep { *x / keep } else { 0.0 });
            let (_, slope) = loss_and_slope(&self.w, &(x, y));
            self.gradient.iter_mut().zip(x).for_each(|(g, x)| *g += weight * slope * x);
        }
        self.window += 1;
        self.of_epoch += batch.len() as u64;
        self.used += batch.len() as u64;
    }

    fn clear(&mut self) {
        (self.gradient, self.window) = ([0.0; WIDTH], 0);
    }

    /// A cosine from the rate to zero over the run.
    fn rate(&self) -> f64 {
        let samples_of_step = match self.trainer.fault {
            Fault::FixedHorizon => 32,
            Fault::WarmUpOfSteps => return self.setting.learning_rate * (self.step + 1) as f64 / 500.0,
            Fault::StepsOfMicroBatches => self.setting.batch_size * self.accumulation(),
            _ => self.setting.batch_size,
        };
        let done = (self.step * samples_of_step) as f64 / self.setting.max_samples as f64;
        self.setting.learning_rate * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos()) / 2.0
    }

    fn update(&mut self) {
        let rate = self.rate();
        for ((w, v), g) in self.w.iter_mut().zip(&mut self.velocity).zip(self.gradient) {
            *v = self.trainer.momentum * *v + g;
            *w -= rate * *v;
        }
        self.clear();
        self.step += 1;
        if self.step.is_multiple_of((self.setting.eval_samples / self.setting.batch_size).max(1)) {
            self.evaluate(rate);
        }
    }

    fn evaluate(&mut self, rate: f64) {
        let losses: Vec<f64> =
            self.validation.iter().map(|sample| loss_and_slope(&self.w, sample).0).collect();
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let value = match self.trainer.fault {
            Fault::EvaluationOfBatches => {
                mean(&losses.chunks(self.setting.eval_batch_size as usize).map(mean).collect::<Vec<_>>())
            }
            _ => mean(&losses),
        };
        let told = self.trainer.prints_samples;
        let samples = if told { self.used } else { self.step * self.setting.batch_size };
        self.observed.rates.push((samples, rate));
        self.observed.rows.push(ObservedRow {
            samples,
            step: Some(self.step as f64),
            epoch: Some(self.epoch as f64),
            own_samples: told.then_some(self.used as f64),
            value,
        });
    }
}

/// Each fault is named, and nothing else is.
#[test]
fn each_fault_is_named_by_its_kind() {
    for (fault, kinds) in [
        (Fault::None, &[][..]),
        (Fault::Summed, &["accumulation_summed"]),
        (Fault::Dropped, &["last_window_dropped"]),
        (Fault::Leaked, &["last_window_leaks"]),
        (Fault::LeakedOverEpochs, &["last_window_leaks"]),
        (Fault::Weighted, &["last_window_weighted"]),
        (Fault::EvaluationOfBatches, &["evaluation_depends"]),
        (Fault::FixedHorizon, &["horizon_fixed"]),
        (Fault::WarmUpOfSteps, &["horizon_fixed"]),
        (Fault::StepsOfMicroBatches, &["accumulation_changes_rate"]),
        (Fault::SeedIgnored, &["seed_ignored"]),
        (Fault::SeedNotFixing, &["run_differs"]),
    ] {
        for momentum in [0.0, 0.9] {
            let trainer = Trainer { fault, momentum, ..CLEAN };
            assert_eq!(trainer.wrong(), kinds, "{trainer:?} {:#?}", trainer.audit(ALL, Some(1000)));
        }
    }
}

/// Gradients of all micro-batches but one are thrown away. By chance alone that is hardly told from
/// dropout, but it must not pass as right.
#[test]
fn micro_batches_that_are_thrown_away_do_not_pass() {
    for momentum in [0.0, 0.9] {
        let trainer = Trainer { fault: Fault::OnlyLastMicroBatch, momentum, ..CLEAN };
        let answer = &trainer.audit(ALL, Some(1000))["accumulation"];
        assert_ne!(answer.judgement(), AuditJudgement::Fine, "{answer:#?}");
    }
}

/// A study would train with four times the batch size that it names, and the audit would speak of
/// another learning rate or a lost window.
#[test]
fn a_size_that_is_that_of_a_micro_batch_is_named() {
    let takes = Takes { micro_batch_size: false, ..ALL };
    for prints_samples in [true, false] {
        for momentum in [0.0, 0.9] {
            let trainer = Trainer { fault: Fault::SizeOfMicroBatches, momentum, prints_samples, ..CLEAN };
            let answers = trainer.audit(takes, Some(1000));
            let wrong = answers.values().filter(|evidence| evidence.judgement() == AuditJudgement::Wrong);
            assert_eq!(wrong.map(kind).collect::<Vec<_>>(), ["accumulation_multiplies"], "{answers:#?}");
            let sound = Trainer { fault: Fault::None, ..trainer }.audit(takes, Some(1000));
            assert!(
                sound.values().all(|evidence| evidence.judgement() != AuditJudgement::Wrong),
                "{sound:#?}"
            );
        }
    }
}

/// Which answers there are must not depend on how a sound trainer handles the short last batch, on
/// its momentum, or on the size of its data.
#[test]
fn a_sound_trainer_has_no_fault() {
    for samples in [200, 777, 1000, 1437] {
        for drop_last in [false, true] {
            for momentum in [0.0, 0.9] {
                let trainer = Trainer { samples, drop_last, momentum, ..CLEAN };
                let answers = trainer.audit(ALL, Some(samples as u64));
                let kinds: Vec<String> = answers.values().map(kind).collect();
                let last_batch = if drop_last { "last_batch_dropped" } else { "last_batch_kept" };
                let expected = [
                    "accumulation_same",
                    "evaluation_same",
                    "horizon_follows",
                    last_batch,
                    "last_window_same",
                    "run_repeats",
                    "seed_matters",
                ];
                assert_eq!(kinds, expected, "{trainer:?} {answers:#?}");
            }
        }
    }
}

/// With dropout, micro-batches draw other masks than the whole batch: single runs differ, and that
/// is no fault. A fault must still be found among such differences, or be called hidden.
#[test]
fn chance_is_no_fault_and_hides_none() {
    for samples in [777, 1000] {
        for drop_last in [false, true] {
            let of = |fault| Trainer { fault, samples, drop_last, dropout: 0.2, ..CLEAN };
            let answers = of(Fault::None).audit(ALL, Some(samples as u64));
            assert_eq!(kind(&answers["accumulation"]), "accumulation_same_on_average", "{answers:#?}");
            assert_eq!(kind(&answers["last_window"]), "last_window_unclear", "{answers:#?}");
            assert_eq!(of(Fault::None).wrong(), Vec::<String>::new());
            assert_eq!(of(Fault::Summed).wrong(), ["accumulation_differs"]);
            assert_eq!(of(Fault::EvaluationOfBatches).wrong(), ["evaluation_depends"]);
            if !drop_last {
                assert_eq!(of(Fault::Dropped).wrong(), ["last_window_dropped"]);
                assert_eq!(of(Fault::Leaked).wrong(), ["last_window_leaks"]);
            }
        }
    }
}

/// In a program that leaves out the last batch, micro-batches must leave it out as well.
#[test]
fn a_program_that_drops_the_last_batch_is_measured_by_itself() {
    let of = |fault| Trainer { fault, drop_last: true, ..CLEAN };
    assert_eq!(of(Fault::Leaked).wrong(), ["last_window_leaks"]);
    assert_eq!(of(Fault::Summed).wrong(), ["accumulation_summed"]);
}

/// Programs that print steps and epochs only are read as well as those that count samples.
#[test]
fn steps_and_epochs_are_enough() {
    let of = |fault| Trainer { fault, prints_samples: false, ..CLEAN };
    assert_eq!(of(Fault::None).wrong(), Vec::<String>::new());
    assert_eq!(of(Fault::Dropped).wrong(), ["last_window_dropped"]);
    assert_eq!(of(Fault::Weighted).wrong(), ["last_window_weighted"]);
}

/// A question without its placeholder must name it, and must not be answered from other runs.
#[test]
fn what_cannot_be_asked_is_named() {
    let needs = |takes: Takes, samples, question: &str| {
        let answer = serde_json::to_value(&CLEAN.audit(takes, samples)[question]).unwrap();
        assert_eq!(answer["kind"], "not_checked", "{question}: {answer}");
        answer["need"].clone()
    };
    let names = |need: serde_json::Value| need["names"].to_string();
    assert_eq!(names(needs(Takes { seed: false, ..ALL }, Some(1000), "seed_fixes")), r#"["seed"]"#);
    assert_eq!(names(needs(Takes { seed: false, ..ALL }, Some(1000), "seed_used")), r#"["seed"]"#);
    let undivided = Takes { division: false, ..ALL };
    for question in ["accumulation", "last_window"] {
        assert_eq!(names(needs(undivided, Some(1000), question)), r#"["micro_batch_size","grad_accum"]"#);
    }
    assert_eq!(
        names(needs(Takes { eval_batch_size: false, ..ALL }, Some(1000), "evaluation")),
        r#"["eval_batch_size"]"#
    );
    assert_eq!(
        names(needs(Takes { eval_steps: false, ..ALL }, Some(1000), "last_window")),
        r#"["eval_steps"]"#
    );
    assert_eq!(needs(ALL, None, "last_batch")["needs"], "samples");
    // Without --samples an epoch is not known, but whole windows are compared.
    assert_eq!(kind(&CLEAN.audit(ALL, None)["accumulation"]), "accumulation_same");
    // A number of samples that cannot be: the epoch has another number of steps.
    assert_eq!(kind(&CLEAN.audit(ALL, Some(1500))["last_batch"]), "epoch_has_other_steps");
}
