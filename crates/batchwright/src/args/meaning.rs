//! What each flag of `find` means for each question that `find` can be asked: one table.
//!
//! The table decides which flags need a training command, which flags cannot be used with a command
//! or with `--check` and `--audit`, and which flags are refused where nothing is compared. It also decides what
//! the tests of the fingerprint try. A test fails for a flag that is missing here.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// What `find` can be asked, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuestionKind {
    /// Which batch size is best for a network of ours.
    NetworkStudy,
    /// Which batch size is best for a training command.
    CommandStudy,
    /// The largest micro-batch of a network that fits into memory.
    NetworkFit,
    /// The largest batch size of a command that fits into memory.
    CommandFit,
    /// What a study could read from a command (`--check`), or what the command does (`--audit`).
    CommandCheck,
}

/// What a flag means for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It has no meaning, so the flag is refused.
    Refused,
    /// It has no meaning, but the flag is accepted: command lines that work must keep working.
    Ignored,
    /// It has a meaning, but a remembered study stays the same study.
    Other,
    /// It changes what is trained, where it runs, or how it is read: the workload.
    Workload,
    /// It changes what is asked about the workload.
    Question,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct FindFlag {
    /// The flag as clap names it: `batch_sizes` is `--batch-sizes`.
    pub(crate) id: &'static str,
    meanings: [Meaning; 5],
}

impl FindFlag {
    pub(crate) fn meaning(&self, kind: QuestionKind) -> Meaning {
        self.meanings[kind as usize]
    }

    /// The flag as it is typed.
    pub(crate) fn typed(&self) -> String {
        format!("--{}", self.id.replace('_', "-"))
    }

    fn is_refused_by_all(&self, kinds: &[QuestionKind]) -> bool {
        kinds.iter().all(|&kind| self.meaning(kind) == Meaning::Refused)
    }
}

/// The positional argument that makes the question one about a command.
const COMMAND: &str = "command";
const ABOUT_A_NETWORK: [QuestionKind; 2] = [QuestionKind::NetworkStudy, QuestionKind::NetworkFit];
const ABOUT_A_COMMAND: [QuestionKind; 3] =
    [QuestionKind::CommandStudy, QuestionKind::CommandFit, QuestionKind::CommandCheck];

/// A row. The reason is documentation for readers of the table.
const fn flag(id: &'static str, meanings: [Meaning; 5], _reason: &str) -> FindFlag {
    FindFlag { id, meanings }
}

use Meaning::{Ignored, Other, Question, Refused, Workload};

