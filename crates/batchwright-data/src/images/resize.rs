//! Resizing: a triangle filter as wide as the step between pixels of the result, so that each pixel
//! of a large image counts in its small one. The sides may be stretched differently.
//!
//! These are the values of `Image.resize(size, BILINEAR)` of Pillow to one level
//! (`tests/oracle/make_images.py`), computed here, because a library's filter changes between
//! versions, and with it every recorded result. Left out: cropping, and other filters.

use crate::image_size::ImageSize;

/// The pixels along one side from which a pixel of the result is made.
struct Taps {
    first: usize,
    /// Their weights; the sum is 1.
    weights: Vec<f32>,
}

/// Resizes each plane of `[channels, height, width]`.
pub(crate) fn resized(planes: Vec<u8>, from: ImageSize, to: ImageSize) -> Vec<u8> {
    if from == to {
        return planes;
    }
    let (columns, rows) = (all_taps(from.width, to.width), all_taps(from.height, to.height));
    let plane = from.height as usize * from.width as usize;
    planes.chunks_exact(plane).flat_map(|plane| resized_plane(plane, from.width, &columns, &rows)).collect()
}

fn all_taps(from: u32, to: u32) -> Vec<Taps> {
    (0..to).map(|place| taps(place, f64::from(from) / f64::from(to), from)).collect()
}

/// The pixels within one step of the centre of the pixel `place`, those nearer weighing more.
fn taps(place: u32, step: f64, from: u32) -> Taps {
    let (reach, centre) = (step.max(1.0), (f64::from(place) + 0.5) * step);
    // Both ends are not negative, and the cast rounds down.
    let first = (centre - reach + 0.5).max(0.0) as u32;
    let end = ((centre + reach + 0.5) as u32).min(from);
    let weight = |pixel: u32| (1.0 - (f64::from(pixel) + 0.5 - centre).abs() / reach).max(0.0);
    let sum: f64 = (first..end).map(weight).sum();
    Taps { first: first as usize, weights: (first..end).map(|pixel| (weight(pixel) / sum) as f32).collect() }
}

/// First the columns of each row, then the rows.
fn resized_plane(plane: &[u8], width: u32, columns: &[Taps], rows: &[Taps]) -> Vec<u8> {
    let row_of = |row: &[u8]| -> Vec<f32> {
        let value = |taps: &Taps| {
            let pixels = row[taps.first..].iter().map(|&pixel| f32::from(pixel));
            taps.weights.iter().zip(pixels).map(|(weight, pixel)| weight * pixel).sum()
        };
        columns.iter().map(value).collect()
    };
    let narrow: Vec<Vec<f32>> = plane.chunks_exact(width as usize).map(row_of).collect();
    let pixel = |taps: &Taps, column: usize| -> u8 {
        let values = narrow[taps.first..].iter().map(|row| row[column]);
        let sum: f32 = taps.weights.iter().zip(values).map(|(weight, value)| weight * value).sum();
        sum.round().clamp(0.0, 255.0) as u8
    };
    rows.iter().flat_map(|taps| (0..columns.len()).map(move |column| pixel(taps, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(height: u32, width: u32) -> ImageSize {
        ImageSize { height, width }
    }

    /// Halves are means weighted by the distance: 1, 3, 3, 1 over 8, at an edge 3, 3, 1 over 7.
    #[test]
    fn half_the_width_is_a_weighted_mean() {
        let row = [10, 20, 30, 40, 50, 60];
        let expected = [(30 + 60 + 30) / 7, (20 + 90 + 120 + 50) / 8, (40 + 150 + 180) / 7];
        assert_eq!(resized(row.to_vec(), size(1, 6), size(1, 3)), [17, expected[1] as u8, 53]);
        assert_eq!((expected[0], expected[2]), (17, 52), "52.86 is rounded to 53");
    }

    #[test]
    fn twice_the_height_lies_between() {
        assert_eq!(resized(vec![0, 100], size(2, 1), size(4, 1)), [0, 25, 75, 100]);
    }

    proptest! {
        /// Weights that do not add up to 1 would darken images; a wrong range would panic.
        #[test]
        fn one_colour_stays_in_any_size(
            value: u8, from in (1u32..40, 1u32..40), to in (1u32..40, 1u32..40), channels in 1usize..4,
        ) {
            let planes = vec![value; channels * (from.0 * from.1) as usize];
            let after = resized(planes, size(from.0, from.1), size(to.0, to.1));
            prop_assert_eq!(after, vec![value; channels * (to.0 * to.1) as usize]);
        }
    }
}
