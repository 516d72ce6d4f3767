//! What fits into memory: the sentence with the answer, and the comparison of planned and measured
//! memory.

use batchwright_find::{
    FitAnswer, FitEnd, FitSubject, Interval, MemoryModelError, ProbeLength, ProbeOutcome, Ran,
};

use crate::lang::Lang;
use crate::number::{bytes, grouped, percent, significant};
use crate::text::reported::in_japanese;

impl Lang {
    /// The answer in a sentence or two.
    pub(crate) fn fit_answer(self, answer: &FitAnswer) -> String {
        let (samples, limit) = match answer.subject {
            FitSubject::Network { samples, memory_limit } => (samples, bytes(memory_limit)),
            FitSubject::Command { memory_limit } => return self.command_fit(answer, memory_limit),
        };
        match (&answer.search.end, answer.search.largest_that_fits) {
            (FitEnd::NoneFits { reason }, _) => self.none_fits(&limit, reason),
            (FitEnd::Failed { micro_batch_size, reason }, _) => self.fit_unknown(*micro_batch_size, reason),
            (FitEnd::NoStep { micro_batch_size }, _) => self.fit_without_step(*micro_batch_size),
            (FitEnd::Found, None) => self.none_fits(&limit, ""),
            (FitEnd::Found, Some(largest)) => match answer.search.smallest_that_failed {
                Some(failed) => self.largest_fit(largest, failed, &limit),
                None => self.cap_fits(answer.cap == samples, largest, &limit),
            },
        }
    }

    fn largest_fit(self, largest: u64, failed: u64, limit: &str) -> String {
        let (size, failed, double) = (grouped(largest), grouped(failed), largest.saturating_mul(2));
        match self {
            Self::En => format!(
                "The largest micro-batch that runs within {limit} is {size}; {failed} does not. Larger batches take the same step, batch norm aside, in several micro-batches, e.g. --batch-size {double} --micro-batch-size {largest}."
            ),
            Self::Ja => format!(
                "{limit} 以内で実行できる最大のマイクロバッチは {size} です。{failed} は収まりません。これより大きいバッチも、複数のマイクロバッチに分ければ (バッチ正規化を除き) 同じステップになります (例: --batch-size {double} --micro-batch-size {largest})。"
            ),
        }
    }

    /// `all`: the largest size allowed is the number of all training samples.
    fn cap_fits(self, all: bool, largest: u64, limit: &str) -> String {
        let size = grouped(largest);
        match self {
            Self::En => {
                let what = if all { "all training samples" } else { "the largest size that was allowed" };
                format!("A micro-batch of {size}, {what}, runs within {limit}: memory sets no limit here.")
            }
            Self::Ja => {
                let what = if all { "学習サンプルすべて" } else { "指定された上限" };
                format!(
                    "{what}にあたる {size} サンプルのマイクロバッチも {limit} 以内で実行できます。メモリによる制限はありません。"
                )
            }
        }
    }

    fn none_fits(self, limit: &str, reason: &str) -> String {
        match self {
            Self::En => format!(
                "Not even one sample fits into {limit}: {reason}. Use a smaller model or allow more with --memory-limit."
            ),
            Self::Ja => format!(
                "{limit} には 1 サンプルも収まりません: {}。モデルを小さくするか、--memory-limit を大きくしてください。",
                in_japanese(reason)
            ),
        }
    }

    pub(super) fn fit_unknown(self, size: u64, reason: &str) -> String {
        let size = grouped(size);
        match self {
            Self::En => format!(
                "What fits is not known, for running {size} failed for another cause than memory: {reason}."
            ),
            Self::Ja => format!(
                "{size} の実行がメモリ以外の原因で失敗したため、どこまで収まるかは分かりません: {}。",
                in_japanese(reason)
            ),
        }
    }

    /// A run that ended well may have trained or not.
    pub(super) fn fit_without_step(self, size: u64) -> String {
        let size = grouped(size);
        match self {
            Self::En => format!(
                "What fits is not known, for running {size} ended without an error but told of no step: it may not have trained. Let the program print a line like {{\"step\": 10, \"val_loss\": 0.3}}, or give --metric; --check shows what is read."
            ),
            Self::Ja => format!(
                "{size} の実行はエラーなく終わりましたが、ステップを 1 つも読み取れず、学習したかどうか分かりません。そのため、どこまで収まるかも分かりません。{{\"step\": 10, \"val_loss\": 0.3}} のような行を出力させるか、--metric を指定してください。何が読み取れるかは --check で確かめられます。"
            ),
        }
    }

    /// Why a size does not fit, with the reason that the trial run gave.
    pub(crate) fn why_not(self, answer: &FitAnswer) -> Option<String> {
        let failed = answer.search.smallest_that_failed?;
        let probe = answer.search.probes.iter().find(|probe| probe.micro_batch_size == failed)?;
        let ProbeOutcome::DoesNotFit { reason } = &probe.outcome else { return None };
        let (size, reason) = (grouped(failed), reason.trim_end_matches('.'));
        Some(match self {
            Self::En => format!("Why {size} does not fit: {reason}."),
            Self::Ja => format!("{size} が収まらない理由: {}", in_japanese(reason)),
        })
    }

