//! A command line of the program as it can be typed.

use batchwright_command::process::shell_line;
use std::ffi::OsString;

/// The words after the name of the program, with the name, quoted where a shell needs it.
#[must_use]
pub fn typed_command(words: &[OsString]) -> String {
    format!("batchwright {}", shell_line(words))
}
