//! What the script of a report draws its curves from: JSON in the page with lists of places and values,
//! and the texts that the script shows.
//!
//! Left out: drawing, which is the script's (`assets/chart/`), and the pictures for who runs no scripts
//! (`chart`).

use batchwright_find::StudyResult;
use batchwright_train::{RunRecord, RunRow};
use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Value, json};

use crate::chart::curves::{CurveLine, Horizontal};
use crate::chart::svg::{Ink, Paint};
use crate::chart::thin::{CurveWindow, thin_curve};
use crate::chart::trials::{AXES, EndMark, size_colour, sizes_of};
use crate::html::embedded::embedded_json;
use crate::lang::Lang;
use crate::number::{grouped, significant};
use crate::script::{ScriptModule, joined_modules};
use crate::text::dashboard::dashboard_texts;
use crate::trial_line::TrialLine;

macro_rules! modules {
    ($($name:ident),* $(,)?) => {
        &[$(ScriptModule {
            name: stringify!($name),
            text: include_str!(concat!("../../assets/chart/", stringify!($name), ".js")),
        }),*]
    };
}

/// The modules that draw charts.
const CHART: &[ScriptModule] = modules![elements, scale, controls, chart];
/// What only a report does.
const REPORT: &[ScriptModule] = modules![report];

/// The modules of an interactive chart, for a page that loads them by name. They read their texts from
/// the page's element `texts`.
#[must_use]
pub fn chart_modules() -> &'static [ScriptModule] {
    CHART
}

/// The style of an interactive chart and its controls.
#[must_use]
pub fn chart_style() -> &'static str {
    include_str!("../../assets/chart/chart.css")
}

/// Keys of texts that the script shows.
const TEXTS: [&str; 25] = [
    "values",
    "more_lines",
    "chart_keys",
    "zoom_in",
    "zoom_out",
    "zoom_reset",
    "left",
    "right",
    "log",
    "smoothing",
    "metric",
    "axis",
    "steps",
    "epochs",
    "samples",
    "seconds",
    "loss",
    "accuracy",
    "rate",
    "train",
    "validation",
    "second",
    "minute",
    "hour",
    "value",
];

/// Most rows of all curves of a page together, and the fewest of one curve.
const MOST_ROWS: usize = 2_400;
const FEWEST_ROWS: usize = 60;

/// The curves of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CurveData(Value);

impl CurveData {
    /// Training and validation of one run.
    pub(crate) fn of_run(record: &RunRecord, lang: Lang) -> Self {
        let rows = thinned(record, MOST_ROWS / 2);
        let of = |title: &str, at: usize, split: fn(&RunRow, CurveLine) -> f64| {
            let mut line = places(&rows);
            line.insert("title".into(), title.into());
            line.insert("look".into(), at.into());
            add_values(&mut line, &rows, split);
            Value::Object(line)
        };
        let lines = vec![
            of(lang.train(), 0, |row, curve| curve.value(&row.train)),
            of(lang.validation(), 1, |row, curve| curve.value(&row.validation)),
        ];
        Self::of_lines(&record.name, &[record], lines)
    }

    /// The validation curves of several runs.
    pub(crate) fn of_runs(records: &[RunRecord], lang: Lang) -> Self {
        let most = (MOST_ROWS / records.len().max(1)).max(FEWEST_ROWS);
        let line = |(at, record): (usize, &RunRecord)| {
            let rows = thinned(record, most);
            let mut line = places(&rows);
            line.insert("title".into(), lang.numbered_run(at + 1, record).into());
            line.insert("tag".into(), (at + 1).to_string().into());
            line.insert("look".into(), at.into());
            add_values(&mut line, &rows, |row, curve| curve.value(&row.validation));
            Value::Object(line)
        };
        let lines = records.iter().enumerate().map(line).collect();
        Self::of_lines(lang.comparison(), &records.iter().collect::<Vec<_>>(), lines)
    }

