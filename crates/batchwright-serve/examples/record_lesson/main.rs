//! Records what the lesson shows: runs, a map of sizes and rates, a study run by run, gradients, step
//! times, memory, learning curves and the logs of faulty trainers. All of it comes from runs of this
//! program's library on the embedded digits; the processor and the date stand beside it.
//!
//! `cargo run --release -p batchwright-serve --example record_lesson`
//!
//! ```text
//! main       puts the record together and writes it
//! bench      the data, and a network at given weights whose gradients can be read
//! machine    processor and date
//! costs      step time and memory against the batch size
//! axes       one run a size, for the four axes
//! map        sizes x rates, from the recording of the bench `decision`
//! study      a study, run by run
//! gradients  gradients of batches beside that of all samples, and the paths that they lead to
//! curves     a healthy and an overfitting run, with the verdict at each of their lengths
//! logs       eight logs, most of them of a trainer with a planted fault
//! ```
//!
//! Step times and the study depend on the machine: nothing else may run meanwhile. The rest gives the
//! same numbers on every machine.
#![allow(clippy::print_stderr, reason = "an example prints")]

mod axes;
mod bench;
mod costs;
mod curves;
mod gradients;
mod logs;
mod machine;
mod map;
mod study;

use crate::bench::Bench;
use batchwright_data::{SampleOrder, write_atomic};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// Where the page takes it from.
const OUTPUT: &str = "assets/lesson/measured.json";
/// Samples whose order is shown, and in how many epochs.
const ORDERED: u32 = 24;
const EPOCHS: u64 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bench = Bench::new()?;
    // First, while the processor has nothing else to do.
    let costs = told("step times", || costs::record(&bench))?;
    let study = told("study", || study::record(&bench))?;
    let record = json!({
        "machine": machine::record(),
        "samples": bench.samples(),
        "validation": bench.validation_samples(),
        "costs": costs,
        "study": study,
        "axes": told("axes", || axes::record(&bench))?,
        "map": told("map", || map::record(folder))?,
        "gradients": told("gradients", || gradients::record(&bench))?,
        "curves": told("curves", curves::record)?,
        "logs": told("logs", || logs::record(&bench))?,
        "order": order(),
    });
    let text = serde_json::to_string(&record)? + "\n";
    write_atomic(&folder.join(OUTPUT), text.as_bytes())?;
    eprintln!("{OUTPUT}: {} bytes", text.len());
    Ok(())
}

/// The order of a few samples in the first epochs of a run, for the part on stopping and resuming.
fn order() -> Value {
    let mut order = SampleOrder::new(0, ORDERED);
    (0..EPOCHS).map(|epoch| order.epoch(epoch).to_vec()).collect::<Vec<_>>().into()
}

/// Does it, and says how long it took.
fn told(what: &str, record: impl FnOnce() -> Result<Value, Box<dyn Error>>) -> Result<Value, Box<dyn Error>> {
    let begin = Instant::now();
    let value = record()?;
    eprintln!("{what}: {:.1} s", begin.elapsed().as_secs_f64());
    Ok(value)
}

/// A number with so many digits that count, so that the record stays small. What is not finite is null.
fn rounded(value: f64, digits: i32) -> Value {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { json!(0) } else { Value::Null };
    }
    let text = format!("{:.*e}", (digits - 1).max(0) as usize, value);
    text.parse::<f64>().map_or(Value::Null, |value| json!(value))
}
