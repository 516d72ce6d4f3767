//! Texts of a study: the sentence with the verdict, the law, the trade-off, the other targets. The
//! text on why a study recommends nothing is in `no_answer`.

use batchwright_find::{
    Direction, Estimate, FitRange, Law, Recommendation, Sensitivity, SizeResult, StudyResult, Target,
    VerdictKind,
};

use crate::lang::Lang;
use crate::number::{count, counted, duration, grouped, percent, significant};

impl Lang {
    /// The sentence with the verdict.
    pub(crate) fn study_verdict(self, study: &StudyResult) -> String {
        match study.recommendation() {
            Ok(choice) => self.recommendation(study, choice),
            Err(cause) => self.no_recommendation(&cause),
        }
    }

    fn recommendation(self, study: &StudyResult, choice: &Recommendation) -> String {
        match study.verdict.kind {
            VerdictKind::Best => self.one_is_best(study, choice),
            VerdictKind::Tie => self.several_are_best(study, choice),
            // A target that no size reached usually leaves nothing to recommend. If there is a
            // recommendation, it is a guess.
            VerdictKind::Undecided | VerdictKind::Unreachable => self.not_sure_yet(study, choice),
        }
    }

    fn one_is_best(self, study: &StudyResult, choice: &Recommendation) -> String {
        let (use_it, margin) = (self.use_it(study, choice), percent(study.margin));
        let rivals: Vec<u64> =
            study.best_set.iter().copied().filter(|&size| size != choice.batch_size).collect();
        if !rivals.is_empty() {
            let (rivals, regret) = (self.list(&rivals), percent(choice.expected_regret));
            return match self {
                Self::En => format!(
                    "{use_it} It is the best guess, with an expected regret of {regret}; by luck of the seeds {rivals} may be better."
                ),
                Self::Ja => format!(
                    "{use_it}期待リグレットは {regret} で、最も有望な選択です。ただしシードの偶然により {rivals} のほうが優れている可能性も残ります。"
                ),
            };
        }
        match self {
            Self::En => format!("{use_it} No other size comes within {margin} of it."),
            Self::Ja => format!("{use_it}ほかのサイズとの差は {margin} を超えます。"),
        }
    }

    fn several_are_best(self, study: &StudyResult, choice: &Recommendation) -> String {
        let (use_it, margin, others) =
            (self.use_it(study, choice), percent(study.margin), self.list(&choice.tied_with));
        match self {
            Self::En if choice.tied_with.is_empty() => {
                format!("{use_it} The sizes are equal within {margin}.")
            }
            Self::En => {
                format!("{use_it} Equally good within {margin}: {others}; the smallest needs least memory.")
            }
            Self::Ja if choice.tied_with.is_empty() => {
                format!("{use_it}サイズによる差は {margin} 以内です。")
            }
            Self::Ja => {
                format!(
                    "{use_it}{others} との差は {margin} 以内なので、メモリが最も少なくて済む最小のサイズを選びます。"
                )
            }
        }
    }

    /// The best guess, and what would decide. Regret and margin are named if they keep the verdict
    /// open.
    fn not_sure_yet(self, study: &StudyResult, choice: &Recommendation) -> String {
        let (use_it, set) = (self.use_it(study, choice), self.list(&study.best_set));
        let open = self.open_points(&study.verdict.open);
        match self {
            Self::En => {
                format!("Not decided yet. {use_it} The best size is among {set} with 90% probability.{open}")
            }
            Self::Ja => format!(
                "まだ決着していません。{use_it}最良のサイズは 90% の確率で {set} のいずれかです。{open}"
            ),
        }
    }

    /// "Use batch size 64 with learning rate 0.05: it reaches val_loss < 0.25 in 1.2 s (0.9 s to
    /// 1.5 s)." Without a target, it tells the best validation value.
    fn use_it(self, study: &StudyResult, choice: &Recommendation) -> String {
        let (size, rate) = (grouped(choice.batch_size), significant(choice.learning_rate, 3));
        let found = study.sizes.iter().find(|s| s.batch_size == choice.batch_size);
        let reached = found.and_then(|size| match &study.target {
            Some(target) => self.reaches(study, size, target),
            None => self.comes_to(study, size.quality?),
        });
        match (self, reached) {
            (Self::En, Some(reached)) => {
                format!("Use batch size {size} with learning rate {rate}: it {reached}.")
            }
            (Self::En, None) => format!("Use batch size {size} with learning rate {rate}."),
            (Self::Ja, Some(reached)) => {
                format!("バッチサイズ {size}、学習率 {rate} を使ってください。{reached}。")
            }
            (Self::Ja, None) => format!("バッチサイズ {size}、学習率 {rate} を使ってください。"),
        }
    }

