//! Every error and every message has Japanese. The examples are completed by the compiler.

use crate::lang::Lang;
use crate::text::errors::examples;
use crate::text::examples::are_two_languages;
use std::error::Error;

/// Checks that Japanese and English are two texts for each of these errors.
fn check<E: Error + 'static>(errors: Vec<E>) {
    let english = errors.iter().map(ToString::to_string).collect();
    let japanese = errors.iter().map(|error| Lang::Ja.error(error)).collect();
    are_two_languages(english, japanese);
}

/// A user would read English where something is wrong, which is where a text matters most.
#[test]
fn every_error_has_japanese() {
    check(examples::data::errors());
    check(examples::data::write_errors());
    check(examples::engine::errors());
    check(examples::engine::run_errors());
    check(examples::study::errors());
    check(examples::study::energy_errors());
    check(examples::study::memory_model_errors());
    check(examples::study::trial_errors());
    check(examples::study::store_errors());
    check(examples::programs::template_errors());
    check(examples::programs::metric_errors());
    check(examples::programs::start_errors());
    check(examples::programs::hook_errors());
    check(examples::programs::position_errors());
    check(examples::programs::file_errors());
    check(examples::programs::other_errors());
    check(examples::programs::log_errors());
}

/// The program's own messages.
#[test]
fn every_message_has_japanese() {
    check(examples::messages::usages());
    check(examples::messages::failures());
    let notices = examples::messages::notices();
    let texts = |lang| notices.iter().map(|notice| notice.text(lang)).collect();
    are_two_languages(texts(Lang::En), texts(Lang::Ja));
}

/// Otherwise the text of a cause that is already told stands there twice.
#[test]
fn a_cause_is_told_once() {
    let error = examples::data::unreadable();
    let text = |lang: Lang| {
        let cause: &(dyn Error + 'static) = error.source().unwrap();
        lang.error_chain([&error as &(dyn Error + 'static), cause].into_iter())
    };
    assert_eq!(text(Lang::En), "a.csv: cannot be read: entity not found");
    assert_eq!(text(Lang::Ja), "a.csv: 読み込めません: ファイルやフォルダがありません (entity not found)");
}
