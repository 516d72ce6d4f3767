//! Japanese words of a report in English: `検証損失` is `val loss`, `エポック` is `epoch`.
//!
//! Japanese has no spaces, so a word is cut at the terms that are known. Left out: sentences.

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

#[cfg(test)]
mod tests {
    use super::*;

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
