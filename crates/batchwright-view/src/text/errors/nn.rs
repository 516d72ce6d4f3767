//! Japanese for the errors of `batchwright-nn`.

use batchwright_nn::{
    AllowedValue, GradientNormProblem, LayerListProblem, LayerProblem, LossProblem, ModelProblem, ModelValue,
    NnError, TensorProblem,
};

use crate::number::bytes;

pub(super) fn network(error: &NnError) -> String {
    match error {
        NnError::Model { model: name, problem } => format!(
            "モデル `{name}`: {}。`linear`、`mlp:幅,...` (例: `mlp:512,256`)、画像なら `lenet`、`cnn`、`resnet:深さ` (例: `resnet:20`)、テキストなら `gpt[:設定=値,...]` (例: `gpt:layers=4,heads=4,width=128,context=64`) を指定してください",
            model(problem)
        ),
        NnError::LayerList(problem) => layer_list(problem),
        NnError::Layer { model, place, layer: kind, problem } => {
            format!("モデル `{model}` の層 {place} ({kind}): {}", layer(problem))
        }
        NnError::Image { model, found, least } => {
            let found = match found {
                Some([height, width]) => format!("これらのサンプルは {height} x {width} です"),
                None => "これらのサンプルは画像ではありません".to_owned(),
            };
            format!("モデル `{model}` が受け取るのは {least} x {least} 画素以上の画像です。{found}")
        }
        NnError::InputKind { model } => {
            format!("モデル `{model}` は数値を入力とします。これらのサンプルはトークンです")
        }
        NnError::Loss { name, problem } => format!("{name}: {}", loss(*problem)),
        NnError::NeedsTokens { model } => {
            format!("モデル `{model}` はテキストのトークンを入力とします。これらのサンプルは数値です")
        }
        NnError::Setting { name, value, expected } => {
            format!("{name} は {value} ですが、{}でなければなりません", allowed(*expected))
        }
        NnError::DoesNotFit { micro_batch, needed, available } => format!(
            "モデルがメモリに収まりません: マイクロバッチ {micro_batch} の学習には {} 必要ですが、使えるのは {} です。モデルを小さくするか、--micro-batch-size を小さくしてください",
            bytes(u64::try_from(*needed).unwrap_or(u64::MAX)),
            bytes(*available)
        ),
        NnError::Batch { what, found, expected } => {
            format!("バッチの {what} が {found} で、ネットワークが受け取るのは {expected} です")
        }
        NnError::State { found, expected } => format!(
            "保存された状態の数値の並び (重み、次に最適化手法の状態) は {found:?} ですが、このエンジンでは {expected:?} です"
        ),
        NnError::OnnxSize { bytes: size, most } => format!(
            "ONNX では {size} バイトになり、読み込めるファイルの上限 {most} バイトを超えます。もっと小さいモデルを書き出してください"
        ),
        NnError::GradientNorms { problem } => {
            let why = match problem {
                GradientNormProblem::MixedSamples => {
                    "バッチ正規化はマイクロバッチのサンプルを混ぜ合わせます。バッチ正規化のないモデルを使ってください"
                }
                GradientNormProblem::NotPlanned => "このエンジンはそのためのメモリなしで作られています",
                GradientNormProblem::NoneHere => "このエンジンにはその機能がありません",
            };
            format!("サンプルごとの勾配の大きさを測れません: {why}")
        }
        NnError::Tensor { name, problem } => format!("テンソル `{name}`: {}", tensor(problem)),
    }
}

fn model(problem: &ModelProblem) -> String {
    match problem {
        ModelProblem::BadWidth { width } => format!("`{width}` は 1 以上の幅ではありません"),
        ModelProblem::BadDepth { depth } => {
            format!("`{depth}` は 6n + 2 の形の深さ (8 から 1202) ではありません")
        }
        ModelProblem::NoWidths => "幅がありません".to_owned(),
        ModelProblem::UnknownKey { key, known } => {
            format!("`{key}` という設定はありません。あるのは {known} です")
        }
        ModelProblem::RepeatedKey { key } => format!("`{key}` が 2 回指定されています"),
        ModelProblem::BadValue { key, value, expected } => {
            format!("`{key}` が `{value}` ですが、{}でなければなりません", model_value(*expected))
        }
        ModelProblem::Context { found, expected } => {
            format!("文脈の長さは {expected} トークンですが、サンプルは {found} トークンです")
        }
        ModelProblem::OwnActivation => {
            "活性化関数はモデルの一部として決まっています。`--activation` を外してください".to_owned()
        }
        ModelProblem::OwnDropout => {
            "ドロップアウトは層の一覧に書かれています。`--dropout` を外してください".to_owned()
        }
        ModelProblem::UnknownKind => "そのような種類のモデルはありません".to_owned(),
        ModelProblem::EmptyLayer { inputs, outputs } => {
            format!("入力 {inputs}、出力 {outputs} の層は空です")
        }
    }
}

fn layer_list(problem: &LayerListProblem) -> String {
    match problem {
        LayerListProblem::NoList { why } => format!(
            "層の一覧として読めません: {why}。`[\"image\", {{\"conv2d\": 32, \"kernel\": 5}}, \"relu\", \"flatten\", \"linear\"]` のように書いてください"
        ),
        LayerListProblem::NoEntry { place, found } => format!(
            "層 {place} の型が {found} です。`\"relu\"` のような名前か、`{{ linear = 64 }}` のような表を書いてください"
        ),
        LayerListProblem::UnknownLayer { place, found, known } => {
            format!("層 {place}: `{found}` という層はありません。使える層: {known}")
        }
        LayerListProblem::NotOneLayer { place, keys, known } => format!(
            "層 {place} のキーは {keys} です。層の名前であるキーはちょうど 1 つでなければなりません。使える層: {known}"
        ),
        LayerListProblem::Settings { place, layer, why } => {
            format!("層 {place} ({layer}) の設定が使えません: {why}")
        }
        LayerListProblem::ContextOfNumbers { context } => format!(
            "context が {context} ですが、最初の層が `embedding` でも `tied` でもありません。context を外してください"
        ),
    }
}

