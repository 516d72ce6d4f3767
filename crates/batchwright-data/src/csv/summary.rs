//! What the first pass notes about a column.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::csv::file::is_missing;
use crate::csv::number::{NumberForm, has_thousands, parse_finite};

/// Numbers after which a column without any text counts as one of numbers, whose different values
/// need not be remembered to tell an id.
const NUMBERS_OF_NO_ID: usize = 16;
/// The fewest rows in which different values are an id. In fewer they may be different by chance.
const FEWEST_IDS: usize = 20;

/// What a column looks like.
#[derive(Debug)]
pub(crate) struct Summary {
    missing: usize,
    pub(crate) present: usize,
    /// Values that are numbers, by the form in which they can be read.
    forms: [usize; NumberForm::ALL.len()],
    /// Values that are numbers with a point.
    numbers: usize,
    /// Whether all values are whole numbers.
    pub(crate) whole: bool,
    min: f32,
    max: f32,
    first: Option<String>,
    /// Whether a value differs from the first one, as text.
    varies: bool,
    /// Whether a number with a decimal comma has separated thousands.
    thousands: bool,
    /// Whether the name is that of an id.
    named_id: bool,
    /// Hashes of the values, as long as no two are equal and they may be ids.
    different: Option<HashSet<u64>>,
}

impl Summary {
    pub(crate) fn new(named_id: bool) -> Self {
        Self {
            missing: 0,
            present: 0,
            forms: [0; NumberForm::ALL.len()],
            numbers: 0,
            whole: true,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            first: None,
            varies: false,
            thousands: false,
            named_id,
            different: Some(HashSet::new()),
        }
    }

    pub(crate) fn add(&mut self, field: &str) {
        if is_missing(field) {
            self.missing += 1;
            self.different = None;
            return;
        }
        self.present += 1;
        self.count_forms(field);
        match &self.first {
            Some(first) => self.varies |= first != field,
            None => self.first = Some(field.to_owned()),
        }
        self.note_difference(field);
    }

    fn count_forms(&mut self, field: &str) {
        let plain = parse_finite(field);
        if let Some(number) = plain {
            self.numbers += 1;
            self.whole &= number.fract() == 0.0;
            self.min = self.min.min(number);
            self.max = self.max.max(number);
        } else {
            self.whole = false;
        }
        let starts_like_one = field.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
        for (count, form) in self.forms.iter_mut().zip(NumberForm::ALL) {
            let is_number = match (plain, form) {
                (Some(_), NumberForm::Point | NumberForm::Grouped) => true,
                (Some(_), NumberForm::Comma) => !field.contains('.') || form.parse(field).is_some(),
                (Some(_), _) | (None, NumberForm::Point) => false,
                (None, _) => starts_like_one && form.parse(field).is_some(),
            };
            *count += usize::from(is_number);
            self.thousands |= is_number && form == NumberForm::Comma && has_thousands(field);
        }
    }

    fn note_difference(&mut self, field: &str) {
        let numbers_alone = self.numbers == self.present && self.numbers > NUMBERS_OF_NO_ID;
        if numbers_alone && !self.named_id {
            self.different = None;
        }
        let Some(different) = &mut self.different else { return };
        let mut hasher = DefaultHasher::new();
        field.hash(&mut hasher);
        if !different.insert(hasher.finish()) {
            self.different = None;
        }
    }

    /// Values that are numbers in this form.
    pub(crate) fn count(&self, form: NumberForm) -> usize {
        self.forms[form as usize]
    }

    /// The forms in which the most values are numbers, if those are at least 90% of all.
    pub(crate) fn best_forms(&self) -> impl Iterator<Item = NumberForm> {
        let most = self.forms.iter().copied().max().unwrap_or(0);
        let is_numeric = most > 0 && most * 10 >= self.present * 9;
        NumberForm::ALL.into_iter().filter(move |&form| is_numeric && self.count(form) == most)
    }

    /// Whether there are numbers with a decimal comma and separated thousands.
    pub(crate) fn has_thousands(&self) -> bool {
        self.thousands
    }

    /// Whether there is any value.
    pub(crate) fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// Whether the value is missing in every row, or present and the same in every row. A constant
    /// value with gaps still carries information: where the gaps are.
    pub(crate) fn is_constant(&self) -> bool {
        let same = !self.varies || (self.numbers == self.present && self.min == self.max);
        self.is_empty() || (self.missing == 0 && same)
    }

    /// Whether every row has another value, as text or as a whole number whose name says that it is
    /// an id. Other whole numbers that differ are measurements more often than ids.
    pub(crate) fn is_id(&self) -> bool {
        let may_be_id = if self.whole { self.named_id } else { self.best_forms().next().is_none() };
        may_be_id && self.different.is_some() && self.present >= FEWEST_IDS
    }
}

/// The different values of the label, up to one more than a limit.
#[derive(Debug, Default)]
pub(crate) struct Distinct(pub(crate) BTreeSet<String>);

impl Distinct {
    pub(crate) fn add(&mut self, field: &str, limit: usize) {
        if self.0.len() <= limit && !is_missing(field) && !self.0.contains(field) {
            self.0.insert(field.to_owned());
        }
    }
}
