//! The verdict on a learning curve in sentences: what was found, the numbers that decide, advice.
//!
//! Losses at the best and at the last evaluation are those of the result, so that sentence, table
//! and JSON show the same numbers. Decisions are taken on means over a few evaluations in a row;
//! where such a number is given, the sentence says so.

use crate::lang::Lang;
use crate::number::{grouped, percent, significant};
use batchwright_train::{CurveEvidence, RunResult, RunVerdictKind, SampleDoubt, VerdictCause};

/// Validation over training loss from which a gap is worth a word.
const GAP: f64 = 2.0;
/// Gap in losses, as a share of a constant answer's, below which it is not.
const SMALL_GAP: f64 = 0.02;
/// Rise in percent from which a curve is not said to have levelled off.
const LEVEL: f64 = 2.0;

/// The numbers of a sentence, in a form for people.
struct Numbers {
    best: String,
    best_step: String,
    last: String,
    train: String,
    constant: String,
    untrained: String,
}

impl Numbers {
    fn of(result: &RunResult) -> Self {
        let (outcome, e) = (&result.validation, &result.verdict.evidence);
        let short = |value| significant(value, 3);
        Self {
            best: short(outcome.best_loss),
            best_step: grouped(outcome.best_step),
            last: short(outcome.last.loss),
            train: short(e.train_loss_last),
            constant: short(e.constant_loss),
            untrained: short(e.untrained_loss),
        }
    }
}

impl Lang {
    /// The verdict in a few sentences, with its numbers and with advice.
    pub(crate) fn verdict(self, result: &RunResult) -> String {
        let (verdict, n) = (&result.verdict, &Numbers::of(result));
        let sentence = match verdict.kind {
            RunVerdictKind::Converged => self.converged(result, n),
            RunVerdictKind::Improving => self.improving(&verdict.evidence, verdict.doubt.is_some(), n),
            RunVerdictKind::Overfitting => self.overfitting(result, n),
            RunVerdictKind::Underfitting => self.underfitting(verdict.cause.as_ref(), n),
            RunVerdictKind::Diverged => self.diverged(verdict.cause.as_ref(), &verdict.evidence, n),
            RunVerdictKind::Unclear => self.unclear(result, n),
        };
        match verdict.doubt {
            Some(doubt) => self.then(&sentence, &self.doubt(doubt)),
            None => sentence,
        }
    }

    /// Two sentences, one after the other.
    fn then(self, first: &str, second: &str) -> String {
        match self {
            Self::En => format!("{first} {second}"),
            Self::Ja => format!("{first}{second}"),
        }
    }

    fn doubt(self, doubt: SampleDoubt) -> String {
        let (samples, needed) = (grouped(doubt.samples), grouped(doubt.needed));
        match self {
            Self::En if doubt.samples == 1 => "A single validation sample cannot settle it.".to_owned(),
            Self::En => format!("{samples} validation samples cannot settle it; about {needed} would."),
            Self::Ja => format!(
                "検証用のサンプルが {samples} 個では確かなことは言えません (約 {needed} 個あれば判断できます)。"
            ),
        }
    }

    fn converged(self, result: &RunResult, n: &Numbers) -> String {
        let (e, outcome) = (&result.verdict.evidence, &result.validation);
        let Numbers { best, best_step, last, .. } = n;
        let level = e.rise_percent < LEVEL && outcome.last.loss < (1.0 + LEVEL / 100.0) * outcome.best_loss;
        let sentence = match self {
            Self::En if !level => format!(
                "Converged: the validation loss, {last} at the end, no longer changes beyond its noise; its lowest was {best} at step {best_step}. Training longer would change little."
            ),
            Self::En => format!(
                "Converged: the validation loss has levelled off at {last} (lowest {best} at step {best_step}). Training longer would change little."
            ),
            Self::Ja if !level => format!(
                "収束: 検証の損失 (終了時 {last}) の変化は、もうばらつきの範囲内です。最小はステップ {best_step} の {best} でした。これ以上学習を続けてもほとんど変わりません。"
            ),
            Self::Ja => format!(
                "収束: 検証の損失は {last} で横ばいです (最小はステップ {best_step} の {best})。これ以上学習を続けてもほとんど変わりません。"
            ),
        };
        let gap = e.last_loss - e.train_loss_last;
        if gap > SMALL_GAP * e.constant_loss && e.last_loss > GAP * e.train_loss_last {
            return self.then(&sentence, &self.gap(n));
        }
        sentence
    }

