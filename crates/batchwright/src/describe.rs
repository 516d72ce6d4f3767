//! `data describe`: shows a data set before training.

use crate::args::groups::DataArgs;
use crate::args::others::{DataCommand, DataSubcommand};
use crate::prepare;
use crate::shell::save::save_report;
use crate::shell::screen::Screen;
use anyhow::Result;
use batchwright_data::{
    ColumnContent, DIGITS_NOTICE, Dataset, Description, Labels, Range, Source, Splits, contact_sheet,
    describe,
};
use batchwright_view::{
    ClassPage, ColumnPage, ColumnSummary, DataPage, Lang, Notice, NumberPage, NumberRange, TextPage,
    Thumbnail, data_remarks, data_report, data_summary,
};
use serde_json::json;
use std::process::ExitCode;

/// Images of each class on the contact sheet.
const PER_CLASS: usize = 12;

pub(crate) fn run(command: &DataCommand, screen: &Screen) -> Result<ExitCode> {
    let DataSubcommand::Describe { data, report } = &command.command;
    let (source, splits) = prepare::data::open_to_look(data)?;
    let description = describe(&source);
    let page = page(&description, splits.map_or_else(Vec::new, lengths), &source, data, screen.style.lang);

    screen.say(&data_summary(&page, screen.style));
    if let Some(path) = report {
        save_report(path, &data_report(&page, screen.style.lang))?;
        screen.tell(&path.display().to_string());
    }
    let mut object = serde_json::to_value(&description)?;
    object["remarks"] = json!(data_remarks(source.remarks(), Lang::En));
    object["splits"] = page.splits.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
    screen.object(&object)?;
    Ok(ExitCode::SUCCESS)
}

fn lengths(splits: Splits) -> Vec<(String, u64)> {
    let splits = [("train", &splits.train), ("validation", &splits.validation), ("test", &splits.test)];
    splits.map(|(name, split)| (name.to_owned(), split.len() as u64)).to_vec()
}

fn page(
    description: &Description,
    splits: Vec<(String, u64)>,
    source: &Source,
    args: &DataArgs,
    lang: Lang,
) -> DataPage {
    let mut sheet = contact_sheet(source, PER_CLASS).into_iter();
    let classes = description.classes.iter().map(|class| ClassPage {
        name: class.name.clone(),
        count: class.count.into(),
        thumbnails: sheet.next().map_or_else(Vec::new, |(_, images)| {
            let thumbnail = |image: batchwright_data::Image| Thumbnail {
                width: image.width as u32,
                height: image.height as u32,
                pixels: image.pixels,
            };
            images.into_iter().map(thumbnail).collect()
        }),
    });
    let columns = description.columns.iter().map(|column| ColumnPage {
        name: column.name.clone(),
        kind: match column.content {
            ColumnContent::Number { range } => ColumnSummary::Number(range.map(number_range)),
            ColumnContent::Category { categories } => ColumnSummary::Category(categories as u64),
        },
        missing: column.missing.into(),
    });
    let target = match source.labels() {
        Labels::Values { column, .. } => Some(column.clone()),
        _ => None,
    };
    let target =
        target.zip(description.values).map(|(name, range)| NumberPage { name, range: number_range(range) });
    let shape: Vec<String> = description.input_shape.iter().map(ToString::to_string).collect();
    let notes = if args.data.is_none() {
        vec![Notice::DigitsSource { citation: DIGITS_NOTICE }.text(lang)]
    } else {
        Vec::new()
    };
    DataPage {
        name: description.name.clone(),
        notes,
        remarks: data_remarks(source.remarks(), lang),
        samples: description.samples.into(),
        shape: shape.join(" × "),
        splits,
        classes: classes.collect(),
        target,
        columns: columns.collect(),
        text: description
            .text
            .as_ref()
            .map(|text| TextPage { tokens: text.tokens, vocabulary: text.vocabulary }),
    }
}

fn number_range(range: Range) -> NumberRange {
    NumberRange { min: range.min.into(), mean: range.mean, max: range.max.into() }
}
