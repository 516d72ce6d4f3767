//! What one line says that a person would read: names, their numbers, and what they are about.
//!
//! A name is the words right before its number: `Average loss: 0.03` and `val acc 0.9`, not `val_loss with patience 3`. A split holds for the names
//! after it until the next one (`Test set: Average loss: .., Accuracy: ..`). After `best` nothing counts up to the end of the bracket or the line.

use crate::read::formats::plain::tokens::{Token, tokens};
use crate::read::formats::plain::vocabulary::{Meaning, Words};
use crate::read::names::{Split, normal_name, words_of};

/// What a line says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The epoch, as it was named.
    pub(crate) epoch: Option<f64>,
    /// A step, within the epoch where one is named.
    pub(crate) step: Option<f64>,
    /// A step that is never within the epoch.
    pub(crate) global_step: Option<f64>,
    /// Samples used so far.
    pub(crate) samples: Option<f64>,
    /// The part of a pass over some data that is done, in 0..=1.
    pub(crate) progress: Option<f64>,
    /// The number of `[3/10]` where the line opens with it.
    pub(crate) opening: Option<f64>,
    /// Whether a batch of a pass over some data is named.
    pub(crate) in_batches: bool,
    /// Metrics by their words, with the split in front.
    pub(crate) metrics: Vec<NamedNumber>,
    /// The split that this line announces for the next.
    pub(crate) heading: Option<String>,
}

/// A metric of a line.
#[derive(Debug)]
pub(crate) struct NamedNumber {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// Whether it is written as a whole number.
    pub(crate) whole: bool,
    /// Whether its split is that of the words before, not of its own name.
    inherited: bool,
}

/// A line that is being read.
pub(crate) struct Sentence<'a> {
    words: &'a mut Words,
    said: Said,
    /// The words of the name under way, with their meanings.
    name: Vec<(&'a str, Meaning)>,
    /// The split in force.
    about: Option<String>,
    /// The coordinate whose number is awaited.
    awaited: Option<Meaning>,
    before: Option<Token<'a>>,
    /// Tokens so far.
    count: usize,
    /// Open brackets, and how many there were at a word like `best`.
    depth: usize,
    other_moment: Option<usize>,
    /// The meaning of the last word.
    last_word: Meaning,
}

impl<'a> Sentence<'a> {
    /// What a line says; `heading` is what the line before announced, `words` what its words mean.
    pub(crate) fn read(line: &'a str, heading: Option<String>, words: &'a mut Words) -> Said {
        let mut sentence = Self {
            words,
            said: Said::default(),
            name: Vec::new(),
            about: heading,
            awaited: None,
            before: None,
            count: 0,
            depth: 0,
            other_moment: None,
            last_word: Meaning::Plain,
        };
        for token in tokens(line) {
            sentence.take(token);
            sentence.before = Some(token);
            sentence.count += 1;
        }
        sentence.end()
    }

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
        if matches!(self.before, Some(Token::Sign(':' | '='))) {
            self.end_name();
        }
        let means = self.words.meaning(word);
        match means {
            Meaning::Filler => return,
            Meaning::Split(_) => self.name.push((word, means)),
            Meaning::Metric | Meaning::Adjective => {
                self.awaited = None;
                self.name.push((word, means));
            }
            Meaning::Epoch | Meaning::Step | Meaning::GlobalStep | Meaning::Samples => {
                self.end_name();
                self.awaited = (self.last_word != Meaning::NotWhere).then_some(means);
            }
            Meaning::Progress => self.batches(),
            Meaning::OtherMoment => {
                self.end_name();
                self.other_moment = self.other_moment.or(Some(self.depth));
            }
            Meaning::NotWhere | Meaning::Plain => self.end_name(),
        }
        self.last_word = means;
    }

    fn batches(&mut self) {
        self.end_name();
        match self.before {
            Some(Token::Fraction(part, whole)) => self.progress(part, whole),
            _ => self.awaited = Some(Meaning::Progress),
        }
    }

    fn sign(&mut self, sign: char) {
        match sign {
            ':' | '=' | '#' | '.' | '\'' | '"' => return,
            '*' if self.before.is_none() => self.about = Some("val".to_owned()),
            '(' | '[' | '{' => {
                let awaited = self.awaited;
                self.end_name();
                self.awaited = awaited;
                self.depth += 1;
                return;
            }
            ')' | ']' | '}' => {
                self.depth = self.depth.saturating_sub(1);
                self.other_moment = self.other_moment.filter(|&depth| depth <= self.depth);
            }
            _ => {}
        }
        self.end_name();
    }

    /// Forgets the name under way, but not the split that it names.
    fn end_name(&mut self) {
        if let Some((word, _)) = self.name.iter().find(|(_, means)| matches!(means, Meaning::Split(_))) {
            self.about = Some((*word).to_owned());
        }
        self.name.clear();
        self.awaited = None;
    }

    fn number(&mut self, value: f64, whole: bool) {
        match self.awaited {
            _ if self.other_moment.is_some() => {}
            Some(coordinate) => self.coordinate(coordinate, value),
            None => self.metric(value, whole),
        }
        self.end_name();
    }

    fn fraction(&mut self, part: f64, whole: f64) {
        match self.awaited {
            _ if self.other_moment.is_some() => {}
            Some(Meaning::Step) if self.said.epoch.is_some() => self.progress(part, whole),
            Some(Meaning::Progress) => self.progress(part, whole),
            Some(coordinate) => self.coordinate(coordinate, part),
            None if self.name.is_empty() && self.depth > 0 => {
                self.said.opening = (self.count == 1).then_some(part).or(self.said.opening);
                self.progress(part, whole);
            }
            None => self.metric(part / whole, false),
        }
        self.end_name();
    }

    /// The first of its kind counts.
    fn coordinate(&mut self, coordinate: Meaning, value: f64) {
        let place = match coordinate {
            Meaning::Epoch => &mut self.said.epoch,
            Meaning::Step => &mut self.said.step,
            Meaning::GlobalStep => &mut self.said.global_step,
            Meaning::Samples => &mut self.said.samples,
            _ => {
                self.said.in_batches = true;
                return;
            }
        };
        *place = place.or((value.is_finite() && value >= 0.0).then_some(value));
    }

    fn progress(&mut self, part: f64, whole: f64) {
        if whole > 0.0 && part <= whole {
            self.said.progress = self.said.progress.or(Some(part / whole));
        }
    }

    fn metric(&mut self, value: f64, whole: bool) {
        if !matches!(self.name.last(), Some((_, Meaning::Metric))) {
            return;
        }
        let mut name = self.name.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
        let own_split = words_of(&name).iter().any(|word| Split::named(word).is_some());
        let inherited = self.about.as_deref().filter(|_| !own_split);
        if let Some(about) = inherited {
            name = format!("{about} {name}");
        }
        let inherited = inherited.is_some();
        self.push(NamedNumber { name, value, whole, inherited });
    }

    /// A name with a split of its own takes the place of one that inherited it.
    fn push(&mut self, metric: NamedNumber) {
        if !metric.inherited {
            let name = normal_name(&metric.name);
            self.said.metrics.retain(|before| !before.inherited || normal_name(&before.name) != name);
        }
        self.said.metrics.push(metric);
    }

    fn end(mut self) -> Said {
        let silent = self.said.metrics.is_empty() && self.said.epoch.or(self.said.step).is_none();
        if silent && self.before == Some(Token::Sign(':')) {
            self.about = None;
            self.end_name();
            self.said.heading = self.about;
        }
        self.said
    }
}
