//! A study of the digits as `find` makes it, with the target that its pilot finds, run by run, with what it
//! would have answered after each.

use crate::bench::Bench;
use crate::rounded;
use batchwright_find::{
    BatchSizes, Phase, Recommendation, StudyConfig, StudyEvent, StudyObserver, TrialEnd, run_study,
};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

const SIZES: &str = "4,8,16,32,64,128,256,512";
/// Wall-clock time.
const BUDGET: Duration = Duration::from_secs(40);

pub(crate) fn record(bench: &Bench) -> Result<Value, Box<dyn Error>> {
    let config =
        StudyConfig { sizes: BatchSizes::parse(SIZES)?, budget: Some(BUDGET), ..StudyConfig::default() };
    let mut course = Course::default();
    let result = run_study(&bench.workload(), &config, &mut course)?;
    let sizes: Vec<Value> = result
        .sizes
        .iter()
        .map(|size| {
            json!({
                "batch": size.batch_size,
                "seconds": size.seconds_to_target.and_then(|time| time.median).map(|time| rounded(time, 3)),
                "best": rounded(size.p_best, 3),
                "runs": size.runs,
            })
        })
        .collect();
    let kind = serde_json::to_value(result.verdict.kind)?;
    let target = result.target.as_ref().map(|target| rounded(target.goal, 3));
    Ok(json!({ "target": target, "trials": course.trials, "sizes": sizes, "verdict": kind,
        "answer": result.recommended.as_ref().map(answer) }))
}

/// The trials so far, each with the answer at that moment.
#[derive(Default)]
struct Course {
    trials: Vec<Value>,
    best: Option<Recommendation>,
}

impl StudyObserver for Course {
    fn on_event(&mut self, event: &StudyEvent) {
        match event {
            StudyEvent::TrialEnded(trial) => self.trials.push(json!({
                "batch": trial.request.batch_size,
                "rate": rounded(trial.request.learning_rate, 3),
                "end": match trial.end {
                    // There is no target yet.
                    _ if trial.phase == Phase::Pilot => "pilot",
                    TrialEnd::Target => "target",
                    TrialEnd::Diverged => "diverged",
                    _ => "missed",
                },
                "steps": trial.step,
                "answer": self.best.as_ref().map(answer),
            })),
            StudyEvent::BestSoFar(best) => {
                self.best = best.cloned();
                if let Some(last) = self.trials.last_mut() {
                    last["answer"] = json!(self.best.as_ref().map(answer));
                }
            }
            _ => {}
        }
    }
}

/// Size, rate and what it may cost to be wrong.
fn answer(answer: &Recommendation) -> Value {
    json!([answer.batch_size, rounded(answer.learning_rate, 3), rounded(answer.expected_regret, 3)])
}
