//! Which samples are for training, which for decisions (validation), and which are read only once
//! at the end (test).
//!
//! The test split is the data set's own test files or, without such files, 10% of all samples.
//! Validation is the data set's own validation files or, without such files, 10% of the rest. Classes keep their shares in each split (largest remainders), and
//! the last sample of a class stays in training. Everything is a pure function of the seed. Options
//! that affect only training (a limit, label noise) do not change the other two splits.
//!
//! A text is divided into contiguous parts (`tokens/parts.rs`), which the seed does not change. It
//! decides the order of windows, and where they begin in each epoch.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::encode::Encoding;
use crate::encode::content::content_mark;
use crate::error::DataError;
use crate::problem::SettingProblem;
use crate::random::{Domain, RandomStream};
use crate::source::{Labels, RawInputs, Source};
use crate::subset::Subset;
use crate::tokens::parts::Parts;
use crate::tokens::raw_text::RawText;
use crate::tokens::windows::TextWindows;

/// How to split.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct SplitOptions {
    /// Determines which sample goes into which split (`--seed`).
    pub seed: u64,
    /// Training samples to keep at most, at least 1 (`--limit-samples`).
    pub limit_samples: Option<u32>,
    /// Share of training labels to replace by another class, in 0..=1 (`--label-noise`).
    pub label_noise: f64,
}

/// The three splits and the encoding that was fitted on the training split.
#[derive(Debug, Clone)]
pub struct Splits {
    /// The samples for training, in random order. Their number is `N`.
    pub train: Subset,
    /// The samples for decisions: early stopping, best step, learning rate, batch size. In random
    /// order.
    pub validation: Subset,
    /// Read only once, at the end. In the order of the file if the data set has its own test files.
    pub test: Subset,
    /// How samples become numbers.
    pub encoding: Encoding,
    /// Training labels that were replaced.
    pub noisy_labels: u32,
}

impl Splits {
    /// Splits `source`.
    ///
    /// # Errors
    /// Too few samples, a limit of 0, label noise outside 0..=1 or on numbers, or a source without
    /// labels.
    pub fn new(source: &Source, options: &SplitOptions) -> Result<Self, DataError> {
        check(source, options)?;
        if let RawInputs::Text(text) = source.inputs() {
            let encoding = marked(source, Encoding::fit(source, &[])?);
            return text_splits(source, text, encoding, options);
        }
        let rows = split_rows(source, options)?;
        let encoding = marked(source, Encoding::fit(source, &rows.train)?);
        Self::of_rows(source, rows, encoding, options)
    }

    /// Splits `source` as a trained model reads it.
    ///
    /// # Errors
    /// As [`Splits::new`], and if the source has another shape, other columns, classes or tokens
    /// than the encoding.
    pub fn with_encoding(
        source: &Source,
        encoding: &Encoding,
        options: &SplitOptions,
    ) -> Result<Self, DataError> {
        check(source, options)?;
        match source.inputs() {
            RawInputs::Text(text) => text_splits(source, text, encoding.clone(), options),
            _ => Self::of_rows(source, split_rows(source, options)?, encoding.clone(), options),
        }
    }

    fn of_rows(
        source: &Source,
        rows: Rows,
        encoding: Encoding,
        options: &SplitOptions,
    ) -> Result<Self, DataError> {
        let train = Subset::of_rows(source, &encoding, rows.train)?;
        let noisy_labels = (options.label_noise * train.len() as f64).round() as u32;
        Ok(Self {
            train: with_label_noise(train, noisy_labels, options.seed),
            validation: Subset::of_rows(source, &encoding, rows.validation)?,
            test: Subset::of_rows(source, &encoding, rows.test)?,
            encoding,
            noisy_labels,
        })
    }
}

/// The encoding, with the mark of what it was fitted on.
fn marked(source: &Source, encoding: Encoding) -> Encoding {
    Encoding { content: content_mark(source, &encoding), ..encoding }
}

