//! What the terms of a report mean. Each is explained in a sentence or two, for a reader who sees
//! it for the first time.

use crate::lang::Lang;

impl Lang {
    /// What the parts of a run's report mean: term and meaning.
    pub(crate) fn run_terms(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::En => vec![
                (
                    "batch size",
                    "Samples per step: what the error is averaged over before the parameters are corrected once. 10,000 samples at batch size 100 are 100 steps per epoch.",
                ),
                (
                    "step",
                    "One parameter update, from one batch. Every step looks at “batch size” samples, takes the mean of their errors, and corrects the parameters once.",
                ),
                ("epoch", "One pass over the training data: every sample exactly once, in a new order."),
                (
                    "train and validation loss",
                    "How wrong the network is, lower is better. Both are measured with the same weights in evaluation mode, the training loss on a fixed part of the training samples that is no larger than the validation split: so a gap between them is real. The network never learns from the validation samples.",
                ),
                (
                    "overfitting",
                    "The validation loss rises while the training loss still falls: the network learns its training samples by heart. The best weights, of the lowest validation loss, are kept.",
                ),
                (
                    "test",
                    "Samples that no decision has used. They are read once, at the end, with the best weights: the honest number.",
                ),
                (
                    "horizontal axis",
                    "Two runs of different batch size must be compared by samples or seconds. A step of batch size 512 sees 16 times the samples of a step of 32.",
                ),
            ],
            Self::Ja => vec![
                (
                    "バッチサイズ",
                    "1 ステップで使うサンプルの数です。その誤差を平均してから、重みを 1 回修正します。サンプル 10,000 個をバッチサイズ 100 で学習すると、1 エポックは 100 ステップです。",
                ),
                (
                    "ステップ (重み更新)",
                    "1 つのバッチによる 1 回の重み更新です。各ステップでは「バッチサイズ」個のサンプルの誤差を平均し、重みを 1 回修正します。",
                ),
                (
                    "エポック",
                    "学習データをひととおり使うことです。どのサンプルもちょうど 1 回ずつ、毎回新しい順序で使います。",
                ),
                (
                    "学習の損失と検証の損失 (誤差)",
                    "損失は、ネットワークの出力が正解からどれだけずれているか (誤差) を表し、小さいほど良い値です。どちらも同じ重みを使って評価モードで測り、学習の損失には検証データ以下の数の決まったサンプルを使うので、両者の差には意味があります。検証用のサンプルは学習に使いません。",
                ),
                (
                    "過学習",
                    "学習の損失が下がり続けているのに、検証の損失が上がる状態です。学習用のサンプルを丸暗記し始めています。検証の損失が最小だった重みを保存します。",
                ),
                ("テスト", "どの判断にも使っていないサンプルです。最後に一度だけ、最良の重みで評価します。"),
                (
                    "横軸",
                    "バッチサイズの異なる学習は、サンプル数か秒で比べてください。バッチサイズ 512 の 1 ステップは、32 の 1 ステップの 16 倍のサンプルを使います。",
                ),
            ],
        }
    }

    /// What the columns and charts of a study mean: term and meaning.
    pub(crate) fn study_terms(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::En => vec![
                (
                    "batch size",
                    "Samples per step: what the error is averaged over before the parameters are corrected once. None is best for every problem, so each was tried.",
                ),
                (
                    "learning rate",
                    "Found anew for each batch size: the best rate moves with the size, and comparing sizes at one rate compares rates. “Not tuned” means that the best lies at the edge of what was tried.",
                ),
                (
                    "steps to target",
                    "Parameter updates until the first evaluation that is better than the target: the median over seeds. A property of the mathematics, the same on every machine.",
                ),
                (
                    "samples to target",
                    "Training samples used by those steps, short last batches counted as they are: what the training costs in computation.",
                ),
                (
                    "time to target",
                    "Steps × the time of one step, which was measured with nothing else running. It holds for this machine.",
                ),
                ("(low–high)", "95% interval over seeds: another seed gives another number."),
                (
                    "> 1,234",
                    "Censored: half the runs or more ended before the target, so that it takes more than this.",
                ),
                (
                    "expected regret",
                    "How much worse than the best size the recommended one is expected to be, given what was measured.",
                ),
                ("p(best)", "Probability that this size is the best one, given what was measured."),
                (
                    "tied",
                    "Within the margin of the recommended size: no difference worth having. The smallest one is recommended.",
                ),
                (
                    "frontier",
                    "The sizes for which no other is better in both time and samples. Along it less time is paid with more samples (computation).",
                ),
                (
                    "input share",
                    "Share of a step that goes into gathering the samples of its batch; the rest is computation. A large share means that a faster processor would not help.",
                ),
                (
                    "energy, money",
                    "Energy: steps × the energy that the processors use in one step, by the machine's own counters; memory, disks and graphics cards are not in it. Money: time × the price of an hour.",
                ),
                (
                    "critical batch size",
                    "Where twice the fewest possible steps and twice the fewest possible samples are needed: below it a larger batch saves steps, above it it wastes samples.",
                ),
            ],
            Self::Ja => vec![
                (
                    "バッチサイズ",
                    "1 ステップで使うサンプル数です。この個数の誤差を平均してから、重みを 1 回修正します。どの問題にも通用する最適値はないので、実際に試して決めます。",
                ),
                (
                    "学習率",
                    "バッチサイズごとに探し直しています。最良の学習率はサイズとともに変わるため、1 つの学習率でサイズを比べると、学習率の比較になってしまいます。「未調整」は、最良の値が試した範囲の端にあることを示します。",
                ),
                (
                    "目標までのステップ数",
                    "目標を初めて達成した評価までの重み更新の回数で、シード間の中央値です。数学的な性質なので、どのマシンでも同じです。",
                ),
                (
                    "目標までのサンプル数",
                    "目標に達するまでに使った学習サンプルの延べ数 (端数の短いバッチは実際の数で数えます)。学習に必要な計算量を表します。",
                ),
                (
                    "目標までの時間",
                    "ステップ数 × 1 ステップの時間です。ステップの時間は、ほかに何も動かさずに測りました。このマシンでの値です。",
                ),
                ("(下限〜上限)", "シード間の 95% 区間です。シードが変われば値も変わります。"),
                (
                    "> 1,234",
                    "打ち切り: 半数以上の試行が目標の前に終わったため、これより多く必要だということだけが分かっています。",
                ),
                ("期待リグレット", "推奨サイズが最良のサイズに比べてどれだけ劣るかの期待値です。"),
                ("最良の確率", "測定結果から見て、このサイズが最良である確率です。"),
                (
                    "同等",
                    "推奨サイズとの差が許容幅の中にあり、実質的な違いがありません。その中で最小のサイズを推奨します。",
                ),
                (
                    "フロンティア",
                    "時間とサンプル数の両方でまさるサイズがほかにない、というサイズの集まりです。フロンティアに沿って時間を短くすると、サンプル数 (計算量) が増えます。",
                ),
                (
                    "入力の割合",
                    "1 ステップのうち、バッチのサンプルを集める時間の割合です。残りは計算の時間です。割合が大きければ、プロセッサを速くしても効果は限られます。",
                ),
                (
                    "エネルギーと費用",
                    "エネルギーはステップ数 × 1 ステップでプロセッサが使うエネルギーで、マシンのカウンターで測ります。メモリ、ディスク、GPU は含みません。費用は時間 × 1 時間あたりの料金です。",
                ),
                (
                    "臨界バッチサイズ",
                    "最少ステップ数の 2 倍と、最少サンプル数の 2 倍が必要になるサイズです。これより小さければ、大きくするほどステップが減り、これより大きければサンプルが無駄になります。",
                ),
            ],
        }
    }
}
