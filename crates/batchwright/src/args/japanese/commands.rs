//! Japanese for each command: what it does, and what stands below its flags.

/// A command of the help.
pub(super) struct CommandText {
    /// Its words without the name of the program: `data describe`.
    pub(super) path: &'static str,
    pub(super) about: &'static str,
    /// Examples and notes; empty where English has none. A line that begins with a space is typed as
    /// it stands, so it is never broken.
    pub(super) after: &'static str,
}

const fn command(path: &'static str, about: &'static str, after: &'static str) -> CommandText {
    CommandText { path, about, after }
}

pub(super) const COMMANDS: &[CommandText] = &[
    command(
        "",
        "ニューラルネットワークをミニバッチで学習させ、バッチサイズを実験で決めます。",
        "終了コード: 0 成功、1 失敗、2 使い方の誤り、3 目標に届かない・判定できない、129/130/143 シグナルで停止 (状態は保存されます)。

まずはこの 3 つから:
  batchwright plan --samples 10000 --batch-size 100 --epochs 1
  batchwright train
  batchwright find",
    ),
    command(
        "plan",
        "計算だけを行います: バッチサイズ・ステップ・エポック・サンプルの換算と、必要なメモリ。",
        "例: 1,000 サンプルの 3 エポックは何ステップ?
  batchwright plan --samples 1000 --batch-size 64 --epochs 3
データセットとモデルを指定して、バッチサイズごとの表を作る:
  batchwright plan --data mnist --model mlp:512,256 --batch-sizes 8..1024",
    ),
    command(
        "train",
        "ネットワークを 1 回学習させ、学習曲線・判定・レポートを出します。",
        "例:
  batchwright train
  batchwright train --data mnist --model mlp:512,256 --batch-size 128 --epochs 5
  batchwright train --data mnist --model mlp:512,256 --batch-size auto
  batchwright train --data houses.csv --label price --model mlp:64,64 --optimizer adamw --patience 5ep
学習しながら TensorBoard で見る:
  batchwright train --log-to tensorboard:logs
過学習をわざと起こして観察する:
  batchwright train --limit-samples 200 --label-noise 0.2 --epochs 200",
    ),
    command(
        "find",
        "バッチサイズを実験で決めます。",
        "例:
  batchwright find
  batchwright find --data mnist --model mlp:128 --target val_accuracy=0.96 --batch-sizes 16..1024 --budget 5min
どの言語で書かれた学習コマンドでも (--check も参照。波かっこの一覧は上の「任意の学習コマンド」にあります):
  batchwright find --batch-sizes 8..1024 --lr 1e-4..1 --target 'val_loss<0.3' -- python train.py --batch-size {batch_size} --lr {lr}
そのコマンド自身がマイクロバッチ、エポック、評価、スケジュール、シードを正しく扱うかを調べる:
  batchwright find --audit --samples 50000 -- python train.py --batch-size {micro_batch_size} --accum {grad_accum} --epochs {epochs} --seed {seed}
動く範囲で最大のマイクロバッチ (コマンドではバッチサイズ) だけを調べる:
  batchwright find --objective fit --data mnist --model mlp:512,256 --memory-limit 300MiB
  batchwright find --objective fit --batch-sizes 8..1024 -- python train.py --batch-size {batch_size}

学習率はサイズごとに調整し直し、目標までのステップ数を数え、ステップ時間は単独で測ります。目標までの時間はこの 2 つの積です。
以前の実験が同じ問いに出した答えは、確かめてから再び示します。決着しなかった実験は、続きから進めます。
Ctrl-C を押すと実験を終え、そこまでの判定を示します。",
    ),
    command(
        "resume",
        "中断した学習や実験を続けます。学習を延ばすこともできます。",
        "ここで指定しないもの (データ、モデルなど) は開始時のままです。学習の結果は中断しなかった場合と同じになります: 記録、重み、判定。
例:
  batchwright resume last
  batchwright resume digits-mlp64-1
延ばす、または同じサンプルから別のバッチサイズで続ける:
  batchwright resume digits-mlp64-1 --epochs 40
  batchwright resume digits-mlp64-1 --batch-size 128",
    ),
    command(
        "eval",
        "学習済みのモデルを、ラベルのあるデータで評価します。",
        "例:
  batchwright eval digits-mlp64-1
  batchwright eval runs/digits-mlp64-1/model.safetensors --data other.csv",
    ),
    command(
        "predict",
        "学習済みのモデルで予測します。",
        "CSV を出力します: 行 (1 から)、画像ファイルの場合はその名前、予測、クラスの場合はその確率。ラベルの列はなくてもかまいません。
例:
  batchwright predict houses-mlp64-1 --data new-houses.csv > predicted.csv",
    ),
    command(
        "export",
        "学習済みのモデルを、ほかのプログラム用に ONNX で書き出します。",
        "入力はデータの値そのままです: 画素、表の列の数値、またはトークンの番号。出力は `logits`、または元の単位の `value` です。サンプル数はいくつでもかまいません。
例:
  batchwright export digits-cnn-1 --format onnx --output digits.onnx",
    ),
    command(
        "generate",
        "学習済みの言語モデルで、文章の続きを書きます。",
        "例:
  batchwright generate shakespeare-gpt-1 --prompt 'ROMEO:' --tokens 300 --temperature 0.8",
    ),
    command("data", "データセットの中身を見ます。", ""),
    command(
        "data describe",
        "サンプル数、形、クラス、クラスの偏り、欠損値。",
        "例:
  batchwright data describe --data mnist --report mnist.html
表は --label なしでも見られます:
  batchwright data describe --data houses.csv",
    ),
    command("model", "ネットワークの中身を見ます。", ""),
    command(
        "model describe",
        "層、形、パラメータ数、1 サンプルの FLOP とバイト数、バッチサイズごとのメモリ。",
        "例:
  batchwright model describe --model cnn
  batchwright model describe --data play.txt --model gpt:context=128 --batch-sizes 8,16,32
  batchwright model describe digits-mlp64-1",
    ),
    command(
        "report",
        "学習や実験のレポートを作り直します。",
        "例:
  batchwright report digits-mlp64-1
  batchwright report digits-mlp64-1 --format json
  batchwright report digits-mlp64-1 --format png --output charts/
  batchwright report digits-mlp64-1 --format md
複数の学習を 1 つのグラフで比べる:
  batchwright report digits-mlp64-1 digits-mlp64-2 --output compared.html",
    ),
    command(
        "watch",
        "進行中の学習や実験を端末で見ます。",
        "読み取りだけを行います。q か Ctrl-C で閉じても、学習や実験は続きます。端末がなければ、評価や試行ごとに 1 行を、学習や実験が終わるまで表示します。
例:
  batchwright watch
  batchwright watch digits-mlp64-1",
    ),
    command(
        "lesson",
        "エポック・ステップ・バッチサイズを、さわって学べるレッスンを書き出します。",
        "ブラウザで開く 1 つのファイルです。日本語と英語の両方が入っていて、ネットワークは要りません。--lang は最初に表示する言語です。
例:
  batchwright lesson --lang ja --output lesson.html",
    ),
    command(
        "serve",
        "学習と実験を、進行中のものも含めてブラウザで表示します。",
        "--address を変えないかぎり、このコンピュータからしか開けません。変えるとトークンが必要になり (--token で指定しなければ自動で作ります)、暗号化されずに送られます。読み取りだけを行い、学習や実験が進むと表示も変わります。Ctrl-C で終わります。
例:
  batchwright serve
  batchwright serve --address 127.0.0.1:0 --lang ja
  batchwright serve --on-alert 'echo \"$BATCHWRIGHT_TEXT\" >> alerts.txt'
別のコンピュータから ssh を使い、トークンなしで開く:
  ssh -L 8765:127.0.0.1:8765 HOST",
    ),
    command("runs", "記録された学習と実験: 一覧、表示、比較、削除、書き出し、問い合わせ。", ""),
    command(
        "runs list",
        "すべての学習と実験を一覧にします。",
        "例:
  batchwright runs list
  batchwright runs list --json",
    ),
    command(
        "runs show",
        "1 つの学習または実験について、分かっているすべてを表示します。",
        "例:
  batchwright runs show digits-mlp64-1",
    ),
    command(
        "runs compare",
        "学習を比べます。検証の曲線を 1 つのグラフに描き、表にします。",
        "バッチサイズの違う学習は、サンプル数か時間で比べます。1 ステップの意味が違うためです。
例:
  batchwright runs compare digits-mlp64-1 digits-mlp64-2
  batchwright runs compare digits-mlp64-1 digits-mlp64-2 --x seconds --metric accuracy
1 つのページにする:
  batchwright report digits-mlp64-1 digits-mlp64-2",
    ),
    command(
        "runs rm",
        "学習や実験を、ファイルとともに削除します。",
        "例:
  batchwright runs rm digits-mlp64-1
  batchwright runs rm digits-mlp64-1 digits-mlp64-2 --yes",
    ),
    command(
        "runs release",
        "プロセスが別のホストで終わった学習や実験を、ここで再開・削除できるようにします。",
        "例:
  batchwright runs release digits-mlp64-1",
    ),
    command(
        "runs export",
        "学習や実験を、ほかのプログラム (表計算ソフト、TensorBoard、MLflow、trackio) 用に書き出します。",
        "例:
  batchwright runs export digits-mlp64-1 > rows.csv
  batchwright runs export digits-mlp64-1 digits-mlp64-2 --output rows.csv
  batchwright runs export digits-mlp64-1 --format json --output run.json
TensorBoard、MLflow、trackio で見るには:
  batchwright runs export digits-mlp64-1 digits-mlp64-2 --format tensorboard --output logs
  batchwright runs export digits-mlp64-1 --format mlflow --output mlflow.db
  batchwright runs export digits-mlp64-1 --format trackio --output digits.db",
    ),
    command(
        "runs query",
        "データベースに SQL で問い合わせます。何も変更できません。",
        "表: runs、rows、studies、study_events。JSON の列は json_extract で読みます。
例:
  batchwright runs query 'SELECT name, status FROM runs ORDER BY created DESC LIMIT 5'
  batchwright runs query \"SELECT name, min(val_loss) FROM rows JOIN runs ON id = run_id GROUP BY id\" --format csv",
    ),
    command(
        "completions",
        "シェルの補完スクリプトを出力します。",
        "例:
  batchwright completions bash > ~/.local/share/bash-completion/completions/batchwright
  batchwright completions zsh > ~/.zfunc/_batchwright
  batchwright completions fish > ~/.config/fish/completions/batchwright.fish",
    ),
    command(
        "man",
        "マニュアルのページを書き出します。",
        "例:
  batchwright man ~/.local/share/man/man1",
    ),
    command("help", "このヘルプ、または指定したコマンドのヘルプを表示します。", ""),
    command("runs help", "このヘルプ、または指定したコマンドのヘルプを表示します。", ""),
    command("model help", "このヘルプ、または指定したコマンドのヘルプを表示します。", ""),
    command("data help", "このヘルプ、または指定したコマンドのヘルプを表示します。", ""),
];
