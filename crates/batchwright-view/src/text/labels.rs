//! Single words and headings.

use batchwright_find::{Objective, Phase, Stage, TrialEnd};
use batchwright_train::{RunVerdictKind, StoppedBy};

use crate::lang::Lang;

/// Functions that return a fixed label: name, English, Japanese.
macro_rules! labels {
    ($($name:ident: $en:literal, $ja:literal;)*) => {
        impl Lang {
            $(pub(crate) fn $name(self) -> &'static str {
                self.pick($en, $ja)
            })*
        }
    };
}

labels! {
    // Quantities.
    samples: "samples", "サンプル数";
    epochs: "epochs", "エポック数";
    steps: "steps", "ステップ数";
    batch_size: "batch size", "バッチサイズ";
    micro_batch: "micro-batch", "マイクロバッチ";
    learning_rate: "learning rate", "学習率";
    steps_per_epoch: "steps per epoch", "エポックあたりのステップ数";
    last_batch: "last batch", "最後のバッチ";
    total_steps: "steps in all", "総ステップ数";
    parameters: "parameters", "パラメータ数";
    layer: "layer", "層";
    layer_kind: "kind", "種類";
    layer_output: "output", "出力";
    layer_total: "in all", "合計";
    flop: "FLOP a sample", "1 サンプルの FLOP";
    training_flop: "FLOP a sample, forward and backward", "1 サンプルの FLOP (順伝播と逆伝播)";
    kept: "kept a sample", "1 サンプルの保持量";
    model_input: "input", "入力";
    optimizer: "optimizer", "最適化手法";
    memory: "memory", "メモリ";
    planned: "planned", "計画値";
    measured: "measured", "実測値";
    time_per_sample: "time a sample", "1 サンプルの時間";
    run_length: "run", "実行";
    model: "model", "モデル";
    report: "report", "レポート";
    time: "time", "時間";
    training_time: "training time", "学習時間";
    loss: "loss", "損失";
    accuracy: "accuracy", "正解率";
    train_loss: "train loss", "学習の損失";
    validation_loss: "validation loss", "検証の損失";
    validation_accuracy: "validation accuracy", "検証の正解率";
    test_loss: "test loss", "テストの損失";
    train: "train", "学習";
    validation: "validation", "検証";
    test: "test", "テスト";
    step_time: "step time", "ステップ時間";
    steps_to_target: "steps to target", "目標までのステップ数";
    samples_to_target: "samples to target", "目標までのサンプル数";
    time_to_target: "time to target", "目標までの時間";
    money_to_target: "money to target", "目標までの費用";
    energy_to_target: "energy to target", "目標までのエネルギー";
    energy_per_step: "energy per step", "1 ステップのエネルギー";
    input_share: "input share", "入力の割合";
    price_per_hour: "price per hour", "1 時間あたりの料金";
    quality: "best validation value", "検証の最良値";
    p_best: "p(best)", "最良の確率";
    expected_regret: "expected regret", "期待リグレット";
    target: "target", "目標";
    objective: "objective", "評価基準";
    // Marks.
    recommended: "recommended", "推奨";
    tied: "tied", "同等";
    not_tuned: "rate not tuned", "学習率は未調整";
    does_not_fit: "does not fit", "メモリに収まらない";
    cliff: "cliff in step time", "ステップ時間が急増";
    comma: ", ", "、";
    verdict_label: "verdict", "判定";
    lowest_validation_loss: "lowest validation loss", "検証の損失の最小値";
    samples_seen: "samples in all", "延べサンプル数";
    tokens_seen: "tokens in all", "延べトークン数";
    tokens_per_sample: "tokens per sample", "サンプルあたりのトークン数";
    tokens: "tokens", "トークン数";
    vocabulary: "vocabulary", "語彙数";
    perplexity: "perplexity", "パープレキシティ";
    overfitting_from_here: "overfitting", "過学習";
    perfect_scaling: "perfect scaling", "理想的なスケーリング";
    fitted_law: "fitted law", "当てはめた法則";
    fitted_model: "fitted model", "当てはめたモデル";
    frontier_line: "frontier", "フロンティア";
    ridge: "best rate of each size", "各サイズの最良の学習率";
    fewest_samples: "samples to target: fewest", "目標までのサンプル数: 最少";
    most_samples: "most", "最多";
    missed_cell: "half or more missed the target or stopped early", "半数以上が目標に届かず、または途中で中止";
    runs: "runs:", "試行数";
    interval_note: "Bars are 95% intervals over seeds; a triangle means “more than this”: half the runs or more missed the target.", "縦棒はシード間の 95% 区間です。三角形は「これより多い」を表します (半数以上の試行が目標に届いていません)。";
    // What a study would read from a command.
    metric: "metric", "指標";
    printed_as: "printed as", "出力での名前";
    read_from: "read from", "読み取り元";
    row_count: "rows", "行数";
    told_beside: "with", "一緒に示される値";
    start_up: "to the first row", "最初の行まで";
    between_looks: "between looks", "評価の間隔";
    first_look: "to the first look", "最初の評価まで";
    a_study: "a study", "実験全体";
    peak_memory: "peak memory", "最大メモリ";
    card_memory: "graphics memory", "GPU メモリ";
    ended: "end", "終了";
    // Headings of pages.
    run: "Training run", "学習の記録";
    study: "Batch size study", "バッチサイズの実験";
    data_set: "Data set", "データセット";
    charts: "Charts", "グラフ";
    per_size: "Batch sizes compared", "バッチサイズの比較";
    meaning: "What these numbers mean", "数値の意味";
    settings: "Settings", "設定";
    remarks: "Remarks", "備考";
    all_trials: "All trials", "すべての試行";
    all_rows: "All evaluations", "すべての評価";
    horizontal_axis: "Horizontal axis", "横軸";
    target_sensitivity: "Had the target been another", "目標を変えた場合";
    machine_readable: "The same as JSON is embedded in this page.", "同じ内容の JSON がこのページに埋め込まれています。";
    no_result_yet: "This run has no result: it still trains, or was cut off.", "この学習にはまだ結果がありません。実行中か、途中で終了しています。";
    // Charts.
    distribution: "distribution", "分布";
    trials_so_far: "trials", "試行数";
    no_memory: "does not fit", "メモリ不足";
    runs_now: "running", "実行中";
    remark_column: "remark", "備考";
    best_rates: "Best learning rate", "最良の学習率";
    loss_chart: "Learning curve: loss", "学習曲線: 損失";
    accuracy_chart: "Learning curve: accuracy", "学習曲線: 正解率";
    steps_chart: "Steps to target", "目標までのステップ数";
    samples_chart: "Samples to target", "目標までのサンプル数";
    time_chart: "Time to target", "目標までの時間";
    step_time_chart: "Time of one step", "1 ステップの時間";
    energy_chart: "Energy to target", "目標までのエネルギー";
    frontier_chart: "Time against samples", "時間とサンプル数の関係";
    quality_chart: "Best validation value of trainings of one length", "同じ長さの学習での検証の最良値";
    rates_chart: "Batch size × learning rate: samples to target", "バッチサイズ × 学習率: 目標までのサンプル数";
    // Data page.
    class: "class", "クラス";
    column: "column", "列";
    kind: "kind", "種類";
    missing: "missing", "欠損";
    smallest: "min", "最小";
    mean: "mean", "平均";
    largest: "max", "最大";
    predicted: "predicted", "予測対象";
    number_column: "number", "数値";
    category_column: "category", "カテゴリ";
    balance: "largest / smallest class", "最大クラス / 最小クラス";
    share: "share", "割合";
    classes: "Classes", "クラス";
    class_count: "classes", "クラス数";
    columns: "Columns", "列";
    contact_sheet: "Examples of each class", "各クラスの例";
    shape: "shape of a sample", "サンプルの形";
    trial_phase: "phase", "段階";
    trial_seed: "seed", "シード";
    trial_end: "end", "終了理由";
    best_metric: "best value", "最良値";
    trial: "trial", "試行";
    best_so_far: "best so far", "現時点の最良";
    phase_pilot: "pilot", "予備実験";
    phase_tune: "tune", "調整";
    phase_confirm: "confirm", "確認";
    phase_check: "check", "再確認";
    trial_purpose: "what for", "目的";
    origins: "Where the numbers come from", "数値の由来";
}

