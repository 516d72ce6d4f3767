//! Japanese for the errors of `batchwright-data`.

use crate::text::errors::system;
use batchwright_data::{ColumnNames, ColumnRemedy, DataError, DimensionProblem, SettingProblem, WriteError};

#[allow(clippy::too_many_lines, reason = "one line an error")]
pub(super) fn data(error: &DataError) -> String {
    use DataError as E;
    match error {
        E::Io { path, source } => format!("{}: 読み込めません: {}", path.display(), system::error(source)),
        E::NotAFile { path, found } => {
            format!("{}: 通常のファイルではなく、{}です", path.display(), noun(found))
        }
        E::UnknownFormat { path } => format!(
            "{}: データの種類が分かりません。画像か IDX ファイルのフォルダ、または .csv ファイルを指定してください",
            path.display()
        ),
        E::UnknownFolder { folder } => format!(
            "{}: IDX ファイル (train-images-idx3-ubyte) も、CIFAR のファイル (data_batch_1.bin) も、PNG か JPEG の画像が入ったクラスごとのフォルダもありません",
            folder.display()
        ),
        E::MissingFile { folder, wanted } => {
            format!("{}: {wanted} (または {wanted}.gz) がありません", folder.display())
        }
        E::WrongMagic { path, wanted, found } => format!(
            "{}: 先頭が {found:#010x} で、IDX のマジックナンバー {wanted:#010x} ではありません",
            path.display()
        ),
        E::WrongDimensions { path, dimensions, problem } => {
            format!("{}: ヘッダーの大きさが {dimensions:?} で、{}", path.display(), dimension(*problem))
        }
        E::Truncated { path, expected, found } => format!(
            "{}: 途中で切れています: {expected} バイトのはずが {found} バイトしかありません。取得し直してください",
            path.display()
        ),
        E::TrailingBytes { path, expected } => format!(
            "{}: ヘッダーにある {expected} 個の値の後にも続きがあります。取得し直してください",
            path.display()
        ),
        E::LabelCount { path, images, labels } => {
            format!("{}: 画像 {images} 枚に対してラベルが {labels} 個あります", path.display())
        }
        E::MissingPart { folder, wanted } => {
            format!("{}: {wanted} がありません。配布ファイルを展開し直してください", folder.display())
        }
        E::RecordLength { path, bytes, record } => format!(
            "{}: 大きさが {bytes} バイトで、1 件 {record} バイトの整数倍ではありません。取得し直してください",
            path.display()
        ),
        E::RecordLabel { path, record, label, classes } => {
            format!(
                "{} の {record} 件目: ラベルが {label} です。{classes} より小さくなければなりません",
                path.display()
            )
        }
        E::NameList { path, expected, found } => format!(
            "{}: クラスの名前が {expected} 種類ではなく {found} 種類です。取得し直すか、削除してください",
            path.display()
        ),
        E::NoClassFolder { folder } => format!(
            "{}: 画像がクラスごとのフォルダに入っていません。クラスごとにフォルダを作って入れてください",
            folder.display()
        ),
        E::EmptyClass { folder } => format!(
            "{}: PNG や JPEG のファイルがありません。画像を入れるか、フォルダを削除してください",
            folder.display()
        ),
        E::NestedFolder { folder } => format!(
            "{}: クラスの画像があるはずの場所にフォルダがあります。--data には、クラスごとのフォルダが並ぶフォルダを指定してください",
            folder.display()
        ),
        E::NameNotUtf8 { path } => {
            format!("{}: クラスのフォルダ名が UTF-8 ではありません。名前を変えてください", path.display())
        }
        E::UntrainedClass { folder } => {
            format!("{}: 学習用のフォルダに、この名前のクラスがありません", folder.display())
        }
        E::NoImageFile { path } => {
            format!("{}: PNG でも JPEG でもありません。変換するか、削除してください", path.display())
        }
        E::BadImage { path, problem } => format!(
            "{}: 画像が壊れているか、途中で切れています: {problem}。取得し直すか、削除してください",
            path.display()
        ),
        E::ImpossibleImage { path, size, bytes } => format!(
            "{}: ヘッダーの画素数は {size} ですが、{bytes} バイトのファイルには入りません。取得し直すか、削除してください",
            path.display()
        ),
        E::MixedSizes { first, first_size, other, other_size } => format!(
            "{}: 大きさが {other_size} ですが、{} は {first_size} です (高さ x 幅)。--image-size {first_size} のように指定すると、すべて同じ大きさに変えます",
            other.display(),
            first.display()
        ),
        E::NoRows { path } => format!("{}: ヘッダーの下に行がありません", path.display()),
        E::TooFewToSplit { name, samples, part } => format!(
            "{name}: {samples} サンプルでは少なすぎます: 各クラスを 1 つずつ学習用に残して 10 分の 1 を取ると、{}の分がなくなります",
            noun(part)
        ),
        E::NoValues { name } => {
            format!("{name}: 学習用の行のどの列にも値がありません。学習できるものがありません")
        }
        E::TooManySamples { name } => {
            format!("{name}: サンプルが 4,294,967,295 個を超えています。ファイルを分けてください")
        }
        E::ShapeMismatch { name, expected, found } => {
            format!("{name}: サンプルの形が {found:?} です。{expected:?} でなければなりません")
        }
        E::KindMismatch { name, expected, found } => {
            format!("{name}: 中身は{}ですが、モデルは{}で学習しました", noun(found), noun(expected))
        }
        E::WebPage { path } => format!(
            "{}: データではなくウェブページです。ファイルがないか公開されていないとき、サーバーはページを返します。取得し直してください",
            path.display()
        ),
        E::NotText { path } => {
            format!("{}: テキストではありません。表計算ソフトからは .csv で保存してください", path.display())
        }
        E::Gap { path } => format!(
            "{}: 0 のバイトが長く続いています (停電や途中で切れたコピーのあとに残るものです)。ファイルを元に戻すか、取得し直してください",
            path.display()
        ),
        E::MalformedText { path, line, encoding } => format!(
            "{} の {line} 行目: {encoding} の文字列ではありません。--encoding で文字コードを指定するか、ファイルを変換してください",
            path.display()
        ),
        E::EmptyTable { path } => {
            format!("{}: 空です。最初の行に列の名前を書いてください", path.display())
        }
        E::FieldCount { path, line, found, expected } => format!(
            "{} の {line} 行目: 値が {found} 個ありますが、最初の行は {expected} 個です。区切り文字が違うなら --delimiter で指定してください",
            path.display()
        ),
        E::LongRow { path, line, limit } => format!(
            "{} の {line} 行目: 1 行が {} MiB を超えています。引用符が閉じていないか、表ではないのかもしれません",
            path.display(),
            limit >> 20
        ),
        E::LongField { path, line, field, bytes, limit } => format!(
            "{} の {line} 行目: {field} 番目の値が {bytes} バイトあり、上限の {limit} を超えています。引用符が閉じていないか、表ではないのかもしれません",
            path.display()
        ),
        E::TooLarge { path, needed, available } => format!(
            "{}: メモリが {} MiB 必要ですが、使えるのは {} MiB です。行、列、画像の数か、画像の大きさを減らしてください",
            path.display(),
            needed.div_ceil(1 << 20),
            available >> 20
        ),
        E::NoLabel { path, columns, header_of_numbers } => format!(
            "{}: 予測する列を --label で指定してください。列は {} です{}",
            path.display(),
            names(columns),
            header_hint(*header_of_numbers)
        ),
        E::UnknownColumn { path, column, wanted_by, nearest, columns, header_of_numbers } => {
            let meant = if nearest.is_empty() {
                String::new()
            } else {
                format!("。もしかして: {}", nearest.join("、"))
            };
            format!(
                "{}: {column:?} という列はありません ({}){meant}。列は {} です{}",
                path.display(),
                noun(wanted_by),
                names(columns),
                header_hint(*header_of_numbers)
            )
        }
        E::NoFeatures { path, label: Some(label) } => format!(
            "{}: {label:?} を予測するための列が残っていません。どの列も除かれたか、すべての行で同じ値です",
            path.display()
        ),
        E::NoFeatures { path, label: None } => format!(
            "{}: 予測に使える列が残っていません。どの列も除かれたか、すべての行で同じ値です",
            path.display()
        ),
        E::LabelIgnored { path, column } => {
            format!("{}: {column:?} が --label と --ignore-columns の両方にあります", path.display())
        }
        E::NotANumber { path, line, column, value, remedy } => format!(
            "{} の {line} 行目、列 {column:?}: {value:?} は有限の数ではありません。{}",
            path.display(),
            column_remedy(remedy)
        ),
        E::MissingLabel { path, column, count, lines } => {
            let list: Vec<String> = lines.iter().map(u64::to_string).collect();
            let others = if *count > lines.len() as u64 { "など" } else { "" };
            format!(
                "{} の {} 行目{others}: ラベルの列 {column:?} に値のない行が {count} 行あります。削除してください",
                path.display(),
                list.join("、")
            )
        }
        E::Unlabelled { name } => {
            format!("{name}: ラベルなしで開いたので、予測には使えますが学習には使えません")
        }
        E::SingleClass { name } => {
            format!("{name}: 学習用のサンプルがすべて同じクラスで、予測するものがありません")
        }
        E::UnknownClass { name, class, known } => {
            format!("{name}: クラス {class:?} は、モデルが学習した {known} クラスの中にありません")
        }
        E::ConstantLabel { path, column } => format!(
            "{}: 列 {column:?} の値がすべての行で同じなので、予測するものがありません。ほかの --label を選んでください",
            path.display()
        ),
        E::ConstantImages { name } => {
            format!("{name}: 学習用の画像の画素がすべて同じ値で、学習できるものがありません")
        }
        E::TooManyCategories { path, column, limit, remedy } => format!(
            "{}: 列 {column:?} に {limit} 種類を超える文字列があります。{}",
            path.display(),
            column_remedy(remedy)
        ),
        E::ColumnKind { name, column, expected, found } => format!(
            "{name}: 列 {column:?} の中身は{}ですが、モデルは{}で学習しました",
            noun(found),
            noun(expected)
        ),
        E::Changed { path } => format!(
            "{}: 読み込み中に変更されました。何も書き込んでいないときにやり直してください",
            path.display()
        ),
        E::Arrays { problem } => format!("配列が使えません: {problem}"),
        E::Setting { flag, value, problem } => format!("{flag} {value}: {}", setting(*problem)),
    }
}

