//! Numbers for people: grouped digits, few of them, with units.

use crate::lang::Lang;

/// Groups digits by thousands: `1875` as `1,875`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with an English noun: `1 step`, `1,875 steps`.
pub(crate) fn counted(number: &str, noun: &str) -> String {
    if number == "1" { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A median of counts, which may be fractional, as a grouped whole number.
pub(crate) fn count(value: f64) -> String {
    if value.is_finite() && value >= 0.0 { grouped(value.round() as u64) } else { significant(value, 3) }
}

/// At least `digits` significant digits without trailing zeros: `0.0316`, `1,875`, `3.2e-7`.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "-∞".into() };
    }
    if value == 0.0 {
        return "0".into();
    }
    let exponent = value.abs().log10().floor();
    if !(-4.0..9.0).contains(&exponent) {
        let text = format!("{value:.*e}", digits.saturating_sub(1));
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", trim_zeros(mantissa));
    }
    let decimals = (digits as f64 - 1.0 - exponent).max(0.0) as usize;
    group_whole_part(&trim_zeros(&format!("{value:.decimals$}")))
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text.to_string()
    }
}

fn group_whole_part(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, rest) = text.find('.').map_or((text, ""), |dot| text.split_at(dot));
    let whole = whole.parse().map_or_else(|_| whole.to_string(), grouped);
    format!("{sign}{whole}{rest}")
}

/// A short form for an axis: `8`, `1,024`, `20k`, `1.5M`.
pub(crate) fn compact(value: f64) -> String {
    let (factor, unit) = match value.abs() {
        v if v >= 1e9 => (1e9, "G"),
        v if v >= 1e6 => (1e6, "M"),
        v if v >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{unit}", significant(value / factor, 3))
}

/// A share in 0..=1 as a percentage: `97.5%`.
pub(crate) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{}%", trim_zeros(&format!("{:.1}", share * 100.0)))
    } else {
        significant(share, 3)
    }
}

/// A probability as a whole percentage: `42%`, `<1%`.
pub(crate) fn probability(p: f64) -> String {
    if p > 0.0 && p < 0.01 { "<1%".into() } else { percent((p * 100.0).round() / 100.0) }
}

/// An amount of memory: `1.2 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].into_iter().peekable();
    let mut unit = units.next().unwrap_or("B");
    while value >= 1024.0 && units.peek().is_some() {
        value /= 1024.0;
        unit = units.next().unwrap_or(unit);
    }
    format!("{} {unit}", significant(value, 3))
}

/// A time span: `12 µs`, `1.2 ms`, `4.5 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(seconds: f64, lang: Lang) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return significant(seconds, 3);
    }
    let [us, ms, s, min, h] = lang.time_units();
    if seconds < 59.95 {
        return match seconds {
            0.0 => format!("0 {s}"),
            t if t < 1e-3 => format!("{} {us}", significant(t * 1e6, 2)),
            t if t < 0.9995 => format!("{} {ms}", significant(t * 1e3, 2)),
            t => format!("{} {s}", trim_zeros(&format!("{t:.1}"))),
        };
    }
    let total = seconds.round() as u64;
    if total < 3600 {
        return two_units(total / 60, min, total % 60, s);
    }
    two_units(total / 3600, h, total % 3600 / 60, min)
}

/// An energy: `3.5 mJ`, `120 J`, `4.2 kJ`.
pub(crate) fn energy(joules: f64) -> String {
    let (factor, unit) = match joules.abs() {
        j if j >= 1e6 => (1e6, "MJ"),
        j if j >= 1e3 => (1e3, "kJ"),
        j if j >= 1.0 || j == 0.0 => (1.0, "J"),
        j if j >= 1e-3 => (1e-3, "mJ"),
        _ => (1e-6, "µJ"),
    };
    format!("{} {unit}", significant(joules / factor, 3))
}

fn two_units(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    let large = format!("{} {large_unit}", grouped(large));
    if small == 0 { large } else { format!("{large} {small} {small_unit}") }
}

/// A point in time, given in seconds since 1970, as `2026-11-24 21:40 UTC`. Days become a date as
/// in <https://howardhinnant.github.io/date_algorithms.html> (`civil_from_days`): the year is
/// counted from March, so that the leap day is its last day.
pub(crate) fn date(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a study is shown as a day or a year older than it is.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }

    /// Otherwise a reader takes a count for one a thousand times as large or as small.
    #[test]
    fn counts_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1875, "1,875"), (60_000, "60,000"), (1_234_567, "1,234,567")];
        for (value, text) in cases {
            assert_eq!(grouped(value), text);
        }
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(count(f64::NAN), "NaN");
        assert_eq!(
            ["0", "1", "1.5"].map(|number| counted(number, "step")),
            ["0 steps", "1 step", "1.5 steps"]
        );
    }

    /// Otherwise a small learning rate is shown as 0, or a loss with fifteen digits.
    #[test]
    fn few_digits_but_never_too_few() {
        let cases = [
            (0.031_622, "0.0316"),
            (1e-4, "0.0001"),
            (3.2e-7, "3.2e-7"),
            (1234.6, "1,235"),
            (-0.5, "-0.5"),
            (1.0, "1"),
            (2e12, "2e12"),
            (0.0, "0"),
        ];
        for (value, text) in cases {
            assert_eq!(significant(value, 3), text);
        }
        for (value, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "∞"), (f64::NEG_INFINITY, "-∞")] {
            assert_eq!(significant(value, 3), text);
        }
        assert_eq!(compact(20_000.0), "20k");
        assert_eq!(compact(1024.0), "1,024");
        assert_eq!(probability(0.004), "<1%");
        assert_eq!(bytes(1 << 21), "2 MiB");
        assert_eq!(
            [0.0, 2.5e-5, 0.12, 45.0, 1234.0].map(energy),
            ["0 J", "25 µJ", "120 mJ", "45 J", "1.23 kJ"]
        );
        assert_eq!(bytes(u64::MAX), "16 EiB");
    }

    /// Otherwise the same time is shown in two forms ("60 s", "1 min 60 s").
    #[test]
    fn durations_use_the_unit_that_fits() {
        let cases = [
            (0.0, "0 s"),
            (1.2e-5, "12 µs"),
            (0.0012, "1.2 ms"),
            (0.9999, "1 s"),
            (4.52, "4.5 s"),
            (59.96, "1 min"),
            (200.0, "3 min 20 s"),
            (3599.9, "1 h"),
            (7500.0, "2 h 5 min"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds, Lang::En), text, "{seconds}");
        }
        assert_eq!(duration(200.0, Lang::Ja), "3 分 20 秒");
        assert_eq!(duration(f64::NAN, Lang::En), "NaN");
    }
}
