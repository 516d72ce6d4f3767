//! Where each number of a study's table comes from, in sentences.

use crate::cells::median;
use crate::lang::Lang;
use crate::number::{count, duration, grouped, percent, significant};
use batchwright_find::{Objective, SizeResult, StudyResult, Why};

/// The trials of one size, grouped by what they show. A trial is named by its number in the list of
/// all trials, counted from 1.
pub(crate) struct Origins {
    /// How many learning rates were tried.
    pub(crate) rates: usize,
    /// All trials of this size except those of the pilot.
    pub(crate) here: Vec<u64>,
    /// All trials that compared learning rates.
    pub(crate) tuned: Vec<u64>,
    /// Trials with new seeds at the best rate.
    pub(crate) fresh: Vec<u64>,
    /// Trials at the best rate that helped to choose it.
    pub(crate) chose: Vec<u64>,
}

/// Up to this many trials are named one by one. Of a longer list, only the first and the last are
/// named.
const NAMED: usize = 8;

impl Lang {
    /// `trials 3, 5 and 9`, `12 trials, 3 to 40`.
    fn trials_named(self, numbers: &[u64]) -> String {
        match (self, numbers) {
            (Self::En, [one]) => format!("trial {one}"),
            (Self::Ja, _) if numbers.len() <= NAMED => format!("試行 {}", self.list(numbers)),
            (Self::En, _) if numbers.len() <= NAMED => format!("trials {}", self.list(numbers)),
            (Self::En, [first, .., last]) => format!("{} trials, {first} to {last}", numbers.len()),
            (Self::Ja, [first, .., last]) => format!("試行 {first}〜{last} のうち {} 回", numbers.len()),
            (_, _) => String::new(),
        }
    }

    /// Where the rate comes from, and whether it is tuned.
    pub(crate) fn origin_of_rate(self, size: &SizeResult, origins: &Origins) -> String {
        let (rates, trials) = (grouped(origins.rates as u64), self.trials_named(&origins.tuned));
        let Some(best) = size.learning_rate.best.map(|rate| significant(rate, 3)) else {
            return match (self, size.fits, origins.rates) {
                (Self::En, Some(false), _) => "It does not fit into memory.".to_owned(),
                (Self::Ja, Some(false), _) => "メモリに収まりません。".to_owned(),
                (Self::En, _, 0) => "No trial was run.".to_owned(),
                (Self::Ja, _, 0) => "試行はありません。".to_owned(),
                (Self::En, ..) => format!("No learning rate: none of {rates} reached the target ({trials})."),
                (Self::Ja, ..) => {
                    format!("学習率: 試した {rates} 個では目標に到達しませんでした ({trials})。")
                }
            };
        };
        match (self, size.learning_rate.tuned) {
            (Self::En, true) => format!(
                "Learning rate {best}: the best of {rates} that were tried ({trials}); on both sides of it training was worse, so it is tuned."
            ),
            (Self::En, false) => format!(
                "Learning rate {best}: the best of {rates} that were tried ({trials}); on one side of it none was worse, so it is not tuned."
            ),
            (Self::Ja, true) => format!(
                "学習率 {best}: 試した {rates} 個の中で最良 ({trials})。両側の学習率ではより悪かったので、調整済みです。"
            ),
            (Self::Ja, false) => format!(
                "学習率 {best}: 試した {rates} 個の中で最良 ({trials})。片側により悪い学習率がないので、未調整です。"
            ),
        }
    }

    /// Where the rate and the steps come from if they follow from a law, fitted to the trials of
    /// all sizes together.
    pub(crate) fn origin_by_law(self, size: &SizeResult, origins: &Origins) -> String {
        let Some(rate) = size.learning_rate.best.map(|rate| significant(rate, 3)) else {
            return self.origin_of_rate(size, origins);
        };
        let trials = self.trials_named(&origins.here);
        let known = match size.learning_rate.tuned {
            true => self.pick("known well enough", "十分に分かっています"),
            false => self.pick("not known well enough", "まだ十分には分かっていません"),
        };
        match (self, size.steps_to_target.is_some(), origins.here.is_empty()) {
            (Self::En, true, _) => format!(
                "Learning rate {rate} ({known}). {}: computed from a law that was fitted to the trials of all sizes together; here {trials}.",
                self.steps_and_samples(size)
            ),
            (Self::En, false, false) => format!(
                "Learning rate {rate} ({known}): follows from the other sizes by a law; none of the trials here reached the target ({trials})."
            ),
            (Self::En, false, true) => format!(
                "Learning rate {rate} ({known}): follows from the other sizes by a law; no trial was run here."
            ),
            (Self::Ja, true, _) => format!(
                "学習率 {rate} ({known})。{}: 全サイズの試行にまとめて当てはめた法則による計算値です。このサイズでは{trials}。",
                self.steps_and_samples(size)
            ),
            (Self::Ja, false, false) => format!(
                "学習率 {rate} ({known}): ほかのサイズから法則によって推定した値です。このサイズで目標に到達した試行はありません ({trials})。"
            ),
            (Self::Ja, false, true) => format!(
                "学習率 {rate} ({known}): ほかのサイズから法則によって推定した値です。このサイズの試行はありません。"
            ),
        }
    }

