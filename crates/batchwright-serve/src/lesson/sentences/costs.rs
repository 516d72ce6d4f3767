//! Part 5: what a batch costs in time and memory.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const COSTS: &[Sentence] = &[
    sentence("costs.title", "Why batches at all? Time and memory", "なぜバッチにするのか: 時間とメモリ"),
    sentence(
        "costs.before1",
        "One sample at a time would need the least memory. But a processor works on many samples side by side, and each step has costs of its own, whatever its size.",
        "1 個ずつ処理すれば、メモリは最も少なくて済みます。しかし計算機は多くのサンプルを並べて処理するのが得意で、しかも 1 ステップごとに、大きさに関係なくかかる手間があります。",
    ),
    sentence(
        "costs.predict",
        "A step with 1 sample took {seconds} on the machine where this was measured. How many times as long did a step with 64 samples take?",
        "測定した計算機では、1 サンプルのステップに {seconds} かかりました。64 サンプルのステップは、その何倍かかったでしょう?",
    ),
    sentence(
        "costs.predicted",
        "<b>About {answer} times</b>, not 64 times: {seconds}. So a sample in the large batch costs only {share} of one alone.",
        "<b>約 {answer} 倍</b> ({seconds}) で、64 倍ではありません。大きいバッチの中のサンプル 1 個は、1 個ずつ処理するときの {share} の時間で済みます。",
    ),
    sentence("costs.size", "Batch size", "バッチサイズ"),
    sentence("costs.time", "Time of one step and of one sample", "1 ステップと 1 サンプルの時間"),
    sentence("costs.step", "one step", "1 ステップ"),
    sentence("costs.sample", "one sample", "1 サンプル"),
    sentence("costs.seconds", "microseconds", "マイクロ秒"),
    sentence(
        "costs.at",
        "Batch size {batch}: a step takes {step}, so a sample {sample}. One epoch of {n} samples is {steps} steps and takes <b>{epoch}</b>.",
        "バッチサイズ {batch}: 1 ステップ {step}、1 サンプルあたり {sample}。{n} サンプルの 1 エポックは {steps} ステップで、<b>{epoch}</b> かかります。",
    ),
    sentence("costs.memory", "Fill the memory of a graphics card", "GPU のメモリに詰め込む"),
    sentence("costs.network", "Network", "ネットワーク"),
    sentence("costs.mlp", "small (dense layers)", "小さい全結合ネットワーク"),
    sentence("costs.cnn", "for images (ResNet-20)", "画像用 (ResNet-20)"),
    sentence("costs.transformer", "transformer (as GPT-2 small)", "Transformer (GPT-2 small 相当)"),
    sentence("costs.card", "Memory of the card", "GPU のメモリ"),
    sentence("costs.at_once", "Samples at once (micro-batch)", "一度に処理する数 (マイクロバッチ)"),
    sentence("costs.weights", "the network itself", "ネットワーク自体"),
    sentence("costs.samples", "its samples", "サンプルの分"),
    sentence(
        "costs.fits",
        "{used} of {memory}: it fits. The largest that fits is <b>{largest}</b>.",
        "{memory} のうち {used} を使用: 入ります。入る最大は <b>{largest}</b> です。",
    ),
    sentence(
        "costs.bursts",
        "{used} are needed, {memory} are there: <b>out of memory</b>. The largest that fits is <b>{largest}</b>.",
        "{used} が必要ですが、{memory} しかありません: <b>メモリ不足 (out of memory)</b>。入る最大は <b>{largest}</b> です。",
    ),
    sentence(
        "costs.fits_none",
        "Not even one sample fits: {used} are needed, {memory} are there.",
        "1 サンプルも入りません: {used} が必要ですが、{memory} しかありません。",
    ),
    sentence(
        "costs.accumulate",
        "For your batch size {batch} accumulate <b>{times} times</b>: {micro} at once. The result is the same as with the whole batch; it only takes longer.",
        "あなたのバッチサイズ {batch} にするには、{micro} 個ずつ <b>{times} 回累積</b>します。結果はバッチ全体で計算したときと同じで、時間がかかるだけです。",
    ),
    sentence(
        "costs.whole",
        "Your batch size {batch} fits as a whole: no accumulation is needed.",
        "あなたのバッチサイズ {batch} は丸ごと入ります。累積は要りません。",
    ),
    sentence(
        "costs.planned",
        "Calculated: the bytes that Batchwright plans and allocates for these networks with 4-byte numbers. Other programs need more than this, or less.",
        "計算値: この 3 つのネットワークについて、Batchwright が 4 バイトの数値で確保するメモリの量です。ほかのプログラムでは、これより多いことも少ないこともあります。",
    ),
    sentence(
        "costs.after1",
        "In the beginning a larger batch is almost free. From some size on the processor is busy, and twice the samples take twice the time: then there is nothing more to gain per sample.",
        "初めのうちは、バッチを大きくしてもほとんど時間は増えません。ある大きさを超えると計算機に空きがなくなり、2 倍のサンプルには 2 倍の時間がかかります。そこから先は、1 サンプルあたりの得はありません。",
    ),
    sentence(
        "costs.after2",
        "Large networks are why people write “batch size 2”: one sample of a transformer, a long text, needs as much memory as tens of thousands of small ones. That is a limit of <b>memory</b>. The batch size that is good for <b>learning</b> is another question, and accumulation keeps the two apart.",
        "大きなネットワークでは「バッチサイズ 2」や「4」という設定をよく見かけます。Transformer のサンプル 1 つ (長い文章) が、小さなサンプル何万個ぶんものメモリを使うからです。これは<b>メモリの都合</b>です。<b>学習に良い</b>バッチサイズは別の問題で、勾配累積を使えば両者を分けて決められます。",
    ),
];
