//! A command line with placeholders: `python train.py --lr {lr}`.
//!
//! A placeholder is a known name in braces, anywhere in a word, any number of times. A name
//! consists of letters, `_` and `-`, and starts with a letter. An unknown name is probably a typing
//! error and is refused. `{{name}}` stands for the text `{name}`. Everything else stays as it is,
//! so that most text in braces needs no escapes: `{}`, `{0}`, `{"a": 1}`, and in `{"lr": {lr}}`
//! only the rate is replaced. No word is ever given to a shell.
//!
//! The same holds for the values of variables (`--env BATCH={batch_size}`). In a configuration file
//! only the placeholders themselves are replaced, and every other brace stays: such a file is JSON,
//! Python or YAML, where braces have a meaning of their own.

use crate::process::quoting::shell_line;
use std::ffi::OsString;
use std::fmt;
use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};

/// A value that a command can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// `{batch_size}`: samples per step.
    BatchSize,
    /// `{lr}`: the learning rate.
    LearningRate,
    /// `{seed}`: the seed of all random numbers.
    Seed,
    /// `{steps}`: the length of the training in steps (parameter updates).
    Steps,
    /// `{epochs}`: the same length in epochs.
    Epochs,
    /// `{samples}`: the same length in samples.
    Samples,
    /// `{eval_steps}`: steps between two evaluations.
    EvalSteps,
    /// `{micro_batch_size}`: samples per forward/backward pass.
    MicroBatchSize,
    /// `{grad_accum}`: micro-batches per step.
    GradAccum,
    /// `{eval_batch_size}`: samples per pass of the evaluation.
    EvalBatchSize,
    /// `{out}`: a folder for the files of the trial.
    Out,
    /// `{config}`: the trial's copy of the configuration file.
    Config,
}

impl Placeholder {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::BatchSize,
        Self::LearningRate,
        Self::Seed,
        Self::Steps,
        Self::Epochs,
        Self::Samples,
        Self::EvalSteps,
        Self::MicroBatchSize,
        Self::GradAccum,
        Self::EvalBatchSize,
        Self::Out,
        Self::Config,
    ];

    /// Its name, without braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchSize => "batch_size",
            Self::LearningRate => "lr",
            Self::Seed => "seed",
            Self::Steps => "steps",
            Self::Epochs => "epochs",
            Self::Samples => "samples",
            Self::EvalSteps => "eval_steps",
            Self::MicroBatchSize => "micro_batch_size",
            Self::GradAccum => "grad_accum",
            Self::EvalBatchSize => "eval_batch_size",
            Self::Out => "out",
            Self::Config => "config",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placeholder| placeholder.name() == name)
    }
}

/// The values of one trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Values<'a> {
    /// Samples per step, at least 1.
    pub batch_size: u64,
    /// Positive and finite. Written without an exponent, with enough digits to read back the same
    /// number.
    pub learning_rate: f64,
    /// Below 2^31, which the seed function of every language accepts.
    pub seed: u64,
    /// Steps until the end of the training.
    pub steps: u64,
    /// Epochs until then; a whole number is written without a decimal point.
    pub epochs: f64,
    /// Training samples until then.
    pub samples: u64,
    /// Steps between two evaluations, so that all batch sizes are evaluated after the same numbers
    /// of samples.
    pub eval_steps: u64,
    /// Samples per forward/backward pass.
    pub micro_batch_size: u64,
    /// Micro-batches per step.
    pub grad_accum: u64,
    /// Samples per pass of the evaluation.
    pub eval_batch_size: u64,
    /// A folder for the files of the trial.
    pub out: &'a Path,
    /// The configuration file of the trial.
    pub config: &'a Path,
}

impl Default for Values<'_> {
    /// One step of one sample at rate 0.1, in the working folder.
    fn default() -> Self {
        Self {
            batch_size: 1,
            learning_rate: 0.1,
            seed: 0,
            steps: 1,
            epochs: 1.0,
            samples: 1,
            eval_steps: 1,
            micro_batch_size: 1,
            grad_accum: 1,
            eval_batch_size: 1,
            out: Path::new("."),
            config: Path::new("config"),
        }
    }
}