    /// Compares the planned memory with the measured memory.
    pub(crate) fn planned_and_measured(self, ran: &Ran) -> Option<String> {
        let planned = bytes(ran.planned_bytes?);
        Some(match (self, ran.peak_bytes.map(bytes)) {
            (Self::En, Some(peak)) => format!(
                "Planned for it: {planned}; measured at most: {peak}, with the stacks of the threads and the batch of an evaluation."
            ),
            (Self::En, None) => format!("Planned for it: {planned}; what it took cannot be measured here."),
            (Self::Ja, Some(peak)) => {
                format!(
                    "計画値は {planned}、実測の最大値は {peak} です (スレッドのスタックと評価用のバッチを含む)。"
                )
            }
            (Self::Ja, None) => {
                format!("計画値は {planned} です。この環境では実際の使用量を測定できません。")
            }
        })
    }

    /// How memory grows with the size, or why no straight line is given.
    pub(crate) fn memory_model(self, answer: &FitAnswer) -> String {
        let model = match &answer.model {
            Ok(model) => model,
            Err(error) => return self.no_memory_model(error),
        };
        let (each, fixed) =
            (self.bytes_interval(model.bytes_per_sample), self.bytes_interval(model.fixed_bytes));
        let worst = bytes(model.worst_residual_bytes as u64);
        match self {
            Self::En => format!(
                "Measured memory grows by {each} a sample from {fixed} on (95% intervals); it is off this line by at most {worst}."
            ),
            Self::Ja => format!(
                "実測のメモリは {fixed} から 1 サンプルごとに {each} ずつ増えます (括弧内は 95% 区間)。この直線からのずれは最大 {worst} です。"
            ),
        }
    }

    /// A value with its interval: `13.2 KiB (13.1 KiB – 13.3 KiB)`. Negative values are shown as 0.
    fn bytes_interval(self, interval: Interval) -> String {
        let show = |value: f64| bytes(value.max(0.0).round() as u64);
        match (interval.low, interval.high) {
            (Some(low), Some(high)) => {
                format!("{} ({})", show(interval.value), self.range(&show(low), &show(high)))
            }
            _ => show(interval.value),
        }
    }

    fn no_memory_model(self, error: &MemoryModelError) -> String {
        match (self, error) {
            (Self::En, error) => format!("How memory grows with the size is not said: {error}."),
            (Self::Ja, MemoryModelError::TooFewSizes { found }) => {
                format!("実行できたサイズが {found} 個しかないため、メモリの増え方は求めていません。")
            }
            (Self::Ja, MemoryModelError::NoLine { micro_batch_size, measured, modelled }) => format!(
                "メモリはマイクロバッチの大きさに比例して増えません。{} サンプルでの実測値は {}、直線による値は {} です。",
                grouped(*micro_batch_size),
                bytes(*measured as u64),
                bytes(modelled.max(0.0) as u64)
            ),
        }
    }

    /// How sizes were run: each in a process of its own, so that the runs do not affect each other.
    pub(crate) fn probes_apart(self) -> &'static str {
        self.pick(
            "Each size was trained in a process of its own: evaluation, steps, optimizer state; the answer once more, and longer. All samples are equally large, so any is the largest.",
            "各サイズは別プロセスで学習しました (評価、ステップ、オプティマイザの状態を含む)。答えのサイズは、さらに長く実行して確認しています。サンプルの大きさはすべて同じです。",
        )
    }

    /// How a run ended, in a cell of the table.
    pub(crate) fn probe_end(self, outcome: &ProbeOutcome) -> String {
        match outcome {
            ProbeOutcome::Runs(_) => self.pick("runs", "実行できた").to_owned(),
            ProbeOutcome::DoesNotFit { .. } => self.does_not_fit().to_owned(),
            ProbeOutcome::Spills { slowdown } => {
                let times = significant(*slowdown, 2);
                self.pick(format!("spills: {times} times slower"), format!("メモリからあふれ {times} 倍遅い"))
            }
            ProbeOutcome::NoStep => self.pick("told of no step", "ステップなし").to_owned(),
            ProbeOutcome::Failed { .. } => self.pick("failed", "失敗").to_owned(),
        }
    }

    pub(crate) fn probe_length(self, length: ProbeLength) -> &'static str {
        match length {
            ProbeLength::Short => self.pick("short", "短い実行"),
            ProbeLength::Long => self.pick("long, confirms", "長い実行 (確認)"),
        }
    }

    /// The live line: which run is going on.
    pub(crate) fn probing(self, size: u64, length: ProbeLength) -> String {
        let (size, length) = (grouped(size), self.probe_length(length));
        match self {
            Self::En => format!("runs a micro-batch of {size} ({length})"),
            Self::Ja => format!("マイクロバッチ {size} を実行中 ({length})"),
        }
    }

    /// By how much measured memory differs from planned memory, as a percentage of the plan:
    /// `+1.2%`.
    pub(crate) fn over_plan(self, ran: &Ran) -> Option<String> {
        let share = ran.peak_bytes? as f64 / ran.planned_bytes?.max(1) as f64 - 1.0;
        Some(format!("{}{}", if share >= 0.0 { "+" } else { "" }, percent(share)))
    }
}
