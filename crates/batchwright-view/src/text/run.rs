//! Sentences about one run: its verdict, and its best step.
//!
//! A verdict compares means over five evaluations in a row, while a chart shows single evaluations.
//! Each sentence says which of the two a number is.

use crate::lang::Lang;
use crate::number::{grouped, percent, significant};
use batchwright_train::{CurveEvidence, RunResult, RunVerdictKind, UnclearCause};

impl Lang {
    /// The verdict in one or two sentences, with its numbers and with advice.
    pub(crate) fn verdict(self, result: &RunResult) -> String {
        let verdict = &result.verdict;
        match verdict.kind {
            RunVerdictKind::Converged => self.converged(result),
            RunVerdictKind::Overfitting => {
                let since = verdict.since_step.unwrap_or(verdict.evidence.best_step);
                self.overfitting(since, &verdict.evidence)
            }
            RunVerdictKind::Underfitting => self.underfitting(&verdict.evidence),
            RunVerdictKind::Diverged => self.diverged(result),
            RunVerdictKind::Unclear => self.unclear(result),
        }
    }

    fn converged(self, result: &RunResult) -> String {
        let level = significant(result.verdict.evidence.last_loss, 3);
        let (_, best, step) = single_evaluations(result);
        match self {
            Self::En => format!(
                "Converged: the validation loss has levelled off at {level} (mean of the last five evaluations; the lowest single one is {best} at step {step}). Training longer would change little."
            ),
            Self::Ja => format!(
                "収束: 検証の損失は {level} で横ばいです (最後の 5 回の評価の平均。1 回の評価での最小はステップ {step} の {best})。これ以上学習を続けてもほとんど変わりません。"
            ),
        }
    }

    fn overfitting(self, since: u64, e: &CurveEvidence) -> String {
        let (since, share) = (grouped(since), significant(e.rise_percent, 2));
        let rise = significant(e.last_loss - e.best_loss, 2);
        let interval = self.range(&significant(e.rise_low, 2), &significant(e.rise_high, 2));
        let (best, last) = (significant(e.best_loss, 3), significant(e.last_loss, 3));
        let (train_best, train_last) =
            (significant(e.train_loss_at_best, 3), significant(e.train_loss_last, 3));
        match self {
            Self::En => format!(
                "Overfitting since step {since}: the validation loss rose by {rise} (95% interval {interval}), from {best} to {last} (+{share}%), while the training loss went from {train_best} to {train_last} (means of five evaluations). The weights of step {since} are the ones to use."
            ),
            Self::Ja => format!(
                "ステップ {since} から過学習: 検証の損失は {best} から {last} へ {rise} 上がり (+{share}%、上昇幅の 95% 区間 {interval})、その間に学習の損失は {train_best} から {train_last} になりました (いずれも 5 回の評価の平均)。使うべき重みはステップ {since} のものです。"
            ),
        }
    }

    fn underfitting(self, e: &CurveEvidence) -> String {
        let (validation, train) = (significant(e.last_loss, 3), significant(e.train_loss_last, 3));
        match self {
            Self::En => format!(
                "Underfitting: both losses still fall (validation {validation}, training {train} in the mean of the last five evaluations). Train longer, or try a larger model or learning rate."
            ),
            Self::Ja => format!(
                "学習不足: 損失はどちらもまだ下がっています (最後の 5 回の評価の平均は検証 {validation}、学習 {train})。もっと長く学習するか、モデルや学習率を大きくしてみてください。"
            ),
        }
    }

    fn diverged(self, result: &RunResult) -> String {
        let (last, best, step) = single_evaluations(result);
        match self {
            Self::En => format!(
                "Diverged: the losses rose together or stopped being numbers (validation loss {last} at the end, lowest {best} at step {step}). Lower the learning rate, or warm it up."
            ),
            Self::Ja => format!(
                "発散: 損失がともに増大したか、数値でなくなりました (検証の損失は終了時 {last}、最小はステップ {step} の {best})。学習率を下げるか、ウォームアップを使ってください。"
            ),
        }
    }

    fn unclear(self, result: &RunResult) -> String {
        let verdict = &result.verdict;
        let cause = match &verdict.unclear_because {
            Some(cause) => self.unclear_cause(cause, &verdict.evidence),
            // The run was stored before causes were recorded.
            None => self.cause_not_kept().to_owned(),
        };
        let (last, best, step) = single_evaluations(result);
        match self {
            Self::En => format!(
                "No clear verdict: {cause} (validation loss {last} at the end, lowest {best} at step {step})."
            ),
            Self::Ja => format!(
                "判定できません: {cause} (検証の損失は終了時 {last}、最小はステップ {step} の {best})。"
            ),
        }
    }

