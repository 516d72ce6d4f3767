//! JPEG, baseline and progressive: grey stays grey, everything else becomes red, green and blue.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::image_size::ImageSize;
use crate::images::exif::Orientation;
use crate::images::image_header::ImageHeader;

/// The longest side of a JPEG.
const LONGEST: usize = u16::MAX as usize;

/// A file of which everything before the pixels is read.
pub(crate) struct JpegFile {
    decoder: JpegDecoder<BufReader<File>>,
    components: u64,
    stored: ImageSize,
}

impl JpegFile {
    /// The most values for a byte of the file. A block of 64 values takes a bit at least; chroma
    /// may be enlarged four times in both directions.
    pub(crate) const MOST_PER_BYTE: u64 = 2048;

    pub(crate) fn open(mut reader: BufReader<File>) -> Result<(ImageHeader, Self), String> {
        let complete = has_end(&mut reader).map_err(|error| error.to_string())?;
        if !complete {
            return Err("its end is missing".to_owned());
        }
        let options =
            DecoderOptions::default().set_strict_mode(true).set_max_width(LONGEST).set_max_height(LONGEST);
        let mut decoder = JpegDecoder::new_with_options(reader, options);
        decoder.decode_headers().map_err(|error| error.to_string())?;
        let info = decoder.info().ok_or("it has no header")?;
        let colour = info.components > 1;
        let out = if colour { ColorSpace::RGB } else { ColorSpace::Luma };
        decoder.set_options(options.jpeg_set_out_colorspace(out));
        let stored = ImageSize { height: info.height.into(), width: info.width.into() };
        let components = u64::from(info.components);
        let header = ImageHeader {
            stored,
            colour,
            deep: false,
            orientation: decoder.exif().map_or_else(Orientation::default, |exif| Orientation::of_exif(exif)),
            // Coefficients of two bytes, and the pixels.
            room: stored.pixels().saturating_mul(3 * components),
        };
        Ok((header, Self { decoder, components, stored }))
    }

    /// Values of all components.
    pub(crate) fn values(&self) -> u64 {
        self.stored.pixels().saturating_mul(self.components)
    }

    /// Channels and values `[height, width, channels]`.
    pub(crate) fn decode(mut self) -> Result<(usize, Vec<u8>), String> {
        let values = self.decoder.decode().map_err(|error| error.to_string())?;
        Ok((if self.components > 1 { 3 } else { 1 }, values))
    }
}

/// Whether the mark of the end stands in the last part of the file; some cameras write more behind
/// it. A decoder fills what is missing with grey.
fn has_end(reader: &mut BufReader<File>) -> std::io::Result<bool> {
    let length = reader.seek(SeekFrom::End(0))?;
    reader.seek(SeekFrom::Start(length.saturating_sub(1 << 16)))?;
    let mut tail = Vec::new();
    reader.read_to_end(&mut tail)?;
    reader.seek(SeekFrom::Start(0))?;
    Ok(tail.windows(2).any(|mark| mark == [0xff, 0xd9]))
}
