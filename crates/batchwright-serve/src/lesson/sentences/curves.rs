//! Part 8: learning curves and their verdict.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const CURVES: &[Sentence] = &[
    sentence("curves.title", "How many epochs? Read the curve", "何エポック学習するか: 曲線を読む"),
    sentence(
        "curves.before1",
        "How wrong the network is, is called the <b>loss</b>. It is measured twice: on the samples that it learns from (<b>training loss</b>), and on others that it never learns from (<b>validation loss</b>). Only the second tells whether it has understood.",
        "ネットワークの間違いの大きさを<b>損失</b> (誤差) と呼びます。学習に使うサンプルでの値が<b>学習の損失</b>、学習に使わない別のサンプルでの値が<b>検証の損失</b>です。本当に理解したかどうかは、検証の損失でしかわかりません。",
    ),
    sentence(
        "curves.predict",
        "A network gets only {samples} samples, and one in five comes with a wrong answer (label). It learns for {epochs} epochs, and its training loss falls almost to 0. What does its validation loss do?",
        "あるネットワークに {samples} サンプルだけを与えます。そのうち 5 つに 1 つは、正解 (ラベル) が間違っています。{epochs} エポック学習すると、学習の損失はほぼ 0 まで下がりました。検証の損失はどうなったでしょう?",
    ),
    sentence("curves.falls", "It falls as well", "同じように下がる"),
    sentence("curves.stays", "It falls, then stays", "下がって、そのまま"),
    sentence("curves.rises", "It falls, then rises", "下がったあと、上がる"),
    sentence(
        "curves.predicted",
        "<b>It falls, then rises.</b> Lowest after epoch {best} ({lowest}), at the end {last}. The network has learnt its samples by heart, wrong labels and all: that is <b>overfitting</b>.",
        "<b>下がったあと、上がります。</b>最小は {best} エポック目の {lowest}、最後は {last} でした。誤ったラベルまで含めて、サンプルを丸暗記したのです。これが<b>過学習</b>です。",
    ),
    sentence("curves.scrub", "How far the trainings are", "学習の進みぐあい"),
    sentence("curves.percent", "{percent} of the training", "学習の {percent}"),
    sentence("curves.healthy", "Healthy: {samples} samples", "健全: {samples} サンプル"),
    sentence("curves.overfitting", "{samples} samples, 1 in 5 wrong", "{samples} サンプル、5 つに 1 つ誤り"),
    sentence("curves.epochs", "epochs", "エポック"),
    sentence("curves.loss", "loss", "損失"),
    sentence("curves.train", "training", "学習"),
    sentence("curves.validation", "validation", "検証"),
    sentence(
        "curves.picture",
        "Learning curve up to epoch {epoch}: training loss {train}, validation loss {validation}.",
        "{epoch} エポック目までの学習曲線: 学習の損失 {train}、検証の損失 {validation}。",
    ),
    sentence(
        "curves.at",
        "Epoch {epoch}, step {step}: training loss {train}, validation loss {validation}.",
        "{epoch} エポック ({step} ステップ): 学習の損失 {train}、検証の損失 {validation}。",
    ),
    sentence(
        "verdict.unclear",
        "<b>Unclear</b>: too early to say anything.",
        "<b>判定できない</b>: まだ何とも言えません。",
    ),
    sentence(
        "verdict.improving",
        "<b>Improving</b>: the validation loss still falls. Train longer.",
        "<b>改善中</b>: 検証の損失がまだ下がっています。もっと長く学習しましょう。",
    ),
    sentence(
        "verdict.converged",
        "<b>Converged</b>: the losses hardly change any more. It has learnt what it can.",
        "<b>収束</b>: 損失がほとんど変わらなくなりました。学べることは学び終えています。",
    ),
    sentence(
        "verdict.overfitting",
        "<b>Overfitting</b> after epoch {since}, where the validation loss was lowest: it rises while the training loss falls. Keep the weights of epoch {since}.",
        "<b>過学習</b>: {since} エポック目を過ぎてから、学習の損失は下がるのに検証の損失が上がっています。検証の損失が最小だった {since} エポック目の重みを使いましょう。",
    ),
    sentence(
        "verdict.underfitting",
        "<b>Underfitting</b>: even the training loss is high. It has learnt hardly anything yet.",
        "<b>学習不足</b>: 学習の損失さえ高いままです。まだほとんど何も学んでいません。",
    ),
    sentence(
        "verdict.diverged",
        "<b>Diverged</b>: what was learnt is lost again. The learning rate is too high.",
        "<b>発散</b>: 学んだことが失われました。学習率が高すぎます。",
    ),
    sentence(
        "curves.yours",
        "Your {epochs} epochs are {steps} steps. The curve tells whether that was too short or too long; the number of epochs alone does not.",
        "あなたの {epochs} エポックは {steps} ステップです。短すぎたか長すぎたかは曲線が教えてくれます。エポック数だけではわかりません。",
    ),
    sentence(
        "curves.after1",
        "So nobody has to know the right number of epochs beforehand: train, watch the validation loss, keep the weights at its lowest point, and stop when it has not fallen for a while (early stopping). More samples help most against overfitting.",
        "だから、正しいエポック数を前もって知る必要はありません。学習しながら検証の損失を見て、最小だったときの重みを保存し、しばらく下がらなければ止めます (早期終了)。過学習に最も効くのは、サンプルを増やすことです。",
    ),
];
