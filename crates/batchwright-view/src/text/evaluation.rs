//! What an evaluation says about the rows that a model has seen in its training.

use crate::lang::Lang;
use crate::number::grouped;

/// A sentence for an evaluation on the table that the model was trained on: `judged` of its `rows`
/// count, and `unseen` says whether they are those that the training did not look at.
#[must_use]
pub fn trained_rows(judged: u64, rows: u64, unseen: bool, lang: Lang) -> String {
    let others = grouped(rows.saturating_sub(judged));
    let (judged, rows) = (grouped(judged), grouped(rows));
    match (lang, unseen) {
        (Lang::En, true) => format!(
            "The model was trained on this table: {others} of its {rows} rows were set aside for training and validation, the other {judged} are judged."
        ),
        (Lang::En, false) => format!(
            "The model was trained on this table, and {judged} of its {rows} rows are judged, among them rows that training or validation used. Without --split and --split-seed, only the others are."
        ),
        (Lang::Ja, true) => format!(
            "モデルはこの表で学習しました。{rows} 行のうち {others} 行は学習と検証のために取り分けられたので、残りの {judged} 行で評価しています。"
        ),
        (Lang::Ja, false) => format!(
            "モデルはこの表で学習しました。{rows} 行のうち {judged} 行で評価していますが、学習や検証に使われた行を含みます。--split と --split-seed を指定しなければ、それ以外の行だけで評価します。"
        ),
    }
}

/// A sentence for an evaluation on the text that the model was trained on; `unseen` says whether its
/// test part is judged.
#[must_use]
pub fn trained_text(unseen: bool, lang: Lang) -> String {
    let text = if unseen {
        lang.pick(
            "The model was trained on this text: only its test part is judged, which training and validation did not use.",
            "モデルはこの文章で学習しました。学習にも検証にも使われていない、テスト用の部分だけで評価しています。",
        )
    } else {
        lang.pick(
            "The model was trained on this text, and parts are judged that training or validation used. Without --split, only its test part is.",
            "モデルはこの文章で学習しました。学習や検証に使われた部分も含めて評価しています。--split を指定しなければ、テスト用の部分だけで評価します。",
        )
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::examples::are_two_languages;

    #[test]
    fn seen_and_unseen_parts_of_a_text_are_told_apart() {
        let texts = |lang| [true, false].map(|unseen| trained_text(unseen, lang)).to_vec();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
    }

    /// An accuracy on rows that were learned by heart looks like one on new rows.
    #[test]
    fn seen_and_unseen_rows_are_told_apart() {
        let texts = |lang| [true, false].map(|unseen| trained_rows(60, 600, unseen, lang)).to_vec();
        are_two_languages(texts(Lang::En), texts(Lang::Ja));
        assert!(texts(Lang::En)[0].contains("540 of its 600 rows were set aside"));
    }
}
