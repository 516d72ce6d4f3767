//! Remarks on data: what was assumed while it was read, and what was left out.

use crate::lang::Lang;
use crate::number::grouped;
use crate::term::style::harmless;
use batchwright_data::{ColumnNames, DataRemark, NumberForm};

/// What was assumed while data was read, and what was left out, a sentence or two each.
#[must_use]
pub fn data_remarks(remarks: &[DataRemark], lang: Lang) -> Vec<String> {
    remarks.iter().map(|remark| lang.data_remark(remark)).collect()
}

impl Lang {
    fn data_remark(self, remark: &DataRemark) -> String {
        match self {
            Self::En => english(remark),
            Self::Ja => japanese(remark),
        }
    }

    /// How many columns are not shown.
    pub(crate) fn more_columns(self, count: u64) -> String {
        let count = grouped(count);
        match self {
            Self::En => format!("and {count} more columns (--report or --json shows all)"),
            Self::Ja => format!("ほかに {count} 列あります (--report または --json ですべて表示できます)"),
        }
    }

    /// The first few names of columns, and how many more there are.
    fn names(self, columns: &ColumnNames) -> String {
        let first: Vec<String> = columns.first.iter().map(|name| harmless(name)).collect();
        let list = first.join(self.comma());
        match (self, columns.more()) {
            (_, 0) => list,
            (Self::En, more) => format!("{list} and {} more", grouped(more as u64)),
            (Self::Ja, more) => format!("{list} ほか {} 列", grouped(more as u64)),
        }
    }

    fn delimiter(self, delimiter: char) -> &'static str {
        match delimiter {
            ';' => self.pick("semicolons", "セミコロン"),
            '\t' => self.pick("tabs", "タブ"),
            '|' => self.pick("vertical bars", "縦棒"),
            _ => self.pick("commas", "カンマ"),
        }
    }

    fn date_order(self, form: NumberForm) -> &'static str {
        match form {
            NumberForm::DayFirst => self.pick("day first", "日・月・年の順"),
            NumberForm::MonthFirst => self.pick("month first", "月・日・年の順"),
            _ => self.pick("year first", "年・月・日の順"),
        }
    }
}

fn english(remark: &DataRemark) -> String {
    let names = |columns: &ColumnNames| Lang::En.names(columns);
    match remark {
        DataRemark::ReadAs { encoding, delimiter, decimal_comma } => {
            let separator = Lang::En.delimiter(*delimiter);
            let comma = if *decimal_comma { ", with decimal commas" } else { "" };
            format!("Read as {encoding} text separated by {separator}{comma}.")
        }
        DataRemark::Comments { lines: 1 } => "A comment before the header was not read.".to_owned(),
        DataRemark::Comments { lines } => {
            format!("{} lines of comments before the header were not read.", grouped(*lines))
        }
        DataRemark::HeaderOfNumbers => "The first line was read as the names of the columns, but looks like data; if the file has no header, give --no-header.".to_owned(),
        DataRemark::NamesMade { columns } => {
            format!("Columns without a name are called by their position: {}.", names(columns))
        }
        DataRemark::NamesNumbered { columns } => {
            format!("Several columns have the same name; all but the first got a number: {}.", names(columns))
        }
        DataRemark::Thousands { columns } => {
            format!("Signs between the thousands were read as such: {}.", names(columns))
        }
        DataRemark::Dates { columns, form } => format!(
            "Dates ({}) were converted to days since 1 January 1970: {}.",
            Lang::En.date_order(*form),
            names(columns)
        ),
        DataRemark::ConstantColumns { columns } => {
            format!("Left out, for they have the same value in every row: {}.", names(columns))
        }
        DataRemark::IdColumns { columns } => {
            format!("Left out, for they are ids, different in every row: {}.", names(columns))
        }
        DataRemark::TextReadAs { encodings } => format!("Read as {} text.", encodings.join(" and ")),
        DataRemark::LineEnds { .. } => "Line ends of Windows (\\r\\n) were read as \\n.".to_owned(),
        DataRemark::UnknownCharacters { characters, count } => format!(
            "{} characters of the validation and test parts ({}) are not in the training part: one token stands for all of them.",
            grouped(*count),
            few(characters)
        ),
        DataRemark::SkippedFiles { count: 1, first } => {
            format!("No image of a class, so not read: {}.", harmless(first))
        }
        DataRemark::SkippedFiles { count, first } => {
            format!("{} files or folders are no images of a class and were not read, e.g. {}.", grouped(*count), harmless(first))
        }
        DataRemark::GreyAsColour { images } => {
            format!("Grey images among coloured ones, read as coloured: {}.", grouped(*images))
        }
        DataRemark::Transparent { images } => {
            format!("Images that are transparent in places, laid on white: {}.", grouped(*images))
        }
        DataRemark::SixteenBits { images } => {
            format!("Images with 16 bits a value, reduced to 8: {}.", grouped(*images))
        }
        DataRemark::Turned { images } => {
            format!("Images that were turned upright, as their EXIF data say: {}.", grouped(*images))
        }
    }
}

