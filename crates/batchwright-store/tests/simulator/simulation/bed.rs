//! A workload whose runs are a formula, and whose trials suffer faults: which one follows from the
//! seed and the request, not from the order in which trials run.

use crate::simulation::Plant;
use crate::simulation::dice::Dice;
use batchwright_find::{StepMeasurement, StepTime, Trial, TrialError, TrialRequest, TrialRow, Workload};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// What happens to a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    LateRows,
    Burst,
    MissingRows,
    NeverEvaluated,
    Dies,
    FailsToStart,
    DoesNotFitAtStart,
    DoesNotFitLate,
    NotANumber,
    Infinite,
    ClockBack,
    ClockForward,
    Hangs,
}

impl Fault {
    pub(crate) const ALL: [Self; 13] = [
        Self::LateRows,
        Self::Burst,
        Self::MissingRows,
        Self::NeverEvaluated,
        Self::Dies,
        Self::FailsToStart,
        Self::DoesNotFitAtStart,
        Self::DoesNotFitLate,
        Self::NotANumber,
        Self::Infinite,
        Self::ClockBack,
        Self::ClockForward,
        Self::Hangs,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LateRows => "late rows",
            Self::Burst => "burst of rows",
            Self::MissingRows => "missing rows",
            Self::NeverEvaluated => "never evaluated",
            Self::Dies => "death",
            Self::FailsToStart => "no start",
            Self::DoesNotFitAtStart => "does not fit",
            Self::DoesNotFitLate => "does not fit, late",
            Self::NotANumber => "NaN",
            Self::Infinite => "infinity",
            Self::ClockBack => "clock jumps back",
            Self::ClockForward => "clock jumps forward",
            Self::Hangs => "hangs until stopped",
        }
    }
}

/// The workload, with what was done in it.
pub(crate) struct Bed {
    seed: u64,
    plant: Plant,
    /// One trial in so many has a fault.
    rarity: u64,
    best_rate: f64,
    base_steps: f64,
    critical: f64,
    hangs: bool,
    /// Set by a trial that hangs; whoever watches the study ends it then.
    pub(crate) stop: AtomicBool,
    log: Mutex<Log>,
}

/// What was asked for.
#[derive(Default)]
struct Log {
    started: Vec<TrialRequest>,
    sites: u64,
    fired: BTreeMap<Fault, u64>,
}

impl Bed {
    pub(crate) fn new(seed: u64, plant: Plant) -> Self {
        let mut dice = Dice::new(seed, 1);
        Self {
            seed,
            plant,
            rarity: dice.between(1, 6),
            best_rate: dice.pick(&[0.02, 0.1, 0.3]),
            base_steps: dice.pick(&[3.0, 10.0, 40.0]),
            critical: dice.pick(&[1.0, 16.0, 200.0]),
            // Each costs as long as the watcher sleeps.
            hangs: dice.once_in(24),
            stop: AtomicBool::new(false),
            log: Mutex::default(),
        }
    }

    pub(crate) fn started(&self) -> Vec<TrialRequest> {
        self.log.lock().unwrap().started.clone()
    }

    pub(crate) fn sites(&self) -> u64 {
        self.log.lock().unwrap().sites
    }

    pub(crate) fn fired(&self) -> BTreeMap<Fault, u64> {
        self.log.lock().unwrap().fired.clone()
    }

    /// Dice that depend on the request alone.
    fn dice(&self, request: &TrialRequest) -> Dice {
        let rate = request.learning_rate.to_bits();
        let key = request.batch_size ^ request.seed.rotate_left(20) ^ rate.rotate_left(40);
        Dice::new(self.seed, key.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The fault of a trial, and at which of its rows.
    fn fault(&self, request: &TrialRequest) -> Option<(Fault, u64)> {
        let mut dice = self.dice(request);
        let fault = dice.once_in(self.rarity).then(|| dice.pick(&Fault::ALL));
        let fault = fault.filter(|fault| *fault != Fault::Hangs || self.hangs);
        fault.map(|fault| (fault, dice.below(6)))
    }

    fn note(&self, fault: Fault) {
        *self.log.lock().unwrap().fired.entry(fault).or_default() += 1;
    }

    /// Steps to the target.
    fn steps(&self, request: &TrialRequest) -> f64 {
        let noise = 0.9 + 0.2 * self.dice(request).unit();
        let off = (request.learning_rate / self.best_rate).ln();
        self.base_steps * (1.0 + self.critical / request.batch_size as f64) * (1.0 + off * off) * noise
    }
}

impl Workload for Bed {
    fn samples(&self) -> Option<u64> {
        (!self.seed.is_multiple_of(3)).then_some(1000)
    }

    fn start(&self, request: &TrialRequest) -> Result<Box<dyn Trial + Send + '_>, TrialError> {
        let fault = self.fault(request);
        {
            let mut log = self.log.lock().unwrap();
            log.started.push(*request);
            log.sites += 1;
        }
        let batch_size = request.batch_size;
        match fault {
            Some((Fault::FailsToStart, _)) => {
                self.note(Fault::FailsToStart);
                Err(TrialError::Failed("no start".to_owned()))
            }
            Some((Fault::DoesNotFitAtStart, _)) => {
                self.note(Fault::DoesNotFitAtStart);
                Err(TrialError::DoesNotFit { batch_size, reason: "full".to_owned() })
            }
            _ => Ok(Box::new(Running {
                bed: self,
                request: *request,
                fault,
                steps: self.steps(request),
                rows: 0,
                step: 0,
                lost: 0,
                noted: false,
            })),
        }
    }

    fn measure_steps(&self, batch_size: u64, _seconds: f64) -> Result<StepMeasurement, TrialError> {
        let mut dice = Dice::new(self.seed, batch_size ^ 0x57e9);
        self.log.lock().unwrap().sites += 1;
        if dice.once_in(8 * self.rarity) {
            self.note(Fault::DoesNotFitAtStart);
            return Err(TrialError::DoesNotFit { batch_size, reason: "full".to_owned() });
        }
        if dice.once_in(10 * self.rarity) {
            self.note(Fault::FailsToStart);
            return Err(TrialError::Failed("no step".to_owned()));
        }
        let median = 0.01 + 1e-4 * batch_size as f64;
        let spread = dice.pick(&[0.0, 0.02, 0.5]);
        let (low, high) = (median * (1.0 - spread), median * (1.0 + spread));
        Ok(StepTime { median, low, high }.into())
    }

    fn memory_bytes(&self, _batch_size: u64) -> Option<u64> {
        None
    }

    fn starting_learning_rate(&self, _batch_size: u64) -> f64 {
        0.1
    }

    fn metrics(&self) -> Vec<String> {
        vec!["val_loss".to_owned()]
    }
}

/// A trial on the bed.
struct Running<'a> {
    bed: &'a Bed,
    request: TrialRequest,
    fault: Option<(Fault, u64)>,
    /// Steps to the target.
    steps: f64,
    rows: u64,
    step: u64,
    /// Steps that the planted bug does not count.
    lost: u64,
    noted: bool,
}

