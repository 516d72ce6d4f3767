//! The runs of an audit. Each question asks for the runs that it compares; a run that was made for
//! another question is not made again.
//!
//! Left out: how a run is made (`run`), what the questions are.

use crate::audit::audited::AuditNeed;
use crate::audit::observed::{Curve, ObservedRun, PAIRS};
use crate::audit::setting::{AuditDesign, AuditSetting, Takes};
use std::rc::Rc;

/// Makes a run.
pub(crate) type Runner<'r> = dyn FnMut(&AuditSetting) -> Result<ObservedRun, AuditNeed> + 'r;

/// Two runs with the same seed: one with each of two settings.
pub(crate) type RunPair = (Rc<ObservedRun>, Rc<ObservedRun>);

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

    /// Pairs of runs, each pair with its own seed.
    pub(crate) fn pairs(
        &mut self,
        first: &AuditSetting,
        second: &AuditSetting,
    ) -> Result<Vec<RunPair>, AuditNeed> {
        (0..PAIRS)
            .map(|number| Ok((self.run(&first.reseeded(number))?, self.run(&second.reseeded(number))?)))
            .collect()
    }

    /// What is missing where two runs have no row at the same position.
    pub(crate) fn no_common_rows(&self) -> AuditNeed {
        AuditNeed::CommonRows { metric: self.metric.clone() }
    }
}

/// The curves of pairs of runs.
pub(crate) fn curves(pairs: &[RunPair], curve: impl Fn(&ObservedRun) -> Curve) -> Vec<(Curve, Curve)> {
    pairs.iter().map(|(first, second)| (curve(first), curve(second))).collect()
}

/// Whether the first runs of all pairs are the same, so that several pairs show no more than one.
pub(crate) fn are_copies(pairs: &[RunPair]) -> bool {
    pairs.windows(2).all(|two| two[0].0.curve() == two[1].0.curve())
}
