//! How good a network is on a split, as labels with values, which terminal and page share: the
//! loss, and what says more than the loss: accuracy, or errors in the label's unit. With an
//! interval where the samples are few.

use crate::lang::Lang;
use crate::number::{percent, significant};
use batchwright_train::SplitOutcome;

/// From so many samples on, an accuracy is told without its interval: at worst ±3 points.
const MANY: u64 = 1_000;

/// Loss and accuracy, for a text with the perplexity; or loss, RMSE, MAE and R².
pub(crate) fn figures(outcome: &SplitOutcome, lang: Lang) -> Vec<(&'static str, String)> {
    let mut figures = vec![(lang.loss(), significant(outcome.loss, 4))];
    figures.extend(told_better(outcome, lang));
    figures
}

/// What says more than the loss; empty where nothing does.
pub(crate) fn told_better(outcome: &SplitOutcome, lang: Lang) -> Vec<(&'static str, String)> {
    let accuracy = outcome.accuracy.map(|accuracy| {
        (lang.accuracy(), accuracy_text(accuracy, outcome.tokens.unwrap_or(outcome.samples), lang))
    });
    let perplexity = outcome.tokens.map(|_| (lang.perplexity(), significant(outcome.loss.exp(), 3)));
    let Some(values) = outcome.values else { return perplexity.into_iter().chain(accuracy).collect() };
    let mut figures = vec![("RMSE", significant(values.rmse, 3)), ("MAE", significant(values.mae, 3))];
    figures.extend(values.r2.map(|r2| {
        let range =
            values.r2_interval.map(|[low, high]| interval(&two_decimals(low), &two_decimals(high), lang));
        ("R²", with_range(two_decimals(r2), range))
    }));
    figures
}

fn two_decimals(value: f64) -> String {
    match format!("{value:.2}") {
        minus_nothing if minus_nothing == "-0.00" => "0.00".to_owned(),
        _ if value < -10.0 => significant(value, 2),
        text => text,
    }
}

/// A dash would run into the sign of a negative number.
fn interval(low: &str, high: &str, lang: Lang) -> String {
    let between = lang.pick(" to ", "〜");
    format!("{low}{between}{high}")
}

fn with_range(value: String, range: Option<String>) -> String {
    range.map_or_else(|| value.clone(), |range| format!("{value} ({range})"))
}

fn accuracy_text(accuracy: f64, samples: u64, lang: Lang) -> String {
    let few = (1..MANY).contains(&samples) && accuracy.is_finite();
    let range = few.then(|| {
        let [low, high] = wilson(accuracy, samples);
        interval(&percent(low), &percent(high), lang)
    });
    with_range(percent(accuracy), range)
}

/// 95% interval of a share (Wilson 1927): sensible at 0 and 1 too, where the usual one has no
/// width.
fn wilson(share: f64, samples: u64) -> [f64; 2] {
    let (n, z) = (samples as f64, 1.959_964_f64);
    let (z2, scale) = (z * z, 1.0 + z * z / n);
    let centre = (share + z2 / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_train::{ValueMetrics, testkit};

    /// statsmodels 0.14: `proportion_confint(13, 14, method="wilson")` is (0.6853, 0.9873), and of
    /// (14, 14) it is (0.7847, 1).
    #[test]
    fn the_interval_is_that_of_wilson() {
        for (right, low, high) in [(13.0, 0.6853, 0.9873), (14.0, 0.7847, 1.0)] {
            let [found_low, found_high] = wilson(right / 14.0, 14);
            assert!((found_low - low).abs() < 1e-4 && (found_high - high).abs() < 1e-4);
        }
    }

    #[test]
    fn few_samples_show_their_interval_and_many_do_not() {
        let with = |samples| SplitOutcome { samples, accuracy: Some(13.0 / 14.0), ..testkit::split(0.2) };
        assert_eq!(figures(&with(14), Lang::En)[1], ("accuracy", "92.9% (68.5% to 98.7%)".to_owned()));
        assert_eq!(figures(&with(5_000), Lang::En)[1].1, "92.9%");
        // Stored before the number of samples was.
        assert_eq!(figures(&with(0), Lang::En)[1].1, "92.9%");
    }

    /// The loss of a text is per token, and so is what is made of it.
    #[test]
    fn a_text_is_told_by_its_tokens() {
        let outcome =
            SplitOutcome { samples: 3, tokens: Some(6_000), accuracy: Some(0.5), ..testkit::split(2.0) };
        let told = [("loss", "2"), ("perplexity", "7.39"), ("accuracy", "50%")];
        assert_eq!(figures(&outcome, Lang::En), told.map(|(label, value)| (label, value.to_owned())));
    }

    #[test]
    fn numbers_are_told_in_their_unit() {
        let values = ValueMetrics { rmse: 54.31, mae: 43.0, r2: Some(0.456), r2_interval: Some([0.2, 0.61]) };
        let outcome = SplitOutcome { values: Some(values), ..testkit::split(0.5) };
        let told: Vec<String> = figures(&outcome, Lang::En)
            .into_iter()
            .map(|(label, value)| format!("{label} {value}"))
            .collect();
        assert_eq!(told.join(", "), "loss 0.5, RMSE 54.3, MAE 43, R² 0.46 (0.20 to 0.61)");
    }
}
