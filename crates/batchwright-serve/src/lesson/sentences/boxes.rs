//! Part 1: samples in boxes of one batch.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const BOXES: &[Sentence] = &[
    sentence("boxes.title", "One epoch, in boxes", "1 エポックを箱で考える"),
    sentence(
        "boxes.before1",
        "A <b>network</b> (a neural network, also called a model) is a program with many numbers in it, its <b>weights</b>. It <b>trains</b>: it looks at examples and changes its weights until its answers are right more often. An example, one photo or one row of a table, is a <b>sample</b>. The network does not look at all samples at once. It takes one box of them, sees how wrong it is on them, and corrects itself <b>once</b>: it changes all its weights a little.",
        "<b>ネットワーク</b> (ニューラルネットワーク。モデルとも呼びます) は、<b>重み</b>という多数の数値を持つプログラムです。例を見て、正しく答えられるように重みを変えていきます。これが<b>学習</b>です。写真 1 枚、表の 1 行といった例の 1 つ 1 つを<b>サンプル</b>と呼びます。すべてのサンプルを一度に見るのではありません。1 箱ぶんを取り出し、どれだけ間違えたかを調べ、自分を <b>1 回だけ</b>修正します。つまり、すべての重みを少しだけ変えます。",
    ),
    sentence(
        "boxes.before2",
        "The box is a <b>batch</b>. How many samples fit into it is the <b>batch size</b>. One box with its one correction is a <b>step</b>. When every sample has been in a box once, one <b>epoch</b> is over.",
        "この箱が<b>バッチ</b> (ミニバッチ) です。1 箱に入るサンプルの数が<b>バッチサイズ</b>、1 箱ぶんの学習と 1 回の修正が 1 <b>ステップ</b>です。すべてのサンプルを 1 回ずつ使い終わると、1 <b>エポック</b>が終わります。",
    ),
    sentence(
        "boxes.predict",
        "There are 10,000 samples, and 100 fit into a box. How many steps is one epoch?",
        "サンプルが 10,000 個あり、1 箱に 100 個入ります。1 エポックは何ステップでしょう?",
    ),
    sentence(
        "boxes.predicted",
        "{n} ÷ {b} = <b>{answer}</b>. 100 boxes, so 100 corrections: one epoch is 100 steps.",
        "{n} ÷ {b} = <b>{answer}</b>。箱が 100 個なので修正も 100 回、つまり 1 エポックは 100 ステップです。",
    ),
    sentence("boxes.examples", "Examples", "例"),
    sentence("boxes.last", "When the last box is not full", "最後の箱が満杯にならないとき"),
    sentence("boxes.keep", "use it all the same (round up)", "そのまま使う (切り上げ)"),
    sentence("boxes.drop", "leave it out (round down)", "使わない (切り捨て)"),
    sentence(
        "boxes.formula",
        "{n} ÷ {b} = {exact} → <b>{steps} steps per epoch</b>.",
        "{n} ÷ {b} = {exact} → <b>1 エポックは {steps} ステップ</b>。",
    ),
    sentence("boxes.full", "All {full} boxes are full.", "{full} 個の箱がすべて満杯です。"),
    sentence(
        "boxes.short",
        "{full} full boxes and one of {rest}.",
        "満杯の箱が {full} 個と、{rest} 個だけ入った箱が 1 つです。",
    ),
    sentence(
        "boxes.dropped",
        "{full} full boxes. {rest} samples are left out in this epoch.",
        "満杯の箱が {full} 個です。残りの {rest} 個はこのエポックでは使われません。",
    ),
    sentence(
        "boxes.nothing",
        "The box is larger than the data: no box gets full, and nothing would be learnt.",
        "箱のほうがデータより大きく、満杯の箱が 1 つもできません。これでは何も学習しません。",
    ),
    sentence(
        "boxes.bar",
        "A progress bar would show <code>{steps}/{steps}</code>: it counts steps, not samples.",
        "進捗バーには <code>{steps}/{steps}</code> と表示されます。数えているのはサンプルではなく、ステップです。",
    ),
    sentence(
        "boxes.epochs",
        "{epochs} epochs × {steps} steps = <b>{all} steps</b> in all, {samples} samples seen.",
        "{epochs} エポック × {steps} ステップ = 全部で <b>{all} ステップ</b>、のべ {samples} サンプルです。",
    ),
    sentence(
        "boxes.picture",
        "{steps} boxes, the last with {last} samples.",
        "箱が {steps} 個。最後の箱には {last} 個入っています。",
    ),
    sentence("boxes.grouped", "Each square stands for {boxes} boxes.", "四角 1 つが {boxes} 箱を表します。"),
    sentence(
        "boxes.after1",
        "Most programs use the short last box, so they round <b>up</b>: 1,000 samples at batch size 64 are 16 steps. Some leave it out and round <b>down</b> (“drop last”); they call it an epoch all the same. Samples that are left out come again in another epoch, because each epoch has a new order.",
        "多くのプログラムは最後の小さい箱も使うので、<b>切り上げ</b>になります。1,000 サンプルをバッチサイズ 64 で学習すると 16 ステップです。最後の箱を使わず<b>切り捨て</b>るもの (drop last) もあり、その場合もそこまでを 1 エポックと数えます。エポックごとに順序が変わるので、使われなかったサンプルも別のエポックで使われます。",
    ),
    sentence(
        "boxes.after2",
        "The well-known surprise: with 60,000 samples at batch size 32 a bar counts to 1,875. Nothing is missing, because the bar counts steps: 60,000 / 32 = 1,875.",
        "よくある驚き: 60,000 サンプルをバッチサイズ 32 で学習すると、バーは 1,875 までしか数えません。データが欠けているのではなく、バーがステップを数えているのです: 60,000 / 32 = 1,875。",
    ),
];