pub(super) fn write(error: &WriteError) -> String {
    let step = match error.action {
        "find the file" => "ファイルを特定できません",
        "open what is no regular file" => "通常のファイルでないものを開けません",
        "write into what is no regular file" => "通常のファイルでないものに書き込めません",
        "make a temporary file in its folder" => "同じフォルダに一時ファイルを作れません",
        "rename the temporary file" => "一時ファイルの名前を変えられません",
        "sync its folder" | "sync the content" => "ディスクへの書き込みを完了できません",
        _ => "書き込めません",
    };
    format!("{}: {step}: {}", error.path.display(), system::error(&error.source))
}

/// The first few columns, and how many more there are.
fn names(columns: &ColumnNames) -> String {
    let first = columns.first.join("、");
    if columns.more() == 0 { first } else { format!("{first} など {} 列", columns.count) }
}

fn header_hint(header_of_numbers: bool) -> &'static str {
    if header_of_numbers {
        "。データの行のように見えます。ヘッダーのないファイルなら --no-header を付けてください"
    } else {
        ""
    }
}

fn dimension(problem: DimensionProblem) -> &'static str {
    match problem {
        DimensionProblem::NoImage => "画像がありません",
        DimensionProblem::NoPixel => "画像に画素がありません",
        DimensionProblem::TooLarge => "どんなメモリにも収まりません",
    }
}

