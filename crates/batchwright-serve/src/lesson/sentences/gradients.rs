//! Part 4: gradients of batches beside that of all samples.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const GRADIENTS: &[Sentence] = &[
    sentence("gradients.title", "What a batch tells the network", "バッチが教える方向"),
    sentence(
        "gradients.before1",
        "Each box answers one question: in which direction should the network change to be less wrong? That direction is an arrow, the <b>gradient</b>. How far it then goes along the arrow is set by the <b>learning rate</b>.",
        "1 箱ぶんのサンプルが答えるのは、「間違いを減らすには、ネットワークをどちらへ変えればよいか」です。この方向を表す矢印が<b>勾配</b>です。矢印の方向にどれだけ進むかは<b>学習率</b>で決まります。",
    ),
    sentence(
        "gradients.before2",
        "The thick arrow is what <b>all</b> samples say. A small batch asks only a few of them, so its arrow is off by chance, like a small opinion poll.",
        "太い矢印はすべてのサンプルが示す方向です。小さいバッチは一部のサンプルにしか聞かないので、少人数のアンケートのように、矢印が偶然ずれます。",
    ),
    sentence(
        "gradients.predict",
        "You make the batch 4 times as large. The scatter of the arrows around the thick one becomes …",
        "バッチを 4 倍にします。太い矢印のまわりの、矢印のばらつきはどうなるでしょう?",
    ),
    sentence("gradients.same", "the same", "変わらない"),
    sentence("gradients.half", "half as large", "半分になる"),
    sentence("gradients.quarter", "a quarter", "4 分の 1 になる"),
    sentence("gradients.sixteenth", "a sixteenth", "16 分の 1 になる"),
    sentence(
        "gradients.predicted",
        "<b>Half as large.</b> The scatter falls as 1/√B: four times the work for half the scatter (the noise). Measured here: {small} at batch size 16, {large} at 64.",
        "<b>半分になります。</b>ばらつきは 1/√B に比例して減ります。ばらつき (ノイズ) を半分にするには 4 倍の計算が必要です。ここでの実測では、バッチサイズ 16 で {small}、64 で {large} でした。",
    ),
    sentence("gradients.size", "Batch size of the arrows", "矢印のバッチサイズ"),
    sentence(
        "gradients.picture",
        "24 arrows of batches of {batch} samples around the arrow of all samples.",
        "バッチサイズ {batch} の矢印 24 本と、全サンプルの矢印。",
    ),
    sentence(
        "gradients.spread",
        "Batch size {batch}: the arrows are off by <b>{spread}</b> times the length of the thick arrow, on average. (The picture shows 2 of thousands of directions. The thick arrow is always the same one, drawn as large as there is room.)",
        "バッチサイズ {batch}: 矢印のずれは、平均して太い矢印の長さの <b>{spread} 倍</b>です。(図は数千ある方向のうち 2 つだけを描いています。太い矢印はいつも同じもので、余裕に合わせて大きく描いています。)",
    ),
    sentence(
        "gradients.yours",
        "At your batch size {batch} the rule gives {first} ÷ √{batch} = <b>{spread}</b>.",
        "あなたのバッチサイズ {batch} なら、{first} ÷ √{batch} = <b>{spread}</b> です。",
    ),
    sentence("gradients.chart", "Scatter against batch size", "バッチサイズとばらつき"),
    sentence("gradients.x", "batch size", "バッチサイズ"),
    sentence("gradients.y", "scatter", "ばらつき"),
    sentence("gradients.measured", "measured", "実測"),
    sentence("gradients.law", "1/√B", "1/√B"),
    sentence("gradients.path", "The path of a training", "学習がたどる道"),
    sentence("gradients.path_size", "Batch size of the path", "道のバッチサイズ"),
    sentence("gradients.all", "all {n}", "全 {n} 個"),
    sentence(
        "gradients.path_picture",
        "Path of 40 steps at batch size {batch}, beside the other paths.",
        "バッチサイズ {batch} の 40 ステップの道と、ほかの道。",
    ),
    sentence(
        "gradients.path_text",
        "40 real steps from the same start at the same learning rate. Small batches stagger, large ones walk straight. A step costs more with a large batch, so straight is not the same as fast.",
        "同じ出発点から、同じ学習率で実際に 40 ステップ進んだ道です。小さいバッチはふらつき、大きいバッチはまっすぐ進みます。ただし大きいバッチは 1 ステップに手間がかかるので、まっすぐなほど速いとは限りません。",
    ),
    sentence(
        "gradients.outlier",
        "One sample whose given answer (its <b>label</b>) is wrong turns the arrow of the batch by <b>{degrees}°</b> at batch size {batch}.",
        "正解として与えた答え (<b>ラベル</b>) が間違っているサンプルが 1 つバッチに混じると、バッチサイズ {batch} では矢印の向きが <b>{degrees}°</b> 変わります。",
    ),
    sentence(
        "gradients.after1",
        "Four times the batch size halves the scatter. So small batches are noisy: a single odd sample can turn their arrow aside, and the learning rate must be small. Noise is not only bad: it can shake a network out of a dead end, in which corrections no longer help. Very large batches give almost the same arrow every time, and a still larger one adds nothing.",
        "バッチサイズを 4 倍にすると、ばらつきは半分になります。小さいバッチは不安定です。変わったサンプル 1 つで向きがそれてしまうため、学習率を小さくする必要があります。ただしノイズは悪いことばかりではなく、修正を続けても良くならない行き止まりから抜け出す助けになることもあります。非常に大きいバッチでは矢印が毎回ほとんど同じになり、それ以上大きくしても得るものはありません。",
    ),
];
