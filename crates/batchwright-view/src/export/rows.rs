//! The rows of runs as CSV, for a spreadsheet or a data frame: one line for each evaluation, with
//! the field names of the JSON and with numbers that read back as the same numbers.
//!
//! An absent value is an empty cell. What is not finite is `NaN`, `inf` or `-inf`, as data frames
//! write and read it: a loss that became NaN is no loss that was not measured.

use batchwright_train::{RunRecord, RunRow};

const HEADINGS: &str = "run,batch_size,step,epoch,samples,seconds,learning_rate,step_loss,train_loss,train_accuracy,val_loss,val_accuracy";

/// The rows of all runs, in the order of the runs.
#[must_use]
pub fn rows_csv(records: &[RunRecord]) -> String {
    let mut text = format!("{HEADINGS}\n");
    for record in records {
        let name = quoted(&record.name);
        let size = record.plan.batching.batch_size;
        for row in &record.rows {
            text += &format!("{name},{size},{}\n", numbers(row));
        }
    }
    text
}

fn numbers(row: &RunRow) -> String {
    let optional = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let cells = [
        row.step.to_string(),
        row.epoch.to_string(),
        row.samples.to_string(),
        row.seconds.to_string(),
        row.learning_rate.to_string(),
        optional(row.step_loss),
        row.train.loss.to_string(),
        optional(row.train.accuracy),
        row.validation.loss.to_string(),
        optional(row.validation.accuracy),
    ];
    cells.join(",")
}

/// A text as a cell (RFC 4180): in quotes where it has a comma, a quote or a line break. Empty text
/// too, to tell it from an absent value.
pub(crate) fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_train::testkit;

    /// Else a number loses digits on its way into another program, or NaN and "absent" are one.
    #[test]
    fn every_number_reads_back_as_itself() {
        let losses = [0.1 + 0.2, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let rows = losses.iter().enumerate().map(|(step, &loss)| testkit::row(step as u64, loss)).collect();
        let record = RunRecord {
            name: "a, \"b\"".into(),
            settings: Vec::new(),
            plan: testkit::plan(),
            rows,
            result: None,
        };
        let csv = rows_csv(&[record]);
        let mut lines = csv.lines();
        let headings: Vec<&str> = lines.next().unwrap().split(',').collect();
        for (line, loss) in lines.zip(losses) {
            let cells: Vec<&str> = line.strip_prefix("\"a, \"\"b\"\"\",").unwrap().split(',').collect();
            assert_eq!(cells.len() + 1, headings.len());
            let read: f64 = cells[7].parse().unwrap();
            assert!(read == loss || (read.is_nan() && loss.is_nan()), "{line}");
            assert_eq!(cells[6].is_empty(), cells[1] == "0", "no step before the first row");
        }
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("a\nb"), "\"a\nb\"");
    }
}
