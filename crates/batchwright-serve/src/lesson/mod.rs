//! The lesson: one page with everything in it. Rust puts it together from the frame (`page`), the
//! sentences of both languages (`sentences`), the joined script (`script`) and what was measured; what
//! moves on it is done by the script.
//!
//! Left out: measuring (`examples/record_lesson`).

pub(crate) mod page;
pub(crate) mod script;
pub(crate) mod sentences;

use crate::lesson::page::page;
use crate::lesson::script::script;
use batchwright_view::Lang;

/// The lesson as one HTML page that needs no other file. It has both languages and opens in `lang`.
#[must_use]
pub fn lesson_page(lang: Lang) -> String {
    page(lang, &script())
}
