//! The standardisation of images, channel by channel: the channels of photographs differ in mean and
//! spread, and a network learns faster where each is centred.

use serde::{Deserialize, Serialize};

use crate::encode::scale::ColumnScale;
use crate::error::DataError;
use crate::images::Images;

/// A standardisation for each channel, at least one.
///
/// Written as `mean` and `std` for images of one channel, as versions without colour wrote it, and
/// else as a list `channels`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct PixelScale(Vec<ColumnScale>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Channels { channels: Vec<ColumnScale> },
    Grey(ColumnScale),
}

impl TryFrom<Written> for PixelScale {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Channels { channels } if channels.is_empty() => Err("images without channels"),
            Written::Channels { channels } => Ok(Self(channels)),
            Written::Grey(scale) => Ok(Self(vec![scale])),
        }
    }
}

impl From<PixelScale> for Written {
    fn from(scale: PixelScale) -> Self {
        match scale.0[..] {
            [grey] => Self::Grey(grey),
            _ => Self::Channels { channels: scale.0 },
        }
    }
}

impl PixelScale {
    /// Mean and standard deviation of each channel over all pixels of the images `rows`. Fails if
    /// all these pixels are equal.
    pub(crate) fn fit(images: &Images, rows: &[u32], name: &str) -> Result<Self, DataError> {
        let [channels, height, width] = images.shape;
        let mut histograms = vec![[0u64; 256]; channels];
        for &row in rows {
            let planes = images.image(row).chunks_exact(height * width);
            for (histogram, plane) in histograms.iter_mut().zip(planes) {
                plane.iter().for_each(|&pixel| histogram[usize::from(pixel)] += 1);
            }
        }
        let different = |value: &usize| histograms.iter().any(|histogram| histogram[*value] > 0);
        if (0..256).filter(different).count() < 2 {
            return Err(DataError::ConstantImages { name: name.to_owned() });
        }
        Ok(Self(histograms.iter().map(scale_of).collect()))
    }

    /// The scale of each channel, at least one.
    pub fn channels(&self) -> &[ColumnScale] {
        &self.0
    }
}

/// The pixels have 8 bits, so a histogram is enough. Its moments are integers, so they are exact
/// for any number of pixels.
fn scale_of(histogram: &[u64; 256]) -> ColumnScale {
    let moment = |power| -> u128 {
        (0u128..).zip(histogram).map(|(value, &count)| value.pow(power) * u128::from(count)).sum()
    };
    let (count, sum, squares) = (moment(0), moment(1), moment(2));
    let mean = sum as f64 / count as f64;
    let std = ((count * squares - sum * sum) as f64).sqrt() / count as f64;
    ColumnScale::new(mean, std)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_mean_and_spread() {
        // Two images of two pixels: red 0, 2, 4, 6; green 7 everywhere; blue 0, 0, 255, 255.
        let pixels = vec![0, 2, 7, 7, 0, 0, 4, 6, 7, 7, 255, 255];
        let images = Images { shape: [3, 1, 2], pixels, white: 255, resized: false };
        let scale = PixelScale::fit(&images, &[0, 1], "x").unwrap();
        let expected = [(3.0, 5f32.sqrt()), (7.0, 1.0), (127.5, 127.5)];
        let expected = expected.map(|(mean, std)| ColumnScale { mean, std });
        assert_eq!(scale.channels(), expected);
        let json = serde_json::to_string(&scale).unwrap();
        assert_eq!(serde_json::from_str::<PixelScale>(&json).unwrap(), scale);
        let alike = Images { shape: [3, 1, 1], pixels: vec![9; 6], white: 255, resized: false };
        assert!(matches!(PixelScale::fit(&alike, &[0, 1], "x"), Err(DataError::ConstantImages { .. })));
    }

    /// Models that were saved before there was colour must stay readable, and those of grey images
    /// readable by that version.
    #[test]
    fn a_grey_scale_is_written_as_before_there_was_colour() {
        let scale: PixelScale = serde_json::from_str(r#"{"mean":4.5,"std":2.0}"#).unwrap();
        assert_eq!(scale.channels(), [ColumnScale { mean: 4.5, std: 2.0 }]);
        assert_eq!(serde_json::to_string(&scale).unwrap(), r#"{"mean":4.5,"std":2.0}"#);
        assert!(serde_json::from_str::<PixelScale>(r#"{"channels":[]}"#).is_err());
    }
}
