//! Lines of a program that notices a lack of memory itself and goes on: with a smaller batch, or without
//! this one. The size that it was told is then not the one that it trains with.
//!
//! Left out: the messages of programs that end (`messages`), and whether a line is a setting that every
//! run prints (`context`).

use crate::process::messages::shows_out_of_memory;

/// How a program names a lack of memory that it has noticed itself, or what it does about it, in lower
/// case.
const NOTICED: [&str; 20] = [
    "out of memory",
    "out-of-memory",
    "outofmemory",
    "out of gpu memory",
    "out_of_memory",
    "not enough memory",
    "insufficient memory",
    "memory exhausted",
    "no memory left",
    "too large for memory",
    "failed to allocate",
    "alloc_failed",
    "bad_alloc",
    "resource_exhausted",
    "memoryerror",
    "decreasing batch size",
    "reducing batch size",
    "trying batch size",
    "メモリ不足",
    "メモリが不足",
];
/// Words of advice and of settings, in lower case.
const ADVICE: [&str; 17] = [
    "if you",
    "if your",
    "if it",
    "hint",
    "please",
    "should",
    "consider",
    "to avoid",
    "to prevent",
    "in case",
    "when ",
    "will ",
    "handling",
    "policy",
    "--",
    "場合",
    "ください",
];

/// Whether a line says that memory has run out, or that the program makes its batches smaller. That it is
/// no setting shows only beside a smaller size, at which no such line is printed.
pub(crate) fn tells_of_a_lack_of_memory(line: &str) -> bool {
    // Lines are many, and nearly none has these letters.
    let letters =
        ["emory", "EMORY", "OOM", "oom", "EXHAUSTED", "xhausted", "lloc", "ALLOC", "atch size", "メモリ"];
    if !letters.iter().any(|it| line.contains(it)) {
        return false;
    }
    if shows_out_of_memory(line) {
        return true;
    }
    let lower = line.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let word = |wanted: &str| lower.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted);
    // `0 OOM batches skipped` counts what did not happen.
    (any(&NOTICED) || word("oom")) && !any(&ADVICE) && !word("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that makes its batches smaller when memory runs out would seem to train with any size.
    #[test]
    fn a_lack_of_memory_that_is_survived_is_told() {
        for line in [
            "CUDA out of memory; reducing batch size to 37",
            "| WARNING: ran out of memory, retrying batch",
            "OOM at batch 3, skipping it",
            "caught torch.OutOfMemoryError, falling back to 64",
            "メモリ不足のため、バッチサイズを 32 に減らします",
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB",
            "std::bad_alloc: retrying with half the batch",
            "WARNING: attempting to recover from OOM in forward/backward pass",
            "Not enough memory for the batch, it was left out",
            "CUDNN_STATUS_ALLOC_FAILED, falling back",
            "failed to allocate memory on device, batch ignored",
            "Decreasing batch size to: 4.",
            "Batch size 8 failed, trying batch size 4",
            "oom detected, batch size now 4",
            "OOM batches: 2",
        ] {
            assert!(tells_of_a_lack_of_memory(line), "{line}");
        }
        for line in [
            "hint: if you see \"CUDA out of memory\", reduce --batch-size",
            "Please consider a smaller batch size if memory is exhausted",
            "peak memory 3.2 GiB, learning rate reduced to 0.01",
            "step 10 loss 0.5 memory 3 GiB",
            "batch size 64, zoom 2",
            "using gradient checkpointing to avoid out of memory, skipping dropout",
            "メモリ不足の場合はバッチサイズを減らしてください",
            "will retry a batch when CUDA runs out of memory",
            "0 OOM batches skipped",
            "skipped batches because of OOM: 0",
            "memory limit 8 GiB, OOM handling: skip",
            "usage: train.py [--skip-oom]  skip a batch that runs out of memory",
        ] {
            assert!(!tells_of_a_lack_of_memory(line), "{line}");
        }
    }
}
