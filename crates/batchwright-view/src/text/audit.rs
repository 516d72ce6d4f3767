//! Texts of an audit: what a trainer does with batch size, micro-batches, epochs, evaluation,
//! schedule and seed, and the numbers that show it.

use crate::lang::Lang;
use crate::number::{counted, grouped, percent, significant};
use crate::text::reported::in_japanese;
use batchwright_command::{
    AuditEvidence, AuditJudgement, AuditNeed, AuditQuestion, Audited, CurveGap, PairedGap,
};

impl Lang {
    /// How many answers are wrong, and how many could not be given.
    pub(crate) fn audit_result(self, audited: &Audited) -> String {
        let of = |judgement| audited.count(judgement);
        let (wrong, fine) = (of(AuditJudgement::Wrong), of(AuditJudgement::Fine));
        let (unclear, open) = (of(AuditJudgement::Unclear), of(AuditJudgement::NotChecked));
        let total = audited.answers.len();
        match self {
            Self::En => {
                let head = match wrong {
                    0 if fine == 0 => "Nothing was found out.".to_owned(),
                    0 => "Nothing wrong was found.".to_owned(),
                    1 => "One thing is wrong.".to_owned(),
                    _ => format!("{wrong} things are wrong."),
                };
                format!(
                    "{head} Of {total} questions, {fine} are fine, {wrong} wrong, {unclear} unclear, {open} not checked."
                )
            }
            Self::Ja => {
                let head = match wrong {
                    0 if fine == 0 => "何も確かめられませんでした。".to_owned(),
                    0 => "誤りは見つかりませんでした。".to_owned(),
                    _ => format!("{wrong} 件の誤りが見つかりました。"),
                };
                format!(
                    "{head}{total} 項目のうち、正常 {fine}、誤り {wrong}、判定できず {unclear}、未確認 {open}。"
                )
            }
        }
    }

    /// What was run.
    pub(crate) fn audit_runs(self, audited: &Audited) -> String {
        let (runs, size) = (audited.runs.len() as u64, grouped(audited.batch_size));
        let rate = audited.learning_rate.map(|rate| significant(rate, 3));
        match self {
            Self::En => {
                let rate = rate.map(|rate| format!(" and learning rate {rate}")).unwrap_or_default();
                format!(
                    "{} around batch size {size}{rate}, compared by {}. Nothing is remembered of them.",
                    counted(&grouped(runs), "short run"),
                    audited.metric
                )
            }
            Self::Ja => {
                let rate = rate.map(|rate| format!("、学習率 {rate}")).unwrap_or_default();
                format!(
                    "バッチサイズ {size}{rate} を中心に短い学習を {} 回行い、{} で比べました。結果は保存されません。",
                    grouped(runs),
                    audited.metric
                )
            }
        }
    }

    /// The live line of an audit, at the run with this number, from 1.
    pub(crate) fn auditing(self, run: u64) -> String {
        match self {
            Self::En => format!("run {run} of an audit; Ctrl-C shows what was found so far"),
            Self::Ja => format!("監査の {run} 回目の学習を実行中 (Ctrl-C でここまでの結果を表示)"),
        }
    }

