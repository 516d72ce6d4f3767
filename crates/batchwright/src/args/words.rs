//! Converts parsed flags back to the words of a command line, so that a child process reads the
//! same data and trains the same network.
//!
//! Each struct is destructured with all its fields, so that the code does not compile if a new flag
//! is forgotten here.

use crate::args::groups::{DataArgs, LossArgs, ModelArgs, NetworkArgs, OptimizerArgs, TableFormatArgs};
use crate::args::loss::{ClassWeights, loss_word};
use crate::args::table_format::delimiter_word;
use batchwright_data::TextEncoding;
use clap::ValueEnum;
use std::ffi::OsString;

/// Words such as `--lr=0.1`. A value that begins with a dash is still read as a value.
#[derive(Debug, Default)]
pub(crate) struct Flags(Vec<OsString>);

impl Flags {
    pub(crate) fn words(&self) -> &[OsString] {
        &self.0
    }

    pub(crate) fn value(&mut self, flag: &str, value: impl ToString) {
        self.os_value(flag, value.to_string().into());
    }

    fn os_value(&mut self, flag: &str, value: OsString) {
        let mut word = OsString::from(format!("--{flag}="));
        word.push(value);
        self.0.push(word);
    }

    fn optional(&mut self, flag: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.value(flag, value);
        }
    }

    pub(crate) fn name_of(&mut self, flag: &str, value: &impl ValueEnum) {
        if let Some(name) = value.to_possible_value() {
            self.value(flag, name.get_name());
        }
    }

    pub(crate) fn network(&mut self, NetworkArgs { data, model, optimizer }: &NetworkArgs) {
        self.data(data);
        self.model(model);
        self.optimizer(optimizer);
    }

    fn data(&mut self, args: &DataArgs) {
        let DataArgs {
            data,
            format,
            tokens,
            label,
            task,
            ignore_columns,
            image_size,
            augment,
            limit_samples,
            label_noise,
            split_seed,
        } = args;
        let TableFormatArgs { delimiter, encoding, no_header } = format;
        if let Some(path) = data {
            self.os_value("data", path.into());
        }
        self.optional("delimiter", delimiter.map(delimiter_word));
        self.optional("encoding", encoding.map(TextEncoding::name));
        if *no_header {
            self.0.push("--no-header".into());
        }
        if let Some(tokens) = tokens {
            self.name_of("tokens", tokens);
        }
        self.optional("label", label.as_ref());
        if let Some(task) = task {
            self.name_of("task", task);
        }
        for column in ignore_columns {
            self.value("ignore-columns", column);
        }
        self.optional("image-size", *image_size);
        self.optional("augment", *augment);
        self.optional("limit-samples", *limit_samples);
        self.value("label-noise", label_noise);
        self.value("split-seed", split_seed);
    }

    fn model(&mut self, args: &ModelArgs) {
        let ModelArgs { model, activation, dropout, loss } = args;
        let LossArgs { loss, label_smoothing, class_weights } = loss;
        self.value("model", model);
        self.name_of("activation", activation);
        self.value("dropout", dropout);
        self.value("loss", loss_word(*loss));
        self.value("label-smoothing", label_smoothing);
        self.optional("class-weights", class_weights.as_ref().map(ClassWeights::word));
    }

    fn optimizer(&mut self, args: &OptimizerArgs) {
        let OptimizerArgs {
            optimizer,
            momentum,
            nesterov,
            beta1,
            beta2,
            epsilon,
            weight_decay,
            clip_norm,
            precision,
        } = args;
        if let Some(optimizer) = optimizer {
            self.name_of("optimizer", optimizer);
        }
        self.optional("momentum", *momentum);
        if *nesterov {
            self.0.push("--nesterov".into());
        }
        self.optional("beta1", *beta1);
        self.optional("beta2", *beta2);
        self.optional("epsilon", *epsilon);
        self.value("weight-decay", weight_decay);
        self.optional("clip-norm", *clip_norm);
        self.name_of("precision", precision);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        network: NetworkArgs,
    }

    /// The child must train the network, and read the data, that the question was about.
    #[test]
    fn what_was_read_is_written_alike() {
        for line in [
            "",
            "--data=-odd --label=--x --task=regress --ignore-columns=a,b --limit-samples=7 --label-noise=0.1 --split-seed=3",
            "--data=a.csv --delimiter=; --encoding=sjis --no-header",
            "--data=a.csv --delimiter=\\t --encoding=utf-16",
            "--data=text --tokens=bytes --label-smoothing=0.1 --class-weights=balanced",
            "--loss=huber:0.3 --class-weights=1,0.5",
            "--loss=binary_cross_entropy",
            "--data=pictures --image-size=24x32 --augment=flip,shift:3",
            "--model=mlp:8,4 --activation=gelu --dropout=0.30000000000000004 --optimizer=sgd --momentum=0.5 --nesterov",
            "--model=linear --optimizer=adamw --beta1=0.8 --beta2=0.99 --epsilon=1e-300 --weight-decay=0.01 --clip-norm=2 --precision=bf16",
        ] {
            let first = Line::parse_from(std::iter::once("x").chain(line.split_whitespace()));
            let mut flags = Flags::default();
            flags.network(&first.network);
            let again = Line::parse_from(std::iter::once(&OsString::from("x")).chain(flags.words()));
            assert_eq!(format!("{first:?}"), format!("{again:?}"));
        }
    }
}
