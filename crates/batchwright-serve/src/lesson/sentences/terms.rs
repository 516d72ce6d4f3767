//! The words with their other names.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const TERMS: &[Sentence] = &[
    sentence("terms.word", "Word", "用語"),
    sentence("terms.names", "Also called", "別名"),
    sentence("terms.meaning", "What it is", "意味"),
    sentence("terms.sample", "sample", "サンプル"),
    sentence(
        "terms.sample_names",
        "example, instance, data point; サンプル",
        "データ 1 件、事例、example、instance",
    ),
    sentence(
        "terms.sample_meaning",
        "One thing to learn from: a photo, a row of a table, a piece of text.",
        "学習に使う 1 つの例。写真 1 枚、表の 1 行、文章の 1 区切りなど。",
    ),
    sentence("terms.batch", "batch", "バッチ"),
    sentence(
        "terms.batch_names",
        "mini-batch; ミニバッチ. “Batch training” in old books: all samples in one step",
        "ミニバッチ、mini-batch。古い本の「バッチ学習」は全サンプルを 1 ステップで使うこと",
    ),
    sentence(
        "terms.batch_meaning",
        "The samples of one step. How many they are is the batch size.",
        "1 ステップで使うサンプルのまとまり。その数がバッチサイズ。",
    ),
    sentence("terms.step", "step", "ステップ"),
    sentence(
        "terms.step_names",
        "update, parameter update, optimizer step, iteration; 重み更新",
        "重み更新、更新、パラメータ更新、イテレーション、update、optimizer step",
    ),
    sentence(
        "terms.step_meaning",
        "One batch, and the one correction that follows from it.",
        "1 バッチと、それによる 1 回の修正。",
    ),
    sentence("terms.epoch", "epoch", "エポック"),
    sentence("terms.epoch_names", "pass over the data; エポック", "データ 1 周、pass"),
    sentence(
        "terms.epoch_meaning",
        "All training samples once.",
        "すべての学習用サンプルを 1 回ずつ使うこと。",
    ),
    sentence("terms.iteration", "iteration", "イテレーション"),
    sentence("terms.iteration_names", "反復, イテレーション", "反復、繰り返し、iteration"),
    sentence(
        "terms.iteration_meaning",
        "Four meanings, so better avoided: (1) a step; (2) a micro-batch, where gradients are accumulated; (3) an epoch, as in scikit-learn's <code>max_iter</code> of an <code>MLPClassifier</code>; (4) a further tree, in gradient boosting.",
        "意味が 4 つあるので注意: (1) ステップ、(2) 勾配累積をするときのマイクロバッチ、(3) エポック (scikit-learn の <code>MLPClassifier</code> の <code>max_iter</code>)、(4) 勾配ブースティングで木を 1 本増やすこと。",
    ),
    sentence("terms.micro", "micro-batch", "マイクロバッチ"),
    sentence(
        "terms.micro_names",
        "per-device batch size; マイクロバッチ",
        "装置あたりのバッチ、per-device batch size",
    ),
    sentence(
        "terms.micro_meaning",
        "What one device takes in at once. Micro-batch × accumulation × devices = batch size.",
        "1 台の装置が一度に処理するサンプル。マイクロバッチ × 累積回数 × 台数 = バッチサイズ。",
    ),
    sentence("terms.rate", "learning rate", "学習率"),
    sentence("terms.rate_names", "step size, lr; 学習率", "lr、learning rate"),
    sentence(
        "terms.rate_meaning",
        "How far a step goes along the gradient.",
        "1 ステップで勾配の方向にどれだけ進むか。",
    ),
    sentence("terms.loss", "loss", "損失"),
    sentence("terms.loss_names", "error, cost, objective; 損失, 誤差", "誤差、コスト、目的関数、loss"),
    sentence(
        "terms.loss_meaning",
        "How wrong the network is. Lower is better.",
        "ネットワークの間違いの大きさ。小さいほど良い。",
    ),
];
