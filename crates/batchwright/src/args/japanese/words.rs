//! Japanese for the short words of the help: headings, names of values, and what a value means.

use crate::args::headings;

/// The heading that clap gives to flags without one.
pub(super) const OPTIONS: &str = "Options";
/// The heading that clap gives to positional arguments without one.
pub(super) const ARGUMENTS: &str = "Arguments";

/// Headings: English, Japanese.
pub(super) const HEADINGS: &[(&str, &str)] = &[
    (headings::QUESTION, "何を調べるか"),
    (headings::EFFORT, "かける時間と確かさ"),
    (headings::MEMORY_OF_STUDIES, "実験の記録"),
    (headings::FITS, "メモリに収まる大きさ"),
    (headings::COMMAND, "任意の学習コマンド"),
    (headings::OUTPUT, "出力"),
    (headings::BATCH_SIZE, "バッチサイズ"),
    (headings::LENGTH, "学習の長さと終え方"),
    (headings::LEARNING_RATE, "学習率"),
    (headings::RUN, "学習の実行"),
    (headings::DATA, "データ"),
    (headings::MODEL, "モデル"),
    (headings::OPTIMIZER, "最適化手法"),
    (headings::GLOBAL, "すべてのコマンドに共通"),
    (OPTIONS, "オプション"),
    (ARGUMENTS, "引数"),
];

/// Names of values: English, Japanese.
pub(super) const VALUE_NAMES: &[(&str, &str)] = &[
    ("AXIS", "軸"),
    ("COLUMN", "列"),
    ("KIND", "種類"),
    ("COLUMN,...", "列,..."),
    ("COMMAND", "コマンド"),
    ("D", "長さ"),
    ("DIR", "フォルダ"),
    ("E", "回数"),
    ("F", "小数"),
    ("FILE", "ファイル"),
    ("IP:PORT", "IP:ポート"),
    ("COMMAND|URL", "コマンド|URL"),
    ("TOKEN", "トークン"),
    ("FORMAT", "形式"),
    ("LANG", "言語"),
    ("LINE", "コマンド行"),
    ("SHELL", "シェル"),
    ("LIST", "一覧"),
    ("LOSS", "損失"),
    ("TEXT", "テキスト"),
    ("balanced|F,F,...", "balanced|小数,小数,..."),
    ("METRIC", "指標"),
    ("MODEL", "モデル"),
    ("N", "整数"),
    ("N|auto", "整数|auto"),
    ("N|FROM:N,...|auto", "整数|開始:整数,...|auto"),
    ("NAME", "名前"),
    ("NAME=REGEX", "名前=正規表現"),
    ("NAME=VALUE", "名前=値"),
    ("PROGRAM:PLACE", "プログラム:場所"),
    ("P", "確率"),
    ("PATH", "パス"),
    ("RATES", "学習率"),
    ("SELECT", "SELECT 文"),
    ("SIZE", "容量"),
    ("HxW", "高さx幅"),
    ("CHANGES", "変え方"),
    ("SIGN", "記号"),
    ("SIZES", "サイズ"),
    ("SPLIT", "分割"),
    ("TASK", "種類"),
];

/// What the values of a flag mean: flag, value, Japanese.
pub(super) const VALUES: &[(&str, &str, &str)] = &[
    ("activation", "relu", "負の値を 0 にする"),
    ("activation", "gelu", "滑らかな ReLU (正確な形)"),
    ("activation", "gelu-tanh", "gelu の tanh による近似"),
    ("activation", "silu", "x とそのシグモイドの積"),
    ("activation", "tanh", "-1 から 1 に収める"),
    ("tokens", "bytes", "ファイルのバイト"),
    ("tokens", "characters", "文字"),
    ("format", "csv", "CSV"),
    ("format", "onnx", "ONNX"),
    ("format", "html", "1 つのページ"),
    ("format", "json", "JSON"),
    ("format", "parquet", "Parquet (この機能を入れてビルドしたプログラムだけ)"),
    ("format", "tensorboard", "TensorBoard のイベントファイル"),
    ("format", "mlflow", "MLflow のデータベース"),
    ("format", "trackio", "trackio のデータベース"),
    ("format", "svg", "グラフごとに 1 ファイル"),
    ("format", "png", "グラフごとに 1 枚の画像"),
    ("format", "md", "Markdown"),
    ("format", "table", "表"),
    ("lang", "en", "英語"),
    ("lang", "ja", "日本語"),
    ("metric", "loss", "損失"),
    ("metric", "accuracy", "正解率"),
    ("objective", "time", "目標までの時間が最短"),
    ("objective", "money", "目標までの費用が最少: 時間 × --price-per-hour"),
    ("objective", "energy", "目標までのエネルギーが最少 (プロセッサのカウンター RAPL を読める場合)"),
    ("objective", "samples", "目標までのサンプル数 (計算量) が最少"),
    ("objective", "steps", "目標までのステップ数が最少"),
    ("objective", "quality", "--max-samples の範囲で検証の値が最良"),
    ("objective", "fit", "動く範囲で最大のマイクロバッチ。比較はしない"),
    ("optimizer", "sgd", "慣性項 (モーメンタム) つきの確率的勾配降下法"),
    ("optimizer", "adamw", "勾配の平均と二乗平均を使う方法"),
    ("precision", "f32", "単精度。丸めない"),
    ("precision", "bf16", "半精度 (有効数字 8 ビット)。範囲は f32 と同じ"),
    ("schedule", "constant", "一定"),
    ("schedule", "linear", "直線的に 0 まで下げる"),
    ("schedule", "cosine", "余弦の形で 0 まで下げる"),
    ("shell", "bash", "Bash 用"),
    ("shell", "elvish", "Elvish 用"),
    ("shell", "fish", "fish 用"),
    ("shell", "powershell", "PowerShell 用"),
    ("shell", "zsh", "Zsh 用"),
    ("split", "all", "すべて"),
    ("split", "train", "学習用"),
    ("split", "validation", "検証用"),
    ("split", "test", "テスト用"),
    (
        "strategy",
        "race",
        "得た知識をサイズや学習率の間で共有し、いつも最も価値のある試行を選ぶ。quality には競う目標がないので grid になる",
    ),
    (
        "strategy",
        "grid",
        "すべてのサイズをすべての学習率で、複数のシードで試す。費用はかかるが、仮定は最も少ない",
    ),
    ("task", "classify", "クラスを予測する"),
    ("task", "regress", "数値を予測する"),
    ("x", "step", "ステップ数"),
    ("x", "epoch", "エポック数"),
    ("x", "samples", "サンプル数"),
    ("x", "seconds", "学習時間 (秒)"),
];

/// The Japanese of an English word of one of the tables.
pub(super) fn japanese(table: &[(&str, &'static str)], english: &str) -> Option<&'static str> {
    table.iter().find(|(word, _)| *word == english).map(|(_, japanese)| *japanese)
}

/// What a value of a flag means.
pub(super) fn meaning(flag: &str, value: &str) -> Option<&'static str> {
    VALUES.iter().find(|(of, name, _)| (*of, *name) == (flag, value)).map(|(.., japanese)| *japanese)
}
