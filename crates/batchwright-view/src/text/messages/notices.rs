//! What one should know before and beside a result.

messages! {
    /// A notice.
    Notice {
        Beta2Floored { batch_size: u64 } = "batch size {batch_size}: beta2 held as a half-life in samples would fall below beta1; it stays at beta1", "バッチサイズ {batch_size}: beta2 の半減期をサンプル数で保つと beta1 を下回るため、beta1 にとどめます";
        NoFastBf16 = "this processor has no products of bf16 numbers that are faster than those in f32: numbers are rounded and multiplied in f32, which is slower than --precision f32", "このプロセッサには f32 より速い bf16 の積がないので、丸めてから f32 で掛けます。--precision f32 より遅くなります";
        BatchNormOverMicroBatch { batch_size: u64, micro_batch: u64 } = "batch size {batch_size}: batch norm takes mean and variance over micro-batches of {micro_batch} samples, not over the batch", "バッチサイズ {batch_size}: バッチ正規化の平均と分散は、バッチ全体ではなく {micro_batch} サンプルのマイクロバッチごとに計算します";
        BatchNormOfOne { batch_size: u64 } = "batch size {batch_size}: batch norm takes mean and variance of one sample at a time, and evaluation may be far off; use larger micro-batches, or a model without batch norm", "バッチサイズ {batch_size}: バッチ正規化の平均と分散を 1 サンプルずつ計算するので、評価の結果が大きく外れることがあります。マイクロバッチを大きくするか、バッチ正規化のないモデルを使ってください";
        FromConfig { flag: String, place: String } = "{flag} is from {place}", "{flag} は {place} で指定されています";
        StateUnsaved { error: String } = "warning: the state could not be saved: {error}; the one before is still the newest, and the next is tried", "警告: 状態を保存できませんでした: {error}。1 つ前のものが最新のままです。次もまた保存を試みます";
        LogsTo { place: String, command: String } = "logs to {place}; look at it with: {command}", "{place} にも記録します。見るには: {command}";
        LogLost { place: String, reason: String, command: String } = "warning: --log-to {place}: {reason}; it goes on without this log. To write it later: {command}", "警告: --log-to {place}: {reason}。このログなしで続けます。あとから書き出すには: {command}";
        Tracked { runs: usize, place: String, command: String } = "{place}: {runs} runs written; look at them with: {command}", "{place}: {runs} 個の学習を書き出しました。見るには: {command}";
        PassedOver { error: String } = "warning: {error}; an older checkpoint is used", "警告: {error}。それより前のチェックポイントを使います";
        EntryLeftOut { error: String } = "warning: {error}; it is left out", "警告: {error}。これは対象にしません";
        FolderLeftBehind { folder: String } = "warning: {folder}: the folder in which it was started cannot be entered; its relative paths are taken from the current folder", "警告: {folder}: 始めたときのフォルダに入れません。相対パスは今のフォルダからたどります";
        GoesBack { run: String, step: u64, newest: u64 } = "warning: run {run} had come to step {newest}; it goes on from step {step}, and its rows and checkpoints after that are discarded", "警告: 学習 {run} はステップ {newest} まで進んでいました。ステップ {step} から続け、それより後の記録とチェックポイントは捨てます";
        WithoutTarget { run: String } = "run {run} had reached its target; it goes on without it", "学習 {run} は目標に到達していたので、目標なしで続けます";
        WithoutPatience { run: String } = "run {run} had ended by --patience; it goes on without it", "学習 {run} は --patience で終わっていたので、--patience なしで続けます";
        WentBack { step: u64, retry: u64, of: u64 } = "step {step}: a loss or gradient was not finite; back to the best weights with half the learning rate (retry {retry} of {of})", "ステップ {step}: 損失か勾配が有限でなくなりました。最良の重みに戻り、学習率を半分にします (やり直し {retry} / {of})";
        UnfinishedRun { run: String } = "{run} has no result: this is the best model as of its last checkpoint", "{run} にはまだ結果がありません。これは最後のチェックポイントの時点で最良のモデルです";
        UnverifiedModel { path: String } = "warning: {path} has no checksum (an older version saved it), so damage to it cannot be noticed", "警告: {path} にはチェックサムがないので (以前のバージョンで保存)、壊れていても分かりません";
        DigitsSource { citation: &'static str } = "{citation}", "内蔵の手書き数字の出典: {citation}";
        AskToRemove { names: String, bytes: u64 } = "Remove {names} with all files ({bytes} bytes)? This cannot be undone. [y/N]", "{names} をすべてのファイル ({bytes} バイト) とともに削除しますか? 元に戻せません。[y/N]";
        NothingRemoved = "nothing was removed", "何も削除していません";
        Removed { name: String } = "removed {name}", "{name} を削除しました";
        Released { name: String } = "released {name}: it can be resumed or removed", "{name} を解放しました。再開や削除ができます";
        CannotContinue { study: String, reason: String } = "study {study} was interrupted and cannot be continued ({reason}); this is a new study", "実験 {study} は中断されましたが、続けられません ({reason})。新しい実験を始めます";
        CheckNotStored { study: String, reason: String } = "the answer of study {study} still holds, but this check is not stored with it: {reason}", "実験 {study} の答えは今も有効ですが、今回の確認結果は保存できません: {reason}";
        NotRecorded { study: String, reason: String } = "the progress of study {study} cannot be recorded ({reason}); it is tried again after each trial, and the study goes on", "実験 {study} の途中経過を記録できません ({reason})。実験はそのまま続け、試行のたびに記録をやり直します";
        Serving = "open this address in a browser; Ctrl-C ends it", "このアドレスをブラウザで開いてください。Ctrl-C で終わります";
        ServedUnencrypted = "warning: other machines can reach it, and what they and this one send each other is not encrypted", "警告: ほかのコンピュータからも開けます。通信は暗号化されません";
        AlertNotTold { name: String, error: String } = "--on-alert: what happened to {name} could not be told: {error}", "--on-alert: {name} に起きたことを知らせられません: {error}";
        NoTerminal = "--live: there is no terminal to fill (stderr is none, or one that cannot do it), so lines are printed", "--live: 表示できる端末がないので (標準エラー出力が端末でないか、対応していません)、行で表示します";
        NoRunsYet { folder: String } = "{folder} has no runs yet; they are shown when they come", "{folder} にはまだ記録がありません。記録ができると表示します";
        StudyIsFinished { study: String } = "study {study} has decided: nothing is left to do", "実験 {study} はすでに決着しています。続ける必要はありません";
        Resumable { study: String } = "study {study} was interrupted; the same command continues it, and so does: batchwright resume {study}", "実験 {study} は中断されました。同じコマンドか batchwright resume {study} で続けられます";
        NothingRecommended { study: String, reason: String } = "--batch-size auto: study {study} recommends nothing ({reason}); give --batch-size N, or let `find` ask for another target", "--batch-size auto: 実験 {study} は推奨するサイズを決められませんでした ({reason})。--batch-size に数を指定するか、`find` で目標を変えてください";
    }
}