fn text_splits(
    source: &Source,
    text: &Arc<RawText>,
    encoding: Encoding,
    options: &SplitOptions,
) -> Result<Splits, DataError> {
    let Parts { mut train, validation, test } = Parts::of(text.len());
    if let Some(limit) = options.limit_samples {
        // One window more, because windows begin at offsets of up to one window.
        train.end = train.end.min((limit as usize + 1).saturating_mul(text.context()));
    }
    let shuffled = |count: usize, stream| {
        shuffled((0..count as u32).collect(), &mut RandomStream::new(options.seed, Domain::Split, stream, 0))
    };
    let windows = |part: Range<usize>, name, seed| {
        let windows = TextWindows::new(source, text, &encoding, (part, name), seed)?;
        Ok((windows.count(), windows))
    };
    let (count, train) = windows(train, "training", Some(options.seed))?;
    let train = Subset::of_windows(train, &encoding, shuffled(count, 3));
    let (count, validation) = windows(validation, "validation", None)?;
    let validation = Subset::of_windows(validation, &encoding, shuffled(count, 2));
    let (count, test) = windows(test, "test", None)?;
    let test = Subset::of_windows(test, &encoding, (0..count as u32).collect());
    Ok(Splits { train, validation, test, encoding, noisy_labels: 0 })
}

fn check(source: &Source, options: &SplitOptions) -> Result<(), DataError> {
    let noise = |problem| {
        let value = options.label_noise.to_string();
        Err(DataError::Setting { flag: "--label-noise", value, problem })
    };
    match source.labels() {
        Labels::Absent => {
            return Err(DataError::Unlabelled { name: source.name().to_owned() });
        }
        _ if !(0.0..=1.0).contains(&options.label_noise) => return noise(SettingProblem::NotAShare),
        Labels::NextTokens if options.label_noise > 0.0 => return noise(SettingProblem::NotForText),
        Labels::Values { .. } if options.label_noise > 0.0 => {
            return noise(SettingProblem::ForClasses);
        }
        _ => {}
    }
    if options.limit_samples == Some(0) {
        let problem = SettingProblem::Zero;
        return Err(DataError::Setting { flag: "--limit-samples", value: "0".to_owned(), problem });
    }
    Ok(())
}

struct Rows {
    train: Vec<u32>,
    validation: Vec<u32>,
    test: Vec<u32>,
}

fn split_rows(source: &Source, options: &SplitOptions) -> Result<Rows, DataError> {
    let random = |domain, part| RandomStream::new(options.seed, domain, part, 0);
    let (own_validation, own_test) = (source.own_validation(), source.own_test());
    let end = own_validation.iter().chain(&own_test).map(|range| range.start).min();
    let end = end.unwrap_or(source.samples());
    let mut strata = Strata::new(source, end)?;
    strata.shuffle(&mut random(Domain::Split, 0));
    let test = match own_test {
        Some(range) => range.collect(),
        None => shuffled(strata.take_tenth("test", source)?, &mut random(Domain::Split, 1)),
    };
    let validation = match own_validation {
        Some(range) => range.collect(),
        None => strata.take_tenth("validation", source)?,
    };
    let validation = shuffled(validation, &mut random(Domain::Split, 2));
    let train = match options.limit_samples {
        Some(limit) => strata.take_at_most(limit, &mut random(Domain::LimitSamples, 0)),
        None => strata.rows.concat(),
    };
    Ok(Rows { train: shuffled(train, &mut random(Domain::Split, 3)), validation, test })
}

fn shuffled(mut rows: Vec<u32>, random: &mut RandomStream) -> Vec<u32> {
    random.shuffle(&mut rows);
    rows
}

/// Samples grouped by class; one group where a number is predicted.
struct Strata {
    rows: Vec<Vec<u32>>,
}

impl Strata {
    /// The samples `0..end`.
    fn new(source: &Source, end: u32) -> Result<Self, DataError> {
        let Labels::Classes { names, codes, .. } = source.labels() else {
            return Ok(Self { rows: vec![(0..end).collect()] });
        };
        let mut rows = vec![Vec::new(); names.len()];
        (0..end).for_each(|row| rows[codes[row as usize] as usize].push(row));
        if rows.iter().filter(|class| !class.is_empty()).count() < 2 {
            return Err(DataError::SingleClass { name: source.name().to_owned() });
        }
        Ok(Self { rows })
    }

