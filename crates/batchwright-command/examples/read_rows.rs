//! Prints the rows that are read of recorded outputs or written files: `cargo run --example read_rows -- METRIC FILE...`.
//!
//! Each row is one line: its source, its place and its metrics. A file whose name begins with
//! `output` is read as if a program had printed it, any other as if it had written it.
#![allow(clippy::print_stdout, reason = "this is what the example is for")]

#[path = "../tests/rows/mod.rs"]
mod rows;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let wanted = words.next().unwrap_or_else(|| "val_loss".to_owned());
    for file in words {
        println!("== {file}");
        let all = rows::of_file(Path::new(&file), &wanted)?;
        all.iter().for_each(|row| println!("{}", rows::text(row)));
    }
    Ok(())
}