impl Running<'_> {
    /// Notes the fault once, as soon as it happens.
    fn fires(&mut self, fault: Fault) {
        if !std::mem::replace(&mut self.noted, true) {
            self.bed.note(fault);
        }
    }

    fn samples(&self) -> u64 {
        (self.step - self.lost) * self.request.batch_size
    }

    fn advance(&mut self, evaluations: u64) {
        let TrialRequest { batch_size, eval_samples, .. } = self.request;
        let next = (self.step * batch_size / eval_samples + evaluations) * eval_samples;
        self.step = next.div_ceil(batch_size);
    }

    fn row(&self, val_loss: Option<f64>, clock: f64) -> TrialRow {
        TrialRow {
            step: self.step,
            epoch: self.bed.samples().map(|samples| self.samples() as f64 / samples as f64),
            samples: self.samples(),
            seconds: self.step as f64 * 0.01 + clock,
            val_loss,
            val_accuracy: None,
            own: None,
        }
    }

    /// What the fault does at this row: an error, or the metric, the clock, and how far it trains.
    fn suffer(&mut self, nth: u64) -> Result<(Option<f64>, f64, u64), TrialError> {
        let at = self.fault.map(|(fault, row)| (fault, nth.cmp(&row)));
        use Fault::{Burst, ClockBack, ClockForward, Dies, DoesNotFitLate, Hangs, Infinite};
        use Fault::{LateRows, MissingRows, NeverEvaluated, NotANumber};
        use std::cmp::Ordering::{Equal, Greater, Less};
        let (loss, clock, evaluations) = match at {
            Some((Dies, Equal)) => {
                self.fires(Dies);
                return Err(TrialError::Failed("it died".to_owned()));
            }
            Some((DoesNotFitLate, Equal)) => {
                self.fires(DoesNotFitLate);
                let batch_size = self.request.batch_size;
                return Err(TrialError::DoesNotFit { batch_size, reason: "late".to_owned() });
            }
            Some((LateRows, Less)) => (None, 0.0, 1),
            Some((NeverEvaluated, _)) => (None, 0.0, 1),
            Some((Burst, Less)) => (Some(1.0), 0.0, 0),
            Some((MissingRows, Greater)) => (Some(1.0), 0.0, 3),
            Some((NotANumber, Equal)) => (Some(f64::NAN), 0.0, 1),
            Some((Infinite, Equal)) => (Some(f64::INFINITY), 0.0, 1),
            Some((ClockBack, Greater)) => (Some(1.0), -1e6, 1),
            Some((ClockForward, Greater)) => (Some(1.0), 1e9, 1),
            Some((Hangs, Equal | Greater)) => {
                self.bed.stop.store(true, Ordering::Relaxed);
                (None, 0.0, 0)
            }
            _ => return Ok((Some(1.0), 0.0, 1)),
        };
        if let Some((fault, _)) = self.fault {
            self.fires(fault);
        }
        Ok((loss, clock, evaluations))
    }
}

impl Trial for Running<'_> {
    fn next_row(&mut self) -> Result<Option<TrialRow>, TrialError> {
        self.bed.log.lock().unwrap().sites += 1;
        if self.samples() >= self.request.max_samples {
            return Ok(None);
        }
        let nth = self.rows;
        self.rows += 1;
        // A row of a burst before the first step would have the loss of no step at all.
        if self.step == 0 {
            self.advance(1);
        }
        let (loss, clock, evaluations) = self.suffer(nth)?;
        if nth > 0 {
            self.advance(evaluations);
        }
        if self.bed.plant == Plant::LosesABatch && matches!(self.fault, Some((Fault::Burst, row)) if row > 0)
        {
            self.lost = 1;
        }
        let val_loss = loss.map(|factor| factor * self.steps / self.step as f64);
        Ok(Some(self.row(val_loss, clock)))
    }

    fn can_pause(&self) -> bool {
        true
    }
}
