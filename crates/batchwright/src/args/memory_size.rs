//! An amount of memory as it is typed: `2GiB`, `500MB`, `1048576`. The name of a unit shows whether
//! it counts by 1000 or by 1024.
//!
//! The existing crates for this read `2G` as a unit of 1000 and do not ask which unit is meant.
//! `bytesize` also silently reduces values above 64 bits, and `parse-size` reads `1e3` and rounds
//! `1.5` bytes.

use batchwright_view::UsageMessage;
use std::str::FromStr;

/// Units. A name that is the end of another name must come after it.
const UNITS: [(&str, u64); 11] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("bytes", 1),
    ("b", 1),
    ("", 1),
];

/// A number of bytes, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemorySize(u64);

impl MemorySize {
    pub(crate) fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for MemorySize {
    type Err = UsageMessage;

    fn from_str(text: &str) -> Result<Self, UsageMessage> {
        let no_amount = || UsageMessage::NoMemoryAmount { text: text.to_owned() };
        let too_much = || UsageMessage::TooMuchMemory { text: text.to_owned() };
        let small = text.trim().to_ascii_lowercase();
        let unit = |(name, bytes)| Some((small.strip_suffix(name)?.trim_end(), bytes));
        let (number, unit) = UNITS.into_iter().find_map(unit).ok_or_else(no_amount)?;
        // Only digits and a point: Rust would also read `inf`, `nan` and `1e3` as numbers.
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return Err(no_amount());
        }
        // Whole numbers are exact. A float is used only for fractions, whose error is below a byte
        // up to 2^53.
        let bytes = match number.parse::<u64>() {
            Ok(number) => number.checked_mul(unit).ok_or_else(too_much)?,
            Err(_) => {
                let bytes = number.parse::<f64>().map_err(|_| no_amount())? * unit as f64;
                if bytes >= u64::MAX as f64 {
                    return Err(too_much());
                }
                bytes as u64
            }
        };
        match bytes {
            0 => Err(UsageMessage::NoMemoryAtAll { text: text.to_owned() }),
            bytes => Ok(Self(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit of 1024 that is read as a unit of 1000 is wrong by 7% at a gigabyte. A training could
    /// then be reported as fitting when it does not.
    #[test]
    fn units_are_what_their_names_say() {
        for (text, bytes) in [
            ("1", 1),
            ("1048576", 1 << 20),
            ("512 bytes", 512),
            ("500MB", 500_000_000),
            ("2GiB", 2 << 30),
            ("2 gib", 2 << 30),
            ("1.5kB", 1_500),
            ("0.5TiB", 1 << 39),
            ("18446744073709551615B", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(MemorySize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_text() {
        for text in ["", "GiB", "-1", "1e3", "nan", "inf", "2G", "2 Gi B", "1.2.3MB", "two", "1,5GB"] {
            let error = text.parse::<MemorySize>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{text}` is no amount of memory")), "{error}");
        }
        for text in ["18446744073709551616", "20000000TiB", "20000000.5TiB"] {
            let error = text.parse::<MemorySize>().unwrap_err();
            assert!(error.to_string().contains("64 bits"), "{error}");
        }
        for text in ["0", "0GiB", "0.1B"] {
            assert!(text.parse::<MemorySize>().unwrap_err().to_string().contains("no memory at all"));
        }
    }
}
