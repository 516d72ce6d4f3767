//! Sample records: a run that overfits, a run that diverged, a study in which everything happens
//! that can happen to a size, and a data set.

#![allow(dead_code, unused_imports, reason = "each file of tests uses a part")]

use batchwright_find::testkit;
use batchwright_find::*;
use batchwright_train::testkit as train;
pub(crate) use batchwright_train::testkit::plan;
use batchwright_train::{
    Batching, CurveEvidence, Plan, RunRecord, RunResult, RunRow, RunVerdictKind, SplitMetrics, SplitOutcome,
    ValidationOutcome, Verdict,
};
use batchwright_view::{
    ClassPage, ColumnPage, ColumnSummary, DataPage, Lang, NumberPage, NumberRange, Style, Thumbnail,
};

/// The name of the run that overfits.
const NAME: &str = "digits-mlp64-32-1";

pub(crate) const LANGUAGES: [Lang; 2] = [Lang::En, Lang::Ja];

/// A terminal of 100 columns without colour.
pub(crate) fn style(lang: Lang) -> Style {
    Style { colour: false, width: 100, lang }
}

/// A hostile name, with markup and an escape code in it.
pub(crate) const HOSTILE: &str = "</script><script>alert('x')</script>\"&\u{1b}[2J";

fn settings() -> Vec<(String, String)> {
    [
        ("--data", "digits"),
        ("--model", "mlp:64,32"),
        ("--batch-size", "64"),
        ("--epochs", "30"),
        ("--lr", "0.1"),
        ("--seed", "1"),
    ]
    .map(|(key, value)| (key.to_string(), value.to_string()))
    .to_vec()
}

/// Training loss keeps falling, while validation loss rises again from epoch 12.
pub(crate) fn overfitting_run() -> RunRecord {
    let rows: Vec<RunRow> = (0..=30).map(|epoch| overfitting_row(f64::from(epoch))).collect();
    let (best, last) = (rows[12], rows[30]);
    let evidence = CurveEvidence {
        best_loss: best.validation.loss,
        best_step: best.step,
        last_loss: last.validation.loss,
        rise_percent: 100.0 * (last.validation.loss / best.validation.loss - 1.0),
        rise_low: 0.0613,
        rise_high: 0.1422,
        train_loss_at_best: best.train.loss,
        train_loss_last: last.train.loss,
        fall_percent: -2.0,
        window: 3,
        samples: 100,
        constant_loss: 2.303,
        untrained_loss: 2.36,
        ..CurveEvidence::default()
    };
    let since_step = Some(best.step);
    let verdict = Verdict { since_step, evidence, ..train::verdict(RunVerdictKind::Overfitting) };
    RunRecord {
        settings: settings(),
        result: Some(result(&last, best.validation.loss, best.step, verdict)),
        ..train::record(NAME, rows)
    }
}

fn overfitting_row(epoch: f64) -> RunRow {
    let wiggle = 0.012 * (epoch * 2.3).sin();
    let train = 2.25 * (-epoch / 3.2).exp() + 0.05 * (-epoch / 14.0).exp() + 0.01;
    let rise = 0.007 * (epoch - 12.0).max(0.0);
    let validation = 2.2 * (-epoch / 3.0).exp() + 0.29 + rise + wiggle * (epoch / 30.0);
    RunRow {
        samples: (epoch * 1000.0) as u64,
        seconds: epoch * 0.0613,
        train: SplitMetrics { loss: train, accuracy: Some((1.0 - train / 2.6).clamp(0.1, 1.0)) },
        validation: SplitMetrics {
            loss: validation,
            accuracy: Some((0.97 - (validation - 0.29) / 2.6).clamp(0.1, 1.0)),
        },
        ..train::row((epoch * 16.0) as u64, train * 1.05)
    }
}

fn split(samples: u64, loss: f64, accuracy: Option<f64>) -> SplitOutcome {
    SplitOutcome { samples, tokens: None, loss, accuracy, values: None }
}

