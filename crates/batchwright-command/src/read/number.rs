//! Numbers as programs write them into a field of their own: `0.97`, `1,234.5`, `0,97`, `97.5%`,
//! `nan`.
//!
//! Left out: numbers within a sentence (`formats/plain/tokens`), which must also be told from
//! times, versions and file names.

/// What a comma within a number says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Comma {
    /// `0,97`, `1,2345`: the decimal sign. The value.
    Decimal(f64),
    /// `1,234,567`, `1,234.5`: between thousands. The value.
    Thousands(f64),
    /// `1,234`: one of the two.
    Unclear {
        /// The value if the comma is the decimal sign.
        decimal: f64,
        /// The value if the comma stands between thousands.
        thousands: f64,
    },
}

/// Reads a number with commas; the text has nothing else in it.
pub(crate) fn with_comma(text: &str) -> Option<Comma> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.trim_start_matches(['+', '-']);
    let (first, rest) =
        unsigned.split_once(',').filter(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))?;
    let (groups, below) = rest.split_once('.').map_or((rest, None), |(groups, below)| (groups, Some(below)));
    let grouped = (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && groups.split(',').all(|group| group.len() == 3 && digits(group));
    let thousands = || text.replace(',', "").parse().ok();
    let decimal = || text.replacen(',', ".", 1).parse().ok().filter(|_| digits(first));
    if grouped && (below.is_some() || groups.contains(',')) {
        return thousands().map(Comma::Thousands);
    }
    if grouped {
        let (decimal, thousands) = (decimal()?, thousands()?);
        return Some(Comma::Unclear { decimal, thousands });
    }
    decimal().map(Comma::Decimal)
}

/// The number in a field. A share may be written as `97%`. An unclear comma is one between
/// thousands, as a field has no neighbours that would tell.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(percent) = text.strip_suffix(['%', '％']) {
        return number(percent).map(|percent| percent / 100.0);
    }
    if let Some(rest) = text.strip_prefix('\u{2212}') {
        return number(rest).map(|value| -value);
    }
    text.parse().ok().or_else(|| match with_comma(text)? {
        Comma::Decimal(value) | Comma::Thousands(value) | Comma::Unclear { thousands: value, .. } => {
            Some(value)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss of 0.97 would be 97, or a thousand steps one.
    #[test]
    fn commas_mean_what_they_can_mean() {
        for (text, want) in [
            ("0,97", Comma::Decimal(0.97)),
            ("-12,5", Comma::Decimal(-12.5)),
            ("1,2345", Comma::Decimal(1.2345)),
            ("2,5e-3", Comma::Decimal(2.5e-3)),
            ("0,123", Comma::Decimal(0.123)),
            ("1,234.5", Comma::Thousands(1234.5)),
            ("1,234,567", Comma::Thousands(1_234_567.0)),
            ("1,234", Comma::Unclear { decimal: 1.234, thousands: 1234.0 }),
        ] {
            assert_eq!(with_comma(text), Some(want), "{text}");
        }
        for text in ["", ",", "1,", ",5", "1,2,3", "a,b", "1,23a", "0.5,6"] {
            assert_eq!(with_comma(text), None, "{text}");
        }
    }

    #[test]
    fn fields_are_numbers() {
        for (text, want) in
            [("0.5", 0.5), (" 97.5% ", 0.975), ("97,5 %", 0.975), ("1,000", 1000.0), ("−2", -2.0)]
        {
            assert_eq!(number(text), Some(want), "{text}");
        }
        assert!(number("nan").unwrap().is_nan());
        assert_eq!((number("0:12"), number("12s"), number("%"), number("−−")), (None, None, None, None));
    }
}