fn column_remedy(remedy: &ColumnRemedy) -> String {
    match remedy {
        ColumnRemedy::LeaveOut { column } => {
            format!("--ignore-columns {column} で、この列を除いてください")
        }
        ColumnRemedy::CorrectOrLeaveOut { column } => format!(
            "値を直すか空にしてください。--ignore-columns {column} とすれば、この列を使わずに学習します"
        ),
        ColumnRemedy::CorrectOrClassify => {
            "値を直すか行を削除してください。クラスを予測するなら --task classify とします".to_owned()
        }
        ColumnRemedy::RegressOrOtherLabel => {
            "数値として予測するなら --task regress とし、そうでなければほかの --label を選んでください"
                .to_owned()
        }
    }
}

fn setting(problem: SettingProblem) -> &'static str {
    match problem {
        SettingProblem::ForTables => "表のための指定です。これはクラス分けされた画像です",
        SettingProblem::ForImageFiles => "PNG か JPEG の画像が入ったフォルダのための指定です",
        SettingProblem::ForImages => "画像のための指定です。これは表です",
        SettingProblem::OutOfSight => "画像の短い辺の画素数以上に動かすので、画像が見えなくなります",
        SettingProblem::NotAShare => "0 から 1 の間でなければなりません",
        SettingProblem::ForClasses => "クラスを替える指定ですが、ここでは数値を予測します",
        SettingProblem::Zero => "1 以上でなければなりません",
    }
}

/// Single words that errors carry.
fn noun(english: &str) -> &str {
    match english {
        "numbers to predict" => "予測する数値",
        "classes" => "クラス",
        "images" => "画像",
        "a table" => "表",
        "numbers" => "数値",
        "categories" => "カテゴリ",
        "validation" => "検証用",
        "test" => "テスト用",
        "the model reads it" => "モデルが使う列です",
        "a folder" => "フォルダ",
        "a device" => "デバイス",
        "a FIFO" => "名前付きパイプ",
        "a socket" => "ソケット",
        other => other,
    }
}