fn result(last: &RunRow, best_loss: f64, best_step: u64, verdict: Verdict) -> RunResult {
    RunResult {
        steps: last.step,
        epochs: last.epoch,
        samples_seen: last.samples,
        seconds: last.seconds,
        train: last.train,
        validation: ValidationOutcome {
            last: split(100, last.validation.loss, last.validation.accuracy),
            best_loss,
            best_step,
        },
        test: split(180, 0.3012, Some(0.9611)),
        verdict,
        model: Some("runs/digits-mlp64-32-1/model.safetensors".into()),
        report: Some("runs/digits-mlp64-32-1/report.html".into()),
        ..train::result(NAME, last.train.loss)
    }
}

/// A run whose losses are finite at first, then NaN and infinity. It predicts a number, so it has
/// no accuracy.
pub(crate) fn diverged_run() -> RunRecord {
    let losses = [2.3, 1.9, 40.0, f64::INFINITY, f64::NAN];
    let row = |(step, loss): (usize, &f64)| RunRow {
        seconds: step as f64 * 1e-4,
        learning_rate: 1e9,
        ..train::row(step as u64, *loss)
    };
    let rows: Vec<RunRow> = losses.iter().enumerate().map(row).collect();
    let evidence = CurveEvidence {
        best_loss: 1.9,
        best_step: 1,
        last_loss: f64::NAN,
        rise_percent: f64::NAN,
        ..CurveEvidence::default()
    };
    let verdict = Verdict { evidence, ..train::verdict(RunVerdictKind::Diverged) };
    let result = RunResult { test: train::split(f64::NAN), ..result(&rows[4], f64::NAN, 99, verdict) };
    RunRecord {
        settings: vec![(HOSTILE.into(), HOSTILE.into())],
        result: Some(result),
        ..train::record(HOSTILE, rows)
    }
}

/// Seven sizes that follow a law. The last ones are censored and have no memory measurement. There
/// are tied sizes, and diverged and lost trials.
pub(crate) fn study() -> StudyResult {
    let batch_sizes = [8_u64, 16, 32, 64, 128, 256, 512, 1024];
    let mut sizes: Vec<SizeResult> = batch_sizes.iter().map(|&size| size_result(size)).collect();
    sizes[6].steps_to_target = Some(testkit::more_than(98.0, 3));
    sizes[6].samples_to_target = Some(testkit::more_than(50_000.0, 3));
    sizes[6].seconds_to_target = Some(testkit::more_than(0.151, 3));
    sizes[6].learning_rate = RateChoice { best: None, tuned: false };
    sizes[5].steps_to_target = sizes[5].steps_to_target.map(|steps| Estimate { high: None, ..steps });
    sizes[7] = untried(1024);
    StudyResult {
        target: Some(Target {
            metric: "val_loss".into(),
            goal: 0.2134,
            direction: Direction::Below,
            how: "auto".into(),
        }),
        samples: Some(1294),
        step_time_model: Some(StepTimeModel {
            alpha: 18e-6,
            beta: 1.35e-6,
            flat: 0.0,
            worst_log_residual: 0.0,
        }),
        predicted_best: Some(PredictedBest { batch_size: 40, seconds: 0.0173 }),
        frontier: vec![8, 16, 32, 64],
        law: Some(Law {
            s_min: 61.0,
            critical_batch_size: Interval { value: 118.0, low: Some(83.0), high: Some(190.0) },
            worst_log_residual: 0.11,
        }),
        fit: FitRange { largest_that_fits: Some(512), smallest_that_failed: Some(1024) },
        best_set: vec![32, 64],
        verdict: testkit::verdict(VerdictKind::Tie),
        recommended: Some(Recommendation {
            batch_size: 32,
            learning_rate: 0.316,
            expected_regret: 0.021,
            tied_with: vec![64],
        }),
        cost: Cost { trials: 96, steps: 41_213, seconds: 31.7, wall_seconds: 22.4 },
        remarks: vec![Remark::NoneEnded { sizes: vec![512] }],
        sensitivity: vec![
            Sensitivity { share: 0.05, goal: 0.1931, recommended: Some(64), tied_with: vec![32, 128] },
            Sensitivity { share: 0.2, goal: 0.2513, recommended: Some(32), tied_with: vec![] },
        ],
        trials: trials(&batch_sizes[..7]),
        sizes,
        ..testkit::study("digits-mlp64-study-1")
    }
}

