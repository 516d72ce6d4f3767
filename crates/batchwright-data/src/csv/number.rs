//! How the numbers of a column are written.

use serde::{Deserialize, Serialize};

use crate::csv::date::{DateOrder, parse_date};

/// How the numbers of a column are written. A date is a number too: the days since 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberForm {
    /// `1234.5`, `1.2e3`.
    #[default]
    Point,
    /// `1234,5`, `1.234,5`, `1 234,5`.
    Comma,
    /// `1,234.5`: as with a point, with commas between thousands.
    Grouped,
    /// `2024-01-31`, `2024/1/31`, `2024年1月31日`, perhaps with a time.
    YearFirst,
    /// `31.12.2024`, `31/12/2024`, perhaps with a time.
    DayFirst,
    /// `12/31/2024`, perhaps with a time.
    MonthFirst,
}

impl NumberForm {
    /// All forms.
    pub(crate) const ALL: [Self; 6] =
        [Self::Point, Self::Comma, Self::Grouped, Self::YearFirst, Self::DayFirst, Self::MonthFirst];

    /// Whether it is a date.
    pub fn is_date(self) -> bool {
        matches!(self, Self::YearFirst | Self::DayFirst | Self::MonthFirst)
    }

    /// The number that the field stands for in this form; `None` for text, NaN, infinities, and
    /// numbers beyond the range of `f32`.
    pub(crate) fn parse(self, field: &str) -> Option<f32> {
        match self {
            Self::Point => parse_finite(field),
            Self::Comma => {
                // A program that writes commas writes `1e-05` where there is no fraction.
                let plain = || parse_finite(field).filter(|_| !field.contains('.'));
                grouped(field, &GROUPS_BESIDE_COMMA, ',').or_else(plain)
            }
            Self::Grouped => parse_finite(field).or_else(|| grouped(field, &[','], '.')),
            Self::YearFirst => parse_date(field, DateOrder::Year),
            Self::DayFirst => parse_date(field, DateOrder::Day),
            Self::MonthFirst => parse_date(field, DateOrder::Month),
        }
    }
}

/// What separates thousands where the decimal sign is a comma: a point, a space of any kind, or an
/// apostrophe.
const GROUPS_BESIDE_COMMA: [char; 5] = ['.', ' ', '\u{a0}', '\u{202f}', '\''];

/// A number with a point; `None` for text, NaN, infinities, and numbers beyond the range of `f32`.
pub(crate) fn parse_finite(field: &str) -> Option<f32> {
    field.parse().ok().filter(|number: &f32| number.is_finite())
}

/// Whether the field is a number with a decimal comma whose thousands are separated.
pub(crate) fn has_thousands(field: &str) -> bool {
    field.contains(GROUPS_BESIDE_COMMA)
}

/// A number with this decimal sign, whose thousands may be separated by one of `separators`.
fn grouped(field: &str, separators: &[char], decimal: char) -> Option<f32> {
    let (whole, fraction) = field.split_once(decimal).unwrap_or((field, "0"));
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let starts_with_digit = |text: &str| text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if !starts_with_digit(digits) || !starts_with_digit(fraction) || fraction.contains([',', '.']) {
        return None;
    }
    let plain = match digits.find(separators) {
        Some(at) => {
            let separator = digits[at..].chars().next()?;
            are_groups(digits, separator).then(|| digits.replace(separator, ""))?
        }
        None => digits.to_owned(),
    };
    let sign = &whole[..whole.len() - digits.len()];
    parse_finite(&format!("{sign}{plain}.{fraction}")).filter(|_| plain.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether these are one to three digits that do not begin with 0, and then groups of three.
fn are_groups(digits: &str, separator: char) -> bool {
    let mut groups = digits.split(separator);
    let all_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && all_digits(first)
        && groups.all(|group| group.len() == 3 && all_digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_reads_its_own_numbers() {
        use NumberForm::{Comma, Grouped, Point};
        for (field, form, number) in [
            ("1234.5", Point, 1234.5),
            ("-2e1", Point, -20.0),
            ("1,5", Comma, 1.5),
            ("-0,25", Comma, -0.25),
            ("1.234,5", Comma, 1234.5),
            ("1.234", Comma, 1234.0),
            ("12 345,5", Comma, 12_345.5),
            ("12\u{a0}345", Comma, 12_345.0),
            ("1,5e-3", Comma, 0.0015),
            ("1e-05", Comma, 1e-5),
            ("7", Comma, 7.0),
            ("1,234.5", Grouped, 1234.5),
            ("-1,234,567", Grouped, -1_234_567.0),
            ("1.5", Grouped, 1.5),
            ("1e-5", Grouped, 1e-5),
        ] {
            assert_eq!(form.parse(field), Some(number), "{field}");
        }
    }

    /// A version, an address or a list that is taken for a number is nonsense in silence.
    #[test]
    fn other_texts_are_no_numbers() {
        for form in [NumberForm::Point, NumberForm::Comma, NumberForm::Grouped] {
            for field in [
                "",
                "-",
                ",",
                ".",
                "1,2,3",
                "1.2.3",
                "1.23,4.5",
                "0.123,5",
                "1.23.456,7",
                "nan",
                "inf",
                "1,nan",
                "1,inf",
                "1,-5",
                "é",
                "1é234",
                "1,5%",
                "1 2",
                "1,e5",
                "--1,5",
                "1e999",
            ] {
                assert_eq!(form.parse(field), None, "{field} as {form:?}");
            }
        }
        assert_eq!(NumberForm::Grouped.parse("1,5"), None);
        assert_eq!(NumberForm::Point.parse("1,5"), None);
        assert_eq!(NumberForm::Comma.parse("1.5"), None);
    }
}