    fn reaches(self, study: &StudyResult, size: &SizeResult, target: &Target) -> Option<String> {
        let (target, cost) = (self.target_condition(target), self.cost_of(study.objective, size));
        let steps = count(size.steps_to_target?.median?);
        let tokens = self.tokens_to_target(study, size).unwrap_or_default();
        let time = size.seconds_to_target.and_then(|time| self.with_interval(time, |t| duration(t, self)));
        if let (Some(cost), Some(time)) = (cost, &time) {
            return Some(match self {
                Self::En => {
                    format!("reaches {target} {cost} in {time} and {}{tokens}", counted(&steps, "step"))
                }
                Self::Ja => format!("{cost}、{time}、{steps} ステップ{tokens}で {target} に到達します"),
            });
        }
        Some(match (self, time) {
            (Self::En, Some(time)) => {
                format!("reaches {target} in {time} and {}{tokens}", counted(&steps, "step"))
            }
            (Self::En, None) => format!("reaches {target} in {}{tokens}", counted(&steps, "step")),
            (Self::Ja, Some(time)) => format!("{time}、{steps} ステップ{tokens}で {target} に到達します"),
            (Self::Ja, None) => format!("{steps} ステップ{tokens}で {target} に到達します"),
        })
    }

    /// The tokens of a text on the way to the target: " (24,576 tokens)".
    fn tokens_to_target(self, study: &StudyResult, size: &SizeResult) -> Option<String> {
        let tokens = size.samples_to_target?.median? * study.tokens_per_sample? as f64;
        Some(match self {
            Self::En => format!(" ({})", counted(&count(tokens), "token")),
            Self::Ja => format!(" ({} トークン)", count(tokens)),
        })
    }

    fn comes_to(self, study: &StudyResult, quality: Estimate) -> Option<String> {
        let value = self.with_interval(quality, |value| significant(value, 4))?;
        let time = study.within_seconds.map(|seconds| duration(seconds, self));
        Some(match (self, time) {
            (Self::En, Some(time)) => {
                format!("comes to a best validation value of {value} in {time} of training")
            }
            (Self::En, None) => format!("comes to a best validation value of {value}"),
            (Self::Ja, Some(time)) => format!("{time} の学習で、検証の最良値は {value} です"),
            (Self::Ja, None) => format!("検証の最良値は {value} です"),
        })
    }

    /// `18 ms (16–22 ms)`; `None` without a median.
    pub(crate) fn with_interval(self, estimate: Estimate, show: impl Fn(f64) -> String) -> Option<String> {
        let median = show(estimate.median?);
        Some(match (estimate.low, estimate.high) {
            (Some(low), Some(high)) => format!("{median} ({})", self.range(&show(low), &show(high))),
            _ => median,
        })
    }

    /// `16–22 ms`, `900 ms – 1.2 s`: a unit that both ends share is written once.
    pub(crate) fn range(self, low: &str, high: &str) -> String {
        let dash = self.pick("–", "〜");
        match (low.split_once(' '), high.split_once(' ')) {
            (Some((number, unit)), Some((_, other))) if unit == other => format!("{number}{dash}{high}"),
            (None, None) => format!("{low}{dash}{high}"),
            _ => format!("{low} {dash} {high}"),
        }
    }

    /// `val_loss < 0.25`.
    pub(crate) fn target_condition(self, target: &Target) -> String {
        let sign = match target.direction {
            Direction::Below => '<',
            Direction::Above => '>',
        };
        format!("{} {sign} {}", target.metric, significant(target.goal, 4))
    }

    /// The condition of the target, and where it comes from.
    #[must_use]
    pub fn target_line(self, target: &Target) -> String {
        let condition = match (self, target.metric.as_str()) {
            (Self::Ja, "val_loss") => format!("検証の損失 (誤差) {}", self.target_condition(target)),
            _ => self.target_condition(target),
        };
        match (self, target.how.as_str()) {
            (Self::En, "auto") => format!("{condition} (found by a pilot run)"),
            (Self::Ja, "auto") => format!("{condition} (予備実験から自動で決定)"),
            _ => condition,
        }
    }

    /// The fitted law in a sentence.
    pub(crate) fn law(self, law: &Law) -> String {
        let critical = &law.critical_batch_size;
        let mut value = count(critical.value);
        let (low, high) =
            (critical.low.map_or_else(|| "0".into(), count), critical.high.map_or_else(|| "∞".into(), count));
        if critical.low.is_some() || critical.high.is_some() {
            value = format!("{value} ({})", self.range(&low, &high));
        }
        let (least, off) = (count(law.s_min), percent(law.worst_log_residual.exp_m1()));
        match self {
            Self::En => format!(
                "Critical batch size {value}: well below it, doubling the batch size halves the steps; well above, it only costs samples. No size needs fewer than about {}. (Law S(B) = S_min (1 + B_c/B), off by up to {off}.)",
                counted(&least, "step")
            ),
            Self::Ja => format!(
                "臨界バッチサイズは {value} です。これより十分小さい範囲では、バッチサイズを 2 倍にするとステップ数は半分になります。十分大きい範囲では、サンプルを余分に使うだけです。どのサイズでも約 {least} ステップは必要です。(法則 S(B) = S_min (1 + B_c/B)、ずれは最大 {off})"
            ),
        }
    }