    /// Why a strategy chose a trial.
    pub(crate) fn why(self, why: &Why) -> String {
        match (self, why) {
            (_, Why::FindsRange) => {
                self.pick("at which rates does training start?", "学習が進む学習率の範囲を探索").to_owned()
            }
            (_, Why::ReachesFirst) => {
                self.pick("expected to reach the target first", "最初に目標へ到達する見込み").to_owned()
            }
            (Self::En, Why::WorthMost { gain, seconds }) => {
                format!("worth most: {} less regret for {}", percent(*gain), duration(*seconds, self))
            }
            (Self::Ja, Why::WorthMost { gain, seconds }) => format!(
                "最も有益: {} で期待リグレットが {} 減る見込み",
                duration(*seconds, self),
                percent(*gain)
            ),
            (_, Why::Confirms) => {
                self.pick("tries the answer on a fresh seed", "答えを新しいシードで確認").to_owned()
            }
            (_, Why::Compares) => {
                self.pick("checks a choice beside the answer", "答えの近くにある別の選択肢を確認").to_owned()
            }
        }
    }

    /// The runs whose median the number of steps is (for the quality objective: the best value).
    /// `None` where nothing was measured.
    pub(crate) fn origin_of_steps(self, size: &SizeResult, origins: &Origins) -> Option<String> {
        let (what, estimate) = match (size.steps_to_target, size.quality) {
            (Some(steps), _) => (self.steps_and_samples(size), steps),
            (None, Some(quality)) => (
                format!(
                    "{} {}",
                    self.pick("Best value", "最良値"),
                    quality.median.map_or("—".into(), |v| significant(v, 4))
                ),
                quality,
            ),
            (None, None) => return None,
        };
        let fresh = !origins.fresh.is_empty();
        let runs = if fresh { &origins.fresh } else { &origins.chose };
        let named = self.trials_named(if runs.is_empty() { &origins.tuned } else { runs });
        let seeds = match runs.len() {
            1 => self.pick("1 fresh seed", "新しいシード 1 個").to_owned(),
            n if self == Self::Ja => format!("新しいシード {} 個", grouped(n as u64)),
            n => format!("{} fresh seeds", grouped(n as u64)),
        };
        let misses = match (self, estimate.censored) {
            (_, 0) => String::new(),
            (Self::En, 1) => " 1 missed the target and counts as more.".to_owned(),
            (Self::En, n) => format!(" {} missed the target and count as more.", grouped(n)),
            (Self::Ja, n) => format!("うち {} 回は目標に届かず、「それ以上」として数えます。", grouped(n)),
        };
        Some(match (self, fresh) {
            (Self::En, true) => {
                format!("{what}: measured, the median over {seeds} at this rate ({named}).{misses}")
            }
            (Self::Ja, true) => {
                format!("{what}: 実測値。この学習率での{seeds}の中央値です ({named})。{misses}")
            }
            (Self::En, false) => format!(
                "{what}: measured, but by runs that had a part in choosing the rate ({named}), so rather too good.{misses}"
            ),
            (Self::Ja, false) => format!(
                "{what}: 実測値。ただし学習率の選択に使った試行によるため、良すぎる可能性があります ({named})。{misses}"
            ),
        })
    }

    fn steps_and_samples(self, size: &SizeResult) -> String {
        let median = |estimate: Option<batchwright_find::Estimate>| median(estimate, count);
        let (steps, samples) = (median(size.steps_to_target), median(size.samples_to_target));
        match self {
            Self::En => format!("Steps {steps}, samples {samples}"),
            Self::Ja => format!("ステップ数 {steps}、サンプル数 {samples}"),
        }
    }

    /// How the step time was measured. `None` where it was not measured.
    pub(crate) fn origin_of_step_time(self, study: &StudyResult, size: &SizeResult) -> Option<String> {
        let time = size.step_seconds?;
        let show = |seconds| duration(seconds, self);
        let time = format!("{} ({})", show(time.median), self.range(&show(time.low), &show(time.high)));
        let continued = study.continued.as_ref().filter(|continued| continued.because.is_none());
        let with = match (self, continued) {
            (_, None) => String::new(),
            (Self::En, Some(continued)) => {
                format!("; what study {} measured counts as one pass", continued.study)
            }
            (Self::Ja, Some(continued)) => {
                format!("。実験 {} の測定値も 1 回分として含みます", continued.study)
            }
        };
        Some(match self {
            Self::En => {
                format!("Step time {time}: measured with nothing else running, warm-up left out{with}.")
            }
            Self::Ja => {
                format!("ステップ時間 {time}: ほかに何も実行せずに測定、ウォームアップは除外{with}。")
            }
        })
    }

