//! Student's t with 4 degrees of freedom: the noise of ln steps in the race. It has closed forms.

use batchwright_data::RandomStream;

/// Density of Student's t with 4 degrees of freedom.
pub(crate) fn density(difference: f64, scale: f64) -> f64 {
    let t = difference / scale;
    0.375 * (1.0 + t * t / 4.0).powf(-2.5) / scale
}

/// Probability that it is exceeded.
pub(crate) fn above(difference: f64, scale: f64) -> f64 {
    let t = difference / scale;
    let share = t * t / (4.0 + t * t);
    let centred = 0.75 * t / (4.0 + t * t).sqrt() * (1.0 - share / 3.0);
    (0.5 - centred).max(0.0)
}

/// A draw of Student's t with 4 degrees of freedom.
pub(crate) fn student(random: &mut RandomStream) -> f64 {
    let squares: f64 = (0..4).map(|_| random.normal().powi(2)).sum();
    random.normal() / (squares / 4.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

    /// The closed forms against the distribution of a library.
    #[test]
    fn density_and_tail_are_those_of_students_t() {
        let t = StudentsT::new(0.0, 1.0, 4.0).unwrap();
        for k in -80..=80 {
            let (x, scale) = (f64::from(k) / 8.0, 0.3);
            assert!((density(x * scale, scale) - t.pdf(x) / scale).abs() < 1e-9, "{x}");
            assert!((above(x * scale, scale) - t.sf(x)).abs() < 1e-9, "{x}");
        }
    }
}
