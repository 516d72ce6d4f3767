//! Japanese for the errors of `batchwright-command`.

use crate::text::errors::system;
use batchwright_command::process::{
    ChildEnd, Death, HookError, LogError, MemoryPlace, NotFoundHint, Placeholder, StartError, TemplateError,
};
use batchwright_command::read::{FileError, MetricError, NothingRecognised, PositionError};

pub(super) fn template(error: &TemplateError) -> String {
    match error {
        TemplateError::Empty => {
            "コマンドがありません。`--` の後に書いてください (例: -- python train.py --batch-size {batch_size})"
                .to_owned()
        }
        TemplateError::NotUtf8 { position, word } => format!(
            "コマンドの {position} 番目の語 {word:?} が UTF-8 ではありません。その名前のファイルの名前を変えてください"
        ),
        TemplateError::Unknown { name, word } => {
            let known = Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.name())).join(" ");
            format!(
                "{word:?} にある {{{name}}} は使えません。使えるのは {known} です。文字どおりの {{{name}}} は {{{{{name}}}}} と書いてください"
            )
        }
        TemplateError::NoBatchSize { line } => format!(
            "コマンド `{line}` に {{batch_size}} がありません。プログラムがバッチサイズを受け取るところに書いてください (引数、環境変数 --env 名前={{batch_size}}、または設定ファイル --template)"
        ),
        TemplateError::Assignment { word, rest } => format!(
            "`{word}` はプログラムではありません。コマンドはシェルを通さずに実行するので、環境変数は --env で指定してください: --env {word} -- {rest}"
        ),
        TemplateError::NoVariable { value } => format!(
            "--env {value:?} は環境変数の形ではありません。名前=値 と書いてください (例: BATCH={{batch_size}})"
        ),
        TemplateError::ConfigNotUtf8 { path } => {
            format!("--template {}: UTF-8 ではありません", path.display())
        }
        TemplateError::ConfigPlain { path } => format!(
            "--template {}: プレースホルダーがありません。バッチサイズのところに {{batch_size}} などと書いてください",
            path.display()
        ),
        TemplateError::ConfigUnused { line } => format!(
            "コマンド `{line}` に {{config}} がありません。プログラムが設定ファイルのパスを受け取るところに書いてください"
        ),
        TemplateError::NoConfig => {
            "{config} は設定ファイルの写しのパスです。もとのファイルを --template で指定してください".to_owned()
        }
    }
}

pub(super) fn metric(error: &MetricError) -> String {
    match error {
        MetricError::NoName { value } => format!(
            "--metric {value:?} に名前がありません。名前=正規表現 と書いてください (例: 'val_loss=validation: (\\S+)')"
        ),
        MetricError::Expression { value, problem } => {
            format!("--metric {value:?} の正規表現を読めません ({problem})")
        }
        MetricError::NoGroup { value } => format!(
            "--metric {value:?} に値のかっこがありません。値をかっこで囲んでください (例: 'val_loss=validation: (\\S+)')"
        ),
    }
}

pub(super) fn start(error: &StartError) -> String {
    match error {
        StartError::Empty => "コマンドがありません".to_owned(),
        StartError::Folder { folder } => {
            format!("{}: コマンドを実行するフォルダがありません", folder.display())
        }
        StartError::NotFound { program, hint } => {
            format!("`{program}`: コマンドが見つかりません。{}", not_found(*hint))
        }
        StartError::NotExecutable { program, source } => format!(
            "`{program}` を実行できません ({})。前に実行するプログラムを付けるか (例: python {program})、実行できるようにしてください (chmod +x)",
            system::error(source)
        ),
        StartError::Log { path, source } => {
            format!("{}: ログを書けません: {}", path.display(), system::error(source))
        }
        StartError::MemoryLimit { program, source } => {
            format!(
                "`{program}` のメモリを制限できません ({})。制限なしで実行してください",
                system::error(source)
            )
        }
        StartError::System { program, source } => {
            format!("`{program}` を起動できません: {}", system::error(source))
        }
    }
}

