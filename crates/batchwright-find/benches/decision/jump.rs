//! Many steps of SGD in one direction at once. Between two evaluations nothing is observed, and the
//! law is linear with normal noise. So the state after all steps between them is drawn exactly,
//! from its conditional distribution. At small sizes this saves most of the work.

use batchwright_find::beds::LinearStep;

/// How (w, v) of one direction moves from one evaluation to the next: a matrix, and the Cholesky
/// factor of the noise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jump {
    pub matrix: [[f64; 2]; 2],
    pub w_noise: f64,
    pub v_noise: [f64; 2],
}

impl Jump {
    /// `steps` steps whose gradient has noise of this standard deviation.
    pub(crate) fn new(step: LinearStep, noise: f64, steps: u64) -> Self {
        let one = step.noise.map(|times| times * noise);
        let (mut matrix, mut covariance) = ([[1.0, 0.0], [0.0, 1.0]], [[0.0; 2]; 2]);
        for _ in 0..steps {
            matrix = product(step.matrix, matrix);
            covariance = product(product(step.matrix, covariance), transposed(step.matrix));
            for (row, a) in covariance.iter_mut().zip(one) {
                row[0] += a * one[0];
                row[1] += a * one[1];
            }
        }
        let w_noise = covariance[0][0].sqrt();
        let shared = if w_noise > 0.0 { covariance[0][1] / w_noise } else { 0.0 };
        let own = (covariance[1][1] - shared * shared).max(0.0).sqrt();
        Self { matrix, w_noise, v_noise: [shared, own] }
    }
}

fn product(a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    a.map(|row| [row[0] * b[0][0] + row[1] * b[1][0], row[0] * b[0][1] + row[1] * b[1][1]])
}

fn transposed(a: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [[a[0][0], a[1][0]], [a[0][1], a[1][1]]]
}
