//! Parses one line that is printed for people: names, their numbers, and the split that they are
//! about.
//!
//! The name of a number is the words directly before it: `Average loss: 0.03` and `val acc 0.9`,
//! but not `val_loss with patience 3`. A split holds for the names after it until the next split
//! (`Test set: Average loss: .., Accuracy: ..`). After `best` nothing counts up to the end of the
//! bracket or the line; before `is the best` it does not count either. In `0.5 -> 0.4` the second
//! number counts. `Accuracy of the network on the test images: 91 %` states one number at its end.
//!
//! Left out: what the numbers mean for the run (`plain`).

use crate::read::formats::plain::tokens::{Token, in_ascii_signs, tokens};
use crate::read::formats::plain::vocabulary::{DecimalSign, Meaning, Vocabulary};
use crate::read::japanese::in_order;
use crate::read::names::{Split, normal_name, words_of};
use crate::read::number::Comma;

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
    /// Steps of this epoch that are done, and the steps of a whole one, where both are named.
    pub(crate) steps_of_epoch: Option<(f64, f64)>,
    /// A fraction that stands alone, outside brackets and after no name; the last of them.
    pub(crate) alone: Option<(f64, f64)>,
    /// The 3 of a `[3/10]`, a `[3]`, or a `3 train loss`, at the start of the line.
    pub(crate) opening: Option<f64>,
    /// Whether the line names a batch of a pass over some data.
    pub(crate) in_batches: bool,
    /// The number of that batch.
    pub(crate) batch: Option<f64>,
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
    /// The number in brackets behind the value: of a meter the mean so far.
    pub(crate) mean: Option<f64>,
    /// Whether it is printed as a whole number.
    pub(crate) whole: bool,
    /// Whether its split comes from words before its name.
    pub(crate) inherited: bool,
}

/// What the tokens directly before have begun.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Begun {
    #[default]
    Nothing,
    /// The value of the last metric.
    Value,
    /// A value and `(`.
    Mean,
    /// A value and an arrow.
    Change,
    /// A value and `is`, `is the`.
    Judgement,
    /// `Train: 3`, perhaps an epoch; with its number.
    Pass(f64),
    /// `Train: 3 [`.
    PassOf(f64),
    /// The number of an epoch, whose steps may follow.
    Epoch,
    /// `[3/10`, perhaps a part of a pass: `[01/05 12:00:00]` is a date. Whether the line starts with
    /// it.
    Part(f64, f64, bool),
}

/// The state of the parser within a line.
struct SentenceParser<'a> {
    vocabulary: &'a mut Vocabulary,
    sentence: Sentence,
    /// The words of the current name, with their meanings.
    name: Vec<(&'a str, Meaning)>,
    /// The split that holds for the next names.
    split: Option<String>,
    /// The metric of `accuracy of the network on`, whose number comes later.
    subject: Option<&'a str>,
    begun: Begun,
    /// Whether the step follows the word `steps`.
    plural: bool,
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
        let line = in_ascii_signs(line);
        let line = in_order(&line);
        let mut parser = SentenceParser {
            vocabulary,
            sentence: Self::default(),
            name: Vec::new(),
            split: heading,
            subject: None,
            begun: Begun::Nothing,
            plural: false,
            expected: None,
            previous: None,
            count: 0,
            depth: 0,
            other_time: None,
            last_word: Meaning::Plain,
        };
        for token in tokens(&line) {
            parser.take(token);
            parser.previous = Some(token);
            parser.count += 1;
        }
        parser.finish()
    }
}

impl<'a> SentenceParser<'a> {
    fn take(&mut self, token: Token<'a>) {
        let begun = std::mem::take(&mut self.begun);
        self.begun = self.going_on(begun, token);
        match token {
            Token::Number { value, .. } if begun == Begun::Change => self.change(value),
            Token::Word(word) => self.word(word),
            Token::Number { value, whole } => self.number(value, whole),
            Token::Comma(comma) => self.comma(comma),
            Token::Pair(one, other) => self.pair(one, other),
            Token::Arrow => self.end_name(),
            Token::Epoch(number) => {
                self.end_name();
                self.coordinate(Meaning::Epoch, number);
            }
            Token::Percent(share) => self.number(share, false),
            Token::Fraction(part, whole) => self.fraction(part, whole),
            Token::Sign(sign) => self.sign(sign),
            Token::Other => {
                // `Batch [0-100]`
                self.sentence.in_batches |= self.expected == Some(Meaning::Progress);
                self.end_name();
            }
        }
    }

