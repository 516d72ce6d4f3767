//! How a file writes numbers and dates, for columns whose own values do not tell.
//!
//! `1,234` is 1.234 or 1234, `1.234` too, and `01/02/2024` is in January or in February. Columns
//! that do tell decide for the others of the file; then the form in which the model's training data
//! was written; then what is usual with the file's separator.

use crate::csv::number::NumberForm;
use crate::csv::summary::Summary;
use crate::delimiter::Delimiter;

/// The habits of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Habits {
    /// Whether a column tells that the decimal sign is a comma, and whether one tells that it is
    /// not.
    comma: (bool, bool),
    /// Whether a column tells that the day comes before the month, and whether one tells that it
    /// does not.
    day_first: (bool, bool),
    /// Whether the file is separated by something else than commas, as where commas are decimal
    /// signs.
    commas_are_free: bool,
}

impl Habits {
    pub(crate) fn of<'a>(columns: impl Iterator<Item = &'a Summary> + Clone, delimiter: Delimiter) -> Self {
        use NumberForm::{Comma, DayFirst, Grouped, MonthFirst};
        let told = |one: NumberForm, other: NumberForm| {
            let numeric = columns.clone().filter(|column| column.best_forms().next().is_some());
            let more = |(a, b): (bool, bool), column: &Summary| {
                let (one, other) = (column.count(one), column.count(other));
                (a || one > other, b || other > one)
            };
            numeric.fold((false, false), more)
        };
        Self {
            comma: told(Comma, Grouped),
            day_first: told(DayFirst, MonthFirst),
            commas_are_free: delimiter != Delimiter::Comma,
        }
    }

    /// Whether a column tells that the decimal sign is a comma.
    pub(crate) fn decimal_comma(self) -> bool {
        self.comma.0
    }

    /// The form of a column; `None` if it does not hold numbers. `earlier` is its form in the data
    /// that the model was trained on.
    pub(crate) fn form(self, column: &Summary, earlier: Option<NumberForm>) -> Option<NumberForm> {
        use NumberForm::{Comma, DayFirst, Grouped, MonthFirst, Point};
        let best: Vec<NumberForm> = column.best_forms().collect();
        let has = |form| best.contains(&form);
        let either = |(for_one, for_other): (bool, bool), one, other, usual: bool| {
            // Columns that contradict each other tell nothing.
            let told = (for_one != for_other).then_some(for_one);
            let before = earlier.filter(|form| [one, other].contains(form)).map(|form| form == one);
            if told.or(before).unwrap_or(usual) { one } else { other }
        };
        match () {
            () if has(Comma) && has(Point) => Some(either(self.comma, Comma, Point, false)),
            () if has(Comma) && has(Grouped) => {
                Some(either(self.comma, Comma, Grouped, self.commas_are_free))
            }
            () if has(DayFirst) && has(MonthFirst) => {
                Some(either(self.day_first, DayFirst, MonthFirst, self.commas_are_free))
            }
            () => best.first().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberForm::{Comma, DayFirst, Grouped, MonthFirst, Point, YearFirst};

    fn column(fields: &[&str]) -> Summary {
        let mut summary = Summary::new(false);
        fields.iter().for_each(|field| summary.add(field));
        summary
    }

    /// `1.234` that is read as 1.234 is wrong by a factor of a thousand, in silence.
    #[test]
    fn columns_that_tell_decide_for_the_others() {
        let form = |file: &[&[&str]], delimiter, earlier| {
            let columns: Vec<Summary> = file.iter().map(|fields| column(fields)).collect();
            Habits::of(columns.iter(), delimiter).form(&columns[0], earlier)
        };
        let (semicolon, comma) = (Delimiter::Semicolon, Delimiter::Comma);
        for (file, delimiter, earlier, expected) in [
            (&[&["1.234", "999"][..], &["1,5", "2,25"]][..], semicolon, None, Some(Comma)),
            (&[&["1.234", "999"], &["1.5", "2.25"]], semicolon, None, Some(Point)),
            (&[&["1.234", "999"]], semicolon, None, Some(Point)),
            (&[&["1.234", "999"]], semicolon, Some(Comma), Some(Comma)),
            (&[&["1.234", "999"], &["1.5", "2.25"]], semicolon, Some(Comma), Some(Point)),
            (&[&["1,234", "999"]], semicolon, None, Some(Comma)),
            (&[&["1,234", "999"]], comma, None, Some(Grouped)),
            (&[&["1,234", "999"], &["1,5", "2"]], comma, None, Some(Comma)),
            (&[&["1,234", "9"], &["1,5", "2"], &["1.5", "2"]], comma, None, Some(Grouped)),
            (&[&["1,234.5", "1,234,567"]], semicolon, None, Some(Grouped)),
            (&[&["1.234,5", "7"]], semicolon, None, Some(Comma)),
            (&[&["7", "8"]], comma, None, Some(Point)),
            (&[&["01/02/2024"]], comma, None, Some(MonthFirst)),
            (&[&["01/02/2024"]], semicolon, None, Some(DayFirst)),
            (&[&["01/02/2024"], &["31/12/2024"]], comma, None, Some(DayFirst)),
            (&[&["01/02/2024"]], comma, Some(DayFirst), Some(DayFirst)),
            (&[&["01.02.2024"]], comma, None, Some(DayFirst)),
            (&[&["2024-01-31"]], comma, None, Some(YearFirst)),
            (&[&["a", "1"]], comma, None, None),
        ] {
            assert_eq!(form(file, delimiter, earlier), expected, "{file:?} {delimiter:?} {earlier:?}");
        }
    }
}