fn size_result(batch_size: u64) -> SizeResult {
    let size = batch_size as f64;
    let steps = 61.0 * (1.0 + 118.0 / size) * (1.0 + 0.05 * (size.log2() * 1.7).sin());
    let step_time = 18e-6 + 1.35e-6 * size;
    SizeResult {
        fits: Some(true),
        memory_bytes: Some(98_304 + 1_184 * batch_size),
        input_share: Some(0.04),
        step_seconds: Some(StepTime { median: step_time, low: step_time * 0.97, high: step_time * 1.06 }),
        learning_rate: RateChoice { best: Some(best_rate(size)), tuned: batch_size != 128 },
        runs: 12,
        steps_to_target: Some(testkit::estimate(steps)),
        samples_to_target: Some(testkit::estimate(steps * size)),
        seconds_to_target: Some(testkit::estimate(steps * step_time)),
        p_best: [0.002, 0.11, 0.48, 0.31, 0.09, 0.008, 0.0][(batch_size.ilog2() as usize - 3).min(6)],
        ..testkit::size(batch_size)
    }
}

fn best_rate(size: f64) -> f64 {
    [0.1, 0.178, 0.316, 0.316, 0.562, 0.562, 1.0][(size.log2() as usize - 3).min(6)]
}

/// A size that does not fit.
fn untried(batch_size: u64) -> SizeResult {
    SizeResult { fits: Some(false), ..testkit::size(batch_size) }
}

fn trials(sizes: &[u64]) -> Vec<TrialRecord> {
    let rates = [0.0316, 0.0562, 0.1, 0.178, 0.316, 0.562, 1.0, 1.78];
    sizes.iter().flat_map(|&size| rates.map(|rate| trial(size, rate))).collect()
}

fn trial(size: u64, rate: f64) -> TrialRecord {
    let off = (rate / best_rate(size as f64)).ln();
    let needed = 61.0 * (size as f64 + 118.0) * (1.0 + 0.5 * off * off);
    let end = match off {
        _ if off > 1.3 => TrialEnd::Diverged,
        _ if off < -2.0 => TrialEnd::Lost,
        _ if size == 512 => TrialEnd::Budget,
        _ => TrialEnd::Target,
    };
    let best_metric = (end != TrialEnd::Diverged).then_some(0.21);
    TrialRecord { best_metric, ..testkit::trial(testkit::request(size, rate), end, needed as u64) }
}

/// The same study with the objective energy: 20 W, and a little more for each sample. It has a
/// price too.
pub(crate) fn energy_study() -> StudyResult {
    let mut study = StudyResult { objective: Objective::Energy, price_per_hour: Some(1.5), ..study() };
    for size in &mut study.sizes {
        let watts = 20.0 + 0.05 * size.batch_size as f64;
        let times = |estimate: Estimate, factor: f64| Estimate {
            median: estimate.median.map(|value| value * factor),
            low: estimate.low.map(|value| value * factor),
            high: estimate.high.map(|value| value * factor),
            ..estimate
        };
        let seconds = size.seconds_to_target;
        size.joules_to_target = seconds.map(|seconds| times(seconds, watts));
        size.money_to_target = seconds.map(|seconds| times(seconds, 1.5 / 3600.0));
        size.energy_per_step_joules = size.step_seconds.map(|time| StepEnergy {
            median: time.median * watts,
            low: time.low * watts,
            high: time.high * watts,
        });
    }
    study.remarks.push(Remark::Cliff { batch_size: 512, times: 20.0, excluded: true });
    study
}

