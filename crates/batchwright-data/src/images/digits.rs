//! The embedded data set: 1,797 images of handwritten digits, so that everything works without a
//! download.
//!
//! Optical Recognition of Handwritten Digits by E. Alpaydin and C. Kaynak, UCI Machine Learning
//! Repository, DOI 10.24432/C50P49, CC BY 4.0. The licence and the program that made the asset are
//! in `assets/`.

use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;

use crate::error::DataError;
use crate::images::Images;
use crate::regular_file::io_error;
use crate::source::{Labels, RawInputs, Source, numbered_classes};

/// Source and licence of the digits, to be shown wherever the digits are shown.
pub const DIGITS_NOTICE: &str = "Optical Recognition of Handwritten Digits, by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, \
     https://doi.org/10.24432/C50P49, CC BY 4.0.";

const SAMPLES: usize = 1797;
const SHAPE: [usize; 3] = [1, 8, 8];

/// 1797 * 64 pixels, then 1797 labels, compressed (44 kB).
static ASSET: &[u8] = include_bytes!("../../assets/digits.gz");

/// The digits as a source of 10 classes; it has no test files of its own.
pub(crate) fn digits() -> Result<Source, DataError> {
    let mut pixels = Vec::with_capacity(SAMPLES * 65);
    GzDecoder::new(ASSET)
        .read_to_end(&mut pixels)
        .map_err(|source| io_error("embedded digits".as_ref(), source))?;
    let labels = pixels.split_off(SAMPLES * SHAPE.iter().product::<usize>());
    let images = Images { shape: SHAPE, pixels, white: 16, resized: false };
    let labels = Labels::Classes {
        column: None,
        names: numbered_classes(10),
        codes: labels.iter().map(|&label| u32::from(label)).collect(),
    };
    Ok(Source::new("digits".to_owned(), RawInputs::Images(Arc::new(images)), labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Training would still run on a damaged or reordered asset. The expected counts per class are
    /// the published ones.
    #[test]
    fn asset_is_the_published_data() {
        let source = digits().unwrap();
        let (RawInputs::Images(images), Labels::Classes { codes, .. }) = (&source.inputs, &source.labels)
        else {
            panic!("digits are labelled images");
        };
        let mut counts = [0; 10];
        codes.iter().for_each(|&code| counts[code as usize] += 1);
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert_eq!(images.pixels.len(), 1797 * 64);
        assert_eq!(images.pixels.iter().map(|&pixel| u64::from(pixel)).sum::<u64>(), 561_718);
        assert_eq!(images.pixels.iter().max(), Some(&16));
        // The first image is the zero that scikit-learn's documentation prints.
        assert_eq!(images.image(0)[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        assert_eq!(codes[..4], [0, 1, 2, 3]);
    }
}
