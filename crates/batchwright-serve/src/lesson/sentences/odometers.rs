//! Part 2: four counters that run at once.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const ODOMETERS: &[Sentence] = &[
    sentence("odometers.title", "Four counters", "4 つのカウンター"),
    sentence(
        "odometers.before1",
        "A training is like a journey with four odometers. They measure the same distance in different units: samples, steps, epochs, and <b>micro-batches</b>.",
        "学習は、距離計が 4 つ付いた旅のようなものです。同じ道のりを別の単位で数えます。サンプル、ステップ、エポック、そして<b>マイクロバッチ</b>です。",
    ),
    sentence(
        "odometers.before2",
        "A micro-batch is what one device (a graphics card, say) takes in at once. If the memory is too small for the whole batch, the device takes several micro-batches one after the other, adds up their results, and corrects once. That is <b>gradient accumulation</b> (part 4 explains the gradient). Where several devices share a batch, the results of all are added up before the one correction, too.",
        "マイクロバッチとは、1 台の装置 (GPU など) が一度に処理するサンプルのまとまりです。メモリにバッチ全体が入らないときは、マイクロバッチをいくつか続けて処理し、結果を足し合わせてから 1 回だけ修正します。これを<b>勾配累積</b>と呼びます (「勾配」はパート 4 で説明します)。複数の装置でバッチを分担するときも、全装置の結果を足し合わせてから 1 回だけ修正します。",
    ),
    sentence(
        "odometers.predict",
        "Each of 2 devices takes 8 samples at once and accumulates 4 times before a correction. What is the batch size?",
        "2 台の装置がそれぞれ 8 個ずつ処理し、4 回累積してから修正します。バッチサイズはいくつでしょう?",
    ),
    sentence(
        "odometers.predicted",
        "{micro} × {accumulation} × {devices} = <b>{answer}</b>. The batch size is what one correction has seen, however it was divided.",
        "{micro} × {accumulation} × {devices} = <b>{answer}</b>。バッチサイズとは、どう分けたかに関係なく、1 回の修正までに見たサンプルの数です。",
    ),
    sentence("odometers.micro", "Micro-batch", "マイクロバッチ"),
    sentence("odometers.accumulation", "Accumulation", "累積回数"),
    sentence("odometers.devices", "Devices", "装置の台数"),
    sentence("odometers.place", "How far the training is, in steps", "学習の進みぐあい (ステップ)"),
    sentence("odometers.samples", "samples", "サンプル"),
    sentence("odometers.steps", "steps (updates)", "ステップ (重み更新)"),
    sentence("odometers.epochs", "epochs", "エポック"),
    sentence("odometers.micro_batches", "micro-batches", "マイクロバッチ"),
    sentence("odometers.one_step", "One step further", "1 ステップ進める"),
    sentence("odometers.one_epoch", "To the end of the epoch", "エポックの終わりまで"),
    sentence(
        "odometers.formula",
        "{micro} × {accumulation} × {devices} = <b>batch size {batch}</b>. {n} ÷ {batch} → {steps} steps per epoch.",
        "{micro} × {accumulation} × {devices} = <b>バッチサイズ {batch}</b>。{n} ÷ {batch} → 1 エポック {steps} ステップ。",
    ),
    sentence(
        "odometers.state",
        "After {steps} steps: {samples} samples, {epochs} epochs, {micro_batches} micro-batches.",
        "{steps} ステップ後: {samples} サンプル、{epochs} エポック、{micro_batches} マイクロバッチ。",
    ),
    sentence(
        "odometers.after1",
        "Without accumulation and with one device, a micro-batch is the batch: steps and micro-batches run alike. With them, a program that counts micro-batches as “steps” seems to train many times longer than it does: with an accumulation of 4, four times.",
        "累積なし・装置 1 台なら、マイクロバッチはバッチそのもので、ステップと同じ速さで進みます。累積や複数台を使うと、マイクロバッチを「ステップ」と数えるプログラムでは、実際の何倍も学習したように見えてしまいます。たとえば 4 回の累積なら、ステップ数が 4 倍に見えます。",
    ),
    sentence(
        "odometers.after2",
        "When you compare two trainings, ask for the <b>samples</b>: that counter means the same everywhere.",
        "2 つの学習を比べるときは、<b>サンプル数</b>を見てください。どこでも同じ意味を持つのはこのカウンターだけです。",
    ),
];
