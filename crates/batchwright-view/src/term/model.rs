//! The layers of a network, and the memory of its training at several batch sizes.

use batchwright_nn::{LayerSummary, Totals};

use crate::number::{bytes, grouped};
use crate::term::style::{Style, harmless};
use crate::term::table::{TermColumn, facts, render, wrapped};

/// What is shown of a network.
#[derive(Debug, Clone)]
pub struct ModelPage<'a> {
    /// As it was asked for.
    pub name: String,
    /// Shape of a sample.
    pub input: String,
    /// What trains it, which decides about memory.
    pub optimizer: &'static str,
    /// Its layers, those of a block before the block.
    pub layers: &'a [LayerSummary],
    /// Batch sizes, each with the bytes of a training.
    pub memory: &'a [(u64, u64)],
}

/// The network in a few facts, its layers as a table, and its memory by batch size.
#[must_use]
pub fn model_summary(page: &ModelPage, style: Style) -> String {
    let (lang, totals) = (style.lang, Totals::of(page.layers));
    let lines = [
        (lang.model(), harmless(&page.name)),
        (lang.model_input(), page.input.clone()),
        (lang.parameters(), wide(totals.parameters)),
        (lang.flop(), wide(totals.flop())),
        (lang.training_flop(), wide(totals.training_flop())),
        (lang.kept(), bytes(narrow(totals.kept_bytes()))),
        (lang.optimizer(), page.optimizer.to_owned()),
    ];
    let notes: String = lang.model_notes().iter().map(|note| wrapped(note, style.width)).collect();
    let (layers, memory) = (layer_table(page.layers, &totals, style), memory_table(page.memory, style));
    format!("{}\n{layers}\n{memory}\n{notes}", facts(&lines, style))
}

fn layer_table(layers: &[LayerSummary], totals: &Totals, style: Style) -> String {
    let lang = style.lang;
    let column = |read: &dyn Fn(&LayerSummary) -> String, total: String| {
        layers.iter().map(read).chain([total]).collect::<Vec<String>>()
    };
    // Without zeros the layers that matter stand out.
    let some = |value: u128, shown: String| if value == 0 { String::new() } else { shown };
    let count = |value: u128| some(value, wide(value));
    let kept = |layer: &LayerSummary| some(layer.kept, bytes(narrow(layer.kept_bytes())));
    let columns = vec![
        TermColumn::left(lang.layer(), column(&|layer| layer.place.clone(), lang.layer_total().to_owned())),
        TermColumn::left(lang.layer_kind(), column(&|layer| layer.spec.to_string(), String::new())),
        TermColumn::right(lang.layer_output(), column(&|layer| layer.output.to_string(), String::new())),
        TermColumn::right(
            lang.parameters(),
            column(&|layer| count(layer.parameters), wide(totals.parameters)),
        ),
        TermColumn::right(lang.flop(), column(&|layer| count(layer.flop()), wide(totals.flop()))),
        TermColumn::right(lang.kept(), column(&kept, bytes(narrow(totals.kept_bytes())))),
    ];
    render(columns, style, |_| false)
}

fn memory_table(memory: &[(u64, u64)], style: Style) -> String {
    let column = |read: &dyn Fn(&(u64, u64)) -> String| memory.iter().map(read).collect();
    let columns = vec![
        TermColumn::right(style.lang.batch_size(), column(&|row| grouped(row.0))),
        TermColumn::right(style.lang.memory(), column(&|row| bytes(row.1))),
    ];
    render(columns, style, |_| false)
}

/// A count, as far as 64 bits go; no machine trains more.
fn wide(count: u128) -> String {
    grouped(narrow(count))
}

fn narrow(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