/// With a decimal point even for a whole number: some programs take `1` for an integer and refuse
/// it as a rate.
fn decimal(rate: f64) -> String {
    if rate.fract() == 0.0 { format!("{rate}.0") } else { rate.to_string() }
}

impl Values<'_> {
    fn of(&self, placeholder: Placeholder) -> OsString {
        match placeholder {
            Placeholder::BatchSize => self.batch_size.to_string().into(),
            Placeholder::LearningRate => decimal(self.learning_rate).into(),
            Placeholder::Seed => self.seed.to_string().into(),
            Placeholder::Steps => self.steps.to_string().into(),
            Placeholder::Epochs => self.epochs.to_string().into(),
            Placeholder::Samples => self.samples.to_string().into(),
            Placeholder::EvalSteps => self.eval_steps.to_string().into(),
            Placeholder::MicroBatchSize => self.micro_batch_size.to_string().into(),
            Placeholder::Config => self.config.into(),
            Placeholder::EvalBatchSize => self.eval_batch_size.to_string().into(),
            Placeholder::GradAccum => self.grad_accum.to_string().into(),
            Placeholder::Out => self.out.into(),
        }
    }
}

/// Why a command line cannot be a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There are no words.
    #[error("no command was given; write it after `--`, e.g. -- python train.py --batch-size {{batch_size}}")]
    Empty,
    /// A word is not UTF-8.
    #[error("word {position} of the command, {word:?}, is not UTF-8; rename the file that it names")]
    NotUtf8 {
        /// Its position, counted from 1.
        position: usize,
        /// The word, as far as it is text.
        word: String,
    },
    /// A name in braces that is no placeholder.
    #[error(
        "unknown placeholder {{{name}}} in {word:?}; known are {}. Write {{{{{name}}}}} for the text {{{name}}} itself",
        known()
    )]
    Unknown {
        /// The name, without braces.
        name: String,
        /// The word that holds it.
        word: String,
    },
    /// There is neither `{batch_size}` nor `{micro_batch_size}` with `{grad_accum}`: every trial would
    /// train at the same batch size.
    #[error(
        "the command `{line}` has no {{batch_size}}; add it where the program takes its batch size: as an argument, in a variable (--env NAME={{batch_size}}) or in its configuration file (--template)"
    )]
    NoBatchSize {
        /// The command as it was given.
        line: String,
    },
    /// The command begins as one line of a shell with a variable.
    #[error(
        "`{word}` is no program, for no shell reads the command; set the variable with --env: --env {word} -- {rest}"
    )]
    Assignment {
        /// The first word.
        word: String,
        /// The other words, as a shell line.
        rest: String,
    },
    /// A variable without a name, or without a value.
    #[error("--env {value:?} is no variable; write NAME=VALUE, e.g. BATCH={{batch_size}}")]
    NoVariable {
        /// What was given.
        value: String,
    },
    /// The configuration file is not text.
    #[error("--template {}: it is not UTF-8", path.display())]
    ConfigNotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// The configuration file asks for nothing: all trials would get the same one.
    #[error(
        "--template {}: it holds no placeholder; write e.g. {{batch_size}} where it has the batch size", path.display()
    )]
    ConfigPlain {
        /// The file.
        path: PathBuf,
    },
    /// The command does not take the file.
    #[error(
        "the command `{line}` has no {{config}}; add it where the program takes the path of its configuration file"
    )]
    ConfigUnused {
        /// The command as it was given.
        line: String,
    },
    /// There is no file to take.
    #[error("{{config}} is the copy of a configuration file; give that file with --template")]
    NoConfig,
}

fn known() -> String {
    Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.name())).join(" ")
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// A variable of the command, whose value may hold placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableTemplate {
    name: String,
    value: Vec<Piece>,
}

