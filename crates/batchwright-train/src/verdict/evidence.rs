//! What a learning curve says, as values: the kind of the verdict, its cause, and the numbers
//! behind it. The sentence about them is made in `batchwright-view`.
//!
//! Left out: how they are found (`verdict/mod.rs`).

use serde::{Deserialize, Serialize};

/// What the learning curve says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdictKind {
    /// The network has learnt, and neither loss changes beyond noise any more.
    Converged,
    /// The validation loss still falls beyond noise: training longer pays.
    Improving,
    /// The validation loss rises while the training loss falls.
    Overfitting,
    /// The training loss itself stays high.
    Underfitting,
    /// The losses stopped being finite, or what was learnt is lost again.
    Diverged,
    /// Nothing can be said.
    Unclear,
}

/// The verdict with the numbers that decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Kind.
    pub kind: RunVerdictKind,
    /// For overfitting: the step with the best validation loss, after which more training did harm.
    pub since_step: Option<u64>,
    /// What in the curve makes it of this kind; absent where the kind says it all.
    #[serde(skip_serializing_if = "Option::is_none", default, alias = "unclear_because")]
    pub cause: Option<VerdictCause>,
    /// Present where the kind is likely, but more validation samples are needed to be sure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doubt: Option<SampleDoubt>,
    /// The numbers that decide.
    pub evidence: CurveEvidence,
}

/// Validation samples that are too few to tell a change of their mean loss from chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleDoubt {
    /// Validation samples that there are.
    pub samples: u64,
    /// How many would tell, if the change is as large as it looks.
    pub needed: u64,
}

/// What makes a curve overfitting, underfitting, diverged or unclear.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VerdictCause {
    /// Underfitting: the training loss is near that of a constant answer, and falls slowly.
    SlowStart,
    /// Underfitting: the training loss is near that of a constant answer, and does not fall.
    NearConstant,
    /// Underfitting: copying the label of the most similar training samples does better than the
    /// network does, even on samples that it was trained on.
    NeighboursDoBetter {
        /// Their score on the validation samples.
        neighbours: f64,
        /// The network's better score of those on training and on validation samples.
        network: f64,
        /// Whether scores are shares of right answers (else losses).
        accuracy: bool,
    },
    /// Overfitting: on validation samples the network is worse than a constant answer.
    WorseThanGuessing {
        /// Loss of the best constant answer on the validation samples.
        constant_loss: f64,
    },
    /// Diverged: losses or gradients stopped being finite.
    NotFinite,
    /// Diverged: the training loss is above that of the untrained network and of a constant answer.
    WorseThanUntrained,
    /// Diverged: the training loss stays above that of a constant answer, and does not come down.
    WorseThanConstant,
    /// Diverged: the training loss was far above its start and came back to that of a constant
    /// answer.
    FellBackToConstant,
    /// Diverged: more than half of what was learnt is lost again, on training samples too.
    LostWhatItLearnt,
    /// Unclear: no evaluation gave a finite loss.
    NoFiniteEvaluation,
    /// Unclear: too few evaluations for means over a window.
    TooFewEvaluations {
        /// Evaluations of the run, the one at step 0 included.
        evaluations: u64,
        /// Evaluations that are needed.
        needed: u64,
    },
    /// Unclear: no evaluation was better than that of the untrained network. No longer said; kept
    /// for results that are stored.
    NoBetterThanUntrained {
        /// Validation loss of the untrained network.
        untrained_loss: f64,
    },
    /// Unclear: the validation loss rose, but the training loss did not fall meanwhile.
    TrainingLossDidNotFall,
    /// Unclear: the training loss fell and the validation loss rose a little, within the noise of
    /// the validation samples.
    TooFewSamples,
}

/// The numbers behind a verdict. Losses are means over a [window](CurveEvidence::window) of
/// evaluations in a row, so that neither end of a comparison is a lucky one. Intervals are of 95%,
/// over the validation samples, each compared with itself.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CurveEvidence {
    /// Evaluations in a window.
    pub window: u64,
    /// Validation samples.
    pub samples: u64,
    /// Validation loss of the lowest window.
    pub best_loss: f64,
    /// Step of the single lowest evaluation, which the best weights are of.
    pub best_step: u64,
    /// Validation loss of the last window.
    pub last_loss: f64,
    /// Generalisation loss GL = 100 (last / best - 1), in percent (Prechelt 1998).
    pub rise_percent: f64,
    /// Interval of (last - best).
    pub rise_low: f64,
    /// Its upper end.
    pub rise_high: f64,
    /// Fall of the validation loss over the last third of the run, in percent.
    pub fall_percent: f64,
    /// Interval of that fall, as a difference of losses.
    pub fall_low: f64,
    /// Its upper end.
    pub fall_high: f64,
    /// Training loss (evaluation mode) of the lowest window.
    pub train_loss_at_best: f64,
    /// Training loss (evaluation mode) of the last window.
    pub train_loss_last: f64,
    /// Training loss of the best constant answer: the entropy of the classes, or the variance of
    /// the value. On the same samples as the other training losses.
    pub constant_loss: f64,
    /// Training loss of the untrained network.
    pub untrained_loss: f64,
}

impl CurveEvidence {
    /// How much of the way from a constant answer to a loss of 0 the training loss has come: 1 at
    /// a loss of 0, 0 at that of a constant answer, below 0 beyond it. Where a constant answer is
    /// never wrong, from the untrained network.
    pub fn learnt(&self) -> f64 {
        let reference = self.reference_loss();
        if reference > 0.0 { (reference - self.train_loss_last) / reference } else { 0.0 }
    }

    /// What a training loss is measured against: the loss of a constant answer, or, where that is
    /// never wrong (all samples have one label), the loss of the untrained network.
    pub(crate) fn reference_loss(&self) -> f64 {
        if self.constant_loss > 1e-6 * self.untrained_loss { self.constant_loss } else { self.untrained_loss }
    }
}