    fn of_lines(title: &str, records: &[&RunRecord], lines: Vec<Value>) -> Self {
        let metrics = [CurveLine::Loss, CurveLine::Accuracy].into_iter();
        let metrics = metrics.filter(|curve| records.iter().any(|record| curve.is_in(record)));
        let metrics: Vec<&str> = metrics.map(CurveLine::key).collect();
        Self(json!({ "title": title, "metrics": metrics, "lines": lines }))
    }

    /// The trials of a study.
    pub(crate) fn of_trials(study: &StudyResult, lines: &[TrialLine], lang: Lang) -> Self {
        let sizes = sizes_of(lines);
        let line = |line: &TrialLine| {
            let mut made = Map::new();
            made.insert("title".into(), lang.trial_line(line).into());
            made.insert("look".into(), look(line, &sizes));
            made.insert("end".into(), EndMark::of(line).key().into());
            for axis in AXES {
                let places = line.on(axis).map(|(place, _)| short(place, 5)).collect();
                made.insert(axis.key().into(), Value::Array(places));
            }
            let values = line.points.iter().map(|(_, value)| short(*value, 5)).collect();
            made.insert("value".into(), Value::Array(values));
            Value::Object(made)
        };
        let metric = study.target.as_ref().map_or(lang.metric(), |target| target.metric.as_str());
        let level = study.target.as_ref().filter(|target| target.goal.is_finite()).map(|target| {
            json!({
                "value": target.goal,
                "title": format!("{} {}", lang.target(), significant(target.goal, 4)),
            })
        });
        Self(json!({
            "title": lang.trials_chart(),
            "metrics": ["value"],
            "labels": { "value": lang.best_of_metric(metric) },
            "level": level,
            "legend": legend(lines, lang),
            "lines": lines.iter().map(line).collect::<Vec<_>>(),
        }))
    }

    /// The data, the texts and the script, for the end of a page; nothing where there is no curve.
    pub(crate) fn script(&self, lang: Lang) -> Markup {
        if self.0["lines"].as_array().is_none_or(Vec::is_empty)
            || self.0["metrics"].as_array().is_none_or(Vec::is_empty)
        {
            return html! {};
        }
        let all = dashboard_texts(lang);
        let text = |key: &str| all.iter().find(|(name, _)| *name == key).map_or("", |(_, text)| text);
        let texts: Map<String, Value> =
            TEXTS.iter().map(|key| ((*key).to_owned(), text(key).into())).collect();
        let script = [CHART, REPORT].map(joined_modules).concat();
        html! {
            script type="application/json" id="curves" { (embedded_json(&self.0)) } "\n"
            script type="application/json" id="texts" { (embedded_json(&texts)) } "\n"
            script type="module" { "\n" (PreEscaped(script)) } "\n"
        }
    }
}

/// The colour of a trial, and whether it stands out.
fn look(line: &TrialLine, sizes: &[u64]) -> Value {
    let rank = sizes.iter().position(|size| *size == line.batch_size).unwrap_or(0);
    let colour = match line.recommended {
        true => Paint::Page.colour(Ink::Accent).to_owned(),
        false => size_colour(Paint::Page, rank, sizes.len()),
    };
    json!({ "colour": colour, "wide": line.recommended })
}

/// What the colours and the marks of trials mean.
fn legend(lines: &[TrialLine], lang: Lang) -> Value {
    let sizes = sizes_of(lines);
    let colours = sizes.iter().filter_map(|&size| {
        let line = lines.iter().find(|line| line.batch_size == size)?;
        let recommended = if line.recommended { format!(" ({})", lang.recommended()) } else { String::new() };
        let title = format!("{} {}{recommended}", lang.batch_size(), grouped(size));
        Some(json!({ "title": title, "look": look(line, &sizes) }))
    });
    let ends = EndMark::ALL.into_iter().filter(|mark| lines.iter().any(|line| EndMark::of(line) == *mark));
    let ends = ends.map(|mark| json!({ "title": lang.end_mark(mark), "end": mark.key() }));
    json!({ "colours": colours.collect::<Vec<_>>(), "ends": ends.collect::<Vec<_>>() })
}