    /// A word on a training loss far below the validation loss.
    fn gap(self, n: &Numbers) -> String {
        let train = &n.train;
        match self {
            Self::En => format!(
                "The training loss is far lower, {train}: the network knows its training samples by heart. More data, dropout or weight decay may lower the validation loss."
            ),
            Self::Ja => format!(
                "学習の損失は {train} とずっと小さく、ネットワークは学習用のサンプルを丸暗記しています。データを増やすか、ドロップアウトや重み減衰を使うと、検証の損失が下がるかもしれません。"
            ),
        }
    }

    fn improving(self, e: &CurveEvidence, likely: bool, n: &Numbers) -> String {
        let (fall, last) = (percent(e.fall_percent / 100.0), &n.last);
        match self {
            Self::En if likely => format!(
                "Probably still improving: the validation loss fell by {fall} over the last third of the run, to {last}. Train longer."
            ),
            Self::En => format!(
                "Still improving: the validation loss fell by {fall} over the last third of the run, to {last}. Train longer."
            ),
            Self::Ja if likely => format!(
                "おそらく改善中: 検証の損失は最後の 3 分の 1 で {fall} 下がり、{last} になりました。もっと長く学習してください。"
            ),
            Self::Ja => format!(
                "改善中: 検証の損失は最後の 3 分の 1 で {fall} 下がり、{last} になりました。もっと長く学習してください。"
            ),
        }
    }

    fn overfitting(self, result: &RunResult, n: &Numbers) -> String {
        let (verdict, Numbers { best, last, .. }) = (&result.verdict, n);
        let e = &verdict.evidence;
        let since = grouped(verdict.since_step.unwrap_or(e.best_step));
        if let Some(VerdictCause::WorseThanGuessing { constant_loss }) = verdict.cause {
            let (constant, last) = (significant(constant_loss, 3), significant(e.last_loss, 3));
            let train = &n.train;
            return match self {
                Self::En => format!(
                    "Overfitting since step {since}: on validation samples the loss is {last}, worse than the {constant} of the best constant answer, while it is {train} on training samples. The network knows those by heart. The weights of step {since} are kept."
                ),
                Self::Ja => format!(
                    "ステップ {since} から過学習: 検証の損失は {last} で、常に同じ答えを返す場合の {constant} より悪いのに、学習の損失は {train} です。ネットワークは学習用のサンプルを丸暗記しています。ステップ {since} の重みを保存しました。"
                ),
            };
        }
        let train = self.training_meanwhile(e);
        let interval = self.range(&significant(e.rise_low, 2), &significant(e.rise_high, 2));
        let (window, likely) = (e.window, verdict.doubt.is_some());
        match self {
            Self::En => {
                let word = if likely { "Probably overfitting" } else { "Overfitting" };
                format!(
                    "{word} since step {since}: the validation loss rose from {best} to {last}, while {train} (95% interval of the rise {interval}, in means of {window} evaluations). The weights of step {since} are kept."
                )
            }
            Self::Ja => {
                let word = if likely { "おそらく過学習" } else { "過学習" };
                format!(
                    "ステップ {since} から{word}: 検証の損失は {best} から {last} へ上がり、{train} ({window} 回の評価の平均で、上昇幅の 95% 区間は {interval})。ステップ {since} の重みを保存しました。"
                )
            }
        }
    }

