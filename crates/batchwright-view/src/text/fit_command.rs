//! Which batch sizes a training command can run: the sentence with the answer, and its evidence.

use batchwright_find::{FitAnswer, FitEnd, FitSearch, ProbeOutcome, Ran, RunEvidence};

use crate::lang::Lang;
use crate::number::{bytes, grouped, significant};
use crate::text::reported::in_japanese;

impl Lang {
    /// The answer in a sentence or two.
    pub(super) fn command_fit(self, answer: &FitAnswer, memory_limit: Option<u64>) -> String {
        let search = &answer.search;
        match (&search.end, search.largest_that_fits, search.smallest_that_failed) {
            (FitEnd::Failed { micro_batch_size, reason }, ..) => self.fit_unknown(*micro_batch_size, reason),
            (FitEnd::NoStep { micro_batch_size }, ..) => self.fit_without_step(*micro_batch_size),
            (FitEnd::NoneFits { reason }, _, failed) => self.not_even_the_smallest(failed, reason),
            (FitEnd::Found, None, failed) => self.not_even_the_smallest(failed, ""),
            (FitEnd::Found, Some(largest), None) => self.largest_allowed_runs(largest),
            (FitEnd::Found, Some(largest), Some(failed)) => self.largest_runs(largest, failed, memory_limit),
        }
    }

    fn largest_runs(self, largest: u64, failed: u64, memory_limit: Option<u64>) -> String {
        let (size, failed) = (grouped(largest), grouped(failed));
        match (self, memory_limit.map(bytes)) {
            (Self::En, None) => format!("The largest batch size that runs is {size}; {failed} does not."),
            (Self::En, Some(limit)) => format!(
                "The largest batch size that runs within {limit} a process is {size}; {failed} does not."
            ),
            (Self::Ja, None) => {
                format!("実行できる最大のバッチサイズは {size} です。{failed} は実行できません。")
            }
            (Self::Ja, Some(limit)) => format!(
                "プロセスごとに {limit} 以内で実行できる最大のバッチサイズは {size} です。{failed} は実行できません。"
            ),
        }
    }

    fn largest_allowed_runs(self, largest: u64) -> String {
        let size = grouped(largest);
        match self {
            Self::En => format!(
                "Batch size {size} runs, and no larger one was to be tried. To look further, give larger sizes with --batch-sizes."
            ),
            Self::Ja => format!(
                "指定された最大のバッチサイズ {size} も実行できます。さらに大きいサイズを調べるには、--batch-sizes を広げてください。"
            ),
        }
    }

    fn not_even_the_smallest(self, failed: Option<u64>, reason: &str) -> String {
        let size = failed.map(grouped).unwrap_or_default();
        match self {
            Self::En => format!(
                "Not even batch size {size}, the smallest that was asked for, runs: {reason}. Give smaller sizes with --batch-sizes, or use a smaller model."
            ),
            Self::Ja => format!(
                "指定された最小のバッチサイズ {size} も実行できません: {}。--batch-sizes でより小さいサイズを指定するか、モデルを小さくしてください。",
                in_japanese(reason)
            ),
        }
    }

