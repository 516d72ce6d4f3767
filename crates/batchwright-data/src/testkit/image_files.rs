//! Small PNG and JPEG files for tests, written by the libraries' own encoders.

use jpeg_encoder::{ColorType as JpegColour, Encoder as JpegEncoder};
use png::{BitDepth, ColorType};

/// A PNG of 8 bits. The length of `values` tells the channels: 1 grey, 2 grey and alpha, 3 colour,
/// 4 colour and alpha; `[height, width, channels]`.
///
/// # Panics
/// If the values are not those of 1 to 4 channels.
#[must_use]
pub fn png_file(height: u32, width: u32, values: &[u8]) -> Vec<u8> {
    let colour = match values.len() / (height * width) as usize {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        4 => ColorType::Rgba,
        channels => panic!("{channels} channels"),
    };
    png_file_of(height, width, (colour, BitDepth::Eight), values, &|_| {})
}

/// A PNG of any colour type and depth, of which `set` says more. `values` are packed as the format
/// asks.
///
/// # Panics
/// If these do not belong together.
#[must_use]
pub fn png_file_of(
    height: u32,
    width: u32,
    (colour, depth): (ColorType, BitDepth),
    values: &[u8],
    set: &dyn Fn(&mut png::Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    set(&mut encoder);
    let mut writer = encoder.write_header().expect("a header that belongs together");
    writer.write_image_data(values).expect("as many values as the header says");
    writer.finish().expect("memory takes all of it");
    bytes
}

/// A JPEG, grey or in colour by the length of `values`, `[height, width, channels]`. `exif` is put
/// into it.
///
/// # Panics
/// If the values are not those of 1 or 3 channels.
#[must_use]
pub fn jpeg_file(height: u16, width: u16, values: &[u8], progressive: bool, exif: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, 95);
    encoder.set_progressive(progressive);
    if let Some(exif) = exif {
        let segment = [b"Exif\0\0", exif].concat();
        encoder.add_app_segment(1, segment).expect("a short segment");
    }
    let colour = match values.len() / (usize::from(height) * usize::from(width)) {
        1 => JpegColour::Luma,
        3 => JpegColour::Rgb,
        channels => panic!("{channels} channels"),
    };
    encoder.encode(values, width, height, colour).expect("as many values as the size says");
    bytes
}