impl Lang {
    /// Microsecond, millisecond, second, minute, hour.
    pub(crate) fn time_units(self) -> [&'static str; 5] {
        self.pick(["µs", "ms", "s", "min", "h"], ["µs", "ms", "秒", "分", "時間"])
    }

    /// The name of a split, or `all` for all samples. Any other name means the test split.
    pub(crate) fn split(self, name: &str) -> &'static str {
        match name {
            "all" => self.pick("all", "全体"),
            "train" => self.train(),
            "validation" => self.validation(),
            _ => self.test(),
        }
    }

    /// The points of a chart over batch sizes in words.
    pub(crate) fn by_size(self, title: &str, points: &[String]) -> String {
        let points = points.join(self.pick("; ", "、"));
        match self {
            Self::En => format!("{title}, by batch size: {points}."),
            Self::Ja => format!("{title} (バッチサイズごと): {points}。"),
        }
    }

    /// A figure of a split: `test accuracy`.
    pub(crate) fn of_split(self, split: &str, label: &str) -> String {
        match self {
            Self::En => format!("{split} {label}"),
            Self::Ja => format!("{split}の{label}"),
        }
    }

    pub(crate) fn verdict_word(self, kind: RunVerdictKind) -> &'static str {
        match kind {
            RunVerdictKind::Converged => self.pick("converged", "収束"),
            RunVerdictKind::Improving => self.pick("improving", "改善中"),
            RunVerdictKind::Overfitting => self.pick("overfitting", "過学習"),
            RunVerdictKind::Underfitting => self.pick("underfitting", "学習不足"),
            RunVerdictKind::Diverged => self.pick("diverged", "発散"),
            RunVerdictKind::Unclear => self.pick("unclear", "判定不能"),
        }
    }

    pub(crate) fn stopped_by(self, reason: StoppedBy) -> &'static str {
        match reason {
            StoppedBy::Duration => self.pick("its duration was over", "予定の長さまで学習"),
            StoppedBy::Target => self.pick("the target was reached", "目標に到達"),
            StoppedBy::Patience => self.pick("the validation loss stopped improving", "改善が止まり早期終了"),
            StoppedBy::Signal => self.pick("a signal stopped it", "シグナルで停止"),
            StoppedBy::Diverged => self.pick("it diverged", "発散"),
        }
    }

    pub(crate) fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::StepTimes => {
                self.pick("measuring step times, with nothing else running", "ステップ時間を単独で測定中")
            }
            Stage::Pilot => self.pick(
                "pilot: a few learning rates at one size",
                "予備実験: 1 つのサイズでいくつかの学習率を試行中",
            ),
            Stage::Search => {
                self.pick("trials: which size, at which learning rate?", "試行: どのサイズを、どの学習率で?")
            }
        }
    }

    pub(crate) fn time_left(self, time: &str) -> String {
        match self {
            Self::En => format!("{time} left"),
            Self::Ja => format!("残り {time}"),
        }
    }

    /// The purpose of a trial.
    pub(crate) fn phase_purpose(self, phase: Phase) -> &'static str {
        match phase {
            Phase::Pilot => self.pick("pilot: the scale of things", "予備実験: 全体の規模を把握"),
            Phase::Tune => self.pick("compares learning rates", "学習率の比較"),
            Phase::Confirm => self.pick("fresh seed at a chosen rate", "選んだ学習率を新しいシードで測定"),
            Phase::Check => self.pick("checks an earlier answer", "以前の答えの再確認"),
        }
    }

    pub(crate) fn trial_end_word(self, end: TrialEnd) -> &'static str {
        match end {
            TrialEnd::Target => self.pick("reached the target", "目標に到達"),
            TrialEnd::Budget => self.pick("missed the target", "目標に届かず"),
            TrialEnd::Lost => self.pick("stopped early: too slow to win", "途中で中止 (勝ち目なし)"),
            TrialEnd::Diverged => self.pick("diverged", "発散"),
            TrialEnd::DoesNotFit => self.does_not_fit(),
            TrialEnd::Failed => self.pick("failed", "失敗"),
        }
    }

    pub(crate) fn objective_word(self, objective: Objective) -> &'static str {
        match objective {
            Objective::Time => self.time_to_target(),
            Objective::Money => self.money_to_target(),
            Objective::Energy => self.energy_to_target(),
            Objective::Samples => self.samples_to_target(),
            Objective::Steps => self.steps_to_target(),
            Objective::Quality => self.quality(),
        }
    }
}