    pub(crate) fn audit_question(self, question: AuditQuestion) -> &'static str {
        match question {
            AuditQuestion::SeedFixes => self.pick("Does the seed fix a run?", "シードは学習を固定するか"),
            AuditQuestion::SeedUsed => self.pick("Is the seed used?", "シードは使われているか"),
            AuditQuestion::Evaluation => self.pick(
                "Does the evaluation depend on its batch size?",
                "評価はそのバッチサイズに依存しないか",
            ),
            AuditQuestion::Accumulation => self.pick(
                "Do micro-batches train like the whole batch?",
                "マイクロバッチに分けても同じ学習になるか",
            ),
            AuditQuestion::Horizon => self.pick(
                "Does the learning-rate schedule follow the batch size?",
                "学習率スケジュールはバッチサイズに合わせて伸び縮みするか",
            ),
            AuditQuestion::LastBatch => self
                .pick("Is the short last batch of an epoch kept?", "エポックの最後の短いバッチは使われるか"),
            AuditQuestion::LastWindow => self.pick(
                "What becomes of the last micro-batches of an epoch?",
                "エポックの最後のマイクロバッチはどう扱われるか",
            ),
        }
    }

    /// What was found, as sentences.
    pub(crate) fn audit_evidence(self, evidence: &AuditEvidence) -> String {
        match self {
            Self::En => english(evidence),
            Self::Ja => japanese(evidence),
        }
    }

    /// Two values of one metric, and where.
    fn values(self, gap: &CurveGap) -> String {
        let (first, second) = (significant(gap.first, 6), significant(gap.second, 6));
        let at = grouped(gap.samples);
        match self {
            Self::En => format!("{first} and {second} after {}", counted(&at, "sample")),
            Self::Ja => format!("{at} サンプルの時点で {first} と {second}"),
        }
    }

    /// How close two runs are.
    fn closeness(self, gap: &CurveGap) -> String {
        let rows = grouped(gap.rows);
        match self {
            Self::En if gap.relative == 0.0 => {
                format!("equal to the last digit in {}", counted(&rows, "row"))
            }
            Self::En => format!(
                "equal up to rounding ({}) in {}",
                significant(gap.relative, 2),
                counted(&rows, "row")
            ),
            Self::Ja if gap.relative == 0.0 => format!("{rows} 行が最後の桁まで一致"),
            Self::Ja => format!("{rows} 行が丸め誤差 ({}) の範囲で一致", significant(gap.relative, 2)),
        }
    }

    /// A mean difference over seeds with its interval.
    fn over_seeds(self, paired: &PairedGap) -> String {
        let seeds = grouped(paired.pairs);
        let mean = if paired.mean.is_finite() {
            let (mean, margin) = (percent(paired.mean), percent(paired.margin));
            self.pick(format!("{mean}, give or take {margin},"), format!("{mean} ± {margin}"))
        } else {
            self.pick("without bound".to_owned(), "発散".to_owned())
        };
        match self {
            Self::En => format!("{mean} over {}", counted(&seeds, "seed")),
            Self::Ja => format!("{seeds} シードの平均で {mean}"),
        }
    }
}

