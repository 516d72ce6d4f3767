//! What a page asks for, from the part of its address behind `?`. What is missing or makes no sense has
//! its default: an address is typed by nobody.

use crate::dashboard::curves::{Metric, Split};
use batchwright_view::{Horizontal, Lang};

/// Runs that are compared at most.
pub(crate) const MOST_RUNS: usize = 100;

/// Pixels of a curve at most.
const MOST_PIXELS: usize = 2_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// The language of the answer.
    pub(crate) lang: Lang,
    /// Names of runs or studies, each once, as many as there are.
    pub(crate) names: Vec<String>,
    pub(crate) axis: Horizontal,
    pub(crate) metric: Metric,
    pub(crate) splits: Vec<Split>,
    /// Share of the mean before, in 0..1; 0 is no smoothing.
    pub(crate) smoothing: f64,
    /// The part of the axis that is shown; all of it where an end is absent.
    pub(crate) from: Option<f64>,
    pub(crate) to: Option<f64>,
    pub(crate) pixels: usize,
}

impl Asked {
    /// Reads the part of an address behind `?`.
    pub(crate) fn read(query: &str, lang: Lang) -> Self {
        let mut asked = Self {
            lang,
            names: Vec::new(),
            axis: Horizontal::Samples,
            metric: Metric::Loss,
            splits: Vec::new(),
            smoothing: 0.0,
            from: None,
            to: None,
            pixels: 600,
        };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            asked.set(&key, &value);
        }
        if asked.splits.is_empty() {
            asked.splits.push(Split::Validation);
        }
        asked
    }

    fn set(&mut self, key: &str, value: &str) {
        let number = || value.parse::<f64>().ok().filter(|number| number.is_finite());
        match (key, value) {
            ("lang", "ja") => self.lang = Lang::Ja,
            ("lang", "en") => self.lang = Lang::En,
            ("name", name) if !self.names.iter().any(|known| known == name) => {
                self.names.push(name.to_owned());
            }
            ("x", "steps") => self.axis = Horizontal::Steps,
            ("x", "epochs") => self.axis = Horizontal::Epochs,
            ("x", "seconds") => self.axis = Horizontal::Seconds,
            ("metric", "accuracy") => self.metric = Metric::Accuracy,
            ("metric", "rate") => self.metric = Metric::LearningRate,
            ("split", "train") => self.splits.push(Split::Train),
            ("split", "validation") => self.splits.push(Split::Validation),
            ("smooth", _) => self.smoothing = number().unwrap_or(0.0).clamp(0.0, 0.999),
            ("from", _) => self.from = number(),
            ("to", _) => self.to = number(),
            ("pixels", _) => self.pixels = value.parse().unwrap_or(self.pixels).clamp(1, MOST_PIXELS),
            _ => {}
        }
        self.splits.truncate(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_nonsense_has_its_default() {
        let asked = Asked::read(
            "lang=ja&name=a%26b&name=%3Cscript%3E&name=a%26b&x=seconds&metric=accuracy&split=train&smooth=7&from=1&to=inf&pixels=9999999",
            Lang::En,
        );
        assert_eq!(asked.names, ["a&b", "<script>"]);
        assert_eq!((asked.lang, asked.axis, asked.metric), (Lang::Ja, Horizontal::Seconds, Metric::Accuracy));
        assert_eq!((asked.from, asked.to, asked.pixels), (Some(1.0), None, MOST_PIXELS));
        assert!(asked.smoothing < 1.0);
        let nothing = Asked::read("x=%ff&metric=&pixels=-1&lang=xx&=&&", Lang::Ja);
        assert_eq!(nothing, Asked::read("", Lang::Ja));
        let many = Asked::read(&"split=train&".repeat(1_000), Lang::En);
        assert_eq!(many.splits.len(), 2);
    }
}
