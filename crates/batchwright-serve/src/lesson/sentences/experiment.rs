//! Part 6: the same runs on four axes, the map of sizes and rates, and a study run by run.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const EXPERIMENT: &[Sentence] = &[
    sentence("experiment.title", "Which batch size is best?", "どのバッチサイズが一番良いのか"),
    sentence(
        "experiment.before1",
        "The same network was trained with five batch sizes, each at its best learning rate, until its validation loss reached one target. We can count how long that took in steps, samples, epochs, or seconds.",
        "同じネットワークを、決めた目標 (検証の損失) に届くまで 5 通りのバッチサイズで学習しました。学習率はそれぞれに最適なものです。そこまでの長さは、ステップ、サンプル、エポック、秒のどれでも数えられます。",
    ),
    sentence(
        "experiment.predict",
        "Which batch size reached the target first by the clock?",
        "時計で計ったとき、一番早く目標に届いたのはどのバッチサイズでしょう?",
    ),
    sentence(
        "experiment.predicted",
        "<b>It was {seconds}</b> by the clock. But {steps} needed the fewest steps, and {samples} the fewest samples. The winner depends on what one counts.",
        "時計では <b>{seconds}</b> です。しかしステップ数が最少なのは {steps}、サンプル数が最少なのは {samples} でした。何を数えるかで勝者が変わります。",
    ),
    sentence("experiment.axis", "Count in", "数える単位"),
    sentence("experiment.steps", "steps", "ステップ"),
    sentence("experiment.samples", "samples", "サンプル"),
    sentence("experiment.epochs", "epochs", "エポック"),
    sentence("experiment.seconds", "milliseconds", "ミリ秒"),
    sentence("experiment.loss", "validation loss", "検証の損失"),
    sentence(
        "experiment.loss_meaning",
        "The validation loss says how wrong the network is on samples that it has not learnt from. Lower is better.",
        "検証の損失は、学習に使っていないサンプルでネットワークがどれだけ間違えるかを表します。小さいほど良い値です。",
    ),
    sentence("experiment.target", "target {target}", "目標 {target}"),
    sentence(
        "experiment.winner",
        "Counted in {axis}, <b>batch size {batch}</b> is first: {value}.",
        "{axis}で数えると、<b>バッチサイズ {batch}</b> が一番です: {value}。",
    ),
    sentence(
        "experiment.yours",
        "After the same number of steps, your batch size {batch} has used <b>{times} times</b> the samples of batch size {other}.",
        "同じステップ数なら、あなたのバッチサイズ {batch} は、バッチサイズ {other} の <b>{times} 倍</b>のサンプルを使っています。",
    ),
    sentence("experiment.batch", "batch size", "バッチサイズ"),
    sentence("experiment.row", "batch size {batch}", "バッチサイズ {batch}"),
    sentence("experiment.map", "The map: batch size × learning rate", "地図: バッチサイズ × 学習率"),
    sentence(
        "experiment.map_text",
        "Each field is the median of several trainings. The stronger its colour, the sooner the target is reached by the clock. Rings mark the best rate of each size; up to a size of some hundreds they rise to the right, as a ridge. <b>A larger batch needs a higher learning rate</b>; who changes only the batch size falls off the ridge. Near the fastest fields the differences are small: here 16 and 32 are so close that chance decides which is ahead.",
        "1 マスは数回の学習の中央値です。濃いほど、目標に早く (実時間で) 着きます。丸印はサイズごとに最良の学習率です。数百のサイズまでは、結ぶと右上へ伸びる「尾根」になります。<b>バッチを大きくするなら、学習率も上げる必要があります。</b>バッチサイズだけを変えると、尾根から落ちてしまいます。最も速いあたりでは差が小さく、ここでは 16 と 32 がほぼ互角です。どちらが先に着くかは偶然で変わります。",
    ),
    sentence("experiment.rate", "learning rate", "学習率"),
    sentence("experiment.field_size", "Batch size of the field", "マスのバッチサイズ"),
    sentence("experiment.field_rate", "Learning rate of the field", "マスの学習率"),
    sentence(
        "experiment.field",
        "Batch size {batch}, learning rate {rate}: <b>{steps} steps, {seconds}</b>.",
        "バッチサイズ {batch}、学習率 {rate}: <b>{steps} ステップ、{seconds}</b>。",
    ),
    sentence(
        "experiment.field_missed",
        "Batch size {batch}, learning rate {rate}: most trainings missed the target in time.",
        "バッチサイズ {batch}、学習率 {rate}: ほとんどの学習が、打ち切りまでに目標に届きませんでした。",
    ),
    sentence(
        "experiment.map_picture",
        "Map of {sizes} batch sizes and {rates} learning rates. The best field is batch size {batch} at rate {rate}.",
        "バッチサイズ {sizes} 通り × 学習率 {rates} 通りの地図。最良はバッチサイズ {batch}、学習率 {rate}。",
    ),
    sentence("experiment.soon", "soon", "早い"),
    sentence("experiment.late", "late", "遅い"),
    sentence("experiment.missed", "missed", "届かず"),
    sentence("experiment.replay", "The experiment, run by run", "実験を 1 回ずつ再生する"),
    sentence(
        "experiment.replay_text",
        "No formula knows this map beforehand: it is another one for every network, data and machine. <b>It can only be decided by experiment.</b> But not every field has to be tried. This is how <code>batchwright find</code> did it: it always made the run from which it expected to learn most. (Its target was a nearer one than that of the map, a loss of {target}; the first runs only explored, and found it.)",
        "この地図をあらかじめ知る公式はありません。ネットワークとデータと計算機が違えば、地図も変わります。<b>実験で決めるしかないのです。</b>ただし、すべてのマスを試す必要はありません。下は <code>batchwright find</code> が実際に行った実験です。毎回、最も多くのことがわかりそうな学習を選んでいます。(この実験の目標は、地図より手前の損失 {target} です。最初の数回は下調べで、目標もそこで決まりました。)",
    ),
    sentence("experiment.run", "Runs so far", "ここまでの学習回数"),
    sentence(
        "experiment.run_target",
        "Run {run} of {runs}: batch size {batch}, rate {rate}: target reached after {steps} steps.",
        "{runs} 回中 {run} 回目: バッチサイズ {batch}、学習率 {rate}: {steps} ステップで目標に到達。",
    ),
    sentence(
        "experiment.run_pilot",
        "Run {run} of {runs}: batch size {batch}, rate {rate}: explored for {steps} steps, without a target yet.",
        "{runs} 回中 {run} 回目: バッチサイズ {batch}、学習率 {rate}: 下調べとして {steps} ステップ (目標はまだない)。",
    ),
    sentence(
        "experiment.run_missed",
        "Run {run} of {runs}: batch size {batch}, rate {rate}: stopped after {steps} steps without the target.",
        "{runs} 回中 {run} 回目: バッチサイズ {batch}、学習率 {rate}: 目標に届かず {steps} ステップで打ち切り。",
    ),
    sentence(
        "experiment.run_diverged",
        "Run {run} of {runs}: batch size {batch}, rate {rate}: broke down after {steps} steps.",
        "{runs} 回中 {run} 回目: バッチサイズ {batch}、学習率 {rate}: {steps} ステップで発散。",
    ),
    sentence("experiment.no_answer", "No answer yet.", "まだ答えは出せません。"),
    sentence(
        "experiment.answer",
        "Best so far: <b>batch size {batch}</b>, rate {rate}. If that is wrong, it costs {regret} more time than the best.",
        "ここまでの最良: <b>バッチサイズ {batch}</b>、学習率 {rate}。もし最良でなくても、損する時間は {regret} 程度です。",
    ),
    sentence(
        "experiment.replay_picture",
        "{runs} runs on the map of batch sizes and learning rates.",
        "バッチサイズと学習率の地図上の、{runs} 回の学習。",
    ),
    sentence(
        "experiment.after1",
        "Never compare two batch sizes at the same number of steps: a step of batch size 512 uses 16 times the samples of a step of 32. Compare by samples (what it costs in computing) or by seconds (how long you wait), and give each size its own learning rate.",
        "ステップ数をそろえて 2 つのバッチサイズを比べてはいけません。512 の 1 ステップは、32 の 1 ステップの 16 倍のサンプルを使います。サンプル数 (計算の量) か秒 (待ち時間) で比べ、学習率もサイズごとに調整してください。",
    ),
];
