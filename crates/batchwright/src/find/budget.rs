//! TODO

use crate::args::find::FindArgs;
use crate::find::DEFAULT_BUDGETS;
use crate::shell::failure::usage;
use anyhow::Result;
use batchwright_data::Dataset;
use batchwright_train::Duration;

/// Wall-clock time of the whole command.
pub(crate) fn budget(args: &FindArgs) -> Result<std::time::Duration> {
    let embedded = args.data.data.is_none() && args.command.command.is_empty();
    let seconds = match args.budget {
        Some(Duration::Seconds(seconds)) => seconds,
        Some(other) => return Err(usage(format!("--budget {other} is no time; give e.g. 60s or 5min"))),
        None if embedded => DEFAULT_BUDGETS.0,
        None => DEFAULT_BUDGETS.1,
    };
    let budget = std::time::Duration::try_from_secs_f64(seconds);
    budget.map_err(|_| {
        usage(format!("--budget of {seconds:e} s is longer than any clock counts; give e.g. 60s or 5min"))
    })
}
