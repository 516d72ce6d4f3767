//! The arithmetic of a run: samples, steps, epochs, and the batches that are not full.

use batchwright_train::{Plan, RunResult, SizeStage, StoppedBy};

use crate::lang::Lang;
use crate::number::{counted, duration, grouped, significant};

impl Lang {
    /// All sentences that apply to a plan. `seconds` is given for a run that ends after a fixed
    /// time: its plan covers one epoch only.
    pub(crate) fn explain_plan(self, plan: &Plan, seconds: Option<f64>) -> Vec<String> {
        let length = match seconds {
            Some(seconds) => self.ends_by_time(seconds),
            None => self.in_all(plan),
        };
        [vec![self.counting(plan), length], self.explain_batches(plan)].concat()
    }

    /// The same for a run that was made, with its real length. The plan does not know that length
    /// where a target, the patience, a signal or a time ended the run.
    pub(crate) fn explain_run(self, plan: &Plan, result: Option<&RunResult>) -> Vec<String> {
        let done = result.map(|result| self.trained(result));
        let sentences = [Some(self.counting(plan)), done].into_iter().flatten();
        sentences.chain(self.explain_batches(plan)).collect()
    }

    fn explain_batches(self, plan: &Plan) -> Vec<String> {
        let batching = &plan.batching;
        let mut sentences = Vec::new();
        if batching.batch_size > batching.samples {
            sentences.push(self.larger_than_data(plan));
        } else if batching.drop_last && !batching.samples.is_multiple_of(batching.batch_size) {
            sentences.push(self.dropped(plan));
        } else if plan.last_batch < batching.batch_size {
            sentences.push(self.short_last_batch(plan));
        }
        if plan.accumulation > 1 {
            sentences.push(self.accumulation(plan));
        }
        sentences
    }

    fn counting(self, plan: &Plan) -> String {
        let (samples, size) = (grouped(plan.batching.samples), grouped(plan.batching.batch_size));
        let steps = grouped(plan.steps_per_epoch);
        match self {
            Self::En => {
                let are = if plan.batching.samples == 1 { "is" } else { "are" };
                let (samples, steps) = (counted(&samples, "sample"), counted(&steps, "step"));
                format!(
                    "{samples} at batch size {size} {are} {steps} per epoch; the bar counts steps, not samples."
                )
            }
            Self::Ja => format!(
                "サンプル {samples} 個をバッチサイズ {size} で学習すると、1 エポックは {steps} ステップです。進捗バーが数えるのはサンプルではなくステップです。"
            ),
        }
    }

    fn in_all(self, plan: &Plan) -> String {
        let amount = self.amount(plan.epochs, plan.steps, plan.samples_seen);
        match self {
            Self::En => format!("In all: {amount}."),
            Self::Ja => format!("全体では {amount}です。"),
        }
    }

    fn trained(self, result: &RunResult) -> String {
        let amount = self.amount(result.epochs, result.steps, result.samples_seen);
        let end = self.stopped_by(result.stopped_by);
        match (self, result.stopped_by) {
            (Self::En, StoppedBy::Duration) => format!("Trained: {amount}."),
            (Self::En, _) => format!("Trained: {amount}; then {end}."),
            (Self::Ja, StoppedBy::Duration) => format!("{amount}を学習しました。"),
            (Self::Ja, _) => format!("{amount}を学習しました (終了理由: {end})。"),
        }
    }

    /// The length of a run: "3 epochs = 48 steps (parameter updates) = 3,000 samples".
    fn amount(self, epochs: f64, steps: u64, samples: u64) -> String {
        let (number, updates, samples) = (significant(epochs, 3), grouped(steps), grouped(samples));
        match self {
            Self::En => {
                let update = if steps == 1 { "a parameter update" } else { "parameter updates" };
                let (epochs, steps) = (counted(&number, "epoch"), counted(&updates, "step"));
                format!("{epochs} = {steps} ({update}) = {}", counted(&samples, "sample"))
            }
            Self::Ja => {
                format!("{number} エポック = {updates} ステップ (重み更新) = 延べ {samples} サンプル")
            }
        }
    }

    /// Batch sizes that change: "batch size 64 for 313 steps, then 256 from sample 20,032 on for
    /// 120 steps".
    pub(crate) fn size_stages(self, stages: &[SizeStage]) -> String {
        let one = |(nth, stage): (usize, &SizeStage)| {
            let [size, steps, from] = [stage.batch_size, stage.steps, stage.from_samples].map(grouped);
            match (self, nth) {
                (Self::En, 0) => format!("Batch size {size} for {}", counted(&steps, "step")),
                (Self::En, _) => format!("then {size} from sample {from} on for {}", counted(&steps, "step")),
                (Self::Ja, 0) => format!("バッチサイズ {size} で {steps} ステップ"),
                (Self::Ja, _) => format!("{from} サンプルからは {size} で {steps} ステップ"),
            }
        };
        let parts: Vec<String> = stages.iter().enumerate().map(one).collect();
        self.pick(parts.join(", ") + ".", parts.join("、") + "。")
    }

