//! What a live view says besides what lines and reports say too: its keys, and what it waits for.

use crate::lang::Lang;
use crate::number::{grouped, percent, significant};
use batchwright_find::{TrialEnd, TrialRequest};
use batchwright_store::RunningTrial;
use batchwright_train::{RunVerdictKind, Verdict};

impl Lang {
    pub(crate) fn key_axis(self) -> &'static str {
        self.pick("axis", "横軸")
    }

    pub(crate) fn key_metric(self) -> &'static str {
        self.pick("metric", "指標")
    }

    pub(crate) fn key_smoothing(self) -> &'static str {
        self.pick("smooth", "平滑化")
    }

    /// What switches between the sizes, the map of sizes and rates, and the list of trials.
    pub(crate) fn key_sizes_map_trials(self) -> &'static str {
        self.pick("sizes/map/trials", "サイズ/地図/試行")
    }

    /// What leaves the view of a run that goes on in the same process.
    pub(crate) fn key_lines(self) -> &'static str {
        self.pick("lines", "行表示")
    }

    /// What stops the work, its state saved.
    pub(crate) fn key_stop(self) -> &'static str {
        self.pick("stop", "停止")
    }

    pub(crate) fn key_leave(self) -> &'static str {
        self.pick("leave", "閉じる")
    }

    /// `4,800 samples`.
    pub(crate) fn samples_used(self, samples: &str) -> String {
        match self {
            Self::En => format!("{samples} samples"),
            Self::Ja => format!("サンプル {samples}"),
        }
    }

    pub(crate) fn waits_for_rows(self) -> &'static str {
        self.pick("Curves appear after the first evaluations.", "最初の評価が終わると曲線が表示されます。")
    }

    pub(crate) fn waits_for_trials(self) -> &'static str {
        self.pick(
            "The map of sizes and learning rates fills in as trials end.",
            "試行が終わるたびに、サイズと学習率の地図が埋まっていきます。",
        )
    }

    /// What the cells of the map mean.
    pub(crate) fn map_in_cells(self) -> &'static str {
        self.pick(
            "samples to the target, 1.0 = fewest; - missed  < slower  x diverged  > running",
            "目標までのサンプル数 (最少 = 1.0)  - 未達  < 遅い  x 発散  > 実行中",
        )
    }

    fn so_far(self, told: &str) -> String {
        format!("{}: {told}", self.pick("so far", "これまで"))
    }

    /// `so far: overfitting`.
    pub(crate) fn word_so_far(self, verdict: &Verdict) -> String {
        self.so_far(self.verdict_word(verdict.kind))
    }

    /// The same as a sentence, with the numbers that decide.
    pub(crate) fn sentence_so_far(self, verdict: &Verdict) -> String {
        self.so_far(&self.verdict_so_far(verdict))
    }

    pub(crate) fn last_evaluations(self) -> &'static str {
        self.pick("last evaluations", "最近の評価")
    }

    pub(crate) fn smoothed(self) -> &'static str {
        self.pick("smoothed", "平滑化")
    }

    /// `batch size 32 at learning rate 0.1`.
    pub(crate) fn size_at_rate(self, batch_size: u64, rate: f64) -> String {
        let (size, rate) = (grouped(batch_size), significant(rate, 3));
        match self {
            Self::En => format!("batch size {size} at learning rate {rate}"),
            Self::Ja => format!("バッチサイズ {size}・学習率 {rate}"),
        }
    }

    /// `running: batch size 32 at learning rate 0.1`.
    pub(crate) fn runs_now_at(self, trial: &RunningTrial) -> String {
        format!("{}: {}", self.runs_now(), self.running_trial(trial))
    }

    /// `batch size 32 at learning rate 0.1, step 120, best 0.25`: where it is once that is known.
    pub(crate) fn running_trial(self, trial: &RunningTrial) -> String {
        let mut told = self.size_at_rate(trial.request.batch_size, trial.request.learning_rate);
        if let Some((at, best)) = trial.rows.last() {
            let best = format!("{} {}", self.pick("best", "最良"), significant(*best, 4));
            told = [told, self.steps_of(&grouped(at.step), None), best].join(self.comma());
        }
        told
    }

    /// `batch size 32 at learning rate 0.1: reached, step 120`.
    pub(crate) fn trial_ended(self, request: &TrialRequest, end: TrialEnd, step: u64) -> String {
        let what = self.size_at_rate(request.batch_size, request.learning_rate);
        let (end, step) = (self.trial_end_word(end), self.steps_of(&grouped(step), None));
        format!("{what}: {end}{}{step}", self.comma())
    }

    /// What a curve says of a run that goes on, in few words.
    fn verdict_so_far(self, verdict: &Verdict) -> String {
        let e = &verdict.evidence;
        let (best, best_step) = (significant(e.best_loss, 3), grouped(e.best_step));
        match verdict.kind {
            RunVerdictKind::Improving => {
                let fall = percent(e.fall_percent / 100.0);
                match self {
                    Self::En => format!(
                        "improving: the validation loss fell by {fall} over the last third of the steps so far"
                    ),
                    Self::Ja => {
                        format!(
                            "改善中: 検証の損失は、これまでのステップの最後の 3 分の 1 で {fall} 下がりました"
                        )
                    }
                }
            }
            RunVerdictKind::Converged => match self {
                Self::En => {
                    format!("level: the validation loss no longer changes (best {best} at step {best_step})")
                }
                Self::Ja => {
                    format!("横ばい: 検証の損失はもう変わりません (最良 {best}、ステップ {best_step})")
                }
            },
            RunVerdictKind::Overfitting => match self {
                Self::En => format!(
                    "overfitting: the validation loss rises since step {}, its best was {best}",
                    grouped(verdict.since_step.unwrap_or(e.best_step))
                ),
                Self::Ja => format!(
                    "過学習: 検証の損失はステップ {} から上がっています (最良 {best})",
                    grouped(verdict.since_step.unwrap_or(e.best_step))
                ),
            },
            RunVerdictKind::Underfitting => self
                .pick(
                    "little is learnt: the training loss stays high",
                    "ほとんど学習できていません: 学習の損失が高いままです",
                )
                .to_owned(),
            RunVerdictKind::Diverged => self
                .pick(
                    "diverging: the loss is higher than at the start",
                    "発散: 損失が開始時より高くなっています",
                )
                .to_owned(),
            RunVerdictKind::Unclear => self.pick("too early to tell", "まだ判断できません").to_owned(),
        }
    }
}
