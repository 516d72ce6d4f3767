//! Pages for a browser. The lesson: what epoch, step and batch size are, learnt by playing, in one file
//! that needs nothing else and asks the network for nothing. And the dashboard: a small server that shows
//! stored runs and studies while they go on.
//!
//! **Not for:** reports of runs and studies, which `batchwright-view` writes; training; writing to the
//! store.
//!
//! ```
//! use batchwright_serve::lesson_page;
//! use batchwright_view::Lang;
//!
//! let page = lesson_page(Lang::Ja);
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains(r#"<html lang="ja""#));
//! assert!(page.len() < 300_000);
//! ```
//!
//! # Files
//!
//! ```text
//! lesson/        from its parts to one page
//!   sentences/   every sentence in both languages
//!   script       the modules of assets/lesson/script/, joined
//!   page         the frame: head, parts, forms without their scripts
//! assets/lesson/ what the browser gets: style, script, and what was measured
//! dashboard/     the server: who may ask, what it answers, how it reads the store
//! assets/dashboard/        its modules and its style
//! examples/record_lesson   measures it
//! tests/browser/           plays it in a real browser
//! ```

#![forbid(unsafe_code)]

mod dashboard;
mod lesson;

pub use crate::dashboard::alerts::OnAlert;
pub use crate::dashboard::{Dashboard, DashboardOptions};
pub use crate::lesson::lesson_page;
