//! Which rows of a run a page holds: all, or of a long run as many as one can read and send.

use batchwright_train::{RunRecord, RunRow};

use crate::chart::curves::best_row;

/// Most rows of a page, in a table and in the embedded record. Every report stays under 500 KB.
pub(crate) const MOST_EMBEDDED: usize = 400;

/// The rows of the table: all, or at equal distances as many as a page holds, and the best and the last.
pub(crate) fn shown_rows(record: &RunRecord) -> Vec<&RunRow> {
    let rows = &record.rows;
    if rows.len() <= MOST_EMBEDDED {
        return rows.iter().collect();
    }
    let every = rows.len().div_ceil(MOST_EMBEDDED - 2);
    let mut shown: Vec<&RunRow> = rows.iter().step_by(every).chain(rows.last()).collect();
    shown.extend(best_row(record));
    shown.sort_by_key(|row| row.step);
    shown.dedup_by_key(|row| row.step);
    shown
}

/// The record for the page's JSON, without its rows where all of the page, `rows`, are too many.
pub(crate) fn embedded(record: &RunRecord, rows: usize) -> RunRecord {
    let (name, settings, plan) = (record.name.clone(), record.settings.clone(), record.plan);
    let result = record.result.clone();
    let kept = if rows > MOST_EMBEDDED { Vec::new() } else { record.rows.clone() };
    RunRecord { name, settings, plan, rows: kept, result }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_train::testkit;

    /// Else the row that everybody looks for is not in the table of a long run.
    #[test]
    fn the_first_the_best_and_the_last_row_are_always_shown() {
        let loss = |step: u64| if step == 7_777 { 0.5 } else { 1.0 };
        let record = testkit::record("a", (0..10_000).map(|step| testkit::row(step, loss(step))).collect());
        let steps: Vec<u64> = shown_rows(&record).iter().map(|row| row.step).collect();
        assert!(steps.len() <= MOST_EMBEDDED && steps.len() > MOST_EMBEDDED / 2, "{}", steps.len());
        assert!(steps.starts_with(&[0]) && steps.ends_with(&[9_999]) && steps.contains(&7_777));
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
        let few = testkit::record("a", (0..400).map(|step| testkit::row(step, 1.0)).collect());
        assert_eq!((shown_rows(&few).len(), embedded(&few, 400).rows.len()), (400, 400));
        assert!(embedded(&record, 10_000).rows.is_empty());
    }
}
