//! Why a study recommends nothing, in words. The study itself determines the cause.

use crate::lang::Lang;
use crate::number::{counted, grouped, significant};
use crate::text::reported::in_japanese;
use batchwright_find::{NearestTrial, NoAnswer, Target};

impl Lang {
    /// The sentence in place of a recommendation.
    pub(crate) fn no_recommendation(self, cause: &NoAnswer) -> String {
        let cause = self.no_answer(cause);
        match self {
            Self::En => format!("No batch size can be recommended: {cause}"),
            Self::Ja => format!("推奨できるバッチサイズがありません。{cause}"),
        }
    }

    /// The cause, and what to do about it.
    fn no_answer(self, cause: &NoAnswer) -> String {
        match cause {
            NoAnswer::NothingFits { smallest } => self.nothing_fits(*smallest),
            NoAnswer::AllFailed { trials, error } => self.all_failed(*trials, error),
            NoAnswer::AllDiverged { trials } => self.all_diverged(*trials),
            NoAnswer::Missed { target, nearest } => self.missed(target, nearest.as_ref()),
            NoAnswer::NoStepEnergy => self.no_step_energy().into(),
            NoAnswer::ReachedTooRarely { target } => self.reached_too_rarely(target),
            NoAnswer::MetricDoubtful { metric } => self.metric_doubtful(metric),
            NoAnswer::TooEarly { trials, nearest } => self.too_early(*trials, nearest.as_ref()),
        }
    }

    fn nothing_fits(self, smallest: u64) -> String {
        let smallest = grouped(smallest);
        match self {
            Self::En => format!(
                "even the smallest, {smallest}, does not fit into memory. Choose a smaller model, a micro-batch, or smaller sizes."
            ),
            Self::Ja => format!(
                "最小の {smallest} でもメモリに収まりません。モデルを小さくするか、マイクロバッチを使うか、さらに小さいサイズを指定してください。"
            ),
        }
    }

    fn all_failed(self, trials: u64, error: &str) -> String {
        let count = grouped(trials);
        match self {
            Self::En if trials == 1 => format!("the only trial could not be used; its error: {error}"),
            Self::En => format!("none of {count} trials could be used; the last error: {error}"),
            Self::Ja => {
                format!("{count} 回の試行はどれも使えませんでした。最後のエラー: {}", in_japanese(error))
            }
        }
    }

    fn all_diverged(self, trials: u64) -> String {
        let count = grouped(trials);
        match self {
            Self::En if trials == 1 => "the only trial diverged. Try lower learning rates.".to_owned(),
            Self::En => format!("all {count} trials diverged. Try lower learning rates."),
            Self::Ja => {
                format!("{count} 回の試行がすべて発散しました。もっと低い学習率を試してください。")
            }
        }
    }

    fn missed(self, target: &Target, nearest: Option<&NearestTrial>) -> String {
        let condition = self.target_condition(target);
        let nearest = nearest.map(|nearest| self.nearest(nearest)).unwrap_or_default();
        match self {
            Self::En => format!(
                "no size reached {condition}{nearest}. Choose an easier target, more samples, or other learning rates."
            ),
            Self::Ja => format!(
                "どのサイズも {condition} に到達しませんでした。{nearest}目標をゆるめるか、サンプル数の上限を増やすか、ほかの学習率を試してください。"
            ),
        }
    }

    fn nearest(self, nearest: &NearestTrial) -> String {
        let NearestTrial { value, batch_size, learning_rate } = *nearest;
        let (value, size, rate) = (significant(value, 4), grouped(batch_size), significant(learning_rate, 3));
        match self {
            Self::En => {
                format!("; the nearest trial came to {value} (batch size {size}, learning rate {rate})")
            }
            Self::Ja => format!("最も近い試行は {value} でした (バッチサイズ {size}、学習率 {rate})。"),
        }
    }

    fn no_step_energy(self) -> &'static str {
        self.pick(
            "the energy of a step could not be measured at any size: the machine's counters could not be read, or stood still. Choose another objective.",
            "どのサイズでも 1 ステップのエネルギーを測定できませんでした。マシンのカウンターが読めないか、動いていません。ほかの評価基準を選んでください。",
        )
    }

    fn reached_too_rarely(self, target: &Target) -> String {
        let condition = self.target_condition(target);
        match self {
            Self::En => format!(
                "{condition} was reached, but no size reached it in at least half of its runs with a known step time. A larger budget may decide."
            ),
            Self::Ja => format!(
                "{condition} に到達した試行はありますが、ステップ時間が分かっていて半数以上の試行が到達したサイズはありません。予算を増やすと決まる可能性があります。"
            ),
        }
    }

    fn metric_doubtful(self, metric: &str) -> String {
        match self {
            Self::En => format!(
                "what the program reports as {metric} cannot be held against the target; the note on it below says why."
            ),
            Self::Ja => format!(
                "プログラムが {metric} として報告する値は目標と比べられません。理由は下の注意に書いてあります。"
            ),
        }
    }

    fn too_early(self, trials: u64, nearest: Option<&NearestTrial>) -> String {
        let count = grouped(trials);
        let nearest = nearest.map(|nearest| self.nearest(nearest)).unwrap_or_default();
        match self {
            Self::En if trials == 0 => {
                "the study ended before its first trial did. Give it a larger budget.".into()
            }
            Self::En => {
                let trials = counted(&count, "finished trial");
                format!(
                    "the study ended too early, after {trials}{nearest}. Give it a larger budget, or an easier target."
                )
            }
            Self::Ja if trials == 0 => {
                "最初の試行が終わる前に実験が終了しました。予算を増やしてください。".into()
            }
            Self::Ja => format!(
                "終わった試行は {count} 回だけで、実験の時間が足りませんでした。{nearest}予算を増やすか、目標をゆるめてください。"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, no_answers};

    /// Otherwise a Japanese page names the cause in English, or two causes have the same text.
    #[test]
    fn every_cause_exists_in_both_languages() {
        let texts = |lang: Lang| no_answers().iter().map(|cause| lang.no_recommendation(cause)).collect();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }
}
