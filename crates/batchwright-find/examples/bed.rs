//! A study on a test bed whose answer is known, printed as a table. `cargo run --example bed [batch
//! sizes] [seed]`
#![allow(clippy::print_stdout, reason = "an example prints")]

use batchwright_find::beds::{Form, Quadratic};
use batchwright_find::{BatchSizes, Estimate, FindError, StudyConfig, TargetSpec, run_study};

fn main() -> Result<(), FindError> {
    let mut arguments = std::env::args().skip(1);
    let sizes = arguments.next().unwrap_or_else(|| "32..1024".to_owned());
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let bed = Quadratic { form: Form::Sampled, samples: 5000, ..Quadratic::default() };
    let config = StudyConfig {
        sizes: BatchSizes::parse(&sizes)?,
        target: TargetSpec::parse("val_loss<0.01")?,
        seed,
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
        ..StudyConfig::default()
    };
    let result = run_study(&bed, &config, &mut ())?;
    println!(
        "{:>6} {:>9} {:>23} {:>23} {:>6}",
        "size", "rate", "steps to target", "seconds to target", "p best"
    );
    for size in &result.sizes {
        let rate = size.learning_rate.best.map_or("-".to_owned(), |rate| format!("{rate:.3}"));
        let (steps, seconds) = (show(&size.steps_to_target), show(&size.seconds_to_target));
        println!("{:>6} {rate:>9} {steps:>23} {seconds:>23} {:>6.2}", size.batch_size, size.p_best);
    }
    println!("{} trials, {:.1} s", result.cost.trials, result.cost.wall_seconds);
    println!("{:?}: {:?}", result.verdict.kind, result.recommended);
    result.verdict.open.iter().for_each(|point| println!("- {point:?}"));
    result.remarks.iter().for_each(|remark| println!("- {remark:?}"));
    Ok(())
}

fn show(estimate: &Option<Estimate>) -> String {
    let Some(estimate) = estimate else {
        return "-".to_owned();
    };
    let end = |value: Option<f64>| value.map_or("?".to_owned(), |value| format!("{value:.1}"));
    format!("{} ({} - {})", end(estimate.median), end(estimate.low), end(estimate.high))
}