    /// What has begun, after one more token.
    fn going_on(&mut self, begun: Begun, token: Token<'a>) -> Begun {
        match (begun, token) {
            (Begun::Value, Token::Sign('(')) => Begun::Mean,
            (Begun::Value, Token::Arrow) => Begun::Change,
            (Begun::Value, Token::Word("is" | "was"))
            | (Begun::Judgement, Token::Word("the" | "a" | "our" | "new")) => Begun::Judgement,
            (Begun::Judgement, Token::Word(word)) if self.vocabulary.meaning(word) == Meaning::OtherTime => {
                self.sentence.metrics.pop();
                Begun::Nothing
            }
            (Begun::Mean, Token::Number { value, .. }) => {
                let last = self.sentence.metrics.last_mut();
                last.into_iter().for_each(|metric| metric.mean = Some(value));
                Begun::Nothing
            }
            (Begun::Part(part, whole, opens), Token::Sign(')' | ']' | '(' | ',' | '|')) => {
                self.sentence.opening = opens.then_some(part).or(self.sentence.opening);
                self.progress(part, whole);
                Begun::Nothing
            }
            (Begun::Epoch, Token::Sign(':' | ',' | '|' | ']' | '-')) => Begun::Epoch,
            (Begun::Epoch, Token::Fraction(part, whole)) => {
                self.steps(part, whole);
                Begun::Nothing
            }
            (Begun::Pass(number), Token::Sign('[')) => Begun::PassOf(number),
            (Begun::PassOf(number), Token::Fraction(..)) => {
                self.coordinate(Meaning::Epoch, number);
                Begun::Nothing
            }
            _ => Begun::Nothing,
        }
    }

    /// `0.5 -> 0.4`: the metric now.
    fn change(&mut self, value: f64) {
        if let Some(metric) = self.sentence.metrics.last_mut() {
            (metric.value, metric.whole) = (value, false);
            self.begun = Begun::Value;
        }
    }

