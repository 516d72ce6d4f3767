//! Japanese words of a report in English: `検証損失` is `val loss`, `エポック` is `epoch`.
//!
//! Japanese has no spaces, so a word is cut at the terms that are known. Places and splits that stand
//! behind what they belong to are put before it ([`in_order`]). Left out: sentences.

use std::borrow::Cow;

/// The terms and what they are; nothing for words that join others (`検証データの損失`).
const TERMS: &[(&str, &str)] = &[
    ("学習率", "lr"),
    ("学習係数", "lr"),
    ("学習", "train"),
    ("訓練", "train"),
    ("トレーニング", "train"),
    ("検証", "val"),
    ("評価", "val"),
    ("バリデーション", "val"),
    ("テスト", "test"),
    ("試験", "test"),
    ("損失", "loss"),
    ("ロス", "loss"),
    ("誤差", "error"),
    ("誤り率", "error"),
    ("正解率", "accuracy"),
    ("正答率", "accuracy"),
    ("精度", "accuracy"),
    ("アキュラシー", "accuracy"),
    ("適合率", "precision"),
    ("再現率", "recall"),
    ("平均", "average"),
    ("最良", "best"),
    ("最高", "best"),
    ("最小", "best"),
    ("最低", "best"),
    ("最大", "best"),
    ("ベスト", "best"),
    ("前回", "previous"),
    ("目標", "target"),
    ("エポック", "epoch"),
    ("ステップ", "step"),
    ("イテレーション", "iteration"),
    ("反復", "iteration"),
    ("バッチ", "batch"),
    ("データ", ""),
    ("セット", ""),
    ("時", ""),
    ("用", ""),
    ("値", ""),
    ("に対する", ""),
    ("における", ""),
    ("は", ""),
    ("の", ""),
    ("第", ""),
    ("目", ""),
];

