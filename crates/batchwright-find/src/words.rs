//! Numbers and targets as they stand in a sentence.

/// `8, 16, 32`.
pub(crate) fn list(sizes: &[u64]) -> String {
    sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// A share as a percentage, with a decimal where it is small.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}

/// Three significant digits, all digits of a whole number, without exponent where it stays short.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e7 || (size < 1e-4 && size > 0.0) {
        return format!("{value:.2e}");
    }
    let decimals =
        if size >= 100.0 || size == 0.0 { 0 } else { (2 - size.log10().floor() as i32).max(0) as usize };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_not_rounded_to_nothing() {
        for (value, text) in [
            (0.01, "0.01"),
            (3.8761, "3.88"),
            (32401.0, "32401"),
            (0.000123, "0.000123"),
            (0.0000123, "1.23e-5"),
            (0.0, "0"),
            (170.0, "170"),
            (22.849, "22.8"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!((percent(0.0512), percent(0.5)), ("5.1%".to_owned(), "50%".to_owned()));
    }
}
