//! On what and when it was recorded.

use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Processor, threads, date and the program's version.
pub(crate) fn record() -> Value {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    json!({
        "processor": processor(),
        "threads": threads,
        "date": date(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// As Linux names it; the architecture where it does not.
fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = text.lines().find_map(|line| line.strip_prefix("model name"));
    let name = named.and_then(|rest| rest.split_once(':')).map(|(_, name)| name.trim().to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Today in UTC, as `2026-05-04`: days since 1970 in the calendar of years that begin in March.
fn date() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + 400 * era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
