//! Part 3: shuffling against drawing with replacement.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const ORDER: &[Sentence] = &[
    sentence("order.title", "Shuffle, or draw from a hat?", "シャッフルか、くじ引きか"),
    sentence(
        "order.before1",
        "In which order do the samples go into the boxes? Usually they are <b>shuffled</b> like cards at the start of each epoch, and then dealt out: each exactly once.",
        "サンプルはどんな順序で箱に入るのでしょう? ふつうはエポックの初めにトランプのように<b>シャッフル</b>し、端から順に配ります。どのサンプルもちょうど 1 回です。",
    ),
    sentence(
        "order.before2",
        "One could also draw each sample from a hat, note it, and <b>put it back</b>. Then some come twice, and some not at all; as many draws as there are samples count as an epoch.",
        "もう 1 つの方法は、くじのように 1 個引いては<b>元に戻す</b>やり方です。すると 2 回出るものもあれば、1 回も出ないものもあります。この方法では、サンプル数と同じ回数引くと 1 エポックと数えます。",
    ),
    sentence(
        "order.predict",
        "From 100 samples you draw 100 times, and put each back. About how many samples do you never see?",
        "100 個のサンプルから、戻しながら 100 回引きます。一度も出ないサンプルはおよそ何個でしょう?",
    ),
    sentence(
        "order.predicted",
        "About <b>{answer}</b>: more than a third. One draw misses a given sample with probability 99/100; 100 draws in a row miss it with probability (99/100)<sup>100</sup> ≈ {share}.",
        "およそ <b>{answer} 個</b>、3 分の 1 以上です。1 回のくじで、決まった 1 個のサンプルが出ない確率は 99/100 です。100 回続けて出ない確率は (99/100)<sup>100</sup> ≈ {share} になります。",
    ),
    sentence("order.shuffled", "Shuffled", "シャッフル"),
    sentence("order.drawn", "Drawn and put back", "引いて戻す"),
    sentence("order.one_batch", "Draw one batch of 10", "1 バッチ (10 個) 引く"),
    sentence("order.one_epoch", "Draw until the epoch ends", "エポックの終わりまで引く"),
    sentence("order.never", "never seen", "未使用"),
    sentence("order.once", "seen once", "1 回"),
    sentence("order.often", "seen twice or more", "2 回以上"),
    sentence(
        "order.count",
        "never seen: <b>{never}</b>, once: {once}, twice or more: {often}",
        "未使用: <b>{never}</b>、1 回: {once}、2 回以上: {often}",
    ),
    sentence(
        "order.drawn_so_far",
        "{drawn} of 100 drawn in epoch {epoch}.",
        "第 {epoch} エポック: 100 個中 {drawn} 個を引きました。",
    ),
    sentence(
        "order.formula",
        "With your {n} samples: (1 − 1/{n})<sup>{n}</sup> = {share}, so about <b>{never}</b> would not be seen in an epoch.",
        "あなたの {n} サンプルなら (1 − 1/{n})<sup>{n}</sup> = {share}。1 エポックで約 <b>{never}</b> 個が使われないことになります。",
    ),
    sentence(
        "order.after1",
        "That is why an epoch of shuffled samples has a clear meaning, “every sample once”. And because the order is new in each epoch, no two boxes are the same.",
        "だから、シャッフルして使う 1 エポックには「全サンプルを 1 回ずつ」というはっきりした意味があります。しかもエポックごとに順序が変わるので、箱の中身は毎回違います。",
    ),
];
