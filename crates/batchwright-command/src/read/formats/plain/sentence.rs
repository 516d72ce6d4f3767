//! Parses one line that is printed for people: names, their numbers, and the split that they are
//! about.
//!
//! The name of a number is the words directly before it: `Average loss: 0.03` and `val acc 0.9`,
//! but not `val_loss with patience 3`. A split holds for the names after it until the next split
//! (`Test set: Average loss: .., Accuracy: ..`). After `best` nothing counts up to the end of the
//! bracket or the line.
//!
//! Left out: what the numbers mean for the run (`plain`).

use crate::read::formats::plain::tokens::{Token, tokens};
use crate::read::formats::plain::vocabulary::{Meaning, Vocabulary};
use crate::read::names::{Split, normal_name, words_of};

/// What a line contains.
#[derive(Debug, Default)]
pub(crate) struct Sentence {
    /// The number of the epoch, as it is printed.
    pub(crate) epoch: Option<f64>,
    /// A step; it counts within the epoch if an epoch is named.
    pub(crate) step: Option<f64>,
    /// A step that always counts from the start of the training.
    pub(crate) global_step: Option<f64>,
    /// Training samples used so far.
    pub(crate) samples: Option<f64>,
    /// The part of a pass over some data that is done, from 0 to 1.
    pub(crate) progress: Option<f64>,
    /// The 3 of a `[3/10]` at the start of the line.
    pub(crate) opening: Option<f64>,
    /// Whether the line names a batch of a pass over some data.
    pub(crate) in_batches: bool,
    /// Metrics by their printed words, with the split in front.
    pub(crate) metrics: Vec<NamedNumber>,
    /// The split that this line names for the next line.
    pub(crate) heading: Option<String>,
}

/// A metric on a line.
#[derive(Debug)]
pub(crate) struct NamedNumber {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// Whether it is printed as a whole number.
    pub(crate) whole: bool,
    /// Whether its split comes from words before its name.
    inherited: bool,
}

/// The state of the parser within a line.
struct SentenceParser<'a> {
    vocabulary: &'a mut Vocabulary,
    sentence: Sentence,
    /// The words of the current name, with their meanings.
    name: Vec<(&'a str, Meaning)>,
    /// The split that holds for the next names.
    split: Option<String>,
    /// The coordinate whose number comes next.
    expected: Option<Meaning>,
    previous: Option<Token<'a>>,
    /// Number of tokens before the current one.
    count: usize,
    /// Number of open brackets.
    depth: usize,
    /// The same at a word like `best`, after which numbers are of another time.
    other_time: Option<usize>,
    /// The meaning of the last word.
    last_word: Meaning,
}

impl Sentence {
    /// Parses a line; `heading` is the split that the line before named for it.
    pub(crate) fn parse(line: &str, heading: Option<String>, vocabulary: &mut Vocabulary) -> Self {
        let mut parser = SentenceParser {
            vocabulary,
            sentence: Self::default(),
            name: Vec::new(),
            split: heading,
            expected: None,
            previous: None,
            count: 0,
            depth: 0,
            other_time: None,
            last_word: Meaning::Plain,
        };
        for token in tokens(line) {
            parser.take(token);
            parser.previous = Some(token);
            parser.count += 1;
        }
        parser.finish()
    }
}

impl<'a> SentenceParser<'a> {
    fn take(&mut self, token: Token<'a>) {
        match token {
            Token::Word(word) => self.word(word),
            Token::Number { value, whole } => self.number(value, whole),
            Token::Percent(share) => self.number(share, false),
            Token::Fraction(part, whole) => self.fraction(part, whole),
            Token::Sign(sign) => self.sign(sign),
            Token::Other => self.end_name(),
        }
    }

    fn word(&mut self, word: &'a str) {
        if matches!(self.previous, Some(Token::Sign(':' | '='))) {
            self.end_name();
        }
        let meaning = self.vocabulary.meaning(word);
        match meaning {
            Meaning::Filler => return,
            Meaning::Split(_) => self.name.push((word, meaning)),
            Meaning::Metric | Meaning::Adjective => {
                self.expected = None;
                self.name.push((word, meaning));
            }
            Meaning::Epoch | Meaning::Step | Meaning::GlobalStep | Meaning::Samples => {
                self.end_name();
                self.expected = (self.last_word != Meaning::NoPosition).then_some(meaning);
            }
            Meaning::Progress => self.batches(),
            Meaning::OtherTime => {
                self.end_name();
                self.other_time = self.other_time.or(Some(self.depth));
            }
            Meaning::NoPosition | Meaning::Plain => self.end_name(),
        }
        self.last_word = meaning;
    }

