//! `lesson`: writes the lesson on epoch, step and batch size as one page.

use crate::args::others::LessonArgs;
use crate::shell::save::save_output;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_serve::lesson_page;
use batchwright_view::UsageMessage;
use serde_json::json;
use std::process::ExitCode;

pub(crate) fn run(args: &LessonArgs, screen: &Screen) -> Result<ExitCode> {
    let lang = screen.style.lang;
    let page = lesson_page(lang);
    save_output(&args.output, page.as_bytes(), UsageMessage::LessonToStdout)?;
    let output = args.output.display().to_string();
    screen.say(&output);
    screen.object(&json!({ "output": output, "bytes": page.len(), "lang": lang.code() }))?;
    Ok(ExitCode::SUCCESS)
}
