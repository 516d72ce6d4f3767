// The arithmetic of samples, steps, epochs and micro-batches: the same functions as in `train/plan.rs`,
// with which a test compares them. Whole numbers in, whole numbers out; nothing here draws.

// Samples used in each epoch: all, or those of the full batches.
export function samplesPerEpoch({ samples, batch, dropLast = false }) {
  return dropLast ? Math.floor(samples / batch) * batch : samples;
}

// ceil(N/B), or floor(N/B) where the short last batch is left out.
export function stepsPerEpoch(run) {
  return Math.ceil(samplesPerEpoch(run) / run.batch);
}

// Samples in the last batch of an epoch; 0 where an epoch has no step.
export function lastBatch(run) {
  const steps = stepsPerEpoch(run);
  return steps === 0 ? 0 : samplesPerEpoch(run) - (steps - 1) * run.batch;
}

// Samples used after so many steps.
export function samplesAfter(run, steps) {
  const perEpoch = stepsPerEpoch(run);
  return Math.floor(steps / perEpoch) * samplesPerEpoch(run) + (steps % perEpoch) * run.batch;
}

// Where a run stands after so many steps: finished epochs, and samples used of the one that goes on.
export function position(run, steps) {
  const perEpoch = stepsPerEpoch(run);
  return { epoch: Math.floor(steps / perEpoch), used: (steps % perEpoch) * run.batch };
}

// Passes of one device each after so many steps, if no pass takes more than `micro` samples.
export function microBatchesAfter(run, micro, steps) {
  const perEpoch = stepsPerEpoch(run);
  const ofFull = Math.ceil(run.batch / micro);
  const ofEpoch = (perEpoch - 1) * ofFull + Math.ceil(lastBatch(run) / micro);
  return Math.floor(steps / perEpoch) * ofEpoch + (steps % perEpoch) * ofFull;
}

// The batch of one correction: what all devices have seen since the last one.
export function effectiveBatch({ micro, accumulation, devices }) {
  return micro * accumulation * devices;
}

// The share of N samples that N draws with replacement never meet.
export function neverDrawn(samples) {
  return (1 - 1 / samples) ** samples;
}

// The largest number of samples at once that memory allows, all in bytes.
export function largestThatFits({ memory, fixed, sample }) {
  return Math.max(0, Math.floor((memory - fixed) / sample));
}

// The verdict's step as an epoch.
export function epochOfStep(step, stepsOfEpoch) {
  return Math.round(step / stepsOfEpoch);
}
