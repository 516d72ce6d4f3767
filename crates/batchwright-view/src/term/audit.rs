//! An audit of a command: the result in a sentence, an answer to each question, what is wrong
//! first.

use crate::term::style::{Style, harmless};
use crate::term::table::{indented, wrapped};
use batchwright_command::{AuditAnswer, AuditJudgement, Audited};

/// The order in which answers are shown, each with its mark.
const ORDER: [(AuditJudgement, &str); 4] = [
    (AuditJudgement::Wrong, "✗"),
    (AuditJudgement::Unclear, "?"),
    (AuditJudgement::Fine, "✓"),
    (AuditJudgement::NotChecked, "-"),
];

/// The result of an audit of a command, for a terminal. Control characters in the program's output
/// are replaced.
#[must_use]
pub fn audit_summary(audited: &Audited, style: Style) -> String {
    let lang = style.lang;
    let result = wrapped(&lang.audit_result(audited), style.width);
    let result = match audited.count(AuditJudgement::Wrong) {
        0 => style.good(result.trim_end()),
        _ => style.bold(result.trim_end()),
    };
    let runs = wrapped(&harmless(&lang.audit_runs(audited)), style.width);
    let of = |(judgement, mark): (AuditJudgement, &'static str)| {
        let answers = audited.answers.iter().filter(move |answer| answer.evidence.judgement() == judgement);
        answers.map(move |answer| paragraph(answer, mark, style))
    };
    format!("{result}\n{runs}\n{}", ORDER.into_iter().flat_map(of).collect::<String>())
}

/// The live line of an audit, at the run with this number, from 1.
#[must_use]
pub fn audit_line(run: u64, style: Style) -> String {
    style.lang.auditing(run)
}

fn paragraph(answer: &AuditAnswer, mark: &str, style: Style) -> String {
    let lang = style.lang;
    let asked = lang.pick(" ", "？ ");
    let text =
        format!("{}{asked}{}", lang.audit_question(answer.question), lang.audit_evidence(&answer.evidence));
    indented(mark, &wrapped(&harmless(&text), style.width.saturating_sub(2)))
}
