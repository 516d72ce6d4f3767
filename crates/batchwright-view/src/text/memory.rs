//! What an answer takes from earlier studies: that an earlier answer was checked instead of being
//! searched for again, why it no longer holds, and which trials were taken over.

use batchwright_find::{Change, Continued, Reused, RunCheck, StudyResult};

use crate::lang::Lang;
use crate::number::{count, counted, date, duration, grouped, percent, significant};
use crate::text::reported::in_japanese;

impl Lang {
    /// Says that the answer comes from an earlier study: from which one, when, and what was
    /// checked. `None` if the answer is new.
    pub(crate) fn reused(self, study: &StudyResult) -> Option<String> {
        let reused = study.reused.as_ref()?;
        let (name, when) = (&reused.study, date(reused.created));
        let checks = [self.step_times_agree(reused), Some(self.run_agrees(study, &reused.run))];
        let checks: String = checks.into_iter().flatten().collect();
        Some(match self {
            Self::En => format!("This answer was found by study {name} ({when}) and still holds.{checks}"),
            Self::Ja => {
                format!("この答えは実験 {name} ({when}) で得られたもので、今も有効です。{checks}")
            }
        })
    }

    fn step_times_agree(self, reused: &Reused) -> Option<String> {
        let apart =
            |check: &batchwright_find::StepTimeCheck| (check.now.median / check.before.median - 1.0).abs();
        let most = percent(reused.step_times.iter().map(apart).reduce(f64::max)?);
        let sizes = self.list(&reused.step_times.iter().map(|check| check.batch_size).collect::<Vec<_>>());
        Some(match self {
            Self::En => format!(
                " Checked just now: the step times of {sizes} agree (within {most}), and no other size has come out better."
            ),
            Self::Ja => format!(
                "再確認の結果、{sizes} のステップ時間は一致し (差は最大 {most})、順位も変わりませんでした。"
            ),
        })
    }

    fn run_agrees(self, study: &StudyResult, run: &RunCheck) -> String {
        let (found, range) = self.run_check(study, run);
        match self {
            Self::En => {
                format!(" One run on fresh seed {}: {found}, where {range} was to be expected.", run.seed)
            }
            Self::Ja => format!(
                "新しいシード {} での 1 回の学習は{found}で、予測範囲 {range} に入りました。",
                run.seed
            ),
        }
    }

    /// The result of the run that checks an earlier answer, and the range in which 95% of such runs
    /// lie.
    fn run_check(self, study: &StudyResult, run: &RunCheck) -> (String, String) {
        let steps = study.target.is_some();
        let show = |value: f64| if steps { count(value) } else { significant(value, 4) };
        let range = self.range(&show(run.low), &show(run.high));
        let found = match (self, run.found.map(show)) {
            (Self::En, Some(found)) if steps => format!("{} to the target", counted(&found, "step")),
            (Self::Ja, Some(found)) if steps => format!("目標まで {found} ステップ"),
            (Self::En, Some(found)) => format!("a best value of {found}"),
            (Self::Ja, Some(found)) => format!("最良値 {found} "),
            (Self::En, None) => "the target was not reached by then".to_owned(),
            (Self::Ja, None) => "目標未達".to_owned(),
        };
        (found, range)
    }

    /// Why an earlier answer no longer holds.
    pub(crate) fn change(self, study: &StudyResult, change: &Change) -> String {
        match change {
            Change::StepTime { batch_size, before, now } => {
                let (size, before, now) =
                    (grouped(*batch_size), duration(*before, self), duration(*now, self));
                match self {
                    Self::En => format!("a step of batch size {size} took {before}, now {now}"),
                    Self::Ja => {
                        format!("バッチサイズ {size} のステップ時間が {before} から {now} に変わりました")
                    }
                }
            }
            Change::Order { better, recommended } => {
                let (better, recommended) = (grouped(*better), grouped(*recommended));
                match self {
                    Self::En => {
                        format!("with the step times of now {better} comes out better than {recommended}")
                    }
                    Self::Ja => {
                        format!("現在のステップ時間では {better} のほうが {recommended} より優れています")
                    }
                }
            }
            Change::Run(run) => {
                let (found, range) = self.run_check(study, run);
                match self {
                    Self::En => format!(
                        "one run on fresh seed {} came to: {found}, where {range} was to be expected",
                        run.seed
                    ),
                    Self::Ja => format!(
                        "新しいシード {} での 1 回の学習は{found}で、予測範囲 {range} から外れました",
                        run.seed
                    ),
                }
            }
            Change::DoesNotRun { batch_size, reason } => match self {
                Self::En => format!("batch size {} does not run: {reason}", grouped(*batch_size)),
                Self::Ja => {
                    format!("バッチサイズ {} を実行できません: {}", grouped(*batch_size), in_japanese(reason))
                }
            },
            Change::Interrupted => self.pick("the check was stopped", "確認が中断されました").to_owned(),
        }
    }

