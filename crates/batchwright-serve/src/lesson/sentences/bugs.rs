//! Find the bug: eight logs. Of each, the first choice is the right one; the script mixes them.

use crate::lesson::sentences::sentence::{Sentence, sentence};

pub(crate) const BUGS: &[Sentence] = &[
    sentence("bugs.title", "Find the bug", "バグを探せ"),
    sentence(
        "bugs.text",
        "Eight logs that trainings really printed. In each something is wrong, with the program or with how it is read. Can you tell with what you know now?",
        "実際の学習が出力した 8 つのログです。どれにも、プログラムか、その読み方に間違いがあります。学んだことで見抜けるでしょうか?",
    ),
    sentence("bugs.log", "Log {number}", "ログ {number}"),
    sentence("bugs.solved", "{right} of 8 found.", "8 個中 {right} 個発見。"),
    sentence("bugs.question", "What is wrong?", "何がおかしい?"),
    sentence(
        "bugs.bar",
        "A colleague says: “Only 46 of my 1,455 samples were trained on.”",
        "同僚が言います。「1,455 個のサンプルのうち、46 個しか学習されていない」",
    ),
    sentence(
        "bugs.bar_a",
        "Only the colleague is wrong: the bar counts steps",
        "同僚の読み方。バーはステップを数えている",
    ),
    sentence(
        "bugs.bar_b",
        "The program: it skips most of the samples",
        "プログラム。ほとんどのサンプルを飛ばしている",
    ),
    sentence(
        "bugs.bar_c",
        "The program: its batch size should really be 46",
        "プログラム。バッチサイズは 46 にすべき",
    ),
    sentence(
        "bugs.bar_why",
        "1,455 / 32 = 46, rounded up: 45 full batches and one of 15. All samples were used.",
        "1,455 / 32 = 46 (切り上げ)。満杯のバッチが 45 個と、15 個のバッチが 1 つで、全サンプルが使われています。",
    ),
    sentence(
        "bugs.floor",
        "Ten epochs were asked for; the short last batch is used.",
        "10 エポックの学習を頼みました。最後の小さいバッチも使います。",
    ),
    sentence(
        "bugs.floor_a",
        "It ends after 5 epochs: steps were rounded down",
        "5 エポックで終わっている。ステップ数を切り捨てた",
    ),
    sentence(
        "bugs.floor_b",
        "An epoch takes 2 steps here, and it should take only 1",
        "1 エポックに 2 ステップかかっている。1 ステップのはず",
    ),
    sentence(
        "bugs.floor_c",
        "There should be 1,455 steps, one for each sample",
        "サンプルが 1,455 個なら、1,455 ステップのはず",
    ),
    sentence(
        "bugs.floor_why",
        "The budget was counted with 1 step per epoch (1,455 / 1,000 rounded down), but an epoch takes 2, because the short batch is used. Half the epochs were never trained.",
        "予算は 1 エポック 1 ステップ (1,455 / 1,000 の切り捨て) で計算されましたが、小さいバッチも使うので実際は 2 ステップです。エポックの半分は学習されませんでした。",
    ),
    sentence(
        "bugs.window",
        "Gradients are accumulated over 4 micro-batches.",
        "マイクロバッチ 4 個ぶんの勾配を累積しています。",
    ),
    sentence(
        "bugs.window_a",
        "The last 2 micro-batches of each epoch are lost",
        "各エポックの最後の 2 個のマイクロバッチが捨てられている",
    ),
    sentence(
        "bugs.window_b",
        "46 micro-batches should be 46 updates, one for each",
        "マイクロバッチが 46 個なら、更新も 46 回でないとおかしい",
    ),
    sentence(
        "bugs.window_c",
        "Each update should have seen 1,455 samples",
        "更新 1 回ごとに 1,455 サンプルを使うはず",
    ),
    sentence(
        "bugs.window_why",
        "46 / 4 = 11.5. In groups of 4, the twelfth has only 2 micro-batches, and the program throws their gradient away: 47 of 1,455 samples are computed and not used, in every epoch.",
        "46 / 4 = 11.5。4 個 1 組で数えると、12 組目にはマイクロバッチが 2 個しかなく、その勾配が捨てられています。毎エポック、1,455 個のうち 47 個が計算だけされて使われません。",
    ),
    sentence(
        "bugs.schedule",
        "The learning rate falls to 0 by a schedule.",
        "学習率はスケジュールに従って 0 まで下がります。",
    ),
    sentence(
        "bugs.schedule_a",
        "The rate is 0 after half of the training",
        "学習の半ばで学習率が 0 になっている",
    ),
    sentence("bugs.schedule_b", "The rate must be the same in all epochs", "学習率は全エポックで同じはず"),
    sentence("bugs.schedule_c", "The validation loss should rise at the end", "検証の損失は最後に上がるはず"),
    sentence(
        "bugs.schedule_why",
        "6 epochs of 46 steps are 276, but the schedule was made for 138: for a batch twice as large. From epoch 4 on nothing is learnt, the loss stands still.",
        "46 ステップ × 6 エポック = 276 ステップなのに、スケジュールは 2 倍のバッチ用の 138 ステップで作られています。4 エポック目からは何も学習せず、損失が動きません。",
    ),
    sentence(
        "bugs.ranks",
        "Two processes (ranks) share a training.",
        "2 つのプロセス (rank) で学習を分担しています。",
    ),
    sentence(
        "bugs.ranks_a",
        "Each goes through all samples: the work is not shared",
        "両方が全サンプルを使い、分担になっていない",
    ),
    sentence(
        "bugs.ranks_b",
        "Only rank 0 measures the validation loss",
        "rank 0 しか検証の損失を測っていない",
    ),
    sentence(
        "bugs.ranks_c",
        "Both together should make 92 steps, not 46, in an epoch",
        "2 つ合わせて 1 エポック 92 ステップのはず",
    ),
    sentence(
        "bugs.ranks_why",
        "Batch size 32 × 2 = 64, so an epoch should be 1,455 / 64 = 23 steps. Here each “epoch” uses every sample twice. That one rank alone evaluates is usual.",
        "バッチサイズは 32 × 2 = 64 なので、1 エポックは 1,455 / 64 = 23 ステップのはずです。この「1 エポック」では全サンプルが 2 回ずつ使われています。評価を 1 つの rank だけで行うのは普通のことです。",
    ),
    sentence("bugs.evaluation", "One model, four results.", "1 つのモデルに、4 通りの結果が出ました。"),
    sentence(
        "bugs.evaluation_a",
        "The mean of batch means: a short batch counts too much",
        "バッチごとの平均を平均している。小さいバッチの重みが大きすぎる",
    ),
    sentence(
        "bugs.evaluation_b",
        "The model was trained further between the evaluations",
        "4 回の評価のあいだにも学習が少しずつ進んで、損失が変わってしまった",
    ),
    sentence(
        "bugs.evaluation_c",
        "A larger batch makes the measured loss less and less exact",
        "バッチが大きいほど、損失の測定がだんだん不正確になってしまう",
    ),
    sentence(
        "bugs.evaluation_why",
        "162 samples in batches of 80 are 80, 80 and 2. The mean of three means gives the last 2 samples as much weight as 80 others. Sum over samples, and divide once.",
        "162 個を 80 個ずつに分けると 80、80、2 個です。3 つの平均を平均すると、最後の 2 個がほかの 80 個と同じ重みになります。サンプルごとに合計し、最後に 1 回だけ割るのが正解です。",
    ),
    sentence("bugs.resume", "The training was stopped and resumed.", "学習を止めて、再開しました。"),
    sentence(
        "bugs.resume_a",
        "It repeats the samples of epoch 2 that were used before the stop",
        "止める前に使った 2 エポック目のサンプルを繰り返している",
    ),
    sentence(
        "bugs.resume_b",
        "It should have begun again with step 0 of epoch 1",
        "止めたあとは、1 エポック目のステップ 0 からやり直すべき",
    ),
    sentence(
        "bugs.resume_c",
        "It skips the samples of epoch 2 that were left when it was stopped",
        "2 エポック目の残りのサンプルを飛ばしている",
    ),
    sentence(
        "bugs.resume_why",
        "Two epochs are 92 steps, not 116. It remembered the step, but not the place in the epoch, and began epoch 2 from its first sample: 24 steps were done twice.",
        "2 エポックは 92 ステップで、116 ではありません。ステップ数は覚えていても、エポックの中の位置を覚えておらず、2 エポック目を最初からやり直しました。24 ステップが 2 回行われています。",
    ),
    sentence("bugs.percent", "It was to stop at an accuracy of 95%.", "正解率 95% で止めるつもりでした。"),
    sentence("bugs.percent_a", "Percent is compared with a fraction", "パーセントを 0〜1 の小数と比べている"),
    sentence("bugs.percent_b", "95% was reached by chance after one epoch", "偶然、1 エポックで目標に届いた"),
    sentence(
        "bugs.percent_c",
        "The accuracy cannot be measured so early",
        "正解率を測るのがまだ早すぎる。もう少し待つべき",
    ),
    sentence(
        "bugs.percent_why",
        "The accuracy is printed in percent, the target is the fraction 0.95. Even an accuracy of 1% is already “more”.",
        "正解率はパーセントなのに、目標は小数の 0.95 です。正解率が 1% でも目標を「超えて」しまいます。",
    ),
];
