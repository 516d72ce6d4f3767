//! Errors in the language of the screen. English is the `Display` of each error; Japanese is made
//! here, in one file a crate, each with a match that the compiler completes.
//!
//! Messages of the operating system, of file formats and of the user's programs keep their words.

mod command;
mod data;
#[cfg(test)]
mod examples;
mod find;
mod nn;
mod store;
mod system;
#[cfg(test)]
mod tests;
mod train;

use crate::lang::Lang;
use crate::text::messages::failures::FailureMessage;
use crate::text::messages::usage::UsageMessage;
use std::error::Error;
use std::num::{ParseFloatError, ParseIntError};

impl Lang {
    /// An error in this language, without its causes. An error of another program keeps its words.
    #[must_use]
    pub fn error(self, error: &(dyn Error + 'static)) -> String {
        match self {
            Self::En => error.to_string(),
            Self::Ja => japanese(error).unwrap_or_else(|| error.to_string()),
        }
    }

    /// Errors and their causes, the outermost first, each of them once: many errors already contain
    /// the text of their cause.
    #[must_use]
    pub fn error_chain<'a>(self, chain: impl Iterator<Item = &'a (dyn Error + 'static)>) -> String {
        chain.map(|error| self.error(error)).fold(String::new(), |text, cause| match text.as_str() {
            "" => cause,
            _ if text.contains(&cause) => text,
            _ => format!("{text}: {cause}"),
        })
    }
}

fn japanese(error: &(dyn Error + 'static)) -> Option<String> {
    let says = |message: String| Some(message);
    None.or_else(|| error.downcast_ref().map(data::data))
        .or_else(|| error.downcast_ref().map(data::write))
        .or_else(|| error.downcast_ref().map(nn::network))
        .or_else(|| error.downcast_ref().map(train::run))
        .or_else(|| error.downcast_ref().map(find::study))
        .or_else(|| error.downcast_ref().map(find::energy))
        .or_else(|| error.downcast_ref().map(find::memory_model))
        .or_else(|| error.downcast_ref().map(find::trial))
        .or_else(|| error.downcast_ref().map(store::store))
        .or_else(|| error.downcast_ref().map(command::template))
        .or_else(|| error.downcast_ref().map(command::metric))
        .or_else(|| error.downcast_ref().map(command::start))
        .or_else(|| error.downcast_ref().map(command::hook))
        .or_else(|| error.downcast_ref().map(command::position))
        .or_else(|| error.downcast_ref().map(command::file))
        .or_else(|| error.downcast_ref().map(command::log))
        .or_else(|| error.downcast_ref().map(command::nothing_recognised))
        .or_else(|| error.downcast_ref::<UsageMessage>().and_then(|it| says(it.text(Lang::Ja))))
        .or_else(|| error.downcast_ref::<FailureMessage>().and_then(|it| says(it.text(Lang::Ja))))
        .or_else(|| error.downcast_ref().map(system::error))
        .or_else(|| error.downcast_ref::<ParseIntError>().and_then(|_| says("整数ではありません".into())))
        .or_else(|| error.downcast_ref::<ParseFloatError>().and_then(|_| says("数値ではありません".into())))
}