    fn batches(&mut self) {
        self.end_name();
        match self.previous {
            Some(Token::Fraction(part, whole)) => self.progress(part, whole),
            _ => self.expected = Some(Meaning::Progress),
        }
    }

    fn sign(&mut self, sign: char) {
        match sign {
            ':' | '=' | '#' | '.' | '\'' | '"' => return,
            '*' if self.previous.is_none() => self.split = Some("val".to_owned()),
            '(' | '[' | '{' => {
                let expected = self.expected;
                self.end_name();
                self.expected = expected;
                self.depth += 1;
                return;
            }
            ')' | ']' | '}' => {
                self.depth = self.depth.saturating_sub(1);
                self.other_time = self.other_time.filter(|&depth| depth <= self.depth);
            }
            _ => {}
        }
        self.end_name();
    }

    /// Drops the current name, but keeps the split that it names.
    fn end_name(&mut self) {
        if let Some((word, _)) = self.name.iter().find(|(_, meaning)| matches!(meaning, Meaning::Split(_))) {
            self.split = Some((*word).to_owned());
        }
        self.name.clear();
        self.expected = None;
    }

    fn number(&mut self, value: f64, whole: bool) {
        match self.expected {
            _ if self.other_time.is_some() => {}
            Some(coordinate) => self.coordinate(coordinate, value),
            None => self.metric(value, whole),
        }
        self.end_name();
    }

    fn fraction(&mut self, part: f64, whole: f64) {
        match self.expected {
            _ if self.other_time.is_some() => {}
            Some(Meaning::Step) if self.sentence.epoch.is_some() => self.progress(part, whole),
            Some(Meaning::Progress) => self.progress(part, whole),
            Some(coordinate) => self.coordinate(coordinate, part),
            None if self.name.is_empty() && self.depth > 0 => {
                self.sentence.opening = (self.count == 1).then_some(part).or(self.sentence.opening);
                self.progress(part, whole);
            }
            None => self.metric(part / whole, false),
        }
        self.end_name();
    }

    /// Of several numbers of one coordinate the first counts.
    fn coordinate(&mut self, coordinate: Meaning, value: f64) {
        let place = match coordinate {
            Meaning::Epoch => &mut self.sentence.epoch,
            Meaning::Step => &mut self.sentence.step,
            Meaning::GlobalStep => &mut self.sentence.global_step,
            Meaning::Samples => &mut self.sentence.samples,
            _ => {
                self.sentence.in_batches = true;
                return;
            }
        };
        *place = place.or((value.is_finite() && value >= 0.0).then_some(value));
    }

    fn progress(&mut self, part: f64, whole: f64) {
        if whole > 0.0 && part <= whole {
            self.sentence.progress = self.sentence.progress.or(Some(part / whole));
        }
    }

    fn metric(&mut self, value: f64, whole: bool) {
        if !matches!(self.name.last(), Some((_, Meaning::Metric))) {
            return;
        }
        let mut name = self.name.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
        let own_split = words_of(&name).iter().any(|word| Split::named(word).is_some());
        let inherited = self.split.as_deref().filter(|_| !own_split);
        if let Some(split) = inherited {
            name = format!("{split} {name}");
        }
        let inherited = inherited.is_some();
        self.push(NamedNumber { name, value, whole, inherited });
    }

    /// A name with a split of its own replaces an equal name whose split was inherited.
    fn push(&mut self, metric: NamedNumber) {
        if !metric.inherited {
            let name = normal_name(&metric.name);
            self.sentence.metrics.retain(|before| !before.inherited || normal_name(&before.name) != name);
        }
        self.sentence.metrics.push(metric);
    }

    fn finish(mut self) -> Sentence {
        let no_content =
            self.sentence.metrics.is_empty() && self.sentence.epoch.or(self.sentence.step).is_none();
        if no_content && self.previous == Some(Token::Sign(':')) {
            self.split = None;
            self.end_name();
            self.sentence.heading = self.split;
        }
        self.sentence
    }
}
