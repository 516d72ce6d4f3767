//! Title, introduction, controls that all parts share, and the foot of the page.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const FRAME: &[Sentence] = &[
    sentence(
        "frame.title",
        "Epoch, step and batch size: understand them by playing",
        "エポック・ステップ・バッチサイズを、さわって理解する",
    ),
    sentence("frame.kicker", "A lesson of about ten minutes", "約 10 分のレッスン"),
    sentence(
        "frame.lead",
        "You need no knowledge of machine learning. There are eight short parts, each with one thing to play with. <b>Guess first, then look</b>: an answer stays best when the guess was wrong.",
        "機械学習の知識は要りません。短い 8 つのパートがあり、それぞれに 1 つ、さわって試せるものがあります。<b>まず予想してから、答えを見てください。</b>予想が外れたときほど、答えが記憶に残ります。",
    ),
    sentence("frame.other_language", "日本語", "English"),
    sentence("frame.contents", "Contents", "目次"),
    sentence("frame.noscript", "This lesson needs JavaScript.", "このレッスンには JavaScript が必要です。"),
    sentence("frame.numbers", "Your own numbers", "自分の数字で"),
    sentence(
        "frame.numbers_text",
        "Type the numbers of a training of your own, if you have one; otherwise leave them. All formulas below follow them.",
        "手元の学習 (ネットワークを訓練すること) の数字があれば入れてください。なければこのままで構いません。下のすべての式がこの数字で計算されます。",
    ),
    sentence("frame.copy", "Copy a link with these numbers", "この数字を含むリンクをコピー"),
    sentence("frame.copied", "Copied.", "コピーしました。"),
    sentence(
        "frame.not_copied",
        "This browser does not let the page copy. The link is in the address bar.",
        "このブラウザではコピーできません。リンクはアドレスバーに表示されています。",
    ),
    sentence("number.samples", "Samples N", "サンプル数 N"),
    sentence("number.batch", "Batch size B", "バッチサイズ B"),
    sentence("number.epochs", "Epochs", "エポック数"),
    sentence(
        "number.range",
        "A whole number from {low} to {high}, please.",
        "{low} から {high} までの整数を入れてください。",
    ),
    sentence("predict.heading", "Guess first", "まず予想"),
    sentence("predict.check", "Show the answer", "答えを見る"),
    sentence("predict.right", "Right!", "正解です!"),
    sentence("predict.near", "Close!", "おしい!"),
    sentence("predict.wrong", "Not quite.", "残念、違います。"),
    sentence("predict.none", "Choose or type a guess first.", "先に予想を選ぶか、入力してください。"),
    sentence("play.start_again", "Start again", "最初から"),
    sentence("play.play", "Play", "再生"),
    sentence("play.pause", "Pause", "一時停止"),
    sentence("frame.words", "Words and their other names", "用語と、その別名"),
    sentence(
        "frame.measured",
        "Measured: all runs, gradients, step times and logs on this page come from trainings of {n} hand-written digits by Batchwright {version} on {processor}, on {date}. Boxes, counters and orders are computed by this page itself.",
        "実測データ: このページの学習・勾配・ステップ時間・ログは、すべて Batchwright {version} が手書き数字 {n} 個を実際に学習した結果です ({processor}、{date})。箱・カウンター・順序の計算は、このページが行っています。",
    ),
    sentence(
        "frame.chart_measured",
        "Measured: hand-written digits, network with one hidden layer of 64 units.",
        "実測: 手書き数字、隠れ層 1 つ (64 ユニット) のネットワーク。",
    ),
];
