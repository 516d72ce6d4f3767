//! What is said of one run: its verdict, and its best step.

use batchwright_train::{Evidence, Verdict, VerdictKind};

use crate::Lang;
use crate::number::{grouped, significant};

impl Lang {
    /// The verdict in one or two sentences with its numbers, and what to do.
    pub(crate) fn verdict(self, verdict: &Verdict) -> String {
        let evidence = &verdict.evidence;
        match verdict.kind {
            VerdictKind::Converged => self.converged(evidence),
            VerdictKind::Overfitting => {
                self.overfitting(verdict.since_step.unwrap_or(evidence.best_step), evidence)
            }
            VerdictKind::Underfitting => self.underfitting(evidence),
            VerdictKind::Diverged => self.diverged(evidence),
            VerdictKind::Unclear => self.unclear(evidence),
        }
    }

    fn converged(self, e: &Evidence) -> String {
        let (last, best, step) = numbers(e);
        match self {
            Self::En => format!(
                "Converged: the validation loss has levelled off at {last} (lowest {best} at step {step}); training longer would change little."
            ),
            Self::Ja => format!(
                "収束: 検証の損失は {last} で横ばいです (最小はステップ {step} の {best})。これ以上学習を続けてもほとんど変わりません。"
            ),
        }
    }

    fn overfitting(self, since: u64, e: &Evidence) -> String {
        let (last, best, _) = numbers(e);
        let (since, rise) = (grouped(since), significant(e.rise_percent, 2));
        let interval = self.range(&significant(e.rise_low, 2), &significant(e.rise_high, 2));
        let (train_best, train_last) =
            (significant(e.train_loss_at_best, 3), significant(e.train_loss_last, 3));
        match self {
            Self::En => format!(
                "Overfitting since step {since}: the validation loss rose from {best} to {last} (+{rise}%; 95% interval of the rise {interval}) while the training loss went from {train_best} to {train_last}. The weights of step {since} are the ones to use."
            ),
            Self::Ja => format!(
                "ステップ {since} から過学習: 検証の損失は {best} から {last} に上がり (+{rise}%、上昇幅の 95% 区間 {interval})、その間に学習の損失は {train_best} から {train_last} になりました。使うべき重みはステップ {since} のものです。"
            ),
        }
    }

    fn underfitting(self, e: &Evidence) -> String {
        let (last, ..) = numbers(e);
        let train = significant(e.train_loss_last, 3);
        match self {
            Self::En => format!(
                "Underfitting: both losses still fall (validation {last}, training {train} at the end). Train longer, or try a larger model or learning rate."
            ),
            Self::Ja => format!(
                "学習不足: 損失はどちらもまだ下がっています (終了時は検証 {last}、学習 {train})。もっと長く学習するか、モデルや学習率を大きくしてみてください。"
            ),
        }
    }

    fn diverged(self, e: &Evidence) -> String {
        let (last, best, step) = numbers(e);
        match self {
            Self::En => format!(
                "Diverged: the losses rose together or stopped being numbers (validation loss {last} at the end, lowest {best} at step {step}). Lower the learning rate, or warm it up."
            ),
            Self::Ja => format!(
                "発散: 損失がともに増大したか、数値でなくなりました (検証の損失は終了時 {last}、最小はステップ {step} の {best})。学習率を下げるか、ウォームアップを使ってください。"
            ),
        }
    }

    fn unclear(self, e: &Evidence) -> String {
        let (last, best, step) = numbers(e);
        match self {
            Self::En => format!(
                "No clear verdict: the curve is too short or too noisy (validation loss {last} at the end, lowest {best} at step {step})."
            ),
            Self::Ja => format!(
                "判定できません: 曲線が短すぎるか、ばらつきが大きすぎます (検証の損失は終了時 {last}、最小はステップ {step} の {best})。"
            ),
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

/// Last loss, best loss, best step.
fn numbers(e: &Evidence) -> (String, String, String) {
    (significant(e.last_loss, 3), significant(e.best_loss, 3), grouped(e.best_step))
}
