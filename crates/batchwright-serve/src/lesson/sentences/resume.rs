//! Part 7: stopping and resuming within an epoch.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const RESUME: &[Sentence] = &[
    sentence("resume.title", "Stop, and go on", "途中で止めて、続きから"),
    sentence(
        "resume.before1",
        "A training may be stopped in the middle of an epoch and go on the next day. What has to be remembered, besides the network? The <b>place in the order</b>: which epoch, and how many of its samples were used.",
        "学習はエポックの途中で止めて、翌日続けることがあります。ネットワークのほかに、何を覚えておけばよいでしょう? <b>順序の中の位置</b>です。何エポック目で、そのうち何サンプルを使ったか、です。",
    ),
    sentence(
        "resume.predict",
        "1,000 samples, batch size 64 (the short last batch is used), stopped after 20 steps. How many samples of the second epoch were already used?",
        "1,000 サンプル、バッチサイズ 64 の学習 (最後の小さいバッチも使います) を 20 ステップで止めました。2 エポック目のサンプルは、すでに何個使われたでしょう?",
    ),
    sentence(
        "resume.predicted",
        "<b>{answer}</b>. The first epoch took {per_epoch} steps. 20 − {per_epoch} = {rest} steps of the second, with 64 samples each.",
        "<b>{answer} 個</b>です。1 エポック目が {per_epoch} ステップ。2 エポック目は 20 − {per_epoch} = {rest} ステップ進み、それぞれ 64 個です。",
    ),
    sentence("resume.stop", "Stop after this many steps", "何ステップで止めるか"),
    sentence("resume.way", "Go on", "再開のしかた"),
    sentence("resume.exact", "where it stopped", "止めた位置から"),
    sentence("resume.repeat", "from the start of this epoch", "このエポックの最初から"),
    sentence("resume.skip", "with the next epoch", "次のエポックから"),
    sentence(
        "resume.strip",
        "The order of this epoch, 24 samples in 6 boxes of 4",
        "このエポックの順序: 24 サンプル、4 個ずつ 6 箱",
    ),
    sentence("resume.before", "before the stop", "止める前"),
    sentence("resume.after", "after it", "再開後"),
    sentence("resume.both", "twice", "2 回"),
    sentence("resume.neither", "never", "0 回"),
    sentence(
        "resume.fine",
        "Every sample exactly once. The training ends with the same weights as one that was never stopped.",
        "どのサンプルもちょうど 1 回です。一度も止めなかった学習と同じ重みで終わります。",
    ),
    sentence(
        "resume.repeats",
        "<b>{twice} samples are used twice</b> in this epoch. They count more than others, and the place within the epoch no longer follows from the number of steps.",
        "このエポックで <b>{twice} 個が 2 回</b>使われます。ほかのサンプルより影響が大きくなり、ステップ数から計算したエポックの位置も実際とずれます。",
    ),
    sentence(
        "resume.skips",
        "<b>{never} samples are never used</b> in this epoch. If it is stopped often, some are hardly ever learnt from.",
        "このエポックで <b>{never} 個が一度も使われません</b>。何度も止めていると、ほとんど学ばれないサンプルが出てきます。",
    ),
    sentence(
        "resume.formula",
        "With your numbers ({n} samples, batch size {b}), stopped after {steps} steps: epoch {epoch}, {used} of its samples used.",
        "あなたの数字 ({n} サンプル、バッチサイズ {b}) で {steps} ステップで止めると: 第 {epoch} エポックの {used} 個まで使用済み。",
    ),
    sentence("resume.own_steps", "Steps in your training", "あなたの学習のステップ数"),
    sentence(
        "resume.after1",
        "It works because the order of an epoch is not left to chance: it follows from a number, the <b>seed</b>. The same seed and epoch always give the same order, so the place in it is enough.",
        "これができるのは、エポックの順序が偶然まかせではなく、<b>シード</b>という数から決まるからです。シードとエポックが同じなら順序も必ず同じなので、位置さえ覚えておけば足ります。",
    ),
];