    fn word(&mut self, word: &'a str) {
        if matches!(self.previous, Some(Token::Sign(':' | '='))) {
            self.end_name();
        }
        // `valid_0's l2`
        if word == "s" && self.previous == Some(Token::Sign('\'')) {
            return;
        }
        let meaning = match (self.vocabulary.meaning(word), self.previous) {
            (Meaning::Steps | Meaning::Plain, Some(Token::Word("consumed" | "seen")))
                if word == "samples" =>
            {
                Meaning::Samples
            }
            (meaning, _) => meaning,
        };
        if let (Some((metric, Meaning::Metric)), "of" | "on" | "for" | "over" | "after" | "at" | "in") =
            (self.name.last(), word)
        {
            self.subject = Some(*metric);
        }
        match meaning {
            Meaning::Filler => {
                // "A step is 3 feet long."
                self.expected = None;
                return;
            }
            Meaning::Split(_) => self.name.push((word, meaning)),
            Meaning::Metric | Meaning::Adjective => {
                self.expected = None;
                self.name.push((word, meaning));
            }
            Meaning::Epoch | Meaning::Step | Meaning::Steps | Meaning::GlobalStep | Meaning::Samples => {
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
            Some(Token::Fraction(part, whole)) => self.steps(part, whole),
            _ => self.expected = Some(Meaning::Progress),
        }
    }

    fn sign(&mut self, sign: char) {
        match sign {
            ':' | '=' | '#' | '.' | '\'' | '"' => return,
            '*' if self.previous.is_none() => self.split = Some("val".to_owned()),
            // `Epoch(train) [3]`
            ')' if matches!(self.name.last(), Some((_, Meaning::Split(_)))) => {
                let expected = self.expected;
                self.end_name();
                self.expected = expected;
                self.depth = self.depth.saturating_sub(1);
                return;
            }
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
            None if whole && self.is_opening() => self.sentence.opening = Some(value),
            None if whole && matches!(self.name[..], [(_, Meaning::Split(_))]) => {
                self.begun = Begun::Pass(value);
            }
            None => self.metric(value, whole),
        }
        self.end_name();
    }

    /// A step never has a fraction. Of a metric an unclear comma is the sign that the program uses
    /// elsewhere; without one the number does not count.
    fn comma(&mut self, comma: Comma) {
        use DecimalSign::{Comma as ByComma, Point as ByPoint};
        let (value, sign) = match (comma, self.vocabulary.decimal_sign) {
            (Comma::Decimal(value), _) => (Some(value), Some(ByComma)),
            (Comma::Thousands(value), _) => (Some(value), Some(ByPoint)),
            (Comma::Unclear { thousands, .. }, _) if self.expected.is_some() => (Some(thousands), None),
            (Comma::Unclear { decimal, .. }, Some(ByComma)) => (Some(decimal), None),
            (Comma::Unclear { thousands, .. }, Some(ByPoint)) => (Some(thousands), None),
            (Comma::Unclear { .. }, None) => (None, None),
        };
        let before = self.sentence.metrics.len();
        match value {
            Some(value) => self.number(value, false),
            None => self.end_name(),
        }
        if self.sentence.metrics.len() > before {
            self.vocabulary.decimal_sign = sign.or(self.vocabulary.decimal_sign);
        }
    }

    fn fraction(&mut self, part: f64, whole: f64) {
        match self.expected {
            _ if self.other_time.is_some() => {}
            Some(Meaning::Step | Meaning::Steps) if self.sentence.epoch.is_some() => self.steps(part, whole),
            Some(Meaning::Progress) => self.steps(part, whole),
            Some(coordinate) => self.coordinate(coordinate, part),
            None if self.name.is_empty() && self.depth == 0 => self.sentence.alone = Some((part, whole)),
            None if self.name.is_empty() && self.depth > 0 => {
                self.begun = Begun::Part(part, whole, self.count == 1);
            }
            None => self.metric(part / whole, false),
        }
        self.end_name();
    }

    /// Of several numbers of one coordinate the first counts.
    fn coordinate(&mut self, coordinate: Meaning, value: f64) {
        let place = match coordinate {
            Meaning::Epoch => &mut self.sentence.epoch,
            // `Epoch 0 | Validation | Steps: 10`: those of the evaluation.
            Meaning::Steps if self.sentence.epoch.is_some() && self.validates() => return,
            Meaning::Step | Meaning::Steps => {
                self.plural |= coordinate == Meaning::Steps;
                &mut self.sentence.step
            }
            Meaning::GlobalStep => &mut self.sentence.global_step,
            Meaning::Samples => &mut self.sentence.samples,
            _ => {
                self.sentence.in_batches = true;
                &mut self.sentence.batch
            }
        };
        *place = place.or((value.is_finite() && value >= 0.0).then_some(value));
        if coordinate == Meaning::Epoch {
            self.begun = Begun::Epoch;
        }
    }

    /// Whether the split that holds is not that of training.
    fn validates(&self) -> bool {
        let split = self.split.as_deref().and_then(|split| Split::named(&split.to_ascii_lowercase()));
        split.is_some_and(|split| split != Split::Train)
    }

    fn steps(&mut self, part: f64, whole: f64) {
        self.progress(part, whole);
        if whole > 0.0 && part <= whole {
            self.sentence.steps_of_epoch = self.sentence.steps_of_epoch.or(Some((part, whole)));
        }
    }

    fn progress(&mut self, part: f64, whole: f64) {
        if whole > 0.0 && part <= whole {
            self.sentence.progress = self.sentence.progress.or(Some(part / whole));
        }
    }

    /// `accuracy/loss: 0.56/1.37`.
    fn pair(&mut self, one: f64, other: f64) {
        let names = match self.name.pop() {
            Some((word, Meaning::Metric)) => word.split_once('/'),
            _ => None,
        };
        if let Some((first, second)) =
            names.filter(|(first, second)| !first.contains('/') && !second.contains('/'))
        {
            let before = self.name.clone();
            for (name, value) in [(first, one), (second, other)] {
                self.name = before.clone();
                self.word(name);
                self.number(value, false);
            }
        }
        self.end_name();
    }

    fn metric(&mut self, value: f64, whole: bool) {
        let mut name = if matches!(self.name.last(), Some((_, Meaning::Metric))) {
            self.name.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ")
        } else if let (Some(subject), true) = (self.subject, self.is_stated()) {
            self.name.iter().map(|(word, _)| *word).chain([subject]).collect::<Vec<_>>().join(" ")
        } else {
            return;
        };
        let own_split = words_of(&name).iter().any(|word| Split::named(word).is_some());
        let inherited = self.split.as_deref().filter(|_| !own_split);
        if let Some(split) = inherited {
            name = format!("{split} {name}");
        }
        let inherited = inherited.is_some();
        if !whole && self.vocabulary.decimal_sign.is_none() && value.fract() != 0.0 {
            self.vocabulary.decimal_sign = Some(DecimalSign::Point);
        }
        self.push(NamedNumber { name, value, mean: None, whole, inherited });
        (self.begun, self.subject) = (Begun::Value, None);
    }

    /// Whether a number here opens the line: `3 train loss`, `[3] train loss`.
    fn is_opening(&self) -> bool {
        self.count == 0 || (self.count == 1 && self.previous == Some(Token::Sign('[')))
    }

    /// Whether a number here is what the sentence is about: `...: 55 %`, `... is 0.5`.
    fn is_stated(&self) -> bool {
        let splits = self.name.iter().all(|(_, meaning)| matches!(meaning, Meaning::Split(_)));
        splits && matches!(self.previous, Some(Token::Sign(':' | '=') | Token::Word("is" | "was")))
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
        if self.plural && self.sentence.metrics.is_empty() {
            self.sentence.step = None;
        }
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
