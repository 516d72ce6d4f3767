//! What was tried when an error came. The error itself follows behind it.

messages! {
    /// What could not be done.
    FailureMessage {
        OpenScreen = "the terminal cannot be filled; leave --live out, or see the run in the browser with batchwright serve", "端末に表示できません。--live を省くか、batchwright serve でブラウザから見てください";
        PrepareProbe = "cannot prepare the process of a probe", "試験用のプロセスを準備できません";
        LimitProbe = "cannot limit the memory of a probe", "試験用のプロセスのメモリを制限できません";
        Serve { address: String } = "--address {address}: cannot serve there", "--address {address}: このアドレスでは配信できません";
        RandomToken = "no random numbers for a token; give one with --token", "トークンを作るための乱数が得られません。--token で指定してください";
        Listen = "cannot listen for signals", "シグナルを受け取れません";
        WriteParquet = "cannot write the rows as Parquet", "行を Parquet として書けません";
        WriteJson = "cannot write the result as JSON", "結果を JSON として書けません";
        WriteReport { path: String } = "{path}: cannot write the report", "{path}: レポートを書けません";
        DrawChart { chart: String } = "{chart}: cannot draw the chart as PNG", "{chart}: グラフを PNG にできません";
        NoFont = "--format png: no font was found on this machine; install one (on Debian: fonts-dejavu-core), or use --format svg", "--format png: このコンピュータにフォントがありません。フォントを入れるか (Debian では fonts-noto-cjk)、--format svg を使ってください";
        NoGlyphs { chart: String, characters: String } = "--format png: {chart}: no font on this machine has the characters {characters}; install one that has them (for Japanese on Debian: fonts-noto-cjk), or use --format svg", "--format png: {chart}: 文字 {characters} を含むフォントがこのコンピュータにありません。そのフォントを入れるか (日本語なら Debian では fonts-noto-cjk)、--format svg を使ってください";
        WriteExport { flag: &'static str, path: String } = "{flag} {path}: cannot write the file", "{flag} {path}: ファイルを書けません";
        WriteLog { path: String } = "{path}: cannot write the log", "{path}: ログを書けません";
        SaveAnswer = "the answer could not be saved", "答えを保存できません";
        ReadAnswer = "cannot read the answer", "答えを読み取れません";
        WriteStdout = "stdout: cannot write", "標準出力に書けません";
        NoText = "the script is no text", "スクリプトがテキストではありません";
        SaveRows { step: u64, model: String } = "rows could not be saved, so the run ended at step {step}; its model is in {model}", "記録を保存できないため、ステップ {step} で学習を止めました。モデルは {model} にあります";
        SaveRowsOrModel { step: u64, error: String } = "rows could not be saved, so the run ended at step {step}; nor could its model: {error}", "記録を保存できないため、ステップ {step} で学習を止めました。モデルも保存できません: {error}";
        SaveModel { model: String } = "the model could not be saved in the folder of the run; it is in {model}", "学習のフォルダにモデルを保存できません。モデルは {model} にあります";
        NoResult { study: String } = "study {study:?} has no result: it still runs, or was cut off", "実験 {study:?} にはまだ結果がありません。実行中か、途中で終わっています";
        MakeFolder { path: String } = "{path}: cannot make the folder", "{path}: フォルダを作れません";
        ReadConfig { path: String } = "--config {path}: it cannot be read", "--config {path}: 読めません";
        ConfigLayers { place: String } = "{place}: `[model]` cannot be used", "{place}: `[model]` が使えません";
        ReadTemplate { path: String } = "--template {path}: it cannot be read", "--template {path}: 読めません";
        MakeScratch = "cannot make a folder for the outputs of trials", "試行の出力を置くフォルダを作れません";
        MakeScratchIn { folder: String } = "cannot make a folder for the outputs of trials in {folder}, which TMPDIR names; let TMPDIR name a folder that exists and can be written", "TMPDIR が指す {folder} に、試行の出力を置くフォルダを作れません。TMPDIR には、実在する書き込めるフォルダを指定してください";
        ReadArguments { words: String } = "the command line of the start cannot be read by this version: {words}", "始めたときのコマンド行をこのバージョンでは読めません: {words}";
        WhereWeAre = "where we are is not known", "現在のフォルダが分かりません";
        Hook { flag: &'static str } = "{flag}", "{flag} が失敗しました";
        HookTimedOut { flag: &'static str, line: String } = "{flag}: `{line}`: it had not ended when the time was over (--budget), and was stopped", "{flag}: `{line}`: 時間 (--budget) 内に終わらないので止めました";
    }
}