fn model_value(value: ModelValue) -> &'static str {
    match value {
        ModelValue::Count => "1 以上の整数",
        ModelValue::Switch => "`true` か `false` ",
        ModelValue::Positions => "`learned` か `rotary` ",
    }
}

fn layer(problem: &LayerProblem) -> String {
    match problem {
        LayerProblem::Empty => "空です".to_owned(),
        LayerProblem::NoImage => "最初の層でなければならず、サンプルは画像でなければなりません".to_owned(),
        LayerProblem::NotFlat { found } => {
            format!("入力は {found} ですが、ベクトルでなければなりません。前に `flatten` を置いてください")
        }
        LayerProblem::Tokens => {
            "入力はトークンですが、数値でなければなりません。前に `embedding` を置いてください".to_owned()
        }
        LayerProblem::NotImage { found } => {
            format!("入力は {found} ですが、画像でなければなりません。前に `image` を置いてください")
        }
        LayerProblem::Groups { groups, channels, outputs } => format!(
            "グループ数 {groups} は、入力のチャネル数 {channels} と出力のチャネル数 {outputs} の両方を割り切らなければなりません"
        ),
        LayerProblem::ZeroSize => {
            "窓の大きさ、ストライド、ダイレーションは 1 以上でなければなりません".to_owned()
        }
        LayerProblem::SameWithStride => {
            "パディング `same` はストライド 1 でしか使えません。パディングを数で指定してください".to_owned()
        }
        LayerProblem::PoolPadding { size, padding } => {
            format!("パディング {padding:?} は窓の大きさ {size:?} の半分を超えています")
        }
        LayerProblem::WindowTooLarge { size, dilation, input, padding } => format!(
            "窓 {size:?} (ダイレーション {dilation:?}) が画像 {input:?} (パディングは両側の合計で {padding:?}) より大きくなっています"
        ),
        LayerProblem::NotTokens { found } => {
            format!("入力は {found} ですが、テキストのトークンでなければなりません。最初の層に置いてください")
        }
        LayerProblem::NotSequence { found } => {
            format!("入力は {found} ですが、ベクトルの列でなければなりません")
        }
        LayerProblem::NoVocabulary => {
            "トークンの種類の数がわかりません。`vocabulary` で指定してください".to_owned()
        }
        LayerProblem::Vocabulary { found, most } => {
            format!("トークンの種類が {found} あり、多すぎます。区別できるのは {most} までです")
        }
        LayerProblem::Heads { width, heads } => {
            format!("幅 {width} は {heads} 個のヘッドに等分できません")
        }
        LayerProblem::OddHead { head } => {
            format!("回転位置符号化ではヘッドの幅が偶数でなければなりませんが、{head} です")
        }
        LayerProblem::Deviation { found } => {
            format!("標準偏差が {found} ですが、0 以上の有限の数でなければなりません")
        }
        LayerProblem::Body { found, expected } => {
            format!("body の出力は {found} ですが、{expected} でなければなりません")
        }
        LayerProblem::Sum { body, shortcut } => {
            format!("body の出力は {body}、shortcut の出力は {shortcut} で、足せません")
        }
        LayerProblem::Outputs { found, expected } => {
            format!("出力は {found} ですが、予測するのは {expected} 個の数です")
        }
    }
}

fn loss(problem: LossProblem) -> String {
    match problem {
        LossProblem::ForClasses => "クラスやトークンのための指定ですが、ここでは数値を予測します".to_owned(),
        LossProblem::ForClassesAlone => "クラスのための指定ですが、ここではクラスを予測しません".to_owned(),
        LossProblem::ForTwoClasses => "2 クラスの予測のための指定です".to_owned(),
        LossProblem::ForNumbers => "mse 以外は、数値の予測のための指定です".to_owned(),
        LossProblem::WeightCount { found, expected } => {
            format!("クラスが {expected} 個あるのに、重みが {found} 個です")
        }
        LossProblem::AllZero => "すべて 0 なので、学習できるものがありません".to_owned(),
    }
}

fn allowed(value: AllowedValue) -> &'static str {
    match value {
        AllowedValue::AtLeastOne => "1 以上",
        AllowedValue::Positive => "0 より大きい有限の数",
        AllowedValue::NotNegative => "0 以上の有限の数",
        AllowedValue::BelowOne => "0 以上 1 未満の数",
        AllowedValue::Probability => "0 以上 1 未満の確率",
        AllowedValue::PositiveWithNesterov => "--nesterov では 0 より大きい数",
    }
}

fn tensor(problem: &TensorProblem) -> String {
    match problem {
        TensorProblem::Unknown => "ネットワークにないか、2 回出てきます".to_owned(),
        TensorProblem::Missing => "ありません".to_owned(),
        TensorProblem::Shape { found, expected } => {
            format!("形が {found:?} です。{expected:?} でなければなりません")
        }
        TensorProblem::Count { found, shape, expected } => {
            format!("数値が {found} 個ですが、形 {shape:?} では {expected} 個のはずです")
        }
        TensorProblem::Total { found, expected } => {
            format!("数値が {found} 個ですが、ネットワークには {expected} 個あります")
        }
    }
}
