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
use crate::record::{Extent, record, refine};
use batchwright_find::beds::Recording;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

const HELP: &str = "\
Records trainings of networks on the embedded digits.

  --output FOLDER   where the files go, one a network and optimizer
  --only NAME       this one alone, e.g. mlp-64-sgd
  --from FOLDER     go on from the recordings there, with their step times: only --best applies
  --best N          runs of each of the best rates of the best sizes (192)
  --near N          runs of each rate near the best of its size (32)
  --few N           runs of each other rate (6)
  --seconds X       seconds for each measurement of step times (0.3)";

struct Arguments {
    output: PathBuf,
    only: Option<String>,
    from: Option<PathBuf>,
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
        let file = format!("{name}.json.gz");
        let recording = match &arguments.from {
            None => record(&prepared, network, &arguments.extent)?,
            Some(from) => refine(&prepared, network, read(&from.join(&file))?, &arguments.extent)?,
        };
        let path = arguments.output.join(file);
        batchwright_data::write_atomic(&path, &packed(&recording)?)?;
        println!("{name}\n{}", report::table(&recording));
    }
    Ok(())
}

/// `None` if help is requested.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<Arguments>, Box<dyn Error>> {
    let (mut output, mut only, mut from, mut extent) = (None, None, None, Extent::default());
    while let Some(flag) = given.next() {
        if flag == "--help" {
            return Ok(None);
        }
        let value = given.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--output" => output = Some(PathBuf::from(value)),
            "--only" => only = Some(value),
            "--from" => from = Some(PathBuf::from(value)),
            "--best" => extent.best = value.parse()?,
            "--near" => extent.near = value.parse()?,
            "--few" => extent.few = value.parse()?,
            "--seconds" => extent.seconds = value.parse()?,
            _ => return Err(format!("{flag:?} is not known; see --help").into()),
        }
    }
    Ok(output.map(|output| Arguments { output, only, from, extent }))
}

fn read(path: &Path) -> Result<Recording, Box<dyn Error>> {
    let file = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_reader(GzDecoder::new(file))?)
}

fn packed(recording: &Recording) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&serde_json::to_vec(recording)?)?;
    Ok(packed.finish()?)
}