fn english(evidence: &AuditEvidence) -> String {
    let lang = Lang::En;
    match evidence {
        AuditEvidence::RunRepeats { gap } => {
            format!("Yes: two runs of one command are {}.", lang.closeness(gap))
        }
        AuditEvidence::RunDiffers { gap } => format!(
            "No: two runs of one command with one seed give {}. Something random is not seeded.",
            lang.values(gap)
        ),
        AuditEvidence::SeedMatters { gap } => format!("Yes: another seed gives {}.", lang.values(gap)),
        AuditEvidence::SeedIgnored { seeds: [first, second], rows } => format!(
            "No: seeds {first} and {second} give the same {} to the last digit. Luck would look like certainty.",
            counted(&grouped(*rows), "row")
        ),
        AuditEvidence::AccumulationSame { micro_batch_size, accumulation, gap } => format!(
            "Yes: {accumulation} micro-batches of {micro_batch_size} and one batch of {} are {}.",
            accumulation * micro_batch_size,
            lang.closeness(gap)
        ),
        AuditEvidence::AccumulationSameOnAverage { micro_batch_size, accumulation, paired } => format!(
            "On average they do, single runs do not: {accumulation} micro-batches of {micro_batch_size} and one batch of {} differ by {}. With dropout that is as it should be. Without, look whether the gradients of all micro-batches are kept (`zero_grad` once a step); a step of one of them trains alike on average.",
            accumulation * micro_batch_size,
            lang.over_seeds(paired)
        ),
        AuditEvidence::AccumulationSummed { micro_batch_size, accumulation, gap, at_larger_rate } => format!(
            "No: gradients are added up, not averaged. One batch of {} and {accumulation} micro-batches of {micro_batch_size} give {}; at {accumulation} times the learning rate the batch gives {} as well. Divide the loss by the number of micro-batches.",
            accumulation * micro_batch_size,
            lang.values(gap),
            significant(at_larger_rate.first, 6)
        ),
        AuditEvidence::AccumulationMultiplies { batch_size, accumulation, samples_of_step } => format!(
            "No: the size that this program is told is that of a micro-batch. With {batch_size} and {accumulation} micro-batches a step takes {} samples, not {batch_size}. Write `{{micro_batch_size}}` in the place of `{{batch_size}}`.",
            significant(*samples_of_step, 4)
        ),
        AuditEvidence::AccumulationChangesRate {
            micro_batch_size,
            accumulation,
            samples,
            rates: [first, second],
        } => format!(
            "No: with {accumulation} micro-batches of {micro_batch_size} the learning rate takes another course: {} instead of {} after {}. The schedule must move once a step, not once a micro-batch.",
            significant(*second, 4),
            significant(*first, 4),
            counted(&grouped(*samples), "sample")
        ),
        AuditEvidence::AccumulationDiffers { micro_batch_size, accumulation, gap, paired } => format!(
            "No: one batch of {} and {accumulation} micro-batches of {micro_batch_size} give {}; the difference is {}. It is no fault where a layer or the loss looks at a whole micro-batch (batch normalisation, contrastive losses).",
            accumulation * micro_batch_size,
            lang.values(gap),
            lang.over_seeds(paired)
        ),
        AuditEvidence::AccumulationUnclear { micro_batch_size, accumulation, gap } => format!(
            "Unclear: one batch of {} and {accumulation} micro-batches of {micro_batch_size} give {}, and no other seed shows whether that is chance.",
            accumulation * micro_batch_size,
            lang.values(gap)
        ),
        AuditEvidence::LastBatchKept { samples, batch_size, steps } => format!(
            "Kept: an epoch of {} at batch size {} has {}.",
            counted(&grouped(*samples), "sample"),
            grouped(*batch_size),
            counted(&grouped(*steps), "step")
        ),
        AuditEvidence::LastBatchDropped { samples, batch_size, steps } => format!(
            "Dropped: an epoch of {} at batch size {} has {}, and {} of each epoch are left out.",
            counted(&grouped(*samples), "sample"),
            grouped(*batch_size),
            counted(&grouped(*steps), "step"),
            counted(&grouped(samples % batch_size), "sample")
        ),
        AuditEvidence::EpochHasOtherSteps { samples, batch_size, steps } => format!(
            "Neither: {} at batch size {} are {} or {} steps an epoch, but the program made {}. See whether --samples is right, and whether {{batch_size}} is the number of samples of a step.",
            counted(&grouped(*samples), "sample"),
            grouped(*batch_size),
            grouped(samples / batch_size),
            grouped(samples.div_ceil(*batch_size)),
            significant(*steps, 4)
        ),
        AuditEvidence::LastWindowSame { steps, gap } => format!(
            "The same as of the last batch: {} an epoch, and the rows after the epoch's end are {}.",
            counted(&grouped(*steps), "step"),
            lang.closeness(gap)
        ),
        AuditEvidence::LastWindowDropped { steps, expected, lost } => format!(
            "They are dropped: {} instead of {} an epoch. Nothing is learnt from the last {} of each epoch.",
            significant(*steps, 4),
            counted(&grouped(*expected), "step"),
            if *lost == 1 { "micro-batch".to_owned() } else { format!("{} micro-batches", grouped(*lost)) }
        ),
        AuditEvidence::LastWindowLeaks { steps, expected, gap, faster } => {
            let steps_told = if *steps == *expected as f64 {
                String::new()
            } else {
                format!(
                    " There are {} instead of {} an epoch.",
                    significant(*steps, 4),
                    counted(&grouped(*expected), "step")
                )
            };
            let gap = gap.as_ref().map(|gap| format!(" Whole batches and micro-batches are equal before the epoch's end, and after it they give {}.", lang.values(gap))).unwrap_or_default();
            let faster = faster
                .as_ref()
                .map(|faster| {
                    format!(
                        " The metric falls faster than without leftovers, by {}.",
                        lang.over_seeds(faster)
                    )
                })
                .unwrap_or_default();
            format!(
                "They leak: their gradients are part of a step of the next epoch.{steps_told}{gap}{faster} Make a step at the end of the epoch, or clear the gradients."
            )
        }
        AuditEvidence::LastWindowKeptAlone { steps, expected } => format!(
            "They make a step of their own: {} instead of {} an epoch, as whole batches leave the last one out.",
            significant(*steps, 4),
            counted(&grouped(*expected), "step")
        ),
        AuditEvidence::LastWindowWeighted { before, gap, paired } => {
            let paired =
                paired.as_ref().map(|paired| format!(" ({})", lang.over_seeds(paired))).unwrap_or_default();
            format!(
                "They get a wrong weight: before the epoch's end whole batches and micro-batches are {}, after it they give {}{paired}. Divide by the samples that are in the window, not by those of a full one.",
                if before.relative < 1e-4 { lang.closeness(before) } else { "alike on average".to_owned() },
                lang.values(gap)
            )
        }
        AuditEvidence::LastWindowUnclear { paired } => format!(
            "Unclear: they make a step, but chance (dropout) hides whether its weight is right. After the epoch's end the difference from whole batches is {}.",
            lang.over_seeds(paired)
        ),
        AuditEvidence::EvaluationSame { sizes: [first, second], gap } => format!(
            "No: evaluated in batches of {first} and of {second}, the runs are {}.",
            lang.closeness(gap)
        ),
        AuditEvidence::EvaluationDepends { sizes: [first, second], gap } => format!(
            "Yes: evaluated in batches of {first} and of {second}, one training gives {}. Average over samples, not over batches; see that the model is in evaluation mode, and that no sample is left out.",
            lang.values(gap)
        ),
        AuditEvidence::RateConstant { sizes: [first, second], samples } => format!(
            "There is none to see: the learning rate is constant over {} at batch sizes {first} and {second}.",
            counted(&grouped(*samples), "sample")
        ),
        AuditEvidence::HorizonFollows { sizes: [first, second], samples } => format!(
            "Yes: over {} the learning rate takes one course at batch sizes {first} and {second}.",
            counted(&grouped(*samples), "sample")
        ),
        AuditEvidence::HorizonFixed { sizes: [first, second], samples, shares: [one, other] } => format!(
            "No: after {} the learning rate is {} of its highest at batch size {first}, and {} at {second}. A schedule counted in steps of another batch size ends too early or too late.",
            counted(&grouped(*samples), "sample"),
            percent(*one),
            percent(*other)
        ),
        AuditEvidence::HorizonUnclear { sizes: [first, second], samples } => format!(
            "Unclear: over {} the learning rate hardly moved, at batch sizes {first} and {second}. Give the program a shorter schedule, or `--max-samples` a longer run.",
            counted(&grouped(*samples), "sample")
        ),
        AuditEvidence::NotChecked { need } => format!("Not checked: {}", english_need(need)),
    }
}

