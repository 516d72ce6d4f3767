//! Japanese for the errors of `batchwright-store`.

use batchwright_store::{NameProblem, StoreError};

pub(super) fn store(error: &StoreError) -> String {
    match error {
        StoreError::Unwritable { path, reason } => format!(
            "{} に書き込めません ({reason})。書き込めるフォルダを --runs フォルダ で指定してください",
            path.display()
        ),
        StoreError::Unreadable { path, reason } => {
            format!(
                "{} を読めません ({reason})。別のフォルダを --runs フォルダ で指定してください",
                path.display()
            )
        }
        StoreError::NotAFile { path } => format!(
            "{} は通常のファイルではない (フォルダ、パイプ、デバイスなど) ので、データベースにできません。別の場所に移すか、別のフォルダを --runs フォルダ で指定してください",
            path.display()
        ),
        StoreError::Missing { path } => format!(
            "{} に学習や実験の記録がありません。フォルダを --runs フォルダ で指定してください",
            path.display()
        ),
        StoreError::Corrupt { path, reason } => format!(
            "{} は壊れているか、SQLite のデータベースではありません ({reason})。別の場所に移せば、新しく始められます",
            path.display()
        ),
        StoreError::Newer { path, found, known } => format!(
            "{} の形式はバージョン {found} で、このプログラムが読めるのは {known} までです。新しい batchwright を使ってください",
            path.display()
        ),
        StoreError::Locked { path } => {
            format!("{} はほかのプロセスが使っています。終わってからやり直してください", path.display())
        }
        StoreError::BadName { name, reason } => {
            format!("名前 {name:?} は使えません: {}", bad_name(*reason))
        }
        StoreError::NameTaken { name } => format!(
            "名前 {name:?} はすでに使われています。ほかの名前にするか、省略してください (名前が自動で付きます)"
        ),
        StoreError::UnknownName { name, near } if near.is_empty() => {
            format!("{name:?} という名前の学習や実験はありません")
        }
        StoreError::UnknownName { name, near } => {
            format!("{name:?} という名前の学習や実験はありません。もしかして: {}", near.join("、"))
        }
        StoreError::Content { what, name, reason } => format!(
            "{name:?} の {what} を読めません ({reason})。データベースがほかのものによって変更されています。その記録を削除するか、ファイルを元に戻してください"
        ),
        StoreError::DamagedRow { name, step, path } => format!(
            "学習 {name:?} のステップ {step} の記録が壊れています (チェックサムが一致しません)。{} を写しから戻すか、この学習を削除してください",
            path.display()
        ),
        StoreError::DamagedEntry { name, path } => format!(
            "{name:?} の記録が壊れています (チェックサムが一致しません)。{} を写しから戻すか、{name:?} を削除してください",
            path.display()
        ),
        StoreError::DamagedEvent { name, nth, path } => format!(
            "実験 {name:?} の {nth} 番目の記録が壊れているか、ありません。{} を写しから戻すか、この実験を削除してください",
            path.display()
        ),
        StoreError::EventOrder { name, found, expected } => format!(
            "実験 {name:?} の記録は {expected} 件なので、{found} 番目は続きになりません。別のプロセスがこの実験を進めています。どちらかを終了してください"
        ),
        StoreError::Owned { name, process } => format!(
            "{name:?} は実行中のプロセス {process} が使っています。終わるのを待つか、先に終了させてください"
        ),
        StoreError::OwnedElsewhere { name, process, host } => format!(
            "{name:?} はホスト {host:?} のプロセス {process} が使っていますが、ここからは見えません。そのホストで続けてください。そのプロセスが終わっているなら `batchwright runs release {name:?}` を実行してください"
        ),
        StoreError::OwnerUnreadable { name, reason } => format!(
            "{name:?} をどのプロセスが使っているか読み取れません ({reason})。使っているプロセスがないなら `batchwright runs release {name:?}` を実行してください"
        ),
        StoreError::FolderLeft { name, path, reason } => format!(
            "{name:?} は削除しましたが、フォルダ {} を削除できません ({reason})。次に書き込むコマンドがもう一度試みます",
            path.display()
        ),
        StoreError::QueryChanges => {
            "この問い合わせは読み取り以外のことをします。SELECT を 1 つ指定してください (WITH で始まってもかまいません)".to_owned()
        }
        StoreError::QueryCount { several: true } => {
            "問い合わせに文が複数あります。SELECT を 1 つ指定してください".to_owned()
        }
        StoreError::QueryCount { several: false } => {
            "問い合わせに文がありません。SELECT を 1 つ指定してください".to_owned()
        }
        StoreError::QueryTooLarge { most_mib } => format!(
            "問い合わせの結果が {most_mib} MiB を超えます。LIMIT などで範囲を絞ってください"
        ),
        StoreError::Query { reason } => format!(
            "問い合わせに答えられません ({reason})。表は runs、rows、studies、study_events です"
        ),
        StoreError::Database { path, source } => {
            format!("データベース {} のエラー: {source}", path.display())
        }
    }
}

fn bad_name(problem: NameProblem) -> String {
    match problem {
        NameProblem::Empty => "空です".to_owned(),
        NameProblem::TooLong { most } => format!("{most} バイトを超えています"),
        NameProblem::Character { character, marks } => {
            format!("{character:?} は使えません。文字、数字と {marks:?} だけが使えます")
        }
        NameProblem::Ends => "先頭に - . 空白、末尾に . 空白は使えません".to_owned(),
        NameProblem::Dots => "\"..\" は使えません".to_owned(),
        NameProblem::Database => "データベースのファイルの名前です".to_owned(),
    }
}
