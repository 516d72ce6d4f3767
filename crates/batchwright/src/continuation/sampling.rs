//! One token after the other: which one comes next, and what the model sees.
//!
//! Left out: the model, which is a function here.

use anyhow::Result;
use batchwright_data::{Domain, RandomStream};
use batchwright_view::UsageMessage;

/// How the next token is chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sampling {
    /// Logits are divided by it; at 0 the likeliest token is taken.
    pub(super) temperature: f64,
    /// Only so many of the likeliest tokens can come.
    pub(super) top_k: Option<usize>,
    /// Fixes the draws.
    pub(super) seed: u64,
}

/// From a window of tokens and a position in it to the logits of the token that follows there.
type Predict<'a> = dyn FnMut(&[u32], usize) -> Result<Vec<f32>> + 'a;

/// The `count` tokens that follow `prompt`, which has at least one. `predict` gets a window of
/// `context` tokens and a position in it, and returns the logits of the token that follows there;
/// they must not depend on the tokens after the position, which are filled up with token 0.
pub(super) fn continued(
    prompt: &[u32],
    context: usize,
    count: usize,
    sampling: &Sampling,
    predict: &mut Predict,
) -> Result<Vec<u32>> {
    let mut tokens = prompt.to_vec();
    let mut window = vec![0; context];
    for nth in 0..count {
        let seen = &tokens[tokens.len().saturating_sub(context)..];
        window.fill(0);
        window[..seen.len()].copy_from_slice(seen);
        let logits = predict(&window, seen.len() - 1)?;
        let mut random = RandomStream::new(sampling.seed, Domain::Continuation, nth as u64, 0);
        let token = chosen(&logits, sampling, random.unit_f64()).ok_or(UsageMessage::NoNextToken)?;
        tokens.push(token);
    }
    Ok(tokens.split_off(prompt.len()))
}

/// The token whose share of the distribution holds `at`, in 0..1; `None` for logits that are no
/// numbers.
fn chosen(logits: &[f32], sampling: &Sampling, at: f64) -> Option<u32> {
    if logits.is_empty() || logits.iter().any(|logit| logit.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..logits.len()).collect();
    // Of equal logits, the first.
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
    order.truncate(sampling.top_k.unwrap_or(usize::MAX));
    let largest = f64::from(logits[order[0]]);
    if sampling.temperature == 0.0 || !largest.is_finite() {
        return largest.is_finite().then_some(order[0] as u32);
    }
    let weight = |&token: &usize| ((f64::from(logits[token]) - largest) / sampling.temperature).exp();
    let mut left = at * order.iter().map(weight).sum::<f64>();
    for token in &order {
        left -= weight(token);
        if left < 0.0 {
            return Some(*token as u32);
        }
    }
    // Rounding can leave a rest.
    order.last().map(|&token| token as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Sampling = Sampling { temperature: 1.0, top_k: None, seed: 0 };

    /// Chance of each token: exp of its logit, over the sum.
    #[test]
    fn tokens_come_as_often_as_their_share() {
        let logits = [1f32.ln(), 2f32.ln(), 5f32.ln()];
        let shares = |sampling: Sampling| {
            let mut counts = [0; 3];
            for step in 0..8_000 {
                counts[chosen(&logits, &sampling, f64::from(step) / 8_000.0).unwrap() as usize] += 1;
            }
            counts
        };
        let near = |found: [i32; 3], expected: [i32; 3]| {
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1)
        };
        assert!(near(shares(PLAIN), [1_000, 2_000, 5_000]));
        // Squares of the shares: 1, 4, 25.
        let cold = Sampling { temperature: 0.5, ..PLAIN };
        assert!(near(shares(cold), [267, 1_067, 6_667]), "{:?}", shares(cold));
        let two = Sampling { top_k: Some(2), ..PLAIN };
        assert!(near(shares(two), [0, 2_286, 5_714]), "{:?}", shares(two));
        assert_eq!(shares(Sampling { temperature: 0.0, ..PLAIN }), [0, 0, 8_000]);
        assert_eq!(shares(Sampling { top_k: Some(1), ..PLAIN }), [0, 0, 8_000]);
    }

    #[test]
    fn logits_that_are_no_numbers_choose_nothing() {
        for logits in [&[][..], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0], &[f32::NEG_INFINITY]] {
            for temperature in [0.0, 1.0] {
                assert_eq!(chosen(logits, &Sampling { temperature, ..PLAIN }, 0.5), None, "{logits:?}");
            }
        }
        assert_eq!(chosen(&[f32::NEG_INFINITY, 0.0], &PLAIN, 0.0), Some(1));
        assert_eq!(chosen(&[0.0, 0.0], &PLAIN, 1.0), Some(1));
        assert_eq!(chosen(&[3.0, 3.0], &Sampling { temperature: 0.0, ..PLAIN }, 0.9), Some(0));
    }

    /// A model of the alphabet that knows how many tokens it sees: what it gets is the end of the
    /// text, at the start of the window, and its answer is read where the text ends.
    #[test]
    fn the_model_sees_the_last_tokens_and_no_others() {
        let mut windows = Vec::new();
        let mut predict = |window: &[u32], position: usize| {
            windows.push((window.to_vec(), position));
            let mut logits = vec![0.0; 10];
            logits[(window[position] as usize + 1) % 10] = 50.0;
            Ok(logits)
        };
        let greedy = Sampling { temperature: 0.0, ..PLAIN };
        let written = continued(&[3, 4], 4, 6, &greedy, &mut predict).unwrap();
        assert_eq!(written, [5, 6, 7, 8, 9, 0]);
        let seen = [
            (vec![3, 4, 0, 0], 1),
            (vec![3, 4, 5, 0], 2),
            (vec![3, 4, 5, 6], 3),
            (vec![4, 5, 6, 7], 3),
            (vec![5, 6, 7, 8], 3),
            (vec![6, 7, 8, 9], 3),
        ];
        assert_eq!(windows, seen);
    }

    #[test]
    fn the_seed_fixes_the_text() {
        let text = |seed, count| {
            let mut predict = |_: &[u32], _: usize| Ok(vec![0.0; 50]);
            continued(&[0], 3, count, &Sampling { seed, ..PLAIN }, &mut predict).unwrap()
        };
        assert_eq!(text(7, 40), text(7, 40));
        assert_ne!(text(7, 40), text(8, 40));
        // A longer text begins like the shorter one.
        assert_eq!(text(7, 40)[..10], text(7, 10));
    }
}