    /// What the training loss did while the validation loss rose: it fell, or was near 0 before.
    fn training_meanwhile(self, e: &CurveEvidence) -> String {
        let (before, last) = (significant(e.train_loss_at_best, 3), significant(e.train_loss_last, 3));
        let fell = e.train_loss_last < e.train_loss_at_best;
        match self {
            Self::En if fell => format!("the training loss fell from {before} to {last}"),
            Self::En => format!("the training loss stays low at {last}"),
            Self::Ja if fell => format!("その間に学習の損失は {before} から {last} へ下がりました"),
            Self::Ja => format!("その間も学習の損失は {last} と小さいままです"),
        }
    }

    fn underfitting(self, cause: Option<&VerdictCause>, n: &Numbers) -> String {
        let Numbers { last, train, constant, untrained, .. } = n;
        match (self, cause) {
            (Self::En, Some(VerdictCause::SlowStart)) => format!(
                "Underfitting: the training loss has only come from {untrained} to {train}, where the best constant answer has {constant}. It still falls, but too slowly: raise the learning rate, or train much longer."
            ),
            (Self::Ja, Some(VerdictCause::SlowStart)) => format!(
                "学習不足: 学習の損失は {untrained} から {train} になっただけです (常に同じ答えを返す場合は {constant})。まだ下がっていますが遅すぎます。学習率を上げるか、ずっと長く学習してください。"
            ),
            (Self::En, Some(VerdictCause::NeighboursDoBetter { neighbours, network, accuracy })) => {
                let (neighbours, network) = scores(*neighbours, *network, *accuracy);
                let compared = if *accuracy {
                    format!("gets {neighbours} right, the network {network}")
                } else {
                    format!("has a loss of {neighbours}, the network {network}")
                };
                format!(
                    "Underfitting: the losses have levelled off (training {train}, validation {last}) far above what the data allow: copying the label of the most similar training samples {compared}. Try a larger model, another learning rate, or less regularisation."
                )
            }
            (Self::Ja, Some(VerdictCause::NeighboursDoBetter { neighbours, network, accuracy })) => {
                let (neighbours, network) = scores(*neighbours, *network, *accuracy);
                let what = if *accuracy { "正解率" } else { "損失" };
                format!(
                    "学習不足: 損失は横ばいですが (学習 {train}、検証 {last})、このデータならもっと下がるはずです。最も似た学習用サンプルのラベルを写すだけで{what}は {neighbours}、ネットワークは {network} です。モデルを大きくするか、学習率を変えるか、正則化を弱めてください。"
                )
            }
            // Stored before causes were kept, when this meant that both losses still fell.
            (Self::En, None) => format!(
                "Underfitting: both losses still fell at the end (validation {last}, training {train}). Train longer, or try a larger model or learning rate."
            ),
            (Self::Ja, None) => format!(
                "学習不足: 終了時にも損失はどちらも下がっていました (検証 {last}、学習 {train})。もっと長く学習するか、モデルや学習率を大きくしてください。"
            ),
            (Self::En, _) => format!(
                "Underfitting: the training loss, {train}, is no better than the {constant} of the best constant answer. The network has learnt nothing: try another learning rate, or a larger model."
            ),
            (Self::Ja, _) => format!(
                "学習不足: 学習の損失は {train} で、常に同じ答えを返す場合の {constant} と変わりません。何も学習できていません。学習率を変えるか、モデルを大きくしてください。"
            ),
        }
    }

