//! Texts on the layers of a network.

use crate::lang::Lang;

impl Lang {
    /// What the columns of the tables mean.
    pub(crate) fn model_notes(self) -> [&'static str; 2] {
        self.pick(
            [
                "FLOP: two for a multiplication with its addition in the products of a forward pass; forward and backward pass together take about three times as many. Kept: what stays in memory of a sample from its forward to its backward pass.",
                "Memory: of a whole training, the data aside, with the batch in one pass; smaller micro-batches need less.",
            ],
            [
                "FLOP: 順伝播の積和を、乗算と加算で 2 と数えたものです。順伝播と逆伝播を合わせると約 3 倍になります。保持量: 順伝播から逆伝播まで 1 サンプルについてメモリに残すものです。",
                "メモリ: データを除く学習全体で、バッチを 1 回で計算する場合です。マイクロバッチを小さくすれば減ります。",
            ],
        )
    }
}