    fn len(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    fn shuffle(&mut self, random: &mut RandomStream) {
        self.rows.iter_mut().for_each(|rows| random.shuffle(rows));
    }

    /// Removes a tenth of the samples, rounded, for the split `part`. Fails if that is no sample.
    fn take_tenth(&mut self, part: &'static str, source: &Source) -> Result<Vec<u32>, DataError> {
        let tenth = (self.len() + 5) / 10;
        let taken = self.take(tenth, 1).filter(|rows| !rows.is_empty());
        taken.ok_or_else(|| DataError::TooFewToSplit {
            name: source.name().to_owned(),
            samples: source.samples(),
            part,
        })
    }

    /// Removes `limit` samples chosen at random, or all.
    fn take_at_most(mut self, limit: u32, random: &mut RandomStream) -> Vec<u32> {
        self.shuffle(random);
        // No sample must be kept in any class, so every number up to the length can be taken.
        let limit = self.len().min(limit as usize);
        self.take(limit, 0).unwrap_or_default()
    }

    /// Removes `wanted` samples, from each class its share, but leaves `keep` in each class; `None`
    /// if that is not possible.
    fn take(&mut self, wanted: usize, keep: usize) -> Option<Vec<u32>> {
        let sizes: Vec<usize> = self.rows.iter().map(Vec::len).collect();
        let shares = allot(&sizes, wanted, keep)?;
        Some(
            self.rows
                .iter_mut()
                .zip(shares)
                .flat_map(|(rows, share)| rows.split_off(rows.len() - share))
                .collect(),
        )
    }
}

/// Divides `wanted` in proportion to `sizes` by largest remainders, leaving at least `keep` of each
/// size.
fn allot(sizes: &[usize], wanted: usize, keep: usize) -> Option<Vec<usize>> {
    let total = sizes.iter().sum::<usize>().max(1) as u128;
    let quota = |size: usize| size as u128 * wanted as u128;
    let room = |size: usize| size.saturating_sub(keep);
    let mut shares: Vec<usize> =
        sizes.iter().map(|&size| room(size).min((quota(size) / total) as usize)).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&class| std::cmp::Reverse(quota(sizes[class]) % total));
    let mut missing = wanted - shares.iter().sum::<usize>();
    while missing > 0 {
        let before = missing;
        for &class in &by_remainder {
            if missing > 0 && shares[class] < room(sizes[class]) {
                shares[class] += 1;
                missing -= 1;
            }
        }
        if missing == before {
            return None;
        }
    }
    Some(shares)
}

/// Replaces the classes of `count` samples, chosen at random, each by one of the other classes.
fn with_label_noise(train: Subset, count: u32, seed: u64) -> Subset {
    let Some(classes) = train.classes().filter(|_| count > 0) else {
        return train;
    };
    let mut classes = classes.to_vec();
    let others = train.task().outputs() as u32 - 1;
    let mut random = RandomStream::new(seed, Domain::LabelNoise, 0, 0);
    let mut chosen: Vec<u32> = (0..classes.len() as u32).collect();
    random.shuffle(&mut chosen);
    for &index in &chosen[..count as usize] {
        let class = &mut classes[index as usize];
        *class = (*class + 1 + random.below(others)) % (others + 1);
    }
    train.with_classes(classes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Rounding each class separately would give a split of another size than announced.
        #[test]
        fn shares_add_up(sizes in prop::collection::vec(0usize..40, 1..12), part in 0usize..=100) {
            let total: usize = sizes.iter().sum();
            let wanted = total * part / 100;
            let shares = allot(&sizes, wanted, 0).unwrap();
            prop_assert_eq!(shares.iter().sum::<usize>(), wanted);
            for (share, size) in shares.iter().zip(&sizes) {
                let quota = (size * wanted) as f64 / total.max(1) as f64;
                prop_assert!(share <= size && (*share as f64 - quota).abs() <= 1.0, "{share} of {size}, quota {quota}");
            }
        }

        /// One sample is kept in each class, and the wanted number comes from the others. If they
        /// are too few, the result is `None`.
        #[test]
        fn one_of_each_is_kept(sizes in prop::collection::vec(0usize..6, 1..12), wanted in 0usize..60) {
            let total: usize = sizes.iter().sum();
            prop_assume!(wanted <= total);
            let room: usize = sizes.iter().map(|size| size.saturating_sub(1)).sum();
            match allot(&sizes, wanted, 1) {
                Some(shares) => {
                    prop_assert_eq!(shares.iter().sum::<usize>(), wanted);
                    prop_assert!(shares.iter().zip(&sizes).all(|(share, size)| *share <= size.saturating_sub(1)));
                }
                None => prop_assert!(wanted > room),
            }
        }
    }
}
