//! What one should know before and beside a result.

messages! {
    /// A notice.
    Notice {
        Beta2Floored { batch_size: u64 } = "batch size {batch_size}: beta2 held as a half-life in samples would fall below beta1; it stays at beta1", "バッチサイズ {batch_size}: beta2 の半減期をサンプル数で保つと beta1 を下回るため、beta1 にとどめます";
        DigitsSource { citation: &'static str } = "{citation}", "内蔵の手書き数字の出典: {citation}";
        CannotContinue { study: String, reason: String } = "study {study} was interrupted and cannot be continued ({reason}); this is a new study", "実験 {study} は中断されましたが、続けられません ({reason})。新しい実験を始めます";
        NotRecorded { study: String, reason: String } = "the progress of study {study} cannot be recorded ({reason}); it is tried again after each trial, and the study goes on", "実験 {study} の途中経過を記録できません ({reason})。実験はそのまま続け、試行のたびに記録をやり直します";
        Resumable { study: String } = "study {study} was interrupted; the same command continues it, and so does: batchwright resume {study}", "実験 {study} は中断されました。同じコマンドか batchwright resume {study} で続けられます";
        NothingRecommended { study: String, reason: String } = "--batch-size auto: study {study} recommends nothing ({reason}); give --batch-size N, or let `find` ask for another target", "--batch-size auto: 実験 {study} は推奨するサイズを決められませんでした ({reason})。--batch-size に数を指定するか、`find` で目標を変えてください";
    }
}