    /// Why no verdict is possible.
    pub(crate) fn unclear_cause(self, cause: &UnclearCause, evidence: &CurveEvidence) -> String {
        match cause {
            UnclearCause::NoFiniteEvaluation => self.no_finite_evaluation().to_owned(),
            UnclearCause::TooFewEvaluations { evaluations, needed } => self.too_few(*evaluations, *needed),
            UnclearCause::NoBetterThanUntrained { untrained_loss } => self.no_better(*untrained_loss),
            UnclearCause::TrainingLossDidNotFall => self.training_did_not_fall(evidence),
        }
    }

    fn cause_not_kept(self) -> &'static str {
        self.pick("this run was stored without its cause", "この記録には理由が残っていません")
    }

    fn no_finite_evaluation(self) -> &'static str {
        self.pick("no evaluation gave a finite loss", "損失が有限の評価がありません")
    }

    fn too_few(self, evaluations: u64, needed: u64) -> String {
        let (evaluations, needed) = (grouped(evaluations), grouped(needed));
        match self {
            Self::En => format!(
                "there are too few evaluations to judge the curve, {evaluations} where at least {needed} are needed"
            ),
            Self::Ja => format!(
                "評価の回数が {evaluations} 回と少なく (少なくとも {needed} 回必要)、曲線を判断できません"
            ),
        }
    }

    fn no_better(self, untrained_loss: f64) -> String {
        let loss = significant(untrained_loss, 3);
        match self {
            Self::En => format!(
                "no evaluation was better than the untrained network's {loss}; try another learning rate"
            ),
            Self::Ja => {
                format!("学習前のネットワークの {loss} より良い評価がありません。別の学習率を試してください")
            }
        }
    }

    fn training_did_not_fall(self, evidence: &CurveEvidence) -> String {
        let rise = percent(evidence.rise_percent / 100.0);
        match self {
            Self::En => format!(
                "the validation loss rose by {rise} in the mean of five evaluations, but the training loss did not fall meanwhile"
            ),
            Self::Ja => format!(
                "検証の損失は 5 回の評価の平均で {rise} 上がりましたが、その間に学習の損失は下がっていません"
            ),
        }
    }

    /// Why a run has no result.
    pub(crate) fn no_result(self, failure: Option<&str>) -> String {
        match (self, failure) {
            (Self::En, Some(reason)) => format!("This run failed: {reason}"),
            (Self::Ja, Some(reason)) => format!("この学習は失敗しました: {reason}"),
            (_, None) => self.no_result_yet().into(),
        }
    }

    /// The samples that a model was evaluated on.
    pub(crate) fn samples_of(self, samples: u64, name: &str, split: &str) -> String {
        let count = grouped(samples);
        match self {
            Self::En if samples == 1 => format!("1 sample of {name} ({split})"),
            Self::En => format!("{count} samples of {name} ({split})"),
            Self::Ja => format!("{name} ({split}) のサンプル {count} 個"),
        }
    }

    /// The best value of a curve and its step.
    pub(crate) fn best_at(self, value: &str, step: u64) -> String {
        let step = grouped(step);
        match self {
            Self::En => format!("best {value} at step {step}"),
            Self::Ja => format!("最良 {value} (ステップ {step})"),
        }
    }

    /// A value at the step of the best loss.
    pub(crate) fn at_step(self, value: &str, step: u64) -> String {
        let step = grouped(step);
        match self {
            Self::En => format!("{value} at step {step}"),
            Self::Ja => format!("{value} (ステップ {step})"),
        }
    }
}

/// Validation loss of the last evaluation and of the lowest, and the step of the lowest.
fn single_evaluations(result: &RunResult) -> (String, String, String) {
    let outcome = &result.validation;
    (significant(outcome.loss, 3), significant(outcome.best_loss, 3), grouped(outcome.best_step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, unclear_causes};

    /// Otherwise a Japanese page names the cause of a missing verdict in English, or two causes
    /// have the same text.
    #[test]
    fn every_cause_exists_in_both_languages() {
        let evidence = CurveEvidence { rise_percent: 12.0, ..CurveEvidence::default() };
        let texts = |lang: Lang| {
            let known = unclear_causes();
            let known = known.iter().map(|cause| lang.unclear_cause(cause, &evidence));
            known.chain([lang.cause_not_kept().to_owned()]).collect()
        };
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }
}