    /// Says that the time is steps × step time. `None` where there is no time.
    pub(crate) fn origin_of_time(self, size: &SizeResult) -> Option<String> {
        let time = duration(size.seconds_to_target?.median?, self);
        Some(match self {
            Self::En => {
                format!("Time {time}: steps × step time; its interval holds the uncertainty of both.")
            }
            Self::Ja => format!("時間 {time}: ステップ数 × ステップ時間。区間は両方の不確かさを含みます。"),
        })
    }

    /// How the probability of being best was computed. `None` where no trial was run.
    pub(crate) fn origin_of_p_best(self, study: &StudyResult, size: &SizeResult) -> Option<String> {
        let share = Some(percent(size.p_best)).filter(|_| size.runs > 0)?;
        let objective = self.objective_word(study.objective);
        Some(match self {
            Self::En => format!(
                "Best with {share}: computed, the share of draws from the uncertainty of all sizes in which it is best ({objective})."
            ),
            Self::Ja => format!(
                "最良である確率 {share}: 計算値。全サイズの不確かさから抽出したとき、最良 ({objective}) になった割合です。"
            ),
        })
    }

    /// Where the target comes from. `None` without one.
    pub(crate) fn origin_of_target(self, study: &StudyResult, pilots: &[u64]) -> Option<String> {
        let target = study.target.as_ref()?;
        let (condition, trials) = (self.target_condition(target), self.trials_named(pilots));
        Some(match (self, study.automatic_goal.filter(|_| target.how == "auto")) {
            (Self::En, Some(goal)) => format!(
                "Target {condition}: the best loss of the pilot ({trials}), {}, plus {} of its fall from the start.",
                significant(goal.best, 4),
                percent(goal.share)
            ),
            (Self::Ja, Some(goal)) => format!(
                "目標 {condition}: 予備実験 ({trials}) の最良の損失 {} に、開始時からの低下幅の {} を加えた値です。",
                significant(goal.best, 4),
                percent(goal.share)
            ),
            (Self::En, None) => format!("Target {condition}: as it was asked for."),
            (Self::Ja, None) => format!("目標 {condition}: 指定された値です。"),
        })
    }

    /// Which numbers around the table are fitted, not measured. `None` without a law.
    pub(crate) fn origin_of_models(self, study: &StudyResult) -> Option<String> {
        let tuned = study.sizes.iter().filter(|size| {
            size.learning_rate.tuned && size.steps_to_target.is_some_and(|steps| steps.median.is_some())
        });
        let sizes = self.list(&tuned.map(|size| size.batch_size).collect::<Vec<_>>());
        study.law.as_ref()?;
        let predicted = study.predicted_best.is_some();
        if study.judged_together {
            return Some(self.origin_of_judged_law(predicted).to_owned());
        }
        Some(match (self, predicted) {
            (Self::En, true) => format!(
                "Critical batch size and predicted best size: from the law and the step-time model, fitted to the medians of {sizes}; no number of the table rests on them."
            ),
            (Self::En, false) => format!(
                "Critical batch size: from the law, fitted to the medians of {sizes}; no number of the table rests on it."
            ),
            (Self::Ja, true) => format!(
                "臨界バッチサイズと予測最良サイズ: {sizes} の中央値に当てはめた法則とステップ時間モデルによる値です。表の数値には使っていません。"
            ),
            (Self::Ja, false) => format!(
                "臨界バッチサイズ: {sizes} の中央値に当てはめた法則による値です。表の数値には使っていません。"
            ),
        })
    }

    fn origin_of_judged_law(self, predicted: bool) -> &'static str {
        if predicted {
            self.pick(
                "Critical batch size and predicted best size: from the law S(B) through what the trials of all sizes together say of each size, and the step-time model.",
                "臨界バッチサイズと予測最良サイズ: 全サイズの試行から推定した各サイズのステップ数に当てはめた法則 S(B) と、ステップ時間モデルによる値です。",
            )
        } else {
            self.pick(
                "Critical batch size: from the law S(B) through what the trials of all sizes together say of each size.",
                "臨界バッチサイズ: 全サイズの試行から推定した各サイズのステップ数に当てはめた法則 S(B) による値です。",
            )
        }
    }

    /// How money and energy are computed. `None` for other objectives.
    pub(crate) fn origin_of_cost(self, objective: Objective) -> Option<&'static str> {
        match objective {
            Objective::Money => Some(self.pick("Money: time × price per hour.", "費用: 時間 × 1 時間あたりの価格。")),
            Objective::Energy => Some(self.pick("Energy: steps × step time × power, read from the processor's counters while steps were timed.", "エネルギー: ステップ数 × ステップ時間 × 電力 (ステップ時間の測定中にプロセッサのカウンタで測定)。")),
            _ => None,
        }
    }
}