/// Whether a character belongs to the Japanese scripts.
pub(crate) fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The English words of a word; what is not known stays as it is.
pub(crate) fn in_english(word: &str) -> Vec<String> {
    let (mut words, mut unknown, mut rest) = (Vec::new(), String::new(), word);
    while let Some(first) = rest.chars().next() {
        // Longer terms stand before those that they start with.
        if let Some((term, english)) = TERMS.iter().find(|(term, _)| rest.starts_with(term)) {
            words.extend((!unknown.is_empty()).then(|| std::mem::take(&mut unknown)));
            words.extend((!english.is_empty()).then(|| (*english).to_owned()));
            rest = &rest[term.len()..];
        } else {
            unknown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    words.extend((!unknown.is_empty()).then_some(unknown));
    words
}

/// Counts of epochs and steps, with the word that stands before their number in [`in_order`].
const UNITS: [(&str, &str); 5] = [
    ("エポック", "エポック"),
    ("周", "エポック"),
    ("ステップ", "ステップ"),
    ("イテレーション", "ステップ"),
    ("回", "ステップ"),
];
/// What counts updates before a number.
const COUNTS: [&str; 4] = ["学習回数", "更新回数", "反復回数", "更新"];
/// What names a split in brackets behind a metric.
const SPLITS: [&str; 8] =
    ["学習", "訓練", "トレーニング", "検証", "評価", "バリデーション", "テスト", "試験"];

/// A line with its places and splits before what they belong to: `第3エポック終了` is `エポック 3 終了`,
/// `3エポック目` is `エポック 3 `, `更新 40 回目` is `ステップ 40 `, `損失(検証)` is `検証損失`. Signs are ASCII
/// already.
pub(crate) fn in_order(line: &str) -> Cow<'_, str> {
    if !line.contains(is_japanese) {
        return line.into();
    }
    let (mut ordered, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(first) = rest.chars().next() {
        let apart =
            !ordered.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '/' | '-'));
        if let Some((unit, number, after)) = numbered(rest).filter(|_| apart) {
            ordered.extend([unit, " ", number, " "]);
            rest = after;
        } else if let Some((split, after)) = split_in_brackets(rest) {
            let end = ordered.trim_end().len();
            ordered.truncate(end);
            let name = ordered.trim_end_matches(|c: char| is_japanese(c) || c.is_ascii_alphabetic()).len();
            ordered.insert_str(name, split);
            rest = after;
        } else {
            ordered.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    ordered.into()
}

/// The unit and the number of `第3エポック`, `3エポック目`, `更新 40 回目`, `学習回数 40`, and what follows.
fn numbered(text: &str) -> Option<(&'static str, &str, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let counted = COUNTS.iter().find_map(|count| text.strip_prefix(count));
    let ordinal = text.strip_prefix('第');
    let number = counted.or(ordinal).unwrap_or(text).trim_start_matches([' ', ':', '=']);
    let (number, after) = number.split_at(digits(number));
    if number.is_empty() {
        return None;
    }
    let unit = UNITS.iter().find_map(|(unit, word)| Some((*word, after.trim_start().strip_prefix(unit)?)));
    let Some((word, after)) = unit else {
        let is_count = counted.is_some() && text.contains("回数") && !after.starts_with(['.', '/']);
        return is_count.then_some(("ステップ", number, after));
    };
    let behind = after.strip_prefix('目');
    let ends = ["終了", "完了", "更新後", "更新時"].iter().any(|end| after.starts_with(end));
    // Without one of these it is how many there will be: `10エポック学習します`.
    let is_place = counted.is_some() || ordinal.is_some() || behind.is_some() || ends;
    is_place.then_some((word, number, behind.unwrap_or(after)))
}

/// The split in the brackets that a text starts with, and what follows.
fn split_in_brackets(text: &str) -> Option<(&'static str, &str)> {
    let (inner, after) = text.trim_start().strip_prefix('(')?.split_once(')')?;
    let inner = inner.trim();
    let split = SPLITS
        .iter()
        .find(|split| inner.strip_prefix(**split).is_some_and(|rest| matches!(rest, "" | "データ" | "時")))?;
    Some((*split, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epoch or the split of a row would be lost.
    #[test]
    fn places_and_splits_stand_before_what_they_belong_to() {
        for (line, want) in [
            ("第1エポック終了 検証損失", "エポック 1 終了 検証損失"),
            ("1エポック目 検証", "エポック 1  検証"),
            ("12周目: 誤差", "エポック 12 : 誤差"),
            ("更新 40 回目 損失", "ステップ 40  損失"),
            ("40回更新後の損失", "ステップ 40 更新後の損失"),
            ("学習回数: 40 損失", "ステップ 40  損失"),
            ("損失(検証) 0.5", "検証損失 0.5"),
            ("精度 (テストデータ): 0.5", "テスト精度: 0.5"),
            ("10エポック学習します", "10エポック学習します"),
            ("更新 40 個", "更新 40 個"),
            ("1.5エポック目", "1.5エポック目"),
            ("損失(平均)", "損失(平均)"),
            ("epoch 3", "epoch 3"),
        ] {
            assert_eq!(in_order(line), want, "{line}");
        }
    }

    /// The learning rate would be something of the training split.
    #[test]
    fn words_are_cut_at_known_terms() {
        for (word, english) in [
            ("検証損失", "val loss"),
            ("学習率", "lr"),
            ("検証データの正解率", "val accuracy"),
            ("平均loss", "average loss"),
            ("猫の損失", "猫 loss"),
            ("形状", "形状"),
        ] {
            assert_eq!(in_english(word).join(" "), english, "{word}");
        }
    }

    #[test]
    fn no_term_hides_a_longer_one() {
        for (at, (term, _)) in TERMS.iter().enumerate() {
            assert!(!TERMS[..at].iter().any(|(before, _)| term.starts_with(before)), "{term}");
        }
    }
}
