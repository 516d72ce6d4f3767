//! A study of a command: which batch size of a small awk program reaches a loss of 0.001 first?
//!
//! The program trains one parameter by stochastic gradient descent. The noise of its gradient falls
//! with the batch size; the time of a step, which it reports itself, grows with it.
//!
//! ```text
//! cargo run -p batchwright-command --example shell
//! ```
#![allow(clippy::print_stdout, reason = "an example prints")]

use batchwright_command::process::CommandTemplate;
use batchwright_command::{CommandSettings, CommandWorkload};
use batchwright_find::{BatchSizes, Rates, StudyConfig, TargetSpec, run_study};
use std::error::Error;
use std::time::Duration;

const PROGRAM: &str = r#"BEGIN {
    srand(seed); x = 1
    for (k = 1; k <= steps; k++) {
        noise = (rand() + rand() + rand() - 1.5) / sqrt(size)
        x -= rate * (x + noise)
        if (k % every == 0)
            printf "{\"step\": %d, \"seconds\": %g, \"val_loss\": %g}\n", k, k * (1 + size / 64) / 1000, x * x / 2
    }
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let variables = ["size={batch_size}", "rate={lr}", "seed={seed}", "steps={steps}", "every={eval_steps}"];
    let words = variables.iter().flat_map(|variable| ["-v", variable]);
    let words: Vec<_> = ["awk"].into_iter().chain(words).chain([PROGRAM]).map(Into::into).collect();
    let settings = CommandSettings::new(CommandTemplate::parse(&words)?);
    let outputs = tempfile::tempdir()?;
    let workload = CommandWorkload::new(settings, outputs.path().to_owned());
    let config = StudyConfig {
        sizes: BatchSizes::parse("4..128")?,
        rates: Rates::parse("0.01..1")?,
        target: TargetSpec::parse("val_loss<0.001")?,
        max_samples: Some(20_000),
        margin: 0.3,
        budget: Some(Duration::from_secs(30)),
        ..StudyConfig::default()
    };
    let result = run_study(&workload, &config, &mut ())?;
    for size in &result.sizes {
        let median = size.seconds_to_target.as_ref().and_then(|estimate| estimate.median);
        let seconds = median.map_or("-".to_owned(), |median| format!("{median:.3}"));
        println!("batch size {:>4}: {seconds} s to the target", size.batch_size);
    }
    println!("{} trials, {:.1} s", result.cost.trials, result.cost.wall_seconds);
    let recommended = result.recommended.map(|choice| choice.batch_size);
    println!("{:?}, recommended: {recommended:?}", result.verdict.kind);
    Ok(())
}
