//! Japanese for the errors of `batchwright-find`.

use crate::number::bytes;
use crate::text::errors::system;
use batchwright_find::{
    AcceptedRange, EnergyError, FindError, JournalProblem, MemoryModelError, RatesProblem, SizesProblem,
    TargetProblem, TrialError,
};
use std::io::ErrorKind;

pub(super) fn study(error: &FindError) -> String {
    match error {
        FindError::BatchSizes { value, problem } => format!(
            "バッチサイズ {value:?}: {}。倍々の範囲 (例: 8..512) か一覧 (例: 8,12,16) を指定してください",
            sizes(problem)
        ),
        FindError::Rates { value, problem } => format!(
            "学習率 {value:?}: {}。範囲 (例: 1e-4..1)、一覧 (例: 0.01,0.03,0.1)、または 1 つの値を指定してください",
            rates(problem)
        ),
        FindError::Target { value, problem } => format!(
            "目標 {value:?}: {}。名前=値、名前<値、名前>値、または auto を指定してください (例: val_accuracy=0.96)",
            target(problem)
        ),
        FindError::UnknownMetric { metric, reported } => {
            format!("目標の指標 {metric:?} は報告されません。報告されるのは {} です", reported.join("、"))
        }
        FindError::NoPrice => {
            "--objective money には --price-per-hour (このマシンの 1 時間あたりの料金、通貨は任意) が必要です"
                .to_owned()
        }
        FindError::NoEnergy(error) => format!(
            "--objective energy: {}。エネルギーのカウンターが要らない評価基準は time、money、samples、steps、quality です",
            energy(error)
        ),
        FindError::OtherTarget { study, past, asked } => format!(
            "実験 {study:?} の目標は {past} でしたが、今回の目標は {asked} です。以前の試行からは何も分かりません"
        ),
        FindError::Journal(problem) => {
            format!("実験の記録から続けられません: {}。--fresh で最初からやり直せます", journal(problem))
        }
        FindError::Setting { setting, found, expected } => {
            format!("{setting} は {found} ですが、{}でなければなりません", accepted(*expected))
        }
    }
}

fn journal(problem: &JournalProblem) -> String {
    match problem {
        JournalProblem::NoBeginning => "最初の記録がありません".to_owned(),
        JournalProblem::Newer { found, known } => format!(
            "新しい版のプログラムが書いたものです (版 {found}、このプログラムが読めるのは {known} まで)"
        ),
        JournalProblem::Entry { nth, reason } => format!("{nth} 番目の記録を読めません ({reason})"),
        JournalProblem::Memory { reason } => {
            format!("学習プログラムについて分かっていたことを読めません ({reason})")
        }
    }
}

fn sizes(problem: &SizesProblem) -> String {
    match problem {
        SizesProblem::None => "1 つもありません".to_owned(),
        SizesProblem::Zero => "バッチには 1 サンプル以上が必要です".to_owned(),
        SizesProblem::NotANumber { text } => {
            format!("{text:?} は 1 から {} までの整数ではありません", u64::MAX)
        }
        SizesProblem::Reversed { low, high } => format!("範囲が逆です: {low} は {high} より大きい値です"),
        SizesProblem::AboveCap { cap } => format!("すべてが上限 {cap} を超えています"),
    }
}

fn rates(problem: &RatesProblem) -> String {
    match problem {
        RatesProblem::None => "1 つもありません".to_owned(),
        RatesProblem::NotPositive => "学習率は 0 より大きい有限の数でなければなりません".to_owned(),
        RatesProblem::NotANumber { text } => format!("{text:?} は数値ではありません"),
        RatesProblem::RateNotPositive { rate } => format!("{rate} は 0 より大きい有限の数ではありません"),
        RatesProblem::Reversed { low, high } => format!("範囲が逆です: {low} は {high} より大きい値です"),
    }
}

fn target(problem: &TargetProblem) -> String {
    match problem {
        TargetProblem::NoSign => "=、<、> のどれもありません".to_owned(),
        TargetProblem::NoName => "指標の名前がありません".to_owned(),
        TargetProblem::NotANumber { text } => format!("{text:?} は有限の数ではありません"),
    }
}

fn accepted(range: AcceptedRange) -> &'static str {
    match range {
        AcceptedRange::ToThousand => "1 から 1000 まで",
        AcceptedRange::FromSeeds => "シードの数から 1000 まで",
        AcceptedRange::Fraction => "0 より大きく 1 未満",
        AcceptedRange::AtLeastOne => "1 以上",
        AcceptedRange::Positive => "0 より大きい値",
        AcceptedRange::Price => "1e-12 から 1e12 まで",
    }
}

pub(super) fn energy(error: &EnergyError) -> String {
    match error {
        EnergyError::NoCounters { root } => format!(
            "{}/intel-rapl:N に package-N という名前のカウンターを探しましたが、見つかりません (仮想マシンか、カウンターのないプロセッサやシステムです)",
            root.display()
        ),
        EnergyError::Unreadable { file, kind: ErrorKind::PermissionDenied } => format!(
            "{}: 読む権限がありません。root で実行するか、ファイルを読めるようにしてください",
            file.display()
        ),
        EnergyError::Unreadable { file, kind: of } => {
            format!("{}: 読めません ({})", file.display(), system::kind(*of))
        }
        EnergyError::NotANumber { file, found } => {
            format!("{}: {found:?} はマイクロジュールの整数ではありません", file.display())
        }
        EnergyError::NotMeasured => "この学習ではエネルギーを測れません".to_owned(),
    }
}

pub(super) fn memory_model(error: &MemoryModelError) -> String {
    match error {
        MemoryModelError::TooFewSizes { found } => {
            format!("動いたサイズが足りません ({found} 種類。3 種類以上が必要です)")
        }
        MemoryModelError::NoLine { micro_batch_size, measured, modelled } => format!(
            "メモリがマイクロバッチに比例して増えていません: {micro_batch_size} サンプルでの実測値は {}、直線では {}です",
            bytes(*measured as u64),
            bytes(*modelled as u64)
        ),
    }
}

pub(super) fn trial(error: &TrialError) -> String {
    match error {
        TrialError::DoesNotFit { batch_size, reason } => {
            format!("バッチサイズ {batch_size} はメモリに収まりません ({reason})")
        }
        TrialError::Interrupted => "実験が終わったため止めました".to_owned(),
        TrialError::Failed(reason) => format!("試行に失敗しました ({reason})"),
    }
}
