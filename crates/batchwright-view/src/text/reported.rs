//! What a trial reported when it failed. It is remembered as English text, like everything that
//! other programs say, so that Japanese is made from the few forms that our own crates write; the
//! words of the user's program in them stay as they are.

/// Forms: English and Japanese. `{}` holds a part that is kept; the last one may be a form again.
const FORMS: &[(&str, &str)] = &[
    ("trial failed: {}", "試行に失敗しました: {}"),
    ("batch size {} does not fit: {}", "バッチサイズ {} はメモリに収まりません: {}"),
    ("stopped when the study ended", "実験が終わったため止めました"),
    ("it needs {} bytes, {} are available", "{} バイト必要ですが、使えるのは {} バイトです"),
    ("it needs {} bytes, {} may be taken", "{} バイト必要ですが、使ってよいのは {} バイトです"),
    ("it took {} bytes, {} may be taken", "{} バイト使いましたが、使ってよいのは {} バイトです"),
    (
        "one of its processes held {} bytes, {} may be taken",
        "プロセスの 1 つが {} バイト使いましたが、使ってよいのは {} バイトです",
    ),
    ("no step was timed", "ステップの時間を測れませんでした"),
    (
        "it ended before it was evaluated once: none of its {} rows has {}",
        "一度も評価されないうちに終わりました: {} 行のどれにも {} がありません",
    ),
    (
        "its first {} evaluations all stand at step {}; let the program print the step that it has reached",
        "最初の {} 回の評価がすべてステップ {} になっています。到達したステップを出力させてください",
    ),
    ("it never reported {}; it reported {}", "{} が一度も出力されませんでした。出力されたのは {}"),
    (
        "fewer than two rows say at which step they stand: no step was timed",
        "ステップ数のある行が 2 行に満たず、ステップの時間を測れませんでした",
    ),
    (
        "no metric was recognised in {} lines; let the program print a line like {\"step\": 10, \"val_loss\": 0.3}, or say how it prints one: --metric 'val_loss=validation: (\\S+)'; its last lines: {}",
        "{} 行の出力から指標を読み取れませんでした。{\"step\": 10, \"val_loss\": 0.3} のような行を出力させるか、--metric 'val_loss=validation: (\\S+)' のように出力の形を指定してください。最後の行: {}",
    ),
    (
        "no metric was recognised in {} lines; let the program print a line like {\"step\": 10, \"val_loss\": 0.3}, or say how it prints one: --metric 'val_loss=validation: (\\S+)'{}",
        "{} 行の出力から指標を読み取れませんでした。{\"step\": 10, \"val_loss\": 0.3} のような行を出力させるか、--metric 'val_loss=validation: (\\S+)' のように出力の形を指定してください{}",
    ),
    (
        "the row says epoch {} but neither step nor samples; give --samples N, the number of training samples, or let the program print \"step\" or \"samples\"",
        "行にエポック {} だけがあり、ステップもサンプル数もありません。--samples で学習サンプル数を指定するか、\"step\" か \"samples\" を出力させてください",
    ),
    (
        "the row says neither step, nor samples, nor epoch; let the program print one of them beside the metric",
        "行にステップもサンプル数もエポックもありません。指標と一緒にどれかを出力させてください",
    ),
    ("its process cannot be run: {}", "プロセスを起動できません: {}"),
    ("its process died: {}", "プロセスが強制終了しました: {}"),
    ("its process failed: {}", "プロセスが失敗しました: {}"),
    ("its process printed no outcome: {}", "プロセスが結果を出力しませんでした: {}"),
    ("--prepare {}", "--prepare {}"),
    ("interrupted", "中断されました"),
    (
        "it had not ended when the time was over (--budget), and was stopped",
        "時間 (--budget) 内に終わらないので止めました",
    ),
    (
        "it had not ended when the time was over (--budget), and was killed",
        "時間 (--budget) 内に終わらないので止めました",
    ),
    ("it had not ended after {}, and was stopped", "{} たっても終わらないので止めました"),
    (
        "it printed nothing within {} of its start, and was stopped",
        "起動から {} 何も出力しないので止めました",
    ),
    ("it printed nothing for {}, and was stopped", "{} 何も出力しないので止めました"),
    ("it finished", "終了しました"),
    ("it was stopped", "止められました"),
    ("out of accelerator memory: {}", "アクセラレータのメモリが足りません: {}"),
    ("out of memory: {}", "メモリが足りません: {}"),
    ("it does not take its flags: {}", "フラグを受け付けません: {}"),
    ("it ended with exit code {}, without a word", "終了コード {} で終わり、何も出力していません"),
    ("it ended with exit code {}: {}", "終了コード {} で終わりました: {}"),
    ("it ended with signal {}, without a word", "シグナル {} で終わり、何も出力していません"),
    ("it ended with signal {}: {}", "シグナル {} で終わりました: {}"),
    ("it ended with an unknown status, without a word", "不明な状態で終わり、何も出力していません"),
    ("it ended with an unknown status: {}", "不明な状態で終わりました: {}"),
    ("exit code {}", "終了コード {}"),
    ("signal {}", "シグナル {}"),
    ("an unknown status", "不明な状態"),
    ("`{}`: command not found; {}", "`{}`: コマンドが見つかりません ({})"),
];

