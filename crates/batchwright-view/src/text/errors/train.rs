//! Japanese for the errors of `batchwright-train`.

use crate::text::errors::nn;
use crate::text::errors::system;
use batchwright_train::{CheckpointProblem, ExpectedSetting, ModelFileProblem, TooManySteps, TrainError};

pub(super) fn run(error: &TrainError) -> String {
    match error {
        TrainError::Setting { name, value, expected } => {
            format!("{} は {value} ですが、{}でなければなりません", setting_name(name), setting(*expected))
        }
        TrainError::Overflow(count) => {
            format!("サンプル数が大きすぎて数えられません: {}。学習を短くしてください", too_many(*count))
        }
        TrainError::Network(error) => nn::network(error),
        TrainError::File { path, action, source } => {
            let failed = match *action {
                "write the model" => "モデルを保存できません",
                "write the checkpoint" => "チェックポイントを保存できません",
                "read the checkpoint" => "チェックポイントを読み込めません",
                "make the folder" => "フォルダを作れません",
                "look for checkpoints" => "チェックポイントを探せません",
                "remove the old checkpoint" => "古いチェックポイントを削除できません",
                "start the writer of checkpoints" => "チェックポイントを書くスレッドを始められません",
                _ => "モデルを読み込めません",
            };
            format!("{}: {failed}: {}", path.display(), system::error(source))
        }
        TrainError::Model { path, problem } => {
            format!("{}: このプログラムのモデルではありません: {}", path.display(), model_file(problem))
        }
        TrainError::Checkpoint { path, problem } => {
            format!("チェックポイント {}: {}", path.display(), checkpoint(problem))
        }
        TrainError::NoCheckpoint { folder } => format!(
            "{} にチェックポイントがありません。保存されなかったか、削除されています。新しく学習してください",
            folder.display()
        ),
        TrainError::DataChanged { run, data } => format!(
            "学習 {run:?} のデータが学習時から変わっています: {data}。元に戻すか、新しく学習してください"
        ),
    }
}

fn setting_name(name: &str) -> &str {
    match name {
        "duration" => "学習の長さ",
        "the number of samples" => "サンプル数",
        "the position in the epoch" => "エポック内の位置",
        other => other,
    }
}

fn setting(expected: ExpectedSetting) -> String {
    match expected {
        ExpectedSetting::TrainingSamples => "学習サンプル 1 個以上".to_owned(),
        ExpectedSetting::AtLeastOne => "1 以上".to_owned(),
        ExpectedSetting::Positive => "0 より大きい有限の数".to_owned(),
        ExpectedSetting::NotNegative => "0 以上の有限の数".to_owned(),
        ExpectedSetting::UpToBatchSize { batch_size } => {
            format!("1 からバッチサイズ {batch_size} まで")
        }
        ExpectedSetting::UpToSamples { samples } => {
            format!("学習サンプル数 {samples} 以下 (これより大きいと --drop-last ですべて捨てられます)")
        }
        ExpectedSetting::DurationWithUnit => {
            "0 より大きい単位つきの数 (`10ep`、`500st`、`60000sp`、`90s`、`10min`、`2h`)".to_owned()
        }
        ExpectedSetting::PositiveDuration => "0 より大きい有限の長さ".to_owned(),
        ExpectedSetting::CountedDuration => "エポック・ステップ・サンプルによる 0 より大きい長さ".to_owned(),
        ExpectedSetting::CountedForDecay => {
            "学習率を最後まで下げていく場合はエポック・ステップ・サンプルによる長さ".to_owned()
        }
        ExpectedSetting::ShorterThanRun { samples } => {
            format!("学習全体の {samples} サンプルより短いもの")
        }
        ExpectedSetting::SizeSchedule => {
            "`0:64 20000sp:256` のような組 (何サンプル目・何エポック目から: バッチサイズ。最初は 0 から)"
                .to_owned()
        }
        ExpectedSetting::RisingThresholds => "前のものより大きい境目".to_owned(),
        ExpectedSetting::OneSizeWithDropLast => {
            "--drop-last では全体で 1 つのサイズ (エポックの長さがサイズで決まるため)".to_owned()
        }
        ExpectedSetting::SamplesOfData { samples } => format!("データの {samples}"),
        ExpectedSetting::UpToEngine { most } => format!("エンジンの {most} 以下"),
    }
}

fn too_many(count: TooManySteps) -> String {
    match count {
        TooManySteps::Steps { steps, batch_size } => {
            format!("バッチサイズ {batch_size} の {steps} ステップ")
        }
        TooManySteps::Epochs { epochs, samples } => format!("{samples} サンプルの {epochs:?} エポック"),
    }
}

fn checkpoint(problem: &CheckpointProblem) -> String {
    match problem {
        CheckpointProblem::NotAFile => "通常のファイルではありません".to_owned(),
        CheckpointProblem::Foreign => "このプログラムのチェックポイントではありません".to_owned(),
        CheckpointProblem::TooLarge { needed, available } => too_large(*needed, *available),
        CheckpointProblem::Version { found, known } => format!(
            "バージョンが {found} です。このプログラムが読めるのはバージョン {known} です。保存したバージョンで続けるか、古いチェックポイントをパスで指定してください"
        ),
        CheckpointProblem::Length { found, expected } => {
            format!("壊れています ({found} バイトですが、ヘッダでは {expected} バイトです)")
        }
        CheckpointProblem::Damaged => "壊れています (チェックサムが合いません)".to_owned(),
        CheckpointProblem::Content => "このプログラムが書く内容ではありません".to_owned(),
        CheckpointProblem::Settings(message) => format!("設定を読めません ({message})"),
    }
}

/// What is left to do with a damaged model.
const RESTORE: &str = "控えから戻すか、学習し直してください";

fn too_large(needed: u64, available: u64) -> String {
    format!(
        "読むには {needed} バイトのメモリが必要ですが、空いているのは {available} バイトです。他のプログラムを終えるか、メモリの多いマシンで読んでください"
    )
}

fn model_file(problem: &ModelFileProblem) -> String {
    match problem {
        ModelFileProblem::NotAFile => "通常のファイルではありません".to_owned(),
        ModelFileProblem::Damaged(message) => format!("壊れています ({message})。{RESTORE}"),
        ModelFileProblem::Length { found, expected } => {
            format!("壊れています: {found} バイトありますが、ヘッダーでは {expected} バイトです。{RESTORE}")
        }
        ModelFileProblem::TooLarge { needed, available } => too_large(*needed, *available),
        ModelFileProblem::Foreign { key } => {
            format!("メタデータに `{key}` がありません。`batchwright train` で保存したものを指定してください")
        }
        ModelFileProblem::Metadata(message) => {
            format!(
                "メタデータを読めません ({message})。`batchwright train` で保存したものを指定してください"
            )
        }
        ModelFileProblem::Version { found, known } => format!(
            "バージョンが {found} です。このプログラムが読めるのはバージョン {known} までです。保存した新しいプログラムを使うか、学習し直してください"
        ),
        ModelFileProblem::NoChecksum => format!("壊れています (チェックサムがありません)。{RESTORE}"),
        ModelFileProblem::Checksum => format!("壊れています (チェックサムが合いません)。{RESTORE}"),
        ModelFileProblem::NotFinite { tensor } => {
            format!(
                "テンソル `{tensor}` に有限でない数があります。学習が発散したので、学習率を下げてください"
            )
        }
        ModelFileProblem::NumberType { tensor, found } => {
            format!("テンソル `{tensor}` の中身が {found} です。32 ビット浮動小数点数でなければなりません")
        }
    }
}