impl VariableTemplate {
    /// Parses `NAME=VALUE`.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let named = text.split_once('=').filter(|(name, _)| !name.is_empty() && !text.contains('\0'));
        let (name, value) = named.ok_or_else(|| TemplateError::NoVariable { value: text.to_owned() })?;
        let value = pieces(value).map_err(|name| TemplateError::Unknown { name, word: text.to_owned() })?;
        Ok(Self { name: name.to_owned(), value })
    }
}

/// As it was given, but for `{{` and `}}`.
impl Display for VariableTemplate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name)?;
        self.value.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Placeholder(placeholder) => write!(f, "{{{}}}", placeholder.name()),
        })
    }
}

/// A configuration file of the command, with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigTemplate {
    name: OsString,
    text: Vec<Piece>,
}

impl ConfigTemplate {
    /// Parses the content of a file. A copy of it has the same name.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(path: &Path, content: Vec<u8>) -> Result<Self, TemplateError> {
        let text =
            String::from_utf8(content).map_err(|_| TemplateError::ConfigNotUtf8 { path: path.to_owned() })?;
        let text = known_pieces(&text);
        if !text.iter().any(|piece| matches!(piece, Piece::Placeholder(_))) {
            return Err(TemplateError::ConfigPlain { path: path.to_owned() });
        }
        Ok(Self { name: path.file_name().unwrap_or(path.as_os_str()).to_owned(), text })
    }

    /// The name of the file.
    pub fn name(&self) -> &Path {
        Path::new(&self.name)
    }

    /// Its content in one trial.
    pub fn fill(&self, values: &Values) -> OsString {
        fill(&self.text, values)
    }
}

/// A command line with placeholders, with its variables and its configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandTemplate {
    /// Each word, cut into its pieces.
    words: Vec<Vec<Piece>>,
    variables: Vec<VariableTemplate>,
    config: Option<ConfigTemplate>,
}

impl CommandTemplate {
    /// Parses the words of a command line; the first is the program.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(words: &[OsString]) -> Result<Self, TemplateError> {
        Self::with(words, Vec::new(), None)
    }

    /// Parses the words of a command line that gets these variables and this configuration file.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn with(
        words: &[OsString],
        variables: Vec<VariableTemplate>,
        config: Option<ConfigTemplate>,
    ) -> Result<Self, TemplateError> {
        if words.is_empty() {
            return Err(TemplateError::Empty);
        }
        refuse_assignment(words)?;
        let words_of = words.iter().enumerate().map(parse_word).collect::<Result<_, _>>()?;
        let template = Self { words: words_of, variables, config };
        let takes_file = template.passes(Placeholder::Config);
        let line = || shell_line(words);
        let divided = template.uses(Placeholder::MicroBatchSize) && template.uses(Placeholder::GradAccum);
        match template.config {
            None if takes_file => Err(TemplateError::NoConfig),
            // The file lies in the trial's folder.
            Some(_) if !takes_file && !template.passes(Placeholder::Out) => {
                Err(TemplateError::ConfigUnused { line: line() })
            }
            _ if !template.uses(Placeholder::BatchSize) && !divided => {
                Err(TemplateError::NoBatchSize { line: line() })
            }
            _ => Ok(template),
        }
    }

    /// Whether the command asks for this value, itself or in its configuration file.
    pub fn uses(&self, placeholder: Placeholder) -> bool {
        let file = self.config.iter().flat_map(|config| &config.text);
        self.passes(placeholder) || file.into_iter().any(|piece| *piece == Piece::Placeholder(placeholder))
    }

    /// Whether an argument or a variable holds this value.
    fn passes(&self, placeholder: Placeholder) -> bool {
        let variables = self.variables.iter().flat_map(|variable| &variable.value);
        self.words.iter().flatten().chain(variables).any(|piece| *piece == Piece::Placeholder(placeholder))
    }

    /// The variables of one trial.
    pub fn fill_variables(&self, values: &Values) -> Vec<(OsString, OsString)> {
        let filled =
            |variable: &VariableTemplate| (variable.name.clone().into(), fill(&variable.value, values));
        self.variables.iter().map(filled).collect()
    }

    /// The configuration file, if there is one.
    pub fn config(&self) -> Option<&ConfigTemplate> {
        self.config.as_ref()
    }

    /// The words without placeholders.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|pieces| match &pieces[..] {
            [Piece::Text(text)] => Some(text.as_str()),
            _ => None,
        })
    }

    /// The program, where it is the same in every trial.
    pub fn program(&self) -> Option<&str> {
        match self.words.first().map(Vec::as_slice) {
            Some([Piece::Text(program)]) => Some(program),
            _ => None,
        }
    }

    /// Whether the learning rate can be tuned. If not, a verdict is about the program's own rate.
    pub fn has_learning_rate(&self) -> bool {
        self.uses(Placeholder::LearningRate)
    }

    /// The words of one trial: exactly as many as the template has, whatever the values contain.
    pub fn fill(&self, values: &Values) -> Vec<OsString> {
        self.words.iter().map(|pieces| fill(pieces, values)).collect()
    }
}