    fn diverged(self, cause: Option<&VerdictCause>, e: &CurveEvidence, n: &Numbers) -> String {
        let Numbers { best, best_step, train, constant, untrained, .. } = n;
        let before = significant(e.train_loss_at_best, 3);
        let what = match (self, cause) {
            (Self::En, Some(VerdictCause::WorseThanUntrained)) => {
                format!("the training loss ended at {train}, above the {untrained} of the untrained network")
            }
            (Self::Ja, Some(VerdictCause::WorseThanUntrained)) => {
                format!(
                    "学習の損失は終了時 {train} で、学習前のネットワークの {untrained} より悪くなりました"
                )
            }
            (Self::En, Some(VerdictCause::WorseThanConstant)) => {
                format!(
                    "the training loss stays at {train}, above the {constant} of the best constant answer"
                )
            }
            (Self::Ja, Some(VerdictCause::WorseThanConstant)) => {
                format!("学習の損失は {train} のままで、常に同じ答えを返す場合の {constant} より悪い値です")
            }
            (Self::En, Some(VerdictCause::FellBackToConstant)) => format!(
                "the training loss shot up, and came back to no more than the {constant} of a constant answer; the network has stopped learning"
            ),
            (Self::Ja, Some(VerdictCause::FellBackToConstant)) => format!(
                "学習の損失は跳ね上がり、その後は常に同じ答えを返す場合の {constant} に戻っただけです。ネットワークはもう学習していません"
            ),
            (Self::En, Some(VerdictCause::LostWhatItLearnt)) => format!(
                "the training loss rose again from {before} to {train}: more than half of what was learnt is lost"
            ),
            (Self::Ja, Some(VerdictCause::LostWhatItLearnt)) => {
                format!("学習の損失は {before} から {train} へ上がり、学んだことの半分以上が失われました")
            }
            // Stored before causes were kept.
            (Self::En, None) => format!(
                "the losses rose together or stopped being numbers (lowest validation loss {best} at step {best_step})"
            ),
            (Self::Ja, None) => format!(
                "損失がともに増えたか、数値でなくなりました (検証の損失の最小はステップ {best_step} の {best})"
            ),
            (Self::En, _) => format!(
                "the loss or its gradient stopped being a number (lowest validation loss {best} at step {best_step})"
            ),
            (Self::Ja, _) => {
                format!("損失か勾配が数値でなくなりました (検証の損失の最小はステップ {best_step} の {best})")
            }
        };
        match self {
            Self::En => format!("Diverged: {what}. Lower the learning rate, or warm it up."),
            Self::Ja => format!("発散: {what}。学習率を下げるか、ウォームアップを使ってください。"),
        }
    }

    fn unclear(self, result: &RunResult, n: &Numbers) -> String {
        let verdict = &result.verdict;
        let cause = match &verdict.cause {
            Some(cause) => self.unclear_cause(cause, &verdict.evidence),
            // The run was stored before causes were recorded.
            None => self.cause_not_kept().to_owned(),
        };
        let Numbers { best, best_step, last, .. } = n;
        match self {
            Self::En => format!(
                "No clear verdict: {cause} (validation loss {last} at the end, lowest {best} at step {best_step})."
            ),
            Self::Ja => format!(
                "判定できません: {cause} (検証の損失は終了時 {last}、最小はステップ {best_step} の {best})。"
            ),
        }
    }

    /// Why no verdict is possible.
    fn unclear_cause(self, cause: &VerdictCause, e: &CurveEvidence) -> String {
        let rise = percent(e.rise_percent / 100.0);
        match (self, cause) {
            (_, VerdictCause::NoFiniteEvaluation) => {
                self.pick("no evaluation gave a finite loss", "損失が有限の評価がありません").to_owned()
            }
            (_, &VerdictCause::TooFewEvaluations { evaluations, needed }) => {
                self.too_few(evaluations, needed)
            }
            (_, &VerdictCause::NoBetterThanUntrained { untrained_loss }) => self.no_better(untrained_loss),
            (Self::En, VerdictCause::TooFewSamples) => format!(
                "the validation loss rose by {rise} while the training loss fell, which may be overfitting or chance"
            ),
            (Self::Ja, VerdictCause::TooFewSamples) => format!(
                "学習の損失が下がる間に検証の損失が {rise} 上がりましたが、過学習なのか偶然なのか分かりません"
            ),
            // The causes of other kinds do not belong here; this one is the least specific.
            (Self::En, _) => format!(
                "the validation loss rose by {rise}, but the training loss did not fall meanwhile: noise, or a learning rate that is too high"
            ),
            (Self::Ja, _) => format!(
                "検証の損失は {rise} 上がりましたが、その間に学習の損失は下がっていません。ばらつきか、学習率が高すぎるかです"
            ),
        }
    }