fn english_need(need: &AuditNeed) -> String {
    match need {
        AuditNeed::Placeholders { names } => format!("the command does not take {}.", braced(names)),
        AuditNeed::Samples => "it needs --samples, the number of training samples.".to_owned(),
        AuditNeed::BatchSize { range: [low, high] } => format!("no batch size from {} to {} suits it; give other --batch-sizes.", grouped(*low), grouped(*high)),
        AuditNeed::RatesInRows => "the program does not report its learning rate; print \"lr\" beside the metric.".to_owned(),
        AuditNeed::StepsInRows => "the rows do not tell how many steps an epoch has; print \"step\" and \"epoch\" or \"samples\" beside the metric.".to_owned(),
        AuditNeed::CommonRows { metric } => format!("two runs never report {metric} at the same position; let {{eval_steps}} set how often it is evaluated."),
        AuditNeed::RunThatRepeats => "one command gives other rows each time, so that a difference shows nothing.".to_owned(),
        AuditNeed::SameAccumulation => "micro-batches train otherwise from the first step on.".to_owned(),
        AuditNeed::HealthyRun { command, error } => format!("a run failed: {error} (`{command}`)"),
        AuditNeed::Time => "the time was over (--budget), or it was stopped.".to_owned(),
    }
}

fn japanese(evidence: &AuditEvidence) -> String {
    let lang = Lang::Ja;
    match evidence {
        AuditEvidence::RunRepeats { gap } => {
            format!("固定します。同じコマンドの 2 回の学習で、{}しました。", lang.closeness(gap))
        }
        AuditEvidence::RunDiffers { gap } => format!(
            "固定しません。同じコマンド・同じシードの 2 回の学習が、{} でした。シードで決まっていない乱数があります。",
            lang.values(gap)
        ),
        AuditEvidence::SeedMatters { gap } => {
            format!("使われています。別のシードでは、{} でした。", lang.values(gap))
        }
        AuditEvidence::SeedIgnored { seeds: [first, second], rows } => format!(
            "使われていません。シード {first} と {second} で、{} 行が最後の桁まで一致しました。偶然の結果が確かな結果に見えてしまいます。",
            grouped(*rows)
        ),
        AuditEvidence::AccumulationSame { micro_batch_size, accumulation, gap } => format!(
            "同じです。{micro_batch_size} サンプルのマイクロバッチ {accumulation} 個と {} サンプルのバッチ 1 個で、{}しました。",
            accumulation * micro_batch_size,
            lang.closeness(gap)
        ),
        AuditEvidence::AccumulationSameOnAverage { micro_batch_size, accumulation, paired } => format!(
            "平均的には同じですが、1 回ごとには異なります。{micro_batch_size} サンプルのマイクロバッチ {accumulation} 個と {} サンプルのバッチ 1 個の差は {} です。ドロップアウトがあれば、これで正常です。なければ、すべてのマイクロバッチの勾配が残っているか (`zero_grad` はステップごとに 1 回) を確かめてください。そのうち 1 個だけのステップでも、平均的には同じ学習になります。",
            accumulation * micro_batch_size,
            lang.over_seeds(paired)
        ),
        AuditEvidence::AccumulationSummed { micro_batch_size, accumulation, gap, at_larger_rate } => format!(
            "違います。勾配が平均されず、足し合わされています。{} サンプルのバッチ 1 個と {micro_batch_size} サンプルのマイクロバッチ {accumulation} 個は、{} ですが、バッチの学習率を {accumulation} 倍にすると、こちらも {} になります。損失をマイクロバッチの数で割ってください。",
            accumulation * micro_batch_size,
            lang.values(gap),
            significant(at_larger_rate.first, 6)
        ),
        AuditEvidence::AccumulationMultiplies { batch_size, accumulation, samples_of_step } => format!(
            "違います。このプログラムに渡しているサイズは、マイクロバッチのサイズです。{batch_size} とマイクロバッチ {accumulation} 個を指定すると、1 ステップは {batch_size} ではなく {} サンプルになります。`{{batch_size}}` の代わりに `{{micro_batch_size}}` と書いてください。",
            significant(*samples_of_step, 4)
        ),
        AuditEvidence::AccumulationChangesRate {
            micro_batch_size,
            accumulation,
            samples,
            rates: [first, second],
        } => format!(
            "違います。{micro_batch_size} サンプルのマイクロバッチ {accumulation} 個では学習率の推移が変わり、{} サンプルの時点で {} ではなく {} です。スケジュールはマイクロバッチごとではなく、ステップごとに進めてください。",
            grouped(*samples),
            significant(*first, 4),
            significant(*second, 4)
        ),
        AuditEvidence::AccumulationDiffers { micro_batch_size, accumulation, gap, paired } => format!(
            "違います。{} サンプルのバッチ 1 個と {micro_batch_size} サンプルのマイクロバッチ {accumulation} 個は、{} です。差は {} です。バッチ正規化や対照損失のように、層や損失がマイクロバッチ全体を見る場合は誤りではありません。",
            accumulation * micro_batch_size,
            lang.values(gap),
            lang.over_seeds(paired)
        ),
        AuditEvidence::AccumulationUnclear { micro_batch_size, accumulation, gap } => format!(
            "判定できません。{} サンプルのバッチ 1 個と {micro_batch_size} サンプルのマイクロバッチ {accumulation} 個は、{} ですが、偶然かどうかを別のシードで確かめられません。",
            accumulation * micro_batch_size,
            lang.values(gap)
        ),
        AuditEvidence::LastBatchKept { samples, batch_size, steps } => format!(
            "使われます。{} サンプルのエポックは、バッチサイズ {} で {} ステップです。",
            grouped(*samples),
            grouped(*batch_size),
            grouped(*steps)
        ),
        AuditEvidence::LastBatchDropped { samples, batch_size, steps } => format!(
            "捨てられます。{} サンプルのエポックは、バッチサイズ {} で {} ステップです。エポックごとに {} サンプルが使われません。",
            grouped(*samples),
            grouped(*batch_size),
            grouped(*steps),
            grouped(samples % batch_size)
        ),
        AuditEvidence::EpochHasOtherSteps { samples, batch_size, steps } => format!(
            "どちらでもありません。{} サンプルはバッチサイズ {} で 1 エポック {} または {} ステップですが、プログラムは {} ステップでした。--samples が正しいか、{{batch_size}} が 1 ステップのサンプル数として使われているかを確かめてください。",
            grouped(*samples),
            grouped(*batch_size),
            grouped(samples / batch_size),
            grouped(samples.div_ceil(*batch_size)),
            significant(*steps, 4)
        ),
        AuditEvidence::LastWindowSame { steps, gap } => format!(
            "最後のバッチと同じ扱いです。1 エポックは {} ステップで、エポックの終わりより後の {}しました。",
            grouped(*steps),
            lang.closeness(gap)
        ),
        AuditEvidence::LastWindowDropped { steps, expected, lost } => format!(
            "捨てられます。1 エポックが {} ステップではなく {} ステップです。各エポックの最後の {} 個のマイクロバッチは学習に使われません。",
            grouped(*expected),
            significant(*steps, 4),
            grouped(*lost)
        ),
        AuditEvidence::LastWindowLeaks { steps, expected, gap, faster } => {
            let steps_told = if *steps == *expected as f64 {
                String::new()
            } else {
                format!(
                    "1 エポックが {} ステップではなく {} ステップです。",
                    grouped(*expected),
                    significant(*steps, 4)
                )
            };
            let gap = gap
                .as_ref()
                .map(|gap| {
                    format!(
                        "エポックの終わりまでは全体のバッチと一致し、その後は {} です。",
                        lang.values(gap)
                    )
                })
                .unwrap_or_default();
            let faster = faster
                .as_ref()
                .map(|faster| {
                    format!("残りがない場合より指標が速く下がります ({})。", lang.over_seeds(faster))
                })
                .unwrap_or_default();
            format!(
                "次のエポックに漏れます。その勾配が次のエポックのステップに加わっています。{steps_told}{gap}{faster}エポックの終わりでステップを行うか、勾配を消してください。"
            )
        }
        AuditEvidence::LastWindowKeptAlone { steps, expected } => format!(
            "独自のステップになります。全体のバッチでは最後のバッチが捨てられて 1 エポック {} ステップですが、マイクロバッチでは {} ステップです。",
            grouped(*expected),
            significant(*steps, 4)
        ),
        AuditEvidence::LastWindowWeighted { before, gap, paired } => {
            let paired =
                paired.as_ref().map(|paired| format!(" ({})", lang.over_seeds(paired))).unwrap_or_default();
            format!(
                "重みが誤っています。エポックの終わりまでは全体のバッチとマイクロバッチで {}、その後は {} です{paired}。満杯の区切りのサンプル数ではなく、実際に含まれるサンプル数で割ってください。",
                if before.relative < 1e-4 {
                    lang.closeness(before) + "し"
                } else {
                    "平均的に一致し".to_owned()
                },
                lang.values(gap)
            )
        }
        AuditEvidence::LastWindowUnclear { paired } => format!(
            "判定できません。ステップは行われますが、その重みが正しいかどうかは偶然 (ドロップアウトなど) に隠れます。エポックの終わりより後の、全体のバッチとの差は {} です。",
            lang.over_seeds(paired)
        ),
        AuditEvidence::EvaluationSame { sizes: [first, second], gap } => format!(
            "依存しません。{first} サンプルずつの評価と {second} サンプルずつの評価で、{}しました。",
            lang.closeness(gap)
        ),
        AuditEvidence::EvaluationDepends { sizes: [first, second], gap } => format!(
            "依存します。同じ学習を {first} サンプルずつと {second} サンプルずつで評価すると、{} です。バッチの平均ではなくサンプルの平均を取り、モデルが評価モードにあること、使われないサンプルがないことを確かめてください。",
            lang.values(gap)
        ),
        AuditEvidence::RateConstant { sizes: [first, second], samples } => format!(
            "スケジュールは見られません。学習率は、バッチサイズ {first} と {second} で {} サンプルの間一定です。",
            grouped(*samples)
        ),
        AuditEvidence::HorizonFollows { sizes: [first, second], samples } => format!(
            "合わせて変わります。{} サンプルの間、学習率はバッチサイズ {first} と {second} で同じ推移です。",
            grouped(*samples)
        ),
        AuditEvidence::HorizonFixed { sizes: [first, second], samples, shares: [one, other] } => format!(
            "変わりません。{} サンプルの時点の学習率は、バッチサイズ {first} では最大の {}、{second} では {} です。別のバッチサイズのステップ数で数えたスケジュールは、終わるのが早すぎたり遅すぎたりします。",
            grouped(*samples),
            percent(*one),
            percent(*other)
        ),
        AuditEvidence::HorizonUnclear { sizes: [first, second], samples } => format!(
            "不明です。{} サンプルの間、学習率はバッチサイズ {first} でも {second} でもほとんど動きませんでした。スケジュールを短くするか、`--max-samples` で長く学習させてください。",
            grouped(*samples)
        ),
        AuditEvidence::NotChecked { need } => format!("未確認: {}", japanese_need(need)),
    }
}

