//! Words and sentences about stored runs and studies.

use crate::lang::Lang;
use crate::number::{counted, grouped};
use batchwright_find::VerdictKind;
use batchwright_store::EntryStatus;

impl Lang {
    pub(crate) fn name(self) -> &'static str {
        self.pick("name", "名前")
    }

    pub(crate) fn status(self) -> &'static str {
        self.pick("status", "状態")
    }

    pub(crate) fn created(self) -> &'static str {
        self.pick("created", "作成日時")
    }

    /// What is trained.
    pub(crate) fn what_is_trained(self) -> &'static str {
        self.pick("what", "対象")
    }

    /// The lowest validation loss, as a short heading.
    pub(crate) fn best_loss(self) -> &'static str {
        self.pick("best loss", "最良の損失")
    }

    pub(crate) fn command_line(self) -> &'static str {
        self.pick("command line", "コマンド行")
    }

    pub(crate) fn started_in(self) -> &'static str {
        self.pick("started in", "開始したフォルダ")
    }

    pub(crate) fn files(self) -> &'static str {
        self.pick("Files", "ファイル")
    }

    /// The events of a study so far.
    pub(crate) fn journal(self) -> &'static str {
        self.pick("entries in its journal", "途中経過の記録数")
    }

    pub(crate) fn runs_heading(self) -> &'static str {
        self.pick("Runs", "学習")
    }

    pub(crate) fn studies_heading(self) -> &'static str {
        self.pick("Studies", "実験")
    }

    pub(crate) fn no_entries(self) -> &'static str {
        self.pick("There are no runs and no studies yet.", "学習も実験もまだありません。")
    }

    pub(crate) fn status_word(self, status: EntryStatus) -> &'static str {
        match status {
            EntryStatus::Running => self.pick("running", "実行中"),
            EntryStatus::Lost => self.pick("lost", "途絶"),
            EntryStatus::Done => self.pick("done", "完了"),
            EntryStatus::Failed => self.pick("failed", "失敗"),
            EntryStatus::Stopped => self.pick("stopped", "停止"),
        }
    }

    /// The answer of a study in a word.
    pub(crate) fn study_verdict_word(self, kind: VerdictKind) -> &'static str {
        match kind {
            VerdictKind::Best => self.pick("best", "最良"),
            VerdictKind::Tie => self.pick("tied", "同等"),
            VerdictKind::Undecided => self.pick("undecided", "未決着"),
            VerdictKind::Unreachable => self.pick("target not reached", "目標に届かず"),
        }
    }

    /// What to do with entries whose process is gone.
    pub(crate) fn some_are_lost(self, count: u64) -> String {
        let number = grouped(count);
        match self {
            Self::En if count == 1 => {
                "1 is lost: its process is gone. It goes on with `batchwright resume NAME`.".to_owned()
            }
            Self::En => format!(
                "{number} are lost: their processes are gone. They go on with `batchwright resume NAME`."
            ),
            Self::Ja => format!(
                "{number} 件が途絶しています (プロセスがありません)。`batchwright resume 名前` で続けられます。"
            ),
        }
    }

    /// Why one entry is lost, and what to do.
    #[must_use]
    pub fn process_gone(self, name: &str) -> String {
        match self {
            Self::En => format!("its process is gone; to go on: batchwright resume {name:?}"),
            Self::Ja => format!("プロセスがありません。続けるには: batchwright resume {name:?}"),
        }
    }

    /// Above the first, the best and the last of all rows.
    pub(crate) fn first_best_last(self, rows: u64) -> String {
        let number = grouped(rows);
        match self {
            Self::En => format!("{}; the first, the best and the last:", counted(&number, "row")),
            Self::Ja => format!("{number} 行のうち、最初と最良と最後:"),
        }
    }

    pub(crate) fn more_files(self, more: u64) -> String {
        let number = grouped(more);
        match self {
            Self::En => format!("and {}", counted(&number, "more file")),
            Self::Ja => format!("ほか {number} ファイル"),
        }
    }

    /// Below the result of a query.
    pub(crate) fn rows_found(self, rows: u64) -> String {
        let number = grouped(rows);
        match self {
            Self::En => counted(&number, "row"),
            Self::Ja => format!("{number} 行"),
        }
    }
}
