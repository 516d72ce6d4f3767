//! What the dashboard says besides what reports and terminal say too: its controls, notices and
//! sentences of its own. Its pages and their scripts look texts up by key.

use crate::lang::Lang;

/// Texts of the dashboard that no other place shows: key, English, Japanese.
const OWN: &[(&str, &str, &str)] = &[
    ("title", "Batchwright dashboard", "Batchwright ダッシュボード"),
    ("list", "Runs and studies", "学習と実験"),
    ("compare", "Compare", "比較"),
    ("compare_chosen", "Compare chosen runs", "選んだ学習を比較"),
    ("choose", "Choose for comparison", "比較に選ぶ"),
    ("lesson", "Lesson", "レッスン"),
    ("skip", "Skip to content", "本文へ移動"),
    ("pages", "Pages", "ページ"),
    ("notices", "Notices", "お知らせ"),
    ("dismiss", "Dismiss", "閉じる"),
    ("filter", "Filter", "絞り込み"),
    ("filter_hint", "Words of any column; all must occur", "どの列の語でも。すべてを含む行だけを表示します"),
    ("shown_of", "{shown} of {all} shown", "{all} 件中 {shown} 件を表示"),
    ("show_more", "Show more", "さらに表示"),
    ("sort_by", "Sort by {column}", "{column}で並べ替え"),
    ("live", "live", "ライブ"),
    ("broken", "no connection; trying again", "接続が切れました。再接続しています"),
    ("curves", "Curves", "曲線"),
    ("metric", "Metric", "指標"),
    ("smoothing", "Smoothing", "平滑化"),
    ("log", "Logarithmic", "対数目盛"),
    ("zoom_in", "Zoom in", "拡大"),
    ("zoom_out", "Zoom out", "縮小"),
    ("zoom_reset", "Show all", "全体を表示"),
    ("left", "Move left", "左へ移動"),
    ("right", "Move right", "右へ移動"),
    (
        "chart_keys",
        "Arrow keys move the cursor, + and - zoom, 0 shows all. With a pointer, drag over a range to zoom in.",
        "矢印キーでカーソルを動かし、+ と - で拡大・縮小、0 で全体を表示します。ポインタでは範囲をドラッグすると拡大します。",
    ),
    ("values", "Values at the cursor", "カーソル位置の値"),
    ("more_lines", "and {count} more", "ほか {count} 本"),
    ("no_rows", "There are no rows yet.", "まだ記録がありません。"),
    ("resume_command", "To go on with it", "続けるには"),
    ("copy", "Copy", "コピー"),
    ("copied", "Copied.", "コピーしました。"),
    (
        "choose_runs",
        "Choose runs in the list, then compare them here.",
        "一覧で学習を選ぶと、ここで比較できます。",
    ),
    (
        "at_most",
        "At most {most} runs are compared; the first ones are shown.",
        "比較できるのは {most} 件までです。先頭の学習を表示しています。",
    ),
    ("not_runs", "Not found as runs: {names}", "学習として見つかりません: {names}"),
    (
        "refused_host",
        "This name of the machine is not served. Open the address that `batchwright serve` printed.",
        "この名前では配信していません。`batchwright serve` が表示したアドレスを開いてください。",
    ),
    (
        "refused_origin",
        "Requests from another page are not answered.",
        "ほかのページからの要求には応答しません。",
    ),
    (
        "refused_token",
        "A token is needed. Open the address that `batchwright serve` printed, with its token.",
        "トークンが必要です。`batchwright serve` が表示したアドレスを、トークンごと開いてください。",
    ),
    ("refused_method", "The dashboard only reads.", "ダッシュボードは読み取りだけを行います。"),
    ("not_found", "There is no such page.", "このページはありません。"),
    ("go_back", "Back to the list", "一覧へ戻る"),
];

/// Every text that a page of the dashboard or its script looks up, by key.
#[must_use]
pub fn dashboard_texts(lang: Lang) -> Vec<(&'static str, &'static str)> {
    let own = OWN.iter().map(|&(key, en, ja)| (key, lang.pick(en, ja)));
    let shared = [
        ("language", lang.other_language()),
        ("no_entries", lang.no_entries()),
        ("axis", lang.horizontal_axis()),
        ("steps", lang.steps()),
        ("epochs", lang.epochs()),
        ("samples", lang.samples()),
        ("seconds", lang.training_time()),
        ("loss", lang.loss()),
        ("accuracy", lang.accuracy()),
        ("rate", lang.learning_rate()),
        ("value", lang.best_metric()),
        ("train", lang.train()),
        ("validation", lang.validation()),
        ("run", lang.run_kind()),
        ("study", lang.study_kind()),
        ("status", lang.status()),
        ("verdict", lang.verdict_label()),
        ("comparison", lang.comparison()),
        ("command_line", lang.command_line()),
        ("started_in", lang.started_in()),
        ("second", lang.time_units()[2]),
        ("minute", lang.time_units()[3]),
        ("hour", lang.time_units()[4]),
    ];
    own.chain(shared).collect()
}

impl Lang {
    pub(crate) fn run_kind(self) -> &'static str {
        self.pick("run", "学習")
    }

    pub(crate) fn study_kind(self) -> &'static str {
        self.pick("study", "実験")
    }

    /// The other language, in its own words.
    pub(crate) fn other_language(self) -> &'static str {
        self.pick("日本語", "English")
    }

    pub(crate) fn study_runs(self) -> &'static str {
        self.pick(
            "This study is running. It fills in as trials end.",
            "この実験は実行中です。試行が終わるたびに表が埋まっていきます。",
        )
    }

    pub(crate) fn budget_left(self) -> &'static str {
        self.pick("left of the budget", "予算の残り")
    }

    /// What the probabilities of a running study rest on.
    pub(crate) fn probability_so_far(self) -> &'static str {
        self.pick(
            "p(best) is from each size's own trials so far, at its best learning rate. The study itself may use what the sizes have in common.",
            "最良の確率は、各サイズのこれまでの試行のうち最良の学習率のものだけから求めています。実験自体は、サイズに共通する傾向も利用することがあります。",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Else a page shows an English word in Japanese, or loses the place of a value.
    #[test]
    fn each_text_is_in_both_languages_with_the_same_places() {
        let places = |text: &str| -> BTreeSet<String> {
            let open = text.split('{').skip(1);
            open.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
        };
        let (en, ja) = (dashboard_texts(Lang::En), dashboard_texts(Lang::Ja));
        let keys: BTreeSet<_> = en.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), en.len(), "a key has two texts");
        for ((key, en), (_, ja)) in en.iter().zip(&ja) {
            assert_ne!(en, ja, "{key}");
            assert_eq!(places(en), places(ja), "{key}");
        }
    }
}
