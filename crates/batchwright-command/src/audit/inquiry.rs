//! The runs of an audit. Each question asks for the runs that it compares; a run that was made for
//! another question is not made again.
//!
//! Left out: how a run is made (`run`), what the questions are.

use crate::audit::audited::AuditNeed;
use crate::audit::observed::{ObservedRun, PAIRS};
use crate::audit::setting::{AuditDesign, AuditSetting, Takes};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Makes a run.
pub(crate) type Runner<'r> = dyn FnMut(&AuditSetting) -> Result<ObservedRun, AuditNeed> + 'r;

/// The curves of two ways to train with the same seed.
pub(crate) type CurvePair = (BTreeMap<u64, f64>, BTreeMap<u64, f64>);

/// The state of an audit.
pub(crate) struct Inquiry<'r> {
    pub(crate) design: AuditDesign,
    pub(crate) takes: Takes,
    /// The metric that is compared.
    pub(crate) metric: String,
    runner: Box<Runner<'r>>,
    made: Vec<(AuditSetting, Result<Rc<ObservedRun>, AuditNeed>)>,
}

impl<'r> Inquiry<'r> {
    pub(crate) fn new(design: AuditDesign, takes: Takes, metric: &str, runner: Box<Runner<'r>>) -> Self {
        Self { design, takes, metric: metric.to_owned(), runner, made: Vec::new() }
    }

    /// The run with these values.
    ///
    /// # Errors
    /// Why it is of no use.
    pub(crate) fn run(&mut self, setting: &AuditSetting) -> Result<Rc<ObservedRun>, AuditNeed> {
        if let Some((_, made)) = self.made.iter().find(|(made, _)| made == setting) {
            return made.clone();
        }
        let made = (self.runner)(setting).map(Rc::new);
        self.made.push((*setting, made.clone()));
        made
    }

    /// Pairs of runs, each with its own seed: one with each of two settings.
    pub(crate) fn pairs(
        &mut self,
        first: &AuditSetting,
        second: &AuditSetting,
    ) -> Result<Vec<(Rc<ObservedRun>, Rc<ObservedRun>)>, AuditNeed> {
        (0..PAIRS).map(|number| Ok((self.run(&first.reseeded(number))?, self.run(&second.reseeded(number))?))).collect()
    }

    /// Both, of a difference in rows that two runs should have in common.
    pub(crate) fn no_common_rows(&self) -> AuditNeed {
        AuditNeed::CommonRows { metric: self.metric.clone() }
    }
}

/// The curves of pairs of runs by samples.
pub(crate) fn curves(pairs: &[(Rc<ObservedRun>, Rc<ObservedRun>)]) -> Vec<CurvePair> {
    pairs.iter().map(|(first, second)| (first.curve(), second.curve())).collect()
}

/// Whether the first runs of all pairs are the same, so that several pairs show no more than one.
pub(crate) fn are_copies(pairs: &[(Rc<ObservedRun>, Rc<ObservedRun>)]) -> bool {
    pairs.windows(2).all(|two| two[0].0.curve() == two[1].0.curve())
}
