//! One measurement of steps in the virtual world. It costs virtual seconds, as with a command that
//! has its own clock, and its error is that of the bed's jitter.

use batchwright_data::RandomStream;
use batchwright_find::beds::FastNormal;
use batchwright_find::{StepMeasurement, StepTime, median_with_interval};

/// Fewest steps, however slow they are.
const FEWEST: usize = 3;
/// Most steps: the median is certain enough.
const MOST: usize = 20_000;
/// With fewer steps than this the uncertainty is their whole range, as in `StepTimer` of the
/// commands.
const FEW: usize = 6;

/// Runs steps for `seconds`. A step takes `step_seconds`, times a factor whose ln has the standard
/// deviation `jitter`.
pub(crate) fn measure(
    step_seconds: f64,
    jitter: f64,
    seconds: f64,
    stream: &mut RandomStream,
) -> StepMeasurement {
    let normal = FastNormal::new();
    let (mut steps, mut spent) = (Vec::new(), 0.0);
    while steps.len() < FEWEST || (spent < seconds && steps.len() < MOST) {
        let factor = if jitter > 0.0 { (jitter * normal.draw(stream)).exp() } else { 1.0 };
        steps.push(step_seconds * factor);
        spent += step_seconds * factor;
    }
    StepMeasurement { own_seconds: Some(spent), ..median(&mut steps).into() }
}

fn median(steps: &mut [f64]) -> StepTime {
    let [low, median, high] = median_with_interval(steps).unwrap_or([f64::NAN; 3]);
    match *steps {
        [low, .., high] if steps.len() < FEW => StepTime { median, low, high },
        _ => StepTime { median, low, high },
    }
}
