//! `--name value` flags of the measuring programs.

use std::str::FromStr;

/// The value of `--name`, else `default`.
///
/// # Errors
/// A sentence, if the value is missing or cannot be read.
pub(crate) fn flag<T: FromStr>(name: &str, default: T) -> Result<T, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    if arguments.next().is_none() {
        return Ok(default);
    }
    let value = arguments.next().ok_or(format!("{name} needs a value"))?;
    value.parse().map_err(|_| format!("{name} {value}: cannot be read"))
}

/// Numbers divided by commas.
#[allow(dead_code, reason = "not every program has such a flag")]
pub(crate) struct List(pub(crate) Vec<usize>);

impl FromStr for List {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}