/// All flags of `find`. Columns: network study, command study, network fit, command fit, check and audit.
#[rustfmt::skip]
pub(crate) const FLAGS: &[FindFlag] = &[
    flag("export_json",      [Other,    Other,    Refused, Refused, Refused], "where the answer goes"),
    flag("export_csv",       [Other,    Other,    Refused, Refused, Refused], "where the answer goes"),
    flag("export_markdown",  [Other,    Other,    Refused, Refused, Refused], "where the answer goes"),
    flag("log_to",           [Other,    Other,    Refused, Refused, Refused], "where trials are shown"),

    flag("live",             [Other,    Other,    Refused, Refused, Refused], "what is shown"),

    flag("batch_sizes",      [Question, Question, Ignored, Other,   Other],   "the sizes that are compared; a network's fit looks between 1 and its samples"),
    flag("lr",               [Question, Question, Refused, Other,   Other],   "the rates that are compared; whether a training learns does not matter for its memory, but a command may need a rate to run"),
    flag("lr_fixed",         [Question, Question, Refused, Refused, Other],   "the rates that are compared"),
    flag("max_batch_size",   [Question, Question, Other,   Other,   Other],   "the sizes that may be compared"),
    flag("strategy",         [Question, Question, Refused, Refused, Other],   "another strategy may rest its answer on other trials"),
    flag("objective",        [Question, Question, Other,   Other,   Other],   "what the best size is best at"),
    flag("price_per_hour",   [Question, Question, Refused, Refused, Other],   "prices are part of the answer"),
    flag("powercap",         [Workload, Ignored,  Ignored, Ignored, Ignored], "which counters measure the energy of a trial; of a command none is measured"),
    flag("target",           [Question, Question, Ignored, Other,   Other],   "what a trial must reach; for a command also the metric that is read"),
    flag("budget",           [Other,    Other,    Other,   Other,   Other],   "a remembered study says itself whether it decided"),
    flag("margin",           [Other,    Other,    Refused, Refused, Other],   "a remembered study says itself within which margin it decided"),
    flag("seeds",            [Question, Question, Refused, Refused, Other],   "how many trainings an answer rests on at least"),
    flag("max_samples",      [Question, Question, Refused, Refused, Other],   "how long a trial may take to reach the target"),
    flag("within",           [Question, Question, Refused, Refused, Other],   "how long the trainings are whose quality is compared"),
    flag("reuse",            [Other,    Other,    Refused, Refused, Other],   "how much certainty may cost, not what is true"),
    flag("fresh",            [Other,    Other,    Refused, Refused, Refused], "whether remembered studies are used at all"),
    flag("explain",          [Other,    Other,    Refused, Refused, Refused], "what is shown"),
    flag("seed",             [Question, Question, Ignored, Ignored, Other],   "which trainings are drawn"),
    flag("jobs",             [Other,    Other,    Refused, Refused, Other],   "steps are counted alike however many trials run at a time, and step times are measured with nothing else running"),
    flag("threads",          [Workload, Refused,  Other,   Refused, Refused], "how fast a step is"),
    flag("micro_batch_size", [Workload, Workload, Refused, Refused, Other],   "how a batch is divided"),
    flag("memory_limit",     [Workload, Workload, Other,   Other,   Other],   "which sizes fit, and how a batch is divided"),
    flag("drop_last",        [Workload, Refused,  Refused, Refused, Refused], "which samples are trained on"),
    flag("name",             [Other,    Other,    Refused, Refused, Refused], "what the study is called"),

    flag("data",             [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("delimiter",        [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("encoding",         [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("no_header",        [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("tokens",           [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("label",            [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("task",             [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("ignore_columns",   [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("image_size",       [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("augment",          [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("limit_samples",    [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("label_noise",      [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("split_seed",       [Workload, Refused,  Other,   Refused, Refused], "what is trained on"),
    flag("model",            [Workload, Refused,  Other,   Refused, Refused], "what is trained"),
    flag("activation",       [Workload, Refused,  Other,   Refused, Refused], "what is trained"),
    flag("dropout",          [Workload, Refused,  Other,   Refused, Refused], "what is trained"),
    flag("loss",             [Workload, Refused,  Other,   Refused, Refused], "what is trained"),
    flag("label_smoothing",  [Workload, Refused,  Other,   Refused, Refused], "what is trained"),
    flag("class_weights",    [Workload, Refused,  Other,   Refused, Refused], "what is trained"),
    flag("optimizer",        [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("momentum",         [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("nesterov",         [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("beta1",            [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("beta2",            [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("epsilon",          [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("weight_decay",     [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("clip_norm",        [Workload, Refused,  Other,   Refused, Refused], "how it is trained"),
    flag("precision",        [Workload, Refused,  Other,   Refused, Refused], "how it is trained, and how fast a step is"),

    flag("samples",          [Refused,  Workload, Refused, Other,   Other],   "what an epoch is"),
    flag("eval_samples",     [Refused,  Question, Refused, Refused, Other],   "how finely the way to the target is seen"),
    flag("metric",           [Refused,  Workload, Refused, Other,   Other],   "how the command is read"),
    flag("log_dir",          [Refused,  Workload, Refused, Other,   Other],   "how the command is read"),
    flag("env",              [Refused,  Workload, Refused, Other,   Other],   "what is trained"),
    flag("template",         [Refused,  Workload, Refused, Other,   Other],   "what is trained"),
    flag("check",            [Refused,  Refused,  Refused, Refused, Other],   "it makes the question a check"),
    flag("audit",            [Refused,  Refused,  Refused, Refused, Other],   "it makes the question an audit"),
    flag("pty",              [Refused,  Workload, Refused, Other,   Other],   "what the command prints, and when"),
    flag("show_output",      [Refused,  Other,    Refused, Other,   Other],   "what is shown"),
    flag("keep_outputs",     [Refused,  Other,    Refused, Refused, Other],   "what stays behind"),
    flag("setup",            [Refused,  Workload, Refused, Other,   Other],   "it may make the data or the program that is trained"),
    flag("prepare",          [Refused,  Workload, Refused, Other,   Other],   "it may make the state of the machine that each training finds"),
    flag("cleanup",          [Refused,  Other,    Refused, Other,   Other],   "it runs after all trainings"),
    flag("devices",          [Refused,  Workload, Refused, Other,   Other],   "where a training runs"),
    flag("start_timeout",    [Refused,  Workload, Refused, Other,   Other],   "which trainings are cut short and count as failed"),
    flag("silence_timeout",  [Refused,  Workload, Refused, Other,   Other],   "which trainings are cut short and count as failed"),
    flag("trial_timeout",    [Refused,  Workload, Refused, Other,   Other],   "which trainings are cut short and count as failed"),
    flag(COMMAND,            [Refused,  Workload, Refused, Other,   Other],   "what is trained"),
];

/// Tells clap which flags need a command, and which cannot be used with a command or with `--check`
/// and `--audit`.
pub(crate) fn declare(find: Command) -> Command {
    FLAGS.iter().fold(find, |find, flag| {
        let check = flag.meaning(QuestionKind::CommandCheck);
        if flag.is_refused_by_all(&ABOUT_A_COMMAND) {
            find.mut_arg(COMMAND, |arg| arg.conflicts_with(flag.id))
        } else if flag.is_refused_by_all(&ABOUT_A_NETWORK) && flag.id != COMMAND {
            find.mut_arg(flag.id, |arg| arg.requires(COMMAND))
        } else if check == Meaning::Refused {
            let of_study = |arg: clap::Arg| arg.conflicts_with(flag.id);
            find.mut_arg("check", of_study).mut_arg("audit", of_study)
        } else {
            find
        }
    })
}

/// The flags that were typed. A flag with a default has a value even if it was not typed.
pub(crate) fn typed(matches: &ArgMatches) -> Vec<&'static str> {
    let typed = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    FLAGS.iter().map(|flag| flag.id).filter(typed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::find::FindArgs;
    use clap::Args;
    use std::collections::BTreeSet;

    /// A new flag must be refused where it means nothing, and must be part of what is remembered
    /// where it means something.
    #[test]
    fn the_table_has_each_flag_of_find_once() {
        let find = FindArgs::augment_args(Command::new("find"));
        let defined: Vec<&str> = find.get_arguments().map(|arg| arg.get_id().as_str()).collect();
        let classified: BTreeSet<&str> = FLAGS.iter().map(|flag| flag.id).collect();
        assert!(defined.len() > 50, "{defined:?}");
        assert_eq!(classified, defined.iter().copied().collect());
        assert_eq!((classified.len(), defined.len()), (FLAGS.len(), FLAGS.len()), "each once");
    }

    /// A refusal must not name a flag that nobody can type.
    #[test]
    fn flags_are_named_as_they_are_typed() {
        let find = FindArgs::augment_args(Command::new("find"));
        for flag in FLAGS.iter().filter(|flag| flag.id != COMMAND) {
            let arg = find.get_arguments().find(|arg| arg.get_id() == flag.id).unwrap();
            assert_eq!(arg.get_long().map(|long| format!("--{long}")), Some(flag.typed()));
        }
    }

    /// A flag counts as typed even if its value is the default.
    #[test]
    fn what_was_typed_is_told_from_a_default() {
        let of = |line: &str| FindArgs::from_words(line.split_whitespace()).unwrap().typed;
        assert!(of("").is_empty());
        assert_eq!(of("--fresh --margin 0.05"), ["margin", "fresh"]);
        assert_eq!(of("--devices 0 -- sh {batch_size}"), ["devices", COMMAND]);
    }
}