/// Sizes whose points of time against samples nearly coincide, one of them with open intervals.
pub(crate) fn crowded_study() -> StudyResult {
    let mut study = study();
    for (index, size) in study.sizes.iter_mut().enumerate() {
        let near = |value: f64| {
            let median = value * (1.0 + 0.004 * index as f64);
            let (low, high) = (Some(median * 0.9), (index != 3).then_some(median * 1.1));
            Some(Estimate { median: Some(median), low, high, censored: u64::from(index == 3) })
        };
        (size.samples_to_target, size.seconds_to_target) = (near(10_000.0), near(0.02));
    }
    study.frontier = vec![8];
    study
}

/// A study in which nothing was measured.
pub(crate) fn empty_study() -> StudyResult {
    StudyResult {
        samples: Some(1294),
        fit: FitRange { largest_that_fits: Some(512), smallest_that_failed: Some(1024) },
        sizes: vec![untried(8)],
        cost: Cost { seconds: f64::NAN, ..Cost::default() },
        remarks: vec![Remark::StepTimeFailed { batch_size: 8, error: HOSTILE.into() }],
        sensitivity: vec![Sensitivity { share: 0.05, goal: f64::NAN, recommended: None, tied_with: vec![] }],
        ..testkit::study(HOSTILE)
    }
}

pub(crate) fn data_page() -> DataPage {
    let thumbnail = |seed: usize| Thumbnail {
        width: 8,
        height: 8,
        pixels: (0..64).map(|i| ((i * (seed + 3) * 7) % 256) as u8).collect(),
    };
    let class = |digit: usize| ClassPage {
        name: digit.to_string(),
        count: 170 + (digit as u64 * 7) % 13,
        thumbnails: (0..12).map(|i| thumbnail(digit * 12 + i)).collect(),
    };
    DataPage {
        text: None,
        name: "digits".into(),
        notes: vec!["UCI optical digits, CC BY 4.0.".into()],
        remarks: vec![],
        samples: 1797,
        shape: "8 × 8".into(),
        splits: vec![("train".into(), 1455), ("validation".into(), 162), ("test".into(), 180)],
        classes: (0..10).map(class).collect(),
        target: None,
        columns: vec![
            ColumnPage {
                name: HOSTILE.into(),
                kind: ColumnSummary::Number(Some(NumberRange { min: -3.5, mean: 0.125, max: 12000.0 })),
                missing: 3,
            },
            ColumnPage { name: "colour".into(), kind: ColumnSummary::Category(5), missing: 0 },
        ],
    }
}

/// A table with a number as the target to predict.
pub(crate) fn table_page() -> DataPage {
    let range = NumberRange { min: 3.5, mean: 12.25, max: 90.0 };
    let target = Some(NumberPage { name: "price".into(), range });
    DataPage { classes: vec![], target, shape: "2".into(), ..data_page() }
}

/// A run without rows and without a result.
pub(crate) fn unfinished_run() -> RunRecord {
    RunRecord { rows: vec![], result: None, ..overfitting_run() }
}

/// 40 samples at batch size 64.
pub(crate) fn larger_than_data() -> Plan {
    let batching = Batching { samples: 40, batch_size: 64, micro_batch_size: 64, drop_last: false };
    Plan {
        batching,
        accumulation: 1,
        steps_per_epoch: 1,
        last_batch: 40,
        epochs: 2.5,
        steps: 3,
        samples_seen: 100,
    }
}

/// The same study as the continuation of an earlier one. `because` is why the earlier answer no
/// longer holds, if that is the reason. Twenty of the trials were taken over.
pub(crate) fn continued_study(because: Option<Change>) -> StudyResult {
    let mut study = study();
    study.automatic_goal = Some(AutomaticGoal { best: 0.0121, fall: 2.013, share: 0.1 });
    for (k, trial) in study.trials.iter_mut().enumerate() {
        trial.phase = [Phase::Tune, Phase::Tune, Phase::Confirm, Phase::Pilot][k % 4];
    }
    let cost_in_all = study.cost.plus(Cost { trials: 20, steps: 7000, seconds: 3.1, wall_seconds: 2.5 });
    study.continued = Some(Continued { study: "first".into(), trials: 20, because, cost_in_all });
    study
}

