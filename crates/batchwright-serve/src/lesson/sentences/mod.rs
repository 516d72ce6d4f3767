//! Every sentence of the lesson, in both languages: a sentence without one of them does not compile.
//!
//! A sentence is HTML. `{name}` is a place that the script fills with a number or a word. The keys are
//! those that the page and the script name; a test compares them.

pub(crate) mod boxes;
pub(crate) mod bugs;
pub(crate) mod costs;
pub(crate) mod curves;
pub(crate) mod experiment;
pub(crate) mod frame;
pub(crate) mod gradients;
pub(crate) mod odometers;
pub(crate) mod order;
pub(crate) mod questions;
pub(crate) mod resume;
pub(crate) mod sentence;
pub(crate) mod terms;

use crate::lesson::sentences::sentence::Sentence;

/// All of them, part by part.
pub(crate) fn sentences() -> impl Iterator<Item = &'static Sentence> {
    let files = [
        frame::FRAME,
        questions::QUESTIONS,
        boxes::BOXES,
        odometers::ODOMETERS,
        order::ORDER,
        gradients::GRADIENTS,
        costs::COSTS,
        experiment::EXPERIMENT,
        resume::RESUME,
        curves::CURVES,
        bugs::BUGS,
        terms::TERMS,
    ];
    files.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::page::page;
    use crate::lesson::script::script;
    use batchwright_view::Lang;
    use std::collections::BTreeSet;

    /// Whether the script names a key: as a whole, or by its beginning with the rest put in, whose words then
    /// stand somewhere in the script or in what was measured.
    fn named(key: &str, script: &str, words: &BTreeSet<&str>) -> bool {
        let put_in = |(at, mark): (usize, &str)| {
            let (first, rest) = key.split_at(at + mark.len());
            let mut parts =
                rest.split(|c: char| c == '_' || c.is_ascii_digit()).filter(|part| part.len() > 1);
            script.contains(&format!("`{first}${{")) && parts.all(|part| words.contains(part))
        };
        script.contains(&format!("\"{key}\"")) || key.match_indices(['.', '_']).any(put_in)
    }

    #[test]
    fn keys_are_unique_and_places_are_the_same_in_both_languages() {
        let mut keys = BTreeSet::new();
        for sentence in sentences() {
            assert!(keys.insert(sentence.key), "{} stands twice", sentence.key);
            let places = |lang| -> BTreeSet<String> {
                let pieces = sentence.text(lang).split('{').skip(1);
                pieces.filter_map(|piece| Some(piece.split_once('}')?.0.to_owned())).collect()
            };
            assert_eq!(places(Lang::En), places(Lang::Ja), "{}", sentence.key);
        }
        assert!(keys.len() > 300, "{}", keys.len());
    }

    /// A sentence that nothing names is dead; the tests in the browser find a key without a sentence.
    #[test]
    fn every_sentence_is_named_by_the_page_or_the_script() {
        let (page, script) = (page(Lang::En, ""), script());
        // Another record may hold verdicts and ends that this one does not.
        let measured = include_str!("../../../assets/lesson/measured.json");
        let text = format!("{script} {measured} underfitting diverged");
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        for sentence in sentences() {
            let key = sentence.key;
            let on_page = page.contains(&format!("data-text=\"{key}\""));
            assert!(on_page || named(key, &script, &words), "nothing names {key}");
        }
        assert!(!named("boxes.of_nobody", &script, &words) && !named("experiment.unheard", &script, &words));
    }

    /// Tags must close, since the script puts sentences into elements.
    #[test]
    fn the_tags_of_a_sentence_are_balanced() {
        for sentence in sentences() {
            for lang in [Lang::En, Lang::Ja] {
                let text = sentence.text(lang);
                for tag in ["b", "code", "sup"] {
                    let count = |mark: String| text.matches(&mark).count();
                    assert_eq!(count(format!("<{tag}>")), count(format!("</{tag}>")), "{text}");
                }
                let tags = text.matches('<').count();
                let known = ["b", "code", "sup"].iter().map(|tag| {
                    text.matches(&format!("<{tag}>")).count() + text.matches(&format!("</{tag}>")).count()
                });
                assert_eq!(tags, known.sum::<usize>(), "another tag in {text}");
            }
        }
    }

    /// Of a question (`questions.1`) or a log (`bugs.bar_`), the sentence of a choice.
    fn choice(question: &str, letter: char, lang: Lang) -> Option<usize> {
        let key = format!("{question}{letter}");
        sentences().find(|sentence| sentence.key == key).map(|sentence| sentence.text(lang).chars().count())
    }

    /// Whoever takes the longest choice must not do better than by chance: else the questions ask for a
    /// careful look at the page, and not for what it taught.
    #[test]
    fn the_right_choice_is_not_told_by_its_length() {
        let questions: Vec<&str> = sentences().filter_map(|it| it.key.strip_suffix('a')).collect();
        let asked = |prefix: &str| -> Vec<&str> {
            let of = |key: &&str| key.starts_with(prefix) && choice(key, 'b', Lang::En).is_some();
            questions.iter().copied().filter(of).collect()
        };
        for (prefix, count) in [("questions.", 10), ("bugs.", 8)] {
            let asked = asked(prefix);
            assert_eq!(asked.len(), count, "{asked:?}");
            for lang in [Lang::En, Lang::Ja] {
                let longest = |question: &&&str| {
                    let right = choice(question, 'a', lang);
                    "bcd".chars().all(|letter| choice(question, letter, lang) < right)
                };
                let told: Vec<_> = asked.iter().filter(longest).collect();
                assert!(told.len() * 4 <= count, "{lang:?}: {told:?}");
            }
        }
    }
}
