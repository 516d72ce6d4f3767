//! Japanese for each flag and argument. What clap adds behind a help text (defaults, possible values)
//! is added by `page`.

/// A flag or argument. An empty command means every command that has no row of its own.
pub(super) struct FlagText {
    /// The words of the command, without the name of the program.
    pub(super) command: &'static str,
    /// The flag as clap names it: `batch_sizes` is `--batch-sizes`.
    pub(super) id: &'static str,
    pub(super) help: &'static str,
}

/// The help of a flag of a command.
pub(super) fn help(command: &str, id: &str) -> Option<&'static str> {
    let row = |of: &str| FLAGS.iter().find(|flag| flag.command == of && flag.id == id);
    row(command).or_else(|| row("")).map(|flag| flag.help)
}

const fn all(id: &'static str, help: &'static str) -> FlagText {
    FlagText { command: "", id, help }
}

const fn of(command: &'static str, id: &'static str, help: &'static str) -> FlagText {
    FlagText { command, id, help }
}

#[rustfmt::skip]
pub(super) const FLAGS: &[FlagText] = &[
    // Every command.
    all("runs", "学習と実験の記録を置くフォルダ"),
    all("json", "JSON オブジェクトを 1 つ標準出力に出し、ほかはすべて標準エラー出力に出す"),
    all("quiet", "結果だけを表示する"),
    all("lang", "表示とレポートの言語 [既定値: ロケールに従う]"),
    all("config", "TOML ファイルからフラグを読む。コマンドのフラグは、コマンドと同じ名前の表に書く。入力したフラグが優先する"),
    all("help", "ヘルプを表示する"),
    all("version", "バージョンを表示する"),

    // Batch size.
    all("batch_size", "1 ステップ (重み更新) で使うサンプル数。学習の途中で変えるには 0:64,20000sp:256。`train` では `auto` も指定でき、実験が推奨するサイズを使う [既定値: 32]"),
    all("batch_sizes", "これらのサイズの表を作る。8..512 は倍々に、8,12,16 はちょうどこの値"),
    of("find", "batch_sizes", "比べるサイズ。8..512 は両端を含めて倍々に (最良が端にあれば範囲を広げる)、8,12,16 はちょうどこの値"),
    all("micro_batch_size", "1 回の順伝播・逆伝播で使うサンプル数。`auto` はメモリに収まる大きさ"),
    of("find", "micro_batch_size", "1 回の順伝播・逆伝播で使うサンプル数。これより大きいバッチは分けて勾配を足し合わせる [既定値: バッチ全体、または収まる大きさ]"),
    all("grad_accum", "1 ステップで勾配を足し合わせる回数。--micro-batch-size の代わりに指定する"),
    all("memory_limit", "データのほかに学習が使ってよいメモリ: 2GiB、500MB、またはバイト数 [既定値: 空いているメモリ]"),
    all("drop_last", "エポックの最後の短いバッチを使わない"),

    // Length.
    all("duration", "単位つきの数: 10ep (エポック)、500st (ステップ)、60000sp (サンプル)、90s、10min、2h、文章では 1e6tok (トークン) [既定値: 20ep。大きなデータでは 200,000 サンプルに収まる整数のエポック (3 以上) に減らす]"),
    all("epochs", "学習データを何回使うか。小数も指定できる"),
    all("max_steps", "ステップ数。ほかの 2 つより優先する"),
    all("eval_every", "評価の間隔 [既定値: エポックごと。長さが時間で指定されていなければ、少なくとも 20 回、評価に時間がかかる大きなデータでは少なくとも 10 回]"),
    all("patience", "検証の損失 (誤差) がこの間改善しなければ終える。例: 5ep"),
    all("min_delta", "--patience で改善とみなす最小の差"),
    of("train", "target", "達したら終える目標。例: val_accuracy=0.97、val_loss<0.1。届かなければ終了コード 3"),
    of("train", "budget", "--batch-size auto のとき: 実験が必要になった場合にかける時間 [既定値: `find` と同じ]"),

    of("train", "checkpoint_every", "状態をこの間隔で保存する (最初のステップの前と最後にも保存する): 30s、10min、2ep、500st、60000sp"),
    of("train", "save_model", "モデルをこのファイルにも保存する (たとえば別のディスクに)"),
    of("train", "keep", "残すチェックポイントの数"),
    of("train", "retries", "損失や勾配が有限でなくなったとき、最良の重みに戻り学習率を半分にしてやり直す回数の上限"),

    // Learning rate.
    of("train", "lr", "学習率 [既定値: 最適化手法とバッチサイズに合わせた無難な値。`find` で決められる]"),
    all("schedule", "学習中に学習率をどう変えるか"),
    all("warmup", "学習率を 0 から上げていく期間"),

    // The run.
    of("train", "seed", "重みの初期値、サンプルの順序、ドロップアウトを決める乱数のシード"),
    all("threads", "スレッド数 [既定値: すべてのコア]"),
    of("train", "threads", "スレッド数。結果はこれによらない [既定値: すべてのコア]"),
    of("train", "log_to", "学習しながらここにも記録する: tensorboard:フォルダ、mlflow:フォルダ、trackio:プロジェクト名 (または .db ファイル)。何回でも指定できる"),
    of("train", "name", "この学習の名前 [既定値: データとモデルから作る]"),

    // Data.
    all("data", "画像のフォルダ (クラスごとのフォルダに入れた PNG か JPEG。train/・val/・test/ に分けてもよい。MNIST などの IDX ファイル、CIFAR のバイナリファイルも可)、表: .csv、.tsv (どちらも .gz 可)、標準入力は -、または文章: .txt かそのフォルダ [既定値: 内蔵の手書き数字]"),
    of("eval", "data", "ラベルのあるデータ: クラスごとのフォルダに入れた画像、IDX ファイルか CIFAR ファイルのフォルダ、表: .csv、.tsv (どちらも .gz 可)、標準入力は -、または文章: .txt かそのフォルダ [既定値: 内蔵の手書き数字]"),
    of("plan", "samples", "学習に使うサンプル数 [既定値: データから検証用とテスト用を除いた数]"),
    all("tokens", "言語モデルが文章を何として読むか [既定値: characters]"),
    all("label", "表の中で予測する列"),
    all("task", "クラスと数値のどちらを予測するか [既定値: ラベルの値から判断]"),
    all("ignore_columns", "表の中で読まない列。ID の列と、すべての行で同じ値の列は、指定しなくても除く"),
    all("delimiter", "表の値を区切る文字: `,` `;` `tab` `|` [既定値: 最初の数行から判断する]"),
    all("encoding", "表や文章の文字コード: utf-8、utf-16、shift_jis、windows-1252 など、ウェブで使う名前 [既定値: 中身から判断する]"),
    all("no_header", "表の最初の行もデータとみなす。列の名前は column1、column2、…"),
    all("image_size", "PNG か JPEG の画像をすべてこの大きさに変える (大きさは揃っていなければならない): 32x48 (高さ x 幅)、縦横が同じなら 32。保存したモデルも同じように変える"),
    all("augment", "学習用の画像を、取り出すたびに無作為に変える: `flip` (左右反転)、`shift:2` (上下左右に 2 画素まで動かし、空いたところは平均の色)、両方なら `flip,shift:2`"),
    all("limit_samples", "学習に使うサンプル数の上限 (クラスの割合を保つ。検証用とテスト用は変わらない)"),
    all("label_noise", "学習用のラベルのうちこの割合を誤ったものに替え、過学習をわざと起こす"),
    all("split_seed", "どのサンプルを学習・検証・テストのどれに使うかを決めるシード。文章では、各エポックで窓が始まる位置"),
    of("eval", "split_seed", "どのサンプルを学習・検証・テストのどれに使うかを決めるシード [既定値: そのモデルの学習時の値]"),

    // Model.
    all("model", "`mlp:幅,...` (隠れ層の幅)、`linear`、画像なら `lenet`、`cnn` (5x5 の畳み込み 2 層)、`resnet:深さ` (8、14、20、...。バッチ正規化はマイクロバッチごと)、テキストなら `gpt` (`gpt:layers=4,heads=4,width=128,context=64,positions=rotary,tied=true`。省略した設定は 4、4、128、64、learned、false)。層ごとに書くには --config のファイルの `[model]` を使う"),
    of("eval", "model", "学習の名前、または model.safetensors のパス"),
    of("generate", "model", "学習の名前、または model.safetensors のパス"),
    of("generate", "prompt", "文章の書き出し (1 トークン以上) [既定値: 改行。モデルが改行を知らなければ、知っている最初の文字]"),
    of("generate", "tokens", "書くトークン数 (モデルを学習したときのバイトまたは文字)"),
    of("generate", "temperature", "1 より小さいほど起こりやすいトークンが選ばれやすくなる。0 なら常に最も起こりやすいもの"),
    of("generate", "top_k", "次のトークンを、起こりやすいものからこの数だけに限る [既定値: すべて]"),
    of("generate", "seed", "文章を決めるシード"),
    of("export", "model", "学習の名前、または model.safetensors のパス"),
    of("export", "format", "onnx: ほかのプログラムで使えるネットワーク。入力の正規化も含む"),
    of("export", "output", "書き込むファイル"),
    of("predict", "model", "学習の名前、または model.safetensors のパス"),
    all("activation", "層の間の関数 (活性化関数)。名前は PyTorch と同じ。`gpt` では常に gelu"),
    all("dropout", "学習中に隠れユニットを無効にする確率 (ドロップアウト)"),
    all("loss", "数値の誤差を学習でどう数えるか: mse、l1、または huber:DELTA (標準偏差の DELTA 倍を超えると l1)。評価では常に mse を示す。または binary_cross_entropy: 2 クラスの出力を 2 つではなく 1 つにする"),
    all("label_smoothing", "学習で、各目標のこの割合をすべてのクラスやトークンに等しく配る (ラベル平滑化)。評価の損失には使わない"),
    all("class_weights", "学習で各クラスをどれだけ重く数えるか (クラスの順): `balanced` (どのクラスも同じ重さ)、または係数。サンプルの平均が 1 になるように直す。評価の損失には使わない"),

    // Optimizer.
    all("optimizer", "重みの更新のしかた [既定値: sgd。文章では adamw]"),
    all("momentum", "SGD: 前回の更新を引き継ぐ割合 [既定値: 0.9]"),
    all("nesterov", "SGD: 慣性で進んだ先の勾配を使う (ネステロフの加速)"),
    all("beta1", "AdamW: 勾配の平均の減衰率 [既定値: 0.9]"),
    all("beta2", "AdamW: 勾配の二乗平均の減衰率。バッチサイズ 32 での値で、サンプル数で数えた半減期を保つ [既定値: 0.999]"),
    all("epsilon", "AdamW: 0 で割らないための小さな数 [既定値: 1e-8]"),
    all("weight_decay", "重み減衰。SGD では勾配に加える L2 項、AdamW では勾配と別に行う"),
    all("clip_norm", "勾配がこの長さを超えたら、この長さに縮める"),
    all("precision", "学習で数どうしを掛ける前に、どの形式に丸めるか。重み、和、評価、保存するものは、どちらでも f32"),

    // `find`: the question.
    of("find", "objective", "何をもって「最良」とするか"),
    of("find", "target", "各試行が達すべき目標: val_accuracy=0.96、val_loss<0.1、または auto"),
    of("find", "max_batch_size", "範囲にかかわらず、これより大きいバッチサイズは試さない [既定値: 学習サンプル数]"),
    of("find", "lr", "最初に試す学習率: 下限..上限、または一覧。最良が端にあれば広げる [既定値: サイズごとの無難な値の周り]"),
    of("find", "lr_fixed", "--lr の範囲を広げない"),
    of("find", "margin", "期待リグレットの差がこの許容幅に収まるサイズを同等とみなす"),
    of("find", "price_per_hour", "このマシンの 1 時間あたりの料金 (通貨は任意)。各サイズの費用を表示する。--objective money に必要"),
    of("find", "powercap", "マシンのエネルギーカウンターのフォルダ。--objective energy 用"),

    // `find`: time and certainty.
    of("find", "budget", "実験にかける実時間: 60s、5min [既定値: 内蔵データでは 45s、ほかは 10min]"),
    of("find", "reuse", "この答えを使う学習の回数。多いほど、確かさに時間をかける"),
    of("find", "max_samples", "1 試行で使うサンプル数の上限: 整数、60000sp、文章では 1e6tok (トークン)。--objective quality では各試行が使うサンプル数"),
    of("find", "within", "--objective quality で各試行が学習する長さ: 60s、5min (学習時間)、または 5ep"),
    of("find", "seeds", "各サイズで最初に使う新しいシードの数。判定に必要なら増やす"),
    of("find", "seed", "実験のすべての乱数のもとになるシード"),
    of("find", "strategy", "試行の選び方"),
    of("find", "jobs", "ステップ数を数えるために同時に走らせる試行の数 [既定値: コアごとに 1。コマンドでは 1、または --devices の数]"),
    of("find", "threads", "ステップ時間を測る学習のスレッド数 [既定値: すべてのコア]"),

    // `find`: what is remembered, and output.
    of("find", "fresh", "同じ学習についての以前の実験を使わず、初めから行う"),
    of("find", "name", "実験の名前 [既定値: データとモデルから作る]"),
    of("find", "explain", "それぞれの数値の由来と、各試行の目的を示す"),
    of("find", "export_json", "--json のオブジェクトをファイルに書く"),
    of("find", "export_csv", "サイズの表を、そのままの数値の CSV で書く"),
    of("find", "log_to", "終わった試行をここにも記録する: tensorboard:フォルダ、mlflow:フォルダ、trackio:プロジェクト名 (または .db ファイル)。何回でも指定できる"),
    of("find", "export_markdown", "判定と表を、README やプルリクエストに貼れる形で書く"),

    // `find`: a training command.
    of("find", "command", "学習コマンド。{batch_size} と {lr} を含める。ほかに {seed} {steps} {epochs} {samples} {eval_steps} {micro_batch_size} {grad_accum} {eval_batch_size} {out} {config} が使える"),
    of("find", "samples", "コマンドの学習サンプル数。1 エポックの長さになる"),
    of("find", "eval_samples", "評価と評価の間のサンプル数。{eval_steps} に使う [既定値: --samples の 1/16、または最大のサイズ]"),
    of("find", "metric", "コマンドが指標をどう出力するか: `val_loss=validation loss: (\\S+)`。step、epoch、samples、seconds も指定できる。繰り返し指定できる"),
    of("find", "env", "コマンドに渡す環境変数: BATCH={batch_size}。繰り返し指定できる"),
    of("find", "template", "プレースホルダーを含む設定ファイル。試行ごとに値を入れた写しを作り、そのパスが {config} になる"),
    of("find", "log_dir", "コマンドが {out} を受け取らない場合に、metrics.csv や TensorBoard のファイルを書くフォルダ"),
    of("find", "check", "短い試行を 1 回だけ行い、何を読み取れるかを示す"),
    of("find", "audit", "短い試行を数回行い、コマンドがバッチサイズ、マイクロバッチ、エポック、評価、スケジュール、シードをどう扱うかを示す。誤りがあれば終了コードは 3"),
    of("find", "pty", "コマンドの出力先を端末に見せかける。そうしないと出力をためるプログラムのため"),
    of("find", "show_output", "コマンドの出力を表示する"),
    of("find", "keep_outputs", "各試行が {out} に書いたものを残す"),
    of("find", "setup", "すべての前に 1 回実行するシェルのコマンド行"),
    of("find", "prepare", "各試行の前に実行するシェルのコマンド行"),
    of("find", "cleanup", "すべての後に 1 回実行するシェルのコマンド行"),
    of("find", "devices", "アクセラレータ (GPU など)。試行ごとに 1 つ使う: 0,1 [既定値: コマンドからすべて見える]"),
    of("find", "start_timeout", "最初の出力までと、そこから最初に読み取れる行までの最長時間"),
    of("find", "silence_timeout", "最初の出力の後、何も出力しない時間の上限 [既定値: なし]"),
    of("find", "trial_timeout", "1 試行の時間の上限 [既定値: なし]"),

    // `resume`.
    of("resume", "name", "学習または実験の名前。`last` は最も新しいもの。学習のフォルダやチェックポイントのパスでもよい"),
    of("resume", "batch_size", "1 ステップのサンプル数をこの値にして学習を続ける。1 回の順伝播・逆伝播のサンプル数はメモリに収まる大きさになり、予定していたサイズの変更は行わない"),
    of("resume", "epochs", "学習全体をこのエポック数にする"),
    of("resume", "duration", "学習全体をこの長さにする: 10ep (エポック)、500st (ステップ)、60000sp (サンプル)、90s、10min、2h"),
    of("resume", "lr", "学習率をこの値にして学習を続ける"),

    // The small commands.
    of("eval", "split", "どのサンプルを使うか [既定値: 内蔵の手書き数字、テスト用ファイルのあるデータ、そのモデルが学習した表や文章ではテスト用、ほかはすべて]"),
    of("model describe", "saved", "学習の名前、または model.safetensors のパス (--model と --data の代わり)"),
    of("model describe", "batch_sizes", "メモリを示すサイズ。8..512 は倍々に、8,12,16 はちょうどこの値"),
    of("data describe", "report", "HTML ページを書く。画像なら一覧つき"),
    of("report", "names", "学習または実験の名前。学習は複数指定でき、1 つのグラフで比べる"),
    of("completions", "shell", "シェルの種類"),
    of("man", "folder", "書き込むフォルダ。なければ作る"),
    of("report", "format", "html: 1 つのページ、json: すべての記録を標準出力へ、md: イシューやチャットに貼る Markdown を標準出力へ、svg・png: グラフごとに 1 ファイル [既定値: html。--json では json]"),
    all("live", "端末全体に表示する: 曲線、進み具合、残り時間、これまでの判定"),
    of("find", "live", "端末全体に表示する: サイズごとの最良の確率、サイズと学習率の地図、試行、残り時間"),
    of("watch", "name", "学習または実験の名前。`last` は最新のもの [既定値: 実行中で最新のもの、なければ最新のもの]"),
    of("lesson", "output", "書き込むファイル"),
    of("serve", "address", "待ち受けるアドレスとポート。ポート 0 は空いているどれか"),
    of("serve", "on_alert", "学習や実験が発散・過学習・失敗・中断・判定に至ったときに実行するシェルの 1 行。またはこのコンピュータのアドレス http://localhost:PORT/.. に知らせる"),
    of("serve", "token", "ブラウザに求める秘密の文字列。英数字と - と _ で 16 文字以上 [既定値: このコンピュータだけならなし、それ以外では乱数から作る]"),
    of("report", "output", "書き込むファイル (html、json、md) またはフォルダ (svg、png) [既定値: 学習や実験のフォルダの中。json と md は標準出力]"),
    of("runs show", "name", "学習または実験の名前"),
    of("runs compare", "names", "学習の名前"),
    of("runs compare", "x", "グラフの横軸"),
    of("runs compare", "metric", "曲線が表すもの"),
    of("runs rm", "names", "学習や実験の名前"),
    of("runs rm", "yes", "確認せずに削除する"),
    of("runs release", "name", "学習または実験の名前"),
    of("runs export", "names", "学習の名前、または 1 つの実験の名前。TensorBoard・MLflow・trackio 用では学習も実験もいくつでも指定できる"),
    of("runs export", "format", "csv: 評価ごとに 1 行 (実験ではサイズごとに 1 行)、json: 記録のすべて、parquet: 評価ごとの行 (対応してビルドしたプログラムのみ)、tensorboard・mlflow・trackio: 学習と、実験の試行を、それぞれのプログラムで見られる形で [既定値: csv。--json では json]"),
    of("runs export", "output", "書き込むファイル [既定値: 標準出力]。tensorboard ではフォルダ、mlflow ではデータベースかそのフォルダ、trackio ではプロジェクト名か .db ファイル"),
    of("runs query", "query", "SELECT 文を 1 つ。WITH で始まってもよい"),
    of("runs query", "format", "結果の出力形式 [既定値: table。--json では json]"),
    of("report", "chart", "--format svg か png で、このグラフだけを書く"),
    of("report", "scale", "--format png で、グラフの 1 単位 (横幅は 480 単位) あたりのピクセル数 [既定値: 2]"),
];