    fn cause_not_kept(self) -> &'static str {
        self.pick("this run was stored without its cause", "この記録には理由が残っていません")
    }

    fn too_few(self, evaluations: u64, needed: u64) -> String {
        let (count, needed) = (grouped(evaluations), grouped(needed));
        match self {
            Self::En => format!(
                "there are too few evaluations to judge the curve, {count} where at least {needed} are needed; train longer, or evaluate more often with --eval-every"
            ),
            Self::Ja => format!(
                "評価の回数が {count} 回と少なく (少なくとも {needed} 回必要)、曲線を判断できません。もっと長く学習するか、--eval-every で評価を増やしてください"
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
}

fn scores(neighbours: f64, network: f64, accuracy: bool) -> (String, String) {
    let text = |score| if accuracy { percent(score) } else { significant(score, 3) };
    (text(neighbours), text(network))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, verdict_causes};
    use batchwright_train::testkit;

    fn kind_of(cause: &VerdictCause) -> RunVerdictKind {
        use VerdictCause::*;
        match cause {
            WorseThanGuessing { .. } => RunVerdictKind::Overfitting,
            SlowStart | NearConstant | NeighboursDoBetter { .. } => RunVerdictKind::Underfitting,
            NotFinite | WorseThanUntrained | WorseThanConstant | FellBackToConstant | LostWhatItLearnt => {
                RunVerdictKind::Diverged
            }
            NoFiniteEvaluation
            | TooFewEvaluations { .. }
            | NoBetterThanUntrained { .. }
            | TrainingLossDidNotFall
            | TooFewSamples => RunVerdictKind::Unclear,
        }
    }

    /// Otherwise a Japanese page names a cause in English, or two causes have the same text.
    #[test]
    fn every_cause_is_said_in_both_languages() {
        let texts = |lang: Lang| {
            let say = |cause: VerdictCause| {
                let mut result = testkit::result("x", 0.3);
                (result.verdict.kind, result.verdict.cause) = (kind_of(&cause), Some(cause));
                lang.verdict(&result)
            };
            verdict_causes().into_iter().map(say).collect()
        };
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }

    /// A curve that has risen has not levelled off, even where the rise does not matter.
    #[test]
    fn levelled_off_is_not_said_after_a_rise() {
        let mut result = testkit::result("x", 0.3);
        assert!(Lang::En.verdict(&result).contains("has levelled off at 0.3"));
        result.verdict.evidence.rise_percent = 3.0;
        assert!(!Lang::En.verdict(&result).contains("levelled"));
    }

    #[test]
    fn a_doubt_says_how_many_samples_would_tell() {
        let mut result = testkit::result("x", 0.3);
        result.verdict.doubt = Some(SampleDoubt { samples: 40, needed: 230 });
        for (lang, words) in [(Lang::En, "about 230 would"), (Lang::Ja, "約 230 個")] {
            assert!(lang.verdict(&result).contains(words));
        }
        result.verdict.kind = RunVerdictKind::Overfitting;
        assert!(Lang::En.verdict(&result).starts_with("Probably overfitting since step 0:"));
        assert!(Lang::Ja.verdict(&result).contains("おそらく過学習"));
    }

    #[test]
    fn a_large_gap_is_worth_a_word() {
        let mut result = testkit::result("x", 0.3);
        let e = &mut result.verdict.evidence;
        (e.constant_loss, e.last_loss, e.train_loss_last) = (2.3, 0.3, 0.2);
        assert!(!Lang::En.verdict(&result).contains("by heart"));
        result.verdict.evidence.train_loss_last = 0.001;
        assert!(Lang::En.verdict(&result).contains("far lower, 0.001"));
        assert!(Lang::Ja.verdict(&result).contains("丸暗記"));
    }
}