fn not_found(hint: NotFoundHint) -> &'static str {
    match hint {
        NotFoundHint::NoInterpreter => "ファイルはありますが、1 行目 (#!) のプログラムがありません",
        NotFoundHint::NoFile => "そのファイルはありません",
        NotFoundHint::NotInPath => {
            "PATH にありません。仮想環境は有効ですか。ファイルならパスを付けてください (./名前)"
        }
    }
}

pub(super) fn hook(error: &HookError) -> String {
    match error {
        HookError::Start { line, source } => format!("`{line}`: {}", start(source)),
        HookError::Failed { line, end } => format!("`{line}`: {}", ended(end)),
        HookError::Interrupted { line } => format!("`{line}`: 中断されました"),
    }
}

/// How a program ended.
fn ended(end: &ChildEnd) -> String {
    match end {
        ChildEnd::Finished => "終了しました".to_owned(),
        ChildEnd::Stopped => "止められました".to_owned(),
        ChildEnd::Deadline { limit } => format!("{limit:?} たっても終わらないので止めました"),
        ChildEnd::Silent { limit, started: true } => format!("{limit:?} 何も出力しないので止めました"),
        ChildEnd::Silent { limit, started: false } => {
            format!("起動から {limit:?} 何も出力しないので止めました")
        }
        ChildEnd::OutOfMemory { place: MemoryPlace::Gpu, evidence } => {
            format!("アクセラレータのメモリが足りません: {evidence}")
        }
        ChildEnd::OutOfMemory { place: MemoryPlace::Host, evidence } => {
            format!("メモリが足りません: {evidence}")
        }
        ChildEnd::BadFlag { evidence } => format!("フラグを受け付けません: {evidence}"),
        ChildEnd::Crashed { death, last_lines } if last_lines.is_empty() => {
            format!("{}で終わり、何も出力していません", died(*death))
        }
        ChildEnd::Crashed { death, last_lines } => {
            format!("{}で終わりました: {}", died(*death), last_lines.join(" / "))
        }
    }
}

fn died(death: Death) -> String {
    match death {
        Death::Code(code) => format!("終了コード {code} "),
        Death::Signal(signal) => format!("シグナル {signal} "),
        Death::Unknown => "不明な状態".to_owned(),
    }
}

pub(super) fn position(error: &PositionError) -> String {
    match error {
        PositionError::SamplesUnknown { epoch } => format!(
            "行にはエポック {epoch} だけがあり、ステップもサンプル数もありません。学習サンプル数を --samples で指定するか、プログラムに \"step\" か \"samples\" を出力させてください"
        ),
        PositionError::Impossible { coordinate, value } => format!(
            "行の {coordinate} が {value:e} になっていますが、学習がそこまで進むことはありません。プログラムに実際の進み具合を出力させてください"
        ),
        PositionError::Nowhere => {
            "行にステップもサンプル数もエポックもありません。プログラムに、指標と一緒にどれかを出力させてください".to_owned()
        }
    }
}

pub(super) fn file(error: &FileError) -> String {
    match error {
        FileError::Unreadable { file, kind: of } => {
            format!("{}: 読めません ({})", file.display(), system::kind(*of))
        }
        FileError::Damaged { file, at } => format!(
            "{}: {at} バイト目が壊れています。プログラムがその後に書いたものは読めません",
            file.display()
        ),
        FileError::TooLarge { file, bytes, limit } => {
            format!("{}: {bytes} バイトあります。指標の表は {limit} バイトまでです", file.display())
        }
        FileError::TooMany { folder, limit } => format!(
            "{}: ファイルとフォルダが {limit} 個を超えています。指標を専用のフォルダに書かせてください",
            folder.display()
        ),
    }
}

pub(super) fn log(error: &LogError) -> String {
    format!("{}: ログを書けません ({})", error.path.display(), error.problem)
}

pub(super) fn nothing_recognised(error: &NothingRecognised) -> String {
    format!(
        "{} 行の出力から指標を読み取れませんでした。{{\"step\": 10, \"val_loss\": 0.3}} のような行を出力させるか、出力のしかたを指定してください: --metric 'val_loss=validation: (\\S+)'",
        error.lines
    )
}