fn japanese(remark: &DataRemark) -> String {
    let names = |columns: &ColumnNames| Lang::Ja.names(columns);
    match remark {
        DataRemark::ReadAs { encoding, delimiter, decimal_comma } => {
            let separator = Lang::Ja.delimiter(*delimiter);
            let comma = if *decimal_comma { "、小数点はカンマ" } else { "" };
            format!("文字コードは {encoding}、区切りは{separator}{comma}として読み込みました。")
        }
        DataRemark::Comments { lines } => {
            format!("ヘッダーの前にあるコメント {} 行は読み込んでいません。", grouped(*lines))
        }
        DataRemark::HeaderOfNumbers => "最初の行を列名として読みましたが、データのように見えます。ヘッダーのないファイルなら --no-header を指定してください。".to_owned(),
        DataRemark::NamesMade { columns } => {
            format!("名前のない列には位置に応じた名前を付けました: {}。", names(columns))
        }
        DataRemark::NamesNumbered { columns } => {
            format!("同じ名前の列があるため、2 つ目以降に番号を付けました: {}。", names(columns))
        }
        DataRemark::Thousands { columns } => {
            format!("桁区切りのある数値として読みました: {}。", names(columns))
        }
        DataRemark::Dates { columns, form } => format!(
            "日付 ({}) を 1970 年 1 月 1 日からの日数に変換しました: {}。",
            Lang::Ja.date_order(*form),
            names(columns)
        ),
        DataRemark::ConstantColumns { columns } => {
            format!("すべての行で値が同じため、除いた列: {}。", names(columns))
        }
        DataRemark::IdColumns { columns } => {
            format!("行ごとに値が異なる ID とみなして、除いた列: {}。", names(columns))
        }
        DataRemark::TextReadAs { encodings } => {
            format!("文字コードは {} として読み込みました。", encodings.join("、"))
        }
        DataRemark::LineEnds { .. } => "Windows の改行 (\\r\\n) は \\n として読み込みました。".to_owned(),
        DataRemark::UnknownCharacters { characters, count } => format!(
            "検証用とテスト用の部分にある {} 文字 ({}) は学習用の部分にないため、まとめて 1 つのトークンで表します。",
            grouped(*count),
            few(characters)
        ),
        DataRemark::SkippedFiles { count, first } => format!(
            "クラスの画像ではないため、読まなかったファイルやフォルダ: {} 個 ({} など)。",
            grouped(*count),
            harmless(first)
        ),
        DataRemark::GreyAsColour { images } => {
            format!("カラー画像に混じっているため、カラーとして読んだ白黒画像: {} 枚。", grouped(*images))
        }
        DataRemark::Transparent { images } => {
            format!("透明な部分があるため、白い背景に重ねた画像: {} 枚。", grouped(*images))
        }
        DataRemark::SixteenBits { images } => {
            format!("16 ビットの値を 8 ビットに減らした画像: {} 枚。", grouped(*images))
        }
        DataRemark::Turned { images } => {
            format!("EXIF の情報に従って向きを直した画像: {} 枚。", grouped(*images))
        }
    }
}

/// The first few of these characters.
fn few(characters: &str) -> String {
    let shown: Vec<String> = characters.chars().take(10).map(|c| harmless(&c.to_string())).collect();
    let more = if characters.chars().count() > shown.len() { " ..." } else { "" };
    shown.join(" ") + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::{are_two_languages, data_remarks as examples};

    /// Otherwise a Japanese page contains English, or two remarks have the same text.
    #[test]
    fn every_remark_exists_in_both_languages() {
        are_two_languages(data_remarks(&examples(), Lang::En), data_remarks(&examples(), Lang::Ja));
    }

    #[test]
    fn an_assumption_is_one_line() {
        let says = |remark: DataRemark| Lang::En.data_remark(&remark);
        assert_eq!(
            says(DataRemark::ReadAs { encoding: "windows-1252", delimiter: ';', decimal_comma: true }),
            "Read as windows-1252 text separated by semicolons, with decimal commas."
        );
        let columns = ColumnNames { first: vec!["id".to_owned(), "key".to_owned()], count: 1_236 };
        assert_eq!(
            says(DataRemark::IdColumns { columns }),
            "Left out, for they are ids, different in every row: id, key and 1,234 more."
        );
    }
}