fn japanese_need(need: &AuditNeed) -> String {
    match need {
        AuditNeed::Placeholders { names } => format!("コマンドが {} を受け取りません。", braced(names)),
        AuditNeed::Samples => "学習サンプル数 (--samples) が必要です。".to_owned(),
        AuditNeed::BatchSize { range: [low, high] } => format!("{} から {} までに適したバッチサイズがありません。--batch-sizes を変えてください。", grouped(*low), grouped(*high)),
        AuditNeed::RatesInRows => "プログラムが学習率を出力しません。指標と一緒に \"lr\" を出力させてください。".to_owned(),
        AuditNeed::StepsInRows => "1 エポックのステップ数が行からわかりません。指標と一緒に \"step\" と、\"epoch\" または \"samples\" を出力させてください。".to_owned(),
        AuditNeed::CommonRows { metric } => format!("2 つの学習が同じ時点の {metric} を出力しません。評価の間隔を {{eval_steps}} で指定できるようにしてください。"),
        AuditNeed::RunThatRepeats => "同じコマンドでも毎回結果が異なるため、差から何も言えません。".to_owned(),
        AuditNeed::SameAccumulation => "マイクロバッチでは最初のステップから異なる学習になります。".to_owned(),
        AuditNeed::HealthyRun { command, error } => format!("学習が失敗しました: {} (`{command}`)", in_japanese(error)),
        AuditNeed::Time => "時間切れ (--budget) か、中断されました。".to_owned(),
    }
}

/// `{a} {b}`.
fn braced(names: &[String]) -> String {
    names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, audit_evidence, audit_needs};

    /// Otherwise a Japanese audit contains English, or two findings read the same.
    #[test]
    fn every_answer_exists_in_both_languages() {
        let texts =
            |lang: Lang| audit_evidence().iter().map(|evidence| lang.audit_evidence(evidence)).collect();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
        let needs = |lang: Lang| {
            let evidence = |need| AuditEvidence::NotChecked { need };
            audit_needs().into_iter().map(|need| lang.audit_evidence(&evidence(need))).collect()
        };
        are_two_languages(needs(Lang::En), needs(Lang::Ja));
        let questions =
            |lang: Lang| AuditQuestion::ALL.map(|question| lang.audit_question(question).to_owned()).into();
        are_two_languages(questions(Lang::En), questions(Lang::Ja));
    }
}