/// Every kind of change that can make an earlier answer invalid.
pub(crate) fn changes() -> impl Iterator<Item = Option<Change>> {
    let run = RunCheck { seed: 1_000_000, low: 240.0, high: 330.0, found: Some(412.0) };
    let changes = [
        Change::StepTime { batch_size: 32, before: 61e-6, now: 95e-6 },
        Change::Order { better: 64, recommended: 32 },
        Change::Run(run),
        Change::Run(RunCheck { found: None, ..run }),
        Change::DoesNotRun { batch_size: 64, reason: "batch size 64 does not fit".into() },
        Change::Interrupted,
    ];
    changes.into_iter().map(Some)
}

/// The same study, with the checked answer of an earlier study.
pub(crate) fn reused_study() -> StudyResult {
    let mut study =
        StudyResult { cost: Cost { trials: 1, steps: 270, seconds: 0.9, wall_seconds: 1.1 }, ..study() };
    let time = |median: f64| StepTime { median, low: 0.97 * median, high: 1.04 * median };
    let check =
        |batch_size, median| StepTimeCheck { batch_size, before: time(median), now: time(1.02 * median) };
    study.reused = Some(Reused {
        study: "first".into(),
        created: 1_700_000_000,
        step_times: vec![check(32, 61e-6), check(64, 104e-6)],
        run: RunCheck { seed: 1_000_000, low: 240.0, high: 330.0, found: Some(270.0) },
        cost_before: Cost::default(),
    });
    study
}

/// The same study, judged by a law that is fitted to all trials together. Each trial has a reason
/// why it was chosen.
pub(crate) fn raced_study() -> StudyResult {
    let mut study = StudyResult { judged_together: true, ..study() };
    study.sizes[0].steps_to_target = None;
    study.sizes[6].learning_rate = RateChoice { best: Some(1.0), tuned: true };
    study.trials.truncate(12);
    let whys =
        [Why::FindsRange, Why::ReachesFirst, Why::WorthMost { gain: 0.031, seconds: 0.021 }, Why::Confirms];
    for (trial, why) in study.trials.iter_mut().zip(whys.iter().cycle()) {
        trial.why = Some(*why);
    }
    study
}

/// A study that was judged by a law, with the surface of that law, and with curves that fall as
/// `value = 2.3 / (1 + step / 20)`.
pub(crate) fn curved_study() -> StudyResult {
    let mut study = raced_study();
    study.trials = trials(&[8, 32, 128, 512]);
    for trial in &mut study.trials {
        let at = |step: u64| TrialPosition {
            step,
            samples: step * trial.request.batch_size,
            seconds: step as f64 * 1e-4,
        };
        let value = |step: u64| 2.3 / (1.0 + step as f64 / 20.0);
        let row = |step: u64| Passed { value: value(step), at: at(step), before: step / 2 };
        let passed = (0..7).map(|k| 1 << k).filter(|step| *step < trial.step).map(row).collect();
        trial.best_metric = Some(value(trial.step));
        trial.trace = Some(Trace { passed, ..testkit::trace(trial.end, at(trial.step)) });
    }
    let learning_rates: Vec<f64> = (0..20).map(|k| 0.02 * 1.3_f64.powi(k)).collect();
    let row = |batch_size: u64| {
        let size = batch_size as f64;
        let steps = |rate: &f64| {
            let off = (rate / best_rate(size)).ln();
            (off < 1.3).then_some(61.0 * (1.0 + 118.0 / size) * (1.0 + 0.5 * off * off))
        };
        SurfaceRow { batch_size, steps: learning_rates.iter().map(steps).collect() }
    };
    let sizes = [8, 16, 32, 64, 128, 256].map(row).into();
    study.surface = Some(LawSurface { learning_rates, sizes });
    study
}