    /// Says that trials of an earlier study count here too, and why its answer was not enough.
    /// `None` without such trials.
    pub(crate) fn continued(self, study: &StudyResult) -> Option<String> {
        let continued = study.continued.as_ref().filter(|_| study.reused.is_none())?;
        let Continued { study: earlier, because, cost_in_all: all, .. } = continued;
        let why = because.as_ref().map(|change| self.change(study, change));
        let verb = if continued.trials == 1 { "counts" } else { "count" };
        let (taken, trials) = (grouped(continued.trials), grouped(all.trials));
        let (seconds, wall) = (duration(all.seconds, self), duration(all.wall_seconds, self));
        let why = match (self, why) {
            (_, None) => String::new(),
            (Self::En, Some(why)) => format!("The answer of study {earlier} does not hold any more: {why}. "),
            (Self::Ja, Some(why)) => format!("実験 {earlier} の答えはもう有効ではありません: {why}。"),
        };
        Some(match self {
            Self::En => format!(
                "{why}Goes on from study {earlier}: {taken} of its trials {verb} here too. With it, in all: {}, {seconds} of training, {wall} by the clock.",
                counted(&trials, "trial")
            ),
            Self::Ja => format!(
                "{why}実験 {earlier} の続きです。その試行 {taken} 回も証拠に含みます。合計: 試行 {trials} 回、学習時間 {seconds}、経過時間 {wall}。"
            ),
        })
    }

    /// Where the batch size and the learning rate of a training run come from.
    pub(crate) fn batch_size_from(self, study: &StudyResult, learning_rate: Option<f64>) -> String {
        let Some(choice) = &study.recommended else { return String::new() };
        let (size, found) = (grouped(choice.batch_size), significant(choice.learning_rate, 3));
        let name = &study.study;
        match (self, learning_rate.map(|rate| significant(rate, 3))) {
            (Self::En, None) => {
                format!("Batch size {size} and learning rate {found} come from study {name}.")
            }
            (Self::Ja, None) => {
                format!("バッチサイズ {size} と学習率 {found} は実験 {name} によるものです。")
            }
            (Self::En, Some(given)) => format!(
                "Batch size {size} comes from study {name}, which found learning rate {found} for it; --lr {given} goes against that."
            ),
            (Self::Ja, Some(given)) => format!(
                "バッチサイズ {size} は実験 {name} によるものです。この実験の学習率は {found} でしたが、--lr {given} が優先されます。"
            ),
        }
    }

    /// What a study's learning rate is worth where the training run lets its rate decay.
    pub(crate) fn tuned_at_constant_rate(self) -> &'static str {
        self.pick(
            "The study tuned its rate at a constant schedule; one that decays may do with a higher one.",
            "実験では学習率一定のスケジュールで調整しました。減衰させる場合は、より高い学習率が適していることがあります。",
        )
    }

    /// Says that a study is used although it has not decided yet.
    pub(crate) fn not_decided_by(self, study: &str) -> String {
        match self {
            Self::En => format!(
                "Study {study} has not decided yet: this is its best guess. --budget D lets it go on."
            ),
            Self::Ja => format!(
                "実験 {study} はまだ決着していないため、現時点で最も有望な選択です。--budget D で続行できます。"
            ),
        }
    }

    /// Says that an interrupted study goes on, and with what.
    pub(crate) fn interrupted_study(self, name: &str, trials: u64, left: f64) -> String {
        let left = duration(left, self);
        match self {
            Self::En => {
                let known = if trials == 1 { "trial is" } else { "trials are" };
                format!(
                    "continues study {name}: {trials} {known} known, {left} of its budget left (--fresh begins anew)"
                )
            }
            Self::Ja => format!(
                "実験 {name} を続行: {trials} 件の試行は済み、予算は残り {left} (--fresh で最初からやり直し)"
            ),
        }
    }

    /// Says whether an earlier study of the same workload and question is checked or continued.
    pub(crate) fn earlier_study(self, name: &str, created: i64, check: bool) -> String {
        let when = date(created);
        match (self, check) {
            (Self::En, true) => format!(
                "study {name} ({when}) has answered this: checking whether its answer still holds (--fresh begins anew)"
            ),
            (Self::En, false) => format!(
                "going on from study {name} ({when}), which has not decided this (--fresh begins anew)"
            ),
            (Self::Ja, true) => format!(
                "実験 {name} ({when}) が同じ問いに答えています。答えが今も有効か確認中 (--fresh で最初からやり直し)"
            ),
            (Self::Ja, false) => {
                format!("まだ決着していない実験 {name} ({when}) の続きから開始 (--fresh で最初からやり直し)")
            }
        }
    }
}
