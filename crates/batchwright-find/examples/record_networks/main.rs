//! Records trainings of our own networks on the embedded digits, for the benchmark `decision`:
//! every batch size, learning rate and seed, and when each run passed which level of its metrics.
//! Writes one file a network and optimizer.
//!
//! `cargo run --release -p batchwright-find --example record_networks -- --output FOLDER`
//!
//! ```text
//! main       arguments and files
//! networks   what is recorded: networks, targets, ranges of rates
//! record     which runs are made
//! run        one run
//! report     what was recorded, as a table
//! ```
//!
//! The same arguments give the same runs. Only the step times differ, which are measured.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

mod networks;
mod record;
mod report;
mod run;

use crate::networks::{NETWORKS, Prepared};
use crate::record::{Extent, record};
use batchwright_find::beds::Recording;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

const HELP: &str = "\
Records trainings of networks on the embedded digits.

  --output FOLDER   where the files go, one a network and optimizer
  --only NAME       this one alone, e.g. mlp-64-sgd
  --seeds N         runs of each size and rate near the best rate (32)
  --few N           runs of all others (6)
  --seconds X       seconds for each measurement of step times (0.3)";

struct Arguments {
    output: PathBuf,
    only: Option<String>,
    extent: Extent,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = arguments(std::env::args().skip(1))? else {
        println!("{HELP}");
        return Ok(());
    };
    std::fs::create_dir_all(&arguments.output)?;
    let prepared = Prepared::new()?;
    for network in NETWORKS {
        let name = network.name();
        if arguments.only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let recording = record(&prepared, network, &arguments.extent)?;
        let path = arguments.output.join(format!("{name}.json.gz"));
        batchwright_data::write_atomic(&path, &packed(&recording)?)?;
        println!("{name}\n{}", report::table(&recording));
    }
    Ok(())
}

/// `None` if help is requested.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<Arguments>, Box<dyn Error>> {
    let (mut output, mut only, mut extent) = (None, None, Extent::default());
    while let Some(flag) = given.next() {
        if flag == "--help" {
            return Ok(None);
        }
        let value = given.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--output" => output = Some(PathBuf::from(value)),
            "--only" => only = Some(value),
            "--seeds" => extent.seeds = value.parse()?,
            "--few" => extent.few = value.parse()?,
            "--seconds" => extent.seconds = value.parse()?,
            _ => return Err(format!("{flag:?} is not known; see --help").into()),
        }
    }
    Ok(output.map(|output| Arguments { output, only, extent }))
}

fn packed(recording: &Recording) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&serde_json::to_vec(recording)?)?;
    Ok(packed.finish()?)
}
