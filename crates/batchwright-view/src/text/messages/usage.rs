//! Flags that contradict each other, or that do not suit the data.

messages! {
    /// Why a command line cannot be followed.
    UsageMessage {
        // Values.
        OutOfRange { flag: String, found: usize, most: usize } = "{flag} is {found}, expected 1 to {most}", "{flag} は {found} ですが、1 から {most} までで指定してください";
        ZeroFlag { flag: &'static str } = "{flag} is 0, expected at least 1", "{flag} は 0 ですが、1 以上を指定してください";
        BadEpochs { epochs: f64 } = "--epochs is {epochs}, expected a finite number above 0", "--epochs は {epochs} ですが、0 より大きい有限の数を指定してください";
        NoTime { flag: String, found: String } = "{flag} {found} is no time; give e.g. 60s or 5min", "{flag} {found} は時間ではありません。60s や 5min のように指定してください";
        TimeTooLong { flag: String, seconds: f64 } = "{flag} of {seconds:e} s is longer than any clock counts; give e.g. 60s or 5min", "{flag} の {seconds:e} 秒は長すぎて測れません。60s や 5min のように指定してください";
        NoSamples { text: String } = "`{text}` is no number of samples; give e.g. 60000, 60000sp, or of a text 1e6tok", "`{text}` はサンプル数ではありません。60000、60000sp、文章では 1e6tok のように指定してください";
        TokensWithoutText { flag: &'static str, found: String } = "{flag} {found} counts tokens, but these samples are no windows of a text; give samples, e.g. 60000", "{flag} {found} はトークン数ですが、サンプルは文章ではありません。60000 のようにサンプル数で指定してください";
        NoLoss { text: String } = "`{text}` is no loss; give mse, l1, huber or huber:DELTA, e.g. huber:0.5", "`{text}` という損失はありません。mse、l1、huber、または huber:0.5 のように指定してください";
        NoClassWeights { text: String } = "`{text}` are no class weights; give `balanced`, or a number for each class, e.g. 1,1,5", "`{text}` はクラスの重みではありません。`balanced`、または 1,1,5 のようにクラスごとの数を指定してください";
        SizeOrAuto { text: String } = "`{text}` is not a number of samples or `auto`", "`{text}` はサンプル数でも `auto` でもありません";
        SizeTooLarge { text: String } = "`{text}` is too large for a number of samples", "`{text}` はサンプル数として大きすぎます";
        NoMemoryAmount { text: String } = "`{text}` is no amount of memory; give a number and a unit, e.g. 2GiB, 500MB or 1048576", "`{text}` はメモリの量ではありません。2GiB、500MB、1048576 のように数と単位で指定してください";
        TooMuchMemory { text: String } = "`{text}` is more than 64 bits can count; give a number and a unit, e.g. 2GiB, 500MB or 1048576", "`{text}` は大きすぎます。2GiB、500MB、1048576 のように数と単位で指定してください";
        NoMemoryAtAll { text: String } = "`{text}` is no memory at all; give a number and a unit, e.g. 2GiB, 500MB or 1048576", "`{text}` ではメモリがありません。2GiB、500MB、1048576 のように数と単位で指定してください";

        // The configuration file.
        ConfigNoFile { path: String } = "--config {path}: it is no regular file; give a TOML file", "--config {path}: 通常のファイルではありません。TOML ファイルを指定してください";
        ConfigTooLarge { path: String, most: u64 } = "--config {path}: it has more than {most} bytes; a configuration has a line a flag", "--config {path}: {most} バイトを超えています。設定ファイルには 1 行に 1 つフラグを書きます";
        ConfigNoText { place: String } = "{place}: it is no UTF-8; save the file as UTF-8", "{place}: UTF-8 ではありません。UTF-8 で保存してください";
        ConfigSyntax { place: String, why: String } = "{place}: it is no TOML: {why}", "{place}: TOML として読めません: {why}";
        ConfigTable { place: String, table: String } = "{place}: there is no command `{table}`; a table has the name of a command, e.g. `[train]`", "{place}: コマンド `{table}` はありません。表の名前はコマンドの名前です (例: `[train]`)";
        ConfigTableNear { place: String, table: String, near: String } = "{place}: there is no command `{table}`; do you mean `{near}`?", "{place}: コマンド `{table}` はありません。もしかして: `{near}`";
        ConfigKey { place: String, key: String } = "{place}: `{key}` is no flag; keys are the long flags of the table's command without `--`", "{place}: `{key}` というフラグはありません。キーは、表のコマンドの長いフラグから `--` を除いたものです";
        ConfigKeyNear { place: String, key: String, near: String } = "{place}: `{key}` is no flag; do you mean `{near}`?", "{place}: `{key}` というフラグはありません。もしかして: `{near}`";
        ConfigOtherTable { place: String, key: String, tables: String } = "{place}: `{key}` is no flag here; it belongs below {tables}", "{place}: `{key}` はここでは使えません。{tables} の下に書いてください";
        ConfigSwitch { place: String, key: String, found: &'static str } = "{place}: `{key}` is of type {found}; give true or false", "{place}: `{key}` の型が {found} です。true か false を書いてください";
        ConfigValue { place: String, key: String, found: &'static str } = "{place}: `{key}` is of type {found}; give a string or a number", "{place}: `{key}` の型が {found} です。文字列か数値を書いてください";
        ConfigValues { place: String, key: String, found: &'static str } = "{place}: `{key}` is of type {found}; give a string, a number, or an array of them", "{place}: `{key}` の型が {found} です。文字列か数値、またはその配列を書いてください";

        // Batch size.
        AutoIsForTrain = "--batch-size auto is for `train`, and there not with --grad-accum; give a number", "--batch-size auto は `train` だけで使え、--grad-accum とは一緒に使えません。数を指定してください";
        BudgetWithoutAuto = "--budget is the time of the study that --batch-size auto may need; give both or neither", "--budget は --batch-size auto が必要とする実験の時間です。両方を指定するか、どちらも指定しないでください";
        AccumulationWithAuto = "--grad-accum cannot be held to with --batch-size auto; leave it out, or give --micro-batch-size", "--batch-size auto では --grad-accum を守れません。省くか、--micro-batch-size を指定してください";
        AccumulationWithSchedule = "--grad-accum cannot be held to where the batch size changes; leave it out, or give --micro-batch-size", "バッチサイズが途中で変わる場合は --grad-accum を守れません。省くか、--micro-batch-size を指定してください";
        NoSizeSchedule { text: String } = "`{text}` is no schedule of batch sizes; give pairs such as 0:64,20000sp:256: from which sample (sp) or epoch (ep) on, the first 0, and the size", "`{text}` はバッチサイズの予定ではありません。0:64,20000sp:256 のように、何サンプル目 (sp)・何エポック目 (ep) からどのサイズかを、0 から順に指定してください";
        ProductOverflows { micro: u64, accumulation: u64 } = "--micro-batch-size {micro} times --grad-accum {accumulation} overflows", "--micro-batch-size {micro} × --grad-accum {accumulation} が大きすぎます";
        NotDivisible { batch_size: u64, accumulation: u64, micro: u64 } = "--batch-size {batch_size} cannot be divided into --grad-accum {accumulation} passes of {micro} samples; give two of --batch-size, --micro-batch-size and --grad-accum", "--batch-size {batch_size} は、{micro} サンプルずつ --grad-accum {accumulation} 回に分けられません。--batch-size、--micro-batch-size、--grad-accum のうち 2 つを指定してください";
        UnplannableDuration { duration: String } = "--duration {duration} cannot be planned: how many steps it has depends on the machine; give epochs, steps or samples", "--duration {duration} は計画できません。何ステップになるかはマシンによって変わります。エポック・ステップ・サンプルで指定してください";

        // `resume`.
        OtherStudy { study: String } = "study {study:?} trained or asked something else: the program, the data, a setting or this machine has changed since; `find` begins a new study", "実験 {study:?} は別の条件のものです。プログラム、データ、設定、またはこのマシンがその後変わっています。`find` で新しい実験を始めてください";
        NoOrigin { name: String } = "{name:?} cannot be resumed: how it was started is not known; start it anew", "{name:?} は、どう始めたかの記録がないので続けられません。新しく始めてください";
        NothingToResume = "there is no run and no study to resume; name their folder with --runs DIR", "続ける学習も実験もありません。--runs DIR で記録のフォルダを指定してください";
        GiveInputAgain { name: String } = "the data of {name:?} came from standard input, where there is nothing now; give the same data again: batchwright resume {name} < FILE", "{name:?} のデータは標準入力から読み込みましたが、今は標準入力に何もありません。同じデータをもう一度渡してください: batchwright resume {name} < FILE";
        ResumesAsItIs { flag: &'static str, study: String } = "{flag} is for runs, and {study:?} is a study, which goes on as it was asked; leave it out", "{flag} は学習用です。{study:?} は実験で、始めたときの問いのまま続けます。省いてください";
        RunIsDone { run: String, samples: u64 } = "run {run:?} is done, after {samples} samples; make it longer with --epochs or --duration", "学習 {run:?} は {samples} サンプルで終わっています。延ばすには --epochs か --duration を指定してください";
        AlreadyLonger { run: String, samples: u64, wanted: u64 } = "run {run:?} has used {samples} samples already, so it cannot have {wanted} in all; give a longer --epochs or --duration", "学習 {run:?} はすでに {samples} サンプルを使ったので、全体を {wanted} サンプルにはできません。--epochs か --duration をもっと長くしてください";

        // Targets.
        LossBelowZero { target: String } = "--target {target} cannot be reached: no loss is below 0; give a value above 0", "--target {target} には到達できません。損失 (誤差) が 0 を下回ることはありません。0 より大きい値を指定してください";
        AccuracyAboveOne { target: String } = "--target {target} cannot be reached: no accuracy is above 1; give a value below 1", "--target {target} には到達できません。正解率が 1 を上回ることはありません。1 より小さい値を指定してください";
        AccuracyBelowZero { target: String } = "--target {target} cannot be reached: no accuracy is below 0; give a value above 0", "--target {target} には到達できません。正解率が 0 を下回ることはありません。0 より大きい値を指定してください";
        AccuracyOfNumbers = "--target val_accuracy is for classes; give val_loss=VALUE where a number is predicted", "--target val_accuracy はクラスの予測用です。数値の予測では val_loss=値 を指定してください";
        TargetOfRun = "--target of a run is val_loss=VALUE (lower is better) or val_accuracy=VALUE (higher is better)", "`train` の --target には val_loss=値 (小さいほど良い) か val_accuracy=値 (大きいほど良い) を指定してください";

        // Models and reports.
        OtherOptimizer { flag: &'static str, optimizer: &'static str } = "{flag} has no meaning with --optimizer {optimizer}; leave it out", "{flag} は --optimizer {optimizer} では意味がありません。省いてください";
        StudyHasNoModel { name: String } = "{name:?} is a study, which leaves no model; give the name of a run", "{name:?} は実験で、モデルを残しません。学習の名前を指定してください";
        NoLanguageModel { model: String } = "{model:?} is no language model; give one that was trained on a text (.txt)", "{model:?} は言語モデルではありません。文章 (.txt) で学習したモデルを指定してください";
        EmptyPrompt = "--prompt is empty; give at least one token, from which the model goes on", "--prompt が空です。続きを書くもとになる 1 トークン以上を指定してください";
        BadTemperature { temperature: f64 } = "--temperature is {temperature}, expected a finite number of at least 0", "--temperature は {temperature} ですが、0 以上の有限の数を指定してください";
        NoNextToken = "the model says nothing about the next token: its outputs are not finite; train it anew", "次のトークンが決まりません。モデルの出力が有限ではないので、学習し直してください";
        EmptySplit { split: &'static str } = "--split {split}: there is no sample in it", "--split {split}: サンプルが 1 つもありません";
        ChartWithoutPicture = "--chart goes with --format svg or png", "--chart は --format svg か png と一緒に指定してください";
        ScaleWithoutPng = "--scale goes with --format png", "--scale は --format png と一緒に指定してください";
        BadScale { scale: f64, least: f64, most: f64 } = "--scale is {scale}, expected {least} to {most}", "--scale は {scale} ですが、{least} から {most} までで指定してください";
        BuiltWithoutPng = "--format png: this program was built without it; build it with `cargo build --release --features png`, or use --format svg", "--format png: このプログラムでは使えません。`cargo build --release --features png` でビルドするか、--format svg を使ってください";
        UnknownChart { name: String, all: String } = "--chart {name}: there is no such chart; there are {all}", "--chart {name}: そのようなグラフはありません。あるのは {all} です";

        // Stored runs.
        LiveIsNotQuiet = "--live fills the terminal and --quiet prints results only; leave one of them out", "--live は端末全体に表示し、--quiet は結果だけを表示します。どちらかを省いてください";
        NothingToWatch = "there is no run and no study to watch; name their folder with --runs DIR", "見る学習も実験もありません。--runs DIR で記録のフォルダを指定してください";
        NobodyToAsk = "this removes files and asks first, but there is no terminal to ask on; give --yes", "ファイルを削除するため確認が必要ですが、端末がありません。--yes を指定してください";
        ParquetToStdout = "--format parquet is no text: give a file with --output", "--format parquet はテキストではありません。--output でファイルを指定してください";
        BuiltWithoutParquet = "--format parquet: this program was built without it; build it with `cargo build --release --features parquet`, or export csv or json", "--format parquet: このプログラムでは使えません。`cargo build --release --features parquet` でビルドするか、csv か json で書き出してください";
        ModelToStdout = "--output -: a model is written to a file, not to stdout; give a path", "--output -: モデルは標準出力ではなくファイルに書きます。パスを指定してください";
        LessonToStdout = "--output -: the lesson is a file for a browser, not for stdout; give a path", "--output -: レッスンは標準出力ではなく、ブラウザで開くファイルに書きます。パスを指定してください";
        BadAddress = "expected an IP address and a port, e.g. 127.0.0.1:8765", "IP アドレスとポートを指定してください (例: 127.0.0.1:8765)";
        EmptyAlert = "expected a line for the shell, or an address, e.g. http://localhost:8080/alert", "シェルの 1 行か、http://localhost:8080/alert のようなアドレスを指定してください";
        AlertElsewhere = "expected an address of this machine without encryption, e.g. http://localhost:8080/alert; to tell another machine, give a command that does", "暗号化なしの、このコンピュータのアドレス (例: http://localhost:8080/alert) を指定してください。ほかのコンピュータに知らせるには、そうするコマンドを指定します";
        BadToken = "expected at least 16 letters, digits, - and _", "英数字と - と _ で 16 文字以上にしてください";
        AddressInUse { address: String } = "--address {address}: another program listens there; end it, or take any free port with --address 127.0.0.1:0", "--address {address}: ほかのプログラムが使っています。それを終えるか、--address 127.0.0.1:0 で空いているポートを使ってください";
        LogToStdout { format: &'static str } = "--format {format} is no text: give its place with --output", "--format {format} はテキストではありません。--output で書き込む場所を指定してください";
        NoLogPlace = "expected tensorboard:DIR, mlflow:DIR or trackio:PROJECT", "tensorboard:フォルダ、mlflow:フォルダ、trackio:プロジェクト名 のどれかを指定してください";
        TrackioName { name: String } = "{name:?} is no project of trackio; give a name of letters, digits, - and _, or the path of a file NAME.db", "{name:?} は trackio のプロジェクトになりません。文字と数字と - と _ でできた名前か、「名前.db」というファイルのパスを指定してください";
        NoTrackioFolder = "where trackio keeps its projects is not known, since HOME is not set; give the path of a .db file", "HOME が設定されていないので、trackio のプロジェクトの置き場所が分かりません。.db ファイルのパスを指定してください";
        NotOfProgram { path: String, program: &'static str } = "{path} is no database of {program}, or one of another version; give another place, or open it once with a current {program}, which brings it up to date", "{path} は {program} のデータベースではないか、バージョンが違います。別の場所を指定するか、新しい {program} で一度開いて更新してください";
        TrackioNeighbour { database: String, other: String } = "{database} lies beside {other}, which is no database of trackio; trackio opens all .db files of a folder and would not start; give it a folder of its own", "{database} の隣に trackio のものではないデータベース {other} があります。trackio はフォルダの .db ファイルをすべて開くので、起動できなくなります。専用のフォルダを指定してください";
        LogsItself { run: String } = "{run} still trains and writes its log itself (--log-to); export it once it has ended", "{run} はまだ学習中で、自分でログを書いています (--log-to)。終わってから書き出してください";
        OutputToStdout = "--output -: leave it out to print to stdout", "--output -: 標準出力に出すには、--output を省いてください";

        // `find`.
        FitComparesNothing { flag: String } = "{flag} has no meaning with --objective fit, which compares nothing; --json prints its answer", "{flag} は --objective fit では意味がありません (何も比べないためです)。答えは --json で得られます";
        MeaninglessForFit { flag: String } = "{flag} has no meaning with --objective fit; leave it out", "{flag} は --objective fit では意味がありません。省いてください";
        FitIsNoStudy = "--objective fit is no study", "--objective fit は実験ではありません";
        UnknownMemory = "how much memory is available is not known here; give --memory-limit, e.g. 2GiB", "空いているメモリの量が分かりません。--memory-limit を指定してください (例: 2GiB)";
        FitFromStdin = "--data - cannot be read again by the processes that --objective fit runs; save the table to a file", "--objective fit が動かすプロセスは --data - をもう一度読めません。表をファイルに保存してください";
        BadDelimiter = "expected `,` `;` `tab` or `|`", "`,` `;` `tab` `|` のどれかを指定してください";
        BadEncoding = "no encoding of this name; names are e.g. utf-8, utf-16le, shift_jis, euc-jp, windows-1252", "この名前の文字コードはありません。utf-8、utf-16le、shift_jis、euc-jp、windows-1252 などを指定してください";
        CompareStudies { name: String } = "{name} is a study; several names are compared only where all are runs", "{name} は実験です。複数の名前を指定できるのは、すべてが学習のときだけです";
        ExportToStdout { flag: &'static str } = "{flag} -: stdout shows the study; give a file, or use --json to have the object there", "{flag} -: 標準出力には実験の結果を表示します。ファイルを指定するか、--json を使ってください";
        ExportTwice { flag: &'static str, path: String } = "{flag} {path}: another export goes into that file; give each its own", "{flag} {path}: ほかの出力も同じファイルに書かれます。別々のファイルを指定してください";

        // A training command.
        RatesNeeded = "the command takes a learning rate; give the range to look in, e.g. --lr 1e-4..1", "コマンドは学習率を受け取ります。探す範囲を指定してください (例: --lr 1e-4..1)";
        RatesUnused = "the command has no {{lr}}, so that --lr changes nothing; add {{lr}} where it takes its learning rate, or leave --lr out", "コマンドに {{lr}} がないので、--lr は何も変えません。学習率を受け取るところに {{lr}} と書くか、--lr を省いてください";
        RatesUnusedForFit = "the command has no {{lr}}, so that --lr changes nothing; leave it out", "コマンドに {{lr}} がないので、--lr は何も変えません。省いてください";
        EpochsNeedSamples = "{{epochs}} needs the number of training samples; give --samples N", "{{epochs}} には学習サンプル数が必要です。--samples で指定してください";
        LengthNeeded { placeholder: &'static str } = "{{{placeholder}}} needs the length of a training; give --max-samples N, or --samples N for 20 epochs", "{{{placeholder}}} には学習の長さが必要です。--max-samples で指定するか、--samples を指定してください (20 エポックになります)";
        WithinIsForQuality = "--within is the length of trainings whose quality is compared; give --objective quality with it, or --max-samples in its place", "--within は、結果の良さを比べる学習の長さです。--objective quality と一緒に使うか、代わりに --max-samples を指定してください";
        NoLength { found: String } = "--within {found}: trainings of equal steps are not of equal length where batch sizes differ; give seconds (60s), epochs (5ep) or samples (60000sp)", "--within {found}: バッチサイズが違うと、同じステップ数でも学習の長さは同じになりません。秒 (60s)、エポック (5ep)、サンプル (60000sp) で指定してください";
        WithinEpochsNeedSamples = "--within in epochs needs --samples, the number of training samples of the program", "--within をエポックで指定するには、プログラムの学習サンプル数 --samples が必要です";
        QualityNeedsLength = "--objective quality compares trainings of equal length, which the command does not take; add {{steps}}, {{epochs}} or {{samples}}", "--objective quality は同じ長さの学習を比べますが、コマンドは長さを受け取りません。{{steps}}、{{epochs}}、{{samples}} のどれかを加えてください";
        MoreJobsThanDevices { jobs: usize, devices: usize } = "--jobs {jobs} is more than the {devices} of --devices, of which each trial has one; give at most that many", "--jobs {jobs} が --devices の {devices} 個より多くなっています。試行ごとに 1 つ使うので、それ以下にしてください";
        OneLogFolder { jobs: usize } = "--log-dir is one folder, and {jobs} trials at a time would write into it; let the command write into {{out}}, or give --jobs 1", "--log-dir は 1 つのフォルダで、同時に {jobs} 個の試行が書き込むことになります。コマンドに {{out}} へ書かせるか、--jobs 1 を指定してください";
    }
}
