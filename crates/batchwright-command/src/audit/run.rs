//! Runs of an audit by the command, and the audit as a whole.

use crate::audit::audited::{AuditAnswer, AuditEvidence, AuditNeed, AuditQuestion, AuditRun, Audited};
use crate::audit::inquiry::Inquiry;
use crate::audit::observed::{ObservedRow, ObservedRun};
use crate::audit::setting::{AuditDesign, AuditRequest, AuditSetting, Takes};
use crate::audit::{epochs, equality, horizon};
use crate::process::end::{ChildEnd, Ended};
use crate::read::position::RowPosition;
use crate::trial::{Arrival, CommandTrial, ReadEnd};
use crate::workload::CommandWorkload;
use batchwright_find::{TrialError, TrialRequest, TrialRow, Workload};
use std::cell::RefCell;
use std::time::Instant;

impl CommandWorkload {
    /// Runs the command a few short times, one at a time, and answers what it does with batch size,
    /// micro-batches, epochs, evaluation, schedule and seed. `sizes`: the smallest and the largest
    /// batch size that may be used, at least 1.
    ///
    /// `next_run` is called with the number of each run, from 1, before it starts. The audit ends at
    /// a limit of the settings at the latest; the questions that are left are then not answered.
    ///
    /// # Errors
    /// [`TrialError`] where the first run fails or reports no metric: there is nothing to compare.
    pub fn audit(
        &mut self,
        sizes: [u64; 2],
        seed: u64,
        next_run: &dyn Fn(u64),
    ) -> Result<Audited, TrialError> {
        let settings = self.settings();
        let (takes, metric) = (Takes::of(&settings.template), settings.metric.clone());
        let request = AuditRequest {
            sizes,
            learning_rate: self.starting_learning_rate(sizes[0]),
            seed,
            samples: settings.samples,
            max_samples: settings.max_samples,
        };
        let design = AuditDesign::choose(&request, takes);
        let runs = RefCell::new(Vec::new());
        let mut inquiry = Inquiry::new(
            design,
            takes,
            &metric,
            Box::new(|setting| {
                next_run(runs.borrow().len() as u64 + 1);
                let (run, observed) = self.observe(setting)?;
                runs.borrow_mut().push(run);
                observed
            }),
        );
        if let Err(AuditNeed::HealthyRun { error, .. }) = inquiry.run(&design.short()) {
            return Err(TrialError::Failed(error));
        }
        let answers = answers(&mut inquiry);
        drop(inquiry);
        let learning_rate = takes.learning_rate.then_some(request.learning_rate);
        Ok(Audited { metric, batch_size: design.batch_size, learning_rate, answers, runs: runs.into_inner() })
    }

    /// Makes a run. The inner error is why a run that was made is of no use.
    fn observe(
        &mut self,
        setting: &AuditSetting,
    ) -> Result<(AuditRun, Result<ObservedRun, AuditNeed>), AuditNeed> {
        let settings = &mut self.context.settings;
        if (settings.interrupted)() {
            return Err(AuditNeed::Time);
        }
        settings.micro_batch_size = Some(setting.micro_batch_size);
        let started = Instant::now();
        let evaluation = Some(setting.eval_batch_size);
        let mut trial = CommandTrial::start_evaluating(&self.context, &request(setting), evaluation)
            .map_err(|error| need(error, String::new()))?;
        let observed = self.read(&mut trial, setting);
        let command = trial.command().to_owned();
        let rows = observed.as_ref().map_or(0, |observed| observed.rows.len() as u64);
        let observed = observed.map_err(|error| need(error, command.clone()));
        Ok((AuditRun { command, rows, seconds: started.elapsed().as_secs_f64() }, observed))
    }

    /// Reads a run until it has shown enough, and stops it.
    fn read(&self, trial: &mut CommandTrial, setting: &AuditSetting) -> Result<ObservedRun, TrialError> {
        let mut observed = ObservedRun::default();
        let (metric, train_samples) = (&self.settings().metric, self.settings().samples);
        let read = trial.read_until(|trial, arrival| match arrival {
            Some((arrival, placed)) => {
                if let Ok(Some(placed)) = placed {
                    observed.add(&arrival, &placed, metric);
                }
                if let Ok(position) = RowPosition::of(&arrival.row, setting.batch_size, train_samples) {
                    observed.rates.extend(arrival.row.learning_rate.map(|rate| (position.samples, rate)));
                }
                observed.is_enough(setting).then_some(true)
            }
            None => trial.is_not_understood().then_some(false),
        });
        if let ReadEnd::Interrupted = read {
            return Err(TrialError::Interrupted);
        }
        trial.stop();
        trial.check_end()?;
        let finished = |ended: &Ended| ended.end == ChildEnd::Finished;
        observed.finished = trial.ended().is_some_and(finished) || trial.is_complete();
        if observed.rows.is_empty() {
            trial.check_metric()?;
            return Err(TrialError::Failed(format!(
                "no row says where in the training {metric} was measured"
            )));
        }
        Ok(observed)
    }
}

impl ObservedRun {
    /// Adds a row that counts.
    fn add(&mut self, Arrival { row, .. }: &Arrival, placed: &TrialRow, metric: &str) {
        let Some(&value) = row.metrics.get(metric) else { return };
        let (samples, step, epoch) = (placed.samples, row.step, row.epoch);
        self.rows.push(ObservedRow { samples, step, epoch, own_samples: row.samples, value });
    }

    fn is_enough(&self, setting: &AuditSetting) -> bool {
        let at_end = self.rows.last().is_some_and(|row| row.samples >= setting.max_samples);
        self.rows.len() >= setting.most_rows || at_end && !setting.until_end
    }
}

/// Why a run of this command is of no use.
fn need(error: TrialError, command: String) -> AuditNeed {
    match error {
        TrialError::Interrupted => AuditNeed::Time,
        // Without the words that it is a trial which failed.
        TrialError::Failed(error) => AuditNeed::HealthyRun { command, error },
        error => AuditNeed::HealthyRun { command, error: error.to_string() },
    }
}

fn request(setting: &AuditSetting) -> TrialRequest {
    let AuditSetting { batch_size, learning_rate, seed, max_samples, eval_samples, .. } = *setting;
    TrialRequest { batch_size, learning_rate, seed, max_samples, eval_samples }
}

/// All answers; a question that cannot be answered says what it needs.
pub(crate) fn answers(inquiry: &mut Inquiry) -> Vec<AuditAnswer> {
    let mut answer = |question| {
        let evidence = match question {
            AuditQuestion::SeedFixes => equality::seed_fixes(inquiry),
            AuditQuestion::SeedUsed => equality::seed_used(inquiry),
            AuditQuestion::Evaluation => equality::evaluation(inquiry),
            AuditQuestion::Accumulation => equality::accumulation(inquiry),
            AuditQuestion::Horizon => horizon::horizon(inquiry),
            AuditQuestion::LastBatch => epochs::last_batch(inquiry),
            AuditQuestion::LastWindow => epochs::last_window(inquiry),
        };
        let evidence = evidence.unwrap_or_else(|need| AuditEvidence::NotChecked { need });
        AuditAnswer { question, evidence }
    };
    AuditQuestion::ALL.map(&mut answer).into()
}
