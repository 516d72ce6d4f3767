//! Dates, with or without a time, as days since 1 January 1970.

/// The order in which a date is written: what comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateOrder {
    /// `2024-01-31`, `2024/1/31`, `2024年1月31日`.
    Year,
    /// `31.12.2024`, `31/12/2024`.
    Day,
    /// `12/31/2024`.
    Month,
}

/// Days since 1970, with the time of day as a fraction; `None` if the text is no such date. The
/// offset of a time zone is taken into account; without one, a time is taken as it is written.
pub(crate) fn parse_date(text: &str, order: DateOrder) -> Option<f32> {
    // A date begins with a digit and is at least `1.1.2024`.
    if text.len() < 8 || !text.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let (date, time) = match text.find(['T', ' ', '日']) {
        Some(at) => {
            let rest = text[at..].trim_start_matches(['T', ' ', '日']);
            (&text[..at], rest)
        }
        None => (text, ""),
    };
    let days = f64::from(days_since_1970(date, order)?);
    let fraction = if time.is_empty() { 0.0 } else { day_fraction(time)? };
    Some((days + fraction) as f32)
}

fn days_since_1970(date: &str, order: DateOrder) -> Option<i32> {
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    let mut parts = match separator {
        '-' | '/' | '.' => date.split(separator),
        // 2024年1月31日, of which the last sign is cut off.
        '年' if order == DateOrder::Year => return japanese_date(date),
        _ => return None,
    };
    let parts = [parts.next()?, parts.next()?, parts.next()?, parts.next().unwrap_or("")];
    let [first, second, third, ""] = parts else { return None };
    match order {
        DateOrder::Year => days(first, second, third),
        DateOrder::Day => days(third, second, first),
        // No country writes the month first and separates by points.
        DateOrder::Month if separator != '.' => days(third, first, second),
        DateOrder::Month => None,
    }
}

fn japanese_date(date: &str) -> Option<i32> {
    let (year, rest) = date.split_once('年')?;
    let (month, day) = rest.split_once('月')?;
    days(year, month, day)
}

/// Days from 1970 to a date of the Gregorian calendar, by
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days(year: &str, month: &str, day: &str) -> Option<i32> {
    if year.len() != 4 {
        return None;
    }
    let (year, month, day) = (digits(year)?, digits(month)?, digits(day)?);
    if !(1..=12).contains(&month) || day == 0 || day > days_of_month(year, month) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The part of the day that has passed at `12:30`, `12:30:15.5`, `12:30:15Z` or `12:30:15+09:00`.
fn day_fraction(time: &str) -> Option<f64> {
    let (clock, offset) = match time.rfind(['Z', '+', '-']) {
        Some(at) => (&time[..at], zone_minutes(&time[at..])?),
        None => (time, 0),
    };
    let (hours, rest) = clock.trim_end().split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let seconds: f64 = seconds.parse().ok().filter(|seconds| (0.0..61.0).contains(seconds))?;
    let valid = hours < 24 && minutes < 60;
    valid.then(|| (f64::from(60 * hours + minutes - offset) + seconds / 60.0) / 1440.0)
}

/// `Z`, `+09:00`, `-0330`, `+09`.
fn zone_minutes(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let clock = zone[1..].replace(':', "");
    let number = digits(&clock)?;
    match clock.len() {
        2 => Some(sign * number * 60),
        4 => Some(sign * (number / 100 * 60 + number % 100)),
        _ => None,
    }
}

/// One to four digits.
fn digits(text: &str) -> Option<i32> {
    let valid = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if valid { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected days are those of Python's `(date - date(1970, 1, 1)).days`.
    #[test]
    fn days_are_those_of_the_calendar() {
        use DateOrder::{Day, Month, Year};
        for (text, order, days) in [
            ("1970-01-01", Year, 0.0),
            ("2024-02-29", Year, 19_782.0),
            ("1900/3/1", Year, -25_508.0),
            ("2024年1月31日", Year, 19_753.0),
            ("31.12.2024", Day, 20_088.0),
            ("31/12/2024", Day, 20_088.0),
            ("12/31/2024", Month, 20_088.0),
            ("2024-01-31T12:00:00", Year, 19_753.5),
            ("2024-01-31 18:00", Year, 19_753.75),
            ("2024-01-31T03:00:00+09:00", Year, 19_752.75),
            ("2024-01-31T12:00:00.000Z", Year, 19_753.5),
        ] {
            assert_eq!(parse_date(text, order), Some(days), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        use DateOrder::{Day, Month, Year};
        for order in [Day, Month, Year] {
            for text in [
                "",
                "20240131",
                "2024-13-01",
                "2023-02-29",
                "1900-02-29",
                "2024-01-00",
                "2024-01",
                "192.168.0.1",
                "2024-01-31x",
                "2024-01-31 25:00",
                "2024-01-31 1",
                "年月日年月日",
                "1年2",
                "2024-01-31-02",
                "2024-01/31",
                "1-2-3-4-5",
                "2024-01-31 12:00+é",
                "2024年",
            ] {
                assert_eq!(parse_date(text, order), None, "{text}");
            }
        }
        assert_eq!(parse_date("12.31.2024", Month), None);
    }
}