    /// The batch sizes of a run: "64, then 256".
    pub(crate) fn one_after_another(self, first: &str, later: &[u64]) -> String {
        let then = self.pick(", then ", "、その後 ");
        later.iter().fold(first.to_owned(), |sizes, &size| sizes + then + &grouped(size))
    }

    /// Where a run goes on.
    pub(crate) fn continues(self, run: &str, epoch: &str, step: &str, samples: &str) -> String {
        match self {
            Self::En => format!("continues run {run}: epoch {epoch}, step {step}, {samples} samples"),
            Self::Ja => {
                format!("学習 {run} を続けます: エポック {epoch}、ステップ {step}、{samples} サンプル")
            }
        }
    }

    fn ends_by_time(self, seconds: f64) -> String {
        let time = duration(seconds, self);
        match self {
            Self::En => format!(
                "It ends after {time} of training, evaluation left out; how many steps and epochs that is depends on the machine."
            ),
            Self::Ja => format!(
                "評価の時間を除いて {time} 学習したところで終わります。何ステップ、何エポックになるかはマシンによります。"
            ),
        }
    }

    fn short_last_batch(self, plan: &Plan) -> String {
        let (samples, size) = (grouped(plan.batching.samples), grouped(plan.batching.batch_size));
        let (full, last) = (grouped(plan.steps_per_epoch.saturating_sub(1)), grouped(plan.last_batch));
        match self {
            Self::En if plan.last_batch == 1 => format!(
                "The last batch of each epoch holds only 1 sample ({samples} = {full} × {size} + 1); its gradient is that of this one."
            ),
            Self::En => format!(
                "The last batch of each epoch holds only {last} samples ({samples} = {full} × {size} + {last}); its gradient is the mean over these {last}."
            ),
            Self::Ja => format!(
                "各エポックの最後のバッチは {last} サンプルだけです ({samples} = {full} × {size} + {last})。その勾配は、この {last} サンプルの平均です。"
            ),
        }
    }

    fn dropped(self, plan: &Plan) -> String {
        let left = grouped(plan.batching.samples % plan.batching.batch_size.max(1));
        match self {
            Self::En if left == "1" => {
                "Each epoch leaves out the 1 sample that fills no batch (--drop-last); every epoch it is another."
                    .to_owned()
            }
            Self::En => format!(
                "Each epoch leaves out the {left} samples that fill no batch (--drop-last); every epoch they are others."
            ),
            Self::Ja => format!(
                "バッチを満たせない端数の {left} サンプルは各エポックで使われません (--drop-last)。どのサンプルが外れるかはエポックごとに変わります。"
            ),
        }
    }

    fn larger_than_data(self, plan: &Plan) -> String {
        let (samples, size) = (grouped(plan.batching.samples), grouped(plan.batching.batch_size));
        match self {
            Self::En if plan.batching.samples == 1 => format!(
                "The batch size {size} is larger than the data: an epoch is one step with the 1 training sample."
            ),
            Self::En => format!(
                "The batch size {size} is larger than the {samples} training samples: an epoch is one step with all {samples} samples."
            ),
            Self::Ja => format!(
                "バッチサイズ {size} は学習用のサンプル数 {samples} より大きいため、1 エポックは {samples} サンプルすべてを使う 1 ステップになります。"
            ),
        }
    }

    fn accumulation(self, plan: &Plan) -> String {
        let (sum, count) = (micro_batches(plan), grouped(plan.accumulation));
        let size = grouped(full_step(plan));
        match self {
            Self::En => format!(
                "A batch of {size} is computed in {count} micro-batches ({sum} = {size}); their gradients are added up before the one update, so it is the same step, batch norm aside, with less memory."
            ),
            Self::Ja => format!(
                "バッチ {size} は {count} 個のマイクロバッチに分けて計算します ({sum} = {size})。勾配を合計してから重みを 1 回更新するので、(バッチ正規化を除き) 少ないメモリで同じステップになります。"
            ),
        }
    }
}

/// Samples of a full step: the batch size, or all samples where there are fewer.
fn full_step(plan: &Plan) -> u64 {
    plan.batching.batch_size.min(plan.batching.samples)
}

/// The micro-batches of a full step: `2 × 24 + 16`.
pub(crate) fn micro_batches(plan: &Plan) -> String {
    let (size, micro) = (full_step(plan), plan.batching.micro_batch_size.max(1));
    let (full, rest) = (size / micro, size % micro);
    let sum = format!("{} × {}", grouped(full), grouped(micro));
    if rest > 0 { format!("{sum} + {}", grouped(rest)) } else { sum }
}
