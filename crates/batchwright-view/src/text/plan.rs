//! What the arithmetic of a run means: samples, steps, epochs, and the batches that are not full.

use batchwright_train::Plan;

use crate::Lang;
use crate::number::{grouped, significant};

impl Lang {
    /// All sentences that apply to a plan.
    pub(crate) fn explain_plan(self, plan: &Plan) -> Vec<String> {
        let batching = &plan.batching;
        let larger = batching.batch_size > batching.samples;
        let short = plan.last_batch < batching.batch_size && !larger;
        let mut sentences = vec![self.counting(plan), self.in_all(plan)];
        if larger {
            sentences.push(self.larger_than_data(plan));
        } else if batching.drop_last && !batching.samples.is_multiple_of(batching.batch_size) {
            sentences.push(self.dropped(plan));
        } else if short {
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
            Self::En if plan.steps_per_epoch == 1 => {
                format!(
                    "{samples} samples at batch size {size} are 1 step per epoch; the bar counts steps, not samples."
                )
            }
            Self::En => {
                format!(
                    "{samples} samples at batch size {size} are {steps} steps per epoch; the bar counts steps, not samples."
                )
            }
            Self::Ja => format!(
                "サンプル {samples} 個をバッチサイズ {size} で学習すると、1 エポックは {steps} ステップです。進捗バーが数えるのはサンプルではなくステップです。"
            ),
        }
    }

    fn in_all(self, plan: &Plan) -> String {
        let (epochs, steps, seen) =
            (significant(plan.epochs, 3), grouped(plan.steps), grouped(plan.samples_seen));
        match self {
            Self::En => {
                let epochs = if epochs == "1" { "1 epoch".to_owned() } else { format!("{epochs} epochs") };
                format!("In all: {epochs} = {steps} steps (parameter updates) = {seen} samples.")
            }
            Self::Ja => {
                format!(
                    "全体では {epochs} エポック = {steps} ステップ (重み更新) = 延べ {seen} サンプルです。"
                )
            }
        }
    }

    fn short_last_batch(self, plan: &Plan) -> String {
        let (samples, size) = (grouped(plan.batching.samples), grouped(plan.batching.batch_size));
        let (full, last) = (grouped(plan.steps_per_epoch.saturating_sub(1)), grouped(plan.last_batch));
        match self {
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
            Self::En => format!(
                "Each epoch leaves out the {left} samples that fill no batch (--drop-last); every epoch they are others."
            ),
            Self::Ja => format!(
                "バッチに満たない {left} サンプルは各エポックで使われません (--drop-last)。どのサンプルが外れるかはエポックごとに変わります。"
            ),
        }
    }

    fn larger_than_data(self, plan: &Plan) -> String {
        let (samples, size) = (grouped(plan.batching.samples), grouped(plan.batching.batch_size));
        match self {
            Self::En => format!(
                "The batch size {size} is larger than the {samples} training samples: an epoch is one step with all {samples} samples."
            ),
            Self::Ja => format!(
                "バッチサイズ {size} は学習用のサンプル数 {samples} より大きいため、1 エポックは {samples} サンプルすべてを使う 1 ステップになります。"
            ),
        }
    }

    fn accumulation(self, plan: &Plan) -> String {
        let (size, micro) = (plan.batching.batch_size, plan.batching.micro_batch_size.max(1));
        let (full, rest) = (size / micro, size % micro);
        let mut sum = format!("{} × {}", grouped(full), grouped(micro));
        if rest > 0 {
            sum = format!("{sum} + {}", grouped(rest));
        }
        let (size, count) = (grouped(size), grouped(plan.accumulation));
        match self {
            Self::En => format!(
                "A batch of {size} is computed in {count} micro-batches ({sum} = {size}); their gradients are added up before the one update, so it is the same step with less memory."
            ),
            Self::Ja => format!(
                "バッチ {size} は {count} 個のマイクロバッチに分けて計算します ({sum} = {size})。勾配を合計してから重みを 1 回更新するので、少ないメモリで同じステップになります。"
            ),
        }
    }
}
