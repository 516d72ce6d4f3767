//! PNG: any colour type, depth and interlacing, as grey or colour of 8 bits with or without alpha.

use std::fs::File;
use std::io::BufReader;

use png::{BitDepth, ColorType, Limits, Transformations};

use crate::image_size::ImageSize;
use crate::images::exif::Orientation;
use crate::images::image_header::ImageHeader;

/// Bytes for what is not pixels: a palette, a row, EXIF data.
const BESIDE_PIXELS: usize = 8 << 20;

/// A file of which everything before the pixels is read.
pub(crate) struct PngFile(png::Reader<BufReader<File>>);

impl PngFile {
    /// The most bytes of pixels for a byte of the file: what deflate makes of zeros.
    pub(crate) const MOST_PER_BYTE: u64 = 1032;

    pub(crate) fn open(reader: BufReader<File>) -> Result<(ImageHeader, Self), String> {
        let mut decoder = png::Decoder::new_with_limits(reader, Limits { bytes: BESIDE_PIXELS });
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let reader = decoder.read_info().map_err(|error| error.to_string())?;
        let info = reader.info();
        let stored = ImageSize { height: info.height, width: info.width };
        let (colour_type, _) = reader.output_color_type();
        let header = ImageHeader {
            stored,
            colour: matches!(colour_type, ColorType::Rgb | ColorType::Rgba),
            deep: info.bit_depth == BitDepth::Sixteen,
            orientation: info
                .exif_metadata
                .as_deref()
                .map_or_else(Orientation::default, Orientation::of_exif),
            room: stored.pixels().saturating_mul(colour_type.samples() as u64),
        };
        Ok((header, Self(reader)))
    }

    /// Bytes of the pixels as the file packs them.
    pub(crate) fn bytes(&self) -> u64 {
        let info = self.0.info();
        let row = (u64::from(info.width) * info.bits_per_pixel() as u64).div_ceil(8);
        row.saturating_mul(info.height.into())
    }

    /// Channels and values `[height, width, channels]`. The file is read to its end: what is cut
    /// behind the pixels may be cut within them too.
    pub(crate) fn decode(mut self) -> Result<(usize, Vec<u8>), String> {
        let size = self.0.output_buffer_size().ok_or("too large")?;
        let mut values = Vec::new();
        values.try_reserve_exact(size).map_err(|error| error.to_string())?;
        values.resize(size, 0);
        self.0.next_frame(&mut values).map_err(|error| error.to_string())?;
        let channels = self.0.output_color_type().0.samples();
        self.0.finish().map_err(|error| error.to_string())?;
        Ok((channels, values))
    }
}