/// The rows of a run, about as many as are asked for: of equal parts of its steps the lowest and the
/// highest validation loss, so that no peak is lost.
fn thinned(record: &RunRecord, most: usize) -> Vec<&RunRow> {
    let rows = &record.rows;
    if rows.len() <= most {
        return rows.iter().collect();
    }
    let last = rows.len() - 1;
    let losses = rows.iter().enumerate().map(|(at, row)| (at as f64, row.validation.loss));
    let window = CurveWindow { from: 0.0, to: last as f64, pixels: (most / 4).max(1) };
    thin_curve(losses, window).into_iter().map(|(at, _)| &rows[(at as usize).min(last)]).collect()
}

fn places(rows: &[&RunRow]) -> Map<String, Value> {
    let list = |axis: Horizontal| rows.iter().map(|row| short(axis.value(row), 6)).collect();
    Horizontal::ALL.into_iter().map(|axis| (axis.key().to_owned(), Value::Array(list(axis)))).collect()
}

fn add_values(line: &mut Map<String, Value>, rows: &[&RunRow], of: impl Fn(&RunRow, CurveLine) -> f64) {
    for curve in [CurveLine::Loss, CurveLine::Accuracy] {
        let values: Vec<f64> = rows.iter().map(|row| of(row, curve)).collect();
        if values.iter().any(|value| value.is_finite()) {
            let values = values.into_iter().map(|value| short(value, 5)).collect();
            line.insert(curve.key().to_owned(), Value::Array(values));
        }
    }
}

/// A number with so many digits, as more cannot be seen; null where it is not finite. Whole numbers are
/// kept.
fn short(value: f64, digits: i32) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return json!(value as i64);
    }
    let unit = digits - 1 - value.abs().log10().floor() as i32;
    let rounded = format!("{value:.*}", usize::try_from(unit.clamp(0, 17)).unwrap_or(0));
    rounded.parse::<f64>().map_or(Value::Null, |rounded| json!(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchwright_train::testkit;

    /// Else a page of long runs is too large to send, or a spike that one looks for is not in it.
    #[test]
    fn long_runs_become_short_lists_without_losing_a_peak() {
        let rows = (0..20_000).map(|step| testkit::row(step, if step == 12_345 { 77.0 } else { 1.0 }));
        let long = testkit::record("long", rows.collect());
        let records = vec![long; 20];
        let data = CurveData::of_runs(&records, Lang::En).0;
        assert!(data.to_string().len() < 260_000, "{}", data.to_string().len());
        for line in data["lines"].as_array().unwrap() {
            let losses = line["loss"].as_array().unwrap();
            assert!(losses.iter().any(|loss| loss == 77));
            assert_eq!(losses.len(), line["seconds"].as_array().unwrap().len());
            assert_eq!(line["steps"].as_array().unwrap().last(), Some(&json!(19_999)));
        }
    }

    #[test]
    fn numbers_are_short_and_right() {
        assert_eq!(short(0.123_456_789, 5), json!(0.12346));
        assert_eq!(short(1234.567, 5), json!(1234.6));
        assert_eq!(short(1.0e-7 / 3.0, 3), json!(3.33e-8));
        assert_eq!(short(64_000.0, 3), json!(64_000));
        assert_eq!(short(f64::NAN, 3), Value::Null);
    }

    /// Else the script stops at a text that is not in the page.
    #[test]
    fn every_text_of_the_script_is_in_the_page() {
        let known = dashboard_texts(Lang::En);
        assert!(TEXTS.iter().all(|key| known.iter().any(|(name, _)| name == key)));
        for module in CHART.iter().chain(REPORT) {
            for rest in module.text.split("text(\"").skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(TEXTS.contains(&key), "{}: {key}", module.name);
            }
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/chart");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), CHART.len() + REPORT.len() + 1);
    }
}