    /// The largest batch size of the evaluation, where it was asked for by itself.
    pub(crate) fn evaluation_fit(self, search: &FitSearch) -> String {
        let text = match (&search.end, search.largest_that_fits, search.smallest_that_failed) {
            (FitEnd::Found, Some(largest), Some(failed)) => self.pick(
                format!("{} is the largest that runs; {} does not", grouped(largest), grouped(failed)),
                format!("実行できる最大は {} で、{} は実行できません", grouped(largest), grouped(failed)),
            ),
            (FitEnd::Found, Some(largest), None) => self.pick(
                format!("{} runs, and no larger one was to be tried", grouped(largest)),
                format!("指定された最大の {} も実行できます", grouped(largest)),
            ),
            (FitEnd::NoneFits { reason } | FitEnd::Failed { reason, .. }, ..) => self.pick(
                format!("not known; {}", reason.trim_end_matches('.')),
                format!("分かりません ({})", in_japanese(reason)),
            ),
            (FitEnd::NoStep { .. } | FitEnd::Found, ..) => self.pick(
                "not known; a run told of no step".to_owned(),
                "分かりません (ステップを読み取れない実行がありました)".to_owned(),
            ),
        };
        match self {
            Self::En => format!(
                "Batch size of the evaluation, {{eval_batch_size}}: {text}. The sizes above were trained with the smallest evaluation, and the evaluations with the smallest batch."
            ),
            Self::Ja => format!(
                "評価のバッチサイズ {{eval_batch_size}}: {text}。上のサイズは評価を最小にして、評価のサイズはバッチを最小にして調べました。"
            ),
        }
    }

    /// Why a size that ran cannot be recommended.
    pub(crate) fn why_no_candidate(self, answer: &FitAnswer) -> Option<String> {
        let failed = answer.search.smallest_that_failed?;
        let probe = answer.search.probes.iter().rev().find(|probe| probe.micro_batch_size == failed)?;
        let ProbeOutcome::Spills { slowdown } = probe.outcome else { return None };
        let (size, times) = (grouped(failed), significant(slowdown, 2));
        Some(match self {
            Self::En => format!(
                "Why {size} is no candidate: it takes {times} times as long a sample as a smaller size does, so that its memory must have gone to a slower place."
            ),
            Self::Ja => format!(
                "{size} を候補としない理由: 1 サンプルあたりの時間がより小さいサイズの {times} 倍かかり、メモリが遅い場所へあふれたと考えられます。"
            ),
        })
    }

    /// How much of the machine's memory the run at the answer used.
    pub(crate) fn measured_of_command(self, ran: &Ran) -> Option<String> {
        let peak = bytes(ran.peak_bytes?);
        Some(match (self, ran.card_bytes.map(bytes)) {
            (Self::En, Some(card)) => {
                format!("Its processes held {peak} at most, and {card} on graphics cards.")
            }
            (Self::En, None) => {
                format!("Its processes held {peak} at most; memory of accelerators is not in it.")
            }
            (Self::Ja, Some(card)) => {
                format!("メモリはプロセス全体で最大 {peak}、GPU 上で最大 {card} でした。")
            }
            (Self::Ja, None) => {
                format!("プロセス全体のメモリは最大 {peak} でした (アクセラレータのメモリは含みません)。")
            }
        })
    }

    /// The evidence that a size runs where the command reported no step. `None` where steps are the
    /// evidence.
    pub(crate) fn what_it_rests_on(self, evidence: RunEvidence) -> Option<String> {
        let rests_on = match evidence {
            RunEvidence::Steps => return None,
            RunEvidence::Lived => self
                .pick("it lived on for a while after its first output", "最初の出力のあとも動き続けたこと"),
        };
        Some(match self {
            Self::En => format!(
                "The command told of no step that is understood, so that a size counts as one that runs where {rests_on}: it may not have trained. Let it print a line like {{\"step\": 10, \"val_loss\": 0.3}}, or give --metric."
            ),
            Self::Ja => format!(
                "コマンドの出力からステップを読み取れなかったため、{rests_on}だけを根拠に「実行できた」としています。実際に学習したかどうかは分かりません。{{\"step\": 10, \"val_loss\": 0.3}} のような行を出力するか、--metric を指定してください。"
            ),
        })
    }

    /// How sizes were run.
    pub(crate) fn command_runs_apart(self) -> &'static str {
        self.pick(
            "Each size ran in a process of its own until it had shown a few steps and an evaluation, or for a while; the answer once more, and longer.",
            "各サイズは別プロセスで、数ステップと評価が確認できるまで、または一定の時間実行しました。答えのサイズは、さらに長く実行して確認しています。",
        )
    }
}