/// A report of a trial in Japanese; as it is where it is in another form.
pub(crate) fn in_japanese(report: &str) -> String {
    FORMS.iter().find_map(|form| fill(report, form)).unwrap_or_else(|| report.to_owned())
}

/// The Japanese of a form, if the report has this form.
fn fill(report: &str, (english, japanese): &(&str, &str)) -> Option<String> {
    let mut parts = parts(report, english)?;
    // "signal processing failed" is what a program says.
    let counts = english.starts_with("signal") || english.starts_with("exit code");
    if counts && parts.iter().any(|part| part.parse::<i64>().is_err()) {
        return None;
    }
    if let Some(last) = parts.last_mut() {
        *last = in_japanese(last);
    }
    let mut between = japanese.split("{}");
    let first = between.next().unwrap_or_default().to_owned();
    Some(between.zip(&parts).fold(first, |text, (next, part)| text + part + next))
}

/// What the report has where the form has `{}`.
fn parts(report: &str, form: &str) -> Option<Vec<String>> {
    let mut between = form.split("{}");
    let mut rest = report.strip_prefix(between.next()?)?;
    let mut parts = Vec::new();
    for text in between {
        let (part, after) = if text.is_empty() { (rest, "") } else { rest.split_once(text)? };
        parts.push(part.to_owned());
        rest = after;
    }
    rest.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_command::process::{ChildEnd, Death, MemoryPlace};
    use batchwright_find::TrialError;
    use std::time::Duration;

    fn ends() -> Vec<ChildEnd> {
        let (limit, evidence) = (Duration::from_secs(3), "killed".to_owned());
        let crashed = |death, last_lines: &[&str]| ChildEnd::Crashed {
            death,
            last_lines: last_lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        vec![
            ChildEnd::Finished,
            ChildEnd::Stopped,
            ChildEnd::Deadline { limit },
            ChildEnd::Silent { limit, started: true },
            ChildEnd::Silent { limit, started: false },
            ChildEnd::OutOfMemory { place: MemoryPlace::Gpu, evidence: evidence.clone() },
            ChildEnd::OutOfMemory { place: MemoryPlace::Host, evidence: evidence.clone() },
            ChildEnd::BadFlag { evidence },
            crashed(Death::Code(3), &["oops: {}"]),
            crashed(Death::Signal(9), &["oops"]),
            crashed(Death::Unknown, &["oops"]),
            crashed(Death::Code(3), &[]),
            crashed(Death::Signal(9), &[]),
            crashed(Death::Unknown, &[]),
        ]
    }

    /// Words of the user's program that begin like ours stay as they are.
    #[test]
    fn words_of_other_programs_stay() {
        let said = "signal processing failed";
        assert_eq!(in_japanese(said), said);
        assert_eq!(in_japanese("signal 9"), "シグナル 9");
        let ended = in_japanese("it ended with exit code 1: signal processing failed");
        assert_eq!(ended, "終了コード 1 で終わりました: signal processing failed");
    }

    /// The forms must be those that `batchwright-command` and `batchwright-find` write.
    #[test]
    fn what_our_crates_report_is_understood() {
        for end in ends() {
            let reports = [
                end.to_string(),
                TrialError::Failed(end.to_string()).to_string(),
                TrialError::DoesNotFit { batch_size: 8, reason: end.to_string() }.to_string(),
            ];
            for report in reports {
                let japanese = in_japanese(&report);
                for word in [" it ", "ended", "printed", "stopped", "memory", "trial", "fit"] {
                    assert!(!japanese.contains(word), "{report}: {japanese}");
                }
            }
        }
        assert_eq!(in_japanese(&TrialError::Interrupted.to_string()), "実験が終わったため止めました");
        let crash = "trial failed: it ended with exit code 3: oops: x";
        assert_eq!(in_japanese(crash), "試行に失敗しました: 終了コード 3 で終わりました: oops: x");
    }

    /// The words of the user's program are not ours to change.
    #[test]
    fn other_words_are_kept() {
        for report in ["CUDA error: invalid argument", "", "it", "disk {} full"] {
            assert_eq!(in_japanese(report), report);
        }
    }
}