    /// Which size needs the least of each: samples (compute), seconds, steps. `None` where nothing
    /// was measured.
    pub(crate) fn trade_off(self, study: &StudyResult) -> Option<String> {
        let least = |read: fn(&SizeResult) -> Option<f64>| {
            let measured = study.sizes.iter().filter_map(|size| Some((size.batch_size, read(size)?)));
            measured.min_by(|a, b| a.1.total_cmp(&b.1))
        };
        let (samples, n) = least(|size| size.samples_to_target?.median)?;
        let (steps, s) = least(|size| size.steps_to_target?.median)?;
        let (samples, n, steps, s) = (grouped(samples), count(n), grouped(steps), count(s));
        let time =
            least(|size| size.seconds_to_target?.median).map(|(size, t)| (grouped(size), duration(t, self)));
        Some(match (self, time) {
            (Self::En, Some((time, t))) => format!(
                "Fewest samples at {samples} ({n}), least time at {time} ({t}), fewest steps at {steps} ({s})."
            ),
            (Self::En, None) => format!("Fewest samples at {samples} ({n}), fewest steps at {steps} ({s})."),
            (Self::Ja, Some((time, t))) => format!(
                "サンプル数が最少なのは {samples} ({n})、時間が最短なのは {time} ({t})、ステップ数が最少なのは {steps} ({s}) です。"
            ),
            (Self::Ja, None) => {
                format!("サンプル数が最少なのは {samples} ({n})、ステップ数が最少なのは {steps} ({s}) です。")
            }
        })
    }

    /// The size up to which memory suffices. `None` where every size ran.
    pub(crate) fn memory_limit(self, fit: &FitRange) -> Option<String> {
        let failed = grouped(fit.smallest_that_failed?);
        Some(match (self, fit.largest_that_fits.map(grouped)) {
            (Self::En, Some(largest)) => {
                format!("Largest batch size that ran: {largest}; {failed} does not fit into memory.")
            }
            (Self::En, None) => {
                format!("Batch size {failed} does not fit into memory, and no smaller one was tried.")
            }
            (Self::Ja, Some(largest)) => {
                format!("実行できた最大のバッチサイズは {largest} です。{failed} はメモリに収まりません。")
            }
            (Self::Ja, None) => {
                format!(
                    "バッチサイズ {failed} はメモリに収まりません。それより小さいサイズは試していません。"
                )
            }
        })
    }

    /// Which size another automatic target would have led to.
    pub(crate) fn sensitivity(self, other: &Sensitivity) -> String {
        let (share, goal) = (percent(other.share), significant(other.goal, 4));
        let answer = match (self, other.recommended.map(grouped)) {
            (Self::En, None) => "no size reached it".into(),
            (Self::Ja, None) => "到達したサイズはありません".into(),
            (Self::En, Some(size)) => format!("batch size {size}{}", self.and_tied(&other.tied_with)),
            (Self::Ja, Some(size)) => format!("バッチサイズ {size}{} です", self.and_tied(&other.tied_with)),
        };
        match self {
            Self::En => {
                format!("With the target at the pilot's best plus {share} of its fall ({goal}): {answer}.")
            }
            Self::Ja => {
                format!("目標を「予備実験の最良値 + 低下幅の {share}」({goal}) にした場合は、{answer}。")
            }
        }
    }

    fn and_tied(self, tied: &[u64]) -> String {
        match (self, tied) {
            (_, []) => String::new(),
            (Self::En, tied) => format!(", tied with {}", self.list(tied)),
            (Self::Ja, tied) => format!(" ({} と同等)", self.list(tied)),
        }
    }

    /// What the study cost.
    pub(crate) fn cost(self, study: &StudyResult) -> String {
        let cost = &study.cost;
        let (trials, steps) = (grouped(cost.trials), grouped(cost.steps));
        let (seconds, wall) = (duration(cost.seconds, self), duration(cost.wall_seconds, self));
        match self {
            Self::En => {
                let (trials, steps) = (counted(&trials, "trial"), counted(&steps, "step"));
                format!("{trials}, {steps}, {seconds} of training, {wall} by the clock.")
            }
            Self::Ja => {
                format!("試行 {trials} 回、{steps} ステップ、学習時間の合計 {seconds}、経過時間 {wall}。")
            }
        }
    }

    /// "8, 16 and 32".
    pub(crate) fn list(self, sizes: &[u64]) -> String {
        let names: Vec<String> = sizes.iter().copied().map(grouped).collect();
        match (self, names.as_slice()) {
            (Self::Ja, _) => names.join("、"),
            (Self::En, [rest @ .., last]) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            (Self::En, _) => names.join(""),
        }
    }
}
