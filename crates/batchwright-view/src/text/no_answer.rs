//! Why a study recommends nothing: memory, time, failing trials, or a target that was really missed.

use batchwright_find::{Direction, Objective, StudyResult, Target, TrialEnd, TrialRecord, VerdictKind};

use crate::lang::Lang;
use crate::number::{grouped, significant};

impl Lang {
    /// The sentence that stands where a recommendation would.
    pub(crate) fn no_recommendation(self, study: &StudyResult) -> String {
        let cause = self.why_no_recommendation(study);
        match self {
            Self::En => format!("No batch size can be recommended: {cause}"),
            Self::Ja => format!("推奨できるバッチサイズがありません。{cause}"),
        }
    }

    fn why_no_recommendation(self, study: &StudyResult) -> String {
        if !study.sizes.is_empty() && study.sizes[0].fits == Some(false) {
            return self.nothing_fits(study.sizes.iter().map(|size| size.batch_size).min().unwrap_or(0));
        }
        let ended: Vec<&TrialRecord> = study.trials.iter().filter(|trial| !interrupted(trial)).collect();
        if !ended.is_empty() && ended.iter().all(|trial| broke(trial)) {
            return self.all_broke(&ended);
        }
        match (&study.target, study.verdict.kind) {
            (Some(target), VerdictKind::Unreachable) => self.missed(target, &ended),
            (Some(_), _) if without_energy(study) => self.no_energy().into(),
            (Some(target), _) if ended.iter().any(|trial| trial.end == TrialEnd::Target) => {
                self.reached_too_rarely(target)
            }
            _ => self.too_little_time(ended.len()),
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

    fn all_broke(self, ended: &[&TrialRecord]) -> String {
        let count = grouped(ended.len() as u64);
        let error = ended.iter().rev().find_map(|trial| trial.error.as_deref());
        match (self, error) {
            (Self::En, Some(error)) => {
                format!("none of {count} trials could be used; the last error: {error}")
            }
            (Self::En, None) => format!("all {count} trials diverged. Try lower learning rates."),
            (Self::Ja, Some(error)) => {
                format!("{count} 回の試行はどれも使えませんでした。最後のエラー: {error}")
            }
            (Self::Ja, None) => {
                format!("{count} 回の試行がすべて発散しました。もっと低い学習率を試してください。")
            }
        }
    }

    fn missed(self, target: &Target, ended: &[&TrialRecord]) -> String {
        let condition = self.target_condition(target);
        let nearest = nearest(target, ended).map_or_else(String::new, |(value, trial)| {
            let value = significant(value, 4);
            let (size, rate) =
                (grouped(trial.request.batch_size), significant(trial.request.learning_rate, 3));
            match self {
                Self::En => {
                    format!("; the nearest trial came to {value} (batch size {size}, learning rate {rate})")
                }
                Self::Ja => {
                    format!("最も近い試行は {value} でした (バッチサイズ {size}、学習率 {rate})。")
                }
            }
        });
        match self {
            Self::En => format!(
                "no size reached {condition}{nearest}. Choose an easier target, more samples, or other learning rates."
            ),
            Self::Ja => format!(
                "どのサイズも {condition} に到達しませんでした。{nearest}目標をゆるめるか、サンプル数の上限を増やすか、ほかの学習率を試してください。"
            ),
        }
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

    fn no_energy(self) -> &'static str {
        self.pick(
            "the energy of a step could not be measured at any size: the machine's counters could not be read, or stood still. Choose another objective.",
            "どのサイズでも 1 ステップのエネルギーを測定できませんでした。マシンのカウンターが読めないか、動いていません。ほかの評価基準を選んでください。",
        )
    }

    fn too_little_time(self, ended: usize) -> String {
        let count = grouped(ended as u64);
        match self {
            Self::En if ended == 0 => {
                "the study ended before its first trial did. Give it a larger budget.".into()
            }
            Self::En => {
                format!("the study ended too early, after {count} finished trials. Give it a larger budget.")
            }
            Self::Ja if ended == 0 => {
                "最初の試行が終わる前に実験が終了しました。予算を増やしてください。".into()
            }
            Self::Ja => format!(
                "終わった試行は {count} 回だけで、実験の時間が足りませんでした。予算を増やしてください。"
            ),
        }
    }
}

/// A study of energy that never measured any, though it timed steps.
fn without_energy(study: &StudyResult) -> bool {
    study.objective == Objective::Energy
        && study.sizes.iter().any(|size| size.step_seconds.is_some())
        && study.sizes.iter().all(|size| size.energy_per_step_joules.is_none())
}

/// The study's end stopped it: nothing went wrong, and nothing is known of how it would have ended.
pub(crate) fn interrupted(trial: &TrialRecord) -> bool {
    trial.end == TrialEnd::Budget && trial.error.is_some()
}

/// It says nothing of the target but that this way leads nowhere.
fn broke(trial: &TrialRecord) -> bool {
    matches!(trial.end, TrialEnd::Diverged | TrialEnd::DoesNotFit | TrialEnd::Failed)
}

fn nearest<'a>(target: &Target, ended: &[&'a TrialRecord]) -> Option<(f64, &'a TrialRecord)> {
    let values = ended.iter().filter_map(|trial| Some((trial.best_metric?, *trial)));
    let values = values.filter(|(value, _)| value.is_finite());
    match target.direction {
        Direction::Below => values.min_by(|a, b| a.0.total_cmp(&b.0)),
        Direction::Above => values.max_by(|a, b| a.0.total_cmp(&b.0)),
    }
}