fn fill(pieces: &[Piece], values: &Values) -> OsString {
    pieces.iter().fold(OsString::new(), |mut filled, piece| {
        match piece {
            Piece::Text(text) => filled.push(text),
            Piece::Placeholder(placeholder) => filled.push(values.of(*placeholder)),
        }
        filled
    })
}

/// `BS={batch_size} python train.py` is a line for a shell.
fn refuse_assignment(words: &[OsString]) -> Result<(), TemplateError> {
    let word = words[0].to_string_lossy();
    let (name, is_assigned) = word.split_once('=').map_or(("", false), |(name, _)| (name, true));
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_assigned && begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let rest = shell_line(&words[1..]);
        return Err(TemplateError::Assignment { word: word.into_owned(), rest });
    }
    Ok(())
}

fn parse_word((index, word): (usize, &OsString)) -> Result<Vec<Piece>, TemplateError> {
    let text = word.to_str().ok_or_else(|| TemplateError::NotUtf8 {
        position: index + 1,
        word: word.to_string_lossy().into_owned(),
    })?;
    pieces(text).map_err(|name| TemplateError::Unknown { name, word: text.to_owned() })
}

/// The pieces of a word, or the unknown name.
fn pieces(word: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), word);
    while let Some(start) = rest.find('{') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some((name, after)) = braced(rest, "{{", "}}") {
            text.extend(["{", name, "}"]);
            rest = after;
        } else if let Some((name, after)) = braced(rest, "{", "}") {
            let placeholder = Placeholder::named(name).ok_or_else(|| name.to_owned())?;
            pieces.extend([Piece::Text(std::mem::take(&mut text)), Piece::Placeholder(placeholder)]);
            rest = after;
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

/// The pieces of a text in which only known placeholders have a meaning.
fn known_pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(start) = rest.find('{') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let known = braced(rest, "{", "}").and_then(|(name, after)| Some((Placeholder::named(name)?, after)));
        if let Some((placeholder, after)) = known {
            pieces.extend([Piece::Text(std::mem::take(&mut plain)), Piece::Placeholder(placeholder)]);
            rest = after;
        } else {
            plain.push('{');
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    pieces.push(Piece::Text(plain));
    pieces
}

/// The name in braces at the start of a text, and the text after it.
fn braced<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (name, after) = text.strip_prefix(open)?.split_once(close)?;
    let first_is_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_name = name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'));
    (first_is_letter && is_name).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(words: &[&str]) -> Result<CommandTemplate, TemplateError> {
        CommandTemplate::parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    /// One word, filled, of a command that has a batch size elsewhere.
    fn filled(word: &str, values: &Values) -> String {
        let command = parse(&["x", "{batch_size}", word]).unwrap().fill(values);
        command[2].to_str().unwrap().to_owned()
    }

    /// A value in the wrong place would train something else, and nobody would notice.
    #[test]
    fn every_placeholder_is_replaced_by_its_own_value() {
        let values = Values {
            batch_size: 64,
            learning_rate: 1e-4,
            seed: 7,
            steps: 100,
            epochs: 2.5,
            samples: 6400,
            eval_steps: 10,
            micro_batch_size: 16,
            grad_accum: 4,
            eval_batch_size: 32,
            out: Path::new("/a b"),
            config: Path::new("unused"),
        };
        // {config} needs a file, and has a test of its own.
        let others = Placeholder::ALL.into_iter().filter(|&placeholder| placeholder != Placeholder::Config);
        let all: Vec<String> = others.map(|placeholder| format!("{{{}}}", placeholder.name())).collect();
        let all = all.join("|");
        assert_eq!(filled(&all, &values), "64|0.0001|7|100|2.5|6400|10|16|4|32|/a b");
        assert_eq!(filled("--epochs={epochs}", &Values { epochs: 3.0, ..values }), "--epochs=3");
        assert_eq!(filled("{lr}{lr}-{seed}", &values), "0.00010.0001-7");
    }

    /// JSON, Python and shell text on a command line would be changed or refused.
    #[test]
    fn braces_that_hold_no_name_pass_untouched() {
        for word in [
            "{}",
            "{0}",
            "{{}}",
            "{",
            "}",
            "{{",
            "}}",
            "}{",
            r#"{"a":1}"#,
            "{a b}",
            "${1}",
            "{_}",
            "{é}",
            "{x",
            "x}",
            "{1a}",
            "{a:b}",
        ] {
            assert_eq!(filled(word, &Values::default()), word);
        }
        let values = Values { learning_rate: 0.5, ..Values::default() };
        for (word, becomes) in [
            (r#"{"opt":{"lr":{lr}}}"#, r#"{"opt":{"lr":0.5}}"#),
            ("{{lr}}", "{lr}"),
            ("{{{lr}}}", "{{lr}}"),
            ("{{other}} {lr}", "{other} 0.5"),
            ("${{HOME}}", "${HOME}"),
        ] {
            assert_eq!(filled(word, &values), becomes);
        }
    }

    /// A typing error would start every trial with the placeholder's name as its value, or all
    /// trials at one batch size.
    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_do() {
        for (words, says) in [
            (&[][..], "after `--`"),
            (
                &["x", "--bs={batchsize}"],
                "unknown placeholder {batchsize} in \"--bs={batchsize}\"; known are {batch_size} {lr} ",
            ),
            (&["x", "{batch-size}"], "Write {{batch-size}} for the text {batch-size} itself"),
            (&["x", "{batch_size}", "{LR}"], "{LR}"),
            (&["python", "a b.py"], "the command `python 'a b.py'` has no {batch_size};"),
            (&["x", "{{batch_size}}"], "no {batch_size}"),
        ] {
            let error = parse(words).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    /// A dictionary, a format string or a template of the file's own would be broken.
    #[test]
    fn in_a_file_only_placeholders_are_replaced() {
        let content = r#"{"train": {"batch": {batch_size}, "opt": {"lr": {lr}}}, "name": "{{x}} {x} {{batch_size}} {}",
            f"{seed:03}", x = {seed}, '{}}', ${out}}"#;
        let config = ConfigTemplate::parse(Path::new("a/b.json"), content.into()).unwrap();
        let values =
            Values { batch_size: 8, learning_rate: 0.5, seed: 7, out: Path::new("/o"), ..Values::default() };
        let filled = config.fill(&values).into_string().unwrap();
        assert_eq!(
            filled,
            r#"{"train": {"batch": 8, "opt": {"lr": 0.5}}, "name": "{{x}} {x} {8} {}",
            f"{seed:03}", x = 7, '{}}', $/o}"#
        );
        assert_eq!(config.name(), Path::new("b.json"));
    }

    /// All trials would train at one batch size, or with one configuration.
    #[test]
    fn variables_and_a_file_count_as_the_command() {
        let config = |text: &str| ConfigTemplate::parse(Path::new("c.yaml"), text.into());
        let with = |words: &[&str], variables: &[&str], file: Option<&str>| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let variables = variables.iter().map(|text| VariableTemplate::parse(text).unwrap()).collect();
            CommandTemplate::with(&words, variables, file.map(|text| config(text).unwrap()))
        };
        let values = Values { batch_size: 8, config: Path::new("/o/c.yaml"), ..Values::default() };
        let by_variable = with(&["x"], &["A=1", "B= {batch_size}={{lr}}"], None).unwrap();
        assert_eq!(
            by_variable.fill_variables(&values),
            [("A".into(), "1".into()), ("B".into(), " 8={lr}".into())]
        );
        assert!(by_variable.uses(Placeholder::BatchSize) && !by_variable.has_learning_rate());
        let by_file = with(&["x", "{config}"], &[], Some("b: {batch_size} {lr}")).unwrap();
        assert_eq!(by_file.fill(&values)[1], "/o/c.yaml");
        assert!(by_file.has_learning_rate());
        assert!(with(&["x"], &["C={out}"], Some("{batch_size}")).is_ok());
        for (refused, says) in [
            (with(&["x"], &["A=1"], None), "--env NAME={batch_size}"),
            (with(&["x", "{config}"], &[], Some("{lr}")), "has no {batch_size}"),
            (with(&["x", "{batch_size}"], &[], Some("{lr}")), "has no {config}"),
            (with(&["x", "{batch_size}", "{config}"], &[], None), "give that file with --template"),
            (
                with(&["BS={batch_size}", "python", "a b.py"], &[], None),
                "--env BS={batch_size} -- python 'a b.py'",
            ),
        ] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(with(&["./a=b", "{batch_size}"], &[], None).is_ok(), "a path is a program");
        assert!(config("plain {x}").unwrap_err().to_string().contains("holds no placeholder"));
        assert!(ConfigTemplate::parse(Path::new("x"), vec![0xff]).is_err());
        for variable in ["A", "=1", ""] {
            assert!(VariableTemplate::parse(variable).unwrap_err().to_string().contains("NAME=VALUE"));
        }
        let unknown = VariableTemplate::parse("A={batchsize}").unwrap_err();
        assert!(matches!(unknown, TemplateError::Unknown { .. }));
    }

    #[test]
    fn a_word_that_is_no_text_is_refused_with_its_place() {
        use std::os::unix::ffi::OsStringExt;
        let words = ["x".into(), OsString::from_vec(b"{batch_size}\xff".to_vec())];
        let error = CommandTemplate::parse(&words).unwrap_err().to_string();
        assert!(
            error.starts_with("word 2 of the command, \"{batch_size}\u{fffd}\", is not UTF-8"),
            "{error}"
        );
    }

    /// A verdict would call the rate tuned although it never changed.
    #[test]
    fn it_is_known_whether_the_rate_can_be_tuned() {
        assert!(!parse(&["x", "{batch_size}", "{{lr}}"]).unwrap().has_learning_rate());
        assert!(parse(&["x", "{batch_size}", "a{lr}"]).unwrap().has_learning_rate());
    }

    proptest! {
        /// Some programs read a rate in another notation, or with fewer digits, as another rate.
        #[test]
        fn rates_are_plain_decimals_that_read_back(rate in f64::MIN_POSITIVE..1e6) {
            let text = filled("{lr}", &Values { learning_rate: rate, ..Values::default() });
            prop_assert!(text.chars().all(|c| c.is_ascii_digit() || c == '.'), "{}", text);
            prop_assert_eq!(text.parse::<f64>(), Ok(rate));
        }

        /// Quotes, spaces, semicolons, leading dashes: a word stays one word with the same text.
        #[test]
        fn words_without_names_in_braces_stay_what_they_are(words in prop::collection::vec("[^{]*", 0..5)) {
            let mut all = vec!["{batch_size}"];
            all.extend(words.iter().map(String::as_str));
            let filled = parse(&all).unwrap().fill(&Values::default());
            let filled: Vec<_> = filled.iter().map(|word| word.to_str().unwrap()).collect();
            prop_assert_eq!(&filled[1..], &all[1..]);
        }

        #[test]
        fn any_text_is_read_or_refused(word in "[{}a-z_ -]*") {
            let _ = parse(&["{batch_size}", &word]);
        }
    }
}
